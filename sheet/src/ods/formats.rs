//! The number formats of an OpenDocument sheet (OpenDocument 1.3, part 3, 16.29), as patterns of XLSX.
//!
//! Programs write what cells show beside their values. Some libraries write the values only, or the values in both places.

use std::{collections::HashMap, io::BufRead};

use super::super::{
    style::MAX_CODE,
    styles::{self, CellStyle},
    xlsx::parts::Parts,
    xml::{Tag, Tags},
};

/// Maximum number of styles of cells and of numbers each.
const MAX_STYLES: usize = 70_000;
/// Maximum number of styles that one inherits from.
const MAX_PARENTS: usize = 8;
/// Maximum number of digits of a format, and of its texts and conditions.
const MAX_PARTS: usize = 30;

/// Number formats by the names of styles, and how the sheet shows zeros.
#[derive(Debug, Default)]
pub struct Formats {
    /// By the names of styles of cells.
    cells: HashMap<String, CellStyle>,
    /// Whether the sheet shows zeros as empty cells.
    pub hides_zeros: bool,
}

impl Formats {
    /// Reads the formats of a file. What cannot be read is left out.
    pub fn read(parts: &mut Parts<'_>) -> Self {
        let mut found = Styles::default();
        for part in ["styles.xml", "content.xml"] {
            if let Some(tags) = parts.part(part) {
                found.read(tags);
            }
        }
        let format = |name: &String| Some((name.clone(), styles::of_code(&found.code(found.number(name)?)?)));
        let cells = found.cells.keys().filter_map(format).collect();
        Self { cells, hides_zeros: hides_zeros(parts) }
    }

    /// The format of a style of cells.
    pub fn get(&self, style: &str) -> Option<&CellStyle> {
        self.cells.get(style)
    }
}

/// Whether the view of the file leaves zeros out.
fn hides_zeros(parts: &mut Parts<'_>) -> bool {
    let Some(mut tags) = parts.part("settings.xml") else { return false };
    let mut is_zeros = false;
    while let Ok(Some(tag)) = tags.next() {
        if tag.opens("config-item") {
            is_zeros = tag.attribute("name").as_deref() == Some("ShowZeroValues");
        } else if tag.closes("config-item") && std::mem::take(&mut is_zeros) && tag.text().trim() == "false" {
            return true;
        }
    }
    false
}

/// The styles of a file.
#[derive(Default)]
struct Styles {
    numbers: HashMap<String, Number>,
    /// Style of numbers and parent by the name of a style of cells.
    cells: HashMap<String, (Option<String>, Option<String>)>,
}

/// A style of numbers.
#[derive(Default)]
struct Number {
    /// Its pattern; `None` for one of another kind, such as a fraction.
    code: Option<String>,
    /// Conditions under which other styles apply.
    maps: Vec<(String, String)>,
    digits: Option<Digits>,
    is_percentage: bool,
    /// Position of the text within the number that is being read.
    position: usize,
}

/// The digits of a number.
#[derive(Default)]
struct Digits {
    least: usize,
    /// Most and least decimals; `None` for as many as the number has.
    decimals: Option<(usize, usize)>,
    has_groups: bool,
    /// Commas behind the last digit: each divides by a thousand.
    scale: usize,
    /// Texts with the number of digits behind them.
    texts: Vec<(usize, String)>,
}

impl Styles {
    fn read(&mut self, mut tags: Tags<impl BufRead>) {
        let mut open: Option<(String, Number)> = None;
        while let Ok(Some(tag)) = tags.next() {
            // The cells follow.
            if tag.opens("body") {
                break;
            }
            let is_number = ["number-style", "currency-style", "percentage-style"].iter().any(|name| tag.is(name));
            if is_number && !tag.is_closing {
                let number = Number {
                    code: Some(String::new()),
                    is_percentage: tag.is("percentage-style"),
                    ..Number::default()
                };
                // `[DBNum1]`: other digits.
                let is_other = tag.attribute("transliteration-format").is_some_and(|format| format != "1");
                let number = if is_other { Number::default() } else { number };
                open = tag.attribute("name").map(|name| (name, number));
            } else if let Some((_, number)) = &mut open {
                number.read(&tag);
            } else if tag.opens("style")
                && tag.attribute("family").as_deref() == Some("table-cell")
                && self.cells.len() < MAX_STYLES
                && let Some(name) = tag.attribute("name")
            {
                self.cells.insert(name, (tag.attribute("data-style-name"), tag.attribute("parent-style-name")));
            }
            if is_number
                && (tag.is_closing || tag.is_empty)
                && let Some((name, number)) = open.take()
                && self.numbers.len() < MAX_STYLES
            {
                self.numbers.insert(name, number);
            }
        }
    }

