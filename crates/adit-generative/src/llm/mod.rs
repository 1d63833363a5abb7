//! Asks a language model, within a budget, and checks what it says.

mod client;
mod dialect;
mod prompt;
mod reading;
pub(crate) mod schema;
mod store;
mod wire;

use std::time::Instant;

use adit_datasets::Dataset;
use adit_kernel::{Error, Id, Result};
use adit_store::Env;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::options::Options;
use crate::{Feature, errors};
use client::{Client, Completion};
use dialect::Ask;
pub(crate) use prompt::{Part, Prompt, cut};
use wire::Turn;

/// Something a language model can be asked.
pub(crate) trait Question: Sync {
    /// What comes out.
    type Answer;

    /// Which feature asks.
    const FEATURE: Feature;
    /// The name of the schema, in small letters and underscores.
    const NAME: &'static str;
    /// The longest answer.
    const MAX_TOKENS: u32;

    /// What to do; our own words only.
    fn task(&self) -> String;

    /// What it is about; never taken as instructions.
    fn parts(&self) -> Result<Vec<Part>>;

    /// The JSON schema of the answer.
    fn schema(&self) -> Value;

    /// The answer, if it keeps the rules.
    ///
    /// # Errors
    /// The rule that is broken, in words for the model.
    fn read(&self, answer: Value) -> Result<Self::Answer, String>;
}

/// A language model that questions can be put to. The service of the environment, when one is configured.
pub struct Llm {
    options: Options,
    client: Client,
    slots: Semaphore,
}

/// The dataset that is asked about, and the one comment if it is one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About {
    tenant_id: Id,
    dataset_id: Id,
    comment_seq: Option<i64>,
}

impl About {
    /// A question about a dataset.
    pub(crate) fn dataset(dataset: &Dataset) -> Self {
        Self { tenant_id: dataset.tenant_id, dataset_id: dataset.id, comment_seq: None }
    }

    /// The same about one stored comment; the answer is forgotten with it.
    pub(crate) fn comment(self, seq: i64) -> Self {
        Self { comment_seq: Some(seq), ..self }
    }
}

impl Llm {
    /// A model to ask.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(options: Options) -> Result<Self> {
        let client = Client::new(&options)?;
        Ok(Self { slots: Semaphore::new(options.concurrency.max(1)), client, options })
    }

    /// Asks, unless the same was asked before. An answer that breaks the rules is sent back once.
    ///
    /// # Errors
    /// See [`errors`].
    pub(crate) async fn ask<Q: Question>(&self, env: &Env, about: About, question: &Q) -> Result<Q::Answer> {
        let prompt = Prompt::new(question)?;
        let digest = prompt.digest(&self.options.model, Q::NAME, Q::MAX_TOKENS);
        let mut tx = env.read().await?;
        let kept = store::answer(&mut tx, about.tenant_id, &digest).await?;
        drop(tx);
        let known = kept.and_then(|kept| question.read(serde_json::from_str(&kept).ok()?).ok());
        if let Some(answer) = known {
            note(Q::FEATURE, "kept");
            return Ok(answer);
        }
        let started = Instant::now();
        let asked = tokio::time::timeout(self.options.timeout, self.ask_anew(env, about, question, &prompt)).await;
        let (value, answer) = asked.unwrap_or_else(|_| {
            note(Q::FEATURE, "timeout");
            Err(errors::too_slow(self.options.timeout.as_secs()))
        })?;
        note(Q::FEATURE, "answered");
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(dataset.id = %about.dataset_id, llm.feature = Q::FEATURE.tag(), duration_ms, "a language model answered");
        let kept = store::KeptAnswer {
            digest: &digest,
            dataset_id: about.dataset_id,
            comment_seq: about.comment_seq,
            answer: value.to_string(),
        };
        let mut tx = env.begin().await?;
        store::keep(&mut tx, about.tenant_id, kept, env.now()).await?;
        tx.commit().await?;
        Ok(answer)
    }

    async fn ask_anew<Q: Question>(&self, env: &Env, about: About, question: &Q, prompt: &Prompt) -> Result<(Value, Q::Answer)> {
        let _slot = self.slots.acquire().await.map_err(|e| Error::wrap("the language model is closed", e))?;
        let mut turns = prompt.turns.clone();
        let first = self.complete::<Q>(env, about, &turns, &prompt.schema).await?;
        let rule = match read(question, &first.text) {
            Ok(answer) => return Ok(answer),
            Err(rule) => rule,
        };
        note(Q::FEATURE, "repaired");
        turns.push(Turn { role: "assistant", content: first.text });
        let request =
            format!("That answer cannot be used: {rule}. Answer again with the whole JSON object, corrected, and nothing else.");
        turns.push(Turn { role: "user", content: request });
        let second = self.complete::<Q>(env, about, &turns, &prompt.schema).await?;
        read(question, &second.text).map_err(|rule| {
            note(Q::FEATURE, "unusable");
            errors::unusable(&rule)
        })
    }

    /// One exchange, paid for. Tokens are set aside before it and corrected after it; if the process dies in between
    /// they stay set aside until the day ends.
    async fn complete<Q: Question>(&self, env: &Env, about: About, turns: &[Turn], schema: &Value) -> Result<Completion> {
        let (tenant, day) = (about.tenant_id, store::day_of(env.now()));
        let reserved = Prompt::estimated_tokens(turns) + i64::from(Q::MAX_TOKENS);
        let mut tx = env.begin().await?;
        let is_within = store::reserve(&mut tx, tenant, day, reserved, self.options.daily_token_budget).await?;
        tx.commit().await?;
        if !is_within {
            note(Q::FEATURE, "over_budget");
            return Err(errors::budget_exhausted(self.options.daily_token_budget.unwrap_or_default(), store::start_of(day + 1)));
        }
        let ask = Ask { model: &self.options.model, turns, name: Q::NAME, schema, max_tokens: Q::MAX_TOKENS };
        let outcome = self.client.complete(&ask, env.random.as_ref()).await;
        let used = match &outcome {
            Ok(completion) => completion.tokens,
            Err(failure) => failure.tokens(),
        };
        if let Some(used) = used.filter(|used| (0..=1_000_000_000).contains(used)) {
            let mut tx = env.begin().await?;
            store::settle(&mut tx, tenant, day, used - reserved).await?;
            tx.commit().await?;
            metrics::counter!("adit_llm_tokens_total", "feature" => Q::FEATURE.tag()).increment(used.unsigned_abs());
        }
        outcome.map_err(|failure| {
            note(Q::FEATURE, failure.tag());
            tracing::warn!(dataset.id = %about.dataset_id, llm.feature = Q::FEATURE.tag(), failure = ?failure, "a language model did not answer");
            failure.into()
        })
    }

    /// Tokens that a tenant has used or set aside today.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn used_today(&self, env: &Env, tenant: Id) -> Result<i64> {
        let mut tx = env.read().await?;
        store::used(&mut tx, tenant, store::day_of(env.now())).await
    }
}

fn read<Q: Question>(question: &Q, text: &str) -> Result<(Value, Q::Answer), String> {
    let value = reading::object_in(text)?;
    let answer = question.read(value.clone())?;
    Ok((value, answer))
}

fn note(feature: Feature, outcome: &'static str) {
    metrics::counter!("adit_llm_questions_total", "feature" => feature.tag(), "outcome" => outcome).increment(1);
}
