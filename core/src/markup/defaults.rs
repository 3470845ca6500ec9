//! Values that a DOCTYPE declares for attributes that elements do not have (XML 1.0, 3.3.2).

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    ops::Range,
};

use resvg::usvg::roxmltree;

use super::{
    budget::Cost,
    notes::Notes,
    tree::{Attribute, Document},
    xml,
};
use crate::{words, words::quote};

/// The value of an attribute that an element does not have.
#[derive(Debug, PartialEq, Eq)]
struct DefaultValue<'t> {
    /// The attribute's name in the tree.
    name: &'t str,
    value: &'t str,
    /// Bytes of the value in the source.
    range: Range<usize>,
}

/// Default values by the names of elements, with their prefixes.
type Defaults<'t> = HashMap<&'t str, Vec<DefaultValue<'t>>>;

/// Gives elements the attributes that the DOCTYPE declares for them. Notes values that are not read.
pub fn apply<'a>(xml: &'a roxmltree::Document<'_>, document: &mut Document<'a>, notes: &mut Notes) {
    let source: &'a str = xml.input_text();
    let declared = declared(source, notes);
    if declared.is_empty() {
        return;
    }
    for id in 0..document.nodes.len() {
        let node = &document.nodes[id];
        let written = source.get(node.range.start + 1..).filter(|_| !node.name.is_empty()).unwrap_or_default();
        let end = written.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(written.len());
        let Some(all) = declared.get(&written[..end]) else { continue };
        if !document.budget.visit(all.len() * (node.attributes.len() + all.len())) {
            return;
        }
        for one in all {
            if document.attribute(id, one.name).is_some() {
                continue;
            }
            if !document.budget.spend(Cost::Written, size_of::<Attribute<'_>>()) {
                return;
            }
            let (name, value) = (Cow::Borrowed(one.name), Cow::Borrowed(one.value));
            document.nodes[id].attributes.push(Attribute { name, value, range: one.range.clone() });
        }
    }
}

/// The default values of a DOCTYPE. Of several declarations of an attribute, the first holds.
fn declared<'t>(source: &'t str, notes: &mut Notes) -> Defaults<'t> {
    let (mut all, mut known) = (Defaults::new(), HashSet::new());
    for (start, list) in xml::attribute_lists(source) {
        let mut rest = list;
        let Some(element) = word(&mut rest) else { continue };
        while let Some((name, value)) = definition(&mut rest) {
            let (Some(value), true) = (value, known.insert((element, name))) else { continue };
            // Before its quotation mark.
            let end = start + list.len() - rest.len() - 1;
            let range = end - value.len()..end;
            let Some(in_tree) = name_in_tree(name) else { continue };
            if value.contains('&') {
                notes.add(range, words::artwork_default(quote(name)));
            } else {
                all.entry(element).or_default().push(DefaultValue { name: in_tree, value, range });
            }
        }
    }
    all
}

/// The name of an attribute in the tree. `None` for namespaces, and for attributes of others than that of SVG.
fn name_in_tree(name: &str) -> Option<&str> {
    match name {
        "xlink:href" => Some("href"),
        "xml:id" => Some("id"),
        "xml:space" | "xml:lang" => Some(name),
        _ => (name != "xmlns" && !name.contains(':')).then_some(name),
    }
}

/// The definition of an attribute, with its default value if it has one: `width CDATA #REQUIRED`, `fill (red|blue) "red"`.
fn definition<'t>(rest: &mut &'t str) -> Option<(&'t str, Option<&'t str>)> {
    let name = word(rest)?;
    if matches!(word(rest), None | Some("NOTATION")) {
        *rest = rest.trim_ascii_start().strip_prefix('(')?.split_once(')')?.1;
    }
    let value = match word(rest) {
        Some("#REQUIRED" | "#IMPLIED") => None,
        None | Some("#FIXED") => {
            let text = rest.trim_ascii_start();
            let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            let (value, after) = text[1..].split_once(quote)?;
            *rest = after;
            Some(value)
        }
        Some(_) => return None,
    };
    Some((name, value))
}

/// The word that is next, up to white space, a bracket or a quotation mark.
fn word<'t>(rest: &mut &'t str) -> Option<&'t str> {
    let text = rest.trim_ascii_start();
    let end = text.find(|c: char| c.is_ascii_whitespace() || matches!(c, '(' | '"' | '\'')).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    *rest = after;
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_values_are_read() {
        let source = "<!DOCTYPE svg [<!-- <!ATTLIST a b CDATA 'c'> -->\n<!ATTLIST rect x CDATA #REQUIRED fill (red | blue) \"red\"\n\
                      y CDATA #FIXED '1' z NOTATION (a|b) #IMPLIED xlink:href CDATA '#a' xmlns CDATA 'b'>\
                      <!ATTLIST rect fill CDATA 'blue' x CDATA '2'><!ATTLIST s:g id ID #IMPLIED class CDATA ''>\
                      <!ATTLIST g a CDATA '&b;' c CDATA><!ENTITY b 'c'>]><svg/>";
        let mut notes = Notes::default();
        let all = declared(source, &mut notes);
        let read = |element: &str| -> Vec<(&str, &str)> {
            all.get(element).into_iter().flatten().map(|one| (one.name, &source[one.range.clone()])).collect()
        };
        assert_eq!(read("rect"), [("fill", "red"), ("y", "1"), ("href", "#a")]);
        assert_eq!((read("s:g"), read("g"), read("a")), (vec![("class", "")], vec![], vec![]));
        assert!(all.values().flatten().all(|one| source[one.range.clone()] == *one.value));
        let noted: Vec<_> = notes.into_vec().into_iter().map(|note| (note.finding.code, note.range)).collect();
        let at = source.find("&b;").expect("an entity");
        assert_eq!(noted, [("artwork_attribute", at..at + 3)]);
    }
}
