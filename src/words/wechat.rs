//! WeChat, token servers, and the quota of apps.

haibao_core::words! {
    message wechat(): "WeChat";
    message token_server(): "the app's token server";
    message wechat_setting(): "wechat.base_url points to WeChat's API";
    message token_server_setting(): "the url of the app's token points to the token server";
    message party_did(party, what): "{party} {what}";
    message answer_late(): "did not respond in time";
    message raise_timeout(): "try again; raise wechat.timeout_ms if this happens often";
    message retry_and_check(setting):
        "try again; if the problem persists, check that {setting}, and any proxy in between";
    message check_network(setting): "check the network, the root certificates of this machine and that {setting}";
    message check_setting(setting): "check that {setting}, and any proxy in between";
    message party_is_failing(party): "try again later: {party} or a proxy in front of it is failing";
    message answer_unreachable(reason): "cannot be reached: {reason}";
    message answer_status(status, form): "answered with status {status} and {form}";
    message answer_returned(form): "returned {form}";
    message answer_cut_off(bytes): "returned JSON that is cut off after {bytes} bytes";
    message answer_bytes(bytes, maximum): "returned {bytes} bytes, the limit is {maximum}";
    message answer_many_bytes(maximum): "returned too many bytes, the limit is {maximum}";
    message answer_no_token(): "returned no token";
    message answer_token_expired(): "returned an empty or expired token";
    message answer_no_pointer(): "returned no token at the configured pointer";
    message answer_no_rating(): "did not rate the text";
    message label_normal(): "normal";
    message label_advertisement(): "advertisement";
    message label_politics(): "politics";
    message label_pornography(): "pornography";
    message label_abuse(): "abuse";
    message label_crime(): "crime";
    message label_fraud(): "fraud";
    message label_vulgarity(): "vulgarity";
    message label_copyright(): "copyright";
    message label_other(): "other";
    message ended_early(reason): "the response ended early: {reason}";
    message empty_body(): "an empty body";
    message unexpected_body(): "an unexpected body";
    message wechat_returned(errcode, meaning): "WeChat returned errcode {errcode}: {meaning}";
    message with_ip(message, ip): "{message} (this server is {ip})";
    message with_rid(message, rid): "{message} (rid {rid})";
    error app_unknown(name): "the settings have no app {name}";
    message set_an_app(): "set HAIBAO_APPS__DEFAULT__APPID and HAIBAO_APPS__DEFAULT__SECRET";
    message configured_apps(names): "configured apps: {names}";
    message codes(): "codes";
    message text_checks(): "text checks";
    error quota_minute(limit, what, setting): "the app's quota of {limit} {what} per minute is used up",
        hint: "wait, or spread the load; the limit is set by {setting}";
    error wechat_quota(setting): "WeChat reported too many calls (errcode 45011); the app is paused",
        hint: "wait; lower {setting} if other programs use the same app";
    error wechat_quota as wechat_quota_day(path, advice):
        "WeChat reported that the quota of {path} is used up (errcode 45009); the endpoint is paused",
        hint: "{advice}";
    message quota_resets(): "wait; daily quotas reset at midnight China time (UTC+8)";
    message code_quota_resets(): "wait; daily quotas reset at midnight China time (UTC+8); fetch codes in advance";
    error wechat_token as token_forced():
        "WeChat refuses the access token, and a refresh was forced too recently or too often";
    error wechat_token as token_no_other(): "WeChat refuses the access token, and its source has no other";
    error wechat_token as token_no_other_yet():
        "WeChat refuses the access token, and its source has no other; a refresh was forced too recently or too often";
    error wechat_token as token_still_refused():
        "WeChat refuses the access token, and its source has no other, even after a forced refresh";
    message refused_classic():
        "make sure that no other program calls cgi-bin/token for this app, or set the app's token to \"stable\"";
    message refused_fixed(): "replace the app's token value in the settings with a valid one";
    message refused_server(): "make sure that the app's token server renews its token and that no other program does";
    message refused_stable(): "check the app's secret, and that no other program forces refreshes of the stable token";
}
