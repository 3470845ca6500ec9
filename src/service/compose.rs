//! Composing a poster: the use case, step by step.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{App, codes::CodeFrom, gather::gather};
use haibao_core::{
    code::{CodeFields, CodeStyle},
    encode::Format,
    error::{Error, ErrorKind, Result},
    paint::context::Stage,
    plan::{self, Plan},
    render::Rendered,
    template::Template,
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
}

/// Duration of each stage. `code` and `pictures` overlap unless the code's colours depend on the pictures.
#[derive(Debug, Clone, Copy, Default)]
pub struct Times {
    /// Loading the template, validating parameters, planning.
    pub plan: Duration,
    /// Fetching the code.
    pub code: Duration,
    /// Fetching all pictures.
    pub pictures: Duration,
    /// Waiting for a drawing thread.
    pub queue: Duration,
    /// Artwork, text layout, decoding of new pictures.
    pub place: Duration,
    /// Drawing bands.
    pub draw: Duration,
    /// Compressing bands and assembling the file.
    pub encode: Duration,
    /// From the request to the finished file.
    pub total: Duration,
}

impl Times {
    /// Each stage with its name; the total is last.
    pub fn stages(&self) -> [(&'static str, Duration); 8] {
        [
            ("plan", self.plan),
            ("code", self.code),
            ("pictures", self.pictures),
            ("queue", self.queue),
            ("place", self.place),
            ("draw", self.draw),
            ("encode", self.encode),
            ("total", self.total),
        ]
    }
}

/// Composes a poster: validate parameters, plan, gather, render.
///
/// # Errors
/// Those of its stages; `findings` if the poster has any and the request is strict.
pub async fn compose(app: &App, request: ComposeRequest) -> Result<Composed> {
    let start = Instant::now();
    let ComposeRequest { template, params, code, code_from, format, scale, strict } = request;

    let template = app.template(&template).await?;
    let plan = plan(app, template, plan::Request { params, code, scale }).await?;
    let planned = start.elapsed();

    let composed = compose_plan(app, plan, code_from, format, strict).await?;
    let times = Times { plan: planned, total: start.elapsed(), ..composed.times };
    Ok(Composed { times, ..composed })
}

/// Plans a poster on the CPU pool: planning shapes the texts of containers.
///
/// # Errors
/// Those of [`plan::plan`]; `busy` if the pool's queue is full.
pub async fn plan(app: &App, template: Arc<Template>, request: plan::Request) -> Result<Arc<Plan>> {
    let fonts = Arc::clone(app.renderer.fonts());
    app.pool.run(move || plan::plan(template, &request, &fonts).map(Arc::new)).await
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
    let gathering = gather(app, &plan, code_from).await?;
    let times = Times { code: gathering.code, pictures: gathering.pictures, ..Times::default() };

    let (renderer, drawn) = (Arc::clone(&app.renderer), Arc::clone(&plan));
    let (code_styles, origins) = (gathering.assets.code_styles.clone(), gathering.origins);
    let queued = Instant::now();
    let assets = gathering.assets;
    let (mut rendered, (drawing, layer_times)) = app
        .pool
        .run(move || {
            let mut watch = Watch::start(queued.elapsed());
            let rendered = renderer.render_observed(&drawn, &assets, format, &mut |stage| watch.enter(stage))?;
            Ok((rendered, watch.stop()))
        })
        .await?;
    // The renderer reports pictures that it cannot decode.
    let is_degraded =
        !gathering.findings.is_empty() || rendered.findings.iter().any(|finding| finding.code.starts_with("picture_"));
    rendered.findings.splice(0..0, gathering.findings);
    if strict && !rendered.findings.is_empty() {
        return Err(findings_error(&rendered));
    }
    let times = Times { total: start.elapsed(), ..drawing.after(times) };
    tracing::debug!(bytes = rendered.bytes.len(), bands_drawn = rendered.bands_drawn, ?times, "composed");
    Ok(Composed { rendered, plan, code_styles, origins, times, is_degraded, layer_times })
}

fn findings_error(rendered: &Rendered) -> Error {
    let count = rendered.findings.len();
    Error::new(
        ErrorKind::Invalid,
        "findings",
        format!("the poster has {count} finding(s), which `strict` does not allow"),
    )
    .hint("fix the findings, or omit `strict`")
    .with_findings(rendered.findings.clone())
}

/// Measures the time that the renderer spends in each of its stages.
struct Watch {
    since: Instant,
    stage: Option<Stage>,
    times: Times,
    layers: Vec<Duration>,
}

impl Watch {
    fn start(queue: Duration) -> Self {
        Self { since: Instant::now(), stage: None, times: Times { queue, ..Times::default() }, layers: Vec::new() }
    }

    fn enter(&mut self, stage: Stage) {
        self.add_elapsed();
        self.stage = Some(stage);
    }

    fn stop(mut self) -> (Times, Vec<Duration>) {
        self.add_elapsed();
        (self.times, self.layers)
    }

    fn add_to_layer(&mut self, layer: Option<usize>, spent: Duration) {
        let Some(layer) = layer else { return };
        if self.layers.len() <= layer {
            self.layers.resize(layer + 1, Duration::ZERO);
        }
        self.layers[layer] += spent;
    }

    fn add_elapsed(&mut self) {
        let now = Instant::now();
        let spent = now - self.since;
        match self.stage {
            Some(Stage::Place(layer)) => {
                self.times.place += spent;
                self.add_to_layer(layer, spent);
            }
            Some(Stage::Draw(layer)) => {
                self.times.draw += spent;
                self.add_to_layer(layer, spent);
            }
            Some(Stage::Encode | Stage::Assemble) => self.times.encode += spent,
            None => {}
        }
        self.since = now;
    }
}

impl Times {
    fn after(self, before: Self) -> Self {
        Self { plan: before.plan, code: before.code, pictures: before.pictures, ..self }
    }
}
