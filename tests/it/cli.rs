//! The command line: files, exit codes, output streams.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use haibao::wechat::emulator::{Emulator, Options, SAMPLE_SECRET};
use haibao_core::sample::SAMPLE_APPID;
use serde_json::Value;

use crate::support::{Service, TEMPLATE, haibao, payload, run, scaffold_with, talk, workspace};

#[test]
fn demo_writes_a_poster_and_prints_the_time_of_each_stage() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(folder.path(), &["demo", "--once"]);
    let talk = talk(&output);
    assert_eq!(output.status.code(), Some(0), "{talk}");
    assert!(output.stdout.is_empty(), "messages go to standard error");
    let png = fs::read(folder.path().join("poster.png")).expect("poster.png");
    assert!(!payload(&png).scene.is_empty());
    for word in ["poster.png: 750 x 1334 px", "plan", "code", "pictures", "place", "draw", "encode", "total"] {
        assert!(talk.contains(word), "{word:?} is missing in {talk}");
    }
    assert!(!talk.contains('\x1b'), "no colours into a pipe: {talk:?}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "temporary files remain");
}

#[test]
fn render_merges_samples_files_and_single_values() {
    let folder = workspace();
    fs::write(folder.path().join("p.json"), r#"{ "id": "77", "price": 100 }"#).expect("a file");
    let arguments = ["render", TEMPLATE, "--demo", "--sample", "usual", "--params", "p.json", "--set", "price=250"];
    let file = run(folder.path(), &[&arguments[..], &["-o", "a.png"]].concat());
    assert_eq!(file.status.code(), Some(0), "{}", talk(&file));
    let png = fs::read(folder.path().join("a.png")).expect("a.png");
    assert_eq!(payload(&png).scene, "id=77");
    let piped = run(folder.path(), &[&arguments[..], &["-o", "-"]].concat());
    assert!(piped.stdout == png, "standard output differs from the file");

    let mut child = haibao(folder.path())
        .args(["render", TEMPLATE, "--demo", "--params", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut input = child.stdin.take().expect("piped");
    input.write_all(r#"{"title":"由标准输入","id":"in"}"#.as_bytes()).expect("written");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(payload(&output.stdout).scene, "id=in");
}

#[test]
fn a_given_code_is_drawn_without_calling_wechat() {
    let folder = workspace();
    let code = run(folder.path(), &["code", "--demo", "--scene", "s=abc", "--page", "pages/x", "-o", "code.png"]);
    assert_eq!(code.status.code(), Some(0), "{}", talk(&code));
    assert!(talk(&code).contains("scene=s%3Dabc"), "{}", talk(&code));
    let picture = fs::read(folder.path().join("code.png")).expect("code.png");
    let seen =
        haibao_core::sample::decode(&image::load_from_memory(&picture).expect("a picture").to_rgba8()).expect("a code");
    assert_eq!(seen.scene, "s=abc");
    let output = run(folder.path(), &["render", TEMPLATE, "--set", "title=x", "--code", "code.png", "-o", "-"]);
    assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
    assert_eq!(payload(&output.stdout).scene, "s=abc");
}

#[test]
fn invalid_usage_exits_with_2_and_failure_with_1_and_both_print_hints() {
    let folder = workspace();
    fs::write(folder.path().join("bad.json"), "{\n  \"title\": }\n").expect("a file");
    let settings = [
        ("ftp", "store = 'ftp://host/db'"),
        ("gs", "blobs = 'gs://bucket'"),
        ("cors", "[http]\ncors_origins = ['nonsense']"),
        ("range", "[http]\ntimeout_ms = 0\n[pool]\nworkers = 100000"),
    ];
    for (name, settings) in settings {
        fs::write(folder.path().join(format!("{name}.toml")), settings).expect("a file");
    }
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["rendr"], 2, &["error: ", "render"]),
        (&["render", TEMPLATE, "--scale", "9"], 2, &["error: ", "1 to 3"]),
        (&["render", TEMPLATE, "--format", "webp"], 2, &["error: ", "png"]),
        (&["render", TEMPLATE, "--set", "title"], 2, &["error: ", "NAME=VALUE"]),
        (&["render", "mi", "-o", "x.png"], 1, &["error: there is no template \"mi\"", "hint: did you mean \"my\"?"]),
        (&["render", TEMPLATE, "--sample", "usal", "-o", "x.png"], 1, &["error: ", "hint: did you mean \"usual\"?"]),
        (
            &["render", TEMPLATE, "--set", "price=abc", "--set", "titel=x", "-o", "x.png"],
            1,
            &[
                " (and 2 more)\n",
                "--> /params/price",
                "is not an amount of money",
                "\"abc\"",
                "--> /params/titel",
                "--> /params/title",
            ],
        ),
        (
            &["render", TEMPLATE, "--set", "titel=x", "-o", "x.png"],
            1,
            &[" (and 1 more)\n", "--> /params/titel", "hint: did you mean `title`?", "--> /params/title"],
        ),
        (&["render", TEMPLATE, "--params", "bad.json", "-o", "x.png"], 1, &["bad.json:2:12", "hint: "]),
        (&["render", TEMPLATE, "--params", "none.json", "-o", "x.png"], 1, &["cannot read none.json"]),
        (&["render", TEMPLATE, "--set", "title=x", "-o", "no/x.png"], 1, &["the folder no does not exist", "hint: "]),
        (&["render", TEMPLATE, "--set", "title=x", "-o", "x.png"], 1, &["error: the settings have no app", "hint: "]),
        (&["code", "--demo", "--scene", "a%b", "-o", "x.png"], 1, &["`%` at character 2", "hint: "]),
        (&["new", "My Poster"], 1, &["is not a valid name of a template", "hint: "]),
        (&["new", TEMPLATE], 1, &["already exists", "hint: "]),
        (&["serve", "--config", "none.toml"], 2, &["none.toml"]),
        (
            &["serve", "--templates", "nowhere"],
            2,
            &["the template folder \"nowhere\" does not exist", "hint: check --templates"],
        ),
        (&["serve", "--addr", "nowhere"], 2, &["setting `addr` (--addr)", "is not host:port"]),
        (&["serve", "--config", "ftp.toml"], 2, &["`store` has an unknown scheme", "postgres://", "hint: "]),
        (&["config", "--config", "ftp.toml"], 2, &["`store` has an unknown scheme", "postgres://", "hint: "]),
        (&["config", "--config", "gs.toml"], 2, &["`blobs` has an unknown scheme", "s3://, oss://, cos://", "hint: "]),
        (&["config", "--config", "cors.toml"], 2, &["cors_origins"]),
        (
            &["config", "--config", "range.toml"],
            2,
            &["`http.timeout_ms` (range.toml:2) is 0", "at least 100", "`pool.workers`"],
        ),
        (
            &["serve", "--config", "range.toml"],
            2,
            &["`http.timeout_ms` (range.toml:2) is 0", "at least 100", "`pool.workers`"],
        ),
    ];
    for (arguments, code, words) in cases {
        let output = run(folder.path(), arguments);
        let talk = talk(&output);
        assert_eq!(output.status.code(), Some(*code), "{arguments:?}\n{talk}");
        for word in *words {
            assert!(talk.contains(word), "{arguments:?}: {word:?} is missing in\n{talk}");
        }
        assert!(output.stdout.is_empty(), "{arguments:?} wrote to standard output");
        assert!(!folder.path().join("x.png").exists(), "{arguments:?} left a file");
        assert!(!talk.contains('\x1b'), "{talk:?}");
    }
}

#[test]
fn a_box_far_larger_than_the_canvas_is_rejected_with_its_layer() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(folder.path().join("templates/wide")).expect("a folder");
    let layout = r##"{ "title": "wide", "canvas": { "width": 100, "height": 100 }, "layers": [
        { "type": "shape", "box": [0, 0, 9, 9], "background": "#000" },
        { "type": "shape", "box": [0, 0, 90000, 90000], "background": "#000" } ] }"##;
    fs::write(folder.path().join("templates/wide/layout.json"), layout).expect("a file");
    let output = run(folder.path(), &["render", "wide", "-o", "x.png"]);
    let talk = talk(&output);
    assert_eq!(output.status.code(), Some(1), "{talk}");
    assert!(talk.contains("a layer's box has 90000x90000 px") && talk.contains("--> /layers/1"), "{talk}");
}

