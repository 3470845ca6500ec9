//! Fetches what a plan needs, concurrently. The only step of composing that waits for the network.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;

use super::{App, codes::CodeFrom};
use crate::{fetch, wechat::client::Patience};
use haibao_core::{
    asset::{Asset, OnError, Source},
    code::CodeNeed,
    error::{Error, Finding, Kind, Result, Severity},
    plan::{Gathered, LayerKind, Plan},
    sample,
};

/// Fetched assets, findings about missing ones, and timings.
pub struct Gathering {
    /// Input of the renderer.
    pub gathered: Gathered,
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
    let mut failed = Failures::default();
    let mut findings = Vec::new();
    if plan.is_auto() {
        let (fetched, pictures) = pictures.await;
        let (mut gathered, mut origins) = fetched.gathered(plan, &mut failed, &mut findings);
        // Without required pictures there is no poster, so do not fetch the code.
        failed.into_result()?;
        let need;
        (gathered, need) = decided(app, plan, gathered).await?;
        let mut failed = Failures::default();
        let asked = Instant::now();
        let code = failed.code(code(app, need.as_ref(), from).await);
        failed.into_result()?;
        put_code(plan, code, &mut gathered, &mut origins);
        return Ok(Gathering { gathered, findings, origins, pictures, code: asked.elapsed() });
    }
    let code = async { (code(app, plan.code.as_ref(), from).await, start.elapsed()) };
    let ((fetched, pictures), (code, code_took)) = tokio::join!(pictures, code);
    let code = failed.code(code);
    let (mut gathered, mut origins) = fetched.gathered(plan, &mut failed, &mut findings);
    failed.into_result()?;
    put_code(plan, code, &mut gathered, &mut origins);
    Ok(Gathering { gathered, findings, origins, pictures, code: code_took })
}

/// Assigns the code to every layer that draws it.
fn put_code(plan: &Plan, code: Option<Had>, gathered: &mut Gathered, origins: &mut BTreeMap<usize, &'static str>) {
    let Some((asset, origin)) = code else { return };
    gathered.put_code(plan, Some(asset));
    for (position, layer) in plan.layers.iter().enumerate() {
        if matches!(&layer.kind, LayerKind::Code(code) if code.given.is_none()) {
            origins.insert(position, origin);
        }
    }
}

/// Resolves `auto` looks on the CPU pool.
async fn decided(app: &App, plan: &Arc<Plan>, mut gathered: Gathered) -> Result<(Gathered, Option<CodeNeed>)> {
    let (renderer, plan) = (Arc::clone(&app.renderer), Arc::clone(plan));
    app.pool
        .run(move || {
            let need = renderer.code_need(&plan, &mut gathered)?;
            Ok((gathered, need))
        })
        .await
}

/// A picture and its origin.
type Had = (Asset, &'static str);

async fn code(app: &App, need: Option<&CodeNeed>, from: CodeFrom) -> Result<Option<Had>> {
    match (from, need) {
        (CodeFrom::Picture(given), _) => Ok(Some((given, "given"))),
        (_, None) => Ok(None),
        (CodeFrom::WeChat, Some(need)) => {
            let code = app.coder.code(need.clone(), Patience::Wait).await;
            code.map(|(_, picture)| Some((Asset::new(picture.bytes), picture.origin.name())))
        }
        (CodeFrom::Sample, Some(need)) => sample::code(need).map(|code| Some((code, "sample"))),
    }
}

/// Result of each source.
struct Fetched<'p>(HashMap<&'p Source, Result<Had>>);

async fn pictures<'p>(app: &App, plan: &'p Plan) -> Fetched<'p> {
    let mut wanted: Vec<&Source> = Vec::new();
    for source in sources(plan) {
        if !wanted.contains(&source) {
            wanted.push(source);
        }
    }
    let fetched = join_all(wanted.iter().map(|source| picture(app, plan, source))).await;
    Fetched(wanted.into_iter().zip(fetched).collect())
}

