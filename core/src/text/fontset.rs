//! The fonts available to a renderer: the embedded ones and custom files. System fonts are never used, so a poster
//! looks the same on every machine.

mod own;

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
use crate::{
    error::{Domain, Error, ErrorKind, Result},
    words,
};

/// Font family of text that does not set `font_family`.
const DEFAULT_FAMILY: &str = "Noto Sans SC";
/// The regular face, registered a second time under a separate family name. parley falls back to other families but not
/// to another weight of the same family, and only the regular face contains rare ideographs.
const RARE_FAMILY: &str = "Noto Sans SC rare";
/// Font family of the emoji font.
const EMOJI_FAMILY: &str = "Noto Color Emoji";
/// Font family of other scripts, for characters that no font before it has.
const SCRIPTS_FAMILY: &str = "Noto Sans Scripts";
/// Number of default fonts.
const DEFAULTS: usize = 4;

/// A font embedded in the binary: file name and content.
pub type StaticFont = (&'static str, &'static [u8]);

/// A custom font file (`.ttf`, `.otf`, `.ttc`): name for messages, and content.
pub type FontFile = (String, Vec<u8>);

/// Where a font comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FontOrigin {
    /// Embedded in the binary.
    BuiltIn,
    /// A custom font file of the process.
    Custom,
    /// A file of a template, used by this template only.
    Template,
}

/// A font face prepared for the rasteriser.
#[derive(Debug, Clone)]
pub struct Face {
    /// Hash of its file and its index there: equal in all font sets that have the face.
    pub id: u64,
    /// Family name.
    pub family: Arc<str>,
    /// Where its file comes from.
    pub origin: FontOrigin,
    /// Name of its file.
    pub file: Arc<str>,
    /// 1 to 1000 (CSS `font-weight`).
    pub weight: u16,
    /// Outlines and bitmap strikes.
    pub font: FontArc,
    /// Font units per em.
    pub units_per_em: f32,
    /// `ab_glyph` scale per px of font size: its scale is ascent minus descent, not the em size.
    pub scale_per_size: f32,
}

/// Vertical metrics of a face, in em (y up).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metrics {
    /// Distance above the baseline.
    pub ascent: f32,
    /// Distance below the baseline, positive.
    pub descent: f32,
}

impl Face {
    /// Its vertical metrics, em.
    pub fn metrics(&self) -> Metrics {
        Metrics {
            ascent: self.font.ascent_unscaled() / self.units_per_em,
            descent: -self.font.descent_unscaled() / self.units_per_em,
        }
    }

    /// Extents of a letter, em. `None` without an outline.
    pub fn ink(&self, letter: char) -> Option<Metrics> {
        let bounds = self.font.outline(self.font.glyph_id(letter))?.bounds;
        let [one, other] = [bounds.min.y, bounds.max.y].map(|y| y / self.units_per_em);
        Some(Metrics { ascent: one.max(other), descent: -one.min(other) })
    }
}

/// An immutable set of fonts, shared by all threads.
pub struct FontSet {
    context: FontContext,
    faces: Vec<Face>,
    /// Index of the first face of the default fonts.
    first_default: usize,
    by_blob: HashMap<(u64, u32), u16>,
    database: OnceLock<Arc<fontdb::Database>>,
    files: Vec<Blob<u8>>,
    families: Vec<String>,
    version: blake3::Hash,
    /// Idle instances. Grows to the peak number used concurrently.
    shapers: Mutex<Vec<Shaper>>,
}

impl std::fmt::Debug for FontSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FontSet").field("families", &self.families).field("version", &self.version).finish()
    }
}

impl FontSet {
    /// Builds a font set from the default fonts (weights 400 and 700 of Noto Sans SC, Noto Color Emoji, Noto Sans
    /// Scripts) and the `custom` font files, which take precedence over a default font of the same family and weight.
    ///
    /// # Errors
    /// `font_invalid` with one finding per file that cannot be parsed.
    pub fn new(defaults: [StaticFont; DEFAULTS], custom: Vec<FontFile>) -> Result<Self> {
        let options = CollectionOptions { shared: false, system_fonts: false };
        let mut set = Self {
            context: FontContext { collection: Collection::new(options), source_cache: Default::default() },
            faces: Vec::new(),
            first_default: 0,
            by_blob: HashMap::new(),
            database: OnceLock::new(),
            files: Vec::new(),
            families: Vec::new(),
            version: blake3::hash(b""),
            shapers: Mutex::default(),
        };
        let mut findings = Vec::new();
        let mut version = blake3::Hasher::new();
        for (name, bytes) in custom {
            let hash = blake3::hash(&bytes);
            version.update(hash.as_bytes());
            let file = File { name: &name, origin: FontOrigin::Custom, hash, family: None };
            if set.add(Blob::new(Arc::new(bytes.clone())), file, bytes).is_none() {
                findings.push(words::font_invalid(&name));
            }
        }
        set.first_default = set.faces.len();
        let families = [DEFAULT_FAMILY, DEFAULT_FAMILY, EMOJI_FAMILY, SCRIPTS_FAMILY];
        for ((name, bytes), family) in defaults.into_iter().zip(families) {
            // Default fonts are part of the binary, so name and length identify them without hashing 28 MB at every start.
            version.update(name.as_bytes()).update(&bytes.len().to_le_bytes());
            let hash = blake3::hash(format!("{name} {}", bytes.len()).as_bytes());
            let file = File { name, origin: FontOrigin::BuiltIn, hash, family: Some(family) };
            if set.add(Blob::new(Arc::new(bytes)), file, bytes).is_none() {
                findings.push(words::font_invalid(name));
            }
        }
        if !findings.is_empty() {
            return Err(Error::findings(ErrorKind::Invalid, "font_invalid", findings)
                .hint(words::font_files())
                .domain(Domain::Settings));
        }
        let rare = FontInfoOverride { family_name: Some(RARE_FAMILY), ..Default::default() };
        if let Some(regular) = set.files.get(set.files.len() - DEFAULTS).cloned() {
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

    /// Adds all faces of a file. `None` when it cannot be parsed.
    fn add(&mut self, blob: Blob<u8>, file: File<'_>, bytes: impl IntoFace) -> Option<()> {
        let name_override = FontInfoOverride { family_name: file.family, ..Default::default() };
        let name: Arc<str> = file.name.into();
        let registered = self.context.collection.register_fonts(blob.clone(), Some(name_override));
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
                // Weights are between 1 and 1000.
                let weight = font.weight().value() as u16;
                self.faces.push(Face {
                    id: file.face_id(font.index()),
                    family: family.clone(),
                    origin: file.origin,
                    file: name.clone(),
                    weight,
                    font: face,
                    units_per_em,
                    scale_per_size,
                });
                self.by_blob.insert((blob.id(), font.index()), index);
            }
        }
        self.files.push(blob);
        Some(())
    }