#[test]
fn a_broken_template_is_shown_with_a_caret() {
    let folder = workspace();
    scaffold_with(folder.path(), "odd", "layout.json", "\"max_lines\": 2", "\"max_line\": 2");
    let output = run(folder.path(), &["render", "odd", "--sample", "usual", "--demo", "-o", "x.png"]);
    let talk = talk(&output);
    assert_eq!(output.status.code(), Some(1), "{talk}");
    for word in ["error: template \"odd\" is broken", "--> layout.json:", "^", "hint: did you mean `max_lines`?"] {
        assert!(talk.contains(word), "{word:?} is missing in\n{talk}");
    }
}

#[test]
fn output_of_new_schema_and_config_is_usable() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(run(folder.path(), &["new", "first"]).status.code(), Some(0));
    let schema = run(folder.path(), &["schema"]).stdout;
    let parsed: Value = serde_json::from_slice(&schema).expect("JSON");
    assert!(parsed["properties"]["layers"].is_object(), "{parsed:#}");
    let written = fs::read(folder.path().join("templates/layout.schema.json")).expect("the written schema");
    assert!(written == schema, "the written schema differs from the printed one");
    for sample in ["usual", "longest", "poorest"] {
        let output = run(folder.path(), &["render", "first", "--sample", sample, "--demo", "-o", "-"]);
        assert_eq!(output.status.code(), Some(0), "{sample}: {}", talk(&output));
        payload(&output.stdout);
    }

    fs::write(folder.path().join("haibao.toml"), "[apps.shop]\nappid = 'wx1'\nsecret = 'hush-in-file'\n")
        .expect("a file");
    let output = haibao(folder.path())
        .args(["config", "--addr", "127.0.0.1:1"])
        .env("HAIBAO_POOL__WORKERS", "9")
        .env("HAIBAO_APPS__DEFAULT__APPID", "wx2")
        .env("HAIBAO_APPS__DEFAULT__SECRET", "hush-in-env")
        .output()
        .expect("the binary runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for line in ["addr = \"127.0.0.1:1\"  # --addr", "workers = 9  # HAIBAO_POOL__WORKERS", "secret = \"***\""] {
        assert!(text.contains(line), "{line:?} is missing in {text}");
    }
    assert!(!text.contains("hush") && !talk(&output).contains("hush"), "{text}");

    fs::write(folder.path().join("haibao.toml"), "[wechat]\nbase_ur = 'x'\n").expect("a file");
    let output = run(folder.path(), &["config"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        talk(&output).contains("`wechat.base_ur`") && talk(&output).contains("`wechat.base_url`"),
        "{}",
        talk(&output)
    );
}

