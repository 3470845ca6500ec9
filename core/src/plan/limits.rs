//! Limits of a plan: they bound the work of expanding, shaping and arranging.

/// Most layers in all containers of a poster, copies of repeated ones included.
pub const MAX_LAYERS: usize = 512;
/// Most copies of one layer.
pub const MAX_COPIES: usize = 64;
/// Most characters of all texts of a poster, of each text as many as are looked at.
pub const MAX_CHARACTERS: usize = 200_000;
/// Most characters of a value that a message repeats.
pub const MAX_SHOWN: usize = 60;
