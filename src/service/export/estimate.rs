//! Estimates how many codes an export must fetch, and how long that takes under WeChat's quota.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{StreamExt, stream};

use crate::{export::codes::Codes, service::CodeService};
use haibao_core::code::CodeNeed;

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
    /// An exact one, for which all different codes are to be [added](Self::add).
    pub fn exact() -> Self {
        Self { codes: BTreeMap::new(), is_exact: true }
    }

    /// Looks codes up, and counts those that must be fetched.
    pub async fn add(&mut self, service: &CodeService, needs: Vec<CodeNeed>) {
        let lookup = |need: CodeNeed| async move { (!service.known(&need).await).then_some(need.app) };
        let mut missing = stream::iter(needs).map(lookup).buffer_unordered(CONCURRENT_LOOKUPS);
        while let Some(app) = missing.next().await {
            if let Some(app) = app {
                *self.codes.entry(app).or_insert(0) += 1;
            }
        }
    }

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

/// Estimates the number of codes that must be fetched from a sample of them. Each costs one lookup in the store.
pub async fn estimate(service: &CodeService, codes: &Codes) -> Estimate {
    let mut estimate = Estimate::exact();
    estimate.add(service, codes.sample().cloned().collect()).await;
    let (all, sampled) = (codes.len() as u64, codes.sample().len().max(1) as u64);
    estimate.codes.values_mut().for_each(|n| *n = *n * all / sampled);
    Estimate { is_exact: codes.len() == codes.sample().len(), ..estimate }
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
        let codes = |needs: &[CodeNeed]| {
            let mut codes = Codes::default();
            for need in needs {
                codes.add(need);
            }
            codes
        };
        let needs: Vec<CodeNeed> =
            (0..2500).map(|n| need("default", n)).chain((0..500).map(|n| need("mall", n))).collect();
        let mut exact = Estimate::exact();
        for part in needs.chunks(1300) {
            exact.add(&service, part.to_vec()).await;
        }
        assert_eq!((exact.total(), exact.codes["mall"], exact.is_exact), (3000, 500, true));
        assert_eq!(exact.time(5000), Duration::from_secs(30));
        let about = estimate(&service, &codes(&[needs.clone(), needs].concat())).await;
        assert!(!about.is_exact && (2990..=3000).contains(&about.total()), "{about:?}");
        let one = estimate(&service, &codes(&[need("default", 1), need("default", 1)])).await;
        assert!(one.is_exact && one.total() == 1);
        assert_eq!(estimate(&service, &Codes::default()).await.total(), 0);
    }
}
