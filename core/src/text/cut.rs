//! Cuts where UAX #14 allows no break, because what it keeps together is longer than a line.
//!
//! The text between two opportunities is a part. A part that is longer than a line is cut at its strongest [`Place`]s: a
//! range after its connector (`至`, `～`), its ends after their hyphens, slashes and dots, then between a number and its
//! unit, which UAX #14 allows, and only then at places that it forbids: before a mark after a number, and anywhere. The same
//! holds for the parts of a part.
//!
//! A part that is cut begins a line. It takes at least two lines then, where it takes at most the rest of one and another
//! one in a wider box, so a wider box never needs more lines than a narrower one. This would not hold if the text before
//! it decided where it is cut.

use std::ops::Range;

use super::{
    line_break::{Kind, LineEnd, Shaped},
    punctuation::{Joint, begins_unit, ends_number, follows, introduces, is_ideograph},
    quantity::{is_currency, is_digit},
};

/// Maximum length of an amount that a discount follows, in bytes: `¥1,000.00元`.
const MAX_AMOUNT: usize = 24;

/// Where a part that is longer than a line may be cut, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// After the connector of a range: `11-20至|12-31`.
    Range,
    /// Before the sign of a number after an ideograph, or that of a price after a word: `温|-18℃`, `Pro|¥8999`.
    Sign,
    /// `138-0013-|8000`, `满199|-100元`
    Hyphen,
    /// `12:00/|18:00`
    Slash,
    /// `2026.11.|20`
    Dot,
    /// Between a mark and a number after it: `A:|¥50`.
    Edge,
    /// Before a unit: `1280|kg`, `50元/|人`, `5|折！！！`.
    Unit,
    /// Between a number and the bracket or mark beside it, at the wrong end of a line: `（|¥50|）`, `¥50|！`. Not after a unit
    /// that is an ideograph: it moves to the next line with its marks.
    Mark,
    /// Beside a connector that does not fit together with the number before it: `1280|～1360`.
    Connector,
    /// Where neither line has a mark at its wrong end.
    Clean,
    /// Anywhere else.
    Any,
    /// Within `——` or `……` (GB/T 15834-2011, 5.1.4 and 5.1.5).
    Pair,
    /// Within a ligature, or before a space.
    Never,
}

/// The places, strongest first.
const PLACES: [Place; 12] = [
    Place::Range,
    Place::Sign,
    Place::Hyphen,
    Place::Slash,
    Place::Dot,
    Place::Edge,
    Place::Unit,
    Place::Mark,
    Place::Connector,
    Place::Clean,
    Place::Any,
    Place::Pair,
];

impl Place {
    fn of(joint: Joint) -> Self {
        match joint {
            Joint::Range => Self::Range,
            Joint::Hyphen => Self::Hyphen,
            Joint::Slash => Self::Slash,
            Joint::Dot => Self::Dot,
        }
    }

    /// Whether a part may be cut here when it is cut at `places`.
    fn is_one_of(self, places: Self) -> bool {
        match places {
            Self::Connector => matches!(self, Self::Range | Self::Hyphen | Self::Slash | Self::Dot | Self::Connector),
            Self::Clean => self < Self::Any,
            Self::Any => self < Self::Pair,
            Self::Pair => self < Self::Never,
            _ => self == places,
        }
    }
}

/// A cut within a part.
#[derive(Debug, Clone, Copy)]
struct Cut {
    /// Number of clusters before it.
    at: usize,
    /// Whether a line must end here, because what follows is cut as well.
    is_forced: bool,
}

/// The cuts of the last text between two opportunities that was longer than a line. It may go on for many lines.
#[derive(Debug, Default)]
pub(super) struct Cuts {
    /// Its clusters.
    within: Range<usize>,
    /// Ascending.
    cuts: Vec<Cut>,
}

