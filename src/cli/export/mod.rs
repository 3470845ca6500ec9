//! `haibao export`: a poster for every row of a sheet, into a ZIP file or a folder.

mod before;
mod work;

use std::{fs, path::PathBuf, sync::Arc};

use super::{
    Flags, block_on,
    output::{Output, print},
    progress::time,
    render::{pair, read, scale},
    report, sample,
};
use crate::{
    config::Settings,
    export::{blank, failures, rows, sheet},
    service::{
        App,
        export::{
            Spec, estimate,
            local::{Fingerprint, Target},
        },
    },
};
use haibao_core::{
    code::EnvVersion,
    encode::Format,
    error::{Error, Kind, Result},
    plan::CodeRequest,
    template::Template,
};

/// Bytes that a sheet may have.
const MAX_SHEET: u64 = 256 << 20;
/// Posters that may wait for a thread: many more than an export has under way, so that none is ever refused.
const QUEUE: usize = 1024;

/// What is made of what.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Name of the template
    template: String,
    /// The sheet: CSV, XLSX or JSONL; its columns give the parameters
    #[arg(long, value_name = "FILE", required_unless_present = "blank")]
    rows: Option<PathBuf>,
    /// FILE.zip, or a folder
    #[arg(short, long, value_name = "FILE.zip|DIR", required_unless_present_any = ["blank", "dry_run"])]
    output: Option<PathBuf>,
    /// Go on with a run that did not finish: rows that are done are not done again
    #[arg(long)]
    resume: bool,
    /// Refuse all rows when one is bad, and posters that have findings
    #[arg(long)]
    strict: bool,
    /// Check the rows, say what it takes, and stop
    #[arg(long)]
    dry_run: bool,
    /// Draw the twenty rows that are most likely to look bad, small, into one picture
    #[arg(long, value_name = "FILE.png")]
    sheet: Option<PathBuf>,
    /// Which column gives a parameter, where the names differ. May be repeated
    #[arg(long = "map", value_name = "PARAM=COLUMN", value_parser = pair)]
    maps: Vec<(String, String)>,
    /// Names of the files, such as {{nickname}}-{{row}}
    #[arg(long, value_name = "PATTERN")]
    name: Option<String>,
    /// png
    #[arg(long, value_name = "FORMAT", default_value = "png")]
    format: Format,
    /// Output px per px of the canvas, 1 to 3
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = scale)]
    scale: f32,
    /// Page of all codes; the template's otherwise
    #[arg(long)]
    page: Option<String>,
    /// release, trial or develop
    #[arg(long, value_name = "VERSION")]
    env_version: Option<EnvVersion>,
    /// App of the settings
    #[arg(long)]
    app: Option<String>,
    /// Take the codes from an emulated WeChat
    #[arg(long)]
    demo: bool,
    /// Write an empty sheet for the template, with notes and a sample row, and stop
    #[arg(long, value_name = "FILE.xlsx", conflicts_with_all = ["rows", "output"])]
    blank: Option<PathBuf>,
    #[command(flatten)]
    pub(super) flags: Flags,
}

pub(super) fn run(args: Args, mut settings: Settings) -> Result<()> {
    let _emulator = args.demo.then(|| sample::emulate(&mut settings)).transpose()?;
    settings.pool.queue = settings.pool.queue.max(QUEUE);
    block_on(async {
        let app = Arc::new(App::new(&settings.service())?);
        let template = app.template(&args.template).await?;
        match &args.blank {
            Some(file) => Output::File(file.clone()).write(&blank::write(&template)?),
            None => export(&args, &settings, &app, template).await,
        }
    })
}

async fn export(args: &Args, settings: &Settings, app: &Arc<App>, template: Arc<Template>) -> Result<()> {
    let (sheet, checked) = check(args, app, &template)?;
    let (total, target) = (checked.rows.len() + checked.bad.len(), args.output.clone().map(Target::of));
    before::tell(total, &checked.bad);
    if !checked.codes.is_empty() {
        let estimate = estimate(&app.coder, &checked.codes, args.dry_run).await;
        before::tell_cost(&estimate, settings.wechat().per_minute);
    }
    if let Some(file) = &args.sheet {
        let png = before::sheet(app, &template, args, &checked).await?;
        Output::File(file.clone()).write(&png)?;
    }
    let rows::Checked { rows, bad, .. } = checked;
    if !bad.is_empty() && (args.strict || args.dry_run) {
        let message = format!("{} of {total} rows are bad", bad.len());
        let error = Error::new(Kind::Invalid, "rows_invalid", message);
        return Err(match &target {
            Some(target) if args.strict && !args.dry_run => {
                let file = target.failures();
                // A folder of posters may not be there yet. When it cannot be made, writing says so.
                let _ = file.parent().map(fs::create_dir_all);
                Output::File(file.clone()).write(&failures::write(&sheet.columns, &bad))?;
                error.hint(format!("{} lists them all; nothing was drawn", file.display()))
            }
            _ => error.hint("repair them; without --strict and --dry-run the others are drawn"),
        });
    }
    let Some(target) = target.filter(|_| !args.dry_run) else {
        return print(&format!("{total} rows can be drawn\n"));
    };
    let spec = Spec { template, format: args.format, scale: args.scale, strict: args.strict };
    let codes = if args.demo { "samples" } else { "WeChat's" };
    let fingerprint = Fingerprint::new(app, &spec, &rows, &bad, codes);
    let work = work::open(&target, &fingerprint, rows.len(), args.resume)?;
    let ran = work::run(app, Arc::new(spec), rows, work).await?;
    report::say(&ran.told());
    let summary = ran.work.finish(&sheet.columns, bad)?;
    let (posters, shown) = (summary.posters, target.path().display());
    print(&format!("{posters} of {total} posters in {shown}\n"))?;
    if summary.failed == 0 {
        return Ok(());
    }
    let message = format!("{} of {total} rows have no poster", summary.failed);
    let hint =
        format!("{} lists them with what is wrong; repaired, it is a sheet to export", target.failures().display());
    Err(Error::new(Kind::Invalid, "rows_failed", message).hint(hint))
}

/// The ending of a file of this format, without a dot.
fn ending(format: Format) -> String {
    match format.media_type().trim_start_matches("image/") {
        "jpeg" => "jpg".to_owned(),
        other => other.to_owned(),
    }
}

/// Reads the sheet and checks its rows.
fn check(args: &Args, app: &App, template: &Arc<Template>) -> Result<(sheet::Sheet, rows::Checked)> {
    let path = args.rows.clone().unwrap_or_default();
    let name = path.display().to_string();
    let named = |error: Error| {
        let message = format!("{name}: {}", error.message());
        let named = Error::new(error.kind(), error.code(), message).with_findings(error.all_findings().to_vec());
        match error.hint_text() {
            Some(hint) => named.hint(hint),
            None => named,
        }
    };
    let bytes = read(&path, MAX_SHEET)?;
    let sheet = sheet::Format::of(&name, &bytes)
        .and_then(|format| sheet::Sheet::read(&bytes, format, &sheet::Limits::default()))
        .map_err(named)?;
    let code = CodeRequest {
        page: args.page.clone(),
        env_version: args.env_version,
        app: args.app.clone(),
        ..CodeRequest::default()
    };
    let options = rows::Options {
        map: args.maps.iter().cloned().collect(),
        file_name: args.name.clone(),
        ending: ending(args.format),
        code,
        scale: args.scale,
    };
    let checked = rows::check(&sheet, template, app.renderer.fonts(), &options).map_err(named)?;
    Ok((sheet, checked))
}
