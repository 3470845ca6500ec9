use super::*;

mod memory;

fn read(toml: &str, env: &[(&str, &str)], flags: &[(&'static str, &str)]) -> Result<Loaded> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("settings.toml");
    std::fs::write(&file, toml).expect("a file");
    Loaded::read(
        Some(&file),
        env.iter().map(|(k, v)| (k.to_string(), v.to_string())),
        flags.iter().map(|(k, v)| (*k, v.to_string())),
    )
}

fn refused(toml: &str, env: &[(&str, &str)]) -> Error {
    read(toml, env, &[]).map(|l| l.to_toml()).expect_err("must be refused")
}

#[test]
fn precedence_is_flag_environment_file_default() {
    let toml = "addr = '1.1.1.1:1'\ntemplates = 'file'\nlog = 'warn'\n";
    let env = [("HAIBAO_ADDR", "2.2.2.2:2"), ("HAIBAO_TEMPLATES", "env"), ("PATH", "/bin")];
    let settings = read(toml, &env, &[("addr", "3.3.3.3:3")]).expect("good").settings;
    let got = [&settings.addr, &settings.templates, &settings.log, &settings.fonts];
    assert_eq!(got, ["3.3.3.3:3", "env", "warn", "fonts"]);
}

#[test]
fn defaults_toml_matches_the_defaults_of_the_components() {
    let settings = read("", &[], &[]).expect("good").settings;
    assert_eq!(settings.assets, fetch::Config::default());
    assert_eq!(settings.pool, pool::Config::default());
    assert_eq!(settings.http, crate::http::Config::default());
    assert_eq!(settings.keys, crate::access::Config::default());
    assert_eq!((settings.posters, settings.uploads), Default::default());
    assert_eq!(format!("{:?}", settings.links), format!("{:?}", signing::Config::default()));
    assert_eq!(settings.scenes, crate::store::Config::default());
    let (render, default) = (settings.render, render::Config::default());
    let sizes = |c: render::Config| [c.band_bytes, c.paint_bytes, c.artwork_bytes, c.glyph_bytes];
    assert_eq!(sizes(settings.render()), sizes(default), "{render:?}");
    assert_ne!(settings.render().secret, default.secret, "the caches' keys are secret");
    let wechat = client::Config::default();
    let (given, default) = (serde_json::to_value(settings.wechat()), serde_json::to_value(&wechat));
    assert_eq!(given.expect("JSON"), default.expect("JSON"));
    // A setting that is missing in defaults.toml would be rejected as unknown.
    let defaults = table(File::from_str(DEFAULTS, FileFormat::Toml)).expect("TOML");
    let parts = [("assets", serde_json::to_value(fetch::Config::default())), ("wechat", serde_json::to_value(wechat))];
    for (part, value) in parts {
        for name in value.expect("JSON").as_object().expect("an object").keys() {
            assert!(names(&defaults).contains(&format!("{part}.{name}")), "defaults.toml has no {part}.{name}");
        }
    }
}

#[test]
fn the_default_file_sets_every_setting_to_its_default() {
    let (empty, given) = (read("", &[], &[]).expect("good"), read(DEFAULTS, &[], &[]).expect("its own defaults"));
    let values = |loaded: &Loaded| {
        let text = loaded.to_toml();
        text.lines()
            .map(|line| line.rsplit_once("  # ").map_or(line, |(value, _)| value).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(values(&given), values(&empty));
    let origins = given.to_toml();
    assert!(!origins.contains("  # default"), "every setting is in the file: {origins}");
}

#[test]
fn the_default_file_documents_every_setting() {
    let lines: Vec<&str> = DEFAULTS.lines().collect();
    for (i, line) in lines.iter().enumerate().filter(|(_, line)| !line.starts_with('#') && line.contains(" = ")) {
        let above = lines.get(i.wrapping_sub(1)).copied().unwrap_or_default();
        assert!(above.starts_with("# ") && above.len() > 12, "`{line}` has no comment above it");
    }
}

#[test]
fn the_examples_in_the_default_file_can_be_uncommented() {
    let (_, examples) = DEFAULTS.split_once("# [apps.default]").expect("the example of an app");
    let lines: Vec<&str> = examples.lines().filter_map(|line| line.strip_prefix("# ")).collect();
    for line in lines.iter().filter(|line| line.contains(" = ")) {
        let secret = if line.starts_with("secret") { "" } else { "secret = 's'\n" };
        let appid = if line.starts_with("appid") { "" } else { "appid = 'wx1'\n" };
        let toml = format!("[apps.default]\n{appid}{secret}{line}\n");
        let loaded = read(&toml, &[], &[]).unwrap_or_else(|e| panic!("{toml}: {e}"));
        client::Client::new(loaded.settings.wechat()).unwrap_or_else(|e| panic!("{toml}: {e}"));
    }
}

#[test]
fn environment_variables_set_nested_settings_with_their_types() {
    let settings = read("", &[("HAIBAO_POOL__WORKERS", "7")], &[]).expect("good").settings;
    assert_eq!(settings.pool, pool::Config { workers: 7, ..pool::Config::default() });
}

#[test]
fn all_unknown_names_are_reported_with_suggestions() {
    let toml = "adr = 'x'\nwaiting_bytes = 3\n[pool]\nworkrs = 1\nqueue = 64\n[link]\nkeys = []\n";
    let error = refused(toml, &[("HAIBAO_TEMPLATE", "x"), ("HAIBAO_EXPRTS__WORKERS", "1")]);
    assert_eq!(error.code(), "setting_unknown");
    let hints: Vec<_> = error.all_findings().iter().map(|f| (f.message.as_str(), f.hint.as_deref())).collect();
    let hint = |name: &str| {
        let found = hints.iter().find(|(message, _)| message.contains(&format!("`{name}`")));
        found.unwrap_or_else(|| panic!("{name} is not reported in {hints:?}")).1.unwrap_or_default()
    };
    assert_eq!(hint("adr"), "did you mean `addr`?");
    assert_eq!(hint("waiting_bytes"), "did you mean `pool.waiting_bytes`?");
    assert!(hint("pool.queue").contains("http.timeout_ms"), "a removed setting says what replaced it");
    assert_eq!(hint("pool.workrs"), "did you mean `pool.workers`?");
    assert_eq!(hint("template"), "did you mean `templates`?");
    assert_eq!(hint("link"), "did you mean `links`?");
    assert_eq!(hint("exprts"), "did you mean `exports`?");
    assert!(hints.iter().any(|(m, _)| m.contains("(HAIBAO_TEMPLATE)")), "the variable is missing: {hints:?}");
}

#[test]
fn a_type_error_names_the_setting_and_its_source() {
    let error = refused("", &[("HAIBAO_POOL__WORKERS", "many")]);
    assert_eq!(error.code(), "setting_invalid");
    let text = error.message();
    assert!(text.contains("`pool.workers` (HAIBAO_POOL__WORKERS)") && text.contains("\"many\""), "{text}");
    let error = refused("[pool]\nworkers = 'many'\n", &[]);
    assert!(error.message().contains("settings.toml"), "{}", error.message());
}

#[test]
fn a_syntax_error_names_file_and_line_without_quoting_it() {
    let error = refused("addr = 'x'\n[apps.default]\nsecret = 'do-not-show\n", &[]);
    assert_eq!(error.code(), "settings_unreadable");
    assert!(error.message().contains("settings.toml") && error.message().contains("line 3"), "{}", error.message());
    assert!(!error.message().contains("do-not-show"), "{}", error.message());
    let error = Loaded::read(Some(Path::new("/no/such.toml")), [], []).expect_err("the file does not exist");
    assert!(error.message().contains("/no/such.toml"), "{}", error.message());
}

#[test]
fn secrets_are_read_verbatim_and_never_printed() {
    let env = [
        ("HAIBAO_APPS__DEFAULT__SECRET", "00123e45"),
        ("HAIBAO_APPS__DEFAULT__APPID", "wx1"),
        ("HAIBAO_LINKS__KEYS", "a:hush, b:hush"),
    ];
    let loaded = read("[apps.shop]\nappid = 'wx2'\nsecret = 'hush'\n", &env, &[]).expect("good");
    let printed = loaded.to_toml();
    assert!(!printed.contains("00123e45") && !printed.contains("hush"), "{printed}");
    assert_eq!(printed.matches("\"***\"").count(), 4, "{printed}");
    assert!(printed.contains("keys = [\"***\", \"***\"]  # HAIBAO_LINKS__KEYS"), "{printed}");
    assert!(printed.contains("secret = \"***\"  # HAIBAO_APPS__DEFAULT__SECRET"), "{printed}");
    assert!(!format!("{loaded:?}").contains("hush"), "Debug reveals the secret");
}

#[test]
fn messages_about_secrets_leave_their_values_out() {
    for (text, name) in [
        ("[links]\nkeys = '2026a:hunter2'\n", "`links.keys` ("),
        ("[apps.default]\nappid = 'x'\nsecret = ['hunter2']\n", "`apps.default.secret` ("),
        ("store = ['hunter2']\n", "`store` ("),
        ("[apps.default]\nsecret = 99999999999999999999999999999\n", "the number is too large"),
        ("links = '2026a:hunter2'\n", "`links` ("),
        ("apps = 'hunter2'\n", "`apps` ("),
        ("[apps]\ndefault = 'hunter2'\n", "`apps.default` ("),
        ("[apps.default]\nappid = 'x'\ntoken = 99999\n", "`apps.default.token` ("),
        ("[apps.default]\nappid = 'x'\nsecret = 's'\ntext_check = 'hunter2'\n", "`apps.default.text_check` ("),
        ("exports = ['hunter2']\n", "`exports` ("),
    ] {
        let error = refused(text, &[]);
        let shown = format!("{error:?}");
        assert!(error.to_string().contains(name), "{text}: {error}");
        assert!(!shown.contains("hunter2") && !shown.contains("99999"), "{text}: {shown}");
    }
    for name in ["HAIBAO_LINKS", "HAIBAO_APPS__DEFAULT", "HAIBAO_APPS"] {
        let error = refused("", &[(name, "2026a:hunter2")]);
        assert!(!format!("{error:?}").contains("hunter2") && error.to_string().contains(name), "{error:?}");
    }
    let error = refused("otlp = 'ftp://u:hunter2@x'\n", &[]);
    assert!(!format!("{error:?}").contains("hunter2") && error.to_string().contains("`otlp` ("), "{error:?}");
}

#[test]
fn storage_urls_are_printed_without_credentials() {
    let bucket = ("HAIBAO_BLOBS", "s3://hush:hush@bucket/p?endpoint=http://hush");
    let env = [("HAIBAO_STORE", "postgres://me:hush@host/db?password=hush"), bucket];
    let loaded = read("", &env, &[]).expect("good");
    let printed = loaded.to_toml();
    assert!(printed.contains("store = \"postgres://host/db\"  # HAIBAO_STORE"), "{printed}");
    assert!(printed.contains("blobs = \"s3://bucket/p\"  # HAIBAO_BLOBS"), "{printed}");
    assert!(!printed.contains("hush") && !format!("{loaded:?}").contains("hush"), "{printed}");
    assert!(read("", &[], &[]).expect("good").to_toml().contains("store = \"\"  # default"));
}

#[test]
fn printed_settings_can_be_parsed() {
    let printed = read("addr = \"a\\\"b\"\n", &[("HAIBAO_POOL__WORKERS", "7")], &[]).expect("good").to_toml();
    let again = read(&printed, &[], &[]).expect("its own output").settings;
    assert_eq!((again.addr.as_str(), again.pool.workers), ("a\"b", 7));
}

#[test]
fn printed_settings_have_the_types_of_the_defaults() {
    let env = [
        ("HAIBAO_KEYS__SECURE_COOKIES", "true"),
        ("HAIBAO_ASSETS__ALLOW_PORTS", "80, 8443"),
        ("HAIBAO_ASSETS__ALLOW_HOSTS", "img.example.com"),
    ];
    let printed = read("", &env, &[]).expect("good").to_toml();
    for line in ["secure_cookies = true ", "allow_ports = [80, 8443] ", "allow_hosts = [\"img.example.com\"] "] {
        assert!(printed.lines().any(|printed| printed.starts_with(line)), "{line}\n{printed}");
    }
    let error = refused("", &[("HAIBAO_ASSETS__ALLOW_PORTS", "80,x")]);
    assert!(error.message().contains("got string \"x\""), "{error}");
}

#[test]
fn an_app_may_use_another_token_source() {
    let env = [
        ("HAIBAO_APPS__MALL__APPID", "wx1"),
        ("HAIBAO_APPS__MALL__SECRET", "hush"),
        ("HAIBAO_APPS__MALL__TOKEN", "classic"),
        ("HAIBAO_APPS__PLATFORM__APPID", "wx2"),
        ("HAIBAO_APPS__PLATFORM__TOKEN__VALUE", "00hush"),
    ];
    let toml = "[apps.shop]\nappid = 'wx3'\n[apps.shop.token]\nurl = 'https://hush:hush@host/token?key=hush'\n\
                pointer = '/data/token'\nheader = 'Authorization: hush'\n[apps.old]\nappid = 'wx4'\n\
                token = { value = 'hush' }\n";
    let loaded = read(toml, &env, &[]).expect("good");
    let apps = serde_json::to_value(&loaded.settings.apps).expect("JSON");
    let masked = "********";
    assert_eq!(apps["mall"]["token"], "classic");
    assert_eq!(apps["platform"]["token"], serde_json::json!({ "value": masked }));
    let shop = serde_json::json!({ "url": "https://host/token", "pointer": "/data/token", "header": masked });
    assert_eq!(apps["shop"]["token"], shop);
    let printed = loaded.to_toml();
    assert!(!printed.contains("hush") && !format!("{loaded:?}").contains("hush"), "{printed}");
    for line in ["url = \"https://host/token\"", "pointer = \"/data/token\"", "header = \"***\"", "value = \"***\""] {
        assert!(printed.contains(line), "{line} is not in {printed}");
    }
    client::Client::new(loaded.settings.wechat()).expect("no secret is missing");
    // The environment overrides the file, whichever of the two is a table.
    for (file, variable, value, token) in [
        ("token = 'classic'", "HAIBAO_APPS__OLD__TOKEN__VALUE", "hush", serde_json::json!({ "value": masked })),
        ("token = { value = 'hush' }", "HAIBAO_APPS__OLD__TOKEN", "stable", serde_json::json!("stable")),
    ] {
        let toml = format!("[apps.old]\nappid = 'wx4'\n{file}\n");
        let settings = read(&toml, &[(variable, value)], &[]).expect("good").settings;
        assert_eq!(serde_json::to_value(&settings.apps["old"].token).expect("JSON"), token, "{variable}");
    }
}

#[test]
fn errors_in_a_token_source_do_not_reveal_the_token() {
    for (token, expected) in [
        ("'88_hush'", "unknown token source"),
        ("{ value = 'hush', url = 'https://hush/' }", "either a url"),
        ("{ pointer = '/hush' }", "either a url"),
        ("['hush']", "token"),
    ] {
        let error = refused(&format!("[apps.shop]\nappid = 'wx1'\ntoken = {token}\n"), &[]);
        assert!(error.message().contains(expected), "{token}: {}", error.message());
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
    }
    let error = refused("[apps.shop]\nappid = 'wx1'\ntoken = { valu = 'hush' }\n", &[]);
    assert_eq!((error.code(), error.all_findings().len()), ("setting_unknown", 1));
    assert_eq!(error.all_findings()[0].hint.as_deref(), Some("did you mean `apps.shop.token.value`?"));
}

#[test]
fn everything_out_of_range_is_reported_at_once() {
    let toml =
        "[http]\ntimeout_ms = 0\n[links]\nkeys = ['a:short']\ngrid_seconds = -1\n[posters]\nexpires_seconds = 0\n";
    let env =
        [("HAIBAO_POOL__WORKERS", "100000"), ("HAIBAO_POOL__MEMORY_BYTES", "1"), ("HAIBAO_HTTP__MAX_CONNECTIONS", "0")];
    let error = refused(toml, &env);
    assert_eq!((error.code(), error.is_from(Domain::Settings)), ("setting_invalid", true));
    let mut found: Vec<_> = error.all_findings().iter().filter_map(|finding| finding.pointer.as_deref()).collect();
    found.sort_unstable();
    let expected = [
        "/http/max_connections",
        "/http/timeout_ms",
        "/links/grid_seconds",
        "/links/keys/0",
        "/pool/memory_bytes",
        "/pool/workers",
        "/posters/expires_seconds",
    ];
    assert_eq!(found, expected);
    let texts: Vec<_> = error.all_findings().iter().map(|finding| finding.message.as_str()).collect();
    let workers = "setting `pool.workers` (HAIBAO_POOL__WORKERS) is 100000, expected 0 to 1024";
    assert!(texts.contains(&workers), "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("settings.toml") && text.contains("at least 100")), "{texts:?}");
    // What can be read is checked too.
    let error = refused("[http]\ntimeout_ms = 0\ncors_origins = ['a']\n[links]\nkeys = ['a:short']\n", &[]);
    assert_eq!(error.all_findings().len(), 3, "{error:?}");
}

#[test]
fn settings_that_depend_on_each_other_are_checked() {
    for (toml, pointer) in [
        ("[http]\nmax_body_bytes = 67108864\n", "/http/body_budget_bytes"),
        ("[links]\nmax_seconds = 2592001\n", "/catalog/keep_seconds"),
        ("[catalog]\nkeep_seconds = 1\n", "/catalog/keep_seconds"),
        // The next sweep would remove what was just stored.
        ("[uploads]\nmax_bytes = 16777216\n", "/uploads/max_bytes"),
        ("[posters]\nmax_bytes = 16777216\n", "/posters/max_bytes"),
    ] {
        let error = refused(toml, &[]);
        assert_eq!(error.all_findings()[0].pointer.as_deref(), Some(pointer), "{toml}");
    }
    let both = "[links]\nmax_seconds = 31536000\n[catalog]\nkeep_seconds = 31536000\n";
    assert!(read(both, &[], &[]).is_ok());
}

#[test]
fn everything_is_found_at_once_with_file_and_line_or_variable() {
    let toml = "adr = 'x'\nlog = 'infoo'\naddr = 'nowhere'\nstore = 'mysql://x'\n[http]\ntimeout_ms = 1\n\
                max_connections = 'many'\ncors_origins = [\n  'https://a.example',\n  'b',\n]\n[apps.shop]\nappid = ' '\n\
                secret = 's'\n[apps.mall]\nappid = 'x'\ntoken = 'stabel'\n[apps.none]\nsecret = 's'\n";
    let env = [
        ("HAIBAO_ASSETS__ALLOW_HOSTS", "a.example, b c"),
        ("HAIBAO_EXPORTS__WEBHOOK_SECRET", "hush-a-secret"),
        ("HAIBAO_POOL__WORKERS", "many"),
    ];
    let error = refused(toml, &env);
    assert_eq!((error.code(), error.is_from(Domain::Settings)), ("setting_invalid", true));
    let texts: Vec<_> = error.all_findings().iter().map(|finding| finding.message.as_str()).collect();
    for (name, place) in [
        ("adr", "settings.toml:1)"),
        ("log", "settings.toml:2)"),
        ("addr", "settings.toml:3)"),
        ("store", "settings.toml:4)"),
        ("http.timeout_ms", "settings.toml:6)"),
        ("http.max_connections", "settings.toml:7)"),
        ("http.cors_origins[1]", "settings.toml:10)"),
        ("apps.shop.appid", "settings.toml:13)"),
        ("apps.mall.token", "settings.toml:17)"),
        ("apps.none.appid", "settings.toml:19)"),
        ("assets.allow_hosts[1]", "(HAIBAO_ASSETS__ALLOW_HOSTS)"),
        ("exports.webhook_secret", "(HAIBAO_EXPORTS__WEBHOOK_SECRET)"),
        ("pool.workers", "(HAIBAO_POOL__WORKERS)"),
    ] {
        let is_it = |text: &&&str| text.contains(&format!("setting `{name}` (")) && text.contains(place);
        assert_eq!(texts.iter().filter(is_it).count(), 1, "{name}: {texts:#?}");
    }
    assert_eq!(texts.len(), 13, "{texts:#?}");
    assert!(!format!("{error:?}").contains("hush"), "{error:?}");
    // What `serve` checks beyond the types has its place, too.
    let error =
        read("[apps.shop]\nappid = 'x'\nsecret = ''\n", &[], &[]).expect("good").check().expect_err("no secret");
    assert!(
        error.message().contains("setting `apps.shop.secret` (") && error.message().contains("settings.toml:3"),
        "{error}"
    );
}

#[test]
fn the_log_filter_of_rust_is_used_unless_there_is_our_own() {
    let log = |env: &[(&str, &str)]| read("log = 'warn'\n", env, &[]).expect("good").settings.log;
    assert_eq!(log(&[("RUST_LOG", "debug")]), "debug");
    assert_eq!(log(&[("RUST_LOG", "debug"), ("HAIBAO_LOG", "error")]), "error");
    assert_eq!(log(&[("HAIBAO_LOG", "error"), ("RUST_LOG", "debug")]), "error");
    assert_eq!(log(&[("RUST_LOG", "")]), "warn");
    // Other programs share it.
    assert_eq!(log(&[("RUST_LOG", "info,hyper=warn,my_app=debug")]), "info");
    assert_eq!(log(&[("RUST_LOG", "my_app=debug")]), "warn");
    let error = refused("", &[("RUST_LOG", "haibao=debgu")]);
    assert!(error.message().contains("(RUST_LOG)"), "{error}");
}
