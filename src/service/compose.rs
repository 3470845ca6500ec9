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
    begun::Begun,
    call::Call,
    codes::CodeFrom,
    draw,
    gather::{Gathering, Memory, gather},
    planning::{checked_plan, is_checked, planner},
    pool::{CancelToken, Held, Step, Task},
    precheck::check_code,
    texts::Author,
    times::{Times, Watch},
};
use crate::{metrics, words};
use haibao_core::{
    asset::Asset,
    code::{CodeFields, CodeStyle},
    encode::Format,
    error::{Error, ErrorKind, Finding, Result},
    paint::context::Observe,
    plan::{self, Plan, ResolvedAssets},
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
    let Planned { plan, took, gathering, drawn, begun: _begun } = if is_checked(app, &template, &author) {
        let begun = app.begun.take(&Call::current()).await?;
        let checked = checked_plan(app, template, request, author).instrument(debug_span!("plan"));
        let checked = Box::pin(checked).await?;
        Planned { plan: checked.plan, took: start.elapsed(), gathering: None, drawn: None, begun: Some(begun) }
    } else {
        plan_and_draw(app, template, request, (&code_from, output, is_link), start).await?
    };
    if is_link {
        check_code(&plan)?;
    }
    // Boxed, so that a request that waits to be planned is small.
    let composed = match (gathering, drawn) {
        (Some(gathering), Some(drawn)) => finish(plan, gathering, drawn, strict, start)?,
        // The artwork was evicted meanwhile.
        (Some(gathering), None) => Box::pin(compose_gathered(app, plan, gathering, output, (strict, start))).await?,
        (None, _) => Box::pin(compose_with(app, plan, code_from, output, strict)).await?,
    };
    let times = Times { plan: took, total: start.elapsed(), ..composed.times };
    times.stages().into_iter().for_each(|(name, took)| metrics::stage(name, took));
    Ok(Composed { times, ..composed })
}

/// The file that a poster is drawn for.
#[derive(Debug, Clone, Copy)]
struct Output {
    format: Format,
    is_hashed: bool,
}

/// A plan, and what else has been done for its poster.
struct Planned {
    plan: Arc<Plan>,
    /// Time since the start of the request.
    took: Duration,
    /// Its pictures and code, if all were in memory.
    gathering: Option<Gathering>,
    /// The poster of these, unless its artwork was evicted before its turn.
    drawn: Option<Drawn>,
    /// Held until the poster is finished, if something is to be fetched for it.
    begun: Option<Begun>,
}

/// What has become of a request.
enum Turn {
    Planned(Box<Planned>),
    /// Something is to be fetched, and too many posters wait for that.
    Waits(Box<plan::Request>),
}

/// Plans a poster. If everything else is in memory, it is drawn in the next step of the same job. If too many posters wait for what they
/// fetch, it gives up its plan, and is planned again when it may fetch.
async fn plan_and_draw(
    app: &App,
    template: Arc<Template>,
    mut request: plan::Request,
    what: (&CodeFrom, Output, bool),
    start: Instant,
) -> Result<Planned> {
    let mut begun = None;
    loop {
        match begin(app, Arc::clone(&template), request, what, (start, begun)).await? {
            Turn::Planned(planned) => return Ok(*planned),
            Turn::Waits(own) => request = *own,
        }
        begun = Some(app.begun.take(&Call::current()).await?);
    }
}

