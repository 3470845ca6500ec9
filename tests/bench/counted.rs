//! One poster of a case, for a tool that counts instructions (`tests/instructions`).

use haibao_core::{
    encode::Format,
    plan::{Plan, ResolvedAssets},
    render::Renderer,
};

use super::{Case, wall};

/// Names of the cases, in the order of the table that `cargo bench` prints; `first` is the first poster of a renderer.
const NAMES: [&str; 5] = ["photo", "text", "person", "nothing", "group"];

/// Draws a poster of the case, after others that fill the caches unless it is the first one.
pub fn count(renderer: &Renderer, cases: &[Case], name: &str) {
    let draw = |(plan, gathered): (Plan, ResolvedAssets)| {
        poster(renderer, &plan, &gathered);
    };
    if name == "first" {
        return draw((cases[3].make)(0));
    }
    let warm = |(plan, gathered): (Plan, ResolvedAssets)| {
        renderer.render(&plan, &gathered, Format::Png).expect("renders");
    };
    if name == "wall" {
        let mut posters = wall::posters(2).into_iter();
        posters.next().into_iter().for_each(warm);
        return posters.for_each(draw);
    }
    let at = NAMES.iter().position(|known| *known == name).expect("photo, text, person, nothing, group, first or wall");
    warm((cases[3].make)(0));
    warm((cases[at].make)(0));
    draw((cases[at].make)(1));
}

/// What is counted.
#[inline(never)]
fn poster(renderer: &Renderer, plan: &Plan, gathered: &ResolvedAssets) {
    renderer.render(plan, gathered, Format::Png).expect("renders");
}