#[test]
fn the_default_settings_are_printed_as_a_commented_file() {
    let folder = tempfile::tempdir().expect("a folder");
    // Printing the defaults must work in a folder whose settings are invalid.
    fs::write(folder.path().join("haibao.toml"), "no settings").expect("a file");
    let defaults = run(folder.path(), &["config", "--default"]);
    assert_eq!(defaults.status.code(), Some(0), "{}", talk(&defaults));
    fs::write(folder.path().join("haibao.toml"), &defaults.stdout).expect("a file");
    let given = run(folder.path(), &["config"]);
    assert_eq!(given.status.code(), Some(0), "{}", talk(&given));
    let given = String::from_utf8_lossy(&given.stdout).into_owned();
    assert!(given.contains("haibao.toml") && !given.contains("# default"), "{given}");
}

#[test]
fn health_reports_whether_the_service_answers() {
    let service = Service::start();
    let folder = tempfile::tempdir().expect("a folder");
    let good = run(folder.path(), &["health", "--addr", &service.addr.to_string()]);
    assert_eq!((good.status.code(), &good.stdout[..]), (Some(0), &b"ok\n"[..]), "{}", talk(&good));
    drop(service);
    let bad = run(folder.path(), &["health", "--addr", "127.0.0.1:1"]);
    assert_eq!(bad.status.code(), Some(1));
    assert!(talk(&bad).contains("http://127.0.0.1:1/healthz") && talk(&bad).contains("hint: "), "{}", talk(&bad));
}

