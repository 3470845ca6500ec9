//! Fits pictures to boxes and applies their filters: blur, grayscale, brightness.

use crate::{
    error::Result,
    paint::{attention, blur, picture::Picture, raster::over, resize},
    style::{ObjectFit, ObjectPosition},
};

/// Sigma of the blurred `blur-fill` backdrop, as a share of the box's shorter side.
const BACKDROP_BLUR: f32 = 0.04;
/// Brightness of the `blur-fill` backdrop: dark enough for the picture to stand out.
const BACKDROP_BRIGHTNESS: f32 = 0.6;
/// Largest sigma, in output px, that is blurred at full size. Stronger blurs are made on a downscaled copy: the
/// difference is not visible, and the cost does not grow with sigma.
const MAX_FULL_SIZE_SIGMA: f32 = 1.5;

/// How a picture fills its box, and its filters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// How it fills the box.
    pub object_fit: ObjectFit,
    /// Which part is visible (`cover`), or where the picture lies in the box (`contain`, `blur-fill`).
    pub position: ObjectPosition,
    /// Standard deviation of a Gaussian blur, output px.
    pub blur: f32,
    /// Amount of grayscale, 0 to 1.
    pub grayscale: f32,
    /// Brightness factor, 0 or more. 1 leaves the picture unchanged.
    pub brightness: f32,
    /// Whether the picture is decoded at its full size even where it is drawn smaller, so that edges such as those of a
    /// code's modules stay sharp.
    pub full_size: bool,
}

impl From<ObjectFit> for Fit {
    /// A centred fit without filters.
    fn from(object_fit: ObjectFit) -> Self {
        Self {
            object_fit,
            position: ObjectPosition::default(),
            blur: 0.0,
            grayscale: 0.0,
            brightness: 1.0,
            full_size: false,
        }
    }
}

impl Fit {
    /// Fits a picture into `width` x `height` output px. Returns premultiplied pixels, transparent where the picture does
    /// not reach. Downscaling prefilters (Catmull-Rom over the whole footprint) to avoid aliasing.
    ///
    /// # Errors
    /// `picture_resize` when the picture cannot be resized, an internal error.
    pub fn fit(&self, picture: &Picture, width: u32, height: u32) -> Result<Vec<[u8; 4]>> {
        let size = (width, height);
        let whole = [0.0, 0.0, f64::from(picture.width()), f64::from(picture.height())];
        let mut pixels = match self.object_fit {
            ObjectFit::Fill => part(picture, size, whole, self.blur)?,
            ObjectFit::Cover => part(picture, size, self.crop(picture, size)?, self.blur)?,
            ObjectFit::Contain => self.contained(picture, size, None)?,
            ObjectFit::BlurFill => {
                let crop = Self::from(ObjectFit::Cover).crop(picture, size)?;
                let mut backdrop = part(picture, size, crop, width.min(height) as f32 * BACKDROP_BLUR)?;
                tone(&mut backdrop, 0.0, BACKDROP_BRIGHTNESS);
                self.contained(picture, size, Some(backdrop))?
            }
        };
        tone(&mut pixels, self.grayscale, self.brightness);
        Ok(pixels)
    }

    /// The factor at which a picture must be decoded for a box: a smaller picture would be enlarged.
    pub fn scale(&self, picture: (u32, u32), size: (u32, u32)) -> f64 {
        let across = f64::from(size.0) / f64::from(picture.0);
        let down = f64::from(size.1) / f64::from(picture.1);
        let drawn = match self.object_fit {
            ObjectFit::Fill | ObjectFit::Cover => across.max(down),
            ObjectFit::Contain | ObjectFit::BlurFill => across.min(down),
        };
        if self.full_size { drawn.max(1.0) } else { drawn }
    }

    /// The part of a picture that covers a box of this size.
    fn crop(&self, picture: &Picture, (width, height): (u32, u32)) -> Result<resize::Crop> {
        let (whole_w, whole_h) = (f64::from(picture.width()), f64::from(picture.height()));
        let ratio = f64::from(width) / f64::from(height);
        let (crop_w, crop_h) =
            if whole_w / whole_h > ratio { (whole_h * ratio, whole_h) } else { (whole_w, whole_w / ratio) };
        let (across, down) = match self.position {
            ObjectPosition::At(x, y) => (f64::from(x), f64::from(y)),
            ObjectPosition::Attention => attention::focus(picture, (crop_w, crop_h))?,
        };
        let start = |room: f64, share: f64| (room * share).max(0.0);
        Ok([start(whole_w - crop_w, across), start(whole_h - crop_h, down), crop_w, crop_h])
    }

