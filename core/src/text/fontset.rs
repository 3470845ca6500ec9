//! The fonts that a renderer may use: the embedded ones and those that the user adds. System fonts are never looked
//! at, so that a poster looks the same everywhere.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use ab_glyph::{Font, FontArc};
use parley::{
    FontContext,
    fontique::{Blob, Collection, CollectionOptions, FontInfoOverride, GenericFamily},
};
use resvg::usvg::fontdb;

use super::shape::Shaper;
use crate::error::{Error, Finding, Kind, Result};

/// The family that a text has when it names none.
pub const DEFAULT_FAMILY: &str = "Noto Sans SC";
/// The regular face once more, under a name of its own: parley looks for a missing character in other families, not
/// in another weight of the same one, and rare ideographs are in the regular face only.
const RARE_FAMILY: &str = "Noto Sans SC rare";
/// The family of the emoji font.
pub const EMOJI_FAMILY: &str = "Noto Color Emoji";

/// A font that is part of the program: its file name and its bytes.
pub type StaticFont = (&'static str, &'static [u8]);

/// A font file of the user's: its name, for messages, and its bytes (`.ttf`, `.otf`, `.ttc`).
pub type FontFile = (String, Vec<u8>);

/// One face, as the rasteriser wants it.
#[derive(Debug, Clone)]
pub struct Face {
    /// Name of its family.
    pub family: Arc<str>,
    /// 1 to 1000 (CSS `font-weight`).
    pub weight: u16,
    /// Outlines and strikes.
    pub font: FontArc,
    /// Font units per em.
    pub units_per_em: f32,
    /// ab_glyph's scale is ascent minus descent: px of it per px of font size.
    pub scale_per_size: f32,
}

/// Vertical metrics of the default face, in em (y up).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metrics {
    /// Above the baseline.
    pub ascent: f32,
    /// Below the baseline, positive.
    pub descent: f32,
}

/// A fixed set of fonts. Shared by all threads.
pub struct FontSet {
    context: FontContext,
    faces: Vec<Face>,
    by_blob: HashMap<(u64, u32), u16>,
    database: OnceLock<Arc<fontdb::Database>>,
    files: Vec<Blob<u8>>,
    families: Vec<String>,
    version: blake3::Hash,
    /// Those that nobody uses now. As many as were ever used at once.
    shapers: Mutex<Vec<Shaper>>,
}

impl std::fmt::Debug for FontSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FontSet").field("families", &self.families).field("version", &self.version).finish()
    }
}

impl FontSet {
    /// The default fonts (weight 400 and 700 of [`DEFAULT_FAMILY`], then [`EMOJI_FAMILY`]) and the user's own, which take
    /// precedence over a default font of the same family and weight.
    ///
    /// # Errors
    /// `font_invalid` names every file that is not a font.
    pub fn new(defaults: [StaticFont; 3], own: Vec<FontFile>) -> Result<Self> {
        let options = CollectionOptions { shared: false, system_fonts: false };
        let mut set = Self {
            context: FontContext { collection: Collection::new(options), source_cache: Default::default() },
            faces: Vec::new(),
            by_blob: HashMap::new(),
            database: OnceLock::new(),
            files: Vec::new(),
            families: Vec::new(),
            version: blake3::hash(b""),
            shapers: Mutex::default(),
        };
        let mut findings = Vec::new();
        let bad = |name: &str| Finding::error("font_invalid", format!("{name} is no font that can be read"));
        let mut version = blake3::Hasher::new();
        for (name, bytes) in own {
            version.update(blake3::hash(&bytes).as_bytes());
            if set.add(Blob::new(Arc::new(bytes.clone())), None, bytes).is_none() {
                findings.push(bad(&name));
            }
        }
        let families = [DEFAULT_FAMILY, DEFAULT_FAMILY, EMOJI_FAMILY];
        for ((name, bytes), family) in defaults.into_iter().zip(families) {
            // Part of the program: identified by name and length instead of hashing 25 MB at every start.
            version.update(name.as_bytes()).update(&bytes.len().to_le_bytes());
            if set.add(Blob::new(Arc::new(bytes)), Some(family), bytes).is_none() {
                findings.push(bad(name));
            }
        }
        if !findings.is_empty() {
            return Err(Error::findings(Kind::Invalid, "font_invalid", findings)
                .hint("put TrueType or OpenType files (.ttf, .otf, .ttc) into the fonts folder"));
        }
        let rare = FontInfoOverride { family_name: Some(RARE_FAMILY), ..Default::default() };
        if let Some(regular) = set.files.get(set.files.len() - 3).cloned() {
            set.context.collection.register_fonts(regular, Some(rare));
        }
        if let Some(emoji) = set.context.collection.family_id(EMOJI_FAMILY) {
            set.context.collection.append_generic_families(GenericFamily::Emoji, [emoji].into_iter());
        }
        set.families.sort();
        set.families.dedup();
        set.version = version.finalize();
        Ok(set)
    }

