//! What several processes on one Postgres share.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::sleep;

use super::*;
use crate::wechat::client::{Rate, Shared, Turned};

const MS: Duration = Duration::from_millis(1);

#[test]
fn a_file_is_not_shared() {
    assert!(Store::open("data").shared().is_none());
}

#[tokio::test]
async fn of_all_processes_together_no_more_get_a_turn_than_the_rate_allows() {
    let Some(engine) = Engine::postgres().await else { return };
    let stores = [engine.store(), engine.store()];
    let [one, two] = [&stores[0], &stores[1]].map(|store| store.shared().expect("a server"));
    // So slow that none is added while the test runs.
    let rate = Rate { interval: Duration::from_secs(60), burst: 150 };
    let takers = (0..150).flat_map(|_| [one.take("quota", None, rate), two.take("quota", None, rate)]);
    let turns: Vec<_> = join_all(takers).await.into_iter().map(Result::unwrap).collect();
    let given = turns.iter().filter(|turn| **turn == Turned::Given).count();
    assert_eq!(given, 150, "of 300 who asked, half from each process");
    for turn in turns.into_iter().filter(|turn| *turn != Turned::Given) {
        let Turned::Full(rest) = turn else { panic!("{turn:?}") };
        assert!(rest > Duration::from_secs(50) && rest <= Duration::from_secs(60), "{rest:?}");
    }
    assert_eq!(two.take("another", None, rate).await.unwrap(), Turned::Given, "another name is another quota");
}

#[tokio::test]
async fn the_time_that_is_told_is_the_time_to_wait() {
    let Some(engine) = Engine::postgres().await else { return };
    let store = engine.store();
    let shared = store.shared().expect("a server");
    let rate = Rate { interval: 100 * MS, burst: 2 };
    let start = Instant::now();
    for n in 0..8 {
        while let Turned::Full(rest) = shared.take("quota", None, rate).await.unwrap() {
            assert!(rest <= 100 * MS, "turn {n}: {rest:?}");
            sleep(rest).await;
        }
    }
    // Two at once, six more one by one.
    assert!((600..1500).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
    // A faster rate than before is believed at once.
    let fast = Rate { interval: MS, burst: 2 };
    shared.take("quota", None, fast).await.unwrap();
    sleep(5 * MS).await;
    assert_eq!(shared.take("quota", None, fast).await.unwrap(), Turned::Given);
}

#[tokio::test]
async fn a_pause_holds_for_all_and_is_not_shortened() {
    let Some(engine) = Engine::postgres().await else { return };
    let stores = [engine.store(), engine.store()];
    let [one, two] = [&stores[0], &stores[1]].map(|store| store.shared().expect("a server"));
    let rate = Rate { interval: MS, burst: 10 };
    // Connecting takes its time.
    two.take("another", None, rate).await.unwrap();
    one.pause("quota", 2000 * MS).await.unwrap();
    one.pause("quota", MS).await.unwrap();
    let Turned::Paused(rest) = two.take("quota", None, rate).await.unwrap() else { panic!("it goes on") };
    assert!(rest > MS && rest <= 2000 * MS, "{rest:?}");
    sleep(rest).await;
    assert_eq!(two.take("quota", None, rate).await.unwrap(), Turned::Given);
}

#[tokio::test]
async fn what_a_turn_is_for_is_stopped_alone() {
    let Some(engine) = Engine::postgres().await else { return };
    let stores = [engine.store(), engine.store()];
    let [one, two] = [&stores[0], &stores[1]].map(|store| store.shared().expect("a server"));
    let rate = Rate { interval: Duration::from_secs(60), burst: 3 };
    assert_eq!(two.take("quota", Some("quota a"), rate).await.unwrap(), Turned::Given);
    one.pause("quota a", 2000 * MS).await.unwrap();
    let Turned::Stopped(rest) = two.take("quota", Some("quota a"), rate).await.unwrap() else { panic!("it goes on") };
    assert!(rest > MS && rest <= 2000 * MS, "{rest:?}");
    assert_eq!(two.take("quota", Some("quota b"), rate).await.unwrap(), Turned::Given, "another use of the quota");
    sleep(rest).await;
    assert_eq!(two.take("quota", Some("quota a"), rate).await.unwrap(), Turned::Given, "no turn was lost");
    let Turned::Full(_) = two.take("quota", None, rate).await.unwrap() else { panic!("three were given") };
}

#[tokio::test]
async fn a_token_is_kept_by_who_has_the_lease_and_by_nobody_else() {
    let Some(engine) = Engine::postgres().await else { return };
    let stores = [engine.store(), engine.store()];
    let [one, two] = [&stores[0], &stores[1]].map(|store| store.shared().expect("a server"));
    let value = |text: &str| SecretString::from(text);
    let known = async || two.token("app").await.unwrap().map(|kept| kept.value.expose_secret().to_owned());
    let hour = Duration::from_secs(3600);

    // Connecting takes its time.
    assert_eq!(known().await, None);
    let first = one.lease("app", 1000 * MS).await.unwrap().expect("nobody has it");
    assert_eq!(two.lease("app", hour).await.unwrap(), None, "one has it");
    sleep(1100 * MS).await;
    let second = two.lease("app", hour).await.unwrap().expect("it has ended");
    assert!(second > first);
    assert!(!one.keep_token("app", first, &value("late"), hour, hour).await.unwrap(), "it came too late");
    one.release("app", first).await.unwrap();
    assert_eq!(one.lease("app", hour).await.unwrap(), None, "the late one gives back nothing");
    assert_eq!(known().await, None);
    assert!(two.keep_token("app", second, &value("good"), hour, hour / 2).await.unwrap());
    assert_eq!(known().await.as_deref(), Some("good"));
    let kept = one.token("app").await.unwrap().expect("it is known");
    assert!(!kept.is_due && kept.left <= hour && kept.left > hour - Duration::from_secs(60), "{:?}", kept.left);

    one.drop_token("app", &value("another")).await.unwrap();
    assert_eq!(known().await.as_deref(), Some("good"), "only the token that was refused is dropped");
    one.drop_token("app", &value("good")).await.unwrap();
    assert_eq!(known().await, None);

    let third = one.lease("app", hour).await.unwrap().expect("it was given back with the token");
    one.release("app", third).await.unwrap();
    let fourth = two.lease("app", hour).await.unwrap().expect("it was given back");
    assert!(two.keep_token("app", fourth, &value("short"), 1000 * MS, MS).await.unwrap());
    sleep(50 * MS).await;
    assert!(one.token("app").await.unwrap().expect("it is valid").is_due);
    sleep(1100 * MS).await;
    assert_eq!(known().await, None, "it has ended");
    assert!(!format!("{kept:?}").contains("good"), "a token is shown");
}
