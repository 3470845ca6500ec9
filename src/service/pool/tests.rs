//! The pool over real threads, and the order of its queue without.

mod begun;
mod fair;
mod turns;

use std::sync::{
    atomic::{AtomicUsize, Ordering},
    mpsc,
};

use futures_util::{FutureExt, future::join_all};
use tokio::sync::oneshot;

use super::{queue::Started, *};
use crate::service::call::Priority;
use haibao_core::error::Retry;

fn pool(workers: usize) -> Pool {
    Pool::start(Config { workers, ..Config::default() }, |_| ()).expect("threads")
}

fn draw() -> Need {
    Need::of(Kind::Draw)
}

fn plan() -> Need {
    Need::of(Kind::Plan)
}

/// Occupies one thread until the sender is dropped.
async fn block(pool: &Arc<Pool>) -> (mpsc::Sender<()>, tokio::task::JoinHandle<Result<()>>) {
    let (release, wait) = mpsc::channel::<()>();
    let (started, running) = oneshot::channel();
    let pool = Arc::clone(pool);
    let task = tokio::spawn(async move {
        pool.run(draw(), move |_| {
            let _ = started.send(());
            let _ = wait.recv();
            Ok(())
        })
        .await
    });
    running.await.expect("the task starts");
    (release, task)
}

#[tokio::test]
async fn the_result_is_returned() {
    assert_eq!(pool(2).run(draw(), |_| Ok(6 * 7)).await.expect("a result"), 42);
}

#[tokio::test]
async fn zero_workers_means_one_per_core() {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    assert_eq!(pool(0).workers(), cores);
}

#[tokio::test]
async fn many_requests_at_once_wait_for_their_turn() {
    let pool = Arc::new(pool(2));
    let one = || Call::new("", Duration::from_secs(30)).scope(pool.run(draw(), |_| Ok(())));
    let all = join_all((0..500).map(|_| one())).await;
    assert_eq!(all.iter().filter(|result| result.is_err()).count(), 0);
}

#[tokio::test]
async fn a_request_that_cannot_meet_its_deadline_is_rejected_immediately() {
    let pool = Arc::new(pool(1));
    let (release, running) = block(&pool).await;
    let call = Call::new("", Duration::from_millis(15));
    let mut waiting = Box::pin(pool.run(draw(), |_| Ok(1)));
    assert!((&mut waiting).now_or_never().is_none(), "the only thread is occupied");
    let refused = call.scope(pool.run(draw(), |_| Ok(2))).now_or_never().expect("it does not wait");
    let refused = refused.expect_err("two jobs of 10 ms are ahead");
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Busy, "busy"));
    assert!(matches!(refused.retry_advice(), Retry::After(d) if d >= Duration::from_secs(1)));
    drop(release);
    running.await.expect("no panic").expect("done");
    assert_eq!(waiting.await.expect("its turn came"), 1);
    assert_eq!(pool.run(draw(), |_| Ok(3)).await.expect("room again"), 3);
}

#[tokio::test]
async fn admission_agrees_with_the_queue() {
    /// Ten seconds, by the first estimate of 10 ms each.
    const JOBS: usize = 1000;
    let pool = Arc::new(pool(1));
    let (release, running) = block(&pool).await;
    let mut waiting: Vec<_> = (0..JOBS).map(|_| Box::pin(pool.run(draw(), |_| Ok(())))).collect();
    assert!(waiting.iter_mut().all(|job| job.now_or_never().is_none()), "the only thread is occupied");
    let hasty = || Call::new("", Duration::from_secs(5));
    let refused = pool.admit(&hasty(), draw()).expect_err("a thousand jobs are ahead");
    assert_eq!(refused.code(), "busy");
    assert!(matches!(refused.retry_advice(), Retry::After(d) if d >= Duration::from_secs(1)));
    assert!(hasty().scope(pool.run(draw(), |_| Ok(()))).await.is_err());
    let patient = Call::new("", Duration::from_secs(60));
    pool.admit(&patient, draw()).expect("there is time");
    pool.admit(&Call::current(), draw()).expect("no deadline");
    let other = Call::new("other", Duration::from_secs(5));
    pool.admit(&other, draw()).expect("another caller waits for one job of each");
    assert_eq!(pool.depth().waiting, JOBS, "nothing was added");
    drop(release);
    running.await.expect("no panic").expect("done");
    assert!(join_all(waiting).await.iter().all(|done| done.is_ok()), "their turns came");
}

