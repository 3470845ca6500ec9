//! `haibao code`: one code into a file, or many ahead of time.

mod ahead;
mod rows;

use std::path::PathBuf;

use super::{
    block_on,
    output::{Output, print},
    report, sample,
};
use crate::{config::Settings, service, wechat::client::Patience};
use haibao_core::{
    code::{CodeFields, EnvVersion, Kind as CodeKind, SceneRequest},
    error::{Error, Finding, Kind, Result},
    scene::{self, Scene},
    style::Color,
};

/// What it opens and how it looks.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What the page receives: 1 to 32 legal characters, such as id=123
    #[arg(long)]
    scene: Option<String>,
    /// The page, without a leading `/`; the home page otherwise
    #[arg(long)]
    page: Option<String>,
    /// Many codes: a CSV, XLSX or JSONL file whose first row names the columns (scene, page, file_name, width, ...); each code is
    /// fetched once, within WeChat's quota, and an interrupted run goes on where it stopped
    #[arg(long, value_name = "FILE", conflicts_with_all = ["scene", "path", "text"])]
    rows: Option<PathBuf>,
    /// The file, PNG (transparent) or JPEG, `-` for standard output; with --rows the folder
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// unlimited (page and scene), limited or square (path; 100 000 in all), qr (text)
    #[arg(long, default_value = "unlimited")]
    kind: CodeKind,
    /// Path with query of a limited or square code
    #[arg(long)]
    path: Option<String>,
    /// What a plain QR code says, such as a URL
    #[arg(long)]
    text: Option<String>,
    /// App of the settings [default: default]
    #[arg(long)]
    app: Option<String>,
    /// release, trial or develop [default: release]
    #[arg(long, value_name = "VERSION")]
    env_version: Option<EnvVersion>,
    /// px, 280 to 1280 [default: 430]
    #[arg(long)]
    width: Option<u32>,
    /// Colour of the rays, such as #225588
    #[arg(long, value_name = "COLOR")]
    line_color: Option<Color>,
    /// Let WeChat choose the colour of the rays
    #[arg(long)]
    auto_color: bool,
    /// Transparent background
    #[arg(long)]
    hyaline: bool,
    /// Let WeChat accept a page that is not published
    #[arg(long)]
    unpublished: bool,
    /// Ask an emulated WeChat
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
            width: self.width,
            auto_color: set(self.auto_color, true),
            line_color: self.line_color,
            is_hyaline: set(self.hyaline, true),
        }
    }
}

pub(super) fn run(args: Args, mut settings: Settings) -> Result<()> {
    if let Some(file) = &args.rows {
        let rows = rows::read(file, &args.fields())?;
        let _emulator = args.demo.then(|| sample::emulate(&mut settings)).transpose()?;
        return block_on(ahead::fetch(&settings, rows, &args.output));
    }
    let output = Output::from(args.output.clone());
    output.check()?;
    let need = args.fields().need().map_err(|found| {
        let flag = |f: Finding| Finding { pointer: f.pointer.map(|p| p.replacen('/', "--", 1).replace('_', "-")), ..f };
        Error::findings(Kind::Invalid, "code_invalid", found.into_iter().map(flag).collect())
    })?;
    let _emulator = args.demo.then(|| sample::emulate(&mut settings)).transpose()?;
    let (need, picture) =
        block_on(async { service::Coder::new(&settings.service())?.code(need, Patience::Wait).await })?;
    output.write(&picture.bytes)?;
    if let Some((_, Scene::Text(scene))) = need.page_and_scene() {
        let launch = scene::launch_parameter(scene);
        report::say(&format!("launch parameter for the developer tool: {launch}\n"));
    }
    if let Some(used) = picture.num_used {
        report::say(&format!("{used} of the app's 100000 limited codes are used\n"));
    }
    Ok(())
}
