//! Checks of single cells, before the parameters of their row are checked.

use std::ops::Deref;

use super::Checker;
use crate::{
    export::{
        Reason,
        cell_value::Typing,
        columns::{Step, Target, is_shortened, needs_digits},
        expressions,
        pictures::is_file_name,
    },
    words::{self, quote},
};
use haibao_core::{
    error::{Finding, Message},
    text::FontSet,
};
use haibao_sheet::{Cell, Cells, Fault, IN_CELL, Sheet};

impl<S: Deref<Target = Sheet> + Sync, F: Deref<Target = FontSet> + Sync> Checker<S, F> {
    /// Reports numbers that Excel has shortened: the digits are lost, whatever the text is for.
    pub(super) fn check_digits(&self, cells: &Cells, reasons: &mut Vec<Reason>) {
        for (column, _) in self.columns.targets.iter().enumerate().filter(|(_, target)| needs_digits(target)) {
            if let Cell::Text(text) = cells.get(column)
                && !self.sheet.is_json
                && is_shortened(text)
            {
                let finding = words::cell_shortened(quote(text.trim()));
                reasons.push(Reason::in_cell(&self.sheet.columns[column], text, finding));
            }
        }
    }

    /// Reports names of files that no picture has.
    pub(super) fn check_pictures(&self, cells: &Cells, faults: &[Fault], reasons: &mut Vec<Reason>) {
        for column in self.columns.pictures() {
            let text = cells.get(column).shown();
            let is_above = self.options.pictures.cells.contains_key(&(cells.number, column));
            if !is_above && self.columns.is_placeholder(column, text) {
                continue;
            }
            // A cell that shows an error, such as #VALUE!, names no picture.
            if faults.iter().any(|own| own.shows_error() && own.column == self.sheet.columns[column]) {
                continue;
            }
            // WPS writes this instead of a picture, which other programs lose.
            let is_lost = !is_above && text.trim_start().trim_start_matches('=').starts_with("DISPIMG(");
            let fault = is_lost.then(words::picture_cell_gone);
            let fault = fault.or_else(|| self.options.pictures.fault(cells.number, column, text).cloned());
            let fault = fault.or_else(|| if is_above { None } else { self.lacking(column, text) });
            if let Some(fault) = fault {
                let finding = Finding::error("picture_missing", fault);
                reasons.push(Reason::in_cell(&self.sheet.columns[column], text, finding));
            }
        }
    }

    /// The column whose cell a finding about an expression of the template quotes: `{{date start}}` with a text that is no date.
    pub(super) fn quoted_column(&self, finding: &Finding, cells: &Cells) -> Option<usize> {
        let pointer = finding.pointer.as_deref()?;
        let (_, source) = self.sources.iter().find(|(own, _)| own == pointer)?;
        let names = expressions::paths(source);
        let is_named = |target: &Target| match target {
            Target::Param(path, _) => matches!(path.first(), Some(Step::Key(key)) if names.contains(key)),
            _ => false,
        };
        let is_quoted = |column: usize| match cells.get(column) {
            Cell::Empty => false,
            cell => finding.message.contains(&quote(cell.shown().trim())),
        };
        let targets = self.columns.targets.iter().enumerate();
        let mut found = targets.filter(|(at, target)| is_named(target) && is_quoted(*at)).map(|(at, _)| at);
        // Two columns with the same text cannot be told apart.
        found.next().filter(|_| found.next().is_none())
    }

    /// Why a cell without a picture above it has none: it had one in another file, or names a file of which none were given.
    fn lacking(&self, column: usize, text: &str) -> Option<Message> {
        let text = text.trim();
        if text == IN_CELL {
            return Some(words::picture_cell_gone());
        }
        let is_one = matches!(&self.columns.targets[column], Target::Param(_, Typing::Picture));
        let is_own = self.template.files.contains_key(text.strip_prefix("./").unwrap_or(text));
        let is_address = || text.starts_with("www.") || text.contains("://") || !is_file_name(text);
        let is_name = is_one && !self.options.pictures.has_files && !self.sheet.is_json && !is_own && !is_address();
        is_name.then(words::pictures_not_given)
    }
}
