//! Settings of the WeChat client.

use std::{collections::BTreeMap, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

use super::{TokenOrigin, hosts::ApiHosts};
use crate::words;
use haibao_core::error::{Domain, Error, ErrorKind, Finding, Message, Result};

/// WeChat's API host.
const WECHAT: &str = "https://api.weixin.qq.com";
/// Fail-over hosts in the order of WeChat's documentation
/// (<https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Interface_field_description.html>).
const FAILOVER: [&str; 4] = [
    "https://api2.weixin.qq.com",
    "https://sh.api.weixin.qq.com",
    "https://sz.api.weixin.qq.com",
    "https://hk.api.weixin.qq.com",
];

/// Settings of the WeChat client, `[wechat]`. Apps are configured separately as `[apps.NAME]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Base URL of the WeChat API: any http or https URL, optionally with a path (an emulator or a proxy).
    /// Default `https://api.weixin.qq.com`.
    pub base_url: String,
    /// Base URLs tried in order when the first is unreachable, too slow or returns 5xx. Default empty: WeChat's own
    /// fail-over hosts if `base_url` is WeChat's, otherwise none.
    pub failover_urls: Vec<String>,
    /// Time limit for one code in ms, measured from its turn, including the token and all retries. One attempt may take
    /// three fifths of it. Default 10000, since some responses take more than 5 s.
    pub timeout_ms: u64,
    /// Maximum number of codes that one app may fetch in any 60 s, at least 1. Default 5000, WeChat's limit; set it
    /// lower if other programs fetch codes for the same app.
    pub per_minute: u32,
    /// Maximum number of texts that one app may check in any 60 s, at least 1. Default 4000, WeChat's limit.
    pub text_checks_per_minute: u32,
    /// Maximum time that a code or a text check may wait for its turn, in ms. Default 120000.
    pub wait_ms: u64,
    /// Size of the in-memory code cache, in bytes. Default 8 MiB; 0 disables the cache.
    pub cache_bytes: u64,
    /// Apps by name. Not read from `[wechat]`; the settings loader fills it from `[apps]`.
    #[serde(skip)]
    pub apps: BTreeMap<String, AppConfig>,
    /// Pauses after refused tokens. No setting.
    #[serde(skip)]
    pub token_pauses: TokenPauses,
}

/// Pauses after WeChat has refused a token. Tests shorten them together with those of the emulator.
#[derive(Debug, Clone, Copy)]
pub struct TokenPauses {
    /// Minimum and maximum cool-down after a refusal, during which no call is made: a thousand requests with a wrong secret must not
    /// become a thousand calls. Refusals with a time to wait may exceed the minimum. Default 5 s and 60 s.
    pub cool_down: [Duration; 2],
    /// Minimum time between two forced refreshes: WeChat ignores one within 30 s of the previous one. Default 30 s.
    pub force_gap: Duration,
}

impl Default for TokenPauses {
    fn default() -> Self {
        Self { cool_down: [5, 60].map(Duration::from_secs), force_gap: Duration::from_secs(30) }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            base_url: WECHAT.to_owned(),
            failover_urls: Vec::new(),
            timeout_ms: 10_000,
            per_minute: 5000,
            text_checks_per_minute: 4000,
            wait_ms: 120_000,
            cache_bytes: 8 << 20,
            apps: BTreeMap::new(),
            token_pauses: TokenPauses::default(),
        }
    }
}

/// Settings of one mini-program, `[apps.NAME]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppConfig {
    /// AppID: `wx` followed by 16 hexadecimal digits. Required, except with `--demo`, which replaces it.
    #[serde(default)]
    pub appid: String,
    /// AppSecret. Prefer the environment (`HAIBAO_APPS__DEFAULT__SECRET`) to a file. Serialised as asterisks. Required
    /// by the token sources `stable` and `classic` only.
    #[serde(default = "empty_secret", serialize_with = "masked")]
    pub secret: SecretString,
    /// Token source.
    #[serde(default)]
    pub token: TokenOrigin,
    /// Check of users' texts by WeChat before a poster is drawn. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_check: Option<TextCheck>,
}

/// Check of users' texts, `[apps.NAME.text_check]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextCheck {
    /// What happens to a text that WeChat rates as risky.
    pub risky: Risky,
    /// Where the texts are used, WeChat's number: 1 profile, 2 comment, 3 forum, 4 social log. Default 2.
    #[serde(default = "comment")]
    pub scene: u8,
}

