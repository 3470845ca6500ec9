//! Storages for tests: always a folder, and a bucket with the feature `cluster` if `HAIBAO_TEST_S3` is set. `tests/run`
//! starts a server and sets it, so no test is skipped there.

use tempfile::TempDir;

use super::Blobs;

/// Isolated storage for one test. Each call of [`Storage::blobs`] opens it as a separate process would.
pub(crate) struct Storage {
    pub(crate) name: &'static str,
    pub(crate) folder: TempDir,
    pub(crate) url: String,
}

impl Storage {
    pub(crate) fn folder() -> Self {
        Self { name: "folder", folder: tempfile::tempdir().unwrap(), url: String::new() }
    }

    /// A unique prefix in the test bucket. Without a server, prints a notice once and returns `None`.
    #[cfg(feature = "cluster")]
    fn bucket() -> Option<Self> {
        use std::{io::Write, sync::Once};

        /// Environment variable with the URL of a bucket, in the format of the setting `blobs`.
        const SERVER: &str = "HAIBAO_TEST_S3";
        static NOTICE: Once = Once::new();
        let Ok(server) = std::env::var(SERVER) else {
            // Not `eprintln!`: its output is captured and hidden for passing tests.
            NOTICE.call_once(|| writeln!(std::io::stderr(), "{SERVER} is not set: S3 tests are skipped").unwrap());
            return None;
        };
        let mut url = url::Url::parse(&server).expect("HAIBAO_TEST_S3 is a URL");
        url.set_path(&format!("/test-{:016x}", getrandom::u64().unwrap()));
        Some(Self { name: "S3", folder: tempfile::tempdir().unwrap(), url: url.into() })
    }

    /// All available storages.
    pub(crate) fn all() -> Vec<Self> {
        #[cfg(feature = "cluster")]
        let servers = Self::bucket();
        #[cfg(not(feature = "cluster"))]
        let servers = None;
        std::iter::once(Self::folder()).chain(servers).collect()
    }

    pub(crate) fn blobs(&self) -> Blobs {
        Blobs::new(&self.url.as_str().into(), self.folder.path().join("data")).unwrap()
    }
}
