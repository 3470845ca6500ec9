//! GIFs: frames larger than their screen, cut data, and colours that are not in the table.

use haibao_core::paint::picture::Picture;

use super::{faults, message, pixels, poster, sample, template};

#[test]
fn a_gif_grows_to_its_first_frame() {
    let mut gif = sample("palette.gif");
    let expected = pixels(&gif);
    gif[6..10].copy_from_slice(&[40, 0, 30, 0]);
    assert!(pixels(&gif) == expected);
}

#[test]
fn a_gif_with_a_small_screen_grows_to_its_frame() {
    let mut gif = sample("palette.gif");
    gif[6..10].copy_from_slice(&[40, 0, 30, 0]);
    for in_artwork in [true, false] {
        assert!(poster(&gif, in_artwork) == poster(&sample("palette.gif"), in_artwork), "in artwork: {in_artwork}");
    }
}

/// Side of the GIFs of [`Gif`], px, and number of their colours.
const SIDE: u8 = 16;
const COLORS: u8 = 128;
/// The code that clears the table of codes.
const CLEAR: u8 = 128;

/// A GIF whose rows have a colour each: its number in red.
#[derive(Default)]
struct Gif {
    is_interlaced: bool,
    /// The row whose colour is transparent.
    transparent: Option<u8>,
    /// Distance of its frame from the edges of its screen.
    inset: u8,
    /// Pixels after which it ends.
    pixels: Option<usize>,
}

impl Gif {
    fn bytes(&self) -> Vec<u8> {
        let screen = SIDE + 2 * self.inset;
        let mut gif = [&b"GIF89a"[..], &[screen, 0, screen, 0, 0x86, 0, 0]].concat();
        gif.extend((0..COLORS).flat_map(|color| [color, 0, 0]));
        if let Some(row) = self.transparent {
            gif.extend([0x21, 0xf9, 4, 1, 0, 0, row, 0]);
        }
        let flags = if self.is_interlaced { 0x40 } else { 0 };
        // Codes have eight bits, of which 128 are colours.
        gif.extend([0x2c, self.inset, 0, self.inset, 0, SIDE, 0, SIDE, 0, flags, 7]);
        let rows: Vec<u8> = match self.is_interlaced {
            false => (0..SIDE).collect(),
            true => {
                [(0, 8), (4, 8), (2, 4), (1, 2)].into_iter().flat_map(|(first, by)| (first..SIDE).step_by(by)).collect()
            }
        };
        let colors: Vec<u8> = rows.into_iter().flat_map(|row| [row; SIDE as usize]).collect();
        let shown = &colors[..self.pixels.unwrap_or(colors.len())];
        // The table is cleared before codes need nine bits.
        let mut codes: Vec<u8> = shown.chunks(100).flat_map(|part| [&[CLEAR][..], part].concat()).collect();
        if self.pixels.is_none() {
            codes.push(CLEAR + 1);
        }
        let is_whole = self.pixels.is_none();
        for block in codes.chunks(255) {
            // More is announced than there is.
            gif.push(if is_whole { block.len() as u8 } else { 255 });
            gif.extend(block);
        }
        if is_whole {
            gif.extend([0, 0x3b]);
        }
        gif
    }
}

/// Red of a pixel in each row, at this distance from the left; `None` where it is transparent.
fn column(picture: &Picture, x: usize) -> Vec<Option<u8>> {
    let rows = picture.upright();
    rows.chunks(picture.width() as usize).map(|row| (row[x][3] == 255).then_some(row[x][0])).collect()
}

#[test]
fn a_whole_gif_has_no_fault() {
    for is_interlaced in [false, true] {
        let gif = Gif { is_interlaced, ..Gif::default() }.bytes();
        let picture = Picture::decode(&gif).expect("decodes");
        assert_eq!(column(&picture, 3), (0..SIDE).map(Some).collect::<Vec<_>>());
        assert_eq!(faults(&gif), [""; 0]);
    }
}

#[test]
fn a_cut_gif_is_drawn_as_far_as_it_goes() {
    let red = |rows: &[u8]| rows.iter().copied().map(Some).collect::<Vec<_>>();
    let codes = |picture: &Picture| picture.faults().iter().map(|fault| fault.code).collect::<Vec<_>>();
    // Half of row 8 is missing, and all below.
    let cut = Gif { pixels: Some(8 * 16 + 8), ..Gif::default() };
    let picture = Picture::decode_small(&cut.bytes()).expect("decodes");
    assert_eq!(codes(&picture), ["picture_damaged"]);
    let shown = [red(&[0, 1, 2, 3, 4, 5, 6, 7]), vec![None; 8]].concat();
    assert_eq!(column(&picture, 15), shown);
    // A layer may lack an eighth of the rows.
    assert!(message(&cut.bytes()).contains("(GIF) is damaged or truncated"), "{}", message(&cut.bytes()));
    assert_eq!(faults(&Gif { pixels: Some(14 * 16 + 8), ..Gif::default() }.bytes()), ["picture_damaged"]);
    // Even rows, and half of row 1: rows of earlier passes are repeated.
    let interlaced = Gif { is_interlaced: true, ..cut };
    let picture = Picture::decode_small(&interlaced.bytes()).expect("decodes");
    assert_eq!(codes(&picture), ["picture_damaged"]);
    assert_eq!(column(&picture, 15), red(&[0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14]));
    assert_eq!(column(&picture, 3)[..4], red(&[0, 1, 2, 2]));
    let first = Gif { is_interlaced: true, pixels: Some(2 * 16 + 8), ..Gif::default() };
    let picture = Picture::decode_small(&first.bytes()).expect("decodes");
    assert_eq!(column(&picture, 15), red(&[0, 0, 0, 0, 0, 0, 0, 0, 8, 8, 8, 8, 8, 8, 8, 8]));
    // Where something lies behind, they are not repeated.
    let transparent = Gif { transparent: Some(8), ..first };
    let picture = Picture::decode_small(&transparent.bytes()).expect("decodes");
    assert_eq!(column(&picture, 15), [red(&[0]), vec![None; 15]].concat());
    // At its place on the screen, and in artwork.
    let inset = Gif { inset: 4, pixels: Some(8 * 16 + 8), ..Gif::default() };
    let picture = Picture::decode_small(&inset.bytes()).expect("decodes");
    assert_eq!((picture.width(), column(&picture, 3)), (24, vec![None; 24]));
    assert_eq!(column(&picture, 4 + 15), [vec![None; 4], shown, vec![None; 4]].concat());
    let template = template(&inset.bytes(), true);
    let found: Vec<_> = template.warnings().iter().map(|finding| finding.code).collect();
    assert_eq!(found, ["picture_damaged"]);
    assert!(Picture::decode_small(&Gif { pixels: Some(0), ..Gif::default() }.bytes()).is_err());
}

#[test]
fn a_colour_that_is_not_in_the_table_is_told() {
    let mut gif = Gif::default().bytes();
    // 64 colours, but codes of 128.
    gif[10] = 0x85;
    gif.drain(13 + 3 * 64..13 + 3 * 128);
    assert_eq!(faults(&gif), [""; 0]);
    let first = gif.len() - 2 - 16;
    gif[first] = 100;
    assert_eq!(faults(&gif), ["picture_damaged"]);
    let picture = Picture::decode(&gif).expect("decodes");
    assert_eq!(picture.upright().iter().filter(|pixel| **pixel == [0; 4]).count(), 1);
}
