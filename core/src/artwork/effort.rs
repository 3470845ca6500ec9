//! Estimates the cost of drawing artwork in advance: a few kilobytes of SVG can keep resvg busy for hours, and drawing
//! cannot be interrupted.

use std::collections::BTreeMap;

use resvg::{
    tiny_skia::{PathSegment, Rect},
    usvg::{self, Group, ImageKind, Node, Paint, Tree, filter},
};

use crate::{
    artwork::{backdrop, blurs, lines},
    error::{Error, ErrorKind, Result},
    words,
};

/// Maximum cost at scale 1, in filled px: about 10 s on one core. A poster's artwork takes less than 5 % of it.
const MAX_COST: f64 = 4e9;
/// Maximum steps of the filters of artwork at the size at which it is drawn. A step is the cost of a filled px. Documented in
/// docs/templates.md.
pub const MAX_FILTER_STEPS: f64 = 6e10;
/// Strips above and below one whose filters are computed with it: resvg's `max_filter_bbox`.
const STRIPS_BESIDE: f64 = 2.0;
/// Cost of a background blur, in canvases: what lies beneath is drawn once more, and each channel blurred.
const BACKDROP: f64 = 40.0;
/// Maximum distance from the origin, in px. The rasteriser's numbers overflow far beyond it.
pub const MAX_COORDINATE: f32 = 1e9;

/// Rejects artwork that would take too long to draw, or that reaches too far from the origin. `canvas`: width of the canvas
/// that it is drawn on, px at scale 1, if it is another than its own.
///
/// # Errors
/// `artwork_invalid`.
pub fn check(tree: &Tree, canvas: Option<u32>) -> Result<()> {
    let size = tree.size();
    let scale = canvas.map_or(1.0, |canvas| f64::from(canvas) / f64::from(size.width()));
    let mut effort = Effort::of(tree, scale);
    let mut heaviest = (0.0, "");
    // usvg puts everything into an unnamed group when the `viewBox` scales.
    let mut root = tree.root();
    while let [Node::Group(only)] = root.children()
        && only.id().is_empty()
        && !only.should_isolate()
    {
        root = only;
    }
    for node in root.children() {
        let before = effort.cost;
        effort.node(node);
        if effort.cost - before > heaviest.0 {
            heaviest = (effort.cost - before, node.id());
        }
    }
    let finding = match heaviest.1 {
        _ if effort.out_of_range => words::artwork_far(MAX_COORDINATE),
        _ if effort.cost <= MAX_COST => return Ok(()),
        "" => words::artwork_slow(),
        id => words::artwork_slow_element(words::quote(id)),
    };
    Err(Error::of(ErrorKind::Invalid, finding))
}

/// The filters of artwork that take too long on a canvas of this size, by their ids in usvg's tree: the steps of each.
/// `None` if they do not. `canvas`: width in px at scale 1, `output`: in output px, which are drawn in strips of `rows`. The
/// artwork passed [`check`].
pub fn slow_filters(tree: &Tree, canvas: u32, output: u32, rows: u32) -> Option<BTreeMap<String, f64>> {
    let scale = f64::from(output) / f64::from(tree.size().width());
    let zoom = f64::from(output) / f64::from(canvas.max(1));
    // What is visited is what `check` visited.
    let mut effort = Effort { zoom, rows: f64::from(rows.max(1)), max_cost: f64::INFINITY, ..Effort::of(tree, scale) };
    effort.group(tree.root());
    (effort.filters.values().sum::<f64>() > MAX_FILTER_STEPS).then_some(effort.filters)
}

/// Walks over everything that is drawn and sums its cost. Repeated content counts as often as it is drawn. The walk ends
/// when the cost exceeds a maximum.
struct Effort {
    /// From the units of what is drawn to px.
    scale: f64,
    /// Output px in a px at scale 1.
    zoom: f64,
    /// Rows that are drawn at a time, px.
    rows: f64,
    /// How often the surface is drawn: the tile of a pattern once for each strip.
    times: f64,
    /// Size of the canvas, px, or of what is drawn on instead: the tile of a pattern.
    width: f64,
    height: f64,
    cost: f64,
    max_cost: f64,
    /// Cost of each filter, by id.
    filters: BTreeMap<String, f64>,
    /// Whether an element lies beyond [`MAX_COORDINATE`].
    out_of_range: bool,
}

impl Effort {
    /// Nothing of a tree so far. `scale`: from its units to px.
    fn of(tree: &Tree, scale: f64) -> Self {
        let size = tree.size();
        Self {
            scale,
            zoom: 1.0,
            rows: f64::INFINITY,
            times: 1.0,
            width: f64::from(size.width()) * scale,
            height: f64::from(size.height()) * scale,
            cost: 0.0,
            max_cost: MAX_COST,
            filters: BTreeMap::new(),
            out_of_range: false,
        }
    }

