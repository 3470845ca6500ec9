//! Units behind amounts: `6800元/月`, `4980元/人起`. They count only where the template has a place for them (`x-unit`), and are
//! reported.

use serde_json::Value;

use super::{Target, Typing, names::Names, path::Step};
use crate::words::{self, quote};
use haibao_core::{
    error::{Finding, Title},
    template::{money, price_unit::PriceUnit},
};
use haibao_sheet::{Cells, Sheet, remark::unit_behind};

/// Where units behind amounts begin.
const STARTS: [char; 4] = ['/', '／', '每', '起'];

/// What happens to the units behind the amounts of each column.
#[derive(Debug, Default)]
pub(super) struct Tails(Vec<Option<Tail>>);

/// What happens to the unit behind the amounts of a column.
#[derive(Debug)]
enum Tail {
    /// The template draws these.
    Drawn(Vec<String>),
    /// It is the value of another parameter.
    Sets(Setting),
}

#[derive(Debug)]
struct Setting {
    path: Vec<Step>,
    typing: Typing,
    /// Title of the parameter.
    title: Title,
    /// The parameter's own column.
    column: Option<usize>,
    /// The unit in the name of the column of amounts.
    named: Option<String>,
}

/// An amount with a unit behind it.
#[derive(Debug)]
pub(super) struct Amount {
    pub fen: i64,
    /// Another parameter that the unit sets, and its value.
    pub sets: Option<(Vec<Step>, Value)>,
}

impl Tails {
    /// Looks for `x-unit` in the schemas of the columns of amounts.
    pub fn find(sheet: &Sheet, names: &Names<'_>, targets: &[Target]) -> Self {
        let tail = |(column, target): (usize, &Target)| {
            let Target::Param(path, Typing::Money(_)) = target else { return None };
            Some(match names.unit_of(path)? {
                PriceUnit::Drawn(all) => Tail::Drawn(all.into_iter().map(plain).collect()),
                PriceUnit::Param(name) => {
                    let mut path = path.clone();
                    *path.last_mut()? = Step::Key(name.to_owned());
                    let typing = Typing::of(names.document, names.schema_at(&path)?);
                    let title = names.titled(&path).unwrap_or_else(|| Title::new(name, []));
                    let is_own = |target: &Target| matches!(target, Target::Param(own, _) if *own == path);
                    let named = unit_behind(&sheet.columns[column]);
                    Tail::Sets(Setting { column: targets.iter().position(is_own), typing, title, path, named })
                }
            })
        };
        if sheet.is_json {
            return Self::default();
        }
        Self(targets.iter().enumerate().map(tail).collect())
    }

    /// Reads an amount with a unit behind it. `None` for other texts, and for units that the template has no place for.
    pub fn read(&self, column: usize, text: &str, typing: &Typing, row: &Cells) -> Option<Amount> {
        let (tail, Typing::Money(numbers)) = (self.0.get(column)?.as_ref()?, typing) else { return None };
        let (amount, unit) = split(text)?;
        let fen = money::read(amount, *numbers).ok()?;
        let sets = match tail {
            Tail::Drawn(all) => {
                all.contains(&plain(unit)).then_some(())?;
                None
            }
            Tail::Sets(setting) => setting.given(unit, row)?,
        };
        Some(Amount { fen, sets })
    }

    /// The parameter that the unit in the name of a column sets, for a row that has an amount in it but no unit of its own.
    pub fn named(&self, column: usize, row: &Cells) -> Option<(Vec<Step>, Value)> {
        let Some(Some(Tail::Sets(setting))) = self.0.get(column) else { return None };
        let unit = setting.named.as_ref().filter(|_| setting.own(row).is_none())?;
        let value = setting.typing.value(unit);
        // 元/套 is no period.
        setting.allows(&value).then(|| (setting.path.clone(), value))
    }

    /// Reports the units that were applied.
    pub fn notices(&self, sheet: &Sheet, targets: &[Target]) -> Vec<Finding> {
        let of_column = |(column, target): (usize, &Target)| {
            let (tail, Target::Param(_, typing)) = (self.0.get(column)?.as_ref()?, target) else { return None };
            let name = quote(&sheet.columns[column]);
            let read = |row: &Cells| {
                let text = row.get(column).shown().trim();
                let amount = self.read(column, text, typing, row)?;
                Some((text.to_owned(), split(text)?.1.to_owned(), amount.fen))
            };
            let mut all = sheet.rows.iter().filter_map(read);
            let (text, unit, fen) = all.next()?;
            let count = 1 + all.count();
            Some(match tail {
                Tail::Drawn(_) => words::money_unit_drawn(name, count, text, money::shown(fen)),
                Tail::Sets(setting) => {
                    words::money_unit_sets(name, count, text, money::shown(fen), unit, setting.title.clone())
                }
            })
        };
        let of_name = |column: usize| {
            let Some(Some(Tail::Sets(setting))) = self.0.get(column) else { return None };
            let is_set = |row: &&Cells| !row.get(column).shown().is_empty() && self.named(column, row).is_some();
            let count = sheet.rows.iter().filter(is_set).count();
            let unit = setting.named.as_ref().filter(|_| count > 0)?;
            Some(words::money_unit_named(quote(&sheet.columns[column]), unit, setting.title.clone(), count))
        };
        targets.iter().enumerate().filter_map(of_column).chain((0..targets.len()).filter_map(of_name)).collect()
    }
}

impl Setting {
    /// The value in the parameter's own column.
    fn own<'r>(&self, row: &'r Cells) -> Option<&'r str> {
        let text = row.get(self.column?).shown().trim();
        (!text.is_empty()).then_some(text)
    }

    /// What a unit sets: nothing beside the same one in its own column. `None` if there is another one.
    fn given(&self, unit: &str, row: &Cells) -> Option<Option<(Vec<Step>, Value)>> {
        let value = self.typing.value(unit);
        match self.own(row) {
            Some(own) => (self.typing.value(own) == value).then_some(None),
            None => self.allows(&value).then(|| Some((self.path.clone(), value))),
        }
    }

    /// Whether a value is allowed, as far as the typing knows.
    fn allows(&self, value: &Value) -> bool {
        match &self.typing {
            Typing::OneOf(all, _) => all.iter().any(|choice| choice.value == *value),
            _ => true,
        }
    }
}

/// The parts of a text before and from the unit behind an amount.
fn split(text: &str) -> Option<(&str, &str)> {
    let at = text.find(STARTS)?;
    let (amount, unit) = (text[..at].trim_end(), text[at..].trim());
    (!amount.is_empty()).then_some((amount, unit))
}

/// A unit in one form: 每人 and ／人 are /人.
fn plain(unit: &str) -> String {
    let unit = money::ascii(unit).replace(' ', "");
    unit.strip_prefix('每').map_or(unit.clone(), |rest| format!("/{rest}"))
}
