//! The samples of the starter templates, compared with golden pictures.
//!
//! `HAIBAO_GOLDEN=accept cargo test -p haibao-core --test render golden` replaces the pictures that differ. Review them before
//! committing.

use std::{fs, path::PathBuf};

use haibao_core::encode::Format;
use image::{Rgb, RgbImage};

use crate::kit;

/// Maximum difference per channel. CPUs with different vector units round differently.
const TOLERANCE: u8 = 1;

fn folder() -> PathBuf {
    kit::root().join("tests/golden")
}

/// Compares a picture with the golden one of this name, or replaces that if they differ and it is to be accepted.
pub(crate) fn compare(name: &str, png: &[u8]) -> Result<(), String> {
    let compared = difference(name, png);
    if compared.is_ok() || std::env::var_os("HAIBAO_GOLDEN").is_none_or(|value| value != "accept") {
        return compared;
    }
    let path = folder().join(format!("{name}.png"));
    // There is none if the picture is new or has another size.
    let _ = fs::remove_file(folder().join(format!("{name}.diff.png")));
    let written = fs::create_dir_all(path.parent().unwrap_or(&path)).and_then(|()| fs::write(&path, png));
    written.map_err(|e| format!("{}: {e}", path.display()))
}

/// As [`compare`]; fails the test.
pub(crate) fn assert_same(name: &str, png: &[u8]) {
    assert_all_same(&compare(name, png).err().into_iter().collect::<Vec<_>>());
}

/// Fails the test if there are pictures that differ.
pub(crate) fn assert_all_same(failures: &[String]) {
    assert!(failures.is_empty(), "\n{}\nTo accept the new pictures: HAIBAO_GOLDEN=accept", failures.join("\n"));
}

fn difference(name: &str, png: &[u8]) -> Result<(), String> {
    let path = folder().join(format!("{name}.png"));
    let actual = image::load_from_memory(png).map_err(|e| format!("{name}: {e}"))?.into_rgb8();
    let expected = image::open(&path).map_err(|e| format!("{}: {e}", path.display()))?.into_rgb8();
    if expected.dimensions() != actual.dimensions() {
        return Err(format!("{name}: expected {:?} px, got {:?}", expected.dimensions(), actual.dimensions()));
    }
    if expected.as_raw() == actual.as_raw() {
        return Ok(());
    }
    let (mut worst, mut count) = (0, 0);
    for (e, a) in expected.pixels().zip(actual.pixels()) {
        let level = e.0.iter().zip(a.0).map(|(e, a)| e.abs_diff(a)).max().unwrap_or(0);
        worst = worst.max(level);
        count += usize::from(level > TOLERANCE);
    }
    if count == 0 {
        return Ok(());
    }
    let diff = folder().join(format!("{name}.diff.png"));
    triptych(&expected, &actual).save(&diff).map_err(|e| e.to_string())?;
    Err(format!(
        "{name}: {count} pixels differ, by up to {worst} levels; expected, diff and actual: {}",
        diff.display()
    ))
}

/// Expected, difference and actual side by side.
fn triptych(expected: &RgbImage, actual: &RgbImage) -> RgbImage {
    let (width, height) = expected.dimensions();
    RgbImage::from_fn(width * 3 + 20, height, |x, y| {
        let (part, x) = (x / (width + 10), x % (width + 10));
        if x >= width {
            return Rgb([255, 0, 255]);
        }
        let (e, a) = (expected.get_pixel(x, y), actual.get_pixel(x, y));
        match part {
            0 => *e,
            2 => *a,
            _ if e.0.iter().zip(a.0).all(|(e, a)| e.abs_diff(a) <= TOLERANCE) => Rgb(e.0.map(|c| 192 + c / 4)),
            _ => Rgb([255, 0, 0]),
        }
    })
}

#[test]
fn samples_match_the_goldens() {
    let mut failures = Vec::new();
    for id in &kit::templates() {
        let template = kit::template(id);
        for name in kit::SAMPLES {
            let plan = kit::plan(&template, kit::sample(&template, name), 1.0);
            let rendered = kit::renderer().render(&plan, &kit::gather(&plan), Format::Png);
            let rendered = rendered.unwrap_or_else(|e| panic!("{id} {name}: {e} {:#?}", e.all_findings()));
            failures.extend(compare(&format!("template/{id}/{name}"), &rendered.bytes).err());
        }
    }
    assert_all_same(&failures);
}

#[test]
fn all_decoders_read_the_same_pixels() {
    let dir = tempfile::tempdir().expect("a folder");
    let template = kit::template("product-share");
    let plan = kit::plan(&template, kit::sample(&template, "longest"), 1.0);
    let png = kit::renderer().render(&plan, &kit::gather(&plan), Format::Png).expect("renders").bytes;
    let path = dir.path().join("poster.png");
    fs::write(&path, &png).expect("written");

    let run = |program: &str, args: &[&std::ffi::OsStr]| {
        let output = std::process::Command::new(program).args(args).output();
        output.unwrap_or_else(|e| panic!("this test requires {program}, which tests/run installs: {e}"))
    };
    let check = run("pngcheck", &["-v".as_ref(), path.as_os_str()]);
    let output = String::from_utf8_lossy(&check.stdout);
    assert!(check.status.success() && output.contains("No errors detected"), "pngcheck: {output}");

    let raw = dir.path().join("poster.raw");
    let script = "import sys; from PIL import Image; i = Image.open(sys.argv[1]); i.load(); assert i.mode == 'RGB', i.mode; \
                  open(sys.argv[2], 'wb').write(i.tobytes())";
    // Debian's Pillow is installed for the system Python only.
    let pillow = run("/usr/bin/python3", &["-c".as_ref(), script.as_ref(), path.as_os_str(), raw.as_os_str()]);
    assert!(pillow.status.success(), "Pillow: {}", String::from_utf8_lossy(&pillow.stderr));
    let ours = image::load_from_memory(&png).expect("decodes");
    assert_eq!(ours.color(), image::ColorType::Rgb8);
    assert!(ours.into_rgb8().into_raw() == fs::read(raw).expect("raw pixels"), "Pillow and image decode differently");
}
