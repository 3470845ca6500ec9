//! Turns of steps, of large jobs, and of reservations that are renewed back to back.

use super::*;

const MIB: u64 = 1 << 20;
/// Memory of the pool.
const MEMORY: u64 = 144 * MIB;
/// What all callers of [`Pool::reserve`] have.
const SHEET: u64 = MAX_RESERVED;

fn need(mib: u64) -> Need {
    Need { memory: mib * MIB, ..draw() }
}

/// A queue, and previews of sheets: one has its memory, and the next one waits for it.
struct Previews {
    queue: Queue<&'static str>,
    has_memory: bool,
    /// What has got memory: `sheet`, or a job.
    turns: Vec<&'static str>,
}

impl Previews {
    fn new() -> Self {
        let mut queue = Queue::new(2, u64::MAX, MEMORY);
        queue.claim(SHEET);
        Self { queue, has_memory: false, turns: Vec::new() }
    }

    fn push(&mut self, caller: &str, need: Need, job: &'static str) {
        self.queue.push(&call(caller), need, Instant::now(), job).expect("no deadline");
    }

    /// The sheet that has memory ends, and the next one takes it if it can.
    fn renew(&mut self) {
        if self.has_memory {
            self.queue.return_reserved(SHEET);
        }
        self.has_memory = self.queue.try_reserve(SHEET);
        if self.has_memory {
            self.turns.push("sheet");
        }
    }

    fn start(&mut self) -> Option<Started<&'static str>> {
        let started = self.queue.pop(Instant::now())?;
        self.turns.push(started.job);
        Some(started)
    }

    fn finish(&mut self, started: Started<&'static str>) {
        self.queue.finished(started.receipt, Some(Duration::from_millis(100)));
    }
}

#[test]
fn reservations_and_large_jobs_alternate() {
    let mut previews = Previews::new();
    for _ in 0..5 {
        previews.push("flood", need(100), "large");
    }
    for _ in 0..20 {
        previews.renew();
        if let Some(started) = previews.start() {
            previews.finish(started);
        }
    }
    assert_eq!(previews.turns[..10], ["sheet", "large"].repeat(5), "both wait for one turn of the other");
    assert!(previews.turns[10..].iter().all(|turn| *turn == "sheet"), "no job waits: {:?}", previews.turns);
}

#[test]
fn a_large_job_gets_its_turn_beside_others_that_fit() {
    let mut previews = Previews::new();
    previews.renew();
    previews.push("large", need(100), "large");
    // These start while a sheet has its memory, and run while the next one takes it.
    for _ in 0..20 {
        previews.push("flood", need(64), "fits");
    }
    let mut running = None;
    for _ in 0..20 {
        if let Some(started) = running.take() {
            previews.finish(started);
        }
        running = previews.start();
        previews.renew();
    }
    let before = previews.turns.iter().take_while(|turn| **turn != "large");
    let sheets = before.filter(|turn| **turn == "sheet").count();
    assert!(previews.turns.contains(&"large") && sheets <= 4, "{sheets} sheets before it: {:?}", previews.turns);
    let after = previews.turns.iter().skip_while(|turn| **turn != "large").filter(|turn| **turn == "sheet").count();
    assert!(after >= 5, "sheets wait for it once: {:?}", previews.turns);
}

#[test]
fn jobs_beside_which_a_sheet_fits_do_not_delay_it() {
    let mut previews = Previews::new();
    previews.renew();
    previews.push("flood", need(40), "fits");
    previews.renew();
    assert_eq!(previews.turns, ["sheet", "sheet"], "with finished posters, there is room for both");
    previews.queue.unclaim(SHEET);
    assert_eq!(previews.start().map(|started| started.job), Some("fits"));
}

#[test]
fn memory_that_a_job_does_not_wait_for_counts_while_it_runs() {
    let mut queue = Queue::new(3, u64::MAX, MEMORY);
    assert!(queue.try_reserve(SHEET), "nothing runs");
    queue.take_memory(MAX_UNREAD);
    for _ in 0..2 {
        queue
            .push(&call(""), need(110).waiting_for(memory::beside_reserved(MEMORY)), Instant::now(), "crop")
            .expect("no deadline");
    }
    let crop = queue.pop(Instant::now()).expect("it waits for what sheets and finished posters leave");
    assert_eq!(queue.used().1, SHEET + MAX_UNREAD + 110 * MIB);
    queue.return_reserved(SHEET);
    queue.push(&call(""), draw(), Instant::now(), "poster").expect("no deadline");
    assert_eq!(queue.pop(Instant::now()).map(|started| started.job), Some("poster"), "there is memory");
    assert!(queue.pop(Instant::now()).is_none(), "the other one waits");
    queue.finished(crop.receipt, Some(Duration::from_millis(100)));
    assert_eq!(queue.pop(Instant::now()).map(|started| started.job), Some("crop"));
    assert_eq!(queue.used().1, MAX_UNREAD + 110 * MIB);
}

