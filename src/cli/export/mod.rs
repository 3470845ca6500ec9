//! `haibao export`: renders a poster for every row of a sheet into a ZIP file or a folder.

mod before;
mod work;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Flags,
    output::{Output, check_name},
    progress::time,
    render::{format_help, pair, scale},
    report,
    runtime::with_app,
    sample, sheet,
};
use crate::{
    config::Settings,
    export::{
        Mapping, blank, failures,
        outline::{columns_by_target, mapped_columns},
        rows,
    },
    service::{
        App,
        export::{
            SheetSource, Spec, estimate,
            local::{ExportTarget, Fingerprint},
            mapping, open,
            pictures::PictureFiles,
            retried::{MAX_ALONE, of_failures},
        },
    },
    words,
};
use haibao_core::{
    code::{CodeFields, EnvVersion},
    encode::Format,
    error::{Error, ErrorKind, Result},
    template::Template,
};
use haibao_sheet::{Hidden, Limits, Sheet};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Name of the template
    template: String,
    /// Sheet: XLSX, XLS, ODS, CSV, JSONL and others; its columns supply the parameters
    #[arg(long, value_name = "FILE", required_unless_present = "blank")]
    rows: Option<PathBuf>,
    /// Output: FILE.zip or a folder
    #[arg(short, long, value_name = "FILE.zip|DIR", required_unless_present_any = ["blank", "dry_run"])]
    output: Option<PathBuf>,
    /// Resume an unfinished run; finished rows are not drawn again
    #[arg(long)]
    resume: bool,
    /// Draw nothing if any row is invalid, and reject posters that have findings
    #[arg(long)]
    strict: bool,
    /// Check the rows, print the cost in codes, and exit
    #[arg(long)]
    dry_run: bool,
    /// Write a contact sheet of the twenty rows most likely to look bad
    #[arg(long, value_name = "FILE.png")]
    sheet: Option<PathBuf>,
    /// Column that supplies a parameter, if the names differ; kept for the next sheet, but not with --demo. May be repeated
    #[arg(long = "map", value_name = "COLUMN=PARAM", value_parser = pair("COLUMN", "PARAM"))]
    maps: Vec<(String, String)>,
    /// Reject columns that the template has no parameter for, instead of ignoring them
    #[arg(long)]
    strict_columns: bool,
    /// Pictures whose file names the sheet has: a folder or a ZIP archive
    #[arg(long, value_name = "DIR|ZIP")]
    pictures: Option<PathBuf>,
    /// Whether hidden and filtered rows are exported: include or skip
    #[arg(long, value_name = "CHOICE", default_value = "include", value_parser = hidden)]
    hidden: Hidden,
    /// Pattern of the file names, such as {{nickname}}-{{row}}
    #[arg(long, value_name = "PATTERN")]
    name: Option<String>,
    #[arg(long, value_name = "FORMAT", default_value = Format::default().name(), help = format_help())]
    format: Format,
    /// Scale, output px per canvas px, 1 to 3
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = scale)]
    scale: f32,
    /// Page of all codes [default: the template's]
    #[arg(long)]
    page: Option<String>,
    /// Version that the codes open: release, trial or develop
    #[arg(long, value_name = "VERSION")]
    env_version: Option<EnvVersion>,
    /// Name of an app in the settings
    #[arg(long)]
    app: Option<String>,
    /// Take the codes from an emulated WeChat
    #[arg(long)]
    demo: bool,
    /// Write a blank sheet for the template, with notes and a sample row, and exit
    #[arg(long, value_name = "FILE.xlsx", conflicts_with_all = ["rows", "output"])]
    blank: Option<PathBuf>,
    #[command(flatten)]
    pub(super) flags: Flags,
}

fn hidden(text: &str) -> Result<Hidden, String> {
    match text {
        "include" => Ok(Hidden::Include),
        "skip" => Ok(Hidden::Skip),
        _ => Err("expected include or skip".to_owned()),
    }
}

/// Extensions of outputs: an archive, or a folder that is named after its sheet (`-o list.xlsx`). Those of pictures and of other
/// archives are mistakes.
const OUTPUTS: [&str; 9] = ["zip", "xlsx", "xlsm", "xls", "xlsb", "et", "ods", "csv", "tsv"];

pub(super) fn run(args: Args, mut settings: Settings) -> Result<()> {
    for (path, written) in [(&args.output, &OUTPUTS[..]), (&args.sheet, &["png"]), (&args.blank, &["xlsx"])] {
        path.as_deref().filter(|path| !path.is_dir()).map_or(Ok(()), |path| check_name(path, written))?;
    }
    let _emulator = args.demo.then(|| sample::emulate(&mut settings)).transpose()?;
    with_app(&settings, async |app| {
        let template = app.template(&args.template).await?;
        match &args.blank {
            Some(file) => Output::File(file.clone()).write(&blank::write(&template, report::language())?),
            None => export(&args, &settings, app, template).await,
        }
    })
}

