//! Reads QR codes with rqrr.

/// Content of the QR code in a picture file.
pub fn read(picture: &[u8]) -> Option<String> {
    let picture = image::load_from_memory(picture).expect("a picture").into_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixel = |x: usize, y: usize| picture.get_pixel(x as u32, y as u32).0[0];
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, pixel);
    image.detect_grids().into_iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
}
