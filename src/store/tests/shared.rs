//! State shared by several processes on one Postgres.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::sleep;

use super::*;
use crate::wechat::client::{Coordinator, QuotaRate, TurnResult};

const MS: Duration = Duration::from_millis(1);

#[test]
fn a_sqlite_store_is_not_shared() {
    assert!(Store::open("data").shared().is_none());
}

#[tokio::test]
async fn the_rate_holds_across_processes() {
    let Some(engine) = TestDatabase::postgres().await else { return };
    let stores = [engine.store(), engine.store()];
    let [one, two] = [&stores[0], &stores[1]].map(|store| store.shared().expect("a server"));
    // Slow enough that no turn is added while the test runs.
    let rate = QuotaRate { interval: Duration::from_secs(60), burst: 150 };
    let takers = (0..150).flat_map(|_| [one.take("quota", None, rate), two.take("quota", None, rate)]);
    let turns: Vec<_> = join_all(takers).await.into_iter().map(Result::unwrap).collect();
    let given = turns.iter().filter(|turn| **turn == TurnResult::Given).count();
    assert_eq!(given, 150, "of 300 requests, half from each process");
    for turn in turns.into_iter().filter(|turn| *turn != TurnResult::Given) {
        let TurnResult::Full(rest) = turn else { panic!("{turn:?}") };
        assert!(rest > Duration::from_secs(50) && rest <= Duration::from_secs(60), "{rest:?}");
    }
    assert_eq!(
        two.take("another", None, rate).await.unwrap(),
        TurnResult::Given,
        "quotas with different names are independent"
    );
}

#[tokio::test]
async fn the_returned_wait_time_is_sufficient() {
    let Some(engine) = TestDatabase::postgres().await else { return };
    let store = engine.store();
    let shared = store.shared().expect("a server");
    let rate = QuotaRate { interval: 100 * MS, burst: 2 };
    let start = Instant::now();
    for n in 0..8 {
        let TurnResult::Full(rest) = shared.take("quota", None, rate).await.unwrap() else { continue };
        assert!(n >= 2 && rest <= 100 * MS, "turn {n}: {rest:?}");
        // The server's clock may differ a little from that of timers.
        sleep(rest + MS).await;
        assert_eq!(shared.take("quota", None, rate).await.unwrap(), TurnResult::Given, "turn {n} after {rest:?}");
    }
    // Two turns immediately, then six at the interval.
    assert!(start.elapsed() >= 600 * MS, "{:?}", start.elapsed());
    // A faster rate applies immediately.
    let fast = QuotaRate { interval: MS, burst: 2 };
    shared.take("quota", None, fast).await.unwrap();
    sleep(5 * MS).await;
    assert_eq!(shared.take("quota", None, fast).await.unwrap(), TurnResult::Given);
}

#[tokio::test]
async fn a_pause_applies_to_all_processes_and_is_not_shortened() {
    let Some(engine) = TestDatabase::postgres().await else { return };
    let stores = [engine.store(), engine.store()];
    let [one, two] = [&stores[0], &stores[1]].map(|store| store.shared().expect("a server"));
    let rate = QuotaRate { interval: MS, burst: 10 };
    // Connect first, which takes time.
    two.take("another", None, rate).await.unwrap();
    one.pause("quota", 2000 * MS).await.unwrap();
    one.pause("quota", MS).await.unwrap();
    let TurnResult::Paused(rest) = two.take("quota", None, rate).await.unwrap() else {
        panic!("the quota is not paused")
    };
    assert!(rest > MS && rest <= 2000 * MS, "{rest:?}");
    sleep(rest).await;
    assert_eq!(two.take("quota", None, rate).await.unwrap(), TurnResult::Given);
}

#[tokio::test]
async fn pausing_one_use_does_not_affect_others() {
    let Some(engine) = TestDatabase::postgres().await else { return };
    let stores = [engine.store(), engine.store()];
    let [one, two] = [&stores[0], &stores[1]].map(|store| store.shared().expect("a server"));
    let rate = QuotaRate { interval: Duration::from_secs(60), burst: 3 };
    assert_eq!(two.take("quota", Some("quota a"), rate).await.unwrap(), TurnResult::Given);
    one.pause("quota a", 2000 * MS).await.unwrap();
    let TurnResult::Stopped(rest) = two.take("quota", Some("quota a"), rate).await.unwrap() else {
        panic!("the quota is not paused")
    };
    assert!(rest > MS && rest <= 2000 * MS, "{rest:?}");
    assert_eq!(two.take("quota", Some("quota b"), rate).await.unwrap(), TurnResult::Given, "another use of the quota");
    sleep(rest).await;
    assert_eq!(
        two.take("quota", Some("quota a"), rate).await.unwrap(),
        TurnResult::Given,
        "the refused request consumed no turn"
    );
    let TurnResult::Full(_) = two.take("quota", None, rate).await.unwrap() else {
        panic!("all three turns were taken")
    };
}

#[tokio::test]
async fn only_the_lease_holder_can_store_a_token() {
    let Some(engine) = TestDatabase::postgres().await else { return };
    let stores = [engine.store(), engine.store()];
    let [one, two] = [&stores[0], &stores[1]].map(|store| store.shared().expect("a server"));
    let value = |text: &str| SecretString::from(text);
    let known = async || two.token("app").await.unwrap().map(|kept| kept.value.expose_secret().to_owned());
    let hour = Duration::from_secs(3600);

    // Connect first, which takes time.
    assert_eq!(known().await, None);
    let first = one.lease("app", 1000 * MS).await.unwrap().expect("the token is not leased");
    assert_eq!(two.lease("app", hour).await.unwrap(), None, "the token is leased");
    sleep(1100 * MS).await;
    let second = two.lease("app", hour).await.unwrap().expect("the lease has expired");
    assert!(second > first);
    assert!(!one.keep_token("app", first, &value("late"), hour, hour).await.unwrap(), "the lease was lost");
    one.release("app", first).await.unwrap();
    assert_eq!(one.lease("app", hour).await.unwrap(), None, "an expired lease releases nothing");
    assert_eq!(known().await, None);
    assert!(two.keep_token("app", second, &value("good"), hour, hour / 2).await.unwrap());
    assert_eq!(known().await.as_deref(), Some("good"));
    let kept = one.token("app").await.unwrap().expect("the token exists");
    assert!(!kept.is_due && kept.left <= hour && kept.left > hour - Duration::from_secs(60), "{:?}", kept.left);

    one.drop_token("app", &value("another")).await.unwrap();
    assert_eq!(known().await.as_deref(), Some("good"), "only the rejected token is dropped");
    one.drop_token("app", &value("good")).await.unwrap();
    assert_eq!(known().await, None);

    let third = one.lease("app", hour).await.unwrap().expect("storing the token released the lease");
    one.release("app", third).await.unwrap();
    let fourth = two.lease("app", hour).await.unwrap().expect("the lease was released");
    assert!(two.keep_token("app", fourth, &value("short"), 1000 * MS, MS).await.unwrap());
    sleep(50 * MS).await;
    assert!(one.token("app").await.unwrap().expect("the token is valid").is_due);
    sleep(1100 * MS).await;
    assert_eq!(known().await, None, "the token has expired");
    assert!(!format!("{kept:?}").contains("good"), "the token leaks");
}
