//! Which user a person is, and what its groups may do.

use std::collections::BTreeMap;

use adit_kernel::{Error, Id, Kind, Result};
use adit_store::Tx;
use adit_tenancy::users::{self, UserRow};

use super::id_token::Person;
use super::{Mapping, Provider, store};
use crate::site::Visit;

/// Longest name that follows from a claim: a number may be added to it.
const NAME_LENGTH: usize = 200;
/// So many people may be called the same.
const SAME_NAMES: usize = 1000;

/// The user, found by subject, else by verified address, else made where that is wanted.
pub(super) async fn user_of(tx: &mut Tx, visit: &Visit, provider: &Provider, person: &Person) -> Result<Id> {
    let tenant = visit.tenant;
    if let Some(user) = store::by_subject(tx, tenant, &provider.issuer, &person.sub).await? {
        return Ok(user);
    }
    let address = person.email.as_deref().filter(|_| person.email_verified);
    let known = match address {
        // An address that the provider has not verified could be anybody's.
        Some(address) => store::by_address(tx, tenant, address).await?,
        None => None,
    };
    let user = match known {
        Some(user) => user,
        None if provider.creates_users => create(tx, visit, person).await?,
        None => return Err(Error::new(Kind::Forbidden, "There is no user with this verified address: ask an administrator.")),
    };
    store::link(tx, tenant, &provider.issuer, &person.sub, user).await?;
    Ok(user)
}

async fn create(tx: &mut Tx, visit: &Visit, person: &Person) -> Result<Id> {
    users::admit(tx, visit.tenant).await?;
    let claimed = [person.preferred_username.as_deref(), person.email.as_deref(), Some(person.sub.as_str())];
    let wanted = claimed.into_iter().flatten().map(plain_name).find(|name| !name.is_empty());
    let wanted = wanted.unwrap_or_else(|| "user".to_owned());
    let id = visit.env.random.id();
    let verified = person.email.clone().filter(|_| person.email_verified);
    let user = UserRow {
        id,
        username: free_name(tx, visit.tenant, &wanted).await?,
        // An address that nobody verified would stand beside its owner's wherever people are found by theirs.
        email: verified.unwrap_or_else(|| format!("{id}@people.invalid")),
        global_permissions: Vec::new(),
        is_disabled: false,
        created: visit.env.now(),
        last_login: None,
    };
    users::insert(tx, visit.tenant, &user).await?;
    Ok(user.id)
}

/// A user name from what a provider says: the part before `@`, with nothing in it that a user name may not have.
fn plain_name(claimed: &str) -> String {
    let local = claimed.split_once('@').map_or(claimed, |(local, _)| local);
    let mut name = String::new();
    for c in local.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.truncate(NAME_LENGTH);
    name.trim_end_matches('-').to_owned()
}

/// The name, or the first of `name-2`, `name-3` and so on that nobody has.
async fn free_name(tx: &mut Tx, tenant: Id, wanted: &str) -> Result<String> {
    for n in 1..=SAME_NAMES {
        let name = if n == 1 { wanted.to_owned() } else { format!("{wanted}-{n}") };
        if users::by_username(tx, tenant, &name).await?.is_none() {
            return Ok(name);
        }
    }
    Err(Error::conflict("Too many users have this name already: ask an administrator."))
}

/// What a person's groups may do, in the tenant and by project.
pub(super) fn rights(mappings: &[Mapping], groups: &[&str]) -> (Vec<String>, BTreeMap<String, Vec<String>>) {
    let (mut global, mut projects) = (Vec::new(), BTreeMap::<String, Vec<String>>::new());
    for mapping in mappings.iter().filter(|mapping| groups.contains(&mapping.group.as_str())) {
        match &mapping.project {
            None => global.push(mapping.permission.clone()),
            Some(project) => projects.entry(project.clone()).or_default().push(mapping.permission.clone()),
        }
    }
    (global, projects)
}

#[cfg(test)]
mod tests {
    use super::{NAME_LENGTH, plain_name};

    #[test]
    fn a_name_from_a_claim_has_only_what_user_names_have() {
        for (claimed, expected) in [
            ("ann", "ann"),
            ("ann.lee@example.com", "ann-lee"),
            ("EXAMPLE\\ann", "EXAMPLE-ann"),
            ("  Ann  Lee ", "Ann-Lee"),
            ("a\0b\r\nBcc: x", "a-b-Bcc-x"),
            ("../../etc/passwd", "etc-passwd"),
            ("Zoë", "Zo"),
            ("@example.com", ""),
            ("名前", ""),
        ] {
            assert_eq!(plain_name(claimed), expected, "{claimed:?}");
        }
        assert_eq!(plain_name(&"x".repeat(1000)).len(), NAME_LENGTH);
    }
}
