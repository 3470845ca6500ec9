//! Planning of pictures.

use super::fields::Image;
use crate::{
    asset::{AssetSource, OnError},
    layer::{
        content::{Content, PictureNeed, Resolve, Role},
        fields::Fields,
    },
    plan::resolver::Resolver,
    style::{Border, BoxShadow, Color, ObjectFit, ObjectPosition, Radius},
    template::assets,
};

/// A resolved picture layer. Lengths in px at scale 1.
#[derive(Debug, Clone)]
pub struct PlannedImage {
    /// JSON pointer to report when the picture fails: `/params/product` if `src` is a plain parameter, else
    /// `/layers/0/src`.
    pub pointer: String,
    /// Source of the picture. None if `src` is empty and there is no fallback; then only background, border and shadow
    /// are drawn.
    pub source: Option<AssetSource>,
    /// File to draw when `source` fails.
    pub fallback: Option<AssetSource>,
    /// What happens when `source` fails.
    pub on_error: OnError,
    /// Time to wait for `source`, ms. `None`: as long as its client waits.
    pub timeout_ms: Option<u32>,
    /// How it fills the box.
    pub object_fit: ObjectFit,
    /// Visible part, or position in the box.
    pub object_position: ObjectPosition,
    /// Corners.
    pub border_radius: Radius,
    /// Id (without `#`) of the artwork's element whose silhouette masks it.
    pub mask: Option<String>,
    /// Standard deviation of its blur, px, 0 to 200.
    pub blur: f32,
    /// Share of grey, 0 to 1.
    pub grayscale: f32,
    /// Brightness factor, 0 to 3.
    pub brightness: f32,
    /// Degrees clockwise about the box's centre, -360 to 360.
    pub rotate: f32,
    /// Line inside the edge.
    pub border: Option<Border>,
    /// Shadow under the box.
    pub box_shadow: Option<BoxShadow>,
    /// Opacity, 0 to 1.
    pub opacity: f32,
    /// Fill behind the picture.
    pub background: Option<Color>,
}

impl Resolve for Image {
    type Planned = PlannedImage;

    fn resolve(&self, pointer: &str, resolver: &mut Resolver<'_>) -> Option<PlannedImage> {
        // Resolve all fields before failing, to report all faults.
        let source = resolver.source(&format!("{pointer}/src"), &self.src);
        let object_position = resolver.value(&format!("{pointer}/object_position"), &self.object_position);
        let background = resolver.background(pointer, self.background.as_ref());
        let (source, blamed) = source?;
        let fallback = self.fallback.as_deref().and_then(|path| assets::file(path, resolver.template.names()).ok());
        let fallback = fallback.map(AssetSource::File);
        Some(PlannedImage {
            pointer: blamed,
            source: source.or_else(|| fallback.clone()),
            fallback,
            on_error: self.on_error,
            timeout_ms: self.timeout_ms,
            object_fit: self.object_fit,
            object_position: object_position?,
            mask: Fields::<()>::mask(self).map(str::to_owned),
            blur: self.blur,
            grayscale: self.grayscale,
            brightness: self.brightness,
            rotate: self.rotate,
            border_radius: self.border_radius,
            border: self.border,
            box_shadow: self.box_shadow,
            opacity: self.opacity,
            background,
        })
    }
}

impl Content for PlannedImage {
    const KIND: &'static str = "image";

    fn needs(&self) -> Vec<PictureNeed<'_>> {
        let is_required = self.on_error == OnError::Fail;
        let need = |source| PictureNeed {
            role: Role::CONTENT,
            source,
            pointer: &self.pointer,
            is_required,
            timeout_ms: self.timeout_ms,
        };
        self.source.iter().map(need).collect()
    }

    fn shows_picture(&self) -> bool {
        true
    }

    fn shadow(&self) -> Option<(BoxShadow, f32)> {
        self.box_shadow.map(|shadow| (shadow, self.rotate))
    }
}
