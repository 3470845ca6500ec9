//! The call that work is done for: its caller, its share of the CPU pool, and its deadline.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::net::caller::waiting_until;

tokio::task_local! {
    static CURRENT: Call;
}

/// Share of the CPU pool that a kind of call gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// A client waits for the response.
    Interactive,
    /// Background work: a quarter of the share of an interactive caller.
    Export,
}

impl Priority {
    /// Relative share of drawing time.
    pub(super) fn weight(self) -> f64 {
        match self {
            Self::Interactive => 1.0,
            Self::Export => 0.25,
        }
    }
}

/// Properties of the call that the current task works for. Set with [`Call::scope`]; tasks spawned within do not inherit
/// them.
#[derive(Debug, Clone)]
pub struct Call {
    /// Callers share the CPU pool fairly. The name of a key, or empty.
    pub caller: Arc<str>,
    /// Share of the CPU pool.
    pub priority: Priority,
    /// Start of the call: older calls of a caller go first.
    pub arrived: Instant,
    /// Time after which the result is no longer needed. `None`: the call waits as long as it takes.
    pub deadline: Option<Instant>,
    /// Of a call whose body may arrive for longer than others take: the time for the work after that.
    pub work: Option<Duration>,
}

impl Call {
    /// An interactive call that started now.
    pub fn new(caller: impl Into<Arc<str>>, timeout: Duration) -> Self {
        let arrived = Instant::now();
        let deadline = arrived.checked_add(timeout);
        Self { caller: caller.into(), priority: Priority::Interactive, arrived, deadline, work: None }
    }

    /// A call of a background export, without a deadline.
    pub fn export(caller: impl Into<Arc<str>>) -> Self {
        Self { caller: caller.into(), priority: Priority::Export, arrived: Instant::now(), deadline: None, work: None }
    }

    /// Time until which it is worth waiting for room: the rest is for work and for the response. `None`: as long as it takes.
    pub fn until(&self) -> Option<Instant> {
        self.deadline?.checked_sub(self.rest()?)
    }

    /// As [`Call::until`], for a poster whose plan and pictures are there: half of the rest is for that.
    pub fn until_drawn(&self) -> Option<Instant> {
        self.deadline?.checked_sub(self.rest()? / 2)
    }

    fn rest(&self) -> Option<Duration> {
        /// This part of the call's time, at most [`MAX`].
        const SHARE: u32 = 10;
        const MAX: Duration = Duration::from_millis(500);
        let time = self.deadline?.saturating_duration_since(self.arrived);
        Some((time / SHARE).min(MAX))
    }

    /// Name under which the call shares bytes and places with others: exports of a caller do not keep its clients waiting.
    pub fn sharer(&self) -> Arc<str> {
        match self.priority {
            Priority::Interactive => Arc::clone(&self.caller),
            // No name of a key has a line break.
            Priority::Export => format!("export\n{}", self.caller).into(),
        }
    }

    /// Name of the caller's key, which owns what the call creates. `None` without a key.
    pub fn owner(&self) -> Option<&str> {
        Some(&*self.caller).filter(|name| !name.is_empty())
    }

    /// The call of the current task. Outside of any [`Call::scope`]: an anonymous interactive one without a deadline.
    pub fn current() -> Self {
        CURRENT.try_with(Clone::clone).unwrap_or_else(|_| Self {
            caller: Arc::default(),
            priority: Priority::Interactive,
            arrived: Instant::now(),
            deadline: None,
            work: None,
        })
    }

    /// Runs a future as part of this call. It is boxed: nested futures of a request or an export would otherwise need more stack
    /// than a thread has in debug builds.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        self.around(Box::pin(future)).await
    }

    /// As [`Call::scope`], of a future that is boxed already.
    pub fn around<F: Future + Unpin>(self, future: F) -> impl Future<Output = F::Output> {
        waiting_until(self.until(), CURRENT.scope(self, future))
    }

    /// The call once its body has arrived: [`Call::work`] bounds the rest of its time, which does not become longer.
    #[must_use]
    pub fn received(self) -> Self {
        let end = self.work.and_then(|work| Instant::now().checked_add(work));
        let deadline = self.deadline.into_iter().chain(end).min();
        Self { deadline, work: None, ..self }
    }

    /// The same call under the name of another caller.
    #[must_use]
    pub fn by(self, caller: impl Into<Arc<str>>) -> Self {
        Self { caller: caller.into(), ..self }
    }
}
