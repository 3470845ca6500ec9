//! Sample codes: drawn once for posters that are drawn over and over, such as those of a form in the studio.

use std::sync::Arc;

use quick_cache::{Weighter, sync::Cache};

use crate::fetch::cache;
use haibao_core::{asset::Asset, code::CodeNeed};

/// Maximum size of the codes that are kept, bytes.
const KEPT_BYTES: u64 = 4 << 20;
/// What a code takes besides its picture, at most, bytes.
const OVERHEAD: usize = 4 << 10;

/// Sample codes by what they are of. Cheap to clone; clones share the codes.
#[derive(Clone)]
pub(super) struct SampleCodes(Arc<Cache<CodeNeed, Asset, Weight>>);

/// Weighs a code by its memory, bytes.
#[derive(Clone)]
struct Weight;

impl Weighter<CodeNeed, Asset> for Weight {
    fn weight(&self, _: &CodeNeed, code: &Asset) -> u64 {
        (OVERHEAD + code.bytes.len()) as u64
    }
}

impl SampleCodes {
    /// An empty cache.
    pub fn new() -> Self {
        Self(Arc::new(cache::new(KEPT_BYTES, Weight)))
    }

    /// A code that was drawn.
    pub fn get(&self, need: &CodeNeed) -> Option<Asset> {
        self.0.get(need)
    }

    /// Keeps a code.
    pub fn keep(&self, need: &CodeNeed, code: Asset) {
        self.0.insert(need.clone(), code);
    }
}

#[cfg(test)]
mod tests {
    use haibao_core::{code::CodeFields, plan, sample};
    use serde_json::json;

    use super::*;
    use crate::service::{Catalog, fonts};

    #[test]
    fn codes_are_kept_by_what_they_are_of() {
        let catalog = Catalog::new("", fonts::embedded());
        let template = catalog.get("product-share").expect("a template");
        let need = |id: &str, scale: f32| {
            let params = json!({ "product": "assets/vase.jpg", "title": "a", "price": 1, "goods_id": id });
            let request = plan::Request { params, code: CodeFields::default(), scale };
            let plan = plan::plan(template.clone(), &request, catalog.fonts()).expect("a plan");
            plan.code.clone().expect("a code")
        };
        let codes = SampleCodes::new();
        let own = need("8801", 1.0);
        assert!(codes.get(&own).is_none());
        let drawn = sample::code(&own).expect("a code");
        codes.clone().keep(&own, drawn.clone());
        assert_eq!(codes.get(&own).map(|code| code.hash), Some(drawn.hash));
        assert!(codes.get(&need("8802", 1.0)).is_none(), "another scene");
    }
}
