//! Cascade layers (CSS Cascade 5): later ones override earlier ones, and rules outside of layers override all.

/// The layers of all style sheets.
#[derive(Debug, Default)]
pub struct Layers {
    /// Names, with those of the layers around them, in the order of their first appearance. Those without a name are
    /// numbers.
    names: Vec<Vec<String>>,
}

impl Layers {
    /// The index of a layer that all others override.
    pub const LOWEST: usize = usize::MAX;

    /// Index of a layer within another one. An empty name: a layer of its own.
    pub fn declare(&mut self, around: Option<usize>, name: &str) -> usize {
        let mut path = around.and_then(|around| self.names.get(around)).cloned().unwrap_or_default();
        match name {
            "" => path.push(self.names.len().to_string()),
            name => path.extend(name.split('.').map(|part| part.trim().to_owned())),
        }
        // The layers around it come into being with it.
        for length in 1..path.len() {
            if !self.names.iter().any(|known| known[..] == path[..length]) {
                self.names.push(path[..length].to_vec());
            }
        }
        self.names.iter().position(|known| *known == path).unwrap_or_else(|| {
            self.names.push(path);
            self.names.len() - 1
        })
    }

    /// Precedence of each layer, ascending, by index.
    pub fn order(&self) -> Vec<i32> {
        // Where the first layer with each beginning of the path stands. What a layer holds itself overrides the layers in
        // it.
        let key = |path: &Vec<String>| {
            let place = |length: usize| self.names.iter().position(|known| known[..] == path[..length]);
            let mut key: Vec<usize> = (1..=path.len()).filter_map(place).collect();
            key.push(usize::MAX);
            key
        };
        let mut sorted: Vec<(Vec<usize>, usize)> = self.names.iter().map(key).zip(0..).collect();
        sorted.sort();
        let mut order = vec![0; self.names.len()];
        for (place, (_, index)) in (1..).zip(sorted) {
            order[index] = place;
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
        let (b, a) = (layers.declare(None, "b"), layers.declare(None, "a"));
        let (inner, anonymous) = (layers.declare(Some(b), "c"), layers.declare(None, ""));
        assert_eq!((layers.declare(None, "b.c"), layers.declare(None, "a")), (inner, a));
        let order = layers.order();
        assert!(order[inner] < order[b] && order[b] < order[a] && order[a] < order[anonymous]);
    }
}
