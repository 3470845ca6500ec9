//! The blend modes `hue`, `saturation`, `color` and `luminosity` (Compositing 1, section 10.2). tiny-skia brings colours below
//! zero back into range by cutting channels off, which changes their luminosity.

use tiny_skia::BlendMode;

/// Whether a blend mode mixes the channels, and is drawn here.
pub fn is_own(mode: BlendMode) -> bool {
    matches!(mode, BlendMode::Hue | BlendMode::Saturation | BlendMode::Color | BlendMode::Luminosity)
}

/// Blends premultiplied pixels onto others, after multiplying them by `opacity` (0 to 1).
pub fn blend(to: &mut [[u8; 4]], from: &[[u8; 4]], mode: BlendMode, opacity: f32) {
    for (to, from) in to.iter_mut().zip(from).filter(|(_, from)| from[3] > 0) {
        let (source, source_alpha) = straight(*from);
        let (backdrop, backdrop_alpha) = straight(*to);
        let source_alpha = source_alpha * opacity.clamp(0.0, 1.0);
        let mixed = mix(mode, source, backdrop);
        let alpha = source_alpha + backdrop_alpha * (1.0 - source_alpha);
        for channel in 0..3 {
            let value = source_alpha * (1.0 - backdrop_alpha) * source[channel]
                + backdrop_alpha * (1.0 - source_alpha) * backdrop[channel]
                + source_alpha * backdrop_alpha * mixed[channel];
            to[channel] = (value.clamp(0.0, alpha) * 255.0).round() as u8;
        }
        to[3] = (alpha * 255.0).round() as u8;
    }
}

type Rgb = [f32; 3];

/// A pixel's colour and alpha, 0 to 1.
fn straight(pixel: [u8; 4]) -> (Rgb, f32) {
    let alpha = f32::from(pixel[3]);
    let color = [pixel[0], pixel[1], pixel[2]].map(|c| if alpha > 0.0 { (f32::from(c) / alpha).min(1.0) } else { 0.0 });
    (color, alpha / 255.0)
}

fn mix(mode: BlendMode, source: Rgb, backdrop: Rgb) -> Rgb {
    match mode {
        BlendMode::Hue => with_luminosity(with_saturation(source, saturation(backdrop)), luminosity(backdrop)),
        BlendMode::Saturation => with_luminosity(with_saturation(backdrop, saturation(source)), luminosity(backdrop)),
        BlendMode::Color => with_luminosity(source, luminosity(backdrop)),
        BlendMode::Luminosity => with_luminosity(backdrop, luminosity(source)),
        _ => source,
    }
}

fn luminosity([r, g, b]: Rgb) -> f32 {
    0.3 * r + 0.59 * g + 0.11 * b
}

fn range([r, g, b]: Rgb) -> (f32, f32) {
    (r.min(g).min(b), r.max(g).max(b))
}

fn saturation(color: Rgb) -> f32 {
    let (low, high) = range(color);
    high - low
}

/// A colour shifted to a luminosity, and drawn towards grey until it is in range.
fn with_luminosity(color: Rgb, to: f32) -> Rgb {
    let shift = to - luminosity(color);
    let mut color = color.map(|channel| channel + shift);
    let ((low, high), grey) = (range(color), luminosity(color));
    if low < 0.0 {
        color = color.map(|channel| grey + (channel - grey) * grey / (grey - low));
    }
    if high > 1.0 {
        color = color.map(|channel| grey + (channel - grey) * (1.0 - grey) / (high - grey));
    }
    color
}

fn with_saturation(color: Rgb, to: f32) -> Rgb {
    let (low, high) = range(color);
    color.map(|channel| if high > low { (channel - low) * to / (high - low) } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_keep_the_luminosity_of_the_other() {
        // As in Chromium.
        for (mode, backdrop, blended) in [
            (BlendMode::Color, [0x22, 0x22, 0xee], [0x5c, 0x31, 0]),
            (BlendMode::Color, [0x88, 0x88, 0x88], [0xdd, 0x76, 0]),
            (BlendMode::Luminosity, [0xee, 0x22, 0x22], [0xff, 0x73, 0x73]),
            (BlendMode::Hue, [0xee, 0x22, 0x22], [0x9b, 0x53, 0]),
            (BlendMode::Saturation, [0x22, 0x22, 0xee], [0x20, 0x20, 0xff]),
            (BlendMode::Saturation, [0x88, 0x88, 0x88], [0x88, 0x88, 0x88]),
        ] {
            let mut pixel = [[backdrop[0], backdrop[1], backdrop[2], 255]];
            blend(&mut pixel, &[[0xff, 0x88, 0, 255]], mode, 1.0);
            let differ = pixel[0].iter().zip(blended).map(|(a, b)| a.abs_diff(b)).max();
            assert!(differ <= Some(1), "{mode:?}: {pixel:?}, expected {blended:?}");
        }
    }

    #[test]
    fn transparency_is_left_alone() {
        let mut pixel = [[0; 4]];
        blend(&mut pixel, &[[100, 50, 0, 128]], BlendMode::Hue, 1.0);
        assert_eq!(pixel, [[100, 50, 0, 128]]);
        blend(&mut pixel, &[[9, 9, 9, 9]], BlendMode::Hue, 0.0);
        assert_eq!(pixel, [[100, 50, 0, 128]]);
    }
}