#[tokio::test]
async fn waiting_bytes_are_bounded() {
    let pool =
        Arc::new(Pool::start(Config { workers: 1, waiting_bytes: 100, ..Config::default() }, |_| ()).expect("threads"));
    let (release, running) = block(&pool).await;
    let need = |bytes| Need { bytes, ..plan() };
    let mut large = Box::pin(pool.run(need(1000), |_| Ok(())));
    assert!((&mut large).now_or_never().is_none(), "one that waits alone is accepted, whatever its size");
    let refused = Call::new("", Duration::from_secs(30)).scope(pool.run(need(1), |_| Ok(()))).await;
    assert_eq!(refused.expect_err("full").code(), "busy");
    drop(large);
    assert_eq!(pool.depth().waiting_bytes, 0, "a caller that goes away takes its bytes along");
    drop(release);
    running.await.expect("no panic").expect("done");
}

#[tokio::test]
async fn a_panic_is_an_error_and_the_thread_survives() {
    let pool = pool(1);
    let error = pool.run(draw(), |_| -> Result<()> { panic!("expected by this test") }).await.expect_err("it panicked");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Internal, "internal"));
    assert_eq!(pool.run(draw(), |_| Ok(1)).await.expect("the only thread still works"), 1);
}

#[tokio::test]
async fn a_job_whose_caller_was_dropped_is_skipped() {
    let pool = Arc::new(pool(1));
    let drawn = Arc::new(AtomicUsize::new(0));
    let (release, running) = block(&pool).await;
    let counter = Arc::clone(&drawn);
    let mut dropped = Box::pin(pool.run(draw(), move |_| Ok(counter.fetch_add(1, Ordering::SeqCst))));
    assert!((&mut dropped).now_or_never().is_none(), "the only thread is occupied");
    drop(dropped);
    assert_eq!(pool.depth().waiting, 0);
    drop(release);
    running.await.expect("no panic").expect("done");
    pool.run(draw(), |_| Ok(())).await.expect("the next in the queue");
    assert_eq!(drawn.load(Ordering::SeqCst), 0, "the skipped job ran");
}

#[tokio::test]
async fn a_running_job_learns_that_its_caller_has_gone() {
    let pool = Arc::new(pool(1));
    let (started, running) = oneshot::channel();
    let (ended, end) = mpsc::channel();
    let task = tokio::spawn({
        let pool = Arc::clone(&pool);
        async move {
            pool.run(draw(), move |token| {
                let _ = started.send(());
                while token.check().is_ok() {
                    thread::sleep(Duration::from_millis(1));
                }
                let _ = ended.send(());
                token.check()
            })
            .await
        }
    });
    running.await.expect("it starts");
    task.abort();
    tokio::task::spawn_blocking(move || end.recv_timeout(Duration::from_secs(20)))
        .await
        .expect("no panic")
        .expect("the job ends early");
}

