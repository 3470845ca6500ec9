//! The settings: each component's own Config, joined.
//!
//! A flag goes before the environment, the environment before the file, the file before the default. The defaults,
//! with what each means, are `config/defaults.toml`; they are also the list of all names that exist.

mod sources;

use std::{collections::BTreeMap, path::Path};

use config::{ConfigError, File, FileFormat, Value, ValueKind};
use secrecy::SecretString;
use serde::Deserialize;

use crate::{
    fetch,
    service::{self, export::jobs, pool},
    store,
    wechat::client,
};
use haibao_core::{
    error::{Error, Finding, Kind, Result},
    render,
    template::source::nearest,
};

/// All defaults, commented, as TOML.
pub const DEFAULTS: &str = include_str!("config/defaults.toml");
/// The file that is read when it is there and no other is named.
pub const FILE: &str = "haibao.toml";
/// What one app (`[apps.NAME]`) may hold.
const APP: &[&str] = &["appid", "secret", "token"];
/// What its `token` may hold when it is a table.
const TOKEN: &[&str] = &["url", "pointer", "header", "value"];
/// Names whose values are never shown.
const SECRETS: &[&str] = &["secret", "webhook_secret"];
/// The same in an app's `token`; of its `url` the credentials are not shown.
const TOKEN_SECRETS: &[&str] = &["header", "value"];
/// URLs of which credentials and query are not shown.
const URLS: &[&str] = &["store", "blobs"];

/// The settings in effect.
#[derive(Debug, Clone, Deserialize)]
pub struct Settings {
    /// `host:port` to listen on.
    pub addr: String,
    /// Folder of templates that go before the built-in ones.
    pub templates: String,
    /// Folder of what must outlive the process: what `store` and `blobs` put nowhere else.
    pub data: String,
    /// URL of a Postgres database for records; empty: a file in `data`. May hold a password.
    pub store: SecretString,
    /// URL of a bucket for files; empty: a folder in `data`. May hold keys.
    pub blobs: SecretString,
    /// Folder of fonts that go before the built-in ones; empty for none. The default, `fonts`, need not be there.
    pub fonts: String,
    /// Filter of the log, as `tracing_subscriber::EnvFilter` reads it.
    pub log: String,
    /// Limits of the HTTP service.
    pub http: crate::http::Config,
    /// The drawing threads.
    pub pool: pool::Config,
    /// Fetching pictures by URL.
    pub assets: fetch::Config,
    /// Short links.
    pub scenes: store::Config,
    /// Exports.
    pub exports: jobs::Config,
    /// Caches of the renderer.
    pub render: Render,
    /// WeChat's API.
    wechat: client::Config,
    /// The mini-programs by name. A request may name one; `default` is taken otherwise.
    #[serde(default)]
    pub apps: BTreeMap<String, client::AppConfig>,
}

/// Bytes that the renderer's caches may hold (`[render]`).
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Render {
    /// Encoded bands.
    pub band_bytes: usize,
    /// Fitted pictures, codes, shadows and shapes.
    pub paint_bytes: usize,
    /// The artwork's segments.
    pub artwork_bytes: usize,
    /// Glyphs.
    pub glyph_bytes: usize,
}

impl Settings {
    /// `[wechat]` and the apps, as the client takes them.
    pub fn wechat(&self) -> client::Config {
        client::Config { apps: self.apps.clone(), ..self.wechat.clone() }
    }

    /// `[render]`, as the renderer takes it. The keys of its caches are made with a secret of the process.
    pub fn render(&self) -> render::Config {
        use std::hash::{BuildHasher, RandomState};
        // Inputs come from several tenants: none may be able to make keys that meet another's.
        let random: Vec<u8> = (0..4_u8).flat_map(|i| RandomState::new().hash_one(i).to_le_bytes()).collect();
        let Render { band_bytes, paint_bytes, artwork_bytes, glyph_bytes } = self.render;
        let secret = *blake3::hash(&random).as_bytes();
        render::Config { band_bytes, paint_bytes, artwork_bytes, glyph_bytes, secret, ..render::Config::default() }
    }

