//! Cascade layers (CSS Cascade 5): later ones override earlier ones, and rules outside of layers override all.

use std::collections::HashMap;

/// Maximum number of layers.
const MAX_LAYERS: usize = 1000;
/// Maximum number of layers in each other.
const MAX_DEPTH: usize = 32;

/// The layers of all style sheets.
#[derive(Debug, Default)]
pub struct Layers {
    /// In the order of their first appearance.
    all: Vec<Layer>,
    /// Those in no other layer.
    outermost: Vec<usize>,
    /// Indexes by the layer around and the name.
    known: HashMap<(Option<usize>, String), usize>,
}

#[derive(Debug)]
struct Layer {
    /// Number of layers around it.
    depth: usize,
    /// Layers in it, in the order of their first appearance.
    inside: Vec<usize>,
}

impl Layers {
    /// The index of a layer that all others override.
    pub const LOWEST: usize = usize::MAX;

    /// Index of a layer within another one. An empty name: a layer of its own. `None` when there are too many.
    pub fn declare(&mut self, around: Option<usize>, name: &str) -> Option<usize> {
        let mut at = around;
        // The layers around it come into being with it.
        for part in name.split('.').map(str::trim) {
            let known = if part.is_empty() { None } else { self.known.get(&(at, part.to_owned())).copied() };
            at = Some(match known {
                Some(known) => known,
                None => self.add(at, part)?,
            });
        }
        at
    }

    fn add(&mut self, around: Option<usize>, name: &str) -> Option<usize> {
        let index = self.all.len();
        let depth = around.and_then(|around| self.all.get(around)).map_or(0, |around| around.depth + 1);
        if index >= MAX_LAYERS || depth >= MAX_DEPTH {
            return None;
        }
        self.all.push(Layer { depth, inside: Vec::new() });
        match around.and_then(|around| self.all.get_mut(around)) {
            Some(around) => around.inside.push(index),
            None => self.outermost.push(index),
        }
        if !name.is_empty() {
            self.known.insert((around, name.to_owned()), index);
        }
        Some(index)
    }

    /// Precedence of each layer, ascending, by index. What a layer holds itself overrides the layers in it.
    pub fn order(&self) -> Vec<i32> {
        let mut order = vec![0; self.all.len()];
        let mut next = 1;
        self.outermost.iter().for_each(|index| self.rank(*index, &mut next, &mut order));
        order
    }

    /// Ranks a layer after those in it. Their depth is limited.
    fn rank(&self, index: usize, next: &mut i32, order: &mut [i32]) {
        let Some(layer) = self.all.get(index) else { return };
        layer.inside.iter().for_each(|inner| self.rank(*inner, next, order));
        order[index] = *next;
        *next += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_ordered_by_first_appearance() {
        let mut layers = Layers::default();
        let mut declare = |around, name: &str| layers.declare(around, name).expect("few");
        let (b, a) = (declare(None, "b"), declare(None, "a"));
        let (inner, anonymous) = (declare(Some(b), "c"), declare(None, ""));
        assert_eq!((declare(None, "b . c"), declare(None, "a")), (inner, a));
        assert_ne!(declare(None, ""), anonymous);
        let order = layers.order();
        assert!(order[inner] < order[b] && order[b] < order[a] && order[a] < order[anonymous]);
    }

    #[test]
    fn layers_are_bounded() {
        let mut layers = Layers::default();
        assert_eq!(layers.declare(None, &"a.".repeat(20_000)), None);
        assert_eq!(layers.all.len(), MAX_DEPTH);
        let declared = (0..100_000).filter(|_| layers.declare(None, "").is_some()).count();
        assert_eq!((declared, layers.order().len()), (MAX_LAYERS - MAX_DEPTH, MAX_LAYERS));
    }
}
