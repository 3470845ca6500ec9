//! Styles: the CSS cascade of every element, resolved into presentation attributes.

mod candidates;
mod cascade;
pub mod fonts;
mod functions;
pub mod properties;
mod sizes;
mod transform;
mod uses;
pub mod values;
mod vars;

pub use cascade::{resolve, share_name};
pub use sizes::{font_size, size, viewport};
pub use transform::{list, origin, translate};

pub use crate::markup::css::{context::Context, length};

/// Whether a property has a value: for `@supports`.
pub fn supports(name: &str, value: &str) -> bool {
    if name.starts_with("--") || vars::refers(value) {
        return true;
    }
    let value = value.split('!').next().unwrap_or_default().trim();
    let words = ["inherit", "initial", "unset", "revert", "revert-layer"];
    match properties::property_named(name) {
        Some(property) => {
            words.iter().any(|word| word.eq_ignore_ascii_case(value))
                || values::read(property.syntax, value, &Context::default()).is_some()
        }
        None => !value.is_empty() && properties::is_without_effect(name),
    }
}
