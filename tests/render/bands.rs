//! Band height and caches never change the pixels of a poster.

use bytes::Bytes;
use haibao_core::{
    encode::Format,
    error::{Error, ErrorKind, Message},
    paint::context::Stage,
    plan::Plan,
    render::{Config, Renderer},
};

use crate::kit;

fn renderer(config: Config) -> Renderer {
    Renderer::new(kit::fonts(), config)
}

fn pixels(renderer: &Renderer, plan: &Plan) -> Vec<u8> {
    let png = renderer.render(plan, &kit::gather(plan), Format::Png).expect("renders").bytes;
    image::load_from_memory(&png).expect("decodes").into_rgb8().into_raw()
}

/// A picture as a PNG.
fn picture() -> Bytes {
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(20, 10, |x, y| image::Rgb([200, 12 * x as u8, 25 * y as u8]))
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    png.into_inner().into()
}

/// A poster whose artwork lies above a picture.
fn above_a_picture(scale: f32) -> Plan {
    let svg = r##"<svg xmlns="http://www.w3.org/2000/svg" width="200" height="240"><rect width="200" height="240" fill="#def"/>
      <rect id="photo" x="20" y="20" width="150" height="190"/><path d="M0 130Q90 70 200 150V240H0Z" fill="#fa0" fill-opacity=".8"/></svg>"##;
    let layout = serde_json::json!({ "title": "above", "canvas": { "width": 200, "height": 240 }, "artwork": "a.svg",
        "layers": [{ "type": "image", "at": "#photo", "src": "a.png", "border_radius": 30 }] });
    let files = [("layout.json", layout.to_string().into()), ("a.svg", svg.into()), ("a.png", picture())];
    let files = files.map(|(name, bytes)| (name.to_owned(), bytes));
    kit::plan(&kit::compile("above", files.into()), serde_json::json!({}), scale)
}

#[test]
fn bands_of_any_height_give_the_same_pixels() {
    let starter = |id: &str, scale: f32| {
        let template = kit::template(id);
        kit::plan(&template, kit::sample(&template, "usual"), scale)
    };
    // Together they have all kinds of layers but shapes and barcodes, vertical text, gradients, and artwork above texts and
    // pictures. The small ones have edges within pixels.
    for (name, plan) in [
        ("coupon", starter("coupon", 1.5)),
        ("member-card", starter("member-card", 1.0)),
        ("artwork above a picture", above_a_picture(1.5)),
    ] {
        let usual = pixels(kit::renderer(), &plan);
        for rows in [100_000, 7] {
            let other = pixels(&renderer(Config { band_rows: rows, ..Config::default() }), &plan);
            assert!(usual == other, "{name}: bands of {rows} rows differ from bands of 32");
        }
    }
}

#[test]
fn rotated_boxes_do_not_depend_on_the_canvas_of_an_earlier_poster() {
    let plan = |height: u32| {
        let layer = serde_json::json!({ "type": "image", "box": [10, 40, 80, 40], "src": "a.png", "rotate": 60,
            "background": "#0a0" });
        let layout = serde_json::json!({ "title": "rotated", "canvas": { "width": 100, "height": height },
            "layers": [layer] });
        let files = [("layout.json", layout.to_string().into()), ("a.png", picture())];
        let files = files.map(|(name, bytes)| (name.to_owned(), bytes));
        kit::plan(&kit::compile("rotated", files.into()), serde_json::json!({}), 1.0)
    };
    let shared = renderer(Config::default());
    pixels(&shared, &plan(70));
    let fresh = pixels(&renderer(Config::default()), &plan(140));
    assert!(pixels(&shared, &plan(140)) == fresh, "the lower end is missing");
}