    /// The style of numbers of a style of cells: its own, or that of a parent.
    fn number(&self, name: &str) -> Option<&str> {
        let mut style = self.cells.get(name)?;
        for _ in 0..MAX_PARENTS {
            if let Some(number) = &style.0 {
                return Some(number);
            }
            style = self.cells.get(style.1.as_ref()?)?;
        }
        None
    }

    /// The pattern of a style of numbers, with those for negative numbers and zero.
    fn code(&self, name: &str) -> Option<String> {
        let number = self.numbers.get(name)?;
        let own = number.code.as_ref()?;
        let part = |name: &str| self.numbers.get(name)?.code.as_deref();
        let maps: Vec<(&str, &str)> = number.maps.iter().map(|(when, name)| (when.as_str(), name.as_str())).collect();
        let code = match maps[..] {
            [] => own.clone(),
            [("value()>=0", first)] => format!("{};{own}", part(first)?),
            [("value()<0", second)] => format!("{own};{}", part(second)?),
            [("value()>0", first), ("value()<0", second)] => format!("{};{};{own}", part(first)?, part(second)?),
            _ => return None,
        };
        Some(code)
    }
}

impl Number {
    fn read(&mut self, tag: &Tag<'_>) {
        if tag.opens("number") {
            self.digits = Digits::of(tag);
            self.code = self.code.take().filter(|_| self.digits.is_some());
        } else if tag.opens("embedded-text") {
            self.position = tag.number("position").unwrap_or_default().min(MAX_PARTS as u64) as usize;
        } else if tag.is("embedded-text") && tag.is_closing {
            if let Some(digits) = self.digits.as_mut().filter(|digits| digits.texts.len() < MAX_PARTS) {
                digits.texts.push((self.position, tag.text()));
            }
        } else if tag.is("text") && tag.is_closing {
            let text = tag.text();
            match self.is_percentage && text.trim() == "%" {
                true => self.push("%"),
                false => self.push(&escaped(&text)),
            }
        } else if tag.is("currency-symbol") && tag.is_closing {
            let symbol = tag.text().replace(['[', ']', '-'], "");
            self.push(&format!("[${symbol}]"));
        } else if tag.opens("fraction") || tag.opens("scientific-number") {
            self.code = None;
        } else if tag.opens("map") && self.maps.len() < MAX_PARTS {
            let when = tag.attribute("condition").unwrap_or_default().replace(' ', "");
            self.maps.push((when, tag.attribute("apply-style-name").unwrap_or_default()));
        }
        if tag.closes("number")
            && let Some(digits) = self.digits.take()
        {
            self.push(&digits.pattern());
        }
    }

    /// Adds a part of the pattern. One that becomes too long is not kept: any number of styles may refer to it.
    fn push(&mut self, part: &str) {
        self.code = self.code.take().filter(|code| code.len() + part.len() <= MAX_CODE).map(|code| code + part);
    }
}

impl Digits {
    /// `None` for numbers that are not shown as such.
    fn of(tag: &Tag<'_>) -> Option<Self> {
        let count = |name: &str| tag.number(name).map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        let most = count("decimal-places");
        let decimals = most.map(|most| (most, count("min-decimal-places").unwrap_or(most).min(most)));
        let scale = match tag.attribute("display-factor").as_deref() {
            None | Some("1") => 0,
            Some("1000") => 1,
            Some("1000000") => 2,
            Some(_) => return None,
        };
        let least = count("min-integer-digits").unwrap_or(0);
        let has_groups = tag.attribute("grouping").as_deref() == Some("true");
        let is_short = least <= MAX_PARTS && most.unwrap_or(0) <= MAX_PARTS;
        is_short.then(|| Self { least, decimals, has_groups, scale, texts: Vec::new() })
    }

    fn pattern(&self) -> String {
        if self.decimals.is_none() && self.least <= 1 && !self.has_groups && self.scale == 0 && self.texts.is_empty() {
            return "General".to_owned();
        }
        let texts = self.texts.iter().map(|(behind, _)| behind + 1).max().unwrap_or(1);
        let places = self.least.max(if self.has_groups { 4 } else { 1 }).max(texts);
        let mut code = String::new();
        for behind in (0..places).rev() {
            code.push(if behind < self.least { '0' } else { '#' });
            if self.has_groups && behind > 0 && behind % 3 == 0 {
                code.push(',');
            }
            let here = self.texts.iter().filter(|(own, _)| *own == behind && behind > 0);
            here.for_each(|(_, text)| code.push_str(&escaped(text)));
        }
        let (most, least) = self.decimals.unwrap_or_default();
        if most > 0 {
            code.push('.');
            (0..most).for_each(|at| code.push(if at < least { '0' } else { '#' }));
        }
        code + &",".repeat(self.scale)
    }
}

/// A text in a pattern.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| ['\\', c]).collect()
}
