//! What parsers and decoders of libraries report, and what WeChat rates, is in Chinese too.

use std::{collections::BTreeMap, fs};

use haibao::language::Language;
use haibao_core::{
    code::{CodeNeed, picture},
    error::{Finding, Message},
    paint::picture::Picture,
    render::compile,
    sample,
    scene::Scene,
    template::scaffold,
    text::FontSet,
};
use serde_json::json;

use super::plain;
use crate::support::{Service, TEMPLATE, errors, haibao, scaffold_with, send, talk};

/// Words that are the same in both languages.
const SHARED: [&str; 6] = ["true", "false", "null", "schema", "appid", "default"];

/// English words of four and more letters outside of backticks and quotation marks.
fn words(text: &str) -> Vec<String> {
    let without_urls: Vec<&str> = text.split_whitespace().filter(|part| !part.contains("://")).collect();
    let plain = plain(&without_urls.join(" "));
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.' | '/' | '='));
    let is_english = |word: &&str| {
        word.len() > 3 && word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !SHARED.contains(word)
    };
    words.filter(is_english).map(str::to_owned).collect()
}

fn assert_chinese(finding: &Finding, input: &str) {
    let chinese = Language::Chinese.finding(finding);
    assert_ne!(chinese.message, finding.message, "{input}");
    for text in [Some(chinese.message), chinese.hint].into_iter().flatten() {
        assert_eq!(words(&text), Vec::<String>::new(), "{input}: {text}");
    }
}

/// The first finding of the starter template with other content of a file.
fn fault(file: &str, content: &str) -> Finding {
    let mut files: BTreeMap<_, _> = scaffold("my").expect("a name").into_iter().collect();
    files.insert(file.to_owned(), content.to_owned().into());
    let fonts = FontSet::new(haibao_fonts::FONTS, Vec::new()).expect("embedded fonts are valid");
    let error = compile("my", files, &fonts).map(drop).expect_err(content);
    error.all_findings().first().unwrap_or_else(|| panic!("{content}: {error}")).clone()
}

#[test]
fn syntax_errors_of_json_are_in_chinese() {
    for text in [
        "{\"title\": \"a\",}",
        "{\"title\": \"a\" \"canvas\": 1}",
        "{\"title\" \"a\"}",
        "{\"title\": }",
        "{\"title\":",
        "{\"title\": 1]",
        "{title: 1}",
        "{'title': 1}",
        "{\"a\": -}",
        "{\"a\": 0x1}",
        "{\"a\": NaN}",
        "{} {}",
        "{\"a\": [1}",
        "{\"a\": [1",
        "{\"a\": 1",
        "{\"a\": yes}",
        "{\"a\": \"\\q\"}",
        "{\"a\": \"b",
        "/* a",
        "",
    ] {
        let finding = fault("layout.json", text);
        assert_eq!(finding.code, "json_syntax", "{text}");
        assert_chinese(&finding, text);
    }
}

#[test]
fn syntax_errors_of_artwork_are_in_chinese() {
    let svg =
        |inner: &str| format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"750\" height=\"1250\">{inner}</svg>");
    for inner in [
        "<text>a & b</text>",
        "<g id=a/>",
        "<g id=\"a\"class=\"b\"/>",
        "<text>a < b</text>",
        "&nbsp;",
        "<g></b>",
        "<g",
        "<!-- a",
    ] {
        let finding = fault("artwork.svg", &svg(inner));
        assert_eq!(finding.code, "artwork_syntax", "{inner}");
        assert_chinese(&finding, inner);
    }
    let ampersand = fault("artwork.svg", &svg("<text>a & b</text>"));
    assert!(ampersand.hint.as_deref().is_some_and(|hint| hint.contains("&amp;")), "{ampersand:?}");
}

