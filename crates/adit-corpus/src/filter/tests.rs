//! Tests of the filters, on comments that no database has seen.

use adit_kernel::{Id, Timestamp};
use serde_json::{Value, json};

use super::{AttributeFilter, CommentFilter, Facts};
use crate::{Content, StoredComment, ThreadProperties};

const SOURCE: Id = Id::new(0xaa);

fn comment() -> StoredComment {
    let content: Content = serde_json::from_value(json!({
        "messages": [
            {"from": "Ann Lee <Ann@Mail.Acme.co.uk>", "to": ["desk@bank.test"], "cc": ["boss@bank.test"], "body": {"text": "x"}},
            {"from": "desk@bank.test", "to": ["ann@mail.acme.co.uk"], "body": {"text": "y"}}
        ],
        "user_properties": {"string:Team": "Red", "number:NPS": 7},
        "attachments": [
            {"name": "form.PDF", "size": 10, "content_type": ".pdf"},
            {"name": "photo.png", "size": 30, "content_type": "image/png"}
        ]
    }))
    .unwrap();
    StoredComment {
        seq: 1,
        source_id: SOURCE,
        id: "c".into(),
        timestamp: Timestamp::parse("2024-01-02T00:00:00Z").unwrap(),
        created_at: Timestamp::from_micros(0),
        last_modified: Timestamp::from_micros(0),
        thread_id: None,
        version: 1,
        messages_hash: String::new(),
        text_hash: String::new(),
        n_reviewed_in: 0,
        content,
    }
}

fn filter(sent: Value) -> CommentFilter {
    let filter: CommentFilter = serde_json::from_value(sent).unwrap();
    filter.check().unwrap();
    filter
}

fn passes(sent: Value) -> bool {
    filter(sent).matches(&comment(), &Facts::default())
}

