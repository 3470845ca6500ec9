//! Animated PNGs whose first frame is another picture than the pixels before it: browsers draw the frame.

use super::{SIGNATURE, chunk, header};

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

/// Reads the first frame of an animation (PNG, third edition, 11.3.6). `None` if it is the pixels of `IDAT`, and without an animation.
///
/// # Errors
/// [`Malformed`]
pub fn first_frame(bytes: &[u8]) -> Result<Option<FirstFrame>, Malformed> {
    let mut is_animated = false;
    for (kind, data) in chunks(bytes).take_while(|(kind, _)| *kind != b"IDAT") {
        match kind {
            b"acTL" => is_animated = data.first_chunk::<4>().is_some_and(|frames| *frames != [0_u8; 4]),
            b"fcTL" => return Ok(None),
            _ => {}
        }
    }
    if !is_animated {
        return Ok(None);
    }
    let mut file = SIGNATURE.to_vec();
    let mut all = chunks(bytes).skip_while(|(kind, _)| *kind != b"fcTL");
    let place = all.next().and_then(|(_, data)| place(data, bytes)).ok_or(Malformed)?;
    let mut pixels = Vec::new();
    let parts = all.take_while(|(kind, _)| !matches!(*kind, b"fcTL" | b"IEND")).filter(|(kind, _)| *kind == b"fdAT");
    for ((_, data), expected) in parts.zip(1_u32..) {
        let (number, part) = data.split_first_chunk::<4>().ok_or(Malformed)?;
        if u32::from_be_bytes(*number) != expected {
            return Err(Malformed);
        }
        pixels.extend_from_slice(part);
    }
    if pixels.is_empty() {
        return Err(Malformed);
    }
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

/// The place that the control chunk of the first frame gives it. `None` if it is not within the canvas, or another frame's.
fn place(control: &[u8], bytes: &[u8]) -> Option<[u32; 4]> {
    let number = |data: &[u8], at: usize| Some(u32::from_be_bytes(*data.get(at..)?.first_chunk()?));
    let (width, height) = (number(control, 4)?, number(control, 8)?);
    let (left, top) = (number(control, 12)?, number(control, 16)?);
    let (_, start) = chunks(bytes).find(|(kind, _)| *kind == b"IHDR")?;
    let is_within = left.checked_add(width)? <= number(start, 0)? && top.checked_add(height)? <= number(start, 4)?;
    let is_first = control.len() == 26 && number(control, 0)? == 0;
    (is_first && is_within && width > 0 && height > 0).then_some([left, top, width, height])
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

    #[test]
    fn malformed_animations_are_told() {
        let pixels = rows(20, 20, BLUE);
        for after in [
            vec![],
            vec![control(0, WHOLE)],
            vec![control(0, [5, 0, 20, 20]), frame(1, &pixels)],
            vec![control(7, WHOLE), frame(1, &pixels)],
            vec![control(0, WHOLE), frame(9, &pixels)],
        ] {
            let bytes = png(&[animation(1)], &after);
            assert_eq!(first_frame(&bytes), Err(Malformed));
            assert_eq!(shown(&bytes), ([[255, 0, 0, 255]; 2], vec!["picture_damaged"]));
        }
    }
}
