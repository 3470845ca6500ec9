//! Open loop: requests arrive at a rate, whether earlier ones have been answered or not.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{task::JoinSet, time::sleep_until};

use super::{
    Setup,
    judge::Results,
    process::{load, own_cpu},
    shots::{Kind, scatter},
};

/// Rates, as multiples of the saturating one.
const FACTORS: [f64; 5] = [0.8, 1.0, 1.5, 3.0, 10.0];
/// Number of requests in progress that saturate the service.
const CLIENTS: u64 = 16;
/// Time of a measurement of the saturating rate.
const SATURATING: Duration = Duration::from_secs(8);
/// One picture of so many is read back.
const SAMPLE: u64 = 16;

/// One phase.
struct Phase {
    rate: f64,
    /// Successful requests per second.
    goodput: f64,
    results: Results,
    memory: f64,
    cpu: f64,
    own: f64,
}

/// Measures each kind, and prints a table. Each phase lasts `seconds`; the second half counts. Returns whether all promises hold:
/// latency below saturation, successful requests and memory (within 10 % of its middle) from there on.
pub async fn run(setup: &mut Setup, seconds: u64) -> bool {
    setup.warm_up().await;
    let mut holds = true;
    for kind in [Kind::Photo, Kind::Text] {
        println!("\n{}: saturated by {CLIENTS} requests at a time before and after each phase", kind.name());
        println!(
            "   rate   sent/s  200/s  of best  p50 ms  p99 ms  p99/p50  refused/s  memory MiB  CPU service, load  load average"
        );
        let (mut before, mut memory) = (saturate(setup, kind).await, Vec::new());
        for factor in FACTORS {
            // The queue fills for as long as a request may wait, 30 s.
            let length = Duration::from_secs(if factor > 1.0 { seconds.max(10) } else { seconds.div_ceil(2) });
            let phase = open(setup, kind, before * factor, length).await;
            let after = saturate(setup, kind).await;
            let best = f64::midpoint(before, after);
            let (p50, p99) = (phase.results.quantile(0.5), phase.results.quantile(0.99));
            let (share, ratio) = (phase.goodput / best, p99 / p50.max(0.001));
            let refused = phase.results.refused() as f64 / length.as_secs_f64() * 2.0;
            println!(
                "{factor:>5.1} x  {:>7.1}  {:>5.1}  {:>5.0} %  {p50:>6.1}  {p99:>6.1}  {ratio:>7.1}  {refused:>9.1}  {:>10.1}  {:>10.2} {:>6.2}  {:>12.2}   {:?}",
                phase.rate,
                phase.goodput,
                share * 100.0,
                phase.memory,
                phase.cpu,
                phase.own,
                load(),
                phase.results.errors
            );
            holds &= if factor < 1.0 { ratio < 5.0 } else { share > 0.9 };
            memory.push(phase.memory);
            before = after;
        }
        // The first phase fills the caches.
        let (least, most) = memory.iter().skip(1).fold((f64::MAX, 0.0_f64), |(a, b), mib| (a.min(*mib), b.max(*mib)));
        println!("memory from the saturating rate on: {least:.1} to {most:.1} MiB");
        holds &= most < least * 1.2;
    }
    setup.judge.finish().await;
    for failure in setup.judge.failures() {
        println!("failure: {failure}");
    }
    println!("{} pictures read back; peak memory {:.1} MiB", setup.judge.counts().0, setup.service.memory().peak);
    holds && setup.judge.counts().2 == 0
}

/// Successful requests per second of a closed loop.
async fn saturate(setup: &Setup, kind: Kind) -> f64 {
    let start = Instant::now();
    let end = start + SATURATING;
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (shots, judge, http) = (Arc::clone(&setup.shots), setup.judge.clone(), Arc::clone(&setup.client));
        clients.spawn(async move {
            let mut number = client << 32;
            while Instant::now() < end {
                number += 1;
                let shot = shots.make(kind);
                let sent = Instant::now();
                let response = http.send(&shot.request).await;
                judge.judge(&shot, response, sent.elapsed(), scatter(number).is_multiple_of(SAMPLE)).await;
            }
        });
    }
    // The first quarter warms up.
    tokio::time::sleep(SATURATING / 4).await;
    let (measured, _) = (Instant::now(), setup.judge.take());
    clients.join_all().await;
    let done = setup.judge.take().remove(&kind).unwrap_or_default().times.len();
    done as f64 / measured.elapsed().as_secs_f64()
}

async fn open(setup: &Setup, kind: Kind, rate: f64, length: Duration) -> Phase {
    let (start, half) = (tokio::time::Instant::now(), length / 2);
    let (mut at, mut number) = (Duration::ZERO, 0_u64);
    let mut tasks = JoinSet::new();
    let mut begin = None;
    let mut memory = Vec::new();
    let mut measured_half = Duration::MAX;
    while at < length {
        sleep_until(start + at).await;
        if at >= half && begin.is_none() {
            setup.judge.take();
            begin = Some((setup.service.cpu(), own_cpu()));
            measured_half = start.elapsed();
        }
        if number.is_multiple_of(64) && begin.is_some() {
            memory.push(setup.service.memory().now);
        }
        let (shot, judge, http) = (setup.shots.make(kind), setup.judge.clone(), Arc::clone(&setup.client));
        let sample = scatter(number).is_multiple_of(SAMPLE);
        // The time counts from when the request should have been sent.
        let due = (start + at).into_std();
        tasks.spawn(async move {
            let response = http.send(&shot.request).await;
            judge.judge(&shot, response, due.elapsed(), sample).await;
        });
        while tasks.try_join_next().is_some() {}
        // Independent clients: exponential gaps.
        number += 1;
        let random = (scatter(number ^ 0x5eed) >> 11) as f64 / (1_u64 << 53) as f64;
        at += Duration::from_secs_f64(-(1.0 - random).ln() / rate);
    }
    let took = start.elapsed().saturating_sub(measured_half).as_secs_f64();
    let results = setup.judge.take().remove(&kind).unwrap_or_default();
    let (cpu, own) = begin.map_or((0.0, 0.0), |(cpu, own)| (setup.service.cpu() - cpu, own_cpu() - own));
    let memory = memory.iter().sum::<f64>() / memory.len().max(1) as f64;
    let sent = number as f64 / start.elapsed().as_secs_f64();
    while tasks.join_next().await.is_some() {}
    let goodput = results.times.len() as f64 / took;
    Phase { rate: sent, goodput, results, memory, cpu: cpu / took, own: own / took }
}
