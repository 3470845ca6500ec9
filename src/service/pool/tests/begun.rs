//! Posters that have been begun are finished before more are.

use super::*;

const MIB: u64 = 1 << 20;
/// Memory of the pool with two threads.
const MEMORY: u64 = 144 * MIB;

/// A poster with a photo.
fn photo() -> Need {
    Need { memory: 6 * MIB, ..draw() }
}

#[test]
fn posters_are_drawn_before_more_are_planned() {
    const COUNT: usize = 1000;
    let mut queue = Queue::new(2, u64::MAX, MEMORY);
    let now = Instant::now();
    for _ in 0..COUNT {
        queue.push(&call(""), plan(), now, "plan").expect("no deadline");
    }
    let (mut planned, mut drawn, mut most) = (0, 0, 0);
    while let Some(Started { job, receipt, .. }) = queue.pop(now) {
        let took = Duration::from_millis(if job == "plan" { 1 } else { 15 });
        queue.finished(receipt, Some(took));
        if job == "plan" {
            planned += 1;
            // Its photo has arrived.
            queue.push(&call(""), photo(), now, "photo").expect("no deadline");
        } else {
            drawn += 1;
        }
        most = most.max(planned - drawn);
    }
    assert_eq!((planned, drawn), (COUNT, COUNT));
    assert!((2..50).contains(&most), "{most} of {COUNT} posters had a plan at a time");
}

#[test]
fn posters_of_others_are_planned_meanwhile() {
    let now = Instant::now();
    let export = |caller: &str| Call { priority: Priority::Export, ..call(caller) };
    for other in [call("other"), export("flood")] {
        let mut queue = Queue::new(2, u64::MAX, MEMORY);
        for _ in 0..500 {
            queue.push(&call("flood"), photo(), now, "photo").expect("no deadline");
        }
        queue.push(&call("flood"), plan(), now, "next").expect("no deadline");
        queue.push(&other, plan(), now, "plan").expect("no deadline");
        let order = order(&mut queue, |_| 0.01);
        let at = |job: &str| order.iter().position(|one| *one == job).expect("it ran");
        assert!(at("plan") < 5 && at("next") > 400, "{} and {}", at("plan"), at("next"));
    }
}

#[test]
fn posters_that_wait_for_memory_do_not_keep_others_from_being_planned() {
    let mut queue = Queue::new(2, u64::MAX, MEMORY);
    let now = Instant::now();
    // Finished posters that wait for their clients.
    queue.take_memory(MEMORY);
    for _ in 0..500 {
        queue.push(&call(""), photo(), now, "photo").expect("no deadline");
    }
    queue.push(&call(""), plan(), now, "text").expect("no deadline");
    assert_eq!(order(&mut queue, |_| 0.01), ["text"]);
    queue.return_memory(MEMORY);
    assert_eq!(order(&mut queue, |_| 0.01).len(), 500);
}

#[test]
fn posters_that_were_planned_are_not_refused_for_those_that_wait() {
    let mut queue = Queue::new(2, 1000, MEMORY);
    let now = Instant::now();
    let within = Call { deadline: Some(now + Duration::from_secs(30)), ..call("") };
    let accepted = (0..20).filter(|_| queue.push(&within, Need { bytes: 100, ..plan() }, now, "plan").is_ok()).count();
    assert_eq!(accepted, 10, "up to the limit");
    let photo = Need { bytes: 300, ..photo() };
    assert!(queue.push(&within, photo, now, "photo").is_ok(), "its plan and its photo would be wasted");
}

#[test]
fn a_plan_leaves_time_to_what_follows_it() {
    let now = Instant::now();
    let within = Call { deadline: Some(now + Duration::from_secs(30)), ..Call::new("", Duration::ZERO) };
    let until = within.until().expect("a deadline");
    for (need, is_late) in [(plan(), true), (draw(), false)] {
        let mut queue = Queue::new(2, u64::MAX, MEMORY);
        queue.push(&within, need, now, "job").expect("there is time");
        let started = queue.pop(until).expect("its turn");
        assert_eq!(started.late.is_some(), is_late, "{need:?}");
    }
}