    fn group(&mut self, group: &Group) {
        for node in group.children() {
            if self.cost > self.max_cost {
                return;
            }
            self.node(node);
        }
    }

    /// Walks over what has the coordinates of a group: its clips, its masks, pictures of its filters.
    fn inside(&mut self, group: &Group, root: &Group) {
        let (x, y) = group.abs_transform().get_scale();
        let (size, rows) = ((self.width, self.height), self.rows);
        self.at(self.scale * f64::from(x.max(y)), size, rows, |effort| effort.group(root));
    }

    /// Walks over what is drawn at another scale, on a surface of another size in px, of which `rows` are drawn at a time.
    fn at(&mut self, scale: f64, (width, height): (f64, f64), rows: f64, walk: impl FnOnce(&mut Self)) {
        let outer = (self.scale, self.width, self.height, self.rows);
        (self.scale, self.width, self.height, self.rows) = (scale, width, height, rows);
        walk(self);
        (self.scale, self.width, self.height, self.rows) = outer;
    }

    fn node(&mut self, node: &Node) {
        // Visiting a node has a cost even when it draws nothing.
        self.cost += 1000.0;
        match node {
            Node::Group(group) => {
                if backdrop::deviation(group).is_some() {
                    self.cost += BACKDROP * self.width * self.height;
                }
                if group.should_isolate() {
                    self.cost += 3.0 * self.area(group.abs_layer_bounding_box().to_rect());
                }
                self.filters_of(group);
                if let Some(clip) = group.clip_path() {
                    self.clip(clip, group);
                }
                let mut mask = group.mask();
                while let Some(one) = mask {
                    self.cost += 3.0 * self.area(group.abs_layer_bounding_box().to_rect());
                    self.inside(group, one.root());
                    mask = one.mask();
                }
                self.group(group);
                if let Some(by) = blurs::second_scale(group, self.scale / self.zoom) {
                    let (size, rows) = ((by * self.width, by * self.height), by * self.rows);
                    self.at(by * self.scale, size, rows, |effort| effort.group(group));
                }
            }
            Node::Path(path) => self.path(path),
            Node::Image(image) => {
                self.reach(image.abs_bounding_box());
                self.cost += 2.0 * self.area(image.abs_bounding_box());
                // It is decoded whenever it is drawn.
                self.cost += 10.0 * f64::from(image.size().width()) * f64::from(image.size().height());
                if let ImageKind::SVG(tree) = image.kind() {
                    self.group(tree.root());
                }
            }
            Node::Text(text) => self.group(text.flattened()),
        }
    }

    fn clip(&mut self, clip: &usvg::ClipPath, group: &Group) {
        let mut clip = Some(clip);
        while let Some(one) = clip {
            self.cost += self.area(group.abs_layer_bounding_box().to_rect());
            self.inside(group, one.root());
            clip = one.clip_path();
        }
    }

    fn path(&mut self, path: &usvg::Path) {
        let rect = path.abs_stroke_bounding_box();
        self.reach(rect);
        let (mut segments, mut rows, mut length) = (0.0, 0.0, 0.0);
        let mut last = (0.0, 0.0);
        let is_dashed = path.stroke().is_some_and(|stroke| stroke.dasharray().is_some());
        let down = self.scale * f64::from(path.abs_transform().get_scale().1);
        for segment in path.data().segments() {
            let to = match segment {
                PathSegment::MoveTo(to) => {
                    last = (to.x, to.y);
                    continue;
                }
                PathSegment::LineTo(to) | PathSegment::QuadTo(_, to) | PathSegment::CubicTo(_, _, to) => (to.x, to.y),
                PathSegment::Close => last,
            };
            segments += 1.0;
            rows += (down * f64::from((to.1 - last.1).abs())).min(self.height);
            if is_dashed {
                length += f64::from((to.0 - last.0).hypot(to.1 - last.1));
            }
            last = to;
        }
        // The rasteriser follows an edge through every row, in four steps per row for antialiasing.
        let outline = 100.0 * segments + 30.0 * rows;
        if let Some(fill) = path.fill() {
            self.cost += self.area(rect) + outline;
            self.paint(fill.paint(), path);
        }
        if let Some(stroke) = path.stroke() {
            self.cost += self.area(rect) + 2.0 * outline;
            if let Some(dashes) = stroke.dasharray() {
                let mean = f64::from(dashes.iter().sum::<f32>()) / dashes.len().max(1) as f64;
                // tiny-skia makes at most a million dashes.
                self.cost += 400.0 * (length / mean.max(1e-9)).min(1e6);
            }
            self.paint(stroke.paint(), path);
        }
    }

