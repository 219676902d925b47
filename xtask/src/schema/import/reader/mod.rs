//! One resource schema, read into facts: objects and nested types.

mod node;
mod word;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::schema::facts::Fact;
use word::type_name;

/// What no fact stands for, and where it was met.
pub(crate) type Seen = BTreeMap<String, BTreeSet<String>>;

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
    full: &'a str,
    schema: &'a Value,
    /// Where in the schema we are, for messages.
    place: String,
    definitions: BTreeMap<String, Option<Fact>>,
    seen: &'a mut Seen,
}

type Schema = Map<String, Value>;

impl<'a> Reader<'a> {
    /// `full` is the type's name.
    pub(crate) fn new(full: &'a str, schema: &'a Value, seen: &'a mut Seen) -> Self {
        Reader {
            full,
            schema,
            place: String::new(),
            definitions: BTreeMap::new(),
            seen,
        }
    }

    pub(crate) fn into_definitions(self) -> Fact {
        let all = self.definitions.into_iter();
        all.filter_map(|(name, it)| Some((name, Value::Object(it?))))
            .collect()
    }

    /// Does something at a place below this one.
    fn at<T>(&mut self, below: &str, act: impl FnOnce(&mut Self) -> T) -> T {
        let outside = self.place.len();
        self.place.push('/');
        self.place.push_str(below);
        let result = act(self);
        self.place.truncate(outside);
        result
    }

    /// Notes what no fact stands for.
    fn lost(&mut self, what: String) {
        let place = format!("`{}` at {}", self.full, self.place);
        self.seen.entry(what).or_default().insert(place);
    }

    /// Fails on a keyword that says nothing where it stands: it would be lost.
    fn only(&self, schema: &Schema, known: &[&[&str]]) -> Result<(), String> {
        let known = |key: &str| known.iter().any(|it| it.contains(&key));
        match schema
            .keys()
            .find(|it| !known(it) && !PROSE.contains(&it.as_str()))
        {
            Some(key) => Err(format!("{}: `{key}` is not expected here", self.place)),
            None => Ok(()),
        }
    }

