//! Previews of sheets: they have the deadline of other requests, and leave the threads of the network free.

use std::sync::mpsc;

use futures_util::FutureExt;

use super::*;
use crate::{
    net::lane::Work,
    service::pool::{Kind, Need},
};

/// A form with a sheet, as `curl -F` sends it.
fn preview(sheet: &str) -> Request<Body> {
    let body = format!(
        "--b\r\ncontent-disposition: form-data; name=options\r\n\r\n{{\"template\": \"my\"}}\r\n\
         --b\r\ncontent-disposition: form-data; name=file; filename=a.csv\r\n\r\n{sheet}\r\n--b--\r\n"
    );
    let request = Request::post("/v1/exports/preview")
        .header(header::HOST, "127.0.0.1")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b");
    request.body(Body::from(body)).expect("a request")
}

async fn json(response: Response) -> (StatusCode, Value) {
    let (status, body) = (response.status(), to_bytes(response.into_body(), 1 << 20).await.expect("a body"));
    (status, serde_json::from_slice(&body).expect("JSON"))
}

#[tokio::test]
async fn a_preview_has_the_deadline_of_other_requests() {
    let (app, _, _wechat, _folder) = app().await;
    let router = router(Arc::clone(&app), Config { timeout_ms: 300, ..Config::default() });
    // Sheets that take long occupy every thread for sheets until the response is there.
    let (mut gates, mut sheets) = (Vec::new(), Vec::new());
    for _ in 0..Work::Sheets.width() {
        let (release, wait) = mpsc::channel::<()>();
        let mut sheet = Box::pin(app.exports.sheets().run(move || wait.recv().is_ok()));
        assert!((&mut sheet).now_or_never().is_none());
        gates.push(release);
        sheets.push(sheet);
    }
    let response = tokio::time::timeout(Duration::from_secs(60), router.oneshot(preview("title\na\n"))).await;
    let response = response.expect("not the deadline of an upload").expect("infallible");
    assert!(response.headers().contains_key(header::RETRY_AFTER), "its turn did not come: it may come later");
    let (status, problem) = json(response).await;
    assert_eq!((status, &problem["code"]), (StatusCode::SERVICE_UNAVAILABLE, &"busy".into()), "{problem:#}");
    drop(gates);
}

/// The runtime has one thread: whatever occupies it delays `/healthz`.
#[tokio::test]
async fn columns_are_examined_in_the_pool_while_the_network_answers() {
    let (app, _, _wechat, _folder) = app().await;
    let router = router(Arc::clone(&app), Config::default());
    let mut gates = Vec::new();
    let mut jobs = Vec::new();
    for _ in 0..app.pool.workers() {
        let (release, wait) = mpsc::channel::<()>();
        let mut job = Box::pin(app.pool.run(Need::of(Kind::Other), move |_| Ok(wait.recv().is_ok())));
        assert!((&mut job).now_or_never().is_none());
        gates.push(release);
        jobs.push(job);
    }
    while app.pool.depth().running < app.pool.workers() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Its columns do not fit, so that nothing else has to be examined.
    let mut looking = Box::pin(router.clone().oneshot(preview("nothing,known\n1,2\n")));
    let waiting = async {
        while app.pool.depth().waiting == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        biased;
        _ = &mut looking => panic!("the columns were examined outside of the pool"),
        () = waiting => {}
    }
    let health = Request::get("/healthz").header(header::HOST, "127.0.0.1").body(Body::empty()).expect("a request");
    assert_eq!(router.oneshot(health).await.expect("infallible").status(), StatusCode::OK);
    assert!((&mut looking).now_or_never().is_none(), "every thread of the pool is busy");
    drop(gates);
    let (status, preview) = json(looking.await.expect("infallible")).await;
    assert_eq!(status, StatusCode::OK, "{preview:#}");
    assert!(preview["errors"].as_array().is_some_and(|errors| !errors.is_empty()), "{preview:#}");
}

#[tokio::test]
async fn a_preview_checks_no_more_rows_than_it_has_memory_for() {
    let (app, _, _wechat, _folder) = app().await;
    let router = router(app, Config::default());
    let names: Vec<String> = (0..30).map(|number| format!("spare {number}")).collect();
    // Rows of 1.5 MB, in columns that set nothing.
    let row = format!("a,{}\n", vec!["x".repeat(50_000); names.len()].join(","));
    let sheet = format!("title,{}\n{}", names.join(","), row.repeat(5));
    let (status, preview) = json(router.oneshot(preview(&sheet)).await.expect("infallible")).await;
    let seen = (status, &preview["rows"], &preview["checked"]);
    assert_eq!(seen, (StatusCode::OK, &5.into(), &2.into()), "{preview:#}");
}
