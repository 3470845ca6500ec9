//! Memory and time that hostile artwork takes. Each body is read by a process of its own, whose memory is limited, and whose
//! peak is compared with a bound.

#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a panic fails the test")]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests may read files and run programs")]

use std::{
    collections::BTreeMap,
    process::Command,
    time::{Duration, Instant},
};

use haibao_core::{artwork::svg, text::FontSet};

/// Peak of the memory of a process that reads artwork, MiB. Much of it is for 200 000 elements, and the parser's own.
const MAX_MIB: u64 = 320;
/// Time that unoptimised code on a busy machine takes at most.
const MAX_TIME: Duration = Duration::from_secs(60);
/// Memory at which a process ends, KiB, so that a failure harms nothing else.
const LIMIT_KIB: u64 = 4 << 20;
/// Names the body to the process.
const BODY: &str = "HAIBAO_HOSTILE";

/// Artwork that is small, and would take gigabytes or minutes if what it multiplies were not counted.
fn bodies() -> Vec<(&'static str, String)> {
    let style = |css: &str, body: &str| format!("<style>{css}</style>{body}");
    let many = |text: &str, count: usize| text.repeat(count);
    let mebibyte = "1 ".repeat(1 << 19);
    vec![
        ("dotted layer", style(&format!("@layer {}a{{}}", many("a.", 20_000)), "")),
        ("layers without a name", style(&many("@layer{}", 100_000), "")),
        ("layers", style(&(0..50_000).map(|n| format!("@layer l{n};")).collect::<String>(), "")),
        ("selectors around interruptions", style(&format!("{}a{{{}}}", many("a,", 5000), many("b:c;@x;", 20_000)), "")),
        ("nested selectors", style(&format!("{}a{{{}b{{c:d}}}}", many("a,", 40_000), many("&amp;,", 40_000)), "<a/>")),
        ("selectors", style(&format!("{}a{{b:c}}", many("a,", 1_000_000)), "")),
        ("pseudo-classes", style(&format!("a{}{{b:c}}", many(":only-child", 300_000)), "")),
        ("rules in @media", style(&format!("{}a{{{}}}", many("a,", 5000), many("@media all{b:c}", 20_000)), "")),
        (
            "font families",
            format!("<text font-family=\"{}\">{}</text>", many("Noto Sans SC,", 2000), many("<tspan>a</tspan>", 3000)),
        ),
        (
            "font families without letters",
            format!("<text font-family=\"{}\">{}</text>", many("Noto Sans SC,", 100_000), many("<tspan/>", 100_000)),
        ),
        (
            "a long list of families around texts",
            format!("<g font-family=\"{}\">{}</g>", many("Noto Sans SC,", 80_000), many("<text/>", 100_000)),
        ),
        (
            "transform of a symbol",
            format!(
                "<symbol id=\"s\" transform=\"{}\"/>{}",
                many("scale(1)", 130_000),
                many("<use href=\"#s\"/>", 10_000)
            ),
        ),
        (
            "dashes with a path length",
            format!("<g stroke-dasharray=\"{mebibyte}\">{}</g>", many("<path d=\"M0 0h9\" pathLength=\"1\"/>", 10_000)),
        ),
        ("dashes", format!("<g stroke-dasharray=\"{mebibyte}\">{}</g>", many("<path d=\"M0 0h9\"/>", 10_000))),
        ("variables", style(&format!("*{{--a:{mebibyte} var(--no)}}"), &many("<g/>", 100_000))),
        ("overridden values", style(&format!("*{{fill:{mebibyte}}}*{{fill:red!important}}"), &many("<g/>", 100_000))),
        (
            "functions of filters",
            style(
                &format!("*{{filter:{}}}", many("blur(1px)", 1000)),
                &many("<rect width=\"1\" height=\"1\"/>", 10_000),
            ),
        ),
        (
            "attributes that are absent",
            style(
                &many("[z]{x:y}", 50_000),
                &many(&format!("<g {}/>", (0..5000).map(|n| format!("a{n}=\"\" ")).collect::<String>()), 40),
            ),
        ),
        (
            "scales of used groups",
            format!(
                "{}{}<g id=\"e\">{}</g>{}{}",
                (0..16).map(|n| format!("<use href=\"#d{n}\"/>")).collect::<String>(),
                (0..200).map(|n| format!("<g id=\"d{n}\">")).collect::<String>(),
                many("<path d=\"M0 0h9\" vector-effect=\"non-scaling-stroke\"/>", 10_000),
                many("</g>", 200),
                many("<use href=\"#e\"/>", 16)
            ),
        ),
        ("unknown elements", many("<qqqqqqqq/>", 150_000)),
        (
            "masks with a space in the id",
            format!(
                "<mask id=\"k k\">{}</mask>{}",
                many("<path d=\"M0 0h1v1z\"/>", 1000),
                many("<rect width=\"9\" height=\"9\" mask=\"url('#k k')\"/>", 10_000)
            ),
        ),
        (
            "patterns",
            format!(
                "<pattern id=\"p\" width=\"1\" height=\"1\">{}</pattern>{}",
                many("<path d=\"M0 0h1v1z\"/>", 1000),
                many("<path fill=\"url(#p)\" d=\"M0 0h1v1z\"/>", 20_000)
            ),
        ),
        (
            "used paths",
            format!(
                "<defs><path id=\"p\" d=\"M0 0{}\"/></defs>{}",
                many("h1", 500_000),
                many("<use href=\"#p\"/>", 10_000)
            ),
        ),
        (
            "regions of filters",
            format!(
                "<filter id=\"f\" x=\"-90\" y=\"-90\" width=\"200\" height=\"200\"><feComponentTransfer>\
                 <feFuncR type=\"table\" tableValues=\"{mebibyte}\"/></feComponentTransfer></filter>{}",
                many("<rect width=\"9\" height=\"9\" filter=\"url(#f)\"/>", 10_000)
            ),
        ),
        ("tiles", format!("<filter id=\"f\">{}</filter>", many("<feTile/>", 100_000))),
        (
            "displacement maps",
            format!("<filter id=\"f\">{}</filter>", many("<feDisplacementMap scale=\"-1\"/>", 60_000)),
        ),
        (
            "luminances of many primitives",
            format!("<filter id=\"f\">{}</filter>", many("<feColorMatrix type=\"luminanceToAlpha\"/>", 90_000)),
        ),
        (
            "noises beside many primitives",
            format!("<filter id=\"f\">{}</filter>", many("<feTurbulence numOctaves=\"-1\"/>", 90_000)),
        ),
        (
            "primitives of many elements",
            format!(
                "<filter id=\"f\" x=\"-90\" y=\"-90\" width=\"200\" height=\"200\">{}</filter>{}",
                many("<feFlood/>", 20_000),
                many("<rect width=\"9\" height=\"9\" filter=\"url(#f)\"/>", 20_000)
            ),
        ),
        (
            "shadows of used texts",
            format!(
                "<text id=\"t\" y=\"50\" style=\"text-shadow:{}1px 1px red\">{}</text>{}",
                many("1px 1px red,", 15),
                many("报", 370),
                many("<use href=\"#t\"/>", 20)
            ),
        ),
        (
            "shadows of texts that are used more often",
            format!(
                "<text id=\"t\" y=\"50\" style=\"text-shadow:{}1px 1px red\">{}</text>{}",
                many("1px 1px red,", 15),
                many("报", 3700),
                many("<use href=\"#t\"/>", 4)
            ),
        ),
        (
            "wide shadows around each other",
            format!(
                "{}<rect width=\"9\" height=\"9\"/>{}",
                many("<g style=\"filter:drop-shadow(0 0 99px red)\">", 200),
                many("</g>", 200)
            ),
        ),
        (
            "texts along a long path",
            format!(
                "<path id=\"p\" d=\"M0 0{}\"/>{}",
                many("t9 9", 20_000),
                many("<text><textPath href=\"#p\">a</textPath></text>", 2000)
            ),
        ),
        (
            "texts of <use> in groups",
            format!(
                "{}<text id=\"t\">a</text>{}{}",
                many("<g font-size=\"9\">", 120),
                many("<use href=\"#t\"/>", 15_000),
                many("</g>", 120)
            ),
        ),
        (
            "functions of one element",
            format!("<rect width=\"9\" height=\"9\" style=\"filter:{}\"/>", many("grayscale(1) ", 20_000)),
        ),
        (
            "functions around texts",
            format!(
                "{}<text>{}</text>{}",
                many("<g style=\"filter:grayscale(1)\">", 200),
                many("<tspan>a</tspan>", 3000),
                many("</g>", 200)
            ),
        ),
        (
            "gradients with the stops of another one",
            format!(
                "<linearGradient id=\"a\">{}</linearGradient>{}",
                many("<stop/>", 60_000),
                many("<radialGradient r=\"0\" href=\"#a\"/>", 20_000)
            ),
        ),
        (
            "colours in each other",
            format!(
                "<linearGradient><stop stop-color=\"{}red{}\"/></linearGradient>",
                many("light-dark(", 100_000),
                many(", blue)", 100_000)
            ),
        ),
        ("arcs", many("<path d=\"M0 0A1e30 1e30 0 1 1 1e30 9z\"/>", 100)),
        ("many arcs", format!("<path d=\"M0 0{}\"/>", many("a1e9 1e9 0 1 1 9 9", 200_000))),
        ("circles", many("<circle r=\"1e38\"/>", 1000)),
        ("nodes", many("<path/>", 190_000)),
        ("blended groups", format!("{}<rect style=\"mix-blend-mode:multiply\"/>", many("<g opacity=\".5\"/>", 90_000))),
    ]
}

