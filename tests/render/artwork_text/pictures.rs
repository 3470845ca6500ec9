//! Golden pictures of text in artwork.

use haibao_core::encode::Format;
use serde_json::json;

use super::fixed;
use crate::{golden::assert_same, kit};

fn golden(name: &str, size: [u32; 2], body: &str) {
    told(name, size, body, &[]);
}

/// As [`golden`], with findings of these codes.
fn told(name: &str, size: [u32; 2], body: &str, codes: &[&str]) {
    let template = fixed(size, body);
    let found: Vec<&str> = template.warnings().iter().map(|finding| finding.code).collect();
    assert_eq!(found, codes, "{name}: {:?}", template.warnings());
    let plan = kit::plan(&template, json!({}), 1.0);
    let rendered = kit::renderer().render(&plan, &kit::gather(&plan), Format::Png).expect("renders");
    assert_same(&format!("artwork-text/{name}"), &rendered.bytes);
}

#[test]
fn emoji_and_spacing() {
    golden(
        "emoji-spacing",
        [420, 250],
        "<g font-size=\"26\"><text x=\"10\" y=\"36\">一家👨‍👩‍👧‍👦🇨🇳1️⃣ ❤️▶️⚽12 👍🏽 ☎︎</text>\
         <text x=\"10\" y=\"80\" letter-spacing=\"6\">字间距 letter 😀a</text>\
         <text x=\"10\" y=\"120\" word-spacing=\"20\">word spacing 中 文</text>\
         <text x=\"10\" y=\"160\" textLength=\"400\">文字拉伸 length</text>\
         <text x=\"10\" y=\"200\" textLength=\"400\" lengthAdjust=\"spacingAndGlyphs\">字形拉伸 glyphs 😀</text>\
         <text x=\"10\" y=\"238\" rotate=\"0 15 30 45 -20\" fill=\"#e60012\">旋转字符abc😀</text></g>",
    );
}

#[test]
fn spans_and_baselines() {
    golden(
        "spans-baselines",
        [420, 220],
        "<path d=\"M0 40H420\" stroke=\"#f99\"/><g font-size=\"24\">\
         <text x=\"10\" y=\"40\">国g</text><text x=\"70\" y=\"40\" dominant-baseline=\"middle\">国g</text>\
         <text x=\"130\" y=\"40\" dominant-baseline=\"central\">国g</text>\
         <text x=\"190\" y=\"40\" dominant-baseline=\"hanging\">国g</text>\
         <text x=\"250\" y=\"40\" dominant-baseline=\"text-before-edge\">国g</text>\
         <text x=\"310\" y=\"40\" dominant-baseline=\"text-after-edge\">国g</text>\
         <text x=\"370\" y=\"40\" dominant-baseline=\"mathematical\">国g</text>\
         <text x=\"10\" y=\"110\">H<tspan baseline-shift=\"sub\" font-size=\"14\">2</tspan>O x<tspan baseline-shift=\"super\" font-size=\"14\">2</tspan> \
         <tspan font-weight=\"700\">粗</tspan><tspan font-style=\"italic\">斜 italic</tspan> <tspan style=\"font-variant:small-caps\">Small</tspan></text>\
         <text x=\"10\" y=\"150\" text-decoration=\"underline\">下划线 gypq <tspan fill=\"#e60012\" text-decoration=\"line-through\">¥199</tspan></text>\
         <text x=\"300\" y=\"150\" text-decoration=\"overline\">上划线</text>\
         <text x=\"10\" y=\"200\">前<tspan dy=\"-10\" fill=\"#e60012\">上</tspan><tspan dy=\"20\" fill=\"#06f\">下</tspan><tspan dy=\"-10\">平</tspan> 《书名》（说明）：「引」。</text></g>",
    );
}

#[test]
fn columns_and_paths() {
    golden(
        "columns-paths",
        [420, 300],
        "<g font-size=\"24\" fill=\"#333\"><text x=\"30\" y=\"10\" writing-mode=\"vertical-rl\">竖排，「引号」12月Text😀</text>\
         <text x=\"80\" y=\"140\" style=\"writing-mode:vertical-rl;text-anchor:middle\" letter-spacing=\"4\">居中竖排</text>\
         <path id=\"arc\" d=\"M120 150A140 120 0 0 1 400 150\" fill=\"none\" stroke=\"#ccc\"/>\
         <path id=\"wave\" d=\"M120 240Q190 180 260 240T400 240\" fill=\"none\" stroke=\"#ccc\"/>\
         <text text-anchor=\"middle\"><textPath href=\"#arc\" startOffset=\"50%\">沿着弧线的文字 Arc 😀</textPath></text>\
         <text fill=\"#e60012\"><textPath href=\"#wave\" startOffset=\"10\">波浪 wave <tspan dy=\"-8\">上移</tspan></textPath></text></g>",
    );
}

