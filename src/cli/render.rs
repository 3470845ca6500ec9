//! `haibao render`: composes one poster into a file.

use std::{
    fs,
    io::{Read, stdin},
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use super::{Flags, output::Output, report, runtime::with_app, sample};
use crate::{
    causes,
    config::Settings,
    export::outline::param_titled,
    service::{CodeFrom, ComposeRequest, compose, explain},
    words,
};
use haibao_core::{
    asset::Asset,
    encode::Format,
    error::{Error, ErrorKind, Finding, Message, Result},
    json,
    template::{
        Template,
        assets::is_no_file,
        money::{self, Numbers},
        params::resolve,
        suggest::nearest,
    },
    words::quote,
};

/// Maximum size of a parameter file, bytes.
const MAX_PARAMS: u64 = 16 << 20;
/// Maximum size of a code's picture, bytes.
const MAX_CODE: u64 = 16 << 20;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Name of the template
    template: String,
    /// JSON file of parameters; `-` for standard input
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
    /// One parameter, converted to the type in the template's schema. Amounts: 1280 is fen, 12.80 or ¥12.80 yuan. Pictures:
    /// @FILE is a file of this machine. May be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair("NAME", "VALUE"))]
    sets: Vec<(String, String)>,
    /// Start from the parameters of a sample: usual, longest, poorest
    #[arg(long, value_name = "NAME")]
    sample: Option<String>,
    /// Picture to use as the code instead of fetching one from WeChat
    #[arg(long, value_name = "FILE", conflicts_with = "demo")]
    code: Option<PathBuf>,
    /// Take the code from an emulated WeChat
    #[arg(long)]
    demo: bool,
    /// Scale, output px per canvas px, 1 to 3
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = scale)]
    scale: f32,
    #[arg(long, value_name = "FORMAT", default_value = Format::default().name(), help = format_help())]
    format: Format,
    /// Print every layer's box, lines and source to standard error; with -o FILE also draw the boxes over the poster, into
    /// FILE.explain.png
    #[arg(long)]
    explain: bool,
    /// Fail if there are findings
    #[arg(long)]
    strict: bool,
    /// Output file; `-` for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-", hide_default_value = true)]
    output: PathBuf,
    #[command(flatten)]
    pub(super) flags: Flags,
}

/// A parser of two texts with `=` between them, whose names are those of the help.
pub(super) fn pair(
    name: &'static str,
    value: &'static str,
) -> impl Fn(&str) -> Result<(String, String), String> + Clone + Send + Sync + 'static {
    move |text: &str| match text.split_once('=') {
        None => Err(words::pair_incomplete(name, value, text).text()),
        Some(("", _)) => Err(words::pair_unnamed(name, value).text()),
        Some((first, second)) => Ok((first.to_owned(), second.to_owned())),
    }
}

pub(super) fn scale(text: &str) -> Result<f32, String> {
    let scale: f32 = text.parse().map_err(|_| "expected a number from 1 to 3".to_owned())?;
    if (1.0..=3.0).contains(&scale) { Ok(scale) } else { Err("the scale must be from 1 to 3".into()) }
}

/// Help of `--format`.
pub(super) fn format_help() -> String {
    let names: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
    format!("Output format: {}", names.join(", "))
}

pub(super) fn run(args: Args, mut settings: Settings) -> Result<()> {
    let output = Output::from(args.output.clone());
    output.check_for(&[args.format.extension()])?;
    let code_from = match args.code.as_deref() {
        Some(path) => CodeFrom::Picture(Asset::new(read(path, MAX_CODE)?)),
        None => CodeFrom::WeChat,
    };
    let _emulator = args.demo.then(|| sample::emulate(&mut settings)).transpose()?;
    let (composed, fonts) = with_app(&settings, async |app| {
        let template = app.template(&args.template).await?;
        let sets = named(&args.sets, &template);
        let request = ComposeRequest {
            code_from,
            format: args.format,
            scale: args.scale,
            strict: args.strict,
            ..ComposeRequest::new(args.template.as_str(), params(&args, &sets, &template)?)
        };
        let composed = compose(app, request).await.map_err(|error| at_files(error, &sets))?;
        Ok((composed, Arc::clone(app.renderer.fonts())))
    })?;
    output.write(&composed.rendered.bytes)?;
    if args.explain {
        report::say(&format!("{:#}\n", explain::explain(&composed, &fonts)));
        if let Output::File(path) = &output {
            let mut name = path.clone().into_os_string();
            name.push(format!(".explain.{}", explain::OVERLAY_FORMAT.extension()));
            Output::File(name.into()).write(&explain::overlay(&composed, &fonts, || Ok(()))?)?;
        }
    }
    report::findings(&composed.rendered.findings);
    Ok(())
}

