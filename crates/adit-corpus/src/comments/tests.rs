//! Tests of comments.

use adit_kernel::{Id, Timestamp};
use http::Method;
use serde_json::{Value, json};

use crate::tests_world::{TENANT, World, on_both};
use crate::{TimeBounds, comment_by_uid, comments_by_seqs, comments_by_uids};

const COMMENTS: &str = "/api/_private/sources/acme/desk/comments";
const PUBLIC: &str = "/api/v1/sources/acme/desk/comments";

fn simple(id: &str, text: &str) -> Value {
    json!({"id": id, "timestamp": "2024-01-01T00:00:00Z", "messages": [{"body": {"text": text}}]})
}

fn at(id: &str, second: u32) -> Value {
    json!({"id": id, "timestamp": format!("2024-01-01T00:00:{second:02}Z"), "messages": [{"body": {"text": id}}]})
}

fn full() -> Value {
    let markup = json!([{"kind": "paragraph", "paragraph_kind": "p", "children": [
        {"kind": "text", "span": {"char_start": 0, "char_end": 5, "utf16_byte_start": 0, "utf16_byte_end": 10}},
        {"kind": "link", "href": null, "children": []}]}]);
    json!({
        "id": "<a/b+c@d>", "timestamp": "2024-03-05T09:12:00.250Z", "thread_id": "3c9f", "text_format": "markdown",
        "user_properties": {"string:Branch": "Leeds", "number:NPS": 7, "number:Score": 7.5},
        "attachments": [{"name": "f.pdf", "size": 10, "content_type": ".pdf", "content_hash": "ab", "inline": true}],
        "messages": [{
            "from": "ann@acme.test", "to": ["desk@bank.test"], "cc": [], "sent_at": "2024-03-05T09:11:58Z", "language": "fr",
            "subject": {"text": "Change", "translated_from": "Changement"},
            "body": {"text": "Hello", "translated_from": "Bonjour", "text_markup": markup, "translated_from_markup": []},
            "signature": {"text": "Ann\u{0} Ä😀", "text_markup": markup}
        }]
    })
}

