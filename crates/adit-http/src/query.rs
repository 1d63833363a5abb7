//! The query string, with every way clients spell lists (NOTES 2).

use adit_kernel::{Error, Result, Timestamp};
use percent_encoding::percent_decode_str;

/// Decoded query parameters in their order.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Parses a raw query string.
    pub fn parse(raw: &str) -> Self {
        let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pair = |part: &str| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(key), decode(value))
        };
        Self { pairs: raw.split('&').filter(|part| !part.is_empty()).map(pair).collect() }
    }

    /// The first non-empty value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(k, v)| k == key && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// A flag: `true` or `false`, absent is false.
    pub fn flag(&self, key: &str) -> Result<bool> {
        match self.get(key) {
            None | Some("false" | "False" | "0") => Ok(false),
            Some("true" | "True" | "1") => Ok(true),
            Some(other) => Err(Error::invalid(format!("`{key}` must be `true` or `false`, not `{other}`."))),
        }
    }

    /// A whole number between `least` and `most`.
    pub fn number(&self, key: &str, least: i64, most: i64) -> Result<Option<i64>> {
        let Some(text) = self.get(key) else { return Ok(None) };
        let number = text.parse::<i64>().ok().filter(|n| (least..=most).contains(n));
        number
            .map(Some)
            .ok_or_else(|| Error::invalid(format!("`{key}` must be a whole number from {least} to {most}, not `{text}`.")))
    }

    /// A timestamp.
    pub fn time(&self, key: &str) -> Result<Option<Timestamp>> {
        self.get(key).map(Timestamp::parse).transpose().map_err(|e| Error::invalid(format!("`{key}`: {}", e.message())))
    }

    /// A list: repeated `key=a&key=b`, and `plural=a,b`. `accepts_comma` tells whether `key` itself may be joined by commas;
    /// ids that may contain commas must be sent repeated.
    pub fn list(&self, key: &str, plural: &str) -> Vec<String> {
        let mut items = Vec::new();
        for (k, v) in &self.pairs {
            if k == key && !v.is_empty() {
                items.push(v.clone());
            } else if k == plural {
                items.extend(v.split(',').filter(|item| !item.is_empty()).map(str::to_owned));
            }
        }
        // The generated client joins `id=a,b`; alone, such a value is either that or an id with a comma.
        // The caller resolves the doubt: see `split_joined`.
        items
    }

    /// The parts of the only value in `items` if it may be a joined list.
    pub fn split_joined(items: &[String]) -> Option<Vec<String>> {
        match items {
            [only] if only.contains(',') => Some(only.split(',').map(str::to_owned).collect()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Query;

    #[test]
    fn lists_are_read_repeated_and_joined() {
        let query = Query::parse("id=a%2Fb&id=c&ids=d,e&flag=true&n=7&plus=a+b");
        assert_eq!(query.list("id", "ids"), ["a/b", "c", "d", "e"]);
        assert!(query.flag("flag").unwrap());
        assert_eq!(query.number("n", 1, 9).unwrap(), Some(7));
        assert!(query.number("n", 1, 5).is_err());
        assert_eq!(query.get("plus"), Some("a b"));
        assert_eq!(Query::split_joined(&["x,y".into()]), Some(vec!["x".into(), "y".into()]));
    }
}