#[tokio::test]
async fn a_reservation_waits_for_the_start_of_a_large_job_only() {
    const SOON: Duration = Duration::from_secs(20);
    for is_withdrawn in [false, true] {
        let pool = Arc::new(pool(1));
        let (release, running) = block(&pool).await;
        let sheet = pool.reserve(SHEET).await;
        let (started, has_started) = oneshot::channel();
        let (end, wait) = mpsc::channel::<()>();
        let mut large = Box::pin(pool.run(need(60), move |_| {
            let _ = started.send(());
            let _ = wait.recv();
            Ok(())
        }));
        assert!((&mut large).now_or_never().is_none(), "it waits for the thread and for memory");
        let mut granted = 0;
        drop(sheet);
        while let Some(sheet) = pool.reserve(SHEET).now_or_never() {
            granted += 1;
            assert!(granted < 2, "the job was overtaken without end");
            drop(sheet);
        }
        assert_eq!(granted, 1, "there was room, and no job had been kept waiting");
        let mut small = Box::pin(pool.reserve(MIB));
        assert!((&mut small).now_or_never().is_none(), "the job is next");
        let held = if is_withdrawn {
            drop(large);
            let held = tokio::time::timeout(SOON, small).await.expect("the job has gone");
            drop(release);
            held
        } else {
            drop(release);
            let task = tokio::time::timeout(SOON, async { tokio::join!(has_started, small) });
            let (has_started, held) = task.await.expect("beside the job that runs");
            has_started.expect("it runs");
            drop(end);
            large.await.expect("drawn");
            held
        };
        running.await.expect("no panic").expect("done");
        drop(held);
    }
}

#[tokio::test]
async fn steps_of_a_job_take_turns_with_other_jobs() {
    for is_dropped in [false, true] {
        let pool = Arc::new(pool(1));
        let order = Arc::new(Mutex::new(Vec::new()));
        let seen = |step: &'static str| {
            let order = Arc::clone(&order);
            move || order.lock().expect("no panic").push(step)
        };
        let (first, second, other) = (seen("first"), seen("second"), seen("other"));
        let [(started, running), (begun, other_running)] = [(); 2].map(|()| oneshot::channel());
        let [(release, wait), (end, ending)] = [(); 2].map(|()| mpsc::channel::<()>());
        let own = Arc::clone(&pool);
        let last: Task<u64> = Box::new(move |_| {
            second();
            Ok(Step::Done(own.depth().memory_bytes))
        });
        let steps: Task<u64> = Box::new(move |_| {
            let _ = started.send(());
            let _ = wait.recv();
            first();
            Ok(Step::Next(Need { memory: 1 << 20, ..draw() }, last))
        });
        let mut job = Box::pin(pool.run_steps(Need::of(Kind::Plan), steps));
        assert!((&mut job).now_or_never().is_none());
        running.await.expect("the first step starts");
        let call = Call::new("other", Duration::from_secs(60));
        let mut waiting = Box::pin(call.scope(pool.run(draw(), move |_| {
            let _ = begun.send(());
            let _ = ending.recv();
            other();
            Ok(())
        })));
        assert!((&mut waiting).now_or_never().is_none(), "the only thread is occupied");
        drop(release);
        other_running.await.expect("its turn comes before the second step");
        assert_eq!((pool.depth().waiting, pool.depth().memory_bytes), (1, 0));
        let job = (!is_dropped).then_some(job);
        assert_eq!(pool.depth().waiting, usize::from(!is_dropped));
        drop(end);
        waiting.await.expect("done");
        if let Some(job) = job {
            assert_eq!(job.await.expect("both steps"), 1 << 20, "the second one has its memory");
        }
        let expected: &[&str] = if is_dropped { &["first", "other"] } else { &["first", "other", "second"] };
        assert_eq!(*order.lock().expect("no panic"), expected);
    }
}

#[tokio::test]
async fn a_job_whose_caller_leaves_during_a_step_has_no_next_one() {
    let pool = pool(2);
    let [(started, running), (blocking, blocked)] = [(); 2].map(|()| oneshot::channel());
    let [(release, wait), (end, ending)] = [(); 2].map(|()| mpsc::channel::<()>());
    // The second step would wait for this one's memory.
    let large = need(100);
    let other = Call::new("other", Duration::from_secs(60));
    let mut occupying = Box::pin(other.scope(pool.run(large, move |_| {
        let _ = blocking.send(());
        let _ = ending.recv();
        Ok(())
    })));
    assert!((&mut occupying).now_or_never().is_none());
    blocked.await.expect("all memory is taken");
    let input = Arc::new(());
    let held = Arc::clone(&input);
    let steps: Task<()> = Box::new(move |_| {
        let _ = started.send(());
        let _ = wait.recv();
        let last: Task<()> = Box::new(move |_| {
            drop(held);
            Ok(Step::Done(()))
        });
        Ok(Step::Next(large, last))
    });
    let mut job = Box::pin(pool.run_steps(Need::of(Kind::Plan), steps));
    assert!((&mut job).now_or_never().is_none());
    running.await.expect("the first step starts");
    drop(job);
    drop(release);
    while Arc::strong_count(&input) > 1 {
        assert_eq!(pool.depth().waiting, 0, "nothing waits for a caller that has gone");
        tokio::task::yield_now().await;
    }
    assert_eq!((pool.depth().waiting, pool.depth().running), (0, 1));
    drop(end);
    occupying.await.expect("done");
}