    /// What `#/definitions/Name` points to, and the name it gets as a nested type.
    fn resolve(&self, reference: &str) -> Result<(String, &'a Schema), String> {
        let missing = || format!("{}: `{reference}` points to nothing", self.place);
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
        for key in [
            "const",
            "default",
            "enum",
            "enumCaseInsensitive",
            "format",
            "relationshipRef",
        ] {
            if schema.contains_key(key) {
                self.lost(format!("`{key}` of an object"));
            }
        }
        let additional = schema.get("additionalProperties");
        let additional = additional.is_some_and(|it| *it != Value::Bool(false));
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        if additional || patterns.is_some_and(|it| !it.is_empty()) {
            facts.insert("open".into(), Value::from(1));
        }
        for pattern in patterns.into_iter().flat_map(Map::keys) {
            if !node::EVERYTHING.contains(&pattern.as_str()) {
                self.lost("pattern of keys beside named properties".into());
            }
        }
        let mut properties = BTreeMap::new();
        self.merge(schema, &mut Vec::new(), &mut properties);
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
            let below = format!("properties/{property}");
            let fact = self.at(&below, |reader| reader.node(it, &hint))?;
            props.insert(property, Value::Object(fact));
        }
        facts.insert("props".into(), Value::Object(props));
        Ok(facts)
    }

    /// All properties of an object, those of its alternatives included. An alternative may be the
    /// object itself.
    fn merge(
        &self,
        schema: &'a Schema,
        above: &mut Vec<&'a Schema>,
        into: &mut BTreeMap<String, &'a Value>,
    ) {
        if above.iter().any(|it| std::ptr::eq(*it, schema)) {
            return;
        }
        let own = schema.get("properties").and_then(Value::as_object);
        for (name, it) in own.into_iter().flatten() {
            into.entry(name.clone()).or_insert(it);
        }
        above.push(schema);
        for (_, branch) in self.branches(schema) {
            self.merge(branch, above, into);
        }
        above.pop();
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

    /// Names a nested type and reads it once. `pointed` is its place, when it is not below this one.
    fn define(
        &mut self,
        name: &str,
        schema: &'a Schema,
        pointed: Option<&str>,
    ) -> Result<(), String> {
        if self.definitions.contains_key(name) {
            return Ok(());
        }
        self.definitions.insert(name.to_owned(), None);
        let outside = pointed.map(|it| std::mem::replace(&mut self.place, it.to_owned()));
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
        if let Some(outside) = outside {
            self.place = outside;
        }
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
        let mut reader = Reader::new("AWS::Shop::Till", schema, &mut seen);
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
    fn alternatives_give_their_properties_and_an_object_may_be_its_own() {
        let (facts, _) = read(&json!({
            "properties": {"Queue": {"$ref": "#/definitions/Queue"}},
            "definitions": {"Queue": {
                "anyOf": [{"$ref": "#/definitions/Queue"}, {"properties": {"Arn": {"type": "string"}}}],
                "properties": {"Kind": {"type": "string"}},
                "allOf": [{"anyOf": [{"properties": {"Deep": {"type": "integer"}}}]}],
            }},
        }));
        let properties = &facts["defs"]["Queue"]["props"];
        let expected = json!({"Arn": {"t": "s"}, "Deep": {"t": "i"}, "Kind": {"t": "s"}});
        assert_eq!(*properties, expected);
    }

    #[test]
    fn free_keys_take_what_all_patterns_say_of_the_values() {
        let value = |most: u8| json!({"type": "string", "minLength": 1, "maxLength": most});
        for (patterns, expected) in [
            (
                json!({"^a": value(3), "^b": value(3)}),
                json!({"t": "{s}", "it": {"maxL": 3, "minL": 1}, "kpat": "(?:^a)|(?:^b)"}),
            ),
            (
                json!({"^a": value(3), "^b": value(4)}),
                json!({"t": "{s}", "it": {"minL": 1}, "kpat": "(?:^a)|(?:^b)"}),
            ),
            (
                json!({"^a": value(3), ".*": value(4)}),
                json!({"t": "{s}", "it": {"minL": 1}}),
            ),
            (
                json!({"^a": value(3), "^b": {"type": "boolean"}}),
                json!({"t": "{j}", "kpat": "(?:^a)|(?:^b)"}),
            ),
        ] {
            let property = json!({"type": "object", "patternProperties": patterns});
            let (facts, seen) = read(&json!({"properties": {"It": property}}));
            assert_eq!(facts["props"]["It"], expected, "{patterns}");
            assert!(seen.is_empty(), "{seen:?}");
        }
        let (facts, _) = read(&json!({
            "properties": {"Token": {"type": "string"}},
            "patternProperties": {".*": {"type": "string"}},
        }));
        assert_eq!(facts, json!({"open": 1, "props": {"Token": {"t": "s"}}}));
    }

    #[test]
    fn what_no_fact_stands_for_is_told() {
        for (property, word, told) in [
            (
                json!({"anyOf": [{"type": "object"}, {"type": "integer"}]}),
                "j",
                "union of integer, object",
            ),
            (
                json!({"type": ["object", "string"], "properties": {"A": {"type": "string"}}}),
                "j",
                "`properties` of what may be no object",
            ),
            (
                json!({"type": "object", "dependencies": {"A": ["B"]}, "patternProperties": {".*": {"type": "string"}}}),
                "{s}",
                "`dependencies` of free keys",
            ),
            (
                json!({"$ref": "#/definitions/Names", "uniqueItems": true}),
                ":Names",
                "`uniqueItems` beside a reference",
            ),
            (
                json!({"type": "object", "default": {"A": 1}, "properties": {"A": {"type": "integer"}}}),
                ":It",
                "`default` of an object",
            ),
            (
                json!({"type": "string", "anyOf": [{"pattern": "a"}], "allOf": [{"pattern": "b"}]}),
                "s",
                "several combiners at once",
            ),
        ] {
            let names = json!({"Names": {"type": "array", "items": {"type": "string"}}});
            let (facts, seen) =
                read(&json!({"properties": {"It": property}, "definitions": names}));
            assert_eq!(facts["props"]["It"]["t"], word, "{property}");
            assert_eq!(seen, [told], "{property}");
        }
    }

    #[test]
    fn what_would_be_lost_without_a_word_is_refused_with_its_place() {
        for (schema, expected) in [
            (
                json!({"properties": {"It": {"$ref": "#/definitions/Gone"}}}),
                "/properties/It: `#/definitions/Gone` points to nothing",
            ),
            (
                json!({"properties": {"It": {"type": "string", "not": {"enum": ["a"]}}}}),
                "/properties/It: `not` is not expected here",
            ),
            (
                json!({"properties": {"It": {"type": "array", "items": {"type": "integer", "if": {}}}}}),
                "/properties/It/items: `if` is not expected here",
            ),
            (
                json!({"properties": {"It": {"$ref": "#/definitions/A"}}, "definitions": {"A": {"type": "array", "requiredOr": ["A"]}}}),
                "/definitions/A: `requiredOr` is not expected here",
            ),
        ] {
            let mut seen = Seen::new();
            let mut reader = Reader::new("AWS::Shop::Till", &schema, &mut seen);
            let refused = reader.shape(schema.as_object().unwrap(), "");
            assert_eq!(refused.unwrap_err(), expected);
        }
    }
}
