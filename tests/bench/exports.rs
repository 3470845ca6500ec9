//! `cargo bench --bench exports`: `haibao export` into a ZIP file, of posters of one product that differ in nickname and code,
//! with cached codes. Measures the speed on one core and on two, the share of drawing, peak memory and the time until the
//! first poster is on disk. `taskset` (Linux) pins the whole process to its cores: limiting only the drawing threads would
//! leave reading, hashing and writing to other cores.
//!
//! 1000 rows; `BENCH_ROWS=10000` runs the size of the performance target (4 GB of disk, three minutes).

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a benchmark that panics has failed")]

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use haibao::wechat::emulator::{Emulator, Options, SAMPLE_SECRET};
use haibao_core::sample::SAMPLE_APPID;

const ROWS: usize = 1000;
/// Targets: speed-up of two cores over one; drawing, per cent of the drawing threads' time; peak memory, MiB; time until
/// the first poster.
const MIN_SPEED_UP: f64 = 1.6;
const MIN_DRAWING: u32 = 85;
const MAX_MEMORY: u64 = 250;
const MAX_FIRST_POSTER: Duration = Duration::from_secs(1);

/// Measurements of one run.
struct Run {
    took: Duration,
    /// Until the first poster was on disk.
    first: Duration,
    /// Peak memory, MiB.
    peak: u64,
    /// Drawing, per cent of the drawing threads' time.
    drawing: u32,
    /// Size of the archive.
    bytes: u64,
}

fn main() {
    let is_bench = std::env::args().any(|arg| arg == "--bench");
    let given = std::env::var("BENCH_ROWS").ok().and_then(|rows| rows.parse().ok());
    let rows = given.unwrap_or(if is_bench { ROWS } else { 40 });
    let place = tempfile::tempdir().expect("a folder");
    let mut sheet = "product,title,price,original,nickname,goods_id,sharer_id\n".to_owned();
    for n in 0..rows {
        sheet += &format!("assets/vase.jpg,天青釉手作花瓶,12800,16800,第 {n} 位朋友,8801,u{n}\n");
    }
    fs::write(place.path().join("rows.csv"), sheet).expect("a file");
    let wechat = Emulator::start(Options { per_minute: 1_000_000, ..Options::default() }).expect("an emulator");
    // The first run fetches the codes and is not compared.
    let cores = cores();
    let (first, both) = (cores[0].clone(), cores[..cores.len().min(2)].join(","));
    let codes = export(place.path(), &wechat, 2, &both);
    println!("{rows} posters, fetching their codes: {:.1} s", codes.took.as_secs_f64());
    let one = export(place.path(), &wechat, 1, &first);
    let thread = export(place.path(), &wechat, 1, &both);
    let two = export(place.path(), &wechat, 2, &both);
    for (on, run) in [("one core", &one), ("two cores, one drawing thread", &thread), ("two cores", &two)] {
        println!(
            "{on}: {:.1} s, {:.0} posters/s, {} % of the drawing threads' time in drawing; \
             first poster on disk after {} ms; peak memory {} MiB; archive {} MiB",
            run.took.as_secs_f64(),
            rows as f64 / run.took.as_secs_f64(),
            run.drawing,
            run.first.as_millis(),
            run.peak,
            run.bytes >> 20,
        );
    }
    let speed_up = one.took.as_secs_f64() / two.took.as_secs_f64();
    println!("speed-up of two cores: {speed_up:.2}");
    assert!(two.peak < MAX_MEMORY, "the target is less than {MAX_MEMORY} MiB");
    if is_bench {
        assert!(two.first < MAX_FIRST_POSTER, "the target is less than {} ms", MAX_FIRST_POSTER.as_millis());
        if cores.len() >= 2 {
            assert!(speed_up >= MIN_SPEED_UP, "the target is {MIN_SPEED_UP}");
            assert!(two.drawing >= MIN_DRAWING, "the target is {MIN_DRAWING} %");
        }
    }
}

/// Cores that this process may use, in the numbering of `taskset`.
fn cores() -> Vec<String> {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).expect("a list").trim();
    let range = |part: &str| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        from.parse::<usize>().expect("a number")..=to.parse().expect("a number")
    };
    list.split(',').flat_map(range).map(|core| core.to_string()).collect()
}

/// Exports the rows on the given cores.
fn export(place: &Path, wechat: &Emulator, threads: usize, cores: &str) -> Run {
    let start = Instant::now();
    let child = Command::new("taskset")
        .args(["-c", cores, env!("CARGO_BIN_EXE_haibao")])
        .args(["export", "product-share", "--rows", "rows.csv", "-o", "out.zip"])
        .current_dir(place)
        .env("HAIBAO_LOG", "warn")
        .env("HAIBAO_POOL__WORKERS", threads.to_string())
        .env("HAIBAO_WECHAT__BASE_URL", wechat.url())
        .env("HAIBAO_WECHAT__PER_MINUTE", "1000000")
        .env("HAIBAO_APPS__DEFAULT__APPID", SAMPLE_APPID)
        .env("HAIBAO_APPS__DEFAULT__SECRET", SAMPLE_SECRET)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("taskset, which comes with util-linux, runs haibao");
    let archive = place.join("out.zip.part/archive");
    let (mut first, mut peak) = (None, 0);
    // The process's status disappears when it exits, so it is polled until then.
    while let Some(memory) = peak_mib(child.id()) {
        peak = memory;
        // A poster of this template is larger than 100 KiB.
        if first.is_none() && fs::metadata(&archive).is_ok_and(|m| m.len() > 100 << 10) {
            first = Some(start.elapsed());
        }
        thread::sleep(Duration::from_millis(5));
    }
    let took = start.elapsed();
    let output = child.wait_with_output().expect("it ends");
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{messages}");
    let drawing = messages.split("; ").find_map(|part| part.split_once(" % of the time")?.0.parse().ok());
    let bytes = fs::metadata(place.join("out.zip")).expect("an archive").len();
    Run { took, first: first.expect("a poster"), peak, drawing: drawing.expect("a share"), bytes }
}

/// Peak memory of a process, MiB (`VmHWM` of Linux); `None` once it has exited.
fn peak_mib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kib| kib / 1024)
}