/// Cuts the text between two opportunities.
struct Cutter<'a> {
    shaped: &'a Shaped,
    /// Maximum length of a line, px.
    max: f32,
    /// The first cluster.
    first: usize,
    /// The places before the clusters from the first one on.
    places: Vec<Place>,
    cuts: Vec<Cut>,
}

impl Cutter<'_> {
    /// Cuts a part that is longer than a line at these places, strongest first.
    fn cut(&mut self, part: Range<usize>, places: &[Place]) {
        let Some((place, weaker)) = places.split_first() else { return };
        let mut start = part.start;
        let mut parts = Vec::new();
        for end in part.start + 1..part.end {
            if self.places[end - self.first].is_one_of(*place) {
                parts.push(start..end);
                start = end;
            }
        }
        parts.push(start..part.end);
        for inner in parts {
            let is_long = inner.len() > 1 && self.shaped.extent(inner.start, inner.end) > self.max;
            if inner.start > part.start {
                self.cuts.push(Cut { at: inner.start, is_forced: is_long });
            }
            if is_long {
                self.cut(inner, weaker);
            }
        }
    }
}

impl Shaped {
    /// The end of a line without an opportunity, which begins with the cluster `first` and of which the cluster `at` does
    /// not fit. `cuts`: those of the line before, which had the same `max`.
    pub(super) fn emergency(&self, text: &str, first: usize, at: usize, max: f32, cuts: &mut Cuts) -> LineEnd {
        if !cuts.within.contains(&first) || !cuts.within.contains(&at) {
            *cuts = self.cuts(text, first, at, max);
        }
        let up_to = |last: usize| cuts.cuts.partition_point(|cut| cut.at <= last);
        let inner = &cuts.cuts[up_to(first)..up_to(at)];
        let cut = inner.iter().find(|cut| cut.is_forced).or(inner.last());
        let end = cut.map_or(at, |cut| cut.at);
        LineEnd { clusters: end, length: self.extent(first, end) }
    }

    /// The cuts of the text between the opportunities before and after two clusters.
    fn cuts(&self, text: &str, first: usize, at: usize, max: f32) -> Cuts {
        let all = &self.clusters;
        let is_end = |at: usize| all[at].kind == Kind::LineEnd;
        let begins = |at: &usize| *at == 0 || is_end(*at - 1) || self.opportunities.at(all[*at].start);
        let start = (0..=first).rev().find(begins).unwrap_or_default();
        let end = (at + 1..all.len()).find(|at| is_end(*at) || begins(at)).unwrap_or(all.len());
        let places = (start..end).map(|at| self.place(text, at)).collect();
        let mut cutter = Cutter { shaped: self, max, first: start, places, cuts: Vec::new() };
        cutter.cut(start..end, &PLACES);
        Cuts { within: start..end, cuts: cutter.cuts }
    }

    /// The strongest kind of place that is before a cluster.
    fn place(&self, text: &str, at: usize) -> Place {
        if matches!(self.clusters[at].kind, Kind::Continuation | Kind::Space) {
            return Place::Never;
        }
        let (offset, before, next) = (self.start(text, at), self.before(text, at), self.next(text, at));
        if next == before && matches!(next, '—' | '…') {
            return Place::Pair;
        }
        let is_clean = !self.sticks(text, at) && !introduces(before);
        let is_within = |offset: usize| self.opportunities.is_within_quantity(offset);
        if self.is_minus(text, offset) {
            return Place::Hyphen;
        }
        if is_clean && let Some(joint) = self.joins(text, at) {
            return if self.is_minus(text, offset - before.len_utf8()) { Place::Connector } else { Place::of(joint) };
        }
        if is_within(offset) {
            let is_slash = |c: char| Joint::of(c) == Some(Joint::Slash);
            if is_slash(before) && !is_digit(next) || ends_number(before) && begins_unit(next) {
                return Place::Unit;
            }
            if is_slash(next) || self.joins(text, at + 1).is_some() {
                return Place::Connector;
            }
        } else if is_within(offset + next.len_utf8()) {
            let is_price = is_currency(next) && before.is_alphanumeric();
            if is_clean && (is_ideograph(before) || is_price) {
                return Place::Sign;
            }
            if follows(before) {
                return Place::Edge;
            }
            if before != '@' && introduces(before) {
                return Place::Mark;
            }
        } else if is_within(offset.saturating_sub(before.len_utf8())) && !is_ideograph(before) {
            let is_ascii_mark = matches!(next, ',' | '.' | ':' | ';' | '!' | '?' | '%' | '~' | ')' | ']' | '}');
            if is_ascii_mark || !next.is_ascii() && !next.is_alphanumeric() {
                return Place::Mark;
            }
        }
        if is_clean { Place::Clean } else { Place::Any }
    }

