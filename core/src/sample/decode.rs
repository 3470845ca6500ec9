//! Decodes a code of the emulator from a finished poster.

use image::RgbaImage;

use crate::sample::{
    geometry::{CELLS, PITCH, Rays},
    locate::{self, Frame},
    payload::{DecodeError, Payload},
    plane::{Channel, Plane},
};

/// Finds and decodes the code in a picture: dark ink of any colour on any light background, in any rotation, from a
/// width of about 150 px. If there are several codes, any of them may be returned.
///
/// # Errors
/// [`DecodeError`]. A CRC-32 in addition to the error correction prevents a damaged code from being misread.
pub fn decode(image: &RgbaImage) -> Result<Payload, DecodeError> {
    decode_in(image, [0, 0, image.width(), image.height()])
}

/// As [`decode`], within `[x, y, width, height]` in px, clipped to the picture.
///
/// # Errors
/// As [`decode`].
pub fn decode_in(image: &RgbaImage, region: [u32; 4]) -> Result<Payload, DecodeError> {
    let mut error = DecodeError::NotFound;
    for channel in Channel::ALL {
        let plane = Plane::new(image, region, channel);
        for frame in locate::frames(&plane).into_iter().take(MAX_FRAMES) {
            if let Some(payload) = read(&plane, frame) {
                return Ok(payload);
            }
            error = DecodeError::Damaged;
        }
    }
    Err(error)
}

/// Maximum number of frames tried per channel, to bound the time for any picture.
const MAX_FRAMES: usize = 400;

/// Decodes the code in a frame. Tries small shifts, since the frame may be off by a fraction of a pixel, which matters
/// where dashes are 2 px apart.
fn read(plane: &Plane, frame: Frame) -> Option<Payload> {
    let step = frame.radius / 200.0;
    let moves = [(0.0, 0.0), (1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)];
    let mut tries = moves.iter().flat_map(|(x, y)| Rays::ALL.map(|rays| (rays, frame.moved(x * step, y * step))));
    tries.find_map(|(rays, frame)| Payload::from_cells(rays, &cells(plane, frame, rays)).ok())
}

/// Which cells are set. Each ring of cells has its own threshold: inner dashes are closer together and look paler.
fn cells(plane: &Plane, frame: Frame, rays: Rays) -> Vec<bool> {
    let places = rays.cells();
    let values: Vec<f32> = places.iter().map(|cell| ink(plane, frame, rays, cell.ray, rays.middle(*cell))).collect();
    let mut thresholds = [0.0; CELLS];
    for (ring, threshold) in thresholds.iter_mut().enumerate() {
        *threshold = split(places.iter().zip(&values).filter(|(cell, _)| cell.ring == ring).map(|(_, value)| *value));
    }
    places.iter().zip(&values).map(|(cell, value)| *value < thresholds[cell.ring]).collect()
}

/// Mean value around the centre of a cell, along and across its ray.
fn ink(plane: &Plane, frame: Frame, rays: Rays, ray: usize, [u, v]: [f32; 2]) -> f32 {
    let (sin, cos) = rays.angle(ray).sin_cos();
    let (along, across) = (PITCH * 0.2, rays.thickness() * 0.25);
    let mut sum = 0.0;
    for i in [-1.0, 0.0, 1.0] {
        for j in [-1.0, 0.0, 1.0] {
            let [x, y] =
                frame.to_pixels([u + i * along * cos - j * across * sin, v + i * along * sin + j * across * cos]);
            sum += plane.sample(x, y);
        }
    }
    sum / 9.0
}

