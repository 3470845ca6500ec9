//! Help and errors of arguments in Chinese. clap writes English alone: the texts of commands and arguments are replaced by those of
//! `usage.zh.json`, the headings in the finished help, and errors by sentences of the catalogue.

use std::{collections::HashMap, env, ffi::OsString, process::ExitCode, sync::LazyLock};

use clap::{
    Arg, Command, Parser,
    builder::StyledStr,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{output, report};
use crate::{causes::recognised, language::Language, words};
use haibao_core::{error::Message, template::suggest::nearest};

/// Chinese texts of commands and arguments by the English ones.
static CHINESE: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the table is embedded, and a test reads it")]
    serde_json::from_str(include_str!("usage.zh.json")).expect("the table is well-formed")
});

/// What clap writes into the help by itself.
const HEADINGS: [(&str, &str); 9] = [
    ("Usage: ", "用法："),
    ("Commands:", "命令："),
    ("Arguments:", "参数："),
    ("Options:", "选项："),
    ("[OPTIONS]", "[选项]"),
    ("<COMMAND>", "<命令>"),
    ("[COMMAND]", "[命令]"),
    ("[default: ", "[默认："),
    ("[possible values: ", "[可选："),
];

/// Parses the arguments of the process. Help, the version and errors are written in the language of the messages, which this sets.
///
/// # Errors
/// The exit code, once all is written.
pub(super) fn parse<C: Parser>() -> Result<C, ExitCode> {
    let args: Vec<OsString> = env::args_os().collect();
    report::speak(chosen(&args));
    match report::language() {
        // Exits by itself, with the colours of the terminal.
        Language::English => Ok(C::parse()),
        Language::Chinese => {
            let mut command = chinese(C::command());
            let parsed =
                command.try_get_matches_from_mut(&args).and_then(|mut matches| C::from_arg_matches_mut(&mut matches));
            parsed.map_err(|error| explain(&error, &command, &args))
        }
    }
}

/// The language of `--lang`, which is known before the arguments are parsed.
fn chosen(args: &[OsString]) -> Option<Language> {
    let mut args = args.iter().filter_map(|arg| arg.to_str()).take_while(|arg| *arg != "--");
    let mut chosen = None;
    while let Some(arg) = args.next() {
        let tag = if arg == "--lang" { args.next() } else { arg.strip_prefix("--lang=") };
        chosen = tag.and_then(Language::from_tag).or(chosen);
    }
    chosen
}

/// A command with its texts in Chinese.
fn chinese(mut command: Command) -> Command {
    // Adds `help` and `--help`, and the arguments of all commands to each.
    command.build();
    translated(command)
}

fn translated(command: Command) -> Command {
    let about = command.get_about().map(in_chinese);
    let long = command.get_long_about().map(in_chinese);
    let mut command = command.mut_args(|arg| {
        let (help, long) = (arg.get_help().map(in_chinese), arg.get_long_help().map(in_chinese));
        let arg = if let Some(help) = help { arg.help(help) } else { arg };
        if let Some(long) = long { arg.long_help(long) } else { arg }
    });
    if let Some(about) = about {
        command = command.about(about);
    }
    if let Some(long) = long {
        command = command.long_about(long);
    }
    command.mut_subcommands(translated)
}

/// The Chinese text, or the English one if there is none. A list of formats after a colon stays as it is.
fn in_chinese(text: &StyledStr) -> String {
    let text = text.to_string();
    if let Some(chinese) = CHINESE.get(&text) {
        return chinese.clone();
    }
    match text.split_once(": ").and_then(|(start, list)| Some((CHINESE.get(&format!("{start}: "))?, list))) {
        Some((start, list)) => format!("{start}{list}"),
        None => text,
    }
}

fn with_headings(text: &str) -> String {
    HEADINGS.iter().fold(text.to_owned(), |text, (english, chinese)| text.replace(english, chinese))
}

/// Writes what clap has to say: to standard output if it was asked for.
fn explain(error: &clap::Error, command: &Command, args: &[OsString]) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp => {
            let written = output::print(&with_headings(&error.to_string()));
            return if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        ErrorKind::DisplayVersion => {
            let written = output::print(&error.to_string());
            return if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            report::say(&with_headings(&error.to_string()));
            return ExitCode::from(2);
        }
        _ => {}
    }
    let (command, path) = current(command, args);
    let (message, hint) = sentence(error, command);
    report::problem(&message, &hint.unwrap_or_else(|| words::usage_help(path)));
    if let Some(usage) = error.get(ContextKind::Usage) {
        report::say(&format!("\n{}\n", with_headings(&usage.to_string())));
    }
    ExitCode::from(2)
}