/// Order in which jobs run: each takes its turn alone on one thread and lasts `seconds`.
fn order(queue: &mut Queue<&'static str>, seconds: impl Fn(&str) -> f64) -> Vec<&'static str> {
    let now = Instant::now();
    let mut order = Vec::new();
    while let Some(Started { job, receipt, .. }) = queue.pop(now) {
        queue.finished(receipt, Some(Duration::from_secs_f64(seconds(job))));
        order.push(job);
    }
    order
}

fn call(caller: &str) -> Call {
    Call { deadline: None, ..Call::new(caller, Duration::ZERO) }
}

#[test]
fn a_flood_of_one_caller_does_not_starve_another() {
    let mut queue = Queue::new(1, u64::MAX, 0);
    let now = Instant::now();
    for _ in 0..100 {
        queue.push(&call("flood"), draw(), now, "flood").expect("no deadline");
    }
    for _ in 0..3 {
        queue.push(&call("other"), draw(), now, "other").expect("no deadline");
    }
    let order = order(&mut queue, |_| 0.01);
    let last = order.iter().rposition(|job| *job == "other").expect("it ran");
    assert!(last <= 7, "the third job of the other caller was number {last}");
}

#[test]
fn callers_share_time_not_jobs() {
    let mut queue = Queue::new(1, u64::MAX, 0);
    let now = Instant::now();
    for _ in 0..100 {
        queue.push(&call("slow"), draw(), now, "slow").expect("no deadline");
        queue.push(&call("fast"), draw(), now, "fast").expect("no deadline");
    }
    let order = order(&mut queue, |job| if job == "slow" { 1.0 } else { 0.1 });
    let slow = order[..60].iter().filter(|job| **job == "slow").count();
    assert!((3..=10).contains(&slow), "{slow} of 60");
}

#[test]
fn posters_of_text_do_not_wait_for_all_photos_of_their_caller() {
    let photo = Need { memory: 36_000_000, ..draw() };
    let mut queue = Queue::new(1, u64::MAX, 192 << 20);
    let now = Instant::now();
    for _ in 0..20 {
        queue.push(&call(""), photo, now, "photo").expect("no deadline");
    }
    queue.push(&call(""), draw(), now, "text").expect("no deadline");
    let order = order(&mut queue, |_| 0.2);
    let text = order.iter().position(|job| *job == "text").expect("it ran");
    assert!(text <= 2, "it was number {text}");
}

#[test]
fn exports_get_a_quarter() {
    let mut queue = Queue::new(1, u64::MAX, 0);
    let now = Instant::now();
    for _ in 0..100 {
        queue.push(&Call { priority: Priority::Export, ..call("") }, draw(), now, "export").expect("no deadline");
        queue.push(&call(""), draw(), now, "poster").expect("no deadline");
    }
    let order = order(&mut queue, |_| 0.01);
    let exports = order[..100].iter().filter(|job| **job == "export").count();
    assert!((17..=24).contains(&exports), "{exports} of 100");
}

#[test]
fn the_later_stage_of_an_older_request_goes_first() {
    let mut queue = Queue::new(1, u64::MAX, 0);
    let now = Instant::now();
    let (old, new) = (call(""), Call { arrived: now + Duration::from_secs(1), ..call("") });
    queue.push(&new, draw(), now, "plan of the new").expect("no deadline");
    queue.push(&old, draw(), now, "drawing of the old").expect("no deadline");
    assert_eq!(order(&mut queue, |_| 0.01), ["drawing of the old", "plan of the new"]);
}

#[test]
fn large_pictures_wait_for_memory_and_leave_a_thread_to_others() {
    let heavy = Need { memory: 150 << 20, ..draw() };
    let small = Need { memory: 4 << 20, ..draw() };
    let mut queue = Queue::new(4, u64::MAX, 192 << 20);
    let now = Instant::now();
    for _ in 0..20 {
        queue.push(&call(""), heavy, now, "heavy").expect("no deadline");
        queue.push(&call(""), small, now, "small").expect("no deadline");
    }
    let mut running: Vec<_> = (0..4).filter_map(|_| queue.pop(now)).collect();
    let count = |running: &[Started<&str>]| running.iter().filter(|started| started.job == "heavy").count();
    assert_eq!((running.len(), count(&running)), (4, 1));
    assert!(queue.used().1 <= 192 << 20);
    // Every job gets its turn.
    let mut done = 0;
    while let Some(started) = running.pop() {
        queue.finished(started.receipt, Some(Duration::from_millis(10)));
        done += 1;
        running.extend(queue.pop(now));
        assert!(queue.used().1 <= 192 << 20);
    }
    assert_eq!(done, 40);
}

#[test]
fn the_wait_is_estimated_from_what_jobs_take() {
    let mut queue = Queue::new(2, u64::MAX, 0);
    let now = Instant::now();
    for _ in 0..100 {
        queue.push(&call(""), draw(), now, "job").expect("no deadline");
    }
    order(&mut queue, |_| 0.1);
    for _ in 0..40 {
        queue.push(&call(""), draw(), now, "job").expect("no deadline");
    }
    // 40 jobs of 100 ms on two threads: two seconds.
    let within = |seconds| Call { deadline: Some(now + Duration::from_secs_f64(seconds)), ..call("") };
    assert!(queue.push(&within(3.0), draw(), now, "job").is_ok());
    let (Refused(wait), _) = queue.push(&within(1.0), draw(), now, "job").expect_err("too late");
    assert!((0.5..2.0).contains(&wait.as_secs_f64()), "{wait:?}");
    let other = Call { caller: "other".into(), ..within(1.0) };
    assert!(queue.push(&other, draw(), now, "job").is_ok(), "another caller is served before");
}

#[tokio::test]
async fn memory_beside_the_jobs_is_part_of_the_pools() {
    let pool =
        Pool::start(Config { workers: 1, memory_bytes: 100_000_000, ..Config::default() }, |_| ()).expect("a thread");
    let large = || Box::pin(pool.run(Need { memory: 50_000_000, ..draw() }, |_| Ok(1)));
    // A finished poster that waits for its client.
    let held = pool.hold(60_000_000);
    let mut first = large();
    assert!((&mut first).now_or_never().is_none());
    assert_eq!(pool.run(draw(), |_| Ok(2)).await.expect("a small one"), 2);
    assert!((&mut first).now_or_never().is_none(), "it waits for memory");
    drop(held);
    assert_eq!(first.await.expect("drawn"), 1);

    let excess = pool.hold(110_000_000);
    let mut small = Box::pin(pool.run(draw(), |_| Ok(2)));
    assert!((&mut small).now_or_never().is_none());
    assert_eq!(pool.run(Need::of(Kind::Other), |_| Ok(3)).await.expect("no poster"), 3);
    assert!((&mut small).now_or_never().is_none(), "there are more finished posters than memory");
    drop(excess);
    assert_eq!(small.await.expect("drawn"), 2);

    // A sheet.
    let sheet = pool.reserve(80_000_000).await;
    let mut other = Box::pin(pool.reserve(60_000_000));
    assert!((&mut other).now_or_never().is_none());
    let mut second = large();
    assert!((&mut second).now_or_never().is_none());
    drop(sheet);
    let other = other.await;
    assert!((&mut second).now_or_never().is_none(), "the sheet came first");
    drop(other);
    assert_eq!(second.await.expect("drawn"), 1);
    // The largest sheet does not wait for the last poster.
    let poster = pool.hold(10_000_000);
    let largest = tokio::time::timeout(Duration::from_secs(20), pool.reserve(u64::MAX)).await.expect("there is room");
    drop((poster, largest));
    // A job returns its memory after its result.
    while pool.depth().memory_bytes > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_large_reservation_is_not_overtaken() {
    let pool = pool(1);
    let first = pool.reserve(u64::MAX).await;
    let mut large = Box::pin(pool.reserve(u64::MAX));
    assert!((&mut large).now_or_never().is_none(), "a quarter is free");
    let mut small: Vec<_> = (0..20).map(|_| Box::pin(pool.reserve(1))).collect();
    assert!(small.iter_mut().all(|one| one.now_or_never().is_none()), "the large one is next");
    drop(first);
    drop(large.now_or_never().expect("its turn"));
    for one in small {
        drop(one.now_or_never().expect("its turn"));
    }
    let mut sheet = pool.reserve(3 << 20).await;
    for (bytes, held) in [(1 << 20, 1 << 20), (2 << 20, 1 << 20), (1, 1)] {
        sheet.shrink_to(bytes);
        assert_eq!(pool.depth().memory_bytes, held);
    }
    drop(sheet);
    assert_eq!(pool.depth().memory_bytes, 0);
}
