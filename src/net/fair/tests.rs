//! The order in which units are given, and what is refused.

use futures_util::{FutureExt, future::join_all};
use tokio::time::sleep;

use super::*;
use crate::words;

fn caller(name: &str) -> Arc<str> {
    name.into()
}

#[tokio::test]
async fn a_request_waits_for_its_turn() {
    let (shares, me) = (Shares::new(4), caller("me"));
    let held = shares.try_take(&me, 3).expect("free");
    let mut large = Box::pin(shares.take(&me, 4, None));
    assert!((&mut large).now_or_never().is_none());
    assert!(shares.try_take(&me, 1).is_none(), "the earlier request comes first");
    let mut small = Box::pin(shares.take(&me, 1, None));
    assert!((&mut small).now_or_never().is_none(), "it does not overtake");
    drop(held);
    assert_eq!(large.await.expect("its turn").units(), 4);
    assert_eq!(small.await.expect("its turn").units(), 1);
}

#[tokio::test]
async fn the_caller_that_holds_least_is_served_next() {
    let (shares, flood, light) = (Shares::new(8), caller("flood"), caller("light"));
    let mut held: Vec<_> = (0..8).map(|_| shares.try_take(&flood, 1).expect("free")).collect();
    let mut waiting: Vec<_> = (0..100).map(|_| Box::pin(shares.take(&flood, 1, None))).collect();
    assert!(waiting.iter_mut().all(|one| one.now_or_never().is_none()));
    let mut other = Box::pin(shares.take(&light, 2, None));
    assert!((&mut other).now_or_never().is_none(), "nothing is free");
    held.pop();
    assert!((&mut waiting[0]).now_or_never().is_none(), "what is free is kept for the other caller");
    held.pop();
    let own = (&mut other).now_or_never().expect("it waits for two returns, not for a hundred").expect("granted");
    assert_eq!((shares.free(), own.units()), (0, 2));
    drop(own);
    assert!((&mut waiting[0]).now_or_never().is_some());
}

#[tokio::test]
async fn callers_leave_room_to_others() {
    let (shares, light) = (Shares::with_room(1000), caller("light"));
    let take_all = |name: &str| {
        let flood = caller(name);
        std::iter::from_fn(|| shares.try_take(&flood, 1)).collect::<Vec<_>>()
    };
    let one = take_all("one");
    assert_eq!(one.len(), 750);
    let two = take_all("two");
    assert!((180..=190).contains(&two.len()), "{}", two.len());
    let three = take_all("three");
    assert!((40..=50).contains(&three.len()), "{}", three.len());
    let rest = shares.free();
    assert!(rest >= 10, "{rest}");
    drop(shares.try_take(&light, rest).expect("all of the rest, for a caller without any"));
    drop(one);
    assert!(shares.free() > 700);
    drop((two, three));
    assert_eq!(shares.try_take(&light, 1000).expect("all").units(), 1000);
}

#[tokio::test]
async fn what_is_free_goes_at_once_to_a_caller_with_less() {
    let (shares, flood, light) = (Shares::new(4), caller("flood"), caller("light"));
    let held = shares.try_take(&flood, 2).expect("free");
    let mut large = Box::pin(shares.take(&flood, 4, None));
    assert!((&mut large).now_or_never().is_none());
    let own = shares.try_take(&light, 1).expect("it holds less than the one that waits");
    drop((own, held));
    assert!(large.now_or_never().is_some());
}

#[tokio::test]
async fn dropped_calls_leave_their_place_and_what_they_were_granted() {
    let (shares, me) = (Shares::new(2), caller("me"));
    let held = shares.try_take(&me, 1).expect("free");
    let mut large = Box::pin(shares.take(&me, 2, None));
    let mut small = Box::pin(shares.take(&me, 1, None));
    assert!((&mut large).now_or_never().is_none() && (&mut small).now_or_never().is_none());
    drop(large);
    drop(small.now_or_never().expect("the one before has gone").expect("granted"));
    let mut granted = Box::pin(shares.take(&me, 2, None));
    assert!((&mut granted).now_or_never().is_none());
    let late = shares.take(&me, 1, Some(Instant::now() + Duration::from_millis(10))).await;
    assert!(late.is_none(), "occupied");
    drop(held);
    drop(granted);
    assert_eq!(shares.free(), 2);
    assert!(shares.lock().held.is_empty(), "callers that hold nothing are forgotten");
}

const SECOND: Duration = Duration::from_secs(1);

/// Work that needs a place, and is to end in time. Returns when it ended.
async fn work(shares: &Shares, name: &str, takes: Duration, end: Instant) -> Result<Instant, Late> {
    let _place = shares.take_by(&caller(name), 1, end).await?;
    sleep(takes).await;
    Ok(Instant::now())
}

