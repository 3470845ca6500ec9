//! Check of a text, [msgSecCheck](https://developers.weixin.qq.com/miniprogram/dev/server/API/sec-center/sec-check/api_msgseccheck.html)
//! version 2.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Client, TextCheck, WaitPolicy,
    answer::{Party, Response},
    code::{ApiCall, Endpoint, json},
};
use crate::words;
use haibao_core::error::{Error, Message, Result};

/// Maximum characters of one text.
pub const MAX_TEXT: usize = 2500;
/// Version of the interface. WeChat has ended the maintenance of version 1, which has no `openid`.
const VERSION: u8 = 2;

/// WeChat's rating of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// What to do with the text.
    pub suggestion: Suggestion,
    /// Kind of content: 100 is normal.
    pub label: i64,
}

/// WeChat's suggestion for a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Suggestion {
    /// The text may be used.
    Pass,
    /// A person should look at the text.
    Review,
    /// The text must not be used.
    Risky,
}

impl Verdict {
    /// Name of the kind of content.
    pub fn label_name(&self) -> Message {
        match self.label {
            100 => words::label_normal(),
            10001 => words::label_advertisement(),
            20001 => words::label_politics(),
            20002 => words::label_pornography(),
            20003 => words::label_abuse(),
            20006 => words::label_crime(),
            20008 => words::label_fraud(),
            20012 => words::label_vulgarity(),
            20013 => words::label_copyright(),
            _ => words::label_other(),
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    version: u8,
    scene: u8,
    openid: &'a str,
    content: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    result: Rating,
}

#[derive(Deserialize)]
struct Rating {
    suggest: Suggestion,
    #[serde(default)]
    label: i64,
}

impl Client {
    /// How texts are checked for an app; `None` if they are not, or if there is no such app.
    pub fn text_check(&self, app: &str) -> Option<TextCheck> {
        self.0.apps.get(app)?.text_check
    }

    /// The checks of all apps that have one.
    pub fn text_checks(&self) -> impl Iterator<Item = TextCheck> {
        self.0.apps.values().filter_map(|app| app.text_check)
    }

    /// The error of a check that gives up waiting for its turn; `None` if no check of the app waits.
    pub fn text_given_up(&self, app: &str, caller: &Arc<str>) -> Option<Error> {
        self.0.apps.get(app)?.text_gate.given_up(Endpoint::TextCheck, caller)
    }

    /// Lets WeChat rate a text of the user with this openid, who must have used the mini-program within two hours. Waits for
    /// a turn as [`Client::fetch`] does.
    ///
    /// # Errors
    /// `wechat_openid` if WeChat refuses the openid; otherwise as [`Client::fetch`]. `internal` for an app without a check.
    pub async fn check_text(&self, app: &str, openid: &str, text: &str) -> Result<Verdict> {
        let app = self.0.app(app)?;
        let check = app.text_check.ok_or_else(|| Error::internal("the app does not check texts"))?;
        let body = json(&Body { version: VERSION, scene: check.scene, openid, content: text })?;
        let call = ApiCall::new(Endpoint::TextCheck, body);
        let Response { bytes, .. } = self.0.send(app, &app.text_gate, &call, WaitPolicy::Wait).await?;
        let answer: Answer =
            serde_json::from_slice(&bytes).map_err(|_| Party::WeChat.bad_response(words::answer_no_rating()))?;
        Ok(Verdict { suggestion: answer.result.suggest, label: answer.result.label })
    }
}
