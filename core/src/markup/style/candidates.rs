//! Collects the declarations that apply to an element, with shorthands split, in their order of precedence.

use std::{borrow::Cow, cmp::Reverse, collections::BTreeMap, ops::Range};

use super::{
    Context, fonts,
    functions::DECORATION_STYLES,
    properties::{self, Property, Role, property_named, transform_name},
};
use crate::{
    markup::{
        css::{color, sheet::Declaration},
        notes::Notes,
        parameter::has_parameter,
        tree::Attribute,
    },
    words,
    words::quote,
};

/// The words that every property knows.
const WIDE: [&str; 5] = ["inherit", "initial", "unset", "revert", "revert-layer"];
/// The background of the root.
const BACKGROUND: &str = "background-color";

/// The longhands of `font`.
const FONT: [&str; 6] = ["font-style", "font-variant", "font-weight", "font-stretch", "font-size", "font-family"];

/// Properties that browsers also know with a prefix: those of the CSS compatibility standard, and Chromium's.
#[rustfmt::skip]
const PREFIXED: [(&str, &[&str]); 2] = [
    ("-webkit-", &[
        "animation", "animation-name", "clip-path", "filter", "font-feature-settings", "mask", "mask-composite", "mask-image",
        "opacity", "text-emphasis", "text-emphasis-style", "text-orientation", "transform", "transform-origin", "writing-mode",
    ]),
    ("-epub-", &["text-emphasis", "text-emphasis-style", "text-orientation", "text-transform", "writing-mode"]),
];
/// Values of `font` that are fonts of the system.
const SYSTEM_FONTS: [&str; 6] = ["caption", "icon", "menu", "message-box", "small-caption", "status-bar"];

/// Elements whose sizes and positions browsers read from attributes alone.
const SIZED: [&str; 7] = ["filter", "marker", "mask", "pattern", "svg", "symbol", "use"];

/// Order of precedence, ascending: `!important`, origin, cascade layer, specificity, position.
pub type Rank = (bool, DeclaredIn, i32, u32, usize);

/// Precedence of a cascade layer; negated for `!important`.
#[derive(Debug, Clone, Copy)]
pub struct CascadeLayer(pub i32);

impl CascadeLayer {
    /// Outside of layers.
    pub const NONE: Self = Self(i32::MAX);
}

/// Where a declaration stands, in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeclaredIn {
    /// A presentation attribute.
    Attribute,
    /// A style sheet.
    Sheet,
    /// A `style` attribute.
    Style,
}

/// A value that may apply.
#[derive(Debug)]
pub struct Candidate<'a> {
    /// Property that would be set; a shorthand has been split.
    pub property: &'static Property,
    /// As written.
    pub value: Cow<'a, str>,
    /// Precedence.
    pub rank: Rank,
    /// Bytes in the source.
    pub range: Range<usize>,
}

/// Custom properties by name.
pub type Custom<'a> = BTreeMap<String, (Rank, &'a str)>;

/// The declarations of one element.
pub struct Candidates<'n, 'a> {
    element: &'a str,
    is_root: bool,
    all: Vec<Candidate<'a>>,
    custom: Custom<'a>,
    /// Notes about declarations that are not drawn.
    pub notes: &'n mut Notes,
}

impl<'n, 'a> Candidates<'n, 'a> {
    /// Starts with an element's name.
    pub fn new(element: &'a str, is_root: bool, notes: &'n mut Notes) -> Self {
        Self { element, is_root, all: Vec::new(), custom: BTreeMap::new(), notes }
    }

    /// Adds an attribute. False if it is no presentation attribute of the element.
    pub fn attribute(&mut self, attribute: &Attribute<'a>) -> bool {
        let name = match &*attribute.name {
            name if name == transform_name(self.element) => "transform",
            "transform" => {
                let hint = words::did_you_mean(transform_name(self.element));
                let finding = words::artwork_attribute(quote("transform")).with_hint(Some(hint));
                self.notes.add(attribute.range.clone(), finding);
                return true;
            }
            name => name,
        };
        // A property of styles alone, though usvg reads it from an attribute.
        let known = property_named(name).filter(|one| one.name != BACKGROUND);
        let Some(property) = known else { return false };
        let value = match &attribute.value {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        };
        if value.is_empty() {
            return true;
        }
        let rank = (false, DeclaredIn::Attribute, 0, 0, self.all.len());
        if name == "text-decoration" {
            note_decoration(self.notes, &value, &attribute.range);
        }
        match property.role {
            Role::Attribute => {}
            Role::Geometry(elements) if elements.contains(&self.element) => {}
            Role::Undrawn(harmless) => {
                self.undrawn(property, harmless, &value, attribute.range.clone());
                return true;
            }
            Role::Geometry(_) | Role::Style => return false,
        }
        self.all.push(Candidate { property, value, rank, range: attribute.range.clone() });
        true
    }

