//! The schemas inside a schema, and how one leads to another: at the same place of a payload, or one level further in.

use crate::regex_cost::states_of;
use crate::schema::SchemaError;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Keywords with schemas that are about the same place of a payload.
const SAME: [&str; 9] = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies"];
/// Keywords with schemas that are about what is inside.
const BELOW: [&str; 10] = [
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "items",
    "prefixItems",
    "additionalItems",
    "contains",
    "unevaluatedProperties",
    "unevaluatedItems",
];
/// Of those, the keywords whose members are schemas by name.
const BY_NAME: [&str; 4] = ["properties", "patternProperties", "dependentSchemas", "dependencies"];
/// Where schemas stand that are only referred to.
const SHELVES: [&str; 2] = ["$defs", "definitions"];
/// Keywords that refer to a schema elsewhere.
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];
/// Keywords that check nothing.
const REMARKS: [&str; 8] =
    ["title", "description", "default", "examples", "$comment", "$schema", "$id", "contentSchema"];

/// One schema.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// Steps that it takes by itself, for each value.
    pub(crate) weight: f64,
    /// What each character of a text is held against, in patterns.
    pub(crate) states: f64,
    /// Schemas about the same place. One may be there several times.
    pub(crate) same: Vec<usize>,
    /// Schemas about what is inside.
    pub(crate) below: Vec<usize>,
}

/// Every schema inside a schema. The first is the whole.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    /// Whether faults of several alternatives are collected.
    pub(crate) has_alternatives: bool,
    /// Whether it is asked what other schemas have not looked at.
    pub(crate) has_unevaluated: bool,
    /// The nodes so that whatever is about the same place comes after what leads to it.
    pub(crate) order: Vec<usize>,
}

/// A schema that was found and not looked at yet.
struct Found<'s> {
    index: usize,
    pointer: String,
    schema: &'s Value,
}

struct Builder<'s> {
    root: &'s Value,
    /// What the whole calls itself.
    id: Option<&'s str>,
    /// The keywords that make a part a document of its own.
    id_keywords: &'static [&'static str],
    anchors: HashMap<&'s str, String>,
    indices: HashMap<String, usize>,
    pointers: Vec<String>,
    waiting: Vec<Found<'s>>,
    graph: Graph,
}

impl Graph {
    /// # Errors
    /// When a schema refers to another document, to nothing, or to itself without end.
    pub(crate) fn of(root: &Value) -> Result<Self, SchemaError> {
        let id = root.get("$id").or_else(|| root.get("id")).and_then(Value::as_str).map(|id| id.trim_end_matches('#'));
        // Only the oldest draft calls it so; elsewhere a member of that name means nothing.
        let is_oldest = root.get("$schema").and_then(Value::as_str).is_some_and(|draft| draft.contains("draft-04"));
        let mut builder = Builder {
            root,
            id: id.filter(|id| !id.is_empty()),
            id_keywords: if is_oldest { &["$id", "id"] } else { &["$id"] },
            anchors: anchors_of(root)?,
            indices: HashMap::new(),
            pointers: Vec::new(),
            waiting: Vec::new(),
            graph: Self::default(),
        };
        builder.index_of(String::new(), root);
        while let Some(found) = builder.waiting.pop() {
            builder.look_at(&found)?;
        }
        let Builder { mut graph, pointers, .. } = builder;
        graph.order = order_of(&graph.nodes, &pointers)?;
        Ok(graph)
    }
}

impl<'s> Builder<'s> {
    /// The node of the schema at a place; it is looked at once.
    fn index_of(&mut self, pointer: String, schema: &'s Value) -> usize {
        if let Some(index) = self.indices.get(&pointer) {
            return *index;
        }
        let index = self.graph.nodes.len();
        self.graph.nodes.push(Node::default());
        self.indices.insert(pointer.clone(), index);
        self.pointers.push(pointer.clone());
        self.waiting.push(Found { index, pointer, schema });
        index
    }

