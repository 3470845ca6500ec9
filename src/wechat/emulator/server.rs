//! HTTP server: WeChat's endpoints, the emulator's own under `/_emulator/`, and faults of the transport.

use std::{
    convert::Infallible,
    io,
    num::NonZero,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::available_parallelism,
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State as Shared},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use url::form_urlencoded;

use super::{
    endpoint::Endpoint,
    errcode::{Errcode, JSON},
    faults::{Fault, HUGE_BYTES, Injection},
    state::{ApiRequest, Drawing, State},
    wire::Reset,
};
use haibao_core::sample::{picture, square, stamp::stamped};

/// Maximum size of a request body, in bytes. The longest valid one has a text of 2500 characters.
const MAX_BODY_BYTES: usize = 64 << 10;
/// `Content-Type` of all pictures, including PNGs, as WeChat sends it.
const IMAGE: &str = "image/jpeg";

/// State shared by all connections.
#[derive(Clone)]
pub(super) struct Server {
    state: Arc<Mutex<State>>,
    /// Places for pictures that are being drawn.
    places: Arc<Semaphore>,
}

/// A response with status 200, before faults of the transport are applied.
struct Reply {
    content_type: &'static str,
    bytes: Bytes,
    errcode: Option<Errcode>,
    /// `Num-Used`.
    used: Option<u32>,
}

impl Server {
    pub(super) fn new(state: State) -> Self {
        let places = available_parallelism().map_or(1, NonZero::get);
        Self { state: Arc::new(Mutex::new(state)), places: Arc::new(Semaphore::new(places)) }
    }

