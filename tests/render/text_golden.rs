//! Golden pictures of text properties, one per property.

use haibao_core::{
    encode::Format,
    render::{Config, Rendered, Renderer},
};
use serde_json::{Value, json};

use crate::{golden::assert_same, kit};

/// Draws text layers on a canvas.
fn draw(size: [u32; 2], layers: Value, scale: f32) -> Rendered {
    let plan = kit::plan_of(size, layers, scale);
    let renderer = Renderer::new(kit::fonts(), Config::default());
    renderer.render(&plan, &kit::gather(&plan), Format::Png).expect("renders")
}

fn golden(name: &str, size: [u32; 2], layers: Value) {
    let rendered = draw(size, layers, 1.0);
    assert_eq!(rendered.findings, Vec::new(), "{name}");
    assert!(rendered.bytes.len() <= 20 * 1024, "{name} has {} bytes", rendered.bytes.len());
    assert_same(&format!("text/{name}"), &rendered.bytes);
}

#[test]
fn spans_share_a_baseline_and_wrap_together() {
    golden(
        "spans",
        [400, 150],
        json!([
            { "type": "text", "box": [20, 12, 360, 60], "font_size": 24, "color": "#e4393c", "spans": [
                { "text": "券后价 ", "color": "#666" },
                { "text": "¥", "font_weight": 700 },
                { "text": "39", "font_size": 52, "font_weight": 700, "letter_spacing": -1 },
                { "text": ".9", "font_size": 30, "font_weight": 700 },
                { "text": "  " },
                { "text": "¥129", "color": "#999", "text_decoration": "line-through" } ] },
            { "type": "text", "box": [20, 84, 360, 64], "font_size": 18, "line_height": 28, "color": "#333", "spans": [
                { "text": "秋日限定 ", "font_weight": 700, "color": "#b5651d" },
                { "text": "手冲咖啡礼盒，含滤杯、分享壶与三款单品豆，" },
                { "text": "两件包邮", "color": "#e4393c", "text_decoration": "underline" },
                { "text": "。" } ] }
        ]),
    );
}

#[test]
fn text_shrinks_until_it_fits() {
    let line = |top: i32, text: &str| {
        json!({ "type": "text", "box": [16, top, 288, 44], "text": text, "font_size": 32, "line_height": 44, "max_lines": 1,
          "text_overflow": "shrink", "min_font_size": 14, "vertical_align": "middle" })
    };
    golden(
        "shrink",
        [320, 150],
        json!([
            line(8, "手冲咖啡套装"),
            line(52, "手冲咖啡套装送礼自用两相宜"),
            line(96, "手冲咖啡套装送礼自用两相宜，限时八折")
        ]),
    );
}

#[test]
fn justified_lines_are_flush() {
    golden(
        "justify",
        [320, 130],
        json!([
            { "type": "text", "box": [20, 12, 280, 108], "font_size": 18, "line_height": 27, "text_align": "justify", "color": "#222",
              "text": "清晨五点的茶园，Oolong 的香气沿石阶漫下。\n我们把它装进锡罐，寄给远方的“你”。" }
        ]),
    );
}

#[test]
fn strokes_are_drawn_under_the_fill() {
    golden(
        "stroke",
        [320, 90],
        json!([
            { "type": "shape", "box": [0, 0, 320, 90], "background": "#ffd84d" },
            { "type": "text", "box": [16, 10, 288, 70], "font_size": 48, "line_height": 70, "font_weight": 700, "text": "全场5折起",
              "color": "#e4393c", "stroke": { "width": 10, "color": "#fff" }, "letter_spacing": 4, "text_align": "center" }
        ]),
    );
}

#[test]
fn shadows_are_blurred() {
    golden(
        "shadow",
        [320, 90],
        json!([
            { "type": "shape", "box": [0, 0, 320, 90], "background": "#f4efe6" },
            { "type": "text", "box": [16, 10, 288, 70], "font_size": 48, "line_height": 70, "font_weight": 700, "text": "秋日漫步",
              "color": "#5b3a1e", "text_shadow": { "x": 3, "y": 5, "blur": 10, "color": "#5b3a1e80" }, "text_align": "center" }
        ]),
    );
}

