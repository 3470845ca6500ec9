//! Appearance of codes that is `auto`: decided from the finished pixels beneath them, before the code is requested.

use super::Renderer;
use crate::{
    code::CodeNeed,
    error::Result,
    plan::{Gathered, Plan},
};

impl Renderer {
    /// The code that a plan needs, once all that is `auto` of it is decided: the pictures of `gathered` must be there, and
    /// its looks are set. Without anything `auto` this draws nothing.
    ///
    /// # Errors
    /// As [`Renderer::render`].
    pub fn code_need(&self, plan: &Plan, gathered: &mut Gathered) -> Result<Option<CodeNeed>> {
        if !plan.is_auto() {
            return Ok(plan.code.clone());
        }
        gathered.looks = self.looks(plan, gathered)?;
        let chosen = gathered.looks.values().find_map(|look| look.line_color).map(|color| [color.r, color.g, color.b]);
        Ok(plan.code.clone().map(|need| CodeNeed { line_color: chosen.or(need.line_color), ..need }))
    }
}
