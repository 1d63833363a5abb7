//! What a tenant's settings may be.

use std::net::IpAddr;

use adit_kernel::{Error, Id, Result};
use ipnet::IpNet;
use uuid::Uuid;

use super::TenantRow;

/// What a new user gets in projects open to all unless the tenant says otherwise.
const BUILT_IN_DEFAULT: &str = "role-cm-viewer";

/// Longest list of a tenant's settings.
const MAX_ITEMS: usize = 1024;

/// A tenant's name is a label of a host name, and must not be mistaken for an id.
pub fn check_name(name: &str) -> Result<()> {
    let is_label = (1..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    let is_id = (name.len() == 16 && name.parse::<Id>().is_ok()) || name.parse::<Uuid>().is_ok();
    if !is_label || is_id {
        return Err(Error::invalid(format!(
            "`{name}` is not a valid tenant name: 1 to 63 characters of `a-z 0-9 -`, no `-` at either end, and not the form of an id."
        )));
    }
    Ok(())
}

/// A name made from a title; `None` when nothing of it can be used.
pub(super) fn name_from(title: &str) -> Option<String> {
    let mut name = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.truncate(50);
    let name = name.trim_end_matches('-').to_owned();
    check_name(&name).is_ok().then_some(name)
}

/// Whether the tenant may be addressed through `organization`. Names of organizations are not known here, so only a
/// UUID can contradict.
pub(super) fn is_in(tenant: &TenantRow, organization: Option<&str>) -> bool {
    let asked = organization.and_then(|text| text.parse::<Uuid>().ok());
    match (asked, &tenant.account_uuid) {
        (Some(asked), Some(account)) => asked.to_string() == *account,
        _ => true,
    }
}

/// A UUID in its usual form, whichever way it was written.
pub(super) fn uuid(text: &str, field: &str) -> Result<String> {
    let parsed = text.parse::<Uuid>();
    parsed.map(|uuid| uuid.to_string()).map_err(|_| Error::invalid(format!("`{field}`: `{text}` is not a UUID.")))
}

/// Networks in CIDR form; a bare address is a network of one.
pub(super) fn subnets(texts: &[String]) -> Result<Vec<IpNet>> {
    check_length(texts, "client_subnets")?;
    let parse = |text: &String| {
        let net = text.parse::<IpNet>().map(|net| net.trunc()).or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        net.map_err(|_| Error::unprocessable(format!("`client_subnets`: `{text}` is not a network such as `192.0.2.0/24`.")))
    };
    texts.iter().map(parse).collect()
}

/// E-mail domains in lower case, each once.
pub(super) fn domains(texts: &[String]) -> Result<Vec<String>> {
    check_length(texts, "domains")?;
    let mut domains: Vec<String> = Vec::new();
    for text in texts {
        let domain = text.trim().to_ascii_lowercase();
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if domain.len() > 253 || !domain.contains('.') || !domain.split('.').all(is_label) {
            return Err(Error::unprocessable(format!("`domains`: `{text}` is not a domain such as `acme.example`.")));
        }
        if !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    Ok(domains)
}

/// Ids of general fields, each once.
pub(super) fn entity_def_ids(texts: Vec<String>) -> Result<Vec<String>> {
    check_length(&texts, "entity_def_ids")?;
    let mut ids: Vec<String> = Vec::new();
    for text in texts {
        text.parse::<Id>().map_err(|e| Error::unprocessable(format!("`entity_def_ids`: {}", e.message())))?;
        if !ids.contains(&text) {
            ids.push(text);
        }
    }
    Ok(ids)
}

/// What new users get: what the tenant says, or the built-in default.
pub(super) fn default_permissions(stored: Option<Vec<String>>) -> Vec<String> {
    stored.unwrap_or_else(|| vec![BUILT_IN_DEFAULT.to_owned()])
}

/// Fails when the tenant is needed to administer the deployment: the default one, and the caller's own.
pub(super) fn check_dispensable(tenant: &TenantRow, caller: Id, doing: &str) -> Result<()> {
    if tenant.is_default {
        return Err(Error::unprocessable(format!("The default tenant cannot be {doing}.")));
    }
    if tenant.id == caller {
        return Err(Error::unprocessable(format!("You cannot have your own tenant {doing}: nobody could undo it.")));
    }
    Ok(())
}

fn check_length(items: &[String], field: &str) -> Result<()> {
    if items.len() > MAX_ITEMS {
        return Err(Error::invalid(format!("`{field}` is too long: at most {MAX_ITEMS} items are allowed.")));
    }
    Ok(())
}
