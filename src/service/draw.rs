//! Draws plans on the CPU pool, within its memory.

use std::sync::Arc;

use serde_json::Value;

use super::{
    App,
    pool::{CancelToken, Kind, Need},
};
use crate::words;
use haibao_core::{
    artwork::memory,
    error::{Error, ErrorKind, Result},
    paint::{
        context::{Observe, Stage},
        geometry::canvas_size,
    },
    plan::{Plan, ResolvedAssets},
    render::Renderer,
    template::ExpandedArtwork,
};

/// Approximate memory of a request that waits to be planned, besides its body and the buffers of its connection, bytes.
const REQUEST_BYTES: u64 = 28 << 10;

/// Approximate memory of a plan, bytes.
const PLAN_BYTES: u64 = 32 << 10;

/// Memory of fitted pictures and boxes that is not counted, bytes: most posters have less, and do not wait for memory.
const UNCOUNTED_BYTES: u64 = 12 << 20;

/// Memory of a poster's file while it is put together, bytes per pixel: its bands, and the file. A photo takes about one byte per
/// pixel, noise three.
const FILE_BYTES_PER_PIXEL: u64 = 3;

/// Size of the texts in parameters from which planning counts memory, bytes.
const LARGE_TEXTS: u64 = 1 << 20;

/// What planning a poster with these parameters occupies. They are counted twice as the body that they came in, which covers the
/// parameters and the checked copy of them; a picture as a `data:` URI is copied into the plan as well.
pub(super) fn planning(params: &Value) -> Need {
    let texts = text_bytes(params);
    let memory = if texts < LARGE_TEXTS { 0 } else { texts };
    Need { bytes: REQUEST_BYTES, memory, ..Need::of(Kind::Plan) }
}

/// Size of all texts in a value, bytes.
fn text_bytes(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64,
        Value::Array(values) => values.iter().map(text_bytes).sum(),
        Value::Object(values) => values.values().map(text_bytes).sum(),
        _ => 0,
    }
}

/// Runs `work`, which draws a plan with the renderer and passes `observe` on to it. Of the plans of a caller that need the same
/// artwork, one draws it and the others wait until it is cached: the pool would count its time and memory for each of them, and
/// refuse most of a flood after a start.
///
/// # Errors
/// As [`Pool::run`](super::pool::Pool::run).
pub(super) async fn draw<T: Send + 'static>(
    app: &App,
    plan: &Plan,
    assets: &ResolvedAssets,
    work: impl Fn(&Renderer, &CancelToken<'_>, Observe<'_>) -> Result<T> + Clone + Send + 'static,
) -> Result<T> {
    let mut missing = app.renderer.missing_artwork(plan);
    if missing.is_none() {
        if let Some(done) = draw_cached(app, plan, assets, work.clone()).await? {
            return Ok(done);
        }
        missing = app.renderer.missing_artwork(plan);
    }
    let Some(artwork) = missing else { return draw_all(app, plan, assets, work).await };
    let drawing = app.artworks.first(artwork).await;
    let drawn = draw_now(app, plan, assets, work).await;
    if let Some(drawing) = drawing {
        drawing.finish();
    }
    drawn
}

/// As [`draw`], without waiting for other plans.
async fn draw_now<T: Send + 'static>(
    app: &App,
    plan: &Plan,
    assets: &ResolvedAssets,
    work: impl Fn(&Renderer, &CancelToken<'_>, Observe<'_>) -> Result<T> + Clone + Send + 'static,
) -> Result<T> {
    if app.renderer.has_artwork(plan)
        && let Some(done) = draw_cached(app, plan, assets, work.clone()).await?
    {
        return Ok(done);
    }
    draw_all(app, plan, assets, work).await
}

/// Runs work that draws a plan whose artwork is cached, which is not counted then. `None` if the artwork has been evicted when the work's
/// turn comes: the work is stopped before it draws the artwork, and has to wait again, for the memory of that.
async fn draw_cached<T: Send + 'static>(
    app: &App,
    plan: &Plan,
    assets: &ResolvedAssets,
    work: impl Fn(&Renderer, &CancelToken<'_>, Observe<'_>) -> Result<T> + Send + 'static,
) -> Result<Option<T>> {
    draw_within(app, need(&app.renderer, plan, assets, true), true, work).await
}

/// Runs work that draws a plan within the memory that its artwork takes as well.
async fn draw_all<T: Send + 'static>(
    app: &App,
    plan: &Plan,
    assets: &ResolvedAssets,
    work: impl Fn(&Renderer, &CancelToken<'_>, Observe<'_>) -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = draw_within(app, need(&app.renderer, plan, assets, false), false, work).await?;
    done.ok_or_else(|| Error::internal("artwork that may be drawn was not"))
}