#[test]
fn a_gradient_spans_the_lines() {
    golden(
        "gradient",
        [320, 110],
        json!([
            { "type": "text", "box": [16, 10, 288, 44], "font_size": 36, "line_height": 44, "font_weight": 700, "text": "新春大吉🧧",
              "color": { "gradient": { "angle": 90, "stops": [[0, "#d4380d"], [1, "#faad14"]] } } },
            { "type": "text", "box": [16, 58, 288, 44], "font_size": 36, "line_height": 44, "font_weight": 700, "text": "满载而归 2026",
              "color": { "gradient": { "stops": [[0, "#13547a"], [0.5, "#2aa198"], [1, "#80d0c7"]] } } }
        ]),
    );
}

#[test]
fn decorations_have_the_colour_of_their_span() {
    golden(
        "decoration",
        [320, 90],
        json!([
            { "type": "text", "box": [16, 12, 288, 36], "font_size": 24, "line_height": 36, "spans": [
                { "text": "原价 " },
                { "text": "¥1299.00", "color": "#999", "text_decoration": "line-through" } ] },
            { "type": "text", "box": [16, 48, 288, 36], "font_size": 24, "line_height": 36, "spans": [
                { "text": "点此查看" },
                { "text": "活动规则 gyp", "color": "#1677ff", "text_decoration": "underline" } ] }
        ]),
    );
}

#[test]
fn open_type_features_are_applied() {
    golden(
        "features",
        [320, 120],
        json!([
            { "type": "text", "box": [16, 8, 288, 34], "font_size": 24, "text": "（满１２０减３０）" },
            { "type": "text", "box": [16, 42, 288, 34], "font_size": 24, "text": "（满１２０减３０）", "font_features": ["pwid"] },
            { "type": "text", "box": [16, 76, 288, 34], "font_size": 24, "text": "（满１２０减３０）", "font_features": ["hwid"] }
        ]),
    );
}

/// Vertical text on a background.
fn columns(text: &str) -> Value {
    json!([
        { "type": "shape", "box": [0, 0, 220, 230], "background": "#faf6ee" },
        { "type": "text", "box": [16, 16, 188, 198], "writing_mode": "vertical-rl", "font_size": 20, "line_height": 36,
          "color": "#2b2b2b", "text": text }
    ])
}

#[test]
fn vertical_text_has_vertical_punctuation() {
    let text = "「山中何所有？岭上多白云。」\n“只可自怡悦，不堪持赠君”……凭《邀请函》入场。";
    golden("vertical", [220, 230], columns(text));
}

#[test]
fn vertical_text_rotates_words_and_combines_short_numbers() {
    golden(
        "vertical-mixed",
        [220, 230],
        columns("立秋第12届茶会，8月30日于 Hangzhou 举行；2026年限100名，3人赠☕——先到先得。"),
    );
}

#[test]
fn columns_are_aligned_and_end_with_a_vertical_ellipsis() {
    let rendered = draw(
        [320, 200],
        json!([
            { "type": "text", "box": [20, 10, 130, 180], "writing_mode": "vertical-rl", "font_size": 22, "line_height": 34, "max_lines": 3,
              "vertical_align": "middle", "text_align": "center", "text": "春有百花秋有月\n夏有凉风\n冬有雪若无闲事挂心头便是人间好时节" },
            { "type": "text", "box": [170, 10, 130, 180], "writing_mode": "vertical-rl", "font_size": 22, "line_height": 34,
              "vertical_align": "bottom", "text_align": "left", "text": "落霞与孤鹜齐飞\n秋水共长天一色", "text_decoration": "underline" }
        ]),
        1.0,
    );
    assert_eq!(rendered.findings.iter().map(|f| f.code).collect::<Vec<_>>(), ["text_truncated"]);
    assert_same("text/vertical-align", &rendered.bytes);
}

#[test]
fn emoji_sequences_and_trimmed_brackets() {
    golden(
        "emoji-brackets",
        [320, 150],
        json!([
            { "type": "text", "box": [16, 8, 288, 44], "font_size": 32, "line_height": 44, "text": "👨‍👩‍👧‍👦🇨🇳1️⃣👍🏽❤️🧑🏻‍🚀" },
            { "type": "text", "box": [16, 56, 288, 90], "font_size": 24, "line_height": 36, "text": "【限时】手冲咖啡\n“慢”下来，喝一杯" },
            { "type": "shape", "box": [15, 56, 1, 80], "background": "#e4393c" }
        ]),
    );
}

