//! `haibao fonts`: lists the fonts that posters use, and explains how to add more.

use std::{collections::BTreeMap, fmt::Write, sync::Arc};

use haibao_core::{
    error::{Message, Result},
    text::{Face, FontOrigin},
};
use serde_json::{Value, json};

use super::{
    Flags, block_on,
    output::print,
    report::{self, ReportFormat},
    table::aligned,
};
use crate::{config::Settings, language::Language, service::App, words};

/// The optional serif family.
const SERIF: &str = "Noto Serif SC";

/// Characters that fonts have glyphs for: from the space to the last ideograph.
const FIRST_CHARACTER: char = ' ';
const LAST_CHARACTER: char = '\u{3ffff}';

/// Scripts in English and Chinese, each with letters that a font for it has.
const SCRIPTS: [(&str, &str, &str); 21] = [
    ("Latin", "拉丁文", "Aaé"),
    ("Greek", "希腊文", "Ωα"),
    ("Cyrillic", "西里尔文", "Жя"),
    ("kana", "假名", "あア"),
    ("bopomofo", "注音", "ㄅㄚ"),
    ("Hangul", "谚文", "한글"),
    ("Arabic", "阿拉伯文", "عم"),
    ("Hebrew", "希伯来文", "אש"),
    ("Thai", "泰文", "กท"),
    ("Lao", "老挝文", "ກລ"),
    ("Devanagari", "天城文", "कह"),
    ("Bengali", "孟加拉文", "কব"),
    ("Tamil", "泰米尔文", "கத"),
    ("Georgian", "格鲁吉亚文", "აქ"),
    ("Armenian", "亚美尼亚文", "Աա"),
    ("Myanmar", "缅文", "ကမ"),
    ("Khmer", "高棉文", "កខ"),
    ("Tibetan", "藏文", "ཀབ"),
    ("Mongolian", "蒙古文", "ᠠᠮ"),
    ("Yi", "彝文", "ꀀꆈ"),
    ("emoji", "emoji", "😀🎉"),
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
    /// In English and Chinese.
    scripts: Vec<[&'static str; 2]>,
}

/// Where a family comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum FamilySource {
    BuiltIn,
    Folder(String),
    Template(String),
}

impl FamilySource {
    fn words(&self) -> Message {
        match self {
            Self::BuiltIn => words::fonts_built_in(),
            Self::Folder(path) => words::fonts_in_folder(path),
            Self::Template(id) => words::fonts_in_template(id),
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
        print(&table(&families, report::language()))?;
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
        let covered = SCRIPTS.iter().filter(|(.., letters)| covers(letters));
        family.scripts = covered.map(|(english, chinese, _)| [*english, *chinese]).collect();
    }
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn as_json(((name, from), family): (&(String, FamilySource), &Family)) -> Value {
    json!({
        "family": name,
        "from": from.words().text(),
        "weights": weights(family),
        "files": family.faces.iter().map(|(_, file)| &**file).collect::<Vec<_>>(),
        "characters": family.characters,
        "ideographs": family.ideographs,
        "scripts": family.scripts.iter().map(|[english, _]| *english).collect::<Vec<_>>(),
    })
}

fn weights(family: &Family) -> Vec<u16> {
    let mut weights: Vec<u16> = family.faces.iter().map(|(weight, _)| *weight).collect();
    weights.dedup();
    weights
}

fn table(families: &Families, language: Language) -> String {
    let said = |message: &Message| language.text(message);
    let head = [
        words::fonts_family(),
        words::fonts_weights(),
        words::fonts_characters(),
        words::fonts_from(),
        words::fonts_scripts(),
    ];
    let mut rows = vec![head.map(|name| said(&name))];
    for ((name, from), family) in families {
        let weights = weights(family).iter().map(u16::to_string).collect::<Vec<_>>().join(" ");
        let ideographs = (family.ideographs > 0).then(|| said(&words::fonts_ideographs(family.ideographs)));
        let scripts = family.scripts.iter().map(|[english, chinese]| language.of([*chinese, *english]).to_owned());
        let scripts: Vec<String> = ideographs.into_iter().chain(scripts).collect();
        let from = said(&from.words());
        rows.push([
            name.clone(),
            weights,
            family.characters.to_string(),
            from,
            scripts.join(language.of(["、", ", "])),
        ]);
    }
    aligned(&rows, &[2])
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
