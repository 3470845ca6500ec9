//! The storages that tests run on: a folder always, a bucket when `HAIBAO_TEST_S3` names one. `tests/run` starts a server
//! and sets it, so that nothing is left out there.

use std::{
    io::{self, Write},
    sync::Once,
};

use tempfile::TempDir;
use url::Url;

use super::Blobs;

/// URL of an empty bucket, as the setting `blobs` takes it.
const SERVER: &str = "HAIBAO_TEST_S3";

/// A storage of its own for one test; each [`Storage::blobs`] is another process's.
pub(crate) struct Storage {
    pub(crate) name: &'static str,
    pub(crate) folder: TempDir,
    pub(crate) url: String,
}

impl Storage {
    pub(crate) fn folder() -> Self {
        Self { name: "folder", folder: tempfile::tempdir().unwrap(), url: String::new() }
    }

    /// A prefix of its own; none without a server, which is said once.
    pub(crate) fn bucket() -> Option<Self> {
        static SAID: Once = Once::new();
        let Ok(server) = std::env::var(SERVER) else {
            // Not by `eprintln!`, which is not shown when a test passes.
            SAID.call_once(|| writeln!(io::stderr(), "{SERVER} is not set: the tests leave S3 out").unwrap());
            return None;
        };
        let mut url = Url::parse(&server).expect("HAIBAO_TEST_S3 is a URL");
        url.set_path(&format!("/test-{:016x}", getrandom::u64().unwrap()));
        Some(Self { name: "S3", folder: tempfile::tempdir().unwrap(), url: url.into() })
    }

    /// All that there are.
    pub(crate) fn all() -> Vec<Self> {
        std::iter::once(Self::folder()).chain(Self::bucket()).collect()
    }

    pub(crate) fn blobs(&self) -> Blobs {
        Blobs::new(&self.url.as_str().into(), self.folder.path().join("data")).unwrap()
    }
}
