//! Values of attributes that are no properties.

use svgtypes::{AspectRatio, Length, NumberListParser, PathParser, ViewBox};

use crate::markup::rewrite::is_drawable;

/// Whether the value of an attribute is one that it may have. Unknown attributes may have any.
pub fn is_valid(element: &str, name: &str, value: &str) -> bool {
    let value = value.trim();
    let numbers = |least: usize| {
        let all: Result<Vec<f64>, _> = NumberListParser::from(value).collect();
        all.is_ok_and(|all| all.len() >= least)
    };
    if element.starts_with("fe") && !is_drawable(name, value) {
        return false;
    }
    match name {
        "d" if element == "path" => {
            is_plain_path(value.as_bytes())
                || value.eq_ignore_ascii_case("none")
                || PathParser::from(value).all(|part| part.is_ok())
        }
        "points" => {
            let all: Result<Vec<f64>, _> = NumberListParser::from(value).collect();
            all.is_ok_and(|all| all.len() % 2 == 0)
        }
        "viewBox" => value.parse::<ViewBox>().is_ok(),
        // SVG 2 has removed `defer`, and browsers ignore the value.
        "preserveAspectRatio" => value.parse::<AspectRatio>().is_ok_and(|aspect| !aspect.defer),
        "clipPathUnits"
        | "filterUnits"
        | "gradientUnits"
        | "maskContentUnits"
        | "maskUnits"
        | "patternContentUnits"
        | "patternUnits"
        | "primitiveUnits" => matches!(value, "userSpaceOnUse" | "objectBoundingBox"),
        "markerUnits" => matches!(value, "userSpaceOnUse" | "strokeWidth"),
        "spreadMethod" => matches!(value, "pad" | "reflect" | "repeat"),
        "lengthAdjust" => matches!(value, "spacing" | "spacingAndGlyphs"),
        "edgeMode" => matches!(value, "duplicate" | "wrap" | "none"),
        "numOctaves" | "targetX" | "targetY" => value.parse::<i32>().is_ok(),
        "stitchTiles" => matches!(value, "stitch" | "noStitch"),
        "xChannelSelector" | "yChannelSelector" => matches!(value, "R" | "G" | "B" | "A"),
        "operator" if element == "feComposite" => {
            matches!(value, "over" | "in" | "out" | "atop" | "xor" | "lighter" | "arithmetic")
        }
        "operator" if element == "feMorphology" => matches!(value, "erode" | "dilate"),
        "mode" if element == "feBlend" => matches!(
            value,
            "normal"
                | "multiply"
                | "screen"
                | "overlay"
                | "darken"
                | "lighten"
                | "color-dodge"
                | "color-burn"
                | "hard-light"
                | "soft-light"
                | "difference"
                | "exclusion"
                | "hue"
                | "saturation"
                | "color"
                | "luminosity"
        ),
        "type" if element == "feColorMatrix" => {
            matches!(value, "matrix" | "saturate" | "hueRotate" | "luminanceToAlpha")
        }
        "type" if element == "feTurbulence" => matches!(value, "fractalNoise" | "turbulence"),
        "type" if element.starts_with("feFunc") => {
            matches!(value, "identity" | "table" | "discrete" | "linear" | "gamma")
        }
        "orient" => matches!(value, "auto" | "auto-start-reverse") || value.parse::<svgtypes::Angle>().is_ok(),
        "offset" if element == "stop" => value.trim_end_matches('%').trim().parse::<f64>().is_ok(),
        "in" | "in2" => !matches!(value, "BackgroundImage" | "BackgroundAlpha" | "FillPaint" | "StrokePaint"),
        "stdDeviation" | "baseFrequency" | "radius" => numbers(1),
        "rotate" | "tableValues" | "values" => value.is_empty() || numbers(1),
        "x1" | "x2" | "y1" | "y2" | "fx" | "fy" | "fr" | "markerWidth" | "markerHeight" | "textLength"
        | "startOffset" => value.parse::<Length>().is_ok(),
        "pathLength" => value.parse::<f64>().is_ok_and(|length| length >= 0.0),
        "cx" | "cy" | "r" | "width" | "height" if !matches!(element, "text" | "tspan") => {
            value.parse::<Length>().is_ok()
        }
        "refX" => value.parse::<Length>().is_ok() || matches!(value, "left" | "center" | "right"),
        "refY" => value.parse::<Length>().is_ok() || matches!(value, "top" | "center" | "bottom"),
        _ => true,
    }
}

