//! Fetches what a plan needs, concurrently. Apart from the check of users' texts, the only step of composing that waits for the
//! network.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;

use tracing::{Instrument, debug_span};

use super::{
    App,
    call::Call,
    codes::{CodeFrom, CodeOrigin, CodeService},
    draw::draw,
    pool::{CancelToken, Kind, Need},
};
use crate::{
    fetch::{self, AssetOrigin, Fetcher},
    metrics,
    wechat::client::WaitPolicy,
    words,
};
use haibao_core::{
    asset::{Asset, AssetSource},
    code::{CodeNeed, Opens},
    error::{Domain, Error, ErrorKind, Finding, Result, Severity},
    layer::Role,
    paint::context::Observe,
    plan::{Plan, ResolvedAssets},
    render::Renderer,
    sample,
};

/// Time that a picture waits for memory if its call has no deadline.
const MEMORY_TIMEOUT: Duration = Duration::from_secs(60);

/// Length up to which a `data:` URI is decoded at once, bytes: it takes less than a millisecond, and waiting for a thread may take
/// longer than drawing the poster.
const SHORT_URI: usize = 512 << 10;

/// Origins of pictures that are not fetched from a host.
const TEMPLATE: &str = "template";
const UPLOAD: &str = "upload";

/// Fetched assets, findings about missing ones, and timings.
pub struct Gathering {
    /// Input of the renderer.
    pub assets: Arc<ResolvedAssets>,
    /// A warning for each picture that is omitted or replaced.
    pub findings: Vec<Finding>,
    /// Origin of each layer's picture, by layer index in the plan.
    pub origins: BTreeMap<usize, &'static str>,
    /// Time until the last picture was fetched.
    pub pictures: Duration,
    /// Time until the code was fetched.
    pub code: Duration,
}

/// Fetches every picture and the code. Each distinct source is fetched once, with the deadline of its client. If the code's
/// colours depend on what is beneath it, pictures are fetched first.
///
/// # Errors
/// All failures whose layer has `on_error: "fail"`, in one error; the findings point at the parameters that name the
/// sources.
pub async fn gather(app: &App, plan: &Arc<Plan>, from: CodeFrom) -> Result<Gathering> {
    let start = Instant::now();
    let pictures = async { (pictures(app, plan).await, start.elapsed()) };
    if plan.is_auto() {
        let (mut failed, mut findings) = (Failures::default(), Vec::new());
        let (fetched, pictures) = pictures.await;
        let (mut assets, mut origins) = fetched.resolve(plan, &mut failed, &mut findings);
        // Without required pictures there is no poster, so do not fetch the code.
        failed.into_result()?;
        let need;
        (assets, need) = decided(app, plan, assets).await?;
        let mut failed = Failures::default();
        let asked = Instant::now();
        let code = failed.code(code(app, need.as_ref(), from).await);
        failed.into_result()?;
        insert_code(plan, code, &mut assets, &mut origins);
        return Ok(Gathering { assets: Arc::new(assets), findings, origins, pictures, code: asked.elapsed() });
    }
    let code = async { (code(app, plan.code.as_ref(), from).await, start.elapsed()) };
    let ((fetched, pictures), (code, code_took)) = tokio::join!(pictures, code);
    fetched.with_code(plan, code, [pictures, code_took])
}

/// The caches of pictures and codes.
pub(super) struct Memory {
    codes: CodeService,
    fetcher: Fetcher,
}

impl Memory {
    pub(super) fn of(app: &App) -> Self {
        Self { codes: app.codes.clone(), fetcher: app.fetcher.clone() }
    }

