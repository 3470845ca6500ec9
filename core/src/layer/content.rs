//! Traits of planned layers: how a kind resolves its fields, and what its planned form provides.

use crate::{asset::AssetSource, plan::resolver::Resolver, style::BoxShadow, text::StyledText};

/// Resolves the fields of a layer in layout.json.
pub(crate) trait Resolve {
    /// The resolved fields.
    type Planned: Content;

    /// Resolves the layer at a pointer; of a container, only what is drawn under its children. None, with findings in
    /// the resolver, if the layer cannot be drawn.
    fn resolve(&self, pointer: &str, resolver: &mut Resolver<'_>) -> Option<Self::Planned>;
}

/// Bytes of a pixel that is kept.
pub const BYTES_PER_PIXEL: f64 = 4.0;

/// The resolved fields of a kind of layer.
pub trait Content {
    /// Name of the kind in reports.
    const KIND: &'static str;

    /// The pictures that must be fetched.
    fn needs(&self) -> Vec<PictureNeed<'_>> {
        Vec::new()
    }

    /// Whether the layer shows the plan's code, so that its [`Role::CONTENT`] is that.
    fn shows_code(&self) -> bool {
        false
    }

    /// Whether the layer shows a picture or a code, fetched or not.
    fn shows_picture(&self) -> bool {
        false
    }

    /// The text that is set in the layer's box. It measures the layer in a container.
    fn text(&self) -> Option<&StyledText> {
        None
    }

    /// Whether some appearance of the layer depends on the pixels beneath it.
    fn is_auto(&self) -> bool {
        false
    }

    /// Whether the layer takes no room in a container: a text of white space only.
    fn is_blank(&self) -> bool {
        false
    }

    /// Whether the layer draws anything.
    fn has_ink(&self) -> bool {
        true
    }

    /// Bytes of pixels of its own that the layer keeps until the poster is finished. `area`: that of its box, output px.
    fn pixel_bytes(&self, area: f64) -> f64 {
        if self.shows_picture() { BYTES_PER_PIXEL * area } else { 0.0 }
    }

    /// The shadow of the layer's box, which is kept like its pixels, and the degrees that it is rotated by.
    fn shadow(&self) -> Option<(BoxShadow, f32)> {
        None
    }

    /// Whether the layer is a box without content. It is omitted without a warning if it has no room.
    fn is_box(&self) -> bool {
        false
    }
}

/// A picture that a layer uses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PictureNeed<'p> {
    /// Purpose of the picture.
    pub role: Role,
    /// Where its bytes come from.
    pub source: &'p AssetSource,
    /// JSON pointer to report when it fails.
    pub pointer: &'p str,
    /// Whether its failure fails the poster; else it is a warning, and the layer is drawn without the picture.
    pub is_required: bool,
    /// Time to wait for its bytes, ms, after which it has failed. `None`: as long as its client waits.
    pub timeout_ms: Option<u32>,
}

/// Purpose of a picture in a layer. Kinds may define their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Role(pub &'static str);

impl Role {
    /// The picture that the layer shows.
    pub const CONTENT: Self = Self("content");
}
