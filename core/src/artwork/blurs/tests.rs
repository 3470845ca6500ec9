//! Wide and huge blurs.

use resvg::tiny_skia::{Pixmap, Transform};

use crate::{artwork::node::draw, testing::artwork};

fn drawn(body: &str) -> Pixmap {
    let tree = artwork([200, 100], body).expect("valid artwork");
    let mut pixmap = Pixmap::new(200, 100).expect("a size");
    tree.root().children().iter().for_each(|node| draw(node, Transform::identity(), &mut pixmap));
    pixmap
}

fn at(pixmap: &Pixmap, x: u32, y: u32) -> [u8; 4] {
    pixmap.data().as_chunks::<4>().0[(y * 200 + x) as usize]
}

#[test]
fn wide_blurs_are_drawn_at_a_smaller_scale() {
    let rect = |style: &str| {
        format!("<rect x=\"-500\" y=\"-2000\" width=\"600\" height=\"4000\" fill=\"red\" style=\"filter:{style}\"/>")
    };
    let (fine, coarse) = (drawn(&rect("blur(169px)")), drawn(&rect("blur(171px)")));
    for (x, y) in [(0, 0), (0, 99), (60, 50), (100, 50), (199, 0), (199, 99)] {
        let (fine, coarse) = (at(&fine, x, y), at(&coarse, x, y));
        assert!(fine.iter().zip(coarse).all(|(a, b)| a.abs_diff(b) <= 4), "{x}, {y}: {fine:?} {coarse:?}");
    }
    assert!(at(&coarse, 0, 0)[3] > at(&coarse, 199, 0)[3] + 30);
    let shadow = drawn(&rect("drop-shadow(0 0 171px blue)"));
    assert_eq!((at(&shadow, 50, 50), at(&shadow, 150, 50)[0]), ([255, 0, 0, 255], 0));
    assert!(at(&shadow, 150, 50)[3] > 60, "{:?}", at(&shadow, 150, 50));
}

#[test]
fn huge_blurs_are_drawn() {
    let two =
        "<rect width=\"20\" height=\"99\" fill=\"red\"/><rect x=\"50\" width=\"20\" height=\"99\" fill=\"blue\"/>";
    // Spread over so much, nothing of them is seen.
    for faded in [
        format!("<g style=\"filter:blur(9000px)\">{two}</g>"),
        "<rect width=\"9\" height=\"9\" style=\"filter:blur(100000px)\"/>".to_owned(),
    ] {
        let faded = drawn(&faded);
        for x in [4, 60] {
            assert!(at(&faded, x, 4)[3] <= 2, "{:?}", at(&faded, x, 4));
        }
    }
    let far = drawn(
        "<filter id=\"f\" filterUnits=\"userSpaceOnUse\" x=\"-2000000000\" y=\"0\" width=\"4000000000\" height=\"9\">\
         <feDropShadow dx=\"-1e30\" dy=\"-1e30\" stdDeviation=\"0\" color-interpolation-filters=\"sRGB\"/></filter>\
         <rect width=\"9\" height=\"9\" filter=\"url(#f)\"/>",
    );
    assert_eq!((at(&far, 4, 4), at(&far, 20, 4)), ([0, 0, 0, 255], [0; 4]));
}