#[test]
fn a_rendering_stops_at_any_stage_and_can_be_repeated() {
    // Its artwork has no filters, which each of the renderers would draw.
    let template = kit::template("course-enroll");
    let plan = kit::plan(&template, kit::sample(&template, "usual"), 1.0);
    let assets = kit::gather(&plan);
    let mut all = 0;
    let mut count = |_| {
        all += 1;
        Ok(())
    };
    let whole = renderer(Config::default());
    whole.render_observed(&plan, &assets, Format::Png, &mut count).expect("renders");
    let usual = pixels(&whole, &plan);
    assert!(all > 40, "{all} stages: one before each layer and each band at least");
    let stop = |renderer: &Renderer, last: usize| {
        let mut seen = 0;
        let mut stop = |_| {
            seen += 1;
            if seen > last {
                Err(Error::new(ErrorKind::Deadline, "cancelled", Message::verbatim("by this test")))
            } else {
                Ok(())
            }
        };
        let error = renderer.render_observed(&plan, &assets, Format::Png, &mut stop).expect_err("it is stopped");
        assert_eq!((error.code(), seen), ("cancelled", last + 1), "nothing is drawn after stage {last}");
    };
    // What each of the stops leaves in the caches is used by the next one.
    let (often, late) = (renderer(Config::default()), renderer(Config::default()));
    [0, 1, all / 3, all / 4, all / 4].into_iter().for_each(|last| stop(&often, last));
    stop(&late, all - 1);
    for stopped in [often, late] {
        assert!(usual == pixels(&stopped, &plan), "what was cached before the stop changes the poster");
    }
}

#[test]
fn artwork_is_announced_before_it_is_drawn() {
    let template = kit::template("course-enroll");
    let plan = kit::plan(&template, kit::sample(&template, "usual"), 1.0);
    let assets = kit::gather(&plan);
    let renderer = renderer(Config::default());
    let draw = |may_draw: bool| {
        let mut announced = 0;
        let drawn = renderer.render_observed(&plan, &assets, Format::Png, &mut |stage| {
            announced += usize::from(stage == Stage::Artwork);
            if stage == Stage::Artwork && !may_draw {
                return Err(Error::new(ErrorKind::Busy, "no_memory", Message::verbatim("by this test")));
            }
            Ok(())
        });
        (announced, drawn.is_ok())
    };
    assert_eq!(draw(false), (1, false), "its caller does not allow it");
    assert!(!renderer.has_artwork(&plan), "nothing was drawn");
    assert_eq!(draw(true), (1, true));
    assert!(renderer.has_artwork(&plan), "it is cached");
    assert_eq!(draw(false), (0, true), "cached artwork is not drawn");
    renderer.trim_caches(0);
    let left: Vec<_> = renderer.caches().into_iter().filter(|usage| usage.bytes > 0).collect();
    assert!(!renderer.has_artwork(&plan) && left.is_empty(), "everything is evicted but {left:?}");
    assert_eq!(draw(true), (1, true));
    let (drawing, cached) = (renderer.artwork_memory(&plan, false), renderer.artwork_memory(&plan, true));
    assert!(drawing > 4 << 20 && cached == 0, "{drawing} bytes to draw it, {cached} if it is cached");
}

#[test]
fn artwork_that_is_evicted_while_it_is_drawn_counts_until_the_poster_is_finished() {
    let plan = above_a_picture(1.5);
    let renderer = renderer(Config::default());
    let cached = || renderer.caches().iter().find(|usage| usage.name == "artwork").map_or(0, |usage| usage.bytes);
    let mut seen = Vec::new();
    let drawn = renderer.render_observed(&plan, &kit::gather(&plan), Format::Png, &mut |stage| {
        if stage == Stage::Draw(None) && seen.is_empty() {
            let before = cached();
            // Twice, as two threads that make room.
            for _ in 0..2 {
                renderer.trim_caches(0);
                seen.push((before, cached(), renderer.memory()));
            }
        }
        Ok(())
    });
    let drawn = drawn.expect("renders").bytes;
    let [(before, 0, first), (_, 0, second)] = seen[..] else { panic!("it is evicted: {seen:?}") };
    assert!(before > 300_000 && first == second && first <= before && first > before / 10 * 9, "{seen:?}");
    renderer.trim_caches(0);
    assert_eq!(renderer.memory(), 0, "the poster is finished");
    let again = renderer.render(&plan, &kit::gather(&plan), Format::Png).expect("renders").bytes;
    assert!(again == drawn, "the poster is the same");
}

