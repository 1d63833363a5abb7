//! Arithmetic on groups of labels: sixteen numbers side by side, one for each label of the group.
//!
//! Every loop is plain Rust over a fixed number of lanes, inlined into the dispatcher of `rten-simd`.
//! The order of additions is the same with every instruction set, and so is the result.

use rten_simd::{Isa, SimdOp};

use crate::classifier::format::whole;

/// Labels that are fitted together.
pub(super) const LANES: usize = 16;
/// Rows of a matrix that are stored interleaved.
const PANEL: usize = 8;
/// Vectors that are multiplied at the same time: their sums do not wait for each other.
pub(super) const TOGETHER: usize = 8;
/// Rows after which single-precision sums are added up in double precision.
const BLOCK: usize = 1_024;

/// One number for each label of a group.
pub(super) type Lanes = [f32; LANES];

/// A dense matrix, eight rows interleaved.
#[derive(Debug, Clone)]
pub(super) struct Panels {
    values: Vec<[f32; PANEL]>,
    n_columns: usize,
    n_rows: usize,
}

impl Panels {
    /// Packs `n_rows` rows of `n_columns` values.
    pub(super) fn new<'a>(n_rows: usize, n_columns: usize, row: impl Fn(usize) -> &'a [f32]) -> Panels {
        let mut values = vec![[0.0; PANEL]; n_rows.div_ceil(PANEL) * n_columns];
        for at in 0..n_rows {
            let panel = &mut values[at / PANEL * n_columns..][..n_columns];
            panel.iter_mut().zip(row(at)).for_each(|(to, &x)| to[at % PANEL] = x);
        }
        Panels { values, n_columns, n_rows }
    }

    /// Adds the product with one group of lanes a column to one group of lanes a row.
    pub(super) fn forward(&self, columns: &[Lanes], rows: &mut [Lanes]) {
        assert!(columns.len() == self.n_columns && rows.len() == self.n_rows, "the shapes fit by construction");
        Forward { panels: self, columns, rows }.dispatch();
    }

    /// Adds the product of the transpose with one group of lanes a row to one group of lanes a column.
    pub(super) fn backward(&self, rows: &[Lanes], columns: &mut [Lanes]) {
        assert!(columns.len() == self.n_columns && rows.len() == self.n_rows, "the shapes fit by construction");
        Backward { panels: self, rows, columns }.dispatch();
    }

    /// The product of each row with one vector, which is cut or padded with zeros.
    pub(super) fn times(&self, vector: &[f32]) -> Vec<f32> {
        let mut columns = vector.to_vec();
        columns.resize(self.n_columns, 0.0);
        let mut products = vec![[0.0; PANEL]; self.n_rows.div_ceil(PANEL)];
        Times { panels: self, columns: &columns, products: &mut products }.dispatch();
        let mut products = products.concat();
        products.truncate(self.n_rows);
        products
    }

    /// The same as [`Panels::times`] for each of several vectors; what is in the panels is fetched once for a few of them.
    pub(super) fn times_each(&self, vectors: &[&[f32]]) -> Vec<Vec<f32>> {
        let mut all = Vec::with_capacity(vectors.len());
        for vectors in vectors.chunks(TOGETHER) {
            if let [vector] = vectors {
                all.push(self.times(vector));
                continue;
            }
            let mut columns = vec![[0.0; TOGETHER]; self.n_columns];
            for (at, vector) in vectors.iter().enumerate() {
                columns.iter_mut().zip(*vector).for_each(|(column, &x)| column[at] = x);
            }
            let mut products = vec![[[0.0; PANEL]; TOGETHER]; self.n_rows.div_ceil(PANEL)];
            TimesEach { panels: self, columns: &columns, products: &mut products }.dispatch();
            all.extend((0..vectors.len()).map(|at| {
                let mut products: Vec<f32> = products.iter().flat_map(|products| products[at]).collect();
                products.truncate(self.n_rows);
                products
            }));
        }
        all
    }

    /// A row as it was packed.
    pub(super) fn row(&self, at: usize) -> impl Iterator<Item = f32> {
        let panel = &self.values[at / PANEL * self.n_columns..][..self.n_columns];
        panel.iter().map(move |values| values[at % PANEL])
    }

    /// The number of columns.
    pub(super) fn n_columns(&self) -> usize {
        self.n_columns
    }

    fn panels(&self) -> impl Iterator<Item = &[[f32; PANEL]]> {
        self.values.chunks_exact(self.n_columns.max(1))
    }
}