async fn export(args: &Args, settings: &Settings, app: &Arc<App>, template: Arc<Template>) -> Result<()> {
    let (sheet, columns, checked) = check(args, app, &template).await?;
    report::findings(&checked.notices);
    let (total, target) = (checked.rows.len() + checked.bad.len(), args.output.clone().map(ExportTarget::of));
    before::report_rows(total, &checked.bad);
    if !checked.codes.is_empty() {
        let estimate = estimate(&app.codes, &checked.codes, args.dry_run).await;
        before::report_cost(&estimate, settings.wechat().per_minute, args.demo);
    }
    if let Some(file) = &args.sheet {
        let png = before::sheet(app, &template, args.scale, &checked).await?;
        Output::File(file.clone()).write(&png)?;
    }
    let rows::CheckedRows { rows, bad, .. } = checked;
    if !bad.is_empty() && (args.strict || args.dry_run) {
        let error = Error::of(ErrorKind::Invalid, words::rows_invalid(bad.len(), total));
        return Err(match &target {
            Some(target) if args.strict && !args.dry_run => {
                let file = target.failures();
                // The output folder may not exist yet. If it cannot be created, the write below fails with the reason.
                let _ = file.parent().map(fs::create_dir_all);
                Output::File(file.clone()).write(&failures::write(&sheet.columns, &bad))?;
                let pictures = of_failures(app, &bad, MAX_ALONE).await;
                if let Some(book) = failures::workbook(&sheet.columns, &bad, &pictures) {
                    Output::File(target.workbook()).write(&book)?;
                }
                error.hint(words::rows_listed(file.display()))
            }
            _ => error.hint(words::fix_rows()),
        });
    }
    let Some(target) = target.filter(|_| !args.dry_run) else {
        return report::print(&words::rows_drawable(total));
    };
    let spec = Spec { template, format: args.format, scale: args.scale, strict: args.strict, columns };
    let codes = if args.demo { "samples" } else { "WeChat's" };
    let fingerprint = Fingerprint::new(app, &spec, &rows, &bad, codes);
    let work = work::open(&target, &fingerprint, rows.len(), args.resume)?;
    let ran = work::run(app, Arc::new(spec), rows, work).await?;
    report::tell(&ran.summary());
    before::report_failures(&ran.failures);
    let failed: Vec<_> = ran.work.failed().iter().chain(&bad).cloned().collect();
    let pictures = of_failures(app, &failed, MAX_ALONE).await;
    let lacking = failures::sources(&failed).filter(|source| !pictures.contains_key(*source)).count();
    if args.demo && lacking > 0 {
        report::tell(&words::failures_lack_pictures(lacking));
    }
    let summary = ran.work.finish(&sheet.columns, bad, &pictures)?;
    let (posters, shown) = (summary.posters, target.path().display());
    report::print(&words::posters_written(posters, total, shown))?;
    if summary.failed == 0 {
        return Ok(());
    }
    let finding = words::rows_failed(summary.failed, total);
    // Above a number of cells there is only the CSV.
    let list = Some(target.workbook()).filter(|path| path.exists()).unwrap_or_else(|| target.failures());
    Err(Error::of(ErrorKind::Invalid, finding).hint(words::failures_listed(list.display())))
}

/// Opens the sheet, keeps the columns that are mapped, and checks its rows.
async fn check(
    args: &Args,
    app: &App,
    template: &Arc<Template>,
) -> Result<(Sheet, BTreeMap<String, String>, rows::CheckedRows)> {
    let path = args.rows.as_deref().unwrap_or(Path::new(""));
    let source = SheetSource {
        name: path.display().to_string(),
        bytes: sheet::load(path)?.into(),
        limits: Limits::default(),
        hidden: args.hidden,
        files: args.pictures.as_deref().map(PictureFiles::open).transpose()?,
    };
    let code = CodeFields {
        page: args.page.clone(),
        env_version: args.env_version,
        app: args.app.clone(),
        ..CodeFields::default()
    };
    let mapping = Mapping {
        pairs: args.maps.clone(),
        kept: mapping::kept(app, &template.id).await?,
        is_strict: args.strict_columns,
    };
    let options = rows::RowOptions {
        mapping,
        file_name: args.name.clone(),
        extension: args.format.extension().to_owned(),
        code,
        scale: args.scale,
        ..rows::RowOptions::default()
    };
    let named = |error| sheet::named(error, path);
    let (sheet, options) = open(app, template, source, options).await.map_err(named)?;
    if !options.mapping.pairs.is_empty() {
        let columns = mapped_columns(&sheet, template, &options.mapping).map_err(named)?;
        mapping::keep(app, &template.id, columns).await?;
    }
    let checked = rows::check(&sheet, template, app.renderer.fonts(), &options).map_err(named)?;
    let columns = columns_by_target(&sheet, template, &options.mapping).map_err(named)?;
    Ok((Arc::unwrap_or_clone(sheet), columns, checked))
}