    /// As [`gather`], if everything is in memory.
    pub(super) fn gather(&self, plan: &Plan, from: &CodeFrom) -> Option<Gathering> {
        if plan.is_auto() {
            return None;
        }
        let start = Instant::now();
        let code = match (from, &plan.code) {
            (CodeFrom::Picture(given), _) => Some(FetchedAsset { asset: given.clone(), origin: "given" }),
            (_, None) => None,
            (CodeFrom::WeChat, Some(need)) => {
                let asset = self.codes.in_memory(need)?;
                Some(FetchedAsset { asset, origin: CodeOrigin::Memory.name() })
            }
            (CodeFrom::Sample, Some(_)) => return None,
        };
        let code_took = start.elapsed();
        let mut found: Vec<(&AssetSource, Result<FetchedAsset>)> = Vec::new();
        for need in plan.layers.iter().flat_map(|layer| layer.kind.needs()) {
            if found.iter().all(|(source, _)| *source != need.source) {
                let picture = debug_span!("picture").in_scope(|| self.picture(plan, need.source))?;
                found.push((need.source, Ok(picture)));
            }
        }
        if let (CodeFrom::WeChat, Some(code)) = (from, &code) {
            debug_span!("code").in_scope(|| metrics::code(code.origin));
        }
        Results(found).with_code(plan, Ok(code), [start.elapsed(), code_took]).ok()
    }

    /// Whether something is to be fetched from a host, from WeChat or from the stored files.
    pub(super) fn lacks(&self, plan: &Plan, from: &CodeFrom) -> bool {
        let is_missing = |source: &AssetSource| match source {
            AssetSource::Url(url) => self.fetcher.cached(url).is_none(),
            AssetSource::Upload(hash) => self.fetcher.cached_upload(hash).is_none(),
            AssetSource::File(_) | AssetSource::Data(_) => false,
        };
        let code = plan.code.as_ref().filter(|_| matches!(from, CodeFrom::WeChat));
        let lacks_code =
            |code: &CodeNeed| !matches!(code.opens, Opens::Qr { .. }) && self.codes.in_memory(code).is_none();
        code.is_some_and(lacks_code)
            || plan.layers.iter().flat_map(|layer| layer.kind.needs()).any(|need| is_missing(need.source))
    }

    fn picture(&self, plan: &Plan, source: &AssetSource) -> Option<FetchedAsset> {
        let (asset, origin) = match source {
            AssetSource::File(path) => (plan.template.asset(path)?, TEMPLATE),
            AssetSource::Url(url) => (self.fetcher.cached(url)?, AssetOrigin::Memory.name()),
            AssetSource::Upload(hash) => (self.fetcher.cached_upload(hash)?, UPLOAD),
            AssetSource::Data(_) => return None,
        };
        Some(FetchedAsset { asset, origin })
    }
}

/// Assigns the code to every layer that shows it.
fn insert_code(
    plan: &Plan,
    code: Option<FetchedAsset>,
    assets: &mut ResolvedAssets,
    origins: &mut BTreeMap<usize, &'static str>,
) {
    let Some(FetchedAsset { asset, origin }) = code else { return };
    assets.insert_code(plan, &asset);
    let shown = plan.layers.iter().enumerate().filter(|(_, layer)| layer.kind.shows_code());
    origins.extend(shown.map(|(position, _)| (position, origin)));
}

/// Resolves `auto` styles on the CPU pool.
async fn decided(app: &App, plan: &Arc<Plan>, assets: ResolvedAssets) -> Result<(ResolvedAssets, Option<CodeNeed>)> {
    let (own, fetched) = (Arc::clone(plan), assets.clone());
    let decide = move |renderer: &Renderer, _: &CancelToken<'_>, observe: Observe<'_>| -> Result<_> {
        let mut assets = fetched.clone();
        let need = renderer.code_need_observed(&own, &mut assets, observe)?;
        Ok((assets, need))
    };
    draw(app, plan, &assets, decide).await
}

/// A picture or a code, and its origin.
#[derive(Clone)]
pub(super) struct FetchedAsset {
    pub(super) asset: Asset,
    origin: &'static str,
}

