//! `cargo bench`: how long a poster takes on one core, as a ratio to the baseline of the same run.
//!
//! The machine that this runs on may be shared and noisy: the cases take turns, each case's time is its median on a core
//! (the stages are by the clock on the wall), and only ratios are asserted. `cargo bench --bench compose -- wall` measures the large poster alone. `HAIBAO_BENCH_OUT=DIR cargo bench` also writes both posters, to see that they are the same.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a benchmark that panics has failed")]

#[path = "../kit/mod.rs"]
mod kit;

mod baseline;
mod wall;

use std::{
    hint::black_box,
    io::Cursor,
    time::{Duration, Instant},
};

use haibao_core::{
    asset::Asset,
    encode::Format,
    paint::context::Stage,
    plan::{Gathered, LayerKind, Plan},
    render::{Config, Renderer},
    text::Shaper,
};
use serde_json::json;

/// Posters of each case.
const ROUNDS: usize = 60;

/// Least ratios that the product promises.
const PHOTO_NEW: f64 = 10.0;
const PERSON_NEW: f64 = 40.0;
/// The large poster with six new photos, against the baseline of the small one with one.
const WALL: f64 = 6.0;

struct Case {
    name: &'static str,
    promise: f64,
    make: Box<dyn Fn(usize) -> (Plan, Gathered)>,
    times: Vec<Duration>,
    stages: [Duration; 4],
}

fn main() {
    // `cargo test --benches` calls with --test: one round shows that it works.
    let rounds = if std::env::args().any(|arg| arg == "--bench") { ROUNDS } else { 1 };
    let template = kit::template("product-share");
    let usual = kit::sample(&template, "usual");
    let renderer = Renderer::new(kit::fonts(), Config::default());
    if std::env::args().any(|arg| arg == "wall") {
        wall::measure(&renderer, rounds);
        return;
    }
    let mut shaper = Shaper::new(&kit::fonts());

    let person = {
        let (template, usual) = (template.clone(), usual.clone());
        move |i: usize| {
            let mut params = usual.clone();
            params["nickname"] = json!(format!("{}位朋友", numeral(i)));
            params["sharer_id"] = json!(format!("u{i}"));
            let plan = kit::plan(&template, params, 1.0);
            let gathered = kit::gather(&plan);
            (plan, gathered)
        }
    };
    let photos = photos(&template.files["assets/vase.jpg"], 1200, rounds + 1);
    let with_photo = move |(plan, mut gathered): (Plan, Gathered), photo: Option<Vec<u8>>| {
        let product =
            plan.layers.iter().position(|l| matches!(&l.kind, LayerKind::Image(i) if i.pointer.ends_with("product")));
        if let (Some(at), Some(photo)) = (product, photo) {
            gathered.assets[at] = Some(Asset::new(photo));
        }
        (plan, gathered)
    };
    let (first, known) = (person.clone(), person.clone());
    let nothing = person.clone();
    let mut cases = [
        Case::new("photo, nickname and code new", PHOTO_NEW, move |i| {
            with_photo(first(1000 + i), Some(photos[i].clone()))
        }),
        Case::new("photo known, text and code new", PERSON_NEW, move |i| {
            let (plan, gathered) = known(3000 + i);
            (retitled(plan, i), gathered)
        }),
        Case::new("only nickname and code new", PERSON_NEW, move |i| person(5000 + i)),
        Case::new("nothing new", PERSON_NEW, move |_| nothing(1)),
    ];

    let (plan, gathered) = (cases[3].make)(0);
    let cold = Instant::now();
    let poster = renderer.render(&plan, &gathered, Format::Png).expect("renders");
    let cold = cold.elapsed();
    if let Some(dir) = std::env::var_os("HAIBAO_BENCH_OUT") {
        let dir = std::path::Path::new(&dir);
        std::fs::write(dir.join("haibao.png"), &poster.bytes).expect("written");
        std::fs::write(dir.join("baseline.png"), baseline::compose(&plan, &gathered, &mut shaper)).expect("written");
    }
    let mut base = Vec::new();
    for round in 0..rounds {
        for (index, case) in cases.iter_mut().enumerate() {
            let (plan, gathered) = (case.make)(round);
            let watch = Watch::start();
            let (mut stage, mut since) = (None, Instant::now());
            let stages = &mut case.stages;
            let mut turn = |to: Option<Stage>| {
                let now = Instant::now();
                if let Some(stage) = std::mem::replace(&mut stage, to) {
                    stages[match stage {
                        Stage::Place(_) => 0,
                        Stage::Draw(_) => 1,
                        Stage::Encode => 2,
                        Stage::Assemble => 3,
                    }] += now - since;
                }
                since = now;
            };
            black_box(
                renderer.render_observed(&plan, &gathered, Format::Png, &mut |s| turn(Some(s))).expect("renders"),
            );
            turn(None);
            case.times.push(watch.stop());
            // The baseline is slow: a tenth of the rounds is enough for its median.
            if index == 0 && round % 10 == 0 {
                let watch = Watch::start();
                black_box(baseline::compose(&plan, &gathered, &mut shaper));
                base.push(watch.stop());
            }
        }
    }
    let base = median(&mut base);
    println!("\n750x1334, one core; each poster from its plan and the pictures' bytes to the PNG's bytes\n");
    println!("| poster | ms | times faster | place | draw | encode |");
    println!("|---|---:|---:|---:|---:|---:|");
    println!("| one SVG through usvg, resvg and png | {:.1} | 1 | | | |", ms(base));
    let mut kept = true;
    for case in &mut cases {
        let time = median(&mut case.times);
        let ratio = base.as_secs_f64() / time.as_secs_f64();
        let [place, draw, encode, join] = case.stages.map(|stage| ms(stage) / rounds as f64);
        println!(
            "| haibao, {} | {:.2} | {ratio:.0} | {place:.2} | {draw:.2} | {:.2} |",
            case.name,
            ms(time),
            encode + join
        );
        if rounds > 1 && ratio < case.promise {
            kept = false;
            println!("^ the promise is {} times", case.promise);
        }
    }
    println!("\nThe first poster of a new renderer, its artwork flattened on the way: {:.0} ms.", ms(cold));
    let wall = wall::measure(&renderer, rounds);
    if rounds > 1 && ms(base) / wall < WALL {
        kept = false;
        println!("^ the promise is {WALL} times faster than the small poster's baseline");
    }
    assert!(kept, "a promise is not kept");
}