/// Number of digits at the start of some bytes: eight bytes at a time, as most numbers of paths are shorter.
fn digits(data: &[u8]) -> usize {
    let count = |data: &[u8]| data.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let Some(first) = data.first_chunk::<8>() else { return count(data) };
    // Digits become 0 to 9, and the highest bit of any other byte is set. What it adds to the bytes after it does not matter.
    let bytes = u64::from_le_bytes(*first) ^ 0x3030_3030_3030_3030;
    let others = (bytes | bytes.wrapping_add(0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080;
    if others == 0 { 8 + count(&data[8..]) } else { others.trailing_zeros() as usize / 8 }
}

/// Whether data is a path without arcs and with nothing unusual: several times as fast as parsing it. Other data may be a
/// path, too.
fn is_plain_path(data: &[u8]) -> bool {
    let digits = |from: usize| digits(&data[from..]);
    let gap = |from: usize| from + data[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    if !matches!(data.first(), Some(b'M' | b'm')) {
        return false;
    }
    let mut at = 0;
    while let Some(command) = data.get(at) {
        let count = match command.to_ascii_lowercase() {
            b'm' | b'l' | b't' => 2,
            b'h' | b'v' => 1,
            b'c' => 6,
            b's' | b'q' => 4,
            b'z' => 0,
            _ => return false,
        };
        at = gap(at + 1);
        let mut numbers = 0;
        while data.get(at).is_some_and(|byte| !byte.is_ascii_alphabetic()) {
            if matches!(data[at], b'-' | b'+') {
                at += 1;
            }
            let whole = digits(at);
            at += whole;
            let mut part = 0;
            if data.get(at) == Some(&b'.') {
                part = digits(at + 1);
                at += 1 + part;
            }
            if whole + part == 0 {
                return false;
            }
            numbers += 1;
            at = gap(at);
            if data.get(at) == Some(&b',') {
                at = gap(at + 1);
                if data.get(at).is_none_or(u8::is_ascii_alphabetic) {
                    return false;
                }
            }
        }
        let is_whole = if count == 0 { numbers == 0 } else { numbers > 0 && numbers % count == 0 };
        if !is_whole {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn plain_paths_are_paths(data in "[Mm][0-9a-zA-Z.,+ \\-]{0,20}", more in "[Mm]( ?-?[0-9]{0,2}[.,]?[0-9]?[lhcsqtzMV]?){0,12}") {
            for data in [data, more] {
                if is_plain_path(data.as_bytes()) {
                    proptest::prop_assert!(PathParser::from(data.as_str()).all(|part| part.is_ok()), "{data}");
                }
            }
        }
    }

    #[test]
    fn digits_are_counted() {
        for byte in 0..=u8::MAX {
            for at in 0..20 {
                let mut data = [b'0' + at as u8 % 10; 20];
                data[at] = byte;
                let expected = if byte.is_ascii_digit() { 20 } else { at };
                assert_eq!(digits(&data), expected, "{byte} at {at}");
            }
        }
        assert_eq!((digits(b""), digits(b"12"), digits(b"1x2"), digits(b"x1234567\xff")), (0, 2, 1, 0));
    }

    #[test]
    fn values_are_checked() {
        assert!(is_plain_path(b"M1.5-2.5.5 3L-1,2 3 , 4h5zm0 0c1 1 2 2 3 3-1-1-2-2-3-3Z"));
        for (element, name, value) in [
            ("path", "d", "M0 0h9v-.5.5z"),
            ("svg", "viewBox", "0 0 9 9"),
            ("polygon", "points", "0,0 9,9 1 2"),
            ("stop", "offset", "50%"),
            ("marker", "orient", "45deg"),
            ("linearGradient", "x1", "10%"),
            ("feTurbulence", "numOctaves", " 2 "),
            ("feConvolveMatrix", "targetX", "-1"),
        ] {
            assert!(is_valid(element, name, value), "{name}={value}");
        }
        for (element, name, value) in [
            ("path", "d", "M0 0h9x"),
            ("path", "d", "h9"),
            ("svg", "viewBox", "0 0 9"),
            ("polygon", "points", "0,0 9"),
            ("linearGradient", "gradientUnits", "userspace"),
            ("feBlend", "mode", "shiny"),
            ("feMorphology", "radius", "1e39"),
            ("feFuncR", "slope", "steep"),
            ("feTurbulence", "numOctaves", "1.5"),
            ("feConvolveMatrix", "targetY", "1.0"),
            ("image", "preserveAspectRatio", "sometimes"),
            ("image", "preserveAspectRatio", "defer xMaxYMid"),
        ] {
            assert!(!is_valid(element, name, value), "{name}={value}");
        }
    }
}
