//! Drafts: templates with unsaved texts over their files, compiled on the CPU pool and kept while their posters are drawn.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use quick_cache::{Weighter, sync::Cache};

use crate::{
    fetch::cache,
    service::{
        catalog::{Catalog, blocking},
        pool::{Kind, Need, Pool},
    },
};
use haibao_core::{artwork::memory, error::Result, template::Template};

/// The files that a draft may replace by unsaved texts.
pub const OVERLAID: [&str; 2] = ["layout.json", "artwork.svg"];

/// Maximum size of the files of all drafts that are kept, bytes. Typing in a form draws the same draft over and over.
const KEPT_BYTES: u64 = 16 << 20;
/// Size of texts from which reading them counts memory, bytes.
const LARGE: u64 = 1 << 20;

/// Compiled drafts by their content.
pub(super) struct Drafts(Cache<blake3::Hash, Draft, Weight>);

/// A template with the size of its files.
#[derive(Clone)]
struct Draft(Arc<Template>, u64);

#[derive(Clone)]
struct Weight;

impl Weighter<blake3::Hash, Draft> for Weight {
    fn weight(&self, _: &blake3::Hash, draft: &Draft) -> u64 {
        draft.1
    }
}

impl std::fmt::Debug for Drafts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drafts").field("bytes", &self.0.weight()).finish()
    }
}

impl Drafts {
    pub fn new() -> Self {
        Self(cache::new(KEPT_BYTES, Weight))
    }

    /// The template with these texts over its files by path. Without any, the template as its files are: a broken edit is an error,
    /// though the version before it is in use.
    ///
    /// # Errors
    /// `template_unknown`, `template_invalid`, `template_unreadable`; `busy`.
    pub async fn template(
        &self,
        catalog: &Arc<Catalog>,
        pool: &Pool,
        id: &str,
        texts: BTreeMap<String, String>,
    ) -> Result<Arc<Template>> {
        if texts.is_empty() {
            let template = catalog.find(id).await?;
            return catalog.broken_edit(id).map_or(Ok(template), Err);
        }
        let overlay = move |catalog: &Catalog, id: &str| {
            let mut files = catalog.files_now(id)?;
            files.extend(texts.into_iter().map(|(path, text)| (path, Bytes::from(text))));
            Ok((key(id, &files), files))
        };
        let (key, files) = blocking(catalog, id, overlay).await?;
        if let Some(Draft(template, _)) = self.0.get(&key) {
            return Ok(template);
        }
        let size: u64 = files.values().map(|file| file.len() as u64).sum();
        let need = need(&files);
        let (catalog, id) = (Arc::clone(catalog), id.to_owned());
        let template = Arc::new(pool.run(need, move |_| catalog.compile(&id, files)).await?);
        self.0.insert(key, Draft(Arc::clone(&template), size));
        Ok(template)
    }
}

/// What compiling files occupies.
pub(super) fn need(files: &BTreeMap<String, Bytes>) -> Need {
    reading(OVERLAID.iter().filter_map(|path| files.get(*path)))
}

/// What reading layouts and artworks occupies.
pub(super) fn reading<'t>(texts: impl Iterator<Item = &'t Bytes> + Clone) -> Need {
    let bytes: u64 = texts.clone().map(|text| text.len() as u64).sum();
    let memory = if bytes < LARGE { 0 } else { texts.map(|text| memory::of_reading(text)).sum() };
    Need { bytes, memory, ..Need::of(Kind::Other) }
}

/// Everything that a compiled template depends on.
fn key(id: &str, files: &BTreeMap<String, Bytes>) -> blake3::Hash {
    let mut hash = blake3::Hasher::new();
    let parts = files.iter().flat_map(|(path, file)| [path.as_bytes(), file]);
    for part in [id.as_bytes()].into_iter().chain(parts) {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{fonts, pool};

    fn draft(texts: &[(&str, &str)]) -> BTreeMap<String, String> {
        texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn drafts_replace_files_without_writing_them() {
        let catalog = Arc::new(Catalog::new("", fonts::embedded()));
        let pool = Pool::start(pool::Config { workers: 1, ..Default::default() }, |_| ()).expect("a thread");
        let (drafts, id) = (Drafts::new(), "product-share");
        let saved = drafts.template(&catalog, &pool, id, BTreeMap::new()).await.expect("a template");
        let files = catalog.files_now(id).expect("files");
        let layout = std::str::from_utf8(&files["layout.json"]).expect("UTF-8");
        let other = draft(&[("layout.json", &format!("{layout}\n"))]);
        let first = drafts.template(&catalog, &pool, id, other.clone()).await.expect("a draft");
        let second = drafts.template(&catalog, &pool, id, other).await.expect("a draft");
        assert!(Arc::ptr_eq(&first, &second) && first.version != saved.version);
        let error = drafts.template(&catalog, &pool, id, draft(&[("artwork.svg", "<svg")])).await.expect_err("broken");
        assert!(error.code() == "template_invalid" && !error.all_findings().is_empty(), "{error:?}");
        let same = drafts.template(&catalog, &pool, id, BTreeMap::new()).await.expect("a template");
        assert_eq!(same.version, saved.version, "nothing was written");
        let unknown = drafts.template(&catalog, &pool, "../x", draft(&[("layout.json", "{}")])).await;
        assert_eq!(unknown.expect_err("no template").code(), "template_unknown");
    }

    #[test]
    fn large_artwork_waits_for_memory() {
        let files = |text: Vec<u8>| BTreeMap::from([("artwork.svg".to_owned(), Bytes::from(text))]);
        let (photo, elements) = (vec![b'A'; 5 << 20], b"<a/>    ".repeat(1 << 18));
        for (text, memory) in [(vec![b' '; 1000], 0), (photo, 20 << 20), (elements, (8 << 20) + (256 << 20))] {
            assert_eq!(need(&files(text)).memory, memory);
        }
    }
}
