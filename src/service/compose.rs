//! Composing a poster, from top to bottom.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{App, gather::gather};
use haibao_core::{
    asset::Asset,
    code::Look,
    encode::Format,
    error::{Error, Kind, Result},
    paint::context::Stage,
    plan::{self, CodeRequest, Plan},
    render::Rendered,
};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct ComposeRequest {
    /// Name of the template.
    pub template: String,
    /// Its parameters, not yet checked.
    pub params: Value,
    /// What the code opens, where that differs from the template.
    pub code: CodeRequest,
    /// Where the code comes from.
    pub code_from: CodeFrom,
    /// The file's format.
    pub format: Format,
    /// Output px per px of the canvas, 1 to 3.
    pub scale: f32,
    /// Refuse a poster that has findings.
    pub strict: bool,
}

/// Where the picture of a code comes from.
#[derive(Debug, Clone, Default)]
pub enum CodeFrom {
    /// WeChat.
    #[default]
    WeChat,
    /// A picture that is at hand.
    Picture(Asset),
    /// Drawn here, in the emulator's hand: it says that it is a sample, and opens nothing.
    Sample,
}

impl ComposeRequest {
    /// A PNG at scale 1 with the template's own code.
    pub fn new(template: impl Into<String>, params: Value) -> Self {
        Self {
            template: template.into(),
            params,
            code: CodeRequest::default(),
            code_from: CodeFrom::default(),
            format: Format::default(),
            scale: 1.0,
            strict: false,
        }
    }
}

/// A poster and how long it took.
#[derive(Debug)]
pub struct Composed {
    /// The poster with its findings.
    pub rendered: Rendered,
    /// What it was drawn from.
    pub plan: Arc<Plan>,
    /// What was decided of codes, by the place of their layer in the plan.
    pub looks: BTreeMap<usize, Look>,
    /// Where each layer's picture came from, by its place in the plan; what did not come is not there.
    pub origins: BTreeMap<usize, &'static str>,
    /// Time of each stage.
    pub times: Times,
    /// Time of placing and drawing each of [`Rendered::layers`]; the layers at the end that took none may be missing.
    pub layer_times: Vec<Duration>,
}

/// Time of each stage. `code` and `pictures` run side by side; what is drawn for the first time is slower than later.
#[derive(Debug, Clone, Copy, Default)]
pub struct Times {
    /// Template loaded, parameters checked, plan made.
    pub plan: Duration,
    /// The code, from WeChat or from memory.
    pub code: Duration,
    /// All pictures.
    pub pictures: Duration,
    /// Waiting for a drawing thread.
    pub queue: Duration,
    /// Artwork, text layout, new pictures decoded.
    pub place: Duration,
    /// Drawing bands.
    pub draw: Duration,
    /// Compressing bands and joining the file.
    pub encode: Duration,
    /// From the request to the file.
    pub total: Duration,
}

impl Times {
    /// Each stage with its name, the whole last.
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

/// Composes a poster: parameters, plan, gather, render.
///
/// # Errors
/// Those of its stages; `findings` when the poster has any and the request is strict.
pub async fn compose(app: &App, request: ComposeRequest) -> Result<Composed> {
    let start = Instant::now();
    let ComposeRequest { template, params, code, code_from, format, scale, strict } = request;

    let template = app.template(&template).await?;
    let plan = plan::plan(template, &plan::Request { params, code, scale }, app.renderer.fonts())?;
    let planned = start.elapsed();

    let composed = compose_plan(app, Arc::new(plan), code_from, format, strict).await?;
    let times = Times { plan: planned, total: start.elapsed(), ..composed.times };
    Ok(Composed { times, ..composed })
}

/// Composes a poster that is planned: gather, render.
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
    let (looks, origins) = (gathering.gathered.looks.clone(), gathering.origins);
    let queued = Instant::now();
    let gathered = gathering.gathered;
    let (mut rendered, (drawing, layer_times)) = app
        .pool
        .run(move || {
            let mut watch = Watch::start(queued.elapsed());
            let rendered = renderer.render_observed(&drawn, &gathered, format, &mut |stage| watch.turn_to(stage))?;
            Ok((rendered, watch.stop()))
        })
        .await?;
    rendered.findings.splice(0..0, gathering.findings);
    if strict && !rendered.findings.is_empty() {
        return Err(refused(&rendered));
    }
    let times = Times { total: start.elapsed(), ..drawing.after(times) };
    tracing::debug!(bytes = rendered.bytes.len(), bands_drawn = rendered.bands_drawn, ?times, "composed");
    Ok(Composed { rendered, plan, looks, origins, times, layer_times })
}

fn refused(rendered: &Rendered) -> Error {
    let count = rendered.findings.len();
    Error::new(Kind::Invalid, "findings", format!("the poster has {count} finding(s), and `strict` refuses it"))
        .hint("repair what they name, or ask without `strict`")
        .with_findings(rendered.findings.clone())
}

/// Adds up how long the renderer is at each of its stages.
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

    fn turn_to(&mut self, stage: Stage) {
        self.add();
        self.stage = Some(stage);
    }

    fn stop(mut self) -> (Times, Vec<Duration>) {
        self.add();
        (self.times, self.layers)
    }

    fn add_to(&mut self, layer: Option<usize>, spent: Duration) {
        let Some(layer) = layer else { return };
        if self.layers.len() <= layer {
            self.layers.resize(layer + 1, Duration::ZERO);
        }
        self.layers[layer] += spent;
    }

    fn add(&mut self) {
        let now = Instant::now();
        let spent = now - self.since;
        match self.stage {
            Some(Stage::Place(layer)) => {
                self.times.place += spent;
                self.add_to(layer, spent);
            }
            Some(Stage::Draw(layer)) => {
                self.times.draw += spent;
                self.add_to(layer, spent);
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
