//! Which job is next, and how long a new one would wait.

use std::collections::{HashMap, HashSet};

use super::{
    Queue,
    flow::{Flow, FlowKey, MEDIUM, QueuePosition, Size, Waiting},
};
use crate::service::{
    call::Priority,
    pool::{memory::beside_finished, need::Kind},
};

/// Posters of a caller that wait to be drawn, for each thread, from which no further one is planned: enough to keep the threads busy
/// until pictures of the next ones have arrived.
const MAX_READY: usize = 16;

/// Callers by name and priority.
type Callers<'a> = HashSet<(&'a str, Priority)>;

/// Whether a job would begin a poster of a caller that is supplied with posters: those are drawn first.
fn is_held_back<J>(supplied: &Callers<'_>, key: &FlowKey, job: &Waiting<J>) -> bool {
    job.need.kind == Kind::Plan && supplied.contains(&(&*key.caller, key.priority))
}

impl<J> Queue<J> {
    /// Estimated time until a new job would start, s: fair sharing lets each other flow run at most as long as this one,
    /// by weight.
    pub(super) fn wait(&self, key: &FlowKey, place: QueuePosition, estimate: f64) -> f64 {
        if self.waiting == 0 && self.running < self.workers {
            return 0.0;
        }
        let own = self.flow(key).map_or(0.0, |known| {
            let is_last = known.waiting.last_key_value().is_none_or(|(last, _)| *last < place);
            if is_last { known.backlog } else { known.waiting.range(..place).map(|(_, job)| job.estimate).sum() }
        });
        let others = self.flows.iter().filter(|flow| flow.key != *key);
        let share = |other: &FlowKey| other.priority.weight() / key.priority.weight();
        let ahead: f64 = others.map(|other| other.backlog.min((own + estimate) * share(&other.key))).sum();
        let all = (own + ahead + self.running_estimate) / self.workers as f64;
        if key.size.is_heavy() { all.max(own / self.max_heavy() as f64) } else { all }
    }

    /// Heavy jobs at a time: all threads but one.
    fn max_heavy(&self) -> usize {
        (self.workers - 1).max(1)
    }

    /// Virtual time at which a flow begins that was idle: as far behind as those that could run. It is next then, and has no
    /// credit from the time before.
    pub(super) fn start_time(&self) -> f64 {
        let supplied = self.supplied();
        let able = self.flows.iter().filter(|flow| {
            let may_run =
                |first: &Waiting<J>| self.may_start(&flow.key, first) && !is_held_back(&supplied, &flow.key, first);
            flow.first().is_some_and(|(_, first)| may_run(first))
        });
        able.map(|flow| flow.time).fold(self.clock, f64::min)
    }

    /// Index of the flow whose first job is next: of those that can run, the one that is furthest behind. Also the job that would be
    /// next if work beside the pool had no memory.
    pub(super) fn next(&self) -> (Option<usize>, Option<QueuePosition>) {
        if self.waiting == 0 {
            return (None, None);
        }
        let waiting = self.flows.iter().enumerate().filter_map(|(index, flow)| Some((index, flow, flow.first()?)));
        let supplied = self.supplied();
        let mut order: Vec<_> =
            waiting.filter(|(_, flow, (_, first))| !is_held_back(&supplied, &flow.key, first)).collect();
        // Of equals, the shorter one, then the smaller one: it delays the other less.
        let need = |job: &Waiting<J>| job.need.memory;
        order.sort_by(|(_, a, (_, x)), (_, b, (_, y))| {
            a.time.total_cmp(&b.time).then(x.estimate.total_cmp(&y.estimate)).then(need(x).cmp(&need(y)))
        });
        let (mut reserved, mut kept) = (None, None);
        for (index, Flow { key, .. }, (place, first)) in order {
            let memory = first.need.memory;
            // Others must not occupy the memory over and over while a large one waits for it.
            let may_overtake = reserved.is_none_or(|wanted| memory == 0 || self.fits_beside(key.size, wanted));
            if may_overtake && self.may_start(key, first) {
                return (Some(index), kept);
            }
            // Finished posters, of which there may always be some, and work beside the pool leave too little.
            let is_kept = self.has_thread(key) && memory + self.reserved > beside_finished(self.memory);
            kept = kept.or(is_kept.then_some(*place));
            // While a sheet has the memory, it would wait also if no other job ran.
            let waits_for_jobs = memory > self.free_memory() && memory <= self.memory_of_jobs();
            if waits_for_jobs && self.running_heavy == 0 {
                reserved = reserved.or(Some(memory));
            }
        }
        (None, kept)
    }

    /// Whether a job waits for memory while finished posters have more than is left to them.
    pub fn lacks_held(&self) -> bool {
        let has_excess = self.held > self.memory - beside_finished(self.memory);
        let mut firsts = self.flows.iter().filter_map(|flow| Some((&flow.key, flow.first()?.1)));
        has_excess && firsts.any(|(key, first)| self.has_thread(key) && !self.may_start(key, first))
    }

    /// Callers with enough posters to draw to keep the threads busy. Posters that wait for memory do not count, and neither
    /// do those behind a plan in its flow, which wait for it.
    fn supplied(&self) -> Callers<'_> {
        let enough = MAX_READY * self.workers;
        // With few posters, no caller has enough.
        if self.flows.iter().map(|flow| flow.draws).sum::<usize>() < enough {
            return Callers::new();
        }
        let mut ready = HashMap::<(&str, Priority), usize>::new();
        for flow in &self.flows {
            let next = flow.first().filter(|(_, first)| first.need.kind == Kind::Draw);
            if next.is_some_and(|(_, first)| self.may_start(&flow.key, first)) {
                *ready.entry((&*flow.key.caller, flow.key.priority)).or_default() += flow.draws;
            }
        }
        ready.into_iter().filter(|(_, draws)| *draws >= enough).map(|(caller, _)| caller).collect()
    }

    /// Whether nothing but its turn keeps a job from starting.
    fn may_start(&self, key: &FlowKey, job: &Waiting<J>) -> bool {
        let memory = job.need.memory;
        // Finished posters may occupy more than there is.
        let has_room = self.used_memory <= self.memory || job.need.kind != Kind::Draw;
        self.has_thread(key) && has_room && (memory == 0 || memory <= self.free_memory())
    }

    /// Whether a free thread may run a job of this flow.
    fn has_thread(&self, key: &FlowKey) -> bool {
        !key.size.is_heavy() || self.running_heavy < self.max_heavy()
    }

    /// Whether jobs of this size on all threads leave the memory that a job waits for.
    fn fits_beside(&self, size: Size, wanted: u64) -> bool {
        size == Size::Small && wanted + MEDIUM * self.workers as u64 <= self.memory
    }

    /// Memory that is not for work beside the pool.
    fn memory_of_jobs(&self) -> u64 {
        self.memory.saturating_sub(self.reserved + self.claimed())
    }

    fn free_memory(&self) -> u64 {
        self.memory.saturating_sub(self.used_memory + self.claimed())
    }

    /// Memory that jobs leave to work beside the pool, unless it is the turn of one of them.
    fn claimed(&self) -> u64 {
        if self.kept.is_some() { 0 } else { self.claimed }
    }
}
