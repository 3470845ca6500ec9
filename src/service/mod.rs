//! The service: connects the core (template, plan, renderer) with the adapters (WeChat, network, file system).

mod catalog;
pub mod check;
mod codes;
mod compose;
pub mod explain;
pub mod export;
mod gather;
pub mod pool;

use std::{fs, path::Path, sync::Arc};

pub use catalog::Catalog;
pub use codes::{CodePicture, Coder, Origin};
pub use compose::{CodeFrom, ComposeRequest, Composed, Times, compose, compose_plan};
use export::jobs::Exports;
use pool::Pool;

use crate::{
    config::Settings,
    error::{Error, Kind, Result},
    fetch::Fetcher,
    render::Renderer,
    store::Links,
    template::Template,
    text::FontSet,
};

/// Everything needed to compose posters. One per process.
pub struct App {
    /// Templates.
    pub catalog: Arc<Catalog>,
    /// Renderer with its caches.
    pub renderer: Arc<Renderer>,
    /// CPU pool for drawing.
    pub pool: Pool,
    /// Fetches and caches codes.
    pub coder: Coder,
    /// Fetches and caches pictures by URL.
    pub fetcher: Fetcher,
    /// Short links.
    pub links: Arc<Links>,
    /// Export jobs.
    pub exports: Exports,
    /// Maximum size of one picture, bytes.
    pub(crate) max_asset_bytes: usize,
}

impl App {
    /// Creates all components from the settings. Fetches nothing and loads no template yet.
    ///
    /// # Errors
    /// Invalid settings and unreadable fonts.
    pub fn new(settings: &Settings) -> Result<Self> {
        let fonts = fonts(&settings.fonts)?;
        let coder = Coder::new(settings)?;
        Ok(Self {
            catalog: Arc::new(Catalog::new(&settings.templates, Arc::clone(&fonts))),
            renderer: Arc::new(Renderer::new(fonts, settings.render())),
            pool: Pool::start(settings.pool)?,
            links: coder.links(),
            exports: Exports::new(coder.store(), coder.blobs(), settings.exports.clone())?,
            coder,
            fetcher: Fetcher::new(settings.assets.clone())?,
            max_asset_bytes: settings.assets.max_bytes,
        })
    }

    /// A template by name. Loads it on a blocking thread if it is not cached.
    ///
    /// # Errors
    /// As [`Catalog::get`].
    pub async fn template(&self, id: &str) -> Result<Arc<Template>> {
        if let Some(known) = self.catalog.known(id) {
            return Ok(known);
        }
        let id = id.to_owned();
        self.blocking(move |catalog| catalog.get(&id)).await?
    }

    /// All templates by name; broken ones with their error.
    ///
    /// # Errors
    /// `internal` only.
    pub async fn templates(&self) -> Result<Vec<(String, Result<Arc<Template>>)>> {
        self.blocking(Catalog::all).await
    }

    /// Reads the catalog on a blocking thread.
    async fn blocking<T: Send + 'static>(&self, read: impl FnOnce(&Catalog) -> T + Send + 'static) -> Result<T> {
        let catalog = Arc::clone(&self.catalog);
        let task = tokio::task::spawn_blocking(move || read(&catalog));
        task.await.map_err(|e| Error::new(Kind::Internal, "internal", "loading a template failed").source(e))
    }
}

/// The default font folder, which may be missing.
const FONTS: &str = "fonts";

/// The embedded fonts and those of a folder.
fn fonts(folder: &str) -> Result<Arc<FontSet>> {
    if folder.is_empty() || (folder == FONTS && !Path::new(folder).exists()) {
        return Ok(FontSet::embedded());
    }
    let bad = |e: std::io::Error| {
        Error::new(Kind::Invalid, "fonts_unreadable", format!("the font folder {folder:?} cannot be read: {e}"))
            .hint("create the folder, or set `fonts` to another one")
    };
    let mut own = Vec::new();
    for entry in fs::read_dir(folder).map_err(bad)? {
        let path = entry.map_err(bad)?.path();
        let is_font = |e: &str| ["ttf", "otf", "ttc"].contains(&e.to_ascii_lowercase().as_str());
        if path.extension().and_then(|e| e.to_str()).is_some_and(is_font) {
            let name = path.file_name().map(Path::new).map_or_else(String::new, |n| n.display().to_string());
            let bytes = fs::read(&path).map_err(bad)?;
            // The folder may contain the embedded fonts, as this repository's does; loading them twice would waste memory.
            if !FontSet::is_embedded(&bytes) {
                own.push((name, bytes));
            }
        }
    }
    // Directory order depends on the file system; the font set's version must not.
    own.sort();
    if own.is_empty() {
        return Ok(FontSet::embedded());
    }
    FontSet::with(own).map(Arc::new)
}
