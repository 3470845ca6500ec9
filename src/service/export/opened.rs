//! Opens a sheet for a template: reads it, finds its columns and stores its pictures. What follows is the check of its rows.

use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use bytes::Bytes;

use super::pictures::{PictureFiles, gather};
use crate::{
    export::{
        Mapping, blank,
        outline::{Aims, ColumnNames, wanted},
        rows::RowOptions,
    },
    net::{fair_lock::FairLock, lane::Work},
    service::{
        App,
        call::Call,
        pool::{Kind, Need, in_time},
        precheck::source_check,
    },
};
use haibao_core::{error::Result, template::Template};
use haibao_sheet::{Format, Hidden, Limits, Reading, Sheet};

/// A sheet to be opened.
pub struct SheetSource {
    /// File name; it counts where the content does not tell the format.
    pub name: String,
    /// Content.
    pub bytes: Bytes,
    /// Maximum rows, columns and bytes of the sheet.
    pub limits: Limits,
    /// Whether hidden rows are read.
    pub hidden: Hidden,
    /// Pictures beside it.
    pub files: Option<PictureFiles>,
}

/// Opens a sheet. Returns it, and the options with its pictures and the check of their sources.
///
/// # Errors
/// As [`Sheet::read_with`], [`Format::of`] and [`gather`]; `sheet_columns`.
pub async fn open(
    app: &App,
    template: &Arc<Template>,
    mut source: SheetSource,
    options: RowOptions,
) -> Result<(Arc<Sheet>, RowOptions)> {
    let (bytes, files) = (source.bytes.clone(), source.files.take());
    let sheet = Arc::new(read(app, template, source, &options.mapping).await?);
    let options = with_pictures(app, template, &sheet, &bytes, files, options).await?;
    Ok((sheet, options))
}

/// Stops the thread that reads a sheet when its caller is dropped.
#[derive(Default)]
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// Reads a sheet. Ends soon after its caller has gone. Callers take turns.
///
/// # Errors
/// As [`open`]; `busy` if its turn does not come in time.
pub(super) async fn read(app: &App, template: &Arc<Template>, source: SheetSource, mapping: &Mapping) -> Result<Sheet> {
    /// Taken before the lane, which is first come, first served.
    static TURNS: LazyLock<FairLock> = LazyLock::new(|| FairLock::with_places(Work::Sheets.width()));
    let _turn = in_time(TURNS.lock(&Call::current().sharer())).await?;
    let SheetSource { name, bytes, limits, hidden, .. } = source;
    let (template, mapping) = (Arc::clone(template), mapping.clone());
    let guard = CancelOnDrop::default();
    let is_over = Arc::clone(&guard.0);
    let parsed = app.exports.sheets().run(move || {
        let format = Format::of(&name, &bytes)?;
        let names = ColumnNames::of(&template, &mapping);
        let is_name = |text: &str| names.has(text);
        let aims = Aims::of(&template, &mapping);
        let aim = |text: &str| aims.find(text);
        let is_over = || is_over.load(Relaxed);
        let is_over: Option<&dyn Fn() -> bool> = Some(&is_over);
        let alike = |texts: &[&str]| names.alike(texts);
        let reading = Reading {
            limits,
            sheet: None,
            is_name: Some(&is_name),
            alike: Some(&alike),
            aim: Some(&aim),
            hidden,
            is_over,
        };
        let mut sheet = Sheet::read_with(&bytes, format, &reading)?;
        blank::leave_out_sample(&mut sheet, &template);
        aims.leave_out_empty(&mut sheet);
        Ok(sheet)
    });
    parsed.await?
}

/// Runs work on all rows of a sheet on the CPU pool. It takes seconds for a large sheet; on the threads of the network, it would
/// delay every other request.
///
/// # Errors
/// As [`Pool::run`](crate::service::pool::Pool::run).
pub(super) async fn on_pool<T: Send + 'static>(
    app: &App,
    sheet: &Arc<Sheet>,
    template: &Arc<Template>,
    mapping: &Mapping,
    work: impl FnOnce(&Sheet, &Template, &Mapping) -> Result<T> + Send + 'static,
) -> Result<T> {
    let (sheet, template, mapping) = (Arc::clone(sheet), Arc::clone(template), mapping.clone());
    app.pool.run(Need::of(Kind::Other), move |_| work(&sheet, &template, &mapping)).await
}

/// Stores the pictures of a sheet, and adds them to the options for its rows.
pub(super) async fn with_pictures(
    app: &App,
    template: &Arc<Template>,
    sheet: &Arc<Sheet>,
    bytes: &Bytes,
    files: Option<PictureFiles>,
    options: RowOptions,
) -> Result<RowOptions> {
    let wanted = on_pool(app, sheet, template, &options.mapping, wanted).await?;
    let pictures = Arc::new(gather(app, bytes, wanted, files).await?);
    Ok(RowOptions { pictures, sources: Some(source_check(app)), ..options })
}