    fn reach(&mut self, rect: Rect) {
        let edges = [rect.left(), rect.top(), rect.right(), rect.bottom()];
        self.out_of_range |= edges.iter().any(|edge| edge.abs() * self.scale as f32 > MAX_COORDINATE);
    }

    fn paint(&mut self, paint: &Paint, path: &usvg::Path) {
        if let Paint::Pattern(pattern) = paint {
            let scale = self.scale as f32;
            let (width, height) = lines::tile_size(pattern, path.abs_transform().post_scale(scale, scale));
            let scale = (width / pattern.rect().width()).max(height / pattern.rect().height());
            let size = (f64::from(width), f64::from(height));
            self.cost += 2.0 * size.0 * size.1;
            // Each strip that is drawn has a whole tile of its own.
            let times = self.times;
            self.times *= self.strips();
            self.at(f64::from(scale), size, f64::INFINITY, |effort| effort.group(pattern.root()));
            self.times = times;
        }
    }

    fn filters_of(&mut self, group: &Group) {
        // usvg joins the regions of all filters.
        let area = group.filters_bounding_box().map_or(0.0, |rect| {
            let rect = rect.to_rect();
            let rect = rect.transform(group.abs_transform()).unwrap_or(rect);
            self.area(rect) * self.repeats(self.side(rect.height(), self.height))
        });
        for filter in group.filters() {
            if self.cost > self.max_cost {
                return;
            }
            self.filter(filter, group, area);
        }
    }

    /// A filter of a group, which computes this number of px.
    fn filter(&mut self, filter: &filter::Filter, group: &Group, area: f64) {
        let is_own = blurs::effect(group).is_some();
        let (x, y) = group.abs_transform().get_scale();
        let mut each = 0.0;
        for primitive in filter.primitives() {
            each += match primitive.kind() {
                filter::Kind::GaussianBlur(_) | filter::Kind::DropShadow(_) if is_own => 15.0,
                filter::Kind::GaussianBlur(_) | filter::Kind::DropShadow(_) => 100.0,
                filter::Kind::DiffuseLighting(_) | filter::Kind::SpecularLighting(_) => 40.0,
                filter::Kind::ConvolveMatrix(convolve) => {
                    4.0 * f64::from(convolve.matrix().columns()) * f64::from(convolve.matrix().rows())
                }
                filter::Kind::Morphology(morphology) => {
                    let (radius_x, radius_y) = (morphology.radius_x().get() * x, morphology.radius_y().get() * y);
                    let across = (2.0 * self.scale * f64::from(radius_x)).min(self.width);
                    let down = (2.0 * self.scale * f64::from(radius_y)).min(self.height);
                    4.0 * (across + 1.0) * (down + 1.0)
                }
                filter::Kind::Turbulence(turbulence) => 100.0 * f64::from(turbulence.num_octaves()),
                filter::Kind::Image(image) => {
                    self.inside(group, image.root());
                    10.0
                }
                _ => 10.0,
            };
        }
        self.cost += each * area;
        let steps = each * area * self.times;
        match self.filters.get_mut(filter.id()) {
            Some(all) => *all += steps,
            None => {
                self.filters.insert(filter.id().to_owned(), steps);
            }
        }
    }

    /// Number of strips that the surface is drawn in.
    fn strips(&self) -> f64 {
        if self.rows >= self.height { 1.0 } else { (self.height / self.rows).ceil() }
    }

    /// How often the px of a filter of this height are computed: for each strip that it reaches, those beside it as well.
    fn repeats(&self, height: f64) -> f64 {
        if self.rows >= self.height {
            return 1.0;
        }
        let strips = self.strips().min((height / self.rows).ceil() + 2.0 * STRIPS_BESIDE);
        strips * height.min((1.0 + 2.0 * STRIPS_BESIDE) * self.rows) / height
    }

    /// Number of px drawn for a box: at least one. Layers reach beyond the canvas by at most twice its size on each side
    /// (resvg's `max_filter_bbox`).
    fn area(&self, rect: Rect) -> f64 {
        self.side(rect.width(), self.width) * self.side(rect.height(), self.height)
    }

    /// A side of a layer, px.
    fn side(&self, side: f32, canvas: f64) -> f64 {
        (self.scale * f64::from(side)).min(5.0 * canvas).max(1.0)
    }
}

#[cfg(test)]
mod tests;
