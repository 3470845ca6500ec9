//! How long the stages of a poster take.

use std::time::{Duration, Instant};

use haibao_core::paint::context::Stage;

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

/// Measures the time that the renderer spends in each of its stages.
pub(super) struct Watch {
    since: Instant,
    stage: Option<Stage>,
    times: Times,
    layers: Vec<Duration>,
    groups: Vec<Duration>,
}

impl Watch {
    pub(super) fn start(queue: Duration) -> Self {
        let times = Times { queue, ..Times::default() };
        Self { since: Instant::now(), stage: None, times, layers: Vec::new(), groups: Vec::new() }
    }

    pub(super) fn enter(&mut self, stage: Stage) {
        self.add_elapsed();
        self.stage = Some(stage);
    }

    pub(super) fn stop(mut self) -> (Times, Vec<Duration>, Vec<Duration>) {
        self.add_elapsed();
        (self.times, self.layers, self.groups)
    }

    fn add_elapsed(&mut self) {
        let now = Instant::now();
        let spent = now - self.since;
        match self.stage {
            Some(Stage::Artwork) => self.times.place += spent,
            Some(Stage::Place(layer)) => {
                self.times.place += spent;
                add(&mut self.layers, layer, spent);
            }
            Some(Stage::Draw(layer)) => {
                self.times.draw += spent;
                add(&mut self.layers, layer, spent);
            }
            Some(Stage::Composite(group)) => {
                self.times.draw += spent;
                add(&mut self.groups, Some(group), spent);
            }
            Some(Stage::Encode | Stage::Assemble) => self.times.encode += spent,
            None => {}
        }
        self.since = now;
    }
}

fn add(times: &mut Vec<Duration>, index: Option<usize>, spent: Duration) {
    let Some(index) = index else { return };
    if times.len() <= index {
        times.resize(index + 1, Duration::ZERO);
    }
    times[index] += spent;
}
