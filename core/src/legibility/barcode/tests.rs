//! Barcodes are read as scanners read them, and faults are found and named.

use image::{DynamicImage, RgbaImage, imageops};

use super::{
    super::{Form, Report, Spot, examine, margin},
    *,
};
use crate::{
    code::barcode::{EncodedBarcode, tables},
    error::Severity,
    testing,
};

const FORMATS: [BarcodeFormat; 2] = [BarcodeFormat::Code128, BarcodeFormat::Ean13];

fn encoded(format: BarcodeFormat, value: &str) -> EncodedBarcode {
    EncodedBarcode::new(format, value).unwrap_or_else(|e| panic!("{value}: {e}"))
}

/// Random barcodes.
struct Random(testing::Random);

impl Random {
    fn new() -> Self {
        Self(testing::Random::new(20_270_214))
    }

    fn next(&mut self, min: u32, max: u32) -> u32 {
        self.0.next(min, max)
    }

    fn barcode(&mut self, format: BarcodeFormat) -> EncodedBarcode {
        let value: String = match format {
            BarcodeFormat::Ean13 => (0..12).map(|_| char::from(b'0' + self.next(0, 9) as u8)).collect(),
            BarcodeFormat::Code128 => {
                let (length, kind) = (self.next(1, 30), self.next(0, 3));
                let mut any = |kind| match kind {
                    0 => self.next(0, 127) as u8,
                    1 => self.next(u32::from(b'0'), u32::from(b'9')) as u8,
                    _ => self.next(u32::from(b' '), u32::from(b'~')) as u8,
                };
                // Mostly digits need latches in the middle.
                let mixed = |at: u32| if kind == 3 { u32::from(at % 7 != 3) } else { kind };
                (0..length).map(|at| char::from(any(mixed(at)))).collect()
            }
        };
        encoded(format, &value)
    }
}

/// A row of modules as a picture: `module` px each, `quiet` light modules on both sides, 12 px high.
fn picture(modules: &[bool], module: u32, quiet: u32) -> RgbaImage {
    RgbaImage::from_fn((modules.len() as u32 + 2 * quiet) * module, 12, |x, _| {
        let at = (x / module).checked_sub(quiet).and_then(|at| modules.get(at as usize));
        image::Rgba(if at.is_some_and(|dark| *dark) { [0, 0, 0, 255] } else { [255; 4] })
    })
}

fn readings(picture: &RgbaImage) -> Vec<BarcodeReading> {
    let pixels: Vec<[u8; 4]> = picture.pixels().map(|pixel| pixel.0).collect();
    read(&pixels, picture.width() as usize, 0..picture.height() as usize)
}

fn values(picture: &RgbaImage) -> Vec<(BarcodeFormat, String)> {
    readings(picture).into_iter().map(|reading| (reading.format, reading.value)).collect()
}

/// Values read on one scan line.
fn line_values(modules: &[bool], module: usize) -> Vec<(BarcodeFormat, String)> {
    let light = [255; 4];
    let quiet = || std::iter::repeat_n(light, 11 * module);
    let bars = modules.iter().flat_map(|dark| std::iter::repeat_n(if *dark { [0, 0, 0, 255] } else { light }, module));
    let row: Vec<[u8; 4]> = quiet().chain(bars).chain(quiet()).collect();
    read_line(&row).into_iter().map(|reading| (reading.format, reading.value)).collect()
}

#[test]
fn random_values_are_read_back() {
    let mut random = Random::new();
    for round in 0..80 {
        for format in FORMATS {
            let barcode = random.barcode(format);
            let module = random.next(1, 6);
            let found = readings(&picture(&barcode.modules, module, 12));
            let case = format!("round {round}: {:?} at {module} px", barcode.value);
            let [reading] = &found[..] else { panic!("{case}: {found:?}") };
            assert_eq!((reading.format, &reading.value), (format, &barcode.value), "{case}");
            assert!((reading.module - module as f32).abs() < 0.01, "{case}: {reading:?}");
            assert!(reading.contrast > 20.9 && (reading.lines - 1.0).abs() < 0.01, "{case}: {reading:?}");
            assert!(reading.quiet_zones.iter().all(|zone| (zone - 12.0).abs() < 0.1), "{case}: {reading:?}");
        }
    }
}

