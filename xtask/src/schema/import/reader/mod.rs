//! One resource schema, read into facts: objects and nested types.

mod node;
mod word;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::schema::facts::Fact;
use word::type_name;

/// How often something was met that no fact stands for.
pub(crate) type Seen = BTreeMap<String, usize>;

/// Words for people, and what only tells how a schema is written.
const PROSE: &[&str] = &[
    "description",
    "$comment",
    "title",
    "examples",
    "markdownDescription",
];

const COMBINERS: [&str; 3] = ["anyOf", "oneOf", "allOf"];

/// Reads one schema; nested types are collected as they are met.
pub(crate) struct Reader<'a> {
    schema: &'a Value,
    definitions: BTreeMap<String, Option<Fact>>,
    seen: &'a mut Seen,
}

type Schema = Map<String, Value>;

impl<'a> Reader<'a> {
    pub(crate) fn new(schema: &'a Value, seen: &'a mut Seen) -> Self {
        Reader {
            schema,
            definitions: BTreeMap::new(),
            seen,
        }
    }

    pub(crate) fn into_definitions(self) -> Fact {
        let all = self.definitions.into_iter();
        all.filter_map(|(name, it)| Some((name, Value::Object(it?))))
            .collect()
    }

    /// What `#/definitions/Name` points to, and the name it gets as a nested type.
    fn resolve(&self, reference: &str) -> Result<(String, &'a Schema), String> {
        let missing = || format!("`{reference}` points to nothing");
        let pointer = reference.trim_start_matches('#');
        let target = self
            .schema
            .pointer(pointer)
            .and_then(Value::as_object)
            .ok_or_else(missing)?;
        let parts: Vec<&str> = pointer.trim_matches('/').split('/').collect();
        let name = match parts.as_slice() {
            ["definitions", name] => (*name).to_owned(),
            parts => parts.concat(),
        };
        Ok((name, target))
    }

