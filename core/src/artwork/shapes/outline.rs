//! Outlines that are rectangles, with or without round corners.

use resvg::tiny_skia::{Path, PathSegment, Point, Rect, Transform};

/// Maximum number of segments of such an outline.
const MAX_SEGMENTS: usize = 40;
/// Share of the sum of the sides below which lengths are equal.
const NEAR: f32 = 1e-3;
/// By how much a corner may differ from an ellipse, in radii.
const ROUND: f32 = 0.07;

/// Corners of a rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Corners {
    /// Their radii: top left, top right, bottom right, bottom left.
    Radii([f32; 4]),
    /// They meet: a circle, or an ellipse.
    Ellipse,
}

impl Corners {
    /// Corners of another scale.
    pub fn scaled(self, by: f32) -> Self {
        match self {
            Self::Radii(radii) => Self::Radii(radii.map(|radius| radius * by)),
            Self::Ellipse => Self::Ellipse,
        }
    }

    /// Whether these are rounder than others.
    pub fn is_rounder(self, other: Self) -> bool {
        let sum = |corners: Self| match corners {
            Self::Radii(radii) => radii.iter().sum::<f32>(),
            Self::Ellipse => f32::INFINITY,
        };
        sum(self) > sum(other)
    }
}

/// A rectangle with its corners.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outline {
    /// The box, after the transform.
    pub rect: Rect,
    /// The corners.
    pub corners: Corners,
}

impl Outline {
    /// The outline of a path, if it is one.
    pub fn of(path: &Path, transform: Transform) -> Option<Self> {
        if path.len() > MAX_SEGMENTS {
            return None;
        }
        let path = path.clone().transform(transform)?;
        let rect = path.bounds();
        let near = NEAR * (rect.width() + rect.height());
        if near <= 0.0 {
            return None;
        }
        let (ends, between) = points(&path)?;
        let sides = Sides { rect, near };
        let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(|corner| sides.corner(corner, &ends));
        if corners.iter().any(|corner| !(corner.rx + corner.ry).is_finite()) {
            return None;
        }
        let is_outline =
            |point: &Point| sides.is_on_edge(*point) || corners.iter().any(|corner| corner.has(*point, near));
        if !ends.iter().chain(&between).all(is_outline) {
            return None;
        }
        let half = |radius: f32, side: f32| radius >= side / 2.0 - near;
        let is_ellipse = corners.iter().all(|corner| half(corner.rx, rect.width()) && half(corner.ry, rect.height()));
        let radius = |corner: Corner| if corner.is_square(near) { 0.0 } else { corner.rx.min(corner.ry) };
        let corners = if is_ellipse { Corners::Ellipse } else { Corners::Radii(corners.map(radius)) };
        Some(Self { rect, corners })
    }

    /// Whether it is about the same rectangle.
    pub fn fills(&self, rect: Rect) -> bool {
        let near = 0.01 * (rect.width() + rect.height());
        let is_near = |one: f32, other: f32| (one - other).abs() <= near;
        is_near(self.rect.left(), rect.left())
            && is_near(self.rect.top(), rect.top())
            && is_near(self.rect.right(), rect.right())
            && is_near(self.rect.bottom(), rect.bottom())
    }

    /// Whether it covers a rectangle with all of its corners.
    pub fn covers(&self, rect: Rect) -> bool {
        let near = NEAR * (rect.width() + rect.height());
        let is_square = matches!(self.corners, Corners::Radii(radii) if radii.iter().all(|radius| *radius <= near));
        is_square
            && self.rect.left() <= rect.left() + near
            && self.rect.top() <= rect.top() + near
            && self.rect.right() >= rect.right() - near
            && self.rect.bottom() >= rect.bottom() - near
    }
}

/// Where segments end, and points between. `None` for several contours.
fn points(path: &Path) -> Option<(Vec<Point>, Vec<Point>)> {
    let (mut ends, mut between) = (Vec::new(), Vec::new());
    let (mut start, mut last) = (Point::zero(), Point::zero());
    let at = Point::from_xy;
    for segment in path.segments() {
        let end = match segment {
            PathSegment::MoveTo(_) if !ends.is_empty() => return None,
            PathSegment::MoveTo(end) => {
                start = end;
                end
            }
            PathSegment::LineTo(end) => {
                between.push(at((last.x + end.x) / 2.0, (last.y + end.y) / 2.0));
                end
            }
            PathSegment::QuadTo(control, end) => {
                for t in [0.25, 0.5, 0.75] {
                    let u = 1.0 - t;
                    let (a, b, c) = (u * u, 2.0 * u * t, t * t);
                    between.push(at(a * last.x + b * control.x + c * end.x, a * last.y + b * control.y + c * end.y));
                }
                end
            }
            PathSegment::CubicTo(first, second, end) => {
                for t in [0.25, 0.5, 0.75] {
                    let u = 1.0 - t;
                    let (a, b, c, d) = (u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t);
                    between.push(at(
                        a * last.x + b * first.x + c * second.x + d * end.x,
                        a * last.y + b * first.y + c * second.y + d * end.y,
                    ));
                }
                end
            }
            PathSegment::Close => {
                between.push(at((last.x + start.x) / 2.0, (last.y + start.y) / 2.0));
                start
            }
        };
        ends.push(end);
        last = end;
    }
    Some((ends, between))
}

/// The edges of a box.
struct Sides {
    rect: Rect,
    near: f32,
}