    fn look_at(&mut self, found: &Found<'s>) -> Result<(), SchemaError> {
        let mut node = Node { weight: 1.0, ..Node::default() };
        if let Value::Object(members) = found.schema {
            refuse_own_document(members, &found.pointer, self.id_keywords)?;
            for (keyword, value) in members {
                let place = join(&found.pointer, keyword);
                match keyword.as_str() {
                    keyword if SAME.contains(&keyword) => {
                        self.graph.has_alternatives |= matches!(keyword, "anyOf" | "oneOf");
                        node.same.extend(self.schemas_in(keyword, value, &place));
                        node.weight += size_of(value, 1);
                    }
                    keyword if BELOW.contains(&keyword) => {
                        let below = self.schemas_in(keyword, value, &place);
                        node.weight += below.len() as f64;
                        node.below.extend(below);
                        if let ("patternProperties", Value::Object(patterns)) = (keyword, value) {
                            node.states += patterns.keys().map(|pattern| states_of(pattern)).sum::<f64>();
                        }
                    }
                    keyword if SHELVES.contains(&keyword) => {
                        // Looked at, because they too must not refer to anything else; they lead nowhere by themselves.
                        if let Value::Object(shelf) = value {
                            for (name, schema) in shelf {
                                self.index_of(join(&place, name), schema);
                            }
                        }
                    }
                    keyword if REFERENCES.contains(&keyword) => {
                        if let Value::String(reference) = value {
                            let (pointer, schema) = self.referred(reference, &place)?;
                            node.same.push(self.index_of(pointer, schema));
                        }
                    }
                    keyword if REMARKS.contains(&keyword) => {}
                    "pattern" => node.states += value.as_str().map_or(0.0, states_of),
                    _ => node.weight += size_of(value, usize::MAX),
                }
            }
            // What was not evaluated is found by evaluating the neighbours once more.
            if members.contains_key("unevaluatedProperties") || members.contains_key("unevaluatedItems") {
                node.same.extend(node.same.clone());
                self.graph.has_unevaluated = true;
            }
        }
        self.graph.nodes[found.index] = node;
        Ok(())
    }

    fn schemas_in(&mut self, keyword: &str, value: &'s Value, place: &str) -> Vec<usize> {
        match value {
            Value::Object(members) if BY_NAME.contains(&keyword) => members
                .iter()
                .filter(|(_, schema)| !schema.is_array())
                .map(|(name, schema)| self.index_of(join(place, name), schema))
                .collect(),
            Value::Array(items) => {
                items.iter().enumerate().map(|(n, schema)| self.index_of(format!("{place}/{n}"), schema)).collect()
            }
            schema => vec![self.index_of(place.to_owned(), schema)],
        }
    }

