//! Checks the rows of a sheet, one after another. Of each is kept what is needed later, in files where there may be many.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use super::{args::Args, before::Reasons};
use crate::{
    cli::sheet,
    export::{
        Mapping,
        codes::Codes,
        outline::{columns_by_target, mapped_columns},
        risky_rows::{DEFAULT_PICKS, Pick, Scout},
        rows::{Checker, RowCheck, RowOptions},
    },
    service::{
        App,
        export::{
            Estimate, SheetSource,
            bad::BadRows,
            mapping, open,
            pictures::PictureFiles,
            spool::{RowWriter, SpooledRows},
        },
    },
};
use haibao_core::{
    code::CodeFields,
    error::{Finding, Result},
    template::Template,
};
use haibao_sheet::{Limits, Sheet};

/// A sheet that has been checked.
pub(super) struct Checked {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Names of the columns by what they set.
    pub targets: BTreeMap<String, String>,
    /// How the sheet is read.
    pub notices: Vec<Finding>,
    /// Number of rows.
    pub total: usize,
    /// The valid rows. None for a dry run without a contact sheet.
    pub rows: Option<SpooledRows>,
    /// The others.
    pub bad: BadRows,
    /// Their reasons, to be printed.
    pub reasons: Reasons,
    /// The valid rows of the contact sheet, if there is one.
    pub picks: Vec<Pick>,
    /// The codes of the valid rows.
    pub codes: Codes,
    /// Those that are new. Only of a dry run.
    pub estimate: Option<Estimate>,
    /// Hash of all rows that were kept, valid or not, in their order.
    pub hash: blake3::Hash,
}

/// Opens the sheet, keeps the columns that are mapped, and checks its rows.
pub(super) async fn check(args: &Args, app: &App, template: &Arc<Template>) -> Result<Checked> {
    let path = args.rows.as_deref().unwrap_or(Path::new(""));
    let named = |error| sheet::named(error, path);
    let (sheet, options) = opened(args, app, template, path).await?;
    let targets = columns_by_target(&sheet, template, &options.mapping).map_err(named)?;
    let fonts = app.renderer.fonts();
    let checker = Checker::new(Arc::clone(&sheet), Arc::clone(template), Arc::clone(fonts), options).map_err(named)?;
    let mut checked = Checked {
        columns: sheet.columns.clone(),
        targets,
        notices: checker.notices().to_vec(),
        total: 0,
        rows: None,
        bad: BadRows::new(sheet.columns.clone())?,
        reasons: Reasons::default(),
        picks: Vec::new(),
        codes: Codes::default(),
        estimate: args.dry_run.then(Estimate::exact),
        hash: blake3::hash(&[]),
    };
    let mut writer = (!args.dry_run || args.sheet.is_some()).then(RowWriter::new).transpose()?;
    let mut scout = args.sheet.as_ref().map(|_| Scout::new(template, fonts, DEFAULT_PICKS));
    let mut hash = blake3::Hasher::new();
    for window in checker.windows() {
        let mut new = Vec::new();
        checked.total += window.len();
        for row in window {
            let (row, code) = match row {
                RowCheck::Good(row, code) => (row, code),
                RowCheck::Bad(failure) => {
                    // Strings and numbers, which always serialise.
                    hash.update(&serde_json::to_vec(&failure).unwrap_or_default());
                    checked.reasons.add(&failure);
                    checked.bad.add([failure])?;
                    continue;
                }
            };
            if let Some(scout) = &mut scout {
                scout.add(&row.params);
            }
            if let Some(writer) = &mut writer {
                hash.update(writer.add(&row)?);
            }
            if let Some(code) = code
                && checked.codes.add(&code)
                && args.dry_run
            {
                new.push(code);
            }
        }
        if let Some(estimate) = &mut checked.estimate {
            estimate.add(&app.codes, new).await;
        }
    }
    checked.rows = writer.map(RowWriter::finish).transpose()?;
    checked.picks = scout.map(Scout::picks).unwrap_or_default();
    checked.hash = hash.finalize();
    Ok(checked)
}

/// Opens the sheet. Returns it with the options for its rows.
async fn opened(args: &Args, app: &App, template: &Arc<Template>, path: &Path) -> Result<(Arc<Sheet>, RowOptions)> {
    let named = |error| sheet::named(error, path);
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
    let options = RowOptions {
        mapping,
        file_name: args.name.clone(),
        extension: args.format.extension().to_owned(),
        code,
        scale: args.scale,
        ..RowOptions::default()
    };
    let (sheet, options) = open(app, template, source, options).await.map_err(named)?;
    if !options.mapping.pairs.is_empty() {
        let columns = mapped_columns(&sheet, template, &options.mapping).map_err(named)?;
        mapping::keep(app, &template.id, columns).await?;
    }
    Ok((sheet, options))
}
