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
    codes::{CodeFrom, CodeKey, CodeOrigin, CodeService},
    distinct::{Distinct, needs},
    draw::draw,
    failures::Failures,
    pool::{CancelToken, Kind, Need, in_time},
    samples::SampleCodes,
};
use crate::{
    fetch::{self, AssetOrigin, CacheKey, Fetcher},
    metrics,
    wechat::client::WaitPolicy,
    words,
};
use haibao_core::{
    asset::{Asset, AssetSource},
    code::{CodeNeed, Opens},
    error::{Error, ErrorKind, Finding, Result, Severity},
    layer::{PictureNeed, Role},
    paint::context::Observe,
    plan::{Plan, ResolvedAssets},
    render::Renderer,
    sample,
};

/// Time that a picture waits for memory if its call has no deadline.
const MEMORY_TIMEOUT: Duration = Duration::from_secs(60);

/// Length up to which a `data:` URI is decoded at once, bytes: it takes microseconds.
const SHORT_URI: usize = 8 << 10;

/// Origins of pictures that are not fetched from a host.
const TEMPLATE: &str = "template";
const UPLOAD: &str = "upload";
/// Origin of a code that is drawn without WeChat.
const SAMPLE: &str = "sample";

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
        let (mut assets, mut origins) = fetched?.resolve(plan, &mut failed, &mut findings);
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
    fetched?.with_code(plan, code, [pictures, code_took])
}

/// The caches of pictures and codes.
pub(super) struct Memory {
    codes: CodeService,
    samples: SampleCodes,
    fetcher: Fetcher,
}

impl Memory {
    pub(super) fn of(app: &App) -> Self {
        Self { codes: app.codes.clone(), samples: app.samples.clone(), fetcher: app.fetcher.clone() }
    }

    /// As [`gather`], if everything is in memory. Counts as a lookup of the caches then; otherwise [`gather`] looks.
    pub(super) fn gather(&self, plan: &Plan, from: &CodeFrom) -> Option<Gathering> {
        let needs = needs(plan);
        if plan.is_auto() || needs.iter().any(|need| matches!(need.source, AssetSource::Data(_))) {
            return None;
        }
        let (start, mut lookups) = (Instant::now(), Vec::new());
        let code = match (from, &plan.code) {
            (CodeFrom::Picture(given), _) => Some(FetchedAsset { asset: given.clone(), origin: "given" }),
            (_, None) => None,
            (CodeFrom::WeChat, Some(need)) => {
                let (key, asset) = self.codes.peek(need)?;
                lookups.push(Lookup::Code(key));
                Some(FetchedAsset { asset, origin: CodeOrigin::Memory.name() })
            }
            (CodeFrom::Sample, Some(need)) => Some(FetchedAsset { asset: self.samples.get(need)?, origin: SAMPLE }),
        };
        let code_took = start.elapsed();
        let distinct = Distinct::of(&needs);
        let pictures = distinct.first.iter().map(|at| {
            let source = needs[*at].source;
            debug_span!("picture").in_scope(|| self.picture(plan, source, &mut lookups)).map(Ok)
        });
        let pictures = pictures.collect::<Option<Vec<_>>>()?;
        lookups.iter().for_each(|lookup| self.count(lookup));
        if let (CodeFrom::WeChat, Some(code)) = (from, &code) {
            debug_span!("code").in_scope(|| metrics::code(code.origin));
        }
        Results { pictures, of_needs: distinct.of_needs }.with_code(plan, Ok(code), [start.elapsed(), code_took]).ok()
    }

    /// Whether something is to be fetched from a host, from WeChat or from the stored files.
    pub(super) fn lacks(&self, plan: &Plan, from: &CodeFrom) -> bool {
        let is_missing = |source: &AssetSource| match source {
            AssetSource::Url(url) => self.fetcher.peek(url).is_none(),
            AssetSource::Upload(hash) => self.fetcher.peek_upload(hash).is_none(),
            AssetSource::File(_) | AssetSource::Data(_) => false,
        };
        let code = plan.code.as_ref().filter(|_| matches!(from, CodeFrom::WeChat));
        let lacks_code = |code: &CodeNeed| !matches!(code.opens, Opens::Qr { .. }) && self.codes.peek(code).is_none();
        code.is_some_and(lacks_code) || needs(plan).iter().any(|need| is_missing(need.source))
    }

    fn picture(&self, plan: &Plan, source: &AssetSource, lookups: &mut Vec<Lookup>) -> Option<FetchedAsset> {
        let ((key, asset), origin) = match source {
            AssetSource::File(path) => {
                return Some(FetchedAsset { asset: plan.template.asset(path)?, origin: TEMPLATE });
            }
            AssetSource::Url(url) => (self.fetcher.peek(url)?, AssetOrigin::Memory.name()),
            AssetSource::Upload(hash) => (self.fetcher.peek_upload(hash)?, UPLOAD),
            AssetSource::Data(_) => return None,
        };
        lookups.push(Lookup::Picture(key));
        Some(FetchedAsset { asset, origin })
    }

