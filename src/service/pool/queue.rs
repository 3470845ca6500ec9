//! Order of the pool's jobs: callers share the threads fairly by time, and the oldest request of a caller goes first.
//!
//! Start-time fair queuing: each flow (caller, priority, size class) has a virtual time that advances by the time its jobs
//! take, divided by its weight. The flow that is furthest behind is next. A job that decodes large pictures also waits
//! until its memory is free; others overtake it meanwhile. It and work beside the pool, which needs memory as well, take turns.
//!
//! What has been begun is finished first: a caller's next poster is planned when few of its posters wait to be drawn.

mod durations;
mod flow;
mod order;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

pub(super) use self::flow::QueuePosition;
use self::{
    durations::Durations,
    flow::{Flow, FlowKey, Waiting},
};
use super::{
    memory::beside_finished,
    need::{Kind, Need},
};
use crate::service::call::Call;

/// Each caller may have this part of the waiting bytes, whatever the others have.
const CALLERS: u64 = 8;
/// Idle flows kept before those that owe no time are forgotten.
const MAX_IDLE: usize = 64;

/// A job to run now. Must be returned through [`Queue::finished`].
#[derive(Debug)]
pub(super) struct Started<J> {
    pub job: J,
    pub place: QueuePosition,
    /// The job would end after its deadline. With the time that a new one would wait.
    pub late: Option<Refused>,
    pub receipt: Receipt,
}

/// What a running job occupies.
#[derive(Debug)]
pub(super) struct Receipt {
    key: FlowKey,
    need: Need,
    estimate: f64,
}

impl Receipt {
    /// Memory that the job may use, bytes.
    pub fn memory(&self) -> u64 {
        self.need.total_memory()
    }
}

/// Why a job is not accepted: the time after which it would be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Refused(pub Duration);

/// Waiting and running jobs.
#[derive(Debug)]
pub(super) struct Queue<J> {
    /// Few, so that comparing their keys is faster than hashing one.
    flows: Vec<Flow<J>>,
    /// Latest virtual time of a flow that was served, s.
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
    /// Part of it that finished posters have.
    held: u64,
    /// Part of it that work beside the pool has taken.
    reserved: u64,
    /// Memory that work beside the pool waits for.
    claimed: u64,
    /// The job that starts before other work beside the pool gets memory.
    kept: Option<QueuePosition>,
    durations: Durations,
}

