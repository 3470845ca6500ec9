//! The sentences of findings, in English. One table per area, one row per sentence. Kinds of layers have tables of their
//! own; [`crate::layer::rows`] lists the rows of all of them for a translation.
//!
//! A finding is a row with arguments, so that [`Finding::in_words`](crate::error::Finding::in_words) can render it in
//! another language.

mod macros;

mod artwork;
mod barcode;
mod code;
mod legibility;
mod markup;
mod money;
mod paint;
mod parts;
mod plan;
mod quote;
mod requirements;
mod scene;
mod schema;
pub mod suggest;
mod syntax;
mod template;
mod text;

pub(crate) use self::{
    artwork::*, barcode::*, code::*, legibility::*, markup::*, money::*, paint::*, parts::*, plan::*,
    requirements::requirement, scene::*, schema::*, syntax::*, template::*, text::*,
};
pub use self::{
    paint::is_about_picture,
    quote::{clusters, is_bidi_control, is_invisible, quote, quote_up_to},
    suggest::{nearest, suggest},
    template::is_about_list,
    text::is_truncation,
};
use crate::error::{self, Argument, Message, Wording};

/// The hint "did you mean `name`?".
pub fn suggestion(name: &str) -> Message {
    did_you_mean(name)
}

/// Names and titles, with the commas of the language.
pub fn listed(all: impl Iterator<Item = Argument>) -> Argument {
    all.reduce(|all, next| comma(all, next).into()).unwrap_or_else(|| "".into())
}

/// The rows of these tables.
pub fn rows() -> impl Iterator<Item = &'static Wording> {
    let tables = [
        error::sentences::ROWS,
        artwork::ROWS,
        barcode::ROWS,
        code::ROWS,
        legibility::ROWS,
        markup::ROWS,
        money::ROWS,
        paint::ROWS,
        parts::ROWS,
        plan::ROWS,
        requirements::ROWS,
        scene::ROWS,
        schema::ROWS,
        syntax::ROWS,
        template::ROWS,
        text::ROWS,
    ];
    tables.into_iter().flatten().copied()
}

#[cfg(test)]
mod tests;
