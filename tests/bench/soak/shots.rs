//! The requests of the load, with what each response must contain.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use serde_json::{Value, json};

use super::{
    assets::Photos,
    client::{Client, post},
    readback::{Box4, Code, Content},
};

/// Number of known posters, whose codes and photos repeat.
pub const KNOWN: u64 = 200;
/// Number of photos of known posters.
const KNOWN_PHOTOS: u64 = 40;
const TEMPLATE: &str = "product-share";
const PAGE: &str = "pages/detail/detail";
/// Errors of a service that is overloaded.
const OVERLOAD: &[&str] = &["busy", "deadline"];

/// A request and what its response must contain.
pub struct Shot {
    pub kind: Kind,
    /// Path in the API document.
    pub path: &'static str,
    pub method: &'static str,
    pub request: Vec<u8>,
    /// What a picture shows.
    pub content: Content,
    /// Equal requests have the same number: their responses are equal.
    pub known: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// One of the known posters.
    Known,
    /// A new nickname and a new QR code.
    Text,
    /// A new photo, nickname and QR code.
    Photo,
    /// A new code from WeChat.
    Code,
    /// An avatar that cannot be loaded: its replacement is drawn.
    Avatar,
    /// A photo whose host has a fault.
    Fault,
    /// A QR code on its own.
    Single,
    /// One of the known posters, by a signed link.
    Link,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Known => "known poster",
            Self::Text => "new text and QR code",
            Self::Photo => "new photo, text and QR code",
            Self::Code => "new WeChat code",
            Self::Avatar => "broken avatar",
            Self::Fault => "photo of a faulty host",
            Self::Single => "code alone",
            Self::Link => "signed link",
        }
    }

    /// Whether an error with this code may be the response.
    pub fn allows(self, code: &str) -> bool {
        OVERLOAD.contains(&code)
            || match self {
                Self::Code => code.starts_with("wechat_") || code == "quota_minute",
                Self::Fault => code.starts_with("asset_") || code.starts_with("picture_"),
                _ => false,
            }
    }
}

/// Makes requests.
pub struct Shots {
    good: SocketAddr,
    faulty: SocketAddr,
    code_box: Box4,
    photo_box: Box4,
    next: AtomicU64,
    links: Vec<String>,
}

impl Shots {
    /// Asks the service for the boxes of code and photo.
    pub async fn new(client: &Client, good: SocketAddr, faulty: SocketAddr) -> Self {
        let next = AtomicU64::new(1_000_000);
        let empty = [0; 4];
        let mut shots = Self { good, faulty, code_box: empty, photo_box: empty, next, links: Vec::new() };
        let body =
            json!({ "template": TEMPLATE, "params": shots.params(0, 0, "小满"), "code": qr("https://a.example") });
        let response = client.send(&post("/v1/posters/explain", &body)).await.expect("a response");
        let explained: Value = serde_json::from_slice(&response.body).expect("JSON");
        let place = |layer: &str| {
            let layers = explained["layers"].as_array().expect("layers");
            let found = layers.iter().find(|one| one["layer"] == layer).expect("the layer");
            serde_json::from_value(found["box"].clone()).expect("a box")
        };
        (shots.code_box, shots.photo_box) = (place("/layers/5"), place("/layers/3"));
        shots
    }

    /// Has the service sign a link to each known poster.
    pub async fn sign(&mut self, client: &Client) {
        for number in 0..KNOWN {
            let mut body = self.known_body(number);
            body["expires_in"] = json!(86_400);
            let response = client.send(&post("/v1/posters/links", &body)).await.expect("a response");
            let link: Value = serde_json::from_slice(&response.body).expect("JSON");
            let url = link["url"].as_str().unwrap_or_else(|| panic!("no link: {}", response.text()));
            let path = url.splitn(4, '/').nth(3).expect("a path");
            self.links.push(format!("/{path}"));
        }
    }

