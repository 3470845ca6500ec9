//! JSON request bodies: objects are read field by field, so that one response reports every error.

use std::{any::Any, sync::Arc};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{media, problem::Problem};
use crate::{
    service::{
        App,
        pool::{Kind, Need, Pool},
    },
    words,
};
use haibao_core::{
    error::{Error, ErrorKind, Finding, Message, Result},
    json, number,
    template::suggest::nearest,
};

/// Maximum number of unknown fields reported per object. Bounds the response to a hostile body.
const MAX_UNKNOWN: usize = 50;

/// Maximum number of values in a body. Values take far more memory than their text.
const MAX_VALUES: usize = 100_000;

/// Size from which a body is parsed on the CPU pool, bytes. Parsing this much takes less than a millisecond.
const LARGE: usize = 64 << 10;
/// The same for bodies of at most [`FEW_VALUES`]: a photo as a `data:` URI is one long string.
const LARGE_STRINGS: usize = 512 << 10;
const FEW_VALUES: usize = 2048;

/// As [`json`], on the CPU pool if the body is large. `checked`: the result of [`check_headers`].
///
/// # Errors
/// As [`json`]; `busy` if the pool is overloaded.
async fn large_json(pool: &Pool, checked: Result<()>, body: Result<Bytes, BytesRejection>) -> Result<Value> {
    let is_fast = |bytes: &Bytes| bytes.len() <= LARGE || bytes.len() <= LARGE_STRINGS && values(bytes) <= FEW_VALUES;
    match &body {
        Ok(bytes) if !is_fast(bytes) => {
            // The memory is taken from the budget of bodies.
            pool.run(Need::of(Kind::Other), move |_| checked_json(checked, body)).await
        }
        _ => checked_json(checked, body),
    }
}

/// Parses a request body as JSON.
///
/// # Errors
/// `body_too_large` (413) for a long body or more than [`MAX_VALUES`] values, `content_encoding` and
/// `content_type` (415); as [`parse`].
pub fn json(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Value> {
    checked_json(check_headers(headers), body)
}

/// Checks that a body is JSON by its headers.
fn check_headers(headers: &HeaderMap) -> Result<()> {
    media::check_encoding(headers)?;
    let kind = media::content_type(headers);
    if kind == "application/json" || kind.starts_with("application/") && kind.ends_with("+json") {
        return Ok(());
    }
    let finding = match kind.as_str() {
        "" => words::content_type_missing(),
        kind => words::content_type(words::quote(kind)),
    };
    Err(Error::of(ErrorKind::Unsupported, finding))
}

fn checked_json(checked: Result<()>, body: Result<Bytes, BytesRejection>) -> Result<Value> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::of(ErrorKind::TooLarge, words::body_is_too_large()),
        _ => Error::of(ErrorKind::Malformed, words::body_unreadable()),
    })?;
    checked?;
    if body.trim_ascii().is_empty() {
        return Err(Error::of(ErrorKind::Malformed, words::body_empty()));
    }
    if body.len() > MAX_VALUES && values(&body) > MAX_VALUES {
        return Err(Error::of(ErrorKind::TooLarge, words::body_values(MAX_VALUES)));
    }
    parse(&body, words::the_body())
}

/// Parses JSON. `what` names the text in errors.
///
/// # Errors
/// `json_invalid` with line and column, or with the encoding if it is not UTF-8; `json_duplicate` if an object has a member
/// twice.
pub fn parse(text: &[u8], what: Message) -> Result<Value> {
    json::from_slice(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        if error.is_data() {
            let finding = words::json_duplicate(json::reason(&error), what, line, column);
            return Error::of(ErrorKind::Malformed, finding);
        }
        if let Some(encoding) = other_encoding(text) {
            return Error::of(ErrorKind::Malformed, words::json_encoding(what, encoding));
        }
        let finding = words::json_invalid(what, line, column, json::reason(&error));
        Error::of(ErrorKind::Malformed, finding.with_hint(json::full_width_hint(text, &error)))
    })
}

/// What shows that a text is not JSON in UTF-8. JSON starts with an ASCII character, and has no zero bytes.
fn other_encoding(text: &[u8]) -> Option<Message> {
    Some(match text {
        [0xef, 0xbb, 0xbf, ..] => words::starts_with_mark(),
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] | [_, 0, 0, 0, ..] | [0, 0, 0, ..] => {
            words::is_encoded("UTF-32")
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [_, 0, ..] | [0, ..] => words::is_encoded("UTF-16"),
        _ => words::invalid_byte(std::str::from_utf8(text).err()?.valid_up_to()),
    })
}

/// The JSON body of a request, see [`large_json`].
pub struct JsonBody(pub Value);