    /// Adds the faces of a file; none when it is no font.
    fn add(&mut self, blob: Blob<u8>, family: Option<&str>, bytes: impl IntoFace) -> Option<()> {
        let name_as = FontInfoOverride { family_name: family, ..Default::default() };
        let registered = self.context.collection.register_fonts(blob.clone(), Some(name_as));
        if registered.is_empty() {
            return None;
        }
        for (id, fonts) in &registered {
            let family: Arc<str> = self.context.collection.family_name(*id).unwrap_or_default().into();
            self.families.push(family.to_string());
            for font in fonts {
                let face = bytes.face(font.index())?;
                let units_per_em = face.units_per_em().filter(|u| *u > 0.0)?;
                let scale_per_size = face.height_unscaled() / units_per_em;
                let index = u16::try_from(self.faces.len()).ok()?;
                // Weights lie between 1 and 1000.
                let weight = font.weight().value() as u16;
                self.faces.push(Face { family: family.clone(), weight, font: face, units_per_em, scale_per_size });
                self.by_blob.insert((blob.id(), font.index()), index);
            }
        }
        self.files.push(blob);
        Some(())
    }

    /// The family of text that names none.
    pub fn default_family(&self) -> &'static str {
        DEFAULT_FAMILY
    }

    /// Names of all families that a template may ask for.
    pub fn families(&self) -> &[String] {
        &self.families
    }

    /// Changes when a font of the set changes.
    pub fn version(&self) -> blake3::Hash {
        self.version
    }

    /// The face with this number (from a [`super::PlacedGlyph`]).
    pub fn face(&self, index: u16) -> Option<&Face> {
        self.faces.get(usize::from(index))
    }

    /// Vertical metrics of the default face in em.
    pub fn metrics(&self) -> Metrics {
        let face = self.faces.len().checked_sub(3).and_then(|i| self.faces.get(i));
        face.map_or(Metrics { ascent: 0.88, descent: 0.12 }, |face| Metrics {
            ascent: face.font.ascent_unscaled() / face.units_per_em,
            descent: -face.font.descent_unscaled() / face.units_per_em,
        })
    }

    /// The same fonts for the text inside of artwork.
    pub fn database(&self) -> Arc<fontdb::Database> {
        let make = || {
            let mut database = fontdb::Database::new();
            for file in &self.files {
                database.load_font_source(fontdb::Source::Binary(Arc::new(file.clone())));
            }
            for set in [fontdb::Database::set_sans_serif_family, fontdb::Database::set_serif_family] {
                set(&mut database, DEFAULT_FAMILY);
            }
            Arc::new(database)
        };
        self.database.get_or_init(make).clone()
    }

    /// Lends a shaper of these fonts. What it learns of them serves those who have it next: learning takes longer than
    /// shaping a line.
    pub fn with_shaper<T>(&self, work: impl FnOnce(&mut Shaper) -> T) -> T {
        let idle = || self.shapers.lock().unwrap_or_else(PoisonError::into_inner);
        let known = idle().pop();
        let mut shaper = known.unwrap_or_else(|| Shaper::new(self));
        let done = work(&mut shaper);
        idle().push(shaper);
        done
    }

    pub(super) fn context(&self) -> FontContext {
        self.context.clone()
    }

    pub(super) fn face_index(&self, blob: u64, index: u32) -> Option<u16> {
        self.by_blob.get(&(blob, index)).copied()
    }

    /// Whether a face has pictures for glyphs.
    pub(super) fn is_emoji(&self, face: u16) -> bool {
        self.face(face).is_some_and(|face| &*face.family == EMOJI_FAMILY)
    }

    pub(super) fn default_families() -> [&'static str; 2] {
        [DEFAULT_FAMILY, RARE_FAMILY]
    }
}

/// Bytes that become a face: borrowed for ever, or owned.
trait IntoFace {
    fn face(&self, index: u32) -> Option<FontArc>;
}

impl IntoFace for &'static [u8] {
    fn face(&self, index: u32) -> Option<FontArc> {
        ab_glyph::FontRef::try_from_slice_and_index(self, index).ok().map(FontArc::new)
    }
}

impl IntoFace for Vec<u8> {
    fn face(&self, index: u32) -> Option<FontArc> {
        ab_glyph::FontVec::try_from_vec_and_index(self.clone(), index).ok().map(FontArc::new)
    }
}