    /// The whole picture, over a backdrop of the box's size.
    fn contained(
        &self,
        picture: &Picture,
        (width, height): (u32, u32),
        backdrop: Option<Vec<[u8; 4]>>,
    ) -> Result<Vec<[u8; 4]>> {
        let ratio = f64::from(picture.width()) / f64::from(picture.height());
        let (inner_w, inner_h) = if ratio > f64::from(width) / f64::from(height) {
            (width, ((f64::from(width) / ratio).round() as u32).clamp(1, height))
        } else {
            (((f64::from(height) * ratio).round() as u32).clamp(1, width), height)
        };
        let whole = [0.0, 0.0, f64::from(picture.width()), f64::from(picture.height())];
        let inner = part(picture, (inner_w, inner_h), whole, self.blur)?;
        if (inner_w, inner_h) == (width, height) && backdrop.is_none() {
            return Ok(inner);
        }
        let mut out = backdrop.unwrap_or_else(|| vec![[0; 4]; width as usize * height as usize]);
        let (across, down) = match self.position {
            ObjectPosition::At(x, y) => (x, y),
            ObjectPosition::Attention => (0.5, 0.5),
        };
        let start = |room: u32, share: f32| (room as f32 * share) as usize;
        let (x, y) = (start(width - inner_w, across), start(height - inner_h, down));
        for (row, line) in inner.chunks_exact(inner_w as usize).enumerate() {
            let start = (y + row) * width as usize + x;
            for (to, from) in out[start..start + line.len()].iter_mut().zip(line) {
                *to = over(*from, *to);
            }
        }
        Ok(out)
    }
}

/// Resizes a part of a picture to `to` px and blurs it by `sigma` output px.
fn part(picture: &Picture, to: (u32, u32), crop: resize::Crop, sigma: f32) -> Result<Vec<[u8; 4]>> {
    if sigma <= 0.0 {
        return picture.part(to, crop);
    }
    let shrink = (sigma / MAX_FULL_SIZE_SIGMA).max(1.0);
    let side = |length: u32| ((length as f32 / shrink).ceil() as u32).max(1);
    let small = (side(to.0), side(to.1));
    let mut pixels = picture.part(small, crop)?;
    blur::gaussian(&mut pixels, small.0 as usize, sigma / shrink);
    resize::premultiplied(pixels, small, to).map_err(resize::failed)
}

