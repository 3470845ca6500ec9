//! The value of a property: the highest of its declarations that is valid.

use std::borrow::Cow;

use super::{Cascade, Inherited};
use crate::{
    error::Argument,
    markup::{
        css::scan::Scanner,
        parameter::has_parameter,
        style::{
            Context,
            candidates::{self, Candidate, DeclaredIn},
            functions::outside,
            properties::{Property, transform_name},
            sizes::whole,
            values::{self, Link, Syntax, link},
            vars,
        },
        tree::{Attribute, NodeId},
    },
    words,
    words::quote,
};

/// Functions that browsers know.
#[rustfmt::skip]
const FUNCTIONS: [&str; 23] = [
    "shape", "perspective", "rotateX", "rotateY", "rotate3d", "matrix3d", "abs", "sign", "round", "mod", "rem", "sin", "cos",
    "tan", "asin", "acos", "atan", "atan2", "pow", "sqrt", "hypot", "log", "exp",
];
/// Words that browsers know, by property.
const WORDS: [(&str, &[&str]); 8] = [
    ("clip-path", &["border-box", "content-box", "fill-box", "margin-box", "padding-box", "stroke-box", "view-box"]),
    ("font-variant", &["sub", "super", "historical-forms", "emoji", "text", "unicode"]),
    ("image-rendering", &["-webkit-optimize-contrast"]),
    ("mask", &["alpha", "subtract", "intersect", "exclude"]),
    ("rotate", &["x", "y"]),
    ("text-decoration", &["spelling-error", "grammar-error"]),
    ("white-space", &["collapse", "preserve", "preserve-breaks", "preserve-spaces", "wrap"]),
    ("writing-mode", &["sideways-lr", "sideways-rl"]),
];

impl<'a> Cascade<'_, 'a> {
    /// The value of a property: that of the highest declaration which is valid. `None` when there is none to write.
    pub(super) fn choose(
        &mut self,
        property: &'static Property,
        group: &mut dyn Iterator<Item = Candidate<'a>>,
        id: NodeId,
        state: &Inherited,
        parent: &Inherited,
    ) -> Option<Attribute<'a>> {
        let name = Cow::Borrowed(property.name);
        let mut reverted = None;
        for candidate in group {
            let Candidate { value, rank, range, .. } = candidate;
            let layer = (rank.0, rank.1, rank.2);
            if reverted == Some(layer) {
                continue;
            }
            let is_attribute = rank.1 == DeclaredIn::Attribute;
            let font_size = if property.name == "font-size" { parent.font_size } else { state.font_size };
            let color = if property.name == "color" { &parent.color } else { &state.color };
            let context = Context {
                color,
                is_dark: state.is_dark,
                font_size,
                root_font_size: self.root_font_size,
                viewport: state.viewport,
                screen: self.size,
                whole: whole(property.name, state.viewport),
                is_attribute,
            };
            self.read += value.len();
            let has_vars = vars::refers(&value);
            self.has_vars[id] |= has_vars;
            let value = match has_vars {
                false => value,
                true => match self.replacer.replace(&value, &state.vars) {
                    Some(value) => Cow::Owned(value),
                    None => {
                        self.notes.add(range, words::css_variable(quote(&value)));
                        return None;
                    }
                },
            };
            match candidates::wide(&value).unwrap_or_default() {
                "inherit" if property.inherited => return None,
                "inherit" => {
                    let (attributes, styles) = self.resolved.get(self.document.nodes[id].parent?)?.as_ref()?;
                    self.read += attributes.len();
                    let own = attributes.iter().chain(styles).find(|one| one.name == property.name);
                    return own.cloned().map(|own| Attribute { range, ..own });
                }
                "revert-layer" => {
                    reverted = Some(layer);
                    continue;
                }
                "unset" | "revert" => return None,
                "initial" => {
                    let value = Some(property.initial).filter(|initial| property.inherited && !initial.is_empty())?;
                    return Some(Attribute { name, value: value.into(), range });
                }
                _ => {}
            }
            if property.name == "mask"
                && !has_parameter(&value)
                && let Some(mask) = picture_mask(&value)
            {
                self.notes.add(range, words::css_mask_picture(mask));
                return None;
            }
            let read = match value {
                Cow::Borrowed(text) => values::read(property.syntax, text, &context),
                Cow::Owned(ref text) => {
                    values::read(property.syntax, text, &context).map(|text| text.into_owned().into())
                }
            };
            // `auto` is a word of CSS alone. Browsers take a radius that an attribute cannot have as zero.
            let is_radius = is_attribute && matches!(property.name, "rx" | "ry") && !has_parameter(&value);
            if is_radius && (read.is_none() || value.eq_ignore_ascii_case("auto")) && !value.starts_with('-') {
                self.notes.add(range.clone(), words::artwork_value(quote(&value), property.name));
                return Some(Attribute { name, value: "0".into(), range });
            }
            if let Some(read) = read {
                if let Some(target) = outside(&value) {
                    self.notes.add(range.clone(), words::url_outside(quote(&target)));
                }
                // usvg knows no `currentColor` there.
                let is_current = matches!(property.name, "flood-color" | "lighting-color") && read == "currentColor";
                let value = if is_current { Cow::Owned(state.color.to_string()) } else { read };
                return Some(Attribute { name, value, range });
            }
            let is_silent = has_parameter(&value)
                || (property.name == "mix-blend-mode" && value.replace('-', "").eq_ignore_ascii_case("passthrough"));
            if !is_silent {
                let shown: String = value.chars().take(60).collect();
                let is_bare = matches!(property.syntax, Syntax::Length { .. }) && value.trim().parse::<f64>().is_ok();
                let hint = (is_bare && !is_attribute).then(|| words::write_px(shown.trim().to_owned()));
                let name = match property.name {
                    "transform" if is_attribute => transform_name(self.document.nodes[id].name),
                    name => name,
                };
                let finding = match unread(name, &value, is_attribute) {
                    Some(part) => words::css_undrawn(format!("{name}: {part}")),
                    None => words::css_value(quote(&shown), name).with_hint(hint),
                };
                self.notes.add(range, finding);
            }
            // A value with variables is only known to be invalid when it is too late for another declaration.
            if has_vars {
                return None;
            }
        }
        None
    }
}

