//! Settings that cannot be used.

haibao_core::words! {
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
