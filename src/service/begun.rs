//! Bound on posters that have begun: between their plan and their file, waiting for what they fetch. Begun posters are finished before
//! others begin; one that waits to begin holds only its request.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use super::call::Call;
use crate::{
    net::budget::{Budget, Permit},
    words,
};
use haibao_core::error::{ErrorKind, Result};

/// Approximate memory of a poster between its plan and its file, besides its pictures, bytes: the plan, its artwork, and the work on it.
const POSTER_BYTES: u64 = 96 << 10;

/// Time that a poster waits if its call has no deadline.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Memory of the posters that fetch something, shared fairly between callers: those whose hosts respond slowly leave a part to others.
/// Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct BegunPosters {
    memory: Budget,
    /// Posters that wait to begin.
    waiting: Arc<AtomicUsize>,
}

/// A poster that may fetch, until it is dropped.
#[derive(Debug)]
#[must_use = "another poster may begin when it is dropped"]
pub(super) struct Begun {
    memory: Permit,
}

impl BegunPosters {
    /// Posters that have this many bytes together.
    pub fn new(bytes: u64) -> Self {
        Self { memory: Budget::with_room(bytes).saying(words::posters_full), waiting: Arc::default() }
    }

    /// Begins a poster of a call if there is room and no other one comes first.
    pub fn try_take(&self, call: &Call) -> Option<Begun> {
        self.memory.try_take(&call.sharer(), POSTER_BYTES).map(|memory| Begun { memory })
    }

    /// Waits for the turn of a poster, as long as its call can still meet its deadline: posters take as long as earlier ones from their
    /// turn on. One whose turn would come too late is refused at once.
    ///
    /// # Errors
    /// `busy`.
    pub async fn take(&self, call: &Call) -> Result<Begun> {
        let _waiting = Waiting::of(&self.waiting);
        let memory = match call.until() {
            Some(until) => self.memory.take_by(&call.sharer(), POSTER_BYTES, until.into()).await?,
            None => self.memory.take(&call.sharer(), POSTER_BYTES, (Instant::now() + TIMEOUT).into()).await?,
        };
        Ok(Begun { memory })
    }

    /// Number of posters that wait to begin.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Relaxed)
    }
}

