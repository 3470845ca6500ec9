//! Chunks of a PNG: faults that browsers tolerate, short palettes, the colour space, and the first frame of an animation.

mod animation;
mod rows;

use std::borrow::Cow;

pub use self::{
    animation::{Malformed, first_frame, still},
    rows::{Completed, completed},
};
use super::profile::PngColors;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// What the chunks of a PNG tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Png<'a> {
    /// The file without tolerated faults.
    pub bytes: Cow<'a, [u8]>,
    /// Whether a checksum was wrong.
    pub has_wrong_checksum: bool,
    /// Whether the end marker is missing.
    pub has_no_end: bool,
    /// The colour space if it is not that of an ICC profile; `None` without such chunks, and with `sRGB`.
    pub colors: Option<PngColors>,
}

/// Reads the chunks. Repairs the file as browsers read it: an ancillary chunk with a wrong checksum or size is dropped, pixels of the
/// picture and of frames are used as far as they go, also with a wrong checksum, and a missing end is added. `IHDR` and `PLTE` must
/// be right. Indexes beyond the palette have its last colour, and what exceeds it in `tRNS` is dropped, as in Chromium.
pub fn read(bytes: &[u8]) -> Png<'_> {
    let mut png = Png { bytes: Cow::Borrowed(bytes), has_wrong_checksum: false, has_no_end: true, colors: None };
    let mut colors = PngColors::default();
    let (mut is_srgb, mut has_icc) = (false, false);
    // Number of colours that the indexes of pixels can name, and of those that are declared.
    let named = match (bytes.get(24).copied(), bytes.get(25).copied()) {
        (Some(depth @ (1 | 2 | 4 | 8)), Some(3)) => 1_usize << depth,
        _ => 0,
    };
    let (mut declared, mut has_pixels) = (0, false);
    // What the repaired file has before and instead of the rest.
    let mut repaired: Option<Vec<u8>> = None;
    let mut at = SIGNATURE.len();
    while let Some((length, kind)) = header(bytes, at) {
        let (data, end) = (at + 8, (at + 8).saturating_add(length));
        let stored = bytes.get(end..).and_then(|rest| rest.first_chunk()).map(|crc| u32::from_be_bytes(*crc));
        let kept = bytes.get(at + 4..end).map(crc32fast::hash);
        let next = end.saturating_add(4);
        has_pixels |= kind == b"IDAT";
        if stored.is_some() && stored == kept {
            let data = &bytes[data..end];
            let mut completed = None;
            match kind {
                b"sRGB" => is_srgb = true,
                b"iCCP" => has_icc = true,
                b"cICP" => colors.cicp = data.try_into().ok(),
                b"gAMA" => colors.gamma = data.try_into().ok().map(u32::from_be_bytes),
                b"cHRM" => colors.chromaticities = chromaticities(data),
                b"PLTE" => {
                    declared = data.len() / 3;
                    completed = palette(data, named);
                }
                b"tRNS" => completed = opacities(data, declared, named),
                _ => {}
            }
            if is_malformed(kind, data) {
                repaired.get_or_insert_with(|| bytes[..at].to_vec());
            } else if let Some(completed) = completed {
                chunk(repaired.get_or_insert_with(|| bytes[..at].to_vec()), kind, &completed);
            } else if let Some(repaired) = &mut repaired {
                repaired.extend_from_slice(&bytes[at..next]);
            }
            if kind == b"IEND" {
                png.has_no_end = false;
                break;
            }
        } else if matches!(kind, b"IDAT" | b"fdAT") {
            png.has_wrong_checksum |= stored.is_some();
            let repaired = repaired.get_or_insert_with(|| bytes[..at].to_vec());
            let part = &bytes[data..end.min(bytes.len())];
            // A frame that is cut within its number, or after it, has no pixels there.
            if kind == b"IDAT" || stored.is_some() || part.len() > 4 {
                chunk(repaired, kind, part);
            }
        } else if stored.is_some() && kind == b"fcTL" && has_pixels {
            // It ends the frame before, and begins none.
            png.has_wrong_checksum = true;
            chunk(repaired.get_or_insert_with(|| bytes[..at].to_vec()), kind, b"");
        } else if stored.is_some() && kind == b"IEND" {
            png.has_wrong_checksum = true;
            png.has_no_end = false;
            chunk(repaired.get_or_insert_with(|| bytes[..at].to_vec()), kind, b"");
            break;
        } else if kind[0].is_ascii_lowercase() {
            png.has_wrong_checksum |= stored.is_some();
            repaired.get_or_insert_with(|| bytes[..at].to_vec());
        } else if kind == b"IEND" {
            break;
        } else {
            // The decoder reports the fault.
            return Png { bytes: Cow::Borrowed(bytes), has_wrong_checksum: false, has_no_end: false, colors: None };
        }
        at = next;
    }
    if png.has_no_end {
        let whole = at.min(bytes.len());
        chunk(repaired.get_or_insert_with(|| bytes[..whole].to_vec()), b"IEND", b"");
    }
    if let Some(repaired) = repaired {
        png.bytes = Cow::Owned(repaired);
    }
    let is_told = colors != PngColors::default() && (colors.cicp.is_some() || !is_srgb && !has_icc);
    png.colors = is_told.then_some(colors);
    png
}

