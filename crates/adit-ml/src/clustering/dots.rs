//! Products of one vector with many, compiled for each instruction set and chosen at run time.

use rten_simd::{Isa, SimdOp};

/// Sums keep this many lanes at every width of the processor, so that the result is the same on all.
const LANES: usize = 16;
/// Vectors taken together: their sums do not wait for each other.
const TOGETHER: usize = 4;

/// The products of `row` with every vector of `others`, which lie one after the other.
pub(crate) struct Dots<'a> {
    pub(crate) row: &'a [f32],
    pub(crate) others: &'a [f32],
    pub(crate) output: &'a mut [f32],
}

impl SimdOp for Dots<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) {
        let width = self.row.len();
        let (row, row_tail) = self.row.as_chunks::<LANES>();
        let mut first = 0;
        while first < self.output.len() {
            let n = TOGETHER.min(self.output.len() - first);
            let mut sums = [[0.0f32; LANES]; TOGETHER];
            if n == TOGETHER {
                let other = |at: usize| self.others[(first + at) * width..(first + at + 1) * width].as_chunks::<LANES>().0;
                let columns = [other(0), other(1), other(2), other(3)];
                for (at, x) in row.iter().enumerate() {
                    for (sums, column) in sums.iter_mut().zip(&columns) {
                        for lane in 0..LANES {
                            sums[lane] = x[lane].mul_add(column[at][lane], sums[lane]);
                        }
                    }
                }
            } else {
                for (at, sums) in sums.iter_mut().enumerate().take(n) {
                    let other = &self.others[(first + at) * width..(first + at + 1) * width];
                    for (x, y) in row.iter().zip(other.as_chunks::<LANES>().0) {
                        for lane in 0..LANES {
                            sums[lane] = x[lane].mul_add(y[lane], sums[lane]);
                        }
                    }
                }
            }
            for (at, sums) in sums.iter().enumerate().take(n) {
                let tail = &self.others[(first + at + 1) * width - row_tail.len()..(first + at + 1) * width];
                let rest: f32 = row_tail.iter().zip(tail).map(|(x, y)| x * y).sum();
                self.output[first + at] = sums.iter().sum::<f32>() + rest;
            }
            first += n;
        }
    }
}

/// The products of `row` with every vector of `others`.
pub(crate) fn dots(row: &[f32], others: &[f32], output: &mut [f32]) {
    Dots { row, others, output }.dispatch();
}

#[cfg(test)]
mod tests {
    use super::dots;

    #[test]
    fn products_of_any_length_and_number_are_right() {
        for width in [1usize, 15, 16, 37, 384] {
            for n in [1usize, 3, 4, 9] {
                let value = |at: usize| ((at * 37 % 101) as f32 - 50.0) / 100.0;
                let row: Vec<f32> = (0..width).map(value).collect();
                let others: Vec<f32> = (0..width * n).map(|at| value(at + 7)).collect();
                let mut found = vec![0.0; n];
                dots(&row, &others, &mut found);
                for (other, found) in others.chunks(width).zip(&found) {
                    let expected: f64 = row.iter().zip(other).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
                    assert!((expected - f64::from(*found)).abs() < 1e-3, "{width} {n}: {expected} {found}");
                }
            }
        }
    }
}
