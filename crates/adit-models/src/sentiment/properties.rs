//! Tone and quality of service of one comment, from its text and its labels. Pure; `docs/reference/sentiment.md` says why.

use std::collections::BTreeMap;

use adit_datasets::{Dataset, Label};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::predictions::store::FLOOR;
use crate::sentiment::PropertyKind;

/// Either end of a property.
const MOST: f64 = 10.0;
/// The share of tone in quality of service.
const SHARE_OF_TONE: f64 = 0.1;

/// What the labels of a dataset add to its properties, by their full names; and which properties it shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LabelImpacts {
    tone: BTreeMap<String, f64>,
    quality_of_service: BTreeMap<String, f64>,
    #[serde(skip)]
    shown: Vec<PropertyKind>,
}

/// What one thing adds to a property.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contribution {
    /// A label, or `text` or `tone`.
    pub name: String,
    /// How much; may be negative.
    pub value: f64,
}

/// A property of a comment and what it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct PropertyValue {
    /// Which property.
    pub kind: PropertyKind,
    /// From -10 to 10: the sum of all contributions, cut off at either end.
    pub value: f64,
    /// What predicted labels add, the largest first.
    pub of_labels: Vec<Contribution>,
    /// What else adds to it.
    pub of_others: Vec<Contribution>,
}

impl LabelImpacts {
    /// Of a dataset with these labels.
    pub fn new(dataset: &Dataset, labels: &[Label]) -> LabelImpacts {
        let of = |kind: PropertyKind| {
            let impacts = labels.iter().map(|label| (label.name.clone(), label.impact(kind.name())));
            impacts.filter(|(_, impact)| *impact != 0.0).collect()
        };
        let is_shown = |kind: &PropertyKind| dataset.settings.label_properties.iter().any(|id| id == kind.id());
        LabelImpacts {
            tone: of(PropertyKind::Tone),
            quality_of_service: of(PropertyKind::QualityOfService),
            shown: PropertyKind::ALL.into_iter().filter(is_shown).collect(),
        }
    }

    /// Whether the dataset shows any property.
    pub fn shows_any(&self) -> bool {
        !self.shown.is_empty()
    }

    /// The properties that the dataset shows; `net` is what the text alone says, labels come with their probabilities.
    pub fn shown(&self, net: f64, labels: &[(String, f64)]) -> Vec<PropertyValue> {
        self.shown.iter().map(|kind| self.property(*kind, net, labels)).collect()
    }

    /// One property of a comment.
    pub fn property(&self, kind: PropertyKind, net: f64, labels: &[(String, f64)]) -> PropertyValue {
        match kind {
            PropertyKind::Tone => put_together(kind, of_labels(&self.tone, labels, 1.0), "text", MOST * net),
            PropertyKind::QualityOfService => {
                let tone = self.property(PropertyKind::Tone, net, labels).value;
                let of_labels = of_labels(&self.quality_of_service, labels, 1.0 - SHARE_OF_TONE);
                put_together(kind, of_labels, PropertyKind::Tone.name(), SHARE_OF_TONE * tone)
            }
        }
    }
}

fn of_labels(impacts: &BTreeMap<String, f64>, labels: &[(String, f64)], share: f64) -> Vec<Contribution> {
    let likely = labels.iter().filter(|(_, probability)| *probability >= f64::from(FLOOR));
    let of_one = |(name, probability): &(String, f64)| {
        Some(Contribution { name: name.clone(), value: share * impacts.get(name)? * probability })
    };
    let mut found: Vec<Contribution> = likely.filter_map(of_one).collect();
    found.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()).then_with(|| a.name.cmp(&b.name)));
    found
}

fn put_together(kind: PropertyKind, of_labels: Vec<Contribution>, other: &str, value: f64) -> PropertyValue {
    let total = value + of_labels.iter().map(|one| one.value).sum::<f64>();
    let of_others = vec![Contribution { name: other.to_owned(), value }];
    PropertyValue { kind, value: total.clamp(-MOST, MOST), of_labels, of_others }
}

impl PropertyValue {
    /// `LabelProperty`: of an annotated comment.
    pub fn to_label_property(&self) -> Value {
        let breakdown = self.breakdown();
        json!({"id": self.kind.id(), "name": self.kind.name(), "value": self.value, "breakdown": breakdown})
    }

    /// `DocumentLabelPropertyPrediction` and `PredictedLabelProperty`: of a prediction.
    pub fn to_prediction(&self) -> Value {
        let breakdown = self.breakdown();
        json!({"property_id": self.kind.id(), "property_name": self.kind.name(), "value": self.value, "_breakdown": breakdown})
    }

    fn breakdown(&self) -> Value {
        json!({"label_contributions": self.of_labels, "other_group_contributions": self.of_others})
    }
}

#[cfg(test)]
mod tests {
    use super::{LabelImpacts, PropertyKind};

    fn impacts() -> LabelImpacts {
        LabelImpacts {
            tone: [("Angry".to_owned(), -5.0)].into(),
            quality_of_service: [("Chaser".to_owned(), -4.0), ("Thanks".to_owned(), 2.0), ("Outage".to_owned(), -10.0)].into(),
            shown: vec![PropertyKind::QualityOfService],
        }
    }

    fn labels(pairs: &[(&str, f64)]) -> Vec<(String, f64)> {
        pairs.iter().map(|(name, probability)| ((*name).to_owned(), *probability)).collect()
    }

    #[test]
    fn service_is_nine_tenths_impacts_and_one_tenth_tone() {
        let service = &impacts().shown(-0.5, &labels(&[("Thanks", 0.5), ("Chaser", 0.75), ("Angry", 0.2), ("Other", 1.0)]))[0];
        let tone = -10.0 * 0.5 - 5.0 * 0.2;
        let expected = 0.9 * (2.0 * 0.5 - 4.0 * 0.75) + 0.1 * tone;
        assert!((service.value - expected).abs() < 1e-9, "{service:?}");
        let names: Vec<&str> = service.of_labels.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["Chaser", "Thanks"], "the heaviest first, and none that adds nothing");
        assert_eq!(service.of_others[0].name, "tone");
        let sum: f64 = service.of_labels.iter().chain(&service.of_others).map(|one| one.value).sum();
        assert!((sum - service.value).abs() < 1e-9);
    }

    #[test]
    fn values_end_at_ten_and_unlikely_labels_add_nothing() {
        let many = labels(&[("Outage", 1.0), ("Chaser", 1.0)]);
        assert_eq!(impacts().property(PropertyKind::QualityOfService, -1.0, &many).value, -10.0);
        assert_eq!(impacts().property(PropertyKind::Tone, -1.0, &labels(&[("Angry", 1.0)])).value, -10.0);
        assert_eq!(impacts().property(PropertyKind::QualityOfService, 0.0, &labels(&[("Chaser", 0.04)])).value, 0.0);
    }

    #[test]
    fn what_is_stored_of_impacts_does_not_tell_what_is_shown() {
        let mut other = impacts();
        other.shown.clear();
        assert_eq!(serde_json::to_string(&other).unwrap(), serde_json::to_string(&impacts()).unwrap());
    }
}
