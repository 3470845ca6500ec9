//! Finds `<use>` elements that draw themselves. The renderer would only report too many elements.

use std::collections::{HashMap, HashSet};

use crate::markup::tree::{Document, NodeId};

/// Maximum number of reported cycles.
const MAX_CYCLES: usize = 16;

/// Returns every `<use>` that closes a cycle, with the id that it references (SVG 2, section 5.6: a circular reference is
/// an error). A cycle of several elements is reported once, at the one that closes it. At most [`MAX_CYCLES`].
pub fn circular<'d>(document: &'d Document<'_>) -> Vec<(NodeId, &'d str)> {
    let uses = document.descendants(0).filter(|node| document.nodes[*node].name == "use");
    let uses: Vec<_> = uses.filter_map(|node| Some((node, document.nodes[node].target()?))).collect();
    let targets: HashSet<&str> = uses.iter().map(|(_, target)| *target).collect();
    // For each target: the <use> elements in it, with what they reference.
    let mut draws: HashMap<&str, Vec<(NodeId, &str)>> = HashMap::new();
    for &(node, target) in &uses {
        for around in document.within(node) {
            if let Some(id) = document.attribute(around, "id").filter(|id| targets.contains(id)) {
                draws.entry(id).or_default().push((node, target));
            }
        }
    }
    // Depth-first search without recursion: chains may be long.
    let (mut done, mut found) = (HashSet::new(), Vec::new());
    for &(_, start) in &uses {
        let mut path = vec![(start, 0)];
        let mut open = HashSet::from([start]);
        while let Some((id, next)) = path.last_mut() {
            let step = if done.contains(id) { None } else { draws.get(id).and_then(|all| all.get(*next)) };
            *next += 1;
            match step {
                Some(&(node, target)) if open.contains(target) => {
                    if found.len() < MAX_CYCLES && !found.contains(&(node, target)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn cycles(body: &str) -> Vec<String> {
        let svg =
            format!("<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:x=\"http://www.w3.org/1999/xlink\">{body}</svg>");
        let xml = crate::markup::parse(&svg).unwrap();
        let document = Document::build(&xml).unwrap();
        circular(&document).into_iter().map(|(_, target)| target.to_owned()).collect()
    }

    #[test]
    fn only_cycles_are_reported() {
        assert_eq!(cycles(r##"<g id="a"><use href="#a"/></g>"##), ["a"]);
        assert_eq!(cycles(r##"<use id="a" x:href="#a"/>"##), ["a"]);
        assert_eq!(
            cycles(
                r##"<g id="a"><use href="#b"/></g><g id="b"><g><use href="#c"/></g></g><g id="c"><use href="#a"/></g>"##
            ),
            ["b"]
        );
        assert_eq!(
            cycles(
                r##"<use href="#a"/><g id="a"><use href="#b"/></g><rect id="b"/><use href="#b"/><use href="#no"/>"##
            ),
            [""; 0]
        );
        let chain: String = (0..20_000).map(|n| format!(r##"<g id="i{n}"><use href="#i{}"/></g>"##, n + 1)).collect();
        assert_eq!(cycles(&chain), [""; 0]);
        assert_eq!(cycles(&format!(r##"{chain}<use id="i20000" href="#i0"/>"##)).len(), 1);
    }
}