/// Runs work that draws a plan. `None` if it needs artwork that should be cached but is not.
async fn draw_within<T: Send + 'static>(
    app: &App,
    need: Need,
    is_cached: bool,
    work: impl Fn(&Renderer, &CancelToken<'_>, Observe<'_>) -> Result<T> + Send + 'static,
) -> Result<Option<T>> {
    let renderer = Arc::clone(&app.renderer);
    app.pool.run(need, move |token| observed(&renderer, token, is_cached, work)).await
}

/// Runs work that draws a plan on a thread of the pool, and stops it when its caller has gone. `None` if it needs artwork that should be
/// cached but is not.
pub(super) fn observed<T>(
    renderer: &Renderer,
    token: &CancelToken<'_>,
    is_cached: bool,
    work: impl FnOnce(&Renderer, &CancelToken<'_>, Observe<'_>) -> Result<T>,
) -> Result<Option<T>> {
    let mut is_evicted = false;
    let drawn = work(renderer, token, &mut |stage| {
        is_evicted |= is_cached && stage == Stage::Artwork;
        // The renderer stops.
        if is_evicted { Err(Error::of(ErrorKind::Busy, words::overloaded())) } else { token.check() }
    });
    if is_evicted { Ok(None) } else { drawn.map(Some) }
}

