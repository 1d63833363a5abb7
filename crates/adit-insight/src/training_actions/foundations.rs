//! What a dataset lacks before training it further makes sense. Pure.

/// Fewer comments than this teach nothing.
const FEW_COMMENTS: i64 = 100;
/// A taxonomy of one label tells nothing apart.
const FEW_LABELS: usize = 2;
/// Random comments to review before anything else: five pages of twenty.
const WANTED_SHUFFLED: i64 = 100;
const WANTED_SHARE: f32 = 0.2;

/// What is known of a dataset.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground {
    pub(super) n_sources: usize,
    pub(super) n_comments: i64,
    pub(super) n_labels: usize,
    pub(super) has_model: bool,
    /// Comments reviewed in random order, and their share; `None` where that was not recorded.
    pub(super) shuffled: Option<(i64, f32)>,
}

/// The contract's words for what is missing, most basic first.
pub(super) fn missing(ground: &Ground) -> Vec<&'static str> {
    let Ground { n_sources, n_comments, n_labels, has_model, shuffled } = *ground;
    if n_sources == 0 {
        return vec!["missing-source"];
    }
    if n_comments == 0 {
        return vec!["insufficient-verbatims"];
    }
    let is_little_shuffled = shuffled.is_some_and(|(n, share)| n < WANTED_SHUFFLED && share < WANTED_SHARE);
    let lacks = [
        (n_comments < FEW_COMMENTS, "insufficient-verbatims-in-sources"),
        (n_labels < FEW_LABELS, "insufficient-labels"),
        (!has_model, "missing-model-rating"),
        (is_little_shuffled, "shuffle"),
    ];
    lacks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, word)| word).collect()
}

#[cfg(test)]
mod tests {
    use super::{Ground, missing};

    #[test]
    fn the_most_basic_lack_comes_first_and_hides_what_follows_from_it() {
        let ground = Ground { n_sources: 1, n_comments: 500, n_labels: 9, has_model: true, shuffled: None };
        assert!(missing(&ground).is_empty());
        assert_eq!(missing(&Ground { n_sources: 0, n_comments: 0, n_labels: 0, has_model: false, ..ground }), ["missing-source"]);
        let fresh = Ground { n_labels: 0, has_model: false, ..ground };
        assert_eq!(missing(&fresh), ["insufficient-labels", "missing-model-rating"]);
        assert_eq!(missing(&Ground { shuffled: Some((20, 0.1)), ..ground }), ["shuffle"]);
        assert!(missing(&Ground { shuffled: Some((20, 0.3)), ..ground }).is_empty());
    }
}
