//! Animated PNGs whose first frame is another picture than the pixels before it: browsers draw the frame.

use super::{SIGNATURE, chunk, header};

/// Largest number in a PNG (PNG, third edition, 7.1).
const MAX_NUMBER: u32 = u32::MAX >> 1;
/// Largest number of a way to dispose of a frame, and to blend it.
const MAX_DISPOSAL: u8 = 2;
const MAX_BLENDING: u8 = 1;

/// The first frame of an animation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstFrame {
    /// The frame as a file of its own.
    pub bytes: Vec<u8>,
    /// Its left edge, its top edge, its width and its height on the canvas, px.
    pub place: [u32; 4],
}

/// The first frame of an animation is missing or malformed: browsers draw nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// Reads the first frame of an animation (PNG, third edition, 11.3.6), as far as its data goes. `None` if it is the pixels of
/// `IDAT`, and without an animation.
///
/// # Errors
/// [`Malformed`]
pub fn first_frame(bytes: &[u8]) -> Result<Option<FirstFrame>, Malformed> {
    let (mut is_animated, mut control, mut has_early_data) = (false, None, false);
    let mut all = chunks(bytes);
    for (kind, data) in all.by_ref().take_while(|(kind, _)| *kind != b"IDAT") {
        match kind {
            b"acTL" => is_animated |= announces_frames(data),
            b"fcTL" => control = control.or(Some(data)),
            b"fdAT" => has_early_data = true,
            _ => {}
        }
    }
    if !is_animated {
        return Ok(None);
    }
    let canvas = canvas(bytes).ok_or(Malformed)?;
    let is_whole = |control| place(control, 0, canvas) == Some([0, 0, canvas[0], canvas[1]]);
    match control {
        _ if has_early_data => return Err(Malformed),
        Some(control) => return if is_whole(control) { Ok(None) } else { Err(Malformed) },
        None => {}
    }
    let (mut frame, mut pixels) = (None, None::<Vec<u8>>);
    let frames = all.filter(|(kind, _)| matches!(*kind, b"fcTL" | b"fdAT" | b"IEND"));
    for ((kind, data), expected) in frames.zip(0_u32..) {
        match kind {
            // Of several control chunks without data, the last one holds.
            b"fcTL" if pixels.is_none() => frame = Some(place(data, expected, canvas).ok_or(Malformed)?),
            b"fdAT" => {
                let (number, part) = data.split_first_chunk::<4>().ok_or(Malformed)?;
                if frame.is_none() || u32::from_be_bytes(*number) != expected {
                    return Err(Malformed);
                }
                pixels.get_or_insert_default().extend_from_slice(part);
            }
            _ => break,
        }
    }
    let place = frame.ok_or(Malformed)?;
    let pixels = pixels.filter(|pixels| !pixels.is_empty()).ok_or(Malformed)?;
    let mut file = SIGNATURE.to_vec();
    for (kind, data) in chunks(bytes).take_while(|(kind, _)| *kind != b"IDAT") {
        match kind {
            b"IHDR" => {
                let [_, _, width, height] = place.map(u32::to_be_bytes);
                let rest = data.get(8..).ok_or(Malformed)?;
                chunk(&mut file, kind, &[&width[..], &height, rest].concat());
            }
            b"acTL" => {}
            _ => chunk(&mut file, kind, data),
        }
    }
    chunk(&mut file, b"IDAT", &pixels);
    chunk(&mut file, b"IEND", b"");
    Ok(Some(FirstFrame { bytes: file, place }))
}

/// The file without its animation: a decoder may refuse a malformed one.
pub fn still(bytes: &[u8]) -> Vec<u8> {
    let mut at = SIGNATURE.len();
    let mut file = bytes[..at.min(bytes.len())].to_vec();
    while let Some((length, kind)) = header(bytes, at) {
        let next = at.saturating_add(length).saturating_add(12).min(bytes.len());
        if !matches!(kind, b"acTL" | b"fcTL" | b"fdAT") {
            file.extend_from_slice(&bytes[at..next]);
        }
        at = next;
    }
    file
}

/// Kinds and data of the whole chunks.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    let mut at = SIGNATURE.len();
    std::iter::from_fn(move || {
        let (length, kind) = header(bytes, at)?;
        let end = (at + 8).saturating_add(length);
        let data = bytes.get(at + 8..end)?;
        at = end.saturating_add(4);
        Some((kind, data))
    })
}

/// The number at an offset of a chunk.
fn number(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*data.get(at..)?.first_chunk()?))
}

