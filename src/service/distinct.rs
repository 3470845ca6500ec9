//! Distinct sources of a plan's pictures: each is fetched once.

use std::collections::HashMap;

use haibao_core::{asset::AssetSource, layer::PictureNeed, plan::Plan};

/// The pictures that the layers of a plan use.
pub(super) fn needs(plan: &Plan) -> Vec<PictureNeed<'_>> {
    plan.layers.iter().flat_map(|layer| layer.kind.needs()).collect()
}

/// The distinct sources of pictures.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Distinct {
    /// Position of the first picture of each source.
    pub first: Vec<usize>,
    /// The longest time that a layer waits for each source, ms; `None` if one waits as long as its client does.
    pub timeouts_ms: Vec<Option<u32>>,
    /// Position in `first` of the source of each picture.
    pub of_needs: Vec<usize>,
}

impl Distinct {
    /// Hashes the sources. Comparing each with the others could take seconds: `data:` URIs may have megabytes, and differ at their ends
    /// only.
    pub fn of(needs: &[PictureNeed<'_>]) -> Self {
        let (mut known, mut distinct) = (HashMap::<&AssetSource, usize>::new(), Self::default());
        for (position, need) in needs.iter().enumerate() {
            let at = *known.entry(need.source).or_insert_with(|| {
                distinct.first.push(position);
                distinct.timeouts_ms.push(need.timeout_ms);
                distinct.first.len() - 1
            });
            let longest = &mut distinct.timeouts_ms[at];
            *longest = longest.zip(need.timeout_ms).map(|(a, b)| a.max(b));
            distinct.of_needs.push(at);
        }
        distinct
    }
}

#[cfg(test)]
mod tests {
    use haibao_core::layer::Role;

    use super::*;

    #[test]
    fn a_source_of_several_layers_is_fetched_once_for_the_most_patient_one() {
        let photo = "A".repeat(1 << 20);
        let [one, other] = ["x", "y"].map(|end| AssetSource::Data(format!("data:,{photo}{end}")));
        let url = AssetSource::Url("https://a.cn/a.png".to_owned());
        let copy = one.clone();
        let need = |source, timeout_ms| PictureNeed {
            role: Role::CONTENT,
            source,
            pointer: "/layers/0/src",
            is_required: true,
            timeout_ms,
        };
        let needs = [
            need(&one, Some(5)),
            need(&other, Some(1)),
            need(&url, Some(2)),
            need(&copy, None),
            need(&url, Some(7)),
            need(&other, Some(1)),
        ];
        let expected = Distinct {
            first: vec![0, 1, 2],
            timeouts_ms: vec![None, Some(1), Some(7)],
            of_needs: vec![0, 1, 2, 0, 2, 1],
        };
        assert_eq!(Distinct::of(&needs), expected);
    }
}
