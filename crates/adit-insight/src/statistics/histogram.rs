//! How many conversations are how long, by bins. Pure.

use adit_corpus::ThreadProperties;
use adit_kernel::{Error, Result};

use super::count::Cell;
use super::wire::{Binning, HistogramBin, HistogramCounts};

/// More bins than this help nobody.
const MAX_BINS: usize = 1_000;

/// What is measured of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measured {
    Duration,
    NumMessages,
    NumParticipants,
    ResponseTime,
}

impl Measured {
    /// The measure of the contract's word.
    pub(super) fn named(word: &str) -> Result<Self> {
        Ok(match word {
            "duration" => Self::Duration,
            "num_messages" => Self::NumMessages,
            "num_participants" => Self::NumParticipants,
            "response_time" => Self::ResponseTime,
            _ => return Err(Error::invalid(format!("`thread_histogram` knows no `{word}`."))),
        })
    }

    pub(super) fn of(self, thread: &ThreadProperties) -> Option<f64> {
        match self {
            Self::Duration => thread.duration,
            Self::NumMessages => Some(thread.num_messages as f64),
            Self::NumParticipants => Some(thread.num_participants as f64),
            Self::ResponseTime => thread.response_time,
        }
    }
}

/// Refuses bins that could not be made.
pub(super) fn check(word: &str, binning: &Binning) -> Result<()> {
    let refuse = |rule: &str| Err(Error::invalid(format!("`thread_histogram.{word}.binning`: {rule}")));
    match binning {
        Binning::Fixed { interval, .. } if *interval < 1 => refuse("`interval` must be at least 1."),
        Binning::Variable { max_bins } if !(1..=MAX_BINS).contains(max_bins) => {
            refuse(&format!("`max_bins` must be from 1 to {MAX_BINS}."))
        }
        Binning::Custom { points, .. } if points.is_empty() || points.len() > MAX_BINS || !points.is_sorted_by(|a, b| a < b) => {
            refuse(&format!("`points` must be 1 to {MAX_BINS} rising numbers."))
        }
        _ => Ok(()),
    }
}

/// The bins with what falls into them; `values` rise.
pub(super) fn histogram(
    binning: &Binning,
    values: &[(f64, &Cell)],
    labels: &[usize],
    names: &[String],
) -> Result<HistogramCounts> {
    let bins = bounds(binning, values)?;
    let bin = |(min, max): (Option<f64>, Option<f64>)| {
        let within =
            || values.iter().filter(move |(value, _)| min.is_none_or(|min| *value >= min) && max.is_none_or(|max| *value < max));
        HistogramBin {
            min,
            max,
            num_comments: within().map(|(_, cell)| cell.n).sum(),
            num_labels: labels.iter().map(|label| within().map(|(_, cell)| cell.with_label(*label)).sum()).collect(),
        }
    };
    Ok(HistogramCounts {
        bins: bins.into_iter().map(bin).collect(),
        labels: labels.iter().map(|label| names[*label].clone()).collect(),
    })
}

type Bounds = (Option<f64>, Option<f64>);

fn bounds(binning: &Binning, values: &[(f64, &Cell)]) -> Result<Vec<Bounds>> {
    if let Binning::Custom { points, negative_infinity, positive_infinity } = binning {
        let below = negative_infinity.then(|| (None, points.first().copied()));
        let above = positive_infinity.then(|| (points.last().copied(), None));
        let between = points.windows(2).map(|pair| (Some(pair[0]), Some(pair[1])));
        return Ok(below.into_iter().chain(between).chain(above).collect());
    }
    let (Some((least, _)), Some((most, _))) = (values.first(), values.last()) else { return Ok(Vec::new()) };
    let (width, offset) = match binning {
        Binning::Fixed { interval, offset } => (*interval as f64, *offset as f64),
        Binning::Variable { max_bins } => (round_width(*least, *most, *max_bins), 0.0),
        Binning::Custom { .. } => (1.0, 0.0),
    };
    let first = ((least - offset) / width).floor();
    let n_bins = ((most - offset) / width).floor() - first + 1.0;
    if n_bins > MAX_BINS as f64 {
        return Err(Error::unprocessable(format!("`thread_histogram`: the values need {n_bins} bins; {MAX_BINS} are allowed.")));
    }
    let edge = |n: usize| Some(offset + (first + n as f64) * width);
    // At most MAX_BINS, as just checked.
    Ok((0..n_bins as usize).map(|n| (edge(n), edge(n + 1))).collect())
}

/// The smallest of 1, 2 and 5 times a power of ten for which the values need no more bins than allowed.
fn round_width(least: f64, most: f64, max_bins: usize) -> f64 {
    let fits = |width: f64| (most / width).floor() - (least / width).floor() < max_bins as f64;
    let widths = (0..18).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power)));
    // A bin may not hold both a negative and a positive value, so that with one bin there may be none.
    widths.into_iter().find(|width| fits(*width)).unwrap_or(1e18)
}

#[cfg(test)]
mod tests {
    use super::{Binning, Cell, check, histogram};

    fn bins(binning: &Binning, values: &[f64]) -> Vec<(Option<f64>, Option<f64>, f64)> {
        let mut cell = Cell::default();
        cell.n = 1.0;
        let values: Vec<(f64, &Cell)> = values.iter().map(|value| (*value, &cell)).collect();
        let found = histogram(binning, &values, &[], &[]).unwrap();
        found.bins.into_iter().map(|bin| (bin.min, bin.max, bin.num_comments)).collect()
    }

    #[test]
    fn bins_hold_their_lower_bound_and_not_their_upper_one() {
        let fixed = Binning::Fixed { interval: 2, offset: 1 };
        assert_eq!(bins(&fixed, &[1.0, 3.0, 4.0]), [(Some(1.0), Some(3.0), 1.0), (Some(3.0), Some(5.0), 2.0)]);
        let custom = Binning::Custom { points: vec![2.0, 4.0], negative_infinity: true, positive_infinity: true };
        let found = bins(&custom, &[1.0, 2.0, 4.0, 9.0]);
        assert_eq!(found, [(None, Some(2.0), 1.0), (Some(2.0), Some(4.0), 1.0), (Some(4.0), None, 2.0)]);
        assert!(bins(&fixed, &[]).is_empty());
    }

    #[test]
    fn variable_bins_are_round_and_few_enough() {
        let values: Vec<f64> = (0..=3_600).step_by(60).map(f64::from).collect();
        let found = bins(&Binning::Variable { max_bins: 10 }, &values);
        assert_eq!((found.len(), found[1].0), (8, Some(500.0)));
        assert_eq!(found.iter().map(|bin| bin.2).sum::<f64>(), 61.0);
        assert!(check("duration", &Binning::Variable { max_bins: 0 }).is_err());
        assert!(
            check("duration", &Binning::Custom { points: vec![2.0, 1.0], negative_infinity: false, positive_infinity: false })
                .is_err()
        );
    }
}
