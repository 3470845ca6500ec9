//! Line breaking: fills lines greedily, with Chinese punctuation trimmed and numbers kept whole.
//!
//! parley breaks lines, too, but counts the blank halves of punctuation and tears numbers. The lines are therefore computed
//! here from the advances of the clusters, and parley receives the length of each.

mod balance;

use std::ops::Range;

use parley::Layout;

use super::{
    cut::Cuts,
    fit::SLACK,
    fontset::FontSet,
    input,
    line_box::{self, advance, hangs},
    opportunities::Opportunities,
    punctuation::Blanks,
    shape::{GlyphOrientation, Mark},
};
use crate::style::WritingMode;

/// Soft hyphen: an invisible opportunity, which becomes a hyphen at the end of a line.
pub(super) const SOFT_HYPHEN: &str = "\u{ad}";

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

/// A shaped text that can be broken into lines of any length.
pub(super) struct Shaped {
    /// Shaped and broken into the lines of the last call of [`Shaped::apply`].
    pub layout: Layout<Mark>,
    /// Where the text may break.
    pub opportunities: Opportunities,
    /// In text order.
    pub clusters: Vec<MeasuredCluster>,
}

/// A cluster as line breaking sees it. Lengths in px.
#[derive(Debug, Clone, Copy)]
pub(super) struct MeasuredCluster {
    /// Byte offset in the text.
    pub start: usize,
    /// Advance including letter spacing.
    advance: f32,
    /// parley's advance, with boxes for marks that have no glyph.
    shaped: f32,
    /// Positive letter spacing, invisible at the end of a line.
    spacing: f32,
    blanks: Blanks,
    pub kind: Kind,
    /// Length of the hyphen, if this is a soft hyphen.
    hyphen: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Visible,
    /// White space that hangs at the end of a line.
    Space,
    LineEnd,
    SoftHyphen,
    /// The rest of a ligature: lines do not break before it.
    Continuation,
}

/// A place at which a line may end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LineEnd {
    /// Number of clusters up to here.
    pub clusters: usize,
    /// Visible length of the line, px.
    pub length: f32,
}

impl Shaped {
    /// Measures the clusters of a layout that has been broken without a maximum length.
    pub fn new(
        fonts: &FontSet,
        style: &input::StyledText,
        text: &str,
        layout: Layout<Mark>,
        opportunities: Opportunities,
    ) -> Self {
        let mut clusters = Vec::with_capacity(text.len() / 2);
        let vertical = style.writing_mode == WritingMode::VerticalRl;
        for line in layout.lines() {
            for run in line.runs() {
                let size = run.font_size();
                for cluster in run.clusters() {
                    let range = cluster.text_range();
                    let (start, own) = (range.start, text.get(range).unwrap_or_default());
                    let mark = cluster.style().brush;
                    let (advance, shaped) = advance(&cluster, own);
                    let kind = match own {
                        "\n" => Kind::LineEnd,
                        SOFT_HYPHEN => Kind::SoftHyphen,
                        _ if cluster.is_ligature_continuation() => Kind::Continuation,
                        own if hangs(own) => Kind::Space,
                        _ => Kind::Visible,
                    };
                    let blanks = Blanks::of(own, advance - mark.spacing, mark.spacing, size, vertical);
                    let is_combined = matches!(mark.orientation, GlyphOrientation::Combined { .. });
                    let spacing = if is_combined { 0.0 } else { mark.spacing.max(0.0).min(advance) };
                    let mut cluster = MeasuredCluster { start, advance, shaped, spacing, blanks, kind, hyphen: 0.0 };
                    if kind == Kind::SoftHyphen {
                        cluster.hyphen = line_box::hyphen(fonts, &run).map_or(0.0, |(_, advance)| advance);
                    }
                    clusters.push(cluster);
                }
            }
        }
        if !clusters.is_sorted_by_key(|cluster| cluster.start) {
            clusters.sort_by_key(|cluster| cluster.start);
        }
        if layout.is_rtl() {
            // Blank halves are defined for left-to-right text only.
            clusters.iter_mut().for_each(|cluster| cluster.blanks = Blanks::default());
        }
        Self { layout, opportunities, clusters }
    }

    /// Computes the lines of the text.
    pub fn lines(&self, text: &str, room: Room) -> Vec<LineEnd> {
        let mut ends = Vec::with_capacity(self.layout.len());
        let (mut first, mut cuts) = (0, Cuts::default());
        while first < self.clusters.len() {
            let unbroken = room.unbroken_from.is_some_and(|from| ends.len() >= from);
            let end = self.line(text, first, if unbroken { f32::MAX } else { room.length + SLACK }, &mut cuts);
            first = end.clusters;
            ends.push(end);
        }
        ends
    }

