//! `haibao check`: tries templates with difficult parameters, for designers and for CI.

use std::{fmt::Write, path::PathBuf, str::FromStr, sync::Arc};

use serde_json::{Value, json};

use super::{
    Flags, block_on,
    output::{Output, print},
    report,
};
use crate::{
    config::Settings,
    service::{
        App,
        check::{Tried, check, grouped, sheet},
    },
};
use haibao_core::error::{Error, Kind, Result, Severity};

/// What is tried.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Names of templates; all when none is named
    #[arg(value_name = "TEMPLATE")]
    names: Vec<String>,
    /// Write a picture of all cases; with several templates one each: FILE-TEMPLATE.png
    #[arg(long, value_name = "FILE.png")]
    sheet: Option<PathBuf>,
    /// text or json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Form,
    #[command(flatten)]
    pub(super) flags: Flags,
}

/// How the result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Json,
}

impl FromStr for Form {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("text or json".to_owned()),
        }
    }
}

pub(super) fn run(args: &Args, settings: &Settings) -> Result<()> {
    block_on(async {
        let app = App::new(&settings.service())?;
        let names = match &args.names[..] {
            [] => app.catalog.ids().into_iter().collect(),
            named => named.to_vec(),
        };
        let (mut results, mut findings) = (Vec::new(), 0);
        for name in &names {
            let (result, found) = one(&app, name, args, names.len() > 1).await?;
            findings += found;
            results.push(result);
        }
        if args.format == Form::Json {
            let whole = json!({ "findings": findings, "templates": results });
            print(&format!("{whole:#}\n"))?;
        }
        if findings == 0 {
            return Ok(());
        }
        let message = format!("{findings} finding(s) in {} template(s)", names.len());
        let error = Error::new(Kind::Invalid, "check_failed", message);
        Err(if args.sheet.is_some() { error } else { error.hint("--sheet FILE.png shows every case") })
    })
}

/// One template: what is written about it as JSON, and how many findings it has.
async fn one(app: &App, name: &str, args: &Args, several: bool) -> Result<(Value, usize)> {
    let template = match app.template(name).await {
        Ok(template) => template,
        Err(error) if matches!(error.kind(), Kind::Internal | Kind::NotFound) => return Err(error),
        // Broken: every fault with its place.
        Err(error) => {
            if args.format == Form::Text {
                report::error(&error);
            }
            let all = error.all_findings();
            return Ok((json!({ "id": name, "findings": all }), all.len().max(1)));
        }
    };
    let tried = check(app, &template).await?;
    let found = grouped(&tried);
    if args.format == Form::Text {
        print(&told(name, &tried)?)?;
    }
    if let Some(path) = &args.sheet {
        let title = format!("{name} · {}", template.layout.title);
        let fonts = Arc::clone(app.renderer.fonts());
        let png = tokio::task::spawn_blocking(move || sheet(&title, &tried, &fonts)).await;
        let png = png.map_err(|e| Error::new(Kind::Internal, "internal", "the sheet panicked").source(e))??;
        let path = if several { beside(path, name) } else { path.clone() };
        let told = format!("{name}: every case is in {}\n", path.display());
        Output::File(path).write(&png)?;
        report::say(&told);
    }
    Ok((json!({ "id": name, "findings": found }), found.len()))
}

/// `sheet.png` for the template `a` is `sheet-a.png`.
fn beside(path: &std::path::Path, name: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().map_or_else(String::new, |e| format!(".{}", e.to_string_lossy()));
    path.with_file_name(format!("{stem}-{name}{ending}"))
}

fn told(name: &str, tried: &[Tried]) -> Result<String> {
    let found = grouped(tried);
    let count = match found.len() {
        0 => "no finding".to_owned(),
        1 => "1 finding".to_owned(),
        many => format!("{many} findings"),
    };
    let mut text = format!("{name}: {} cases, {count}\n", tried.len());
    for found in found {
        let label = if found.finding.severity == Severity::Error { "error" } else { "warning" };
        let _ = writeln!(text, "  {label}[{}]: {}", found.finding.code, found.finding.message);
        if let Some(pointer) = &found.finding.pointer {
            let _ = writeln!(text, "    --> {name}/layout.json {pointer}");
        }
        let _ = writeln!(text, "    in: {}", found.cases.join(", "));
        if let Some(hint) = &found.finding.hint {
            let _ = writeln!(text, "    hint: {hint}");
        }
    }
    Ok(text)
}
