//! Planning of code layers.

use super::{
    fields::{Code, CodeCenter, PlateShow},
    words,
};
use crate::{
    asset::AssetSource,
    layer::content::{Content, PictureNeed, Resolve, Role},
    plan::resolver::Resolver,
    style::{Color, Radius},
    template::expr::Expr,
};

/// The picture in the code's middle.
pub const CENTER: Role = Role("center");
/// Maximum diameter of the centre of a round code, as a part of its side. Its disc, which scanners ignore, is slightly
/// wider.
const MAX_ROUND_CENTER: f32 = 0.44;
/// Maximum diameter of the centre of a QR code, as a part of its side. It covers 5 % of the modules of a small code
/// with quiet zone; level M repairs 15 % (ISO/IEC 18004, 6.5.1).
const MAX_QR_CENTER: f32 = 0.2;

/// A code layer. Lengths in px at scale 1.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedCode {
    /// The plate under it.
    pub plate: Option<PlannedPlate>,
    /// Its picture, if the layer has one; else it shows [`crate::plan::Plan::code`].
    pub given: Option<LayerPicture>,
    /// The picture in its middle.
    pub center: Option<Center>,
}

/// A picture given by the layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerPicture {
    /// Where its bytes come from.
    pub source: AssetSource,
    /// JSON pointer to report when it fails: the parameter, or the layout's `src`.
    pub pointer: String,
}

impl LayerPicture {
    fn need(&self, role: Role, is_required: bool) -> PictureNeed<'_> {
        PictureNeed { role, source: &self.source, pointer: &self.pointer, is_required, timeout_ms: None }
    }
}

/// A round picture in a code's middle.
#[derive(Debug, Clone, PartialEq)]
pub struct Center {
    /// Picture that is cropped to the circle.
    pub picture: LayerPicture,
    /// Diameter with the ring, as a fraction of the code's side, 0.05 to 0.44.
    pub size: f32,
}

/// The plate under a code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlannedPlate {
    /// Whether it is drawn only if the code would be illegible without it.
    pub auto: bool,
    /// Fill.
    pub background: Color,
    /// Distance between its edge and the code, px.
    pub padding: f32,
    /// Corners.
    pub border_radius: Radius,
}

impl Resolve for Code {
    type Planned = PlannedCode;

    fn resolve(&self, pointer: &str, resolver: &mut Resolver<'_>) -> Option<PlannedCode> {
        let given = match &self.src {
            Some(src) => resolver.given(&format!("{pointer}/src"), src),
            None => Some(None),
        };
        // Resolve both pictures before failing, to report all faults.
        let is_given = matches!(given, Some(Some(_)));
        let center = match &self.center {
            Some(center) => resolver.center(&format!("{pointer}/center"), center, is_given),
            None => Some(None),
        };
        let (given, center) = (given?, center?);
        let plate = self.plate.as_ref().map(|plate| PlannedPlate {
            auto: plate.show == PlateShow::Auto,
            background: plate.background,
            padding: plate.padding,
            border_radius: plate.border_radius,
        });
        Some(PlannedCode { plate, given, center })
    }
}

impl Resolver<'_> {
    /// A picture. The outer none is an invalid one, the inner none an empty `src`.
    fn given(&mut self, pointer: &str, src: &Expr<String>) -> Option<Option<LayerPicture>> {
        let (source, pointer) = self.source(pointer, src)?;
        Some(source.map(|source| LayerPicture { source, pointer }))
    }

    fn center(&mut self, pointer: &str, center: &CodeCenter, is_given: bool) -> Option<Option<Center>> {
        // The kind of code in a given picture is unknown.
        let is_round = !is_given && self.code_kind().is_round();
        let max = if is_round { MAX_ROUND_CENTER } else { MAX_QR_CENTER };
        let size = center.size.unwrap_or(max);
        if size > max {
            self.findings.push(words::center_size(size, max).pointer(format!("{pointer}/size")));
        }
        Some(self.given(&format!("{pointer}/src"), &center.src)?.map(|picture| Center { picture, size }))
    }
}

impl Content for PlannedCode {
    const KIND: &'static str = "code";

    fn needs(&self) -> Vec<PictureNeed<'_>> {
        let given = self.given.iter().map(|given| given.need(Role::CONTENT, true));
        // The avatar is optional.
        let center = self.center.iter().map(|center| center.picture.need(CENTER, false));
        given.chain(center).collect()
    }

    fn shows_code(&self) -> bool {
        self.given.is_none()
    }

    fn shows_picture(&self) -> bool {
        true
    }

    fn is_auto(&self) -> bool {
        self.plate.is_some_and(|plate| plate.auto)
    }
}
