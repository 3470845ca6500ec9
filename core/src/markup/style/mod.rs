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

/// Properties without effect, and beginnings of names with a hyphen at their end, that browsers do not know.
#[rustfmt::skip]
const UNKNOWN: [&str; 15] = [
    "-epub-", "-inkscape-", "-moz-", "-ms-", "-o-", "block-progression", "color-profile", "enable-background",
    "font-display", "font-smooth", "glyph-orientation-", "kerning", "shape-padding", "shape-subtract", "solid-",
];

/// Whether browsers know a value of a property, also one that is not drawn here: for `@supports`.
pub fn supports(name: &str, value: &str) -> bool {
    let value = value.split('!').next().unwrap_or_default().trim();
    let is_any = candidates::wide(value).is_some() || vars::refers(value);
    let name = if name == "marker" { "marker-start" } else { name };
    match properties::property_named(name) {
        _ if name.starts_with("--") => true,
        Some(property) => {
            is_any
                || values::read(property.syntax, value, &Context::default()).is_some()
                || cascade::is_undrawn(name, value)
        }
        None if name == "font" => is_any || fonts::font(value).is_some(),
        None => {
            let is = |known: &&str| *known == name || known.ends_with('-') && name.starts_with(known);
            !value.is_empty() && properties::is_without_effect(name) && !UNKNOWN.iter().any(is)
        }
    }
}