/// Whether a chunk announces an animation.
fn announces_frames(data: &[u8]) -> bool {
    let is_within =
        |at: usize, least: u32| number(data, at).is_some_and(|number| (least..=MAX_NUMBER).contains(&number));
    is_within(0, 1) && is_within(4, 0)
}

/// Width and height of the canvas, px.
fn canvas(bytes: &[u8]) -> Option<[u32; 2]> {
    let (_, start) = chunks(bytes).find(|(kind, _)| *kind == b"IHDR")?;
    Some([number(start, 0)?, number(start, 4)?])
}

/// The place that a control chunk gives a frame. `None` if it is not within the canvas, or if another sequence number is
/// expected.
fn place(control: &[u8], sequence: u32, canvas: [u32; 2]) -> Option<[u32; 4]> {
    let [width, height, left, top] =
        [number(control, 4)?, number(control, 8)?, number(control, 12)?, number(control, 16)?];
    let is_within = left.checked_add(width)? <= canvas[0] && top.checked_add(height)? <= canvas[1];
    let is_known = matches!(control[20..], [_, _, _, _, 0..=MAX_DISPOSAL, 0..=MAX_BLENDING]);
    let is_next = number(control, 0) == Some(sequence);
    (is_known && is_next && is_within && width > 0 && height > 0).then_some([left, top, width, height])
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::ZlibEncoder};

    use super::*;
    use crate::paint::picture::Picture;

    const RED: [u8; 3] = [255, 0, 0];
    const BLUE: [u8; 3] = [0, 0, 255];

    fn number(number: u32) -> [u8; 4] {
        number.to_be_bytes()
    }

    /// The compressed pixels of a colour.
    fn rows(width: usize, height: usize, color: [u8; 3]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        for _ in 0..height {
            encoder.write_all(&[&[0][..], &color.repeat(width)].concat()).expect("writes");
        }
        encoder.finish().expect("ends")
    }

    /// A control chunk of a frame at this place.
    fn control(sequence: u32, [left, top, width, height]: [u32; 4]) -> (&'static [u8; 4], Vec<u8>) {
        let numbers = [sequence, width, height, left, top].map(number).concat();
        (b"fcTL", [numbers, vec![0, 1, 0, 1, 0, 0]].concat())
    }

    fn frame(sequence: u32, data: &[u8]) -> (&'static [u8; 4], Vec<u8>) {
        (b"fdAT", [&number(sequence)[..], data].concat())
    }

    /// A red PNG of 20 x 20 px, with chunks before and after its pixels.
    fn png(before: &[(&[u8; 4], Vec<u8>)], after: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
        let mut bytes = SIGNATURE.to_vec();
        let start = [&number(20)[..], &number(20), &[8, 2, 0, 0, 0]].concat();
        chunk(&mut bytes, b"IHDR", &start);
        before.iter().for_each(|(kind, data)| chunk(&mut bytes, kind, data));
        chunk(&mut bytes, b"IDAT", &rows(20, 20, RED));
        after.iter().for_each(|(kind, data)| chunk(&mut bytes, kind, data));
        chunk(&mut bytes, b"IEND", b"");
        bytes
    }

    /// Announces an animation of this many frames.
    fn animation(frames: u32) -> (&'static [u8; 4], Vec<u8>) {
        (b"acTL", [number(frames), number(0)].concat())
    }

    const WHOLE: [u32; 4] = [0, 0, 20, 20];

    /// The pixels at 1,1 and 10,10, and the faults.
    fn shown(bytes: &[u8]) -> ([[u8; 4]; 2], Vec<&'static str>) {
        let picture = Picture::decode(bytes).expect("decodes");
        assert_eq!((picture.width(), picture.height()), (20, 20));
        let pixels = picture.upright();
        ([pixels[21], pixels[210]], picture.faults().iter().map(|fault| fault.code).collect())
    }

    /// As Chromium draws them.
    #[test]
    fn the_first_frame_is_drawn_instead_of_the_pixels_before() {
        let (red, blue) = ([255, 0, 0, 255], [0, 0, 255, 255]);
        let other = [control(2, WHOLE), frame(3, &rows(20, 20, [0, 255, 0]))];
        let pixels = rows(20, 20, BLUE);
        let whole = [control(0, WHOLE), frame(1, &pixels)];
        let animated = png(&[animation(2)], &[&whole[..], &other].concat());
        assert_eq!(shown(&animated), ([blue; 2], vec![]));
        assert!(!Picture::decode(&animated).expect("decodes").is_usual(), "resvg would draw the red pixels");
        let (start, rest) = pixels.split_at(pixels.len() / 2);
        let parts = png(&[animation(1)], &[control(0, WHOLE), frame(1, start), frame(2, rest)]);
        assert_eq!(shown(&parts), ([blue; 2], vec![]));
        let part = [control(0, [5, 8, 10, 6]), frame(1, &rows(10, 6, BLUE))];
        assert_eq!(shown(&png(&[animation(2)], &[&part[..], &other].concat())), ([[0; 4], blue], vec![]));
        // The pixels are the first frame, or there is no animation.
        for (before, after) in [
            (vec![animation(2), control(0, WHOLE)], vec![control(1, WHOLE), frame(2, &pixels)]),
            (vec![animation(0)], whole.to_vec()),
            (vec![], [&[animation(1)][..], &whole].concat()),
            (vec![], vec![]),
        ] {
            assert_eq!(shown(&png(&before, &after)), ([red; 2], vec![]));
        }
    }

    /// As Chromium reads them.
    #[test]
    fn numbers_of_animations_are_read() {
        let (red, blue) = ([255, 0, 0, 255], [0, 0, 255, 255]);
        let pixels = rows(20, 20, BLUE);
        let whole = [control(0, WHOLE), frame(1, &pixels)];
        let repeated = |times: u32| (b"acTL", [number(1), number(times)].concat());
        for (before, after, color) in [
            (vec![animation(0), animation(2)], whole.to_vec(), blue),
            (vec![animation(2), animation(0)], whole.to_vec(), blue),
            (vec![animation(MAX_NUMBER)], whole.to_vec(), blue),
            (vec![animation(MAX_NUMBER + 1)], whole.to_vec(), red),
            (vec![repeated(MAX_NUMBER)], whole.to_vec(), blue),
            (vec![repeated(MAX_NUMBER + 1)], whole.to_vec(), red),
            // A later frame may be malformed.
            (vec![animation(2)], [&whole[..], &[control(9, WHOLE)]].concat(), blue),
            (vec![animation(2)], [&whole[..], &[control(2, WHOLE), frame(9, &pixels)]].concat(), blue),
            // A frame may begin anew, and without pixels.
            (vec![animation(2)], vec![control(0, [5, 5, 1, 1]), control(1, WHOLE), frame(2, &pixels)], blue),
            (vec![animation(2)], vec![control(0, WHOLE), frame(1, &[]), frame(2, &pixels)], blue),
        ] {
            assert_eq!(shown(&png(&before, &after)), ([color; 2], vec![]), "{before:?}");
        }
    }

    #[test]
    fn malformed_animations_are_told() {
        let pixels = rows(20, 20, BLUE);
        let (start, rest) = pixels.split_at(pixels.len() / 2);
        let changed = |at: usize, value: u8| {
            let (kind, mut data) = control(0, WHOLE);
            data[at] = value;
            (kind, data)
        };
        let short = (b"fcTL", control(0, WHOLE).1[..25].to_vec());
        let later = |after: Vec<_>| (vec![animation(2)], after);
        for (before, after) in [
            later(vec![]),
            later(vec![control(0, WHOLE)]),
            later(vec![control(0, [5, 0, 20, 20]), frame(1, &pixels)]),
            later(vec![control(0, [0, 0, 20, 0]), frame(1, &pixels)]),
            later(vec![control(0, [u32::MAX, 0, 20, 20]), frame(1, &pixels)]),
            later(vec![control(7, WHOLE), frame(1, &pixels)]),
            later(vec![control(0, WHOLE), frame(9, &pixels)]),
            later(vec![control(0, WHOLE), frame(2, rest), frame(1, start)]),
            later(vec![control(0, WHOLE), frame(1, start), frame(3, rest)]),
            later(vec![control(0, WHOLE), (b"fdAT", vec![0, 0]), frame(1, &pixels)]),
            later(vec![control(0, WHOLE), frame(1, &[]), control(2, WHOLE), frame(3, &pixels)]),
            later(vec![frame(0, &pixels), control(1, WHOLE), frame(2, &pixels)]),
            later(vec![changed(24, 3), frame(1, &pixels)]),
            later(vec![changed(25, 2), frame(1, &pixels)]),
            later(vec![short.clone(), frame(1, &pixels)]),
            // The pixels are the first frame.
            (vec![animation(2), control(0, [0, 0, 10, 10])], vec![control(1, WHOLE), frame(2, &pixels)]),
            (vec![animation(2), control(1, WHOLE)], vec![]),
            (vec![animation(2), changed(25, 9)], vec![]),
            (vec![animation(2), short], vec![]),
            (vec![animation(2), control(0, WHOLE), frame(1, &pixels)], vec![]),
        ] {
            let bytes = png(&before, &after);
            assert_eq!(first_frame(&bytes), Err(Malformed), "{before:?} {after:?}");
            assert_eq!(shown(&bytes), ([[255, 0, 0, 255]; 2], vec!["picture_damaged"]), "{before:?} {after:?}");
        }
    }

    /// Offset of the kind of a chunk, of which there may be others before.
    fn place_of(bytes: &[u8], kind: &[u8; 4], others: usize) -> usize {
        let mut all = bytes.windows(4).enumerate().filter(|(_, window)| window == kind);
        all.nth(others).expect("a chunk").0
    }

    /// An animation whose first frame has two parts, with rows of 61 bytes, and the length of the first one.
    fn in_parts() -> (Vec<u8>, usize) {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::none());
        encoder.write_all(&[&[0][..], &BLUE.repeat(20)].concat().repeat(20)).expect("writes");
        let pixels = encoder.finish().expect("ends");
        let (start, rest) = pixels.split_at(pixels.len() / 2);
        let other = [control(3, WHOLE), frame(4, &rows(20, 20, [0, 255, 0]))];
        let frames = [&[control(0, WHOLE), frame(1, start), frame(2, rest)][..], &other].concat();
        (png(&[animation(2)], &frames), start.len())
    }

    #[test]
    fn rows_of_a_frame_that_is_cut_are_drawn() {
        let (file, half) = in_parts();
        let (first, second) = (place_of(&file, b"fdAT", 0) + 8, place_of(&file, b"fdAT", 1) + 8);
        // The end of the file, and how many bytes of pixels precede it.
        let cuts = [
            (first + 100, 100),
            (first + 300, 300),
            // Within the checksum, and before and within the number of the second part.
            (first + half + 2, half),
            (second - 8, half),
            (second - 2, half),
            (second + 1, half + 1),
            (second + 200, half + 200),
            // After the frame.
            (place_of(&file, b"fcTL", 1) + 9, 2 * half),
            (place_of(&file, b"fdAT", 2) + 30, 2 * half),
        ];
        for (end, length) in cuts {
            let picture = Picture::decode_small(&file[..end]).unwrap_or_else(|error| panic!("{end}: {error}"));
            let pixels = picture.upright();
            let drawn = pixels.iter().take_while(|pixel| **pixel == [0, 0, 255, 255]).count();
            // Besides the header of the compressed data.
            let expected = (length.saturating_sub(7) / 61).min(20);
            assert!(drawn % 20 == 0 && expected.abs_diff(drawn / 20) <= 1, "{end}: {drawn} px, {expected} rows");
            assert!(pixels[drawn..].iter().all(|pixel| *pixel == [0; 4]), "{end}");
            let told: Vec<_> = picture.faults().iter().map(|fault| fault.code).collect();
            assert_eq!(told, ["picture_truncated"], "{end}");
        }
        let refused = Picture::decode(&file[..first + 300]).map(|_| "drawn").unwrap_or_else(|error| error.code());
        assert_eq!(refused, "picture_broken", "a layer may lack an eighth");
        // Before the first frame has pixels, what precedes it is drawn.
        for end in [place_of(&file, b"fcTL", 0) + 9, first - 6, first - 2, first] {
            let (colors, told) = shown(&file[..end]);
            assert_eq!(colors, [[255, 0, 0, 255]; 2], "{end}");
            assert_eq!(told, ["picture_truncated", "picture_damaged"], "{end}");
        }
    }

    #[test]
    fn wrong_checksums_of_frames_are_told() {
        let (file, _) = in_parts();
        let (red, blue) = ([255, 0, 0, 255], [0, 0, 255, 255]);
        for (kind, others, color, told) in [
            (b"acTL", 0, red, &["picture_checksum"][..]),
            (b"fcTL", 0, red, &["picture_checksum", "picture_damaged"]),
            (b"fdAT", 0, blue, &["picture_checksum"]),
            (b"fdAT", 1, blue, &["picture_checksum"]),
            (b"fcTL", 1, blue, &["picture_checksum"]),
            (b"fdAT", 2, blue, &["picture_checksum"]),
        ] {
            let mut bytes = file.clone();
            let at = place_of(&bytes, kind, others);
            let length = u32::from_be_bytes(*bytes[at - 4..].first_chunk().expect("a length")) as usize;
            bytes[at + 4 + length] ^= 1;
            assert_eq!(shown(&bytes), ([color; 2], told.to_vec()), "{kind:?} {others}");
        }
    }
}
