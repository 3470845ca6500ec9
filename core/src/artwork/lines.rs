//! Paths that resvg draws otherwise. Horizontal and vertical lines: it places a single node by its box, and draws none whose
//! box has no area. Patterns: it rounds the size of tiles to px, so that the next ones lie beside their places.

use resvg::{
    tiny_skia::{
        FillRule, FilterQuality, GradientStop, LinearGradient, Paint, Pixmap, RadialGradient, Shader, SpreadMode,
        Transform,
    },
    usvg::{self, BaseGradient, Opacity, PaintOrder, Path, Pattern},
};

use super::{coverage::Draw, effects};

/// How far the side of a tile may be from whole px to be taken as such.
const WHOLE: f32 = 0.001;

/// Whether a path is painted with a pattern.
pub fn is_tiled(path: &Path) -> bool {
    let paints = [path.fill().map(|fill| fill.paint()), path.stroke().map(|stroke| stroke.paint())];
    paints.into_iter().flatten().any(|paint| matches!(paint, usvg::Paint::Pattern(_)))
}

/// Fills and strokes a path; `draw` draws what patterns contain.
pub fn draw(path: &Path, transform: Transform, draw: Draw, pixmap: &mut Pixmap) {
    if path.paint_order() == PaintOrder::StrokeAndFill {
        stroke(path, transform, draw, pixmap);
        fill(path, transform, draw, pixmap);
    } else {
        fill(path, transform, draw, pixmap);
        stroke(path, transform, draw, pixmap);
    }
}

fn fill(path: &Path, transform: Transform, draw: Draw, pixmap: &mut Pixmap) -> Option<()> {
    let fill = path.fill().filter(|_| path.is_visible())?;
    let bounds = path.data().bounds();
    if bounds.width() == 0.0 || bounds.height() == 0.0 {
        return None;
    }
    let mut tile = None;
    let shader = shader(fill.paint(), fill.opacity(), transform, draw, &mut tile)?;
    let rule = match fill.rule() {
        usvg::FillRule::NonZero => FillRule::Winding,
        usvg::FillRule::EvenOdd => FillRule::EvenOdd,
    };
    let paint = Paint { shader, anti_alias: path.rendering_mode().use_shape_antialiasing(), ..Paint::default() };
    pixmap.fill_path(path.data(), &paint, rule, transform, None);
    Some(())
}

/// Strokes a path; `draw` draws what patterns contain. Lines have no area to fill.
pub fn stroke(path: &Path, transform: Transform, draw: Draw, pixmap: &mut Pixmap) -> Option<()> {
    let stroke = path.stroke().filter(|_| path.is_visible())?;
    let mut tile = None;
    let shader = shader(stroke.paint(), stroke.opacity(), transform, draw, &mut tile)?;
    let paint = Paint { shader, anti_alias: path.rendering_mode().use_shape_antialiasing(), ..Paint::default() };
    pixmap.stroke_path(path.data(), &paint, &stroke.to_tiny_skia(), transform, None);
    Some(())
}

/// The colours of a fill or a stroke; `kept` keeps the tile of a pattern.
fn shader<'t>(
    paint: &usvg::Paint,
    opacity: Opacity,
    transform: Transform,
    draw: Draw,
    kept: &'t mut Option<Pixmap>,
) -> Option<Shader<'t>> {
    Some(match paint {
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
            let (tile, placed) = tile(pattern, transform, draw)?;
            let (spread, quality) = (SpreadMode::Repeat, FilterQuality::Bicubic);
            resvg::tiny_skia::Pattern::new(kept.insert(tile).as_ref(), spread, quality, opacity.get(), placed)
        }
    })
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

/// Width and height of the tile that a pattern is drawn to, px: all of it, whatever is seen. `transform` leads from the units of
/// the path that is painted to px.
pub fn tile_size(pattern: &Pattern, transform: Transform) -> (f32, f32) {
    let (x, y) = transform.pre_concat(pattern.transform()).get_scale();
    let whole = |px: f32| if (px - px.round()).abs() < WHOLE { px.round() } else { px.ceil() }.max(1.0);
    (whole(pattern.rect().width() * x), whole(pattern.rect().height() * y))
}

/// One tile of a pattern at whole px, and where it lies: scaled by what it is larger, so that its period is exact.
fn tile(pattern: &Pattern, transform: Transform, draw: Draw) -> Option<(Pixmap, Transform)> {
    let rect = pattern.rect();
    let (width, height) = tile_size(pattern, transform);
    let mut tile = Pixmap::new(width as u32, height as u32)?;
    let (x, y) = (width / rect.width(), height / rect.height());
    let inside = Transform::from_scale(x, y);
    pattern.root().children().iter().for_each(|node| draw(node, inside, &mut tile));
    Some((tile, pattern.transform().pre_translate(rect.x(), rect.y()).pre_scale(1.0 / x, 1.0 / y)))
}
