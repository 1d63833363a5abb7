//! Which rows are trained on and which are tested, for each data set.

use std::collections::HashSet;

use adit_ml::Encoder;

use crate::sets::{Row, Set, shots, shuffled};
use crate::{Failure, Places, valence};

/// Training messages of GoEmotions.
const N_EMOTIONS: usize = 1_000;

/// As many unreviewed comments as the server samples.
const MOST_UNREVIEWED: usize = 2_000;

/// One protocol on one set.
pub(crate) struct Study<'a> {
    pub(crate) name: String,
    pub(crate) set: &'a Set,
    pub(crate) draws: Vec<Draw<'a>>,
}

/// One choice of rows.
pub(crate) struct Draw<'a> {
    pub(crate) train: Vec<&'a Row>,
    /// Training rows that were not drawn, as a dataset holds comments that nobody reviewed.
    pub(crate) unreviewed: Vec<&'a Row>,
    pub(crate) test: Vec<&'a Row>,
}

/// What studies are about; the last is not about labels.
const SUBJECTS: [&str; 5] = ["BANKING77", "NLU++ banking", "GoEmotions", "UCI reviews", "Sentiment"];

/// The sets at hand, by name; those that no study is wanted of are left out.
pub(crate) fn sets(places: &Places, encoder: &dyn Encoder) -> Result<Vec<(&'static str, Set)>, Failure> {
    let is_named = SUBJECTS.iter().any(|subject| places.only.contains(subject));
    let is_wanted = |name: &str| !is_named || places.only.contains(name);
    let mut sets = Vec::new();
    if is_wanted("BANKING77") {
        sets.push(("BANKING77", Set::load(&places.banking, encoder, &places.cache, &|_, _| true)?));
    }
    if let Some(folder) = &places.data {
        let mut add = |name: &'static str, file: &str, wanted: &dyn Fn(&str, usize) -> bool| {
            let file = folder.join(file);
            if file.exists() && is_wanted(name) {
                sets.push((name, Set::load(&file, encoder, &places.cache, wanted)?));
            }
            Ok::<(), Failure>(())
        };
        add("NLU++ banking", "nlupp_banking/nlupp_banking.jsonl", &|_, _| true)?;
        let few = |split: &str, n: usize| split == "test" || split == "train" && n < 4 * N_EMOTIONS;
        add("GoEmotions", "goemotions/goemotions.jsonl", &few)?;
        add("UCI reviews", "reviews_uci/reviews_uci.jsonl", &|_, _| true)?;
        let mapped = match sets.iter().find(|(name, _)| *name == "GoEmotions") {
            Some((_, emotions)) => {
                let map = valence::map_of_emotions(folder)?;
                let side =
                    |name: &str| map.iter().find(|(_, own)| own.iter().any(|own| own == name)).map(|(side, _)| side.clone());
                Some(emotions.relabelled(&side, encoder))
            }
            None => None,
        };
        sets.extend(mapped.map(|mapped| ("GoEmotions' sentiment map", mapped)));
    }
    Ok(sets)
}

/// The protocols of a set.
pub(crate) fn studies<'a>(name: &str, set: &'a Set) -> Vec<Study<'a>> {
    let n_labels = set.labels.len();
    let (train, test) = (set.rows_of(|split| split == "train"), set.rows_of(|split| split == "test"));
    let study = |protocol: &str, draws| Study { name: format!("{name}, {protocol}"), set, draws };
    let draw = |drawn: Vec<&'a Row>| {
        let ids: HashSet<&str> = drawn.iter().map(|row| row.id.as_str()).collect();
        // Mixed by a seed of its own: the files are sorted by label.
        let mut unreviewed = shuffled(&train, 99);
        unreviewed.retain(|row| !ids.contains(row.id.as_str()));
        unreviewed.truncate(MOST_UNREVIEWED);
        Draw { train: drawn, unreviewed, test: test.clone() }
    };
    let by_shots =
        |n: usize, seeds: u64| -> Vec<Draw<'a>> { (0..seeds).map(|seed| draw(shots(&train, n_labels, n, seed))).collect() };
    let at_random =
        |n: usize| -> Vec<Draw<'a>> { (0..3).map(|seed| draw(shuffled(&train, seed).into_iter().take(n).collect())).collect() };
    match name {
        "NLU++ banking" => {
            let folds = |kept: &dyn Fn(&str) -> bool, tried: &dyn Fn(&str) -> bool| Draw {
                train: set.rows_of(kept),
                unreviewed: Vec::new(),
                test: set.rows_of(tried),
            };
            let few = [0, 7, 14].map(|fold| {
                let own = format!("fold{fold}");
                folds(&|split| split == own, &|split| split != own)
            });
            let many = [0, 7, 14].map(|fold| {
                let out = [format!("fold{fold}"), format!("fold{}", fold + 1)];
                folds(&|split| !out.contains(&split.to_owned()), &|split| out.contains(&split.to_owned()))
            });
            vec![study("1 fold", few.into()), study("18 folds", many.into())]
        }
        "GoEmotions" | "GoEmotions' sentiment map" => {
            let draws = (0..3).map(|seed| draw(shuffled(&train, seed).into_iter().take(N_EMOTIONS).collect()));
            vec![study("1 000 messages", draws.collect())]
        }
        "UCI reviews" => vec![
            study("10 a label", by_shots(10, 3)),
            study("100 a label", by_shots(100, 3)),
            study("all", by_shots(usize::MAX, 1)),
        ],
        _ => vec![
            study("names of the labels only", vec![draw(Vec::new())]),
            study("50 messages at random", at_random(50)),
            study("200 messages at random", at_random(200)),
            study("500 messages at random", at_random(500)),
            study("5 a label", by_shots(5, 3)),
            study("10 a label", by_shots(10, 3)),
            study("25 a label", by_shots(25, 3)),
            study("all", by_shots(usize::MAX, 1)),
        ],
    }
}
