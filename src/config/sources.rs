//! Environment variables and command-line flags as sources of settings; each value records its variable or flag.

use config::{ConfigError, Map, Source, Value, ValueKind};

use crate::log_filter;

const PREFIX: &str = "HAIBAO_";
/// Names the settings file, so it is not a setting itself.
const FILE: &str = "HAIBAO_CONFIG";
/// Log filter of programs in Rust. `HAIBAO_LOG` takes precedence.
const RUST_LOG: &str = "RUST_LOG";

/// Values by path, each with its origin.
#[derive(Debug, Clone)]
pub(super) struct GivenSettings(Vec<(String, Value)>);

impl GivenSettings {
    pub(super) fn new(values: Map<String, Value>) -> Self {
        Self(values.into_iter().collect())
    }
}

impl Source for GivenSettings {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.iter().cloned().collect())
    }
}

/// Settings from environment variables: `HAIBAO_WECHAT__BASE_URL` is `wechat.base_url`. Each value gets the type of its
/// default, so a secret that looks like a number stays a string.
pub(super) fn environment(vars: impl IntoIterator<Item = (String, String)>, defaults: &Value) -> GivenSettings {
    let setting = |(name, text): (String, String)| {
        let path = name.strip_prefix(PREFIX).filter(|_| name != FILE)?.to_lowercase().replace("__", ".");
        let value = value(&path, &text, &name, defaults);
        Some((path, value))
    };
    let vars: Vec<_> = vars.into_iter().collect();
    // Other programs share it, so names that are not ours are ignored.
    let filter = vars.iter().find(|(name, _)| name == RUST_LOG).map(|(_, text)| log_filter::known(text));
    let filter = filter.filter(|text| !text.is_empty());
    let filter = filter.map(|text| ("log".to_owned(), value("log", &text, RUST_LOG, defaults)));
    // Of two values of one setting, the later one is used.
    GivenSettings(filter.into_iter().chain(vars.into_iter().filter_map(setting)).collect())
}

/// Origin of a setting that is missing beside one with this origin: the same file and line, or the variable that sets it.
pub(super) fn beside(origin: &str, name: &str) -> String {
    match origin.starts_with(PREFIX) {
        true => format!("{PREFIX}{}", name.to_uppercase().replace('.', "__")),
        false => origin.to_owned(),
    }
}

/// Settings from flags: the origin of `("pool.workers", "2")` is `--workers`, the last part of the path.
pub(super) fn flags(flags: impl IntoIterator<Item = (&'static str, String)>, defaults: &Value) -> GivenSettings {
    let setting = |(path, text): (&'static str, String)| {
        let name = format!("--{}", path.rsplit('.').next().unwrap_or(path));
        (path.to_owned(), value(path, &text, &name, defaults))
    };
    GivenSettings(flags.into_iter().map(setting).collect())
}

fn value(path: &str, text: &str, origin: &str, defaults: &Value) -> Value {
    let origin = origin.to_owned();
    let default = path.split('.').try_fold(defaults, |at, name| match &at.kind {
        ValueKind::Table(table) => table.get(name),
        _ => None,
    });
    let default = default.map(|value| &value.kind);
    let kind = match default {
        Some(ValueKind::Array(defaults)) => {
            let default = defaults.first().map(|item| &item.kind);
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            ValueKind::Array(items.map(|item| Value::new(Some(&origin), of_kind(item, default))).collect())
        }
        _ => of_kind(text, default),
    };
    Value::new(Some(&origin), kind)
}

/// Text as a value of the same kind as a default. Text that is none stays a string, so that deserialising reports it with its
/// name.
fn of_kind(text: &str, default: Option<&ValueKind>) -> ValueKind {
    let kind = match default {
        Some(ValueKind::I64(_) | ValueKind::U64(_)) => text.trim().parse().ok().map(ValueKind::I64),
        Some(ValueKind::Boolean(_)) => text.trim().parse().ok().map(ValueKind::Boolean),
        _ => None,
    };
    kind.unwrap_or_else(|| text.into())
}
