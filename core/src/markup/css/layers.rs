//! Cascade layers (CSS Cascade 5): later ones override earlier ones, and rules outside of layers override all.

use std::collections::HashMap;

/// Maximum number of layers of an artwork.
const MAX_LAYERS: usize = 1000;
/// Maximum number of names in the path of a layer.
const MAX_DEPTH: usize = 8;

/// The layers of all style sheets.
#[derive(Debug, Default)]
pub struct Layers {
    /// The layer around each, in the order of their first appearance.
    parents: Vec<Option<usize>>,
    /// Layers by the layer around them and their own name. Those without a name are not found again.
    known: HashMap<(Option<usize>, String), usize>,
}

impl Layers {
    /// The index of a layer that all others override.
    pub const LOWEST: usize = usize::MAX;

    /// Index of a layer within another one. An empty name: a layer of its own. `None` when there are too many, or they nest
    /// too deep.
    pub fn declare(&mut self, around: Option<usize>, name: &str) -> Option<usize> {
        if name.is_empty() {
            return self.push(around);
        }
        let mut inside = around;
        for part in name.split('.').map(str::trim) {
            inside = match self.known.get(&(inside, part.to_owned())) {
                Some(known) => Some(*known),
                None => {
                    let layer = self.push(inside)?;
                    self.known.insert((inside, part.to_owned()), layer);
                    Some(layer)
                }
            };
        }
        inside
    }

    fn push(&mut self, around: Option<usize>) -> Option<usize> {
        let depth = std::iter::successors(around, |layer| self.parents[*layer]).count();
        (self.parents.len() < MAX_LAYERS && depth < MAX_DEPTH).then(|| {
            self.parents.push(around);
            self.parents.len() - 1
        })
    }

    /// Precedence of each layer, ascending, by index. What a layer holds itself overrides the layers in it.
    pub fn order(&self) -> Vec<i32> {
        let count = self.parents.len();
        let mut inside: Vec<Vec<usize>> = vec![Vec::new(); count];
        // Layers that are visited next, the last first. The second visit of a layer comes after those in it.
        let mut open: Vec<(usize, bool)> = Vec::new();
        for (layer, parent) in self.parents.iter().enumerate() {
            match parent {
                Some(parent) => inside[*parent].push(layer),
                None => open.push((layer, false)),
            }
        }
        open.reverse();
        let (mut order, mut place) = (vec![0; count], 0);
        while let Some((layer, is_second)) = open.pop() {
            if is_second {
                place += 1;
                order[layer] = place;
            } else {
                open.push((layer, true));
                open.extend(inside[layer].iter().rev().map(|inner| (*inner, false)));
            }
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_ordered_by_first_appearance() {
        let mut layers = Layers::default();
        let mut declare = |around, name| layers.declare(around, name).expect("a layer");
        let (b, a) = (declare(None, "b"), declare(None, "a"));
        let (inner, anonymous) = (declare(Some(b), "c"), declare(None, ""));
        assert_eq!((declare(None, "b.c"), declare(None, "a")), (inner, a));
        let deep = declare(None, "b.c.d");
        let order = layers.order();
        assert!(order[deep] < order[inner] && order[inner] < order[b]);
        assert!(order[b] < order[a] && order[a] < order[anonymous]);
    }

    #[test]
    fn layers_are_bounded() {
        let mut layers = Layers::default();
        assert_eq!(layers.declare(None, &"a.".repeat(MAX_DEPTH)), None);
        assert!(layers.declare(None, "a.a.a.a.a.a.a.a").is_some());
        for _ in 0..2 * MAX_LAYERS {
            layers.declare(None, "");
        }
        assert_eq!((layers.declare(None, ""), layers.order().len()), (None, MAX_LAYERS));
    }
}
