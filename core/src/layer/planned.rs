//! The resolved fields of a layer, by kind.

use super::{
    content::{Content, PictureNeed, Resolve},
    written::Written,
};
use crate::{plan::resolver::Resolver, style::BoxShadow, text::StyledText};

macro_rules! planned {
    ($($kind:ident: $Variant:ident,)*) => {
        /// What a planned layer draws, by kind.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub enum Planned {
            $(#[doc = concat!("`", stringify!($kind), "`.")] $Variant(super::$kind::Planned),)*
        }

        impl Written {
            /// See [`Resolve::resolve`].
            pub(crate) fn resolve(&self, pointer: &str, resolver: &mut Resolver<'_>) -> Option<Planned> {
                match self { $(Self::$Variant(fields) => fields.resolve(pointer, resolver).map(Planned::$Variant),)* }
            }
        }

        impl Planned {
            /// Name of the kind in reports. What a container draws under its children is a `shape`.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$Variant(_) => <super::$kind::Planned as Content>::KIND,)* }
            }

            /// See [`Content::needs`].
            pub fn needs(&self) -> Vec<PictureNeed<'_>> {
                match self { $(Self::$Variant(content) => content.needs(),)* }
            }

            /// See [`Content::shows_code`].
            pub fn shows_code(&self) -> bool {
                match self { $(Self::$Variant(content) => content.shows_code(),)* }
            }

            /// See [`Content::shows_picture`].
            pub fn shows_picture(&self) -> bool {
                match self { $(Self::$Variant(content) => content.shows_picture(),)* }
            }

            /// See [`Content::text`].
            pub fn text(&self) -> Option<&StyledText> {
                match self { $(Self::$Variant(content) => content.text(),)* }
            }

            /// See [`Content::is_auto`].
            pub fn is_auto(&self) -> bool {
                match self { $(Self::$Variant(content) => content.is_auto(),)* }
            }

            /// See [`Content::is_blank`].
            pub fn is_blank(&self) -> bool {
                match self { $(Self::$Variant(content) => content.is_blank(),)* }
            }

            /// See [`Content::has_ink`].
            pub fn has_ink(&self) -> bool {
                match self { $(Self::$Variant(content) => content.has_ink(),)* }
            }

            /// See [`Content::pixel_bytes`].
            pub fn pixel_bytes(&self, area: f64) -> f64 {
                match self { $(Self::$Variant(content) => content.pixel_bytes(area),)* }
            }

            /// See [`Content::shadow`].
            pub fn shadow(&self) -> Option<(BoxShadow, f32)> {
                match self { $(Self::$Variant(content) => content.shadow(),)* }
            }

            /// See [`Content::is_box`].
            pub fn is_box(&self) -> bool {
                match self { $(Self::$Variant(content) => content.is_box(),)* }
            }
        }
    };
}
kinds!(planned);
