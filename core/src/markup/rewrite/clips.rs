//! Clips: shapes of `clip-path` become `<clipPath>` elements, and clips to the whole canvas, which Figma puts around every
//! frame, are left out.

use std::fmt::Write;

use resvg::tiny_skia::Rect;

use crate::{
    markup::{
        bounds::{self, arcs},
        budget::Cost,
        css::scan::Scanner,
        notes::Notes,
        style::{self, Context, length::Length},
        texts,
        tree::{Attribute, Document, NodeId},
    },
    words,
};

/// Bytes of a vertex of a curve as text.
const VERTEX_BYTES: usize = 40;

/// Replaces shapes whose reference box is known.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    if !document.nodes.iter().any(|node| node.attribute("clip-path").is_some()) {
        return;
    }
    let mut count = 0;
    let (ids, uses) = (document.ids(), document.uses());
    for id in document.all() {
        if document.budget.is_exceeded() {
            return;
        }
        let Some(value) = document.attribute(id, "clip-path") else { continue };
        let target = document.nodes[id].link("clip-path");
        if let Some(&clip) = target.and_then(|target| ids.get(target))
            && is_canvas(document, id, clip)
            && !document.within(id).any(|up| document.attribute(up, "id").is_some_and(|id| uses.contains_key(id)))
        {
            let range = document.nodes[id].range_of("clip-path");
            document.nodes[id].unset("clip-path");
            // A clip isolates (css-masking-1, section 5). Where nothing blends, the pass of isolation removes this again.
            document.nodes[id].styles.push(Attribute { name: "isolation".into(), value: "isolate".into(), range });
            continue;
        }
        if value == "none" || value.starts_with("url(") {
            continue;
        }
        let value = value.to_owned();
        let range = document.nodes[id].range_of("clip-path");
        let Some((path, even_odd)) = shape(document, id, &value) else {
            let shown: String = value.chars().take(60).collect();
            notes.add(range, words::css_undrawn(format!("clip-path: {shown}")));
            document.nodes[id].unset("clip-path");
            continue;
        };
        let name = document.free_id("haibao-clip", &ids, &mut count);
        let clip = document.push(Some(0), "clipPath", range.clone());
        document.set(clip, "id", name.clone());
        let outline = document.push(Some(clip), "path", range);
        document.set(outline, "d", path);
        if even_odd {
            document.set(outline, "clip-rule", "evenodd");
        }
        document.set(id, "clip-path", format!("url(#{name})"));
    }
}

/// Whether a clip keeps everything that the canvas shows of an element.
fn is_canvas(document: &Document<'_>, id: NodeId, clip: NodeId) -> bool {
    let is_plain = |node: NodeId, names: &[&str]| names.iter().all(|name| document.attribute(node, name).is_none());
    let &[shape] = &document.nodes[clip].children[..] else { return false };
    let is_placed = document
        .within(id)
        .skip(1)
        .any(|up| up != 0 && (document.nodes[up].name != "g" || document.attribute(up, "transform").is_some()));
    !is_placed
        && is_plain(id, &["transform"])
        && is_plain(clip, &["transform", "clip-path", "clipPathUnits"])
        && document.nodes[shape].name == "rect"
        && is_plain(shape, &["transform", "clip-path", "rx", "ry", "display", "visibility"])
        && bounds::inherited(document, shape, "visibility").is_none()
        && bounds::fill_box(document, shape).is_some_and(|area| bounds::covers_canvas(document, area))
}

/// The path of a shape in the coordinates of an element, and whether it is filled by the even-odd rule.
fn shape(document: &Document<'_>, id: NodeId, value: &str) -> Option<(String, bool)> {
    let mut scanner = Scanner::new(value);
    let function = scanner.function();
    scanner.gap();
    let area = match scanner.rest().trim() {
        "fill-box" | "content-box" | "padding-box" => bounds::fill_box(document, id)?,
        "view-box" => {
            let [width, height] = bounds::viewport(document, id).map(|side| side as f32);
            Rect::from_xywh(0.0, 0.0, width, height)?
        }
        _ => bounds::stroke_box(document, id)?,
    };
    let context = Context {
        font_size: texts::font_size(document, id).into(),
        root_font_size: texts::font_size(document, 0).into(),
        screen: style::size(document),
        ..Context::default()
    };
    let shape = Shape { left: area.left(), top: area.top(), width: area.width(), height: area.height(), context };
    let Some((name, mut args)) = function else { return Some((shape.rounded([0.0; 4], [[0.0; 2]; 4]), false)) };
    args.gap();
    let mut even_odd = false;
    if matches!(name.as_str(), "polygon" | "path") {
        let mut rule = args;
        if let Some(word) = rule.ident() {
            even_odd = word.eq_ignore_ascii_case("evenodd");
            rule.comma().then_some(())?;
            args = rule;
        }
    }
    let path = match name.as_str() {
        "inset" | "rect" | "xywh" => shape.inset(&name, args)?,
        "circle" | "ellipse" => shape.ellipse(&name, args)?,
        "polygon" => shape.polygon(args)?,
        "path" => {
            let path = args.string()?;
            shape.moved(&path, document)?
        }
        _ => return None,
    };
    Some((path, even_odd))
}

