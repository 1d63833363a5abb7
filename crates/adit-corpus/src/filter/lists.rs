//! Lists and ranges: the rules both filters are made of.

use adit_kernel::{Error, Result, catalogue};
use serde::Deserialize;

/// Longest list in a filter.
pub(crate) const MAX_LIST: usize = 128;

/// `one_of`, `not_one_of` and `include_missing` over texts.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct TextRule {
    pub(crate) one_of: Option<Vec<String>>,
    pub(crate) not_one_of: Option<Vec<String>>,
    pub(crate) include_missing: Option<bool>,
}

impl TextRule {
    pub(crate) fn check(&self, field: &str) -> Result<()> {
        check_list(self.one_of.as_ref(), &format!("{field}.one_of"))?;
        check_list(self.not_one_of.as_ref(), &format!("{field}.not_one_of"))
    }

    /// Whether what a comment has passes. `is_same` compares a value of the comment with one of the rule.
    pub(crate) fn allows(&self, values: &[&str], is_same: impl Fn(&str, &str) -> bool) -> bool {
        texts_allow(self.one_of.as_ref(), self.not_one_of.as_ref(), self.include_missing, values, is_same)
    }
}

/// Whether `values` pass a positive and a negative list.
pub(crate) fn texts_allow(
    one_of: Option<&Vec<String>>,
    not_one_of: Option<&Vec<String>>,
    include_missing: Option<bool>,
    values: &[&str],
    is_same: impl Fn(&str, &str) -> bool,
) -> bool {
    let wanted = restriction(one_of, include_missing);
    let unwanted = not_one_of.map(Vec::as_slice).unwrap_or_default();
    let is_in = |list: &[String]| values.iter().any(|value| list.iter().any(|listed| is_same(value, listed)));
    allows(values.is_empty(), include_missing, wanted.map(is_in), is_in(unwanted), !unwanted.is_empty())
}

/// The positive list, if it restricts anything: an empty one does so only to ask for what is missing.
pub(crate) fn restriction<T>(one_of: Option<&Vec<T>>, include_missing: Option<bool>) -> Option<&[T]> {
    one_of.filter(|list| !list.is_empty() || include_missing == Some(true)).map(Vec::as_slice)
}

/// What the three clauses say together. `wanted` is `None` without a positive list.
pub(crate) fn allows(
    is_missing: bool,
    include_missing: Option<bool>,
    wanted: Option<bool>,
    is_unwanted: bool,
    has_unwanted: bool,
) -> bool {
    if wanted.is_none() && !has_unwanted {
        // Without a list only an explicit "no" says something.
        return !(is_missing && include_missing == Some(false));
    }
    if is_missing {
        // What is not there is not one of anything; whether it passes without a word depends on the sign of the list.
        return include_missing.unwrap_or(wanted.is_none());
    }
    wanted != Some(false) && !is_unwanted
}

/// `minimum` and `maximum`, both inclusive; absent and null are open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub(crate) struct RangeRule {
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
}

impl RangeRule {
    pub(crate) fn is_open(&self) -> bool {
        self.minimum.is_none() && self.maximum.is_none()
    }

    pub(crate) fn contains(&self, value: f64) -> bool {
        self.minimum.is_none_or(|least| value >= least) && self.maximum.is_none_or(|most| value <= most)
    }

    /// An absent value passes only an open range.
    pub(crate) fn allows(&self, value: Option<f64>) -> bool {
        self.is_open() || value.is_some_and(|value| self.contains(value))
    }

    pub(crate) fn check(&self, field: &str) -> Result<()> {
        match (self.minimum, self.maximum) {
            (Some(least), Some(most)) if least > most => {
                Err(Error::invalid(format!("`{field}.minimum` must not be greater than `{field}.maximum`.")))
            }
            _ => Ok(()),
        }
    }
}

pub(crate) fn check_list<T>(list: Option<&Vec<T>>, field: &str) -> Result<()> {
    if list.is_some_and(|list| list.len() > MAX_LIST) { Err(catalogue::too_many(field, MAX_LIST)) } else { Ok(()) }
}

/// Equal texts.
pub(crate) fn is_equal(value: &str, listed: &str) -> bool {
    value == listed
}
