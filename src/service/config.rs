//! Settings of the service: those of its components, joined.

use haibao_core::render;
use secrecy::SecretString;

use super::{catalog, export::jobs, keep, pool, signing, studio};
use crate::{access, fetch, store, wechat::client};

/// Settings of [`super::App`].
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder of templates that take precedence over the built-in ones; it need not exist.
    pub templates: String,
    /// Folder of fonts that take precedence over the built-in ones; empty for none.
    pub fonts: String,
    /// Folder of durable data: what `store` and `blobs` do not put elsewhere.
    pub data: String,
    /// URL of a Postgres database for records; empty: a file in `data`.
    pub store: SecretString,
    /// URL of a bucket for files; empty: a folder in `data`.
    pub blobs: SecretString,
    /// Reloads and versions of templates.
    pub catalog: catalog::Config,
    /// The drawing threads.
    pub pool: pool::Config,
    /// Fetching pictures by URL.
    pub assets: fetch::Config,
    /// Short links.
    pub scenes: store::Config,
    /// Keys and lifetime of signed links.
    pub links: signing::Config,
    /// Posters that are kept for a GET.
    pub posters: keep::PosterConfig,
    /// Uploaded pictures.
    pub uploads: keep::UploadConfig,
    /// Workers, limits and webhooks of exports.
    pub exports: jobs::Config,
    /// Whether templates may be edited.
    pub studio: studio::Config,
    /// Sessions of the pages.
    pub keys: access::Config,
    /// The renderer's caches.
    pub render: render::Config,
    /// WeChat's API and the apps.
    pub wechat: client::Config,
}
