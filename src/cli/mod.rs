//! The command line: one file per command. Data goes to standard output, messages to standard error. Exit codes: 0 success,
//! 1 failure, 2 invalid arguments or settings.

mod backup;
mod check;
mod code;
mod config;
mod demo;
mod emulator;
mod export;
mod flags;
mod fonts;
mod health;
mod hints;
mod keys;
mod log;
mod new;
#[cfg(all(test, feature = "otlp"))]
#[allow(dead_code, reason = "only its tests use it in this build")]
mod no_otlp;
#[cfg_attr(not(feature = "otlp"), path = "no_otlp.rs")]
mod otlp;
mod output;
mod progress;
mod render;
mod report;
mod runtime;
mod sample;
mod scene;
mod schema;
mod serve;
mod sheet;
mod studio;
mod table;
mod usage;

use std::{path::PathBuf, process::ExitCode, time::Instant};

use clap::{Parser, Subcommand};
use flags::{Flags, Listen, ServiceFlags};
use runtime::block_on;

use crate::{
    config::{DEFAULTS, Loaded},
    language::Language,
    words,
};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// Share posters for WeChat mini-programs: template + parameters + mini-program code -> one PNG.
#[derive(Debug, Parser)]
#[command(name = "haibao", version, about, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    /// Settings file [default: haibao.toml, if it exists]
    #[arg(long, global = true, env = "HAIBAO_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Language of messages: en or zh [default: that of LANG]
    #[arg(long, global = true, value_name = "LANGUAGE", value_parser = parse_language)]
    lang: Option<Language>,
    /// Log level or filter, such as debug or info,haibao::wechat=debug [default: info]
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compose a sample poster end to end with an emulated WeChat, then serve it
    Demo(demo::Args),
    /// Serve posters over HTTP
    Serve(serve::Args),
    /// Edit templates in the browser, with posters that follow each change
    Studio(studio::Args),
    /// Compose one poster into a file
    Render(render::Args),
    /// Fetch one mini-program code into a file, or many into a folder
    Code(code::Args),
    /// Check templates with difficult parameters, for designers and CI
    Check(check::Args),
    /// Compose a poster for every row of a sheet into a ZIP file or a folder
    Export(export::Args),
    /// Check, encode and decode scene strings
    Scene(scene::Args),
    /// Create, list and revoke the API keys of the service
    Keys(keys::Args),
    /// List the fonts that posters use, and how to add more
    Fonts(fonts::Args),
    /// Create a new template
    New(new::Args),
    /// Print the JSON Schema of layout.json
    Schema,
    /// Emulate WeChat's API on this machine
    Emulator(emulator::Args),
    /// Print the effective settings and the source of each, or all defaults as a commented file
    Config(config::Args),
    /// Check that a service on this machine answers, for container health checks
    Health(health::Args),
    /// Copy the data of a service on this machine, also while it runs
    Backup(backup::Args),
}

fn parse_language(tag: &str) -> Result<Language, String> {
    Language::from_tag(tag).ok_or_else(|| "expected en or zh".to_owned())
}

/// Runs the command that the process arguments name and reports its error.
pub fn run() -> ExitCode {
    let start = Instant::now();
    let Cli { config, lang: _, log, command } = match usage::parse() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let mut flags = command.flags();
    flags.push(("log", log));
    let env = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
    let flags = flags.into_iter().filter_map(|(path, value)| Some((path, value?)));
    // These commands need no settings and must work even if the settings are invalid.
    let result = match command {
        Command::Schema => schema::run(),
        Command::Emulator(args) => emulator::run(&args),
        Command::Config(args) if args.default => output::print(DEFAULTS),
        command => {
            let loaded =
                Loaded::read(config.as_deref(), env, flags).and_then(|l| log::start(&l.settings).map(|log| (l, log)));
            let (loaded, _log) = match loaded.and_then(|l| command.check_folder().map(|()| l)) {
                Ok(loaded) => loaded,
                Err(error) => {
                    report::error(&error);
                    return ExitCode::from(2);
                }
            };
            match command {
                Command::Demo(args) => demo::run(args, loaded, start),
                Command::Serve(args) => serve::run(&args, loaded),
                Command::Studio(_) => studio::run(loaded),
                Command::Render(args) => render::run(args, loaded.settings),
                Command::Code(args) => code::run(args, loaded.settings),
                Command::Check(args) => check::run(&args, &loaded.settings),
                Command::Export(args) => export::run(args, loaded.settings),
                Command::Scene(args) => scene::run(args, &loaded.settings),
                Command::Keys(args) => keys::run(args, &loaded.settings),
                Command::Fonts(args) => fonts::run(&args, &loaded.settings),
                Command::New(args) => new::run(&args, &loaded.settings),
                Command::Config(_) => config::run(&loaded),
                Command::Health(_) => health::run(&loaded.settings.addr),
                Command::Backup(args) => backup::run(&args, &loaded.settings),
                Command::Schema | Command::Emulator(_) => Ok(()),
            }
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::error(&error);
            // Settings that parse but are unusable.
            let settings = error.is_from(Domain::Settings);
            ExitCode::from(if settings { 2 } else { 1 })
        }
    }
}

impl Command {
    /// Rejects a missing `--templates` folder, for commands that do not create it.
    fn check_folder(&self) -> Result<()> {
        let named = match self {
            Self::New(_) => None,
            command => command.own_flags().flags.templates,
        };
        match named {
            Some(folder) if !std::path::Path::new(&folder).is_dir() => {
                Err(Error::of(ErrorKind::NotFound, words::templates_missing(format!("{folder:?}"))))
            }
            _ => Ok(()),
        }
    }

    /// The settings that its flags set.
    fn flags(&self) -> Vec<(&'static str, Option<String>)> {
        let ServiceFlags { listen, flags } = self.own_flags();
        vec![("addr", listen.addr), ("templates", flags.templates), ("fonts", flags.fonts)]
    }

    fn own_flags(&self) -> ServiceFlags {
        let folders = |flags: &Flags| ServiceFlags { flags: flags.clone(), ..ServiceFlags::default() };
        match self {
            Self::Demo(demo::Args { service, .. })
            | Self::Serve(serve::Args { service, .. })
            | Self::Studio(studio::Args { service })
            | Self::Config(config::Args { service, .. }) => service.clone(),
            Self::Render(render::Args { flags, .. })
            | Self::Check(check::Args { flags, .. })
            | Self::Export(export::Args { flags, .. })
            | Self::Fonts(fonts::Args { flags, .. }) => folders(flags),
            Self::New(args) => folders(&Flags { templates: args.templates.clone(), ..Flags::default() }),
            Self::Health(args) => ServiceFlags { listen: args.listen.clone(), ..ServiceFlags::default() },
            Self::Code(_) | Self::Keys(_) | Self::Scene(_) | Self::Schema | Self::Emulator(_) | Self::Backup(_) => {
                ServiceFlags::default()
            }
        }
    }
}