    /// The place that a reference means.
    fn referred(&self, reference: &str, place: &str) -> Result<(String, &'s Value), SchemaError> {
        let (document, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        if !document.is_empty() && self.id != Some(document) {
            let message = format!(
                "refers to {}, which is another document: put what it means under $defs, and refer to it by #/$defs/…",
                shown(reference)
            );
            return Err(SchemaError::new(place, message));
        }
        let fragment = percent_decode_str(fragment).decode_utf8_lossy();
        let pointer = if fragment.is_empty() || fragment.starts_with('/') {
            Some(fragment.into_owned())
        } else {
            self.anchors.get(&*fragment).cloned()
        };
        pointer
            .and_then(|pointer| Some((self.root.pointer(&pointer)?, pointer)))
            .map(|(schema, pointer)| (pointer, schema))
            .ok_or_else(|| {
                SchemaError::new(place, format!("refers to {}, which is not in this schema", shown(reference)))
            })
    }
}

/// A part with an id or a dialect of its own would be a document of its own, and what it refers to would be relative to
/// that: `#` means the whole, in every part.
fn refuse_own_document(members: &Map<String, Value>, pointer: &str, id_keywords: &[&str]) -> Result<(), SchemaError> {
    if pointer.is_empty() {
        return Ok(());
    }
    let text = |keyword: &str| members.get(keyword).and_then(Value::as_str);
    let id = id_keywords.iter().find(|keyword| text(keyword).is_some_and(|id| !id.starts_with('#'))).copied();
    match id.or_else(|| text("$schema").map(|_| "$schema")) {
        None => Ok(()),
        Some(keyword) => Err(SchemaError::new(
            join(pointer, keyword),
            "may only stand at the top: give a part a name under $defs, and refer to it by that",
        )),
    }
}

/// A reference, as far as a person needs it.
fn shown(reference: &str) -> String {
    reference.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// Names that parts of a schema give themselves, each with its place. Whatever looks like one counts, so no name may be
/// there twice.
fn anchors_of(root: &Value) -> Result<HashMap<&str, String>, SchemaError> {
    let mut anchors = HashMap::new();
    let mut waiting = vec![(String::new(), root)];
    while let Some((pointer, value)) = waiting.pop() {
        match value {
            Value::Object(members) => {
                for (keyword, name) in anchors_in(members) {
                    if anchors.insert(name, pointer.clone()).is_some_and(|other| other != pointer) {
                        let message = format!("must not be the same as another one: {}", shown(name));
                        return Err(SchemaError::new(join(&pointer, keyword), message));
                    }
                }
                waiting.extend(members.iter().map(|(name, member)| (join(&pointer, name), member)));
            }
            Value::Array(items) => {
                waiting.extend(items.iter().enumerate().map(|(n, item)| (format!("{pointer}/{n}"), item)));
            }
            _ => {}
        }
    }
    Ok(anchors)
}

fn anchors_in(members: &Map<String, Value>) -> impl Iterator<Item = (&'static str, &str)> {
    ["$anchor", "$dynamicAnchor", "$id", "id"].into_iter().filter_map(|keyword| {
        let name = members.get(keyword)?.as_str()?;
        let name = if keyword.ends_with("id") { name.strip_prefix('#')? } else { name };
        (!name.is_empty()).then_some((keyword, name))
    })
}

/// What leads on before what it leads to, at the same place of a payload.
fn order_of(nodes: &[Node], pointers: &[String]) -> Result<Vec<usize>, SchemaError> {
    let mut led_to = vec![0_usize; nodes.len()];
    for next in nodes.iter().flat_map(|node| &node.same) {
        led_to[*next] += 1;
    }
    let mut order: Vec<usize> = (0..nodes.len()).filter(|index| led_to[*index] == 0).collect();
    let mut at = 0;
    while at < order.len() {
        for next in &nodes[order[at]].same {
            led_to[*next] -= 1;
            if led_to[*next] == 0 {
                order.push(*next);
            }
        }
        at += 1;
    }
    if order.len() == nodes.len() {
        return Ok(order);
    }
    let message = "refers to itself without going into the payload, so checking it would never end";
    Err(SchemaError::new(pointers[on_a_circle(nodes, &led_to)].clone(), message))
}

/// Of the nodes that still wait for another, one that waits for itself.
fn on_a_circle(nodes: &[Node], led_to: &[usize]) -> usize {
    let waits = |index: usize| led_to[index] > 0;
    let mut before = vec![0_usize; nodes.len()];
    let mut circling = 0;
    for (index, node) in nodes.iter().enumerate().filter(|(index, _)| waits(*index)) {
        circling = index;
        for next in &node.same {
            before[*next] = index;
        }
    }
    // Going back from a waiting node one meets only waiting nodes, and after so many steps only those of a circle.
    for _ in nodes {
        circling = before[circling];
    }
    circling
}

/// How many values there are, at most so deep.
fn size_of(value: &Value, depth: usize) -> f64 {
    if depth == 0 {
        return 0.0;
    }
    let inside: f64 = match value {
        Value::Array(items) => items.iter().map(|item| size_of(item, depth - 1)).sum(),
        Value::Object(members) => members.values().map(|member| size_of(member, depth - 1)).sum(),
        _ => 0.0,
    };
    1.0 + inside
}

/// The place of a member.
pub(crate) fn join(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}
