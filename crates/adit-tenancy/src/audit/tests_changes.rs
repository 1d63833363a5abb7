//! What an event keeps of a change.

use adit_kernel::Id;
use adit_store::{Note, Noun, Subject};
use serde_json::{Value, json};

use super::changes::Account;

fn source(title: &str, state: Value) -> Subject {
    Subject { noun: Noun::Source, id: Id::new(1), name: "desk".into(), title: title.into(), parent: None, state }
}

#[test]
fn only_what_differs_is_kept_and_the_gone_keep_their_names() {
    let before = vec![source("Old", json!({"title": "Old", "language": "en"}))];
    let after = vec![source("New", json!({"title": "New", "language": "en"}))];
    let account = Account::of(before.clone(), after, vec![Note::Fact("n_comments", json!(3))]);
    assert_eq!(account.subjects[0].title, "New");
    let change = json!([{"noun": "source", "id": "0000000000000001", "before": {"title": "Old"}, "after": {"title": "New"}}]);
    assert_eq!((&account.details["changes"], &account.details["n_comments"]), (&change, &json!(3)));
    let gone = Account::of(before.clone(), vec![], vec![]);
    assert_eq!((gone.subjects[0].name.as_str(), gone.details.len()), ("desk", 0));
    let same = Account::of(before.clone(), before, vec![]);
    assert!(same.details.is_empty());
}