#[test]
fn the_settings_for_the_emulator_work() {
    let folder = workspace();
    let emulator = Emulator::start(Options::default()).expect("an emulator");
    let output = haibao(folder.path())
        .args(["render", TEMPLATE, "--set", "title=x", "--set", "id=9", "-o", "-"])
        .env("HAIBAO_WECHAT__BASE_URL", emulator.url())
        .env("HAIBAO_APPS__DEFAULT__APPID", SAMPLE_APPID)
        .env("HAIBAO_APPS__DEFAULT__SECRET", SAMPLE_SECRET)
        .output()
        .expect("the binary runs");
    assert_eq!(payload(&output.stdout).scene, "id=9", "{}", talk(&output));
    assert_eq!(emulator.counters().code_calls, 1);
}

#[test]
fn the_emulator_serves_this_machine_only() {
    let folder = workspace();
    let refused = run(folder.path(), &["emulator", "--addr", "0.0.0.0:0"]);
    assert!(talk(&refused).contains("0.0.0.0:0: it is not a loopback address"), "{}", talk(&refused));
}

#[cfg(unix)]
#[test]
fn a_service_stops_on_sigterm() {
    let mut service = Service::start();
    let id = service.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().is_ok_and(|s| s.success()));
    let status = service.child.wait().expect("it ends");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn an_existing_font_folder_is_used() {
    let folder = workspace();
    let render = || run(folder.path(), &["render", TEMPLATE, "--demo", "--sample", "usual", "-o", "a.png"]);
    let poster = || fs::read(folder.path().join("a.png")).expect("a.png");
    assert_eq!(render().status.code(), Some(0));
    let before = poster();

    // A copy of an embedded font changes nothing, nor does a file without a font extension.
    let fonts = folder.path().join("fonts");
    fs::create_dir(&fonts).expect("a folder");
    let bold = concat!(env!("CARGO_MANIFEST_DIR"), "/fonts/NotoSansSC-Bold.otf");
    fs::copy(bold, fonts.join("NotoSansSC-Bold.otf")).expect("copied");
    fs::write(fonts.join("README.md"), "read me").expect("written");
    assert_eq!(render().status.code(), Some(0));
    assert!(poster() == before);

    // The bold face with the regular weight in its OS/2 table overrides the embedded regular face: all text becomes bold.
    fs::remove_file(fonts.join("NotoSansSC-Bold.otf")).expect("removed");
    let mut own = fs::read(bold).expect("the font");
    let weight = own.windows(4).position(|tag| tag == b"OS/2").expect("a table") + 8;
    let at = u32::from_be_bytes(own[weight..weight + 4].try_into().expect("four bytes")) as usize + 4;
    own[at..at + 2].copy_from_slice(&400_u16.to_be_bytes());
    fs::write(fonts.join("own.otf"), own).expect("written");
    assert_eq!(render().status.code(), Some(0));
    assert!(poster() != before, "the folder's font is not used");

    fs::write(fonts.join("broken.ttf"), "no font").expect("written");
    let refused = render();
    assert_eq!(refused.status.code(), Some(2), "{}", talk(&refused));
    assert!(talk(&refused).contains("broken.ttf"), "{}", talk(&refused));
}

