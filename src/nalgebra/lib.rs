//! Replaces the crate `nalgebra`, on which imageproc depends (`[patch.crates-io]` in the workspace's manifest).
//!
//! imageproc solves one system of eight linear equations with it, for a projection of four control points. nalgebra and what
//! it brings (matrixmultiply, simba, wide) take as long to compile as the SVG parser.

use std::ops::Index;

/// Number of equations and of unknowns.
const SIZE: usize = 8;

/// Eight rows or columns.
#[derive(Debug, Clone, Copy)]
pub struct U8;

/// A matrix with the dimensions `R` and `C`.
#[derive(Debug, Clone, Copy)]
pub struct OMatrix<T, R, C> {
    /// Row by row.
    values: [T; SIZE * SIZE],
    dimensions: std::marker::PhantomData<(R, C)>,
}

impl OMatrix<f64, U8, U8> {
    /// A matrix of values row by row. Missing ones are 0.
    pub fn from_row_slice(slice: &[f64]) -> Self {
        let mut values = [0.0; SIZE * SIZE];
        values.iter_mut().zip(slice).for_each(|(value, given)| *value = *given);
        Self { values, dimensions: std::marker::PhantomData }
    }
}

/// A column with the dimension `D`.
#[derive(Debug, Clone, Copy)]
pub struct OVector<T, D> {
    values: [T; SIZE],
    dimension: std::marker::PhantomData<D>,
}

impl OVector<f64, U8> {
    /// A column of values. Missing ones are 0.
    pub fn from_row_slice(slice: &[f64]) -> Self {
        let mut values = [0.0; SIZE];
        values.iter_mut().zip(slice).for_each(|(value, given)| *value = *given);
        Self { values, dimension: std::marker::PhantomData }
    }
}

impl<T, D> Index<usize> for OVector<T, D> {
    type Output = T;

    fn index(&self, index: usize) -> &T {
        &self.values[index]
    }
}

/// Systems of linear equations.
pub mod linalg {
    use super::{OMatrix, OVector, SIZE, U8};

    /// A matrix that equations are solved with.
    #[derive(Debug, Clone, Copy)]
    pub struct SVD {
        matrix: OMatrix<f64, U8, U8>,
    }

    impl SVD {
        /// Always succeeds: [`SVD::solve`] eliminates, so there is nothing to decompose.
        pub fn try_new(matrix: OMatrix<f64, U8, U8>, _u: bool, _v: bool, _epsilon: f64, _steps: usize) -> Option<Self> {
            Some(Self { matrix })
        }

        /// Solves the equations by elimination with the largest pivot of each column.
        ///
        /// # Errors
        /// If a pivot is at most `epsilon`: the equations have no solution, or many.
        pub fn solve(&self, right: &OVector<f64, U8>, epsilon: f64) -> Result<OVector<f64, U8>, &'static str> {
            let mut rows: Vec<Vec<f64>> = self.matrix.values.chunks(SIZE).map(<[f64]>::to_vec).collect();
            rows.iter_mut().zip(right.values).for_each(|(row, value)| row.push(value));
            for column in 0..SIZE {
                let largest = (column..SIZE).max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()));
                rows.swap(column, largest.unwrap_or(column));
                let pivot = rows[column].clone();
                if pivot[column].abs() <= epsilon || !pivot[column].is_finite() {
                    return Err("the equations have no single solution");
                }
                for row in rows.iter_mut().enumerate().filter(|(index, _)| *index != column).map(|(_, row)| row) {
                    let factor = row[column] / pivot[column];
                    row.iter_mut().zip(&pivot).for_each(|(value, pivot)| *value -= factor * pivot);
                }
            }
            let mut solution = *right;
            for (index, value) in solution.values.iter_mut().enumerate() {
                *value = rows[index][SIZE] / rows[index][index];
            }
            Ok(solution)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OMatrix, OVector, SIZE, U8, linalg::SVD};

    #[test]
    fn solves_equations_whose_diagonal_is_zero() {
        // Each row is the next unknown and a part of the one after it.
        let mut values = [0.0; SIZE * SIZE];
        for row in 0..SIZE {
            values[row * SIZE + (row + 1) % SIZE] = 1.0;
            values[row * SIZE + (row + 2) % SIZE] = 0.5;
        }
        let unknowns: Vec<f64> = (0..SIZE).map(|index| index as f64 - 2.5).collect();
        let right: Vec<f64> =
            values.chunks(SIZE).map(|row| row.iter().zip(&unknowns).map(|(a, b)| a * b).sum()).collect();
        let svd = SVD::try_new(OMatrix::<_, U8, U8>::from_row_slice(&values), true, true, f64::EPSILON, 0);
        let solved = svd.expect("a matrix").solve(&OVector::<_, U8>::from_row_slice(&right), f64::EPSILON);
        let solved = solved.expect("a solution");
        for (index, expected) in unknowns.iter().enumerate() {
            assert!((solved[index] - expected).abs() < 1e-12, "unknown {index} is {}, not {expected}", solved[index]);
        }
    }

    #[test]
    fn equations_that_repeat_have_no_single_solution() {
        let values = [1.0; SIZE * SIZE];
        let svd = SVD::try_new(OMatrix::<_, U8, U8>::from_row_slice(&values), true, true, f64::EPSILON, 0);
        let right = OVector::<_, U8>::from_row_slice(&[1.0; SIZE]);
        assert!(svd.expect("a matrix").solve(&right, f64::EPSILON).is_err());
    }
}
