//! Fonts that a template brings.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use bytes::Bytes;
use haibao_core::{
    encode::Format,
    render::{self, Config, Rendered, Renderer},
    template::Template,
    text::FontOrigin,
};
use serde_json::{Value, json};

use crate::kit;

const SERIF: &str = "Noto Serif SC";
const SANS: &str = "Noto Sans SC";

fn files(layers: &Value, own: &[(&str, Bytes)]) -> BTreeMap<String, Bytes> {
    let layout = json!({ "title": "fonts", "canvas": { "width": 400, "height": 200 }, "artwork": "artwork.svg", "layers": layers });
    let artwork = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 200"><text x="10" y="180" font-size="40" font-family="{SERIF}">永和</text></svg>"##
    );
    let own = own.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.clone()));
    own.chain([("layout.json".to_owned(), layout.to_string().into()), ("artwork.svg".to_owned(), artwork.into())])
        .collect()
}

fn serif() -> Bytes {
    let path = kit::root().join("templates/festival-greeting/fonts/NotoSerifSC-Bold.otf");
    std::fs::read(path).expect("a font").into()
}

fn draw(renderer: &Renderer, template: &Arc<Template>) -> Rendered {
    let plan = kit::plan(template, json!({}), 1.0);
    renderer.render(&plan, &kit::gather(&plan), Format::Png).expect("a poster")
}

/// Families of the letters of each layer.
fn families(template: &Template, rendered: &Rendered) -> Vec<BTreeSet<String>> {
    let fonts = template.fonts().cloned().unwrap_or_else(kit::fonts);
    let layers = rendered.layers.iter();
    let families =
        layers.map(|layer| layer.fonts.iter().map(|run| fonts.face(run.face).expect("a face").family.to_string()));
    families.map(Iterator::collect).collect()
}

fn text(text: &str, y: u32) -> Value {
    json!({ "type": "text", "box": [10, y, 380, 50], "font_family": SERIF, "font_size": 32, "text": text })
}

#[test]
fn a_text_is_in_one_family() {
    // 瑸 is not in the subset, nor is Ω; an emoji and a rare ideograph in another text change nothing.
    let texts = ["月圆人圆，Moon 8.8 折", "月圆林瑸", "月圆🎉", "月圆Ω"];
    let layers: Vec<Value> = texts.iter().zip([0, 40, 80, 120]).map(|(one, y)| text(one, y)).collect();
    let template = kit::compile("fonts", files(&layers.into(), &[("fonts/serif.otf", serif())]));
    let rendered = draw(&Renderer::new(kit::fonts(), Config::default()), &template);
    let of = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    let expected = [of(&[SERIF]), of(&[SANS]), of(&[SERIF, "Noto Color Emoji"]), of(&[SERIF, SANS])];
    assert_eq!(families(&template, &rendered), expected);
    assert_eq!(rendered.findings, []);
}

#[test]
fn spans_of_a_text_stay_in_one_family() {
    let spans = json!([{ "type": "text", "box": [10, 0, 380, 50], "font_family": SERIF, "font_size": 32,
        "spans": [{ "text": "月圆" }, { "text": "林瑸", "font_size": 20 }, { "text": "8", "font_family": SANS }] }]);
    let template = kit::compile("fonts", files(&spans, &[("fonts/serif.otf", serif())]));
    let rendered = draw(&Renderer::new(kit::fonts(), Config::default()), &template);
    assert_eq!(families(&template, &rendered), [BTreeSet::from([SANS.to_owned()])]);
}

#[test]
fn other_templates_do_not_have_them() {
    let (layers, own) = (json!([text("月圆人圆", 0)]), [("fonts/serif.otf", serif())]);
    let with = kit::compile("fonts", files(&layers, &own));
    let without = kit::compile("fonts", files(&layers, &[]));
    let codes = |rendered: &Rendered| rendered.findings.iter().map(|finding| finding.code).collect::<Vec<_>>();
    // One renderer draws both: its caches of glyphs and texts must tell the font sets apart.
    let shared = Renderer::new(kit::fonts(), Config::default());
    let drawn = [&with, &without].map(|template| draw(&shared, template));
    let alone = [&with, &without].map(|template| draw(&Renderer::new(kit::fonts(), Config::default()), template));
    assert!(drawn[0].bytes == alone[0].bytes && drawn[1].bytes == alone[1].bytes);
    assert_ne!(drawn[0].bytes, drawn[1].bytes);
    assert_eq!(codes(&drawn[0]), [""; 0]);
    assert_eq!(codes(&drawn[1]), ["font_unknown", "font_unknown"], "in the artwork and in the layer");
    assert!(with.fonts().is_some_and(|set| set.faces().iter().any(|face| face.origin == FontOrigin::Template)));
    assert!(without.fonts().is_none());
    assert!(kit::fonts().families().iter().all(|family| family != SERIF));
}

#[test]
fn two_fonts_at_one_index_are_told_apart() {
    let semi = kit::root().join("templates/member-card/fonts/NotoSerifSC-SemiBold.otf");
    let semi: Bytes = std::fs::read(semi).expect("a font").into();
    let shared = Renderer::new(kit::fonts(), Config::default());
    let layers = json!([text("月圆人圆", 0)]);
    for font in [serif(), semi] {
        let template = kit::compile("fonts", files(&layers, &[("fonts/a.otf", font)]));
        let alone = draw(&Renderer::new(kit::fonts(), Config::default()), &template);
        assert!(draw(&shared, &template).bytes == alone.bytes);
    }
}

#[test]
fn lists_of_families_are_drawn_and_reported_alike() {
    let renderer = Renderer::new(kit::fonts(), Config::default());
    let poster = |list: &str| {
        let mut files = files(&json!([]), &[("fonts/serif.otf", serif())]);
        let artwork = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 200"><text x="10" y="80" font-size="40" font-family="{list}">月圆</text></svg>"##
        );
        files.insert("artwork.svg".to_owned(), artwork.into());
        let template = kit::compile("fonts", files);
        let codes: Vec<_> = template.warnings().iter().map(|finding| finding.code).collect();
        (draw(&renderer, &template).bytes, codes)
    };
    let [serif, sans] = [SERIF, SANS].map(|family| poster(family).0);
    assert_ne!(serif, sans);
    for (list, expected, codes) in [
        ("serif", &serif, &[""; 0][..]),
        ("SERIF", &serif, &[]),
        ("'serif'", &serif, &[]),
        ("ui-serif", &serif, &[]),
        ("Georgia, serif", &serif, &["font_unknown"]),
        ("sans-serif", &sans, &[]),
        ("sans-serif, serif", &sans, &[]),
        ("system-ui, Noto Serif SC", &sans, &[]),
        ("PingFang SC, sans-serif, serif", &sans, &["font_unknown"]),
    ] {
        let (bytes, found) = poster(list);
        assert!(bytes == *expected, "{list}");
        assert_eq!(found, codes, "{list}");
    }
}

#[test]
fn a_file_that_is_no_font_is_an_error() {
    let own = [("fonts/broken.otf", Bytes::from_static(b"OTTO")), ("fonts/README.md", Bytes::from_static(b"text"))];
    let error = render::compile("fonts", files(&json!([]), &own), &kit::fonts()).expect_err("a broken font");
    assert_eq!(error.code(), "template_invalid");
    let found: Vec<_> =
        error.all_findings().iter().map(|finding| (finding.code, finding.message.to_string())).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0 == "font_invalid" && found[0].1.contains("fonts/broken.otf"), "{found:?}");
}