/// Length and kind of a chunk.
fn header(bytes: &[u8], at: usize) -> Option<(usize, &[u8; 4])> {
    let length = u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?);
    Some((length as usize, bytes.get(at + 4..)?.first_chunk()?))
}

/// Whether an ancillary chunk has a size or values that it cannot have (PNG, 11.3). The decoder would refuse the picture for some of
/// them, and needs none.
fn is_malformed(kind: &[u8; 4], data: &[u8]) -> bool {
    let length = match kind {
        b"cHRM" => 32,
        b"cICP" => 4,
        b"cLLI" | b"acTL" => 8,
        b"gAMA" => 4,
        b"mDCV" => 24,
        b"pHYs" => 9,
        b"sRGB" => 1,
        _ => return false,
    };
    // The matrix is that of RGB, and the range is a flag.
    data.len() != length || (kind == b"cICP" && (data[2] != 0 || data[3] > 1))
}

fn chromaticities(data: &[u8]) -> Option<[u32; 8]> {
    let values = data.as_chunks::<4>().0.iter().map(|value| u32::from_be_bytes(*value));
    values.collect::<Vec<_>>().try_into().ok()
}

/// A palette with its last colour for all further indexes of the `named` ones. `None` if there are none.
fn palette(data: &[u8], named: usize) -> Option<Vec<u8>> {
    let (colors, rest) = data.as_chunks::<3>();
    let last = colors.last().filter(|_| rest.is_empty() && colors.len() < named)?;
    Some([data, &last.repeat(named - colors.len())[..]].concat())
}

/// The opacities of a completed palette, of which the first `declared` colours are not the last one repeated. `None` if they
/// are those that are written.
fn opacities(data: &[u8], declared: usize, named: usize) -> Option<Vec<u8>> {
    let mut all = data.get(..declared).filter(|_| named > 0)?.to_vec();
    all.resize(named.max(declared), *all.last()?);
    (all != data).then_some(all)
}

