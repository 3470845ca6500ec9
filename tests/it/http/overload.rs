//! Overload and deadlines: more posters at once than can be drawn in time.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use haibao::wechat::emulator::Fault;
use serde_json::{Value, json};

use super::poster;
use crate::support::{Response, Service};

/// A timeout in ms for a service: four times that of its first poster, which compiles the template.
fn short_timeout_ms() -> String {
    let service = Service::set(&[("HAIBAO_HTTP__TIMEOUT_MS", "120000")]);
    let start = Instant::now();
    service.post(&poster(json!({ "title": "x" }))).poster();
    (start.elapsed() * 4).max(Duration::from_secs(2)).as_millis().to_string()
}

/// Requests a poster until the service has compiled its template within the timeout, which a busy machine may exceed at first.
fn warm_up(service: &Service, request: &Value) {
    let last = (0..10).map(|_| service.post(request)).find(|response| response.status != 504);
    last.expect("one of ten requests is in time").poster();
}

/// Sends distinct posters at the same time.
fn at_once(service: &Service, count: usize, scale: u32) -> Vec<Response> {
    thread::scope(|scope| {
        let send = |i: usize| {
            let mut request = poster(json!({ "title": format!("第 {i} 张") }));
            request["scale"] = json!(scale);
            service.post(&request)
        };
        let running: Vec<_> = (0..count).map(|i| scope.spawn(move || send(i))).collect();
        running.into_iter().map(|t| t.join().expect("no panic")).collect()
    })
}

#[test]
fn two_hundred_posters_at_once_all_get_their_turn() {
    let service = Service::set(&[("HAIBAO_HTTP__TIMEOUT_MS", "120000")]);
    let responses = at_once(&service, 200, 1);
    assert_eq!(responses.iter().filter(|response| response.status != 200).count(), 0);
}

#[test]
fn posters_that_cannot_be_drawn_in_time_are_rejected() {
    let start = |timeout: Duration| {
        let timeout = timeout.as_millis().to_string();
        Service::set(&[("HAIBAO_POOL__WORKERS", "1"), ("HAIBAO_HTTP__TIMEOUT_MS", &timeout)])
    };
    let large = |title: &str| {
        let mut request = poster(json!({ "title": title }));
        request["scale"] = json!(3);
        request
    };
    let timed = |service: &Service, title: &str| {
        let start = Instant::now();
        service.post(&large(title)).poster();
        start.elapsed()
    };
    // Long enough for the first poster, which compiles the template, and too short for all.
    let probe = start(Duration::from_secs(100));
    let (first, next) = (timed(&probe, "x"), timed(&probe, "y"));
    drop(probe);
    let service = start((first * 2).max(next * 20).max(Duration::from_secs(3)));
    warm_up(&service, &large("x"));
    let responses = at_once(&service, 200, 3);
    let (done, refused): (Vec<_>, Vec<_>) = responses.iter().partition(|a| a.status == 200);
    assert!(!done.is_empty() && !refused.is_empty(), "{} done, {} refused", done.len(), refused.len());
    let busy = refused.iter().filter(|response| response.status == 503).collect::<Vec<_>>();
    // The estimate may be wrong for the last few.
    assert!(busy.len() * 10 >= refused.len() * 6, "{} of {} are told to come back", busy.len(), refused.len());
    for response in busy {
        response.problem(503, "busy");
        let seconds: u64 = response.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&seconds), "{seconds}");
    }
}

#[test]
fn an_overloaded_service_refuses_before_it_reads_a_request() {
    let timeout = short_timeout_ms();
    let service = Service::set(&[("HAIBAO_POOL__WORKERS", "1"), ("HAIBAO_HTTP__TIMEOUT_MS", &timeout)]);
    warm_up(&service, &poster(json!({ "title": "x" })));
    let unknown = json!({ "template": "none" });
    service.post(&unknown).problem(404, "template_unknown");
    let (is_over, service) = (AtomicBool::new(false), &service);
    let refused = thread::scope(|scope| {
        for client in 0..100 {
            let is_over = &is_over;
            scope.spawn(move || {
                for number in 0.. {
                    if is_over.load(Ordering::SeqCst) {
                        return;
                    }
                    let mut request = poster(json!({ "title": format!("{client} {number}") }));
                    request["scale"] = json!(3);
                    service.post(&request);
                }
            });
        }
        let start = Instant::now();
        let response = loop {
            let response = service.post(&unknown);
            if response.status == 503 || start.elapsed() > Duration::from_secs(60) {
                break response;
            }
        };
        is_over.store(true, Ordering::SeqCst);
        response
    });
    refused.problem(503, "busy");
    service.post(&unknown).problem(404, "template_unknown");
}

#[test]
fn requests_time_out() {
    let timeout = short_timeout_ms();
    let service = Service::set(&[("HAIBAO_HTTP__TIMEOUT_MS", &timeout), ("HAIBAO_WECHAT__TIMEOUT_MS", "600000")]);
    warm_up(&service, &poster(json!({ "title": "x" })));
    service.wechat.fault(Fault::Stall);
    service.post(&poster(json!({ "title": "x", "id": "2" }))).problem(504, "deadline");
    service.post(&poster(json!({ "title": "x" }))).poster();
}
