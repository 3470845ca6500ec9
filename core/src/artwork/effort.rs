//! Estimates the cost of drawing artwork in advance: a few kilobytes of SVG can keep resvg busy for hours, and drawing
//! cannot be interrupted.

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
    let (width, height) = (f64::from(size.width()) * scale, f64::from(size.height()) * scale);
    let mut effort = Effort { scale, width, height, cost: 0.0, out_of_range: false };
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

/// Walks over everything that is drawn and sums its cost. Repeated content counts as often as it is drawn. The walk ends
/// when the cost exceeds [`MAX_COST`].
struct Effort {
    /// From the units of what is drawn to px.
    scale: f64,
    /// Size of the canvas, px, or of what is drawn on instead: the tile of a pattern.
    width: f64,
    height: f64,
    cost: f64,
    /// Whether an element lies beyond [`MAX_COORDINATE`].
    out_of_range: bool,
}

impl Effort {
    fn group(&mut self, group: &Group) {
        for node in group.children() {
            if self.cost > MAX_COST {
                return;
            }
            self.node(node);
        }
    }

    /// Walks over what has the coordinates of a group: its clips, its masks, pictures of its filters.
    fn inside(&mut self, group: &Group, root: &Group) {
        let (x, y) = group.abs_transform().get_scale();
        let size = (self.width, self.height);
        self.at(self.scale * f64::from(x.max(y)), size, |effort| effort.group(root));
    }

    /// Walks over what is drawn at another scale, on a surface of another size in px.
    fn at(&mut self, scale: f64, (width, height): (f64, f64), walk: impl FnOnce(&mut Self)) {
        let outer = (self.scale, self.width, self.height);
        (self.scale, self.width, self.height) = (scale, width, height);
        walk(self);
        (self.scale, self.width, self.height) = outer;
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
                group.filters().iter().for_each(|filter| self.filter(filter, group));
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
                if let Some(by) = blurs::second_scale(group, self.scale) {
                    let size = (by * self.width, by * self.height);
                    self.at(by * self.scale, size, |effort| effort.group(group));
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
            length += f64::from((to.0 - last.0).hypot(to.1 - last.1));
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
            self.at(f64::from(scale), size, |effort| effort.group(pattern.root()));
        }
    }

    fn filter(&mut self, filter: &filter::Filter, group: &Group) {
        let area = group.filters_bounding_box().map_or(0.0, |rect| {
            let rect = rect.to_rect();
            self.area(rect.transform(group.abs_transform()).unwrap_or(rect))
        });
        let is_own = blurs::effect(group).is_some();
        for primitive in filter.primitives() {
            let each = match primitive.kind() {
                filter::Kind::GaussianBlur(_) | filter::Kind::DropShadow(_) if is_own => 15.0,
                filter::Kind::GaussianBlur(_) | filter::Kind::DropShadow(_) => 100.0,
                filter::Kind::DiffuseLighting(_) | filter::Kind::SpecularLighting(_) => 40.0,
                filter::Kind::ConvolveMatrix(convolve) => {
                    4.0 * f64::from(convolve.matrix().columns()) * f64::from(convolve.matrix().rows())
                }
                filter::Kind::Morphology(morphology) => {
                    let across = (2.0 * self.scale * f64::from(morphology.radius_x().get())).min(self.width);
                    let down = (2.0 * self.scale * f64::from(morphology.radius_y().get())).min(self.height);
                    4.0 * (across + 1.0) * (down + 1.0)
                }
                filter::Kind::Turbulence(turbulence) => 100.0 * f64::from(turbulence.num_octaves()),
                filter::Kind::Image(image) => {
                    self.inside(group, image.root());
                    10.0
                }
                _ => 10.0,
            };
            self.cost += each * area;
        }
    }

