//! Composing a poster: the use case, step by step.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use serde_json::Value;
use tracing::{Instrument, debug_span};

use super::{
    App,
    codes::CodeFrom,
    draw::{draw, planning},
    gather::gather,
    pool::{CancelToken, Held, Kind, Need},
    precheck::{check_code, source_check},
    texts::{self, Author},
    times::{Times, Watch},
};
use crate::{metrics, wechat::client::Risky, words};
use haibao_core::{
    code::{CodeFields, CodeStyle},
    encode::Format,
    error::{Error, ErrorKind, Finding, Result, invalid},
    paint::context::Observe,
    plan::{self, Plan},
    render::{Rendered, Renderer},
    template::Template,
    words::is_about_picture,
};

/// A request for one poster.
#[derive(Debug, Clone)]
pub struct ComposeRequest {
    /// Name of the template.
    pub template: String,
    /// Parameters, not yet validated.
    pub params: Value,
    /// Overrides of the template's code.
    pub code: CodeFields,
    /// Source of the code's picture.
    pub code_from: CodeFrom,
    /// Output format.
    pub format: Format,
    /// Scale, output px per canvas px, 1 to 3.
    pub scale: f32,
    /// Fail with `findings` if the poster has any.
    pub strict: bool,
    /// Who wrote the texts. Those of users are checked, if the app and the template say so.
    pub author: Author,
    /// Whether it is the request of a signed link, which cannot show every code: see [`check_link`](super::check_link).
    pub is_link: bool,
}

impl ComposeRequest {
    /// A PNG at scale 1 with the template's own code.
    pub fn new(template: impl Into<String>, params: Value) -> Self {
        Self {
            template: template.into(),
            params,
            code: CodeFields::default(),
            code_from: CodeFrom::default(),
            format: Format::default(),
            scale: 1.0,
            strict: false,
            author: Author::default(),
            is_link: false,
        }
    }
}

/// A composed poster with its provenance and timings.
#[derive(Debug)]
pub struct Composed {
    /// The poster with its findings.
    pub rendered: Rendered,
    /// The plan it was drawn from.
    pub plan: Arc<Plan>,
    /// Resolved `auto` styles of codes, by layer index in the plan.
    pub code_styles: BTreeMap<usize, CodeStyle>,
    /// Origin of each layer's picture, by layer index in the plan. Missing pictures have no entry.
    pub origins: BTreeMap<usize, &'static str>,
    /// Duration of each stage.
    pub times: Times,
    /// Whether a picture is omitted or replaced, so that the poster would look different at another time.
    pub is_degraded: bool,
    /// Time spent placing and drawing each of [`Rendered::layers`]. Trailing layers that took no time may be missing.
    pub layer_times: Vec<Duration>,
    /// Time spent compositing each of [`Rendered::groups`]. Trailing groups that took no time may be missing.
    pub group_times: Vec<Duration>,
    /// Memory of the file, which is counted until this is dropped. `None` for a small one.
    pub held: Option<Arc<Held>>,
}

/// Fails if a poster that is requested now could not be drawn in time, even a small one. Takes microseconds: called before a
/// request is read, it keeps the CPU for those that are accepted.
///
/// # Errors
/// `busy`.
pub fn admit(app: &App) -> Result<()> {
    app.pool.admit(Need::of(Kind::Draw)).inspect_err(|error| metrics::poster(None, Some(error)))
}

/// Composes a poster: validate parameters, plan, check texts of users, gather, render.
///
/// # Errors
/// Errors of its stages; `findings` if the poster has any and the request is strict.
pub async fn compose(app: &App, request: ComposeRequest) -> Result<Composed> {
    let template = app.template(&request.template).await;
    match template {
        Ok(template) => compose_of(app, template, request).await,
        Err(error) => {
            // Only names of templates that exist become labels.
            metrics::poster(None, Some(&error));
            Err(error)
        }
    }
}

/// Composes a poster of this template, whichever the request names.
///
/// # Errors
/// As [`compose`].
pub(super) async fn compose_of(app: &App, template: Arc<Template>, request: ComposeRequest) -> Result<Composed> {
    let name = template.id.clone();
    let composed = compose_template(app, template, request).await;
    metrics::poster(Some(&name), composed.as_ref().err());
    composed
}