    /// What the service needs of it.
    pub fn service(&self) -> service::Config {
        service::Config {
            templates: self.templates.clone(),
            fonts: self.fonts.clone(),
            data: self.data.clone(),
            store: self.store.clone(),
            blobs: self.blobs.clone(),
            pool: self.pool,
            assets: self.assets.clone(),
            scenes: self.scenes,
            exports: self.exports.clone(),
            render: self.render(),
            wechat: self.wechat(),
        }
    }

    /// Takes codes from an emulator with its sample app instead of WeChat.
    pub fn emulate(&mut self, url: &str, app: client::AppConfig) {
        self.wechat.base_url = url.to_owned();
        // Every app that templates may name is played by the sample one.
        self.apps.values_mut().for_each(|known| *known = app.clone());
        self.apps.insert("default".to_owned(), app);
    }
}

/// Settings and where each comes from.
pub struct Loaded {
    /// What is in effect.
    pub settings: Settings,
    values: Value,
}

impl std::fmt::Debug for Loaded {
    /// Without the raw values: secrets stand among them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Loaded {
    /// Joins file, environment and flags over the defaults.
    ///
    /// `file` must exist when it is given; otherwise [`FILE`] of the current folder is read when it is there.
    /// `env` are environment variables, of which those that begin with `HAIBAO_` count. `flags` are `(path, value)`.
    ///
    /// # Errors
    /// `settings_unreadable` (no such file, no TOML), `setting_unknown` (all of them, each with the nearest name),
    /// `setting_invalid` (a wrong type, with its name and where it was set).
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
        let joined = builder
            .add_source(sources::environment(env, &defaults))
            .add_source(sources::flags(flags, &defaults))
            .build()
            .map_err(|e| explain(e, file))?;

        let values = joined.cache.clone();
        let mut unknown = Vec::new();
        find_unknown(&values, &defaults, "", &names(&defaults), &mut unknown);
        if !unknown.is_empty() {
            return Err(Error::findings(Kind::Malformed, "setting_unknown", unknown));
        }
        let settings = joined.try_deserialize().map_err(|e| explain(e, file))?;
        Ok(Self { settings, values })
    }

    /// The effective settings as TOML, each with where it comes from; a secret is shown as `"***"`.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        write_table(&mut text, "", &self.values);
        text
    }
}

fn table(source: impl config::Source + Send + Sync + 'static) -> Result<Value> {
    let built = config::Config::builder().add_source(source).build();
    Ok(built.map_err(|e| explain(e, None))?.cache)
}

fn entries(value: &Value) -> BTreeMap<&str, &Value> {
    match &value.kind {
        ValueKind::Table(table) => table.iter().map(|(name, value)| (name.as_str(), value)).collect(),
        _ => BTreeMap::new(),
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.into() } else { format!("{path}.{name}") }
}

/// Full names of all settings.
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
                find_others(value, APP, &path, found);
                if let Some(token) = entries(value).get("token") {
                    find_others(token, TOKEN, &format!("{path}.token"), found);
                }
            }
        } else if let Some(known) = entries(known).get(name) {
            find_unknown(value, known, &full, names, found);
        } else {
            let elsewhere = names.iter().find(|n| n.rsplit('.').next() == Some(name)).cloned();
            let near = elsewhere.or_else(|| nearest(&full, names.iter().map(String::as_str)).map(Into::into));
            found.push(unknown(&full, first_leaf(value), near));
        }
    }
}

/// Names in a table of an app that are none of those known.
fn find_others(given: &Value, known: &[&str], path: &str, found: &mut Vec<Finding>) {
    for (key, value) in entries(given).into_iter().filter(|(key, _)| !known.contains(key)) {
        let near = nearest(key, known.iter().copied()).map(|near| join(path, near));
        found.push(unknown(&join(path, key), first_leaf(value), near));
    }
}

