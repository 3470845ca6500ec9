//! Opens a sheet for a template: reads it, finds its columns and stores its pictures. What follows is the check of its rows.

use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

use bytes::Bytes;

use super::pictures::{PictureFiles, gather};
use crate::{
    export::{
        Mapping, blank,
        outline::{Aims, ColumnNames, wanted},
        rows::RowOptions,
    },
    net::{
        fair_lock::{FairGuard, FairLock},
        lane::Work,
    },
    service::{
        App,
        call::Call,
        pool::{Kind, Need, in_time},
        precheck::source_check,
    },
};
use haibao_core::{
    error::{Error, Result},
    template::Template,
};
use haibao_sheet::{Hidden, Limits, Reading, Sheet, SheetFormat};

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
/// As [`Sheet::read_with`], [`SheetFormat::of`] and [`gather`]; `sheet_columns`.
pub async fn open(
    app: &App,
    template: &Arc<Template>,
    mut source: SheetSource,
    options: RowOptions,
) -> Result<(Arc<Sheet>, RowOptions)> {
    let (bytes, files) = (source.bytes.clone(), source.files.take());
    let (sheet, turn) = read(app, template, source, &options.mapping).await?;
    drop(turn);
    let sheet = Arc::new(sheet);
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

/// Name under which the current call takes its turn: that of its key. Calls without a key are those of different people, as far as is
/// known: each is a caller of its own.
fn turn_name() -> Arc<str> {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let call = Call::current();
    match call.owner() {
        Some(_) => call.sharer(),
        // No name of a key has a line break.
        None => format!("\n{}", CALLS.fetch_add(1, Relaxed)).into(),
    }
}

/// Reads a sheet. Ends soon after its caller has gone. Callers take turns, which end when the guard is dropped. One that reserves no
/// memory for all of the rows holds it until it has dropped them.
///
/// # Errors
/// As [`open`]; `busy` if its turn does not come in time.
pub(super) async fn read(
    app: &App,
    template: &Arc<Template>,
    source: SheetSource,
    mapping: &Mapping,
) -> Result<(Sheet, FairGuard)> {
    /// Taken before the lane, which is first come, first served.
    static TURNS: LazyLock<FairLock> = LazyLock::new(|| FairLock::with_places(Work::Sheets.width()));
    let turn = in_time(TURNS.lock(&turn_name())).await?;
    let SheetSource { name, bytes, limits, hidden, .. } = source;
    let (template, mapping) = (Arc::clone(template), mapping.clone());
    let guard = CancelOnDrop::default();
    let is_over = Arc::clone(&guard.0);
    let parsed = app.exports.sheets().run(move || {
        let format = SheetFormat::of(&name, &bytes)?;
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
        Ok::<_, Error>(sheet)
    });
    Ok((parsed.await??, turn))
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    /// Reads a sheet for a caller.
    fn read_for(
        caller: &str,
        app: &Arc<App>,
        template: &Arc<Template>,
    ) -> impl Future<Output = Result<(Sheet, FairGuard)>> + use<> {
        let (name, bytes) = ("a.csv".to_owned(), Bytes::from_static(b"title,id\na,1\n"));
        let source = SheetSource { name, bytes, limits: Limits::default(), hidden: Hidden::default(), files: None };
        let (app, template) = (Arc::clone(app), Arc::clone(template));
        let call = Call::new(caller, Duration::from_secs(120));
        call.scope(async move { read(&app, &template, source, &Mapping::default()).await })
    }

    #[tokio::test]
    async fn a_turn_lasts_until_its_guard_is_dropped() {
        let (app, spec, _wechat, _folder) = crate::service::export::tests::app().await;
        // A name of this test: turns are those of the process.
        let open = || read_for("turns", &app, &spec.template);
        let (sheet, turn) = open().await.expect("its turn");
        assert_eq!(sheet.rows.len(), 1);
        let mut second = Box::pin(open());
        assert!(timeout(Duration::from_millis(200), &mut second).await.is_err(), "it waits for the first one");
        drop(turn);
        drop(second.await.expect("its turn"));
    }

    #[tokio::test]
    async fn calls_without_a_key_have_all_places_together() {
        let (app, spec, _wechat, _folder) = crate::service::export::tests::app().await;
        let open = || read_for("", &app, &spec.template);
        let mut turns = Vec::new();
        for _ in 0..Work::Sheets.width() {
            turns.push(open().await.expect("a place").1);
        }
        let mut late = Box::pin(open());
        assert!(timeout(Duration::from_millis(200), &mut late).await.is_err(), "all places are taken");
        drop(turns.pop());
        drop(late.await.expect("its turn"));
    }
}
