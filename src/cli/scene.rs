//! `haibao scene`: checks, writes and reads scenes.

use std::path::PathBuf;

use secrecy::ExposeSecret;
use serde_json::{Map, Value};

use super::{block_on, output, render, report};
use crate::{
    config::Settings,
    store::{self, Links, Store},
};
use haibao_core::{
    error::{Error, Finding, Kind, Result},
    scene::{self, MAX_LENGTH},
    template::source::Source,
};

/// Most bytes of the file of parameters.
const MAX_FILE: u64 = 1 << 20;
/// What stands in the place of a file's name, where the scene is shown with a caret.
const NAME: &str = "scene";

/// What to do with a scene.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Check a scene as WeChat does
    Check {
        /// The scene, such as id=123
        scene: String,
    },
    /// Write parameters as a scene
    Encode(Encode),
    /// Read a scene as the page does, and print its parameters as JSON
    Decode {
        /// The scene; encoded as encodeURIComponent does, or a launch parameter, will do too. A short link is looked up in the
        /// data folder
        scene: String,
    },
}

#[derive(Debug, clap::Args)]
struct Encode {
    /// Parameters: id=123 from=poster
    #[arg(value_name = "KEY=VALUE", value_parser = render::pair, required_unless_present = "json")]
    params: Vec<(String, String)>,
    /// JSON file of an object of parameters, before the single ones; `-` for standard input
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Make a short link in the data folder when they do not fit
    #[arg(long)]
    link: bool,
}

pub(super) fn run(args: Args, settings: &Settings) -> Result<()> {
    match args.command {
        Command::Check { scene } => {
            scene::check(&scene).map_err(|error| shown(error, &scene))?;
            report::say(&format!("{} of {MAX_LENGTH} characters\n", scene.len()));
            launch(&scene);
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
                let message = format!("{} is no JSON object", path.display());
                return Err(Error::new(Kind::Invalid, "field_type", message).hint("write {\"id\": \"123\"}"));
            }
        },
    };
    params.extend(args.params.into_iter().map(|(key, value)| (key, Value::String(value))));
    let encoded = scene::encode(&params)?;
    if !args.link && encoded.is_link() {
        return Err(too_long(&params));
    }
    let scene = block_on(async { links(settings)?.text(&encoded).await })?;
    output::print(&format!("{scene}\n"))?;
    launch(&scene);
    Ok(())
}

fn too_long(params: &Map<String, Value>) -> Error {
    let message = match scene::readable(params) {
        Some(text) => {
            let length = text.len();
            format!("{text:?} has {length} characters, a scene has at most {MAX_LENGTH}")
        }
        None => "a list or an object does not fit into a scene".to_owned(),
    };
    Error::new(Kind::Invalid, "scene_too_long", message).hint("make a short link of it with --link, or pass less")
}

fn decode(scene: &str, settings: &Settings) -> Result<()> {
    // A launch parameter is encoded; `scene` may also be a key.
    let launched = scene.strip_prefix("scene=").filter(|rest| rest.contains('%') && !rest.contains('='));
    let scene = launched.unwrap_or(scene);
    let decoded = scene::decode(scene);
    let params = match &decoded.short_id {
        None => decoded.params,
        Some(id) => {
            let lookup = block_on(async { links(settings)?.get(id).await });
            let place = || match settings.store.expose_secret() {
                "" => format!("it was looked up in the data folder {:?}", settings.data),
                _ => "it was looked up in the database of the setting `store`".to_owned(),
            };
            let elsewhere = |e: &Error| e.code() == "scene_unknown" && store::is_valid_id(id);
            lookup.map_err(|e| if elsewhere(&e) { e.hint(place()) } else { e })?.params()
        }
    };
    let text = serde_json::to_string_pretty(&params)
        .map_err(|e| Error::new(Kind::Internal, "internal", "the parameters cannot be printed").source(e))?;
    output::print(&format!("{text}\n"))
}

fn links(settings: &Settings) -> Result<Links> {
    Ok(Links::new(Store::new(&settings.store, &settings.data)?, settings.scenes))
}

fn launch(scene: &str) {
    report::say(&format!("launch parameter for the developer tool: {}\n", scene::launch_parameter(scene)));
}

/// Puts a caret under what is wrong.
fn shown(error: Error, scene: &str) -> Error {
    let source = Source { file: NAME, text: scene };
    let mut illegal = scene::illegal(scene);
    let place = |finding: &Finding| {
        let range = match finding.code {
            "scene_character" => illegal.next().map(|found| found.offset..found.offset + found.character.len_utf8()),
            "scene_too_long" => scene.char_indices().nth(MAX_LENGTH).map(|(at, _)| at..scene.len()),
            _ => None,
        };
        match range {
            Some(range) => finding.clone().place(source.place(range)),
            None => finding.clone(),
        }
    };
    let findings = error.all_findings().iter().map(place).collect();
    error.with_findings(findings)
}
