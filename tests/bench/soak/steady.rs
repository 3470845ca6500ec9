//! Saturation for minutes, with faults in WeChat and in hosts of pictures.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use haibao::wechat::emulator::{Emulator, Fault, Injection, On};
use tokio::time::{interval, sleep};

use super::{
    Setup,
    judge::Results,
    process::{Memory, load, own_cpu},
    shots::{KNOWN, Kind, scatter},
};

/// Number of requests in progress.
const CLIENTS: u64 = 64;
/// New codes from WeChat per second: most of what WeChat grants.
const NEW_CODES: u64 = 40;
/// Minute from which the memory must not grow.
const SETTLED: usize = 5;
/// Kinds with their share of the requests, in percent.
const SHARES: [(Kind, u64); 8] = [
    (Kind::Known, 28),
    (Kind::Text, 20),
    (Kind::Photo, 20),
    (Kind::Code, 15),
    (Kind::Link, 6),
    (Kind::Single, 5),
    (Kind::Avatar, 4),
    (Kind::Fault, 2),
];

/// Runs the load and prints a line per minute and a report. Returns whether everything held.
pub async fn run(setup: &mut Setup, minutes: u64) -> bool {
    setup.warm_up().await;
    let (start, cpu, own) = (Instant::now(), setup.service.cpu(), own_cpu());
    let end = start + Duration::from_secs(minutes * 60);
    let codes = Arc::new(AtomicU64::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (shots, judge, http, codes) =
                (Arc::clone(&setup.shots), setup.judge.clone(), Arc::clone(&setup.client), Arc::clone(&codes));
            tokio::spawn(async move {
                let mut seed = client << 32;
                while Instant::now() < end {
                    seed += 1;
                    let mut kind = pick(scatter(seed));
                    let allowed = start.elapsed().as_millis() as u64 * NEW_CODES / 1000;
                    if kind == Kind::Code && codes.fetch_add(1, Relaxed) >= allowed {
                        codes.fetch_sub(1, Relaxed);
                        kind = Kind::Known;
                    }
                    let shot = shots.make(kind);
                    let sent = Instant::now();
                    let response = http.send(&shot.request).await;
                    judge.judge(&shot, response, sent.elapsed(), true).await;
                }
            })
        })
        .collect();
    let faults = async {
        loop {
            let number = scatter(start.elapsed().as_millis() as u64);
            sleep(Duration::from_millis(3000 + number % 4000)).await;
            inject(&setup.wechat, number);
        }
    };
    let watch = watch(setup, start, end);
    let (all, memory) = tokio::select! {
        result = watch => result,
        () = faults => unreachable!("faults have no end"),
    };
    for client in clients {
        client.await.expect("no panic");
    }
    setup.judge.finish().await;
    let took = start.elapsed().as_secs_f64();
    let (service, own) = ((setup.service.cpu() - cpu) / took, (own_cpu() - own) / took);
    report(setup, all, &memory, minutes, (service, own))
}

fn pick(random: u64) -> Kind {
    let mut left = random % 100;
    for (kind, share) in SHARES {
        match left.checked_sub(share) {
            Some(rest) => left = rest,
            None => return kind,
        }
    }
    Kind::Known
}

/// One of the faults of WeChat, some times.
fn inject(wechat: &Emulator, random: u64) {
    let times = 1 + (random >> 8) as u32 % 4;
    let faults: [Injection; 15] = [
        Fault::Busy.times(times),
        Fault::TokenRejected.times(times),
        Fault::TokenStolen.times(1),
        Fault::Delay { ms: 2000 }.times(times),
        Fault::Delay { ms: 12_000 }.times(1),
        Fault::slow_drip().times(1),
        Fault::Stall.times(times),
        Fault::Reset.times(times),
        Fault::BadGateway.times(times),
        Fault::Truncated.times(times),
        Fault::EmptyBody.times(times),
        Fault::ErrorAsImage.times(times),
        Fault::HugeBody.times(1),
        Fault::Busy.times(times).on(On::Token),
        Fault::Quota.times(1),
    ];
    // The quota pauses all codes for the rest of a minute, so it is rare.
    let choice = (random >> 16) % 60;
    wechat.fault(faults[if choice == 59 { 14 } else { choice as usize % 14 }]);
}

/// Prints a line per minute until the end. Returns the results and the memory of each second.
async fn watch(setup: &Setup, start: Instant, end: Instant) -> (BTreeMap<Kind, Results>, Vec<Memory>) {
    let mut all: BTreeMap<Kind, Results> = BTreeMap::new();
    let mut memory = Vec::new();
    let mut ticks = interval(Duration::from_secs(1));
    ticks.tick().await;
    println!("minute  responses/s  errors  failures  memory MiB  peak  load");
    while Instant::now() < end {
        ticks.tick().await;
        memory.push(setup.service.memory());
        if memory.len() % 60 == 0 {
            let results = setup.judge.take();
            let (done, errors) = results.values().fold((0, 0), |(done, errors), one| {
                (done + one.times.len() as u64 + one.refused(), errors + one.refused())
            });
            let last = memory.last().copied().unwrap_or_default();
            println!(
                "{:>6}  {:>11.1}  {errors:>6}  {:>8}  {:>10.1}  {:>4.0}  {:>4.2}",
                start.elapsed().as_secs() / 60,
                done as f64 / 60.0,
                setup.judge.counts().2,
                last.now,
                last.peak,
                load()
            );
            for (kind, results) in results {
                all.entry(kind).or_default().add(results);
            }
        }
    }
    (all, memory)
}

fn report(setup: &Setup, mut all: BTreeMap<Kind, Results>, memory: &[Memory], minutes: u64, cpu: (f64, f64)) -> bool {
    for (kind, results) in setup.judge.take() {
        all.entry(kind).or_default().add(results);
    }
    println!("\n{:<28} {:>8} {:>9} {:>8} {:>8}  errors", "request", "200", "median ms", "p99 ms", "degraded");
    for (kind, results) in &all {
        println!(
            "{:<28} {:>8} {:>9.1} {:>8.1} {:>8}  {:?}",
            kind.name(),
            results.times.len(),
            results.quantile(0.5),
            results.quantile(0.99),
            results.degraded,
            results.errors
        );
    }
    let (read_back, equal, failed) = setup.judge.counts();
    println!(
        "{read_back} pictures read back and compared; {equal} more were equal to one of the {KNOWN} known posters"
    );
    println!("CPU: the service {:.2} cores, the load generator with WeChat and hosts of pictures {:.2}", cpu.0, cpu.1);
    println!("calls to WeChat: {:?}", setup.wechat.counters());
    let mean = |part: &[Memory]| part.iter().map(|memory| memory.now).sum::<f64>() / part.len().max(1) as f64;
    let minute = |n: usize| memory.get(n * 60..).unwrap_or_default().iter().copied().take(60).collect::<Vec<_>>();
    let settled = mean(&minute(SETTLED.min(minutes.saturating_sub(1) as usize)));
    let last = mean(&memory[memory.len().saturating_sub(60)..]);
    let peak = memory.last().copied().unwrap_or_default().peak;
    let growth = last / settled - 1.0;
    println!(
        "memory: minute {SETTLED} {settled:.1} MiB, end {last:.1} MiB ({:+.1} %), peak {peak:.1} MiB",
        growth * 100.0
    );
    for failure in setup.judge.failures() {
        println!("failure: {failure}");
    }
    let holds = failed == 0 && growth.abs() <= 0.1 && peak < 400.0;
    println!("{}", if holds { "everything holds" } else { "NOT everything holds" });
    holds
}
