//! How many codes an export needs, and how long WeChat's quota makes that.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use futures_util::{StreamExt, stream};

use crate::service::Coder;
use haibao_core::code::CodeNeed;

/// Codes that are looked for when nobody waits for an exact answer: each costs a look into the store.
const SAMPLE: usize = 1000;
/// Codes that are looked for at the same time.
const AT_ONCE: usize = 32;

/// What an export costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// Codes that must be asked for, by app; none of them is at hand.
    pub codes: BTreeMap<String, u64>,
    /// Whether every code was looked for, or one in a few.
    pub is_exact: bool,
}

impl Estimate {
    /// All codes that must be asked for.
    pub fn total(&self) -> u64 {
        self.codes.values().sum()
    }

    /// The least time that they take when an app may fetch `per_minute`.
    pub fn time(&self, per_minute: u32) -> Duration {
        // Each app has a quota of its own.
        let most = self.codes.values().max().copied().unwrap_or_default();
        Duration::from_secs_f64(most as f64 * 60.0 / f64::from(per_minute.max(1)))
    }
}

/// Counts which of these codes must be asked for: looks for each when it is to be `exact`, else for about 1000 of them,
/// and scales their number up.
pub async fn estimate(coder: &Coder, needs: &HashSet<CodeNeed>, exact: bool) -> Estimate {
    let step = if exact { 1 } else { needs.len().div_ceil(SAMPLE).max(1) };
    let mut codes = BTreeMap::new();
    let look = |need: &'_ CodeNeed| {
        let need = need.clone();
        async move { (!coder.known(&need).await).then_some(need.app) }
    };
    let mut looks = stream::iter(needs.iter().step_by(step)).map(look).buffer_unordered(AT_ONCE);
    while let Some(look) = looks.next().await {
        if let Some(app) = look {
            *codes.entry(app).or_insert(0) += 1;
        }
    }
    let (all, looked_at) = (needs.len() as u64, needs.len().div_ceil(step).max(1) as u64);
    codes.values_mut().for_each(|n| *n = *n * all / looked_at);
    Estimate { codes, is_exact: step == 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Loaded;
    use haibao_core::scene::Scene;

    #[tokio::test]
    async fn equal_codes_count_once_and_the_largest_app_decides_the_time() {
        let data = tempfile::tempdir().expect("a folder");
        let loaded = Loaded::read(None, [], [("data", data.path().display().to_string())]).expect("settings");
        let coder = Coder::new(&loaded.settings.service()).expect("a coder");
        let need = |app: &str, n: usize| CodeNeed::unlimited(app, "", Scene::Text(format!("id={n}")));
        let needs: HashSet<CodeNeed> =
            (0..3000).map(|n| need("default", n % 2500)).chain((0..500).map(|n| need("mall", n))).collect();
        let exact = estimate(&coder, &needs, true).await;
        assert_eq!((exact.total(), exact.codes["mall"], exact.is_exact), (3000, 500, true));
        assert_eq!(exact.time(5000), Duration::from_secs(30));
        let about = estimate(&coder, &needs, false).await;
        assert!(!about.is_exact && (2990..=3000).contains(&about.total()), "{about:?}");
        let one = estimate(&coder, &HashSet::from([need("default", 1)]), false).await;
        assert!(one.is_exact && one.total() == 1);
        assert_eq!(estimate(&coder, &HashSet::new(), true).await.total(), 0);
    }
}
