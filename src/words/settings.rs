//! Settings that cannot be used.

haibao_core::words! {
    error setting_unknown(name, origin): "unknown setting `{name}` ({origin})", hint: "`haibao config` prints all settings";
    error setting_invalid as setting_range(name, origin, value, range): "setting `{name}` ({origin}) is {value}, expected {range}";
    error setting_invalid as setting_below(name, origin, value, minimum): "setting `{name}` ({origin}) is {value}, expected at least {minimum}";
    message range_from(minimum): "at least {minimum}";
    message range(minimum, maximum): "{minimum} to {maximum}";
    message minimum_of(other, least): "`{other}`, which is {least}";
    message minimum_times(factor, other, least): "{factor} times `{other}`, which is {least}";
    message setting_removed(instead): "it was removed: {instead}";
    error setting_invalid as endpoint_invalid(text): "{text} is not host:port, such as 127.0.0.1:9000";
    error setting_invalid as host_rule_invalid(text): "{text} is not a host name or *.example.com";
    error setting_invalid as appid_empty(app): "the appid is empty",
        hint: "copy it from the mini-program's admin page, and set HAIBAO_APPS__{app}__APPID";
    error setting_invalid as secret_empty(app): "the secret is empty", hint: "set HAIBAO_APPS__{app}__SECRET";
    error setting_invalid as token_empty(app): "the token is empty", hint: "set HAIBAO_APPS__{app}__TOKEN__VALUE";
    error setting_invalid as text_scene(): "the scene of a text check is 1 (profile), 2 (comment), 3 (forum) or 4 (social log)";
    error setting_invalid as link_key_form(): "a key is ID:SECRET",
        hint: "the id has 1 to 32 letters, digits, - and _; generate the secret with `openssl rand -hex 32`";
    error setting_invalid as link_key_twice(id): "two keys have the id {id}";
    error setting_invalid as link_keys_many(maximum): "more than {maximum} keys",
        hint: "keep the current key and the previous one";
    error setting_invalid as link_secret_short(id, minimum): "the secret of the key {id} is shorter than {minimum} characters",
        hint: "generate one with `openssl rand -hex 32`";
    error setting_invalid as webhook_secret_length(minimum, maximum): "the secret of webhooks has {minimum} to {maximum} bytes",
        hint: "generate one with `openssl rand -hex 32`";
    error setting_invalid as public_url_invalid(text): "{text} is not an http(s) URL without credentials and query";
    error setting_invalid as origin_invalid(text): "{text} is not an origin",
        hint: "write scheme and host as browsers send them, such as https://h5.example.com, or *";
    message risky_form(): "expected \"refuse\" or \"mask\"";
    message token_server_form(): "set token = {{ url = \"https://...\", pointer = \"/access_token\" }}";
    message base_url_form(): "use a URL such as https://api.weixin.qq.com";
    message url_invalid(reason): "the URL is invalid: {reason}";
    message url_scheme(): "the URL is neither http nor https";
    message url_credentials(): "the URL contains credentials";
    message url_query(): "the URL has a query or a fragment";
    message pointer_invalid(): "a JSON pointer must start with /";
    message header_form(): "expected \"Name: value\"";
    message header_name(): "the header name contains an invalid character";
    message header_value(): "the header value contains an invalid character";
    message setting_from(name, origin): "setting `{name}` ({origin})";
    error setting_invalid as setting_type(setting, expected, given): "{setting}: expected {expected}, got {given}";
    error setting_invalid as setting_form(setting): "{setting}: the value has the wrong type",
        hint: "write a text in quotation marks, or a list of such texts: docs/settings.md";
    error setting_invalid as setting_table(setting): "{setting} holds other settings, and has no value of its own",
        hint: "write its settings one by one: docs/settings.md";
    error setting_invalid as setting_said(setting, reason): "{setting}: {reason}";
    error setting_invalid as setting_missing(setting): "{setting} is missing";
    error settings_unreadable as settings_syntax(file, reason): "{file}: {reason}";
    error settings_unreadable(file, reason): "cannot read {file}: {reason}";
    message the_settings(): "the settings";
    message store_form():
        "leave it empty for a file in the data folder, or write postgres://user:password@host:5432/database";
    message blobs_form():
        "leave it empty for a folder, or write s3://bucket/prefix?endpoint=https://...&region=..., oss://, cos://";
    error setting_invalid as server_url(setting, reason): "`{setting}` {reason}";
    message url_is_not(reason): "is not a URL: {reason}";
    message url_scheme_unknown(schemes): "has an unknown scheme; supported are {schemes}";
    message no_bucket(): "names no bucket";
    message incomplete_key(): "has an incomplete access key: write KEY:SECRET@ before the bucket, or omit both";
    message endpoint_not_url(): "has an endpoint that is not an http(s) URL";
    message no_endpoint(): "has no endpoint";
    message unknown_parameter(name): "has an unknown parameter {name}";
    message unreadable_parameter(): "has a parameter that cannot be read";
    message cannot_be_used(reason): "cannot be used: {reason}";
    message escapes_not_utf8(): "has percent-escapes that are not UTF-8";
}
