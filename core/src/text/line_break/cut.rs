//! Cuts where UAX #14 allows no break, because what it keeps together is longer than a line.
//!
//! What is longer than a line is cut into its parts, and a part only if it is longer than a line itself: a range after its
//! connector (`至`, `～`), its ends after their hyphens, slashes and dots, the rest between a number and its unit, and only
//! then anywhere.

use std::ops::Range;

use super::{
    super::{
        punctuation::{Joint, begins_unit, ends_number, follows, introduces},
        quantity::is_digit,
    },
    Kind, LineEnd, Shaped,
};

/// Number of clusters before the edge at which the line may end instead.
const LOOK_BACK: usize = 24;

impl Shaped {
    /// The end of a line without an opportunity, of which the cluster `at` does not fit: after a joint of the range that
    /// extends over the edge, if that is longer than a line; or before the word or number that does, if that fits into a
    /// line of its own, at least without its unit; otherwise within it.
    pub(super) fn emergency(
        &self,
        text: &str,
        first: usize,
        mut at: usize,
        max: f32,
        word: &mut Range<usize>,
    ) -> LineEnd {
        let all = &self.clusters;
        while at > first + 1 && all[at].kind == Kind::Continuation {
            at -= 1;
        }
        // At its start, a word does not extend over the edge.
        if !word.contains(&all[at].start) || word.start == all[at].start {
            *word = self.opportunities.word(text, all[at].start);
        }
        let start = all[first..at].iter().position(|cluster| cluster.start == word.start).map(|start| first + start);
        // Marks before a number are not part of it: `惠,100`.
        let is_mark = |at: usize| {
            follows(self.next(text, at)) && !self.opportunities.is_within_quantity(self.start(text, at + 1))
        };
        let start = start.filter(|start| *start > first).and_then(|start| (start..at).find(|at| !is_mark(*at)));
        let number_fits = |start: usize| {
            let unit = self.unit(text, start, all.len() - 1);
            unit.is_some_and(|unit| unit > at && self.extent(start, unit) <= max)
        };
        let moved = || start.filter(|start| self.length_from(*start, word.end) <= max || number_fits(*start));
        let is_too_long = |end: usize, joint: Joint| self.is_part_too_long(text, first, end, joint, max);
        let cut = self.joint(text, first, at, is_too_long).or_else(moved);
        let cut = cut.unwrap_or_else(|| self.torn(text, first, at, max, word));
        LineEnd { clusters: cut, length: self.extent(first, cut) }
    }

    /// The end of a line without an opportunity that may tear a word, of which the cluster `at` does not fit: so that no
    /// line begins with a mark such as `，`, but no number that fits into a line is torn for that, and between a number and
    /// its unit. `word`: the one around the cluster `at`.
    fn torn(&self, text: &str, first: usize, at: usize, max: f32, word: &Range<usize>) -> usize {
        let all = &self.clusters;
        let ends = || (first + 1..=at).rev().take(LOOK_BACK);
        let is_long = |end: &usize| self.extent(first, *end) * 3.0 >= self.extent(first, at);

        let mut last = at;
        while last > first && at - last < LOOK_BACK && self.sticks(text, last) {
            last -= 1;
        }
        // A word may go on for many lines: it is looked for once.
        let offset = self.start(text, last);
        let is_known = word.start < offset && offset < word.end;
        let word = if is_known { word.clone() } else { self.opportunities.word(text, offset) };
        let begin = if word.is_empty() { last } else { all.partition_point(|cluster| cluster.start < word.start) };
        // The word before the marks, if it fits into a line with them.
        let is_text = |mark: &usize| !follows(self.next(text, *mark));
        let marks = (at..all.len()).take(LOOK_BACK).find(is_text).unwrap_or(all.len());
        let whole = marks.max(all.partition_point(|cluster| cluster.start < word.end));
        let moved = Some(begin).filter(|begin| {
            last < at && *begin > first && self.is_clean(text, *begin) && self.extent(*begin, whole) <= max
        });
        // Before a letter.
        let is_torn = word.end > self.start(text, at);
        let within_number = |end: usize| {
            let before = self.before(text, end);
            self.next(text, end).is_numeric() && matches!(before, '.' | ',' | '0'..='9' | '０'..='９')
        };
        // A quantity that begins in this line stays whole.
        let within_quantity =
            |end: usize| begin >= first && self.opportunities.is_within_quantity(self.start(text, end));
        let lettered = |end: &usize| {
            let is_number = within_number(*end) || within_quantity(*end);
            last < at && self.is_clean(text, *end) && (is_torn || !is_number)
        };
        let unit = || self.unit(text, begin.max(first), at).filter(is_long);
        // Only a quantity that does not fit is torn, not one before a mark that does not.
        let is_too_long = self.opportunities.is_within_quantity(self.start(text, at));
        // Where the word leaves little on the line, only a part of it is moved: `度-18℃~|25℃，`.
        let part = || moved.and_then(|begin| self.joint(text, first, at, |end, _| end > begin + 1));
        let end = moved.filter(is_long).or_else(part).or(moved).or_else(|| unit().filter(|_| is_too_long));
        let torn = || ends().find(lettered).filter(is_long).map(|torn| unit().unwrap_or(torn));
        end.or_else(torn).unwrap_or(at)
    }

