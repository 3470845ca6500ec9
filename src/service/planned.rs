//! From a request to its plan. A poster that fetches nothing is drawn in the same job of the pool; others begin first.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tracing::debug_span;

use super::{
    App,
    begun::Begun,
    call::Call,
    codes::CodeFrom,
    draw,
    drawing::{Drawing, Drawn, Output},
    gather::{Gathering, Memory},
    planning::{check_texts, marked_plan, planner},
    pool::{Step, Task},
    precheck::check_code,
    texts::Author,
};
use crate::net::discard::discard;
use haibao_core::{
    error::Result,
    plan::{self, Plan},
    template::Template,
};

/// A plan, and what else has been done for its poster.
pub(super) struct Planned {
    pub plan: Arc<Plan>,
    /// Time since the start of the request.
    pub took: Duration,
    /// Its pictures and code, if all were in memory.
    pub gathering: Option<Gathering>,
    /// The poster of these, unless its artwork was evicted before its turn.
    pub drawn: Option<Drawn>,
    /// Held until the poster is finished, if something is to be fetched for it.
    pub begun: Option<Begun>,
}

/// Plans a poster and checks its texts. It begins if something is to be fetched: a verdict on its texts, a picture or a code.
///
/// # Errors
/// Those of planning and of the check; `busy` if no poster may begin in time.
pub(super) async fn plan_checked(
    app: &App,
    template: Arc<Template>,
    mut request: plan::Request,
    author: Author,
    from: &CodeFrom,
) -> Result<(Arc<Plan>, Option<Begun>)> {
    let (call, mut begun) = (Call::current(), None);
    let marked = loop {
        let marked = marked_plan(app, &template, request).await?;
        let is_lacking = marked.needs_check(app, &author) || Memory::of(app).lacks(marked.plan(), from);
        if is_lacking && begun.is_none() {
            begun = app.begun.try_take(&call);
        }
        if begun.is_some() || !is_lacking {
            break marked;
        }
        // While it waits, it holds only its request.
        let (turn, own) = turn(app, marked.into_request()).await?;
        (begun, request) = (Some(turn), own);
    };
    let checked = check_texts(app, template, marked, author).await?;
    Ok((checked.plan, begun))
}

/// Result of planning a request.
enum Turn {
    /// Planned, and drawn if everything was in memory.
    Planned(Box<Planned>),
    /// The request again: something is to be fetched, and too many posters wait for that.
    Waits(Box<plan::Request>),
}

/// Plans a poster. If everything else is in memory, it is drawn in the next step of the same job. If too many posters wait for what they
/// fetch, it drops its plan, and is planned again when it may fetch.
///
/// # Errors
/// Those of planning and drawing; `busy` if no poster may begin in time.
pub(super) async fn plan_and_draw(
    app: &App,
    template: Arc<Template>,
    mut request: plan::Request,
    what: (&CodeFrom, Output, bool),
    start: Instant,
) -> Result<Planned> {
    let mut begun = None;
    loop {
        let waiting = match begin(app, Arc::clone(&template), request, what, (start, begun)).await? {
            Turn::Planned(planned) => return Ok(*planned),
            Turn::Waits(own) => *own,
        };
        let (turn, own) = turn(app, waiting).await?;
        (begun, request) = (Some(turn), own);
    }
}

/// Waits for the turn of a poster, with its request.
async fn turn(app: &App, request: plan::Request) -> Result<(Begun, plan::Request)> {
    match app.begun.take(&Call::current()).await {
        Ok(begun) => Ok((begun, request)),
        Err(error) => {
            discard(request.params).await;
            Err(error)
        }
    }
}