/// The single values by the names of their parameters, which may be given by their titles, as in sheets. Prints which titles were
/// taken.
fn named(sets: &[(String, String)], template: &Template) -> Vec<(String, String)> {
    let by_name = |(given, value): &(String, String)| {
        let name = param_titled(template, given);
        if let Some(name) = &name {
            report::tell(&words::set_by_title(quote(given), name));
        }
        (name.unwrap_or_else(|| given.clone()), value.clone())
    };
    sets.iter().map(by_name).collect()
}

/// Merges the parameters: single values override the file, which overrides the sample.
fn params(args: &Args, sets: &[(String, String)], template: &Template) -> Result<Value> {
    let mut params = Map::new();
    if let Some(name) = &args.sample {
        let sample = template.samples().get(name).ok_or_else(|| {
            let names = template.samples().keys().map(String::as_str);
            let hint = match nearest(name, names.clone()) {
                Some(near) => words::did_you_mean_quoted(format!("{near:?}")),
                None => words::available(names.collect::<Vec<_>>().join(", ")),
            };
            Error::of(ErrorKind::NotFound, words::sample_unknown(format!("{name:?}"))).hint(hint)
        })?;
        params.extend(sample.as_object().cloned().unwrap_or_default());
    }
    if let Some(path) = &args.params {
        let given: Value = parse(path, &read(path, MAX_PARAMS)?)?;
        match given {
            Value::Object(given) => params.extend(given),
            // Parameter validation rejects this with a proper finding.
            other => return Ok(other),
        }
    }
    for (name, text) in sets {
        params.insert(name.clone(), typed(template, name, text)?);
    }
    Ok(Value::Object(params))
}

/// Converts text to the type in the schema; `@FILE` becomes the picture in a file. Text that cannot be converted stays a
/// string, so that parameter validation reports it together with all other errors.
///
/// # Errors
/// `file_unreadable`, `file_too_large`.
fn typed(template: &Template, name: &str, text: &str) -> Result<Value> {
    let schema = template.params().document().get("properties").and_then(|p| p.get(name));
    let schema = schema.map(|schema| resolve(template.params().document(), schema));
    let has_format = |name: &str| schema.and_then(|schema| schema.get("format")).is_some_and(|format| format == name);
    if has_format(money::FORMAT) {
        return Ok(money::read(text, Numbers::FenOrYuan).map_or_else(|_| Value::from(text), Value::from));
    }
    if let Some(path) = text.strip_prefix('@').filter(|_| has_format("image")) {
        let picture = read(Path::new(path), MAX_PARAMS)?;
        return Ok(format!("data:;base64,{}", STANDARD.encode(picture)).into());
    }
    Ok(match schema.and_then(|s| s.get("type")).and_then(Value::as_str) {
        Some("integer" | "number" | "boolean" | "array" | "object") => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
        }
        _ => Value::from(text),
    })
}

/// Adds how to name a file of this machine to findings of pictures that were set without `@`.
fn at_files(error: Error, sets: &[(String, String)]) -> Error {
    let adapted = |finding: Finding| {
        let name = finding.pointer.as_deref().and_then(|pointer| pointer.strip_prefix("/params/"));
        let set = sets.iter().rfind(|(own, _)| Some(own.as_str()) == name);
        match set.filter(|_| is_no_file(finding.words())) {
            Some((name, path)) => finding.with_hint(words::flag_set_file(name, path)),
            None => finding,
        }
    };
    let findings: Vec<Finding> = error.all_findings().iter().cloned().map(adapted).collect();
    let own = match &findings[..] {
        [one] => one.words().own_hint(),
        _ => None,
    };
    let error = error.with_findings(findings);
    match own {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

pub(super) fn read(path: &Path, max_bytes: u64) -> Result<Vec<u8>> {
    let is_stdin = path.as_os_str() == "-";
    let name = || if is_stdin { words::standard_input() } else { Message::verbatim(path.display()) };
    let mut bytes = Vec::new();
    let result = if is_stdin {
        stdin().lock().take(max_bytes + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(max_bytes + 1).read_to_end(&mut bytes))
    };
    result.map_err(|e| Error::of(ErrorKind::NotFound, words::file_unreadable(name(), causes::io(&e))))?;
    if bytes.len() as u64 > max_bytes {
        return Err(Error::of(ErrorKind::TooLarge, words::file_too_large(name(), max_bytes)));
    }
    Ok(bytes)
}

pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Value> {
    let bytes = json::unmarked(bytes);
    json::from_slice(bytes).map_err(|e| {
        // An error of the encoding has no place.
        let (path, line, column, reason) = (path.display(), e.line().max(1), e.column().max(1), json::reason(&e));
        if e.is_data() {
            return Error::of(ErrorKind::Malformed, words::params_duplicate(path, line, column, reason));
        }
        let finding = words::params_json(path, line, column, reason);
        Error::of(ErrorKind::Malformed, finding.with_hint(json::full_width_hint(bytes, &e)))
    })
}
