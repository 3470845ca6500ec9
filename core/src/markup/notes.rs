//! What is noteworthy about artwork, with its position in the source.

use std::{collections::HashSet, ops::Range};

use crate::error::Finding;

/// Maximum number of notes for one artwork.
const MAX_NOTES: usize = 100;

/// A finding and the byte range in the source that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Byte range.
    pub range: Range<usize>,
    /// The finding, without a place.
    pub finding: Finding,
}

/// Collects notes. The same sentence is noted once, where it holds first.
#[derive(Debug, Default)]
pub struct Notes {
    all: Vec<Note>,
    known: HashSet<String>,
    /// What was noted by [`Notes::add_once`].
    asked: HashSet<String>,
}

impl Notes {
    /// Continues a list.
    pub fn of(all: Vec<Note>) -> Self {
        let known = all.iter().map(|note| note.finding.message.clone()).collect();
        Self { all, known, asked: HashSet::new() }
    }

    /// Adds a note.
    pub fn add(&mut self, range: Range<usize>, finding: Finding) {
        if self.all.len() < MAX_NOTES && self.known.insert(finding.message.clone()) {
            self.all.push(Note { range, finding });
        }
    }

    /// Adds a note that takes long to make, unless one about the same was added, or there are enough.
    pub fn add_once(&mut self, range: Range<usize>, about: &str, finding: impl FnOnce() -> Finding) {
        if self.all.len() < MAX_NOTES && !self.asked.contains(about) {
            self.asked.insert(about.to_owned());
            self.add(range, finding());
        }
    }

    /// All notes, in the order of their addition.
    pub fn into_vec(self) -> Vec<Note> {
        self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words;

    #[test]
    fn notes_are_made_once() {
        let (mut notes, mut made) = (Notes::default(), 0);
        for name in (0..300).flat_map(|n| [n.to_string(), "same".to_owned()]) {
            notes.add_once(0..1, &name, || {
                made += 1;
                words::artwork_attribute(words::quote(&name))
            });
        }
        assert_eq!((made, notes.into_vec().len()), (MAX_NOTES, MAX_NOTES));
    }
}
