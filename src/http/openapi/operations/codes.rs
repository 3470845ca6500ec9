//! Codes without a poster.

use schemars::SchemaGenerator;
use serde_json::json;

use super::super::{
    operation::{Operation, Tag, fails},
    schemas::{CodeDetails, TutorialCode, TutorialError},
};
use crate::http::{code_fields::SingleCode, codes::CodeBody};

/// `POST /v1/codes`.
pub fn create(generator: &mut SchemaGenerator) -> Operation {
    Operation::post("createCode", Tag::Codes, "Fetch a mini-program code")
        .about("Each code is fetched from WeChat once and then stored. With `Accept: application/json`, the response is JSON.")
        .body::<CodeBody>(generator, json!({ "page": "pages/detail/detail", "scene": { "id": 8801 } }))
        .json::<CodeDetails>(generator, 200, "The code.")
        .file(200, "The code.", "image/png")
        .file(200, "The code.", "image/jpeg")
        .with(200, "ETag", "Identifies the content.")
        .with(200, "X-Haibao-Code-Origin", "`memory`, `store`, `wechat` or `drawn`.")
        .with(200, "X-Haibao-Num-Used", "Limited and square codes used of the app's 100 000.")
        .fails(fails::CODE)
}

/// `POST /api/qrcode`.
pub fn tutorial(generator: &mut SchemaGenerator) -> Operation {
    let error = "The error as one sentence.";
    let operation = Operation::post("createTutorialCode", Tag::Tutorial, "Fetch a mini-program code")
        .about("Takes `{scene, page}` and the other fields of `/v1/codes` except `wait`.")
        .body::<SingleCode>(generator, json!({ "scene": "id=8801", "page": "pages/detail/detail" }))
        .never_fails()
        .json::<TutorialCode>(generator, 200, "The code.");
    // Outside of the handler, such as when the deadline passes, errors are problems.
    let operation = operation.fails(&[403, 503, 504]);
    [400, 403, 413, 429, 500, 502, 503, 504]
        .into_iter()
        .fold(operation, |operation, status| operation.json::<TutorialError>(generator, status, error))
}
