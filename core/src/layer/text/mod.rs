//! Texts: paragraphs of one or several styles.

pub mod color;
mod draw;
pub mod fields;
mod plan;
mod rules;
mod words;

pub use fields::Text;

pub use crate::text::StyledText as Planned;
