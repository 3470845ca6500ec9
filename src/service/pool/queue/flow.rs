//! Flows: jobs of a caller, priority and size class that share a turn.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use crate::service::{
    call::{Call, Priority},
    pool::need::{Kind, Need},
};

/// Decoding memory from which a job counts as heavy, bytes: more than a photo of 12 megapixels takes. Heavy jobs leave one
/// thread to the others.
const HEAVY: u64 = 64 << 20;
/// Decoding memory from which a job counts as medium, bytes: a photo of 5 megapixels.
pub const MEDIUM: u64 = 16 << 20;

/// Jobs that share a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowKey {
    pub caller: Arc<str>,
    pub priority: Priority,
    pub size: Size,
    /// Whether they are parts of posters, which wait while finished posters occupy all memory.
    is_poster: bool,
}

impl FlowKey {
    pub fn of(call: &Call, need: Need) -> Self {
        let (size, is_poster) = (Size::of(need.total_memory()), need.kind != Kind::Other);
        Self { caller: Arc::clone(&call.caller), priority: call.priority, size, is_poster }
    }
}

/// Class of a job by its decoding memory. Jobs of different sizes are different flows, so that a poster of text does not
/// wait for all the photos before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Needs no memory that is counted, and so must not be behind one that waits for memory.
    Uncounted,
    Small,
    Medium,
    Heavy,
}

impl Size {
    pub fn of(memory: u64) -> Self {
        match memory {
            HEAVY.. => Self::Heavy,
            MEDIUM.. => Self::Medium,
            1.. => Self::Small,
            0 => Self::Uncounted,
        }
    }

    pub fn is_heavy(self) -> bool {
        self == Self::Heavy
    }
}

/// Position within a flow: start of the request, and a number that makes it unique.
pub type QueuePosition = (Instant, u64);

/// Jobs of one turn that wait.
#[derive(Debug)]
pub struct Flow<J> {
    pub key: FlowKey,
    /// Virtual time, s.
    pub time: f64,
    pub waiting: BTreeMap<QueuePosition, Waiting<J>>,
    /// How many of them draw posters.
    pub draws: usize,
    /// Estimated duration of all waiting jobs and of what follows them, s.
    pub backlog: f64,
}

impl<J> Flow<J> {
    /// The job that is next.
    pub fn first(&self) -> Option<(&QueuePosition, &Waiting<J>)> {
        self.waiting.first_key_value()
    }
}

/// A job that waits.
#[derive(Debug)]
pub struct Waiting<J> {
    pub job: J,
    pub need: Need,
    pub deadline: Option<Instant>,
    pub estimate: f64,
    /// Whether it runs although it is estimated to end too late: see [`Queue::push`](super::Queue::push).
    pub is_trial: bool,
}
