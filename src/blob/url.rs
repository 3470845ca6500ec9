//! Buckets by URL: `s3://`, `oss://`, `cos://`.

use std::{collections::BTreeMap, time::Duration};

use opendal::{
    HttpTransporter, OperationContext, Operator,
    services::{Cos, Oss, S3},
};
use opendal_http_transport_reqwest::ReqwestTransport;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::retry;
use crate::net::transport;
use haibao_core::error::{Error, Kind, Result};

/// Longest time to connect.
const CONNECT: Duration = Duration::from_secs(3);
/// Longest time without a byte of an answer. A bucket answers when all of a file has arrived, so this bounds what a slow
/// line can send: a chunk of an export has some 11 MiB, and several are on their way at once.
const SILENCE: Duration = retry::WRITING;
/// Region of services that have none of their own, when neither the URL nor the environment names one.
const REGION: &str = "us-east-1";

/// Reads `s3://KEY:SECRET@BUCKET/PREFIX?endpoint=...&region=...`. Without keys in it they come from the environment, as
/// the service's own tools take them. Nobody is asked yet.
///
/// # Errors
/// `setting_invalid`; the URL is not repeated.
pub(super) fn storage(url: &SecretString) -> Result<(Operator, String)> {
    let parsed = Url::parse(url.expose_secret().trim()).map_err(|e| invalid(&format!("is no URL: {e}")))?;
    let bucket = parsed.host_str().filter(|host| !host.is_empty()).ok_or_else(|| invalid("names no bucket"))?;
    let prefix = decoded(parsed.path())?;
    let user = Some(decoded(parsed.username())?).filter(|user| !user.is_empty());
    let keys = match (user, parsed.password()) {
        (Some(id), Some(secret)) => Some((id, decoded(secret)?)),
        (None, None) => None,
        _ => return Err(invalid("has half a key: write KEY:SECRET@ before the bucket, or nothing")),
    };
    let mut parameters: BTreeMap<String, String> = parsed.query_pairs().into_owned().collect();
    let mut take = |name: &str| parameters.remove(name).filter(|value| !value.is_empty());
    let endpoint = take("endpoint");
    if let Some(endpoint) = &endpoint {
        let good = Url::parse(endpoint).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !good {
            return Err(invalid("has an endpoint that is no http(s) URL"));
        }
    }
    let needed = || endpoint.clone().ok_or_else(|| invalid("has no endpoint"));
    let storage = match parsed.scheme() {
        "s3" => {
            let mut builder = S3::default().root(&prefix).bucket(bucket);
            if let Some(endpoint) = &endpoint {
                builder = builder.endpoint(endpoint);
            }
            let region = take("region").or_else(|| std::env::var("AWS_REGION").ok()).unwrap_or(REGION.to_owned());
            builder = builder.region(&region);
            // A bucket as a part of the host's name, which AWS wants of new buckets and others may not know.
            if take("virtual_host").is_some_and(|on| on == "true") || endpoint.is_none() {
                builder = builder.enable_virtual_host_style();
            }
            if let Some((id, secret)) = &keys {
                builder = builder.access_key_id(id).secret_access_key(secret);
            }
            Operator::new(builder)
        }
        "oss" => {
            let mut builder = Oss::default().root(&prefix).bucket(bucket).endpoint(&needed()?);
            if let Some((id, secret)) = &keys {
                builder = builder.access_key_id(id).access_key_secret(secret);
            }
            Operator::new(builder)
        }
        "cos" => {
            let mut builder = Cos::default().root(&prefix).bucket(bucket).endpoint(&needed()?);
            if let Some((id, secret)) = &keys {
                builder = builder.secret_id(id).secret_key(secret);
            }
            Operator::new(builder)
        }
        _ => return Err(invalid("is of an unknown kind")),
    };
    if let Some(name) = parameters.keys().next() {
        return Err(invalid(&format!("has an unknown parameter {name:?}")));
    }
    // The library's error would quote the values.
    let storage = storage.map_err(|e| invalid(&format!("cannot be used: {}", e.kind())))?;
    let http = transport::client(|builder| builder.connect_timeout(CONNECT).read_timeout(SILENCE))?;
    let context = OperationContext::new().with_http_transport(HttpTransporter::new(ReqwestTransport::new(http)));
    let name = format!("{}://{bucket}{}", parsed.scheme(), parsed.path());
    Ok((storage.with_context(context), name.trim_end_matches('/').to_owned()))
}

fn decoded(text: &str) -> Result<String> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| invalid("has escapes that are no UTF-8"))?;
    Ok(decoded.into_owned())
}

fn invalid(why: &str) -> Error {
    Error::new(Kind::Invalid, "setting_invalid", format!("`blobs` {why}"))
        .hint(
            "leave it empty for a folder, or write s3://bucket/prefix?endpoint=https://...&region=..., oss://, cos://",
        )
        .pointer("/blobs")
}
