//! Measures of predictions against the truth.

/// What one model does on test rows; shares from 0 to 1.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Measures {
    /// How often the likeliest label holds.
    pub(crate) accuracy: f64,
    /// Mean average precision of the labels that occur in the test rows.
    pub(crate) map: f64,
    pub(crate) micro_half: f64,
    pub(crate) macro_half: f64,
    /// F1 at the thresholds given, one for each label.
    pub(crate) micro_chosen: f64,
    pub(crate) macro_chosen: f64,
    /// Micro F1 at the one threshold that is best on the test rows themselves.
    pub(crate) micro_best: f64,
    /// Mean squared error of the probabilities, over all pairs of row and label.
    pub(crate) brier: f64,
    /// Expected calibration error of all pairs, in fifteen bins.
    pub(crate) ece: f64,
    /// The same over the pairs above the lowest bin, where the decisions are.
    pub(crate) ece_upper: f64,
    /// What both would be by chance on so many rows if every probability were exactly right.
    pub(crate) chance: f64,
    pub(crate) chance_upper: f64,
}

/// Measures predictions; `truth` holds the labels of each row.
pub(crate) fn measure(predicted: &[Vec<f32>], truth: &[&[usize]], thresholds: &[f32]) -> Measures {
    let n_labels = thresholds.len();
    let is_true = |row: usize, label: usize| truth[row].contains(&label);
    let right = |row: &usize| {
        let scores = &predicted[*row];
        let first = (0..n_labels).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        first.is_some_and(|label| is_true(*row, label))
    };
    let (micro_half, macro_half) = f1(predicted, &is_true, &vec![0.5; n_labels]);
    let (micro_chosen, macro_chosen) = f1(predicted, &is_true, thresholds);
    let precisions = average_precisions(predicted, &is_true, n_labels);
    let known: Vec<f64> = precisions.iter().flatten().copied().collect();
    let mut bins = Bins::default();
    for (row, scores) in predicted.iter().enumerate() {
        scores.iter().enumerate().for_each(|(label, &p)| bins.add(f64::from(p), is_true(row, label)));
    }
    Measures {
        accuracy: (0..predicted.len()).filter(right).count() as f64 / predicted.len().max(1) as f64,
        map: known.iter().sum::<f64>() / known.len().max(1) as f64,
        micro_half,
        macro_half,
        micro_chosen,
        macro_chosen,
        micro_best: best_micro(predicted, &is_true),
        brier: bins.brier(),
        ece: bins.error(0),
        ece_upper: bins.error(1),
        chance: bins.chance(0),
        chance_upper: bins.chance(1),
    }
}

/// The average precision of each label that occurs.
pub(crate) fn average_precisions(
    predicted: &[Vec<f32>],
    is_true: &dyn Fn(usize, usize) -> bool,
    n_labels: usize,
) -> Vec<Option<f64>> {
    let one = |label: usize| {
        let mut order: Vec<usize> = (0..predicted.len()).collect();
        order.sort_by(|&a, &b| predicted[b][label].total_cmp(&predicted[a][label]));
        let (mut n_hits, mut sum) = (0.0, 0.0);
        for (rank, &row) in order.iter().enumerate() {
            if is_true(row, label) {
                n_hits += 1.0;
                sum += n_hits / (rank + 1) as f64;
            }
        }
        (n_hits > 0.0).then(|| sum / n_hits)
    };
    (0..n_labels).map(one).collect()
}

fn f1(predicted: &[Vec<f32>], is_true: &dyn Fn(usize, usize) -> bool, thresholds: &[f32]) -> (f64, f64) {
    let (mut hits, mut sizes, mut sum, mut n) = (0.0, 0.0, 0.0, 0.0);
    for (label, &threshold) in thresholds.iter().enumerate() {
        let (mut own_hits, mut own_taken, mut own_true) = (0.0, 0.0, 0.0);
        for (row, scores) in predicted.iter().enumerate() {
            let (is_taken, is_right) = (scores[label] >= threshold, is_true(row, label));
            own_hits += f64::from(u8::from(is_taken && is_right));
            own_taken += f64::from(u8::from(is_taken));
            own_true += f64::from(u8::from(is_right));
        }
        if own_true > 0.0 {
            sum += 2.0 * own_hits / (own_taken + own_true);
            n += 1.0;
        }
        hits += own_hits;
        sizes += own_taken + own_true;
    }
    (2.0 * hits / f64::max(sizes, 1.0), sum / f64::max(n, 1.0))
}

fn best_micro(predicted: &[Vec<f32>], is_true: &dyn Fn(usize, usize) -> bool) -> f64 {
    let mut pairs: Vec<(f32, bool)> = Vec::new();
    for (row, scores) in predicted.iter().enumerate() {
        pairs.extend(scores.iter().enumerate().map(|(label, &score)| (score, is_true(row, label))));
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let n_true = pairs.iter().filter(|(_, holds)| *holds).count() as f64;
    let (mut hits, mut best) = (0.0, 0.0f64);
    for (at, (_, holds)) in pairs.iter().enumerate() {
        hits += f64::from(u8::from(*holds));
        best = best.max(2.0 * hits / ((at + 1) as f64 + n_true));
    }
    best
}

/// Probabilities and what came true, in fifteen bins of equal width.
#[derive(Debug, Default)]
pub(crate) struct Bins {
    bins: [Bin; N_BINS],
    squares: f64,
}

const N_BINS: usize = 15;

#[derive(Debug, Default, Clone, Copy)]
struct Bin {
    n: f64,
    expected: f64,
    seen: f64,
    /// The variance of what is seen, if the probabilities are right.
    variance: f64,
}

impl Bins {
    /// Adds one decision.
    pub(crate) fn add(&mut self, p: f64, holds: bool) {
        let holds = f64::from(u8::from(holds));
        let bin = &mut self.bins[((p * N_BINS as f64) as usize).min(N_BINS - 1)];
        bin.n += 1.0;
        bin.expected += p;
        bin.seen += holds;
        bin.variance += p * (1.0 - p);
        self.squares += (p - holds).powi(2);
    }

    /// The mean squared error of all probabilities.
    pub(crate) fn brier(&self) -> f64 {
        self.squares / self.n(0)
    }

    /// The expected calibration error from a bin on.
    pub(crate) fn error(&self, first: usize) -> f64 {
        self.bins[first..].iter().map(|bin| (bin.expected - bin.seen).abs()).sum::<f64>() / self.n(first)
    }

    /// What [`Bins::error`] would be by chance if every probability were right: the mean size of a normal deviation in
    /// each bin.
    pub(crate) fn chance(&self, first: usize) -> f64 {
        let size = |bin: &Bin| (bin.variance * std::f64::consts::FRAC_2_PI).sqrt();
        self.bins[first..].iter().map(size).sum::<f64>() / self.n(first)
    }

    fn n(&self, first: usize) -> f64 {
        self.bins[first..].iter().map(|bin| bin.n).sum::<f64>().max(1.0)
    }
}
