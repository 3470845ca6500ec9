//! `haibao scene`: checks, encodes and decodes scene strings.

use std::path::PathBuf;

use secrecy::ExposeSecret;
use serde_json::{Map, Value};

use super::{output, render, report, runtime::with_store};
use crate::{
    config::Settings,
    store::{self, Links},
    words,
};
use haibao_core::{
    error::{Error, ErrorKind, Finding, Result},
    scene::{self, MAX_LENGTH},
    template::source::SourceFile,
};

/// Maximum size of the parameter file, bytes.
const MAX_FILE: u64 = 1 << 20;
/// Shown instead of a file name where a caret points into the scene.
const NAME: &str = "scene";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Check a scene against WeChat's rules
    Check {
        /// The scene, such as id=123
        scene: String,
    },
    /// Encode parameters as a scene
    Encode(Encode),
    /// Decode a scene as the page does and print its parameters as JSON
    Decode {
        /// The scene: plain, percent-encoded, as a launch parameter or query, or the link of a QR code. A short link is looked up in
        /// the store
        scene: String,
    },
}

#[derive(Debug, clap::Args)]
struct Encode {
    /// Parameters: id=123 from=poster
    #[arg(value_name = "KEY=VALUE", value_parser = render::pair("KEY", "VALUE"), required_unless_present = "json")]
    params: Vec<(String, String)>,
    /// JSON file with an object of parameters, overridden by KEY=VALUE; `-` for standard input
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Create a short link in the store if the parameters do not fit
    #[arg(long)]
    link: bool,
}

pub(super) fn run(args: Args, settings: &Settings) -> Result<()> {
    match args.command {
        Command::Check { scene } => {
            scene::check(&scene).map_err(|error| with_places(error, &scene))?;
            report::tell(&words::scene_length(scene.len(), MAX_LENGTH));
            print_launch_parameter(&scene);
            Ok(())
        }
        Command::Encode(args) => encode(args, settings),
        Command::Decode { scene } => decode(&scene, settings),
    }
}

fn encode(args: Encode, settings: &Settings) -> Result<()> {
    let mut params = match args.json.as_deref() {
        None => Map::new(),
        Some(path) => match render::parse(path, &render::read(path, MAX_FILE)?)? {
            Value::Object(params) => params,
            _ => {
                return Err(Error::of(ErrorKind::Invalid, words::not_an_object(path.display())));
            }
        },
    };
    params.extend(args.params.into_iter().map(|(key, value)| (key, Value::String(value))));
    let encoded = scene::encode(&params)?;
    if !args.link && encoded.needs_link() {
        return Err(too_long(&params));
    }
    let scene = with_store(settings, async |store| Links::new(store, settings.scenes).text(&encoded).await)?;
    output::print(&format!("{scene}\n"))?;
    print_launch_parameter(&scene);
    Ok(())
}

fn too_long(params: &Map<String, Value>) -> Error {
    let finding = match scene::readable(params) {
        Some(text) => words::scene_needs_link(format!("{text:?}"), text.len(), MAX_LENGTH),
        None => words::scene_nested(),
    };
    Error::of(ErrorKind::Invalid, finding)
}

fn decode(scene: &str, settings: &Settings) -> Result<()> {
    let decoded = scene::decode(scene);
    let params = match &decoded.short_id {
        None => decoded.params,
        Some(id) => {
            let lookup = with_store(settings, async |store| Links::new(store, settings.scenes).get(id).await);
            let place = || match settings.store.expose_secret() {
                "" => words::looked_up_in_folder(format!("{:?}", settings.data)),
                _ => words::looked_up_in_store(),
            };
            let is_unknown = |e: &Error| e.kind() == ErrorKind::NotFound && store::is_valid_id(id);
            // The link's own parameters count, as on the page.
            let mut params = decoded.params.clone();
            params.extend(lookup.map_err(|e| if is_unknown(&e) { e.hint(place()) } else { e })?.params());
            params
        }
    };
    let text = serde_json::to_string_pretty(&params)
        .map_err(|e| Error::internal("the parameters cannot be printed").source(e))?;
    output::print(&format!("{text}\n"))
}

fn print_launch_parameter(scene: &str) {
    report::tell(&words::launch_parameter(scene::launch_parameter(scene)));
}

/// Adds locations to the findings, for carets under the errors.
fn with_places(error: Error, scene: &str) -> Error {
    let source = SourceFile { file: NAME, text: scene };
    let place = |finding: &Finding| match scene::range(scene, finding) {
        Some(range) => finding.clone().place(source.place(range)),
        None => finding.clone(),
    };
    let findings = error.all_findings().iter().map(place).collect();
    error.with_findings(findings)
}
