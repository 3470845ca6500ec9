//! Parts that errors come from.

/// Part that an error comes from, for callers that handle failures of some parts differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// The configured mini-program: unknown, or its credentials were rejected. Affects every code of the app.
    App,
    /// A bug of haibao or a panic.
    Bug,
    /// The content coding of a request, such as `gzip`. The response names those that are supported.
    Coding,
    /// A full or failing local disk.
    Disk,
    /// The content of a picture.
    Picture,
    /// Output that cannot be written. Affects every file.
    Output,
    /// A setting that is invalid or missing. Affects every request that needs it.
    Settings,
    /// The database, the job queue or the blob store. Affects every request that needs it.
    Store,
    /// A stored file that is missing or damaged.
    StoredFile,
}
