//! Settings: the configurations of all components, loaded from several sources.
//!
//! Precedence: flag, environment, file, default. `config/defaults.toml` documents each setting with its default and is the
//! list of all known names.

mod print;
mod ranges;
mod sources;
mod values;

use std::{collections::BTreeMap, path::Path};

use config::{ConfigError, File, FileFormat, Value, ValueKind};
use secrecy::SecretString;
use serde::Deserialize;
use values::{entries, join, origin};

use crate::{
    access, fetch,
    service::{self, catalog, export::jobs, keep, pool, signing},
    store,
    wechat::client,
    words,
};
use haibao_core::{
    error::{Domain, Error, ErrorKind, Finding, Result},
    render,
    template::suggest::nearest,
};

/// All defaults as commented TOML.
pub const DEFAULTS: &str = include_str!("config/defaults.toml");
/// Settings file that is read if it exists and no other file is given.
pub const FILE: &str = "haibao.toml";
/// Keys of an app's table, `[apps.NAME]`.
const APP: &[&str] = &["appid", "secret", "token", "text_check"];
/// Keys of an app's `token`, if it is a table.
const TOKEN: &[&str] = &["url", "pointer", "header", "value"];
/// Keys of an app's `text_check`.
const TEXT_CHECK: &[&str] = &["risky", "scene"];

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
    /// Format of the log.
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
    /// Signed links.
    pub links: signing::Config,
    /// Posters that are kept for a GET.
    pub posters: keep::PosterConfig,
    /// Uploaded pictures.
    pub uploads: keep::UploadConfig,
    /// Exports.
    pub exports: jobs::Config,
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
    /// Glyphs.
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
            keys: self.keys,
            render: self.render(),
            wechat: self.wechat(),
        }
    }

    /// Checks the settings of the components that need no file and no database.
    ///
    /// # Errors
    /// `setting_invalid` with every invalid setting.
    pub fn check(&self) -> Result<()> {
        let findings = self.findings();
        if findings.is_empty() { Ok(()) } else { Err(invalid(findings)) }
    }

    fn findings(&self) -> Vec<Finding> {
        let wechat = self.wechat();
        let checks = [self.http.check(), self.links.check().map(drop), self.assets.check(), wechat.validate()];
        checks.into_iter().filter_map(Result::err).flat_map(|error| error.all_findings().to_vec()).collect()
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
    /// `settings_unreadable` (missing file, invalid TOML), `setting_unknown` (all unknown names, each with the closest known
    /// one), `setting_invalid` (wrong type, or all that is out of range, with the name and source of the setting).
    pub fn read(
        file: Option<&Path>,
        env: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Self> {
        let defaults = table(File::from_str(DEFAULTS, FileFormat::Toml))?;
        let mut builder = config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        builder = match file {
            Some(path) => builder.add_source(File::from(path).format(FileFormat::Toml)),
            None => builder.add_source(File::new(FILE, FileFormat::Toml).required(false)),
        };
        let merged = builder
            .add_source(sources::environment(env, &defaults))
            .add_source(sources::flags(flags, &defaults))
            .build()
            .map_err(|e| explain(e, file))?;

        let values = merged.cache.clone();
        let mut unknown = Vec::new();
        find_unknown(&values, &defaults, "", &names(&defaults), &mut unknown);
        if !unknown.is_empty() {
            return Err(Error::findings(ErrorKind::Malformed, "setting_unknown", unknown));
        }
        let mut out_of_range = ranges::check(&values);
        let settings: Result<Settings> = merged.try_deserialize().map_err(|e| explain(e, file));
        if !out_of_range.is_empty() {
            out_of_range.extend(settings.iter().flat_map(Settings::findings));
            return Err(invalid(out_of_range));
        }
        Ok(Self { settings: settings?, values })
    }

    /// The effective settings as TOML, each with its source; secrets are shown as `"***"`.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        print::write_table(&mut text, "", &self.values);
        text
    }
}

fn invalid(findings: Vec<Finding>) -> Error {
    Error::findings(ErrorKind::Invalid, "setting_invalid", findings).domain(Domain::Settings)
}

/// Settings of earlier versions, and what replaced them.
const REMOVED: [(&str, &str); 2] = [
    ("pool.queue", "requests wait as long as `http.timeout_ms` allows, and occupy at most `pool.waiting_bytes`"),
    ("pool.decode_bytes", "`pool.memory_bytes` is the memory of drawing together with the renderer's caches"),
];