    pub fn make(&self, kind: Kind) -> Shot {
        let unique = self.next.fetch_add(1, Relaxed);
        let number = scatter(unique) % KNOWN;
        match kind {
            Kind::Known => self.known(number),
            Kind::Link => {
                let request = super::client::get(&self.links[number as usize]);
                Shot { kind, path: "/v1/posters/{file}", method: "get", request, ..self.known(number) }
            }
            Kind::Text => self.poster(kind, number % KNOWN_PHOTOS, unique, None, None),
            Kind::Photo => self.poster(kind, unique, unique, None, None),
            Kind::Code => {
                let photo = number % KNOWN_PHOTOS;
                let (body, scene) = (self.with_code(photo, unique), scene(unique));
                self.shot(kind, &body, Code::Round { page: PAGE, scene }, Some(photo))
            }
            Kind::Avatar => {
                let what = AVATARS[(unique % AVATARS.len() as u64) as usize];
                let avatar = format!("http://{}/{what}/{unique}", self.faulty);
                self.poster(kind, number % KNOWN_PHOTOS, unique, None, Some(avatar))
            }
            Kind::Fault => {
                let what = FAULTS[(unique % FAULTS.len() as u64) as usize];
                let photo = format!("http://{}/{what}/{unique}", self.faulty);
                self.poster(kind, unique, unique, Some(photo), None)
            }
            Kind::Single => {
                let text = text(unique);
                let request = post("/v1/codes", &json!({ "kind": "qr", "text": text, "width": 280 }));
                let content = Content { code: Code::Qr(text), code_box: None, photo: None };
                Shot { kind, path: "/v1/codes", method: "post", request, content, known: None }
            }
        }
    }

    /// A poster of a known set.
    pub fn known(&self, number: u64) -> Shot {
        let code = Code::Round { page: PAGE, scene: scene(number) };
        let shot = self.shot(Kind::Known, &self.known_body(number), code, Some(number % KNOWN_PHOTOS));
        Shot { known: Some(number), ..shot }
    }

    fn known_body(&self, number: u64) -> Value {
        self.with_code(number % KNOWN_PHOTOS, number)
    }

    fn with_code(&self, photo: u64, number: u64) -> Value {
        json!({ "template": TEMPLATE, "params": self.params(photo, number, "小满") })
    }

    /// A poster with a new nickname and QR code.
    fn poster(&self, kind: Kind, photo: u64, unique: u64, url: Option<String>, avatar: Option<String>) -> Shot {
        let mut params = self.params(photo, unique, &format!("第 {unique} 位朋友"));
        if let Some(url) = url {
            params["product"] = json!(url);
        }
        if let Some(avatar) = avatar {
            params["avatar"] = json!(avatar);
        }
        let text = text(unique);
        let body = json!({ "template": TEMPLATE, "params": params, "code": qr(&text) });
        self.shot(kind, &body, Code::Qr(text), Some(photo))
    }

    fn shot(&self, kind: Kind, body: &Value, code: Code, photo: Option<u64>) -> Shot {
        let photo = photo.map(|number| (Photos::mark(number), self.photo_box));
        let content = Content { code, code_box: Some(self.code_box), photo };
        let request = post("/v1/posters", body);
        Shot { kind, path: "/v1/posters", method: "post", request, content, known: None }
    }

    fn params(&self, photo: u64, number: u64, nickname: &str) -> Value {
        json!({
            "product": format!("http://{}/photo/{photo}", self.good), "title": format!("天青釉手作花瓶 第 {number} 件"),
            "price": 12800 + number, "original": 16800, "nickname": nickname,
            "goods_id": number.to_string(), "sharer_id": format!("u{}", number % 977),
        })
    }
}

/// Paths of the faulty host for a product's photo: some of them succeed.
const FAULTS: &[&str] =
    &["slow/800", "slow/2500", "cut", "half", "stall", "moved", "loop", "page", "empty", "broken", "dead", "gone"];
/// The same for an avatar: none of them succeeds.
const AVATARS: &[&str] = &["cut", "page", "empty", "broken", "dead", "gone", "loop"];

fn qr(text: &str) -> Value {
    json!({ "kind": "qr", "text": text })
}

fn text(number: u64) -> String {
    format!("https://shop.example.com/p/{number}")
}

/// Scene of a code by the template's rule.
fn scene(number: u64) -> String {
    format!("id={number}&u=u{}", number % 977)
}

/// A number that looks random (SplitMix64).
pub fn scatter(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
