//! What was fetched and decided for a plan.

use std::collections::BTreeMap;

use super::Plan;
use crate::{asset::Asset, code::CodeStyle, layer::Role};

/// The pictures of a plan's layers and the styles of its codes, by the position of the layer in [`Plan::layers`].
#[derive(Debug, Clone, Default)]
pub struct ResolvedAssets {
    assets: BTreeMap<(usize, Role), Asset>,
    /// Styles of codes; needed where [`Plan::is_auto`]. A plate whose style is missing is drawn.
    pub code_styles: BTreeMap<usize, CodeStyle>,
}

impl ResolvedAssets {
    /// The picture that a layer uses in a role.
    pub fn get(&self, layer: usize, role: Role) -> Option<&Asset> {
        self.assets.get(&(layer, role))
    }

    /// Sets the picture that a layer uses in a role.
    pub fn insert(&mut self, layer: usize, role: Role, asset: Asset) {
        self.assets.insert((layer, role), asset);
    }

    /// All pictures. One that several layers use comes several times.
    pub fn pictures(&self) -> impl Iterator<Item = &Asset> {
        self.assets.values()
    }

    /// Gives the plan's code to every layer that shows it.
    pub fn insert_code(&mut self, plan: &Plan, code: &Asset) {
        for (position, _) in plan.layers.iter().enumerate().filter(|(_, layer)| layer.kind.shows_code()) {
            self.insert(position, Role::CONTENT, code.clone());
        }
    }
}