    /// Adds a declaration of a style sheet or a `style` attribute.
    pub fn declare(
        &mut self,
        one: &Declaration<'a>,
        source: DeclaredIn,
        CascadeLayer(layer): CascadeLayer,
        specificity: u32,
    ) {
        let layer = if one.important { -layer } else { layer };
        let rank = (one.important, source, layer, specificity, self.all.len());
        if one.name.starts_with("--") {
            let known = self.custom.get(&*one.name).is_some_and(|known| known.0 > rank);
            if !known {
                self.custom.insert(one.name.to_string(), (rank, one.value));
            }
            return;
        }
        let value = uncommented(one.value);
        // Browsers know these by both names.
        let unprefixed = |(prefix, names): &(&str, &[&str])| {
            let name = one.name.strip_prefix(*prefix)?;
            names.contains(&name).then_some(name)
        };
        let name = PREFIXED.iter().find_map(unprefixed).unwrap_or(&one.name);
        let mut add = |name: &str, value: Cow<'a, str>| {
            if let Some(property) = property_named(name) {
                self.all.push(Candidate { property, value, rank, range: one.range.clone() });
            }
        };
        match name {
            "font" => {
                let longhands = match is_wide(&value) {
                    true => Some(FONT.map(|name| (name, value.clone())).to_vec()),
                    false => match &value {
                        Cow::Borrowed(text) => fonts::font(text).map(|all| longhands(all, Cow::Borrowed)),
                        Cow::Owned(text) => {
                            fonts::font(text).map(|all| longhands(all, |text| Cow::Owned(text.to_owned())))
                        }
                    },
                };
                match longhands {
                    Some(all) => all.into_iter().for_each(|(name, value)| add(name, value)),
                    None => {
                        let system = SYSTEM_FONTS.iter().find(|font| font.eq_ignore_ascii_case(&value));
                        let finding = match system {
                            Some(font) => words::css_undrawn(format!("font: {font}")),
                            None => words::css_value(quote(&value), "font"),
                        };
                        self.notes.add(one.range.clone(), finding);
                    }
                }
            }
            "marker" => {
                for name in ["marker-start", "marker-mid", "marker-end"] {
                    add(name, value.clone());
                }
            }
            "text-decoration-line" => add("text-decoration", value),
            "text-decoration" => {
                note_decoration(self.notes, &value, &one.range);
                add(name, value);
            }
            "font-width" => add("font-stretch", value),
            "background" | BACKGROUND if self.is_root => self.background(&value, one, rank),
            BACKGROUND => {}
            "mask-image" => add("mask", value),
            name if self.is_box(name) && moves(&value) => {
                self.notes.add(one.range.clone(), words::css_undrawn(name.to_owned()));
            }
            name => match property_named(name) {
                Some(Property { role: Role::Geometry(elements), .. }) if !self.has_geometry(name, elements) => {
                    if SIZED.contains(&self.element)
                        && !self.is_root
                        && !value.eq_ignore_ascii_case("auto")
                        && !matches!(wide(&value), Some("initial" | "unset" | "revert"))
                    {
                        let finding = words::css_geometry(name.to_owned(), self.element.to_owned());
                        self.notes.add(one.range.clone(), finding);
                    }
                }
                Some(property) => match property.role {
                    Role::Undrawn(harmless) => self.undrawn(property, harmless, &value, one.range.clone()),
                    _ => self.all.push(Candidate { property, value, rank, range: one.range.clone() }),
                },
                None if properties::is_without_effect(name) || has_parameter(name) => {}
                None => {
                    self.notes.add_once(one.range.clone(), name, || {
                        let near = words::nearest(name, properties::names());
                        words::css_property(quote(name)).with_hint(near.map(words::did_you_mean))
                    });
                }
            },
        }
    }

    /// Whether a property of an element's box is drawn by browsers, but not here.
    fn is_box(&self, name: &str) -> bool {
        let of_root = ["background-image", "border", "margin", "padding"];
        name == "outline"
            || (self.is_root
                && of_root.iter().any(|one| {
                    name.strip_prefix(one).is_some_and(|rest| {
                        matches!(rest, "" | "-top" | "-right" | "-bottom" | "-left" | "-block" | "-inline")
                    })
                }))
    }

    /// Whether styles set this size or position of the element.
    fn has_geometry(&self, name: &str, elements: &[&str]) -> bool {
        elements.contains(&self.element)
            && match self.element {
                "svg" => self.is_root && matches!(name, "width" | "height"),
                "use" => matches!(name, "x" | "y"),
                "symbol" => false,
                _ => true,
            }
    }

    /// The background of the root, which browsers draw below everything.
    fn background(&mut self, value: &str, one: &Declaration<'a>, rank: Rank) {
        let is_none = value.eq_ignore_ascii_case("none");
        let is_plain = is_none || is_wide(value) || color::parse(value, &Context::default()).is_some();
        if !is_plain && !has_parameter(value) && !super::vars::refers(value) {
            self.notes.add(one.range.clone(), words::css_undrawn("background"));
            return;
        }
        if let Some(property) = property_named(BACKGROUND) {
            let value = Cow::Owned(if is_none { "transparent".to_owned() } else { value.to_owned() });
            self.all.push(Candidate { property, value, rank, range: one.range.clone() });
        }
    }

    fn undrawn(&mut self, property: &'static Property, harmless: &[&str], value: &str, range: Range<usize>) {
        let lower = value.to_ascii_lowercase();
        let is_harmless = harmless.contains(&lower.as_str()) || is_wide(value) || has_parameter(value);
        if !is_harmless {
            self.notes.add(
                range,
                match property.name.starts_with("animation") {
                    true => words::artwork_animation(property.name),
                    false => words::css_undrawn(property.name),
                },
            );
        }
    }

    /// The declarations by property, the highest first; the colour scheme, font size and colour before others, which may
    /// depend on them.
    pub fn sorted(mut self) -> (Vec<Candidate<'a>>, Custom<'a>) {
        let order = |name: &'static str| (name != "color-scheme", name != "font-size", name != "color", name);
        self.all.sort_by_key(|one| (order(one.property.name), Reverse(one.rank)));
        (self.all, self.custom)
    }
}

