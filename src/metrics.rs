//! Metrics of the process, for `GET /metrics`. Like the log, they are process-wide: a component records what it does where it
//! does it, and every value is a sum over the process.
//!
//! Labels take few values: names from the settings, names of templates that exist, stable codes, matched routes. They never
//! hold anything else of a request.

use std::{
    borrow::Cow,
    sync::{LazyLock, Mutex, OnceLock, PoisonError, RwLock, atomic::AtomicU64},
    time::Duration,
};

use prometheus_client::{
    encoding::text::encode,
    metrics::{
        counter::Counter,
        family::{Family, MetricConstructor},
        gauge::Gauge,
        histogram::Histogram,
        info::Info,
    },
    registry::{Registry, Unit},
};

use crate::wechat::errcode;
use haibao_core::{
    error::{Error, ErrorKind},
    paint::cache::Usage,
};

/// Labels of a metric: names and values.
type Labels<const N: usize> = [(&'static str, Cow<'static, str>); N];
type Count<const N: usize> = Family<Labels<N>, Counter>;
type Value<const N: usize> = Family<Labels<N>, Gauge>;
type Float = Gauge<f64, AtomicU64>;
type Times<const N: usize> = Family<Labels<N>, Histogram, Seconds>;

/// Buckets of durations, s.
const BUCKETS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Creates a histogram of durations.
#[derive(Debug, Clone, Copy)]
struct Seconds;

impl MetricConstructor<Histogram> for Seconds {
    fn new_metric(&self) -> Histogram {
        Histogram::new(BUCKETS)
    }
}

