//! Figures and how they are summed up.

/// One measured figure beside the bar it should clear.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    /// What was measured.
    pub(super) what: String,
    /// The figure with its unit.
    pub(super) value: String,
    /// The aim, or a dash.
    pub(super) bar: &'static str,
}

impl Figure {
    /// A figure with its bar.
    pub(super) fn new(what: impl Into<String>, value: impl Into<String>, bar: &'static str) -> Self {
        Self { what: what.into(), value: value.into(), bar }
    }
}

/// The value below which that share of the values lies (nearest rank).
pub(super) fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}

/// A rate with thousands set apart: `12 345/s`.
pub(super) fn rate(n: usize, seconds: f64) -> String {
    format!("{}/s", thousands((n as f64 / seconds).round() as u64))
}

/// A number with a narrow space between thousands.
pub(super) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentile(&values, 0.5), 100.0);
        assert_eq!(percentile(&values, 0.99), 198.0);
        assert_eq!(percentile(&[7.0], 0.99), 7.0);
        assert!(percentile(&[], 0.5).is_nan());
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1 234 567");
        assert_eq!(rate(5_000, 2.0), "2 500/s");
    }
}