impl FromRequest<Arc<App>> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let checked = check_headers(request.headers());
        Ok(Self(large_json(&app.pool, checked, Bytes::from_request(request, app).await).await?))
    }
}

/// Upper bound of the number of values in a JSON text: separators and brackets outside of strings.
fn values(text: &[u8]) -> usize {
    let (mut count, mut at) = (1, 0);
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b',' | b'[' | b'{' => count += 1,
            b'"' => at = string_end(text, at),
            _ => {}
        }
    }
    count
}

/// Index after the string that starts at `at`, which is after its opening quote.
fn string_end(text: &[u8], mut at: usize) -> usize {
    // A photo as a `data:` URI is a string of megabytes.
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found + 1;
        if text[at - 1] == b'"' {
            return at;
        }
        // The escaped character.
        at += 1;
    }
    text.len()
}

/// Reads the fields of one JSON object and collects findings.
pub struct Members {
    pointer: String,
    remaining: Map<String, Value>,
    known: Vec<&'static str>,
    /// Known fields that have a value.
    given: Vec<&'static str>,
    findings: Vec<Finding>,
    /// What nested objects have left.
    unread: Vec<Value>,
}

impl Members {
    /// Starts reading the object at the JSON pointer `pointer` (empty for the body). Any other type is recorded as
    /// `field_type`.
    pub fn of(value: Value, pointer: &str) -> Self {
        let mut members = Self {
            pointer: pointer.to_owned(),
            remaining: Map::new(),
            known: Vec::new(),
            given: Vec::new(),
            findings: Vec::new(),
            unread: Vec::new(),
        };
        match value {
            Value::Object(object) => members.remaining = object,
            other => {
                members.findings.push(words::field_type(words::want_object(), kind(&other)).pointer(pointer));
            }
        }
        members
    }

    /// Removes and returns a field; `None` if it is absent or null.
    pub fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        let value = self.remaining.remove(name).filter(|value| !value.is_null());
        self.given.extend(value.is_some().then_some(name));
        value
    }

    /// Removes and deserialises a field. `expected` names the type in the `field_type` finding.
    pub fn read<T: DeserializeOwned + 'static>(&mut self, name: &'static str, expected: Message) -> Option<T> {
        let mut value = self.take(name)?;
        // To JSON Schema, 60.0 is an integer.
        if value.is_number() {
            number::normalize(&mut value);
        }
        let mut value = Some(value);
        // JSON as it is need not be taken apart.
        if let Some(value) = (&mut value as &mut dyn Any).downcast_mut::<Option<T>>() {
            return value.take();
        }
        let value = value?;
        let read: Result<T, Message> = if value.is_object() || value.is_array() {
            let got = kind(&value);
            serde_json::from_value(value).map_err(|_| got)
        } else {
            // Describing a scalar takes longer than copying it.
            T::deserialize(&value).map_err(|_| kind(&value))
        };
        read.map_err(|got| self.fault(name, words::field_type(expected, got))).ok()
    }

    /// Removes a field and converts it without copying, as [`Members::read`]. `convert` returns values of other types.
    pub fn convert<T>(
        &mut self,
        name: &'static str,
        expected: Message,
        convert: impl FnOnce(Value) -> Result<T, Value>,
    ) -> Option<T> {
        let read = convert(self.take(name)?);
        read.map_err(|value| self.fault(name, words::field_type(expected, kind(&value)))).ok()
    }

    /// Whether an error has been recorded at a field.
    pub fn has_fault(&self, name: &str) -> bool {
        self.findings.iter().any(|finding| {
            finding.pointer.as_deref().and_then(|at| at.strip_prefix(&self.pointer)?.strip_prefix('/')) == Some(name)
        })
    }

    /// Whether a field that was read had a value.
    pub fn has_given(&self, name: &str) -> bool {
        self.given.contains(&name)
    }

    /// Records an error at a field.
    pub fn fault(&mut self, name: &str, finding: Finding) {
        let pointer = format!("{}/{name}", self.pointer);
        self.findings.push(finding.pointer(pointer));
    }

    /// Records `field_missing`, unless the field or the object already has an error.
    pub fn missing(&mut self, name: &str) {
        let pointer = format!("{}/{name}", self.pointer);
        if !self
            .findings
            .iter()
            .any(|f| f.pointer.as_ref() == Some(&pointer) || f.pointer.as_ref() == Some(&self.pointer))
        {
            self.fault(name, words::field_missing(words::quote(name)));
        }
    }

    /// Records `field_missing` if a required field is absent.
    pub fn required(&mut self, name: &str, is_absent: bool) {
        if is_absent {
            self.missing(name);
        }
    }

    /// Reads a field that is an object. `None` if it is absent.
    pub fn object<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let value = self.take(name)?;
        let mut inner = Self::of(value, &format!("{}/{name}", self.pointer));
        let read = read(&mut inner);
        let (findings, unread) = inner.finish_with_rest();
        self.findings.extend(findings);
        self.unread.push(unread);
        Some(read)
    }

    /// Returns all findings. Fields that were not read are `field_unknown`, at most [`MAX_UNKNOWN`] of them.
    pub fn finish(self) -> Vec<Finding> {
        self.finish_with_rest().0
    }

    /// As [`Members::finish`], with the values that were not read.
    pub fn finish_with_rest(mut self) -> (Vec<Finding>, Value) {
        for name in self.remaining.keys().take(MAX_UNKNOWN) {
            let shown: String = name.chars().take(60).collect();
            let escaped = shown.replace('~', "~0").replace('/', "~1");
            let near = nearest(name, self.known.iter().copied()).map(words::did_you_mean);
            let finding = words::field_unknown(words::quote(&shown), self.known.join(", ")).with_hint(near);
            self.findings.push(finding.pointer(format!("{}/{escaped}", self.pointer)));
        }
        self.unread.push(Value::Object(self.remaining));
        (self.findings, Value::Array(self.unread))
    }
}