#[tokio::test(start_paused = true)]
async fn all_that_can_end_in_time_waits() {
    let (shares, end) = (Shares::new(4), Instant::now() + 30 * SECOND);
    let burst = join_all((0..100).map(|_| work(&shares, "me", SECOND, end))).await;
    assert!(burst.iter().all(Result::is_ok), "{burst:?}");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_end_in_time_is_not_begun_and_refused_at_once_when_that_is_known() {
    let (shares, start) = (Shares::new(4), Instant::now());
    let end = start + 30 * SECOND;
    let flood = join_all((0..400).map(|_| work(&shares, "flood", SECOND, end)));
    let later = async {
        sleep(5 * SECOND).await;
        let end = Instant::now() + 30 * SECOND;
        let next = work(&shares, "flood", SECOND, end).now_or_never().expect("it does not wait");
        // 376 of the flood are ahead, four of them in a second.
        let Late(wait) = next.expect_err("it would wait for more than 30 s");
        assert!((50 * SECOND..70 * SECOND).contains(&wait), "{wait:?}");
        work(&shares, "other", SECOND, end).await.expect("it is next") - start
    };
    let (flood, other) = tokio::join!(flood, later);
    assert!(other <= 8 * SECOND, "{other:?}");
    let done: Vec<_> = flood.into_iter().flatten().collect();
    // A timer may be late by a millisecond.
    assert!(done.iter().all(|at| *at <= end + SECOND / 10), "a place was wasted");
    assert!((115..=120).contains(&done.len()), "{} of 120", done.len());
}

#[tokio::test(start_paused = true)]
async fn an_idle_number_of_places_knows_nothing_of_the_last_flood() {
    let shares = Shares::new(2);
    let slow = |_| work(&shares, "me", 20 * SECOND, Instant::now() + 60 * SECOND);
    let hasty = async {
        sleep(30 * SECOND).await;
        let soon = || Instant::now() + 3 * SECOND;
        let mut first = Box::pin(work(&shares, "me", SECOND, soon()));
        assert!((&mut first).now_or_never().is_none(), "the first one may try");
        work(&shares, "me", SECOND, soon()).now_or_never().expect("at once").expect_err("20 s are too long");
    };
    tokio::join!(join_all((0..4).map(slow)), hasty);
    let soon = Instant::now() + 3 * SECOND;
    let burst = join_all((0..4).map(|_| work(&shares, "me", SECOND, soon))).await;
    assert!(burst.iter().all(Result::is_ok), "{burst:?}");
}

#[tokio::test(start_paused = true)]
async fn callers_are_judged_by_their_own_work() {
    let shares = Shares::with_room(16);
    let start = Instant::now();
    let end = start + 30 * SECOND;
    let flood = join_all((0..60).map(|_| work(&shares, "flood", 9 * SECOND, end)));
    let quick = async {
        sleep(16 * SECOND).await;
        let end = Instant::now() + 30 * SECOND;
        join_all((0..600).map(|_| work(&shares, "quick", SECOND / 50, end))).await
    };
    let (flood, quick) = tokio::join!(flood, quick);
    let refused = quick.iter().filter(|done| done.is_err()).count();
    assert_eq!(refused, 0, "of 600, by the time that the other caller's work takes");
    let done: Vec<_> = flood.into_iter().flatten().collect();
    assert!(done.iter().all(|at| *at <= end + SECOND / 10), "begun too late: {:?}", done.iter().max());
    assert!(done.len() >= 30, "{}", done.len());
    let state = shares.lock();
    assert!(state.holds.is_empty() && state.held.is_empty(), "callers that hold nothing are forgotten");
}

#[tokio::test(start_paused = true)]
async fn callers_that_give_up_waiting_are_forgotten() {
    let (shares, other, me) = (Shares::new(1), caller("other"), caller("me"));
    let held = shares.try_take(&me, 1).expect("free");
    let mut first = Box::pin(shares.take(&other, 1, None));
    assert!((&mut first).now_or_never().is_none());
    let mut waiting = Box::pin(shares.take(&me, 1, None));
    assert!((&mut waiting).now_or_never().is_none());
    sleep(SECOND).await;
    drop(held);
    assert!(shares.lock().hold(&me) > Duration::ZERO, "it still waits");
    drop(waiting);
    assert!(shares.lock().holds.is_empty());
    let mut held = first.now_or_never().expect("its turn").expect("granted");
    held.shrink_to(0);
    drop((held, shares.take_free(&me, 0)));
    let state = shares.lock();
    assert!(state.holds.is_empty() && state.held.is_empty(), "also those that hold no unit");
}

#[tokio::test(start_paused = true)]
async fn refused_work_tells_nothing_about_the_time_of_others() {
    let (shares, me) = (Shares::new(2), caller("me"));
    let _held = shares.try_take(&me, 1).expect("free");
    let end = || Instant::now() + 60 * SECOND;
    for _ in 0..20 {
        work(&shares, "me", 20 * SECOND, end()).await.expect("a place");
    }
    let known = shares.lock().hold(&me);
    for _ in 0..20 {
        shares.try_take(&me, 1).expect("free").forget();
    }
    assert_eq!(shares.lock().hold(&me), known);
    drop(shares.try_take(&me, 1).expect("free"));
    assert!(shares.lock().hold(&me) < known);
}

#[test]
fn advice_is_between_a_second_and_a_minute() {
    for (wait, advice) in [(0.0, 1), (0.2, 1), (9.2, 10), (60.0, 60), (1e9, 60)] {
        let error = Late(Duration::from_secs_f64(wait)).error(words::overloaded());
        assert_eq!((error.code(), error.kind()), ("busy", ErrorKind::Busy));
        assert_eq!(error.retry_advice(), Retry::After(Duration::from_secs(advice)), "{wait}");
    }
}
