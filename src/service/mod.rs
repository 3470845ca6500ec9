//! The service: joins the core (template, plan, renderer) with the edges (WeChat, the network, the file system).

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

/// Everything that composing a poster needs. One for the process.
pub struct App {
    /// The templates.
    pub catalog: Arc<Catalog>,
    /// Draws; its caches are the process's.
    pub renderer: Arc<Renderer>,
    /// The drawing threads.
    pub pool: Pool,
    /// Codes.
    pub coder: Coder,
    /// Pictures by URL.
    pub fetcher: Fetcher,
    /// Short links.
    pub links: Arc<Links>,
    /// Sheets that become many posters.
    pub exports: Exports,
    /// Bytes that one picture may have.
    pub(crate) max_asset_bytes: usize,
}

impl App {
    /// Makes all parts from the settings. Nothing is fetched and no template is loaded yet.
    ///
    /// # Errors
    /// Settings that cannot be used, and fonts that cannot be read.
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

    /// A template by name; loaded aside when it is not known yet.
    ///
    /// # Errors
    /// As [`Catalog::get`].
    pub async fn template(&self, id: &str) -> Result<Arc<Template>> {
        if let Some(known) = self.catalog.known(id) {
            return Ok(known);
        }
        let id = id.to_owned();
        self.aside(move |catalog| catalog.get(&id)).await?
    }

    /// Every template by name, or what is wrong with it.
    ///
    /// # Errors
    /// `internal` only.
    pub async fn templates(&self) -> Result<Vec<(String, Result<Arc<Template>>)>> {
        self.aside(Catalog::all).await
    }

    /// Reads files where no connection waits for it.
    async fn aside<T: Send + 'static>(&self, read: impl FnOnce(&Catalog) -> T + Send + 'static) -> Result<T> {
        let catalog = Arc::clone(&self.catalog);
        let task = tokio::task::spawn_blocking(move || read(&catalog));
        task.await.map_err(|e| Error::new(Kind::Internal, "internal", "loading a template failed").source(e))
    }
}

/// The default folder of fonts, which need not be there.
const FONTS: &str = "fonts";

/// The embedded fonts and those of a folder.
fn fonts(folder: &str) -> Result<Arc<FontSet>> {
    if folder.is_empty() || (folder == FONTS && !Path::new(folder).exists()) {
        return Ok(FontSet::embedded());
    }
    let bad = |e: std::io::Error| {
        Error::new(Kind::Invalid, "fonts_unreadable", format!("the fonts folder {folder:?} cannot be read: {e}"))
            .hint("make the folder, or set `fonts` to another one")
    };
    let mut own = Vec::new();
    for entry in fs::read_dir(folder).map_err(bad)? {
        let path = entry.map_err(bad)?.path();
        let is_font = |e: &str| ["ttf", "otf", "ttc"].contains(&e.to_ascii_lowercase().as_str());
        if path.extension().and_then(|e| e.to_str()).is_some_and(is_font) {
            let name = path.file_name().map(Path::new).map_or_else(String::new, |n| n.display().to_string());
            let bytes = fs::read(&path).map_err(bad)?;
            // The folder may be this repository's: the same font twice costs memory and changes nothing.
            if !FontSet::is_embedded(&bytes) {
                own.push((name, bytes));
            }
        }
    }
    // The order of a folder is the file system's: the font set's version must not depend on it.
    own.sort();
    if own.is_empty() {
        return Ok(FontSet::embedded());
    }
    FontSet::with(own).map(Arc::new)
}