/// A value that knows its origin: tables that came from a path do not.
fn first_leaf(value: &Value) -> &Value {
    entries(value).values().next().map_or(value, |v| first_leaf(v))
}

fn unknown(name: &str, value: &Value, near: Option<String>) -> Finding {
    let finding = Finding::error("setting_unknown", format!("unknown setting `{name}` ({})", origin(value)));
    match near {
        Some(near) => finding.hint(format!("did you mean `{near}`?")),
        None => finding.hint("`haibao config` prints every setting"),
    }
}

fn origin(value: &Value) -> &str {
    value.origin().unwrap_or("default")
}

/// The library's error as ours. The lines of the file that a parser quotes are left out: a secret may stand there.
fn explain(error: ConfigError, file: Option<&Path>) -> Error {
    let place = |key: Option<&String>, origin: Option<&String>| {
        let key = key.map_or_else(String::new, |k| format!("setting `{k}`"));
        origin.map_or_else(|| key.clone(), |o| format!("{key} ({o})"))
    };
    let invalid = |text: String| Error::new(Kind::Malformed, "setting_invalid", text);
    match &error {
        ConfigError::Type { origin, unexpected, expected, key } => {
            invalid(format!("{}: expected {expected}, got {unexpected}", place(key.as_ref(), origin.as_ref())))
        }
        ConfigError::At { error, origin, key } => invalid(format!("{}: {error}", place(key.as_ref(), origin.as_ref()))),
        ConfigError::NotFound(key) => invalid(format!("setting `{key}` is missing")),
        ConfigError::FileParse { uri, cause } => {
            let name = uri.clone().unwrap_or_else(|| FILE.into());
            let text = cause.to_string();
            let said: Vec<_> = text.lines().filter(|l| !l.contains('|') && !l.trim().is_empty()).collect();
            Error::new(Kind::Malformed, "settings_unreadable", format!("{name}: {}", said.join(": ")))
        }
        _ => {
            let name = file.map_or_else(|| FILE.into(), |f| f.display().to_string());
            Error::new(Kind::Malformed, "settings_unreadable", format!("cannot read {name}: {error}"))
        }
    }
}

fn write_table(text: &mut String, path: &str, value: &Value) {
    use std::fmt::Write;
    let entries = entries(value);
    let (tables, leaves): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|(_, v)| matches!(v.kind, ValueKind::Table(_)));
    if !path.is_empty() && !leaves.is_empty() {
        let _ = write!(text, "\n[{path}]\n");
    }
    for (name, value) in leaves {
        let shown = shown(path, name, value);
        let _ = writeln!(text, "{name} = {shown}  # {}", origin(value));
    }
    for (name, value) in tables {
        write_table(text, &join(path, &key(name)), value);
    }
}

/// A value as TOML, without what is secret in it.
fn shown(path: &str, name: &str, value: &Value) -> String {
    const HIDDEN: &str = "\"***\"";
    let in_token = path.starts_with("apps.") && path.ends_with(".token");
    match &value.kind {
        // Nothing is no secret: it says that none is set.
        ValueKind::String(nothing) if nothing.is_empty() => toml(value),
        _ if SECRETS.contains(&name) || (in_token && TOKEN_SECRETS.contains(&name)) => HIDDEN.into(),
        ValueKind::String(url) if (in_token && name == "url") || (path.is_empty() && URLS.contains(&name)) => {
            client::shown_url(url).map_or_else(|| HIDDEN.into(), |url| quote(&url))
        }
        _ => toml(value),
    }
}

/// A key, quoted where TOML wants it.
fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if bare { name.into() } else { quote(name) }
}

fn toml(value: &Value) -> String {
    match &value.kind {
        ValueKind::String(text) => quote(text),
        ValueKind::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// A TOML basic string: JSON's escapes are a part of TOML's, which wants DEL escaped too.
fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}

#[cfg(test)]
mod tests;