/// As [`compose_of`], without metrics.
///
/// # Errors
/// As [`compose`].
pub(super) async fn compose_template(app: &App, template: Arc<Template>, request: ComposeRequest) -> Result<Composed> {
    let start = Instant::now();
    let ComposeRequest { params, code, code_from, format, scale, strict, author, is_link, .. } = request;
    let plan = checked_plan(app, template, plan::Request { params, code, scale }, author)
        .instrument(debug_span!("plan"))
        .await?
        .plan;
    if is_link {
        check_code(&plan)?;
    }
    let planned = start.elapsed();

    let composed = compose_plan(app, plan, code_from, format, strict).await?;
    let times = Times { plan: planned, total: start.elapsed(), ..composed.times };
    times.stages().into_iter().for_each(|(name, took)| metrics::stage(name, took));
    Ok(Composed { times, ..composed })
}

/// Plans a poster on the CPU pool: planning shapes the texts of containers.
///
/// # Errors
/// Errors of [`plan::plan`]; `busy` if the call's deadline cannot be met.
pub async fn plan(app: &App, template: Arc<Template>, request: plan::Request) -> Result<Arc<Plan>> {
    let fonts = Arc::clone(app.renderer.fonts());
    let need = planning(&request.params);
    let check = source_check(app);
    let planned = move |_: &CancelToken<'_>| match plan::plan(Arc::clone(&template), &request, &fonts) {
        Err(error) if error.kind() == ErrorKind::Invalid => {
            // Addresses that are refused are found when pictures are fetched: one response has all reasons.
            let sources = plan::sources(Arc::clone(&template), &request, &fonts);
            let refused = check.findings(sources.iter().map(|(source, at)| (source, at.as_str())));
            let refused = refused.into_iter().map(|finding| template.params().titled(finding));
            let all = error.all_findings().iter().cloned().chain(refused).collect();
            Err(invalid("request_invalid", all))
        }
        planned => planned.map(Arc::new),
    };
    app.pool.run(need, planned).await
}

/// A plan whose texts have been checked, or need no check.
#[derive(Debug)]
pub struct CheckedPlan {
    /// The plan, with the findings of the check. Risky texts are masked if the setting says so.
    pub plan: Arc<Plan>,
    /// Masked texts by the pointer within the parameters.
    masked: Vec<(String, String)>,
}

impl CheckedPlan {
    fn unmasked(plan: Arc<Plan>) -> Self {
        Self { plan, masked: Vec::new() }
    }

    /// Replaces the masked texts in the parameters of the request, for callers that store them: a poster of stored parameters
    /// has a [trusted](Author::Trusted) author. Returns whether there are any.
    pub fn mask(&self, params: &mut Value) -> bool {
        for (pointer, text) in &self.masked {
            if let Some(value) = params.pointer_mut(pointer) {
                *value = Value::String(text.clone());
            }
        }
        !self.masked.is_empty()
    }
}

/// Plans a poster, and checks the texts of a user that its template marks.
///
/// # Errors
/// Errors of [`plan()`]; `text_risky`, `openid_missing`, `text_uncheckable`, `texts_too_many`, and errors of
/// [`Client::check_text`](crate::wechat::client::Client::check_text).
pub async fn checked_plan(
    app: &App,
    template: Arc<Template>,
    request: plan::Request,
    author: Author,
) -> Result<CheckedPlan> {
    let wechat = app.codes.wechat();
    let Author::User(openid) = author else { return plan(app, template, request).await.map(CheckedPlan::unmasked) };
    let texts: BTreeMap<String, String> = match wechat.text_checks().next() {
        Some(_) => {
            template.params().marked(&request.params).into_iter().map(|(p, text)| (p, text.to_owned())).collect()
        }
        None => BTreeMap::new(),
    };
    if texts.is_empty() {
        return plan(app, template, request).await.map(CheckedPlan::unmasked);
    }
    // Masking plans again. Parameters may contain pictures of megabytes, so they are copied only if necessary.
    let kept = wechat.text_checks().any(|check| check.risky == Risky::Mask).then(|| request.clone());
    // Planning validates the parameters and finds the app, without a call to WeChat.
    let planned = plan(app, Arc::clone(&template), request).await?;
    let name = planned.code.as_ref().map_or("default", |code| code.app.as_str());
    let Some(check) = wechat.text_check(name) else { return Ok(CheckedPlan::unmasked(planned)) };
    let found = texts::check(app, name, check, openid, &texts).await;
    let mut found = found.map_err(|error| template.titled(error))?;
    found.marked = found.marked.into_iter().map(|finding| template.params().titled(finding)).collect();
    let mut checked = CheckedPlan { plan: planned, masked: found.masked.clone() };
    if let Some(mut request) = kept.filter(|_| !checked.masked.is_empty()) {
        checked.mask(&mut request.params);
        // A pattern of the schema may not allow asterisks.
        match plan(app, Arc::clone(&template), request).await {
            Ok(plan) => checked.plan = plan,
            Err(error) if error.kind() == ErrorKind::Invalid => return Err(template.titled(found.unmaskable())),
            Err(error) => return Err(error),
        }
    }
    if !found.marked.is_empty() {
        let mut plan = Arc::unwrap_or_clone(checked.plan);
        plan.findings.extend(found.marked);
        checked.plan = Arc::new(plan);
    }
    Ok(checked)
}