    fn count(&self, lookup: &Lookup) {
        match lookup {
            Lookup::Code(key) => self.codes.count(*key),
            Lookup::Picture(key) => self.fetcher.count(key),
        }
    }
}

/// A lookup in a cache that found something.
enum Lookup {
    Code(CodeKey),
    Picture(CacheKey),
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
            if let Some(asset) = app.samples.get(need) {
                return Ok(Some(FetchedAsset { asset, origin: SAMPLE }));
            }
            let own = need.clone();
            let asset = app.pool.run(Need::of(Kind::Other), move |_| sample::code(&own)).await?;
            app.samples.keep(need, asset.clone());
            Ok(Some(FetchedAsset { asset, origin: SAMPLE }))
        }
    }
}

/// Result of each distinct source.
struct Results {
    pictures: Vec<Result<FetchedAsset>>,
    /// Position in `pictures` of what each need of the plan is for.
    of_needs: Vec<usize>,
}

async fn pictures(app: &App, plan: &Arc<Plan>) -> Result<Results> {
    let needs = needs(plan);
    let Distinct { first, timeouts_ms, of_needs } = distinct(app, plan, &needs).await?;
    let fetcher = fetcher(app);
    let received = first.iter().zip(timeouts_ms).map(|(at, timeout_ms)| {
        let source = needs[*at].source;
        picture(app, &fetcher, plan, source, timeout_ms).instrument(debug_span!("picture"))
    });
    let pictures = join_all(received).await;
    Ok(Results { pictures, of_needs })
}

/// Finds the distinct sources of a plan's pictures. `data:` URIs may have megabytes: on the CPU pool.
async fn distinct(app: &App, plan: &Arc<Plan>, needs: &[PictureNeed<'_>]) -> Result<Distinct> {
    let length = |need: &PictureNeed<'_>| if let AssetSource::Data(uri) = need.source { uri.len() } else { 0 };
    if needs.iter().map(length).sum::<usize>() <= SHORT_URI {
        return Ok(Distinct::of(needs));
    }
    let plan = Arc::clone(plan);
    app.pool.run(Need::of(Kind::Other), move |_| Ok(Distinct::of(&self::needs(&plan)))).await
}

impl Results {
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
        for result in &self.pictures {
            metrics::asset(result.as_ref().map_or_else(Error::code, |fetched| fetched.origin));
        }
        let (mut assets, mut origins) = (ResolvedAssets::default(), BTreeMap::new());
        let mut results = self.of_needs.iter().map(|at| self.pictures.get(*at));
        for (position, layer) in plan.layers.iter().enumerate() {
            for need in layer.kind.needs() {
                match results.next().flatten() {
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

/// The bytes of a picture of a plan. `timeout_ms`: time that its host has for its layer, from its turn there on; other sources and turns
/// wait for this service only, and a poster without them would be degraded by overload.
pub(super) async fn picture(
    app: &App,
    fetcher: &Fetcher,
    plan: &Arc<Plan>,
    source: &AssetSource,
    timeout_ms: Option<u32>,
) -> Result<FetchedAsset> {
    let call = Call::current();
    let until = || call.until().unwrap_or_else(|| Instant::now() + MEMORY_TIMEOUT).into();
    match source {
        AssetSource::Url(url) => fetcher
            .get_with_origin(url, until(), timeout_ms)
            .await
            .map(|(asset, origin)| FetchedAsset { asset, origin: origin.name() }),
        AssetSource::Data(uri) => {
            // Its memory is that of assets in flight.
            let decode = || async {
                if uri.len() <= SHORT_URI {
                    return fetch::data_uri(uri, app.max_asset_bytes);
                }
                decoded(app, plan, source).await
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

/// Decodes a `data:` URI of a plan on the CPU pool. It is not copied: it may have megabytes.
async fn decoded(app: &App, plan: &Arc<Plan>, source: &AssetSource) -> Result<Asset> {
    let at = needs(plan).iter().position(|need| std::ptr::eq(need.source, source));
    let (plan, max_bytes) = (Arc::clone(plan), app.max_asset_bytes);
    let decode = move |_: &CancelToken<'_>| match at.and_then(|at| Some(needs(&plan).get(at)?.source)) {
        Some(AssetSource::Data(uri)) => fetch::data_uri(uri, max_bytes),
        _ => Err(Error::internal("the picture is not one of its plan")),
    };
    app.pool.run(Need::of(Kind::Other), decode).await
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
    in_time(fetcher.stored(hash, read)).await?
}