impl Fetched<'_> {
    /// Pictures of each layer and their origins, without the code.
    fn gathered(
        &self,
        plan: &Plan,
        failed: &mut Failures,
        findings: &mut Vec<Finding>,
    ) -> (Gathered, BTreeMap<usize, &'static str>) {
        let (mut gathered, mut origins) = (Gathered::default(), BTreeMap::new());
        for (position, layer) in plan.layers.iter().enumerate() {
            let mut had = |source: &Source, pointer: &str, is_needed: bool| match self.0.get(source)? {
                Ok(had) => Some(had.clone()),
                Err(error) if is_needed => {
                    failed.add(error, pointer);
                    None
                }
                Err(error) => {
                    findings.push(Finding { severity: Severity::Warning, ..error.as_finding() }.pointer(pointer));
                    None
                }
            };
            let own = match &layer.kind {
                LayerKind::Image(image) => image
                    .source
                    .as_ref()
                    .and_then(|source| had(source, &image.pointer, image.on_error == OnError::Fail)),
                LayerKind::Code(layer) => {
                    let center = layer.center.as_ref().map(|center| &center.picture);
                    let center = center.and_then(|picture| had(&picture.source, &picture.pointer, false));
                    gathered.centers.extend(center.map(|(asset, _)| (position, asset)));
                    layer.given.as_ref().and_then(|given| had(&given.source, &given.pointer, true))
                }
                LayerKind::Text(_) | LayerKind::Shape(_) => None,
            };
            origins.extend(own.as_ref().map(|(_, origin)| (position, *origin)));
            gathered.assets.push(own.map(|(asset, _)| asset));
        }
        (gathered, origins)
    }
}

/// Sources of all pictures, except the code to fetch.
fn sources(plan: &Plan) -> impl Iterator<Item = &Source> {
    plan.layers
        .iter()
        .flat_map(|layer| match &layer.kind {
            LayerKind::Image(image) => [image.source.as_ref(), None],
            LayerKind::Code(code) => {
                [code.given.as_ref().map(|given| &given.source), code.center.as_ref().map(|c| &c.picture.source)]
            }
            LayerKind::Text(_) | LayerKind::Shape(_) => [None, None],
        })
        .flatten()
}

async fn picture(app: &App, plan: &Plan, source: &Source) -> Result<Had> {
    match source {
        Source::Url(url) => app.fetcher.get_with_origin(url).await.map(|(asset, origin)| (asset, origin.name())),
        Source::Data(uri) => fetch::data_uri(uri, app.max_asset_bytes).map(|asset| (asset, "embedded")),
        Source::File(name) => {
            plan.template.files.get(name).cloned().map(|file| (Asset::new(file), "template")).ok_or_else(|| {
                // Already checked while planning.
                Error::new(Kind::Invalid, "asset_missing", format!("the template has no file {name:?}"))
            })
        }
    }
}

/// Collects failures into one error with the kind of the first.
#[derive(Default)]
struct Failures {
    first: Option<Error>,
    findings: Vec<Finding>,
}

impl Failures {
    fn add(&mut self, error: &Error, pointer: &str) {
        let mut finding = error.as_finding().pointer(pointer);
        if finding.hint.is_none() {
            finding.hint = error.all_findings().iter().find_map(|f| f.hint.clone());
        }
        if self.first.is_none() {
            let mut first = Error::new(error.kind(), error.code(), error.message()).retry(error.retry_advice());
            if let Some(hint) = &finding.hint {
                first = first.hint(hint);
            }
            self.first = Some(first);
        }
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// The code, or `None` after recording the failure.
    fn code(&mut self, code: Result<Option<Had>>) -> Option<Had> {
        code.unwrap_or_else(|error| {
            self.add(&error, if error.code() == "app_unknown" { "/code/app" } else { "/code" });
            None
        })
    }

    fn into_result(self) -> Result<()> {
        self.first.map_or(Ok(()), |first| Err(first.with_findings(self.findings)))
    }
}