    /// Number of px drawn for a box: at least one. Layers reach beyond the canvas by at most twice its size on each side
    /// (resvg's `max_filter_bbox`).
    fn area(&self, rect: Rect) -> f64 {
        let side = |side: f32, canvas: f64| (self.scale * f64::from(side)).min(5.0 * canvas).max(1.0);
        side(rect.width(), self.width) * side(rect.height(), self.height)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use base64::Engine;

    use crate::artwork::svg::{self, Widths};

    /// Error message for artwork of 750 x 1334 px; empty if it is accepted.
    fn fault(body: &str) -> String {
        fault_in("0 0 750 1334", body)
    }

    fn fault_in(view_box: &str, body: &str) -> String {
        fault_of("width=\"750\" height=\"1334\"", view_box, body)
    }

    fn fault_of(size: &str, view_box: &str, body: &str) -> String {
        let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" {size} viewBox=\"{view_box}\">{body}</svg>");
        let (fonts, canvas) = (crate::testing::fonts(), Widths { canvas: Some(750), output: None });
        let tree = svg::read(&svg, &BTreeMap::new(), &fonts, canvas);
        tree.map_or_else(|e| e.message().to_owned(), |_| String::new())
    }

    fn full_size_rect(attributes: &str) -> String {
        format!("<rect width=\"750\" height=\"1334\" {attributes}/>")
    }

    #[test]
    fn typical_artwork_is_accepted() {
        let blur = "<filter id=\"f\"><feGaussianBlur stdDeviation=\"20\"/></filter>";
        assert_eq!(fault(&format!("{blur}{}", full_size_rect("filter=\"url(#f)\"").repeat(15))), "");
        assert_eq!(fault(&full_size_rect("opacity=\".5\"").repeat(200)), "");
        let leaves = "<path d=\"M3 3c9 9 20 20 40 3z\" stroke=\"#000\" stroke-dasharray=\"4 2\"/>";
        assert_eq!(fault(&leaves.repeat(20_000)), "");
    }

    #[test]
    fn effects_cost_as_much_as_the_canvas_is_large() {
        let blur =
            "<foreignObject x=\"9\" y=\"9\" width=\"99\" height=\"99\"><div xmlns=\"http://www.w3.org/1999/xhtml\" \
                    style=\"backdrop-filter:blur(4px)\"/></foreignObject>"
                .repeat(2);
        let shadows = |count: usize| {
            let open = "<g style=\"filter:drop-shadow(0 0 50px #0003)\">".repeat(count);
            format!("{open}<rect width=\"9\" height=\"9\"/>{}", "</g>".repeat(count))
        };
        for size in ["width=\"750\" height=\"1334\"", "width=\"7.5\" height=\"13.34\""] {
            assert_eq!(fault_of(size, "0 0 750 1334", &blur), "", "{size}");
            assert_eq!(fault_of(size, "0 0 750 1334", &shadows(10)), "", "{size}");
        }
    }

    #[test]
    fn content_of_nested_wide_shadows_counts_as_often_as_it_is_drawn() {
        let outlines = format!("<path d=\"M1 1{}\"/>", "l1 1l-1 0l1-1l-1 0".repeat(2500));
        let shadow = |n: i32, growth: f32| {
            format!(
                "<filter id=\"f{n}\" filterUnits=\"userSpaceOnUse\" x=\"0\" y=\"0\" width=\"9\" height=\"9\" \
                 color-interpolation-filters=\"sRGB\"><feDropShadow stdDeviation=\"{}\"/></filter><g filter=\"url(#f{n})\">",
                50.0 * growth.powi(n)
            )
        };
        let shadows = |growth: f32| {
            let open: String = (0..14).map(|n| shadow(n, growth)).collect();
            format!("{open}{outlines}{}", "</g>".repeat(14))
        };
        let growing = fault(&shadows(3.2));
        assert!(growing.starts_with("the artwork takes too long to draw"), "{growing:?}");
        // At the smaller scale, each of equal ones is drawn once.
        assert_eq!(fault(&shadows(1.0)), "");
    }

