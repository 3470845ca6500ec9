//! Parser of selector lists.

use std::borrow::Cow;

use super::{
    Combinator, Compound, Namespaces, Parents, Pseudo, Selector, highest, known,
    parts::{self, attribute},
    pseudo,
};
use crate::markup::css::scan::Scanner;

/// Maximum depth of selectors in `:not()` and `:is()`.
const MAX_DEPTH: usize = 8;
/// Maximum number of compounds in a selector.
const MAX_COMPOUNDS: usize = 32;
/// Maximum number of selectors of a rule with nested rules, each of which takes them over.
const MAX_PARENTS: usize = 1000;

/// What is around a selector.
#[derive(Clone, Copy)]
struct Around<'p, 'a> {
    /// The selectors of the rule.
    parents: Option<&'p Parents<'a>>,
    /// The namespaces of the style sheet.
    namespaces: &'p Namespaces,
}

/// Parses a list of selectors. `parents`: those of the rule around it. `namespaces`: those of the style sheet. `None` when
/// one of the selectors is invalid or unknown, which voids the whole rule.
pub fn parse<'a>(text: &'a str, parents: Option<&Parents<'a>>, namespaces: &Namespaces) -> Option<Vec<Selector<'a>>> {
    let around = Around { parents, namespaces };
    list(Scanner::new(text), |scanner| nested(scanner, around))
}

/// A selector, which is relative to the parents unless it names them.
fn nested<'a>(scanner: &mut Scanner<'a>, around: Around<'_, 'a>) -> Option<Selector<'a>> {
    let Some(all) = around.parents else { return selector(scanner, around, 0) };
    if all.len() > MAX_PARENTS {
        return None;
    }
    scanner.gap();
    let combinator = parts::combinator(scanner);
    let mut own = selector(scanner, around, 0)?;
    if combinator.is_some() || !names_parent(&own) {
        let first = own.compounds.first_mut()?;
        first.0 = combinator.unwrap_or(Combinator::Descendant);
        let parent = Compound { pseudo: vec![Pseudo::Parent(all.clone())], ..Compound::default() };
        own.compounds.insert(0, (Combinator::Descendant, parent));
        own.specificity = own.specificity.saturating_add(all.specificity);
    }
    Some(own)
}

/// Whether a selector contains `&`.
fn names_parent(selector: &Selector<'_>) -> bool {
    let names = |pseudo: &Pseudo<'_>| match pseudo {
        Pseudo::Parent(_) => true,
        Pseudo::Not(all) | Pseudo::Is(all) => all.iter().any(names_parent),
        _ => false,
    };
    selector.compounds.iter().any(|(_, compound)| compound.pseudo.iter().any(names))
}

/// A list of selectors, all of which must be valid.
fn list<'a>(
    mut scanner: Scanner<'a>,
    mut one: impl FnMut(&mut Scanner<'a>) -> Option<Selector<'a>>,
) -> Option<Vec<Selector<'a>>> {
    let mut all = Vec::new();
    loop {
        all.push(one(&mut scanner)?);
        if !scanner.comma() {
            return scanner.is_at_end().then_some(all);
        }
    }
}

/// A list of which invalid selectors are left out. `None` with one that browsers know, but that is not supported.
fn forgiving<'a>(mut scanner: Scanner<'a>, around: Around<'_, 'a>, depth: usize) -> Option<Vec<Selector<'a>>> {
    let mut all = Vec::new();
    loop {
        let text = scanner.until(&[',']);
        let mut one = Scanner::new(text);
        let read = selector(&mut one, around, depth).filter(|_| one.is_at_end());
        if read.is_none() && known::is_known(text, around.namespaces) {
            return None;
        }
        all.extend(read);
        if !scanner.eat(',') {
            return Some(all);
        }
    }
}

fn selector<'a>(scanner: &mut Scanner<'a>, around: Around<'_, 'a>, depth: usize) -> Option<Selector<'a>> {
    if depth > MAX_DEPTH {
        return None;
    }
    scanner.gap();
    let (mut compounds, mut specificity, mut combinator) = (Vec::new(), [0u32; 3], Combinator::Descendant);
    loop {
        let compound = compound(scanner, around, depth, &mut specificity)?;
        compounds.push((combinator, compound));
        if compounds.len() > MAX_COMPOUNDS {
            return None;
        }
        let spaced = scanner.gap();
        combinator = match parts::combinator(scanner) {
            Some(next) => next,
            None if matches!(scanner.peek(), None | Some(',')) => break,
            None if spaced => Combinator::Descendant,
            None => return None,
        };
    }
    let [ids, classes, types] = specificity.map(|count| count.min(1023));
    Some(Selector { compounds, specificity: ids << 20 | classes << 10 | types })
}