async fn ids(world: &World, query: &str) -> (Vec<String>, Option<String>) {
    let page = world.get(&format!("{COMMENTS}?{query}")).await;
    let ids = page["comments"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect();
    (ids, page.get("continuation").map(|token| token.as_str().unwrap().to_owned()))
}

#[test]
fn everything_sent_comes_back_and_nothing_else() {
    on_both(async |world| {
        let source_id = world.desk().await;
        let sent = full();
        world.sync(json!([sent, simple("plain", "x")])).await;
        let path = format!("{PUBLIC}/%3Ca%2Fb%2Bc@d%3E");
        let got = world.get(&format!("{path}?include_markup=true")).await["comment"].clone();
        for (key, value) in sent.as_object().unwrap() {
            assert_eq!(got[key], *value, "{key}");
        }
        assert_eq!(got["uid"], format!("{source_id}.<a/b+c@d>"));
        assert_eq!(got["has_annotations"], false);
        assert_eq!(got["created_at"], "2024-03-05T09:15:00Z");
        let without = world.get(&path).await["comment"]["messages"].to_string();
        assert!(!without.contains("markup"), "{without}");
        let plain = world.get(&format!("{PUBLIC}/plain?include_markup=true")).await["comment"].clone();
        assert_eq!(plain["messages"], json!([{"body": {"text": "x"}}]));
        assert_eq!((&plain["user_properties"], &plain["attachments"]), (&json!({}), &json!([])));
        assert!(plain.get("thread_id").is_none() && plain.get("text_format").is_none());
        // The generated client writes a space as a plus.
        world.sync(json!([simple("two words", "x")])).await;
        assert_eq!(world.get(&format!("{PUBLIC}/two+words")).await["comment"]["id"], "two words");
        assert_eq!(world.fail(Method::GET, &format!("{PUBLIC}/none"), None).await, (404, "No such comment: `none`.".into()));
    });
}

#[test]
fn deep_markup_survives() {
    on_both(async |world| {
        world.desk().await;
        let mut node = json!({"kind": "break", "break_kind": "br"});
        for _ in 0..200 {
            node = json!({"kind": "style", "style_kind": "b", "children": [node]});
        }
        let body = json!({"text": "x", "text_markup": [node]});
        world.sync(json!([{"id": "deep", "timestamp": "2024-01-01T00:00:00Z", "messages": [{"body": body}]}])).await;
        let mut tx = world.env.read().await.unwrap();
        let stored = crate::scan_by_seq(&mut tx, &[source_id(&world).await], 0, 10).await.unwrap();
        assert_eq!(stored[0].content.messages[0].body.text_markup.as_ref().unwrap()[0], body["text_markup"][0]);
    });
}

async fn source_id(world: &World) -> Id {
    world.get("/api/v1/sources/acme/desk").await["source"]["id"].as_str().unwrap().parse().unwrap()
}

#[test]
fn sync_counts_what_it_did() {
    on_both(async |world| {
        world.desk().await;
        let counts = |reply: Value| {
            ["new", "updated", "unchanged", "updated_properties_only", "updated_text_changed"]
                .map(|key| reply[key].as_i64().unwrap())
        };
        assert_eq!(counts(world.sync(json!([simple("a", "1"), simple("b", "1"), simple("c", "1")])).await), [3, 0, 0, 0, 0]);
        assert_eq!(world.events("comments-written").await, 1);
        let before = world.get(&format!("{PUBLIC}/b")).await["comment"].clone();
        world.clock.advance_ms(5000);
        let mut with_property = simple("a", "1");
        with_property["user_properties"] = json!({"number:NPS": 3, "string:Blank": "  "});
        let mut with_time = simple("c", "1");
        with_time["messages"][0]["sent_at"] = json!("2024-01-01T00:00:00Z");
        let reply = world.sync(json!([with_property, simple("b", "2"), with_time, simple("d", "x")])).await;
        assert_eq!(counts(reply), [1, 3, 0, 1, 1]);
        let after = world.get(&format!("{PUBLIC}/b")).await["comment"].clone();
        assert_eq!(after["created_at"], before["created_at"]);
        assert_ne!(after["last_modified"], before["last_modified"]);
        assert_ne!(after["context"], before["context"]);
        assert_eq!(world.get(&format!("{PUBLIC}/a")).await["comment"]["user_properties"], json!({"number:NPS": 3}));
        // The same again changes nothing and says nothing to anybody.
        let n_events = world.events("comments-written").await;
        assert_eq!(counts(world.sync(json!([with_property, simple("b", "2")])).await), [0, 0, 2, 0, 0]);
        assert_eq!(world.events("comments-written").await, n_events);
        // Of duplicates the last counts; without a timestamp the stored one stays.
        assert_eq!(counts(world.sync(json!([simple("b", "9"), simple("b", "2")])).await), [0, 0, 1, 0, 0]);
        assert_eq!(counts(world.sync(json!([{"id": "b", "messages": [{"body": {"text": "2"}}]}])).await), [0, 0, 1, 0, 0]);
    });
}

#[test]
fn adding_is_idempotent_and_refuses_other_content() {
    on_both(async |world| {
        world.desk().await;
        let body = |comments: Value| json!({"comments": comments});
        assert_eq!(world.put(COMMENTS, body(json!([simple("a", "1")]))).await, json!({"status": "ok"}));
        assert_eq!(world.put(COMMENTS, body(json!([simple("a", "1"), simple("b", "1")]))).await, json!({"status": "ok"}));
        let refused = world.fail(Method::PUT, COMMENTS, Some(body(json!([simple("c", "1"), simple("a", "2")])))).await;
        assert_eq!(refused.0, 409);
        assert_eq!(world.fail(Method::GET, &format!("{PUBLIC}/c"), None).await.0, 404);
        let mut replacement = simple("a", "2");
        replacement["context"] = world.get(&format!("{PUBLIC}/a")).await["comment"]["context"].clone();
        world.put(COMMENTS, body(json!([replacement]))).await;
        assert_eq!(world.get(&format!("{PUBLIC}/a")).await["comment"]["messages"][0]["body"]["text"], "2");
        replacement["messages"][0]["body"]["text"] = json!("3");
        assert_eq!(world.fail(Method::PUT, COMMENTS, Some(body(json!([replacement])))).await.0, 409);
        assert_eq!(world.ask("sources-admin", Method::PUT, COMMENTS, Some(body(json!([])))).await.0, 403);
        assert_eq!(world.ask("sources-add-comments", Method::PUT, COMMENTS, Some(body(json!([])))).await.0, 200);
    });
}

#[test]
fn limits_name_the_field_and_the_rule() {
    on_both(async |world| {
        world.desk().await;
        let refused = async |change: fn(&mut Value)| {
            let mut comment = simple("a", "x");
            change(&mut comment);
            let path = "/api/v1/sources/acme/desk/sync";
            world.fail(Method::POST, path, Some(json!({"comments": [comment]}))).await
        };
        let (code, message) = refused(|c| c["messages"][0]["body"]["text"] = json!("x".repeat(65_537))).await;
        assert_eq!(
            (code, message.as_str()),
            (400, "`comments.0.messages.0.body.text` is too long: at most 65536 characters are allowed.")
        );
        let (code, message) = refused(|c| c["user_properties"] = json!({"NPS": 3})).await;
        assert_eq!((code, message.contains("`comments.0.user_properties.NPS`")), (400, true));
        assert!(refused(|c| c["user_properties"] = json!({"number:NPS": "3"})).await.1.contains("number:NPS"));
        assert!(refused(|c| c["user_properties"] = json!({"string:X": true})).await.1.contains("string:X"));
        assert!(refused(|c| c["messages"][0]["from"] = json!("x".repeat(513))).await.1.contains("messages.0.from"));
        assert!(refused(|c| c["messages"][0]["language"] = json!("")).await.1.contains("language"));
        assert!(refused(|c| c["id"] = json!("")).await.1.contains("`id`"));
        assert!(refused(|c| c["timestamp"] = json!("yesterday")).await.1.contains("yesterday"));
        let (_, message) = refused(|c| c["attachments"] = json!([{"name": "n", "size": -1, "content_type": "t"}])).await;
        assert!(message.contains("attachments.0.size"), "{message}");
    });
}

#[test]
fn pages_follow_the_timestamps_and_survive_deletions() {
    on_both(async |world| {
        world.desk().await;
        world.sync(json!([at("e", 5), at("a", 1), at("b", 2), at("c", 2), at("d", 3)])).await;
        let (first, token) = ids(&world, "limit=2").await;
        assert_eq!(first, ["a", "b"]);
        world.ok(Method::DELETE, &format!("{PUBLIC}?id=a&id=b&id=unknown"), None).await;
        let (second, token) = ids(&world, &format!("limit=2&after={}", token.unwrap())).await;
        assert_eq!(second, ["c", "d"]);
        assert_eq!(ids(&world, &format!("limit=2&after={}", token.unwrap())).await, (vec!["e".to_owned()], None));
        assert_eq!(ids(&world, "direction=descending&limit=3").await, (vec!["e".into(), "d".into(), "c".into()], None));
        let bounds = "from_timestamp=2024-01-01T00:00:02Z&to_timestamp=2024-01-01T00:00:03Z";
        assert_eq!(ids(&world, bounds).await.0, ["c", "d"]);
        let (page, token) = ids(&world, &format!("{bounds}&direction=descending&limit=1")).await;
        assert_eq!(page, ["d"]);
        let rest = format!("direction=descending&limit=5&after={}", token.unwrap());
        assert_eq!(ids(&world, &rest).await, (vec!["c".into()], None));
        for bad in ["limit=0", "limit=257", "after=nonsense", "direction=up", "from_timestamp=then"] {
            assert_eq!(world.fail(Method::GET, &format!("{COMMENTS}?{bad}"), None).await.0, 400, "{bad}");
        }
    });
}

#[test]
fn deletion_reads_every_spelling_of_its_ids() {
    on_both(async |world| {
        world.desk().await;
        world.sync(json!([at("a", 1), at("b", 2), at("c,d", 3), at("e", 4), at("f", 5)])).await;
        let delete = async |query: &str| world.ok(Method::DELETE, &format!("{PUBLIC}?{query}"), None).await;
        assert_eq!(delete("id=c%2Cd").await, json!({"status": "ok"}));
        assert_eq!(ids(&world, "").await.0, ["a", "b", "e", "f"]);
        delete("id=a,b").await;
        delete("ids=e,zzz").await;
        assert_eq!(ids(&world, "").await.0, ["f"]);
        assert_eq!(world.events("comments-deleted").await, 3);
        delete("id=a").await;
        assert_eq!(world.events("comments-deleted").await, 3);
        let many = (0..129).map(|n| format!("id={n}")).collect::<Vec<_>>().join("&");
        assert_eq!(world.fail(Method::DELETE, &format!("{PUBLIC}?{many}"), None).await.0, 400);
        assert_eq!(world.ask("sources-admin", Method::DELETE, &format!("{PUBLIC}?id=f"), None).await.0, 403);
    });
}

#[test]
fn sensitive_properties_need_a_permission() {
    on_both(async |world| {
        world.desk().await;
        let sensitive = json!({"source": {"sensitive_properties": ["string:Account"]}});
        world.post("/api/v1/sources/acme/desk", sensitive).await;
        let mut comment = simple("a", "x");
        comment["user_properties"] = json!({"string:Account": "1", "string:Team": "Red"});
        world.sync(json!([comment])).await;
        let seen = async |token: &str| {
            let one = world.ask(token, Method::GET, &format!("{PUBLIC}/a"), None).await.1["comment"]["user_properties"].clone();
            let page = world.ask(token, Method::GET, COMMENTS, None).await.1;
            assert_eq!(page["comments"][0]["user_properties"], one);
            one.as_object().unwrap().len()
        };
        assert_eq!(seen("sources-read").await, 1);
        assert_eq!(seen("sources-read-sensitive").await, 2);
    });
}

#[test]
fn threads_are_derived_from_their_comments() {
    on_both(async |world| {
        world.desk().await;
        let mail = |id: &str, second: u32, from: &str, to: &str| {
            json!({"id": id, "thread_id": "t1", "timestamp": format!("2024-01-01T00:00:{second:02}Z"),
                "messages": [{"from": from, "to": [to], "body": {"text": id}}]})
        };
        world
            .sync(json!([
                mail("r", 30, "Desk@bank.test", "ann@acme.test"),
                mail("q", 10, "ann@acme.test", "desk@bank.test"),
                mail("q2", 20, "ann@acme.test", "boss@bank.test"),
                at("alone", 40),
            ]))
            .await;
        let page = world.get(&format!("{COMMENTS}?include_thread_properties=true")).await;
        let expected = |position: i64| {
            json!({"duration": 20.0, "response_time": 20.0, "num_messages": 3, "num_participants": 3,
                "first_sender": "ann@acme.test", "thread_position": position})
        };
        let alone = json!({"duration": 0.0, "response_time": null, "num_messages": 1, "num_participants": 0,
            "first_sender": null, "thread_position": 1});
        assert_eq!(page["thread_properties"], json!([expected(1), expected(2), expected(3), alone]));
        let threads = world.get("/api/v1/sources/acme/desk/threads").await["threads"].clone();
        assert_eq!(threads, json!([{"thread_id": "t1", "comments": ["q", "q2", "r"]}]));
    });
}

#[test]
fn others_read_comments_by_position_uid_and_time() {
    on_both(async |world| {
        let id = world.desk().await;
        let source: Id = id.parse().unwrap();
        world.sync(json!([at("a", 3), at("b", 2)])).await;
        world.clock.advance_ms(10_000);
        let later = world.env.now();
        world.sync(json!([at("c", 1), at("a", 4)])).await;
        let mut tx = world.env.begin().await.unwrap();
        let all = crate::scan_by_seq(&mut tx, &[source], 0, 10).await.unwrap();
        let order: Vec<&str> = all.iter().map(|comment| comment.id.as_str()).collect();
        assert_eq!(order, ["a", "b", "c"], "an update keeps its position");
        assert_eq!(all[0].timestamp, Timestamp::parse("2024-01-01T00:00:04Z").unwrap());
        assert_eq!(all[0].model_text(), "a");
        let head = crate::head_seq(&mut tx).await.unwrap();
        assert_eq!(head, all[2].seq);
        assert_eq!(crate::seq_before_created(&mut tx, &[source], later).await.unwrap(), all[1].seq);
        assert_eq!(crate::seq_before_created(&mut tx, &[source], all[0].created_at).await.unwrap(), 0);
        let after = crate::seq_before_created(&mut tx, &[source], Timestamp::from_micros(i64::MAX)).await.unwrap();
        assert_eq!(after, head);
        let recent = crate::scan_recent(&mut tx, &[source], None, &TimeBounds::default(), 2).await.unwrap();
        assert_eq!(recent.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let cursor = Some((recent[1].timestamp, recent[1].seq));
        let rest = crate::scan_recent(&mut tx, &[source], cursor, &TimeBounds::default(), 2).await.unwrap();
        assert_eq!(rest.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["c"]);
        assert_eq!(crate::count_comments(&mut tx, &[source, source]).await.unwrap(), 3);
        let by_seq = comments_by_seqs(&mut tx, &[all[2].seq, all[0].seq, 99]).await.unwrap();
        assert_eq!(by_seq, [all[0].clone(), all[2].clone()]);
        let uid = format!("{id}.b");
        assert_eq!(comment_by_uid(&mut tx, TENANT, &uid).await.unwrap().as_ref(), Some(&all[1]));
        assert_eq!(comment_by_uid(&mut tx, Id::new(2), &uid).await.unwrap(), None);
        let asked = [uid.clone(), format!("{id}.none"), "junk".into()];
        let found = comments_by_uids(&mut tx, TENANT, &asked).await.unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), [&uid]);
        assert!(comments_by_uids(&mut tx, Id::new(2), &asked).await.unwrap().is_empty());
        crate::note_reviewed(&mut tx, all[1].seq, 1).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.get(&format!("{PUBLIC}/b")).await["comment"]["has_annotations"], true);
    });
}

