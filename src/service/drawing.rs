//! Drawing one poster on a thread of the pool.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    gather::Gathering,
    pool::{CancelToken, Held},
    times::{Times, Watch},
};
use haibao_core::{
    encode::Format,
    error::Result,
    paint::context::Observe,
    plan::{Plan, ResolvedAssets},
    render::{Rendered, Renderer},
};

/// Size up to which finished pictures are not counted, bytes.
pub(super) const SMALL: usize = 64 << 10;

/// The file that a poster is drawn for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    pub format: Format,
    /// Whether its hash is made as well.
    pub is_hashed: bool,
}

/// A poster that waits for a drawing thread.
#[derive(Clone)]
pub(super) struct Drawing {
    plan: Arc<Plan>,
    assets: Arc<ResolvedAssets>,
    output: Output,
    queued: Instant,
}

/// A drawn poster and the time that it took.
pub(super) struct Drawn {
    pub rendered: Rendered,
    pub times: Times,
    pub layer_times: Vec<Duration>,
    pub group_times: Vec<Duration>,
    pub held: Option<Arc<Held>>,
    pub hash: Option<blake3::Hash>,
}

impl Drawing {
    /// A poster of these pictures, which waits from now on.
    pub fn new(plan: &Arc<Plan>, gathering: &Gathering, output: Output) -> Self {
        let assets = Arc::clone(&gathering.assets);
        Self { plan: Arc::clone(plan), assets, output, queued: Instant::now() }
    }

    /// Draws it.
    pub fn run(&self, renderer: &Renderer, token: &CancelToken<'_>, observe: Observe<'_>) -> Result<Drawn> {
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