struct Forward<'a> {
    panels: &'a Panels,
    columns: &'a [Lanes],
    rows: &'a mut [Lanes],
}

impl SimdOp for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) {
        for (panel, rows) in self.panels.panels().zip(self.rows.chunks_mut(PANEL)) {
            let mut sums = [[0.0f32; LANES]; PANEL];
            for (xs, column) in panel.iter().zip(self.columns) {
                for at in 0..PANEL {
                    for lane in 0..LANES {
                        sums[at][lane] = xs[at].mul_add(column[lane], sums[at][lane]);
                    }
                }
            }
            for (row, sums) in rows.iter_mut().zip(&sums) {
                for lane in 0..LANES {
                    row[lane] += sums[lane];
                }
            }
        }
    }
}

struct Times<'a> {
    panels: &'a Panels,
    columns: &'a [f32],
    products: &'a mut [[f32; PANEL]],
}

impl SimdOp for Times<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) {
        // Several panels at once, so that one addition need not wait for the one before.
        const GROUP: usize = 4;
        let n_columns = self.columns.len();
        for (group, products) in self.panels.values.chunks(GROUP * n_columns.max(1)).zip(self.products.chunks_mut(GROUP)) {
            let mut sums = [[0.0f32; PANEL]; GROUP];
            if group.len() == GROUP * n_columns {
                for (column, &x) in self.columns.iter().enumerate() {
                    for (part, sums) in sums.iter_mut().enumerate() {
                        let values = &group[part * n_columns + column];
                        for at in 0..PANEL {
                            sums[at] = values[at].mul_add(x, sums[at]);
                        }
                    }
                }
            } else {
                for (panel, sums) in group.chunks(n_columns.max(1)).zip(&mut sums) {
                    for (values, &x) in panel.iter().zip(self.columns) {
                        for at in 0..PANEL {
                            sums[at] = values[at].mul_add(x, sums[at]);
                        }
                    }
                }
            }
            products.iter_mut().zip(sums).for_each(|(product, sums)| *product = sums);
        }
    }
}

struct TimesEach<'a> {
    panels: &'a Panels,
    columns: &'a [[f32; TOGETHER]],
    products: &'a mut [[[f32; PANEL]; TOGETHER]],
}

impl SimdOp for TimesEach<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) {
        for (panel, products) in self.panels.panels().zip(self.products) {
            let mut sums = [[0.0f32; PANEL]; TOGETHER];
            for (values, xs) in panel.iter().zip(self.columns) {
                for one in 0..TOGETHER {
                    for at in 0..PANEL {
                        sums[one][at] = values[at].mul_add(xs[one], sums[one][at]);
                    }
                }
            }
            *products = sums;
        }
    }
}

/// Adds rows of half-precision weights, each times a number, to one row.
pub(super) struct AddRows<'a> {
    /// Rows as wide as `sums`, one for each number.
    pub(super) weights: &'a [u16],
    pub(super) numbers: &'a [f32],
    pub(super) sums: &'a mut [f32],
}

impl SimdOp for AddRows<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) {
        for (row, &x) in self.weights.chunks_exact(self.sums.len().max(1)).zip(self.numbers) {
            for (sum, &weight) in self.sums.iter_mut().zip(row) {
                *sum += x * whole(weight);
            }
        }
    }
}

struct Backward<'a> {
    panels: &'a Panels,
    rows: &'a [Lanes],
    columns: &'a mut [Lanes],
}

impl SimdOp for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) {
        for (panel, rows) in self.panels.panels().zip(self.rows.chunks(PANEL)) {
            let mut values = [[0.0f32; LANES]; PANEL];
            values[..rows.len()].copy_from_slice(rows);
            for (xs, column) in panel.iter().zip(self.columns.iter_mut()) {
                let mut sums = *column;
                for at in 0..PANEL {
                    for lane in 0..LANES {
                        sums[lane] = xs[at].mul_add(values[at][lane], sums[lane]);
                    }
                }
                *column = sums;
            }
        }
    }
}

/// Adds the product of sparse rows, scaled, with one group of lanes a column to one group of lanes a row.
pub(super) struct SparseForward<'a> {
    pub(super) matrix: &'a [&'a [(u32, f32)]],
    pub(super) scale: f32,
    pub(super) columns: &'a [Lanes],
    pub(super) rows: &'a mut [Lanes],
}