#[test]
fn scaled_and_blurred_barcodes_are_read() {
    let mut random = Random::new();
    for round in 0..60 {
        for format in FORMATS {
            let barcode = random.barcode(format);
            let drawn = picture(&barcode.modules, 3, 11);
            // 1.8 to 5.4 px per module.
            let width = drawn.width() * random.next(60, 180) / 100;
            let module = 3.0 * width as f32 / drawn.width() as f32;
            let sigma = module * random.next(20, 40) as f32 / 100.0;
            let scaled = DynamicImage::from(drawn).resize_exact(width, 12, imageops::FilterType::Triangle);
            let blurred = scaled.blur(sigma).into_rgba8();
            let case = format!("round {round}: {:?} at {module} px, blurred by {sigma} px", barcode.value);
            let found = readings(&blurred);
            assert_eq!(values(&blurred), [(format, barcode.value)], "{case}");
            assert!((found[0].module / module - 1.0).abs() < 0.03, "{case}: {found:?}");
        }
    }
}

#[test]
fn light_that_changes_along_the_bars_is_no_obstacle() {
    let barcode = encoded(BarcodeFormat::Code128, "VIP-2027-0042");
    let mut drawn = picture(&barcode.modules, 3, 10);
    let width = drawn.width();
    for (x, _, pixel) in drawn.enumerate_pixels_mut() {
        // The background at the right is darker than the bars at the left.
        let light = 255 - x * 190 / width;
        let level = if pixel.0[0] == 0 { light * 2 / 5 } else { light };
        pixel.0 = [level as u8, level as u8, level as u8, 255];
    }
    assert_eq!(values(&drawn), [(BarcodeFormat::Code128, barcode.value)]);
}

#[test]
fn damage_is_never_read_as_another_value() {
    let mut random = Random::new();
    for format in FORMATS {
        for _ in 0..3 {
            let barcode = random.barcode(format);
            for at in 0..barcode.modules.len() {
                let mut damaged = barcode.modules.clone();
                damaged[at] = !damaged[at];
                let others: Vec<_> =
                    line_values(&damaged, 2).into_iter().filter(|(_, value)| *value != barcode.value).collect();
                assert_eq!(others, [], "{:?} with module {at} inverted", barcode.value);
            }
        }
    }
}

#[test]
fn every_wrong_check_digit_is_rejected() {
    let barcode = encoded(BarcodeFormat::Ean13, "690123456789");
    for last in 0..10 {
        let widths = tables::ean13(last).expect("a digit").into_iter();
        let mut modules = barcode.modules.clone();
        modules.splice(85..92, tables::modules(widths));
        let found = line_values(&modules, 2);
        let expected = (last == 2).then(|| (BarcodeFormat::Ean13, "6901234567892".to_owned()));
        assert_eq!(found, Vec::from_iter(expected), "check digit {last}");
    }
    let barcode = encoded(BarcodeFormat::Code128, "12345678");
    let check = barcode.modules.len() - 13 - 11;
    let read = (0..103).filter(|symbol| {
        let widths = tables::code128(*symbol).expect("a symbol").into_iter();
        let mut modules = barcode.modules.clone();
        modules.splice(check..check + 11, tables::modules(widths));
        !line_values(&modules, 2).is_empty()
    });
    assert_eq!(read.count(), 1);
}

#[test]
fn quiet_zones_are_measured() {
    for format in FORMATS {
        let barcode = Random::new().barcode(format);
        let [left, right] = format.quiet_zones();
        let beside = |left: usize, right: usize| {
            // A bar beside each quiet zone.
            let zone = |light: usize| vec![false; light];
            let modules = [vec![true; 2], zone(left), barcode.modules.clone(), zone(right), vec![true; 2]].concat();
            let found = readings(&picture(&modules, 3, 2));
            assert_eq!(found[0].value, barcode.value);
            found[0].has_quiet_zones()
        };
        assert!(beside(left, right));
        assert!(!beside(left - 1, right), "{format:?}");
        assert!(!beside(left, right - 1), "{format:?}");
    }
}

#[test]
fn barcodes_side_by_side_are_all_read() {
    let [first, second] = [encoded(BarcodeFormat::Code128, "A-1"), encoded(BarcodeFormat::Ean13, "400399415548")];
    let modules = [first.modules, vec![false; 12], second.modules].concat();
    let expected = [(BarcodeFormat::Code128, "A-1".to_owned()), (BarcodeFormat::Ean13, "4003994155486".to_owned())];
    assert_eq!(values(&picture(&modules, 2, 10)), expected);
}

