//! Which job is next, and how long a new one would wait.

use super::{
    Queue,
    flow::{Flow, FlowKey, Place},
};
use crate::service::pool::need::Kind;

impl<J> Queue<J> {
    /// Estimated time until a new job would start, s: fair sharing lets each other flow run at most as long as this one,
    /// by weight.
    pub(super) fn wait(&self, flow: &FlowKey, place: Place, estimate: f64) -> f64 {
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

    /// Heavy jobs at a time: all threads but one.
    fn max_heavy(&self) -> usize {
        (self.workers - 1).max(1)
    }

    /// The flow whose first job is next: of those that can run, the one that is furthest behind.
    pub(super) fn next(&self) -> Option<FlowKey> {
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
}
