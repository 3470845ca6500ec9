//! Layers: one folder a kind, and what all kinds share.
//!
//! A kind is its folder and a line of the list in `kinds.rs`. Its files belong to the stages of a poster: `fields.rs` and
//! `rules.rs` to loading a template, `plan.rs` to planning, `draw.rs` to drawing. At each stage a trait says what a kind
//! provides, and an enum made from the list calls it: [`Fields`] and [`Written`], [`Content`] and [`Planned`], and the
//! `Draw` of planned layers. Files that several kinds use are below the kinds: they never import the enums.

#[macro_use]
mod kinds;

macro_rules! modules {
    ($($kind:ident: $Variant:ident,)*) => { $(pub mod $kind;)* };
}
kinds!(modules);

mod boxes;
mod content;
mod dispatch;
pub mod fields;
pub mod flow;
mod pictures;
pub mod place;
mod placer;
mod planned;
mod reach;
mod written;

pub use content::{Content, PictureNeed, Role};
pub(crate) use dispatch::{Dispatcher, OpenGroup};
pub use dispatch::{PlacedGroup, PlacedLayer};
pub use fields::{Fields, RuleContext, Sizing, SlotSize, Within};
pub use place::{BoxPx, PlaceFields};
pub(crate) use placer::{PlacedCode, Placer};
pub use planned::Planned;
pub use reach::reaches;
pub use written::{Layer, Written};

use crate::{error::Wording, words};

/// Every sentence of the core: the shared tables, and that of each kind of layer.
pub fn rows() -> impl Iterator<Item = &'static Wording> {
    words::rows().chain(Written::WORDS.iter().copied().flatten().copied())
}
