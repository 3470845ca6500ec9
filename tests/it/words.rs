//! The language of messages, and files that the command line takes and writes.

use std::{
    fs,
    process::{Output, Stdio},
};

use serde_json::json;

use crate::support::{Service, TEMPLATE, haibao, run, send, talk, workspace};

#[test]
fn the_command_line_speaks_the_language_of_the_flag_or_the_locale() {
    let folder = workspace();
    let speak = |arguments: &[&str], locale: &[(&str, &str)]| -> Output {
        let mut command = haibao(folder.path());
        ["LC_ALL", "LC_MESSAGES", "LANG"].iter().for_each(|name| {
            command.env_remove(name);
        });
        command.args(arguments).envs(locale.iter().copied()).output().expect("the binary runs")
    };
    let unknown = ["render", "mi", "-o", "x.png"];
    let english = "error: there is no template \"mi\"\n\nhint: did you mean \"my\"?\n";
    let chinese = "错误：没有模板 \"mi\"\n\n提示：是不是 \"my\"？\n";
    for (arguments, locale, expected) in [
        (&[][..], &[][..], english),
        (&["--lang", "zh"], &[], chinese),
        (&[], &[("LANG", "zh_CN.UTF-8")], chinese),
        (&[], &[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")], english),
        (&["--lang", "en"], &[("LANG", "zh_CN.UTF-8")], english),
        (&[], &[("LANG", "de_DE.UTF-8")], english),
    ] {
        let output = speak(&[arguments, &unknown].concat(), locale);
        assert_eq!(talk(&output), expected, "{arguments:?} {locale:?}");
    }
    assert_eq!(speak(&["--lang", "fr", "schema"], &[]).status.code(), Some(2));
    let set = ["--lang", "zh", "render", TEMPLATE, "--set", "titel=x", "--demo", "-o", "x.png"];
    let findings = talk(&speak(&set, &[]));
    for part in ["错误：", "（另有 1 处）", "错误[param_unknown]：", "  提示：是不是 `title`？"] {
        assert!(findings.contains(part), "{part} is missing in {findings}");
    }
    let checked = speak(&["--lang", "zh", "check", TEMPLATE], &[]);
    assert!(String::from_utf8_lossy(&checked.stdout).contains("没有问题"), "{checked:?}");
}

#[test]
fn the_api_speaks_the_language_that_the_client_accepts() {
    let service = Service::start();
    let body = json!({ "template": TEMPLATE, "params": { "titel": "x" } }).to_string();
    let ask = |headers: &[(&str, &str)]| {
        let headers = [&[("content-type", "application/json")], headers].concat();
        send(service.addr, "POST", "/v1/posters", &headers, body.as_bytes())
    };
    let english = ask(&[]);
    let problem = english.problem(422, "request_invalid");
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("(and 1 more)")), "{problem}");
    let chinese = ask(&[("accept-language", "zh-CN,zh;q=0.9,en;q=0.8")]);
    let problem = chinese.problem(422, "request_invalid");
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("（另有 1 处）")), "{problem}");
    let hints: Vec<_> = problem["errors"].as_array().into_iter().flatten().map(|error| &error["hint"]).collect();
    assert!(hints.iter().any(|hint| *hint == "是不是 `title`？"), "{problem}");
    assert_eq!(chinese.header("content-language"), "zh-CN");
    assert!(chinese.header("vary").to_lowercase().contains("accept-language"));
    for (language, expected) in [("zh", "没有 /nowhere"), ("en, zh;q=0.5", "no resource at /nowhere")] {
        let response = send(service.addr, "GET", "/nowhere", &[("accept-language", language)], &[]);
        assert_eq!(response.problem(404, "path_unknown")["detail"], expected);
    }
}

