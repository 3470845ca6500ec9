//! Individual rules of WeChat's documentation. [`State`](super::state::State) applies them in order.

use std::{collections::VecDeque, time::Duration};

use super::{
    body,
    errcode::Errcode,
    options::{Options, Pages, Users},
};
use haibao_core::sample::{payload::is_legal, picture::SampleStyle};

const MINUTE: Duration = Duration::from_secs(60);

/// Sliding window with the times of the calls of the last 60 s.
#[derive(Default)]
pub(super) struct Window(VecDeque<Duration>);

impl Window {
    /// Counts a call.
    ///
    /// # Errors
    /// `otherwise` if there were already `limit` calls in the last 60 s.
    pub(super) fn pass(&mut self, now: Duration, limit: u32, otherwise: Errcode) -> Result<(), Errcode> {
        while self.0.front().is_some_and(|at| *at + MINUTE <= now) {
            self.0.pop_front();
        }
        if self.0.len() >= limit as usize {
            return Err(otherwise);
        }
        self.0.push_back(now);
        Ok(())
    }
}

/// Checks a scene: 1 to 32 legal characters, none of them escaped in the body.
pub(super) fn checked_scene<'a>(scene: Option<&'a str>, body: &[u8]) -> Result<&'a str, Errcode> {
    let scene = scene.unwrap_or_default();
    if !(1..=32).contains(&scene.chars().count()) {
        return Err(Errcode::SceneLength);
    }
    if !scene.bytes().all(is_legal) || body::scene_is_escaped(body) {
        return Err(Errcode::SceneCharacter);
    }
    Ok(scene)
}

/// Checks a version: `release` (the default), `trial` or `develop`.
pub(super) fn checked_version(env_version: Option<&str>) -> Result<&str, Errcode> {
    let env_version = env_version.unwrap_or("release");
    ["release", "trial", "develop"].contains(&env_version).then_some(env_version).ok_or(Errcode::EnvVersion)
}

/// Checks a page: no leading `/` and no query. If `check_path` is set, the page must be in the released version,
/// regardless of the version that the code opens.
pub(super) fn checked_page<'a>(page: Option<&'a str>, check_path: bool, pages: &Pages) -> Result<&'a str, Errcode> {
    let page = page.unwrap_or_default();
    if page.contains("scancode_time") {
        return Err(Errcode::ScancodeTime);
    }
    if page.starts_with('/') || page.contains('?') || (check_path && !pages.has(page)) {
        return Err(Errcode::Page);
    }
    Ok(page)
}

/// Checks a path: 1 to `max` bytes (A: the documentation says characters; bytes are the stricter reading).
pub(super) fn checked_path(path: Option<&str>, max: usize) -> Result<&str, Errcode> {
    let path = path.unwrap_or_default();
    if path.contains("scancode_time") {
        return Err(Errcode::ScancodeTime);
    }
    (1..=max).contains(&path.len()).then_some(path).ok_or(Errcode::PathLength)
}

/// Time after a visit within which a user's texts can be checked.
const VISIT: Duration = Duration::from_secs(2 * 3600);
/// Maximum characters of a text.
const MAX_TEXT: usize = 2500;

/// Checks the fields of a text check. The order and the errcode of an overlong text are assumptions (A).
pub(super) fn checked_text<'a>(
    read: &'a body::Text,
    appid: &str,
    users: &Users,
    now: Duration,
) -> Result<&'a str, Errcode> {
    let content = read.content.as_deref().filter(|content| !content.is_empty()).ok_or(Errcode::EmptyBody)?;
    if read.version != Some(2) || content.chars().count() > MAX_TEXT {
        return Err(Errcode::NotJson);
    }
    if !read.scene.is_some_and(|scene| (1..=4).contains(&scene)) {
        return Err(Errcode::SceneCharacter);
    }
    let openid = read.openid.as_deref().filter(|openid| is_openid(openid)).ok_or(Errcode::Openid)?;
    if let Users::Only(users) = users {
        let mut known = users.iter().filter(|user| user.openid == openid).peekable();
        known.peek().ok_or(Errcode::Openid)?;
        let user = known.find(|user| user.appid == appid).ok_or(Errcode::OtherApp)?;
        if now.saturating_sub(user.visited) > VISIT {
            return Err(Errcode::NoVisit);
        }
    }
    Ok(content)
}

/// Whether a text has the form of an openid (A): `o` and 27 characters of `A-Za-z0-9_-`.
fn is_openid(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    text.len() == 28 && text.starts_with('o') && text.bytes().all(legal)
}

/// Suggestion and label for a text: the words of the options decide.
pub(super) fn rating(content: &str, options: &Options) -> (&'static str, u32) {
    let has = |words: &[String]| words.iter().any(|word| content.contains(word.as_str()));
    if has(&options.risky) {
        ("risky", 20006)
    } else if has(&options.review) {
        ("review", 21000)
    } else {
        ("pass", 100)
    }
}

/// Counts a code against the total. Returns the number of codes used so far.
pub(super) fn use_one(used: &mut u32, max: u32) -> Result<u32, Errcode> {
    if *used >= max {
        return Err(Errcode::TotalUsed);
    }
    *used += 1;
    Ok(*used)
}

/// Style of a code, with WeChat's defaults for missing fields.
pub(super) fn style(given: &body::RoundStyle) -> SampleStyle {
    let default = SampleStyle::default();
    SampleStyle {
        width: given.width.unwrap_or(default.width),
        line_color: given.line_color.as_ref().map_or(default.line_color, |color| [color.r, color.g, color.b]),
        auto_color: given.auto_color.unwrap_or(false),
        is_hyaline: given.is_hyaline.unwrap_or(false),
    }
}