    /// Font family of text that does not set `font_family`.
    pub fn default_family(&self) -> &'static str {
        DEFAULT_FAMILY
    }

    /// Names of all families that templates can use, sorted.
    pub fn families(&self) -> &[String] {
        &self.families
    }

    /// Hash of the font files, used in cache keys. Changes when a font of the set changes.
    pub fn version(&self) -> blake3::Hash {
        self.version
    }

    /// The face with this index (see [`super::PlacedGlyph::face`]).
    pub fn face(&self, index: u16) -> Option<&Face> {
        self.faces.get(usize::from(index))
    }

    /// All faces, in the order of their indices.
    pub fn faces(&self) -> &[Face] {
        &self.faces
    }

    /// The face of the first of these families that is there, or of the default family, whose weight is nearest.
    pub fn nearest_face(&self, families: &[String], weight: u16) -> Option<&Face> {
        let of = |family: &str| self.nearest(family, weight).first().copied();
        families.iter().find_map(|family| of(family)).or_else(|| of(DEFAULT_FAMILY))
    }

    fn default_face(&self) -> Option<&Face> {
        self.faces.get(self.first_default)
    }

    /// Vertical metrics of the default face, em.
    pub fn metrics(&self) -> Metrics {
        self.default_face().map_or(Metrics { ascent: 0.88, descent: 0.12 }, Face::metrics)
    }

    /// Extents of the letters of the default face, em: of ideographs, or of capitals, which stand on the baseline.
    pub fn ink(&self, ideographs: bool) -> Metrics {
        // The strokes of this ideograph reach as far as those of most others.
        let letter = if ideographs { '永' } else { 'H' };
        self.default_face().and_then(|face| face.ink(letter)).unwrap_or_else(|| self.metrics())
    }

    /// The same fonts as a `fontdb` database, for text in SVG artwork. Lazily initialised.
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

    /// Runs `work` with a pooled shaper for these fonts. Pooling keeps parley's font caches warm: filling them takes
    /// longer than shaping a line.
    pub fn with_shaper<T>(&self, work: impl FnOnce(&mut Shaper) -> T) -> T {
        let idle = || self.shapers.lock().unwrap_or_else(PoisonError::into_inner);
        let pooled = idle().pop();
        let mut shaper = pooled.unwrap_or_else(|| Shaper::new(self));
        let result = work(&mut shaper);
        idle().push(shaper);
        result
    }

    pub(super) fn context(&self) -> FontContext {
        self.context.clone()
    }

    pub(super) fn face_index(&self, blob: u64, index: u32) -> Option<u16> {
        self.by_blob.get(&(blob, index)).copied()
    }

    /// Whether a face is the colour emoji font.
    pub(super) fn is_emoji(&self, face: u16) -> bool {
        self.face(face).is_some_and(|face| &*face.family == EMOJI_FAMILY)
    }

    /// The default families, and the one of other scripts, which is before the emoji font except for emoji.
    pub(super) fn default_families() -> ([&'static str; 2], &'static str) {
        ([DEFAULT_FAMILY, RARE_FAMILY], SCRIPTS_FAMILY)
    }
}

/// A font file to add, with the family's name if it is not the file's own.
#[derive(Clone, Copy)]
struct File<'a> {
    name: &'a str,
    origin: FontOrigin,
    hash: blake3::Hash,
    family: Option<&'a str>,
}

impl File<'_> {
    fn face_id(&self, index: u32) -> u64 {
        let id = *blake3::Hasher::new().update(self.hash.as_bytes()).update(&index.to_le_bytes()).finalize().as_bytes();
        u64::from_le_bytes([id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7]])
    }
}

/// Font data, `'static` or owned, that can be parsed into a face.
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
