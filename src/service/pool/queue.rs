//! Order of the pool's jobs: callers share the threads fairly by time, and the oldest request of a caller goes first.
//!
//! Start-time fair queuing: each flow (caller, lane, size class) has a virtual time that advances by the time its jobs
//! take, divided by its weight. The flow that is furthest behind is next. A job that decodes large pictures also waits
//! until its memory is free; others overtake it meanwhile.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use super::need::{Kind, Need};
use crate::service::call::{Call, Lane};

/// Decoding memory from which a job counts as heavy, bytes: more than a photo of 12 megapixels takes. Heavy jobs leave one
/// thread to the others.
const HEAVY: u64 = 64 << 20;
/// Decoding memory from which a job counts as medium, bytes: a photo of 5 megapixels.
const MEDIUM: u64 = 16 << 20;
/// Share of the newest measurement in an estimated duration, after the first few.
const SMOOTHING: f64 = 0.1;
/// Idle flows kept before those that owe no time are forgotten.
const MAX_IDLE: usize = 64;

/// Jobs that share a turn.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FlowKey {
    caller: Arc<str>,
    lane: Lane,
    size: Size,
    /// Whether they are parts of posters, which wait while finished posters occupy all memory.
    is_poster: bool,
}

impl FlowKey {
    fn of(call: &Call, need: Need) -> Self {
        let is_poster = need.kind != Kind::Other;
        Self { caller: Arc::clone(&call.caller), lane: call.lane, size: Size::of(need.memory), is_poster }
    }
}

/// Class of a job by its decoding memory. Jobs of different sizes are different flows, so that a poster of text does not
/// wait for all the photos before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Size {
    Small,
    Medium,
    Heavy,
}

impl Size {
    fn of(memory: u64) -> Self {
        match memory {
            HEAVY.. => Self::Heavy,
            MEDIUM.. => Self::Medium,
            _ => Self::Small,
        }
    }

    fn is_heavy(self) -> bool {
        self == Self::Heavy
    }
}

/// Position within a flow: start of the request, and a number that makes it unique.
type Place = (Instant, u64);

/// Identifies a waiting job.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    flow: FlowKey,
    place: Place,
}

#[derive(Debug)]
struct Flow<J> {
    /// Virtual time, s.
    time: f64,
    waiting: BTreeMap<Place, Waiting<J>>,
    /// Estimated duration of all waiting jobs and of what follows them, s.
    backlog: f64,
}

#[derive(Debug)]
struct Waiting<J> {
    job: J,
    need: Need,
    deadline: Option<Instant>,
    estimate: f64,
}

/// A job to run now. Must be returned through [`Queue::finished`].
#[derive(Debug)]
pub(super) struct Started<J> {
    pub job: J,
    /// Whether the job would end after its deadline.
    pub is_late: bool,
    pub receipt: Receipt,
}

/// What a running job occupies.
#[derive(Debug)]
pub(super) struct Receipt {
    flow: FlowKey,
    need: Need,
    estimate: f64,
}

impl Receipt {
    /// Memory that the job may use, bytes.
    pub fn memory(&self) -> u64 {
        self.need.memory
    }
}

/// Why a job is not accepted: the time after which it would be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Refused(pub Duration);

/// Waiting and running jobs.
#[derive(Debug)]
pub(super) struct Queue<J> {
    flows: HashMap<FlowKey, Flow<J>>,
    /// Virtual time of the flow that was served last, s.
    clock: f64,
    numbers: u64,
    workers: usize,
    max_bytes: u64,
    memory: u64,
    waiting: usize,
    waiting_bytes: u64,
    running: usize,
    running_heavy: usize,
    /// Estimated duration of the running jobs, s.
    running_estimate: f64,
    used_memory: u64,
    /// Memory that work beside the pool waits for.
    claimed: u64,
    /// Duration of small and of medium jobs of each kind, s.
    durations: [[Estimate; Kind::COUNT]; 2],
    /// Duration of a heavy job, s per byte of memory.
    heavy: Estimate,
}

/// An estimate that follows measurements.
#[derive(Debug, Clone, Copy)]
struct Estimate {
    value: f64,
    count: u32,
}

impl Estimate {
    fn first(value: f64) -> Self {
        Self { value, count: 0 }
    }

    fn learn(&mut self, measured: f64) {
        self.count = self.count.saturating_add(1);
        // Faster at first, when the estimate is only a guess.
        self.value += (measured - self.value) * SMOOTHING.max(1.0 / (f64::from(self.count) + 2.0));
    }
}

impl<J> Queue<J> {
    pub fn new(workers: usize, max_bytes: u64, memory: u64) -> Self {
        Self {
            flows: HashMap::new(),
            clock: 0.0,
            numbers: 0,
            workers: workers.max(1),
            max_bytes,
            memory,
            waiting: 0,
            waiting_bytes: 0,
            running: 0,
            running_heavy: 0,
            running_estimate: 0.0,
            used_memory: 0,
            claimed: 0,
            durations: [Kind::FIRST_ESTIMATES.map(Estimate::first); 2],
            heavy: Estimate::first(5e-9),
        }
    }

