//! `haibao code`: fetches one code into a file, or prefetches many.

mod ahead;
mod rows;

use std::{
    borrow::Cow,
    io::Cursor,
    path::{Path, PathBuf},
};

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage, codecs::jpeg::JpegEncoder, imageops};

use super::{block_on, output::Output, report, runtime::close, sample};
use crate::{config::Settings, export::code_column::Field, service, wechat::client::WaitPolicy, words};
use haibao_core::{
    code::{CodeFields, CodeKind, EnvVersion, SceneRequest},
    error::{Error, ErrorKind, Finding, Result},
    scene::{self, Scene},
    style::Color,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Scene string that the page receives: 1 to 32 legal characters, such as id=123
    #[arg(long)]
    scene: Option<String>,
    /// Page path without a leading `/` [default: the home page]
    #[arg(long)]
    page: Option<String>,
    /// Fetch many codes: a sheet (XLSX, XLS, ODS, CSV, JSONL) whose first row names the columns (scene, page, file_name, width, ...).
    /// Each code is fetched once, within WeChat's quota; run the command again to resume an interrupted run
    #[arg(long, value_name = "FILE", conflicts_with_all = ["scene", "path", "text"])]
    rows: Option<PathBuf>,
    /// Output file; .png and .jpg are written as named, others as WeChat sends them; `-` for standard output; with --rows a
    /// folder
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Kind of code: unlimited (page and scene), limited or square (path; 100 000 in total), qr (text)
    #[arg(long, default_value = "unlimited")]
    kind: CodeKind,
    /// Path with query of a limited or square code
    #[arg(long)]
    path: Option<String>,
    /// Content of a plain QR code, such as a URL
    #[arg(long)]
    text: Option<String>,
    /// Name of an app in the settings [default: default]
    #[arg(long)]
    app: Option<String>,
    /// Version that the code opens: release, trial or develop [default: release]
    #[arg(long, value_name = "VERSION")]
    env_version: Option<EnvVersion>,
    /// Width, 280 to 1280 px [default: 430]
    #[arg(long)]
    width: Option<u32>,
    /// Line colour, such as #225588
    #[arg(long, value_name = "COLOR")]
    line_color: Option<Color>,
    /// Let WeChat choose the line colour
    #[arg(long)]
    auto_color: bool,
    /// Transparent background
    #[arg(long)]
    hyaline: bool,
    /// Accept a page that is not published yet
    #[arg(long)]
    unpublished: bool,
    /// Take the code from an emulated WeChat
    #[arg(long)]
    demo: bool,
}

impl Args {
    fn fields(&self) -> CodeFields {
        let set = |flag: bool, value: bool| flag.then_some(value);
        CodeFields {
            kind: Some(self.kind),
            app: self.app.clone(),
            page: self.page.clone(),
            scene: self.scene.clone().map(SceneRequest::Text),
            path: self.path.clone(),
            text: self.text.clone(),
            env_version: self.env_version,
            check_path: set(self.unpublished, false),
            auto_color: set(self.auto_color, true),
            line_color: self.line_color,
            is_hyaline: set(self.hyaline, true),
        }
    }
}

/// Replaces pointers to fields of the code by the command's flags: `/line_color` becomes `--line-color`.
fn at_flags(error: Error) -> Error {
    let flag = |finding: Finding| match finding.pointer.as_deref().and_then(|pointer| pointer.strip_prefix('/')) {
        Some(name) if name == rows::WIDTH || Field::ALL.iter().any(|(_, field)| *field == name) => {
            let flag = format!("--{}", name.replace('_', "-"));
            finding.pointer(flag)
        }
        _ => finding,
    };
    let findings = error.all_findings().iter().cloned().map(flag).collect();
    error.with_findings(findings)
}

/// Extensions of files that codes are written to.
const CODE_FORMATS: [&str; 3] = ["png", "jpg", "jpeg"];