/// A reference box, and what lengths depend on.
#[derive(Clone, Copy)]
struct Shape {
    left: f32,
    top: f32,
    width: f32,
    height: f32,
    context: Context<'static>,
}

impl Shape {
    fn read(self, args: &mut Scanner<'_>, whole: f32) -> Option<f32> {
        args.gap();
        let length = Length::read(args, &Context { whole: Some(f64::from(whole)), ..self.context })?;
        if matches!(length, Length::Number(number) if number != 0.0) {
            return None;
        }
        Some(length.resolve(f64::from(whole)) as f32)
    }

    /// One to four values for the sides top, right, bottom and left.
    fn sides(self, args: &mut Scanner<'_>, wholes: [f32; 4]) -> Option<[f32; 4]> {
        let mut written = Vec::new();
        while let Some(whole) = wholes.get(written.len()) {
            let start = *args;
            if self.read(args, *whole).is_none() {
                break;
            }
            written.push(start);
        }
        let sources = match written.len() {
            1 => [0; 4],
            2 => [0, 1, 0, 1],
            3 => [0, 1, 2, 1],
            4 => [0, 1, 2, 3],
            _ => return None,
        };
        // A percentage that counts for several sides is a share of each side's own length.
        let mut all = [0.0; 4];
        for ((side, source), whole) in all.iter_mut().zip(sources).zip(wholes) {
            let mut value = written[source];
            *side = self.read(&mut value, whole)?;
        }
        Some(all)
    }

    fn inset(self, name: &str, mut args: Scanner<'_>) -> Option<String> {
        let (w, h) = (self.width, self.height);
        let insets = match name {
            "inset" => self.sides(&mut args, [h, w, h, w])?,
            "rect" => {
                let [top, right, bottom, left] = self.sides(&mut args, [h, w, h, w])?;
                [top, w - right, h - bottom, left]
            }
            _ => {
                let (x, y) = (self.read(&mut args, w)?, self.read(&mut args, h)?);
                let (width, height) = (self.read(&mut args, w)?, self.read(&mut args, h)?);
                [y, w - x - width, h - y - height, x]
            }
        };
        args.gap();
        let mut radii = [[0.0; 2]; 4];
        if !args.is_at_end() {
            args.ident().filter(|word| word.eq_ignore_ascii_case("round"))?;
            // Without a slash both axes have the same values, of which percentages are shares of their own side.
            let mut both = args;
            let across = self.sides(&mut args, [w; 4])?;
            args.gap();
            let down = self.sides(if args.eat('/') { &mut args } else { &mut both }, [h; 4])?;
            for (radius, (x, y)) in radii.iter_mut().zip(across.into_iter().zip(down)) {
                *radius = [x, y];
            }
        }
        args.is_at_end().then(|| self.rounded(insets, radii))
    }

    /// A rectangle within the box, with the radii of its corners from the top left one clockwise.
    fn rounded(self, [top, right, bottom, left]: [f32; 4], radii: [[f32; 2]; 4]) -> String {
        let (x0, y0) = (self.left + left, self.top + top);
        let (x1, y1) = ((self.left + self.width - right).max(x0), (self.top + self.height - bottom).max(y0));
        // Radii that overlap shrink together.
        let [a, b, c, d] = radii;
        let fits = |side: f32, sum: f32| if sum > side { side / sum } else { 1.0 };
        let across = fits(x1 - x0, a[0] + b[0]).min(fits(x1 - x0, c[0] + d[0]));
        let shrink = across.min(fits(y1 - y0, a[1] + d[1])).min(fits(y1 - y0, b[1] + c[1]));
        let [a, b, c, d] = radii.map(|radius| radius.map(|side| side.max(0.0) * shrink));
        let arc = |[rx, ry]: [f32; 2], x: f32, y: f32| format!("A{rx} {ry} 0 0 1 {x} {y}");
        format!(
            "M{} {y0}L{} {y0}{}L{x1} {}{}L{} {y1}{}L{x0} {}{}Z",
            x0 + a[0],
            x1 - b[0],
            arc(b, x1, y0 + b[1]),
            y1 - c[1],
            arc(c, x1 - c[0], y1),
            x0 + d[0],
            arc(d, x0, y1 - d[1]),
            y0 + a[1],
            arc(a, x0 + a[0], y0),
        )
    }