    /// Number of waiting and of running jobs.
    pub fn depth(&self) -> (usize, usize) {
        (self.waiting, self.running)
    }

    /// Bytes of the waiting jobs, and decoding memory of the running ones.
    pub fn used(&self) -> (u64, u64) {
        (self.waiting_bytes, self.used_memory)
    }

    /// Counts memory that is used outside of jobs, whether there is room or not.
    pub fn take_memory(&mut self, bytes: u64) {
        self.used_memory += bytes;
    }

    /// Takes memory that is used outside of jobs if there is room.
    pub fn try_take_memory(&mut self, bytes: u64) -> bool {
        let fits = self.used_memory + bytes <= self.memory;
        if fits {
            self.used_memory += bytes;
        }
        fits
    }

    /// Takes back memory that was used outside of jobs.
    pub fn return_memory(&mut self, bytes: u64) {
        self.used_memory -= bytes;
    }

    /// Leaves this much memory free of jobs that start, until [`Queue::unclaim`].
    pub fn claim(&mut self, bytes: u64) {
        self.claimed += bytes;
    }

    /// See [`Queue::claim`].
    pub fn unclaim(&mut self, bytes: u64) {
        self.claimed -= bytes;
    }

    /// Whether a job would be accepted.
    ///
    /// # Errors
    /// If the job would not finish before its deadline, or the waiting jobs would occupy too many bytes.
    pub fn admit(&self, call: &Call, need: Need, now: Instant) -> Result<(), Refused> {
        let need = Need { memory: need.memory.min(self.memory), ..need };
        self.judge(call, need, &FlowKey::of(call, need), (call.arrived, self.numbers + 1), now)
    }

    /// Adds a job.
    ///
    /// # Errors
    /// As [`Queue::admit`].
    pub fn push(&mut self, call: &Call, need: Need, now: Instant, job: J) -> Result<Ticket, Refused> {
        let need = Need { memory: need.memory.min(self.memory), ..need };
        let flow = FlowKey::of(call, need);
        self.numbers += 1;
        let place = (call.arrived, self.numbers);
        self.judge(call, need, &flow, place, now)?;
        let estimate = self.estimate_to_end(need);
        self.waiting += 1;
        self.waiting_bytes += need.bytes;
        let clock = self.clock;
        let of_flow = self.flows.entry(flow.clone()).or_insert_with(|| Flow {
            time: clock,
            waiting: BTreeMap::new(),
            backlog: 0.0,
        });
        if of_flow.waiting.is_empty() {
            // A flow cannot save up time by being idle.
            of_flow.time = of_flow.time.max(clock);
        }
        of_flow.backlog += estimate;
        of_flow.waiting.insert(place, Waiting { job, need, deadline: call.deadline, estimate });
        Ok(Ticket { flow, place })
    }

    fn judge(&self, call: &Call, need: Need, flow: &FlowKey, place: Place, now: Instant) -> Result<(), Refused> {
        // Calls without a deadline are few, and bounded by those that make them.
        let Some(deadline) = call.deadline else { return Ok(()) };
        let rest = deadline.saturating_duration_since(now).as_secs_f64();
        let estimate = self.estimate_to_end(need);
        let wait = self.wait(flow, place, estimate);
        if wait + estimate > rest {
            return Err(Refused(seconds(wait + estimate - rest)));
        }
        let is_full = self.waiting > 0 && self.waiting_bytes.saturating_add(need.bytes) > self.max_bytes;
        if is_full { Err(Refused(seconds(wait))) } else { Ok(()) }
    }

    /// Removes a waiting job whose caller is gone.
    pub fn withdraw(&mut self, ticket: &Ticket) -> Option<J> {
        let waiting = self.flows.get_mut(&ticket.flow)?.waiting.remove(&ticket.place)?;
        Some(self.leave(&ticket.flow, waiting).job)
    }

    /// The next job that can run.
    pub fn pop(&mut self, now: Instant) -> Option<Started<J>> {
        let flow = self.next()?;
        let of_flow = self.flows.get_mut(&flow)?;
        let (_, waiting) = of_flow.waiting.pop_first()?;
        let Waiting { job, need, deadline, .. } = self.leave(&flow, waiting);
        // As measured by now.
        let estimate = self.estimate(need);
        let is_late = deadline.is_some_and(|deadline| now + seconds(self.estimate_to_end(need)) > deadline);
        // A late job is only rejected, which takes no time.
        let estimate = if is_late { 0.0 } else { estimate };
        if let Some(of_flow) = self.flows.get_mut(&flow) {
            self.clock = self.clock.max(of_flow.time);
            of_flow.time += estimate / flow.lane.weight();
        }
        self.running += 1;
        self.running_heavy += usize::from(flow.size.is_heavy());
        self.running_estimate += estimate;
        self.used_memory += need.memory;
        Some(Started { job, is_late, receipt: Receipt { flow, need, estimate } })
    }

