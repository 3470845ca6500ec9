//! One operation of the API document: a method of a path with its request and its responses.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::http::access::Access;

/// Describes one method of a path.
pub type Describe = fn(&mut SchemaGenerator) -> Operation;

/// Group of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    Posters,
    Templates,
    Studio,
    Assets,
    Codes,
    Scenes,
    Exports,
    Tutorial,
    Service,
    Pages,
}

impl Tag {
    /// All groups in the order of the page, with their names in English and Chinese and their descriptions.
    pub const ALL: [(Self, &'static str, &'static str, &'static str); 10] = [
        (Self::Posters, "Posters", "海报", "Compose a poster from a template, parameters and a mini-program code."),
        (Self::Templates, "Templates", "模板", "What can be composed: templates, their parameters and samples."),
        (Self::Studio, "Studio", "设计台", "The files of templates, and posters of drafts, for designers."),
        (Self::Assets, "Assets", "图片素材", "Pictures that posters name by their content."),
        (Self::Codes, "Codes", "小程序码", "Mini-program codes without a poster."),
        (Self::Scenes, "Scenes", "场景值与短链", "What a code tells the page that it opens."),
        (Self::Exports, "Exports", "批量导出", "A poster for each row of a sheet, in the background."),
        (Self::Tutorial, "Tutorial API", "教程接口", "The API of common tutorials, for front ends written for it."),
        (Self::Service, "Service", "服务状态", "Health, metrics and this document."),
        (Self::Pages, "Pages", "网页", "Pages for people, and their files."),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(tag, ..)| *tag == self).map_or("", |(_, name, ..)| name)
    }
}

/// Statuses of errors that an operation can respond with.
pub mod fails {
    /// Every operation: malformed, slow and large requests, internal errors, an unknown transfer coding, a full service, the
    /// deadline.
    pub const ALWAYS: &[u16] = &[400, 408, 431, 500, 501, 503, 504];
    /// Every operation: a foreign `Host` at a service without keys, a foreign `Origin`.
    pub const ORIGIN: &[u16] = &[403];
    /// A path that needs a key: missing or unknown, without the scope, over its rate.
    pub const KEY: &[u16] = &[401, 403, 429];
    /// A path that rejects unknown query parameters.
    pub const QUERY: &[u16] = &[422];
    /// Reading a JSON body.
    pub const JSON: &[u16] = &[403, 413, 415, 422];
    /// Fetching a code from WeChat.
    pub const CODE: &[u16] = &[422, 429, 502];
    /// Composing a poster: its template, pictures and code.
    pub const POSTER: &[u16] = &[404, 413, 422, 429, 502];
    /// Looking up by a name.
    pub const LOOKUP: &[u16] = &[404];
}

/// The schema of any problem.
fn problem() -> Value {
    json!({ "$ref": "#/components/schemas/Problem" })
}

/// One method of a path, as an OpenAPI operation object.
#[derive(Debug)]
pub struct Operation {
    json: Map<String, Value>,
}

impl Operation {
    /// An operation with the problem responses that every operation has. `id` names it in generated clients.
    pub fn new(id: &str, tag: Tag, summary: &str) -> Self {
        let json = json!({ "operationId": id, "tags": [tag.name()], "summary": summary, "responses": {} });
        let Value::Object(json) = json else { unreachable!() };
        Self { json }.fails(fails::ALWAYS)
    }

    /// Adds a description in Markdown.
    pub fn about(mut self, text: &str) -> Self {
        self.json.insert("description".to_owned(), text.into());
        self
    }

    /// Adds a parameter of the path.
    pub fn path(self, name: &str, about: &str) -> Self {
        self.parameter(json!({ "name": name, "in": "path", "required": true, "description": about,
                               "schema": { "type": "string" } }))
    }

    /// Adds a parameter for the rest of the path, which may have slashes. OpenAPI has no word for that.
    pub fn rest(self, name: &str, about: &str) -> Self {
        self.parameter(json!({ "name": name, "in": "path", "required": true, "description": about, "x-slashes": true,
                               "schema": { "type": "string" } }))
    }

    /// Adds a parameter of the query.
    pub fn query(self, name: &str, about: &str) -> Self {
        self.parameter(json!({ "name": name, "in": "query", "description": about, "schema": { "type": "string" } }))
    }

    /// Sets a picture as the body, or as the part `file` of a form.
    pub fn picture(mut self) -> Self {
        let binary = json!({ "type": "string", "format": "binary" });
        let form = json!({ "type": "object", "required": ["file"], "additionalProperties": false,
                           "properties": { "file": binary } });
        let content = json!({ "image/*": { "schema": binary }, "multipart/form-data": { "schema": form } });
        self.json.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
        self
    }

    /// Sets a file of any type as the body.
    pub fn bytes(mut self) -> Self {
        let content = json!({ "*/*": { "schema": { "type": "string", "format": "binary" } } });
        self.json.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
        self
    }

    /// Adds a request header.
    pub fn header(self, name: &str, about: &str) -> Self {
        self.parameter(json!({ "name": name, "in": "header", "description": about, "schema": { "type": "string" } }))
    }

    fn parameter(mut self, parameter: Value) -> Self {
        self.list("parameters").push(parameter);
        self
    }

    /// Sets a JSON body, with an example.
    pub fn body<T: JsonSchema>(mut self, generator: &mut SchemaGenerator, example: Value) -> Self {
        let schema = generator.subschema_for::<T>();
        self.json.insert(
            "requestBody".to_owned(),
            json!({ "required": true, "content": { "application/json": { "schema": schema, "example": example } } }),
        );
        self.fails(fails::JSON)
    }