    /// The end of a line up to the cluster `at`, after the strongest joint that `may_end` allows. A line of less than a
    /// third of what fits is not worth it.
    fn joint(&self, text: &str, first: usize, at: usize, may_end: impl Fn(usize, Joint) -> bool) -> Option<usize> {
        let is_long = |end: usize| self.extent(first, end) * 3.0 >= self.extent(first, at);
        let ends = (first + 1..=at).rev().take(LOOK_BACK);
        let joints = ends.filter_map(|end| Some((self.joins(text, end)?, end)));
        let mut cuts: Vec<_> = joints.filter(|(_, end)| self.is_clean(text, *end) && is_long(*end)).collect();
        // Most lines end after the last of them.
        cuts.sort_unstable();
        cuts.into_iter().rev().find(|(joint, end)| may_end(*end, *joint)).map(|(_, end)| end)
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

    /// Whether the part around the joint before the cluster `end`, up to stronger joints, with its brackets and marks, is
    /// longer than a line.
    fn is_part_too_long(&self, text: &str, first: usize, end: usize, joint: Joint, max: f32) -> bool {
        let all = &self.clusters;
        let is_inside = |at: usize| {
            let (before, next, offset) = (self.before(text, at), self.next(text, at), self.start(text, at));
            let is_glued = self.opportunities.is_inside(offset, before, next) || introduces(before) || follows(next);
            is_glued && !self.opportunities.at(offset) && all[at].kind != Kind::LineEnd
        };
        let is_edge = |at: &usize| !is_inside(*at) || *at != end && self.joins(text, *at) > Some(joint);
        let start = (first + 1..=end).rev().find(is_edge).unwrap_or(first);
        let mut length = self.extent(start, end);
        let mut stop = end + 1;
        // At most half of the length is blank.
        while stop < all.len() && !is_edge(&stop) && length <= max * 2.0 {
            length += all[stop].advance;
            stop += 1;
        }
        self.extent(start, stop) > max
    }

    /// The last cluster up to `last` with which a unit begins, in the quantity that begins with the cluster `first` or
    /// extends over it.
    fn unit(&self, text: &str, first: usize, last: usize) -> Option<usize> {
        let is_within = |at: &usize| {
            self.clusters.get(*at).is_some_and(|cluster| self.opportunities.is_within_quantity(cluster.start))
        };
        let is_unit = |at: &usize| {
            let (number, unit) = text.split_at(self.clusters[*at].start);
            self.clusters[*at].kind == Kind::Visible && number.ends_with(ends_number) && unit.starts_with(begins_unit)
        };
        (first + 1..=last).take_while(is_within).filter(is_unit).last()
    }

    /// Whether a line may be cut before this cluster so that neither line has a mark at its wrong end.
    fn is_clean(&self, text: &str, at: usize) -> bool {
        let is_cluster = !matches!(self.clusters[at].kind, Kind::Continuation | Kind::Space);
        is_cluster && !self.sticks(text, at) && !introduces(self.before(text, at))
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
