//! Errors and findings on the terminal: message, location (with a caret for files) and hint.

use std::{
    env,
    fmt::Write as _,
    io::{IsTerminal, Write as _, stderr},
    sync::OnceLock,
};

use super::{hints, output};
use crate::{language::Language, words};
use haibao_core::error::{Error, Finding, Message, Result, Severity};

/// Language of the messages of this process.
static LANGUAGE: OnceLock<Language> = OnceLock::new();

/// Sets the language of messages: the chosen one, otherwise that of the locale (`LC_ALL`, `LC_MESSAGES`, `LANG`, the first
/// that is set). Other languages than Chinese are English.
pub(super) fn speak(chosen: Option<Language>) {
    let locale = || {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| env::var(name).ok());
        set.into_iter().find(|locale| !locale.is_empty()).and_then(|locale| Language::from_tag(&locale))
    };
    let _ = LANGUAGE.set(chosen.or_else(locale).unwrap_or_default());
}

/// The language of messages.
pub(super) fn language() -> Language {
    LANGUAGE.get().copied().unwrap_or_default()
}

/// A sentence as a line.
pub(super) fn line(message: &Message) -> String {
    language().text(message) + "\n"
}

/// Writes a sentence to standard error.
pub(super) fn tell(message: &Message) {
    say(&line(message));
}

/// Writes a sentence to standard output.
///
/// # Errors
/// As [`output::print`].
pub(super) fn print(message: &Message) -> Result<()> {
    output::print(&line(message))
}

/// Format of a command's results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ReportFormat {
    Text,
    Json,
}

/// Whether to colour standard error: it is a terminal, and `NO_COLOR` is unset or empty (<https://no-color.org>).
pub(super) fn colours() -> bool {
    stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}

/// Writes an error to standard error.
pub(super) fn error(error: &Error) {
    say(&text(&language().error(hints::of_error(error.clone())), colours()));
}

/// Writes an error of the arguments.
pub(super) fn problem(message: &Message, hint: &Message) {
    let (message, hint) = (language().text(message), language().text(hint));
    let labels = [label(&words::label_error(), "1;31", colours()), label(&words::label_hint(), "1;36", colours())];
    say(&format!("{}{}{message}\n\n{}{}{hint}\n", labels[0], space(), labels[1], space()));
}

/// Writes findings of a command that succeeded.
pub(super) fn findings(findings: &[Finding]) {
    let findings: Vec<_> =
        findings.iter().map(|finding| language().finding(&hints::adapted(finding.clone()))).collect();
    say(&list(&findings, colours()));
}

/// Writes to standard error. Failures are ignored, as there is nowhere to report them.
pub(super) fn say(text: &str) {
    let _ = stderr().write_all(text.as_bytes());
}

/// Wraps text in an ANSI style if `colours` is set.
fn paint(text: &str, style: &str, colours: bool) -> String {
    if colours { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
}

fn text(error: &Error, colours: bool) -> String {
    let all = error.all_findings();
    let mut text = format!("{}{}{}\n", label(&words::label_error(), "1;31", colours), space(), error.message());
    // A single finding with the same message adds only its location.
    match all {
        [one] if error.message().ends_with(&one.message) => {
            if let Some(place) = place(one) {
                let _ = write!(text, "\n{place}");
            }
        }
        _ if !all.is_empty() => {
            let _ = write!(text, "\n{}", list(all, colours));
        }
        _ => {}
    }
    let hint = error.hint_text().or(match all {
        [one] => one.hint.as_deref(),
        _ => None,
    });
    let shown = all.len() > 1 && all.iter().any(|f| f.hint.as_deref() == hint);
    if let Some(hint) = hint.filter(|_| !shown) {
        let _ = writeln!(text, "\n{}{}{hint}", label(&words::label_hint(), "1;36", colours), space());
    }
    text
}

/// The label of a severity.
pub(super) fn severity(finding: &Finding) -> String {
    language().text(&match finding.severity {
        Severity::Error => words::label_error(),
        Severity::Warning => words::label_warning(),
    })
}

/// A label with its colon.
fn label(name: &Message, style: &str, colours: bool) -> String {
    paint(&(language().text(name) + language().of(["：", ":"])), style, colours)
}

/// A colon with what follows it.
pub(super) fn colon() -> &'static str {
    language().of(["：", ": "])
}

/// What follows a colon: a full-width one has its own space.
pub(super) fn space() -> &'static str {
    language().of(["", " "])
}

fn list(findings: &[Finding], colours: bool) -> String {
    let mut text = String::new();
    for finding in findings {
        let style = if finding.severity == Severity::Error { "31" } else { "33" };
        let name = paint(&severity(finding), style, colours);
        let _ = writeln!(text, "{name}[{}]{}{}", finding.code, colon(), finding.message);
        if let Some(place) = place(finding) {
            text.push_str(&place);
        }
        if let Some(hint) = &finding.hint {
            let _ = writeln!(text, "  {}{}{hint}", label(&words::label_hint(), "36", colours), space());
        }
    }
    text
}

/// Location of a finding, on separate lines.
fn place(finding: &Finding) -> Option<String> {
    if let Some(place) = &finding.place {
        if !place.snippet.is_empty() {
            return Some(format!("{}\n", place.snippet.trim_end()));
        }
        return Some(format!("  --> {}:{}:{}\n", place.file, place.line, place.column));
    }
    finding.pointer.as_ref().map(|pointer| format!("  --> {pointer}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use haibao_core::error::{ErrorKind, Message, Place};

    #[test]
    fn one_finding_has_message_location_and_hint() {
        let finding = Finding::error("param_type", Message::verbatim("expected integer, got string \"12\""));
        let finding = finding.pointer("/params/price").with_hint(Message::verbatim("write 12"));
        let error = Error::findings(ErrorKind::Invalid, "params_invalid", vec![finding]);
        let expected = "error: `price`: expected integer, got string \"12\"\n\n  --> /params/price\n\nhint: write 12\n";
        assert_eq!(text(&error, false), expected);
    }

    #[test]
    fn several_findings_are_listed_with_their_carets() {
        let snippet = "--> layout.json:2:3\n  |\n2 |   \"colour\"\n  |   ^^^^^^^^".to_owned();
        let place = Place { file: "layout.json".into(), line: 2, column: 3, snippet };
        let one = Finding::error("key_unknown", Message::verbatim("unknown key `colour`"))
            .place(place)
            .with_hint(Message::verbatim("did you mean `color`?"));
        let two = Finding::error("param_missing", Message::verbatim("title is missing")).pointer("/params/title");
        let error = Error::findings(ErrorKind::Invalid, "template_invalid", vec![one, two]);
        let expected = "error: unknown key `colour` (and 1 more)\n\n\
            error[key_unknown]: unknown key `colour`\n--> layout.json:2:3\n  |\n2 |   \"colour\"\n  |   ^^^^^^^^\n  hint: did you mean `color`?\n\
            error[param_missing]: title is missing\n  --> /params/title\n";
        assert_eq!(text(&error, false), expected);
    }

    #[test]
    fn only_labels_are_coloured() {
        let error = Error::internal("broken").hint(Message::verbatim("fix it"));
        assert_eq!(text(&error, true), "\x1b[1;31merror:\x1b[0m broken\n\n\x1b[1;36mhint:\x1b[0m fix it\n");
        assert!(!text(&error, false).contains('\x1b'));
    }
}