/// Applies `grayscale()` and `brightness()` (Filter Effects 1) to premultiplied pixels.
fn tone(pixels: &mut [[u8; 4]], grayscale: f32, brightness: f32) {
    if grayscale <= 0.0 && brightness == 1.0 {
        return;
    }
    for pixel in pixels {
        let [r, g, b, a] = pixel.map(f32::from);
        let grey = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        let channel = |c: f32| ((c + (grey - c) * grayscale) * brightness + 0.5).min(a) as u8;
        *pixel = [channel(r), channel(g), channel(b), pixel[3]];
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    fn picture(picture: impl Into<DynamicImage>) -> Picture {
        let mut png = std::io::Cursor::new(Vec::new());
        picture.into().write_to(&mut png, ImageFormat::Png).expect("encodes");
        Picture::decode(&png.into_inner()).expect("decodes")
    }

    /// 40 x 20 px: the left half is red, the right half blue.
    fn halves() -> Picture {
        picture(RgbImage::from_fn(40, 20, |x, _| if x < 20 { Rgb([200, 10, 10]) } else { Rgb([10, 10, 200]) }))
    }

    const RED: [u8; 4] = [200, 10, 10, 255];
    const BLUE: [u8; 4] = [10, 10, 200, 255];

    #[test]
    fn fit_covers_contains_and_fills() {
        let fitted = |fit: ObjectFit| Fit::from(fit).fit(&halves(), 20, 20).expect("fits");
        let at = |pixels: &[[u8; 4]], x: usize, y: usize| pixels[y * 20 + x];
        let cover = fitted(ObjectFit::Cover);
        assert_eq!((at(&cover, 0, 0), at(&cover, 19, 19)), (RED, BLUE));
        let contain = fitted(ObjectFit::Contain);
        assert_eq!((at(&contain, 0, 0)[3], at(&contain, 0, 10)[3], at(&contain, 0, 19)[3]), (0, 255, 0));
        let fill = fitted(ObjectFit::Fill);
        assert_eq!((at(&fill, 4, 0), at(&fill, 15, 19)), (RED, BLUE));
    }

    #[test]
    fn pictures_of_full_size_are_not_decoded_smaller() {
        let contain = Fit::from(ObjectFit::Contain);
        let full = Fit { full_size: true, ..contain };
        let scales = |size| [contain, full].map(|fit| fit.scale((400, 200), size));
        assert_eq!((scales((100, 100)), scales((1000, 1000))), ([0.25, 1.0], [2.5, 2.5]));
    }

    #[test]
    fn position_selects_the_crop_or_the_placement() {
        let fitted = |object_fit, x, y| {
            let fit = Fit { position: ObjectPosition::At(x, y), ..Fit::from(object_fit) };
            fit.fit(&halves(), 20, 20).expect("fits")
        };
        assert!(fitted(ObjectFit::Cover, 0.0, 0.5).iter().take(19).all(|p| *p == RED));
        assert!(fitted(ObjectFit::Cover, 1.0, 0.5).iter().skip(1).take(19).all(|p| *p == BLUE));
        let top = fitted(ObjectFit::Contain, 0.5, 0.0);
        assert_eq!((top[0][3], top[399][3]), (255, 0));
        let bottom = fitted(ObjectFit::Contain, 0.5, 1.0);
        assert_eq!((bottom[0][3], bottom[399][3]), (0, 255));
    }

    #[test]
    fn rounding_errors_do_not_exceed_the_picture() {
        let sizes = [(200, 600), (16, 394), (89, 197), (41, 239)];
        let boxes = [(8, 197), (16, 239), (76, 50), (89, 67), (102, 84)];
        for (width, height) in sizes {
            let opaque = DynamicImage::new_rgb8(width, height);
            let pixels = [DynamicImage::from(opaque.to_rgba8()), opaque].map(picture);
            // The rounding is that of sizes and positions: each of these with one of the two kinds of pixels.
            let mut kinds = pixels.iter().cycle();
            for (box_width, box_height) in boxes.into_iter().chain([(width, height), (width / 2, height / 2)]) {
                for position in ["top", "center", "bottom", "right bottom", "30% 70%"] {
                    let position = position.parse().expect("a position");
                    let fit = Fit { position, ..Fit::from(ObjectFit::Cover) };
                    let error = kinds.next().and_then(|picture| fit.fit(picture, box_width, box_height).err());
                    assert!(error.is_none(), "{width}x{height} in {box_width}x{box_height}, {position:?}");
                }
            }
        }
    }

    #[test]
    fn transparent_pixels_do_not_bleed() {
        // Opaque red next to transparent green: the edge must be red, not olive.
        let edge =
            RgbaImage::from_fn(64, 64, |x, _| if x < 32 { Rgba([255, 0, 0, 255]) } else { Rgba([0, 255, 0, 0]) });
        for blur in [0.0, 3.0] {
            let fit = Fit { blur, ..Fit::from(ObjectFit::Fill) };
            let fitted = fit.fit(&picture(edge.clone()), 21, 21).expect("fits");
            assert!(fitted.iter().all(|p| p[1] <= 1 && p[0].abs_diff(p[3]) <= 1), "blur {blur}: {:?}", &fitted[..21]);
        }
    }

    #[test]
    fn blur_is_gaussian_at_every_sigma() {
        let step = picture(RgbImage::from_fn(400, 8, |x, _| Rgb([if x < 200 { 0 } else { 255 }; 3])));
        for sigma in [1.0_f32, 4.0, 10.0, 40.0] {
            let fitted = Fit { blur: sigma, ..Fit::from(ObjectFit::Fill) }.fit(&step, 400, 8).expect("fits");
            // A blurred step follows the normal distribution: 16 %, 50 % and 84 % at -1, 0 and 1 standard deviations.
            for (deviations, share) in [(-1.0, 0.159), (0.0, 0.5), (1.0, 0.841)] {
                let at = (200.0 + deviations * sigma).round() as usize;
                let seen = f32::midpoint(f32::from(fitted[at - 1][0]), f32::from(fitted[at][0])) / 255.0;
                assert!((seen - share).abs() < 0.04, "sigma {sigma}: {seen} at {deviations} deviations");
            }
            assert!(fitted.iter().all(|p| p[3] == 255), "the box's edge stays sharp");
        }
    }

    #[test]
    fn grayscale_removes_colour_and_brightness_is_a_factor() {
        let look = |grayscale, brightness| {
            Fit { grayscale, brightness, ..Fit::from(ObjectFit::Fill) }.fit(&halves(), 40, 20).expect("fits")[0]
        };
        assert_eq!(look(1.0, 1.0), [50, 50, 50, 255], "0.2126 * 200 + 0.7874 * 10");
        assert_eq!(look(0.0, 0.5), [100, 5, 5, 255]);
        assert_eq!(look(0.0, 3.0), [255, 30, 30, 255]);
        assert_eq!(look(0.5, 1.0), [125, 30, 30, 255]);
    }

    #[test]
    fn blur_fill_covers_the_whole_box() {
        let fitted = Fit::from(ObjectFit::BlurFill).fit(&halves(), 20, 20).expect("fits");
        assert!(fitted.iter().all(|p| p[3] == 255));
        assert_eq!((fitted[10 * 20 + 2], fitted[10 * 20 + 17]), (RED, BLUE), "the picture is unchanged");
        assert!(fitted[0][0] <= 125 && fitted[0][0] > 80, "the backdrop is darker: {:?}", fitted[0]);
    }
}
