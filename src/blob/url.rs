//! Bucket URLs: `s3://`, `oss://`, `cos://`.

use std::{collections::BTreeMap, time::Duration};

use opendal::{
    HttpTransporter, OperationContext, Operator,
    services::{Cos, Oss, S3},
};
use opendal_http_transport_reqwest::ReqwestTransport;
use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

use super::retry;
use crate::{causes, net::transport, server_url::BLOBS, words};
use haibao_core::error::{Error, Result};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Read timeout: longest time without a response byte. A bucket responds only when the whole request body has arrived,
/// so this also bounds uploads on slow links: an export chunk is about 11 MiB, and several are uploaded concurrently.
const READ_TIMEOUT: Duration = retry::WRITE_TIMEOUT;
/// Default S3 region, when neither the URL nor `AWS_REGION` sets one.
const DEFAULT_REGION: &str = "us-east-1";

/// Parses `s3://KEY:SECRET@BUCKET/PREFIX?endpoint=...&region=...` and returns the storage with its display name.
/// Without access keys in the URL, they come from the environment, as for the service's own tools. Sends no request.
///
/// # Errors
/// `setting_invalid`. The message does not contain the URL, which may hold a secret.
pub(super) fn storage(url: &SecretString) -> Result<(Operator, String)> {
    let parsed = BLOBS.parse(url)?;
    let bucket = parsed.host_str().filter(|host| !host.is_empty()).ok_or_else(|| BLOBS.invalid(words::no_bucket()))?;
    let prefix = decoded(parsed.path())?;
    let user = Some(decoded(parsed.username())?).filter(|user| !user.is_empty());
    let keys = match (user, parsed.password()) {
        (Some(id), Some(secret)) => Some((id, decoded(secret)?)),
        (None, None) => None,
        _ => {
            return Err(BLOBS.invalid(words::incomplete_key()));
        }
    };
    let mut parameters: BTreeMap<String, String> = parsed.query_pairs().into_owned().collect();
    let mut take = |name: &str| parameters.remove(name).filter(|value| !value.is_empty());
    let endpoint = take("endpoint");
    if let Some(endpoint) = &endpoint {
        let good = Url::parse(endpoint).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !good {
            return Err(BLOBS.invalid(words::endpoint_not_url()));
        }
    }
    let needed = || endpoint.clone().ok_or_else(|| BLOBS.invalid(words::no_endpoint()));
    let storage = match parsed.scheme() {
        "s3" => {
            let mut builder = S3::default().root(&prefix).bucket(bucket);
            if let Some(endpoint) = &endpoint {
                builder = builder.endpoint(endpoint);
            }
            let region =
                take("region").or_else(|| std::env::var("AWS_REGION").ok()).unwrap_or(DEFAULT_REGION.to_owned());
            builder = builder.region(&region);
            // Virtual-host style: the bucket is part of the host name. AWS requires it; other services may not support
            // it.
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
        scheme => return Err(Error::internal(format!("no storage for the scheme {scheme}"))),
    };
    if let Some(name) = parameters.keys().next() {
        return Err(BLOBS.invalid(words::unknown_parameter(format!("{name:?}"))));
    }
    // opendal's own error would quote the values.
    let storage = storage.map_err(|e| BLOBS.invalid(words::cannot_be_used(causes::storage_kind(e.kind()))))?;
    let http = transport::client(|builder| builder.connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT))?;
    let context = OperationContext::new().with_http_transport(HttpTransporter::new(ReqwestTransport::new(http)));
    let name = format!("{}://{bucket}{}", parsed.scheme(), parsed.path());
    Ok((storage.with_context(context), name.trim_end_matches('/').to_owned()))
}

fn decoded(text: &str) -> Result<String> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| BLOBS.invalid(words::escapes_not_utf8()))?;
    Ok(decoded.into_owned())
}
