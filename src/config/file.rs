//! The settings file, as a source of settings: each value records its file and line, such as `haibao.toml:12`.

use std::{fs, io, ops::Range, path::Path};

use config::{Map, Value, ValueKind};
use toml::de::{DeTable, DeValue};

use super::sources::GivenSettings;
use crate::{causes, words};
use haibao_core::error::{Domain, Error, ErrorKind, Message, Result};

/// Reads a TOML file.
///
/// # Errors
/// `settings_unreadable` for a file that is missing, no text, or no TOML. The message quotes no line, which may hold a secret.
pub(super) fn read(path: &Path) -> Result<GivenSettings> {
    let name = path.display().to_string();
    let unreadable = |e: io::Error| error(words::settings_unreadable(&name, causes::io(&e)));
    let text = fs::read_to_string(path).map_err(unreadable)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let file = SettingsFile { name: &name, text };
    let table = DeTable::parse(text).map_err(|e| file.syntax_error(e.span(), causes::toml(&e)))?;
    Ok(GivenSettings::new(file.table(table.into_inner())?))
}

fn error(finding: haibao_core::error::Finding) -> Error {
    Error::of(ErrorKind::Malformed, finding).domain(Domain::Settings)
}

struct SettingsFile<'a> {
    name: &'a str,
    text: &'a str,
}

impl SettingsFile<'_> {
    fn table(&self, table: DeTable<'_>) -> Result<Map<String, Value>> {
        let entry = |(key, value): (toml::Spanned<_>, toml::Spanned<DeValue<'_>>)| {
            let at = key.span();
            let key: std::borrow::Cow<'_, str> = key.into_inner();
            Ok((key.into_owned(), self.value(value.into_inner(), at)?))
        };
        table.into_iter().map(entry).collect()
    }

    /// A value whose key, or which as an item of a list, is at `at`.
    fn value(&self, value: DeValue<'_>, at: Range<usize>) -> Result<Value> {
        // Without the digits: they may be a secret without quotation marks.
        let number = |kind: Option<ValueKind>| {
            kind.ok_or_else(|| self.syntax_error(Some(at.clone()), words::number_too_large()))
        };
        let kind = match value {
            DeValue::String(text) => ValueKind::String(text.into_owned()),
            DeValue::Integer(digits) => {
                let parsed = i64::from_str_radix(digits.as_str(), digits.radix());
                number(parsed.ok().map(ValueKind::I64))?
            }
            DeValue::Float(digits) => number(digits.as_str().parse().ok().map(ValueKind::Float))?,
            DeValue::Boolean(value) => ValueKind::Boolean(value),
            DeValue::Datetime(time) => ValueKind::String(time.to_string()),
            DeValue::Array(items) => {
                let item = |item: toml::Spanned<DeValue<'_>>| {
                    let at = item.span();
                    self.value(item.into_inner(), at)
                };
                ValueKind::Array(items.into_iter().map(item).collect::<Result<_>>()?)
            }
            DeValue::Table(table) => ValueKind::Table(self.table(table)?),
        };
        Ok(Value::new(Some(&format!("{}:{}", self.name, self.position(at.start).0)), kind))
    }

    /// Line and column of a byte, both from 1.
    fn position(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }

    fn syntax_error(&self, at: Option<Range<usize>>, reason: Message) -> Error {
        let (line, column) = self.position(at.map_or(0, |at| at.start));
        error(words::settings_syntax(self.name, words::at_line(line, column, reason)))
    }
}
