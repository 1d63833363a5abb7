//! Users, quotas and the audit log, as an administrator's tools see them.

use std::collections::{HashMap, HashSet};

use adit_conformance::Server;
use reinfer_client::resources::quota::{CreateQuota, TenantQuotaKind};
use reinfer_client::resources::tenant_id::{TenantId, UiPathTenantId};
use reinfer_client::resources::user::{Email, Identifier, UpdateUser};
use reinfer_client::{NewProject, NewUser, ProjectName, Username};
use serde_json::json;

use super::{client, refused};

#[test]
fn users_live_their_lives() {
    let server = Server::start();
    let client = client(&server.base(), server.token());
    let me = client.get_current_user().unwrap();
    let project = ProjectName("people".to_owned());
    client.create_project(&project, NewProject::default(), std::slice::from_ref(&me.id)).unwrap();

    let (username, email) = (Username("ann".to_owned()), Email("ann@acme.test".to_owned()));
    let permission = |name: &str| serde_json::from_value(json!(name)).unwrap();
    let held = HashMap::from([(project.clone(), HashSet::from([permission("sources-read"), permission("brand-new-right")]))]);
    let new = NewUser { username: &username, email: &email, global_permissions: &[], project_permissions: &held };
    let made = client.create_user(new).unwrap();
    assert_eq!((&made.username, &made.email), (&username, &email));
    // A permission that nobody knows yet comes back as it was sent; what everybody gets is added.
    assert_eq!(made.project_permissions.get(&project), held.get(&project));
    assert!(made.project_permissions.contains_key(&ProjectName("DefaultProject".to_owned())));
    assert_eq!(client.get_user(Identifier::Id(made.id.clone())).unwrap(), made);
    assert!(client.get_users().unwrap().contains(&made));

    let change = UpdateUser {
        organisation_permissions: Some(HashMap::from([(project.clone(), vec![permission("voc-readonly")])])),
        global_permissions: None,
    };
    client.post_user(&made.id, change).unwrap();
    let changed = client.get_user(Identifier::Id(made.id.clone())).unwrap();
    assert_eq!(changed.project_permissions, HashMap::from([(project, HashSet::from([permission("voc-readonly")]))]));
    client.send_welcome_email(made.id.clone()).unwrap();
    client.delete_user(Identifier::Id(made.id.clone())).unwrap();
    refused(client.get_user(Identifier::Id(made.id)), 404, "No such user");
}

#[test]
fn quotas_are_read_and_set() {
    let server = Server::start();
    let client = client(&server.base(), server.token());
    let quotas = client.get_quotas(&None).unwrap();
    let of = |kind: TenantQuotaKind| quotas.iter().find(|quota| quota.quota_kind == kind).copied();
    assert!(of(TenantQuotaKind::Sources).unwrap().hard_limit > 0);
    let tenant = server.api().ok("GET", "/api/_private/tenants/default", None)["tenant"]["tenant_id"].clone();
    let tenant = TenantId::UiPath(UiPathTenantId(tenant.as_str().unwrap().to_owned()));
    let wanted = CreateQuota { hard_limit: 3, auto_increase_up_to: None };
    client.create_quota(&tenant, TenantQuotaKind::Projects, wanted).unwrap();
    let quotas = client.get_quotas(&None).unwrap();
    let projects = quotas.iter().find(|quota| quota.quota_kind == TenantQuotaKind::Projects).unwrap();
    assert_eq!(projects.hard_limit, 3);
    let room = 3 - projects.current_max_usage;
    let make = |n: u64| client.create_project(&ProjectName(format!("p{n}")), NewProject::default(), &[]);
    (0..room).for_each(|n| drop(make(n).unwrap()));
    refused(make(room), 403, "projects");
}

#[test]
fn every_id_of_the_audit_log_has_a_name() {
    let server = Server::start();
    let client = client(&server.base(), server.token());
    let project = ProjectName("logged".to_owned());
    client.create_project(&project, NewProject::default(), &[]).unwrap();
    client.delete_project(&project, reinfer_client::resources::project::ForceDeleteProject::Yes).unwrap();
    let (mut events, mut continuation) = (Vec::new(), None);
    loop {
        let page = client.get_audit_events(None, None, continuation).unwrap();
        continuation = page.continuation.clone();
        // The client stops the program when an id has no name, deleted or not.
        events.extend(page.into_iter_printable());
        if continuation.is_none() {
            break;
        }
    }
    let of = |kind: &str| events.iter().filter(|event| event.event_type.0 == kind).collect::<Vec<_>>();
    for kind in ["create_project", "delete_project"] {
        assert_eq!(of(kind).len(), 1, "{kind} among {:?}", events.iter().map(|event| &event.event_type.0).collect::<Vec<_>>());
        assert_eq!(of(kind)[0].project_names, std::slice::from_ref(&project));
    }
}
