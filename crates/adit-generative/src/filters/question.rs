//! Which conditions does a sentence state?

use adit_kernel::Result;
use chrono::NaiveDate;
use serde_json::{Value, json};

use super::conditions::{self, Conditions};
use super::inventory::Inventory;
use crate::Feature;
use crate::llm::{Part, Question};

/// The question.
pub(super) struct Sentence<'a> {
    pub(super) sentence: &'a str,
    pub(super) previous: Option<&'a Value>,
    pub(super) inventory: &'a Inventory,
    pub(super) today: NaiveDate,
}

impl Question for Sentence<'_> {
    type Answer = Conditions;

    const FEATURE: Feature = Feature::ConversationalFilter;
    const NAME: &'static str = "filter";
    const MAX_TOKENS: u32 = 1500;

    fn task(&self) -> String {
        format!(
            "You turn a sentence of somebody who looks for messages into conditions. You are given the sentence, what can be filtered \
             by (labels, sources, user properties with some of their values), the filter that is set now, and the date. State only \
             conditions that the sentence asks for; lists stay empty and other keys null or false where it says nothing. Use labels, \
             sources and properties only as they are listed; choose those that mean what the sentence means, also in other words. \
             `period` is for spans relative to today such as `last_week`; other spans are `from_date` and `to_date`, both included. \
             `start_from` is `previous` if the sentence changes or narrows the filter that is set now, else `nothing`; `drop` names \
             the parts of it that the sentence takes back. What the sentence wants and no key can express, for example words that must \
             stand in the text, is quoted in `not_possible`. Today is {}, {}.",
            self.today.format("%A"),
            self.today
        )
    }

    fn parts(&self) -> Result<Vec<Part>> {
        let none = json!({});
        Ok(vec![
            Part::text("Sentence", self.sentence),
            Part::json("What can be filtered by", self.inventory)?,
            Part::json("Filter that is set now", self.previous.unwrap_or(&none))?,
        ])
    }

    fn schema(&self) -> Value {
        conditions::schema()
    }

    fn read(&self, answer: Value) -> Result<Conditions, String> {
        let conditions: Conditions = serde_json::from_value(answer).map_err(|e| format!("it does not fit the schema: {e}"))?;
        conditions.check()?;
        Ok(conditions)
    }
}
