//! The service: joins the core (template, plan, renderer) with the edges (WeChat, the network, the file system).

mod catalog;
pub mod check;
mod codes;
mod compose;
mod config;
pub mod explain;
pub mod export;
pub mod fonts;
mod gather;
pub mod pool;

use std::sync::Arc;

pub use catalog::Catalog;
pub use codes::{CodePicture, Coder, Origin};
pub use compose::{CodeFrom, ComposeRequest, Composed, Times, compose, compose_plan};
pub use config::Config;
use export::jobs::Exports;
use pool::Pool;

use crate::{fetch::Fetcher, store::Links};
use haibao_core::{
    error::{Error, Kind, Result},
    render::Renderer,
    template::Template,
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
    /// Makes all parts from the config. Nothing is fetched and no template is loaded yet.
    ///
    /// # Errors
    /// Settings that cannot be used, and fonts that cannot be read.
    pub fn new(config: &Config) -> Result<Self> {
        let fonts = fonts::load(&config.fonts)?;
        let coder = Coder::new(config)?;
        Ok(Self {
            catalog: Arc::new(Catalog::new(&config.templates, Arc::clone(&fonts))),
            renderer: Arc::new(Renderer::new(fonts, config.render)),
            pool: Pool::start(config.pool)?,
            links: coder.links(),
            exports: Exports::new(coder.store(), coder.blobs(), config.exports.clone())?,
            coder,
            fetcher: Fetcher::new(config.assets.clone())?,
            max_asset_bytes: config.assets.max_bytes,
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