/// Type of a value for messages, followed by the value if it is short.
fn kind(value: &Value) -> Message {
    /// Longest value that is shown, characters.
    const MAX_SHOWN: usize = 60;
    let shown = || value.to_string();
    let is_short = || shown().chars().count() <= MAX_SHOWN;
    match value {
        Value::Null => words::got_null(),
        Value::Bool(value) => words::got_boolean(value),
        Value::Number(_) if is_short() => words::got_number(shown()),
        Value::Number(_) => words::got_long_number(),
        // Characters take up to four bytes each.
        Value::String(text) if text.len() <= 4 * MAX_SHOWN && is_short() => words::got_text(shown()),
        Value::String(_) => words::got_long_text(),
        Value::Array(_) => words::got_array(),
        Value::Object(_) => words::got_object(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header;
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn unknown_fields_are_reported_up_to_the_limit() {
        let body: Map<String, Value> = (0..10_000).map(|i| (format!("k{i}"), Value::Null)).collect();
        let findings = Members::of(Value::Object(body), "").finish();
        assert_eq!(findings.len(), MAX_UNKNOWN);
        assert!(findings.iter().all(|f| f.code == "field_unknown"), "{:?}", findings[0]);
    }

    #[test]
    fn values_are_counted_before_they_are_parsed() {
        assert!(
            (5..=6).contains(&values(br#"{"a": [1, "x,[{\"", {}]}"#)),
            "{}",
            values(br#"{"a": [1, "x,[{\"", {}]}"#)
        );
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, "application/json".parse().expect("a value"))]);
        let body = format!("[{}1]", "[],".repeat(MAX_VALUES));
        assert_eq!(json(&headers, Ok(body.into())).expect_err("too many").code(), "body_too_large");
        let photo = format!("[\"{}\"]", ",".repeat(2 * MAX_VALUES));
        assert!(json(&headers, Ok(photo.into())).is_ok());
    }

    #[tokio::test]
    async fn large_bodies_are_parsed_on_the_pool() {
        let pool =
            Pool::start(crate::service::pool::Config { workers: 1, ..Default::default() }, |_| ()).expect("a thread");
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, "application/json".parse().expect("a value"))]);
        let body = |bytes: usize| Ok(format!("[{}1]", "1,".repeat(bytes / 2)).into());
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let mut busy = Box::pin(pool.run(Need::of(Kind::Other), move |_| {
            let _ = wait.recv();
            Ok(())
        }));
        assert!((&mut busy).now_or_never().is_none());
        assert!(
            large_json(&pool, check_headers(&headers), body(LARGE - 4))
                .now_or_never()
                .is_some_and(|small| small.is_ok())
        );
        let mut large = Box::pin(large_json(&pool, check_headers(&headers), body(LARGE)));
        assert!((&mut large).now_or_never().is_none(), "the only thread of the pool is busy");
        drop(release);
        assert!(large.await.is_ok());
        let large = large_json(&pool, check_headers(&headers), Ok(vec![b' '; LARGE + 1].into())).await;
        assert_eq!(large.expect_err("an empty body").code(), "json_invalid");
    }

    #[test]
    fn an_empty_body_is_reported_as_empty() {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, "application/json".parse().expect("a value"))]);
        let error = json(&headers, Ok(Bytes::from_static(b" \n"))).expect_err("an empty body is not JSON");
        assert_eq!((error.code(), error.message()), ("json_invalid", "the body is empty"));
    }
}
