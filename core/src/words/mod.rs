//! Every sentence of a finding, in English. One table per area, one row per sentence; [`rows`] lists them for a
//! translation.
//!
//! A finding is a row with arguments, so that [`Finding::in_words`](crate::error::Finding::in_words) can render it in
//! another language.

mod macros;

pub(crate) mod artwork;
pub(crate) mod code;
pub(crate) mod legibility;
pub(crate) mod params;
pub(crate) mod parts;
pub(crate) mod plan;
pub(crate) mod scene;
pub(crate) mod template;
pub(crate) mod text;

use crate::error::Row;

/// Every row of the core.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    let tables = [
        artwork::ROWS,
        code::ROWS,
        legibility::ROWS,
        params::ROWS,
        parts::ROWS,
        plan::ROWS,
        scene::ROWS,
        template::ROWS,
        text::ROWS,
    ];
    tables.into_iter().flatten().copied()
}

#[cfg(test)]
mod tests;