async fn code(app: &App, need: Option<&CodeNeed>, from: CodeFrom) -> Result<Option<FetchedAsset>> {
    match (from, need) {
        (CodeFrom::Picture(given), _) => Ok(Some(FetchedAsset { asset: given, origin: "given" })),
        (_, None) => Ok(None),
        (CodeFrom::WeChat, Some(need)) => {
            let code = app.codes.code(need.clone(), WaitPolicy::Wait).instrument(debug_span!("code")).await;
            code.map(|(_, picture)| Some(FetchedAsset { asset: picture.asset, origin: picture.origin.name() }))
        }
        (CodeFrom::Sample, Some(need)) => {
            let need = need.clone();
            let asset = app.pool.run(Need::of(Kind::Other), move |_| sample::code(&need)).await?;
            Ok(Some(FetchedAsset { asset, origin: "sample" }))
        }
    }
}

/// Result of each source. Few, and too long to be hashed: a `data:` URI may have megabytes.
struct Results<'p>(Vec<(&'p AssetSource, Result<FetchedAsset>)>);

async fn pictures<'p>(app: &App, plan: &'p Plan) -> Results<'p> {
    // With the longest time that a layer waits for it.
    let mut sources: Vec<(&AssetSource, Option<u32>)> = Vec::new();
    for need in plan.layers.iter().flat_map(|layer| layer.kind.needs()) {
        match sources.iter_mut().find(|(source, _)| *source == need.source) {
            Some((_, longest)) => *longest = longest.zip(need.timeout_ms).map(|(a, b)| a.max(b)),
            None => sources.push((need.source, need.timeout_ms)),
        }
    }
    let fetcher = fetcher(app);
    let received = sources.iter().map(|&(source, timeout_ms)| {
        // Other sources wait for this service only; a poster without them would be degraded by overload.
        let timeout_ms = timeout_ms.filter(|_| matches!(source, AssetSource::Url(_)));
        within(timeout_ms, picture(app, &fetcher, plan, source)).instrument(debug_span!("picture"))
    });
    let fetched = join_all(received).await;
    Results(sources.into_iter().map(|(source, _)| source).zip(fetched).collect())
}

/// Ends the wait for a picture after its layer's time.
async fn within(timeout_ms: Option<u32>, picture: impl Future<Output = Result<FetchedAsset>>) -> Result<FetchedAsset> {
    let Some(ms) = timeout_ms else { return picture.await };
    tokio::time::timeout(Duration::from_millis(ms.into()), picture)
        .await
        .unwrap_or_else(|_| Err(Error::of(ErrorKind::Deadline, words::layer_timeout(ms))))
}

impl Results<'_> {
    /// Everything for a plan whose code is known as well. `took`: times of the pictures and of the code.
    fn with_code(self, plan: &Plan, code: Result<Option<FetchedAsset>>, took: [Duration; 2]) -> Result<Gathering> {
        let (mut failed, mut findings) = (Failures::default(), Vec::new());
        let code = failed.code(code);
        let (mut assets, mut origins) = self.resolve(plan, &mut failed, &mut findings);
        failed.into_result()?;
        insert_code(plan, code, &mut assets, &mut origins);
        let [pictures, code] = took;
        Ok(Gathering { assets: Arc::new(assets), findings, origins, pictures, code })
    }

    /// Pictures of each layer and their origins, without the code.
    fn resolve(
        &self,
        plan: &Plan,
        failed: &mut Failures,
        findings: &mut Vec<Finding>,
    ) -> (ResolvedAssets, BTreeMap<usize, &'static str>) {
        for (_, result) in &self.0 {
            metrics::asset(result.as_ref().map_or_else(Error::code, |fetched| fetched.origin));
        }
        let (mut assets, mut origins) = (ResolvedAssets::default(), BTreeMap::new());
        for (position, layer) in plan.layers.iter().enumerate() {
            for need in layer.kind.needs() {
                match self.0.iter().find(|(source, _)| *source == need.source).map(|(_, result)| result) {
                    Some(Ok(FetchedAsset { asset, origin })) => {
                        assets.insert(position, need.role, asset.clone());
                        if need.role == Role::CONTENT {
                            origins.insert(position, *origin);
                        }
                    }
                    // Overload is temporary, so the request fails and can be repeated. A degraded poster would be kept.
                    Some(Err(error)) if need.is_required || error.kind() == ErrorKind::Busy => {
                        failed.add(error, need.pointer)
                    }
                    Some(Err(error)) => {
                        findings.push(error.as_finding().severity(Severity::Warning).pointer(need.pointer));
                    }
                    None => {}
                }
            }
        }
        (assets, origins)
    }
}