/// What a value of `mask` masks with, if it is a picture or a list of masks, which browsers draw and posters do not.
fn picture_mask(value: &str) -> Option<Argument> {
    let mut scanner = Scanner::new(value);
    let mut is_list = false;
    while scanner.peek().is_some() {
        scanner.gap();
        is_list |= scanner.eat(',');
        if let Some(link) = link(&mut scanner) {
            // A mask of another file is reported as a reference.
            let is_picture = |target: &str| {
                !target.contains('#') || target.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
            };
            if let Link::Outside(target) = &link
                && is_picture(target)
            {
                return Some(format!("url({})", quote(target)).into());
            }
        } else if let Some((name, _)) = scanner.function() {
            let is_picture = |name: &str| matches!(name, "image" | "image-set" | "cross-fade" | "element" | "paint");
            if name.ends_with("gradient") || is_picture(name.strip_prefix("-webkit-").unwrap_or(&name)) {
                return Some(format!("{name}()").into());
            }
        } else {
            scanner.component();
        }
    }
    is_list.then(|| words::mask_list().into())
}

/// The function or the word in a value that browsers know and posters do not.
fn unread(property: &str, value: &str, is_attribute: bool) -> Option<String> {
    let lower = value.to_ascii_lowercase();
    let is_called = |function: &&str| {
        let name = function.to_ascii_lowercase();
        lower.match_indices(&name).any(|(at, _)| {
            let is_start = !lower[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'));
            is_start && lower[at + name.len()..].starts_with('(')
        })
    };
    // Attributes have the transforms of SVG only.
    let has_functions = !(is_attribute && matches!(property, "transform" | "gradientTransform" | "patternTransform"));
    if let Some(function) = FUNCTIONS.into_iter().filter(|_| has_functions).find(is_called) {
        return Some(format!("{function}()"));
    }
    let (_, words) = WORDS.iter().find(|(name, _)| *name == property)?;
    let word = words.iter().find(|word| lower.split_ascii_whitespace().any(|part| part == **word))?;
    Some((*word).to_owned())
}
