//! How reviewed comments were come by, as clients said with each annotation: the balance of a model needs it.

use std::collections::BTreeMap;

use adit_kernel::{Id, Result};
use adit_store::{Tx, args};
use serde_json::Value as Json;

/// How many reviewed comments were come by in which way. A comment counts once, by the first of its annotations
/// that says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReviewMethods {
    /// Nothing was said.
    pub unknown: i64,
    /// In random order, without a filter by label.
    pub shuffle: i64,
    /// By text search.
    pub text_search: i64,
    /// In a cluster, without a filter by label.
    pub clusters: i64,
    /// Among the least covered.
    pub low_confidence: i64,
    /// Among those that the reviewed comments stand for least.
    pub rebalance: i64,
    /// Among those the model was unsure of, looking at reviewed comments.
    pub teach_reviewed: i64,
    /// Among those the model was unsure of, looking at comments nobody had reviewed.
    pub teach_unreviewed: i64,
    /// In any other way.
    pub other: i64,
}

impl ReviewMethods {
    /// Reviewed comments about which something was said.
    pub fn known(&self) -> i64 {
        let Self {
            unknown: _,
            shuffle,
            text_search,
            clusters,
            low_confidence,
            rebalance,
            teach_reviewed,
            teach_unreviewed,
            other,
        } = self;
        shuffle + text_search + clusters + low_confidence + rebalance + teach_reviewed + teach_unreviewed + other
    }

    /// A count as a share of those about which something was said; `None` when there are none.
    pub fn share(&self, n: i64) -> Option<f32> {
        let known = self.known();
        (known > 0).then(|| n as f32 / known as f32)
    }

    fn add(&mut self, ui: Option<&Json>) {
        let Some(ui) = ui.filter(|ui| ui.is_object()) else {
            self.unknown += 1;
            return;
        };
        let has_label_filter = ui["has_label_filter"].as_bool().unwrap_or(false);
        let count = match ui["retrieval_method"].as_str().unwrap_or_default() {
            "shuffle" if !has_label_filter => &mut self.shuffle,
            "clusters" if !has_label_filter => &mut self.clusters,
            "text_search" | "attachment_text_search" => &mut self.text_search,
            "low_confidence" => &mut self.low_confidence,
            "rebalance" => &mut self.rebalance,
            "teach_label" | "teach" if ui["reviewed_filter_rule"] == "only_reviewed" => &mut self.teach_reviewed,
            "teach_label" | "teach" => &mut self.teach_unreviewed,
            _ => &mut self.other,
        };
        *count += 1;
    }
}

/// The methods of all reviewed comments of the dataset's current sources.
pub async fn review_methods(tx: &mut Tx, dataset_id: Id) -> Result<ReviewMethods> {
    let mut methods = ReviewMethods::default();
    said(tx, dataset_id).await?.values().for_each(|ui| methods.add(ui.as_ref()));
    Ok(methods)
}

/// Whether each reviewed comment, by position, was met by text search; those about which nothing was said are absent.
pub async fn met_by_search(tx: &mut Tx, dataset_id: Id) -> Result<BTreeMap<i64, bool>> {
    let is_search = |ui: &Json| {
        let mut methods = ReviewMethods::default();
        methods.add(Some(ui));
        methods.text_search > 0
    };
    Ok(said(tx, dataset_id).await?.into_iter().filter_map(|(seq, ui)| Some((seq, is_search(&ui?)))).collect())
}

/// What was said about each reviewed comment of the dataset's current sources, by position.
async fn said(tx: &mut Tx, dataset_id: Id) -> Result<BTreeMap<i64, Option<Json>>> {
    let sql = "SELECT a.comment_seq, a.uninformative FROM annotations a JOIN comments c ON c.seq = a.comment_seq
        JOIN dataset_sources s ON s.dataset_id = a.dataset_id AND s.source_id = c.source_id
        WHERE a.dataset_id = $1 AND a.reviewed = 1 ORDER BY a.comment_seq";
    let mut said: BTreeMap<i64, Option<Json>> = BTreeMap::new();
    for row in tx.all(sql, args![dataset_id]).await? {
        said.insert(row.int(0)?, row.opt_text(1)?.as_deref().and_then(|text| ui_in(text, "/metadata/ui")));
    }
    let sql = "SELECT comment_seq, metadata FROM annotation_labels
        WHERE dataset_id = $1 AND metadata IS NOT NULL ORDER BY comment_seq, ordinal";
    for row in tx.all(sql, args![dataset_id]).await? {
        let Some(known @ None) = said.get_mut(&row.int(0)?) else { continue };
        *known = ui_in(&row.text(1)?, "/ui");
    }
    Ok(said)
}

fn ui_in(text: &str, at: &str) -> Option<Json> {
    let metadata: Json = serde_json::from_str(text).ok()?;
    metadata.pointer(at).filter(|ui| ui.is_object()).cloned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::ReviewMethods;

    #[test]
    fn what_was_not_said_is_no_part_of_the_shares() {
        let mut methods = ReviewMethods::default();
        methods.add(None);
        assert_eq!(methods.share(methods.shuffle), None);
        methods.add(Some(&json!({"retrieval_method": "shuffle", "has_label_filter": false})));
        methods.add(Some(&json!({"retrieval_method": "shuffle", "has_label_filter": true})));
        methods.add(Some(&json!({"retrieval_method": "text_search", "has_label_filter": false})));
        methods
            .add(Some(&json!({"retrieval_method": "teach", "has_label_filter": false, "reviewed_filter_rule": "only_reviewed"})));
        assert_eq!((methods.unknown, methods.shuffle, methods.other, methods.teach_reviewed), (1, 1, 1, 1));
        assert_eq!(methods.share(methods.text_search), Some(0.25));
    }
}
