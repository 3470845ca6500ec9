//! Tests of the quota per minute and of the turns that callers take.

use std::collections::VecDeque;

use futures_util::{FutureExt, future::join_all};
use governor::clock::FakeRelativeClock;

use super::*;

fn limit(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).expect("not 0")
}

proptest::proptest! {
    /// Calls made as fast as the gate allows, with idle periods in between, that arrive up to 5 s late.
    #[test]
    fn no_minute_exceeds_the_limit_at_wechat(
        max in 1_u32..200,
        rests in proptest::collection::vec(0_u64..90_000, 1..6),
        delays in proptest::collection::vec(0_u64..=5000, 50),
    ) {
        let clock = FakeRelativeClock::default();
        let limiter = RateLimiter::direct_with_clock(quota(limit(max), MINUTE), clock.clone());
        let (mut now, mut arrivals) = (Duration::ZERO, Vec::new());
        for rest in rests {
            for _ in 0..max * 2 {
                if let Err(not) = limiter.check() {
                    let wait = not.wait_time_from(clock.now());
                    clock.advance(wait);
                    now += wait;
                    proptest::prop_assert!(limiter.check().is_ok(), "the returned time must be long enough");
                }
                arrivals.push(now + Duration::from_millis(delays[arrivals.len() % delays.len()]));
            }
            clock.advance(Duration::from_millis(rest));
            now += Duration::from_millis(rest);
        }
        arrivals.sort();
        let mut window = VecDeque::new();
        for at in arrivals {
            window.push_back(at);
            while window.front().is_some_and(|first| *first + MINUTE <= at) {
                window.pop_front();
            }
            proptest::prop_assert!(window.len() <= max as usize, "{} calls in a minute", window.len());
        }
    }
}

#[test]
fn the_sustained_rate_is_close_to_the_limit() {
    let quota = quota(limit(5000), MINUTE);
    assert_eq!(quota.burst_size().get(), 500);
    let per_minute = 60.0 / quota.replenish_interval().as_secs_f64();
    assert!((4150.0..4160.0).contains(&per_minute), "{per_minute} a minute in the long run");
}

#[tokio::test(start_paused = true)]
async fn refused_callers_get_the_time_to_wait_and_others_wait_in_order() {
    // A burst of 2, then one every 130 ms.
    let gate = Gate::new(limit(20), Duration::from_millis(2160), None);
    let (interval, endpoint) = (gate.rate.interval, Endpoint::Unlimited);
    let turn = async |policy, until| gate.turn(endpoint, policy, until).await.map(drop);
    let soon = || Instant::now() + Duration::from_secs(5);
    for _ in 0..2 {
        turn(WaitPolicy::Refuse, soon()).await.expect("the burst");
    }
    let error = turn(WaitPolicy::Refuse, soon()).await.expect_err("too many");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Limited, "quota_minute"));
    let Retry::After(rest) = error.retry_advice() else { panic!("no time to wait: {error:?}") };
    assert_eq!(rest, interval, "no time has passed since the burst");
    sleep(rest).await;
    turn(WaitPolicy::Refuse, soon()).await.expect("the returned time is long enough");

    let order = Mutex::new(Vec::new());
    let start = Instant::now();
    join_all((0..4).map(|i| {
        let (gate, order) = (&gate, &order);
        async move {
            gate.turn(endpoint, WaitPolicy::Wait, soon()).await.map(drop).expect("its turn");
            order.lock().expect("the order").push(i);
        }
    }))
    .await;
    assert_eq!(*order.lock().expect("the order"), [0, 1, 2, 3]);
    // Four intervals; timers have a resolution of 1 ms.
    assert!((interval * 3..interval * 5).contains(&start.elapsed()), "{:?}", start.elapsed());
    let late = turn(WaitPolicy::Wait, Instant::now()).await.expect_err("the deadline has passed");
    assert_eq!(late.code(), "quota_minute");
    let gone = tokio::time::timeout(Duration::from_millis(1), turn(WaitPolicy::Wait, soon())).await;
    assert!(gone.is_err(), "dropped before its turn");
    turn(WaitPolicy::Wait, soon()).await.expect("the abandoned place is free");
}

#[tokio::test]
async fn refused_callers_are_not_behind_the_whole_queue_of_another() {
    // One every 6.5 minutes, after the first.
    let gate = Gate::new(limit(10), Duration::from_secs(3240), None);
    let until = Instant::now() + Duration::from_secs(3600);
    let [flood, light] = ["flood", "light"].map(Arc::<str>::from);
    let take = |caller: &Arc<str>, policy, until| {
        Box::pin(caller::on_behalf(Arc::clone(caller), gate.turn(Endpoint::Unlimited, policy, until)))
    };
    take(&flood, WaitPolicy::Refuse, until).await.map(drop).expect("the burst");
    let mut waiting: Vec<_> = (0..100).map(|_| take(&flood, WaitPolicy::Wait, until)).collect();
    assert!(waiting.iter_mut().all(|one| one.now_or_never().is_none()));
    let turns = async |caller: &Arc<str>, policy: WaitPolicy| {
        let error = take(caller, policy, Instant::now()).await.map(drop).expect_err("no turn is free");
        let Retry::After(rest) = error.retry_advice() else { panic!("no time to wait: {error:?}") };
        rest.as_secs_f64() / gate.rate.interval.as_secs_f64()
    };
    for policy in [WaitPolicy::Refuse, WaitPolicy::Wait] {
        let rest = turns(&light, policy).await;
        assert!((1.9..3.1).contains(&rest), "{policy:?}: behind {rest} turns");
        let rest = turns(&flood, policy).await;
        assert!((100.0..=102.0).contains(&rest), "{policy:?}: behind {rest} turns");
    }
}

/// The quota's period is one second.
#[tokio::test(start_paused = true)]
async fn a_burst_of_6000_calls_stays_within_the_quota() {
    let period = Duration::from_secs(1);
    let gate = Gate::new(limit(5000), period, None);
    let until = Instant::now() + Duration::from_secs(30);
    let turns = join_all((0..6000).map(|_| gate.turn(Endpoint::Unlimited, WaitPolicy::Wait, until))).await;
    let at: Vec<Instant> = turns.into_iter().map(|turn| turn.map(|turn| turn.granted_at).expect("its turn")).collect();
    assert!(at.is_sorted(), "first come, first served");
    let crowded = at.windows(5001).find(|turns| turns[5000] - turns[0] < period);
    assert_eq!(crowded, None, "over 5000 turns in one period");
    // A burst of 500, then 4500 in 13/12 of a period.
    let took = at[5999] - at[0];
    assert!((period * 13 / 10..period * 14 / 10).contains(&took), "6000 turns take {took:?}");
}
