//! Settings of the WeChat client.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

use crate::error::{Error, Finding, Kind, Result};

/// Settings of the WeChat client: `[wechat]`, and the apps, which stand beside it as `[apps.NAME]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where WeChat's API is: any http or https URL, also with a path (an emulator, a fail-over host, a proxy of one's
    /// own). Default `https://api.weixin.qq.com`.
    pub base_url: String,
    /// Milliseconds for one code, with the token and every retry. Default 10000: answers of over 5 s happen.
    pub timeout_ms: u64,
    /// Bytes of codes that are kept in memory. Default 8 MiB; 0 keeps none.
    pub cache_bytes: u64,
    /// Apps by name. Not read from `[wechat]`: whoever reads the settings puts `[apps]` here.
    #[serde(skip)]
    pub apps: BTreeMap<String, AppConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            base_url: "https://api.weixin.qq.com".to_owned(),
            timeout_ms: 10_000,
            cache_bytes: 8 << 20,
            apps: BTreeMap::new(),
        }
    }
}

/// One mini-program, `[apps.NAME]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppConfig {
    /// The AppID, `wx` and 16 hexadecimal digits.
    pub appid: String,
    /// The AppSecret. Better given by environment (`HAIBAO_APPS__DEFAULT__SECRET`) than in a file. Written back as
    /// asterisks.
    #[serde(serialize_with = "masked")]
    pub secret: SecretString,
    /// Where the token comes from.
    #[serde(default)]
    pub token: TokenOrigin,
}

/// Where the token of an app comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenOrigin {
    /// WeChat's `stable_token`: several programs may ask for it without disturbing each other.
    #[default]
    Stable,
}

fn masked<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if secret.expose_secret().is_empty() { "" } else { "********" })
}

impl Config {
    /// Checks everything and reads the base URL, which ends in `/` then.
    pub(super) fn check(&self) -> Result<Url> {
        let mut findings = Vec::new();
        let mut blame = |pointer: String, message: &str, hint: &str| {
            findings.push(Finding::error("setting_invalid", message).pointer(pointer).hint(hint));
        };
        for (name, app) in &self.apps {
            if app.appid.trim().is_empty() {
                blame(
                    format!("/apps/{name}/appid"),
                    "the appid is empty",
                    "copy it from the mini-program's admin page",
                );
            }
            if app.secret.expose_secret().trim().is_empty() {
                let hint = format!("set HAIBAO_APPS__{}__SECRET", name.to_uppercase());
                blame(format!("/apps/{name}/secret"), "the secret is empty", &hint);
            }
        }
        let base = base_url(&self.base_url);
        if let Err(message) = &base {
            blame("/wechat/base_url".to_owned(), message, "write a URL such as https://api.weixin.qq.com");
        }
        match base {
            Ok(url) if findings.is_empty() => Ok(url),
            _ => Err(Error::findings(Kind::Invalid, "setting_invalid", findings)),
        }
    }
}

/// The text is not repeated in messages: it may carry credentials.
fn base_url(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text.trim()).map_err(|e| format!("base_url is not a URL: {e}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("base_url is neither http nor https".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("base_url carries credentials".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("base_url has a query or a fragment".to_owned());
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(text: &str) -> serde_json::Result<AppConfig> {
        serde_json::from_str(text)
    }

    #[test]
    fn settings_have_defaults_and_no_unknown_names() {
        let config: Config = serde_json::from_str(r#"{"timeout_ms": 1}"#).expect("settings");
        assert_eq!((config.base_url.as_str(), config.timeout_ms), ("https://api.weixin.qq.com", 1));
        assert!(serde_json::from_str::<Config>(r#"{"apps": {}}"#).is_err(), "apps stand beside [wechat]");
        assert!(app(r#"{"appid": "wx1", "secret": "s"}"#).is_ok_and(|a| a.token == TokenOrigin::Stable));
        assert!(app(r#"{"appid": "wx1", "secret": "s", "token": "stable"}"#).is_ok());
        assert!(app(r#"{"appid": "wx1", "secret": "s", "token": "other"}"#).is_err());
        assert!(app(r#"{"appid": "wx1", "secret": "s", "key": 1}"#).is_err());
    }

    #[test]
    fn the_secret_is_never_written() {
        let app = app(r#"{"appid": "wx1", "secret": "hush-hush"}"#).expect("an app");
        let json = serde_json::to_string(&app).expect("JSON");
        let config = Config { apps: [("default".to_owned(), app)].into(), ..Config::default() };
        for text in [json, format!("{config:?}"), serde_json::to_string(&config).expect("JSON")] {
            assert!(!text.contains("hush"), "{text}");
        }
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        let app = app(r#"{"appid": " ", "secret": ""}"#).expect("an app");
        let base_url = "ftp://user:hush@host/".to_owned();
        let config = Config { base_url, apps: [("shop".to_owned(), app)].into(), ..Config::default() };
        let error = config.check().expect_err("three mistakes");
        let pointers: Vec<_> = error.all_findings().iter().filter_map(|f| f.pointer.as_deref()).collect();
        assert_eq!(pointers, ["/apps/shop/appid", "/apps/shop/secret", "/wechat/base_url"]);
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
    }

    #[test]
    fn base_urls_keep_their_path() {
        for (text, joined) in [
            ("https://api.weixin.qq.com", "https://api.weixin.qq.com/wxa/x"),
            ("http://127.0.0.1:1/", "http://127.0.0.1:1/wxa/x"),
            ("http://proxy/wechat", "http://proxy/wechat/wxa/x"),
        ] {
            let base = base_url(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(base.join("wxa/x").expect("a URL").as_str(), joined);
        }
        for text in ["", "api.weixin.qq.com", "https://u@h/", "https://h/?a", "https://h/#a", "data:,x"] {
            assert!(base_url(text).is_err(), "{text}");
        }
    }
}
