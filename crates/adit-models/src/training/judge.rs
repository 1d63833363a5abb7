//! What a report says beyond the training itself: how the comments were met, where they are from, what comes out on
//! those that nobody reviewed.

use std::collections::{BTreeMap, HashMap};

use adit_datasets::ReviewMethods;
use adit_jobs::JobCtx;
use adit_kernel::{Id, Result};
use adit_ml::validation::{Balance, similarity};
use adit_ml::{Corpus, Trained, language};

use super::SEED;

/// What is known about the reviewed comments besides their text, in the order of the corpus.
pub(super) struct Origins {
    methods: ReviewMethods,
    /// Whether each was met by text search; `None` where nothing was said.
    searched: Vec<Option<bool>>,
    /// The language that each one's first message is said to be written in.
    said: Vec<Option<String>>,
    /// The language of each one's source.
    languages: Vec<String>,
    /// The id of each one's source.
    sources: Vec<String>,
}

/// The origins of comments, given their positions, their sources and the languages that their messages are said to be in.
pub(super) async fn origins(
    ctx: &JobCtx,
    dataset: Id,
    seqs: &[i64],
    sources: &[Id],
    said: Vec<Option<String>>,
) -> Result<Origins> {
    let mut tx = ctx.read().await?;
    let methods = adit_datasets::review_methods(&mut tx, dataset).await?;
    let by_search: BTreeMap<i64, bool> = adit_datasets::met_by_search(&mut tx, dataset).await?;
    let mut languages: HashMap<Id, String> = HashMap::new();
    if let Some(dataset) = adit_datasets::dataset_by_id(&mut tx, dataset).await? {
        let known = adit_corpus::sources_by_ids(&mut tx, dataset.tenant_id, &dataset.source_ids).await?;
        languages.extend(known.into_iter().map(|source| (source.id, source.language)));
    }
    Ok(Origins {
        methods,
        searched: seqs.iter().map(|seq| by_search.get(seq).copied()).collect(),
        said,
        languages: sources.iter().map(|id| languages.get(id).cloned().unwrap_or_default()).collect(),
        sources: sources.iter().map(Id::to_string).collect(),
    })
}

/// The training with everything told that its report should know.
pub(super) fn judged(mut trained: Trained, corpus: &Corpus, origins: &Origins, threads: usize) -> Trained {
    let reviewed: Vec<&[f32]> = corpus.examples.iter().map(|example| example.embedding.as_slice()).collect();
    let unreviewed: Vec<&[f32]> = corpus.unreviewed.iter().map(|row| row.embedding.as_slice()).collect();
    if let Some(similarity) = similarity(&reviewed, &unreviewed, SEED) {
        let methods = &origins.methods;
        let mut balance = Balance::new(similarity, methods.share(methods.shuffle), methods.share(methods.text_search));
        balance.rebalance_share = methods.share(methods.rebalance);
        trained.report = trained.report.with_balance(balance);
    }
    let rows: Vec<(&str, &[f32])> = corpus.unreviewed.iter().map(|row| (row.text.as_str(), row.embedding.as_slice())).collect();
    let predicted = trained.model.predict_many(&rows, threads);
    let languages = languages(corpus, &trained.tested.rows, origins, threads);
    trained.report = trained
        .report
        .with_methods(&by_search(corpus, &origins.searched))
        .with_parts(&trained.tested, &languages, &origins.sources, threads)
        .with_outlook(&predicted);
    trained
}

/// The language of each comment that was scored: what its message is said to be written in, else what its text looks like,
/// else that of its source; of other comments that of the source.
fn languages(corpus: &Corpus, scored: &[usize], origins: &Origins, threads: usize) -> Vec<String> {
    let mut languages = origins.languages.clone();
    let said = |row: usize| origins.said.get(row).and_then(Option::as_deref).map(primary);
    let silent: Vec<usize> = scored.iter().copied().filter(|&row| said(row).is_none() && row < corpus.examples.len()).collect();
    let texts: Vec<&str> = silent.iter().map(|&row| corpus.examples[row].text.as_str()).collect();
    let seen = silent.into_iter().zip(language::of_texts(&texts, threads));
    let known = seen.filter_map(|(row, found)| Some((row, found?.to_owned())));
    for (row, language) in scored.iter().filter_map(|&row| Some((row, said(row)?))).chain(known) {
        if let Some(of_row) = languages.get_mut(row) {
            *of_row = language;
        }
    }
    languages
}

/// The language of a tag such as `fr-CA`, in small letters.
fn primary(tag: &str) -> String {
    tag.split(['-', '_']).next().unwrap_or(tag).to_lowercase()
}

/// For each label: its examples met by text search, and those about which it is known how they were met.
fn by_search(corpus: &Corpus, searched: &[Option<bool>]) -> Vec<(usize, usize)> {
    let is_or_above = |name: &str, of: &str| of.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(" > "));
    let above: Vec<Vec<usize>> = corpus
        .labels
        .iter()
        .map(|label| (0..corpus.labels.len()).filter(|&other| is_or_above(&corpus.labels[other].name, &label.name)).collect())
        .collect();
    let mut counts = vec![(0, 0); corpus.labels.len()];
    for (example, searched) in corpus.examples.iter().zip(searched) {
        let Some(searched) = searched else { continue };
        let mut labels: Vec<usize> = example.assigned.iter().flat_map(|label| above[*label].iter().copied()).collect();
        labels.sort_unstable();
        labels.dedup();
        for label in labels {
            counts[label].0 += usize::from(*searched);
            counts[label].1 += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use adit_ml::{Corpus, Example, LabelSpec};

    use super::{Origins, by_search, languages};

    #[test]
    fn a_parent_is_met_as_its_children_are() {
        let label = |name: &str| LabelSpec { name: name.into(), ..LabelSpec::default() };
        let example = |assigned: &[usize]| Example { assigned: assigned.to_vec(), ..Example::default() };
        let corpus = Corpus {
            labels: vec![label("Card"), label("Card > Late"), label("Cards")],
            examples: vec![example(&[1]), example(&[0, 1]), example(&[2]), example(&[1])],
            ..Corpus::default()
        };
        let found = by_search(&corpus, &[Some(true), Some(false), Some(true), None]);
        assert_eq!(found, [(1, 2), (1, 2), (1, 1)]);
    }

    #[test]
    fn a_comment_is_in_the_language_of_its_message_before_that_of_its_source() {
        let german = "Guten Tag, ich habe gestern meine Karte verloren und brauche bitte eine neue.";
        let example = |text: &str| Example { text: text.into(), ..Example::default() };
        let corpus = Corpus { examples: [german, german, "Karte weg", german].map(example).into(), ..Corpus::default() };
        let origins = Origins {
            methods: adit_datasets::ReviewMethods::default(),
            searched: Vec::new(),
            said: vec![None, Some("nl-BE".into()), None, None],
            languages: vec!["en".into(); 4],
            sources: Vec::new(),
        };
        assert_eq!(languages(&corpus, &[0, 1, 2], &origins, 2), ["de", "nl", "en", "en"], "the last one is not scored");
    }
}
