//! The language of messages, and the names of things in Chinese texts.

use std::{fs, process::Output};

use serde_json::json;

use crate::support::{Service, TEMPLATE, haibao, send, talk, workspace};

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
        "src/studio/words.js",
        "src/studio/viewwords.js",
        "src/studio/exporting.js",
        "src/studio/editwords.js",
        "src/studio/newwords.js",
        "src/studio/properties.zh.json",
    ];
    let mut files: Vec<_> = tables.iter().map(|name| root.join(name)).chain(pages).collect();
    for name in [
        "exports.html",
        "exports.js",
        "exports-list.js",
        "index.html",
        "login.html",
        "qrcode.html",
        "qrcode.js",
        "pages/pages.js",
    ] {
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