#[test]
fn noise_says_nothing() {
    let mut random = Random::new();
    for _ in 0..500 {
        let modules: Vec<bool> = (0..200).map(|_| random.next(0, 1) == 1).collect();
        assert_eq!(line_values(&modules, 1), [], "{modules:?}");
    }
}

/// A poster: a barcode of modules of `module` px on `backdrop`, with what lies above it.
struct Poster<'a> {
    barcode: EncodedBarcode,
    module: u32,
    height: u32,
    color: [u8; 3],
    /// Opacity of the bars.
    alpha: u8,
    backdrop: [u8; 3],
    above: &'a dyn Fn(u32, u32) -> Option<[u8; 3]>,
}

impl Default for Poster<'_> {
    fn default() -> Self {
        let barcode = encoded(BarcodeFormat::Ean13, "4003994155486");
        Self { barcode, module: 3, height: 120, color: [0; 3], alpha: 255, backdrop: [255; 3], above: &|_, _| None }
    }
}

/// Which pixels of a box, row by row, are within rectangles `[x, y, width, height]`.
fn inside(rects: impl Iterator<Item = [u32; 4]>, [width, height]: [u32; 2]) -> Vec<bool> {
    let mut pixels = vec![false; (width * height) as usize];
    for [x, y, own_width, own_height] in rects {
        for y in y..y + own_height {
            pixels[(y * width + x) as usize..][..own_width as usize].fill(true);
        }
    }
    pixels
}

impl Poster<'_> {
    /// Examines it, expecting `value`. The box begins `margin` px from the left and the top.
    fn examine(&self, value: &str) -> Report {
        let form = Form::Barcode { format: self.barcode.format, value };
        let box_width = self.barcode.width() as u32 * self.module;
        let around = margin(form, box_width);
        let layout = self.barcode.layout([box_width, self.height], Some(20.0)).expect("laid out");
        let (width, height) = (box_width + 2 * around, self.height + 2 * around);
        let over = |color: u8, below: u8| {
            let alpha = u16::from(self.alpha);
            ((u16::from(color) * alpha + u16::from(below) * (255 - alpha)) / 255) as u8
        };
        let color = [0, 1, 2].map(|channel| over(self.color[channel], self.backdrop[channel]));
        let [r, g, b] = self.color.map(|channel| over(channel, 0));
        let size = [box_width, self.height];
        let bars = inside(layout.bars.iter().copied(), size);
        let labels = inside(layout.labels.iter().map(|label| label.rect), size);
        let (mut finished, mut alone) = (Vec::new(), Vec::new());
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let place = x.checked_sub(around).zip(y.checked_sub(around));
            let in_box = place.filter(|(x, y)| *x < box_width && *y < self.height);
            let at = |rects: &[bool]| in_box.is_some_and(|(x, y)| rects[(y * box_width + x) as usize]);
            let is_bar = at(&bars);
            // A block for each text.
            let is_text = at(&labels) && in_box.is_some_and(|(x, _)| (x / 4) % 2 == 0);
            let [fr, fg, fb] = place.and_then(|(x, y)| (self.above)(x, y)).unwrap_or(if is_bar || is_text {
                color
            } else {
                self.backdrop
            });
            finished.push([fr, fg, fb, 255]);
            alone.push(if is_bar { [r, g, b, self.alpha] } else { [0; 4] });
        }
        let [x0, y0] = [around as usize; 2];
        let square = [x0, y0, x0 + box_width as usize, y0 + self.height as usize];
        examine(&Spot { finished: &finished, alone: &alone, width: width as usize, square, form, center: 0.0 })
    }

    fn codes(&self) -> Vec<(&'static str, Severity)> {
        let report = self.examine(&self.barcode.value);
        report.findings.iter().map(|finding| (finding.code, finding.severity)).collect()
    }
}