fn table(source: impl config::Source + Send + Sync + 'static) -> Result<Value> {
    let built = config::Config::builder().add_source(source).build();
    Ok(built.map_err(|e| explain(e, None))?.cache)
}

/// Dotted names of all settings.
fn names(defaults: &Value) -> Vec<String> {
    fn walk(path: &str, value: &Value, names: &mut Vec<String>) {
        match &value.kind {
            ValueKind::Table(_) => entries(value).iter().for_each(|(name, v)| walk(&join(path, name), v, names)),
            _ => names.push(path.into()),
        }
    }
    let mut names = Vec::new();
    walk("", defaults, &mut names);
    names
}

fn find_unknown(given: &Value, known: &Value, path: &str, names: &[String], found: &mut Vec<Finding>) {
    for (name, value) in entries(given) {
        let full = join(path, name);
        if full == "apps" {
            for (app, value) in entries(value) {
                let path = format!("apps.{app}");
                find_unknown_keys(value, APP, &path, found);
                if let Some(token) = entries(value).get("token") {
                    find_unknown_keys(token, TOKEN, &format!("{path}.token"), found);
                }
                if let Some(check) = entries(value).get("text_check") {
                    find_unknown_keys(check, TEXT_CHECK, &format!("{path}.text_check"), found);
                }
            }
        } else if let Some(known) = entries(known).get(name) {
            find_unknown(value, known, &full, names, found);
        } else {
            if let Some((_, instead)) = REMOVED.iter().find(|(removed, _)| *removed == full) {
                let hint = words::setting_removed(instead);
                found.push(words::setting_unknown(&full, origin(first_leaf(value))).with_hint(Some(hint)));
                continue;
            }
            let elsewhere = names.iter().find(|n| n.rsplit('.').next() == Some(name)).cloned();
            let near = elsewhere.or_else(|| nearest(&full, names.iter().map(String::as_str)).map(Into::into));
            found.push(unknown(&full, first_leaf(value), near));
        }
    }
}

/// Reports unknown keys of an app's table.
fn find_unknown_keys(given: &Value, known: &[&str], path: &str, found: &mut Vec<Finding>) {
    for (key, value) in entries(given).into_iter().filter(|(key, _)| !known.contains(key)) {
        let near = nearest(key, known.iter().copied()).map(|near| join(path, near));
        found.push(unknown(&join(path, key), first_leaf(value), near));
    }
}

/// First leaf of a value: tables created from a dotted path have no origin.
fn first_leaf(value: &Value) -> &Value {
    entries(value).values().next().map_or(value, |v| first_leaf(v))
}

fn unknown(name: &str, value: &Value, near: Option<String>) -> Finding {
    words::setting_unknown(name, origin(value)).with_hint(near.map(|near| words::did_you_mean(&near)))
}

/// Converts an error of the `config` crate. Source lines that its parser quotes are removed, as they may contain secrets.
fn explain(error: ConfigError, file: Option<&Path>) -> Error {
    let place = |key: Option<&String>, origin: Option<&String>| {
        let key = key.map(String::as_str).unwrap_or_default();
        match origin {
            Some(origin) => words::setting_from(key, origin),
            None => words::setting_named(key),
        }
    };
    let invalid = |finding: Finding| Error::of(ErrorKind::Malformed, finding).domain(Domain::Settings);
    match &error {
        ConfigError::Type { origin, unexpected, expected, key } => {
            invalid(words::setting_type(place(key.as_ref(), origin.as_ref()), expected, unexpected))
        }
        ConfigError::At { error, origin, key } => {
            invalid(words::setting_said(place(key.as_ref(), origin.as_ref()), error))
        }
        ConfigError::NotFound(key) => invalid(words::setting_missing(key)),
        ConfigError::FileParse { uri, cause } => {
            let name = uri.clone().unwrap_or_else(|| FILE.into());
            let text = cause.to_string();
            let lines: Vec<_> = text.lines().filter(|l| !l.contains('|') && !l.trim().is_empty()).collect();
            Error::of(ErrorKind::Malformed, words::settings_syntax(name, lines.join(": ")))
        }
        _ => {
            let name = file.map_or_else(|| FILE.into(), |f| f.display().to_string());
            Error::of(ErrorKind::Malformed, words::settings_unreadable(name, &error))
        }
    }
}

#[cfg(test)]
mod tests;