    fn resolved(&self, schema: &'a Schema) -> &'a Schema {
        let reference = schema.get("$ref").and_then(Value::as_str);
        let target = reference.and_then(|it| self.resolve(it).ok());
        target.map_or(schema, |it| it.1)
    }

    /// The alternatives of a schema as they stand, and resolved.
    fn branches(&self, schema: &'a Schema) -> Vec<(&'a Schema, &'a Schema)> {
        let lists = COMBINERS
            .iter()
            .filter_map(|it| schema.get(*it)?.as_array());
        let branches = lists.flatten().filter_map(Value::as_object);
        branches.map(|it| (it, self.resolved(it))).collect()
    }

    /// An object type: its constraints, and its properties under `props`.
    pub(crate) fn shape(&mut self, schema: &'a Schema, name: &str) -> Result<Fact, String> {
        let mut facts = self.group(schema);
        match schema.get("additionalProperties") {
            None | Some(Value::Bool(false)) => (),
            Some(_) => {
                facts.insert("open".into(), Value::from(1));
            }
        }
        let mut properties = BTreeMap::new();
        self.merge(schema, 0, &mut properties);
        let mut props = Fact::new();
        for (property, it) in properties {
            let hint = match name {
                "" => property.clone(),
                name => {
                    let mut letters = property.chars();
                    let first = letters.next().map(|it| it.to_ascii_uppercase());
                    format!(
                        "{name}{}{}",
                        first.map_or(String::new(), String::from),
                        letters.as_str()
                    )
                }
            };
            props.insert(property, Value::Object(self.node(it, &hint)?));
        }
        facts.insert("props".into(), Value::Object(props));
        Ok(facts)
    }

    /// All properties of an object, those of its alternatives included.
    fn merge(&self, schema: &'a Schema, depth: usize, into: &mut BTreeMap<String, &'a Value>) {
        let own = schema.get("properties").and_then(Value::as_object);
        for (name, it) in own.into_iter().flatten() {
            into.entry(name.clone()).or_insert(it);
        }
        if depth < 5 {
            for (_, branch) in self.branches(schema) {
                self.merge(branch, depth + 1, into);
            }
        }
    }

    /// What holds between the properties of an object.
    fn group(&mut self, schema: &'a Schema) -> Fact {
        let mut facts = Fact::new();
        if let Some(required) = names(schema.get("required")) {
            facts.insert("req".into(), required);
        }
        for (from, key) in [
            ("requiredXor", "xor"),
            ("requiredOr", "or"),
            ("dependentRequired", "depReq"),
            ("dependentExcluded", "depEx"),
            ("minProperties", "minP"),
            ("maxProperties", "maxP"),
        ] {
            if let Some(it) = schema.get(from) {
                facts.insert(key.into(), it.clone());
            }
        }
        if let Some(it) = schema.get("dependencies") {
            facts.insert("deps".into(), without_prose(it));
        }
        let mut raw = Fact::new();
        for combiner in COMBINERS {
            let Some(branches) = schema.get(combiner).and_then(Value::as_array) else {
                continue;
            };
            let groups: Option<Vec<Value>> =
                branches.iter().map(|it| self.only_names(it)).collect();
            match (combiner, groups) {
                ("oneOf", Some(groups)) => facts.insert("oneReq".into(), Value::Array(groups)),
                ("anyOf", Some(groups)) => facts.insert("anyReq".into(), Value::Array(groups)),
                _ => raw.insert(combiner.into(), without_prose(&schema[combiner])),
            };
        }
        for keyword in ["if", "then", "else", "not"] {
            if let Some(it) = schema.get(keyword).filter(|it| it.is_object()) {
                raw.insert(keyword.into(), without_prose(it));
            }
        }
        if !raw.is_empty() {
            facts.insert("raw".into(), Value::Object(raw));
        }
        facts
    }

    /// The properties an alternative asks for, when it says nothing else.
    fn only_names(&self, branch: &'a Value) -> Option<Value> {
        let branch = self.resolved(branch.as_object()?);
        let keys = branch.keys().filter(|it| !PROSE.contains(&it.as_str()));
        let mut keys = keys.filter(|it| !["type", "additionalProperties"].contains(&it.as_str()));
        if !keys.all(|it| it == "required" || it == "properties") {
            return None;
        }
        match names(branch.get("required")) {
            Some(required) => Some(required),
            None => {
                let properties = branch.get("properties")?.as_object()?;
                Some(
                    properties
                        .keys()
                        .map(String::as_str)
                        .map(Value::from)
                        .collect(),
                )
            }
        }
    }

    /// Names a nested type and reads it once.
    fn define(&mut self, name: &str, schema: &'a Schema) -> Result<(), String> {
        if self.definitions.contains_key(name) {
            return Ok(());
        }
        self.definitions.insert(name.to_owned(), None);
        let object = matches!(type_name(schema), None | Some("object")) && self.is_object(schema);
        let facts = if object {
            self.shape(schema, name)?
        } else {
            let value = type_name(schema) == Some("object") && !schema.contains_key("$ref");
            let hint = if value {
                format!("{name}Value")
            } else {
                name.to_owned()
            };
            self.schema_node(schema, &hint)?
        };
        self.definitions.insert(name.to_owned(), Some(facts));
        Ok(())
    }

    fn is_object(&self, schema: &'a Schema) -> bool {
        has_properties(schema) || self.branches(schema).iter().any(|it| has_properties(it.1))
    }
}

/// A schema without sentences. References to nested types stay: what those say is checked there.
fn without_prose(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            // A property may be called `description`.
            .filter(|(key, it)| !PROSE.contains(&key.as_str()) || it.is_object())
            .map(|(key, it)| (key.clone(), without_prose(it)))
            .collect(),
        Value::Array(items) => items.iter().map(without_prose).collect(),
        other => other.clone(),
    }
}

fn has_properties(schema: &Schema) -> bool {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.is_some_and(|it| !it.is_empty())
}