/// The command that the arguments name, and its path.
fn current<'c>(mut command: &'c Command, args: &[OsString]) -> (&'c Command, String) {
    let mut path = command.get_name().to_owned();
    let mut rest = args.iter().skip(1).filter_map(|arg| arg.to_str());
    while let Some(arg) = rest.next() {
        let is_flag = |own: &&Arg| match (arg.strip_prefix("--"), arg.strip_prefix('-')) {
            (Some(long), _) => own.get_long() == Some(long),
            (None, Some(short)) => own.get_short().is_some_and(|own| short == own.to_string()),
            (None, None) => false,
        };
        // A value may be the name of a command.
        if command.get_arguments().find(is_flag).is_some_and(|flag| flag.get_action().takes_values()) {
            rest.next();
        } else if let Some(found) = command.find_subcommand(arg) {
            command = found;
            path = format!("{path} {arg}");
        }
    }
    (command, path)
}

/// What is wrong, and what to do, as far as more is known than the help.
fn sentence(error: &clap::Error, command: &Command) -> (Message, Option<Message>) {
    let get = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let (arg, value) = (get(ContextKind::InvalidArg), get(ContextKind::InvalidValue));
    let did_you_mean = |kind, given: &str| {
        let found = match error.get(kind)? {
            // Several that are alike, in the order of the commands.
            ContextValue::Strings(all) => {
                let nearest = nearest(given, all.iter().map(String::as_str));
                nearest.or(all.last().map(String::as_str))?.to_owned()
            }
            one => one.to_string(),
        };
        Some(words::did_you_mean(&found))
    };
    match error.kind() {
        ErrorKind::InvalidValue if value.is_empty() => (words::usage_value_missing(&arg), help_of(command, &arg)),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let valid = get(ContextKind::ValidValue);
            let hint = if valid.is_empty() { help_of(command, &arg) } else { Some(words::available(valid)) };
            // What the parser of the value says, if it is a sentence of the catalogue.
            let said = std::error::Error::source(error).and_then(|said| recognised(&said.to_string()));
            let hint = said.or(hint);
            let suggested = did_you_mean(ContextKind::SuggestedValue, &value);
            (words::usage_value(value, arg), suggested.or(hint))
        }
        ErrorKind::UnknownArgument => {
            let suggested = did_you_mean(ContextKind::SuggestedArg, &arg);
            (words::usage_unknown(arg), suggested)
        }
        ErrorKind::InvalidSubcommand => {
            let given = get(ContextKind::InvalidSubcommand);
            let suggested = did_you_mean(ContextKind::SuggestedSubcommand, &given);
            (words::usage_command(given), suggested)
        }
        ErrorKind::ArgumentConflict => (words::usage_conflict(arg, get(ContextKind::PriorArg)), None),
        ErrorKind::MissingRequiredArgument => (words::usage_missing(arg), None),
        ErrorKind::MissingSubcommand => {
            (words::usage_command_missing(), Some(words::available(get(ContextKind::ValidSubcommand))))
        }
        ErrorKind::NoEquals | ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            (words::usage_values(&arg), help_of(command, &arg))
        }
        ErrorKind::InvalidUtf8 => (words::usage_encoding(), None),
        // Writing failed; its reason is that of the system.
        _ => (Message::verbatim(error.to_string()), None),
    }
}

