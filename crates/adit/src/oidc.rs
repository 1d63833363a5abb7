//! Who else may vouch for people.

use adit_identity::{Mapping, Provider};
use clap::Args;

/// Flags about sign-in through an OpenID Connect provider.
#[derive(Debug, Clone, Args)]
pub(crate) struct OidcOptions {
    /// Issuer address of an OpenID Connect provider through which people may sign in.
    #[arg(long, env = "ADIT_OIDC_ISSUER", requires = "oidc_client_id")]
    oidc_issuer: Option<String>,
    /// The tenant whose people sign in through the provider; nobody enters another one through it.
    #[arg(long, env = "ADIT_OIDC_TENANT", default_value = "default")]
    oidc_tenant: String,
    /// The id that the provider gave this server.
    #[arg(long, env = "ADIT_OIDC_CLIENT_ID")]
    oidc_client_id: Option<String>,
    /// The secret that the provider gave this server.
    #[arg(long, env = "ADIT_OIDC_CLIENT_SECRET", hide_env_values = true)]
    oidc_client_secret: Option<String>,
    /// The claim that lists a person's groups.
    #[arg(long, env = "ADIT_OIDC_GROUPS_CLAIM", default_value = "groups")]
    oidc_groups_claim: String,
    /// What members of a group may do: `GROUP=PERMISSION` in the tenant, or `GROUP=PROJECT:PERMISSION`; separated by commas.
    #[arg(long = "oidc-role", env = "ADIT_OIDC_ROLES", value_delimiter = ',', value_parser = mapping)]
    oidc_roles: Vec<Mapping>,
    /// Somebody new becomes a user by signing in.
    #[arg(long, env = "ADIT_OIDC_CREATE_USERS")]
    oidc_create_users: bool,
}

fn mapping(text: &str) -> Result<Mapping, String> {
    let (group, right) = text.rsplit_once('=').ok_or_else(|| format!("`{text}` is not of the form GROUP=PERMISSION"))?;
    let (project, permission) = match right.split_once(':') {
        Some((project, permission)) => (Some(project.to_owned()), permission),
        None => (None, right),
    };
    if group.is_empty() || permission.is_empty() || project.as_deref() == Some("") {
        return Err(format!("`{text}` is not of the form GROUP=PERMISSION or GROUP=PROJECT:PERMISSION"));
    }
    Ok(Mapping { group: group.to_owned(), project, permission: permission.to_owned() })
}

impl OidcOptions {
    /// The provider, if one is named.
    pub(crate) fn provider(&self) -> Option<Provider> {
        Some(Provider {
            tenant: self.oidc_tenant.clone(),
            issuer: self.oidc_issuer.clone()?,
            client_id: self.oidc_client_id.clone()?,
            client_secret: self.oidc_client_secret.clone(),
            groups_claim: self.oidc_groups_claim.clone(),
            mappings: self.oidc_roles.clone(),
            creates_users: self.oidc_create_users,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::mapping;

    #[test]
    fn a_role_is_for_the_tenant_or_for_a_project() {
        let read = |text: &str| mapping(text).map(|m| (m.group, m.project, m.permission));
        assert_eq!(read("ops=tenant-admin").unwrap(), ("ops".into(), None, "tenant-admin".into()));
        assert_eq!(read("cn=a=acme:voc").unwrap(), ("cn=a".into(), Some("acme".into()), "voc".into()));
        for bad in ["ops", "=voc", "ops=", "ops=acme:", "ops=:voc"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
