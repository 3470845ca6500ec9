//! Tasks that callers share, and the turns of each caller.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep, timeout},
};

use super::*;
use crate::{net::fair::Shares, words};
use haibao_core::error::Message;

/// The time is paused, and passes as soon as no task can go on.
async fn in_time<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(5), future).await.expect("no caller waits indefinitely")
}

#[tokio::test(start_paused = true)]
async fn concurrent_callers_share_one_task_and_its_failure() {
    let flight = Flight::<u8, ()>::default();
    let (calls, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
    let call = || {
        let (calls, gate) = (Arc::clone(&calls), Arc::clone(&gate));
        flight.run(1, || async move {
            calls.fetch_add(1, Ordering::SeqCst);
            let _open = gate.acquire().await.expect("never closed");
            Err(Error::new(ErrorKind::Upstream, "down", Message::verbatim("it is down"))
                .hint(Message::verbatim("wait")))
        })
    };
    let mut callers: Vec<_> = (0..1000).map(|_| Box::pin(call())).collect();
    assert!(callers.iter_mut().all(|caller| caller.now_or_never().is_none()));
    gate.add_permits(1);
    let results = in_time(join_all(callers)).await;
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_eq!(results.len(), 1000);
    assert!(results.iter().all(|r| matches!(r, Err(e) if e.code() == "down" && e.hint_text() == Some("wait"))));
    assert!(in_time(call()).await.is_err());
    assert_eq!(calls.load(Ordering::SeqCst), 2, "a failure is not cached");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_leader_does_not_affect_followers() {
    let flight = Flight::<u8, u32>::default();
    let (open, gate) = oneshot::channel();
    let work = || async {
        gate.await.expect("it is opened");
        Ok(7)
    };
    let mut leader = Box::pin(flight.run(1, work));
    let mut follower = Box::pin(flight.run(1, || async { Ok(8) }));
    assert!((&mut leader).now_or_never().is_none() && (&mut follower).now_or_never().is_none());
    drop(leader);
    open.send(()).expect("the work goes on");
    assert_eq!(in_time(follower).await.expect("a value"), 7);
    assert_eq!(in_time(flight.run(1, || async { Ok(9) })).await.expect("a value"), 9, "the entry is removed");
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_task_can_give_up_and_is_replaced() {
    let flight = Flight::<u8, u32>::default();
    let (ended, end) = oneshot::channel();
    let work = || async {
        abandoned().await;
        let _ = ended.send(());
        // Still running when the next caller comes.
        pending().await
    };
    let mut first = Box::pin(flight.run(1, work));
    assert!((&mut first).now_or_never().is_none());
    drop(first);
    in_time(end).await.expect("it gives up");
    assert_eq!(in_time(flight.run(1, || async { Ok(2) })).await.expect("a value"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_an_error_for_every_caller() {
    let flight = Flight::<u8, u32>::default();
    let call = || flight.run(1, || async { panic!("on purpose") });
    let (a, b) = in_time(async { tokio::join!(call(), call()) }).await;
    for result in [a, b] {
        assert_eq!(result.expect_err("the work panicked").kind(), ErrorKind::Internal);
    }
    assert_eq!(in_time(flight.run(1, || async { Ok(1) })).await.expect("a value"), 1);
}

const SECOND: Duration = Duration::from_secs(1);

/// Work that takes a second once it has a place. Logs who does it.
fn at_place(
    (place, log): (&Shares, &Arc<Mutex<Vec<String>>>),
    (caller, time): (&str, Duration),
) -> impl Fn() -> BoxFuture<'static, Result<String>> {
    let (place, log, caller) = (place.clone(), Arc::clone(log), Arc::<str>::from(caller));
    let until = Instant::now() + time;
    move || {
        let (place, log, caller) = (place.clone(), Arc::clone(&log), Arc::clone(&caller));
        let work = async move {
            let turn = async {
                let taken = place.take(&caller, 1, Some(until)).await;
                taken.ok_or_else(|| Error::of(ErrorKind::Busy, words::overloaded()))
            };
            let _place = tokio::select! {
                taken = queued(turn) => taken?,
                () = abandoned() => return Err(stopped()),
            };
            log.lock().expect("the log").push(caller.to_string());
            sleep(SECOND).await;
            Ok(caller.to_string())
        };
        work.boxed()
    }
}

/// A call that returns who has done the work for `key`, and how long it has waited.
async fn call(
    flight: &Flight<&'static str, String>,
    key: &'static str,
    at: (&Shares, &Arc<Mutex<Vec<String>>>),
    (caller, time): (&str, Duration),
) -> (Result<String>, Duration) {
    let start = Instant::now();
    let progress = watch::Sender::default();
    let done = flight.run_for(key, &caller.into(), &progress, at_place(at, (caller, time))).await;
    (done, start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_caller_does_not_wait_in_the_queue_of_another() {
    let (flight, place, log) = (Flight::default(), Shares::new(2), Arc::default());
    let (at, minute) = ((&place, &log), ("flood", 60 * SECOND));
    let keys = ["a", "b", "c", "d", "e", "f", "g", "h", "shared", "shared"];
    let flood = join_all(keys.map(|key| call(&flight, key, at, minute)));
    let light = async {
        sleep(SECOND / 2).await;
        call(&flight, "shared", at, ("light", 60 * SECOND)).await
    };
    let (flood, (light, waited)) = tokio::join!(flood, light);
    assert_eq!(light.expect("it is next"), "light");
    assert!(waited < 2 * SECOND, "{waited:?}");
    let done: Vec<_> = flood.into_iter().map(|(done, waited)| (done.expect("its turn"), waited)).collect();
    for (by, waited) in &done[8..] {
        assert!(by == "light" && *waited < 3 * SECOND, "they share the one that has begun: {by}, {waited:?}");
    }
    let log = log.lock().expect("the log");
    assert_eq!((log.len(), log.iter().filter(|by| *by == "light").count()), (9, 1), "each once: {log:?}");
    assert_eq!(place.free(), 2);
    assert!(lock(&flight.running).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_for_want_of_time_is_that_of_its_own_call() {
    for names in [["flood", "light"], ["me", "me"]] {
        let (flight, place, log) = (Flight::default(), Shares::new(1), Arc::default());
        let held = place.try_take(&Arc::from("other"), 1).expect("free");
        let at = (&place, &log);
        let hasty = call(&flight, "a", at, (names[0], 2 * SECOND));
        let patient = async {
            sleep(SECOND).await;
            call(&flight, "a", at, (names[1], 60 * SECOND)).await
        };
        let free = async {
            sleep(5 * SECOND).await;
            drop(held);
        };
        let ((hasty, _), (patient, _), ()) = tokio::join!(hasty, patient, free);
        assert_eq!(hasty.expect_err("no place in its time").kind(), ErrorKind::Busy, "{names:?}");
        assert_eq!(patient.expect("it has time left"), names[1]);
    }
}

#[tokio::test(start_paused = true)]
async fn many_calls_that_are_refused_together_make_one_attempt_more() {
    let (flight, calls) = (Flight::<u8, ()>::default(), AtomicUsize::new(0));
    let refused = || {
        calls.fetch_add(1, Ordering::SeqCst);
        async {
            sleep(SECOND).await;
            Err(Error::of(ErrorKind::Busy, words::overloaded()))
        }
    };
    let (me, progress) = (Arc::from("me"), watch::Sender::default());
    let all = join_all((0..100).map(|_| flight.run_for(1, &me, &progress, refused))).await;
    assert!(all.iter().all(Result::is_err));
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn two_tasks_of_a_key_do_not_begin_together() {
    let (flight, place, log) = (Flight::default(), Shares::new(2), Arc::default());
    let at = (&place, &log);
    let (one, two) = (Arc::from("one"), Arc::from("two"));
    let held = (place.try_take(&one, 1).expect("free"), place.try_take(&two, 1).expect("free"));
    let calls = join_all(["one", "two"].map(|caller| call(&flight, "a", at, (caller, 60 * SECOND))));
    let free = async {
        sleep(SECOND).await;
        drop(held);
    };
    let (calls, ()) = tokio::join!(calls, free);
    let by: Vec<_> = calls.into_iter().map(|(done, _)| done.expect("a value")).collect();
    assert_eq!(by[0], by[1]);
    assert_eq!(log.lock().expect("the log").len(), 1);
    sleep(SECOND).await;
    assert_eq!(place.free(), 2, "the other one has left the queue");
}
