//! The first frame of a GIF, as far as its data goes.

use super::header::GifFrame;

/// Alpha of pixels without data. Those with data are transparent or opaque.
const UNREAD: u8 = 1;
/// The last byte of a GIF.
const TRAILER: u8 = 0x3b;
/// Distances of the rows of the first three passes of an interlaced frame.
const PASSES: [usize; 3] = [2, 4, 8];

/// A GIF of the first frame alone, which is its screen. Of such a GIF, the decoder keeps what it has read before an error.
pub fn alone(bytes: &[u8], frame: &GifFrame) -> Vec<u8> {
    let mut own = match frame.end {
        Some(end) => [&bytes[..end], &[TRAILER]].concat(),
        None => bytes.to_vec(),
    };
    // The size of the screen, and the position of the frame.
    own.copy_within(frame.at + 5..frame.at + 9, 6);
    own[frame.at + 1..frame.at + 5].fill(0);
    own
}

/// The pixels of a frame before it is decoded.
pub fn unread(frame: &GifFrame) -> Vec<u8> {
    [0, 0, 0, UNREAD].repeat(frame.width as usize * frame.height as usize)
}

/// Number of rows of which no pixel has data.
pub fn missing_rows(pixels: &[u8], frame: &GifFrame) -> u32 {
    let row = (frame.width as usize * 4).max(1);
    let has_data = |row: &&[u8]| row.as_chunks::<4>().0.iter().any(|pixel| pixel[3] != UNREAD);
    frame.height - pixels.chunks_exact(row).filter(has_data).count() as u32
}

/// Repeats the rows of the first passes where those of later ones are missing, as browsers do.
pub fn repeat_rows(pixels: &mut [u8], frame: &GifFrame) {
    if !frame.is_interlaced || frame.has_transparency {
        return;
    }
    let (pixels, width) = (pixels.as_chunks_mut::<4>().0, frame.width as usize);
    for row in 0..frame.height as usize {
        for above in PASSES.map(|pass| row - row % pass).into_iter().filter(|above| *above != row) {
            for x in 0..width {
                let (to, from) = (row * width + x, above * width + x);
                if pixels[to][3] == UNREAD {
                    pixels[to] = pixels[from];
                }
            }
        }
    }
}

/// Makes pixels without data transparent. Returns whether there were any: their data is missing, or their colour is not in
/// the table.
pub fn clear(pixels: &mut [u8]) -> bool {
    let mut has_any = false;
    for pixel in pixels.as_chunks_mut::<4>().0.iter_mut().filter(|pixel| pixel[3] == UNREAD) {
        *pixel = [0; 4];
        has_any = true;
    }
    has_any
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of one px at the right edge of the screen.
    const FRAME: &[u8] = b"\x2c\x01\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";

    fn gif(screen: &[u8], frames: &[&[u8]]) -> Vec<u8> {
        [&b"GIF89a"[..], screen, b"\x80\0\0\0\0\0\xff\xff\xff", &frames.concat()].concat()
    }

    #[test]
    fn the_first_frame_of_an_animation_is_copied_without_the_others() {
        let animation = [gif(b"\x02\0\x01\0", &[FRAME; 9]), vec![TRAILER]].concat();
        let frame = GifFrame::read(&animation).expect("a frame");
        let own = [&b"\x2c\0\0\0\0"[..], &FRAME[5..]].concat();
        let expected = [gif(b"\x01\0\x01\0", &[&own[..]]), vec![TRAILER]].concat();
        assert_eq!(alone(&animation, &frame), expected);
        // What is left of a truncated one stays as it is.
        let cut = gif(b"\x02\0\x01\0", &[&FRAME[..13]]);
        let frame = GifFrame::read(&cut).expect("a frame");
        assert_eq!((frame.end, alone(&cut, &frame).len()), (None, cut.len()));
    }
}
