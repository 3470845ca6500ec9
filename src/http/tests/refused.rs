//! Large bodies that are refused: their thousands of values are not freed on the threads of the network.

use std::sync::mpsc;

use serde_json::json;
use tokio::{sync::oneshot, time::timeout};

use super::*;
use crate::net::discard::LANE;

#[tokio::test]
async fn values_of_refused_bodies_are_freed_on_another_thread() {
    let (app, _, _wechat, _folder) = app().await;
    let router = router(app, Config::default());
    let post = |body: &Value| {
        let request = Request::post("/v1/posters")
            .header(header::HOST, "127.0.0.1")
            .header(header::CONTENT_TYPE, "application/json");
        router.clone().oneshot(request.body(Body::from(body.to_string())).expect("a request"))
    };
    let values = vec![0; 5000];
    for (body, status) in [
        (json!({ "template": "none", "params": { "a": values } }), StatusCode::NOT_FOUND),
        (json!({ "template": 7, "params": { "a": values } }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "template": "my", "params": {}, "more": values }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "template": "my", "code": { "more": values } }), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let (release, wait) = mpsc::channel::<()>();
        let (started, running) = oneshot::channel();
        let busy = tokio::spawn(LANE.run(move || {
            let _ = started.send(());
            let _ = wait.recv();
        }));
        running.await.expect("its thread");
        let mut refused = Box::pin(post(&body));
        let early = timeout(Duration::from_millis(300), &mut refused).await;
        assert!(early.is_err(), "the values were freed while the thread for that was busy: {early:?}");
        drop(release);
        busy.await.expect("no panic").expect("done");
        assert_eq!(refused.await.expect("infallible").status(), status);
    }
}