#[test]
fn hostile_artwork_takes_bounded_memory() {
    if let Ok(name) = std::env::var(BODY) {
        return read(&name);
    }
    let program = std::env::current_exe().unwrap();
    let mut failed = Vec::new();
    for (name, _) in bodies() {
        let start = Instant::now();
        let limited =
            format!("ulimit -v {LIMIT_KIB}; exec \"$0\" --exact hostile_artwork_takes_bounded_memory --nocapture");
        let output = Command::new("sh").args(["-c", &limited]).arg(&program).env(BODY, name).output().unwrap();
        let (text, took) = (String::from_utf8_lossy(&output.stdout).into_owned(), start.elapsed());
        let peak: Option<u64> = text.split("peak ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
        println!("{name}: {peak:?} MiB, {} ms, {:?}", took.as_millis(), text.split("result ").nth(1));
        if !output.status.success() || peak.is_none_or(|peak| peak > MAX_MIB) || took > MAX_TIME {
            failed.push((name, peak, took));
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

/// Reads a body, and prints the peak of this process's memory.
fn read(name: &str) {
    let (_, body) = bodies().into_iter().find(|(known, _)| *known == name).expect("a body");
    let text = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"99\" height=\"99\">{body}</svg>");
    let fonts = FontSet::new(haibao_fonts::FONTS, Vec::new()).expect("the embedded fonts");
    let result = svg::parse(&text, &BTreeMap::new(), &fonts);
    let status = std::fs::read_to_string("/proc/self/status").expect("the state of this process");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    println!(
        "peak {} MiB, result {}",
        kib >> 10,
        result.map_or_else(|e| e.message().to_owned(), |_| "drawn".to_owned())
    );
}