#[test]
fn clean_barcodes_pass() {
    let mut random = Random::new();
    for format in FORMATS {
        for _ in 0..8 {
            let barcode = random.barcode(format);
            let height = barcode.width() as u32;
            let value = barcode.value.clone();
            let poster = Poster { barcode, height, ..Poster::default() };
            assert_eq!(poster.codes(), [], "{value:?}");
        }
    }
    let report = Poster::default().examine("4003994155486");
    assert_eq!((report.side, report.occluded, report.disturbed), (285, 0.0, 0.0));
    for (color, backdrop) in
        [([20, 30, 90], [255, 240, 200]), ([0, 60, 40], [255, 255, 255]), ([0; 3], [255, 120, 120])]
    {
        assert_eq!(Poster { color, backdrop, ..Poster::default() }.codes(), [], "{color:?} on {backdrop:?}");
    }
}

#[test]
fn each_fault_of_a_barcode_has_its_name() {
    use Severity::{Error, Warning};
    let sized = |module, height| Poster { module, height, ..Poster::default() }.codes();
    assert_eq!(sized(2, 100), [("code_small", Warning)]);
    assert_eq!(sized(1, 100), [("code_small", Error)]);
    assert_eq!(sized(3, 60), [("code_small", Warning)], "34 px of bars");
    assert_eq!(sized(3, 42), [("code_small", Warning)], "16 px of bars");
    for height in [27, 40] {
        assert_eq!(sized(3, height), [("code_small", Error)], "{} px of bars", height - 26);
    }

    let colored = |color, backdrop| Poster { color, backdrop, ..Poster::default() }.codes();
    assert_eq!(colored([0; 3], [60; 3])[0], ("code_contrast", Error));
    assert_eq!(colored([0; 3], [110; 3]), [("code_contrast", Warning)]);
    assert_eq!(colored([255; 3], [30; 3]), [("code_inverted", Error)]);
    assert_eq!(colored([170, 0, 0], [255; 3]), [("code_contrast", Warning)], "dark red, light in red light");

    let translucent = |alpha, backdrop| Poster { alpha, backdrop, ..Poster::default() };
    assert_eq!(translucent(180, [255; 3]).codes(), [], "dark enough on white");
    assert_eq!(translucent(0x88, [255; 3]).codes(), [("code_contrast", Warning)]);
    for (alpha, backdrop) in [(0x88, [90; 3]), (40, [255; 3]), (1, [255; 3])] {
        let report = translucent(alpha, backdrop).examine("4003994155486");
        let finding = &report.findings[0];
        assert_eq!((finding.code, finding.severity), ("code_contrast", Error), "{alpha}");
        assert!(finding.message.contains(":1, at least 4.5:1"), "{finding:?}");
        assert!(finding.hint.as_ref().is_some_and(|hint| hint.contains("`color`")), "{finding:?}");
    }
    let invisible = &translucent(0, [255; 3]).examine("4003994155486").findings[0];
    assert_eq!((invisible.code, &*invisible.message), ("code_contrast", "the barcode has no visible bars"));

    let above = |above: &dyn Fn(u32, u32) -> Option<[u8; 3]>| Poster { above, ..Poster::default() }.codes();
    let left = above(&|x, _| (10..24).contains(&x).then_some([0; 3]));
    assert_eq!(left, [("code_quiet_zone", Error)]);
    let lower_half = above(&|x, y| (x < 300 && y > 40).then_some([255; 3]));
    assert!(lower_half.contains(&("code_unreadable", Error)), "{lower_half:?}");
    let badge = above(&|x, y| ((150..180).contains(&x) && (10..30).contains(&y)).then_some([255; 3]));
    assert_eq!(badge, [("code_covered", Warning)], "other lines can be read: {badge:?}");
    let line = above(&|x, _| (171..174).contains(&x).then_some([255; 3]));
    assert!(line.contains(&("code_unreadable", Error)), "the bar of the centre guard: {line:?}");
}

#[test]
fn another_value_is_named() {
    let message = |report: Report| report.findings.into_iter().map(|finding| finding.message).collect::<Vec<_>>();
    assert_eq!(
        message(Poster::default().examine("6901234567892")),
        [
            "the barcode in the finished poster encodes \"4003994155486\" in EAN-13, expected \"6901234567892\" in EAN-13"
        ]
    );
    let occluded = |_: u32, y: u32| (y > 20).then_some([255; 3]);
    let report = Poster { above: &occluded, ..Poster::default() }.examine("4003994155486");
    let found = report.findings.iter().find(|finding| finding.code == "code_unreadable").expect("unreadable");
    assert!(found.message.contains("can be read on 20 % of its height only"), "{found:?}");
}
