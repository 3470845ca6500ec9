//! What a kind of layer becomes in a plan: resolved fields, and what must be fetched to draw them.

use crate::{asset::Source, plan::resolver::Resolver, text::Text};

/// Resolves the fields of a layer in layout.json.
pub(crate) trait Resolve {
    /// What is planned.
    type Planned: Content;

    /// The resolved fields of the layer at a pointer; of a container, what is drawn under its children. None when the
    /// layer cannot be drawn; the resolver has the findings then.
    fn resolve(&self, pointer: &str, resolver: &mut Resolver<'_>) -> Option<Self::Planned>;
}

/// What a planned layer draws.
pub trait Content {
    /// Name of the kind in reports.
    const KIND: &'static str;

    /// The pictures that must be fetched.
    fn needs(&self) -> Vec<Need<'_>> {
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

    /// The text that is set in the layer's box and gives the layer its size in a container.
    fn text(&self) -> Option<&Text> {
        None
    }

    /// Whether something of the layer is decided by the pixels beneath it.
    fn is_auto(&self) -> bool {
        false
    }

    /// Whether the layer takes no room in a container: a text without characters.
    fn is_blank(&self) -> bool {
        false
    }

    /// Whether the layer draws anything.
    fn has_ink(&self) -> bool {
        true
    }

    /// Whether the layer is a box without content, which may be left out without a warning where it has no room.
    fn is_box(&self) -> bool {
        false
    }
}

/// A picture that a layer uses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Need<'p> {
    /// What the layer uses it for.
    pub role: Role,
    /// Where its bytes come from.
    pub source: &'p Source,
    /// JSON pointer to report when it fails.
    pub pointer: &'p str,
    /// Whether there is no poster without it; else the layer does without, and a failure is a warning.
    pub is_required: bool,
}

/// What a layer uses a picture for. Kinds may have roles of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Role(pub &'static str);

impl Role {
    /// The picture that the layer shows.
    pub const CONTENT: Self = Self("content");
}