fn refused(sent: Value) -> String {
    match serde_json::from_value::<CommentFilter>(sent) {
        Ok(filter) => filter.check().unwrap_err().message().to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn empty_parts_restrict_nothing() {
    for sent in [
        json!({}),
        json!({"messages": {}, "user_properties": {}, "thread_properties": {}, "entities": {}, "annotations": {}}),
        json!({"messages": {"from": {}, "to": {}}, "user_properties": {"string:None": {}, "number:None": {}}}),
        json!({"timestamp": {}, "sources": [], "trigger_exceptions": {}, "reviewed": null}),
        json!({"timestamp": {"minimum": null}, "user_properties": {"number:None": {"minimum": null, "maximum": null}}}),
        json!({"messages": {"from": {"one_of": [], "not_one_of": []}}, "entities": {"presence": []}}),
    ] {
        assert!(passes(sent.clone()), "{sent}");
    }
}

#[test]
fn sources_time_and_review() {
    let at = |least: &str, most: &str| passes(json!({"timestamp": {"minimum": least, "maximum": most}}));
    assert!(at("2024-01-02T00:00:00Z", "2024-01-02T00:00:00Z"), "both ends are inclusive");
    assert!(at("2024-01-02T01:00:00+01:00", "2024-01-03T00:00:00Z"));
    assert!(!at("2024-01-02T00:00:00.000001Z", "2024-01-03T00:00:00Z"));
    assert!(!at("2023-01-01T00:00:00Z", "2024-01-01T23:59:59Z"));
    assert!(passes(json!({"sources": [SOURCE.to_string(), "bb"]})));
    assert!(!passes(json!({"sources": ["bb"]})));
    assert!(passes(json!({"reviewed": "only_unreviewed"})));
    assert!(!passes(json!({"reviewed": "only_reviewed"})));
    let facts = Facts { is_reviewed: true, ..Facts::default() };
    assert!(filter(json!({"reviewed": "only_reviewed"})).matches(&comment(), &facts));
}

#[test]
fn people_are_compared_by_address_domain_and_organisation() {
    let from = |rule: Value| passes(json!({"messages": {"from": rule}}));
    assert!(from(json!({"one_of": ["ANN@mail.acme.co.uk"]})));
    assert!(from(json!({"one_of": ["Ann Lee <ann@mail.acme.co.uk>", "other@x.test"]})));
    assert!(!from(json!({"one_of": ["boss@bank.test"]})));
    assert!(!from(json!({"not_one_of": ["desk@bank.test"]})));
    assert!(from(json!({"not_one_of": ["boss@bank.test"]})));
    assert!(from(json!({"domain_one_of": ["mail.ACME.co.uk"]})));
    assert!(!from(json!({"domain_one_of": ["acme.co.uk"]})));
    assert!(!from(json!({"domain_not_one_of": ["bank.test"]})));
    assert!(from(json!({"organisation_one_of": ["Acme"]})));
    assert!(from(json!({"organisation_one_of": ["acme.co.uk"]})));
    assert!(!from(json!({"organisation_one_of": ["mail", "co", "uk"]})));
    assert!(!from(json!({"organisation_not_one_of": ["bank"]})));
    assert!(!from(json!({"one_of": ["desk@bank.test"], "domain_one_of": ["elsewhere.test"]})), "each list must be satisfied");
    assert!(passes(json!({"messages": {"recipient": {"one_of": ["boss@bank.test"]}}})));
    assert!(!passes(json!({"messages": {"to": {"one_of": ["boss@bank.test"]}}})));
    assert!(passes(json!({"messages": {"cc": {"one_of": ["Boss@bank.test"]}}})));
    let bcc = |rule: Value| passes(json!({"messages": {"bcc": rule}}));
    assert!(!bcc(json!({"one_of": ["a@b.test"]})));
    assert!(bcc(json!({"one_of": ["a@b.test"], "include_missing": true})));
    assert!(bcc(json!({"one_of": [], "include_missing": true})));
    assert!(bcc(json!({"not_one_of": ["a@b.test"]})));
    assert!(!bcc(json!({"not_one_of": ["a@b.test"], "include_missing": false})));
    assert!(!bcc(json!({"include_missing": false})));
}

#[test]
fn user_properties_are_compared_by_their_type() {
    let team = |rule: Value| passes(json!({"user_properties": {"string:Team": rule}}));
    assert!(team(json!({"one_of": ["Red", "Blue"]})));
    assert!(!team(json!({"one_of": ["red"]})), "values are exact");
    assert!(!team(json!({"not_one_of": ["Red"]})));
    assert!(!team(json!({"one_of": [], "include_missing": true})), "only what is missing");
    let nps = |rule: Value| passes(json!({"user_properties": {"number:NPS": rule}}));
    assert!(nps(json!({"minimum": 7, "maximum": 7.0})));
    assert!(nps(json!({"minimum": null, "maximum": 9})));
    assert!(!nps(json!({"minimum": 7.5})));
    assert!(nps(json!({"one_of": [7.0]})));
    assert!(!nps(json!({"not_one_of": [7]})));
    let absent = |rule: Value| passes(json!({"user_properties": {"number:Absent": rule}}));
    assert!(!absent(json!({"minimum": 0})));
    assert!(!absent(json!({"one_of": [1]})));
    assert!(absent(json!({"not_one_of": [1]})));
    assert!(absent(json!({"one_of": [1], "include_missing": true})));
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    let property = |name: &str, rule: Value| refused(json!({"user_properties": {name: rule}}));
    assert!(property("Team", json!({})).contains("string:"));
    assert!(property("date:Team", json!({"one_of": []})).contains("date:Team"));
    assert!(property("string:Team", json!({"minimum": 1})).contains("number:"));
    assert!(property("string:Team", json!({"one_of": [1]})).contains("string:Team.one_of"));
    assert!(property("number:NPS", json!({"one_of": ["1"]})).contains("numbers"));
    assert!(property("number:NPS", json!({"minimum": 2, "maximum": 1})).contains("minimum"));
    let long: Vec<String> = (0..129).map(|n| n.to_string()).collect();
    assert!(refused(json!({"messages": {"from": {"domain_one_of": long}}})).contains("messages.from.domain_one_of"));
    assert!(refused(json!({"sources": ["not an id"]})).contains("not an id"));
    assert!(refused(json!({"timestamp": {"minimum": "2024-01-02", "maximum": "2024-01-01"}})).contains("timestamp.minimum"));
}

#[test]
fn threads_exceptions_labels_and_entities() {
    let thread = ThreadProperties { num_messages: 3, first_sender: Some("Ann@x.test".into()), ..ThreadProperties::default() };
    let with = |sent: Value, facts: Facts<'_>| filter(sent).matches(&comment(), &facts);
    let facts = Facts { thread: Some(&thread), ..Facts::default() };
    assert!(filter(json!({"thread_properties": {"num_messages": {"minimum": 1}}})).needs_thread());
    assert!(with(
        json!({"thread_properties": {"num_messages": {"minimum": 3}, "first_sender": {"one_of": ["ann@x.test"]}}}),
        facts
    ));
    assert!(!with(json!({"thread_properties": {"num_messages": {"maximum": 2}}}), facts));
    assert!(!with(json!({"thread_properties": {"response_time": {"maximum": 2}}}), facts), "nobody answered");

    let exceptions = [(Id::new(1), "bad".to_owned())];
    let facts = Facts { exceptions: &exceptions, ..Facts::default() };
    let rule = |rule: Value| json!({"trigger_exceptions": {"0000000000000001": rule}});
    assert!(with(rule(json!({"one_of": ["bad"]})), facts));
    assert!(!with(rule(json!({"not_one_of": ["bad"]})), facts));
    assert!(!with(json!({"trigger_exceptions": {"2": {"one_of": ["bad"]}}}), facts));

    let labels = ["Card > Lost".to_owned()];
    let facts = Facts { assigned_labels: &labels, ..Facts::default() };
    let rule = |rule: Value| json!({"annotations": {"labels": rule}});
    assert!(with(rule(json!({"one_of": ["Card"]})), facts), "a parent covers what is below it");
    assert!(!with(rule(json!({"one_of": ["Car"]})), facts));
    assert!(!with(rule(json!({"not_one_of": ["Card > Lost"]})), facts));

    assert!(!passes(json!({"entities": {"presence": [{"id": "1", "rule": "present"}]}})));
    assert!(passes(json!({"entities": {"presence": [{"kind": "date", "rule": "not_present"}]}})));
    let (assigned, predicted) = (["policy-number".to_owned()], ["00a1".to_owned()]);
    let facts = Facts { assigned_entities: &assigned, predicted_entities: &predicted, ..Facts::default() };
    let rule = |rule: Value| json!({"entities": {"presence": [rule]}});
    assert!(filter(rule(json!({"id": "00a1", "rule": "present"}))).needs_entities());
    assert!(with(rule(json!({"id": "00a1", "rule": "present"})), facts));
    assert!(with(rule(json!({"kind": "policy_number", "rule": "present"})), facts));
    assert!(!with(rule(json!({"kind": "policy_number", "rule": "absent"})), facts));
    assert!(!with(rule(json!({"kind": "date", "rule": "present"})), facts));
}

#[test]
fn a_filter_is_given_back_as_it_was_sent() {
    let sent = json!({"user_properties": {"number:NPS": {"minimum": 5.0, "maximum": null}}, "reviewed": "only_reviewed",
        "sources": ["00000000000000aa"], "messages": {"from": {"one_of": ["A@b.test"]}},
        "timestamp": {"minimum": "2024-01-01T01:00:00+01:00"}});
    assert_eq!(serde_json::to_value(filter(sent.clone())).unwrap(), sent);
    let with_nulls = json!({"reviewed": null, "messages": {"to": null}, "timestamp": {"maximum": null}});
    assert_eq!(serde_json::to_value(filter(with_nulls)).unwrap(), json!({"messages": {}, "timestamp": {}}));
    assert_eq!(serde_json::to_value(CommentFilter::default()).unwrap(), json!({}));
}

#[test]
fn attribute_filters() {
    let labels = ["Card > Lost".to_owned()];
    let predicted = ["Urgent".to_owned()];
    let (assigned, found) = (["policy-number".to_owned()], ["00a1".to_owned()]);
    let facts = Facts { assigned_labels: &labels, assigned_entities: &assigned, predicted_entities: &found, ..Facts::default() };
    let passes = |attribute: &str, test: Value| {
        let sent = json!({"attribute": attribute, "filter": test});
        let filter: AttributeFilter = serde_json::from_value(sent).unwrap();
        filter.check().unwrap();
        filter.matches(&comment(), &facts, &predicted)
    };
    let any = |list: Value| json!({"kind": "string_any_of", "any_of": list});
    assert!(passes("labels", any(json!(["Card"]))));
    assert!(passes("labels", any(json!(["Urgent", "Other"]))));
    assert!(!passes("labels", json!({"kind": "string_none_of", "none_of": ["Urgent"]})));
    let present = |assigned: Value, predicted: Value, none: Value| json!({"kind": "assigned_predicted_present", "any_assigned": assigned, "any_predicted": predicted, "none_present": none});
    assert!(passes("labels", present(json!(["Card > Lost"]), json!([]), json!([]))));
    assert!(!passes("labels", present(json!(["Urgent"]), json!([]), json!([]))));
    assert!(passes("labels", present(json!(["Urgent"]), json!(["Urgent"]), json!([]))));
    assert!(!passes("labels", present(json!([]), json!([]), json!(["Card"]))));
    assert!(passes("entities", any(json!(["policy_number"]))));
    assert!(passes("entities", present(json!([]), json!(["00a1"]), json!([]))));
    assert!(!passes("entities", present(json!(["00a1"]), json!([]), json!([]))));
    assert!(!passes("entities", present(json!([]), json!([]), json!(["00a1"]))));
    assert!(passes("attachment_property_types", any(json!(["pdf"]))));
    assert!(passes("attachment_property_extensions", any(json!([".Pdf"]))));
    assert!(passes("attachment_property_names", json!({"kind": "string_search", "query": "PHOTO"})));
    let range = |least: Value, most: Value| json!({"kind": "number_range", "minimum": least, "maximum": most});
    assert!(passes("attachment_property_num_attachments", range(json!(2), json!(2))));
    assert!(!passes("attachment_property_num_attachments_with_contents", range(json!(1), json!(null))));
    assert!(passes("attachment_property_size", range(json!(20), json!(null))));
    assert!(!passes("attachment_property_size", range(json!(40), json!(null))));
    assert!(passes("attachment_property_total_size", range(json!(40), json!(40))));
    assert!(passes("string:Team", any(json!(["Red"]))));
    for (attribute, test) in [("nonsense", any(json!([]))), ("labels", range(json!(1), json!(2))), ("string:", any(json!([])))] {
        let filter: AttributeFilter = serde_json::from_value(json!({"attribute": attribute, "filter": test})).unwrap();
        assert!(filter.check().is_err(), "{attribute}");
    }
}
