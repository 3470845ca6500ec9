//! The service: connects the core (template, plan, renderer) with the adapters (WeChat, network, file system).

mod artworks;
mod begun;
pub mod call;
pub mod catalog;
pub mod check;
mod codes;
mod compose;
mod config;
mod distinct;
mod draw;
mod drawing;
pub mod explain;
pub mod export;
mod failures;
pub mod fonts;
mod gather;
pub mod keep;
mod planned;
mod planning;
pub mod pool;
mod precheck;
mod refusals;
mod samples;
pub mod signing;
pub mod studio;
mod texts;
mod times;
mod verdicts;
pub mod watchers;

use std::{sync::Arc, time::Duration};

use artworks::Artworks;
use begun::BegunPosters;
pub use catalog::{Catalog, Versions};
pub use codes::{CodeFrom, CodeOrigin, CodePicture, CodeService};
pub use compose::{ComposeRequest, Composed, admit, check_findings, compose, compose_plan, hold};
pub use config::Config;
use export::jobs::ExportJobs;
use keep::{Posters, Uploads};
pub use planning::{CheckedPlan, checked_plan, plan};
use pool::Pool;
pub use precheck::{check_link, link_findings};
pub use refusals::known_refusals;
use samples::SampleCodes;
use signing::Signer;
use studio::Studio;
pub use texts::Author;
pub use times::Times;
use verdicts::Verdicts;

use crate::{access::Keys, data_folder, fetch::Fetcher, store::Links};
use haibao_core::{error::Result, render::Renderer, template::Template};

/// Pause between two sweeps of expired posters and uploads.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Everything needed to compose posters. One per process.
pub struct App {
    /// Templates.
    pub catalog: Arc<Catalog>,
    /// Versions of templates that requests may pin.
    pub versions: Arc<Versions>,
    /// Renderer with its caches.
    pub renderer: Arc<Renderer>,
    /// CPU pool for drawing.
    pub pool: Pool,
    /// Artworks that posters draw now.
    artworks: Artworks,
    /// Posters that wait for what they fetch.
    begun: BegunPosters,
    /// Fetches and caches codes.
    pub codes: CodeService,
    /// Sample codes that were drawn.
    samples: SampleCodes,
    /// Fetches and caches pictures by URL.
    pub fetcher: Fetcher,
    /// Short links.
    pub links: Arc<Links>,
    /// Signs and verifies links to posters.
    pub signer: Signer,
    /// Posters that are kept for a GET.
    pub kept: Posters,
    /// Uploaded pictures.
    pub uploads: Uploads,
    /// Exports that this process accepts and works on.
    pub exports: ExportJobs,
    /// Drafts of templates, and who watches templates.
    pub studio: Studio,
    /// Recent verdicts of text checks.
    verdicts: Verdicts,
    /// API keys.
    pub keys: Keys,
    /// Maximum size of one picture, bytes.
    pub(crate) max_asset_bytes: usize,
}

impl App {
    /// Creates all components from the settings. Fetches nothing and loads no template yet.
    ///
    /// # Errors
    /// Invalid settings and unreadable fonts.
    pub fn new(config: &Config) -> Result<Self> {
        let fonts = fonts::load(&config.fonts)?;
        let codes = CodeService::new(config)?;
        let renderer = Arc::new(Renderer::new(Arc::clone(&fonts), config.render));
        Ok(Self {
            catalog: Arc::new(Catalog::new(&config.templates, fonts)),
            versions: Arc::new(Versions::new(
                codes.blobs(),
                config.catalog,
                Duration::from_secs(config.links.grid_seconds),
            )),
            pool: Pool::start(config.pool, {
                let renderer = Arc::clone(&renderer);
                move |bytes| {
                    renderer.trim_caches(bytes);
                    haibao_allocator::return_free_memory();
                }
            })?,
            renderer,
            artworks: Artworks::default(),
            begun: BegunPosters::new(config.pool.fetching_bytes()),
            links: codes.links(),
            keys: codes.keys(),
            signer: Signer::new(&config.links)?,
            kept: Posters::new(codes.blobs(), config.posters),
            uploads: Uploads::new(codes.blobs(), config.uploads),
            exports: ExportJobs::new(codes.store(), codes.blobs(), config.exports.clone())?,
            studio: Studio::new(config.studio),
            codes,
            samples: SampleCodes::new(),
            fetcher: Fetcher::new(config.assets.clone())?,
            verdicts: Verdicts::new(),
            max_asset_bytes: config.assets.max_bytes,
        })
    }

    /// Number of posters that wait until they may fetch their pictures and codes.
    pub fn posters_waiting(&self) -> usize {
        self.begun.waiting()
    }

    /// Checks that the folders of the data can be written, those that are used: a database server and a bucket are not asked. A
    /// full disk is only logged, because what is on it can be served.
    ///
    /// # Errors
    /// `store_failed`, `store_unusable` with the reason of the system.
    pub async fn check_folders(&self) -> Result<()> {
        for checked in [self.codes.store().check_writable().await, self.codes.blobs().check_writable().await] {
            match checked {
                Err(error) if data_folder::is_full(&error) => {
                    tracing::warn!(code = error.code(), error = error.message(), "the disk is full");
                }
                checked => checked?,
            }
        }
        Ok(())
    }

    /// Closes the databases, once their statements in progress are complete.
    pub async fn close(&self) {
        self.keys.stop().await;
        self.exports.queue.close().await;
        self.codes.close().await;
    }

    /// A template by name, or one version of it by `name@version`.
    ///
    /// # Errors
    /// As [`Catalog::find`] and [`Versions::get`].
    pub async fn template(&self, id: &str) -> Result<Arc<Template>> {
        match id.split_once('@') {
            Some((name, version)) => self.versions.get(&self.catalog, name, version).await,
            None => self.catalog.find(id).await,
        }
    }

    /// Keeps the version that `name@version` pins for the life of a link that is signed now. Without a pin, there is nothing to keep.
    ///
    /// # Errors
    /// As [`Versions::renew`].
    pub async fn keep_for_link(&self, id: &str) -> Result<()> {
        match id.split_once('@') {
            Some((name, version)) => self.versions.renew(&self.catalog, name, version).await,
            None => Ok(()),
        }
    }

    /// Removes expired posters and uploads at intervals. Runs until it is aborted.
    pub async fn sweep_periodically(self: Arc<Self>) {
        loop {
            for swept in [self.kept.sweep().await, self.uploads.sweep().await] {
                if let Err(error) = swept {
                    tracing::warn!(code = error.code(), error = error.message(), "expired files cannot be removed");
                }
            }
            tokio::time::sleep(SWEEP_EVERY).await;
        }
    }

    /// All templates by name; broken ones with their error.
    ///
    /// # Errors
    /// `internal` only.
    pub async fn templates(&self) -> Result<Vec<(String, Result<Arc<Template>>)>> {
        let ids = catalog::blocking(&self.catalog, "", |catalog, _| Ok(catalog.ids())).await?;
        let mut all = Vec::with_capacity(ids.len());
        // One at a time, so that other lookups get their turn in between.
        for id in ids {
            let template = self.template(&id).await;
            all.push((id, template));
        }
        Ok(all)
    }
}
