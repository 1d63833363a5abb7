//! Comments: both upload forms, reading, paging, counting, deleting, and what must come back unchanged.

use adit_conformance::Server;
use chrono::{DateTime, TimeDelta, Utc};
use reinfer_client::resources::source::StatisticsRequestParams;
use reinfer_client::{Comment, CommentsIterTimerange, NewComment, SourceFullName};
use serde_json::json;

use super::{Desk, id, new_comment, refused, small_comment};
use crate::story::sample;

#[test]
fn comments_are_put_synced_read_paged_counted_and_deleted() {
    let server = Server::start();
    let desk = Desk::new(&server, "pages");
    let client = &desk.client;
    let rows = sample("train", 8, 64);
    assert_eq!(rows.len(), 512);
    let comments: Vec<_> = rows.iter().enumerate().map(|(idx, row)| new_comment(&row.comment(idx))).collect();
    let (put, sync) = comments.split_at(256);

    client.put_comments(&desk.source, put.to_vec(), false).unwrap();
    let counts = client.sync_comments(&desk.source, sync.to_vec(), true).unwrap();
    assert_eq!((counts.new, counts.updated, counts.unchanged), (256, 0, 0));
    let counts = client.sync_comments(&desk.source, comments.clone(), true).unwrap();
    assert_eq!((counts.new, counts.updated, counts.unchanged), (0, 0, 512));

    conflicts(&desk, &comments[0]);
    pages(&desk, &comments);

    let statistics = client.get_source_statistics(&desk.source, &StatisticsRequestParams::default()).unwrap();
    assert_eq!(statistics.num_comments.into_inner(), 512.0);
    let filter = serde_json::from_value(json!({"timestamp": {"minimum": comments[500].timestamp}})).unwrap();
    let statistics = client.get_source_statistics(&desk.source, &StatisticsRequestParams { comment_filter: filter }).unwrap();
    assert_eq!(statistics.num_comments.into_inner(), 12.0);

    let doomed: Vec<_> = comments[..32].iter().map(|comment| comment.id.clone()).collect();
    client.delete_comments(desk.source.clone(), &doomed).unwrap();
    client.delete_comments(desk.source_id.clone(), &doomed).unwrap();
    refused(client.get_comment(&desk.source, &doomed[0]), 404, "");
    let left: usize =
        client.get_comments_iter(&desk.source, Some(256), CommentsIterTimerange::default()).map(|page| page.unwrap().len()).sum();
    assert_eq!(left, 480);
}

fn conflicts(desk: &Desk, known: &NewComment) {
    let client = &desk.client;
    // A retried upload arrives twice; that is no conflict. Other content under the same id is.
    client.put_comments(&desk.source, vec![known.clone()], false).unwrap();
    let mut other = known.clone();
    other.messages[0].body.text = "Something else".to_owned();
    refused(client.put_comments(&desk.source, vec![other.clone()], false), 409, "");
    let fresh = small_comment("fresh", "Added alone");
    refused(client.put_comments(&desk.source, vec![fresh.clone(), other.clone()], false), 409, "");
    refused(client.get_comment(&desk.source, &fresh.id), 404, "");

    let split = client.put_comments_split_on_failure(&desk.source, vec![known.clone(), other.clone()], false);
    assert_eq!(split.num_failed, 1);
    let split = client.sync_comments_split_on_failure(&desk.source, vec![other, known.clone()], false);
    // The last of two with the same id wins, and it is what was there before.
    assert_eq!(split.num_failed, 0);
    assert_eq!(client.get_comment(&desk.source, &known.id).unwrap().messages, known.messages);
    refused(client.sync_comments(&SourceFullName("pages/none".to_owned()), vec![known.clone()], false), 404, "");
}

