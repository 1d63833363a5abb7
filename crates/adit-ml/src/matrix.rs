//! Small dense matrices: principal axes and systems of equations.

/// A square matrix by rows.
pub(crate) struct Square {
    pub(crate) size: usize,
    pub(crate) values: Vec<f64>,
}

impl Square {
    /// The products of all pairs of columns of a matrix of `size` columns.
    pub(crate) fn of_columns(matrix: &[f32], size: usize) -> Square {
        let mut values = vec![0.0; size * size];
        for row in matrix.chunks_exact(size) {
            for (x, sums) in row.iter().zip(values.chunks_exact_mut(size)) {
                let x = f64::from(*x);
                sums.iter_mut().zip(row).for_each(|(sum, y)| *sum += x * f64::from(*y));
            }
        }
        Square { size, values }
    }

    /// The eigenvectors of a symmetric matrix, one a row, those of the largest eigenvalues first; each has its largest
    /// entry positive. Cyclic rotations (Jacobi, 1846).
    pub(crate) fn axes(mut self) -> Vec<Vec<f64>> {
        const SWEEPS: usize = 12;
        let n = self.size;
        let mut axes = vec![0.0; n * n];
        (0..n).for_each(|at| axes[at * n + at] = 1.0);
        for _ in 0..SWEEPS {
            for p in 0..n {
                for q in p + 1..n {
                    let off = self.values[p * n + q];
                    if off.abs() < 1e-12 {
                        continue;
                    }
                    let turn = (self.values[q * n + q] - self.values[p * n + p]) / (2.0 * off);
                    let tangent = turn.signum() / (turn.abs() + turn.hypot(1.0));
                    let cosine = 1.0 / tangent.hypot(1.0);
                    let sine = tangent * cosine;
                    for row in 0..n {
                        let (a, b) = (self.values[row * n + p], self.values[row * n + q]);
                        self.values[row * n + p] = cosine * a - sine * b;
                        self.values[row * n + q] = sine * a + cosine * b;
                    }
                    rotate_rows(&mut self.values, n, (p, q), (cosine, sine));
                    rotate_rows(&mut axes, n, (p, q), (cosine, sine));
                }
            }
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| self.values[b * n + b].total_cmp(&self.values[a * n + a]).then(a.cmp(&b)));
        let mut axes: Vec<Vec<f64>> = order.into_iter().map(|at| axes[at * n..][..n].to_vec()).collect();
        for axis in &mut axes {
            let largest = axis.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(1.0);
            axis.iter_mut().for_each(|x| *x *= largest.signum());
        }
        axes
    }

    /// The matrix X of self · X = `right`, for a positive definite matrix; `right` has `width` columns (Cholesky).
    pub(crate) fn solve(mut self, mut right: Vec<f64>, width: usize) -> Vec<f64> {
        let n = self.size;
        for j in 0..n {
            for i in j..n {
                let known: f64 = (0..j).map(|k| self.values[i * n + k] * self.values[j * n + k]).sum();
                let rest = self.values[i * n + j] - known;
                self.values[i * n + j] = if i == j { rest.max(1e-12).sqrt() } else { rest / self.values[j * n + j] };
            }
        }
        for i in 0..n {
            for k in 0..i {
                subtract_row(&mut right, width, i, k, self.values[i * n + k]);
            }
            right[i * width..][..width].iter_mut().for_each(|x| *x /= self.values[i * n + i]);
        }
        for i in (0..n).rev() {
            for k in i + 1..n {
                subtract_row(&mut right, width, i, k, self.values[k * n + i]);
            }
            right[i * width..][..width].iter_mut().for_each(|x| *x /= self.values[i * n + i]);
        }
        right
    }
}

fn rotate_rows(values: &mut [f64], n: usize, (p, q): (usize, usize), (cosine, sine): (f64, f64)) {
    let (before, after) = values.split_at_mut(q * n);
    for (a, b) in before[p * n..][..n].iter_mut().zip(&mut after[..n]) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}

/// Takes `factor` times the row `from` off the row `to`.
fn subtract_row(values: &mut [f64], width: usize, to: usize, from: usize, factor: f64) {
    let (low, high) = (to.min(from), to.max(from));
    let (before, after) = values.split_at_mut(high * width);
    let (low, high) = (&mut before[low * width..][..width], &mut after[..width]);
    let (to, from) = if to < from { (low, high) } else { (high, low) };
    to.iter_mut().zip(from).for_each(|(x, y)| *x -= factor * *y);
}
