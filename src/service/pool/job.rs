//! Jobs: their steps, and what a running one knows of its caller.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use tokio::sync::oneshot;

use super::{
    held::Held,
    need::Need,
    shared::{Shared, Work},
};
use crate::{service::call::Call, words};
use haibao_core::error::{Error, ErrorKind, Result};

/// A running job's view of its caller, and of the pool.
pub struct CancelToken<'a> {
    is_over: &'a dyn Fn() -> bool,
    shared: &'a Arc<Shared>,
}

impl CancelToken<'_> {
    /// Fails if the result is no longer needed: the caller has gone, or its deadline has passed.
    ///
    /// # Errors
    /// `cancelled`.
    pub fn check(&self) -> Result<()> {
        if (self.is_over)() {
            return Err(Error::of(ErrorKind::Deadline, words::cancelled()));
        }
        Ok(())
    }

    /// As [`Pool::hold`](super::Pool::hold), for what the job has made: its own memory is returned when it ends.
    pub fn hold(&self, bytes: u64) -> Held {
        Held::of(self.shared, bytes)
    }
}

/// A step of a job.
pub type Task<T> = Box<dyn FnOnce(&CancelToken<'_>) -> Result<Step<T>> + Send>;

/// What a step of a job leads to.
pub enum Step<T> {
    /// The result of the job.
    Done(T),
    /// The next step and what it occupies.
    Next(Need, Task<T>),
}

/// A job that waits or runs.
pub(super) struct Running<T> {
    call: Call,
    span: tracing::Span,
    shared: Arc<Shared>,
    /// The next step.
    task: Option<Task<T>>,
    result: Option<oneshot::Sender<Result<T>>>,
}

impl<T> Running<T> {
    /// A job in the current span, and where its result arrives.
    pub fn new(call: &Call, shared: &Arc<Shared>, task: Task<T>) -> (Self, oneshot::Receiver<Result<T>>) {
        let (sender, result) = oneshot::channel();
        let (call, span, shared) = (call.clone(), tracing::Span::current(), Arc::clone(shared));
        (Self { call, span, shared, task: Some(task), result: Some(sender) }, result)
    }
}

impl<T: Send> Work for Running<T> {
    fn step(&mut self, verdict: Result<()>) -> Option<Need> {
        let (task, sender) = (self.task.take()?, self.result.take()?);
        let deadline = self.call.deadline;
        let is_over = || sender.is_closed() || deadline.is_some_and(|deadline| Instant::now() > deadline);
        let token = CancelToken { is_over: &is_over, shared: &self.shared };
        // Unwind safe: everything the task shares is immutable or a cache whose locks do not poison.
        let run = || catch_unwind(AssertUnwindSafe(|| task(&token))).unwrap_or_else(|_| Err(panicked()));
        let done = match verdict.and_then(|()| self.span.in_scope(run)) {
            Ok(Step::Next(need, task)) => {
                (self.task, self.result) = (Some(task), Some(sender));
                return Some(need);
            }
            Ok(Step::Done(done)) => Ok(done),
            Err(error) => Err(error),
        };
        // The caller may have gone.
        let _ = sender.send(done);
        None
    }

    fn call(&self) -> &Call {
        &self.call
    }

    fn is_wanted(&self) -> bool {
        self.result.as_ref().is_some_and(|result| !result.is_closed())
    }
}

/// The error of a task that has panicked.
pub(super) fn panicked() -> Error {
    Error::internal(words::drawing_failed()).hint(words::is_a_bug())
}
