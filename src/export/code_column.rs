//! Sheet columns that set fields of a row's code.

use std::str::FromStr;

use super::cell_value::parse_bool;
use crate::words;
use haibao_core::{
    code::{CodeFields, SceneRequest},
    error::{Argument, Message},
    words::quote,
};

/// Prefix of columns that set one scene parameter, such as `scene.id`.
pub const SCENE_PREFIX: &str = "scene.";

/// A code field that a column can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the field of CodeFields with its name")]
pub enum Field {
    Kind,
    App,
    Page,
    Scene,
    Path,
    Text,
    EnvVersion,
    CheckPath,
    AutoColor,
    LineColor,
    IsHyaline,
}

impl Field {
    /// All fields with their column names.
    pub const ALL: [(Self, &str); 11] = [
        (Self::Kind, "kind"),
        (Self::App, "app"),
        (Self::Page, "page"),
        (Self::Scene, "scene"),
        (Self::Path, "path"),
        (Self::Text, "text"),
        (Self::EnvVersion, "env_version"),
        (Self::CheckPath, "check_path"),
        (Self::AutoColor, "auto_color"),
        (Self::LineColor, "line_color"),
        (Self::IsHyaline, "is_hyaline"),
    ];

    /// Title of the fields that blank sheets have columns for.
    pub fn title(self) -> Option<&'static str> {
        Some(match self {
            Self::Scene => "小程序码参数",
            Self::Page => "小程序页面",
            Self::Path => "小程序路径",
            Self::Text => "二维码内容",
            _ => return None,
        })
    }

    /// Column name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(field, _)| *field == self).map_or("", |(_, name)| name)
    }

    /// Sets the field from a non-empty cell.
    ///
    /// # Errors
    /// A message if the cell is not a valid value of this field.
    pub fn set(self, fields: &mut CodeFields, cell: &str) -> Result<(), Message> {
        let text = || Some(cell.to_owned());
        let boolean = || parse_bool(cell).map(Some).ok_or_else(|| words::expected_boolean(quote(cell)));
        match self {
            Self::Kind => fields.kind = read(cell)?,
            Self::App => fields.app = text(),
            Self::Page => fields.page = text(),
            Self::Scene => fields.scene = Some(SceneRequest::Text(cell.to_owned())),
            Self::Path => fields.path = text(),
            Self::Text => fields.text = text(),
            Self::EnvVersion => fields.env_version = read(cell)?,
            Self::CheckPath => fields.check_path = boolean()?,
            Self::AutoColor => fields.auto_color = boolean()?,
            Self::LineColor => fields.line_color = read(cell)?,
            Self::IsHyaline => fields.is_hyaline = boolean()?,
        }
        Ok(())
    }
}

fn read<T: FromStr<Err: Into<Argument>>>(cell: &str) -> Result<Option<T>, Message> {
    cell.parse().map(Some).map_err(|error: T::Err| error.into().into())
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::*;

    /// A field of `CodeFields` that no column could set would be missing here.
    #[test]
    fn columns_set_every_field_of_a_code() {
        let json = |fields: &CodeFields| -> Map<String, Value> {
            serde_json::from_value(serde_json::to_value(fields).expect("JSON")).expect("an object")
        };
        let mut set = Vec::new();
        for (field, name) in Field::ALL {
            let cell = match name {
                "kind" => "qr",
                "env_version" => "trial",
                "check_path" | "auto_color" | "is_hyaline" => "true",
                "line_color" => "#225588",
                _ => "a",
            };
            let mut fields = CodeFields::default();
            field.set(&mut fields, cell).expect("a value");
            let own: Vec<_> = json(&fields).into_iter().filter(|(_, value)| !value.is_null()).collect();
            assert!(matches!(&own[..], [(own, _)] if own == name), "{name} sets {own:?}");
            set.push(name.to_owned());
        }
        let all: Vec<_> = json(&CodeFields::default()).into_iter().collect();
        let missing: Vec<_> = all.iter().map(|(name, _)| name).filter(|name| !set.contains(name)).collect();
        assert!(missing.is_empty(), "no column sets {missing:?}");
    }
}
