//! `haibao export`: renders a poster for every row of a sheet into a ZIP file or a folder.

mod args;
mod before;
mod check;
mod work;

use std::{fs, sync::Arc};

use check::Checked;

pub(super) use self::args::Args;
use super::{
    output::{self, Output, check_name},
    progress::time,
    report,
    runtime::with_app,
    sample,
};
use crate::{
    config::Settings,
    export::{blank, failures},
    service::{
        App,
        export::{
            Spec, estimate,
            local::{ExportTarget, Fingerprint},
            retried::{MAX_ALONE, of_failures},
        },
    },
    words,
};
use haibao_core::{
    error::{Error, ErrorKind, Result},
    template::Template,
};

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
    let target = args.output.clone().map(ExportTarget::of);
    if let (Some(target), Some(rows), false) = (&target, &args.rows, args.dry_run)
        && target.has_list(rows)
    {
        let finding = words::output_of_list(rows.display(), target.path().display());
        return Err(Error::of(ErrorKind::Invalid, finding));
    }
    let checked = check::check(args, app, &template).await?;
    let Checked { columns, targets, notices, total, mut rows, bad, reasons, picks, codes, estimate: exact, hash } =
        checked;
    report::findings(&notices);
    before::report_rows(total, bad.count(), &reasons);
    if !codes.is_empty() {
        let estimate = match exact {
            Some(exact) => exact,
            None => estimate(&app.codes, &codes).await,
        };
        before::report_cost(&estimate, settings.wechat().per_minute, args.demo);
    }
    if let (Some(file), Some(rows)) = (&args.sheet, &mut rows) {
        let png = before::sheet(app, &template, args.scale, picks, rows).await?;
        Output::File(file.clone()).write(&png)?;
    }
    if bad.count() > 0 && (args.strict || args.dry_run) {
        let error = Error::of(ErrorKind::Invalid, words::rows_invalid(bad.count(), total));
        return Err(match &target {
            Some(target) if args.strict && !args.dry_run => {
                let mut file = target.failures();
                // The output folder may not exist yet. If it cannot be created, the write below fails with the reason.
                let _ = file.parent().map(fs::create_dir_all);
                let pictures = of_failures(app, bad.few(), MAX_ALONE).await;
                let lists = bad.finish(&pictures)?;
                output::copy(&file, lists.csv)?;
                if let Some(book) = lists.workbook {
                    file = target.workbook();
                    Output::File(file.clone()).write(&book)?;
                }
                error.hint(words::rows_listed(file.display()))
            }
            _ => error.hint(words::fix_rows()),
        });
    }
    let (Some(target), Some(rows)) = (target.filter(|_| !args.dry_run), rows) else {
        return report::print(&words::rows_drawable(total));
    };
    let spec = Spec { template, format: args.format, scale: args.scale, strict: args.strict, columns: targets };
    let fingerprint = Fingerprint::new(app, &spec, [rows.total(), bad.count()], hash, args.demo);
    if target.has_posters() {
        report::tell(&words::folder_has_posters(target.path().display()));
    }
    let work = work::open(&target, &fingerprint, rows.total(), args.resume)?;
    let ran = work::run(app, Arc::new(spec), rows, work).await?;
    report::tell(&ran.summary());
    let work::DrawnRun { work, reasons, .. } = ran;
    reasons.say();
    let failed = work.failures(&columns, bad.into_lines()?)?;
    let pictures = of_failures(app, failed.few(), MAX_ALONE).await;
    let lacking = failures::sources(failed.few()).filter(|source| !pictures.contains_key(*source)).count();
    if args.demo && lacking > 0 {
        report::tell(&words::failures_lack_pictures(lacking));
    }
    let lists = failed.finish(&pictures)?;
    // Above a number of cells there is only the CSV.
    let list = if lists.workbook.is_some() { target.workbook() } else { target.failures() };
    let summary = work.finish(lists)?;
    let (posters, shown) = (summary.posters, target.path().display());
    report::print(&words::posters_written(posters, total, shown))?;
    if summary.failed == 0 {
        return Ok(());
    }
    let finding = words::rows_failed(summary.failed, total);
    Err(Error::of(ErrorKind::Invalid, finding).hint(words::failures_listed(list.display())))
}