    /// Sets a form: the part `options` as JSON and the part `file`.
    pub fn form<T: JsonSchema>(mut self, generator: &mut SchemaGenerator, example: Value) -> Self {
        let options = generator.subschema_for::<T>();
        let schema = json!({
            "type": "object", "required": ["options", "file"], "additionalProperties": false,
            "properties": {
                "options": options,
                "file": { "type": "string", "format": "binary" },
                "pictures": {
                    "type": "string", "format": "binary",
                    "description": "ZIP archive of the pictures whose file names the sheet has.",
                },
            },
        });
        let encoding = json!({ "options": { "contentType": "application/json" } });
        let media = json!({ "schema": schema, "encoding": encoding, "example": { "options": example } });
        self.json
            .insert("requestBody".to_owned(), json!({ "required": true, "content": { "multipart/form-data": media } }));
        self.fails(fails::JSON)
    }

    /// Sets a form with these fields.
    pub fn urlencoded(mut self, fields: &[&str]) -> Self {
        let properties: Map<_, _> =
            fields.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" }))).collect();
        let media = json!({ "schema": { "type": "object", "properties": properties } });
        self.json.insert(
            "requestBody".to_owned(),
            json!({ "required": true, "content": { "application/x-www-form-urlencoded": media } }),
        );
        self
    }

    /// Adds a JSON response.
    pub fn json<T: JsonSchema>(self, generator: &mut SchemaGenerator, status: u16, about: &str) -> Self {
        let schema = generator.subschema_for::<T>();
        self.responds(status, about, "application/json", json!(schema))
    }

    /// Adds a response with a file or a text of this media type.
    pub fn file(self, status: u16, about: &str, media_type: &str) -> Self {
        let schema = match media_type {
            "application/json" => json!({ "type": "object" }),
            // Tools disagree on whether the schema of a stream describes its text or one event.
            "text/event-stream" => json!({}),
            text if text.starts_with("text/") => json!({ "type": "string" }),
            _ => json!({ "type": "string", "format": "binary" }),
        };
        self.responds(status, about, media_type, schema)
    }

    /// Adds a response with a file of one of these media types.
    pub fn files(self, status: u16, about: &str, media_types: &[&str]) -> Self {
        media_types.iter().fold(self, |operation, media_type| operation.file(status, about, media_type))
    }

    fn responds(mut self, status: u16, about: &str, media_type: &str, schema: Value) -> Self {
        let response = self.response(status);
        if response.get("$ref").is_some() {
            // A status with a body of its own beside the problem.
            *response = json!({ "content": { "application/problem+json": { "schema": problem() } } });
        }
        response["description"] = about.into();
        response["content"][media_type] = json!({ "schema": schema });
        self
    }

    /// Adds the entity tag of the 200 response, and the 304 for a client that has it.
    pub fn revalidates(self) -> Self {
        self.header("If-None-Match", "ETag of a cached response.")
            .with(200, "ETag", "Identifies the content.")
            .empty(304, "Not modified.")
    }

    /// Adds a response without a body.
    pub fn empty(mut self, status: u16, about: &str) -> Self {
        self.response(status)["description"] = about.into();
        self
    }

    /// Adds a header to a response.
    pub fn with(mut self, status: u16, name: &str, about: &str) -> Self {
        self.response(status)["headers"][name] = json!({ "description": about, "schema": { "type": "string" } });
        self
    }

    /// Adds the headers about the findings of a poster to a response.
    pub fn with_findings(self, status: u16) -> Self {
        self.with(status, "X-Haibao-Findings", "Number of warnings about the poster.")
            .with(status, "X-Haibao-Finding-Codes", "Codes of the warnings, each once; at most 20.")
            .with(status, "X-Haibao-Degraded", "Present if a picture is omitted or replaced.")
    }

    /// Adds problem responses. A status may have another body, too.
    pub fn fails(mut self, statuses: &[u16]) -> Self {
        for status in statuses {
            let response = self.response(*status);
            if response.is_null() {
                *response = json!({ "$ref": format!("#/components/responses/Problem{status}") });
            } else if response.get("$ref").is_none() {
                response["content"]["application/problem+json"] = json!({ "schema": problem() });
            }
        }
        self
    }

    /// Adds who may use the operation, and how it rejects others.
    pub fn access(mut self, access: Access) -> Self {
        let (schemes, rejections) = match access {
            Access::Open => (json!([]), fails::ORIGIN),
            Access::Key(scope) | Access::Page(scope) => {
                self.json.insert("x-scope".to_owned(), scope.name().into());
                (json!([{ "key": [] }, { "session": [] }]), fails::KEY)
            }
        };
        self.json.insert("security".to_owned(), schemes);
        if matches!(access, Access::Page(_)) {
            self = self.empty(303, "To the login page.").with(303, "Location", "Path of the login page.");
        }
        if !access.ignores_unknown_parameters() {
            self = self.fails(fails::QUERY);
        }
        self.fails(rejections)
    }

    /// Removes the problem responses, for operations that cannot fail.
    pub fn never_fails(mut self) -> Self {
        self.json.insert("responses".to_owned(), json!({}));
        self
    }

    fn response(&mut self, status: u16) -> &mut Value {
        let responses = self.json.entry("responses").or_insert_with(|| json!({}));
        &mut responses[status.to_string()]
    }

    fn list(&mut self, name: &str) -> &mut Vec<Value> {
        let list = self.json.entry(name).or_insert_with(|| json!([]));
        match list {
            Value::Array(list) => list,
            _ => unreachable!("the lists of an operation are arrays"),
        }
    }

    /// The operation as JSON, with its responses by ascending status.
    pub fn finish(mut self) -> Value {
        if let Some(Value::Object(responses)) = self.json.get_mut("responses") {
            responses.sort_keys();
        }
        Value::Object(self.json)
    }
}