    /// Locks the state. The guard must not be held across an `await`.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn router(&self) -> Router {
        Router::new().fallback(handle).with_state(self.clone())
    }

    fn error(&self, errcode: Errcode, serial: usize) -> Reply {
        let seconds = self.state().options.clock.now().as_secs();
        let bytes = errcode.body(seconds, serial as u64).into();
        Reply { content_type: errcode.content_type(), bytes, errcode: Some(errcode), used: None }
    }

    /// The response according to WeChat's rules.
    async fn answer(&self, call: &ApiRequest<'_>, fault: Option<Fault>, serial: usize) -> Result<Reply, Errcode> {
        if fault == Some(Fault::Busy) {
            return Err(Errcode::Busy);
        }
        if call.endpoint.is_token() {
            let (token, life) = self.state().token(call)?;
            let bytes = json!({ "access_token": token, "expires_in": life }).to_string().into();
            return Ok(Reply { content_type: JSON, bytes, errcode: None, used: None });
        }
        if call.endpoint == Endpoint::TextCheck {
            let (suggest, label) = self.state().text(call, fault)?;
            let rating = json!({ "suggest": suggest, "label": label });
            let detail =
                json!([{ "strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90 }]);
            let trace = format!("{serial:08x}-{label:08x}");
            let body = json!({ "errcode": 0, "errmsg": "ok", "result": rating, "detail": detail, "trace_id": trace });
            return Ok(Reply { content_type: JSON, bytes: body.to_string().into(), errcode: None, used: None });
        }
        let drawing = self.state().code(call, fault)?;
        let used = if let Drawing::Round { used, .. } = &drawing { *used } else { None };
        // Drawing takes tens of milliseconds at the maximum width and must not block other calls. The first call is drawn first: if all
        // were drawn at once, none would be finished before all are. A call whose client has gone away loses its turn.
        let place = Arc::clone(&self.places).acquire_owned().await;
        let drawn = tokio::task::spawn_blocking(move || {
            let _place = place;
            match drawing {
                Drawing::Round { payload, style, .. } => picture::draw(&payload, &style),
                Drawing::Square { content, width } => square::draw(&content, width),
            }
        });
        let bytes = drawn.await.map_err(io::Error::other).flatten().map_err(|_| Errcode::Busy)?;
        self.state().drew();
        Ok(Reply { content_type: IMAGE, bytes: stamped(bytes, serial as u64).into(), errcode: None, used })
    }
}

async fn handle(Shared(server): Shared<Server>, ConnectInfo(reset): ConnectInfo<Reset>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY_BYTES).await;
    if let Some(control) = head.uri.path().strip_prefix("/_emulator/") {
        return self::control(&server, &head.method, control, &body.unwrap_or_default());
    }
    let Some(endpoint) = Endpoint::at(head.uri.path()) else {
        return respond(server.error(Errcode::NoSuchUrl, 0));
    };
    let query: Vec<_> = form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let call = ApiRequest {
        endpoint,
        is_get: head.method == Method::GET,
        is_post: head.method == Method::POST,
        query: &query,
        // A body over the limit is handled as invalid JSON.
        body: body.as_deref().unwrap_or(b"too long"),
    };
    let (number, fault) = server.state().begin(&call);
    let end = |status: u16, errcode: Option<i32>| server.state().end(number, Some(status), errcode);
    match fault {
        Some(Fault::Reset) => {
            reset.now();
            server.state().end(number, None, None);
            return StatusCode::OK.into_response();
        }
        Some(Fault::BadGateway) => {
            end(502, None);
            return (StatusCode::BAD_GATEWAY, [(header::CONTENT_TYPE, "text/html")], BAD_GATEWAY).into_response();
        }
        Some(Fault::EmptyBody) => {
            end(200, None);
            return labelled(IMAGE, Body::empty(), 0);
        }
        Some(Fault::HugeBody) => {
            end(200, None);
            return labelled(IMAGE, huge(), HUGE_BYTES);
        }
        Some(Fault::Delay { ms }) => tokio::time::sleep(Duration::from_millis(ms)).await,
        _ => {}
    }
    let reply = server.answer(&call, fault, number).await.unwrap_or_else(|errcode| server.error(errcode, number));
    let reply = match fault {
        Some(Fault::ErrorAsImage) => Reply { content_type: IMAGE, ..server.error(Errcode::Busy, number) },
        Some(Fault::ImageAsJson) => Reply { content_type: JSON, ..reply },
        Some(Fault::Truncated) => Reply { bytes: reply.bytes.slice(..reply.bytes.len() / 2), ..reply },
        _ => reply,
    };
    end(200, reply.errcode.map(Errcode::number));
    match fault {
        Some(Fault::Stall) => labelled(reply.content_type, stalled(&reply.bytes), reply.bytes.len()),
        Some(Fault::SlowDrip { bytes, every_ms }) => {
            let len = reply.bytes.len();
            labelled(reply.content_type, dripping(reply.bytes, bytes, Duration::from_millis(every_ms)), len)
        }
        _ => respond(reply),
    }
}

fn respond(reply: Reply) -> Response {
    let mut response = labelled(reply.content_type, Body::from(reply.bytes.clone()), reply.bytes.len());
    if let Some(used) = reply.used {
        response.headers_mut().insert("Num-Used", HeaderValue::from(used));
    }
    response
}

fn labelled(content_type: &'static str, body: Body, len: usize) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type)), (header::CONTENT_LENGTH, len.into())], body)
        .into_response()
}

const BAD_GATEWAY: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad \
                           Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

/// A body that repeats one static block, so it needs no further memory.
fn huge() -> Body {
    const BLOCK: usize = 64 << 10;
    static ZEROS: [u8; BLOCK] = [0; BLOCK];
    static START: [u8; 4] = [0xff, 0xd8, 0xff, 0xe0];
    let rest = std::iter::repeat_n(Bytes::from_static(&ZEROS), HUGE_BYTES / BLOCK - 1);
    let blocks = [Bytes::from_static(&START), Bytes::from_static(&ZEROS[START.len()..])].into_iter().chain(rest);
    Body::from_stream(stream::iter(blocks.map(Ok::<_, Infallible>)))
}

/// A body that sends half of the bytes and then never ends.
fn stalled(bytes: &Bytes) -> Body {
    let half = stream::iter([Ok::<_, Infallible>(bytes.slice(..bytes.len() / 2))]);
    Body::from_stream(stream::StreamExt::chain(half, stream::pending()))
}

/// A body that sends `at_once` bytes per interval.
fn dripping(bytes: Bytes, at_once: usize, every: Duration) -> Body {
    Body::from_stream(stream::unfold(bytes, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(every).await;
        let piece = rest.split_to(at_once.clamp(1, rest.len()));
        Some((Ok::<_, Infallible>(piece), rest))
    }))
}

/// The emulator's own endpoints, with regular HTTP statuses and JSON.
fn control(server: &Server, method: &Method, path: &str, body: &[u8]) -> Response {
    let json = |status: StatusCode, value: Value| {
        (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
    };
    let mut state = server.state();
    match (method.as_str(), path) {
        ("GET", "counters") => json(StatusCode::OK, json!(state.counters())),
        ("GET", "log") => json(StatusCode::OK, json!(state.log.calls())),
        ("GET", "faults") => json(StatusCode::OK, json!(state.faults.waiting())),
        ("DELETE", "faults") => {
            state.faults.clear();
            StatusCode::NO_CONTENT.into_response()
        }
        ("POST", "faults") => match injections(body) {
            Ok(injections) => {
                injections.into_iter().for_each(|injection| state.faults.add(injection));
                json(StatusCode::OK, json!(state.faults.waiting()))
            }
            Err(error) => json(StatusCode::BAD_REQUEST, json!({ "error": error })),
        },
        _ => json(
            StatusCode::NOT_FOUND,
            json!({ "error": "unknown endpoint; use GET counters, GET log, or GET, POST or DELETE faults" }),
        ),
    }
}

/// Parses one fault or a list of faults.
fn injections(body: &[u8]) -> Result<Vec<Injection>, String> {
    match serde_json::from_slice(body).map_err(|error| error.to_string())? {
        Value::Array(all) => all.iter().map(Injection::from_json).collect(),
        one => Injection::from_json(&one).map(|one| vec![one]),
    }
}
