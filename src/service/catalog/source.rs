//! A template with its files as they are now, for those who edit it.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;

use super::{Catalog, TemplateFiles, built_in, of_error, version};
use haibao_core::{
    error::{Error, ErrorKind, Finding, Result},
    template::Template,
};

/// A template and its files.
#[derive(Debug)]
pub struct Source {
    /// The version in use. `None` if there is none that works.
    pub template: Option<Arc<Template>>,
    /// Why the files that were read last cannot be used.
    pub broken: Option<Error>,
    /// Its files now, by relative path.
    pub files: BTreeMap<String, Bytes>,
}

impl Source {
    /// Name of the version in use.
    pub fn version(&self) -> Option<String> {
        self.template.as_deref().map(version)
    }

    /// The errors of files that cannot be used, otherwise the warnings about those in use.
    pub fn findings(&self) -> Vec<Finding> {
        match (&self.broken, &self.template) {
            (Some(error), _) => of_error(error),
            (None, Some(template)) => template.all_warnings(),
            (None, None) => Vec::new(),
        }
    }
}

/// Identifies the content of a file: its BLAKE3 hash in hexadecimal digits.
pub fn file_hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

impl Catalog {
    /// The files of a template as they are now, without those that its version in use may have instead.
    ///
    /// # Errors
    /// `template_unknown`, `template_unreadable`.
    pub(in crate::service) fn files_now(&self, id: &str) -> Result<TemplateFiles> {
        let files = self.read_files(id, self.stamp(id))?;
        if files.is_empty() { Err(self.unknown(id)) } else { Ok(files) }
    }

    /// A template with its files as they are now, also a broken one.
    ///
    /// # Errors
    /// `template_unknown`; `template_unreadable` if the files cannot be read, though they could be before.
    pub(in crate::service) fn source(&self, id: &str) -> Result<Source> {
        let (template, broken) = match self.get(id) {
            Ok(template) => (Some(template), self.broken_edit(id)),
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(error),
            Err(error) => (None, Some(error)),
        };
        let files = match self.files_now(id) {
            // The error says so.
            Err(_) if broken.is_some() => TemplateFiles::new(),
            files => files?,
        };
        Ok(Source { template, broken, files })
    }

    /// Whether a template of this name has a folder of its own, instead of being built in.
    ///
    /// # Errors
    /// `template_unknown`.
    pub(in crate::service) fn has_folder(&self, id: &str) -> Result<bool> {
        let has_folder = self.stamp(id).is_some();
        if has_folder || !built_in(id).is_empty() { Ok(has_folder) } else { Err(self.unknown(id)) }
    }
}