#[test]
fn edits_of_the_layout_keep_the_artwork() {
    const SVG: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="200" height="240"><rect width="200" height="240" fill="#def"/>
      <rect id="photo" x="20" y="20" width="150" height="170"/><path id="wave" d="M0 130Q90 70 200 150V240H0Z" fill="#fa0" fill-opacity=".8"/></svg>"##;
    let photo = |more: serde_json::Value| {
        let mut layer = serde_json::json!({ "type": "image", "at": "#photo", "src": "a.png" });
        for (name, value) in more.as_object().expect("an object") {
            layer[name] = value.clone();
        }
        layer
    };
    let text =
        |x: u32| serde_json::json!({ "type": "text", "box": [x, 200, 100, 30], "text": "edited", "font_size": 20 });
    let plan = |layers: serde_json::Value, background: &str, svg: &str, scale: f32| {
        let layout = serde_json::json!({ "title": "edited", "canvas": { "width": 200, "height": 240, "background": background },
            "artwork": "a.svg", "layers": layers });
        let files =
            [("layout.json", layout.to_string().into()), ("a.svg", svg.to_owned().into()), ("a.png", picture())];
        let files = files.map(|(name, bytes)| (name.to_owned(), bytes));
        kit::plan(&kit::compile("edited", files.into()), serde_json::json!({}), scale)
    };
    let none = serde_json::json!({});
    let shared = renderer(Config::default());
    let first = pixels(&shared, &plan(serde_json::json!([photo(none.clone()), text(20)]), "#fff", SVG, 1.0));
    let rounded = photo(serde_json::json!({ "border_radius": 30 }));
    for layers in [serde_json::json!([photo(none.clone()), text(60)]), serde_json::json!([rounded])] {
        let edited = plan(layers.clone(), "#fff", SVG, 1.0);
        assert!(shared.has_artwork(&edited), "{layers}");
        let drawn = pixels(&shared, &edited);
        assert!(drawn != first && drawn == pixels(&renderer(Config::default()), &edited), "{layers}");
    }
    // What the artwork is cut by, or drawn with.
    let all = serde_json::json!([photo(none.clone())]);
    let shadow = serde_json::json!({ "box_shadow": { "y": 4, "blur": 20, "color": "#0008" } });
    let masked = serde_json::json!({ "mask": "#wave" });
    for (what, other) in [
        ("no slot", plan(serde_json::json!([text(20)]), "#fff", SVG, 1.0)),
        ("a shadow around the slot", plan(serde_json::json!([photo(shadow)]), "#fff", SVG, 1.0)),
        ("a mask", plan(serde_json::json!([photo(masked)]), "#fff", SVG, 1.0)),
        ("another background", plan(all.clone(), "#000", SVG, 1.0)),
        ("another scale", plan(all.clone(), "#fff", SVG, 2.0)),
        ("another artwork", plan(all, "#fff", &SVG.replace("#def", "#fed"), 1.0)),
    ] {
        assert!(!shared.has_artwork(&other), "{what}");
    }
}

#[test]
fn bands_of_any_height_give_the_same_text_effects() {
    let text = |extra: serde_json::Value| {
        let mut layer = serde_json::json!({ "type": "text", "font_size": 31.3, "font_weight": 700,
            "spans": [{ "text": "ÂÅg秋日" }, { "text": "漫步🍂", "font_size": 44, "color": "#b5651d" }] });
        for (name, value) in extra.as_object().expect("an object") {
            layer[name] = value.clone();
        }
        layer
    };
    let gradient =
        serde_json::json!({ "gradient": { "angle": 37, "stops": [[0, "#f008"], [0.4, "#0f0"], [1, "#00f"]] } });
    let plan = kit::plan_of(
        [300, 300],
        serde_json::json!([
            text(
                serde_json::json!({ "box": [-10, -8, 280, 60], "text_shadow": { "x": 9, "y": -7, "blur": 17, "color": "#0008" } })
            ),
            text(
                serde_json::json!({ "box": [20, 70, 260, 60], "stroke": { "width": 9, "color": "#e00a" }, "opacity": 0.6 })
            ),
            text(serde_json::json!({ "box": [20, 140, 260, 60], "color": gradient, "text_decoration": "underline" })),
            text(
                serde_json::json!({ "box": [200, 180, 90, 140], "writing_mode": "vertical-rl", "text_decoration": "line-through",
                "stroke": { "width": 3, "color": "#fff" }, "text_shadow": { "x": 2, "y": 2, "blur": 1, "color": "#00f" } })
            ),
        ]),
        1.5,
    );
    let usual = pixels(&renderer(Config::default()), &plan);
    for rows in [100_000, 7, 1] {
        let other = pixels(&renderer(Config { band_rows: rows, ..Config::default() }), &plan);
        assert!(usual == other, "bands of {rows} rows differ from bands of 32");
    }
}