/// Fetches what the current call uses together.
pub(super) fn fetcher(app: &App) -> Fetcher {
    app.fetcher.by(Call::current().sharer())
}

/// The bytes of a picture.
pub(super) async fn picture(app: &App, fetcher: &Fetcher, plan: &Plan, source: &AssetSource) -> Result<FetchedAsset> {
    let call = Call::current();
    let until = || call.until().unwrap_or_else(|| Instant::now() + MEMORY_TIMEOUT).into();
    match source {
        AssetSource::Url(url) => fetcher
            .get_with_origin(url, until())
            .await
            .map(|(asset, origin)| FetchedAsset { asset, origin: origin.name() }),
        AssetSource::Data(uri) => {
            let max_bytes = app.max_asset_bytes;
            // Its memory is that of assets in flight.
            let decode = || async {
                if uri.len() <= SHORT_URI {
                    return fetch::data_uri(uri, max_bytes);
                }
                let owned = uri.clone();
                app.pool.run(Need::of(Kind::Other), move |_| fetch::data_uri(&owned, max_bytes)).await
            };
            let (asset, _) = fetcher.hold(uri.len() as u64, until(), decode).await?;
            Ok(FetchedAsset { asset, origin: "embedded" })
        }
        AssetSource::Upload(hash) => {
            upload(app, fetcher, hash).await.map(|asset| FetchedAsset { asset, origin: UPLOAD })
        }
        AssetSource::File(name) => {
            // Already checked while planning.
            let missing = || Error::of(ErrorKind::Invalid, words::template_file_missing(words::quote(name)));
            let asset = plan.template.asset(name).ok_or_else(missing)?;
            Ok(FetchedAsset { asset, origin: TEMPLATE })
        }
    }
}

/// An uploaded picture, from the cache if it was read recently.
async fn upload(app: &App, fetcher: &Fetcher, hash: &str) -> Result<Asset> {
    let read = || {
        let (fetcher, uploads, own) = (fetcher.clone(), app.uploads.clone(), hash.to_owned());
        async move {
            let found = uploads.find_picture(&own).await?;
            // Several posters may wait for it; it ends when all of them have gone away.
            let until = Instant::now() + MEMORY_TIMEOUT;
            let (asset, may_keep) = fetcher.hold(found.bytes, until.into(), || uploads.read(&found)).await?;
            Ok((asset, may_keep.then_some(found.remaining)))
        }
    };
    fetcher.stored(hash, read).await
}

/// Collects failures into one error with the kind of the first.
#[derive(Default)]
pub(super) struct Failures {
    first: Option<Error>,
    findings: Vec<Finding>,
}

impl Failures {
    pub(super) fn add(&mut self, error: &Error, pointer: &str) {
        let mut finding = error.as_finding().pointer(pointer);
        if finding.hint.is_none()
            && let Some(other) = error.all_findings().iter().find(|other| other.hint.is_some())
        {
            finding = finding.hint_of(other);
        }
        if self.first.is_none() {
            let mut first = error.clone().with_findings(Vec::new());
            if let Some(hint) = finding.words().own_hint() {
                first = first.hint(hint);
            }
            self.first = Some(first);
        }
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// The code, or `None` after recording the failure.
    pub(super) fn code(&mut self, code: Result<Option<FetchedAsset>>) -> Option<FetchedAsset> {
        code.unwrap_or_else(|error| {
            let is_app_unknown = error.is_from(Domain::App) && error.kind() == ErrorKind::Invalid;
            self.add(&error, if is_app_unknown { "/code/app" } else { "/code" });
            None
        })
    }

    pub(super) fn into_result(self) -> Result<()> {
        self.first.map_or(Ok(()), |first| Err(first.with_findings(self.findings)))
    }
}
