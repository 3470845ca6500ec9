//! Edges between dark and light along a row of pixels.

/// Smallest step between dark and light, as a fraction of the row's range.
const MIN_STEP: f32 = 0.12;
/// Smallest step, levels of 0 to 255.
const MIN_LEVELS: f32 = 12.0;

/// A transition between dark and light.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Edge {
    /// Position in px; pixel `x` extends from `x` to `x + 1`.
    pub at: f32,
    /// Whether dark begins here.
    pub is_dark: bool,
}

/// Edges of a row of luma values, 0 to 255. Each edge lies halfway between the extremes on both of its sides: one
/// threshold for the whole row would move edges in shadows and where blur leaves narrow bars grey.
pub(super) fn edges(row: &[f32]) -> Vec<Edge> {
    let extremes = extremes(row);
    let between = |(from, to): (&usize, &usize)| {
        let (first, second) = (row[*from], row[*to]);
        let (middle, is_dark) = (f32::midpoint(first, second), second < first);
        let crossed = |value: f32| if is_dark { value < middle } else { value > middle };
        let after = (*from..=*to).find(|x| crossed(row[*x]))?;
        let before = after.checked_sub(1)?;
        let part = (middle - row[before]) / (row[after] - row[before]);
        Some(Edge { at: before as f32 + 0.5 + part, is_dark })
    };
    extremes.iter().zip(extremes.iter().skip(1)).filter_map(between).collect()
}

/// Positions of alternating minima and maxima that differ by at least a step; of equal values the last.
fn extremes(row: &[f32]) -> Vec<usize> {
    let (min, max) = row.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(min, max), v| (min.min(*v), max.max(*v)));
    let step = ((max - min) * MIN_STEP).max(MIN_LEVELS);
    let (mut lowest, mut highest) = (0, 0);
    let mut is_rising = None;
    let mut found = Vec::new();
    for (x, value) in row.iter().enumerate() {
        if *value <= row[lowest] {
            lowest = x;
        }
        if *value >= row[highest] {
            highest = x;
        }
        if is_rising != Some(false) && row[highest] - value >= step {
            found.push(highest);
            (is_rising, lowest) = (Some(false), x);
        } else if is_rising != Some(true) && value - row[lowest] >= step {
            found.push(lowest);
            (is_rising, highest) = (Some(true), x);
        }
    }
    found.extend(is_rising.map(|is_rising| if is_rising { highest } else { lowest }));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(row: &[u8]) -> Vec<(f32, bool)> {
        let row: Vec<f32> = row.iter().map(|v| f32::from(*v)).collect();
        edges(&row).into_iter().map(|edge| (edge.at, edge.is_dark)).collect()
    }

    #[test]
    fn sharp_edges_lie_between_pixels() {
        assert_eq!(of(&[255, 255, 0, 0, 0, 255, 0]), [(2.0, true), (5.0, false), (6.0, true)]);
        assert_eq!(of(&[0, 255]), [(1.0, false)]);
    }

    #[test]
    fn antialiased_edges_lie_within_pixels() {
        assert_eq!(of(&[200, 200, 100, 0, 0]), [(2.5, true)]);
        assert_eq!(of(&[200, 200, 150, 0, 0, 200]), [(2.0 + 5.0 / 6.0, true), (5.0, false)]);
    }

    #[test]
    fn each_edge_has_a_threshold_of_its_own() {
        // Grey bars in a shadow, although their background is darker than the bars elsewhere.
        assert_eq!(of(&[255, 120, 255, 255, 40, 100]), [(1.0, true), (2.0, false), (4.0, true), (5.0, false)]);
    }

    #[test]
    fn noise_and_plain_rows_have_no_edges() {
        assert_eq!(of(&[]), []);
        assert_eq!(of(&[9]), []);
        assert_eq!(of(&[200, 205, 199, 204, 200]), []);
        assert_eq!(of(&[250, 240, 252, 0, 12, 3]), [(3.0, true)]);
    }
}
