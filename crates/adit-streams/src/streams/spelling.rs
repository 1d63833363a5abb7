//! The two spellings of every stream route: `streams` and, older, `triggers`.

use std::collections::BTreeMap;

/// Which spelling a request used; the reply answers in the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// `/streams/{stream_name}`, keys `stream` and `streams`.
    Stream,
    /// `/triggers/{trigger_name}`, keys `trigger` and `triggers`.
    Trigger,
}

impl Spelling {
    /// The path parameter that holds the stream's name.
    pub(super) fn parameter(self) -> &'static str {
        match self {
            Self::Stream => "stream_name",
            Self::Trigger => "trigger_name",
        }
    }

    /// `{"stream": …}`.
    pub(super) fn one<T>(self, value: T) -> BTreeMap<&'static str, T> {
        let key = match self {
            Self::Stream => "stream",
            Self::Trigger => "trigger",
        };
        BTreeMap::from([(key, value)])
    }

    /// `{"streams": […]}`.
    pub(super) fn many<T>(self, values: Vec<T>) -> BTreeMap<&'static str, Vec<T>> {
        let key = match self {
            Self::Stream => "streams",
            Self::Trigger => "triggers",
        };
        BTreeMap::from([(key, values)])
    }
}