impl SimdOp for SparseForward<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) {
        for (entries, row) in self.matrix.iter().zip(self.rows) {
            let mut sums = [0.0f32; LANES];
            for &(column, x) in *entries {
                let column = &self.columns[column as usize];
                for lane in 0..LANES {
                    sums[lane] = x.mul_add(column[lane], sums[lane]);
                }
            }
            for lane in 0..LANES {
                row[lane] = self.scale.mul_add(sums[lane], row[lane]);
            }
        }
    }
}

/// Adds the product of the transpose of sparse rows, scaled, to one group of lanes a column.
pub(super) struct SparseBackward<'a> {
    pub(super) matrix: &'a [&'a [(u32, f32)]],
    pub(super) scale: f32,
    pub(super) rows: &'a [Lanes],
    pub(super) columns: &'a mut [Lanes],
}

impl SimdOp for SparseBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) {
        for (entries, row) in self.matrix.iter().zip(self.rows) {
            let mut scaled = *row;
            for value in &mut scaled {
                *value *= self.scale;
            }
            for &(column, x) in *entries {
                let column = &mut self.columns[column as usize];
                for lane in 0..LANES {
                    column[lane] = x.mul_add(scaled[lane], column[lane]);
                }
            }
        }
    }
}

/// The products of two columns of lanes, one sum for each lane.
pub(super) fn products(a: &[Lanes], b: &[Lanes]) -> [f64; LANES] {
    Products(a, b).dispatch()
}

struct Products<'a>(&'a [Lanes], &'a [Lanes]);

impl SimdOp for Products<'_> {
    type Output = [f64; LANES];

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) -> [f64; LANES] {
        let mut totals = [0.0f64; LANES];
        for (a, b) in self.0.chunks(BLOCK).zip(self.1.chunks(BLOCK)) {
            // Four chains, so that one addition need not wait for the one before.
            let mut sums = [[0.0f32; LANES]; 4];
            for (a, b) in a.chunks(4).zip(b.chunks(4)) {
                for ((a, b), sums) in a.iter().zip(b).zip(&mut sums) {
                    for lane in 0..LANES {
                        sums[lane] = a[lane].mul_add(b[lane], sums[lane]);
                    }
                }
            }
            for lane in 0..LANES {
                totals[lane] += f64::from((sums[0][lane] + sums[1][lane]) + (sums[2][lane] + sums[3][lane]));
            }
        }
        totals
    }
}

/// Adds a multiple of a column of lanes, one factor for each lane.
pub(super) fn add_scaled(to: &mut [Lanes], factors: &Lanes, from: &[Lanes]) {
    AddScaled { to, factors, from }.dispatch();
}

struct AddScaled<'a> {
    to: &'a mut [Lanes],
    factors: &'a Lanes,
    from: &'a [Lanes],
}

impl SimdOp for AddScaled<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) {
        for (to, from) in self.to.iter_mut().zip(self.from) {
            for lane in 0..LANES {
                to[lane] = self.factors[lane].mul_add(from[lane], to[lane]);
            }
        }
    }
}

/// The slope of the logistic loss in each row's margin, some way along a direction.
pub(super) struct Residuals<'a> {
    pub(super) margins: &'a [Lanes],
    pub(super) along: &'a [Lanes],
    pub(super) step: &'a Lanes,
    /// 1 where the label holds, else 0.
    pub(super) holds: &'a [Lanes],
    /// How much each row counts for each label.
    pub(super) weights: &'a [Lanes],
    pub(super) residuals: &'a mut [Lanes],
}

impl SimdOp for Residuals<'_> {
    /// The slope of the summed loss in the step, for each lane.
    type Output = [f64; LANES];

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) -> [f64; LANES] {
        let mut slopes = [0.0f64; LANES];
        let rows = self.margins.chunks(BLOCK).zip(self.along.chunks(BLOCK)).zip(self.holds.chunks(BLOCK));
        let outputs = self.weights.chunks(BLOCK).zip(self.residuals.chunks_mut(BLOCK));
        for (((margins, along), holds), (weights, residuals)) in rows.zip(outputs) {
            let mut sums = [0.0f32; LANES];
            for at in 0..margins.len() {
                for lane in 0..LANES {
                    let margin = self.step[lane].mul_add(along[at][lane], margins[at][lane]);
                    let wrong = weights[at][lane] * (logistic(margin) - holds[at][lane]);
                    residuals[at][lane] = wrong;
                    sums[lane] = wrong.mul_add(along[at][lane], sums[lane]);
                }
            }
            for lane in 0..LANES {
                slopes[lane] += f64::from(sums[lane]);
            }
        }
        slopes
    }
}