#[test]
fn patterns_that_are_not_valid_are_described_in_chinese() {
    for pattern in ["(", "a)", "[", "[z-a]", "*", "a{2,1}", "(?=a)", "(?<a", r"\p{Nope}"] {
        let layout = json!({ "title": "a", "canvas": { "width": 100, "height": 100, "background": "#fff" }, "layers": [],
            "params": { "type": "object", "properties": { "a": { "type": "string", "pattern": pattern } } } });
        let finding = fault("layout.json", &layout.to_string());
        assert_eq!(finding.code, "params_schema", "{pattern}: {finding:?}");
        assert_chinese(&finding, pattern);
    }
}

#[test]
fn pictures_that_cannot_be_decoded_are_described_in_chinese() {
    let jpeg = include_bytes!("../../vectors/pictures/arithmetic.jpg");
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc9]).expect("a frame");
    for (coding, precision) in [(0xc9, 8), (0xc1, 12), (0xc3, 8), (0xc5, 8)] {
        let mut bytes = jpeg.to_vec();
        (bytes[frame + 1], bytes[frame + 4]) = (coding, precision);
        let error = Picture::decode(&bytes).map(drop).expect_err("not supported");
        assert_chinese(&error.as_finding(), &format!("{coding:x}"));
    }
    let need = CodeNeed::unlimited("default", "pages/a/a", Scene::Text("a=1".to_owned()));
    let mut code = sample::code(&need).expect("a code").bytes.to_vec();
    let end = code.len() - 2;
    code[20..end].fill(0);
    let message: Message = picture::check(&code, &need).expect_err("damaged");
    let text = Language::Chinese.text(&message);
    assert_eq!(words(&text), Vec::<String>::new(), "{text}");
}

#[test]
fn settings_that_cannot_be_used_are_described_in_chinese() {
    let folder = tempfile::tempdir().expect("a folder");
    for text in [
        "[http]\ntimeout_ms = 0\n[pool]\nworkers = 5000\n",
        "[uploads]\nmax_bytes = 20000000\n",
        "[apps.default]\ntext_check = { risky = 'drop' }\n",
        "addr = \n",
        "addr = x\n",
        "addr = 'x\n",
        "addr = \"\\q\"\n",
        "addr\n",
        "[http\n",
        "fonts = [1 2\n",
        "data = 'a'\ndata = 'b'\n",
    ] {
        fs::write(folder.path().join("haibao.toml"), text).expect("a file");
        let output = haibao(folder.path()).args(["--lang", "zh", "config"]).output().expect("the binary runs");
        let said = talk(&output);
        assert_eq!(output.status.code(), Some(2), "{text}: {said}");
        assert_eq!(words(&said), Vec::<String>::new(), "{text}: {said}");
    }
}

#[test]
fn ratings_of_texts_are_in_chinese() {
    let title = r#""title": { "type": "string", "minLength": 1, "maxLength": 80,"#;
    let ask = |service: &Service| {
        let body = json!({ "template": TEMPLATE, "params": { "title": "违规示例" }, "openid": "oAnna-----------------------" }).to_string();
        let headers = [("content-type", "application/json"), ("accept-language", "zh")];
        let problem = send(service.addr, "POST", "/v1/posters", &headers, body.as_bytes()).problem(422, "text_risky");
        assert_eq!(errors(&problem), [("text_risky", "/params/title")]);
        problem["detail"].as_str().expect("a text").to_owned()
    };
    let checked = format!("{title} \"pattern\": \"^[^*]*$\", \"x-check\": true,");
    let start = |risky: &str| {
        let settings = [("HAIBAO_APPS__DEFAULT__TEXT_CHECK__RISKY", risky)];
        let copy = tempfile::tempdir().expect("a folder");
        scaffold_with(copy.path(), TEMPLATE, "layout.json", title, &checked);
        Service::with(&settings, Default::default(), copy)
    };
    for risky in ["refuse", "mask"] {
        let text = ask(&start(risky));
        assert_eq!(words(&text), Vec::<String>::new(), "{risky}: {text}");
    }
}