#[test]
fn scale_two_gives_the_same_picture() {
    let layers = json!([
        { "type": "text", "box": [10, 10, 200, 60], "font_size": 21, "line_height": 29, "text_align": "justify", "stroke": { "width": 2, "color": "#fd0" },
          "text": "手冲咖啡套装，Kalita Wave 送礼自用两相宜", "text_shadow": { "x": 2, "y": 3, "blur": 6, "color": "#0006" } },
        { "type": "text", "box": [10, 80, 200, 110], "writing_mode": "vertical-rl", "font_size": 17.5, "text_overflow": "shrink", "text_decoration": "underline",
          "text": "立秋第12届茶会，8月30日于 Hangzhou 举行；2026年限100名，满3人赠☕——先到先得。",
          "color": { "gradient": { "stops": [[0, "#d4380d"], [1, "#13547a"]] } } }
    ]);
    let gray = |scale: f32| {
        let rendered = draw([220, 200], layers.clone(), scale);
        image::load_from_memory(&rendered.bytes).expect("decodes").into_luma8()
    };
    let (one, two) = (gray(1.0), gray(2.0));
    assert_eq!((two.width(), two.height()), (440, 400));
    let half =
        image::DynamicImage::from(two).resize_exact(220, 200, image::imageops::FilterType::Triangle).into_luma8();
    // Compares means of 10 x 10 px blocks: rounding by half a px changes them little, a different line break a lot.
    let block = |image: &image::GrayImage, x: u32, y: u32| -> u32 {
        (0..100).map(|at| u32::from(image.get_pixel(x * 10 + at % 10, y * 10 + at / 10).0[0])).sum::<u32>() / 100
    };
    for (x, y) in (0..20).flat_map(|y| (0..22).map(move |x| (x, y))) {
        let (a, b) = (block(&one, x, y), block(&half, x, y));
        assert!(a.abs_diff(b) < 28, "around {}, {} px the mean is {a} at scale 1 and {b} at scale 2", x * 10, y * 10);
    }
}

#[test]
fn missing_glyphs_are_reported_with_code_points() {
    let rendered = draw(
        [200, 60],
        json!([
            { "type": "text", "box": [10, 10, 180, 40], "font_size": 20, "spans": [{ "text": "好" }, { "text": "\u{10fffd}" }] }
        ]),
        1.0,
    );
    let finding = &rendered.findings[0];
    assert_eq!((finding.code, finding.pointer.as_deref()), ("glyph_missing", Some("/layers/0/spans")));
    assert!(finding.message.contains("U+10FFFD"), "{}", finding.message);

    let ten: String = ('\u{10fff0}'..='\u{10fff9}').collect();
    let many = json!([{ "type": "text", "box": [10, 10, 180, 40], "font_size": 8, "text": ten }]);
    let message = &draw([200, 60], many, 1.0).findings[0].message;
    assert!(message.contains("U+10FFF7") && message.ends_with(" and 2 more"), "{message}");
}

#[test]
fn overlapping_parts_of_a_translucent_text_have_uniform_opacity() {
    let text = |style: Value| {
        let mut text =
            json!({ "type": "text", "box": [10, 10, 180, 40], "font_size": 30, "text": "¥1299", "opacity": 0.5 });
        text.as_object_mut().expect("an object").extend(style.as_object().expect("an object").clone());
        let drawn = draw([200, 60], json!([text]), 1.0);
        image::load_from_memory(&drawn.bytes).expect("decodes").into_luma8()
    };
    for style in [json!({ "text_decoration": "line-through" }), json!({ "letter_spacing": -12 }), json!({})] {
        let darkest = text(style.clone()).pixels().map(|pixel| pixel.0[0]).min();
        assert!(darkest.is_some_and(|light| (127..=128).contains(&light)), "{style}: {darkest:?}, expected 127");
    }
}

#[test]
fn a_cached_shadow_cut_by_one_canvas_is_not_used_for_another() {
    let layers = json!([
        { "type": "text", "box": [10, 10, 200, 50], "font_size": 40, "text": "秋日漫步", "text_shadow": { "x": 8, "y": 8, "blur": 6, "color": "#000" } }
    ]);
    let warm = Renderer::new(kit::fonts(), Config::default());
    for size in [[60, 30], [240, 90]] {
        let plan = kit::plan_of(size, layers.clone(), 1.0);
        let cold = draw(size, layers.clone(), 1.0);
        let again = warm.render(&plan, &kit::gather(&plan), Format::Png).expect("renders");
        assert!(cold.bytes == again.bytes, "{size:?}: cache entries of the other canvas were used");
    }
}
