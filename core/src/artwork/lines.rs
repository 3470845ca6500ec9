//! Outlines without an area: horizontal and vertical lines. resvg places a single node by its box, and draws none whose box
//! has no area.

use resvg::{
    tiny_skia::{
        FilterQuality, GradientStop, LinearGradient, Paint, Pixmap, RadialGradient, Shader, SpreadMode, Transform,
    },
    usvg::{self, BaseGradient, Opacity, Path, Pattern},
};

use super::{coverage::Draw, effects};

/// Strokes a path; `draw` draws what patterns contain. Lines have no area to fill.
pub fn stroke(path: &Path, transform: Transform, draw: Draw, pixmap: &mut Pixmap) -> Option<()> {
    let stroke = path.stroke().filter(|_| path.is_visible())?;
    let opacity = stroke.opacity();
    let tile;
    let shader = match stroke.paint() {
        usvg::Paint::Color(color) => Shader::SolidColor(effects::color(*color, opacity)),
        usvg::Paint::LinearGradient(gradient) => {
            let (start, end) = ((gradient.x1(), gradient.y1()), (gradient.x2(), gradient.y2()));
            let (stops, spread) = (stops(gradient, opacity), spread(gradient));
            LinearGradient::new(start.into(), end.into(), stops, spread, gradient.transform())?
        }
        usvg::Paint::RadialGradient(gradient) => {
            let (focus, center) = ((gradient.fx(), gradient.fy()), (gradient.cx(), gradient.cy()));
            let (inner, outer) = (gradient.fr().get(), gradient.r().get());
            let (stops, spread) = (stops(gradient, opacity), spread(gradient));
            RadialGradient::new(focus.into(), inner, center.into(), outer, stops, spread, gradient.transform())?
        }
        usvg::Paint::Pattern(pattern) => {
            let placed;
            (tile, placed) = self::tile(pattern, transform, draw)?;
            let (spread, quality) = (SpreadMode::Repeat, FilterQuality::Bicubic);
            resvg::tiny_skia::Pattern::new(tile.as_ref(), spread, quality, opacity.get(), placed)
        }
    };
    let paint = Paint { shader, anti_alias: path.rendering_mode().use_shape_antialiasing(), ..Paint::default() };
    pixmap.stroke_path(path.data(), &paint, &stroke.to_tiny_skia(), transform, None);
    Some(())
}

fn stops(gradient: &BaseGradient, opacity: Opacity) -> Vec<GradientStop> {
    let stop = |stop: &usvg::Stop| {
        GradientStop::new(stop.offset().get(), effects::color(stop.color(), stop.opacity() * opacity))
    };
    gradient.stops().iter().map(stop).collect()
}

fn spread(gradient: &BaseGradient) -> SpreadMode {
    match gradient.spread_method() {
        usvg::SpreadMethod::Pad => SpreadMode::Pad,
        usvg::SpreadMethod::Reflect => SpreadMode::Reflect,
        usvg::SpreadMethod::Repeat => SpreadMode::Repeat,
    }
}

/// One tile of a pattern, and where it lies.
fn tile(pattern: &Pattern, transform: Transform, draw: Draw) -> Option<(Pixmap, Transform)> {
    let (x, y) = transform.pre_concat(pattern.transform()).get_scale();
    let rect = pattern.rect();
    let mut tile = Pixmap::new((rect.width() * x).round() as u32, (rect.height() * y).round() as u32)?;
    let inside = Transform::from_scale(x, y);
    pattern.root().children().iter().for_each(|node| draw(node, inside, &mut tile));
    Some((tile, pattern.transform().pre_translate(rect.x(), rect.y()).pre_scale(1.0 / x, 1.0 / y)))
}
