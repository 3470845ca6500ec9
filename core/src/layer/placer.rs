//! Tools that layer kinds draw with: the display list, the plan and its assets.

use std::sync::Arc;

use crate::{
    artwork::silhouette::Silhouettes,
    asset::Asset,
    error::{Error, Finding, Result, Severity},
    legibility::{Form, StyleRequest},
    paint::{
        context::Context,
        geometry::{PxRect, canvas_size},
        ink::Ink,
        key::{Key, KeyMaker},
        list::{Item, ItemContent, Lazy, Make, Paint},
    },
    plan::{Plan, ResolvedAssets},
    text::Shaper,
};

/// Draws the resolved fields of a layer.
pub(crate) trait Draw {
    /// Adds the layer's items to the display list. Returns the set text, if the kind is a text.
    ///
    /// # Errors
    /// `picture_...` for a picture that cannot be used, `box_size` for a box far larger than the canvas, `barcode_...` for
    /// a box that is too small for a barcode.
    fn draw<'a>(&'a self, layer: Placement<'a>, placer: &mut Placer<'a, '_>) -> Result<Option<Arc<Ink>>>;
}

/// Position of a drawn layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placement<'a> {
    /// Index in [`Plan::layers`].
    pub position: usize,
    /// JSON pointer of the layer.
    pub pointer: &'a str,
    /// Its box, px at scale 1.
    pub rect: [f32; 4],
}

/// Adds what layers draw to the display list.
pub(crate) struct Placer<'a, 's> {
    pub context: &'a Context,
    /// Whether codes are placed without being drawn, to see what lies beneath them.
    pub beneath: bool,
    pub plan: &'a Plan,
    pub assets: &'a ResolvedAssets,
    pub silhouettes: Silhouettes,
    pub shaper: &'s mut Shaper,
    pub findings: &'s mut Vec<Finding>,
    /// Items of the group that is open, or of the display list.
    pub items: &'s mut Vec<Item<'a>>,
    /// Path of the group that is open: indices, that of the outermost group first.
    pub within: Vec<usize>,
    pub codes: &'s mut Vec<PlacedCode<'a>>,
}

/// A code in the display list, for the legibility gate.
#[derive(Debug, Clone)]
pub(crate) struct PlacedCode<'a> {
    /// Index of its layer in the plan.
    pub position: usize,
    /// Path of its item, or of the next item if codes are not drawn: indices, that of the outermost group first.
    pub item: Vec<usize>,
    /// JSON pointer of its layer.
    pub pointer: &'a str,
    /// Its square, output px.
    pub square: PxRect,
    /// Its form; none if unknown before it is drawn.
    pub form: Option<Form<'a>>,
    /// Diameter of the picture in its middle, output px; 0 without one.
    pub center: f32,
    /// Appearance that the pixels beneath it decide; none for codes without such fields.
    pub request: Option<StyleRequest>,
}

impl<'a> Placer<'a, '_> {
    /// The canvas in output px.
    pub fn canvas(&self) -> PxRect {
        let (width, height) = canvas_size(self.plan.canvas, self.plan.scale);
        PxRect::new(0, 0, width, height)
    }

    /// Path in the display list of an item of the group that is open.
    pub fn path(&self, item: usize) -> Vec<usize> {
        self.within.iter().copied().chain([item]).collect()
    }

    /// A box in output px.
    pub fn px(&self, rect: [f32; 4]) -> PxRect {
        PxRect::snap(rect, self.plan.scale)
    }

    /// Starts the key of an item. Every key contains the scale, because items are in output px.
    pub fn key(&self, kind: &str) -> KeyMaker<'_> {
        self.context.key(kind).data(&self.plan.scale)
    }

    /// Adds a picture. `faults` returns what was tolerated when it was made. Returns these faults.
    ///
    /// # Errors
    /// `picture_...` if it cannot be used.
    pub fn picture(
        &mut self,
        key: Key,
        bounds: PxRect,
        asset: &Asset,
        make: impl Fn() -> Result<Paint> + Send + Sync + 'a,
        faults: impl FnOnce() -> Vec<Finding>,
    ) -> Result<Vec<Finding>> {
        let make: Make<'a> = Box::new(make);
        let (made, faults) = self.context.checked(asset, key, &make, faults)?;
        self.items.push(Item { key, bounds, layer: None, content: ItemContent::Lazy(Lazy::new(make, made)) });
        Ok(faults)
    }

    /// Adds an item whose pixels are made on first use.
    pub fn lazy(&mut self, key: Key, bounds: PxRect, make: impl Fn() -> Result<Paint> + Send + Sync + 'a) {
        self.items.push(Item { key, bounds, layer: None, content: ItemContent::Lazy(Lazy::new(Box::new(make), None)) });
    }

    /// Reports the error of an omitted picture as a warning.
    pub fn warn(&mut self, error: &Error) {
        let findings = error.all_findings().iter().cloned();
        self.findings.extend(findings.map(|finding| finding.severity(Severity::Warning)));
    }
}
