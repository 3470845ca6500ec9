//! `POST /v1/exports`: streams the sheet to a temporary file, then to the blob store.

use std::{
    fs::File,
    io::{Read, Seek, Write},
    sync::Arc,
};

use axum::{
    Json,
    extract::{
        Multipart, Request, State,
        multipart::{Field, MultipartError},
    },
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use super::{
    super::{body, deadline, large, media, problem::Problem},
    form::{self, FormMeter},
    options,
    view::{self, Export},
};
use crate::{
    causes,
    export::file_name::visible,
    language::Language,
    service::{
        App, ComposeRequest,
        call::Call,
        export::{
            SheetSource,
            jobs::{ExportOptions, PICTURES, UploadPlace, path},
            pictures::PictureFiles,
            preview::preview,
        },
        pool::{Kind, Need},
    },
    words,
};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// Maximum size of the options, bytes.
const MAX_OPTIONS: usize = 64 << 10;
/// Maximum length of a sheet's name, characters. Longer names are truncated.
const MAX_NAME: usize = 200;

/// Starts an export of the uploaded sheet; responds 202 with its `Location`.
pub(super) async fn create(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    media::check_encoding(request.headers())?;
    let meter = FormMeter::default();
    let request = request.map(|body| meter.bound(body));
    let form = form::multipart(request).await?;
    // Taken before the body is read, so that unfinished uploads count as active exports.
    let place = app.exports.reserve().await?;
    let upload = receive(&app, form, &meter).await?;
    // Spawned, so that it completes even if the client disconnects: a half-started export would occupy capacity under an
    // unknown id.
    let started = tokio::spawn(Call::current().scope(start(Arc::clone(&app), place, upload))).await;
    let id = started.map_err(|e| Error::internal("starting the export failed").source(e))??;
    let location = format!("/v1/exports/{id}");
    let export = Export::load(&app.exports, &id).await?;
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(export)).into_response())
}

/// Looks at the uploaded sheet without starting an export.
pub(super) async fn look(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    media::check_encoding(request.headers())?;
    let language = Language::of_client(request.headers());
    let meter = FormMeter::default();
    let request = request.map(|body| meter.bound(body));
    let form = form::multipart(request).await?;
    // Unfinished uploads count as active exports.
    let _place = app.exports.reserve().await?;
    let upload = receive(&app, form, &meter).await?;
    deadline::work(look_at(&app, upload, language)).await
}