/// Notes what the shorthand `text-decoration` sets besides the lines.
fn note_decoration(notes: &mut Notes, value: &str, range: &Range<usize>) {
    // The lines are solid, and have the paint of the text and the thickness of its font.
    let is_style = |part: &str| DECORATION_STYLES.iter().any(|style| part.eq_ignore_ascii_case(style));
    let is_thickness = |part: &str| {
        let number = part.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
        number.len() < part.len() && number.parse::<f64>().is_ok()
    };
    let is_color =
        |part: &str| !part.eq_ignore_ascii_case("currentcolor") && color::parse(part, &Context::default()).is_some();
    if value.split_ascii_whitespace().any(is_color) {
        notes.add(range.clone(), words::css_undrawn("text-decoration-color"));
    }
    if value.split_ascii_whitespace().any(is_style) {
        notes.add(range.clone(), words::css_undrawn("text-decoration-style"));
    }
    if value.split_ascii_whitespace().any(is_thickness) {
        notes.add(range.clone(), words::css_undrawn("text-decoration-thickness"));
    }
}

/// The word that every property knows, in any case, if a value is one.
pub fn wide(value: &str) -> Option<&'static str> {
    WIDE.into_iter().find(|word| word.eq_ignore_ascii_case(value))
}

fn is_wide(value: &str) -> bool {
    wide(value).is_some()
}

/// Whether a value of a box's property is more than nothing.
fn moves(value: &str) -> bool {
    let none = ["0", "0px", "auto", "none", "transparent", "medium"];
    let is_none = |part: &str| is_wide(part) || none.iter().any(|word| word.eq_ignore_ascii_case(part));
    !has_parameter(value) && !value.split_ascii_whitespace().any(is_none)
}

/// The longhands of a shorthand, with values of another kind.
fn longhands<'t, 'v>(
    all: Vec<(&'static str, &'t str)>,
    value: impl Fn(&'t str) -> Cow<'v, str>,
) -> Vec<(&'static str, Cow<'v, str>)> {
    all.into_iter().map(|(name, text)| (name, value(text))).collect()
}

/// A value without comments.
fn uncommented(value: &str) -> Cow<'_, str> {
    if !value.contains("/*") {
        return Cow::Borrowed(value);
    }
    let mut scanner = crate::markup::css::scan::Scanner::new(value);
    let mut text = String::new();
    while scanner.peek().is_some() {
        let start = scanner.at;
        if scanner.gap() {
            text.push(' ');
        } else {
            scanner.component();
            text.push_str(&value[start..scanner.at]);
        }
    }
    Cow::Owned(text.trim().to_owned())
}