/// Composes a planned poster: gather, render.
///
/// # Errors
/// As [`compose`].
pub async fn compose_plan(
    app: &App,
    plan: Arc<Plan>,
    code_from: CodeFrom,
    format: Format,
    strict: bool,
) -> Result<Composed> {
    let start = Instant::now();
    let template = Arc::clone(&plan.template);
    let gathering = gather(app, &plan, code_from).await.map_err(|error| template.titled(error))?;
    let times = Times { code: gathering.code, pictures: gathering.pictures, ..Times::default() };

    let (code_styles, origins) = (gathering.assets.code_styles.clone(), gathering.origins);
    let (own, assets) = (Arc::clone(&plan), gathering.assets.clone());
    let queued = Instant::now();
    let render = move |renderer: &Renderer, token: &CancelToken<'_>, observe: Observe<'_>| -> Result<_> {
        let mut watch = Watch::start(queued.elapsed());
        let rendered = renderer.render_observed(&own, &assets, format, &mut |stage| {
            watch.enter(stage);
            observe(stage)
        })?;
        // Before the memory of the job is returned, so that the file is always counted.
        let held = (rendered.bytes.len() > SMALL).then(|| Arc::new(token.hold(rendered.bytes.len() as u64)));
        Ok((rendered, watch.stop(), held))
    };
    let drawn = draw(app, &plan, &gathering.assets, render).instrument(debug_span!("draw")).await;
    let drawn = drawn.map_err(|error| template.titled(error))?;
    let (mut rendered, (drawing, layer_times, group_times), held) = drawn;
    metrics::bands(rendered.bands_drawn, rendered.bands_known);
    // The renderer reports pictures that it cannot decode.
    let is_degraded = !gathering.findings.is_empty() || rendered.findings.iter().any(is_about_picture);
    let findings = gathering.findings.into_iter().chain(rendered.findings);
    rendered.findings = findings.map(|finding| template.params().titled(finding)).collect();
    if strict {
        check_findings(&rendered.findings)?;
    }
    let times = Times { total: start.elapsed(), ..drawing.after(times) };
    tracing::debug!(bytes = rendered.bytes.len(), bands_drawn = rendered.bands_drawn, ?times, "composed");
    Ok(Composed { rendered, plan, code_styles, origins, times, is_degraded, layer_times, group_times, held })
}

/// Size up to which finished pictures are not counted, bytes.
const SMALL: usize = 64 << 10;

/// Counts the memory of a finished picture until it has been passed on.
pub fn hold(app: &App, bytes: &Bytes) -> Option<Arc<Held>> {
    (bytes.len() > SMALL).then(|| Arc::new(app.pool.hold(bytes.len() as u64)))
}

/// Fails if a poster has findings, which `strict` does not allow.
///
/// # Errors
/// `findings`.
pub fn check_findings(findings: &[Finding]) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let all = Error::findings(ErrorKind::Invalid, words::findings::CODE, findings.to_vec());
    Err(Error::of(ErrorKind::Invalid, words::findings(all.words().clone())).with_findings(findings.to_vec()))
}
