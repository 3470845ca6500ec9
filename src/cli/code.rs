//! `haibao code`: one mini-program code.

use std::path::PathBuf;

use super::{block_on, output::Output, report, sample};
use crate::{
    code::{CodeNeed, Opens, check_page},
    config::Settings,
    error::{Error, Kind, Result},
    scene::{self, Scene},
    template::{layout::EnvVersion, style::Color},
    wechat::client::Client,
};

/// What it opens and how it looks.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What the page receives: 1 to 32 legal characters, such as id=123
    #[arg(long)]
    scene: String,
    /// The page, without a leading `/`; the home page otherwise
    #[arg(long, default_value = "", hide_default_value = true)]
    page: String,
    /// The file, PNG (transparent) or JPEG; `-` for standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// App of the settings
    #[arg(long, default_value = "default")]
    app: String,
    /// release, trial or develop
    #[arg(long, default_value = "release", value_name = "VERSION")]
    env_version: EnvVersion,
    /// px, 280 to 1280
    #[arg(long, default_value_t = 430, value_parser = clap::value_parser!(u32).range(280..=1280))]
    width: u32,
    /// Colour of the rays, such as #225588
    #[arg(long, value_name = "COLOR")]
    line_color: Option<Color>,
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

pub(super) fn run(args: Args, mut settings: Settings) -> Result<()> {
    let output = Output::from(args.output);
    output.check()?;
    scene::check(&args.scene)?;
    let faults = check_page(&args.page);
    if !faults.is_empty() {
        return Err(Error::findings(Kind::Invalid, "page_invalid", faults));
    }
    let _emulator = args.demo.then(|| sample::emulate(&mut settings)).transpose()?;
    let launch = scene::launch_parameter(&args.scene);
    let need = CodeNeed {
        app: args.app,
        opens: Opens::Unlimited { page: args.page, scene: Scene::Text(args.scene), check_path: !args.unpublished },
        env_version: args.env_version,
        width: args.width,
        auto_color: false,
        line_color: args.line_color.map(|c| [c.r, c.g, c.b]),
        is_hyaline: args.hyaline,
    };
    let bytes = block_on(async { Client::new(settings.wechat())?.code(&need).await })?;
    output.write(&bytes)?;
    report::say(&format!("launch parameter for the developer tool: {launch}\n"));
    Ok(())
}
