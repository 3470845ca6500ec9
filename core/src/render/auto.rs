//! The `auto` appearance of codes: decided by the finished pixels beneath them, before the code is requested.

use super::Renderer;
use crate::{
    code::CodeNeed,
    error::Result,
    paint::context::Observe,
    plan::{Plan, ResolvedAssets},
};

impl Renderer {
    /// The code that a plan needs, with `auto` appearance decided. Requires the pictures in `assets`, and sets its
    /// styles. Draws nothing if nothing is `auto`.
    ///
    /// # Errors
    /// As [`Renderer::render`].
    pub fn code_need(&self, plan: &Plan, assets: &mut ResolvedAssets) -> Result<Option<CodeNeed>> {
        self.code_need_observed(plan, assets, &mut |_| Ok(()))
    }

    /// As [`Renderer::code_need`], and calls `observe` as [`Renderer::render_observed`] does.
    ///
    /// # Errors
    /// As [`Renderer::render_observed`].
    pub fn code_need_observed(
        &self,
        plan: &Plan,
        assets: &mut ResolvedAssets,
        observe: Observe<'_>,
    ) -> Result<Option<CodeNeed>> {
        if !plan.is_auto() {
            return Ok(plan.code.clone());
        }
        assets.code_styles = self.code_styles(plan, assets, observe)?;
        let chosen =
            assets.code_styles.values().find_map(|style| style.line_color).map(|color| [color.r, color.g, color.b]);
        Ok(plan.code.clone().map(|need| CodeNeed { line_color: chosen.or(need.line_color), ..need }))
    }
}
