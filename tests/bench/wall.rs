//! A large poster: 1080x1920, six new photos, 300 glyphs, some of them vertical.

use std::{
    collections::BTreeMap,
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use haibao_core::{
    asset::Asset,
    encode::Format,
    layer::Role,
    paint::context::Stage,
    plan::{Plan, ResolvedAssets},
    render::Renderer,
    template::Template,
};
use serde_json::{Value, json};

use super::{Watch, kit, median, ms, numeral};

const PHOTOS: usize = 6;
/// Minimum number of characters, set by the performance target.
const GLYPHS: usize = 300;
/// Side of the photos, px: a common size of shop photos.
const SIDE: u32 = 800;
const PHOTO: &[u8] = include_bytes!("photo.jpg");

/// Six products with name and description, a vertical title and a code.
fn template() -> Arc<Template> {
    let mut layers = vec![
        json!({ "type": "text", "box": [930, 60, 90, 700], "text": "秋日陶集限时开窑", "font_size": 72, "line_height": 90,
            "font_weight": 700, "writing_mode": "vertical-rl", "color": "#7a1f2b" }),
        json!({ "type": "text", "box": [810, 60, 100, 700], "text": "手作天青釉，一器一色，不复刻。共12款，2026年秋季开窑，先到先得", "font_size": 34,
            "line_height": 50, "writing_mode": "vertical-rl", "color": "#555" }),
    ];
    for at in 0..PHOTOS {
        let (x, y) = (60 + (at % 2) * 380, 60 + (at / 2) * 500);
        layers.push(json!({ "type": "image", "box": [x, y, 350, 350], "src": format!("{{{{photo{at}}}}}"),
            "object_fit": "cover", "border_radius": 16 }));
        layers.push(json!({ "type": "text", "box": [x, y + 362, 350, 40], "text": "{{nickname}}的天青釉手作花瓶",
            "font_size": 28, "font_weight": 700, "line_height": 40, "max_lines": 1 }));
        layers.push(json!({ "type": "text", "box": [x, y + 402, 350, 72],
            "text": "釉色温润如雨过天青，开片细密，适合案头、书房、花几与茶席。", "font_size": 22, "line_height": 34,
            "max_lines": 2, "color": "#666" }));
    }
    layers.push(json!({ "type": "text", "box": [60, 1600, 640, 120], "text": "{{nickname}}邀请你一起来看看，长按识别小程序码，下单立减二十元起",
        "font_size": 34, "line_height": 50 }));
    layers.push(json!({ "type": "code", "box": [760, 1580, 260, 260] }));
    let photo = json!({ "type": "string", "format": "image" });
    let mut properties: serde_json::Map<String, Value> =
        (0..PHOTOS).map(|at| (format!("photo{at}"), photo.clone())).collect();
    properties.insert("nickname".into(), json!({ "type": "string" }));
    let layout = json!({
        "title": "wall", "canvas": { "width": 1080, "height": 1920, "background": "#f6f1e8" },
        "params": { "type": "object", "properties": properties },
        "code": { "page": "pages/wall/wall", "scene": { "from": "wall" } }, "layers": layers,
    });
    let placeholder = bytes::Bytes::from_static(b"not drawn");
    let files = BTreeMap::from([
        ("layout.json".to_owned(), layout.to_string().into_bytes().into()),
        ("assets/photo.jpg".to_owned(), placeholder),
    ]);
    kit::compile("wall", files)
}

fn poster(template: &Arc<Template>, round: usize, photos: &[Vec<u8>]) -> (Plan, ResolvedAssets) {
    let mut params = json!({ "nickname": format!("{}号", numeral(round)) });
    for at in 0..PHOTOS {
        params[format!("photo{at}")] = json!("assets/photo.jpg");
    }
    let plan = kit::plan(template, params, 1.0);
    let mut gathered = kit::gather(&plan);
    let mut photos = photos[round * PHOTOS..].iter();
    let pictures = plan.layers.iter().enumerate().filter(|(_, layer)| !layer.kind.needs().is_empty());
    for ((position, _), photo) in pictures.zip(&mut photos) {
        gathered.insert(position, Role::CONTENT, Asset::new(photo.clone()));
    }
    (plan, gathered)
}

/// Copies of the photo, encoded as phones and shops do (quality 85, chroma subsampling). A comment makes each copy a distinct
/// file.
fn photos(count: usize) -> Vec<Vec<u8>> {
    let (start, rest) = PHOTO.split_at(2);
    let copy = |i: usize| {
        // ITU-T T.81, B.2.4.5: marker, length including itself, text.
        let comment = [&[0xff, 0xfe, 0x00, 0x0a][..], &(i as u64).to_be_bytes()].concat();
        [start, &comment, rest].concat()
    };
    (0..count).map(copy).collect()
}

/// That many different posters.
pub fn posters(count: usize) -> Vec<(Plan, ResolvedAssets)> {
    let (template, photos) = (template(), photos(count * PHOTOS));
    (0..count).map(|round| poster(&template, round, &photos)).collect()
}

/// Measures and prints the time of a poster, and returns it in ms.
pub fn measure(renderer: &Renderer, rounds: usize) -> f64 {
    let rounds = rounds.min(30);
    let photos = photos(rounds * PHOTOS);
    let template = template();
    let mut times = Vec::new();
    let mut stages = [Duration::ZERO; 3];
    let mut glyphs = 0;
    for round in 0..rounds {
        let (plan, gathered) = poster(&template, round, &photos);
        let (start, watch) = (Instant::now(), Watch::start());
        let (mut stage, mut since) = (0, start);
        let mut enter = |next: usize| {
            let now = Instant::now();
            stages[stage] += now - since;
            (stage, since) = (next, now);
        };
        let rendered = renderer.render_observed(&plan, &gathered, Format::Png, &mut |next| {
            enter(match next {
                Stage::Place(_) | Stage::Artwork => 0,
                Stage::Draw(_) | Stage::Composite(_) => 1,
                Stage::Encode | Stage::Assemble => 2,
            });
            Ok(())
        });
        let rendered = black_box(rendered.unwrap_or_else(|e| panic!("{e} {:#?}", e.all_findings())));
        enter(0);
        times.push(watch.stop());
        assert_eq!(rendered.findings, [], "the poster has findings");
        glyphs = rendered.layers.iter().map(|layer| layer.text.chars().count()).sum();
        if let (0, Some(dir)) = (round, std::env::var_os("HAIBAO_BENCH_OUT")) {
            std::fs::write(std::path::Path::new(&dir).join("wall.png"), &rendered.bytes).expect("written");
        }
    }
    assert!(glyphs >= GLYPHS, "{glyphs} characters are too few");
    let time = ms(median(&mut times));
    let [place, draw, encode] = stages.map(|stage| ms(stage) / rounds as f64);
    println!("\n1080x1920, {PHOTOS} new photos of {SIDE}x{SIDE} px, {glyphs} characters, some of them vertical:");
    println!("{time:.1} ms (place {place:.1}, draw {draw:.1}, encode {encode:.1})");
    time
}
