//! Finds amounts of money that a text draws in fen.

use std::ops::Range;

use serde_json::Value;

use crate::template::{json::MAX_FINDINGS, money, params::resolve};

/// Helpers that give their first argument back, whatever its unit.
const PASS_ON: [&str; 5] = ["number", "default", "mask", "truncate", "lookup"];

/// `{{price}}`, `{{number goods.price}}` or `{{#each goods}}{{this.price}}` in a text, where `price` is an amount of money.
/// Returns the paths. `schema` describes the values that the text may use.
pub fn raw_amounts<'s>(source: &'s str, schema: &Value) -> Vec<(&'s str, Range<usize>)> {
    // Each of many openings ends at the next, so that the text is searched once.
    let found = source.split("{{").skip(1).filter_map(|rest| {
        let (inner, _) = rest.split_once("}}")?;
        let inner = inner.trim_matches(['{', '}', '~', ' ', '&']);
        let mut words = inner.split_whitespace();
        let path = match (words.next()?, words.next()) {
            (path, None) => path,
            (helper, Some(path)) if PASS_ON.contains(&helper) => path,
            _ => return None,
        };
        // Offsets of a part of the source.
        let start = path.as_ptr() as usize - source.as_ptr() as usize;
        is_money(path, schema).then(|| (path, start..start + path.len()))
    });
    found.take(MAX_FINDINGS).collect()
}

fn is_money(path: &str, schema: &Value) -> bool {
    let path = path.trim_start_matches("../");
    let own = path.strip_prefix("this.").or_else(|| path.strip_prefix("@root.")).unwrap_or(path);
    let steps: Vec<&str> = own.split('.').map(|step| step.trim_matches(['[', ']'])).collect();
    let format = |from: &Value| follow(schema, from, &steps);
    let properties = resolve(schema, schema).get("properties").and_then(Value::as_object);
    let is_top = properties.is_some_and(|all| all.contains_key(steps[0]));
    // Within `#each` and `#with`, paths begin at an element.
    let mut inner = properties.into_iter().flat_map(serde_json::Map::values).map(|one| resolve(schema, one));
    format(schema) || (!is_top && inner.any(|one| format(one.get("items").unwrap_or(one))))
}

/// Whether the steps lead from a schema to an amount.
fn follow(document: &Value, from: &Value, steps: &[&str]) -> bool {
    let target = steps.iter().try_fold(resolve(document, from), |schema, step| {
        let is_index = step.bytes().all(|byte| byte.is_ascii_digit());
        let next = if is_index { schema.get("items") } else { schema.get("properties").and_then(|all| all.get(step)) };
        Some(resolve(document, next?))
    });
    target.and_then(|schema| schema.get("format")).and_then(Value::as_str) == Some(money::FORMAT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn many_amounts_are_cut_off() {
        let schema = json!({ "properties": { "price": { "type": "integer", "format": "money" } } });
        assert_eq!(raw_amounts(&"{{price}} ".repeat(5000), &schema).len(), MAX_FINDINGS);
    }

    /// Many openings before one end take long if each of them is searched to the end.
    #[test]
    fn an_opening_ends_at_the_next_one() {
        let schema = json!({ "properties": { "price": { "type": "integer", "format": "money" } } });
        assert_eq!(raw_amounts("{{number {{price}}", &schema), [("price", 11..16)]);
        assert!(raw_amounts("{{price {{title}}", &schema).is_empty());
        assert!(raw_amounts(&"{{".repeat(40_000), &schema).is_empty());
        assert!(raw_amounts(&format!("{}}}}}", "{{ ".repeat(40_000)), &schema).is_empty());
    }

    #[test]
    fn amounts_without_their_helper_are_found() {
        let money = json!({ "type": "integer", "format": "money" });
        let schema = json!({
            "$defs": { "fen": money },
            "properties": {
                "price": money, "cost": { "$ref": "#/$defs/fen" }, "count": { "type": "integer" },
                "goods": { "type": "array", "items": { "properties": { "paid": money, "count": { "type": "integer" } } } },
                "shop": { "properties": { "fee": money } },
            },
        });
        for (source, expected) in [
            ("¥{{price}}", vec!["price"]),
            ("{{{price}}}{{~ cost ~}}{{& price}}", vec!["price", "cost", "price"]),
            ("{{number price}} {{default cost 0}}", vec!["price", "cost"]),
            ("{{goods.[0].paid}} {{goods.0.paid}} {{shop.fee}}", vec!["goods.[0].paid", "goods.0.paid", "shop.fee"]),
            (
                "{{#each goods}}{{this.paid}}{{paid}}{{count}}{{../price}}{{/each}}",
                vec!["this.paid", "paid", "../price"],
            ),
            ("{{#with shop}}{{fee}}{{/with}}", vec!["fee"]),
            ("{{money price}} {{#if price}}{{money (default cost 0)}}{{/if}}", vec![]),
            ("{{#if (gt price 100)}}{{count}}{{else}}{{title}}{{/if}}{{!-- price --}}", vec![]),
            ("{{price", vec![]),
            ("{{}} {{ }}", vec![]),
        ] {
            let found: Vec<_> = raw_amounts(source, &schema)
                .into_iter()
                .map(|(path, range)| {
                    assert_eq!(&source[range], path);
                    path
                })
                .collect();
            assert_eq!(found, expected, "{source}");
        }
    }
}