/// The picture in the format that the file's extension names. Unknown extensions keep WeChat's: PNG for transparent codes,
/// JPEG for others.
fn as_named<'p>(path: &Path, picture: &'p [u8]) -> Result<Cow<'p, [u8]>> {
    let named = path.extension().and_then(ImageFormat::from_extension);
    let named = named.filter(|format| matches!(format, ImageFormat::Png | ImageFormat::Jpeg));
    let Some(format) = named.filter(|format| image::guess_format(picture).is_ok_and(|own| own != *format)) else {
        return Ok(Cow::Borrowed(picture));
    };
    let failed = |e: image::ImageError| Error::internal(words::code_not_converted()).source(e);
    let mut decoded = image::load_from_memory(picture).map_err(failed)?;
    let mut bytes = Cursor::new(Vec::new());
    if format == ImageFormat::Jpeg {
        // JPEG has no transparency.
        let mut plain = RgbaImage::from_pixel(decoded.width(), decoded.height(), Rgba([255; 4]));
        imageops::overlay(&mut plain, &decoded.to_rgba8(), 0, 0);
        decoded = DynamicImage::from(DynamicImage::from(plain).into_rgb8());
        decoded.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 95)).map_err(failed)?;
    } else {
        decoded.write_to(&mut bytes, format).map_err(failed)?;
    }
    Ok(Cow::Owned(bytes.into_inner()))
}

pub(super) fn run(args: Args, mut settings: Settings) -> Result<()> {
    if let Some(file) = &args.rows {
        let rows = rows::read(file, &args.fields(), args.width)?;
        let _emulator = args.demo.then(|| sample::emulate(&mut settings)).transpose()?;
        return block_on(ahead::fetch(&settings, rows, &args.output)).map_err(at_flags);
    }
    let output = Output::from(args.output.clone());
    output.check_for(&CODE_FORMATS)?;
    let need = args.fields().need(args.width);
    let need = need.map_err(|found| at_flags(Error::findings(ErrorKind::Invalid, "code_invalid", found)))?;
    let _emulator = args.demo.then(|| sample::emulate(&mut settings)).transpose()?;
    let fetched = block_on(async {
        let codes = service::CodeService::new(&settings.service())?;
        let fetched = codes.code(need, WaitPolicy::Wait).await;
        close(codes.close()).await;
        fetched
    });
    let (need, picture) = fetched.map_err(at_flags)?;
    output.write(&as_named(&args.output, &picture.asset.bytes)?)?;
    if let Some((_, Scene::Text(scene))) = need.page_and_scene() {
        let launch = scene::launch_parameter(scene);
        report::tell(&words::launch_parameter(launch));
    }
    if let Some(used) = picture.num_used {
        report::tell(&words::limited_used(used));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field of `CodeFields` that no flag sets would be null here.
    #[test]
    fn flags_set_every_field_of_a_code() {
        #[derive(clap::Parser)]
        struct Command {
            #[command(flatten)]
            args: Args,
        }

        let flags = [
            "code",
            "-o",
            "a.png",
            "--kind",
            "qr",
            "--app",
            "a",
            "--page",
            "b",
            "--scene",
            "c",
            "--path",
            "d",
            "--text",
            "e",
            "--env-version",
            "trial",
            "--unpublished",
            "--auto-color",
            "--line-color",
            "#225588",
            "--hyaline",
        ];
        let command = <Command as clap::Parser>::try_parse_from(flags).expect("flags");
        let fields = serde_json::to_value(command.args.fields()).expect("JSON");
        let fields = fields.as_object().expect("an object");
        let unset: Vec<_> = fields.iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name).collect();
        assert!(unset.is_empty(), "no flag sets {unset:?}");
    }

    #[test]
    fn the_extension_names_the_format() {
        let clear = RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 0]));
        let mut png = Cursor::new(Vec::new());
        clear.write_to(&mut png, ImageFormat::Png).expect("a picture");
        let png = png.into_inner();
        let jpeg = as_named(Path::new("a.JPG"), &png).expect("converted");
        assert_eq!(image::guess_format(&jpeg).expect("a format"), ImageFormat::Jpeg);
        let decoded = image::load_from_memory(&jpeg).expect("a picture").into_rgb8();
        assert!(decoded.pixels().all(|pixel| pixel.0.iter().all(|level| *level > 250)), "transparency is white");
        let back = as_named(Path::new("a.png"), &jpeg).expect("converted");
        assert_eq!(image::guess_format(&back).expect("a format"), ImageFormat::Png);
        for kept in ["a.png", "a", "-", "a.bin"] {
            assert_eq!(as_named(Path::new(kept), &png).expect("kept").as_ref(), png, "{kept}");
        }
    }
}
