//! Limits of a plan: they bound the work of expanding, shaping and arranging.

/// Maximum number of layers in all containers of a poster, including copies of repeated layers.
pub const MAX_LAYERS: usize = 512;
/// Maximum number of layers in all containers whose `when` is evaluated, including those that are then not drawn.
pub const MAX_CONDITIONS: usize = 16_384;
/// Maximum number of copies of one layer.
pub const MAX_COPIES: usize = 64;
/// Maximum number of characters of all texts of a poster. Each counts at most [`crate::text::MAX_PARAGRAPH_CHARACTERS`].
pub const MAX_CHARACTERS: usize = 200_000;
