//! How many steps holding a payload against a schema can take: an upper bound that costs next to nothing to find.
//!
//! A schema may be met at one place of a payload by several ways, and the ways can double with each level: at depth `n` by
//! `2^n`. So the ways to each schema are counted level by level, once, when a schema is compiled; a payload then only
//! says how much there is at each level.

use crate::graph::Graph;
use crate::payload::Payload;

/// As deep as JSON is read.
const LEVELS_MAX: usize = 128;
/// Above this many ways it makes no difference any more. Without a bound they would come to be infinitely many, and
/// infinitely many times nothing is no number that anything is larger than.
const WAYS_MAX: f64 = 1e18;
/// So many bytes of text are matched against a state in the time of one step.
const TEXT_BYTES_PER_STEP: f64 = 4.0;

/// What everything at one level costs, all ways taken together.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cost {
    per_value: f64,
    per_text_byte: f64,
    /// As many schemas lead to one another at most: so many calls are within one another.
    chain: usize,
}

/// The cost of a schema, level by level.
#[derive(Debug)]
pub(crate) struct Work {
    levels: Vec<Cost>,
    has_alternatives: bool,
    has_unevaluated: bool,
}

impl Work {
    pub(crate) fn of(graph: &Graph) -> Self {
        let mut levels = Vec::new();
        let mut ways = vec![0.0_f64; graph.nodes.len()];
        ways[0] = 1.0;
        while levels.len() < LEVELS_MAX && ways.iter().any(|ways| *ways > 0.0) {
            let mut chains = vec![0_usize; graph.nodes.len()];
            for index in &graph.order {
                // Whatever leads here has been looked at.
                ways[*index] = ways[*index].min(WAYS_MAX);
                chains[*index] += usize::from(ways[*index] > 0.0);
                for next in &graph.nodes[*index].same {
                    ways[*next] += ways[*index];
                    chains[*next] = chains[*next].max(chains[*index]);
                }
            }
            let cost = |of: fn(&crate::graph::Node) -> f64| {
                graph.nodes.iter().zip(&ways).map(|(node, ways)| of(node) * ways).sum::<f64>()
            };
            levels.push(Cost {
                per_value: cost(|node| node.weight),
                per_text_byte: cost(|node| node.states) / TEXT_BYTES_PER_STEP,
                chain: chains.into_iter().max().unwrap_or_default(),
            });
            let mut inside = vec![0.0_f64; graph.nodes.len()];
            for (node, ways) in graph.nodes.iter().zip(&ways) {
                for next in &node.below {
                    inside[*next] += ways;
                }
            }
            ways = inside;
        }
        Self { levels, has_alternatives: graph.has_alternatives, has_unevaluated: graph.has_unevaluated }
    }

    /// As many schemas lead to one another at most, at one place of a payload.
    pub(crate) fn chain(&self) -> usize {
        self.levels.iter().map(|cost| cost.chain).max().unwrap_or_default()
    }

    /// How many calls are within one another while a payload is checked, from above: each takes room on the stack.
    pub(crate) fn depth(&self, payload: &Payload) -> usize {
        payload.levels.iter().zip(&self.levels).map(|(_, cost)| cost.chain).sum()
    }

    /// The steps that a payload takes, from above.
    pub(crate) fn steps(&self, payload: &Payload) -> f64 {
        let once: f64 = payload
            .levels
            .iter()
            .zip(&self.levels)
            .map(|(there, cost)| there.values as f64 * cost.per_value + there.text_bytes as f64 * cost.per_text_byte)
            .sum();
        // To say what is wrong with each of several alternatives, they are looked at again at each level.
        let once = if self.has_alternatives { once * payload.levels.len() as f64 } else { once };
        // What was evaluated is found by going from schema to schema, at each of which all that follow are looked at.
        if self.has_unevaluated { once * self.chain() as f64 } else { once }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn steps(schema: &Value, payload: &Value) -> f64 {
        let payload = Payload::parse(payload.to_string().as_bytes()).unwrap();
        Work::of(&Graph::of(schema).unwrap()).steps(&payload)
    }

    #[test]
    fn a_tree_that_refers_to_itself_once_costs_as_much_as_it_is_large() {
        let tree = json!({ "properties": { "name": { "type": "string" }, "children": { "items": { "$ref": "#" } } } });
        let mut payload = json!({ "name": "leaf" });
        for _ in 0..30 {
            payload = json!({ "name": "branch", "children": [payload] });
        }
        assert!(steps(&tree, &payload) < 2_000.0);
    }

    #[test]
    fn a_schema_that_doubles_at_each_level_is_seen_through() {
        let child = json!({ "properties": { "child": { "$ref": "#" } } });
        let doubling = json!({ "anyOf": [child, child] });
        let mut payload = json!({});
        for _ in 0..60 {
            payload = json!({ "child": payload });
        }
        assert!(steps(&doubling, &payload) > 1e15);
    }

    #[test]
    fn ways_that_double_at_one_place_are_seen_through() {
        let mut definitions = serde_json::Map::new();
        for n in 0..60 {
            let next = json!({ "$ref": format!("#/$defs/d{}", n + 1) });
            definitions.insert(format!("d{n}"), json!({ "allOf": [next, next] }));
        }
        definitions.insert("d60".to_owned(), json!({ "type": "object" }));
        assert!(steps(&json!({ "$ref": "#/$defs/d0", "$defs": definitions }), &json!({})) > 1e15);
    }

    #[test]
    fn more_ways_than_can_be_counted_are_still_too_many() {
        let child = json!({ "items": { "$ref": "#" } });
        let schema = json!({ "anyOf": vec![child; 300] });
        let mut payload = json!(1);
        for _ in 0..126 {
            payload = json!([payload]);
        }
        let steps = steps(&schema, &payload);
        assert!(steps.is_finite() && steps > 1e15, "{steps}");
    }

    #[test]
    fn what_was_not_evaluated_costs_by_how_far_schemas_lead() {
        let chain = |beginning: &Value| {
            let mut schema = beginning.clone();
            schema["$defs"] = json!({ "d0": { "type": "object" } });
            for n in 1..=100 {
                schema["$defs"][format!("d{n}")] = json!({ "anyOf": [{ "$ref": format!("#/$defs/d{}", n - 1) }] });
            }
            schema
        };
        let without = chain(&json!({ "$ref": "#/$defs/d100" }));
        let with = chain(&json!({ "$ref": "#/$defs/d100", "unevaluatedProperties": false }));
        assert!(steps(&with, &json!({})) > 100.0 * steps(&without, &json!({})));
    }

    #[test]
    fn calls_within_one_another_are_counted_through_schemas_and_payload() {
        let depth = |schema: &Value, payload: &Value| {
            let payload = Payload::parse(payload.to_string().as_bytes()).unwrap();
            Work::of(&Graph::of(schema).unwrap()).depth(&payload)
        };
        let list = json!({ "allOf": [{ "not": { "items": { "$ref": "#" } } }] });
        assert_eq!(depth(&list, &json!(1)), 3);
        // An item is met by the schema that refers, and by the three that it refers to.
        assert_eq!(depth(&list, &json!([[1], 1])), 3 + 4 + 4);
    }

    #[test]
    fn patterns_cost_by_their_size_and_the_text() {
        let slow = json!({ "properties": { "a": { "pattern": "(a?){300}a{300}" } } });
        let quick = json!({ "properties": { "a": { "pattern": "^[a-z]+$" } } });
        let payload = json!({ "a": "a".repeat(100_000) });
        assert!(steps(&slow, &payload) > 10_000_000.0);
        assert!(steps(&quick, &payload) < 200_000.0);
    }
}
