//! Who wrote to whom: addresses, their domains, and the organisations behind those.

use adit_kernel::Result;
use serde::Deserialize;

use super::lists::{TextRule, check_list, texts_allow};
use crate::comments::recipients_of;
use crate::wire::Message;

/// The `messages` part of a filter.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct MessagesRule {
    from: Option<ParticipantRule>,
    recipient: Option<ParticipantRule>,
    to: Option<TextRule>,
    cc: Option<TextRule>,
    bcc: Option<TextRule>,
}

/// Lists of addresses, domains and organisations; each given list must be satisfied.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
struct ParticipantRule {
    one_of: Option<Vec<String>>,
    not_one_of: Option<Vec<String>>,
    include_missing: Option<bool>,
    domain_one_of: Option<Vec<String>>,
    domain_not_one_of: Option<Vec<String>>,
    organisation_one_of: Option<Vec<String>>,
    organisation_not_one_of: Option<Vec<String>>,
}

impl MessagesRule {
    pub(crate) fn check(&self) -> Result<()> {
        for (name, rule) in [("from", &self.from), ("recipient", &self.recipient)] {
            if let Some(rule) = rule {
                rule.check(&format!("messages.{name}"))?;
            }
        }
        for (name, rule) in [("to", &self.to), ("cc", &self.cc), ("bcc", &self.bcc)] {
            if let Some(rule) = rule {
                rule.check(&format!("messages.{name}"))?;
            }
        }
        Ok(())
    }

    pub(crate) fn allows(&self, messages: &[Message]) -> bool {
        let senders = || messages.iter().filter_map(|message| message.from.as_deref()).collect::<Vec<_>>();
        let recipients = || messages.iter().flat_map(recipients_of).map(String::as_str).collect::<Vec<_>>();
        let listed = |of: fn(&Message) -> &Option<Vec<String>>| {
            messages.iter().filter_map(move |message| of(message).as_ref()).flatten().map(String::as_str).collect::<Vec<_>>()
        };
        self.from.as_ref().is_none_or(|rule| rule.allows(&senders()))
            && self.recipient.as_ref().is_none_or(|rule| rule.allows(&recipients()))
            && self.to.as_ref().is_none_or(|rule| rule.allows(&listed(|m| &m.to), is_same_address))
            && self.cc.as_ref().is_none_or(|rule| rule.allows(&listed(|m| &m.cc), is_same_address))
            && self.bcc.as_ref().is_none_or(|rule| rule.allows(&listed(|m| &m.bcc), is_same_address))
    }
}

impl ParticipantRule {
    fn check(&self, field: &str) -> Result<()> {
        check_list(self.one_of.as_ref(), &format!("{field}.one_of"))?;
        check_list(self.not_one_of.as_ref(), &format!("{field}.not_one_of"))?;
        check_list(self.domain_one_of.as_ref(), &format!("{field}.domain_one_of"))?;
        check_list(self.domain_not_one_of.as_ref(), &format!("{field}.domain_not_one_of"))?;
        check_list(self.organisation_one_of.as_ref(), &format!("{field}.organisation_one_of"))?;
        check_list(self.organisation_not_one_of.as_ref(), &format!("{field}.organisation_not_one_of"))
    }

    fn allows(&self, people: &[&str]) -> bool {
        let domains: Vec<&str> = people.iter().filter_map(|address| domain_of(address)).collect();
        let missing = self.include_missing;
        texts_allow(self.one_of.as_ref(), self.not_one_of.as_ref(), missing, people, is_same_address)
            && texts_allow(self.domain_one_of.as_ref(), self.domain_not_one_of.as_ref(), missing, &domains, is_same_text)
            && texts_allow(
                self.organisation_one_of.as_ref(),
                self.organisation_not_one_of.as_ref(),
                missing,
                &domains,
                is_of_organisation,
            )
    }
}

fn is_same_text(value: &str, listed: &str) -> bool {
    value.trim().to_lowercase() == listed.trim().to_lowercase()
}

/// Whether two spellings mean one address: case is ignored, and so is a display name around `<address>`.
pub(crate) fn is_same_address(value: &str, listed: &str) -> bool {
    is_same_text(value, listed) || is_same_text(bare_address(value), bare_address(listed))
}

fn bare_address(text: &str) -> &str {
    match (text.rfind('<'), text.rfind('>')) {
        (Some(open), Some(close)) if open + 1 < close => &text[open + 1..close],
        _ => text,
    }
}

/// The domain of an address, with or without a display name.
pub fn domain_of(address: &str) -> Option<&str> {
    bare_address(address).rsplit_once('@').map(|(_, domain)| domain.trim()).filter(|domain| !domain.is_empty())
}

/// Second-level labels under which countries register organisations.
const SHARED_SECOND_LEVELS: &[&str] = &["ac", "co", "com", "edu", "gov", "gv", "ltd", "net", "or", "org", "plc"];

/// Whether a domain belongs to an organisation, given as its name (`acme`) or its domain (`acme.co.uk`).
fn is_of_organisation(domain: &str, listed: &str) -> bool {
    let (domain, listed) = (domain.to_lowercase(), listed.trim().to_lowercase());
    let is_under = domain.strip_suffix(listed.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    is_under && listed.contains('.') || organisation_in(&domain) == Some(listed.as_str())
}

/// The organisation behind a domain: the name under which it is registered.
pub fn organisation_in(domain: &str) -> Option<&str> {
    let labels: Vec<&str> = domain.split('.').collect();
    match labels.as_slice() {
        [.., name, second, top] if top.len() == 2 && SHARED_SECOND_LEVELS.contains(second) => Some(name),
        [.., name, _] => Some(name),
        [name] => Some(name),
        [] => None,
    }
}
