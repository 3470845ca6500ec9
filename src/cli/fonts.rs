//! `haibao fonts`: lists the fonts that posters use, and explains how to add more.

use std::{
    collections::BTreeMap,
    fmt::{self, Write},
    sync::Arc,
};

use haibao_core::{
    error::Result,
    text::{Face, FontOrigin},
};
use serde_json::{Value, json};

use super::{
    Flags, block_on,
    output::print,
    report::{self, ReportFormat},
};
use crate::{config::Settings, service::App, words};

/// The optional serif family.
const SERIF: &str = "Noto Serif SC";

/// Characters that fonts have glyphs for: from the space to the last ideograph.
const FIRST_CHARACTER: char = ' ';
const LAST_CHARACTER: char = '\u{3ffff}';

/// Scripts, each with letters that a font for it has.
const SCRIPTS: [(&str, &str); 21] = [
    ("Latin", "Aaé"),
    ("Greek", "Ωα"),
    ("Cyrillic", "Жя"),
    ("kana", "あア"),
    ("bopomofo", "ㄅㄚ"),
    ("Hangul", "한글"),
    ("Arabic", "عم"),
    ("Hebrew", "אש"),
    ("Thai", "กท"),
    ("Lao", "ກລ"),
    ("Devanagari", "कह"),
    ("Bengali", "কব"),
    ("Tamil", "கத"),
    ("Georgian", "აქ"),
    ("Armenian", "Աա"),
    ("Myanmar", "ကမ"),
    ("Khmer", "កខ"),
    ("Tibetan", "ཀབ"),
    ("Mongolian", "ᠠᠮ"),
    ("Yi", "ꀀꆈ"),
    ("emoji", "😀🎉"),
];

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: ReportFormat,
    #[command(flatten)]
    pub(super) flags: Flags,
}

/// The faces of a family from one place.
#[derive(Debug, Default)]
struct Family {
    /// Weights and files.
    faces: Vec<(u16, Arc<str>)>,
    /// Number of characters of the face that has most of them.
    characters: usize,
    /// Number of ideographs of that face.
    ideographs: usize,
    scripts: Vec<&'static str>,
}

/// Where a family comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum FamilySource {
    BuiltIn,
    Folder(String),
    Template(String),
}

impl fmt::Display for FamilySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built in"),
            Self::Folder(path) => write!(f, "folder {path}"),
            Self::Template(id) => write!(f, "template {id}"),
        }
    }
}

type Families = BTreeMap<(String, FamilySource), Family>;

pub(super) fn run(args: &Args, settings: &Settings) -> Result<()> {
    block_on(async {
        let app = App::new(&settings.service())?;
        let mut families = Families::new();
        for face in app.renderer.fonts().faces() {
            let is_built_in = face.origin == FontOrigin::BuiltIn;
            let from = if is_built_in { FamilySource::BuiltIn } else { FamilySource::Folder(settings.fonts.clone()) };
            add(&mut families, face, from);
        }
        for (id, template) in app.catalog.all() {
            let template = match template {
                Ok(template) => template,
                Err(error) => {
                    report::error(&error);
                    continue;
                }
            };
            let all = template.fonts().map_or_else(Default::default, |set| set.faces());
            for face in all.iter().filter(|face| face.origin == FontOrigin::Template) {
                add(&mut families, face, FamilySource::Template(id.clone()));
            }
        }
        if args.format == ReportFormat::Json {
            return print(&format!("{:#}\n", json!({ "fonts": families.iter().map(as_json).collect::<Vec<_>>() })));
        }
        print(&table(&families))?;
        report::say(&help(&families, &settings.fonts));
        Ok(())
    })
}

fn add(families: &mut Families, face: &Face, from: FamilySource) {
    use ab_glyph::Font;
    let family = families.entry((face.family.to_string(), from)).or_default();
    family.faces.push((face.weight, Arc::clone(&face.file)));
    family.faces.sort();
    let has = |c: &char| face.font.glyph_id(*c).0 != 0;
    let characters: Vec<char> = (FIRST_CHARACTER..=LAST_CHARACTER).filter(has).collect();
    if characters.len() > family.characters {
        family.characters = characters.len();
        family.ideographs = characters.iter().filter(|c| is_ideograph(**c)).count();
        let covers = |letters: &str| letters.chars().all(|c| has(&c));
        family.scripts = SCRIPTS.iter().filter(|(_, letters)| covers(letters)).map(|(name, _)| *name).collect();
    }
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn as_json(((name, from), family): (&(String, FamilySource), &Family)) -> Value {
    json!({
        "family": name,
        "from": from.to_string(),
        "weights": weights(family),
        "files": family.faces.iter().map(|(_, file)| &**file).collect::<Vec<_>>(),
        "characters": family.characters,
        "ideographs": family.ideographs,
        "scripts": family.scripts,
    })
}

fn weights(family: &Family) -> Vec<u16> {
    let mut weights: Vec<u16> = family.faces.iter().map(|(weight, _)| *weight).collect();
    weights.dedup();
    weights
}

fn table(families: &Families) -> String {
    let mut rows = vec![["family", "weights", "characters", "from", "scripts"].map(str::to_owned)];
    for ((name, from), family) in families {
        let weights = weights(family).iter().map(u16::to_string).collect::<Vec<_>>().join(" ");
        let ideographs = (family.ideographs > 0).then(|| format!("{} ideographs", family.ideographs));
        let scripts: Vec<String> =
            ideographs.into_iter().chain(family.scripts.iter().map(|s| (*s).to_owned())).collect();
        rows.push([name.clone(), weights, family.characters.to_string(), from.to_string(), scripts.join(", ")]);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..4).map(width).collect();
    let mut text = String::new();
    for [name, weights, characters, from, scripts] in &rows {
        let _ = writeln!(
            text,
            "{name:0$}  {weights:1$}  {characters:>2$}  {from:3$}  {scripts}",
            widths[0], widths[1], widths[2], widths[3]
        );
    }
    text
}

/// How to add fonts, and the optional serif family.
fn help(families: &Families, folder: &str) -> String {
    let for_all = match folder {
        // The setting says that no folder is read.
        "" => words::fonts_no_folder(),
        folder => words::fonts_folder(format!("{folder:?}")),
    };
    let folder = if folder.is_empty() { "fonts" } else { folder };
    let mut text = format!("\n{}{}", report::line(&for_all), report::line(&words::fonts_own(SERIF)));
    let is_serif = |(name, from): &(String, FamilySource)| name == SERIF && matches!(from, FamilySource::Folder(_));
    let has_serif = families.keys().any(is_serif);
    if has_serif {
        return text;
    }
    let _ = write!(
        text,
        "\n{}
  npm pack @expo-google-fonts/noto-serif-sc && tar -xzf expo-google-fonts-noto-serif-sc-*.tgz
  mkdir -p {folder}
  cp package/700Bold/*.ttf package/900Black/*.ttf package/LICENSE_FONT {folder}/\n",
        report::line(&words::fonts_serif(SERIF, "https://fonts.google.com/noto/specimen/Noto+Serif+SC")),
    );
    text
}