#[test]
fn a_template_is_copied_with_its_pictures() {
    let folder = tempfile::tempdir().expect("a folder");
    let copied = run(folder.path(), &["new", "mine", "--from", "product-share"]);
    assert_eq!(copied.status.code(), Some(0), "{}", talk(&copied));
    assert!(folder.path().join("templates/mine/assets/vase.jpg").is_file());
    let output = run(folder.path(), &["render", "mine", "--sample", "usual", "--demo", "-o", "a.png"]);
    assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
    // A copy of one's own.
    let again = run(folder.path(), &["new", "second", "--from", "mine"]);
    assert_eq!(again.status.code(), Some(0), "{}", talk(&again));
    let unknown = run(folder.path(), &["new", "third", "--from", "product-shar"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(talk(&unknown).contains("did you mean \"product-share\"?"), "{}", talk(&unknown));
    assert!(!folder.path().join("templates/third").exists());
}

#[test]
fn a_picture_of_this_machine_is_a_parameter() {
    let folder = tempfile::tempdir().expect("a folder");
    image::RgbImage::from_pixel(40, 40, image::Rgb([200, 30, 30])).save(folder.path().join("red.png")).expect("saved");
    let render = |set: &str, to: &str| {
        run(folder.path(), &["render", "product-share", "--sample", "usual", "--set", set, "--demo", "-o", to])
    };
    let own = render("product=@red.png", "red-poster.png");
    assert_eq!(own.status.code(), Some(0), "{}", talk(&own));
    let poster = image::open(folder.path().join("red-poster.png")).expect("a poster").into_rgb8();
    let red = poster.pixels().filter(|pixel| pixel.0 == [200, 30, 30]).count();
    assert!(red > 100_000, "{red} pixels of the picture");
    let missing = render("product=@none.png", "x.png");
    assert_eq!(missing.status.code(), Some(1));
    assert!(talk(&missing).contains("cannot read none.png"), "{}", talk(&missing));
    // A text may begin with @.
    let text = render("title=@red.png", "text.png");
    assert_eq!(text.status.code(), Some(0), "{}", talk(&text));
}

#[test]
fn codes_are_written_in_the_format_of_the_file_name() {
    let folder = workspace();
    for (name, flags, format) in [
        ("a.png", &[][..], image::ImageFormat::Png),
        ("a.jpg", &[], image::ImageFormat::Jpeg),
        ("b.png", &["--hyaline"], image::ImageFormat::Png),
        ("b.jpeg", &["--hyaline"], image::ImageFormat::Jpeg),
    ] {
        let fixed = ["code", "--demo", "--scene", "id=1", "--page", "pages/x", "-o", name];
        let output = run(folder.path(), &[&fixed[..], flags].concat());
        assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
        let bytes = fs::read(folder.path().join(name)).expect("the file");
        assert_eq!(image::guess_format(&bytes).expect("a picture"), format, "{name}");
        let picture = image::load_from_memory(&bytes).expect("a picture").to_rgba8();
        assert_eq!(haibao_core::sample::decode(&picture).expect("a code").scene, "id=1", "{name}");
    }
}

#[test]
fn scenes_are_decoded_however_often_they_were_encoded() {
    let folder = workspace();
    for scene in ["id=5&u=7", "id%3D5%26u%3D7", "id%253D5%2526u%253D7", "scene=id%3D5%26u%3D7", "?id=5&u=7"] {
        let output = run(folder.path(), &["scene", "decode", scene]);
        let params: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(params, json!({ "id": "5", "u": "7" }), "{scene}");
    }
    let output = run(folder.path(), &["scene", "check", "中文海报"]);
    assert_eq!(talk(&output).matches("scene contains").count(), 1, "{}", talk(&output));
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    let folder = workspace();
    for arguments in [&["schema"][..], &["config", "--default"], &["check", TEMPLATE, "--format", "json"]] {
        let mut child = haibao(folder.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), talk(&output).as_str()), (Some(0), ""), "{arguments:?}");
    }
}

/// Words of English sentences, which no Chinese message has outside of code and quotations.
const ENGLISH: [&str; 40] = [
    "a",
    "an",
    "and",
    "archive",
    "are",
    "at",
    "be",
    "cannot",
    "character",
    "denied",
    "does",
    "end",
    "expected",
    "failed",
    "find",
    "for",
    "from",
    "got",
    "has",
    "have",
    "in",
    "invalid",
    "is",
    "it",
    "line",
    "missing",
    "no",
    "not",
    "of",
    "on",
    "or",
    "such",
    "the",
    "this",
    "type",
    "unexpected",
    "unknown",
    "while",
    "with",
    "without",
];

/// English words of a text, without what stands in backticks and quotation marks.
fn english(text: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut close = None;
    for c in text.chars() {
        match close {
            Some(end) if c == end => close = None,
            Some(_) => {}
            None => match c {
                '`' | '"' => close = Some(c),
                '“' => close = Some('”'),
                c => plain.push(c),
            },
        }
    }
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.' | '/' | '='));
    words.filter(|word| ENGLISH.contains(&word.to_ascii_lowercase().as_str())).map(str::to_owned).collect()
}

/// Every text in a value under one of these names.
fn said<'v>(value: &'v serde_json::Value, names: &[&str], found: &mut Vec<&'v str>) {
    match value {
        serde_json::Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(text) if names.contains(&name.as_str()) => found.push(text),
                    _ => said(member, names, found),
                }
            }
        }
        serde_json::Value::Array(all) => all.iter().for_each(|one| said(one, names, found)),
        _ => {}
    }
}

