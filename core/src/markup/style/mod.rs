//! Styles: the CSS cascade of every element, resolved into presentation attributes.

mod candidates;
mod cascade;
pub mod fonts;
mod functions;
pub mod properties;
mod singles;
mod sizes;
mod transform;
mod uses;
pub mod values;
mod vars;

pub use cascade::{resolve, share_name};
pub use properties::transform_name;
pub use singles::{origin, translate};
pub use sizes::{font_size, size, viewport};
pub use transform::list;

pub use crate::markup::css::{context::Context, length};