/// Time in which a busy machine starts the threads of a test.
const START: Duration = Duration::from_secs(5);

/// A call whose time to wait is over after this time; half a second later is its deadline.
fn hurried(waits: Duration) -> Call {
    let now = Instant::now();
    let [arrived, deadline] =
        [now.checked_sub(Duration::from_secs(60)), now.checked_add(waits + Duration::from_millis(500))];
    Call { arrived: arrived.unwrap_or(now), deadline, ..Call::new("", Duration::ZERO) }
}

#[tokio::test]
async fn a_step_does_not_wait_when_the_time_of_its_call_is_over() {
    let pool = pool(1);
    // The second step would wait for this.
    let _posters = pool.hold(MEMORY);
    let (started, running) = oneshot::channel();
    let (release, wait) = mpsc::channel::<()>();
    let steps: Task<()> = Box::new(move |_| {
        let _ = started.send(());
        let _ = wait.recv();
        Ok(Step::Next(need(20), Box::new(|_: &CancelToken<'_>| Ok(Step::Done(())))))
    });
    let call = hurried(START);
    let until = call.until().expect("a deadline");
    let mut job = Box::pin(call.scope(pool.run_steps(Need::of(Kind::Plan), steps)));
    assert!((&mut job).now_or_never().is_none());
    running.await.expect("the first step starts");
    let released = async move {
        // The first step runs while the time passes.
        tokio::time::sleep_until((until + Duration::from_millis(50)).into()).await;
        drop(release);
    };
    let (refused, ()) = tokio::join!(tokio::time::timeout(Duration::from_secs(20), job), released);
    let refused = refused.expect("the second step does not wait").expect_err("it has no memory");
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Busy, "busy"));
    assert!(matches!(refused.retry_advice(), Retry::After(_)));
    assert_eq!(pool.depth().waiting, 0);
}

#[tokio::test]
async fn a_step_that_runs_when_the_time_of_its_call_is_over_is_awaited() {
    let pool = pool(1);
    let [(first_started, first), (second_started, second)] = [(); 2].map(|()| oneshot::channel());
    let [(release_first, wait_first), (release_second, wait_second)] = [(); 2].map(|()| mpsc::channel::<()>());
    let steps: Task<u8> = Box::new(move |_| {
        let _ = first_started.send(());
        let _ = wait_first.recv();
        let last: Task<u8> = Box::new(move |_| {
            let _ = second_started.send(());
            let _ = wait_second.recv();
            Ok(Step::Done(1))
        });
        Ok(Step::Next(draw(), last))
    });
    let call = hurried(START);
    let until = call.until().expect("a deadline");
    let mut job = Box::pin(call.scope(pool.run_steps(Need::of(Kind::Plan), steps)));
    assert!((&mut job).now_or_never().is_none());
    first.await.expect("the first step starts");
    drop(release_first);
    second.await.expect("a thread is free for the second one");
    let released = async move {
        tokio::time::sleep_until((until + Duration::from_millis(50)).into()).await;
        drop(release_second);
    };
    let (done, ()) = tokio::join!(tokio::time::timeout(Duration::from_secs(20), job), released);
    assert_eq!(done.expect("it ends").expect("it was running"), 1);
}

#[tokio::test]
async fn the_advice_is_the_wait_of_the_step_that_has_waited() {
    let pool = pool(1);
    let _posters = pool.hold(MEMORY);
    // By the first estimates, half a second each.
    let mut others: Vec<_> = (0..6).map(|_| Box::pin(pool.run(need(100), |_| Ok(())))).collect();
    assert!(others.iter_mut().all(|other| other.now_or_never().is_none()), "there is no memory for them");
    let steps: Task<()> = Box::new(|_| Ok(Step::Next(need(100), Box::new(|_: &CancelToken<'_>| Ok(Step::Done(()))))));
    let job = hurried(Duration::from_secs(2)).scope(pool.run_steps(Need::of(Kind::Plan), steps));
    let refused = tokio::time::timeout(Duration::from_secs(20), job).await.expect("it has no time");
    let refused = refused.expect_err("there is no memory for its second step");
    let advice = refused.retry_advice();
    assert!(
        matches!(advice, Retry::After(wait) if wait >= Duration::from_secs(3)),
        "{advice:?}: six others are before"
    );
}