/// Plans a poster, and draws it if everything is in memory. One that has not `begun` begins if something is to be fetched.
async fn begin(
    app: &App,
    template: Arc<Template>,
    request: plan::Request,
    (from, output, is_link): (&CodeFrom, Output, bool),
    (start, begun): (Instant, Option<Begun>),
) -> Result<Turn> {
    let (need, plan) = planner(app, template, request);
    let (memory, renderer, from) = (Memory::of(app), Arc::clone(&app.renderer), from.clone());
    let (posters, call) = (app.begun.clone(), Call::current());
    let first: Task<Turn> = Box::new(move |_| {
        let (plan, request) = debug_span!("plan").in_scope(plan)?;
        let took = start.elapsed();
        let is_ready = renderer.has_artwork(&plan) && !(is_link && check_code(&plan).is_err());
        let Some(gathering) = is_ready.then(|| memory.gather(&plan, &from)).flatten() else {
            let is_lacking = memory.lacks(&plan, &from);
            let begun = begun.or_else(|| if is_lacking { posters.try_take(&call) } else { None });
            let turn = match begun.is_some() || !is_lacking {
                true => Turn::Planned(Box::new(Planned { plan, took, gathering: None, drawn: None, begun })),
                false => Turn::Waits(Box::new(request)),
            };
            return Ok(Step::Done(turn));
        };
        let drawing = Drawing::new(&plan, &gathering, output);
        let need = draw::need(&renderer, &plan, &gathering.assets, true);
        let second: Task<Turn> = Box::new(move |token| {
            let draw = || {
                draw::observed(&renderer, token, true, |renderer, token, observe| drawing.run(renderer, token, observe))
            };
            let drawn = debug_span!("draw").in_scope(draw).map_err(|error| plan.template.titled(error))?;
            let planned = Planned { plan, took, gathering: Some(gathering), drawn, begun };
            Ok(Step::Done(Turn::Planned(Box::new(planned))))
        });
        Ok(Step::Next(need, second))
    });
    app.pool.run_steps(need, first).await
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use tokio::time::timeout;

    use super::*;
    use crate::{
        service::{ComposeRequest, compose, export::tests},
        wechat::client::{Risky, TextCheck},
    };
    use haibao_core::template::scaffold;

    const OPENID: &str = "oAnna-----------------------";

    async fn in_time<T>(poster: impl Future<Output = T>) -> T {
        timeout(Duration::from_secs(60), poster).await.expect("it does not wait")
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn only_posters_whose_texts_are_sent_to_wechat_wait_to_begin() {
        let (app, spec, wechat, folder) = tests::app_with(|settings| {
            let check = Some(TextCheck { risky: Risky::Refuse, scene: 2 });
            settings.apps.values_mut().for_each(|app| app.text_check = check);
        })
        .await;
        for (path, bytes) in scaffold("checked").expect("a name") {
            let path = folder.path().join("templates/checked").join(path);
            std::fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
            let text = String::from_utf8_lossy(&bytes);
            let marked = text.replace(r#""maxLength": 80,"#, r#""maxLength": 80, "x-check": true,"#);
            std::fs::write(path, marked.as_bytes()).expect("a file");
        }
        let call = Call::new("me", Duration::from_secs(600));
        let poster = |title: &str, openid: Option<&str>| {
            let mut params = spec.template.samples()["usual"].clone();
            params["title"] = Value::from(title);
            let author = Author::User(openid.map(str::to_owned));
            let request = ComposeRequest { author, ..ComposeRequest::new("checked", params) };
            let app = Arc::clone(&app);
            call.clone().scope(async move { compose(&app, request).await.map(drop) })
        };
        poster("known", Some(OPENID)).await.expect("a poster, whose code is in memory from now on");
        assert_eq!(wechat.counters().text_calls, 1);

        let _others: Vec<Begun> = std::iter::from_fn(|| app.begun.try_take(&call)).collect();
        in_time(poster("known", Some(OPENID))).await.expect("a poster");
        let refused = in_time(poster("new", None)).await.expect_err("no openid");
        assert_eq!(refused.code(), "openid_missing");
        let new = timeout(Duration::from_millis(300), poster("new", Some(OPENID))).await;
        assert!(new.is_err(), "it begins: {new:?}");
        assert_eq!(wechat.counters().text_calls, 1);
    }
}
