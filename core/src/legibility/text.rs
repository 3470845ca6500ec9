//! Whether a text is large enough to be read.

use super::limits::{LARGE_TEXT, MIN_TEXT, MIN_ZOOM};
use crate::{error::Finding, words};

/// Tolerance for rounded sizes, px, and for a text that is shrunk to exactly the limit.
const SLACK: f32 = 0.01;

/// Smallest font size that can be read on a canvas of this width, px.
pub fn smallest_text(canvas_width: f32) -> f32 {
    MIN_TEXT * canvas_width
}

/// The finding `text_small`, if a text is hard to read. `size`: font size of its smallest letters before shrinking, px at scale 1; `zoom`:
/// factor by which it was shrunk, at most 1.
pub fn text_size(size: f32, zoom: f32, canvas_width: f32) -> Option<Finding> {
    let (drawn, minimum) = (size * zoom, smallest_text(canvas_width));
    let is_far = zoom < MIN_ZOOM - SLACK && drawn < LARGE_TEXT * canvas_width;
    let tenths = |length: f32| (length * 10.0).round() / 10.0;
    if size < minimum - SLACK {
        Some(words::text_small(tenths(drawn), tenths(minimum)))
    } else if drawn < minimum - SLACK || is_far {
        Some(words::text_shrunk(tenths(size), tenths(drawn)))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_below_a_share_of_the_canvas_or_of_their_size_are_small() {
        let (by_design, shrunk) = (Some(false), Some(true));
        for (size, zoom, width, expected) in [
            (12.0, 1.0, 750.0, None),
            (11.5, 1.0, 750.0, by_design),
            (16.0, 1.0, 1080.0, by_design),
            (17.3, 1.0, 1080.0, None),
            (7.0, 1.0, 400.0, None),
            (28.0, 0.5, 750.0, None),
            (28.0, 0.4, 750.0, shrunk),
            (40.0, 0.4, 750.0, shrunk),
            (100.0, 0.4, 750.0, None),
            (20.0, 0.55, 750.0, shrunk),
            (10.0, 0.9, 750.0, by_design),
        ] {
            let found = text_size(size, zoom, width);
            let is_shrunk = found.as_ref().map(|finding| finding.message.contains("shrunk"));
            assert_eq!(is_shrunk, expected, "{size} {zoom} {width}: {found:?}");
            assert!(found.is_none_or(|finding| finding.code == "text_small"));
        }
    }
}
