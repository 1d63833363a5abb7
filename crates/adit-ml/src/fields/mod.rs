//! Fields: values in texts, found by rule, learnt from examples, and gathered into records.
//!
//! Places are bytes of UTF-8 on character boundaries; [`Span`] tells them in the units of the wire.

mod analysis;
mod crf;
mod features;
mod finder;
mod format;
mod forms;
mod gazetteer;
mod kinds;
mod learned;
mod model;
mod report;
mod rules;
mod scorer;
mod span;
mod spec;
mod state_weights;
mod states;
mod token;
mod train;

use chrono::{DateTime, NaiveDate, NaiveDateTime};

pub use forms::{FilledField, Record};
pub use kinds::Kind;
pub use model::{FieldModel, PredictedField};
pub use report::{FieldReport, FieldScore, FormScore, RecordCurve};
pub use rules::{Choice, Rules};
pub use span::{Offsets, Span};
pub use spec::{
    Capture, Captures, FieldCorpus, FieldExample, FieldSpec, FormField, FormSpec, Mark, Part, Place, Unmarked, paragraphs,
};
pub use states::States;
pub use train::{Cancelled, fingerprint, train_fields};

/// A value in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its first byte.
    pub start: usize,
    /// The first byte behind it.
    pub end: usize,
    /// What it means: a date in ISO, an amount with its currency, otherwise what is written.
    pub value: String,
    /// How sure a learnt field is; rules do not say.
    pub probability: Option<f32>,
}

impl Found {
    pub(crate) fn new(start: usize, end: usize, value: String) -> Found {
        Found { start, end, value, probability: None }
    }
}

/// How numbers, dates and signs of currencies are meant where they could be read in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locale {
    /// Whether `3/5` is the fifth of March.
    pub month_first: bool,
    /// Whether `1,234` is less than two.
    pub decimal_comma: bool,
    /// What `$` means.
    pub dollar: &'static str,
    /// What `kr` means, if anything.
    pub krone: Option<&'static str>,
}

impl Default for Locale {
    fn default() -> Self {
        Locale { month_first: false, decimal_comma: false, dollar: "USD", krone: None }
    }
}

impl Locale {
    /// The conventions of a tag such as `en-GB`.
    #[must_use]
    pub fn of(tag: &str) -> Locale {
        let tag = tag.to_lowercase().replace('_', "-");
        let (language, region) = tag.split_once('-').unwrap_or((tag.as_str(), ""));
        let dollar = match region {
            "au" => "AUD",
            "ca" => "CAD",
            "nz" => "NZD",
            "sg" => "SGD",
            "hk" => "HKD",
            _ => "USD",
        };
        let krone = match (language, region) {
            ("sv", _) | (_, "se") => Some("SEK"),
            ("nb" | "nn" | "no", _) | (_, "no") => Some("NOK"),
            ("da", _) | (_, "dk") => Some("DKK"),
            _ => None,
        };
        let decimal_comma = matches!(
            language,
            "de" | "fr"
                | "es"
                | "it"
                | "nl"
                | "pt"
                | "pl"
                | "sv"
                | "nb"
                | "nn"
                | "no"
                | "da"
                | "fi"
                | "cs"
                | "sk"
                | "hu"
                | "ro"
                | "tr"
                | "ru"
                | "uk"
                | "el"
                | "id"
        ) && !matches!(region, "ch" | "mx");
        Locale { month_first: matches!(region, "us" | "ph") || tag == "en-us", decimal_comma, dollar, krone }
    }
}

/// When and where a message was written: what relative dates and ambiguous signs mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// When, in UTC.
    pub now: NaiveDateTime,
    /// Where.
    pub locale: Locale,
}

impl Context {
    /// At a day.
    #[must_use]
    pub fn at(year: i32, month: u32, day: u32, locale: Locale) -> Context {
        let date = NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
        Context { now: date.and_hms_opt(12, 0, 0).unwrap_or_default(), locale }
    }

    /// At an instant in microseconds since 1970.
    #[must_use]
    pub fn at_micros(micros: i64, locale: Locale) -> Context {
        Context { now: DateTime::from_timestamp_micros(micros).unwrap_or_default().naive_utc(), locale }
    }

    pub(crate) fn today(&self) -> NaiveDate {
        self.now.date()
    }
}

/// Every place of a kind in a text.
#[must_use]
pub fn find(kind: Kind, text: &str, context: &Context) -> Vec<Found> {
    kinds::find(kind, text, &token::tokens(text), context)
}
