//! How far the service has stopped: what connections and requests in progress wait for.

use std::time::Duration;

use tokio::{sync::watch, time::sleep};

/// Time after [`Stage::Over`] in which connections send their last response.
pub(super) const LAST_RESPONSES: Duration = Duration::from_secs(1);

/// How far the service has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Requests are answered.
    Serving,
    /// New requests are refused, those in progress finish.
    Stopping,
    /// Those in progress are refused, too.
    Over,
}

/// Follows the stage.
#[derive(Debug, Clone)]
pub(super) struct Stages(watch::Receiver<Stage>);

impl Stages {
    /// The stage, which the sender changes.
    pub(super) fn new() -> (watch::Sender<Stage>, Self) {
        let (sender, receiver) = watch::channel(Stage::Serving);
        (sender, Self(receiver))
    }

    /// Whether new requests are refused.
    pub(super) fn is_stopping(&self) -> bool {
        *self.0.borrow() >= Stage::Stopping
    }

    /// Resolves at this stage, or a later one.
    pub(super) async fn reached(&self, stage: Stage) {
        if self.0.clone().wait_for(|now| *now >= stage).await.is_err() {
            // Nothing changes the stage any more.
            std::future::pending::<()>().await;
        }
    }

    /// Resolves when connections must be closed, whatever they do.
    pub(super) async fn ended(&self) {
        self.reached(Stage::Over).await;
        sleep(LAST_RESPONSES).await;
    }
}