/// What drawing a plan occupies. The artwork is drawn first, unless it `is_cached`; then pictures are decoded one after another, so
/// the largest of them counts, and what they are fitted to is kept until the file is complete.
pub(super) fn need(renderer: &Renderer, plan: &Plan, assets: &ResolvedAssets, is_cached: bool) -> Need {
    let decoded = assets.pictures().map(|asset| renderer.picture_memory(asset)).max();
    let (width, height) = canvas_size(plan.canvas, plan.scale);
    let file = FILE_BYTES_PER_PIXEL * u64::from(width) * u64::from(height);
    let layers = renderer.layer_memory(plan);
    let counted = |bytes: u64| bytes.saturating_sub(UNCOUNTED_BYTES);
    let text = plan.artwork.as_ref().map_or(0, |svg| svg.len());
    // All plans of a template share artwork without parameters.
    let own = plan.artwork.as_ref().filter(|_| plan.template.artwork_varies()).map_or(0, ExpandedArtwork::bytes);
    let reading = if is_cached { 0 } else { memory::of_text(text) };
    let decoding = decoded.map_or(0, |decoded| decoded + counted(layers));
    Need {
        bytes: PLAN_BYTES + own,
        memory: (renderer.artwork_memory(plan, is_cached) + reading).max(decoding).max(counted(layers + file)),
        ..Need::of(Kind::Draw)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Mutex, time::Duration};

    use futures_util::FutureExt;
    use serde_json::json;

    use super::*;
    use crate::service::{ComposeRequest, compose, export::tests};
    use haibao_core::{code::CodeFields, encode::Format, plan};

    #[tokio::test(flavor = "multi_thread")]
    async fn artwork_that_was_evicted_is_drawn_within_its_memory() {
        let (app, spec, _wechat, _folder) = tests::app().await;
        let params = spec.template.samples()["usual"].clone();
        let request = plan::Request { params, code: CodeFields::default(), scale: 1.0 };
        let plan = plan::plan(Arc::clone(&spec.template), &request, app.renderer.fonts()).expect("a plan");
        let (own, assets) = (Arc::new(plan.clone()), ResolvedAssets::default());
        let render = move |renderer: &Renderer, _: &CancelToken<'_>, observe: Observe<'_>| -> Result<_> {
            // Its code is missing, which is found once the artwork is cached.
            Ok(renderer.render_observed(&own, &ResolvedAssets::default(), Format::Png, observe).is_ok())
        };
        draw(&app, &plan, &assets, render).await.expect("it ran");
        assert!(app.renderer.has_artwork(&plan) && !plan.template.artwork_varies());
        assert_eq!(need(&app.renderer, &plan, &assets, false).bytes, PLAN_BYTES, "its artwork is that of all plans");

        let calls = Arc::new(Mutex::new(Vec::new()));
        let (seen, running) = (Arc::clone(&calls), Arc::clone(&app));
        // As the renderer, if the artwork was evicted after this was queued.
        let evicted = move |_: &Renderer, _: &CancelToken<'_>, observe: Observe<'_>| -> Result<_> {
            let drawn = observe(Stage::Artwork);
            seen.lock().expect("no panic").push((drawn.is_ok(), running.pool.depth().memory_bytes));
            drawn
        };
        draw(&app, &plan, &assets, evicted).await.expect("drawn when it had its memory");
        let (calls, needed) = (calls.lock().expect("no panic"), app.renderer.artwork_memory(&plan, false));
        let is_right = matches!(calls[..], [(false, _), (true, memory)] if memory >= needed);
        assert!(is_right && needed > 0, "{calls:?}, {needed} bytes are needed");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn posters_of_a_flood_wait_for_the_one_that_draws_their_artwork() {
        let (app, spec, _wechat, _folder) = tests::app().await;
        let params = spec.template.samples()["usual"].clone();
        let request = plan::Request { params, code: CodeFields::default(), scale: 1.0 };
        let plan = Arc::new(plan::plan(Arc::clone(&spec.template), &request, app.renderer.fonts()).expect("a plan"));
        let known = Arc::new(Mutex::new(Vec::new()));
        let (own, seen) = (Arc::clone(&plan), Arc::clone(&known));
        let render = move |renderer: &Renderer, _: &CancelToken<'_>, observe: Observe<'_>| -> Result<_> {
            seen.lock().expect("no panic").push(renderer.has_artwork(&own));
            // Its code is missing, which is found once the artwork is cached.
            Ok(renderer.render_observed(&own, &ResolvedAssets::default(), Format::Png, observe).is_ok())
        };
        let assets = ResolvedAssets::default();
        let all = (0..8).map(|_| draw(&app, &plan, &assets, render.clone()));
        for drawn in futures_util::future::join_all(all).await {
            drawn.expect("it ran");
        }
        let known = known.lock().expect("no panic");
        let drawing = known.iter().filter(|is_cached| !**is_cached).count();
        assert_eq!((known.len(), drawing), (8, 1), "{known:?}: one finds the artwork missing, the others wait for it");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_poster_whose_pictures_and_code_are_in_memory_is_drawn_without_its_caller() {
        let (app, spec, _wechat, _folder) = tests::app().await;
        let request = || ComposeRequest::new("my", spec.template.samples()["usual"].clone());
        let first = compose(&app, request()).await.expect("a poster");
        let mut again = Box::pin(compose(&app, request()));
        assert!((&mut again).now_or_never().is_none(), "it is planned on the pool");
        while app.pool.depth().waiting + app.pool.depth().running > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let again = again.now_or_never().expect("its caller is asked for nothing").expect("a poster");
        assert_eq!((again.rendered.bytes, again.rendered.bands_drawn), (first.rendered.bytes, 0));
        assert!(again.origins.values().all(|origin| ["memory", "template"].contains(origin)), "{:?}", again.origins);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_poster_whose_artwork_is_evicted_before_its_turn_is_gathered_once() {
        let (app, spec, _wechat, _folder) = tests::app().await;
        let request = || ComposeRequest::new("my", spec.template.samples()["usual"].clone());
        let first = compose(&app, request()).await.expect("a poster");
        let lookups = || [app.codes.cache_usage(), app.fetcher.cache_usage()].map(|usage| (usage.hits, usage.misses));
        for is_evicted in [false, true] {
            let [(hits, misses), pictures] = lookups();
            // Drawing waits for it, but not planning.
            let posters = app.pool.hold(1 << 40);
            let mut again = Box::pin(compose(&app, request()));
            assert!((&mut again).now_or_never().is_none(), "it is planned on the pool");
            while app.pool.depth().waiting_bytes < PLAN_BYTES {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            if is_evicted {
                app.renderer.trim_caches(0);
            }
            assert_eq!(app.renderer.has_artwork(&first.plan), !is_evicted);
            drop(posters);
            let again = again.await.expect("a poster");
            assert_eq!(again.rendered.bytes, first.rendered.bytes);
            assert_eq!(again.rendered.bands_drawn > 0, is_evicted);
            assert_eq!(lookups(), [(hits + 1, misses), pictures], "its code was looked up once");
        }
    }

    #[test]
    fn photos_in_parameters_take_memory_when_they_are_planned() {
        let photo = "A".repeat(3 << 20);
        for (params, expected) in [
            (json!({ "title": "花瓶", "price": 12800 }), 0),
            (json!({ "product": &photo }), 3 << 20),
            (json!({ "photos": [&photo, { "src": &photo }], "title": "x" }), (6 << 20) + 1),
        ] {
            let keys: Vec<_> = params.as_object().expect("an object").keys().cloned().collect();
            assert_eq!(planning(&params).memory, expected, "{keys:?}");
        }
    }
}
