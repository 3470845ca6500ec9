//! Balanced lines: as many as filled ones, of about equal lengths, that end after punctuation where this costs little.

use super::{super::fit::SLACK, Kind, LineEnd, Shaped};

/// Maximum number of lines that are balanced, as in browsers.
const MAX_LINES: usize = 6;
/// Maximum number of clusters that are balanced: longer texts are paragraphs, not titles.
const MAX_CLUSTERS: usize = 160;
/// Cost of a line that ends within a phrase, in squares of the mean length of a line. Two lines may each be a quarter of
/// their length off to avoid it.
const WITHIN_PHRASE: f32 = 0.125;

/// The cheapest lines up to a break.
#[derive(Clone, Copy)]
struct Best {
    cost: f32,
    /// Index of the break before the last line.
    from: usize,
    /// Visible length of the last line, px.
    length: f32,
}

impl Shaped {
    /// Balances lines that were filled up to `max` px. Returns them as they are if they are too many, or if one of them ends
    /// within a word.
    pub fn balanced(&self, text: &str, filled: Vec<LineEnd>, max: f32) -> Vec<LineEnd> {
        let all = &self.clusters;
        let is_title = (2..=MAX_LINES).contains(&filled.len()) && all.len() <= MAX_CLUSTERS;
        if !is_title || all.iter().any(|cluster| cluster.kind == Kind::SoftHyphen) {
            return filled;
        }
        let is_break = |at: &usize| self.is_forced(*at) || self.opportunities.at(all[*at].start);
        let inner = (1..all.len()).filter(is_break);
        let breaks: Vec<usize> = std::iter::once(0).chain(inner).chain([all.len()]).collect();
        // Independent of `max`, so that narrower boxes that hold the same lines break them in the same way.
        let mean = all.iter().map(|cluster| cluster.advance).sum::<f32>() / filled.len() as f32;

        // `best[n][b]`: the cheapest `n + 1` lines up to the break `b`.
        let mut best: Vec<Vec<Option<Best>>> = Vec::with_capacity(filled.len());
        for _ in 0..filled.len() {
            let before = best.last();
            let ends = (0..breaks.len()).map(|to| self.cheapest(text, &breaks, to, before, (max, mean)));
            let ends = ends.collect();
            best.push(ends);
        }
        let mut lines = Vec::with_capacity(filled.len());
        let mut to = breaks.len() - 1;
        for ends in best.iter().rev() {
            let Some(best) = ends[to] else { return filled };
            lines.push(LineEnd { clusters: breaks[to], length: best.length });
            to = best.from;
        }
        lines.reverse();
        lines
    }

    /// The cheapest lines up to the break `to`: one line, or a line after those of `before`.
    fn cheapest(
        &self,
        text: &str,
        breaks: &[usize],
        to: usize,
        before: Option<&Vec<Option<Best>>>,
        (max, mean): (f32, f32),
    ) -> Option<Best> {
        let end = breaks[to];
        let visible_end = if self.is_forced(end) { end - 1 } else { end };
        let is_phrase = end == self.clusters.len() || self.is_forced(end) || self.ends_phrase(text, end);
        let penalty = if is_phrase { 0.0 } else { WITHIN_PHRASE * mean * mean };
        let mut cheapest: Option<Best> = None;
        for from in (0..to).rev() {
            let start = breaks[from];
            let length = self.extent(start, visible_end.max(start));
            if length > max + SLACK {
                break;
            }
            let cost = match before {
                None => (from == 0).then_some(0.0),
                Some(before) => before[from].map(|best| best.cost),
            };
            if let Some(cost) = cost {
                let cost = cost + length * length + penalty;
                if cheapest.is_none_or(|best| cost < best.cost) {
                    cheapest = Some(Best { cost, from, length });
                }
            }
            // A line does not extend over the end of another one.
            if self.is_forced(start) {
                break;
            }
        }
        cheapest
    }

    /// Whether a line ends before this cluster because of a `\n`.
    fn is_forced(&self, at: usize) -> bool {
        at > 0 && self.clusters[at - 1].kind == Kind::LineEnd
    }

    /// Whether a phrase ends before this cluster: after punctuation or a space, or before an opening bracket.
    fn ends_phrase(&self, text: &str, at: usize) -> bool {
        let (before, after) = text.split_at(self.clusters[at].start);
        let is_space = before.ends_with(char::is_whitespace);
        let closes = |c: char| "，。、；：！？·…—｜|）】》」』”’,.;:!?)]/～".contains(c);
        is_space || before.ends_with(closes) || after.starts_with(|c: char| "（【《「『“‘([".contains(c))
    }
}
