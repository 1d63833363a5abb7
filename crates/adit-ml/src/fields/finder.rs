//! Where the values of a field may stand, by its base and its rules.

use super::Found;
use super::analysis::Analysis;
use super::rules::{ReadyRules, without_overlaps};
use super::spec::FieldSpec;

/// A field's rules made ready.
#[derive(Debug, Clone)]
pub(crate) struct Finder {
    spec: FieldSpec,
    rules: ReadyRules,
}

impl Finder {
    pub(crate) fn new(spec: &FieldSpec) -> Finder {
        Finder { rules: ReadyRules::new(&spec.rules), spec: spec.clone() }
    }

    /// Places of the base and of the user's rules, without suppressed ones, in order.
    pub(crate) fn candidates(&self, analysis: &Analysis<'_>) -> Vec<Found> {
        let mut found = self.rules.find(analysis.text, &analysis.tokens);
        if let Some(base) = self.spec.base {
            found.extend(analysis.of_kind(base).iter().cloned());
            found = without_overlaps(found);
        }
        self.rules.allowed(found, &analysis.tokens)
    }

    /// Those of some places that no rule suppresses.
    pub(crate) fn allowed(&self, found: Vec<Found>, analysis: &Analysis<'_>) -> Vec<Found> {
        self.rules.allowed(found, &analysis.tokens)
    }
}
