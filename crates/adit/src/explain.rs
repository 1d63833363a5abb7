//! `adit explain`: why the newest version of a dataset expects a label of a comment.
//!
//! A command and not a part of some reply: leaving out one word after the other costs as much as predicting a page of
//! comments, and no route of the contract asks for it.

use adit_http::Address;
use adit_tenancy::tenants;
use anyhow::Context;

use crate::cli::ExplainOptions;
use crate::wiring::{self, described};

/// Words that are printed.
const N_WORDS: usize = 10;
/// Characters of a comment that are printed.
const EXCERPT: usize = 100;

pub(crate) async fn run(options: ExplainOptions) -> anyhow::Result<()> {
    let env = wiring::with_services(
        wiring::open_current(&options.store).await?,
        &options.store.data_dir,
        options.encoder,
        wiring::thread_budget(0),
        None,
    );
    let (owner, name) = options.dataset.split_once('/').context("a dataset is named `project/name`")?;
    let mut tx = env.read().await.map_err(described)?;
    let tenant = tenants::named_or_default(&mut tx, options.tenant.as_deref()).await.map_err(described)?.id;
    let address = Address::Name { owner: owner.into(), name: name.into() };
    let dataset = adit_datasets::dataset_at(&mut tx, tenant, &address).await.map_err(described)?;
    let dataset = dataset.with_context(|| format!("there is no dataset `{}`", options.dataset))?;
    let comment = adit_corpus::comment_by_uid(&mut tx, tenant, &options.comment).await.map_err(described)?;
    let comment = comment.with_context(|| format!("there is no comment `{}`", options.comment))?;
    drop(tx);
    let found = adit_models::explained(&env, &dataset, &comment, &options.label).await.map_err(described)?;
    println!("{} of {}: {:.3} by version {}", options.label, options.comment, found.probability, found.version);
    for (word, weight) in found.words.iter().take(N_WORDS) {
        println!("  {weight:+.2}  {word}");
    }
    println!("most alike with this label:");
    let seqs: Vec<i64> = found.nearest.iter().map(|(seq, _)| *seq).collect();
    let mut tx = env.read().await.map_err(described)?;
    let comments = adit_corpus::comments_by_seqs(&mut tx, &seqs).await.map_err(described)?;
    for (seq, cosine) in &found.nearest {
        let Some(other) = comments.iter().find(|other| other.seq == *seq) else { continue };
        let excerpt: String = other.model_text().split_whitespace().collect::<Vec<_>>().join(" ").chars().take(EXCERPT).collect();
        println!("  {cosine:.2}  {}  {excerpt}", other.uid());
    }
    Ok(())
}
