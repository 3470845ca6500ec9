//! `haibao check`: renders templates with difficult parameters, for designers and CI.

use std::{fmt::Write, path::PathBuf, sync::Arc};

use serde_json::{Value, json};

use super::{
    Flags,
    output::{Output, check_name, print},
    report::{self, ReportFormat},
    runtime::with_app,
};
use crate::{
    config::Settings,
    service::{
        App,
        check::{CaseResult, case_label, check, grouped, sheet},
    },
    words,
};
use haibao_core::error::{Error, ErrorKind, Result};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Names of templates [default: all]
    #[arg(value_name = "TEMPLATE")]
    names: Vec<String>,
    /// Write a contact sheet of all cases; with several templates one file each, FILE-TEMPLATE.png
    #[arg(long, value_name = "FILE.png")]
    sheet: Option<PathBuf>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: ReportFormat,
    #[command(flatten)]
    pub(super) flags: Flags,
}

pub(super) fn run(args: &Args, settings: &Settings) -> Result<()> {
    args.sheet.as_deref().map_or(Ok(()), |path| check_name(path, &["png"]))?;
    with_app(settings, async |app| {
        let names = match &args.names[..] {
            [] => app.catalog.ids().into_iter().collect(),
            named => named.to_vec(),
        };
        let (mut results, mut findings) = (Vec::new(), 0);
        for name in &names {
            let (result, found) = one(app, name, args, names.len() > 1).await?;
            findings += found;
            results.push(result);
        }
        if args.format == ReportFormat::Json {
            let report = json!({ "findings": findings, "templates": results });
            print(&format!("{report:#}\n"))?;
        }
        if findings == 0 {
            return Ok(());
        }
        let error = Error::of(ErrorKind::Invalid, words::check_failed(findings, names.len()));
        Err(if args.sheet.is_some() { error } else { error.hint(words::sheet_shows_cases()) })
    })
}

/// Checks one template; returns its JSON report and the number of findings.
async fn one(app: &App, name: &str, args: &Args, several: bool) -> Result<(Value, usize)> {
    let template = match app.template(name).await {
        Ok(template) => template,
        Err(error) if matches!(error.kind(), ErrorKind::Internal | ErrorKind::NotFound) => return Err(error),
        // A broken template: report every error with its location.
        Err(error) => {
            if args.format == ReportFormat::Text {
                report::error(&error);
            }
            let all = error.all_findings();
            return Ok((json!({ "id": name, "findings": all }), all.len().max(1)));
        }
    };
    let tried = check(app, &template).await?;
    let found = grouped(&tried);
    if args.format == ReportFormat::Text {
        print(&summary(name, &tried))?;
    }
    if let Some(path) = &args.sheet {
        let fonts = Arc::clone(app.renderer.fonts());
        let language = report::language();
        let title = format!("{name} · {}", language.title(&template.layout.display_name()));
        let png = tokio::task::spawn_blocking(move || sheet(&title, &tried, &fonts, language)).await;
        let png = png.map_err(|e| Error::internal("drawing the contact sheet panicked").source(e))??;
        let path = if several { sheet_path(path, name) } else { path.clone() };
        let message = words::cases_written(name, path.display());
        Output::File(path).write(&png)?;
        report::tell(&message);
    }
    Ok((json!({ "id": name, "findings": found }), found.len()))
}

/// Adds the template's name to a path: `sheet.png` becomes `sheet-a.png`.
fn sheet_path(path: &std::path::Path, name: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map_or_else(String::new, |e| format!(".{}", e.to_string_lossy()));
    path.with_file_name(format!("{stem}-{name}{extension}"))
}

fn summary(name: &str, tried: &[CaseResult]) -> String {
    let found = grouped(tried);
    let count = match found.len() {
        0 => words::found_none(),
        1 => words::found_one(),
        many => words::found_many(many),
    };
    let mut text = report::line(&words::cases_found(name, tried.len(), count));
    for found in found {
        let finding = report::language().finding(&found.finding);
        let (severity, colon) = (report::severity(&finding), report::colon());
        let _ = writeln!(text, "  {severity}[{}]{colon}{}", finding.code, finding.message);
        let cases: Vec<_> = found.cases.iter().map(|name| report::language().text(&case_label(name))).collect();
        // The value of a parameter in the artwork has its place there.
        let is_of_artwork = |pointer: &str| finding.place.is_some() && pointer.starts_with("/params/");
        if let Some(pointer) = finding.pointer.as_deref().filter(|pointer| !is_of_artwork(pointer)) {
            let _ = writeln!(text, "    --> {name}/layout.json {pointer}");
        }
        if let Some(place) = &finding.place {
            let _ = writeln!(text, "    --> {name}/{}:{}:{}", place.file, place.line, place.column);
        }
        let _ = write!(text, "    {}", report::line(&words::found_in(cases.join(", "))));
        if !found.left_empty.is_empty() {
            let empty = words::left_empty(found.left_empty.join(", "));
            let _ = write!(text, "    {}", report::line(&empty));
        }
        if let Some(hint) = &finding.hint {
            let _ = write!(text, "    {}", report::line(&words::hinted(hint)));
        }
    }
    text
}