/// Threshold between dark and light values: halfway between the means of both (Ridler and Calvard).
fn split(values: impl Iterator<Item = f32>) -> f32 {
    let values: Vec<f32> = values.collect();
    let mean = |keep: &dyn Fn(f32) -> bool| {
        let (sum, n) = values.iter().filter(|v| keep(**v)).fold((0.0, 0u32), |(sum, n), v| (sum + v, n + 1));
        (n > 0).then(|| sum / n as f32)
    };
    let mut threshold = mean(&|_| true).unwrap_or(0.0);
    for _ in 0..8 {
        let (Some(dark), Some(light)) = (mean(&|v| v < threshold), mean(&|v| v >= threshold)) else { break };
        threshold = (dark + light) / 2.0;
    }
    threshold
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use image::{
        DynamicImage, Rgba,
        imageops::{FilterType, overlay},
    };
    use proptest::prelude::*;

    use super::*;
    use crate::sample::picture::{SampleStyle, draw};

    const BACKGROUNDS: [[u8; 3]; 6] =
        [[255; 3], [255, 240, 225], [214, 232, 255], [255, 214, 224], [225, 245, 220], [200, 200, 205]];
    const INKS: [[u8; 3]; 6] = [[0; 3], [200, 30, 30], [20, 60, 160], [0, 110, 80], [90, 60, 20], [120, 30, 130]];

    fn drawn(payload: &Payload, style: SampleStyle) -> RgbaImage {
        image::load_from_memory(&draw(payload, &style).unwrap()).unwrap().to_rgba8()
    }

    /// Width and height of the posters, px.
    const POSTER: (u32, u32) = (470, 740);
    /// First and last row of their plain part, on which the code is.
    const PLAIN: (u32, u32) = (200, 680);

    /// A poster with a busy background, and the code at a position.
    fn poster(code: &RgbaImage, background: [u8; 3], x: i64, y: i64) -> RgbaImage {
        static EMPTY: [OnceLock<RgbaImage>; BACKGROUNDS.len()] = [const { OnceLock::new() }; BACKGROUNDS.len()];
        let at = BACKGROUNDS.iter().position(|known| *known == background).expect("one of them");
        let mut poster = EMPTY[at].get_or_init(|| empty_poster(background)).clone();
        overlay(&mut poster, code, x, y);
        poster
    }

    fn empty_poster([r, g, b]: [u8; 3]) -> RgbaImage {
        RgbaImage::from_fn(POSTER.0, POSTER.1, |x, y| {
            let shade = (y / 90) as u8;
            let mut pixel = [r - shade, g - shade, b - shade, 255];
            if y < PLAIN.0 {
                pixel = [(x / 3) as u8, (y / 3) as u8, ((x * y) >> 9) as u8, 255];
                if (x / 7 + y / 5) % 3 == 0 {
                    pixel = [(x % 256) as u8, 90, 20, 255];
                }
            } else if y > PLAIN.1 && x % 9 < 4 {
                pixel = [30, 30, 30, 255];
            }
            Rgba(pixel)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_code_is_decoded_from_a_finished_poster(
            scene in "[0-9a-zA-Z!#$&'()*+,/:;=?@._~-]{1,32}",
            digest: u32,
            from in 280i64..700,
            size in 150u32..460,
            background in prop::sample::select(&BACKGROUNDS[..]),
            line_color in prop::sample::select(&INKS[..]),
            is_hyaline: bool,
            sharp: bool,
            at in (0u32..1000, 0u32..1000),
        ) {
            let payload = Payload::from_scene(&scene, digest).unwrap();
            let code = drawn(&payload, SampleStyle { width: from, line_color, auto_color: false, is_hyaline });
            let filter = if sharp { FilterType::Lanczos3 } else { FilterType::CatmullRom };
            let size = size.min(from as u32);
            // Not `imageops::resize`, which a debug build compiles into this crate without optimisation.
            let code = DynamicImage::from(code).resize_exact(size, size, filter).into_rgba8();
            let place = |at: u32, start: u32, end: u32| i64::from(start + at * (end - start - size) / 1000);
            let poster = poster(&code, background, place(at.0, 0, POSTER.0), place(at.1, PLAIN.0 + 10, PLAIN.1 - 10));
            prop_assert_eq!(decode(&poster), Ok(payload));
        }

        #[test]
        fn a_covered_code_is_rejected_or_decoded_correctly(
            scene in "[0-9a-z]{1,32}",
            spots in prop::collection::vec((0i64..280, 0i64..280, 4u32..60), 0..6),
            paper: bool,
        ) {
            let payload = Payload::from_scene(&scene, 5).unwrap();
            let mut code = drawn(&payload, SampleStyle { width: 280, ..SampleStyle::default() });
            for (x, y, side) in spots {
                let blot = RgbaImage::from_pixel(side, side, if paper { Rgba([255; 4]) } else { Rgba([0, 0, 0, 255]) });
                overlay(&mut code, &blot, x, y);
            }
            if let Ok(read) = decode(&code) {
                prop_assert_eq!(read, payload);
            }
        }
    }

    #[test]
    fn every_width_and_style_is_decoded() {
        let payload = Payload::from_scene("id=1234567890&from=AbCdEfGhIjKlM", 0xdead_beef).unwrap();
        let styles = [(false, false), (false, true), (true, false), (true, true)];
        // The smallest code is the hardest: all styles. Each of the others has another style.
        let smallest = styles.map(|style| (280, style));
        let others = [300, 640, 1280, 860, 430].into_iter().zip(styles.into_iter().cycle());
        for (width, (is_hyaline, auto_color)) in smallest.into_iter().chain(others) {
            let style = SampleStyle { width, is_hyaline, auto_color, line_color: [255, 200, 0] };
            assert_eq!(decode(&drawn(&payload, style)), Ok(payload.clone()), "{style:?}");
        }
    }

    #[test]
    fn a_path_is_decoded_as_its_digest() {
        let payload = Payload::from_path(&"pages/a?x=".repeat(100), 9);
        assert_eq!(decode(&drawn(&payload, SampleStyle::default())), Ok(payload));
    }

    #[test]
    fn a_region_selects_one_of_two_codes() {
        let payloads = ["id=1", "id=2"].map(|scene| Payload::from_scene(scene, 1).unwrap());
        let mut sheet = RgbaImage::from_pixel(640, 320, Rgba([250, 250, 250, 255]));
        for (x, payload) in [(20, &payloads[0]), (340, &payloads[1])] {
            overlay(&mut sheet, &drawn(payload, SampleStyle { width: 280, ..SampleStyle::default() }), x, 20);
        }
        assert_eq!(decode_in(&sheet, [0, 0, 320, 320]).as_ref(), Ok(&payloads[0]));
        assert_eq!(decode_in(&sheet, [320, 0, 4000, 4000]).as_ref(), Ok(&payloads[1]));
        assert_eq!(decode_in(&sheet, [9000, 9000, 10, 10]), Err(DecodeError::NotFound));
    }

    #[test]
    fn a_rotated_code_is_decoded_and_a_mirrored_one_is_not() {
        let payload = Payload::from_scene("id=77", 3).unwrap();
        let code = drawn(&payload, SampleStyle::default());
        assert_eq!(decode(&image::imageops::rotate90(&code)), Ok(payload.clone()));
        assert_eq!(decode(&image::imageops::rotate180(&code)), Ok(payload));
        assert_ne!(decode(&image::imageops::flip_horizontal(&code)).map(|read| read.scene), Ok("id=77".into()));
    }

    #[test]
    fn pictures_without_a_readable_code_are_rejected() {
        for size in [0, 1, 3, 200] {
            let blank = RgbaImage::from_pixel(size, size, Rgba([255; 4]));
            assert_eq!(decode(&blank), Err(DecodeError::NotFound), "{size} px");
        }
        let busy = poster(&RgbaImage::new(1, 1), [255; 3], 0, 0);
        assert!(decode(&busy).is_err());
        let mut code = drawn(&Payload::from_scene("id=77", 3).unwrap(), SampleStyle::default());
        for (_, y, pixel) in code.enumerate_pixels_mut() {
            // Black stripes over the rays, between the locators.
            if (140..290).contains(&y) && y % 8 < 4 {
                *pixel = Rgba([0, 0, 0, 255]);
            }
        }
        assert_eq!(decode(&code), Err(DecodeError::Damaged));
    }
}