/// Looks at a sheet that has arrived.
async fn look_at(app: &Arc<App>, upload: Upload, language: Language) -> Result<Response, Problem> {
    let Upload { options, name, mut file, pictures, .. } = upload;
    file.rewind().map_err(|e| disk_error(&e))?;
    let size = file.metadata().map_err(|e| disk_error(&e))?.len();
    let mut head = [0; 2];
    let read = file.read(&mut head).map_err(|e| disk_error(&e))?;
    let room = app.exports.room(&app.pool, size, &head[..read]).await?;
    let bytes = app.exports.read_upload(file, head[..read].to_vec()).await?.map_err(|e| disk_error(&e))?;
    let files = match pictures {
        Some(pictures) => Some(PictureFiles::opened(pictures).await?),
        None => None,
    };
    let limits = app.exports.sheet_limits(bytes.len());
    let source = SheetSource { name, bytes: bytes.into(), limits, hidden: options.hidden, files };
    let version = options.version.as_deref().unwrap_or_default();
    let template = app.template(&options.template).await?;
    let name = format!("{}@{version}", template.id);
    let request = ComposeRequest { scale: 1.0, ..ComposeRequest::new(name, Value::Null) };
    let preview = preview(app, &template, source, options.rows()?, request, language, room).await?;
    // The contact sheet may have megabytes.
    let shown = move || view::preview(&template, preview, language);
    let mut response = large::json(app, Need::of(Kind::Other), shown).await?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// A complete and valid upload.
struct Upload {
    options: ExportOptions,
    webhook: Option<String>,
    name: String,
    file: File,
    /// ZIP archive of pictures.
    pictures: Option<File>,
}

/// Reads the form to its end and checks the options.
async fn receive(app: &App, form: Multipart, meter: &FormMeter) -> Result<Upload, Problem> {
    let Form { options, sheet, pictures } =
        read_form(form, meter, app.exports.config.max_bytes, max_pictures(app)).await?;
    let (mut options, webhook) = options::read(app, options.unwrap_or_else(|| Value::Object(Map::new()))).await?;
    let Some((name, file)) = sheet else {
        return Err(Error::findings(ErrorKind::Invalid, "request_invalid", vec![words::file_missing()]).into());
    };
    options.has_pictures = pictures.is_some();
    Ok(Upload { options, webhook, name, file, pictures })
}

/// Stores the sheet and starts the export; returns its id.
async fn start(app: Arc<App>, place: UploadPlace, upload: Upload) -> Result<String> {
    let exports = &app.exports;
    let id = exports.open().await?;
    // The record counts from here on.
    drop(place);
    let Upload { options, webhook, name, file, pictures } = upload;
    let started = async {
        exports.blobs.put_file(&path(&id, "sheet"), &file).await?;
        if let Some(pictures) = &pictures {
            exports.blobs.put_file(&path(&id, PICTURES), pictures).await?;
        }
        exports.begin(&id, &options, &name, webhook).await
    };
    match started.await {
        Ok(()) => Ok(id),
        Err(error) => {
            exports.abandon(&id).await;
            Err(error)
        }
    }
}

struct Form {
    options: Option<Value>,
    sheet: Option<(String, File)>,
    pictures: Option<File>,
}

/// Maximum size of an archive of pictures, bytes: a part of the room for uploads, where its pictures are stored.
pub(super) fn max_pictures(app: &App) -> usize {
    usize::try_from(app.uploads.max_bytes() / 4).unwrap_or(usize::MAX / 4)
}

async fn read_form(
    mut form: Multipart,
    meter: &FormMeter,
    max_bytes: usize,
    max_pictures: usize,
) -> Result<Form, Problem> {
    let mut received = Form { options: None, sheet: None, pictures: None };
    while let Some(field) = form.next_field().await.map_err(|error| form_error(&error, meter))? {
        meter.progress();
        form::check_headers(field.headers())?;
        match field.name().unwrap_or_default() {
            "options" if received.options.is_none() => {
                let mut text = Vec::new();
                let too_large = || Error::of(ErrorKind::TooLarge, words::options_too_large(MAX_OPTIONS));
                copy(field, meter, MAX_OPTIONS, too_large, |bytes| {
                    text.extend_from_slice(bytes);
                    Ok(())
                })
                .await?;
                received.options = Some(body::parse(&text, words::the_options())?);
            }
            "file" if received.sheet.is_none() => {
                // Keep only the base name: old browsers send a full path.
                let name = field.file_name().unwrap_or("sheet").rsplit(['/', '\\']).next().unwrap_or_default();
                let name: String = visible(name).take(MAX_NAME).collect();
                // An unnamed file, so that nothing remains if the process is killed.
                let mut file = tempfile::tempfile().map_err(|e| disk_error(&e))?;
                let too_large = || Error::of(ErrorKind::TooLarge, words::sheet_bytes(max_bytes));
                // A blocking write, but only of about 8 KiB into the page cache.
                copy(field, meter, max_bytes, too_large, |bytes| file.write_all(bytes).map_err(|e| disk_error(&e)))
                    .await?;
                received.sheet = Some((name, file));
            }
            "pictures" if received.pictures.is_none() => {
                let mut file = tempfile::tempfile().map_err(|e| disk_error(&e))?;
                let too_large = || Error::of(ErrorKind::TooLarge, words::pictures_bytes(max_pictures));
                copy(field, meter, max_pictures, too_large, |bytes| file.write_all(bytes).map_err(|e| disk_error(&e)))
                    .await?;
                received.pictures = Some(file);
            }
            other => {
                let other: String = other.chars().take(60).collect();
                let finding = match &*other {
                    "options" | "file" | "pictures" => words::part_repeated(words::quote(&other)),
                    _ => words::part_unknown(words::quote(&other)),
                };
                return Err(Error::findings(ErrorKind::Invalid, "request_invalid", vec![finding]).into());
            }
        }
    }
    Ok(received)
}

async fn copy(
    mut field: Field<'_>,
    meter: &FormMeter,
    max_bytes: usize,
    too_large: impl Fn() -> Error,
    mut write: impl FnMut(&[u8]) -> Result<()>,
) -> Result<(), Problem> {
    let mut length = 0;
    while let Some(bytes) = field.chunk().await.map_err(|error| form_error(&error, meter))? {
        meter.progress();
        length += bytes.len();
        if length > max_bytes {
            return Err(too_large().into());
        }
        write(&bytes)?;
    }
    Ok(())
}

fn form_error(error: &MultipartError, meter: &FormMeter) -> Problem {
    if let Some(problem) = meter.fault() {
        return problem;
    }
    let error = if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Error::of(ErrorKind::TooLarge, words::form_too_large())
    } else {
        Error::of(ErrorKind::Malformed, words::form_unreadable())
    };
    error.into()
}

