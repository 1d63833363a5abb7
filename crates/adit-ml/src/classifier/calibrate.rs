//! Platt scaling: turns held-out scores into probabilities, the rarer the label the closer to the common curve.

/// Probability = logistic(slope * score + offset).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Curve {
    pub(crate) slope: f32,
    pub(crate) offset: f32,
}

/// Pulls of the common curve: that of a handful of observations.
const SLOPE_PULL: f64 = 8.0;
const OFFSET_PULL: f64 = 2.0;

impl Curve {
    /// The probability of a score.
    pub(crate) fn probability(self, score: f32) -> f32 {
        let x = self.slope.mul_add(score, self.offset);
        if x >= 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) }
    }

    /// Fits to (score, holds, weight), pulled towards another curve.
    pub(crate) fn fit(scored: impl Iterator<Item = (f32, bool, f32)> + Clone, near: Curve) -> Curve {
        let (slope0, offset0) = (f64::from(near.slope), f64::from(near.offset));
        let (mut slope, mut offset) = (slope0, offset0);
        for _ in 0..25 {
            let (mut g_slope, mut g_offset) = (SLOPE_PULL * (slope - slope0), OFFSET_PULL * (offset - offset0));
            let (mut h_ss, mut h_so, mut h_oo) = (SLOPE_PULL, 0.0, OFFSET_PULL);
            for (score, holds, weight) in scored.clone() {
                let (score, weight) = (f64::from(score), f64::from(weight));
                let p = 1.0 / (1.0 + (-(slope * score + offset)).exp());
                let apart = weight * (p - f64::from(u8::from(holds)));
                let spread = weight * (p * (1.0 - p)).max(1e-9);
                g_slope += apart * score;
                g_offset += apart;
                h_ss += spread * score * score;
                h_so += spread * score;
                h_oo += spread;
            }
            let determinant = (h_ss * h_oo - h_so * h_so).max(1e-12);
            let d_slope = (h_oo * g_slope - h_so * g_offset) / determinant;
            let d_offset = (h_ss * g_offset - h_so * g_slope) / determinant;
            // Short steps cannot overshoot into the flat ends of the curve.
            slope -= d_slope.clamp(-0.5, 0.5);
            offset -= d_offset.clamp(-1.0, 1.0);
            slope = slope.clamp(0.05, 20.0);
            offset = offset.clamp(-30.0, 30.0);
            if d_slope.abs() < 1e-5 && d_offset.abs() < 1e-5 {
                break;
            }
        }
        Curve { slope: slope as f32, offset: offset as f32 }
    }
}