    /// Whether the hyphen at a byte offset is the minus of a discount: `满199-100元`.
    fn is_minus(&self, text: &str, offset: usize) -> bool {
        let is_within = |offset: &usize| self.opportunities.is_within_quantity(*offset);
        let begin = || (0..offset).rev().take(MAX_AMOUNT).find(|offset| !is_within(offset)).unwrap_or_default();
        is_within(&offset)
            && text.get(offset..).is_some_and(|rest| rest.starts_with('-'))
            && text.get(..begin()).is_some_and(|before| before.ends_with(['满', '滿']))
    }

    /// What joins the clusters before and after `end`, if the character before it joins parts.
    fn joins(&self, text: &str, end: usize) -> Option<Joint> {
        let (before, after) = text.split_at(self.start(text, end));
        let mut chars = before.chars().rev();
        let (mark, last, next) = (chars.next()?, chars.next()?, after.chars().next()?);
        let joint = match mark {
            // `60x120cm`
            'x' | 'X' | '*' if is_digit(last) && is_digit(next) => Joint::Hyphen,
            mark => Joint::of(mark)?,
        };
        let is_within = |offset: usize| self.opportunities.is_within_quantity(offset);
        let at = before.len() - mark.len_utf8();
        let is_joint = match joint {
            // A sign after a connector: `～-5℃`.
            _ if Joint::of(last) >= Some(Joint::Hyphen) => false,
            Joint::Range if matches!(mark, '至' | '到') => is_within(at),
            Joint::Range | Joint::Hyphen => {
                let is_sign = is_within(before.len()) && !is_within(at) && !last.is_ascii_alphanumeric();
                next != mark && !is_sign
            }
            Joint::Slash => is_digit(next) && (is_digit(last) || is_within(at - last.len_utf8())),
            // Of a date or a version, not of a decimal.
            Joint::Dot => {
                let is_dotted = before[..at].trim_end_matches(is_digit).ends_with(mark)
                    || after.trim_start_matches(is_digit).starts_with(mark);
                is_digit(last) && is_digit(next) && is_dotted
            }
        };
        is_joint.then_some(joint)
    }

    /// Whether this cluster does not begin a line: a mark such as `，`, or a hyphen within a word or number.
    fn sticks(&self, text: &str, at: usize) -> bool {
        let (before, next) = (self.before(text, at), self.next(text, at));
        let is_hyphen = matches!(next, '-' | '–' | '×') && before.is_ascii_alphanumeric();
        follows(next) || is_hyphen
    }

    /// Byte offset of a cluster.
    fn start(&self, text: &str, cluster: usize) -> usize {
        self.clusters.get(cluster).map_or(text.len(), |cluster| cluster.start)
    }

    /// The first character of a cluster.
    fn next(&self, text: &str, cluster: usize) -> char {
        text.get(self.start(text, cluster)..).and_then(|rest| rest.chars().next()).unwrap_or_default()
    }

    /// The last character before a cluster.
    fn before(&self, text: &str, cluster: usize) -> char {
        text.get(..self.start(text, cluster)).and_then(|line| line.chars().next_back()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
