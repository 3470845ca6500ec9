//! A database and a bucket shared by several processes.

use std::{
    env,
    io::{self, Write},
    path::Path,
    process::Command,
};

use url::Url;

/// A unique schema and a unique bucket prefix.
pub struct Servers {
    /// The setting `store`.
    pub store: String,
    /// The setting `blobs`.
    pub blobs: String,
}

impl Servers {
    /// Creates them on the servers in `HAIBAO_TEST_POSTGRES` and `HAIBAO_TEST_S3`, which `tests/run` starts through
    /// `tests/servers`. Without these, prints a notice and returns `None`, as without the feature `cluster`.
    pub fn new() -> Option<Self> {
        if cfg!(not(feature = "cluster")) {
            return None;
        }
        let (Ok(postgres), Ok(bucket)) = (env::var("HAIBAO_TEST_POSTGRES"), env::var("HAIBAO_TEST_S3")) else {
            // Not `eprintln!`: its output is captured and hidden for passing tests.
            let notice = "HAIBAO_TEST_POSTGRES and HAIBAO_TEST_S3 are not set: tests that need servers are skipped";
            writeln!(io::stderr(), "{notice}").expect("stderr");
            return None;
        };
        let name = format!("it_{:016x}", getrandom::u64().expect("random bytes"));
        create_schema(&postgres, &name);
        let separator = if postgres.contains('?') { '&' } else { '?' };
        let mut blobs = Url::parse(&bucket).expect("HAIBAO_TEST_S3 is a URL");
        blobs.set_path(&format!("/{name}"));
        Some(Self { store: format!("{postgres}{separator}options[search_path]={name}"), blobs: blobs.into() })
    }

    /// Environment variables for a service.
    pub fn settings(&self) -> [(&str, &str); 2] {
        [("HAIBAO_STORE", &self.store), ("HAIBAO_BLOBS", &self.blobs)]
    }

    /// The bucket's endpoint, `host:port`.
    pub fn bucket(&self) -> String {
        let blobs = Url::parse(&self.blobs).expect("a URL");
        let endpoint = blobs.query_pairs().find(|(name, _)| name == "endpoint").expect("an endpoint").1;
        authority(&endpoint)
    }

    /// Replaces the bucket's endpoint, for example by a proxy.
    pub fn bucket_by(mut self, way: std::net::SocketAddr) -> Self {
        self.blobs = self.blobs.replacen(&self.bucket(), &way.to_string(), 1);
        self
    }

    /// The database's `host:port`.
    pub fn database(&self) -> String {
        authority(&self.store)
    }

    /// Replaces the database's address, for example by a proxy.
    pub fn database_by(mut self, way: std::net::SocketAddr) -> Self {
        self.store = self.store.replacen(&self.database(), &way.to_string(), 1);
        self
    }
}

fn create_schema(postgres: &str, name: &str) {
    let programs = env::var_os("HAIBAO_TEST_POSTGRES_BIN").expect("tests/servers sets it");
    let mut psql = Command::new(Path::new(&programs).join("psql"));
    let created = psql.args([postgres, "-qc", &format!("CREATE SCHEMA {name}")]).status().expect("psql runs");
    assert!(created.success(), "psql: {created}");
}

fn authority(url: &str) -> String {
    let url = Url::parse(url).expect("a URL");
    format!("{}:{}", url.host_str().expect("a host"), url.port_or_known_default().unwrap_or(5432))
}
