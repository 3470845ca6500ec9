//! Settings: the configurations of all components, loaded from several sources.
//!
//! Precedence: flag, environment, file, default. `config/defaults.toml` documents each setting with its default and is the
//! list of all known names.

mod convert;
mod file;
mod print;
mod ranges;
mod sources;
mod unknown;
mod values;

use std::{collections::BTreeMap, path::Path};

use config::{File, FileFormat, Value};
use convert::{deserialize, error, explain, invalid};
use secrecy::SecretString;
use serde::Deserialize;
use unknown::find_unknown;
use url::Url;
use values::{entries, join};

use crate::{
    access,
    blob::Blobs,
    fetch, log_filter,
    service::{self, catalog, export::jobs, fonts, keep, pool, signing, studio},
    store::{self, Store},
    wechat::client,
    words,
};
use haibao_core::{
    error::{Domain, Error, ErrorKind, Finding, Result},
    render,
};

/// All defaults as commented TOML.
pub const DEFAULTS: &str = include_str!("config/defaults.toml");
/// Settings file that is read if it exists and no other file is given.
pub const FILE: &str = "haibao.toml";

/// Effective settings.
#[derive(Debug, Clone, Deserialize)]
pub struct Settings {
    /// `host:port` to listen on.
    pub addr: String,
    /// Folder of templates. They override built-in ones of the same name.
    pub templates: String,
    /// Folder for persistent data that `store` and `blobs` do not place elsewhere.
    pub data: String,
    /// URL of a Postgres database for records; empty: a SQLite file in `data`. May contain a password.
    pub store: SecretString,
    /// URL of a bucket for files; empty: a folder in `data`. May contain keys.
    pub blobs: SecretString,
    /// Folder of fonts that take precedence over the built-in ones; empty: none. The default, `fonts`, may be missing.
    pub fonts: String,
    /// Log filter in the syntax of `tracing_subscriber::EnvFilter`.
    pub log: String,
    /// Whether log lines are for people or JSON.
    pub log_format: LogFormat,
    /// OTLP/HTTP endpoint that receives traces; empty: none.
    pub otlp: String,
    /// Limits of the HTTP service.
    pub http: crate::http::Config,
    /// Reloads and versions of templates.
    pub catalog: catalog::Config,
    /// CPU pool.
    pub pool: pool::Config,
    /// Fetching of pictures by URL.
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
    /// Caches of the renderer.
    pub render: Render,
    /// WeChat's API.
    wechat: client::Config,
    /// Mini-programs by name. Requests may name one; otherwise `default` is used.
    #[serde(default)]
    pub apps: BTreeMap<String, client::AppConfig>,
}

/// Format of the log (`log_format`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Lines for people.
    Human,
    /// One JSON object per line.
    Json,
}

/// Sizes of the renderer's caches, bytes (`[render]`).
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Render {
    /// Encoded bands.
    pub band_bytes: usize,
    /// Fitted pictures, codes, shadows and shapes.
    pub paint_bytes: usize,
    /// Artwork segments.
    pub artwork_bytes: usize,
    /// Rasterised glyphs.
    pub glyph_bytes: usize,
}

impl Settings {
    /// Configuration of the WeChat client: `[wechat]` and the apps.
    pub fn wechat(&self) -> client::Config {
        client::Config { apps: self.apps.clone(), ..self.wechat.clone() }
    }

    /// Configuration of the renderer: `[render]` and a random secret for its cache keys, new on each call.
    pub fn render(&self) -> render::Config {
        use std::hash::{BuildHasher, RandomState};
        // Inputs come from several tenants: with a secret, none can construct a cache key that collides with another's.
        let random: Vec<u8> = (0..4_u8).flat_map(|i| RandomState::new().hash_one(i).to_le_bytes()).collect();
        let Render { band_bytes, paint_bytes, artwork_bytes, glyph_bytes } = self.render;
        let secret = *blake3::hash(&random).as_bytes();
        render::Config { band_bytes, paint_bytes, artwork_bytes, glyph_bytes, secret, ..render::Config::default() }
    }