    #[test]
    fn expensive_artwork_is_rejected() {
        let turbulence = format!(
            "<filter id=\"f\"><feTurbulence numOctaves=\"9999\"/></filter>{}",
            full_size_rect("filter=\"url(#f)\"")
        );
        let morphology =
            format!("<filter id=\"f\"><feMorphology radius=\"150\"/></filter>{}", full_size_rect("filter=\"url(#f)\""));
        let blurs = "<feGaussianBlur stdDeviation=\"9\"/>".repeat(200);
        let blurs = format!("<filter id=\"f\">{blurs}</filter>{}", full_size_rect("filter=\"url(#f)\""));
        // Each pattern draws the previous one eight times.
        let mut patterns = "<pattern id=\"p0\" width=\"9\" height=\"9\" patternUnits=\"userSpaceOnUse\"><path d=\"M0 0h9v9z\"/></pattern>".to_owned();
        for i in 1..9 {
            let inside = format!("<rect width=\"99\" height=\"99\" fill=\"url(#p{})\"/>", i - 1).repeat(8);
            patterns += &format!(
                "<pattern id=\"p{i}\" width=\"99\" height=\"99\" patternUnits=\"userSpaceOnUse\">{inside}</pattern>"
            );
        }
        patterns += &full_size_rect("fill=\"url(#p8)\"");
        let layers = full_size_rect("opacity=\".5\"").repeat(3000);
        let dashes = "<path d=\"M0 0H100000\" stroke=\"#000\" stroke-dasharray=\".1\"/>".repeat(20);
        let tile = "<pattern id=\"p\" width=\"90000\" height=\"90000\" patternUnits=\"userSpaceOnUse\"><rect width=\"9\" height=\"9\"/></pattern>"
            .to_owned()
            + &full_size_rect("fill=\"url(#p)\"");
        let narrow = tile.replace("\"90000\" height=\"90000\"", "\"3000000000\" height=\"0.0001\"");
        let small = "<pattern id=\"i\" width=\"30\" height=\"30\" patternUnits=\"userSpaceOnUse\"><rect width=\"9\" height=\"9\"/></pattern>";
        let filled = "<rect width=\"9\" height=\"9\" fill=\"url(#i)\"/>";
        let nested = format!(
            "{small}<pattern id=\"p\" width=\"1\" height=\"1\" patternUnits=\"userSpaceOnUse\" patternTransform=\"scale(3000)\">\
             {filled}</pattern>{}",
            full_size_rect("fill=\"url(#p)\"")
        );
        let masked = format!(
            "{small}<mask id=\"m\">{filled}</mask><g transform=\"scale(3000)\"><rect width=\"9\" height=\"9\" mask=\"url(#m)\"/></g>"
        );
        for body in [turbulence, morphology, blurs, patterns, layers, dashes, tile, narrow, nested, masked] {
            // The canvas counts, not the size that the artwork has by itself.
            for size in ["width=\"750\" height=\"1334\"", "width=\"7.5\" height=\"13.34\""] {
                let fault = fault_of(size, "0 0 750 1334", &body);
                assert!(fault.starts_with("the artwork takes too long to draw"), "{fault:?} for {}", &body[..60]);
            }
        }
        let crowd =
            format!("<g id=\"crowd\">{}</g><path d=\"M0 0h9v9z\"/>", full_size_rect("opacity=\".5\"").repeat(3000));
        for view_box in ["0 0 750 1334", "0 0 375 667"] {
            let named = fault_in(view_box, &crowd);
            assert!(named.contains("\"crowd\""), "{view_box}: {named}");
        }
    }

    #[test]
    fn huge_coordinates_are_rejected() {
        assert!(fault("<circle r=\"1e30\"/>").contains("reaches farther"));
        for arc in ["<path d=\"M0 0A1e30 1e30 0 1 1 1e30 9z\"/>", "<defs><path d=\"M1e30 0a9 9 0 1 1-1e30 0\"/></defs>"]
        {
            assert!(fault(arc).contains("reaches farther"), "{arc}: {}", fault(arc));
        }
        let clip = "<rect width=\"9\" height=\"9\" style=\"clip-path:path('M0 0A1e30 1e30 0 1 1 1e30 9z')\"/>";
        let track = "<text><textPath path=\"M0 0A1e30 1e30 0 1 1 1e30 9z\">a</textPath></text>";
        assert_eq!((fault(clip), fault(track)), (String::new(), String::new()));
        // Each becomes a hundred curves.
        let arcs = "a1e11 1e11 0 1 1 1e11 1e11".repeat(20_000);
        let clip = format!("<rect width=\"9\" height=\"9\" style=\"clip-path:path('M0 0{arcs}z')\"/>");
        assert!(fault(&clip).starts_with("the artwork takes too long to draw"), "{}", fault(&clip));
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbaImage::new(1, 1).write_to(&mut png, image::ImageFormat::Png).expect("a picture");
        let href = base64::engine::general_purpose::STANDARD.encode(png.into_inner());
        let image = format!("<image width=\"1e30\" height=\"1e30\" href=\"data:image/png;base64,{href}\"/>");
        assert!(fault(&image).contains("reaches farther"), "{}", fault(&image));
    }
}
