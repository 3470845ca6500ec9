//! The environment and the command line's flags as sources of settings, each value with the name it was set by.

use config::{ConfigError, Map, Source, Value, ValueKind};

const PREFIX: &str = "HAIBAO_";
/// Names the file itself, so it is no setting.
const FILE: &str = "HAIBAO_CONFIG";

/// Values by path, each with its origin.
#[derive(Debug, Clone)]
pub(super) struct Given(Vec<(String, Value)>);

impl Source for Given {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.iter().cloned().collect())
    }
}

/// `HAIBAO_WECHAT__BASE_URL` is `wechat.base_url`. Each value has the type of its default: a secret that looks like a
/// number stays text.
pub(super) fn environment(vars: impl IntoIterator<Item = (String, String)>, defaults: &Value) -> Given {
    let setting = |(name, text): (String, String)| {
        let path = name.strip_prefix(PREFIX).filter(|_| name != FILE)?.to_lowercase().replace("__", ".");
        let value = value(&path, &text, &name, defaults);
        Some((path, value))
    };
    Given(vars.into_iter().filter_map(setting).collect())
}

/// `("pool.workers", "2")` was set by `--workers`; the name shown is the path's last part.
pub(super) fn flags(flags: impl IntoIterator<Item = (&'static str, String)>, defaults: &Value) -> Given {
    let setting = |(path, text): (&'static str, String)| {
        let name = format!("--{}", path.rsplit('.').next().unwrap_or(path));
        (path.to_owned(), value(path, &text, &name, defaults))
    };
    Given(flags.into_iter().map(setting).collect())
}

fn value(path: &str, text: &str, origin: &str, defaults: &Value) -> Value {
    let origin = origin.to_owned();
    let default = path.split('.').try_fold(defaults, |at, name| match &at.kind {
        ValueKind::Table(table) => table.get(name),
        _ => None,
    });
    let number = || text.trim().parse::<i64>().ok().map(ValueKind::I64);
    let kind = match default.map(|value| &value.kind) {
        Some(ValueKind::Array(_)) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Some(ValueKind::Array(items.map(|item| Value::new(Some(&origin), item)).collect()))
        }
        Some(ValueKind::I64(_) | ValueKind::U64(_)) => number(),
        _ => None,
    };
    // What is no number stays text, and is refused with its name.
    Value::new(Some(&origin), kind.unwrap_or_else(|| text.into()))
}