    /// Configuration of the service.
    pub fn service(&self) -> service::Config {
        service::Config {
            templates: self.templates.clone(),
            fonts: self.fonts.clone(),
            data: self.data.clone(),
            store: self.store.clone(),
            blobs: self.blobs.clone(),
            catalog: self.catalog,
            pool: self.pool,
            assets: self.assets.clone(),
            scenes: self.scenes,
            links: self.links.clone(),
            posters: self.posters,
            uploads: self.uploads,
            exports: self.exports.clone(),
            studio: self.studio,
            keys: self.keys,
            render: self.render(),
            wechat: self.wechat(),
        }
    }

    /// Redirects all WeChat calls to the emulator at `url`, with its sample app.
    pub fn emulate(&mut self, url: &str, app: client::AppConfig) {
        self.wechat.base_url = url.to_owned();
        // Templates may name any app, so each one is replaced by the sample app.
        self.apps.entry("default".to_owned()).or_insert_with(|| app.clone());
        for known in self.apps.values_mut() {
            *known = client::AppConfig { text_check: known.text_check, ..app.clone() };
        }
    }
}

impl Settings {
    /// Everything that a component would refuse, each finding with a JSON pointer to its setting.
    fn findings(&self) -> Vec<Finding> {
        let hooks =
            fetch::Config { allow_private: self.exports.webhook_allow_private.clone(), ..fetch::Config::default() };
        let checks = [
            self.http.check(),
            self.links.check().map(drop),
            self.assets.check(),
            self.exports.check(),
            self.wechat().validate(),
            Store::new(&self.store, &self.data).map(drop),
            Blobs::new(&self.blobs, &self.data).map(drop),
            hooks.check().map_err(|error| below("/exports/webhook_allow_private", &error)),
        ];
        let mut found: Vec<_> = checks.into_iter().filter_map(Result::err).flat_map(|error| of(&error)).collect();
        if !is_address(&self.addr) {
            found.push(words::endpoint_invalid(words::quote(&self.addr)).pointer("/addr"));
        }
        found
    }

    /// The findings of the fonts, which takes longer if there are many.
    fn font_findings(&self) -> Vec<Finding> {
        let loaded = fonts::load(&self.fonts).map(drop);
        loaded.err().into_iter().flat_map(|error| of(&below("/fonts", &error))).collect()
    }

    /// Findings of the settings that every command uses.
    fn log_findings(&self) -> Vec<Finding> {
        let filter = log_filter::parse(&self.log).err();
        let mut found: Vec<_> = filter.into_iter().map(|finding| finding.pointer("/log")).collect();
        if !self.otlp.is_empty() {
            let is_http =
                Url::parse(&self.otlp).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
            if !cfg!(feature = "otlp") {
                found.push(words::feature_missing("otlp", "otlp").pointer("/otlp"));
            } else if !is_http {
                found.push(words::otlp_url().pointer("/otlp"));
            }
        }
        found
    }
}

/// The findings of an error. One without any is a finding itself.
fn of(error: &Error) -> Vec<Finding> {
    match error.all_findings() {
        [] => vec![Finding::error(error.code(), error.words().clone())],
        all => all.to_vec(),
    }
}

/// An error whose findings are about this setting.
fn below(pointer: &str, error: &Error) -> Error {
    let findings = of(error).into_iter().map(|finding| match &finding.pointer {
        // The position in a list.
        Some(own) if own.rsplit('/').next().is_some_and(|last| last.parse::<usize>().is_ok()) => {
            let position = own.rsplit('/').next().unwrap_or_default().to_owned();
            finding.pointer(format!("{pointer}/{position}"))
        }
        _ => finding.pointer(pointer),
    });
    error.clone().with_findings(findings.collect())
}

/// Whether a text is `host:port`.
fn is_address(text: &str) -> bool {
    let parts = text.rsplit_once(':');
    parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}

/// Settings with the source of each value.
pub struct Loaded {
    /// Effective settings.
    pub settings: Settings,
    values: Value,
}

