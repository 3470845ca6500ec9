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
    call::Call,
    codes::CodeFrom,
    draw,
    drawing::{Drawing, Drawn, Output, SMALL},
    gather::{Gathering, gather},
    planned::{Planned, plan_and_draw, plan_checked},
    planning::is_checked,
    pool::{CancelToken, Held},
    precheck::check_code,
    texts::Author,
    times::Times,
};
use crate::{metrics, net::discard::discard, words};
use haibao_core::{
    asset::Asset,
    code::{CodeFields, CodeStyle},
    encode::Format,
    error::{Error, ErrorKind, Finding, Result},
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
    /// Whether the file is to be hashed where it is drawn: [`Composed::file`] has its hash then.
    pub is_hashed: bool,
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
            is_hashed: false,
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
    /// Hash of the file, if the request asked for it.
    hash: Option<blake3::Hash>,
}

impl Composed {
    /// The file, named by its content. The file of a request without [`ComposeRequest::is_hashed`] is hashed now.
    pub fn file(&self) -> Asset {
        let bytes = self.rendered.bytes.clone();
        match self.hash {
            Some(hash) => Asset { hash, bytes },
            None => Asset::new(bytes),
        }
    }
}

/// Fails if even a small poster of a call could not be drawn in time. Takes microseconds: it is asked before a request is read.
///
/// # Errors
/// `busy`.
pub fn admit(app: &App, call: &Call) -> Result<()> {
    app.pool.admit(call, draw::planning(&Value::Null)).inspect_err(|error| metrics::poster(None, Some(error)))
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
            discard(request.params).await;
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
    let ComposeRequest { params, code, code_from, format, scale, strict, author, is_link, is_hashed, .. } = request;
    let (request, output) = (plan::Request { params, code, scale }, Output { format, is_hashed });
    let Planned { plan, took, gathering, drawn, begun } = if is_checked(app, &template, &author) {
        let planned = plan_checked(app, template, request, author, &code_from).instrument(debug_span!("plan"));
        let (plan, begun) = Box::pin(planned).await?;
        Planned { plan, took: start.elapsed(), gathering: None, drawn: None, begun }
    } else {
        plan_and_draw(app, template, request, (&code_from, output, is_link), start).await?
    };
    if is_link {
        check_code(&plan)?;
    }
    // Boxed, so that a request that waits to be planned is small.
    let composed = match (gathering, drawn) {
        (Some(gathering), Some(drawn)) => finish(plan, gathering, drawn, strict, start),
        // The artwork was evicted meanwhile.
        (Some(gathering), None) => Box::pin(compose_gathered(app, plan, gathering, output, strict, start)).await,
        (None, _) => Box::pin(compose_with(app, plan, code_from, output, strict)).await,
    };
    if let Some(begun) = begun {
        begun.end(&composed);
    }
    let composed = composed?;
    let times = Times { plan: took, total: start.elapsed(), ..composed.times };
    times.stages().into_iter().for_each(|(name, took)| metrics::stage(name, took));
    Ok(Composed { times, ..composed })
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
    compose_with(app, plan, code_from, Output { format, is_hashed: false }, strict).await
}

async fn compose_with(
    app: &App,
    plan: Arc<Plan>,
    code_from: CodeFrom,
    output: Output,
    strict: bool,
) -> Result<Composed> {
    let start = Instant::now();
    let gathering = gather(app, &plan, code_from).await.map_err(|error| plan.template.titled(error))?;
    compose_gathered(app, plan, gathering, output, strict, start).await
}

/// Composes a poster whose pictures and code are there.
async fn compose_gathered(
    app: &App,
    plan: Arc<Plan>,
    gathering: Gathering,
    output: Output,
    strict: bool,
    start: Instant,
) -> Result<Composed> {
    let drawing = Drawing::new(&plan, &gathering, output);
    let render =
        move |renderer: &Renderer, token: &CancelToken<'_>, observe: Observe<'_>| drawing.run(renderer, token, observe);
    let drawn = draw::draw(app, &plan, &gathering.assets, render).instrument(debug_span!("draw")).await;
    let drawn = drawn.map_err(|error| plan.template.titled(error))?;
    finish(plan, gathering, drawn, strict, start)
}

fn finish(plan: Arc<Plan>, gathering: Gathering, drawn: Drawn, strict: bool, start: Instant) -> Result<Composed> {
    let Drawn { mut rendered, times, layer_times, group_times, held, hash } = drawn;
    metrics::bands(rendered.bands_drawn, rendered.bands_known);
    // The renderer reports pictures that it cannot decode.
    let is_degraded = !gathering.findings.is_empty() || rendered.findings.iter().any(is_about_picture);
    let findings = gathering.findings.into_iter().chain(rendered.findings);
    rendered.findings = findings.map(|finding| plan.template.params().titled(finding)).collect();
    if strict {
        check_findings(&rendered.findings)?;
    }
    let times = Times { code: gathering.code, pictures: gathering.pictures, total: start.elapsed(), ..times };
    tracing::debug!(bytes = rendered.bytes.len(), bands_drawn = rendered.bands_drawn, ?times, "composed");
    let (code_styles, origins) = (gathering.assets.code_styles.clone(), gathering.origins);
    Ok(Composed { rendered, plan, code_styles, origins, times, is_degraded, layer_times, group_times, held, hash })
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::export::tests::app;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_file_is_hashed_where_it_is_drawn_if_its_hash_is_needed() {
        let (app, spec, _wechat, _folder) = app().await;
        // Those after the first one are drawn by the job that plans them.
        for is_hashed in [true, true, false] {
            let params = spec.template.samples()["usual"].clone();
            let request = ComposeRequest { is_hashed, ..ComposeRequest::new("my", params) };
            let composed = compose(&app, request).await.expect("a poster");
            assert_eq!(composed.hash.is_some(), is_hashed);
            assert_eq!(composed.file().hash, blake3::hash(&composed.rendered.bytes));
        }
    }
}
