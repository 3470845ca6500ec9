//! Storage keys of codes.

use std::collections::BTreeMap;

use serde::Serialize;
use url::Url;

use crate::wechat::client::{AppConfig, Config};
use haibao_core::code::CodeNeed;

/// Issuer of each app's codes. The same scene issued by another mini-program or by an emulator is a different code.
pub(super) struct Issuers(BTreeMap<String, Issuer>);

/// Identifies who issues an app's codes.
#[derive(Debug, Clone, Serialize)]
struct Issuer {
    /// The API: `weixin.qq.com` for all of WeChat's hosts, otherwise the base URL.
    api: String,
    /// The mini-program: its appid, or `name:` and its name in the settings if the appid is empty.
    app: String,
}

impl Issuers {
    /// Issuers of the configured apps. All of WeChat's hosts are one issuer; any other base URL may be an emulator and is a
    /// separate one, so that sample codes are never mistaken for real ones.
    pub(super) fn new(config: &Config) -> Self {
        let url = Url::parse(&config.base_url).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        let is_wechat = host == "weixin.qq.com" || host.ends_with(".weixin.qq.com");
        let api = if is_wechat { "weixin.qq.com".to_owned() } else { config.base_url.clone() };
        let issuer = |(name, app): (&String, &AppConfig)| {
            let id = app.appid.trim();
            let app = if id.is_empty() { format!("name:{name}") } else { id.to_owned() };
            (name.clone(), Issuer { api: api.clone(), app })
        };
        Self(config.apps.iter().map(issuer).collect())
    }

    /// Storage key: a hash of everything that affects the picture.
    pub(super) fn key(&self, need: &CodeNeed) -> blake3::Hash {
        #[derive(Serialize)]
        struct Key<'a> {
            /// Incremented when the same need results in a different picture.
            version: u8,
            issuer: Option<&'a Issuer>,
            need: CodeNeed,
        }
        let mut need = need.clone();
        // `line_color` has no effect with `auto_color`, so it must not affect the key.
        need.line_color = need.line_color.filter(|_| !need.auto_color);
        let issuer = self.0.get(&need.app);
        if issuer.is_some() {
            need.app.clear();
        }
        // Only strings, numbers and booleans, which always serialise.
        blake3::hash(&serde_json::to_vec(&Key { version: 1, issuer, need }).unwrap_or_default())
    }
}

/// Blob path of a key.
pub(super) fn path(key: blake3::Hash) -> String {
    let hex = key.to_hex();
    format!("codes/{}/{hex}", &hex[..2])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use haibao_core::{
        code::{EnvVersion, Opens},
        sample::SAMPLE_APPID,
        scene::Scene,
    };

    #[test]
    fn the_key_depends_on_exactly_what_affects_the_picture() {
        let key = |base_url: &str, need: &CodeNeed| {
            let apps = BTreeMap::from([("default".to_owned(), AppConfig::new(SAMPLE_APPID, "hush"))]);
            Issuers::new(&Config { base_url: base_url.to_owned(), apps, ..Config::default() }).key(need)
        };
        let need = |scene: &str| CodeNeed::unlimited("default", "pages/a", Scene::Text(scene.to_owned()));
        let (wechat, other) = ("https://api.weixin.qq.com", "http://127.0.0.1:1");
        let one = need("id=1");
        assert_eq!(key(wechat, &one), key("https://api2.weixin.qq.com", &one), "a fail-over host is the same issuer");
        let mut all = vec![key(wechat, &one), key(other, &one), key(wechat, &need("id=2"))];
        let Opens::Unlimited { page, scene, .. } = one.opens.clone() else { unreachable!() };
        let opens = |page: &str, scene: &Scene, check_path| Opens::Unlimited {
            page: page.into(),
            scene: scene.clone(),
            check_path,
        };
        for variant in [
            CodeNeed { width: 600, ..one.clone() },
            CodeNeed { is_hyaline: true, ..one.clone() },
            CodeNeed { auto_color: true, ..one.clone() },
            CodeNeed { line_color: Some([1, 2, 3]), ..one.clone() },
            CodeNeed { env_version: EnvVersion::Trial, ..one.clone() },
            CodeNeed { opens: opens("pages/b", &scene, true), ..one.clone() },
            CodeNeed { opens: opens(&page, &scene, false), ..one.clone() },
            CodeNeed { opens: Opens::Limited { path: "pages/a".into() }, ..one.clone() },
            CodeNeed { opens: Opens::Square { path: "pages/a".into() }, ..one.clone() },
        ] {
            all.push(key(wechat, &variant));
        }
        let distinct: HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        let auto = CodeNeed { auto_color: true, ..one.clone() };
        let ignored = CodeNeed { line_color: Some([9, 9, 9]), ..auto.clone() };
        assert_eq!(key(wechat, &auto), key(wechat, &ignored), "WeChat ignores line_color with auto_color");
    }
}
