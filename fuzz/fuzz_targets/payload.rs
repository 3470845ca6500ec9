//! Signed links: `open(sign(x))` is the canonical x, equal requests have equal links, and no changed link is accepted.
#![no_main]

use std::{sync::LazyLock, time::Duration};

use haibao::service::signing::{Config, MAX_PAYLOAD, Signer};
use haibao_fuzz::{Random, error_code, mutate, reversed, signed};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use secrecy::SecretString;
use serde_json::{Map, Value};

const NOW: u64 = 1_700_000_000;
const EXPIRES_IN: u64 = 86_400;
/// Members of a request that a link has.
const MEMBERS: [&str; 5] = ["template", "params", "code", "scale", "strict"];

static SIGNER: LazyLock<Signer> = LazyLock::new(|| {
    let keys = ["new:00000000000000000000000000000001", "old:00000000000000000000000000000002"];
    let keys = keys.into_iter().map(SecretString::from).collect();
    Signer::new(&Config { keys, per_minute: u32::MAX, ..Config::default() }).expect("valid keys")
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| { mutate(data, size, max_size, seed, 0) });

/// The request that a link carries, as the service reads it: equal for equal links.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), canonical(value))).collect(),
        Value::Array(all) => all.iter().map(canonical).collect(),
        Value::Number(number) => match number.as_f64() {
            Some(value) if number.is_f64() && value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 => {
                (value as i64).into()
            }
            _ => number.clone().into(),
        },
        other => other.clone(),
    }
}

fn sign(request: &Map<String, Value>) {
    let link = match SIGNER.sign(request, NOW, EXPIRES_IN) {
        Ok(link) => link,
        Err(error) => return assert_eq!(error_code(&error), "payload_too_long"),
    };
    assert!(link.payload.len() <= MAX_PAYLOAD && link.expires_at >= NOW + EXPIRES_IN);
    let opened = SIGNER.open(&link.payload, &link.signature, NOW).expect("a link of its own");
    assert_eq!(opened.expires_at, link.expires_at);
    assert!(
        SIGNER.max_age(opened.expires_at, Duration::from_secs(NOW)).is_some_and(|age| age <= link.expires_at - NOW)
    );
    for (name, value) in &opened.request {
        assert!(MEMBERS.contains(&name.as_str()));
        if name != "code" {
            assert_eq!(*value, canonical(&request[name]), "{name}");
        }
    }
    assert_eq!(SIGNER.sign(&opened.request, NOW, EXPIRES_IN).expect("no longer"), link, "canonical");
    let Value::Object(other) = reversed(&Value::Object(request.clone())) else { unreachable!("an object") };
    assert_eq!(SIGNER.sign(&other, NOW, EXPIRES_IN).expect("no longer"), link, "equal requests have equal links");

    let late = SIGNER.open(&link.payload, &link.signature, link.expires_at).expect_err("expired");
    assert_eq!(late.code(), "signature_expired");
    let mut random = Random::new(crc32fast::hash(link.payload.as_bytes()));
    for part in [&link.payload, &link.signature] {
        let at = random.below(part.len());
        let letter = if part.as_bytes()[at] == b'A' { "B" } else { "A" };
        let changed = format!("{}{letter}{}", &part[..at], &part[at + 1..]);
        let is_payload = std::ptr::eq(part, &link.payload);
        let (payload, signature) = if is_payload { (&changed, &link.signature) } else { (&link.payload, &changed) };
        let error = SIGNER.open(payload, signature, NOW).expect_err("changed");
        assert_eq!(error_code(&error), "signature_wrong", "{changed}");
    }
}

// A poster's request as JSON, or a payload and a signature separated by a line feed.
fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(Value::Object(request)) = serde_json::from_str(text) {
        sign(&request);
    }
    let (payload, signature) = text.split_once('\n').unwrap_or((text, ""));
    let error = SIGNER.open(payload, signature, NOW).expect_err("the secret is unknown");
    assert!(["signature_wrong", "payload_too_long"].contains(&error_code(&error)));
    // A text that another implementation signed with the key.
    let signed = signed(payload, "00000000000000000000000000000002");
    match SIGNER.open(payload, &format!("old.{signed}"), NOW) {
        Ok(opened) => {
            if let Ok(link) = SIGNER.sign(&opened.request, NOW, EXPIRES_IN) {
                let again = SIGNER.open(&link.payload, &link.signature, NOW).expect("a link of its own");
                for (name, value) in &again.request {
                    assert!(name == "code" || *value == canonical(&opened.request[name]), "{name}");
                }
            }
        }
        Err(error) => {
            let code = error_code(&error);
            assert!(["payload_invalid", "payload_too_long", "signature_expired"].contains(&code), "{error}");
        }
    }
});