/// Adds a specificity of several selectors.
fn add(specificity: &mut [u32; 3], bits: u32) {
    for (count, shift) in specificity.iter_mut().zip([20, 10, 0]) {
        *count += bits >> shift & 1023;
    }
}

fn compound<'a>(
    scanner: &mut Scanner<'a>,
    around: Around<'_, 'a>,
    depth: usize,
    specificity: &mut [u32; 3],
) -> Option<Compound<'a>> {
    let mut compound = Compound::default();
    let start = scanner.at;
    // Without a name it is one of any name, except in other selectors.
    let mut is_svg = depth > 0 || around.namespaces.is_svg_by_default();
    loop {
        match scanner.peek() {
            Some('#') => {
                scanner.at += 1;
                compound.ids.push(Some(scanner.name()).filter(|name| !name.is_empty())?);
                specificity[0] += 1;
            }
            Some('.') => {
                scanner.at += 1;
                compound.classes.push(scanner.ident()?);
                specificity[1] += 1;
            }
            Some('[') => {
                compound.attributes.push(attribute(scanner, around.namespaces)?);
                specificity[1] += 1;
            }
            Some(':') => {
                scanner.at += 1;
                if scanner.eat(':') {
                    // A pseudo-element, which artwork never draws.
                    known::skip_element(scanner, around.namespaces)?;
                    compound.pseudo.push(Pseudo::Never);
                    specificity[2] += 1;
                } else {
                    compound.pseudo.push(pseudo_class(scanner, around, depth, specificity)?);
                }
            }
            Some('&') => {
                scanner.at += 1;
                // Outside of other rules it is the root.
                add(specificity, around.parents.map_or(0, |all| all.specificity));
                compound.pseudo.push(around.parents.map_or(Pseudo::Root, |all| Pseudo::Parent(all.clone())));
            }
            Some(_) if scanner.at == start => {
                (is_svg, compound.tag) = tag(scanner, around.namespaces)?;
                specificity[2] += u32::from(compound.tag.is_some());
            }
            _ => {
                if !is_svg {
                    compound.pseudo.push(Pseudo::Never);
                }
                return (scanner.at > start).then_some(compound);
            }
        }
    }
}

/// A name with its namespace: `svg|rect`, `*|rect`, `rect`. Whether the namespace may be that of SVG, and the name unless it is
/// any. `None` for a prefix that is not declared.
fn tag<'a>(scanner: &mut Scanner<'a>, namespaces: &Namespaces) -> Option<(bool, Option<Cow<'a, str>>)> {
    let is_any = scanner.eat('*');
    let first = if is_any || scanner.peek() == Some('|') { None } else { Some(scanner.ident()?) };
    if !scanner.eat('|') {
        return Some((namespaces.is_svg_by_default(), first));
    }
    let is_svg = match first {
        Some(prefix) => namespaces.is_svg(&prefix)?,
        None => is_any,
    };
    Some((is_svg, if scanner.eat('*') { None } else { Some(scanner.ident()?) }))
}

fn pseudo_class<'a>(
    scanner: &mut Scanner<'a>,
    around: Around<'_, 'a>,
    depth: usize,
    specificity: &mut [u32; 3],
) -> Option<Pseudo<'a>> {
    let Some((name, inner)) = scanner.function() else {
        specificity[1] += 1;
        return pseudo::named(&scanner.ident()?.to_ascii_lowercase());
    };
    match name.as_str() {
        "not" => {
            let all = list(inner, |scanner| selector(scanner, around, depth + 1))?;
            add(specificity, highest(&all));
            Some(Pseudo::Not(all))
        }
        "is" | "-webkit-any" => {
            let all = forgiving(inner, around, depth + 1)?;
            add(specificity, highest(&all));
            Some(Pseudo::Is(all))
        }
        "where" => forgiving(inner, around, depth + 1).map(Pseudo::Is),
        _ => {
            specificity[1] += 1;
            pseudo::nth(&name, inner.text)
        }
    }
}
