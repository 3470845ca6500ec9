//! The quota per minute, and the pauses after errcodes 45009 and 45011.

use super::*;

#[tokio::test]
async fn a_used_up_quota_stops_only_its_endpoint() {
    let server = wechat(|n, _| if n == 0 { errcode(45009) } else { jpeg() }).await;
    let client = client(&server, 5000);
    for wait_policy in [WaitPolicy::Wait, WaitPolicy::Wait, WaitPolicy::Refuse] {
        let error = client.fetch(&need("id=1"), wait_policy).await.expect_err("used up");
        assert_eq!((error.kind(), error.code()), (ErrorKind::Limited, "wechat_quota"));
        let Retry::After(rest) = error.retry_advice() else { panic!("no time to wait: {error:?}") };
        assert!((58..=60).contains(&rest.as_secs()), "{rest:?}");
    }
    assert_eq!(server.count("getwxacodeunlimit"), 1, "no call during the pause");
    let limited = CodeNeed::new("default", haibao_core::code::Opens::Limited { path: "pages/a/a?id=1".to_owned() });
    client.fetch(&limited, WaitPolicy::Wait).await.expect("another endpoint");
}

#[tokio::test]
async fn too_many_calls_pause_the_app() {
    let server = wechat(|n, _| if n == 0 { errcode(45011) } else { jpeg() }).await;
    let config = Config { wait_ms: 3000, ..config(server.url(), 5000) };
    let client = Client::new(config).expect("a client");
    for wait_policy in [WaitPolicy::Refuse, WaitPolicy::Refuse, WaitPolicy::Wait] {
        let error = client.fetch(&need("id=1"), wait_policy).await.expect_err("too often");
        assert_eq!((error.kind(), error.code()), (ErrorKind::Limited, "wechat_quota"));
        let Retry::After(rest) = error.retry_advice() else { panic!("no time to wait: {error:?}") };
        assert!((8..=10).contains(&rest.as_secs()), "longer than wait_ms: {rest:?}");
    }
    assert_eq!(server.count("getwxacodeunlimit"), 1, "no call during the pause");
}

/// The emulator's clock and the quota run 30 times as fast: a minute takes 2 s.
#[tokio::test]
async fn a_burst_over_the_quota_waits_and_is_never_refused_by_wechat() {
    use crate::wechat::emulator::{Clock, Emulator, Options, SAMPLE_SECRET};
    use haibao_core::sample::SAMPLE_APPID;
    let start = Instant::now();
    let clock = Clock::new(move || Duration::from_secs(1_735_675_200) + start.elapsed() * 30);
    let emulator = Emulator::start(Options { clock, per_minute: 60, ..Options::default() }).expect("an emulator");
    let app = AppConfig::new(SAMPLE_APPID, SAMPLE_SECRET);
    let apps = [("default".to_owned(), app)].into();
    let config = Config { per_minute: 60, apps, ..config(emulator.url(), 20_000) };
    let client = Client::with_period(config, Duration::from_secs(2), None).expect("a client");
    let needs: Vec<_> = (0..120).map(|i| CodeNeed { width: 280, ..need(&format!("id={i}")) }).collect();
    let codes = join_all(needs.iter().map(|need| client.fetch(need, WaitPolicy::Wait))).await;
    if let Some(error) = codes.iter().find_map(|code| code.as_ref().err()) {
        panic!("{error}");
    }
    let counters = emulator.counters();
    assert_eq!((counters.token_calls, counters.code_calls, counters.errors), (1, 120, 0), "{counters:?}");
    // A burst of 6, then 54 per 65 s of the emulator's clock.
    assert!(start.elapsed() > Duration::from_secs(4), "the quota was exceeded: {:?}", start.elapsed());
    let start = Instant::now();
    let results = join_all(needs.iter().map(|need| client.fetch(need, WaitPolicy::Refuse))).await;
    let refused: Vec<_> = results.iter().filter_map(|code| code.as_ref().err()).map(Error::code).collect();
    assert!(refused.iter().all(|code| *code == "quota_minute"), "{refused:?}");
    // A burst, one that is free, and those that become free meanwhile.
    let most = 7.0 + start.elapsed().as_secs_f64() * 30.0 * 54.0 / 65.0;
    let given = results.len() - refused.len();
    assert!(given as f64 <= most, "{given} turns, at most {most:.1} were free");
    assert_eq!(emulator.counters().errors, 0);
}

#[tokio::test]
async fn each_attempt_takes_a_turn() {
    // A burst of one, then one every 240 ms, or every 7 minutes.
    let periods = [2, 3600].map(Duration::from_secs);
    for (wait_policy, calls, period) in [(WaitPolicy::Refuse, 1, periods[1]), (WaitPolicy::Wait, 3, periods[0])] {
        let server = wechat(|n, _| if n < 2 { errcode(-1) } else { jpeg() }).await;
        let config = Config { per_minute: 10, ..config(server.url(), 5000) };
        let client = Client::with_period(config, period, None).expect("a client");
        let start = Instant::now();
        let code = client.fetch(&need("id=1"), wait_policy).await;
        assert_eq!(server.count("getwxacodeunlimit"), calls, "{wait_policy:?}");
        match wait_policy {
            WaitPolicy::Refuse => assert_eq!(code.expect_err("no turn is left").code(), "wechat_busy"),
            WaitPolicy::Wait => {
                code.expect("the third attempt");
                assert!(start.elapsed() >= Duration::from_millis(480), "{:?}", start.elapsed());
            }
        }
    }
}