/// Appends a chunk.
fn chunk(to: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    to.extend((data.len() as u32).to_be_bytes());
    let start = to.len();
    to.extend_from_slice(kind);
    to.extend_from_slice(data);
    let crc = crc32fast::hash(&to[start..]);
    to.extend(crc.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::paint::picture::Picture;

    /// A PNG of these chunks; their data need not make sense.
    fn png(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut bytes = SIGNATURE.to_vec();
        chunks.iter().for_each(|(kind, data)| chunk(&mut bytes, kind, data));
        bytes
    }

    /// Breaks the checksum of the chunk of this kind.
    fn broken(mut bytes: Vec<u8>, kind: &[u8; 4]) -> Vec<u8> {
        let at = bytes.windows(4).position(|window| window == kind).expect("a chunk");
        let length = u32::from_be_bytes(*bytes[at - 4..].first_chunk().expect("a length")) as usize;
        bytes[at + 4 + length] ^= 1;
        bytes
    }

    const PARTS: [(&[u8; 4], &[u8]); 4] =
        [(b"IHDR", &[0; 13]), (b"tEXt", b"a\0b"), (b"IDAT", b"pixels"), (b"IEND", b"")];

    #[test]
    fn a_sound_file_stays_as_it_is() {
        let bytes = png(&PARTS);
        let read = read(&bytes);
        assert!(matches!(read.bytes, Cow::Borrowed(_)));
        assert_eq!((read.has_wrong_checksum, read.has_no_end, read.colors), (false, false, None));
    }

    #[test]
    fn tolerated_faults_are_repaired() {
        let sound = png(&PARTS);
        let without_text = png(&[PARTS[0], PARTS[2], PARTS[3]]);
        for (kind, expected) in [(b"tEXt", &without_text), (b"IDAT", &sound), (b"IEND", &sound)] {
            let bytes = broken(sound.clone(), kind);
            let read = read(&bytes);
            assert_eq!((&*read.bytes, read.has_wrong_checksum), (&expected[..], true), "{kind:?}");
        }
        for cut in [4, 8, 12] {
            let bytes = &sound[..sound.len() - cut];
            let read = read(bytes);
            assert_eq!((&*read.bytes, read.has_no_end, read.has_wrong_checksum), (&sound[..], true, false), "{cut}");
        }
        // The pixels are cut.
        let bytes = &sound[..sound.len() - 12 - 4 - 2];
        let cut = read(bytes);
        assert!(cut.has_no_end && cut.bytes.ends_with(&png(&[(b"IDAT", b"pixe"), (b"IEND", b"")])[8..]));
    }

    /// The first row of a picture of 8 x 8 px with the indexes 0 to 7.
    fn row(palette: &[u8], opacities: &[u8]) -> Vec<[u8; 4]> {
        let mut start = [0; 13];
        (start[3], start[7], start[8], start[9]) = (8, 8, 8, 3);
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        (0..8).for_each(|_| encoder.write_all(&[0, 0, 1, 2, 3, 4, 5, 6, 7]).expect("writes"));
        let data = encoder.finish().expect("ends");
        let mut chunks: Vec<(&[u8; 4], &[u8])> = vec![(b"IHDR", &start[..]), (b"PLTE", palette)];
        chunks.extend((!opacities.is_empty()).then_some((b"tRNS", opacities)));
        chunks.extend([(b"IDAT", &data[..]), (b"IEND", b"".as_slice())]);
        let picture = Picture::decode(&png(&chunks)).expect("decodes");
        assert!(picture.faults().is_empty() && picture.is_usual());
        picture.upright()[..8].to_vec()
    }

    #[test]
    fn indexes_beyond_the_palette_have_its_last_color() {
        let (red, blue) = ([255, 0, 0, 255], [0, 0, 255, 255]);
        let palette = [255, 0, 0, 0, 0, 255];
        assert_eq!(row(&palette, &[]), [red, blue, blue, blue, blue, blue, blue, blue]);
        let opacities = |written: &[u8]| row(&palette, written).iter().map(|pixel| pixel[3]).collect::<Vec<_>>();
        assert_eq!(opacities(&[9]), [9, 255, 255, 255, 255, 255, 255, 255]);
        assert_eq!(opacities(&[9, 8]), [9, 8, 8, 8, 8, 8, 8, 8]);
        assert_eq!(opacities(&[9, 8, 7, 6]), [9, 8, 8, 8, 8, 8, 8, 8], "more opacities than colours");
    }

    #[test]
    fn a_wrong_header_is_left_to_the_decoder() {
        let bytes = broken(png(&PARTS), b"IHDR");
        assert_eq!(read(&bytes).bytes, bytes);
    }

    #[test]
    fn colour_chunks_are_read_unless_others_precede() {
        let gamma = (b"gAMA", &[0, 0, 0xb1, 0x8f][..]);
        let colors = |chunks: &[(&[u8; 4], &[u8])]| read(&png(chunks)).colors;
        let found = colors(&[PARTS[0], gamma, (b"cHRM", &[0; 32]), PARTS[2], PARTS[3]]);
        assert_eq!(found, Some(PngColors { gamma: Some(45_455), chromaticities: Some([0; 8]), cicp: None }));
        assert_eq!(colors(&[PARTS[0], (b"sRGB", b"\0"), gamma, PARTS[3]]), None);
        assert_eq!(colors(&[PARTS[0], (b"iCCP", b"a\0\0"), gamma, PARTS[3]]), None);
        let cicp = colors(&[PARTS[0], (b"cICP", &[12, 13, 0, 1]), (b"iCCP", b"a\0\0"), PARTS[3]]);
        assert_eq!(cicp.and_then(|colors| colors.cicp), Some([12, 13, 0, 1]));
    }

    #[test]
    fn malformed_chunks_beside_the_pixels_are_dropped() {
        // Eight rows of pixels of one byte, each after its filter.
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        (0..8).for_each(|_| encoder.write_all(&[0, 1, 2, 3, 4, 5, 6, 7, 8]).expect("writes"));
        let (head, row) = ([0, 0, 0, 8, 0, 0, 0, 8, 8, 0, 0, 0, 0], encoder.finish().expect("ends"));
        let with = |kind: &[u8; 4], data: &[u8]| {
            png(&[(b"IHDR", &head[..]), (kind, data), (b"IDAT", &row[..]), (b"IEND", b"")])
        };
        let wrong: [(&[u8; 4], &[u8]); 9] = [
            (b"cICP", &[16, 0, 1, 1]),
            (b"cICP", &[12, 13, 0, 2]),
            (b"cICP", &[12]),
            (b"gAMA", &[0]),
            (b"cHRM", &[0; 9]),
            (b"sRGB", b""),
            (b"pHYs", &[0; 4]),
            (b"mDCV", &[1]),
            (b"cLLI", &[0; 7]),
        ];
        for (kind, data) in wrong {
            let name = String::from_utf8_lossy(kind);
            let file = with(kind, data);
            let picture = Picture::decode(&file).unwrap_or_else(|error| panic!("{name} {data:?}: {error}"));
            assert_eq!(picture.upright()[7][0], 8, "{name} {data:?}");
        }
        let right = with(b"gAMA", &[0, 0, 0xb1, 0x8f]);
        assert_eq!(read(&right).bytes, right, "a right chunk stays");
    }
}