impl Case {
    fn new(name: &'static str, promise: f64, make: impl Fn(usize) -> (Plan, Gathered) + 'static) -> Self {
        Self { name, promise, make: Box::new(make), times: Vec::new(), stages: [Duration::ZERO; 4] }
    }
}

/// Measures how long this thread is on a core: on a machine that is shared, the clock on the wall tells of the others.
/// Where the system does not say, it is that clock.
struct Watch {
    start: Instant,
    busy: Option<Duration>,
}

impl Watch {
    fn start() -> Self {
        Self { start: Instant::now(), busy: Self::busy() }
    }

    fn stop(self) -> Duration {
        let elapsed = self.start.elapsed();
        self.busy.and_then(|before| Some(Self::busy()? - before)).unwrap_or(elapsed)
    }

    /// proc(5): `schedstat` begins with the nanoseconds on a core.
    fn busy() -> Option<Duration> {
        // The system brings its count up to date when a thread gives way.
        std::thread::yield_now();
        let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        spent.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Different characters for different numbers, as nicknames have.
fn numeral(i: usize) -> String {
    i.to_string().chars().filter_map(|c| "零一二三四五六七八九".chars().nth(c.to_digit(10)? as usize)).collect()
}

fn retitled(mut plan: Plan, i: usize) -> Plan {
    for layer in &mut plan.layers {
        if let LayerKind::Text(text) = &mut layer.kind
            && text.font_size == 36.0
        {
            let span = &mut text.spans[0];
            span.text = format!("{}号手作花瓶 {}", numeral(i), span.text);
        }
    }
    plan
}

/// Photos of `side` x `side` px that differ in a corner, so that each is new.
fn photos(jpeg: &[u8], side: u32, count: usize) -> Vec<Vec<u8>> {
    let photo = image::load_from_memory(jpeg).expect("a photo");
    let photo = photo.resize_to_fill(side, side, image::imageops::FilterType::Triangle).into_rgb8();
    let one = |i: usize| {
        let mut photo = photo.clone();
        for (x, y) in (0..64).flat_map(|x| (0..64).map(move |y| (x, y))) {
            photo.put_pixel(x, y, image::Rgb([(i * 37) as u8, (i * 91) as u8, (i / 3) as u8]));
        }
        let mut out = Cursor::new(Vec::new());
        let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 85);
        photo.write_with_encoder(encoder).expect("encodes");
        out.into_inner()
    };
    (0..count).map(one).collect()
}