impl std::fmt::Debug for Loaded {
    /// Omits the raw values, which include secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Loaded {
    /// Merges file, environment and flags over the defaults.
    ///
    /// A given `file` must exist; otherwise [`FILE`] is read if it exists in the current folder. Of the variables in `env`,
    /// those that start with `HAIBAO_` are used. `flags` are `(path, value)`.
    ///
    /// # Errors
    /// `settings_unreadable` (missing file, invalid TOML), otherwise every finding at once with the name of its setting and the file
    /// and line, variable or flag that it is from: `setting_unknown` if there is nothing but unknown names, each with the closest
    /// known one; else `setting_invalid` (wrong type, out of range, unusable log filter, and what [`Loaded::check`] finds).
    pub fn read(
        file: Option<&Path>,
        env: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Self> {
        let defaults = table(File::from_str(DEFAULTS, FileFormat::Toml))?;
        let mut builder = config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        let file = file.or_else(|| Some(Path::new(FILE)).filter(|file| file.exists()));
        if let Some(path) = file {
            builder = builder.add_source(file::read(path)?);
        }
        let merged = builder
            .add_source(sources::environment(env, &defaults))
            .add_source(sources::flags(flags, &defaults))
            .build()
            .map_err(|e| error(explain(&e, &defaults, &defaults)))?;

        let values = merged.cache;
        let mut found = Vec::new();
        find_unknown(&values, &defaults, "", &names(&defaults), &mut found);
        let only_unknown = found.len();
        found.extend(ranges::check(&values));
        let settings: Settings = deserialize(values.clone(), &defaults, &mut found)?;
        let located = |found: Vec<Finding>| found.into_iter().map(|finding| convert::with_origin(finding, &values));
        found.extend(located(settings.log_findings()));
        if found.is_empty() {
            return Ok(Self { settings, values });
        }
        // What can be read is checked too, so that everything is found at once.
        let known: Vec<_> = found.iter().filter_map(|finding| finding.pointer.clone()).collect();
        let mut more = [settings.findings(), settings.font_findings()].concat();
        // What follows from something found before: the rest of a mini-program, or the default that replaces a value.
        let part = |pointer: &str| {
            pointer.split('/').take(if pointer.starts_with("/apps/") { 3 } else { 9 }).collect::<Vec<_>>().join("/")
        };
        let known: Vec<_> = known.iter().map(|pointer| part(pointer)).collect();
        more.retain(|finding| finding.pointer.as_ref().is_none_or(|pointer| !known.contains(&part(pointer))));
        found.extend(located(more));
        if found.len() == only_unknown {
            return Err(Error::findings(ErrorKind::Malformed, "setting_unknown", found).domain(Domain::Settings));
        }
        Err(invalid(found))
    }

    /// Checks the settings with the components that use them, without a request, a file or a database.
    ///
    /// # Errors
    /// `setting_invalid` with every finding, each with the name of its setting and the file and line, variable or flag that it is
    /// from.
    pub fn check(&self) -> Result<()> {
        let mut found = self.settings.findings();
        if found.is_empty() {
            return Ok(());
        }
        found.extend(self.settings.font_findings());
        Err(invalid(found.into_iter().map(|finding| convert::with_origin(finding, &self.values)).collect()))
    }

    /// The effective settings as TOML, each with its source; secrets are shown as `"***"`.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        print::write_table(&mut text, "", &self.values);
        text
    }
}

fn table(source: impl config::Source + Send + Sync + 'static) -> Result<Value> {
    let built = config::Config::builder().add_source(source).build();
    Ok(built.map_err(|e| error(explain(&e, &Value::default(), &Value::default())))?.cache)
}

/// Dotted names of all settings, and of the tables that they are in.
fn names(defaults: &Value) -> Vec<String> {
    fn walk(path: &str, value: &Value, names: &mut Vec<String>) {
        if !path.is_empty() {
            names.push(path.into());
        }
        entries(value).iter().for_each(|(name, v)| walk(&join(path, name), v, names));
    }
    let mut names = vec!["apps".to_owned()];
    walk("", defaults, &mut names);
    names
}

#[cfg(test)]
mod tests;
