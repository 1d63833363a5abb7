//! What a user may be, and who may change what somebody holds: nobody gives or takes what they do not hold themselves.

use std::collections::{BTreeMap, BTreeSet};

use adit_http::Caller;
use adit_kernel::{Error, GLOBAL_PERMISSIONS, PROJECT_PERMISSIONS, Permission, Result, catalogue, expand_with};

use super::{UserRow, all_roles};
use crate::roles::Scoped;

/// Longest list of permissions in one place.
const MAX_PERMISSIONS: usize = 256;

/// Fails unless every text can be the name of a permission. Names nobody knows yet are kept (NOTES 15).
pub(crate) fn check_permission_names(permissions: &[String], field: &str) -> Result<()> {
    if permissions.len() > MAX_PERMISSIONS {
        return Err(Error::invalid(format!("`{field}` is too long: at most {MAX_PERMISSIONS} permissions are allowed.")));
    }
    let is_good = |text: &String| (1..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    match permissions.iter().find(|text| !is_good(text)) {
        Some(bad) => Err(Error::invalid(format!("`{field}`: `{bad}` is not the name of a permission."))),
        None => Ok(()),
    }
}

/// The same, and that none of them belongs to the other scope, where it would mean nothing.
pub(super) fn check_held(projects: Option<&BTreeMap<String, Vec<String>>>, global: Option<&[String]>) -> Result<()> {
    for permissions in projects.into_iter().flat_map(BTreeMap::values) {
        check_permission_names(permissions, "organisation_permissions")?;
        if let Some(wrong) = permissions.iter().find(|name| GLOBAL_PERMISSIONS.contains(&name.as_str())) {
            return Err(Error::unprocessable(format!(
                "`organisation_permissions`: `{wrong}` is a permission of the whole tenant and belongs into `global_permissions`."
            )));
        }
    }
    check_permission_names(global.unwrap_or_default(), "global_permissions")?;
    match global.unwrap_or_default().iter().find(|name| PROJECT_PERMISSIONS.contains(&name.as_str())) {
        Some(wrong) => Err(Error::unprocessable(format!(
            "`global_permissions`: `{wrong}` is a permission in a project and belongs into `organisation_permissions`."
        ))),
        None => Ok(()),
    }
}

/// A username as clients read it: `[A-Za-z0-9_-]{1,256}`.
pub(super) fn check_username(name: &str) -> Result<()> {
    adit_kernel::names::check_resource(name, "username")
}

/// An e-mail address: enough to send to, and nothing that could become a second header.
pub(super) fn check_email(email: &str) -> Result<()> {
    let is_plain = |part: &str| {
        !part.is_empty() && part.chars().all(|c| !c.is_control() && !c.is_whitespace() && !"<>,;:\"()[]\\".contains(c))
    };
    let is_good = email.len() <= 254
        && email.split_once('@').is_some_and(|(local, domain)| {
            is_plain(local) && is_plain(domain) && !domain.contains('@') && !domain.starts_with('.') && !domain.ends_with('.')
        });
    if is_good { Ok(()) } else { Err(Error::invalid(format!("`email`: `{email}` is not an e-mail address."))) }
}

/// Fails with 403 unless the caller may change somebody's global permissions from `before` to `after`.
pub(super) fn check_global(caller: &Caller, before: &[String], after: &[String], roles: &Scoped) -> Result<()> {
    let changed = difference(before, after).chain(difference(after, before));
    for name in changed {
        if !caller.is_tenant_admin() {
            return Err(catalogue::forbidden(Permission::TENANT_ADMIN.0));
        }
        if !holds(&caller.global, name, roles, true) && !caller.has_global(Permission::ROOT) {
            return Err(not_yours(name));
        }
    }
    Ok(())
}

/// Fails with 403 unless the caller may change what somebody holds in `project` from `before` to `after`. What the
/// caller does not hold may be taken away, inside a project whose users the caller manages, but never given.
pub(super) fn check_project(caller: &Caller, project: &str, before: &[String], after: &[String], roles: &Scoped) -> Result<()> {
    if caller.is_tenant_admin() || (difference(before, after).next().is_none() && difference(after, before).next().is_none()) {
        return Ok(());
    }
    caller.require(Permission::USERS_WRITE, project)?;
    let own = caller.projects.get(project).cloned().unwrap_or_default();
    match difference(after, before).find(|name| !holds(&own, name, roles, false)) {
        Some(name) => Err(not_yours(name)),
        None => Ok(()),
    }
}

/// Whether the caller may remove the user as a whole: not one who holds more in the tenant.
pub(super) fn check_removal(caller: &Caller, user: &UserRow, roles: &Scoped) -> Result<()> {
    check_global(caller, &user.global_permissions, &[], roles)
}

/// Whether `own` includes all that `name` means. A name that means nothing here is held by nobody.
fn holds(own: &BTreeSet<String>, name: &str, roles: &Scoped, is_global: bool) -> bool {
    let roles = all_roles(roles, is_global);
    let known = if is_global { GLOBAL_PERMISSIONS } else { PROJECT_PERMISSIONS };
    if !roles.contains_key(name) && !known.contains(&name) {
        return own.contains(name);
    }
    let mut meant = expand_with([name], roles);
    // A role is what it grants; holding all of that is enough to give it.
    meant.retain(|name| !name.starts_with("role-"));
    meant.is_subset(own)
}

fn difference<'a>(left: &'a [String], right: &'a [String]) -> impl Iterator<Item = &'a String> {
    left.iter().filter(|name| !right.contains(name))
}

fn not_yours(name: &str) -> Error {
    Error::new(
        adit_kernel::Kind::Forbidden,
        format!("You cannot give or take the permission `{name}`: you do not hold it yourself."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use adit_kernel::{Id, expand_permissions};

    fn caller(global: &[&str], acme: &[&str]) -> Caller {
        Caller {
            user_id: Id::new(1),
            tenant_id: Id::new(1),
            global: expand_permissions(global.iter().copied()),
            projects: BTreeMap::from([("acme".to_owned(), expand_permissions(acme.iter().copied()))]),
        }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn nobody_gives_more_than_they_hold() {
        let mut roles = Scoped::default();
        roles.project.insert("role-uploader".into(), names(&["sources-add-comments", "sources-read"]));
        roles.global.insert("role-auditor".into(), names(&["audit-read"]));
        roles.global.insert("role-operator".into(), names(&["support-tenant-admin"]));
        let manager = caller(&[], &["users-write", "sources-admin"]);
        let may = |name: &str| check_project(&manager, "acme", &[], &names(&[name]), &roles).is_ok();
        assert!(may("sources-read") && may("users-write") && may("sources-read-sensitive"));
        for name in [
            "sources-add-comments",
            "voc",
            "role-cm-viewer",
            "role-cm-automation-user",
            "role-uploader",
            "brand-new",
            "role-nobody",
        ] {
            assert!(!may(name), "{name}");
        }
        assert!(check_project(&manager, "acme", &names(&["voc", "brand-new"]), &names(&["brand-new"]), &roles).is_ok());
        assert!(check_project(&manager, "other", &[], &names(&["sources-read"]), &roles).is_err());
        assert!(check_project(&caller(&[], &["sources-admin"]), "acme", &[], &names(&["sources-read"]), &roles).is_err());
        let uploader = caller(&[], &["users-write", "sources-admin", "sources-add-comments"]);
        assert!(check_project(&uploader, "acme", &[], &names(&["role-uploader"]), &roles).is_ok());

        let admin = caller(&["tenant-admin"], &[]);
        let may = |name: &str| check_global(&admin, &[], &names(&[name]), &roles).is_ok();
        assert!(may("tenant-admin") && may("role-cm-tenant-admin") && may("audit-read") && may("role-auditor"));
        for name in ["root", "debug", "support-users-write", "deployment-quota-write", "role-operator", "brand-new"] {
            assert!(!may(name), "{name}");
            assert!(check_global(&admin, &names(&[name]), &[], &roles).is_err(), "nor takes {name}");
            assert!(check_global(&admin, &names(&[name]), &names(&[name, "audit-read"]), &roles).is_ok(), "{name} stays");
            assert!(check_global(&caller(&["root"], &[]), &[], &names(&[name]), &roles).is_ok(), "{name}");
        }
        assert!(check_global(&caller(&["audit-read"], &[]), &[], &names(&["audit-read"]), &roles).is_err());
    }

    #[test]
    fn addresses_that_could_forge_headers_are_refused() {
        for good in ["ann@acme.example", "a+b@x", "ü@münchen.example"] {
            assert!(check_email(good).is_ok(), "{good}");
        }
        for bad in ["", "ann", "@x", "a@", "a@b@c", "a b@c", "a@b\r\nBcc: c@d", "<a@b>", "a@.b", "a,b@c"] {
            assert!(check_email(bad).is_err(), "{bad:?}");
        }
    }
}
