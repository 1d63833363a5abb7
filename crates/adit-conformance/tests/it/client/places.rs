//! The current user, projects, sources: create, read, update, list, delete.

use adit_conformance::Server;
use reinfer_client::resources::project::ForceDeleteProject;
use reinfer_client::{
    BucketFullName, BucketType, NewBucket, NewProject, NewSource, ProjectName, SourceFullName, SourceKind, TransformTag,
    UpdateProject, UpdateSource,
};

use super::{client, refused, small_comment};

#[test]
fn users_projects_and_sources_live_their_lives() {
    let server = Server::start();
    let client = client(&server.base(), server.token());

    let user = client.get_current_user().unwrap();
    assert!(!user.username.0.is_empty());
    assert_eq!(client.refresh_user_permissions().unwrap().permissions_refreshed, Some(true));

    let project = ProjectName("places".to_owned());
    let options = NewProject { title: Some("Places"), description: Some("Here and there") };
    let made = client.create_project(&project, options, std::slice::from_ref(&user.id)).unwrap();
    assert_eq!((made.title.as_str(), made.description.as_str()), ("Places", "Here and there"));
    assert_eq!(client.get_project(&project).unwrap(), made);
    assert!(client.get_projects().unwrap().contains(&made));
    let renamed = client.update_project(&project, UpdateProject { title: Some("Elsewhere"), description: None }).unwrap();
    assert_eq!((renamed.title.as_str(), renamed.description.as_str()), ("Elsewhere", "Here and there"));
    client.update_project(&project, UpdateProject::default()).unwrap();

    sources(&client, &project);

    client.sync_comments(&SourceFullName("places/plain".to_owned()), vec![small_comment("c", "Hello")], true).unwrap();
    let counts = "Project contains child resources but force deletion was not requested: {\"sources\": 1}";
    refused(client.delete_project(&project, ForceDeleteProject::No), 409, counts);
    client.delete_project(&project, ForceDeleteProject::Yes).unwrap();
    refused(client.get_project(&project), 404, "No such project");
    refused(client.get_source(SourceFullName("places/plain".to_owned())), 404, "");
    assert!(client.get_sources().unwrap().iter().all(|source| source.owner.0 != "places"));

    client.create_project(&project, NewProject::default(), &[user.id]).unwrap();
    client.delete_project(&project, ForceDeleteProject::No).unwrap();
}

fn sources(client: &reinfer_client::Client, project: &ProjectName) {
    let plain = SourceFullName(format!("{}/plain", project.0));
    let made = client.create_source(&plain, NewSource::default()).unwrap();
    assert_eq!((made.title.as_str(), made.description.as_str(), made.language.as_str()), ("", "", "en"));
    assert_eq!((made.should_translate, made.kind.clone()), (false, SourceKind::Unknown("unknown".into())));
    assert_eq!((made.bucket_id.clone(), made.transform_tag.clone()), (None, None));

    let full = SourceFullName(format!("{}/full", project.0));
    let tag = TransformTag("generic.0.CONVKER5".to_owned());
    let options = NewSource {
        title: Some("Full"),
        description: Some("Everything set"),
        language: Some("de"),
        should_translate: Some(true),
        sensitive_properties: Some(vec!["string:Account"]),
        kind: Some(&SourceKind::Call),
        transform_tag: Some(&tag),
        bucket_id: None,
    };
    let made_full = client.create_source(&full, options).unwrap();
    assert_eq!((made_full.title.as_str(), made_full.description.as_str()), ("Full", "Everything set"));
    assert_eq!((made_full.language.as_str(), made_full.should_translate), ("de", true));
    assert_eq!((made_full.kind.clone(), made_full.transform_tag.clone()), (SourceKind::Call, Some(tag)));

    assert_eq!(client.get_source(full.clone()).unwrap(), made_full);
    assert_eq!(client.get_source(made_full.id.clone()).unwrap(), made_full);
    let listed = client.get_sources().unwrap();
    assert!(listed.contains(&made) && listed.contains(&made_full));

    let same = client.update_source(&full, UpdateSource::default()).unwrap();
    assert_eq!((same.title.as_str(), same.description.as_str(), same.should_translate), ("Full", "Everything set", true));
    let changed = client.update_source(&full, UpdateSource { title: Some("Fuller"), ..UpdateSource::default() }).unwrap();
    assert_eq!((changed.title.as_str(), changed.description.as_str()), ("Fuller", "Everything set"));

    let bad = TransformTag("nonsense".to_owned());
    let options = NewSource { transform_tag: Some(&bad), ..NewSource::default() };
    let another = SourceFullName(format!("{}/another", project.0));
    refused(client.create_source(&another, options), 422, "The value 'nonsense' is not a valid transform tag.");
    refused(client.create_source(&plain, NewSource::default()), 409, "");
    refused(client.create_source(&SourceFullName("nowhere/plain".to_owned()), NewSource::default()), 404, "No such project");

    client.delete_source(made_full.id.clone()).unwrap();
    refused(client.get_source(made_full.id.clone()), 404, "");
    refused(client.delete_source(made_full.id), 404, "");
}

#[test]
fn any_base_address_serves_and_a_bad_token_is_refused() {
    let server = Server::start();
    for suffix in ["", "/", "//"] {
        client(&format!("{}{suffix}", server.base()), server.token()).get_current_user().unwrap();
    }
    for suffix in ["/acme/default/reinfer_", "/acme/default/reinfer_/"] {
        let prefixed = client(&format!("{}{suffix}", server.base()), server.token());
        prefixed.get_current_user().unwrap();
        prefixed.get_sources().unwrap();
    }
    let stranger = client(&server.base(), "not-a-token");
    refused(stranger.get_current_user(), 401, "");
    refused(stranger.refresh_user_permissions(), 401, "");
    refused(stranger.get_sources(), 401, "");
}

#[test]
fn what_is_not_served_yet_says_so_in_the_envelope() {
    let server = Server::start();
    let client = client(&server.base(), server.token());
    // Routed or not, the client must be able to read the answer.
    match client.get_integrations() {
        Err(reinfer_client::Error::Api { status_code, .. }) => assert_eq!(status_code.as_u16(), 501),
        other => panic!("{other:?}"),
    }
}

#[test]
fn buckets_live_their_lives() {
    let server = Server::start();
    let client = client(&server.base(), server.token());
    assert_eq!(client.get_buckets().unwrap(), []);
    let name: BucketFullName = "DefaultProject/inbox".parse().unwrap();
    let made = client.create_bucket(&name, NewBucket { bucket_type: BucketType::Emails, title: Some("Inbox") }).unwrap();
    assert_eq!((made.owner.0.as_str(), made.name.0.as_str()), ("DefaultProject", "inbox"));
    assert_eq!(client.get_bucket(name.clone()).unwrap(), made);
    assert_eq!(client.get_bucket(made.id.clone()).unwrap(), made);
    assert_eq!(client.get_buckets().unwrap(), std::slice::from_ref(&made));
    let source = SourceFullName("DefaultProject/fed".to_owned());
    let fed = client.create_source(&source, NewSource { bucket_id: Some(made.id.clone()), ..NewSource::default() }).unwrap();
    assert_eq!(fed.bucket_id.as_ref(), Some(&made.id));
    refused(client.delete_bucket(made.id.clone()), 422, "DefaultProject/fed");
    let detached = client.update_source(&source, UpdateSource { bucket_id: None, ..UpdateSource::default() }).unwrap();
    assert_eq!(detached.bucket_id, None);
    client.delete_bucket(made.id.clone()).unwrap();
    refused(client.get_bucket(name), 404, "");
}
