//! Which user a person is, and what its groups may do.

use std::collections::BTreeMap;

use adit_kernel::{Error, Id, Kind, Result, names};
use adit_store::Tx;
use adit_tenancy::users::{self, UserRow};

use super::id_token::Person;
use super::{Mapping, Provider, store};
use crate::site::Visit;

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
    let name = person.preferred_username.as_deref().or(person.email.as_deref()).unwrap_or(&person.sub);
    names::check_text(name, "preferred_username", 256)?;
    if users::by_username(tx, visit.tenant, name).await?.is_some() {
        return Err(Error::new(Kind::Forbidden, "Another user has this name already: ask an administrator."));
    }
    let user = UserRow {
        id: visit.env.random.id(),
        username: name.to_owned(),
        email: person.email.clone().unwrap_or_default(),
        global_permissions: Vec::new(),
        is_disabled: false,
        created: visit.env.now(),
        last_login: None,
    };
    users::insert(tx, visit.tenant, &user).await?;
    Ok(user.id)
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
