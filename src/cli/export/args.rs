//! Arguments of `haibao export`.

use std::path::PathBuf;

use crate::cli::{
    Flags,
    render::{format_help, pair, scale},
};
use haibao_core::{code::EnvVersion, encode::Format};
use haibao_sheet::Hidden;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Name of the template
    pub(super) template: String,
    /// Sheet: XLSX, XLS, ODS, CSV, JSONL and others; its columns supply the parameters
    #[arg(long, value_name = "FILE", required_unless_present = "blank")]
    pub(super) rows: Option<PathBuf>,
    /// Output: FILE.zip or a folder
    #[arg(short, long, value_name = "FILE.zip|DIR", required_unless_present_any = ["blank", "dry_run"])]
    pub(super) output: Option<PathBuf>,
    /// Resume an unfinished run; finished rows are not drawn again
    #[arg(long)]
    pub(super) resume: bool,
    /// Draw nothing if any row is invalid, and reject posters that have findings
    #[arg(long)]
    pub(super) strict: bool,
    /// Check the rows, print the cost in codes, and exit
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Write a contact sheet of the twenty rows most likely to look bad
    #[arg(long, value_name = "FILE.png")]
    pub(super) sheet: Option<PathBuf>,
    /// Column that supplies a parameter, if the names differ; kept for the next sheet, but not with --demo. May be repeated
    #[arg(long = "map", value_name = "COLUMN=PARAM", value_parser = pair("COLUMN", "PARAM"))]
    pub(super) maps: Vec<(String, String)>,
    /// Reject columns that the template has no parameter for, instead of ignoring them
    #[arg(long)]
    pub(super) strict_columns: bool,
    /// Pictures whose file names the sheet has: a folder or a ZIP archive
    #[arg(long, value_name = "DIR|ZIP")]
    pub(super) pictures: Option<PathBuf>,
    /// Whether hidden and filtered rows are exported: include or skip
    #[arg(long, value_name = "CHOICE", default_value = "include", value_parser = hidden)]
    pub(super) hidden: Hidden,
    /// Pattern of the file names, such as {{nickname}}-{{row}}
    #[arg(long, value_name = "PATTERN")]
    pub(super) name: Option<String>,
    #[arg(long, value_name = "FORMAT", default_value = Format::default().name(), help = format_help())]
    pub(super) format: Format,
    /// Scale, output px per canvas px, 1 to 3
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = scale)]
    pub(super) scale: f32,
    /// Page of all codes [default: the template's]
    #[arg(long)]
    pub(super) page: Option<String>,
    /// Version that the codes open: release, trial or develop
    #[arg(long, value_name = "VERSION")]
    pub(super) env_version: Option<EnvVersion>,
    /// Name of an app in the settings
    #[arg(long)]
    pub(super) app: Option<String>,
    /// Take the codes from an emulated WeChat
    #[arg(long)]
    pub(super) demo: bool,
    /// Write a blank sheet for the template, with notes and a sample row, and exit
    #[arg(long, value_name = "FILE.xlsx", conflicts_with_all = ["rows", "output"])]
    pub(super) blank: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) flags: Flags,
}

fn hidden(text: &str) -> Result<Hidden, String> {
    match text {
        "include" => Ok(Hidden::Include),
        "skip" => Ok(Hidden::Skip),
        _ => Err("expected include or skip".to_owned()),
    }
}