/// Plans a poster, and draws it if everything is in memory. One that has not `begun` begins if something is to be fetched.
async fn begin(
    app: &App,
    template: Arc<Template>,
    request: plan::Request,
    (from, output, is_link): (&CodeFrom, Output, bool),
    (start, begun): (Instant, Option<Begun>),
) -> Result<Turn> {
    let (need, plan) = planner(app, template, request);
    let (memory, renderer, from) = (Memory::of(app), Arc::clone(&app.renderer), from.clone());
    let (posters, call) = (app.begun.clone(), Call::current());
    let first: Task<Turn> = Box::new(move |_| {
        let (plan, request) = debug_span!("plan").in_scope(plan)?;
        let took = start.elapsed();
        let is_ready = renderer.has_artwork(&plan) && !(is_link && check_code(&plan).is_err());
        let Some(gathering) = is_ready.then(|| memory.gather(&plan, &from)).flatten() else {
            let is_lacking = memory.lacks(&plan, &from);
            let begun = begun.or_else(|| if is_lacking { posters.try_take(&call) } else { None });
            let turn = match begun.is_some() || !is_lacking {
                true => Turn::Planned(Box::new(Planned { plan, took, gathering: None, drawn: None, begun })),
                false => Turn::Waits(Box::new(request)),
            };
            return Ok(Step::Done(turn));
        };
        let drawing = Drawing::new(&plan, &gathering, output);
        let need = draw::need(&renderer, &plan, &gathering.assets, true);
        let second: Task<Turn> = Box::new(move |token| {
            let draw = || {
                draw::observed(&renderer, token, true, |renderer, token, observe| drawing.run(renderer, token, observe))
            };
            let drawn = debug_span!("draw").in_scope(draw).map_err(|error| plan.template.titled(error))?;
            let planned = Planned { plan, took, gathering: Some(gathering), drawn, begun };
            Ok(Step::Done(Turn::Planned(Box::new(planned))))
        });
        Ok(Step::Next(need, second))
    });
    app.pool.run_steps(need, first).await
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
    compose_gathered(app, plan, gathering, output, (strict, start)).await
}

/// Composes a poster whose pictures and code are there.
async fn compose_gathered(
    app: &App,
    plan: Arc<Plan>,
    gathering: Gathering,
    output: Output,
    (strict, start): (bool, Instant),
) -> Result<Composed> {
    let drawing = Drawing::new(&plan, &gathering, output);
    let render =
        move |renderer: &Renderer, token: &CancelToken<'_>, observe: Observe<'_>| drawing.run(renderer, token, observe);
    let drawn = draw::draw(app, &plan, &gathering.assets, render).instrument(debug_span!("draw")).await;
    let drawn = drawn.map_err(|error| plan.template.titled(error))?;
    finish(plan, gathering, drawn, strict, start)
}

/// A poster that waits for a drawing thread.
#[derive(Clone)]
struct Drawing {
    plan: Arc<Plan>,
    assets: Arc<ResolvedAssets>,
    output: Output,
    queued: Instant,
}

/// A drawn poster and the time that it took.
struct Drawn {
    rendered: Rendered,
    times: Times,
    layer_times: Vec<Duration>,
    group_times: Vec<Duration>,
    held: Option<Arc<Held>>,
    hash: Option<blake3::Hash>,
}

impl Drawing {
    fn new(plan: &Arc<Plan>, gathering: &Gathering, output: Output) -> Self {
        let assets = Arc::clone(&gathering.assets);
        Self { plan: Arc::clone(plan), assets, output, queued: Instant::now() }
    }

    fn run(&self, renderer: &Renderer, token: &CancelToken<'_>, observe: Observe<'_>) -> Result<Drawn> {
        let mut watch = Watch::start(self.queued.elapsed());
        let Output { format, is_hashed } = self.output;
        let rendered = renderer.render_observed(&self.plan, &self.assets, format, &mut |stage| {
            watch.enter(stage);
            observe(stage)
        })?;
        let hash = is_hashed.then(|| blake3::hash(&rendered.bytes));
        // Before the memory of the job is returned, so that the file is always counted.
        let held = (rendered.bytes.len() > SMALL).then(|| Arc::new(token.hold(rendered.bytes.len() as u64)));
        let (times, layer_times, group_times) = watch.stop();
        Ok(Drawn { rendered, times, layer_times, group_times, held, hash })
    }
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