impl Sides {
    /// A corner, of which each coordinate says whether it is at the right or the bottom (1) or not (-1). Its curve begins where the
    /// points on the edges end; without such points, its radii are infinite.
    fn corner(&self, (right, down): (f32, f32), ends: &[Point]) -> Corner {
        let corner = Point::from_xy(
            if right > 0.0 { self.rect.right() } else { self.rect.left() },
            if down > 0.0 { self.rect.bottom() } else { self.rect.top() },
        );
        let mut own = Corner { corner, right, down, rx: f32::INFINITY, ry: f32::INFINITY };
        for point in ends {
            let (x, y) = ((corner.x - point.x) * right, (corner.y - point.y) * down);
            if y <= self.near {
                own.rx = own.rx.min(x);
            }
            if x <= self.near {
                own.ry = own.ry.min(y);
            }
        }
        own
    }

    fn is_on_edge(&self, point: Point) -> bool {
        let Self { rect, near } = self;
        let is_near = |one: f32, other: f32| (one - other).abs() <= *near;
        is_near(point.x, rect.left())
            || is_near(point.x, rect.right())
            || is_near(point.y, rect.top())
            || is_near(point.y, rect.bottom())
    }
}

/// A corner of a box with its radii.
#[derive(Clone, Copy)]
struct Corner {
    corner: Point,
    right: f32,
    down: f32,
    rx: f32,
    ry: f32,
}

impl Corner {
    fn is_square(&self, near: f32) -> bool {
        self.rx.min(self.ry) <= near
    }

    /// Whether a point is on its curve.
    fn has(&self, point: Point, near: f32) -> bool {
        let (x, y) = ((self.corner.x - point.x) * self.right, (self.corner.y - point.y) * self.down);
        if self.is_square(near) || x > self.rx + near || y > self.ry + near {
            return false;
        }
        let (x, y) = ((self.rx - x) / self.rx, (self.ry - y) / self.ry);
        ((x * x + y * y).sqrt() - 1.0).abs() <= ROUND
    }
}

#[cfg(test)]
mod tests {
    use resvg::usvg::Node;

    use super::*;
    use crate::testing::artwork;

    fn outline(body: &str) -> Option<Outline> {
        let tree = artwork([200; 2], body).expect("draws");
        fn first(group: &resvg::usvg::Group) -> &resvg::usvg::Path {
            match &group.children()[0] {
                Node::Group(group) => first(group),
                Node::Path(path) => path,
                other => panic!("{other:?}"),
            }
        }
        let path = first(tree.root());
        Outline::of(path.data(), path.abs_transform())
    }

    /// The corners in whole units.
    fn corners(body: &str) -> Option<Corners> {
        outline(body).map(|outline| match outline.corners {
            Corners::Radii(radii) => Corners::Radii(radii.map(f32::round)),
            Corners::Ellipse => Corners::Ellipse,
        })
    }

    #[test]
    fn rectangles_have_the_radii_of_their_corners() {
        let all = |radius: f32| Some(Corners::Radii([radius; 4]));
        for (body, expected) in [
            ("<rect width=\"100\" height=\"60\"/>", all(0.0)),
            ("<rect x=\"7\" y=\"9\" width=\"100\" height=\"60\" rx=\"16\"/>", all(16.0)),
            ("<rect width=\"100\" height=\"60\" rx=\"16\" ry=\"8\"/>", all(8.0)),
            ("<rect width=\"100\" height=\"60\" rx=\"90\" ry=\"30\"/>", Some(Corners::Ellipse)),
            ("<rect width=\"100\" height=\"60\" ry=\"30\"/>", all(30.0)),
            ("<rect width=\"60\" height=\"60\" rx=\"30\"/>", Some(Corners::Ellipse)),
            ("<rect width=\"60\" height=\"40\" rx=\"8\" transform=\"translate(9 9) scale(2)\"/>", all(16.0)),
            ("<rect width=\"60\" height=\"40\" rx=\"8\" transform=\"translate(60 9) rotate(90)\"/>", all(8.0)),
            ("<rect width=\"60\" height=\"60\" rx=\"8\" transform=\"translate(90 9) rotate(45)\"/>", None),
            ("<circle cx=\"50\" cy=\"50\" r=\"40\"/>", Some(Corners::Ellipse)),
            ("<ellipse cx=\"50\" cy=\"50\" rx=\"40\" ry=\"20\"/>", Some(Corners::Ellipse)),
            ("<path d=\"M0 0h90v60H0z\"/>", all(0.0)),
            ("<path d=\"M20 0h60a20 20 0 0 1 20 20v60H0V20A20 20 0 0 1 20 0z\"/>", {
                Some(Corners::Radii([20.0, 20.0, 0.0, 0.0]))
            }),
            ("<polygon points=\"0,0 90,0 90,60 0,60\"/>", all(0.0)),
            ("<polygon points=\"20,0 80,0 100,20 100,80 80,100 20,100 0,80 0,20\"/>", None),
            ("<polygon points=\"50,0 100,50 50,100 0,50\"/>", None),
            ("<polygon points=\"50,0 100,90 0,90\"/>", None),
            ("<path d=\"M0 0h90v60H0z M10 10h9v9z\"/>", None),
            ("<path d=\"M0 0h90v60H50V30H0z\"/>", None),
        ] {
            assert_eq!(corners(body), expected, "{body}");
        }
    }

    #[test]
    fn what_covers_a_rectangle_has_no_round_corners() {
        let canvas = Rect::from_xywh(0.0, 0.0, 200.0, 200.0).expect("a box");
        for (body, expected) in [
            ("<rect width=\"200\" height=\"200\"/>", true),
            ("<rect x=\"-9\" y=\"-9\" width=\"220\" height=\"220\"/>", true),
            ("<rect width=\"200\" height=\"200\" rx=\"40\"/>", false),
            ("<rect width=\"200\" height=\"190\"/>", false),
        ] {
            assert_eq!(outline(body).expect("an outline").covers(canvas), expected, "{body}");
        }
    }
}
