//! What a job occupies.

/// Kind of a job. Its duration is estimated from that of earlier jobs of the same kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Planning a poster.
    Plan,
    /// Drawing a poster.
    Draw,
    /// Anything else.
    Other,
}

impl Kind {
    pub(super) const COUNT: usize = 3;
    /// Estimated durations until the first jobs have been measured, s.
    pub(super) const FIRST_ESTIMATES: [f64; Self::COUNT] = [0.001, 0.01, 0.005];
}

/// What a job occupies.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    /// Kind of the job.
    pub kind: Kind,
    /// Memory that the job's input occupies while it waits, bytes.
    pub bytes: u64,
    /// Memory for decoding pictures while it runs, bytes. The job waits for it.
    pub memory: u64,
    /// Memory beyond that, bytes. It counts while the job runs, but the job does not wait for it.
    pub excess: u64,
}

impl Need {
    /// A job of this kind without notable memory.
    pub fn of(kind: Kind) -> Self {
        Self { kind, bytes: 0, memory: 0, excess: 0 }
    }

    /// The same need of a job that waits for at most this much of its memory.
    pub fn waiting_for(self, most: u64) -> Self {
        let memory = self.memory.min(most);
        Self { memory, excess: self.memory - memory + self.excess, ..self }
    }

    /// Memory that the job takes while it runs, bytes.
    pub(super) fn total_memory(&self) -> u64 {
        self.memory + self.excess
    }
}
