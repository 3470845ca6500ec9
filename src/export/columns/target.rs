//! What a column sets.

use super::path::Step;
use crate::export::{cell_value::Typing, code_column::Field};

/// Name of the column with the file name.
pub(in crate::export) const FILE_NAME: &str = "file_name";

/// What a column sets.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::export) enum Target {
    /// Nothing.
    Ignored,
    /// A parameter or part of one.
    Param(Vec<Step>, Typing),
    /// A field of the code, such as its page.
    Code(Field),
    /// A scene parameter of the code.
    Scene(String),
    /// Name of the poster's file.
    FileName,
}

impl Target {
    /// Whether both set the same, however they are read.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Param(one, _), Self::Param(two, _)) => one == two,
            (one, two) => one == two,
        }
    }

    /// Whether it is a number or an amount, or a list of them.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Param(_, typing) if typing.is_number())
    }

    /// What it sets, as a column is named.
    pub fn name(&self) -> Option<String> {
        Some(match self {
            Self::Ignored => return None,
            Self::Param(path, _) => path.iter().fold(String::new(), |name, step| match step {
                Step::Key(key) if name.is_empty() => key.clone(),
                Step::Key(key) => format!("{name}.{key}"),
                Step::Index(index) => format!("{name}[{index}]"),
            }),
            Self::Code(field) => format!("code.{}", field.name()),
            Self::Scene(parameter) => format!("scene.{parameter}"),
            Self::FileName => FILE_NAME.to_owned(),
        })
    }
}
