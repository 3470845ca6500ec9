//! `<use>` elements that draw themselves: the renderer would only say that there are too many elements.

use std::collections::{HashMap, HashSet};

use resvg::usvg::roxmltree::{Document, Node};

/// Nobody reads more.
const MOST: usize = 16;

/// Every `<use>` that closes a circle, with the id that it names (SVG 2, section 5.6: a circular reference is an error).
/// A circle of several is told once, by the one that leads back; at most [`MOST`].
pub fn circular<'a, 'i>(document: &'a Document<'i>) -> Vec<(Node<'a, 'i>, &'a str)> {
    let is_use = |node: &Node<'_, '_>| node.is_element() && node.tag_name().name() == "use";
    let uses: Vec<_> = document.descendants().filter(is_use).filter_map(|node| Some((node, target(node)?))).collect();
    let targets: HashSet<&str> = uses.iter().map(|(_, target)| *target).collect();
    // Which elements each target draws through a <use> in it.
    let mut draws: HashMap<&str, Vec<(Node<'a, 'i>, &str)>> = HashMap::new();
    for &(node, target) in &uses {
        for around in node.ancestors() {
            if let Some(id) = around.attribute("id").filter(|id| targets.contains(id)) {
                draws.entry(id).or_default().push((node, target));
            }
        }
    }
    // Depth first, without recursion: chains may be long.
    let (mut done, mut found) = (HashSet::new(), Vec::new());
    for &(_, start) in &uses {
        let mut path = vec![(start, 0)];
        let mut open = HashSet::from([start]);
        while let Some((id, next)) = path.last_mut() {
            let step = if done.contains(id) { None } else { draws.get(id).and_then(|all| all.get(*next)) };
            *next += 1;
            match step {
                Some(&(node, target)) if open.contains(target) => {
                    if found.len() < MOST && !found.contains(&(node, target)) {
                        found.push((node, target));
                    }
                }
                Some(&(_, target)) => {
                    open.insert(target);
                    path.push((target, 0));
                }
                None => {
                    open.remove(id);
                    done.insert(*id);
                    path.pop();
                }
            }
        }
    }
    found
}

/// The id that a `<use>` names.
fn target<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    let href = node.attributes().find(|attribute| attribute.name() == "href")?;
    href.value().trim().strip_prefix('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str) -> Vec<String> {
        let svg =
            format!("<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:x=\"http://www.w3.org/1999/xlink\">{body}</svg>");
        let document = Document::parse(&svg).unwrap();
        circular(&document).into_iter().map(|(_, target)| target.to_owned()).collect()
    }

    #[test]
    fn circles_are_found_and_nothing_else() {
        assert_eq!(told(r##"<g id="a"><use href="#a"/></g>"##), ["a"]);
        assert_eq!(told(r##"<use id="a" x:href="#a"/>"##), ["a"]);
        assert_eq!(
            told(
                r##"<g id="a"><use href="#b"/></g><g id="b"><g><use href="#c"/></g></g><g id="c"><use href="#a"/></g>"##
            ),
            ["b"]
        );
        assert_eq!(
            told(r##"<use href="#a"/><g id="a"><use href="#b"/></g><rect id="b"/><use href="#b"/><use href="#no"/>"##),
            [""; 0]
        );
        let chain: String = (0..20_000).map(|n| format!(r##"<g id="i{n}"><use href="#i{}"/></g>"##, n + 1)).collect();
        assert_eq!(told(&chain), [""; 0]);
        assert_eq!(told(&format!(r##"{chain}<use id="i20000" href="#i0"/>"##)).len(), 1);
    }
}