/// The help of an argument, which says what it expects.
fn help_of(command: &Command, shown: &str) -> Option<Message> {
    // As in `--rate <RATE>`.
    let name = shown.split([' ', '=']).next()?;
    let is_named = |arg: &&Arg| match name.strip_prefix("--") {
        Some(long) => arg.get_long() == Some(long),
        None => arg.to_string() == shown,
    };
    let help = command.get_arguments().find(is_named)?.get_help()?;
    Some(Message::verbatim(help.to_string()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    /// English texts of a command and those below.
    fn texts(command: &Command, all: &mut BTreeSet<String>) {
        let own = [command.get_about(), command.get_long_about()];
        let args = command.get_arguments().flat_map(|arg| [arg.get_help(), arg.get_long_help()]);
        all.extend(own.into_iter().chain(args).flatten().map(ToString::to_string));
        command.get_subcommands().for_each(|command| texts(command, all));
    }

    #[test]
    fn every_text_is_in_chinese() {
        let (mut command, mut english) = (Cli::command(), BTreeSet::new());
        command.build();
        texts(&command, &mut english);
        assert!(english.len() > 60, "{}", english.len());
        let is_missing = |text: &&String| in_chinese(&(*text).clone().into()) == **text;
        let missing: Vec<_> = english.iter().filter(is_missing).collect();
        assert!(missing.is_empty(), "no Chinese in usage.zh.json: {missing:#?}");
        let is_used = |key: &&String| english.iter().any(|text| text == *key || text.starts_with(key.as_str()));
        let unused: Vec<_> = CHINESE.keys().filter(|key| !is_used(key)).collect();
        assert!(unused.is_empty(), "unused in usage.zh.json: {unused:#?}");
    }

    #[test]
    fn values_of_flags_are_no_commands() {
        let mut command = Cli::command();
        command.build();
        for (args, path) in [
            (&["haibao", "--lang", "zh", "--config", "serve", "render"][..], "haibao render"),
            (&["haibao", "--config=serve", "keys", "add"], "haibao keys add"),
        ] {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            assert_eq!(current(&command, &args).1, path);
        }
    }

    #[test]
    fn help_is_in_chinese() {
        let mut command = chinese(Cli::command());
        for args in [&["haibao", "--help"][..], &["haibao", "render", "--help"], &["haibao", "help", "keys", "add"]] {
            let error = command.try_get_matches_from_mut(args).expect_err("the help");
            let help = with_headings(&error.to_string());
            assert!(help.contains("用法：haibao") && help.contains("选项："), "{help}");
            for english in ["Usage", "Options:", "Arguments:", "Commands:", "[default", "Print help", "Settings file"] {
                assert!(!help.contains(english), "{english} in {help}");
            }
        }
    }

    #[test]
    fn errors_are_in_chinese() {
        let command = chinese(Cli::command());
        for (args, expected) in [
            (&["rendr"][..], "没有命令 rendr"),
            (&["redner"], "没有命令 redner"),
            (&["render"], "缺少 <TEMPLATE>"),
            (&["render", "a", "--colour"], "没有参数 --colour"),
            (&["render", "a", "--scale", "9"], "9 不能作为 --scale <N> 的值"),
            (&["render", "a", "--scale"], "--scale <N> 缺少值"),
            (&["render", "a", "--set", "title"], "title 不能作为 --set <NAME=VALUE> 的值"),
            (&["check", "--format", "xml"], "xml 不能作为 --format <FORMAT> 的值"),
            (&["render", "a", "--demo", "--code", "x"], "--demo 不能与 --code <FILE> 一起使用"),
            (&["scene"], ""),
        ] {
            let args: Vec<OsString> = std::iter::once(&"haibao").chain(args).map(OsString::from).collect();
            let error = command.clone().try_get_matches_from(&args).expect_err(expected);
            let (inner, path) = current(&command, &args);
            assert!(path.starts_with("haibao"));
            if !expected.is_empty() {
                let (message, hint) = sentence(&error, inner);
                assert_eq!(Language::Chinese.text(&message), expected);
                let hint = hint.map(|hint| Language::Chinese.text(&hint));
                assert!(hint.as_ref().is_none_or(|hint| !hint.is_empty()));
                let is_misspelt = args.iter().any(|arg| arg == "redner");
                assert!(!is_misspelt || hint.as_deref() == Some("是不是 `render`？"), "{hint:?}");
            }
        }
    }

    #[test]
    fn hints_of_pairs_name_them_as_the_help_does() {
        let command = chinese(Cli::command());
        for (args, expected) in [
            (&["render", "a", "--set", "title"][..], "应为 NAME=VALUE：写成 title=VALUE"),
            (&["render", "a", "--set", "=x"], "应为 NAME=VALUE：= 之前缺少名称"),
            (&["export", "a", "--map", "售价"], "应为 COLUMN=PARAM：写成 售价=PARAM"),
            (&["scene", "encode", "id"], "应为 KEY=VALUE：写成 id=VALUE"),
        ] {
            let args: Vec<OsString> = std::iter::once(&"haibao").chain(args).map(OsString::from).collect();
            let error = command.clone().try_get_matches_from(&args).expect_err(expected);
            let (_, hint) = sentence(&error, current(&command, &args).0);
            assert_eq!(hint.map(|hint| Language::Chinese.text(&hint)).as_deref(), Some(expected));
        }
    }

    #[test]
    fn the_language_is_known_before_the_arguments() {
        for (args, expected) in [
            (&["--lang", "zh", "x"][..], Some(Language::Chinese)),
            (&["x", "--lang=zh_CN.UTF-8"], Some(Language::Chinese)),
            (&["--lang=zh", "--lang", "en"], Some(Language::English)),
            (&["x", "--", "--lang=zh"], None),
            (&["--lang"], None),
            (&["--lang=xx"], None),
        ] {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            assert_eq!(chosen(&args), expected, "{args:?}");
        }
    }
}
