//! Avatars of WeChat that have expired.
//!
//! After a user has changed the avatar, its old URL responds with status 200 and a grey picture, and says so in the
//! headers: `X-ErrNo: -6101`, `X-Info: notexist:-6101`. WeChat does not document them; they are described in
//! <https://github.com/wechatpy/wechatpy/issues/146>. QQ's avatars use `X-Info: notexist:-109`
//! (<https://github.com/satorijs/satori/issues/32>).

use reqwest::header::HeaderMap;

/// Domain of the hosts: `wx.qlogo.cn`, `thirdwx.qlogo.cn`, `mmhead.qlogo.cn`, `q.qlogo.cn`.
const DOMAIN: &str = "qlogo.cn";

/// Whether a response of `host` is the placeholder of an expired avatar.
pub(super) fn is_placeholder(host: &str, headers: &HeaderMap) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_avatar_host = host.strip_suffix(DOMAIN).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let value = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    is_avatar_host
        && (value("x-errno") == Some("-6101") || value("x-info").is_some_and(|info| info.starts_with("notexist")))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn expired_avatars_are_recognised_by_host_and_header() {
        for (host, name, value, expected) in [
            ("thirdwx.qlogo.cn", "x-errno", "-6101", true),
            ("wx.qlogo.cn", "x-info", "notexist:-6101", true),
            ("WX.qlogo.cn.", "x-info", "notexist:-6101", true),
            ("q.qlogo.cn", "x-info", "notexist:-109", true),
            ("wx.qlogo.cn", "x-info", "real data", false),
            ("wx.qlogo.cn", "x-errno", "0", false),
            ("example.com", "x-errno", "-6101", false),
            ("notqlogo.cn", "x-errno", "-6101", false),
            ("qlogo.cn.example.com", "x-info", "notexist:-6101", false),
        ] {
            let headers = HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))]);
            assert_eq!(is_placeholder(host, &headers), expected, "{host} {name}: {value}");
        }
        assert!(!is_placeholder("wx.qlogo.cn", &HeaderMap::new()));
    }
}
