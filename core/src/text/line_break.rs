//! Line breaking with parley, and the trimmed blank halves of brackets at line starts.

use parley::{Layout, LineBreakContext};

use super::{input, punctuation, shape::Mark};

/// Allows breaks between curly quotation marks and ideographs, as for brackets: `ideograph “`, `” ideograph`. The line
/// breaker treats these marks as ambiguous and forbids breaks on both sides (UAX #14, LB19; LB19a matches this function).
pub(super) fn break_at_quotes(context: LineBreakContext) -> Option<bool> {
    let LineBreakContext { before, after, .. } = context;
    let opens = matches!(after, '“' | '‘') && punctuation::ends_phrase(before);
    let closes = matches!(before, '”' | '’') && punctuation::is_ideograph(after);
    (opens || closes).then_some(true)
}

/// Constraints for line breaking.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Maximum line length, px.
    pub length: f32,
    /// Index of the line from which on lines have no maximum length; `None` limits all lines.
    pub unbroken_from: Option<usize>,
}

impl Room {
    /// Limits all lines to `length` px.
    pub fn of(length: f32) -> Self {
        Self { length, unbroken_from: None }
    }
}

/// Number of lines whose length is extended by the trimmed blank half of an opening bracket. Each such line restarts line
/// breaking, so the number is bounded.
pub(super) const MAX_TRIMMED_LINES: usize = 32;

/// Breaks a layout into lines. A word longer than a line breaks between clusters. Letter spacing after the last letter of
/// a line is invisible and may exceed the edge. An opening bracket at a line start loses its blank half, which extends
/// the line by the same amount.
pub(super) fn break_lines(layout: &mut Layout<Mark>, style: &input::Text, text: &str, room: Room) {
    let spacing = style.spans.iter().map(|span| span.letter_spacing).fold(f32::INFINITY, f32::min);
    let length = room.length + spacing.max(0.0);
    let mut blanks: Vec<f32> = Vec::new();
    loop {
        let mut lines = layout.break_lines();
        // Otherwise the breaker rejects lines longer than the layout's maximum advance.
        lines.state_mut().set_layout_max_advance(f32::INFINITY);
        for number in 0.. {
            let unbroken = room.unbroken_from.is_some_and(|first| number >= first);
            let max = if unbroken { f32::MAX } else { length + blanks.get(number).unwrap_or(&0.0) };
            lines.state_mut().set_line_max_advance(max);
            if lines.break_next().is_none() {
                break;
            }
        }
        lines.finish();
        // The first character of a line is known only when all lines before it are final.
        let unknown = blanks.len()..layout.len().min(MAX_TRIMMED_LINES);
        let next = unknown.map(|number| (number, leading_blank(layout, text, number))).find(|(_, blank)| *blank > 0.0);
        let Some((number, blank)) = next else { return };
        blanks.resize(number, 0.0);
        blanks.push(blank);
    }
}

/// Blank removed from the first character of a line, px.
fn leading_blank(layout: &Layout<Mark>, text: &str, number: usize) -> f32 {
    let Some(line) = layout.get(number) else { return 0.0 };
    // Cheap check before iterating over clusters; most lines do not begin with a bracket.
    if !text.get(line.text_range()).is_some_and(punctuation::opens) || layout.is_rtl() {
        return 0.0;
    }
    let run = line.runs().next();
    let first = run.and_then(|run| run.clusters().next().map(|cluster| (run.font_size(), cluster)));
    first.map_or(0.0, |(size, cluster)| {
        let advance = cluster.glyphs().map(|glyph| glyph.advance).sum::<f32>() - cluster.style().brush.spacing;
        punctuation::blank_before(text.get(cluster.text_range()).unwrap_or_default(), advance, size)
    })
}