    /// Takes back what a job occupied, and learns from the time that it took. `took` is `None` if it was not run.
    pub fn finished(&mut self, receipt: Receipt, took: Option<Duration>) {
        let Receipt { flow, need, estimate } = receipt;
        self.running -= 1;
        self.running_heavy -= usize::from(flow.size.is_heavy());
        self.running_estimate = (self.running_estimate - estimate).max(0.0);
        self.used_memory -= need.memory;
        let spent = took.unwrap_or_default().as_secs_f64();
        if let Some(of_flow) = self.flows.get_mut(&flow) {
            of_flow.time += (spent - estimate) / flow.lane.weight();
        }
        if took.is_some() {
            match flow.size {
                Size::Heavy => self.heavy.learn(spent / need.memory.max(1) as f64),
                size => self.durations[usize::from(size == Size::Medium)][need.kind as usize].learn(spent),
            }
        }
        if self.flows.len() > MAX_IDLE {
            let clock = self.clock;
            self.flows.retain(|_, flow| !flow.waiting.is_empty() || flow.time > clock);
        }
    }

    /// Estimated time until a new job would start, s: fair sharing lets each other flow run at most as long as this one,
    /// by weight.
    fn wait(&self, flow: &FlowKey, place: Place, estimate: f64) -> f64 {
        let own = self.flows.get(flow).map_or(0.0, |known| {
            let is_last = known.waiting.last_key_value().is_none_or(|(last, _)| *last < place);
            if is_last { known.backlog } else { known.waiting.range(..place).map(|(_, job)| job.estimate).sum() }
        });
        let others = self.flows.iter().filter(|(key, _)| *key != flow);
        let share = |key: &FlowKey| key.lane.weight() / flow.lane.weight();
        let ahead: f64 = others.map(|(key, other)| other.backlog.min((own + estimate) * share(key))).sum();
        let all = (own + ahead + self.running_estimate) / self.workers as f64;
        if self.waiting == 0 && self.running < self.workers {
            return 0.0;
        }
        if flow.size.is_heavy() { all.max(own / self.max_heavy() as f64) } else { all }
    }

    fn estimate(&self, need: Need) -> f64 {
        match Size::of(need.memory) {
            Size::Heavy => self.heavy.value * need.memory as f64,
            size => self.durations[usize::from(size == Size::Medium)][need.kind as usize].value,
        }
    }

    /// Estimated duration of a job and of what follows it: a poster is planned to be drawn. Without this, all requests of a
    /// flood would be planned, and most of them refused when they are to be drawn.
    fn estimate_to_end(&self, need: Need) -> f64 {
        let follows = match need.kind {
            Kind::Plan => self.estimate(Need::of(Kind::Draw)),
            Kind::Draw | Kind::Other => 0.0,
        };
        self.estimate(need) + follows
    }

    /// Heavy jobs at a time: all threads but one.
    fn max_heavy(&self) -> usize {
        (self.workers - 1).max(1)
    }

    /// The flow whose first job is next: of those that can run, the one that is furthest behind.
    fn next(&self) -> Option<FlowKey> {
        let mut order: Vec<(&FlowKey, &Flow<J>)> =
            self.flows.iter().filter(|(_, flow)| !flow.waiting.is_empty()).collect();
        order.sort_by(|(_, a), (_, b)| a.time.total_cmp(&b.time));
        let mut is_reserved = false;
        for (key, flow) in order {
            let Some((_, first)) = flow.waiting.first_key_value() else { continue };
            let memory = first.need.memory;
            if key.size.is_heavy() && self.running_heavy >= self.max_heavy() {
                continue;
            }
            if memory > 0 && is_reserved {
                continue;
            }
            if self.used_memory > self.memory && first.need.kind == Kind::Draw {
                // Finished posters occupy more than there is.
                continue;
            }
            if memory > 0 && memory > self.memory.saturating_sub(self.used_memory + self.claimed) {
                // Small decodes must not occupy the memory over and over while a large one waits for it.
                is_reserved = self.running_heavy == 0;
                continue;
            }
            return Some(key.clone());
        }
        None
    }

    fn leave(&mut self, flow: &FlowKey, waiting: Waiting<J>) -> Waiting<J> {
        self.waiting -= 1;
        self.waiting_bytes -= waiting.need.bytes;
        if let Some(of_flow) = self.flows.get_mut(flow) {
            of_flow.backlog =
                if of_flow.waiting.is_empty() { 0.0 } else { (of_flow.backlog - waiting.estimate).max(0.0) };
        }
        waiting
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
}