#[test]
fn no_english_stands_in_chinese_answers() {
    let service = Service::start();
    let form = |parts: &[(&str, &str, &[u8])]| {
        let mut body = Vec::new();
        for (name, file, content) in parts {
            let file = if file.is_empty() { String::new() } else { format!("; filename=\"{file}\"") };
            body.extend(format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n").into_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--b--\r\n");
        body
    };
    let options = json!({ "template": TEMPLATE }).to_string();
    let sheet = |name: &str, content: &[u8]| form(&[("options", "", options.as_bytes()), ("file", name, content)]);
    let pictures = form(&[
        ("options", "", options.as_bytes()),
        ("file", "a.csv", b"title\nx\n"),
        ("pictures", "a.zip", b"PK\x03\x04no"),
    ]);
    let broken_xlsx = [&b"PK\x03\x04"[..], &[0; 64], b"xl/workbook.xml"].concat();
    let broken_xls = [
        &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1][..],
        &[9; 600],
        &"Workbook\0".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
    ]
    .concat();
    let (json_type, form_type) = ("application/json", "multipart/form-data; boundary=b");
    let wrong = json!({ "template": 5, "params": [], "format": true, "scale": "x", "strict": 1, "openid": {}, "respond": 5,
        "code": { "kind": 5, "app": [], "page": 1, "scene": [], "path": 1, "text": 1, "env_version": 2, "check_path": "x",
            "auto_color": {}, "line_color": 5, "is_hyaline": 5 } });
    let wrong_export = json!({ "template": [], "map": 5, "strict_columns": "x", "hidden": 1, "file_name": 5, "format": {},
        "scale": null, "expires_in": 1.5, "webhook": 5 });
    let requests: Vec<(&str, &str, &str, Vec<u8>)> = vec![
        ("POST", "/v1/posters", json_type, wrong.to_string().into()),
        ("POST", "/v1/posters", json_type, b"{\"template\": \"my\",}".to_vec()),
        ("POST", "/v1/posters", json_type, b"{'a': 1}".to_vec()),
        ("POST", "/v1/posters", json_type, b"{\"a\": nul}".to_vec()),
        ("POST", "/v1/posters", json_type, b"{\"a\": \"\\ud800\"}".to_vec()),
        ("POST", "/v1/posters", json_type, b"\xff\xfe{".to_vec()),
        ("POST", "/v1/posters", json_type, b"[1]".to_vec()),
        ("POST", "/v1/posters", json_type, Vec::new()),
        ("POST", "/v1/posters", "text/plain", b"{}".to_vec()),
        (
            "POST",
            "/v1/posters",
            json_type,
            json!({ "template": TEMPLATE, "params": { "title": 5, "x": [] } }).to_string().into(),
        ),
        ("POST", "/v1/codes", json_type, json!({ "wait": "x", "width": "y", "scene": 5 }).to_string().into()),
        (
            "POST",
            "/v1/scenes",
            json_type,
            json!({ "params": 5, "expires_in": "x", "count_scans": 1 }).to_string().into(),
        ),
        (
            "POST",
            "/v1/exports",
            form_type,
            form(&[("options", "", wrong_export.to_string().as_bytes()), ("file", "a.csv", b"a\n1\n")]),
        ),
        ("POST", "/v1/exports", form_type, form(&[("options", "", b"{\"a\" 1}"), ("file", "a.csv", b"a\n1\n")])),
        ("POST", "/v1/exports", form_type, form(&[("nothing", "", b"1")])),
        ("POST", "/v1/exports", form_type, form(&[("options", "", options.as_bytes())])),
        ("POST", "/v1/exports", form_type, b"--b\r\nno part".to_vec()),
        ("POST", "/v1/exports", "multipart/form-data", b"x".to_vec()),
        ("POST", "/v1/exports", json_type, b"{}".to_vec()),
        ("POST", "/v1/exports/preview", form_type, sheet("a.xlsx", &broken_xlsx)),
        ("POST", "/v1/exports/preview", form_type, sheet("a.xls", &broken_xls)),
        ("POST", "/v1/exports/preview", form_type, sheet("a.pdf", b"%PDF-1.7")),
        ("POST", "/v1/exports/preview", form_type, sheet("a.csv", b"titel,no\nx,1\n")),
        ("POST", "/v1/exports/preview", form_type, sheet("a.csv", b"title\n#REF!\n\"open\nx\n")),
        ("POST", "/v1/exports/preview", form_type, sheet("a.json", b"{\"title\": 1}\n{\"title\n")),
        ("POST", "/v1/exports/preview", form_type, pictures),
        ("POST", "/v1/assets", "image/png", b"not a picture".to_vec()),
        ("GET", "/v1/exports/%ff", json_type, Vec::new()),
        ("GET", "/v1/templates/nothing", json_type, Vec::new()),
        ("GET", "/v1/templates/my/samples/none.png", json_type, Vec::new()),
        ("GET", "/v1/posters/x.png", json_type, Vec::new()),
        ("PATCH", "/v1/exports", json_type, Vec::new()),
        ("GET", "/nowhere", json_type, Vec::new()),
    ];
    for (method, path, kind, body) in requests {
        let headers = [("content-type", kind), ("accept-language", "zh-CN")];
        let answer = send(service.addr, method, path, &headers, &body);
        let problem = answer.json();
        // Previews have their sentences in both languages.
        let names = match problem.get("status") {
            Some(_) => ["detail", "hint", "message"],
            None => ["message_zh", "hint_zh", "message_zh"],
        };
        let mut texts = Vec::new();
        said(&problem, &names, &mut texts);
        assert!(!texts.is_empty(), "{method} {path}: {problem}");
        for text in texts {
            assert_eq!(english(text), Vec::<String>::new(), "{method} {path}: {text}\n{problem:#}");
        }
    }
}