#[test]
fn batches_of_any_size_are_written_whole() {
    on_both(async |world| {
        world.desk().await;
        let batch = |text: &str| -> Value { (0..1300).map(|n| simple(&format!("c{n}"), text)).collect() };
        assert_eq!(world.sync(batch("1")).await["new"], 1300);
        assert_eq!(world.sync(batch("2")).await["updated_text_changed"], 1300);
        assert_eq!(world.sync(batch("2")).await["unchanged"], 1300);
    });
}

#[test]
fn writes_at_the_same_time_never_collide_and_positions_follow_creation() {
    on_both(async |world| {
        world.desk().await;
        let batch = |from: usize| -> Value { (from..from + 60).map(|n| simple(&format!("c{n}"), "x")).collect() };
        let replies = tokio::join!(world.sync(batch(0)), world.sync(batch(20)), world.sync(batch(40)), async {
            world.clock.advance_ms(-5000);
            world.sync(batch(50)).await
        });
        let new: i64 = [replies.0, replies.1, replies.2, replies.3].iter().map(|reply| reply["new"].as_i64().unwrap()).sum();
        assert_eq!(new, 110);
        let mut tx = world.env.read().await.unwrap();
        let all = crate::scan_by_seq(&mut tx, &[source_id(&world).await], 0, 1000).await.unwrap();
        assert_eq!(all.len(), 110);
        assert!(all.windows(2).all(|pair| pair[0].seq < pair[1].seq && pair[0].created_at <= pair[1].created_at));
        assert_eq!(crate::head_seq(&mut tx).await.unwrap(), 110);
    });
}
