//! Checks of posters before anything is fetched, such as those of a signed link before it is created: what its poster would be
//! refused for, as far as that is known without a call to WeChat or to a foreign host.

use std::{sync::Arc, time::Duration};

use super::{
    App,
    codes::is_limited,
    failures::Failures,
    gather::{fetcher, picture},
    pool::{Kind, Need},
};
use crate::{export::rows::SourceCheck, fetch, words};
use haibao_core::{
    asset::AssetSource,
    error::{Error, ErrorKind, Finding, Result},
    paint::picture::{Picture, decoded_bytes},
    plan::Plan,
};

/// Refuses the codes that a link cannot show: anyone with the link can open it, and each limited or square code counts
/// towards the app's 100 000.
///
/// # Errors
/// `code_limited`.
pub(super) fn check_code(plan: &Plan) -> Result<()> {
    match &plan.code {
        Some(need) if is_limited(need) => Err(Error::of(ErrorKind::Invalid, words::code_limited()).pointer("/code")),
        _ => Ok(()),
    }
}

/// Checks sources of pictures without fetching them: addresses by the rules, and that `data:` URIs are pictures.
pub(super) fn source_check(app: &App) -> SourceCheck {
    let (fetcher, max_bytes) = (app.fetcher.clone(), app.max_asset_bytes);
    SourceCheck(Arc::new(move |source: &AssetSource| match source {
        AssetSource::Url(url) => fetcher.check(url).map(drop),
        AssetSource::Data(uri) => {
            let asset = fetch::data_uri(uri, max_bytes)?;
            if decoded_bytes(&asset.bytes) > 0 {
                return Ok(());
            }
            Err(Error::of(ErrorKind::Invalid, words::data_not_picture()))
        }
        AssetSource::File(_) | AssetSource::Upload(_) => Ok(()),
    }))
}

/// Checks that a link to a poster can be opened: its code, and the pictures without which there is no poster.
///
/// # Errors
/// `code_limited`; errors of drawing the poster that are known already, such as `app_unknown`, `asset_refused` and
/// `asset_unknown`, in one error.
pub async fn check_link(app: &App, plan: &Arc<Plan>) -> Result<()> {
    check_code(plan)?;
    let mut failed = Failures::default();
    let mut seen: Vec<&AssetSource> = Vec::new();
    let required: Vec<_> = plan.required_sources().collect();
    for (source, pointer) in required {
        if seen.contains(&source) {
            continue;
        }
        seen.push(source);
        if let Err(error) = check_source(app, plan, source).await {
            failed.add(&error, pointer);
        }
    }
    if let Some(Err(error)) = plan.code.as_ref().map(|need| app.codes.check(need)) {
        failed.add_code(&error);
    }
    failed.into_result().map_err(|error| plan.template.titled(error))
}

/// Warnings about a link that lives for a time: uploaded pictures that are removed before it expires.
pub async fn link_findings(app: &App, plan: &Plan, life: Duration) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for need in plan.layers.iter().flat_map(|layer| layer.kind.needs()) {
        let AssetSource::Upload(hash) = need.source else { continue };
        // A missing one is an error, or omitted.
        if found.iter().all(|known| known.pointer.as_deref() != Some(need.pointer))
            && let Ok(picture) = app.uploads.find_picture(hash).await
            && picture.remaining < life
        {
            found.push(words::upload_expires(picture.remaining.as_secs()).pointer(need.pointer));
        }
    }
    found
}

/// Checks a picture: a URL by the rules, a stored one by its header, and a `data:` URI, which is small in a link, by decoding
/// it.
async fn check_source(app: &App, plan: &Arc<Plan>, source: &AssetSource) -> Result<()> {
    if let AssetSource::Url(url) = source {
        return app.fetcher.check(url).map(drop);
    }
    let asset = picture(app, &fetcher(app), plan, source, None).await?.asset;
    let memory = decoded_bytes(&asset.bytes);
    if memory > 0 && !matches!(source, AssetSource::Data(_)) {
        return Ok(());
    }
    // Without memory, it is rejected by its header.
    let need = Need { memory, ..Need::of(Kind::Other) };
    app.pool.run(need, move |_| Picture::decode(&asset.bytes).map(drop)).await
}