#[test]
fn no_english_stands_in_chinese_messages_of_commands() {
    let folder = workspace();
    fs::write(folder.path().join("broken.json"), "{\"title\": }").expect("a file");
    fs::write(folder.path().join("broken.xlsx"), [&b"PK\x03\x04"[..], &[0; 64], b"xl/workbook.xml"].concat())
        .expect("a file");
    fs::write(folder.path().join("rows.csv"), "title\nx\n").expect("a file");
    fs::write(folder.path().join("wrong.toml"), "addr = 5\n[http]\ntimeout_ms = \"x\"\n[exports]\nworkers = -1\n")
        .expect("a file");
    fs::write(folder.path().join("broken.toml"), "addr = \n").expect("a file");
    for arguments in [
        &["render", TEMPLATE, "--params", "none.json", "-o", "x.png"][..],
        &["render", TEMPLATE, "--params", "broken.json", "-o", "x.png"],
        &["render", TEMPLATE, "--sample", "usual", "--demo", "-o", "no/folder/x.png"],
        &["export", TEMPLATE, "--rows", "none.csv", "-o", "x.zip"],
        &["export", TEMPLATE, "--rows", "broken.xlsx", "-o", "x.zip"],
        &["export", TEMPLATE, "--rows", "rows.csv", "--pictures", "none", "-o", "x.zip"],
        &["export", TEMPLATE, "--rows", "rows.csv", "--pictures", "rows.csv", "-o", "x.zip"],
        &["code", "--demo", "--rows", "none.csv", "-o", "codes"],
        &["config", "--config", "none.toml"],
        &["config", "--config", "wrong.toml"],
        &["health", "--addr", "127.0.0.1:1"],
    ] {
        let output = run(folder.path(), &[&["--lang", "zh"], arguments].concat());
        let text = talk(&output);
        assert_ne!(output.status.code(), Some(0), "{arguments:?}: {text}");
        assert_eq!(english(&text), Vec::<String>::new(), "{arguments:?}: {text}");
    }
}

/// Names that Chinese texts must not have, and the one that they have instead.
const NAMES: [(&str, &str); 22] = [
    ("小程序二维码", "小程序码"),
    ("太阳码", "小程序码"),
    ("葵花码", "小程序码"),
    ("菊花码", "小程序码"),
    ("模版", "模板"),
    ("范例", "示例"),
    ("样张", "预览图"),
    ("插口", "插槽"),
    ("底版", "底图"),
    ("图象", "图片"),
    ("缺省", "默认、省略"),
    ("渲染", "绘制"),
    ("其它", "其他"),
    ("帐号", "账号"),
    ("帐户", "账户"),
    ("登陆", "登录"),
    ("口令", "密钥"),
    ("密匙", "密钥"),
    ("秘钥", "密钥"),
    ("阀值", "阈值"),
    ("短连接", "短链"),
    ("工作本", "工作簿"),
];

#[test]
fn chinese_texts_have_one_name_for_each_thing() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = fs::read_dir(root.join("docs/zh")).expect("docs").map(|entry| entry.expect("a page").path());
    let pages = pages.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let tables = [
        "src/words/zh.json",
        "src/cli/usage.zh.json",
        "src/http/docs.zh.json",
        "src/http/pages/meanings.json",
        "README.zh-CN.md",
    ];
    let mut files: Vec<_> = tables.iter().map(|name| root.join(name)).chain(pages).collect();
    for name in ["exports.html", "exports.js", "index.html", "login.html", "qrcode.html", "qrcode.js", "pages/pages.js"]
    {
        files.push(root.join("src/http").join(name));
    }
    for path in files {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for (number, line) in (1..).zip(text.lines()) {
            for (wrong, right) in NAMES {
                assert!(!line.contains(wrong), "{}:{number}: {right} instead of {wrong}", path.display());
            }
        }
    }
}