/// What happens to a risky text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum Risky {
    /// The poster is refused.
    Refuse,
    /// The text is drawn as asterisks.
    Mask,
}

impl TryFrom<String> for Risky {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "refuse" => Ok(Self::Refuse),
            "mask" => Ok(Self::Mask),
            _ => Err(words::risky_form().text()),
        }
    }
}

fn comment() -> u8 {
    2
}

impl AppConfig {
    /// An app whose tokens come from `stable_token`.
    pub fn new(appid: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        Self { appid: appid.into(), secret: secret.into(), token: TokenOrigin::Stable, text_check: None }
    }
}

fn empty_secret() -> SecretString {
    SecretString::from("")
}

fn masked<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if secret.expose_secret().is_empty() { "" } else { "********" })
}

impl Config {
    /// Validates all settings; their numbers are checked when they are read.
    ///
    /// # Errors
    /// `setting_invalid` with every finding.
    pub(crate) fn validate(&self) -> Result<()> {
        self.check().map(drop)
    }

    /// Validates all settings and parses the base URLs.
    pub(super) fn check(&self) -> Result<ApiHosts> {
        let mut findings = Vec::new();
        let mut report = |pointer: String, finding: Finding| findings.push(finding.pointer(pointer));
        for (name, app) in &self.apps {
            if app.appid.trim().is_empty() {
                report(format!("/apps/{name}/appid"), words::appid_empty(name.to_uppercase()));
            }
            if app.text_check.is_some_and(|check| !(1..=4).contains(&check.scene)) {
                report(format!("/apps/{name}/text_check/scene"), words::text_scene());
            }
            match &app.token {
                TokenOrigin::Stable | TokenOrigin::Classic => {
                    if app.secret.expose_secret().trim().is_empty() {
                        report(format!("/apps/{name}/secret"), words::secret_empty(name.to_uppercase()));
                    }
                }
                TokenOrigin::Server(server) => {
                    if let Err((field, message)) = server.target() {
                        let finding = Finding::error("setting_invalid", message).with_hint(words::token_server_form());
                        report(format!("/apps/{name}/token/{field}"), finding);
                    }
                }
                TokenOrigin::Fixed(value) => {
                    if value.expose_secret().trim().is_empty() {
                        report(format!("/apps/{name}/token/value"), words::token_empty(name.to_uppercase()));
                    }
                }
            }
        }
        let mut url = |pointer: String, text: &str| {
            let parsed = base_url(text);
            if let Err(message) = &parsed {
                let finding = Finding::error("setting_invalid", message.clone());
                report(pointer, finding.with_hint(words::base_url_form()));
            }
            parsed.ok()
        };
        let base = url("/wechat/base_url".to_owned(), &self.base_url);
        let given = self.failover_urls.iter().enumerate();
        let mut others: Vec<Url> =
            given.filter_map(|(i, text)| url(format!("/wechat/failover_urls/{i}"), text)).collect();
        if self.failover_urls.is_empty() && base == base_url(WECHAT).ok() {
            others = FAILOVER.iter().filter_map(|text| base_url(text).ok()).collect();
        }
        match base {
            Some(base) if findings.is_empty() => Ok(ApiHosts::new(base, others)),
            _ => Err(Error::findings(ErrorKind::Invalid, "setting_invalid", findings).domain(Domain::Settings)),
        }
    }
}

