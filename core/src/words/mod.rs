//! Every sentence of a finding, in English. One table per area, one row per sentence; [`rows`] lists them for a
//! translation.
//!
//! A finding is a row with arguments, so that [`Finding::in_words`](crate::error::Finding::in_words) can render it in
//! another language.

mod macros;

mod artwork;
mod code;
mod legibility;
mod paint;
mod parts;
mod plan;
mod scene;
mod schema;
mod template;
mod text;

pub(crate) use self::{
    artwork::*, code::*, legibility::*, paint::*, parts::*, scene::*, schema::*, template::*, text::*,
};
use crate::error::Row;

/// Every row of the core.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    let tables = [
        artwork::ROWS,
        code::ROWS,
        legibility::ROWS,
        paint::ROWS,
        parts::ROWS,
        plan::ROWS,
        scene::ROWS,
        schema::ROWS,
        template::ROWS,
        text::ROWS,
    ];
    tables.into_iter().flatten().copied()
}

#[cfg(test)]
mod tests;
