//! Inner loops of the forward pass, compiled for each instruction set like those in `kernels`.

use rten_simd::{Isa, SimdOp};

/// Turns the levels of a word vector back to floats.
pub(super) struct EmbedRow<'a> {
    pub(super) levels: &'a [u8],
    pub(super) step: f32,
    pub(super) low: f32,
    pub(super) output: &'a mut [f32],
}

impl SimdOp for EmbedRow<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) {
        for (output, &level) in self.output.iter_mut().zip(self.levels) {
            *output = f32::from(level) * self.step + self.low;
        }
    }
}

/// Sets what is below zero to zero.
pub(super) struct ReluRow<'a> {
    pub(super) row: &'a mut [f32],
}

impl SimdOp for ReluRow<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) {
        for x in self.row.iter_mut() {
            *x = if *x > 0.0 { *x } else { 0.0 };
        }
    }
}

/// Adds to a row what of other values is above zero.
pub(super) struct AddReluRow<'a> {
    pub(super) sums: &'a [f32],
    pub(super) row: &'a mut [f32],
}

impl SimdOp for AddReluRow<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) {
        for (x, &sum) in self.row.iter_mut().zip(self.sums) {
            *x += if sum > 0.0 { sum } else { 0.0 };
        }
    }
}