impl<J> Queue<J> {
    pub fn new(workers: usize, max_bytes: u64, memory: u64) -> Self {
        Self {
            flows: Vec::new(),
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
            held: 0,
            reserved: 0,
            claimed: 0,
            kept: None,
            durations: Durations::first(),
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

    /// Counts memory of finished posters, whether there is room or not.
    pub fn take_memory(&mut self, bytes: u64) {
        self.used_memory += bytes;
        self.held += bytes;
    }

    /// Takes back memory of finished posters.
    pub fn return_memory(&mut self, bytes: u64) {
        self.used_memory -= bytes;
        self.held -= bytes;
    }

    /// Takes memory of work beside the pool if there is room, and no job is to start before.
    pub fn try_reserve(&mut self, bytes: u64) -> bool {
        let is_taken = self.kept.is_none() && self.used_memory + bytes <= self.memory;
        if is_taken {
            self.used_memory += bytes;
            self.reserved += bytes;
            // Reservations that begin to wait later come after that job.
            (_, self.kept) = self.next();
        }
        is_taken
    }

    /// Takes back memory of work beside the pool.
    pub fn return_reserved(&mut self, bytes: u64) {
        self.used_memory -= bytes;
        self.reserved -= bytes;
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
        let need = self.counted(need);
        self.judge(call, need, &FlowKey::of(call, need), (call.arrived, self.numbers + 1), now).map(drop)
    }

    /// Estimated time that a new job would wait.
    pub fn expected_wait(&self, call: &Call, need: Need, now: Instant) -> Duration {
        let need = self.counted(need);
        seconds(self.wait(&FlowKey::of(call, need), (now, u64::MAX), self.durations.to_end(need)))
    }

    /// Adds a job. The first of its flow is accepted also if its estimated duration alone is too long: only a job that runs can
    /// correct the estimate. Returns its place, by which it can be withdrawn.
    ///
    /// # Errors
    /// As [`Queue::admit`], with the job: its input may be large, and is to be freed without the lock of the queue.
    pub fn push(&mut self, call: &Call, need: Need, now: Instant, job: J) -> Result<QueuePosition, (Refused, J)> {
        self.numbers += 1;
        let place = (call.arrived, self.numbers);
        self.push_at(place, call, need, now, job).map(|()| place)
    }

    /// As [`Queue::push`], at the place of a job that has left it: its next step.
    ///
    /// # Errors
    /// As [`Queue::admit`], with the job.
    pub fn push_at(
        &mut self,
        place: QueuePosition,
        call: &Call,
        need: Need,
        now: Instant,
        job: J,
    ) -> Result<(), (Refused, J)> {
        let need = self.counted(need);
        let key = FlowKey::of(call, need);
        let is_trial = match self.judge(call, need, &key, place, now) {
            Ok(is_trial) => is_trial,
            Err(refused) => return Err((refused, job)),
        };
        let estimate = self.durations.to_end(need);
        let start = self.start_time();
        self.waiting += 1;
        self.waiting_bytes += need.bytes;
        let known = self.flows.iter().position(|flow| flow.key == key);
        let index = known.unwrap_or_else(|| {
            self.flows.push(Flow { key, time: start, waiting: BTreeMap::new(), draws: 0, backlog: 0.0 });
            self.flows.len() - 1
        });
        let flow = &mut self.flows[index];
        if flow.waiting.is_empty() {
            // A flow cannot save up time by being idle.
            flow.time = flow.time.max(start);
        }
        flow.backlog += estimate;
        flow.draws += usize::from(need.kind == Kind::Draw);
        flow.waiting.insert(place, Waiting { job, need, deadline: due(call, need), estimate, is_trial });
        Ok(())
    }

    fn flow(&self, key: &FlowKey) -> Option<&Flow<J>> {
        self.flows.iter().find(|flow| flow.key == *key)
    }

    /// A need as it counts. One of more memory than there is must not wait until no finished poster is left.
    fn counted(&self, need: Need) -> Need {
        Need { memory: need.memory.min(beside_finished(self.memory)), ..need }
    }

    /// Returns whether the job is a trial.
    fn judge(
        &self,
        call: &Call,
        need: Need,
        key: &FlowKey,
        place: QueuePosition,
        now: Instant,
    ) -> Result<bool, Refused> {
        // Calls without a deadline are few, and bounded by those that make them.
        let Some(deadline) = due(call, need) else { return Ok(false) };
        let rest = deadline.saturating_duration_since(now).as_secs_f64();
        let estimate = self.durations.to_end(need);
        let wait = self.wait(key, place, estimate);
        let is_late = wait + estimate > rest;
        let is_first = self.flow(key).is_none_or(|flow| flow.waiting.is_empty());
        if is_late && !(is_first && wait < rest) {
            return Err(Refused(seconds(wait + estimate - rest)));
        }
        // What has been begun is bounded by what begins it. To refuse it would waste the work on it.
        let is_full = need.kind != Kind::Draw
            && self.waiting > 0
            && self.waiting_bytes.saturating_add(need.bytes) > self.max_bytes;
        if is_full && self.waiting_bytes_of(&call.caller) + need.bytes > self.max_bytes / CALLERS {
            return Err(Refused(seconds(wait)));
        }
        Ok(is_late)
    }

    fn waiting_bytes_of(&self, caller: &str) -> u64 {
        let flows = self.flows.iter().filter(|flow| *flow.key.caller == *caller);
        flows.flat_map(|flow| flow.waiting.values()).map(|waiting| waiting.need.bytes).sum()
    }

    /// Removes a waiting job whose caller is gone. Returns it, and what it would have occupied: that of its next step.
    pub fn withdraw(&mut self, place: QueuePosition) -> Option<(J, Need)> {
        let index = self.flows.iter().position(|flow| flow.waiting.contains_key(&place))?;
        let waiting = self.flows[index].waiting.remove(&place)?;
        let Waiting { job, need, .. } = self.leave(index, place, waiting);
        Some((job, need))
    }

    /// The next job that can run.
    pub fn pop(&mut self, now: Instant) -> Option<Started<J>> {
        let (index, kept) = self.next();
        if self.claimed == 0 {
            self.kept = self.kept.or(kept);
        }
        let index = index?;
        let (place, waiting) = self.flows[index].waiting.pop_first()?;
        let Waiting { job, need, deadline, is_trial, .. } = self.leave(index, place, waiting);
        let key = self.flows[index].key.clone();
        // As measured by now.
        let estimate = self.durations.of(need);
        let to_end = if is_trial { 0.0 } else { self.durations.to_end(need) };
        let is_late = deadline.is_some_and(|deadline| now + seconds(to_end) > deadline);
        let late = is_late.then(|| Refused(seconds(self.wait(&key, (now, u64::MAX), estimate))));
        // A late job is only rejected, which takes no time.
        let estimate = if is_late { 0.0 } else { estimate };
        let flow = &mut self.flows[index];
        self.clock = self.clock.max(flow.time);
        flow.time += estimate / key.priority.weight();
        self.running += 1;
        self.running_heavy += usize::from(key.size.is_heavy());
        self.running_estimate += estimate;
        self.used_memory += need.total_memory();
        Some(Started { job, place, late, receipt: Receipt { key, need, estimate } })
    }

    /// Takes back what a job occupied, and learns from the time that it took. `took` is `None` if it was not run.
    pub fn finished(&mut self, receipt: Receipt, took: Option<Duration>) {
        let Receipt { key, need, estimate } = receipt;
        self.running -= 1;
        self.running_heavy -= usize::from(key.size.is_heavy());
        self.running_estimate = (self.running_estimate - estimate).max(0.0);
        self.used_memory -= need.total_memory();
        let spent = took.unwrap_or_default().as_secs_f64();
        if let Some(flow) = self.flows.iter_mut().find(|flow| flow.key == key) {
            flow.time += (spent - estimate) / key.priority.weight();
        }
        if took.is_some() {
            self.durations.learn(need, spent);
        }
        if self.flows.len() > MAX_IDLE {
            let clock = self.clock;
            self.flows.retain(|flow| !flow.waiting.is_empty() || flow.time > clock);
        }
    }

    fn leave(&mut self, index: usize, place: QueuePosition, waiting: Waiting<J>) -> Waiting<J> {
        if self.kept == Some(place) {
            self.kept = None;
        }
        self.waiting -= 1;
        self.waiting_bytes -= waiting.need.bytes;
        let flow = &mut self.flows[index];
        flow.draws -= usize::from(waiting.need.kind == Kind::Draw);
        flow.backlog = if flow.waiting.is_empty() { 0.0 } else { (flow.backlog - waiting.estimate).max(0.0) };
        waiting
    }
}

/// When a job must have ended. A plan leaves the rest of the call's time to what follows it.
fn due(call: &Call, need: Need) -> Option<Instant> {
    match need.kind {
        Kind::Plan => call.until(),
        Kind::Draw | Kind::Other => call.deadline,
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
}