/// A poster that waits to begin, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn of(number: &'a AtomicUsize) -> Self {
        number.fetch_add(1, Relaxed);
        Self(number)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Begun {
    /// Ends the poster. One that was refused tells nothing about the time that others take.
    pub fn end<T>(self, outcome: &Result<T>) {
        if outcome.as_ref().is_err_and(|error| error.kind() == ErrorKind::Busy) {
            self.memory.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use futures_util::{FutureExt, future::join_all};
    use serde_json::json;
    use tempfile::TempDir;
    use tokio::time::{sleep, timeout};

    use super::*;
    use crate::{
        fetch::testing::{Reply, Server, answer},
        service::{ComposeRequest, compose, export::tests, pool},
    };
    use haibao_core::{
        code::{CodeFields, CodeKind},
        error::Retry,
    };

    const LAYOUT: &str = r##"{
        "title": "photo", "canvas": { "width": 100, "height": 100, "background": "#fff" },
        "params": { "type": "object", "properties": { "photo": { "type": "string", "format": "image" } } },
        "layers": [{ "type": "image", "box": [0, 0, 50, 50], "src": "{{photo}}" }]
    }"##;

    /// A call with time enough.
    fn by(caller: &str) -> Call {
        Call::new(caller, Duration::from_secs(600))
    }

    /// Posters that take this time from their turn on, asked for at once.
    async fn posters(all: &BegunPosters, caller: &str, count: usize, takes: Duration) -> Vec<Result<()>> {
        // That of the test, which is paused.
        let arrived = tokio::time::Instant::now().into_std();
        let time = Duration::from_secs(30);
        let call = Call { arrived, deadline: Some(arrived + time), ..Call::new(caller, time) };
        let poster = async || {
            let begun = all.take(&call).await?;
            sleep(takes).await;
            let done: Result<()> = Ok(());
            begun.end(&done);
            done
        };
        join_all((0..count).map(|_| poster())).await
    }

    #[tokio::test(start_paused = true)]
    async fn posters_that_would_begin_too_late_are_refused_when_they_come() {
        let (all, five) = (BegunPosters::new(8 * POSTER_BYTES), Duration::from_secs(5));
        // Of eight posters, one caller leaves room for two: 30 are finished in 30 seconds.
        let flood = posters(&all, "flood", 60, five);
        let later = async {
            sleep(Duration::from_secs(6)).await;
            let refused = posters(&all, "flood", 3, five).now_or_never().expect("none waits");
            posters(&all, "other", 1, five).await.into_iter().for_each(|done| done.expect("there is room"));
            refused
        };
        let (flood, later) = tokio::join!(flood, later);
        let busy = |all: &[Result<()>]| {
            let refused = all.iter().filter_map(|one| one.as_ref().err());
            let busy =
                refused.filter(|error| matches!(error.retry_advice(), Retry::After(_)) && error.code() == "busy");
            busy.count()
        };
        assert_eq!((busy(&flood), busy(&later)), (30, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_of_two_hundred_posters_waits() {
        let all = BegunPosters::new(pool::Config { workers: 2, ..pool::Config::default() }.fetching_bytes());
        for _ in 0..2 {
            let burst = posters(&all, "me", 200, Duration::from_secs(9)).await;
            assert!(burst.iter().all(Result::is_ok), "{burst:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn posters_that_wait_to_begin_are_counted() {
        let (all, call) = (BegunPosters::new(POSTER_BYTES), by("me"));
        let _begun = all.try_take(&call).expect("there is room");
        let mut second = Box::pin(all.take(&call));
        assert!((&mut second).now_or_never().is_none() && all.waiting() == 1);
        let error = second.await.expect_err("the other one does not end");
        assert_eq!((error.code(), all.waiting()), ("busy", 0));
        assert!(error.message().contains("too many posters"), "{error}");
    }

    /// Adds the template `photo` to those of an app.
    fn add_template(folder: &TempDir) {
        let own = folder.path().join("templates/photo");
        std::fs::create_dir_all(&own).expect("a folder");
        std::fs::write(own.join("layout.json"), LAYOUT).expect("a file");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_flood_of_pictures_of_a_slow_host_is_served() {
        const FLOOD: u64 = 30;
        let late = Duration::from_millis(100);
        let mut photo = Cursor::new(Vec::new());
        image::RgbImage::new(16, 16).write_to(&mut photo, image::ImageFormat::Png).expect("a PNG");
        let photo = answer("200 OK", "image/png", photo.get_ref());
        let host = Server::start(move |_, _| Reply::Late(late, photo.clone())).await;
        let endpoint = host.endpoint();
        let (app, _spec, _wechat, folder) = tests::app_with(|settings| {
            settings.assets.allow_private = vec![endpoint];
            // One after another takes longer than the time that each of them has.
            (settings.assets.max_per_host, settings.assets.timeout_ms) = (1, FLOOD / 2 * 100);
        })
        .await;
        add_template(&folder);
        let poster = |number| {
            let (app, url) = (Arc::clone(&app), format!("{}/{number}.jpg", host.url()));
            let request = ComposeRequest::new("photo", json!({ "photo": url }));
            by("flood").scope(async move { compose(&app, request).await })
        };
        for poster in join_all((0..FLOOD).map(poster)).await {
            poster.expect("a poster");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn posters_of_slow_hosts_leave_room_to_others() {
        /// Of five posters, one caller leaves room for one.
        const ROOM: usize = 4;
        let host = Server::start(|_, _| Reply::Stall).await;
        let endpoint = host.endpoint();
        let (app, spec, _wechat, folder) = tests::app_with(|settings| {
            settings.pool.waiting_bytes = 1 << 20;
            settings.assets.allow_private = vec![endpoint];
            (settings.assets.max_per_host, settings.assets.timeout_ms) = (100, 600_000);
        })
        .await;
        add_template(&folder);
        let known = || ComposeRequest::new("my", spec.template.samples()["usual"].clone());
        compose(&app, known()).await.expect("a poster, whose code is in memory from now on");

        let slow = |caller: &'static str, number: usize| {
            let (app, url) = (Arc::clone(&app), format!("{}/{number}.jpg", host.url()));
            let request = ComposeRequest::new("photo", json!({ "photo": url }));
            by(caller).scope(async move { compose(&app, request).await.map(drop) })
        };
        let flood = tokio::spawn(join_all((0..20).map(|number| slow("flood", number))));
        let asked = async {
            while host.requests().len() < ROOM {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(60), asked).await.expect("as many as there is room for");
        // Each of the flood has been planned when posters that were asked for later have been.
        for caller in ["flood", "other"] {
            by(caller).scope(compose(&app, known())).await.expect("a poster that asks for nothing");
            let code = CodeFields { kind: Some(CodeKind::Qr), text: Some("x".into()), ..CodeFields::default() };
            let drawn_here = ComposeRequest { code, ..known() };
            by(caller).scope(compose(&app, drawn_here)).await.expect("a poster whose code is drawn here");
        }
        assert_eq!(host.requests().len(), ROOM, "the others wait without a request");
        flood.abort();
    }
}