/// Sorted names, when there are any.
fn names(list: Option<&Value>) -> Option<Value> {
    let mut names: Vec<&str> = list?.as_array()?.iter().filter_map(Value::as_str).collect();
    names.sort_unstable();
    (!names.is_empty()).then(|| names.into_iter().map(Value::from).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Reader, Seen};

    /// The facts of a schema with the properties given, and what no fact stands for.
    fn read(schema: &Value) -> (Value, Vec<String>) {
        let mut seen = Seen::new();
        let mut reader = Reader::new(schema, &mut seen);
        let mut facts = reader.shape(schema.as_object().unwrap(), "").unwrap();
        let definitions = reader.into_definitions();
        if !definitions.is_empty() {
            facts.insert("defs".to_owned(), Value::Object(definitions));
        }
        (Value::Object(facts), seen.into_keys().collect())
    }

    #[test]
    fn every_kind_of_property_has_its_word_and_its_limits() {
        for (property, expected) in [
            (
                json!({"type": "string", "description": "no sentence"}),
                json!({"t": "s"}),
            ),
            (json!({"type": ["string", "null"]}), json!({"t": "s"})),
            (json!({"type": ["integer", "string"]}), json!({"t": "s"})),
            (json!({"type": ["boolean", "string"]}), json!({"t": "b"})),
            (json!({"type": ["object", "string"]}), json!({"t": "j"})),
            (json!({"type": "object"}), json!({"t": "j"})),
            (
                json!({"type": "string", "format": "json"}),
                json!({"t": "j", "fmt": "json"}),
            ),
            (
                json!({"type": "string", "format": "date-time"}),
                json!({"t": "ts"}),
            ),
            (json!({"pattern": "^a"}), json!({"t": "s", "pat": "^a"})),
            (json!({"minimum": 1}), json!({"t": "n", "min": 1})),
            (
                json!({"type": "integer", "minimum": 0, "exclusiveMaximum": 9, "default": 3}),
                json!({"t": "i", "min": 0, "xmax": 9, "def": 3}),
            ),
            (
                json!({"enum": ["a", "b"]}),
                json!({"t": "s", "enum": ["a", "b"]}),
            ),
            (
                json!({"type": "array", "items": {"type": "string", "maxLength": 2}, "uniqueItems": true, "insertionOrder": false, "minItems": 1}),
                json!({"t": "[s]", "it": {"maxL": 2}, "uniq": 1, "unord": 1, "minI": 1}),
            ),
            (
                json!({"type": "object", "patternProperties": {"^[a-z]$": {"type": "integer"}}}),
                json!({"t": "{i}", "kpat": "^[a-z]$"}),
            ),
            (
                json!({"type": "object", "additionalProperties": {"type": "boolean"}}),
                json!({"t": "{b}"}),
            ),
            (
                json!({"type": "string", "relationshipRef": {"typeName": "AWS::EC2::VPC", "propertyPath": "/properties/VpcId"}}),
                json!({"t": "s", "rel": "AWS::EC2::VPC.VpcId"}),
            ),
            (
                json!({"type": "string", "anyOf": [{"pattern": "^a"}, {"maxLength": 3}]}),
                json!({"t": "s", "any": [{"pat": "^a"}, {"maxL": 3}]}),
            ),
        ] {
            let (facts, seen) = read(&json!({"properties": {"It": property}}));
            assert_eq!(facts, json!({"props": {"It": expected}}), "{property}");
            assert!(seen.is_empty(), "{seen:?}");
        }
    }

    #[test]
    fn objects_become_nested_types_once() {
        let drawer = json!({"type": "object", "required": ["Size"], "properties": {"Size": {"type": "integer"}, "Inner": {"$ref": "#/definitions/Drawer"}}});
        let (facts, _) = read(&json!({
            "required": ["B", "A"],
            "properties": {
                "A": {"$ref": "#/definitions/Drawer"},
                "B": {"type": "array", "items": {"$ref": "#/definitions/Drawer"}},
                "C": {"type": "object", "properties": {"X": {"type": "string"}}},
            },
            "definitions": {"Drawer": drawer},
        }));
        let expected = json!({
            "req": ["A", "B"],
            "props": {"A": {"t": ":Drawer"}, "B": {"t": "[:Drawer]"}, "C": {"t": ":C"}},
            "defs": {
                "C": {"props": {"X": {"t": "s"}}},
                "Drawer": {"req": ["Size"], "props": {"Inner": {"t": ":Drawer"}, "Size": {"t": "i"}}},
            },
        });
        assert_eq!(facts, expected);
    }

    #[test]
    fn what_holds_between_properties_is_kept() {
        let properties = json!({"A": {"type": "string"}, "B": {"type": "string"}});
        for (rule, expected) in [
            (
                json!({"requiredXor": ["A", "B"]}),
                json!({"xor": ["A", "B"]}),
            ),
            (
                json!({"dependentExcluded": {"A": ["B"]}}),
                json!({"depEx": {"A": ["B"]}}),
            ),
            (
                json!({"oneOf": [{"required": ["B"]}, {"required": ["A"]}]}),
                json!({"oneReq": [["B"], ["A"]]}),
            ),
            (json!({"additionalProperties": true}), json!({"open": 1})),
            (
                json!({"if": {"required": ["A"]}, "then": {"required": ["B"], "title": "no"}}),
                json!({"raw": {"if": {"required": ["A"]}, "then": {"required": ["B"]}}}),
            ),
        ] {
            let mut schema = rule.clone();
            schema["properties"] = properties.clone();
            let mut expected = expected;
            expected["props"] = json!({"A": {"t": "s"}, "B": {"t": "s"}});
            assert_eq!(read(&schema).0, expected, "{rule}");
        }
    }

    #[test]
    fn what_is_not_understood_is_told() {
        let mut seen = Seen::new();
        let schema = json!({"properties": {"It": {"$ref": "#/definitions/Gone"}}});
        let refused = Reader::new(&schema, &mut seen).shape(schema.as_object().unwrap(), "");
        assert_eq!(
            refused.unwrap_err(),
            "`#/definitions/Gone` points to nothing"
        );
        let unknown = json!({"properties": {"It": {"type": "string", "newWord": 1}}});
        assert_eq!(read(&unknown).1, ["keyword `newWord`"]);
    }
}
