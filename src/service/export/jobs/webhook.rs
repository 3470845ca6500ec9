//! Signed webhooks at the end of an export, with retries.

use std::{fmt::Write, time::Duration};

use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use serde_json::json;
use sha2::Sha256;

use super::{ExportJobs, Task, WEBHOOK_TIMEOUT_MS};
use crate::store::exports::{Export, ExportState, now};
use haibao_core::error::Result;

/// Maximum number of attempts. The last one is about 35 minutes after the first.
const MAX_ATTEMPTS: i64 = 12;
/// Header with timestamp and signature.
const HEADER: &str = "x-haibao-signature";

/// Sends a webhook, unless this attempt has already been made.
pub(super) async fn run(exports: &ExportJobs, id: &str, attempt: i64) -> Result<()> {
    let Some(export) = exports.records.get(id).await? else { return Ok(()) };
    let (Some(url), Some("pending")) = (&export.webhook, export.webhook_state.as_deref()) else { return Ok(()) };
    // 1 s, 2 s, 4 s, ... The next attempt is scheduled before this one, in case the process dies now.
    let pause = Duration::from_secs(1 << attempt.clamp(0, MAX_ATTEMPTS));
    let due = now() + i64::try_from(pause.as_millis()).unwrap_or_default() + WEBHOOK_TIMEOUT_MS.cast_signed();
    if export.webhook_attempts != attempt || !exports.records.claim_webhook(id, attempt, due).await? {
        return Ok(());
    }
    let body = body(&export);
    let time = now() / 1000;
    let signed = signature(exports.config.webhook_secret.expose_secret(), time, &body);
    let headers = [("content-type", "application/json".to_owned()), (HEADER, format!("t={time},v1={signed}"))];
    match exports.hooks.post(url, &headers, body.into()).await {
        Ok(status) if (200..300).contains(&status) => {
            exports.records.webhook_ended(id, true).await?;
            return Ok(());
        }
        Ok(status) => tracing::warn!(export = id, attempt, status, "webhook was rejected"),
        // Do not log the message: webhook URLs often contain a secret in their path.
        Err(error) => tracing::warn!(export = id, attempt, code = error.code(), "failed to send a webhook"),
    }
    if attempt + 1 >= MAX_ATTEMPTS {
        exports.records.webhook_ended(id, false).await?;
        return Ok(());
    }
    exports.queue.push(Task::Webhook { id: id.to_owned(), attempt: attempt + 1 }, Some(pause)).await
}

fn body(export: &Export) -> String {
    let event = if export.state == ExportState::Done { "export.done" } else { "export.failed" };
    let path = format!("/v1/exports/{}", export.id);
    let download = (export.state == ExportState::Done).then(|| format!("{path}/download"));
    json!({
        "event": event, "id": export.id, "state": export.state, "template": export.template,
        "rows": export.total, "done": export.done, "failed": export.failed + export.bad, "reason": export.reason,
        "bytes": export.archive_bytes, "links": { "self": path, "download": download },
    })
    .to_string()
}

/// Signature of a webhook body: HMAC-SHA256 (RFC 2104) of `{time}.{body}` in hexadecimal.
///
/// `time` is in seconds since 1970-01-01 UTC. It lets receivers reject replayed requests.
pub fn signature(secret: &str, time: i64, body: &str) -> String {
    let mut digits = String::new();
    // HMAC accepts keys of any length.
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()) else { return digits };
    mac.update(format!("{time}.").as_bytes());
    mac.update(body.as_bytes());
    for byte in mac.finalize().into_bytes() {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::{super::Config, *};

    #[test]
    fn the_length_of_the_secret_is_bounded() {
        for (length, is_valid) in [(0, true), (1, false), (15, false), (16, true), (256, true), (257, false)] {
            let config = Config { webhook_secret: "s".repeat(length).into(), ..Config::default() };
            assert_eq!(config.check().is_ok(), is_valid, "{length}");
        }
        let secret = "hush".into();
        let error = Config { webhook_secret: secret, ..Config::default() }.check().expect_err("too short");
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("16 to 256 bytes") && !shown.contains("hush"), "{shown}");
        let [finding] = error.all_findings() else { panic!("{error:?}") };
        assert_eq!((finding.code, finding.pointer.as_deref()), ("setting_invalid", Some("/exports/webhook_secret")));
        assert!(finding.hint.as_deref().is_some_and(|hint| hint.contains("openssl")), "{finding:?}");
    }

    #[test]
    fn signature_matches_openssl() {
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac secret
        let expected = "49f24e537407743fa4a0242bb63b94b9a47ee99cbbe071ccd8a22550ae411686";
        assert_eq!(signature("secret", 1_700_000_000, "{\"a\":1}"), expected);
    }
}
