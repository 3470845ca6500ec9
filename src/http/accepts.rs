//! What the request bodies of a path may carry, and how large they may be.

use crate::{service::App, words};
use haibao_core::error::{Error, ErrorKind};

/// Maximum size of bodies that carry no files, bytes.
const SMALL: usize = 64 << 10;

/// Makes the error of a body over a limit, bytes.
pub(super) type TooLarge = fn(usize) -> Error;

/// What the request bodies of a path may carry. The sizes depend on settings.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Accepts {
    /// JSON or a form without files.
    #[default]
    Small,
    /// JSON that may contain pictures as `data:` URIs.
    Pictures,
    /// One file.
    File {
        /// Maximum size of the body.
        max_bytes: fn(&App) -> usize,
        /// Error of a body over this size.
        too_large: TooLarge,
    },
    /// A file that the handler reads as a stream.
    Stream {
        /// Maximum size of the body.
        max_bytes: fn(&App) -> usize,
    },
}

impl Accepts {
    /// Whether bodies are files, which may take long to arrive.
    pub(super) fn is_upload(self) -> bool {
        matches!(self, Self::File { .. } | Self::Stream { .. })
    }

    /// Limit of the bodies; `max_bytes` is that of bodies with pictures.
    pub(super) fn limit(self, app: &App, max_bytes: usize) -> Limit {
        match self {
            Self::Small if max_bytes < SMALL => Limit::Memory(max_bytes, too_large),
            Self::Small => Limit::Memory(SMALL, small_too_large),
            Self::Pictures => Limit::Memory(max_bytes, too_large),
            Self::File { max_bytes, too_large } => Limit::Memory(max_bytes(app), too_large),
            Self::Stream { max_bytes } => Limit::Stream(max_bytes(app)),
        }
    }
}

/// Maximum size of the bodies of a path, bytes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Limit {
    /// Read into memory before the handler, with the error of a body over the limit.
    Memory(usize, TooLarge),
    /// Read by the handler.
    Stream(usize),
}

impl Limit {
    /// Bytes of the largest body in memory.
    pub(super) fn memory(self) -> usize {
        match self {
            Self::Memory(bytes, _) => bytes,
            Self::Stream(_) => 0,
        }
    }
}

fn too_large(limit: usize) -> Error {
    Error::of(ErrorKind::TooLarge, words::body_too_large(limit))
}

fn small_too_large(limit: usize) -> Error {
    Error::of(ErrorKind::TooLarge, words::small_body_too_large(limit))
}