fn disk_error(error: &std::io::Error) -> Error {
    Error::of(ErrorKind::Internal, words::sheet_unwritten(causes::io(error))).domain(Domain::Disk)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::Body;

    use super::*;
    use crate::{service::export::tests::app, store::exports::ExportState};

    /// A form as `curl -F` sends it.
    fn form() -> Request {
        let sheet = "x".repeat(1 << 20);
        let body = format!(
            "--b\r\ncontent-disposition: form-data; name=options\r\n\r\n{{\"template\": \"my\"}}\r\n\
             --b\r\ncontent-disposition: form-data; name=file; filename=a.csv\r\n\r\n{sheet}\r\n--b--\r\n"
        );
        let request = axum::http::Request::post("/")
            .header("content-type", "multipart/form-data; boundary=b")
            .body(Body::from(body));
        request.expect("a request")
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_disconnected_client_leaves_no_upload_behind() {
        let (app, _, _wechat, _folder) = app().await;
        // The first request creates the database.
        create(State(Arc::clone(&app)), form()).await.unwrap_or_else(|_| panic!("accepted"));
        for step in 0..20 {
            let patience = Duration::from_micros(step * 1500);
            let _ = tokio::time::timeout(patience, create(State(Arc::clone(&app)), form())).await;
            let mut left = 1;
            for _ in 0..200 {
                left = app.exports.records.in_state(ExportState::Uploading, 9).await.expect("a store").len();
                if left == 0 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
            assert_eq!(left, 0, "the client disconnected after {patience:?}");
            for export in app.exports.records.in_state(ExportState::Checking, 99).await.expect("a store") {
                app.exports.cancel(&export.id).await.expect("it can be cancelled");
            }
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_part_is_given_once() {
        let (app, _, _wechat, _folder) = app().await;
        for name in ["options", "file", "pictures"] {
            let part = format!("--b\r\ncontent-disposition: form-data; name={name}\r\n\r\n{{}}\r\n");
            let request = axum::http::Request::post("/")
                .header("content-type", "multipart/form-data; boundary=b")
                .body(Body::from(format!("{part}{part}--b--\r\n")));
            let response = create(State(Arc::clone(&app)), request.expect("a request")).await.into_response();
            assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
            let body = String::from_utf8_lossy(&body);
            let message = format!("the part \\\"{name}\\\" is repeated");
            assert!(body.contains(&message) && body.contains("field_repeated"), "{body}");
        }
    }
}
