//! Which labels to suggest for a theme. Pure.

use std::collections::HashMap;

use adit_datasets::{Label, SuggestedLabel};
use adit_kernel::{Id, names};

use super::record::ThemeRecord;

/// A label of the taxonomy is suggested when it is this likely on the comments of a theme, on average.
const LIKELY_FROM: f64 = 0.3;
const MOST_LIKELY: usize = 2;

/// Labels that are likely on these comments; `predictions` are those of each comment.
pub(super) fn likely_labels(predictions: &[&[(Id, f64)]]) -> Vec<Id> {
    let mut sums: HashMap<Id, f64> = HashMap::new();
    for (label, probability) in predictions.iter().copied().flatten() {
        *sums.entry(*label).or_default() += probability;
    }
    let least = LIKELY_FROM * predictions.len() as f64;
    let mut likely: Vec<(Id, f64)> = sums.into_iter().filter(|(_, sum)| *sum >= least && *sum > 0.0).collect();
    likely.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    likely.into_iter().take(MOST_LIKELY).map(|(label, _)| label).collect()
}

/// What a higher area suggests; without it labels of the taxonomy first, then a new one named after the theme's words.
pub(super) fn suggested(theme: &ThemeRecord, labels: &[Label]) -> Vec<SuggestedLabel> {
    if let Some(suggestions) = theme.suggestions.as_ref().filter(|suggestions| !suggestions.labels.is_empty()) {
        return suggestions.labels.clone();
    }
    let suggest = |name: &str| SuggestedLabel { name: name.to_owned(), sentiment: "positive".to_owned(), instructions: None };
    let known = |id: &Id| labels.iter().find(|label| label.id == *id);
    let mut found: Vec<SuggestedLabel> = theme.likely_labels.iter().filter_map(known).map(|label| suggest(&label.name)).collect();
    if theme.name.is_empty() || names::check_label(&theme.name).is_err() {
        return found;
    }
    let same = labels.iter().find(|label| label.name.to_lowercase() == theme.name.to_lowercase());
    let own = suggest(same.map_or(theme.name.as_str(), |label| label.name.as_str()));
    if !found.contains(&own) {
        found.push(own);
    }
    found
}

#[cfg(test)]
mod tests {
    use adit_kernel::Id;

    use super::likely_labels;

    #[test]
    fn only_labels_likely_on_most_comments_are_suggested() {
        let (a, b) = (Id::new(1), Id::new(2));
        let rows: [&[(Id, f64)]; 3] = [&[(a, 0.9), (b, 0.4)], &[(a, 0.8)], &[]];
        assert_eq!(likely_labels(&rows), [a]);
        assert!(likely_labels(&[]).is_empty());
    }
}