#[test]
fn paints_and_effects() {
    golden(
        "paints-effects",
        [420, 260],
        "<defs><linearGradient id=\"g\"><stop stop-color=\"red\"/><stop offset=\"1\" stop-color=\"blue\"/></linearGradient>\
         <pattern id=\"p\" width=\".05\" height=\".2\"><rect width=\"6\" height=\"8\" fill=\"green\"/></pattern>\
         <clipPath id=\"c\"><text x=\"10\" y=\"190\" font-size=\"48\" font-weight=\"700\">裁剪<tspan dx=\"8\">字</tspan></text></clipPath>\
         <mask id=\"m\"><text x=\"220\" y=\"190\" font-size=\"48\" fill=\"#fff\">蒙版😀</text></mask>\
         <filter id=\"s\"><feDropShadow dx=\"3\" dy=\"3\" stdDeviation=\"2\" flood-color=\"#00f\"/></filter></defs>\
         <g font-size=\"44\" font-weight=\"700\"><text x=\"10\" y=\"50\" fill=\"url(#g)\">渐变<tspan fill=\"url(#p)\" stroke=\"#000\">图案</tspan>文字😀</text>\
         <text x=\"10\" y=\"115\" fill=\"#fff\" stroke=\"#e60012\" stroke-width=\"6\" paint-order=\"stroke\" stroke-linejoin=\"round\">描边</text>\
         <text x=\"120\" y=\"115\" fill=\"none\" stroke=\"url(#g)\" stroke-linecap=\"round\">空心</text>\
         <text x=\"230\" y=\"115\" fill=\"#0008\">半😀</text><text x=\"340\" y=\"115\" fill-opacity=\".3\">透</text>\
         <text x=\"10\" y=\"245\" filter=\"url(#s)\">投影</text></g>\
         <rect clip-path=\"url(#c)\" y=\"140\" width=\"210\" height=\"70\" fill=\"#e60012\"/>\
         <rect mask=\"url(#m)\" x=\"210\" y=\"140\" width=\"210\" height=\"70\" fill=\"#080\"/>",
    );
}

#[test]
fn shadows_and_cases() {
    told(
        "shadows-cases",
        [420, 300],
        "<rect id=\"round\" x=\"290\" y=\"20\" width=\"110\" height=\"90\" rx=\"30\" fill=\"none\" stroke=\"#ccc\"/>\
         <g font-size=\"40\" style=\"text-shadow:4px 4px 0 red\"><text x=\"10\" y=\"50\">阴影Ab</text>\
         <text x=\"10\" y=\"110\" fill=\"#080\" style=\"text-shadow:4px 4px 4px red,-6px 0 0 blue\">阴影Ab😀</text>\
         <text x=\"170\" y=\"50\" fill=\"none\" stroke=\"green\">空心</text></g>\
         <g font-size=\"22\"><text x=\"10\" y=\"150\" style=\"color:blue;text-shadow:3px 3px 1px\" text-decoration=\"underline\">下划gy<tspan fill=\"#e60012\">大</tspan></text>\
         <text x=\"200\" y=\"150\" style=\"text-transform:uppercase\">straße it’s ﬁ</text>\
         <text x=\"10\" y=\"185\" style=\"text-transform:capitalize\">hello wörld it's a-b 3d</text>\
         <text x=\"10\" y=\"220\" style=\"font-variant-caps:all-small-caps\">Hello 12</text>\
         <text x=\"110\" y=\"220\" style=\"font-variant-caps:unicase\">Hello 12</text>\
         <text x=\"220\" y=\"220\" style=\"font-feature-settings:'fwid'\">111 fi</text>\
         <text x=\"10\" y=\"255\" style=\"font-style:oblique 30deg\">斜 30</text><text x=\"100\" y=\"255\" style=\"font-style:oblique -20deg\">斜 -20</text>\
         <text><textPath path=\"M200 255H400\">路径 path</textPath></text>\
         <text font-size=\"16\"><textPath href=\"#round\">沿着圆角矩形的文字 rounded 一圈</textPath></text>\
         <text x=\"10\" y=\"290\" font-family=\"NotoSansSC-Bold\">NotoSansSC-Bold</text></g>",
        &["artwork_link", "artwork_link"],
    );
}
