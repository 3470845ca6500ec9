//! `haibao code`: fetches one code into a file, or prefetches many.

mod ahead;
mod rows;

use std::path::PathBuf;

use super::{
    block_on,
    output::{Output, print},
    report, sample,
};
use crate::{config::Settings, export::code_column::Field, service, wechat::client::WaitPolicy};
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
    /// Fetch many codes: a CSV, XLSX or JSONL file whose first row names the columns (scene, page, file_name, width, ...). Each
    /// code is fetched once, within WeChat's quota; run the command again to resume an interrupted run
    #[arg(long, value_name = "FILE", conflicts_with_all = ["scene", "path", "text"])]
    rows: Option<PathBuf>,
    /// Output file, PNG (transparent) or JPEG; `-` for standard output; with --rows a folder
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
            width: self.width,
            auto_color: set(self.auto_color, true),
            line_color: self.line_color,
            is_hyaline: set(self.hyaline, true),
        }
    }
}

/// Replaces pointers to fields of the code by the command's flags: `/line_color` becomes `--line-color`.
fn at_flags(error: Error) -> Error {
    let flag = |finding: Finding| match finding.pointer.as_deref().and_then(|pointer| pointer.strip_prefix('/')) {
        Some(name) if Field::ALL.iter().any(|(_, field)| *field == name) => {
            let flag = format!("--{}", name.replace('_', "-"));
            finding.pointer(flag)
        }
        _ => finding,
    };
    let findings = error.all_findings().iter().cloned().map(flag).collect();
    error.with_findings(findings)
}

pub(super) fn run(args: Args, mut settings: Settings) -> Result<()> {
    if let Some(file) = &args.rows {
        let rows = rows::read(file, &args.fields())?;
        let _emulator = args.demo.then(|| sample::emulate(&mut settings)).transpose()?;
        return block_on(ahead::fetch(&settings, rows, &args.output)).map_err(at_flags);
    }
    let output = Output::from(args.output.clone());
    output.check()?;
    let need = args.fields().need();
    let need = need.map_err(|found| at_flags(Error::findings(ErrorKind::Invalid, "code_invalid", found)))?;
    let _emulator = args.demo.then(|| sample::emulate(&mut settings)).transpose()?;
    let (need, picture) =
        block_on(async { service::CodeService::new(&settings.service())?.code(need, WaitPolicy::Wait).await })
            .map_err(at_flags)?;
    output.write(&picture.bytes)?;
    if let Some((_, Scene::Text(scene))) = need.page_and_scene() {
        let launch = scene::launch_parameter(scene);
        report::say(&format!("launch parameter for WeChat DevTools: {launch}\n"));
    }
    if let Some(used) = picture.num_used {
        report::say(&format!("{used} of the app's 100000 limited codes are used\n"));
    }
    Ok(())
}
