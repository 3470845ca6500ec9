//! Balanced lines: as many as filled ones, of about equal lengths, that end after punctuation where this costs little, and
//! between Chinese words.

use icu_segmenter::{WordSegmenter, options::WordBreakInvariantOptions};

use super::{
    super::{fit::SLACK, punctuation::is_ideograph},
    Kind, LineEnd, Shaped,
};

/// Maximum number of lines that are balanced, as in browsers.
const MAX_LINES: usize = 6;
/// Maximum number of clusters that are balanced: longer texts are paragraphs, not titles.
const MAX_CLUSTERS: usize = 160;
/// Cost of a line that ends within a phrase, in squares of the mean length of a line. Two lines may each be a quarter of
/// their length off to avoid it.
const WITHIN_PHRASE: f32 = 0.125;
/// Further cost of a line that ends within a Chinese word, such as `陶瓷`.
const WITHIN_WORD: f32 = 0.1;

/// A place where a line may end.
#[derive(Clone, Copy)]
struct Break {
    /// Number of clusters before it.
    at: usize,
    /// Cost of a line that ends here, px².
    cost: f32,
}

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
        // Independent of `max`, so that narrower boxes that hold the same lines break them in the same way.
        let mean = all.iter().map(|cluster| cluster.advance).sum::<f32>() / filled.len() as f32;
        let words = words(text);
        let is_break = |at: &usize| self.is_forced(*at) || self.opportunities.at(all[*at].start);
        let cost = |at: usize| if self.is_forced(at) { 0.0 } else { cost(text, all[at].start, &words) * mean * mean };
        let inner = (1..all.len()).filter(is_break).map(|at| Break { at, cost: cost(at) });
        let edge = |at: usize| Break { at, cost: 0.0 };
        let breaks: Vec<Break> = std::iter::once(edge(0)).chain(inner).chain([edge(all.len())]).collect();

        // `best[n][b]`: the cheapest `n + 1` lines up to the break `b`.
        let mut best: Vec<Vec<Option<Best>>> = Vec::with_capacity(filled.len());
        for _ in 0..filled.len() {
            let before = best.last();
            let ends = (0..breaks.len()).map(|to| self.cheapest(&breaks, to, before, max));
            let ends = ends.collect();
            best.push(ends);
        }
        let mut lines = Vec::with_capacity(filled.len());
        let mut to = breaks.len() - 1;
        for ends in best.iter().rev() {
            let Some(best) = ends[to] else { return filled };
            lines.push(LineEnd { clusters: breaks[to].at, length: best.length });
            to = best.from;
        }
        lines.reverse();
        lines
    }

    /// The cheapest lines up to the break `to`: one line, or a line after those of `before`.
    fn cheapest(&self, breaks: &[Break], to: usize, before: Option<&Vec<Option<Best>>>, max: f32) -> Option<Best> {
        let Break { at: end, cost: penalty } = breaks[to];
        let visible_end = if self.is_forced(end) { end - 1 } else { end };
        let mut cheapest: Option<Best> = None;
        for from in (0..to).rev() {
            let start = breaks[from].at;
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
}

/// Cost of a line that ends at a byte offset, in squares of the mean length of a line.
fn cost(text: &str, offset: usize, words: &[usize]) -> f32 {
    let (before, after) = text.split_at(offset);
    let is_within_word =
        before.ends_with(is_ideograph) && after.starts_with(is_ideograph) && words.binary_search(&offset).is_err();
    if ends_phrase(before, after) {
        0.0
    } else if is_within_word {
        WITHIN_PHRASE + WITHIN_WORD
    } else {
        WITHIN_PHRASE
    }
}

/// Whether a phrase ends between two texts: after punctuation or a space, or before an opening bracket.
fn ends_phrase(before: &str, after: &str) -> bool {
    let is_space = before.ends_with(char::is_whitespace);
    let closes = |c: char| "，。、；：！？·…—｜|）】》」』”’,.;:!?)]/～".contains(c);
    is_space || before.ends_with(closes) || after.starts_with(|c: char| "（【《「『“‘([".contains(c))
}

/// The byte offsets at which words begin, by the dictionary of ICU.
fn words(text: &str) -> Vec<usize> {
    WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()).segment_str(text).collect()
}
