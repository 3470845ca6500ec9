//! The studio: designers see and edit the files of templates, and posters of drafts, which are unsaved texts over these files.

mod artworks;
mod cases;
mod drafts;
mod layout;
mod poster;
mod proposals;
mod proposed;
mod shapes;
mod slots;

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;

pub use self::{
    artworks::{Created, ListedArtwork, Origin, create, create_template, draw_artwork, list_artwork},
    cases::{DraftCase, cases_of_draft},
    drafts::OVERLAID,
    poster::{Drawn, compose_draft, template_of_draft},
    proposals::{Format, SlotKind},
    shapes::shapes,
    slots::{Proposal, Slot},
};
use super::{
    catalog::{Catalog, Outcome, Seen, Source, blocking},
    watchers::Watchers,
};
use crate::words;
use drafts::Drafts;
use haibao_core::error::{Error, ErrorKind, Result};

/// Settings of the studio (`[studio]`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Whether the files of templates may be written. Default: false.
    pub edit: bool,
}

/// State of the studio. One per process.
#[derive(Debug)]
pub struct Studio {
    /// Whether the files of templates may be written.
    pub edit: bool,
    /// Clients that watch templates.
    pub watchers: Watchers,
    drafts: Drafts,
}

impl Studio {
    /// The studio with these settings.
    pub fn new(config: Config) -> Self {
        Self { edit: config.edit, watchers: Watchers::default(), drafts: Drafts::new() }
    }

    /// Writes a file of a template.
    ///
    /// # Errors
    /// `template_unknown`; `studio_read_only`; `studio_path`; `body_too_large`; `disk_failed`.
    pub async fn write(
        &self,
        catalog: &Arc<Catalog>,
        id: &str,
        path: String,
        content: Bytes,
        seen: Seen,
    ) -> Result<Outcome> {
        let edit = self.edit;
        let write = move |catalog: &Catalog, id: &str| {
            catalog.has_folder(id)?;
            if !edit {
                return Err(Error::of(ErrorKind::Forbidden, words::studio_read_only()));
            }
            catalog.write_file(id, &path, &content, &seen)
        };
        blocking(catalog, id, write).await
    }
}

/// What `view` makes of a template with its files, also of a broken one. Runs on the catalog's blocking thread.
///
/// # Errors
/// `template_unknown`, `template_unreadable`.
pub async fn source<T: Send + 'static>(
    catalog: &Arc<Catalog>,
    id: &str,
    view: impl FnOnce(&Source) -> Result<T> + Send + 'static,
) -> Result<T> {
    blocking(catalog, id, move |catalog, id| view(&catalog.source(id)?)).await
}

/// Fails if there is no template of this name, not even a broken one.
///
/// # Errors
/// `template_unknown`.
pub async fn require(catalog: &Arc<Catalog>, id: &str) -> Result<()> {
    blocking(catalog, id, |catalog, id| catalog.has_folder(id).map(|_| ())).await
}
