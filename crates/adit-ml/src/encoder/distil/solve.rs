//! The large sparse system of the fit.

/// Rows of few entries: what a text holds of each token.
#[derive(Default)]
pub(super) struct Sparse {
    /// Where each row ends among the entries.
    ends: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

impl Sparse {
    /// Adds a row; columns may repeat.
    pub(super) fn push(&mut self, row: impl Iterator<Item = (u32, f32)>) {
        self.entries.extend(row);
        self.ends.push(self.entries.len());
    }

    fn rows(&self) -> impl Iterator<Item = &[(u32, f32)]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.entries[start..end])
    }

    /// The product with a matrix of `width` columns.
    pub(super) fn times(&self, matrix: &[f32], width: usize) -> Vec<f32> {
        let mut product = vec![0.0; self.ends.len() * width];
        for (row, sums) in self.rows().zip(product.chunks_exact_mut(width)) {
            for &(column, x) in row {
                add(sums, x, &matrix[column as usize * width..][..width]);
            }
        }
        product
    }

    /// The product of the transposed rows, which have `n_columns`, with a matrix of `width` columns.
    pub(super) fn transposed_times(&self, n_columns: usize, matrix: &[f32], width: usize) -> Vec<f32> {
        let mut product = vec![0.0; n_columns * width];
        for (row, values) in self.rows().zip(matrix.chunks_exact(width)) {
            for &(column, x) in row {
                add(&mut product[column as usize * width..][..width], x, values);
            }
        }
        product
    }

    /// The sum of squares of each column.
    fn squares(&self, n_columns: usize) -> Vec<f32> {
        let mut squares = vec![0.0; n_columns];
        self.entries.iter().for_each(|&(column, x)| squares[column as usize] += x * x);
        squares
    }

    /// The matrix E of least |self · E − targets|² + penalty · |E|², by conjugate gradients with each column of `targets`
    /// for itself (Hestenes and Stiefel, 1952), preconditioned by the diagonal.
    pub(super) fn ridge(&self, n_columns: usize, targets: &[f32], width: usize, penalty: f32, n_steps: usize) -> Vec<f32> {
        let scales: Vec<f32> = self.squares(n_columns).iter().map(|square| 1.0 / (square + penalty)).collect();
        let scaled = |rest: &[f32]| -> Vec<f32> {
            rest.chunks_exact(width).zip(&scales).flat_map(|(row, scale)| row.iter().map(move |x| x * scale)).collect()
        };
        let mut solution = vec![0.0; n_columns * width];
        let mut rest = self.transposed_times(n_columns, targets, width);
        let mut direction = scaled(&rest);
        let mut length = column_products(&rest, &direction, width);
        for _ in 0..n_steps {
            let mut image = self.transposed_times(n_columns, &self.times(&direction, width), width);
            image.iter_mut().zip(&direction).for_each(|(y, x)| *y += penalty * x);
            let curvature = column_products(&direction, &image, width);
            let steps: Vec<f32> = length.iter().zip(&curvature).map(|(a, b)| ratio(*a, *b)).collect();
            for (at, (x, d)) in solution.iter_mut().zip(&direction).enumerate() {
                *x += steps[at % width] * d;
            }
            for (at, (r, y)) in rest.iter_mut().zip(&image).enumerate() {
                *r -= steps[at % width] * y;
            }
            let next = scaled(&rest);
            let next_length = column_products(&rest, &next, width);
            let turns: Vec<f32> = next_length.iter().zip(&length).map(|(a, b)| ratio(*a, *b)).collect();
            for (at, (d, z)) in direction.iter_mut().zip(&next).enumerate() {
                *d = z + turns[at % width] * *d;
            }
            length = next_length;
        }
        solution
    }
}

fn add(sums: &mut [f32], x: f32, values: &[f32]) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += x * value);
}

fn ratio(a: f64, b: f64) -> f32 {
    if b > 1e-30 { (a / b) as f32 } else { 0.0 }
}

/// For each column the product of both matrices' columns.
fn column_products(a: &[f32], b: &[f32], width: usize) -> Vec<f64> {
    let mut sums = vec![0.0; width];
    for (a, b) in a.chunks_exact(width).zip(b.chunks_exact(width)) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += f64::from(*a) * f64::from(*b));
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::Sparse;
    use crate::matrix::Square;

    fn matrix(n: usize, mut seed: u64) -> Vec<f32> {
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 40) as f32 / 8_388_608.0 - 1.0
        };
        (0..n).map(|_| next()).collect()
    }

    #[test]
    fn axes_are_orthogonal_and_ordered_and_make_the_matrix_diagonal() {
        let size = 9;
        let square = Square::of_columns(&matrix(30 * size, 1), size);
        let values = square.values.clone();
        let axes = square.axes();
        let times = |axis: &[f64]| -> Vec<f64> {
            values.chunks_exact(size).map(|row| row.iter().zip(axis).map(|(a, b)| a * b).sum()).collect()
        };
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let spread: Vec<f64> = axes.iter().map(|axis| dot(axis, &times(axis))).collect();
        assert!(spread.is_sorted_by(|a, b| a >= b) && spread[size - 1] > 0.0, "{spread:?}");
        for (a, one) in axes.iter().enumerate() {
            for (b, other) in axes.iter().enumerate() {
                assert!((dot(one, other) - f64::from(u8::from(a == b))).abs() < 1e-9);
                assert!(a == b || dot(one, &times(other)).abs() < 1e-7);
            }
        }
    }

    #[test]
    fn both_solvers_find_what_was_hidden() {
        let (size, width) = (7, 3);
        let (rows, hidden) = (matrix(40 * size, 2), matrix(size * width, 3));
        let mut sparse = Sparse::default();
        rows.chunks_exact(size).for_each(|row| sparse.push((0..).zip(row.iter().copied())));
        let targets = sparse.times(&hidden, width);
        let found = sparse.ridge(size, &targets, width, 1e-6, 20);
        let right = sparse.transposed_times(size, &targets, width).iter().map(|x| f64::from(*x)).collect();
        let exact = Square::of_columns(&rows, size).solve(right, width);
        for ((x, y), z) in hidden.iter().zip(&found).zip(&exact) {
            assert!((x - y).abs() < 1e-3 && (f64::from(*x) - z).abs() < 1e-4, "{x} {y} {z}");
        }
    }
}
