//! Titles of parameters, in the languages in which a template has them.

/// Tag of the language whose titles are known by their characters.
const CHINESE: &str = "zh";

/// The title of a parameter: what messages call it, in each language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    /// A title for each step of a path: `商品 名称`, `Product name`.
    parts: Vec<TitlePart>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct TitlePart {
    /// As the template writes it.
    own: String,
    /// By the language's tag.
    others: Vec<(String, String)>,
}

impl Title {
    /// A title, with those of other languages by their tags, such as `en`.
    pub fn new<'t>(own: &str, others: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let others = others.into_iter().map(|(tag, title)| (tag.to_owned(), title.to_owned())).collect();
        Self { parts: vec![TitlePart { own: own.to_owned(), others }] }
    }

    /// The title with that of a part of the parameter.
    pub fn then(mut self, part: Self) -> Self {
        self.parts.extend(part.parts);
        self
    }

    /// The title as the template writes it, in whatever language.
    pub fn own(&self) -> String {
        self.joined(|part| &part.own)
    }

    /// The title in a language by its primary tag, `en` or `zh`; without one, as the template writes it.
    pub fn text(&self, language: &str) -> String {
        self.joined(|part| part.text(language))
    }

    fn joined(&self, text: impl Fn(&TitlePart) -> &str) -> String {
        self.parts.iter().map(text).collect::<Vec<_>>().join(" ")
    }
}

impl TitlePart {
    fn text(&self, language: &str) -> &str {
        // The other Chinese titles are aliases of a Chinese one.
        if language == CHINESE && self.own.chars().any(is_ideograph) {
            return &self.own;
        }
        let is_language = |tag: &str| tag.split(['-', '_']).next() == Some(language);
        self.others.iter().find(|(tag, _)| is_language(tag)).map_or(self.own.as_str(), |(_, title)| title.as_str())
    }
}

/// Whether a character is an ideograph of Chinese.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::Title;

    #[test]
    fn titles_are_those_of_the_language() {
        let price = Title::new("售价", [("zh", "价格"), ("en-GB", "Price")]);
        assert_eq!(
            [price.own(), price.text("zh"), price.text("en"), price.text("de")],
            ["售价", "售价", "Price", "售价"]
        );
        let english = Title::new("Price", [("zh", "价格")]);
        assert_eq!([english.own(), english.text("zh"), english.text("en")], ["Price", "价格", "Price"]);
        let second = Title::new("商品", [("en", "Item")]).then(Title::new("2", [])).then(price);
        assert_eq!([second.text("zh"), second.text("en")], ["商品 2 售价", "Item 2 Price"]);
    }
}
