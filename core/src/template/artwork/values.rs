//! Checks the values of parameters in an expanded artwork.

use std::{collections::BTreeSet, ops::Range};

use super::{
    expanded::ExpandedArtwork,
    references::{self, Files},
};
use crate::markup::{Extent, Markup, Note, Xml};

/// An expanded artwork that was checked.
#[derive(Debug)]
pub struct CheckedArtwork<'a> {
    /// Its elements, rewritten.
    pub plain: Markup<'a>,
    /// What is not drawn as in a browser, and errors. Attributes without a value are left out unless all are checked.
    pub notes: Vec<Note>,
    /// Font families of texts, as written, with their bytes.
    pub families: Vec<(String, Range<usize>)>,
}

/// Checks an expanded artwork. `is_whole`: whether all attributes are checked, since those of its source were not. `replaced`: ids of the
/// elements that layers replace.
///
/// # Errors
/// As [`Markup::styled`] and [`Markup::plain`].
pub fn check_expanded<'a>(
    artwork: &'a ExpandedArtwork,
    xml: &'a Xml<'a>,
    files: &Files<'_>,
    is_whole: bool,
    replaced: &BTreeSet<&str>,
) -> Result<CheckedArtwork<'a>, Box<Note>> {
    let is_value = |range: &Range<usize>| artwork.has_value(range);
    let extent = if is_whole { Extent::Whole } else { Extent::Where(&is_value) };
    let markup = Markup::styled(artwork, xml)?.checked(extent);
    let mut notes = references::check(&markup.document, files, Some(&is_value));
    let families = markup.families(replaced);
    let mut plain = markup.plain()?;
    notes.append(&mut plain.notes);
    Ok(CheckedArtwork { plain, notes, families })
}
