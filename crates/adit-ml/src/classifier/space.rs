//! The two ways to write a linear model down: by its columns, or by the rows it was fitted to.
//!
//! The best weights are a combination of the rows (the representer theorem: Kimeldorf and Wahba, 1971).
//! With fewer rows than columns it is far cheaper to look for the factors of that combination.

use rten_simd::SimdOp;

use crate::classifier::design::Design;
use crate::classifier::for_each_index;
use crate::classifier::lanes::{LANES, Lanes, Panels, SparseBackward, SparseForward, products};

/// Up to this many rows a fit looks for one factor a row.
pub(super) const MAX_KERNEL_ROWS: usize = 3_000;

/// The products of every two rows, dense columns and words apart.
pub(super) struct Kernels {
    /// For each row of the design, its place here.
    place: Vec<usize>,
    n: usize,
    dense: Vec<f32>,
    words: Vec<f32>,
}

impl Kernels {
    /// Computes the products of the rows given, unless there are too many of them.
    pub(super) fn new(design: &Design<'_>, rows: &[usize], threads: usize) -> Option<Kernels> {
        if rows.len() > MAX_KERNEL_ROWS || rows.len() > design.n_columns() {
            return None;
        }
        let n = rows.len();
        let panels = Panels::new(n, design.dimension, |at| design.dense_row(rows[at]));
        let sparse: Vec<&[(u32, f32)]> = rows.iter().map(|&row| design.sparse[row].as_slice()).collect();
        let groups = for_each_index(n.div_ceil(LANES), threads, |group| {
            let first = group * LANES;
            let n_lanes = (n - first).min(LANES);
            let mut columns = vec![[0.0; LANES]; design.dimension];
            let mut words = vec![[0.0; LANES]; design.vocabulary.buckets.len()];
            for lane in 0..n_lanes {
                let dense = design.dense_row(rows[first + lane]);
                columns.iter_mut().zip(dense).for_each(|(column, &x)| column[lane] = x);
                sparse[first + lane].iter().for_each(|&(column, x)| words[column as usize][lane] = x);
            }
            let (mut by_dense, mut by_words) = (vec![[0.0; LANES]; n], vec![[0.0; LANES]; n]);
            panels.forward(&columns, &mut by_dense);
            SparseForward { matrix: &sparse, scale: 1.0, columns: &words, rows: &mut by_words }.dispatch();
            (by_dense, by_words)
        });
        let (mut dense, mut words) = (vec![0.0; n * n], vec![0.0; n * n]);
        for (first, (by_dense, by_words)) in (0..).step_by(LANES).zip(&groups) {
            let n_lanes = (n - first).min(LANES);
            for at in 0..n {
                dense[at * n + first..][..n_lanes].copy_from_slice(&by_dense[at][..n_lanes]);
                words[at * n + first..][..n_lanes].copy_from_slice(&by_words[at][..n_lanes]);
            }
        }
        let mut place = vec![usize::MAX; design.n_rows()];
        rows.iter().enumerate().for_each(|(at, &row)| place[row] = at);
        Some(Kernels { place, n, dense, words })
    }
}

/// A set of rows, ready to be multiplied with.
pub(super) enum Space<'a> {
    /// One coordinate a column.
    Columns { dense: Panels, sparse: Vec<&'a [(u32, f32)]>, n_words: usize, scale: f32 },
    /// One coordinate a row. A vector is kept together with its image, the product with the kernel.
    Rows { kernel: Panels, n: usize },
}

impl<'a> Space<'a> {
    /// Prepares rows of a design whose words count `scale` times.
    pub(super) fn new(design: &'a Design<'_>, kernels: Option<&Kernels>, rows: &[usize], scale: f32) -> Space<'a> {
        if let Some(kernels) = kernels {
            let places: Vec<usize> = rows.iter().map(|&row| kernels.place[row]).collect();
            let squared = scale * scale;
            let mut kernel = Vec::with_capacity(rows.len() * rows.len());
            for &at in &places {
                let (dense, words) = (&kernels.dense[at * kernels.n..], &kernels.words[at * kernels.n..]);
                kernel.extend(places.iter().map(|&other| squared.mul_add(words[other], dense[other])));
            }
            let n = rows.len();
            return Space::Rows { kernel: Panels::new(n, n, |at| &kernel[at * n..(at + 1) * n]), n };
        }
        let sparse = if scale > 0.0 { rows.iter().map(|&row| design.sparse[row].as_slice()).collect() } else { Vec::new() };
        Space::Columns {
            dense: Panels::new(rows.len(), design.dimension, |at| design.dense_row(rows[at])),
            sparse,
            n_words: if scale > 0.0 { design.vocabulary.buckets.len() } else { 0 },
            scale,
        }
    }

    /// The length of a vector, without the constant.
    pub(super) fn len(&self) -> usize {
        match self {
            Space::Columns { dense, n_words, .. } => dense.n_columns() + n_words,
            Space::Rows { n, .. } => 2 * n,
        }
    }

    /// The gradient of a loss with these slopes in the margins.
    pub(super) fn gradient(&self, residuals: &[Lanes]) -> Vec<Lanes> {
        let mut gradient = vec![[0.0; LANES]; self.len()];
        match self {
            Space::Columns { dense, sparse, scale, .. } => {
                let (columns, words) = gradient.split_at_mut(dense.n_columns());
                dense.backward(residuals, columns);
                SparseBackward { matrix: sparse, scale: *scale, rows: residuals, columns: words }.dispatch();
            }
            Space::Rows { kernel, n } => {
                let (factors, image) = gradient.split_at_mut(*n);
                factors.copy_from_slice(residuals);
                kernel.forward(residuals, image);
            }
        }
        gradient
    }

    /// The change of every margin along a direction.
    pub(super) fn margins(&self, direction: &[Lanes], n_rows: usize) -> Vec<Lanes> {
        match self {
            Space::Columns { dense, sparse, scale, .. } => {
                let mut margins = vec![[0.0; LANES]; n_rows];
                let (columns, words) = direction.split_at(dense.n_columns());
                dense.forward(columns, &mut margins);
                SparseForward { matrix: sparse, scale: *scale, columns: words, rows: &mut margins }.dispatch();
                margins
            }
            Space::Rows { n, .. } => direction[*n..].to_vec(),
        }
    }

    /// The inner product of two vectors, for each lane.
    pub(super) fn inner(&self, a: &[Lanes], b: &[Lanes]) -> [f64; LANES] {
        match self {
            Space::Columns { .. } => products(a, b),
            Space::Rows { n, .. } => products(&a[..*n], &b[*n..]),
        }
    }

    /// The weight of every column of the design, words included.
    pub(super) fn weights(&self, vector: &[Lanes], design: &Design<'_>, rows: &[usize], scale: f32) -> Vec<Lanes> {
        let mut weights = vec![[0.0; LANES]; design.n_columns() - 1];
        match self {
            Space::Columns { .. } => weights[..vector.len()].copy_from_slice(vector),
            Space::Rows { n, .. } => {
                let (columns, words) = weights.split_at_mut(design.dimension);
                let dense = Panels::new(rows.len(), design.dimension, |at| design.dense_row(rows[at]));
                dense.backward(&vector[..*n], columns);
                let sparse: Vec<&[(u32, f32)]> = rows.iter().map(|&row| design.sparse[row].as_slice()).collect();
                SparseBackward { matrix: &sparse, scale, rows: &vector[..*n], columns: words }.dispatch();
            }
        }
        weights
    }
}
