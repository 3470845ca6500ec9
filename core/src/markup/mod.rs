//! SVG as design tools write it, made plain: styles become attributes, and what usvg reads otherwise than browsers is
//! rewritten.
//!
//! ```text
//! text -> xml -> tree -> styles -> rewriting -> text for usvg
//! ```
//!
//! Elements keep their positions in the source. What will not be drawn as a browser draws it is noted.

pub mod bounds;
mod budget;
mod check;
pub mod contexts;
mod css;
mod defaults;
pub mod device;
mod hidden;
mod notes;
mod parameter;
mod replaced;
mod rewrite;
mod style;
pub mod texts;
pub mod tree;
mod write;
mod xml;

use std::{collections::BTreeSet, ops::Range};

use budget::Budget;
pub use check::Extent;
pub use hidden::{Hidden, hidden};
pub use notes::Note;
pub use parameter::{PARAMETER, has_parameter};
pub use replaced::replaced;
pub use resvg::usvg::roxmltree::{Document as Xml, Node as XmlNode};
pub use rewrite::BACKDROP;
pub use style::fonts;
pub use style::values::targets;
use tree::Document;
pub use xml::{declared, parse, said};

use crate::words;

/// Artwork with resolved styles, and what is noteworthy about it.
#[derive(Debug)]
pub struct Markup<'a> {
    /// The text that they are read from.
    pub source: &'a str,
    /// The elements.
    pub document: Document<'a>,
    /// What is not drawn as in a browser, and errors.
    pub notes: Vec<Note>,
}

impl<'a> Markup<'a> {
    /// Resolves the styles of a parsed file.
    ///
    /// # Errors
    /// A single note when elements nest too deep, or styles take too long to resolve.
    pub fn styled(source: &'a str, xml: &'a Xml<'_>) -> Result<Self, Box<Note>> {
        Self::styled_within(Budget::default(), source, xml)
    }

    fn styled_within(budget: Budget, source: &'a str, xml: &'a Xml<'_>) -> Result<Self, Box<Note>> {
        let mut notes = notes::Notes::default();
        for node in xml.root().children() {
            if node.pi().is_some_and(|pi| pi.target == "xml-stylesheet") {
                notes.add(node.range(), words::css_file());
            }
        }
        let mut document = Document::build_within(budget, xml)?;
        defaults::apply(xml, &mut document, &mut notes);
        style::resolve(source, &mut document, &mut notes)?;
        Ok(Self { source, document, notes: notes.into_vec() })
    }

    /// Notes attributes and values that have no effect.
    pub fn checked(self, extent: Extent<'_>) -> Self {
        let mut notes = notes::Notes::of(self.notes);
        check::check(&self.document, extent, &mut notes);
        Self { notes: notes.into_vec(), ..self }
    }

    /// The font families of texts that are drawn: each list as written, with the bytes in the source where it stands. `slots`: ids of
    /// the elements that layers replace.
    pub fn families(&self, slots: &BTreeSet<&str>) -> Vec<(String, Range<usize>)> {
        check::families(&self.document, &replaced(&self.document, slots))
    }

    /// Rewrites what usvg reads otherwise than browsers.
    ///
    /// # Errors
    /// A single note when the elements that are written would take too much memory.
    pub fn plain(mut self) -> Result<Self, Box<Note>> {
        let mut notes = notes::Notes::of(self.notes);
        rewrite::rewrite(&mut self.document, &mut notes);
        if self.document.budget.is_exceeded() {
            let range = self.document.nodes[0].range.clone();
            return Err(Box::new(Note { range, finding: words::artwork_slow() }));
        }
        Ok(Self { notes: notes.into_vec(), ..self })
    }

    /// As text for usvg.
    pub fn text(&self) -> String {
        write::write(&self.document, self.source.len())
    }
}

#[cfg(test)]
mod tests;