    /// These lines, and what follows them as one line for each paragraph.
    pub fn continued(&self, text: &str, lines: &[LineEnd]) -> Vec<LineEnd> {
        let mut ends: Vec<_> = lines.iter().copied().take_while(|end| end.clusters < self.clusters.len()).collect();
        let mut first = ends.last().map_or(0, |end| end.clusters);
        while first < self.clusters.len() {
            let end = self.line(text, first, f32::MAX, &mut Cuts::default());
            first = end.clusters;
            ends.push(end);
        }
        ends
    }

    /// The line that begins with the cluster `first`. `cuts`: those of the lines before.
    fn line(&self, text: &str, first: usize, max: f32, cuts: &mut Cuts) -> LineEnd {
        let all = &self.clusters;
        let mut pen = -all[first].blanks.leading;
        // Length up to the last visible cluster.
        let mut length = 0.0;
        let (mut opportunity, mut without_hyphen) = (None, None);
        for (at, cluster) in all.iter().enumerate().skip(first) {
            if cluster.kind == Kind::LineEnd {
                return LineEnd { clusters: at + 1, length };
            }
            if at > first {
                let last = &all[at - 1];
                if self.opportunities.at(cluster.start) {
                    let end = LineEnd { clusters: at, length: length + last.hyphen };
                    if end.length <= max {
                        opportunity = Some(end);
                    } else {
                        without_hyphen = Some(LineEnd { clusters: at, length });
                    }
                }
                pen -= last.blanks.between(cluster.blanks);
            }
            pen += cluster.advance;
            if cluster.kind == Kind::Space {
                continue;
            }
            let visible = pen - cluster.blanks.trailing - cluster.spacing;
            if visible > max && at > first {
                let end = opportunity.or(without_hyphen);
                return end.unwrap_or_else(|| self.emergency(text, first, at, max, cuts));
            }
            length = visible;
        }
        LineEnd { clusters: all.len(), length }
    }

    /// Length of a line that begins with the cluster `first` and ends at a byte offset, px.
    fn length_from(&self, first: usize, end: usize) -> f32 {
        let count = self.clusters[first..].partition_point(|cluster| cluster.start < end);
        self.extent(first, first + count)
    }

    /// Visible length of a line of these clusters, px.
    pub fn extent(&self, first: usize, end: usize) -> f32 {
        let line = &self.clusters[first..end];
        let visible = line.iter().rposition(|cluster| cluster.kind != Kind::Space).map_or(0, |last| last + 1);
        let (Some(start), Some(last)) = (line[..visible].first(), line[..visible].last()) else { return 0.0 };
        // Adds up in the order of `line`, so that both agree about what fits.
        let mut pen = start.advance - start.blanks.leading;
        for pair in line[..visible].windows(2) {
            pen = pen - pair[0].blanks.between(pair[1].blanks) + pair[1].advance;
        }
        pen - last.blanks.trailing - last.spacing
    }

    /// Byte range of a line, and the offset at which the part that fits into `max` px ends. Ends of the text are `usize::MAX`.
    pub fn visible_end(&self, lines: &[LineEnd], line: usize, max: f32) -> (Range<usize>, usize) {
        let first = line.checked_sub(1).and_then(|before| lines.get(before)).map_or(0, |end| end.clusters);
        let end = lines.get(line).map_or(self.clusters.len(), |end| end.clusters);
        let byte = |cluster: usize| self.clusters.get(cluster).map_or(usize::MAX, |cluster| cluster.start);
        let mut pen = -self.clusters.get(first).map_or(0.0, |cluster| cluster.blanks.leading);
        for at in first..end {
            let cluster = &self.clusters[at];
            pen += cluster.advance;
            if pen - cluster.blanks.trailing - cluster.spacing > max + SLACK {
                return (byte(first)..byte(end), byte(at));
            }
            pen -= self.clusters.get(at + 1).map_or(0.0, |next| cluster.blanks.between(next.blanks));
        }
        (byte(first)..byte(end), byte(end))
    }

    /// Whether the word at these bytes fits into a line of its own.
    pub fn fits_alone(&self, word: &Range<usize>, max: f32) -> bool {
        let first = self.clusters.partition_point(|cluster| cluster.start < word.start);
        first < self.clusters.len() && self.length_from(first, word.end) <= max + SLACK
    }

    /// Breaks the layout into these lines.
    pub fn apply(&mut self, ends: &[LineEnd]) {
        // Each paragraph is one line already.
        if ends.len() == self.layout.len() && self.layout.len() <= 1 {
            return;
        }
        let mut lines = self.layout.break_lines();
        // Otherwise the breaker rejects lines longer than the layout's maximum advance.
        lines.state_mut().set_layout_max_advance(f32::INFINITY);
        let mut first = 0;
        for end in ends {
            let length: f32 = self.clusters[first..end.clusters].iter().map(|cluster| cluster.shaped).sum();
            // Below the advance of any visible cluster, above rounding errors.
            lines.state_mut().set_line_max_advance(length + SLACK + length * 1e-5);
            first = end.clusters;
            if lines.break_next().is_none() {
                break;
            }
        }
        lines.state_mut().set_line_max_advance(f32::MAX);
        while lines.break_next().is_some() {}
        lines.finish();
    }
}