fn pages(desk: &Desk, comments: &[NewComment]) {
    let client = &desk.client;
    let everything = CommentsIterTimerange::default();
    let paged: Vec<Comment> = client.get_comments_iter(&desk.source, None, everything).flat_map(Result::unwrap).collect();
    assert_eq!(paged.len(), comments.len());
    for (found, sent) in paged.iter().zip(comments) {
        assert_eq!((&found.id, found.timestamp, &found.messages), (&sent.id, sent.timestamp, &sent.messages));
        assert_eq!(found.uid, desk.uid(&sent.id.0));
        assert!(!found.has_annotations);
    }

    // Both bounds belong to the range.
    let range = CommentsIterTimerange { from: Some(comments[10].timestamp), to: Some(comments[200].timestamp) };
    let ranged: Vec<Comment> = client.get_comments_iter(&desk.source, Some(50), range).flat_map(Result::unwrap).collect();
    let ids = |list: &[NewComment]| list.iter().map(|comment| comment.id.clone()).collect::<Vec<_>>();
    assert_eq!(ranged.iter().map(|comment| comment.id.clone()).collect::<Vec<_>>(), ids(&comments[10..=200]));
    let empty = CommentsIterTimerange {
        from: Some(DateTime::<Utc>::default()),
        to: Some(DateTime::<Utc>::default() + TimeDelta::days(1)),
    };
    assert_eq!(client.get_comments_iter(&desk.source, None, empty).flat_map(Result::unwrap).count(), 0);

    let page = client.get_comments_iter_page(&desk.source, None, None, 256).unwrap();
    assert_eq!(page.comments.len(), 256);
    assert!(page.continuation.is_some());
}

#[test]
fn a_rich_comment_comes_back_as_it_was_sent() {
    let server = Server::start();
    let desk = Desk::new(&server, "rich");
    let deep = (0..200).fold(
        json!({"kind": "text", "span": {"start": 0, "end": 2}}),
        |inner, _| json!({"kind": "paragraph", "paragraph_kind": "default", "children": [inner]}),
    );
    let sent = new_comment(&json!({
        "id": "<m+1@acme.test>",
        "thread_id": "thread 7",
        "timestamp": "2024-03-05T09:11:58.123456Z",
        "messages": [
            {
                "body": {"text": "Hi\u{00a0}there \u{1f600} \u{0}nul", "translated_from": "Hallo da", "text_markup": [deep]},
                "subject": {"text": "Change of address", "translated_from": "Adresse"},
                "signature": {"text": "Ann\nDesk", "text_markup": [{"kind": "break", "break_kind": "br"}]},
                "from": "ann@acme.test", "to": ["desk@bank.test", "b@bank.test"], "cc": ["c@bank.test"], "bcc": ["d@bank.test"],
                "sent_at": "2024-03-05T10:11:58+01:00", "language": "en"
            },
            {"body": {"text": "second"}}
        ],
        "user_properties": {"string:Queue": "Desk", "number:Queue": 4.5, "number:Count": 3, "string:Ünïcode ✓": "yes"},
        "attachments": [{"name": "f.pdf", "size": 10, "content_type": ".pdf"}]
    }));
    let bare = new_comment(&json!({"id": "bare", "timestamp": "2024-03-05T09:11:58Z", "messages": [{"body": {"text": "x"}}]}));
    desk.client.sync_comments(&desk.source, vec![sent.clone(), bare.clone()], true).unwrap();

    for (sent, id) in [(sent.clone(), id("<m+1@acme.test>")), (bare, id("bare"))] {
        let found = desk.client.get_comment(&desk.source, &id).unwrap();
        assert_eq!(found.messages, sent.messages);
        assert_eq!((&found.thread_id, found.timestamp), (&sent.thread_id, sent.timestamp));
        assert_eq!(found.user_properties, sent.user_properties);
        assert_eq!(serde_json::to_value(&found.attachments).unwrap(), serde_json::to_value(&sent.attachments).unwrap());
        assert_eq!(found.uid.0, format!("{}.{}", desk.source_id.0, id.0));
    }

    let before = desk.client.get_comment(&desk.source, &sent.id).unwrap();
    let mut edited = sent.clone();
    edited.user_properties.insert_string("Queue".to_owned(), "Other".to_owned());
    let counts = desk.client.sync_comments(&desk.source, vec![edited.clone()], true).unwrap();
    assert_eq!((counts.new, counts.updated, counts.unchanged), (0, 1, 0));
    let after = desk.client.get_comment(&desk.source, &sent.id).unwrap();
    assert_eq!(after.created_at, before.created_at);
    assert_eq!(after.user_properties, edited.user_properties);
}