/// Declares the metrics: `name: Type = constructor, unit, "help";`. The exported name has the prefix `haibao_`, the unit if
/// there is one, and `_total` for counters.
macro_rules! metrics {
    ($($(#[$meta:meta])* $name:ident: $type:ty = $make:expr, $unit:expr, $help:literal;)*) => {
        /// All metrics.
        #[derive(Debug)]
        struct Metrics {
            registry: Registry,
            $($(#[$meta])* $name: $type,)*
        }

        static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
            let mut registry = Registry::with_prefix("haibao");
            $(
                let $name: $type = $make;
                let unit: Option<Unit> = $unit;
                match unit {
                    Some(unit) => registry.register_with_unit(stringify!($name), $help, unit, $name.clone()),
                    None => registry.register(stringify!($name), $help, $name.clone()),
                }
            )*
            let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
            registry.register("build", "Version of haibao", build);
            let metrics = Metrics { registry, $($name,)* };
            // Known from the start, so that the first edit is an increase.
            for outcome in ["ok", "broken"] {
                let _ = metrics.template_reloads.get_or_create(&[("outcome", outcome.into())]);
            }
            metrics
        });
    };
}

metrics! {
    /// `template`, `outcome`.
    posters: Count<2> = Count::default(), None, "Posters by template and outcome";
    posters_waiting: Gauge = Gauge::default(), None, "Posters that wait until they may fetch pictures and codes";
    /// `stage`.
    poster_stage: Times<1> = Times::new_with_constructor(Seconds), Some(Unit::Seconds), "Duration of each stage of a poster";
    /// `origin`.
    bands: Count<1> = Count::default(), None, "Bands of posters by origin";
    /// `route`, `method`, `status`.
    http_requests: Count<3> = Count::default(), None, "HTTP responses by route, method and status";
    /// `route`.
    http_request: Times<1> = Times::new_with_constructor(Seconds), Some(Unit::Seconds), "Time to the response head by route";
    /// `outcome`.
    assets: Count<1> = Count::default(), None, "Pictures by outcome: their origin or the code of the error";
    /// `outcome`.
    codes: Count<1> = Count::default(), None, "Codes by outcome: their origin or the code of the error";
    /// `endpoint`, `result`.
    wechat_calls: Count<2> = Count::default(), None, "Calls of WeChat by endpoint and errcode; ok, or the code of the error";
    /// `app`, `quota`.
    wechat_quota_remaining: Value<2> = Value::default(), None, "Calls left of a quota per minute of an app, as far as this process has used it";
    /// `cache`.
    cache_hits: Value<1> = Value::default(), None, "Lookups that a cache answered, since the start";
    /// `cache`.
    cache_misses: Value<1> = Value::default(), None, "Lookups that a cache did not answer, since the start";
    /// `cache`.
    cache: Value<1> = Value::default(), Some(Unit::Bytes), "Size of a cache";
    pool_workers: Gauge = Gauge::default(), None, "Drawing threads";
    pool_running: Gauge = Gauge::default(), None, "Tasks of the drawing threads that run";
    pool_waiting: Gauge = Gauge::default(), None, "Tasks that wait for a drawing thread";
    pool_memory: Gauge = Gauge::default(), Some(Unit::Bytes), "Memory of running tasks, sheets that are checked, and responses that are not sent";
    /// `state`.
    exports: Value<1> = Value::default(), None, "Exports by state, of all instances";
    templates: Gauge = Gauge::default(), None, "Templates that can be used";
    templates_broken: Gauge = Gauge::default(), None, "Templates whose files are broken";
    /// `outcome`.
    template_reloads: Count<1> = Count::default(), None, "Reloads of edited templates by outcome";
    process_resident_memory: Gauge = Gauge::default(), Some(Unit::Bytes), "Memory of the process";
    process_uptime: Float = Float::default(), Some(Unit::Seconds), "Time since the start of the process";
}

/// A gauge that is read when the metrics are exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Drawing threads.
    PoolWorkers,
    /// Tasks that run on a drawing thread.
    PoolRunning,
    /// Posters that wait until they may fetch pictures and codes.
    PostersWaiting,
    /// Tasks that wait for a drawing thread.
    PoolWaiting,
    /// Memory of drawing that is in use, bytes.
    PoolMemory,
    /// Templates that can be used.
    Templates,
    /// Templates whose files are broken.
    TemplatesBroken,
    /// Memory of the process, bytes.
    Memory,
}

/// Sets a gauge.
pub fn set(level: Level, value: usize) {
    let m = &*METRICS;
    let gauge = match level {
        Level::PoolWorkers => &m.pool_workers,
        Level::PoolRunning => &m.pool_running,
        Level::PostersWaiting => &m.posters_waiting,
        Level::PoolWaiting => &m.pool_waiting,
        Level::PoolMemory => &m.pool_memory,
        Level::Templates => &m.templates,
        Level::TemplatesBroken => &m.templates_broken,
        Level::Memory => &m.process_resident_memory,
    };
    gauge.set(saturate(value as u64));
}

/// Records a poster, or why there is none. `template` is the name of a template that exists; `None` counts as `unknown`.
pub fn poster(template: Option<&str>, error: Option<&Error>) {
    let outcome = error.map_or("ok".to_owned(), |error| kind(error.kind()));
    let template = template.unwrap_or("unknown").to_owned();
    METRICS.posters.get_or_create(&[("template", template.into()), ("outcome", outcome.into())]).inc();
}

/// Metrics of a family by the value of the label in which they differ. They are few, and each poster counts several times: looking one
/// up in the family, which hashes labels, takes longer than counting.
struct Known<M>(Mutex<Vec<(&'static str, M)>>);

impl<M: Clone> Known<M> {
    const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    fn get(&self, value: &'static str, find: impl FnOnce() -> M) -> M {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, metric)) = known.iter().find(|(known, _)| *known == value) {
            return metric.clone();
        }
        let metric = find();
        known.push((value, metric.clone()));
        metric
    }
}

/// Records the duration of a stage.
pub fn stage(name: &'static str, took: Duration) {
    static STAGES: Known<Histogram> = Known::new();
    let stage = STAGES.get(name, || METRICS.poster_stage.get_or_create_owned(&[("stage", name.into())]));
    stage.observe(took.as_secs_f64());
}

/// Records the bands of a poster.
pub fn bands(drawn: usize, known: usize) {
    static BANDS: Known<Counter> = Known::new();
    for (origin, bands) in [("drawn", drawn), ("cache", known)] {
        let counter = BANDS.get(origin, || METRICS.bands.get_or_create_owned(&[("origin", origin.into())]));
        counter.inc_by(bands as u64);
    }
}

/// The responses of a route. Keeps its metrics, because finding one by its labels costs more than many a response.
#[derive(Debug)]
pub struct Responses {
    route: &'static str,
    times: OnceLock<Histogram>,
    /// By method and status.
    counters: RwLock<Vec<(&'static str, u16, Counter)>>,
}

impl Responses {
    /// The responses of a path, which has the names of its parameters.
    pub fn new(route: &'static str) -> Self {
        Self { route, times: OnceLock::new(), counters: RwLock::default() }
    }

    /// Records a response.
    pub fn record(&self, method: &'static str, status: u16, took: Duration) {
        let times = || METRICS.http_request.get_or_create_owned(&[("route", self.route.into())]);
        self.times.get_or_init(times).observe(took.as_secs_f64());
        let known = self.counters.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((.., counter)) = known.iter().find(|(of, code, _)| (*of, *code) == (method, status)) {
            counter.inc();
            return;
        }
        drop(known);
        let labels = [("route", self.route.into()), ("method", method.into()), ("status", status.to_string().into())];
        let counter = METRICS.http_requests.get_or_create_owned(&labels);
        counter.inc();
        self.counters.write().unwrap_or_else(PoisonError::into_inner).push((method, status, counter));
    }
}

/// Records a picture: its origin, or the code of the error.
pub fn asset(outcome: &'static str) {
    static ASSETS: Known<Counter> = Known::new();
    ASSETS.get(outcome, || METRICS.assets.get_or_create_owned(&[("outcome", outcome.into())])).inc();
}

/// Records a code: its origin, or the code of the error.
pub fn code(outcome: &'static str) {
    static CODES: Known<Counter> = Known::new();
    CODES.get(outcome, || METRICS.codes.get_or_create_owned(&[("outcome", outcome.into())])).inc();
}

/// Result of a call of WeChat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallResult {
    /// A usable response.
    Ok,
    /// An errcode that the table lists.
    Errcode(i64),
    /// Another errcode.
    OtherErrcode,
    /// The code of the error.
    Failed(&'static str),
}

impl CallResult {
    /// An errcode. Those that the table does not list share one label.
    pub fn errcode(code: i64) -> Self {
        if errcode::TABLE.iter().any(|entry| entry.code == code) { Self::Errcode(code) } else { Self::OtherErrcode }
    }
}

/// Records a call of WeChat.
pub fn wechat_call(endpoint: &'static str, result: CallResult) {
    static SUCCEEDED: Known<Counter> = Known::new();
    let counter = |result: Cow<'static, str>| {
        METRICS.wechat_calls.get_or_create_owned(&[("endpoint", endpoint.into()), ("result", result)])
    };
    let counter = match result {
        CallResult::Ok => SUCCEEDED.get(endpoint, || counter("ok".into())),
        CallResult::Errcode(code) => counter(code.to_string().into()),
        CallResult::OtherErrcode => counter("other".into()),
        CallResult::Failed(code) => counter(code.into()),
    };
    counter.inc();
}

/// Sets how many calls a quota of an app still allows.
pub fn quota_remaining(app: &str, quota: &'static str, calls: u32) {
    let labels = [("app", app.to_owned().into()), ("quota", quota.into())];
    METRICS.wechat_quota_remaining.get_or_create(&labels).set(calls.into());
}

/// Sets the use of a cache.
pub fn cache(usage: &Usage) {
    let labels = [("cache", Cow::from(usage.name))];
    METRICS.cache_hits.get_or_create(&labels).set(saturate(usage.hits));
    METRICS.cache_misses.get_or_create(&labels).set(saturate(usage.misses));
    METRICS.cache.get_or_create(&labels).set(saturate(usage.bytes));
}

/// Sets the number of exports in a state.
pub fn exports(state: &'static str, number: i64) {
    METRICS.exports.get_or_create(&[("state", state.into())]).set(number);
}

/// Records the reload of an edited template.
pub fn template_reload(is_broken: bool) {
    let outcome = if is_broken { "broken" } else { "ok" };
    METRICS.template_reloads.get_or_create(&[("outcome", outcome.into())]).inc();
}

/// Sets the time since the start of the process.
pub fn uptime(since_start: Duration) {
    METRICS.process_uptime.set(since_start.as_secs_f64());
}

/// All metrics as OpenMetrics text.
pub fn text() -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = encode(&mut text, &METRICS.registry);
    text
}

/// Name of an error's kind, of which there are few: `NotFound` is `not_found`.
fn kind(kind: ErrorKind) -> String {
    let mut name = String::new();
    for c in format!("{kind:?}").chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

fn saturate(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