/// 1 / (1 + exp(-x)), to about seven digits; a polynomial, so that every machine has the same.
#[inline(always)]
fn logistic(x: f32) -> f32 {
    let bounded = if x > 80.0 { 80.0 } else { x };
    let bounded = if bounded < -80.0 { -80.0 } else { bounded };
    // exp(-x) = 2^n * exp(r) with |r| <= ln(2) / 2. Adding 1.5 * 2^23 rounds to an integer, kept in the low bits.
    let shifted = (-bounded).mul_add(std::f32::consts::LOG2_E, 12_582_912.0);
    let whole = shifted - 12_582_912.0;
    let rest = whole.mul_add(-0.693_359_4, -bounded);
    let rest = whole.mul_add(2.121_944_4e-4, rest);
    let series = rest.mul_add(1.0 / 720.0, 1.0 / 120.0);
    let series = series.mul_add(rest, 1.0 / 24.0);
    let series = series.mul_add(rest, 1.0 / 6.0);
    let series = series.mul_add(rest, 0.5);
    let series = series.mul_add(rest, 1.0);
    let series = series.mul_add(rest, 1.0);
    let exp = f32::from_bits(series.to_bits().wrapping_add(shifted.to_bits() << 23));
    1.0 / (1.0 + exp)
}

#[cfg(test)]
mod tests {
    use super::{LANES, Lanes, Panels, TOGETHER, logistic, products};

    #[test]
    fn the_logistic_function_is_right_to_six_digits() {
        for n in -4_000..=4_000 {
            let x = n as f32 / 25.0;
            let exact = (1.0 / (1.0 + (-f64::from(x.clamp(-80.0, 80.0))).exp())) as f32;
            assert!((logistic(x) - exact).abs() <= 1e-6 * exact.max(1e-30) + 1e-37, "{x}: {} {exact}", logistic(x));
        }
    }

    #[test]
    fn products_agree_with_sums_written_out() {
        for (n_rows, n_columns) in [(1, 1), (7, 5), (8, 3), (19, 33), (70, 3)] {
            let value = |a: usize, b: usize| ((a * 31 + b * 17) % 13) as f32 - 6.0;
            let matrix: Vec<Vec<f32>> =
                (0..n_rows).map(|row| (0..n_columns).map(|column| value(row, column)).collect()).collect();
            let panels = Panels::new(n_rows, n_columns, |row| &matrix[row]);
            let lanes = |at: usize| -> Lanes { std::array::from_fn(|lane| value(at, lane + 3)) };
            let columns: Vec<Lanes> = (0..n_columns).map(lanes).collect();
            let mut rows = vec![[1.0; LANES]; n_rows];
            panels.forward(&columns, &mut rows);
            for (row, result) in rows.iter().enumerate() {
                for lane in 0..LANES {
                    let sum: f32 = (0..n_columns).map(|column| matrix[row][column] * columns[column][lane]).sum();
                    assert_eq!(result[lane], 1.0 + sum);
                }
            }
            let mut back = vec![[0.5; LANES]; n_columns];
            panels.backward(&rows, &mut back);
            for (column, result) in back.iter().enumerate() {
                for lane in 0..LANES {
                    let sum: f32 = (0..n_rows).map(|row| matrix[row][column] * rows[row][lane]).sum();
                    assert_eq!(result[lane], 0.5 + sum);
                }
            }
            let vector: Vec<f32> = columns.iter().map(|column| column[5]).collect();
            let by_vector: Vec<f32> = rows.iter().map(|row| row[5] - 1.0).collect();
            assert_eq!(panels.times(&vector), by_vector);
            for n in [0, 1, 2, TOGETHER, TOGETHER + 3] {
                let vectors: Vec<Vec<f32>> =
                    (0..n).map(|at| columns.iter().map(|column| column[at % LANES] / 7.0).collect()).collect();
                let vectors: Vec<&[f32]> = vectors.iter().map(Vec::as_slice).collect();
                let each: Vec<Vec<f32>> = vectors.iter().map(|vector| panels.times(vector)).collect();
                assert_eq!(panels.times_each(&vectors), each, "not a digit depends on the company");
            }
            assert_eq!(panels.row(n_rows - 1).collect::<Vec<_>>(), matrix[n_rows - 1]);
            let inner = products(&columns, &columns);
            assert_eq!(inner[2], columns.iter().map(|column| f64::from(column[2] * column[2])).sum::<f64>());
        }
    }
}