/// Parses a base URL. Error messages do not quote the text, since it may contain credentials.
fn base_url(text: &str) -> Result<Url, Message> {
    let mut url = Url::parse(text.trim()).map_err(words::url_invalid)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(words::url_scheme());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(words::url_credentials());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(words::url_query());
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
    fn defaults_apply_and_unknown_fields_are_rejected() {
        let config: Config = serde_json::from_str(r#"{"timeout_ms": 1}"#).expect("settings");
        assert_eq!((config.base_url.as_str(), config.timeout_ms), ("https://api.weixin.qq.com", 1));
        assert!(serde_json::from_str::<Config>(r#"{"apps": {}}"#).is_err(), "apps are not part of [wechat]");
        assert!(app(r#"{"appid": "wx1", "secret": "s"}"#).is_ok_and(|a| matches!(a.token, TokenOrigin::Stable)));
        assert!(app(r#"{"appid": "wx1", "secret": "s", "token": "stable"}"#).is_ok());
        assert!(app(r#"{"appid": "wx1", "secret": "s", "token": "other"}"#).is_err());
        assert!(app(r#"{"appid": "wx1", "secret": "s", "key": 1}"#).is_err());
    }

    #[test]
    fn secrets_are_masked() {
        let app = app(r#"{"appid": "wx1", "secret": "hush-hush"}"#).expect("an app");
        let json = serde_json::to_string(&app).expect("JSON");
        let config = Config { apps: [("default".to_owned(), app)].into(), ..Config::default() };
        for text in [json, format!("{config:?}"), serde_json::to_string(&config).expect("JSON")] {
            assert!(!text.contains("hush"), "{text}");
        }
    }

    #[test]
    fn all_invalid_settings_are_reported_together() {
        let apps = [
            ("a", r#"{"appid": " ", "secret": ""}"#),
            ("b", r#"{"appid": "wx1", "token": "classic"}"#),
            ("c", r#"{"appid": "wx1", "token": {"url": "hush"}}"#),
            ("d", r#"{"appid": "wx1", "token": {"url": "http://hush", "header": "hush"}}"#),
            ("e", r#"{"appid": "wx1", "token": {"value": " "}}"#),
            ("f", r#"{"appid": "wx1", "secret": "s", "text_check": {"risky": "mask", "scene": 5}}"#),
            ("good", r#"{"appid": "wx1", "token": {"value": "t"}, "text_check": {"risky": "refuse"}}"#),
            ("good2", r#"{"appid": "wx1", "token": {"url": "http://h/t"}}"#),
        ];
        let apps = apps.into_iter().map(|(name, text)| (name.to_owned(), app(text).expect("an app"))).collect();
        let base_url = "ftp://user:hush@host/".to_owned();
        let failover_urls = vec!["http://h/".to_owned(), "http://user:hush@host/".to_owned()];
        let config = Config { base_url, failover_urls, apps, ..Config::default() };
        let error = config.check().map(|_| ()).expect_err("invalid settings");
        let pointers: Vec<_> = error.all_findings().iter().filter_map(|f| f.pointer.as_deref()).collect();
        let expected = [
            "/apps/a/appid",
            "/apps/a/secret",
            "/apps/b/secret",
            "/apps/c/token/url",
            "/apps/d/token/header",
            "/apps/e/token/value",
            "/apps/f/text_check/scene",
            "/wechat/base_url",
            "/wechat/failover_urls/1",
        ];
        assert_eq!(pointers, expected);
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
    }

    #[test]
    fn default_failover_hosts_apply_to_wechat_only() {
        let hosts = |base_url: &str, failover: &[&str]| {
            let failover_urls = failover.iter().map(|url| (*url).to_owned()).collect();
            let config = Config { base_url: base_url.to_owned(), failover_urls, ..Config::default() };
            let hosts = config.check().expect("hosts");
            (0..hosts.len()).map(|i| hosts.base(i).host_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        let all = ["api", "api2", "sh.api", "sz.api", "hk.api"].map(|name| format!("{name}.weixin.qq.com"));
        assert_eq!(hosts("https://api.weixin.qq.com", &[]), all);
        assert_eq!(hosts("https://api.weixin.qq.com/", &["http://own"]), ["api.weixin.qq.com", "own"]);
        for base in ["http://api.weixin.qq.com", "http://127.0.0.1:8090", "https://api.weixin.qq.com/proxy"] {
            assert_eq!(hosts(base, &[]).len(), 1, "{base}");
        }
    }

    #[test]
    fn base_urls_keep_their_path() {
        for (text, joined) in [
            ("https://api.weixin.qq.com", "https://api.weixin.qq.com/wxa/x"),
            ("http://127.0.0.1:1/", "http://127.0.0.1:1/wxa/x"),
            ("http://proxy/wechat", "http://proxy/wechat/wxa/x"),
        ] {
            let base = base_url(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
            assert_eq!(base.join("wxa/x").expect("a URL").as_str(), joined);
        }
        for text in ["", "api.weixin.qq.com", "https://u@h/", "https://h/?a", "https://h/#a", "data:,x"] {
            assert!(base_url(text).is_err(), "{text}");
        }
    }
}
