//! Hints of findings on the command line: what a page offers as a choice is a flag here.

use crate::words;
use haibao_core::error::{Argument, Error, Finding, Message};

/// A finding with its hint for the command line.
pub(super) fn adapted(finding: Finding) -> Finding {
    let hint = hint(finding.words());
    finding.with_hint(hint)
}

/// An error whose findings have their hints for the command line.
pub(super) fn of_error(error: Error) -> Error {
    let findings = error.all_findings().iter().cloned().map(adapted).collect();
    let own = hint(error.words());
    let error = error.with_findings(findings);
    match own {
        Some(own) => error.hint(own),
        None => error,
    }
}

/// The hint of a sentence for the command line, if it differs from that of others.
fn hint(said: &Message) -> Option<Message> {
    let argument = |name: &str| {
        let at = said.row().arguments.iter().position(|own| *own == name)?;
        said.arguments().get(at).cloned()
    };
    Some(match said.row().id {
        words::column_like::ID | words::titled_column_like::ID => {
            words::flag_map_like(argument("column")?, argument("name")?)
        }
        words::column_twice::ID => words::flag_map_twice(argument("first")?, argument("name")?),
        words::column_missing::ID
        | words::titled_column_missing::ID
        | words::column_missing_in::ID
        | words::titled_column_missing_in::ID => words::flag_map_missing(argument("name")?),
        words::column_ambiguous::ID => words::flag_map_ambiguous(argument("column")?),
        words::columns_ignored::ID => words::flag_map(),
        words::rows_hidden::ID => words::flag_hidden(),
        words::pictures_not_given::ID => words::flag_pictures(),
        // Sentences around others.
        _ => said.arguments().iter().find_map(|argument| match argument {
            Argument::Message(inner) => hint(inner),
            Argument::Text(_) | Argument::Title(_) => None,
        })?,
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::language::Language;

    /// The long flags of some commands, with their dashes.
    fn flags(commands: &[&str]) -> Vec<String> {
        let command = crate::cli::Cli::command();
        let commands = command.get_subcommands().filter(|own| commands.contains(&own.get_name()));
        let flags = commands.flat_map(|own| own.get_arguments().filter_map(|argument| argument.get_long()));
        flags.map(|flag| format!("--{flag}")).collect()
    }

    /// The flags of these commands that a text names.
    fn named<'f>(text: &str, flags: &'f [String]) -> Vec<&'f str> {
        let is_end = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        // Custom properties of CSS look alike: var(--name).
        let is_flag = |at: usize, flag: &str| !text[..at].ends_with('(') && is_end(&text[at + flag.len()..]);
        let has = |flag: &&String| text.match_indices(flag.as_str()).any(|(at, flag)| is_flag(at, flag));
        flags.iter().filter(has).map(String::as_str).collect()
    }

    /// Message and hint of a row in both languages.
    fn texts(row: &haibao_core::error::Wording) -> Vec<String> {
        let chinese = words::chinese(row.id);
        let chinese = chinese.into_iter().flat_map(|pattern| [Some(pattern.message), pattern.hint]);
        [Some(row.message), row.hint].into_iter().chain(chinese).flatten().map(str::to_owned).collect()
    }

    #[test]
    fn hints_of_sheets_name_no_surface() {
        let flags = flags(&["export", "render"]);
        assert!(flags.contains(&"--map".to_owned()) && flags.contains(&"--set".to_owned()), "{flags:?}");
        // What pages and requests alone have.
        let words = [
            "on the page",
            "the box",
            "the API",
            "`map`",
            "in the options",
            "网页中",
            "网页上",
            "网页在",
            "网页勾选",
            "页面上",
            "勾选",
            "选项 ",
            "HTTP ",
        ];
        for row in words::rows_of_sheets() {
            for text in texts(row) {
                assert_eq!(named(&text, &flags), [""; 0], "{}: {text}", row.id);
                let found = words.iter().find(|word| text.contains(**word));
                assert_eq!(found, None, "{}: {text}", row.id);
            }
        }
    }

    #[test]
    fn sentences_of_responses_name_no_flags() {
        let flags = flags(&["export", "render"]);
        for row in words::rows_of_responses().chain(haibao_core::layer::rows()) {
            for text in texts(row) {
                assert_eq!(named(&text, &flags), [""; 0], "{}: {text}", row.id);
            }
        }
    }

    #[test]
    fn the_command_line_names_its_flags() {
        let flags = flags(&["export"]);
        for (finding, flag) in [
            (words::column_like("\"商品 名\"", "title"), "--map \"商品 名\"=title"),
            (words::titled_column_like("\"名\"", "title", "标题"), "--map \"名\"=title"),
            (words::column_twice("\"活动价\"", "\"价格\"", "price"), "--map \"活动价\"=price"),
            (words::column_missing("title"), "--map COLUMN=title"),
            (words::titled_column_missing("title", "标题"), "--map COLUMN=title"),
            (words::column_missing_in(3, "title"), "--map COLUMN=title"),
            (words::titled_column_missing_in(3, "title", "标题"), "--map COLUMN=title"),
            (words::column_ambiguous("\"双关\"", "`one`, `two`"), "--map \"双关\"=PARAM"),
            (words::columns_ignored("\"a\""), "--map COLUMN=PARAM"),
            (words::rows_hidden(2, "3, 4"), "--hidden skip"),
            (Finding::error("picture_missing", words::pictures_not_given()), "--pictures"),
        ] {
            let adapted = adapted(finding.clone());
            assert_eq!((adapted.code, &adapted.message), (finding.code, &finding.message));
            for language in [Language::English, Language::Chinese] {
                let hint = language.finding(&adapted).hint.unwrap_or_default();
                assert!(hint.contains(flag) && !named(&hint, &flags).is_empty(), "{hint}");
            }
        }
        let error =
            Error::findings(haibao_core::error::ErrorKind::Invalid, "sheet_columns", vec![words::column_missing("a")]);
        let error = of_error(error);
        assert!(
            error.all_findings()[0].hint.as_deref().is_some_and(|hint| hint.contains("--map COLUMN=a")),
            "{error:?}"
        );
        let kept = adapted(words::cells_merged("\"a\""));
        assert_eq!(kept, words::cells_merged("\"a\""));
    }
}
