//! SVG artwork: parsed, checked, cut into segments around slots, silhouettes of its elements.

mod blurred;
mod css;
mod cut;
mod effort;
pub mod memory;
mod references;
pub mod silhouette;
pub mod svg;

#[cfg(test)]
mod probe {
    #[test]
    #[allow(clippy::disallowed_methods)]
    fn probe() {
        let Ok(path) = std::env::var("PROBE") else { return };
        let text = std::fs::read_to_string(path).unwrap();
        let start = std::time::Instant::now();
        if std::env::var("RAW").is_ok() {
            let r = resvg::usvg::Tree::from_str(&text, &resvg::usvg::Options::default());
            println!("RAW {:?} {:?}", r.map(|t| t.root().children().len()), start.elapsed());
        } else {
            let r = crate::artwork::svg::parse(&text, &Default::default(), &crate::testing::fonts());
            println!(
                "PARSE {:?} {:?}",
                r.as_ref().map(|t| t.root().children().len()).map_err(|e| e.message().to_owned()),
                start.elapsed()
            );
            if let (Ok(tree), Ok(slot)) = (&r, std::env::var("SLOT")) {
                let start = std::time::Instant::now();
                let canvas = crate::plan::Canvas {
                    width: 750,
                    height: 1334,
                    tallest: None,
                    background: crate::style::Color::white(),
                };
                let s = crate::artwork::svg::draw(tree, canvas, 1.0, &[(slot.as_str(), 0.0)].into());
                println!(
                    "DRAW {:?} {:?}",
                    s.map(|s| s.steps.len()).map_err(|e| e.message().to_owned()),
                    start.elapsed()
                );
            }
        }
    }
}
