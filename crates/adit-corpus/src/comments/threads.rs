//! What is derived from the conversation a comment belongs to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use adit_kernel::{Id, Result, Timestamp};
use adit_store::Tx;

use super::store;
use super::stored::StoredComment;
use super::wire;

/// The facts about one comment's conversation. A comment without a thread id is a conversation of its own.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ThreadProperties {
    /// The conversation's id.
    pub id: Option<String>,
    /// Seconds from the first to the last message.
    pub duration: Option<f64>,
    /// Seconds from the first message to the first one by somebody else.
    pub response_time: Option<f64>,
    /// How many messages it has.
    pub num_messages: i64,
    /// How many different people take part.
    pub num_participants: i64,
    /// Which comment of the conversation this is, from 1.
    pub thread_position: i64,
    /// Who began.
    pub first_sender: Option<String>,
    /// To whom the first message went.
    pub first_recipients: Vec<String>,
    /// Everybody who sent a message, lower case, sorted.
    pub all_senders: Vec<String>,
    /// Everybody who received one, lower case, sorted.
    pub all_recipients: Vec<String>,
}

impl ThreadProperties {
    /// The part of it that the contract shows.
    pub fn to_wire(&self) -> wire::ThreadProperties {
        wire::ThreadProperties {
            duration: self.duration,
            response_time: self.response_time,
            num_messages: self.num_messages,
            num_participants: self.num_participants,
            first_sender: self.first_sender.clone(),
            thread_position: Some(self.thread_position),
        }
    }
}

/// The conversation of each of `comments`, in their order.
pub async fn thread_properties_of(tx: &mut Tx, comments: &[StoredComment]) -> Result<Vec<ThreadProperties>> {
    let mut wanted: BTreeMap<Id, BTreeSet<&str>> = BTreeMap::new();
    for comment in comments {
        if let Some(thread) = &comment.thread_id {
            wanted.entry(comment.source_id).or_default().insert(thread);
        }
    }
    let mut threads: HashMap<(Id, String), Vec<StoredComment>> = HashMap::new();
    for (source_id, ids) in wanted {
        let ids: Vec<&str> = ids.into_iter().collect();
        for comment in store::comments_of_threads(tx, source_id, &ids).await? {
            let thread = comment.thread_id.clone().unwrap_or_default();
            threads.entry((source_id, thread)).or_default().push(comment);
        }
    }
    let facts: HashMap<&(Id, String), ThreadProperties> =
        threads.iter().map(|(key, members)| (key, facts_of(&members.iter().collect::<Vec<_>>()))).collect();
    let mut found = Vec::with_capacity(comments.len());
    for comment in comments {
        let key = comment.thread_id.clone().map(|thread| (comment.source_id, thread));
        found.push(match key.as_ref().and_then(|key| Some((facts.get(key)?, threads.get(key)?))) {
            Some((facts, members)) => {
                let position = members.iter().position(|member| member.seq == comment.seq).unwrap_or_default();
                ThreadProperties { thread_position: to_count(position + 1), ..facts.clone() }
            }
            None => facts_of(&[comment]),
        });
    }
    Ok(found)
}

/// The facts about a conversation whose comments are given in their order.
pub(crate) fn facts_of(members: &[&StoredComment]) -> ThreadProperties {
    let mut senders = BTreeSet::new();
    let mut recipients = BTreeSet::new();
    let mut times: Vec<(Timestamp, Option<String>)> = Vec::new();
    let mut first: Option<&wire::Message> = None;
    for member in members {
        for message in &member.content.messages {
            first = first.or(Some(message));
            let sender = message.from.as_ref().map(|from| from.to_lowercase());
            times.push((message.sent_at.unwrap_or(member.timestamp), sender.clone()));
            senders.extend(sender);
            recipients.extend(recipients_of(message).map(|address| address.to_lowercase()));
        }
    }
    let begun = times.first().cloned();
    let span = times.iter().map(|(at, _)| *at).min().zip(times.iter().map(|(at, _)| *at).max());
    let answered = begun.as_ref().and_then(|(_, starter)| {
        let starter = starter.as_ref()?;
        times.iter().find(|(_, sender)| sender.as_ref().is_some_and(|sender| sender != starter)).map(|(at, _)| *at)
    });
    let people = senders.union(&recipients).count();
    ThreadProperties {
        id: members.first().and_then(|member| member.thread_id.clone()),
        duration: span.map(|(from, to)| seconds(from, to)),
        response_time: begun.zip(answered).map(|((from, _), to)| seconds(from, to)),
        num_messages: to_count(times.len()),
        num_participants: to_count(people),
        thread_position: 1,
        first_sender: first.and_then(|message| message.from.clone()),
        first_recipients: first.map(|message| recipients_of(message).cloned().collect()).unwrap_or_default(),
        all_senders: senders.into_iter().collect(),
        all_recipients: recipients.into_iter().collect(),
    }
}

/// Everybody a message was sent to.
pub(crate) fn recipients_of(message: &wire::Message) -> impl Iterator<Item = &String> {
    [&message.to, &message.cc, &message.bcc].into_iter().flatten().flatten()
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    (to.micros() - from.micros()).max(0) as f64 / 1_000_000.0
}

fn to_count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
