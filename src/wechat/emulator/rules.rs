//! Individual rules of WeChat's documentation. [`State`](super::state::State) applies them in order.

use std::{collections::VecDeque, time::Duration};

use super::{body, errcode::Errcode, options::Pages};
use haibao_core::sample::{payload::is_legal, picture::Style};

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

/// Counts a code against the total. Returns the number of codes used so far.
pub(super) fn use_one(used: &mut u32, max: u32) -> Result<u32, Errcode> {
    if *used >= max {
        return Err(Errcode::TotalUsed);
    }
    *used += 1;
    Ok(*used)
}

/// Style of a code, with WeChat's defaults for missing fields.
pub(super) fn style(look: &body::Look) -> Style {
    let default = Style::default();
    Style {
        width: look.width.unwrap_or(default.width),
        line_color: look.line_color.as_ref().map_or(default.line_color, |color| [color.r, color.g, color.b]),
        auto_color: look.auto_color.unwrap_or(false),
        is_hyaline: look.is_hyaline.unwrap_or(false),
    }
}
