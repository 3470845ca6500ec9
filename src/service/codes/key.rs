//! Storage keys of codes.

use std::collections::BTreeMap;

use serde_json::json;
use url::Url;

use crate::wechat::client::{AppConfig, Config};
use haibao_core::code::CodeNeed;

/// Issuer of each app's codes, as JSON. The same scene issued by another mini-program or by an emulator is a different code.
pub(super) struct Issuers(BTreeMap<String, String>);

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
            (name.clone(), json!({ "api": api, "app": app }).to_string())
        };
        Self(config.apps.iter().map(issuer).collect())
    }

    /// Storage key: a hash of everything that affects the picture.
    pub(super) fn key(&self, need: &CodeNeed) -> blake3::Hash {
        let (issuer, app) = self.0.get(&need.app).map_or(("null", &*need.app), |issuer| (issuer.as_str(), ""));
        let need = need.picture_json(app);
        // The version is incremented when the same need results in a different picture.
        blake3::hash(format!(r#"{{"version":1,"issuer":{issuer},"need":{need}}}"#).as_bytes())
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
        let json = format!(
            r#"{{"version":1,"issuer":{{"api":"weixin.qq.com","app":"{SAMPLE_APPID}"}},"need":{{"app":"","opens":{{"kind":"unlimited","page":"pages/a","scene":{{"text":"id=1"}},"check_path":true}},"width":430,"env_version":"release","auto_color":false,"line_color":null,"is_hyaline":false}}}}"#
        );
        assert_eq!(key(wechat, &one), blake3::hash(json.as_bytes()), "codes that are stored stay known");
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