#[test]
fn cached_and_uncached_posters_have_the_same_bytes() {
    let warm = kit::renderer();
    // Together they have all properties of layers that starter templates use, but for shapes.
    for id in ["coupon", "group-buy", "member-card"] {
        let template = kit::template(id);
        // Keeps only the artwork, which is the same for all samples.
        let cold = renderer(Config { band_bytes: 1, paint_bytes: 1, glyph_bytes: 4, ..Config::default() });
        let mut artwork = None;
        let posters = kit::SAMPLES.map(|name| {
            let plan = kit::plan(&template, kit::sample(&template, name), 1.0);
            assert!(artwork.get_or_insert_with(|| plan.artwork.clone()) == &plan.artwork, "{id} {name}");
            let gathered = kit::gather(&plan);
            let drawn = cold.render(&plan, &gathered, Format::Png).expect("renders");
            assert_eq!(drawn.bands_known, 0, "{id} {name}");
            (name, plan, gathered, drawn)
        });
        // Two passes, so that each sample is also drawn with the cache entries of all other samples.
        for pass in 1..=2 {
            for (name, plan, gathered, drawn) in &posters {
                let again = warm.render(plan, gathered, Format::Png).expect("renders");
                assert!(drawn.bytes == again.bytes, "{id} {name}: warm renderer produces different bytes");
                assert_eq!(drawn.findings, again.findings, "{id} {name}");
                // The second render of a poster hits the cache for all bands.
                let known = (again.bands_drawn, again.bands_known);
                assert!(pass == 1 || known == (0, drawn.bands_drawn), "{id} {name}: {known:?}");
            }
        }
    }
}

#[test]
fn empty_caches_do_not_change_the_pixels() {
    let none = Config { band_bytes: 1, paint_bytes: 1, artwork_bytes: 1, glyph_bytes: 4, ..Config::default() };
    let template = kit::template("coupon");
    let plan = kit::plan(&template, kit::sample(&template, "usual"), 1.0);
    let uncached = renderer(none);
    let expected = pixels(kit::renderer(), &plan);
    assert!(pixels(&uncached, &plan) == expected && pixels(&uncached, &plan) == expected);
}

#[test]
fn a_new_nickname_and_code_redraw_few_bands() {
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
fn a_larger_scale_gives_the_same_poster() {
    let template = kit::template("coupon");
    let small = kit::plan(&template, kit::sample(&template, "usual"), 1.0);
    let large = kit::plan(&template, kit::sample(&template, "usual"), 2.0);
    let decode = |plan: &Plan| {
        let png = kit::renderer().render(plan, &kit::gather(plan), Format::Png).expect("renders").bytes;
        image::load_from_memory(&png).expect("decodes").into_rgb8()
    };
    let (small, large) = (decode(&small), decode(&large));
    assert_eq!((large.width(), large.height()), (small.width() * 2, small.height() * 2));
    let filter = image::imageops::FilterType::Triangle;
    let shrunk = image::DynamicImage::from(large).resize_exact(small.width(), small.height(), filter).into_rgb8();
    let different = shrunk.as_raw().iter().zip(small.as_raw()).filter(|(a, b)| a.abs_diff(**b) > 48).count();
    assert!(different * 100 < small.as_raw().len() * 2, "{different} of {} values differ", small.as_raw().len());
}
