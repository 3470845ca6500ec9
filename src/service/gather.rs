//! Fetches what a plan needs, all of it side by side. The only place that waits for the network.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use futures_util::future::join_all;

use super::{App, CodeFrom};
use crate::{
    code::{CodeNeed, Opens, qr},
    error::{Error, Finding, Kind, Result, Severity},
    fetch,
    plan::{Asset, Gathered, LayerKind, Plan, Source},
    scene::Scene,
    template::layout::OnError,
    wechat::{
        client::Patience,
        emulator::{self, Payload, Style},
    },
};

/// What was fetched, what was left out, and how long the two kinds took.
pub struct Gathering {
    /// For the renderer.
    pub gathered: Gathered,
    /// A warning for each picture that is left out or replaced.
    pub findings: Vec<Finding>,
    /// Until the last picture was there.
    pub pictures: Duration,
    /// Until the code was there.
    pub code: Duration,
}

/// Fetches every picture and the code. The same source is asked once; each has the deadline of its client.
///
/// # Errors
/// Everything that cannot be had and whose layer says `on_error: "fail"`, at once: the findings carry the pointers of
/// the parameters that named them.
pub async fn gather(app: &App, plan: &Plan, code: CodeFrom) -> Result<Gathering> {
    let start = Instant::now();
    let mut wanted: Vec<&Source> = Vec::new();
    for source in sources(plan) {
        if !wanted.contains(&source) {
            wanted.push(source);
        }
    }
    let pictures = async {
        let fetched = join_all(wanted.iter().map(|source| picture(app, plan, source))).await;
        (fetched, start.elapsed())
    };
    let code = async {
        let fetched = match (code, &plan.code) {
            (CodeFrom::Picture(given), _) => Ok(Some(given)),
            (_, None) => Ok(None),
            (CodeFrom::WeChat, Some(need)) => {
                let code = app.coder.code(need.clone(), Patience::Wait).await;
                code.map(|(_, picture)| Some(Asset::new(picture.bytes)))
            }
            (CodeFrom::Sample, Some(need)) => sample_code(need).map(Some),
        };
        (fetched, start.elapsed())
    };
    let ((fetched, pictures), (code, code_took)) = tokio::join!(pictures, code);
    let fetched: HashMap<&Source, Result<Asset>> = wanted.into_iter().zip(fetched).collect();

    let mut failed = Failures::default();
    let mut findings = Vec::new();
    let code = code.unwrap_or_else(|error| {
        failed.add(&error, if error.code() == "app_unknown" { "/code/app" } else { "/code" });
        None
    });
    let mut gathered = Gathered::default();
    for (position, layer) in plan.layers.iter().enumerate() {
        let mut had = |source: &Source, pointer: &str, is_needed: bool| match fetched.get(source)? {
            Ok(asset) => Some(asset.clone()),
            Err(error) if is_needed => {
                failed.add(error, pointer);
                None
            }
            Err(error) => {
                findings.push(Finding { severity: Severity::Warning, ..error.as_finding() }.pointer(pointer));
                None
            }
        };
        gathered.assets.push(match &layer.kind {
            LayerKind::Image(image) => {
                image.source.as_ref().and_then(|source| had(source, &image.pointer, image.on_error == OnError::Fail))
            }
            LayerKind::Code(layer) => {
                let center = layer.center.as_ref().map(|center| &center.picture);
                let center = center.and_then(|picture| had(&picture.source, &picture.pointer, false));
                gathered.centers.extend(center.map(|asset| (position, asset)));
                match &layer.given {
                    Some(given) => had(&given.source, &given.pointer, true),
                    None => code.clone(),
                }
            }
            LayerKind::Text(_) | LayerKind::Shape(_) => None,
        });
    }
    failed.into_result()?;
    Ok(Gathering { gathered, findings, pictures, code: code_took })
}

/// Every picture that is drawn, but for the code that is asked for.
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

/// What the emulator would answer, without asking it; a QR code that can be read where the code is square.
fn sample_code(need: &CodeNeed) -> Result<Asset> {
    if let Opens::Qr { text } | Opens::Square { path: text } = &need.opens {
        return qr::draw(need, text).map(Asset::new);
    }
    let (page, scene) = match need.page_and_scene() {
        Some((page, Scene::Text(scene))) => (page, scene.as_str()),
        // As long as a short link's scene; none is made for a sample.
        Some((page, Scene::Link(_))) => (page, "s=sample000000"),
        None => ("", "s=sample000000"),
    };
    let digest = Payload::digest_of(emulator::SAMPLE_APPID, page, "release");
    let style = Style {
        width: need.width.into(),
        line_color: need.line_color.unwrap_or_default(),
        auto_color: need.auto_color,
        is_hyaline: need.is_hyaline,
    };
    let payload = Payload::from_scene(scene, digest);
    let drawn = payload.and_then(|payload| emulator::draw(&payload, &style).ok());
    drawn.map(Asset::new).ok_or_else(|| Error::new(Kind::Internal, "internal", "the sample code cannot be drawn"))
}

async fn picture(app: &App, plan: &Plan, source: &Source) -> Result<Asset> {
    match source {
        Source::Url(url) => app.fetcher.get(url).await,
        Source::Data(uri) => fetch::data_uri(uri, app.max_asset_bytes),
        Source::File(name) => plan.template.files.get(name).cloned().map(Asset::new).ok_or_else(|| {
            // Checked when the plan was made.
            Error::new(Kind::Invalid, "asset_missing", format!("the template has no file {name:?}"))
        }),
    }
}

/// Everything that failed, as one error: its kind is that of the first.
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

    fn into_result(self) -> Result<()> {
        self.first.map_or(Ok(()), |first| Err(first.with_findings(self.findings)))
    }
}
