//! Appearance of codes that is `auto`: decided from the finished pixels beneath them, before the code is requested.

use super::Renderer;
use crate::{
    code::CodeNeed,
    error::Result,
    plan::{Plan, ResolvedAssets},
};

impl Renderer {
    /// The code that a plan needs, once all that is `auto` of it is decided: the pictures of `assets` must be there, and
    /// its looks are set. Without anything `auto` this draws nothing.
    ///
    /// # Errors
    /// As [`Renderer::render`].
    pub fn code_need(&self, plan: &Plan, assets: &mut ResolvedAssets) -> Result<Option<CodeNeed>> {
        if !plan.is_auto() {
            return Ok(plan.code.clone());
        }
        assets.looks = self.looks(plan, assets)?;
        let chosen = assets.looks.values().find_map(|look| look.line_color).map(|color| [color.r, color.g, color.b]);
        Ok(plan.code.clone().map(|need| CodeNeed { line_color: chosen.or(need.line_color), ..need }))
    }
}