    fn ellipse(self, name: &str, mut args: Scanner<'_>) -> Option<String> {
        let (w, h) = (self.width, self.height);
        let diagonal = (w * w + h * h).sqrt() / std::f32::consts::SQRT_2;
        let mut sizes: Vec<Result<f32, bool>> = Vec::new();
        while sizes.len() < 2 {
            args.gap();
            let whole = if name == "circle" { diagonal } else { [w, h][sizes.len()] };
            let mut next = args;
            match next.ident() {
                Some(word) if word.eq_ignore_ascii_case("closest-side") => sizes.push(Err(false)),
                Some(word) if word.eq_ignore_ascii_case("farthest-side") => sizes.push(Err(true)),
                Some(_) => break,
                None if args.is_at_end() => break,
                None => {
                    next = args;
                    sizes.push(Ok(self.read(&mut next, whole)?));
                }
            }
            args = next;
        }
        args.gap();
        let (mut cx, mut cy) = (self.left + w / 2.0, self.top + h / 2.0);
        if !args.is_at_end() {
            args.ident().filter(|word| word.eq_ignore_ascii_case("at"))?;
            let place = style::origin(args.rest().trim(), &self.context)?;
            let mut place = Scanner::new(&place);
            let at = Context { is_attribute: true, ..Context::default() };
            let mut side = |whole: f32| {
                place.gap();
                Length::read(&mut place, &at).map(|length| length.resolve(f64::from(whole)) as f32)
            };
            (cx, cy) = (self.left + side(w)?, self.top + side(h)?);
        }
        let from =
            [(cx - self.left).abs(), (self.left + w - cx).abs(), (cy - self.top).abs(), (self.top + h - cy).abs()];
        let near =
            |all: &[f32], far: bool| all.iter().copied().reduce(if far { f32::max } else { f32::min }).unwrap_or(0.0);
        let (rx, ry) = match (name, &sizes[..]) {
            ("circle", [] | [_]) => {
                let radius = match sizes.first() {
                    Some(Ok(radius)) => *radius,
                    Some(Err(far)) => near(&from, *far),
                    None => near(&from, false),
                };
                (radius, radius)
            }
            ("ellipse", [] | [_, _]) => {
                let side = |index: usize| match sizes.get(index) {
                    Some(Ok(radius)) => *radius,
                    Some(Err(far)) => near(&from[2 * index..2 * index + 2], *far),
                    None => near(&from[2 * index..2 * index + 2], false),
                };
                (side(0), side(1))
            }
            _ => return None,
        };
        let (x0, x1) = (cx - rx, cx + rx);
        Some(format!("M{x0} {cy}A{rx} {ry} 0 1 1 {x1} {cy}A{rx} {ry} 0 1 1 {x0} {cy}Z"))
    }

    fn polygon(self, mut args: Scanner<'_>) -> Option<String> {
        let mut path = String::new();
        loop {
            let (x, y) = (self.left + self.read(&mut args, self.width)?, self.top + self.read(&mut args, self.height)?);
            let _ = write!(path, "{}{x} {y}", if path.is_empty() { "M" } else { "L" });
            if !args.comma() {
                path.push('Z');
                return args.is_at_end().then_some(path);
            }
        }
    }

    /// A path from the box. `None` if it is invalid or takes too much; curves of arcs count before they are made.
    fn moved(self, path: &str, document: &Document<'_>) -> Option<String> {
        let spend = |bytes: usize| document.budget.spend(Cost::Written, bytes).then_some(());
        spend(usize::try_from(arcs::vertices(path)?).ok()?.saturating_mul(VERTEX_BYTES))?;
        let mut moved = String::new();
        for segment in svgtypes::SimplifyingPathParser::from(path) {
            let before = moved.len();
            self.segment(segment.ok()?, &mut moved);
            spend(moved.len() - before)?;
        }
        Some(moved)
    }

    fn segment(self, segment: svgtypes::SimplePathSegment, path: &mut String) {
        use svgtypes::SimplePathSegment as Segment;
        let at = |x: f64, y: f64| format!("{} {} ", x + f64::from(self.left), y + f64::from(self.top));
        path.push_str(&match segment {
            Segment::MoveTo { x, y } => format!("M{}", at(x, y)),
            Segment::LineTo { x, y } => format!("L{}", at(x, y)),
            Segment::Quadratic { x1, y1, x, y } => format!("Q{}{}", at(x1, y1), at(x, y)),
            Segment::CurveTo { x1, y1, x2, y2, x, y } => format!("C{}{}{}", at(x1, y1), at(x2, y2), at(x, y)),
            Segment::ClosePath => "Z".to_owned(),
        });
    }
}
