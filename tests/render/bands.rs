//! Bands and caches never decide what a poster looks like.

use haibao::{
    encode::Format,
    plan::Plan,
    render::{Config, Renderer},
    text::FontSet,
};

use crate::kit;

fn renderer(config: Config) -> Renderer {
    Renderer::new(FontSet::embedded(), config)
}

fn pixels(renderer: &Renderer, plan: &Plan) -> Vec<u8> {
    let png = renderer.render(plan, &kit::gather(plan), Format::Png).expect("renders").bytes;
    image::load_from_memory(&png).expect("decodes").into_rgb8().into_raw()
}

#[test]
fn bands_of_any_height_give_the_same_pixels() {
    for (id, scale) in [("product-share", 1.0), ("group-buy", 1.5), ("event-invite", 1.0)] {
        let template = kit::template(id);
        let plan = kit::plan(&template, kit::sample(&template, "usual"), scale);
        let usual = pixels(&renderer(Config::default()), &plan);
        for rows in [100_000, 7] {
            let other = pixels(&renderer(Config { band_rows: rows, ..Config::default() }), &plan);
            assert!(usual == other, "{id} at scale {scale}: bands of {rows} rows differ from bands of 32");
        }
    }
}

#[test]
fn cached_and_uncached_posters_have_the_same_bytes() {
    let warm = renderer(Config::default());
    for id in kit::TEMPLATES {
        let template = kit::template(id);
        // Every sample before every other, so that each is drawn with all that the others left in the caches.
        for name in kit::SAMPLES.iter().chain(&kit::SAMPLES) {
            let plan = kit::plan(&template, kit::sample(&template, name), 1.0);
            let gathered = kit::gather(&plan);
            let cold = renderer(Config::default()).render(&plan, &gathered, Format::Png).expect("renders");
            let again = warm.render(&plan, &gathered, Format::Png).expect("renders");
            assert!(cold.bytes == again.bytes, "{id} {name}: a warm renderer gives other bytes");
            assert_eq!(cold.findings, again.findings, "{id} {name}");
            assert_eq!(cold.bands_known, 0);
        }
        let plan = kit::plan(&template, kit::sample(&template, "usual"), 1.0);
        assert_eq!(warm.render(&plan, &kit::gather(&plan), Format::Png).expect("renders").bands_drawn, 0, "{id}");
    }
}

#[test]
fn caches_that_hold_nothing_change_nothing() {
    let none = Config { band_bytes: 1, paint_bytes: 1, artwork_bytes: 1, glyph_bytes: 4, ..Config::default() };
    let template = kit::template("product-share");
    let plan = kit::plan(&template, kit::sample(&template, "usual"), 1.0);
    let poor = renderer(none);
    let rich = pixels(&renderer(Config::default()), &plan);
    assert!(pixels(&poor, &plan) == rich && pixels(&poor, &plan) == rich);
}

#[test]
fn a_new_nickname_and_code_cost_a_few_bands() {
    let renderer = renderer(Config::default());
    let template = kit::template("product-share");
    let mut params = kit::sample(&template, "usual");
    let plan = kit::plan(&template, params.clone(), 1.0);
    renderer.render(&plan, &kit::gather(&plan), Format::Png).expect("renders");
    params["nickname"] = "另一位朋友".into();
    params["sharer_id"] = "another".into();
    let plan = kit::plan(&template, params, 1.0);
    let rendered = renderer.render(&plan, &kit::gather(&plan), Format::Png).expect("renders");
    assert!((1..=14).contains(&rendered.bands_drawn), "{} bands were drawn", rendered.bands_drawn);
}

#[test]
fn scale_gives_more_pixels_of_the_same_poster() {
    let template = kit::template("product-share");
    let small = kit::plan(&template, kit::sample(&template, "usual"), 1.0);
    let large = kit::plan(&template, kit::sample(&template, "usual"), 2.0);
    let decode = |plan: &Plan| {
        let png = renderer(Config::default()).render(plan, &kit::gather(plan), Format::Png).expect("renders").bytes;
        image::load_from_memory(&png).expect("decodes").into_rgb8()
    };
    let (small, large) = (decode(&small), decode(&large));
    assert_eq!((large.width(), large.height()), (small.width() * 2, small.height() * 2));
    let shrunk = image::imageops::resize(&large, small.width(), small.height(), image::imageops::FilterType::Triangle);
    let far = shrunk.as_raw().iter().zip(small.as_raw()).filter(|(a, b)| a.abs_diff(**b) > 48).count();
    assert!(far * 100 < small.as_raw().len() * 2, "{far} of {} values differ", small.as_raw().len());
}
