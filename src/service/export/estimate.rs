//! Estimates how many codes an export must fetch, and how long that takes under WeChat's quota.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use futures_util::{StreamExt, stream};

use crate::service::CodeService;
use haibao_core::code::CodeNeed;

/// Sample size of an inexact estimate. Each code costs one store lookup.
const SAMPLE: usize = 1000;
/// Maximum number of concurrent lookups.
const CONCURRENT_LOOKUPS: usize = 32;

/// Estimated number of codes to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// Number of codes that are not stored yet and must be fetched, by app.
    pub codes: BTreeMap<String, u64>,
    /// Whether every code was looked up, instead of a sample.
    pub is_exact: bool,
}

impl Estimate {
    /// Total number of codes to fetch.
    pub fn total(&self) -> u64 {
        self.codes.values().sum()
    }

    /// Minimum time to fetch the codes at `per_minute` codes per app.
    pub fn time(&self, per_minute: u32) -> Duration {
        // Quotas are per app, so the app with the most codes determines the time.
        let max = self.codes.values().max().copied().unwrap_or_default();
        Duration::from_secs_f64(max as f64 * 60.0 / f64::from(per_minute.max(1)))
    }
}

/// Counts the codes that must be fetched. Looks up every code if `exact`; otherwise looks up a sample of at most 1000
/// and extrapolates.
pub async fn estimate(service: &CodeService, needs: &HashSet<CodeNeed>, exact: bool) -> Estimate {
    let step = if exact { 1 } else { needs.len().div_ceil(SAMPLE).max(1) };
    let mut codes = BTreeMap::new();
    let lookup = |need: &'_ CodeNeed| {
        let need = need.clone();
        async move { (!service.known(&need).await).then_some(need.app) }
    };
    let mut missing = stream::iter(needs.iter().step_by(step)).map(lookup).buffer_unordered(CONCURRENT_LOOKUPS);
    while let Some(app) = missing.next().await {
        if let Some(app) = app {
            *codes.entry(app).or_insert(0) += 1;
        }
    }
    let (all, sampled) = (needs.len() as u64, needs.len().div_ceil(step).max(1) as u64);
    codes.values_mut().for_each(|n| *n = *n * all / sampled);
    Estimate { codes, is_exact: step == 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Loaded;
    use haibao_core::scene::Scene;

    #[tokio::test]
    async fn duplicates_count_once_and_the_largest_app_determines_the_time() {
        let data = tempfile::tempdir().expect("a folder");
        let loaded = Loaded::read(None, [], [("data", data.path().display().to_string())]).expect("settings");
        let service = CodeService::new(&loaded.settings.service()).expect("a code service");
        let need = |app: &str, n: usize| CodeNeed::unlimited(app, "", Scene::Text(format!("id={n}")));
        let needs: HashSet<CodeNeed> =
            (0..3000).map(|n| need("default", n % 2500)).chain((0..500).map(|n| need("mall", n))).collect();
        let exact = estimate(&service, &needs, true).await;
        assert_eq!((exact.total(), exact.codes["mall"], exact.is_exact), (3000, 500, true));
        assert_eq!(exact.time(5000), Duration::from_secs(30));
        let about = estimate(&service, &needs, false).await;
        assert!(!about.is_exact && (2990..=3000).contains(&about.total()), "{about:?}");
        let one = estimate(&service, &HashSet::from([need("default", 1)]), false).await;
        assert!(one.is_exact && one.total() == 1);
        assert_eq!(estimate(&service, &HashSet::new(), true).await.total(), 0);
    }
}