#[test]
fn check_reports_findings_of_difficult_parameters_by_exit_code() {
    let folder = workspace();
    let sound = run(folder.path(), &["check", TEMPLATE, "--sheet", "sheet.png"]);
    assert_eq!(sound.status.code(), Some(0), "{}{}", String::from_utf8_lossy(&sound.stdout), talk(&sound));
    assert!(String::from_utf8_lossy(&sound.stdout).ends_with("cases, no finding\n"));
    assert_eq!(talk(&sound), format!("{TEMPLATE}: wrote all cases to sheet.png\n"));
    let sheet = image::open(folder.path().join("sheet.png")).expect("a picture");
    assert!(sheet.width() > 1000 && sheet.height() > 1000);

    // Make the code too small to be scanned.
    let layout = folder.path().join("templates").join(TEMPLATE).join("layout.json");
    let text = std::fs::read_to_string(&layout).expect("a layout");
    assert!(text.contains("\"at\": \"#code\""), "{text}");
    std::fs::write(&layout, text.replace("\"at\": \"#code\"", "\"box\": [10, 10, 50, 50]")).expect("a layout");
    let small = run(folder.path(), &["check", TEMPLATE, "--format", "json"]);
    assert_eq!(small.status.code(), Some(1), "{}", talk(&small));
    assert!(talk(&small).contains("--sheet FILE.png shows every case"), "{}", talk(&small));
    let report: serde_json::Value = serde_json::from_slice(&small.stdout).expect("JSON");
    let found = &report["templates"][0]["findings"][0];
    assert_eq!((&found["code"], &found["severity"]), (&"code_small".into(), &"error".into()), "{report:#}");
    assert!(found["cases"].as_array().is_some_and(|cases| cases.len() > 10), "{report:#}");

    std::fs::write(&layout, "{ \"title\": 1 }").expect("a layout");
    let broken = run(folder.path(), &["check", TEMPLATE]);
    assert_eq!(broken.status.code(), Some(1));
    let sheet = run(folder.path(), &["check", TEMPLATE, "--sheet", "b.png"]);
    assert!(!talk(&sheet).contains("--sheet"), "the hint repeats a given flag: {}", talk(&sheet));
    assert!(talk(&broken).contains("layout.json:1:12"), "{}", talk(&broken));
}

#[test]
fn fonts_are_listed_with_their_origin() {
    let folder = tempfile::tempdir().expect("a folder");
    let fonts = |args: &[&str]| {
        let output = run(folder.path(), &[&["fonts"], args].concat());
        assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
        (String::from_utf8(output.stdout.clone()).expect("UTF-8"), talk(&output))
    };
    let (table, help) = fonts(&[]);
    let row = |table: &str, family: &str, from: &str| {
        table.lines().any(|line| line.starts_with(family) && line.contains(&format!("  {from}  ")))
    };
    for (family, from) in [
        ("Noto Sans SC", "built in"),
        ("Noto Color Emoji", "built in"),
        ("Noto Serif SC", "template festival-greeting"),
        ("Noto Serif SC", "template member-card"),
    ] {
        assert!(row(&table, family, from), "{family} of {from} is missing in\n{table}");
    }
    assert!(help.contains("TEMPLATE/fonts/") && help.contains("npm pack @expo-google-fonts/noto-serif-sc"), "{help}");

    let (list, help) = fonts(&["--format", "json"]);
    let list: Value = serde_json::from_str(&list).expect("JSON");
    let sans = list["fonts"].as_array().expect("a list").iter().find(|font| font["family"] == "Noto Sans SC");
    let sans = sans.expect("the default family");
    assert_eq!((&sans["weights"], &sans["from"]), (&serde_json::json!([400, 700]), &Value::from("built in")));
    assert!(sans["ideographs"].as_u64() > Some(30_000) && help.is_empty(), "{sans} {help}");

    fs::create_dir(folder.path().join("fonts")).expect("a folder");
    let serif = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/festival-greeting/fonts/NotoSerifSC-Bold.otf");
    fs::copy(serif, folder.path().join("fonts/serif.otf")).expect("a font");
    let (table, help) = fonts(&[]);
    assert!(row(&table, "Noto Serif SC", "folder fonts"), "{table}");
    assert!(!help.contains("npm"), "{help}");
}
