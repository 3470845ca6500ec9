//! Tasks of the queue.

use serde::{Deserialize, Serialize};

/// A task of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Read and check the sheet.
    Prepare {
        /// Export id.
        id: String,
        /// Generation of the export.
        generation: i64,
    },
    /// Render a chunk.
    Chunk {
        /// Export id.
        id: String,
        /// Generation of the chunk.
        generation: i64,
        /// Chunk index, from 0.
        n: i64,
    },
    /// Assemble the archive.
    Finish {
        /// Export id.
        id: String,
        /// Generation of the export.
        generation: i64,
    },
    /// Notify the webhook of the end of the export.
    Webhook {
        /// Export id.
        id: String,
        /// Attempt, from 0.
        attempt: i64,
    },
}

impl Task {
    /// Id of its export.
    pub fn export(&self) -> &str {
        match self {
            Self::Prepare { id, .. } | Self::Chunk { id, .. } | Self::Finish { id, .. } | Self::Webhook { id, .. } => {
                id
            }
        }
    }

    /// Idempotency key: the queue accepts each key once. Keys stay in use after a task has finished, so a new task for
    /// the same work needs a new generation.
    pub fn key(&self) -> String {
        match self {
            Self::Prepare { id, generation } => format!("{id}/prepare/{generation}"),
            Self::Chunk { id, generation, n } => format!("{id}/{n}/{generation}"),
            Self::Finish { id, generation } => format!("{id}/finish/{generation}"),
            Self::Webhook { id, attempt } => format!("{id}/webhook/{attempt}"),
        }
    }
}
