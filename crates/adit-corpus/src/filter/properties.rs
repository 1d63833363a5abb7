//! User properties: lists for both types, ranges for numbers.

use adit_kernel::{Error, Result};
use serde::Deserialize;

use super::lists::{self, RangeRule, check_list, restriction};
use crate::wire::PropertyValue;

/// The rule for one user property.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct PropertyRule {
    one_of: Option<Vec<PropertyValue>>,
    not_one_of: Option<Vec<PropertyValue>>,
    domain_not_one_of: Option<Vec<PropertyValue>>,
    include_missing: Option<bool>,
    minimum: Option<f64>,
    maximum: Option<f64>,
}

impl PropertyRule {
    fn range(&self) -> RangeRule {
        RangeRule { minimum: self.minimum, maximum: self.maximum }
    }

    /// Checks the rule against the type in the property's name.
    pub(crate) fn check(&self, name: &str) -> Result<()> {
        let field = format!("user_properties.{name}");
        let is_string = match name.split_once(':') {
            Some(("string", bare)) if !bare.is_empty() => true,
            Some(("number", bare)) if !bare.is_empty() => false,
            _ => {
                return Err(Error::invalid(format!("`{field}` must have a name that begins with `string:` or `number:`.")));
            }
        };
        if is_string && !self.range().is_open() {
            return Err(Error::invalid(format!("`{field}`: `minimum` and `maximum` are for `number:` properties only.")));
        }
        if !is_string && self.domain_not_one_of.is_some() {
            return Err(Error::invalid(format!("`{field}`: `domain_not_one_of` is for `string:` properties only.")));
        }
        self.range().check(&field)?;
        let lists = [("one_of", &self.one_of), ("not_one_of", &self.not_one_of), ("domain_not_one_of", &self.domain_not_one_of)];
        for (list_name, list) in lists {
            let path = format!("{field}.{list_name}");
            check_list(list.as_ref(), &path)?;
            for value in list.iter().flatten() {
                let is_fitting = if is_string { value.as_str().is_some() } else { value.as_f64().is_some() };
                if !is_fitting {
                    let expected = if is_string { "strings" } else { "numbers" };
                    return Err(Error::invalid(format!("`{path}` must be a list of {expected}.")));
                }
            }
        }
        Ok(())
    }

    pub(crate) fn allows(&self, value: Option<&PropertyValue>) -> bool {
        let is_in = |list: &[PropertyValue]| value.is_some_and(|value| list.iter().any(|listed| is_same(value, listed)));
        let wanted = restriction(self.one_of.as_ref(), self.include_missing).map(is_in);
        let unwanted = self.not_one_of.as_deref().unwrap_or_default();
        let banned = self.domain_not_one_of.as_deref().unwrap_or_default();
        let is_banned = value.and_then(PropertyValue::as_str).is_some_and(|text| {
            let domain = text.rsplit_once('@').map_or(text, |(_, domain)| domain).to_lowercase();
            banned.iter().filter_map(PropertyValue::as_str).any(|listed| listed.to_lowercase() == domain)
        });
        let has_unwanted = !unwanted.is_empty() || !banned.is_empty();
        let is_listed = lists::allows(value.is_none(), self.include_missing, wanted, is_in(unwanted) || is_banned, has_unwanted);
        let number = value.and_then(PropertyValue::as_f64);
        let is_in_range = match number {
            None if self.include_missing == Some(true) => true,
            number => self.range().allows(number),
        };
        is_listed && is_in_range
    }
}

fn is_same(value: &PropertyValue, listed: &PropertyValue) -> bool {
    match (value.as_f64(), listed.as_f64()) {
        // 7 and 7.0 are one number.
        (Some(a), Some(b)) => a == b,
        _ => value == listed,
    }
}
