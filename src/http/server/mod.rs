//! HTTP/1.1 server: accepts connections within limits of number, size and time, and closes them so that the last response
//! reaches the client.

mod answer;
mod close;
mod half_closed;
mod length;
mod protocol;
mod reading;
mod relief;
mod stage;
mod stream;
mod table;

use std::{convert::Infallible, pin::Pin, sync::Arc, time::Duration};

use axum::{
    Router,
    http::{Request, Response},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{Instant, interval_at, sleep, timeout},
};

use self::{
    answer::{Answers, Tracked},
    relief::relieve,
    stage::{LAST_RESPONSES, Stage, Stages},
    stream::{Stream, Timeouts},
    table::{Registration, Table},
};
use super::Config;
use crate::service::App;

/// Maximum size of a request's line and headers, bytes.
const MAX_HEADER_BYTES: usize = 16 << 10;
/// Maximum number of headers of a request.
const MAX_HEADERS: usize = 100;
/// Read and write buffer of a connection, bytes: the largest headers, and few enough for the maximum number of connections.
const BUFFER_BYTES: usize = 32 << 10;
/// Time after a stop signal during which kept connections get a response that refuses their next request.
const REFUSING: Duration = Duration::from_secs(1);
/// Pause after a failed `accept`, for example without free file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `stop` resolves, then finishes the requests in progress and refuses new ones. When `over` resolves, those in
/// progress are refused, too, unless their response has begun; a second later every connection is closed. `app` is that of the router.
///
/// # Cancel safety
/// If the future is dropped, connections that are open end when the runtime does.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    app: &App,
    config: Config,
    stop: impl Future<Output = ()>,
    over: impl Future<Output = ()>,
) {
    let table = Arc::new(Table::new(config.max_connections));
    let (stage, stages) = Stages::new();
    let answers = Arc::new(Answers::new(router, Arc::clone(&table), stages.clone(), app.pool.holder()));
    let timeouts = Timeouts {
        header: Duration::from_millis(config.header_timeout_ms.max(1)),
        idle: Duration::from_millis(config.idle_timeout_ms.max(1)),
    };
    let mut stop = std::pin::pin!(stop);
    let mut relief = std::pin::pin!(relieve(&app.pool, &table));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
            // It does not end.
            () = &mut relief => continue,
        };
        match accepted {
            Ok((socket, _)) => {
                // Without a place, the connection is closed at once.
                if let Some(place) = table.admit() {
                    let _ = socket.set_nodelay(true);
                    tokio::spawn(connection(socket, place, timeouts, Arc::clone(&answers), stages.clone()));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                table.make_room();
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    stage.send_replace(Stage::Stopping);
    tokio::select! {
        () = table.emptied() => return,
        () = over => {}
        () = &mut relief => {}
    }
    stage.send_replace(Stage::Over);
    // Connections close by themselves. Twice the time, for those whose threads are busy.
    let _ = timeout(2 * LAST_RESPONSES, table.emptied()).await;
}

/// Serves one connection to its end.
async fn connection(socket: TcpStream, place: Registration, timeouts: Timeouts, answers: Arc<Answers>, stages: Stages) {
    let state = Arc::clone(place.state());
    let timeouts = if place.is_reserved() { Timeouts::short() } else { timeouts };
    let is_reserved = place.is_reserved();
    let stream = Stream::new(socket, Arc::clone(&state), timeouts);
    let service = {
        let state = Arc::clone(&state);
        service_fn(move |request: Request<Incoming>| {
            let (answers, state) = (Arc::clone(&answers), Arc::clone(&state));
            let answer = async move { Ok::<_, Infallible>(answers.answer(request, state, is_reserved).await) };
            Box::pin(answer) as Pin<Box<dyn Future<Output = Result<Response<Tracked>, Infallible>> + Send>>
        })
    };
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        // `Stream` has the timeouts: they differ for idle connections and for headers that have begun.
        .header_read_timeout(None)
        .max_headers(MAX_HEADERS)
        .max_header_size(MAX_HEADER_BYTES)
        .max_buf_size(BUFFER_BYTES)
        .keep_alive(!is_reserved);
    let mut served = builder.serve_connection(TokioIo::new(stream), service);
    let mut ended = std::pin::pin!(stages.ended());
    {
        let mut stopping = std::pin::pin!(stages.reached(Stage::Stopping));
        let mut stop_seen = false;
        let mut ticks = interval_at(Instant::now() + REFUSING, REFUSING);
        let mut idle_ticks = 0;
        loop {
            tokio::select! {
                _ = &mut served => break,
                () = state.evicted() => return,
                () = &mut ended => return state.shut_down(),
                () = &mut stopping, if !stop_seen => {
                    stop_seen = true;
                    ticks.reset();
                }
                _ = ticks.tick(), if stop_seen => {
                    Pin::new(&mut served).graceful_shutdown();
                    idle_ticks = if state.is_active() { 0 } else { idle_ticks + 1 };
                    if idle_ticks > 1 {
                        return;
                    }
                }
            }
        }
    }
    let stream = served.into_parts().io.into_inner();
    tokio::select! {
        () = close::close(stream, is_reserved) => {}
        () = state.evicted() => {}
        () = ended => {}
    }
}
