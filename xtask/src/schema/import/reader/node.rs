//! Properties, items and values.

use serde_json::{Map, Value, json};

use super::word::{Inferred, type_name};
use super::{COMBINERS, Reader, Schema, without_prose};
use crate::schema::facts::Fact;

/// Keywords that become facts under a shorter name.
const CONSTRAINTS: &[(&str, &str)] = &[
    ("pattern", "pat"),
    ("minLength", "minL"),
    ("maxLength", "maxL"),
    ("minimum", "min"),
    ("maximum", "max"),
    ("exclusiveMinimum", "xmin"),
    ("exclusiveMaximum", "xmax"),
    ("multipleOf", "mul"),
    ("minItems", "minI"),
    ("maxItems", "maxI"),
    ("minProperties", "minP"),
    ("maxProperties", "maxP"),
    ("default", "def"),
    ("const", "const"),
];

/// Further keywords that may stand on any value.
const ANYWHERE: &[&str] = &[
    "type",
    "enum",
    "enumCaseInsensitive",
    "format",
    "relationshipRef",
];

/// Keywords of lists. `arrayType` says what `uniqueItems` and `insertionOrder` say, and no check
/// counts as `maxUniqueItems` does.
const LIST: &[&str] = &[
    "items",
    "uniqueItems",
    "insertionOrder",
    "uniqueKeys",
    "prefixItems",
    "arrayType",
    "maxUniqueItems",
];

/// Keywords that say nothing of what is no object, as JSON schema has it.
const OF_OBJECTS: &[&str] = &[
    "properties",
    "additionalProperties",
    "patternProperties",
    "required",
    "dependencies",
];

/// Keywords of objects without named properties.
const MAP: &[&str] = &["properties", "additionalProperties", "patternProperties"];

impl<'a> Reader<'a> {
    /// A property, an item or a value.
    pub(super) fn node(&mut self, value: &'a Value, hint: &str) -> Result<Fact, String> {
        match value.as_object() {
            Some(schema) if !schema.is_empty() => self.schema_node(schema, hint),
            _ => Ok(anything()),
        }
    }

    pub(super) fn schema_node(&mut self, schema: &'a Schema, hint: &str) -> Result<Fact, String> {
        let mut facts = self.constraints(schema);
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            self.known(schema, &[&["$ref"], &COMBINERS, LIST, OF_OBJECTS])?;
            for key in [&COMBINERS[..], LIST, OF_OBJECTS].concat() {
                if schema.contains_key(key) {
                    self.lost(format!("`{key}` beside a reference"));
                }
            }
            let (name, target) = self.resolve(reference)?;
            self.define(&name, target, Some(reference.trim_start_matches('#')))?;
            facts.insert("t".into(), Value::from(format!(":{name}")));
            return Ok(facts);
        }
        let branches = self.branches(schema);
        let word = match type_name(schema) {
            Some(word) => word,
            None => match self.inferred(schema, &branches) {
                Inferred::Type(word) => word,
                Inferred::Same(branch) => {
                    self.known(schema, &[&COMBINERS])?;
                    let mut inner = self.schema_node(branch, hint)?;
                    inner.extend(facts);
                    return Ok(inner);
                }
            },
        };
        let scalar = ["string", "integer", "number", "boolean"].contains(&word);
        if scalar || word == "array" {
            self.alternatives(schema, &branches, hint, &mut facts)?;
        }
        match word {
            "array" => self.known(schema, &[&COMBINERS, LIST, OF_OBJECTS])?,
            "object" if self.is_object(schema) => (),
            "object" => {
                self.known(schema, &[MAP, LIST, &["required", "dependencies"]])?;
                for key in ["required", "dependencies"] {
                    let names = schema.get(key);
                    if names.is_some_and(|it| *it != json!([]) && *it != json!({})) {
                        self.lost(format!("`{key}` of free keys"));
                    }
                }
            }
            "json" => {
                for key in [&COMBINERS[..], LIST, MAP].concat() {
                    if schema.contains_key(key) && type_name(schema).is_some() {
                        self.lost(format!("`{key}` of what may be no {}", of_what(key)));
                    }
                }
            }
            _ => self.known(schema, &[&COMBINERS, LIST, OF_OBJECTS])?,
        }
        match word {
            "array" => self.array(schema, &branches, hint, &mut facts)?,
            "object" => self.object(schema, hint, &mut facts)?,
            _ => {
                let word = match word {
                    "string" if facts.get("fmt").is_some_and(|it| it == "json") => "j",
                    "string" | "intstr" | "numstr" => "s",
                    "integer" => "i",
                    "number" => "n",
                    "boolean" | "boolstr" => "b",
                    _ => "j",
                };
                let time = ["date-time", "timestamp"].map(Value::from);
                let time = word == "s" && facts.get("fmt").is_some_and(|it| time.contains(it));
                if time {
                    facts.remove("fmt");
                }
                facts.insert("t".into(), Value::from(if time { "ts" } else { word }));
            }
        }
        Ok(facts)
    }

    fn known(&self, schema: &Schema, more: &[&[&str]]) -> Result<(), String> {
        let constraints: Vec<&str> = CONSTRAINTS.iter().map(|it| it.0).collect();
        self.only(schema, &[&[&constraints, ANYWHERE], more].concat())
    }

    /// What is said of a value whatever its type.
    fn constraints(&mut self, schema: &'a Schema) -> Fact {
        let mut facts = Fact::new();
        for (keyword, key) in CONSTRAINTS {
            let Some(it) = schema.get(*keyword) else {
                continue;
            };
            let empty = *keyword == "default"
                && (it.as_array().is_some_and(Vec::is_empty)
                    || it.as_object().is_some_and(Map::is_empty));
            if !empty && (*keyword != "pattern" || it.is_string()) {
                facts.insert((*key).into(), it.clone());
            }
        }
        for (keyword, key) in [("enum", "enum"), ("enumCaseInsensitive", "enumCI")] {
            if let Some(it) = schema.get(keyword) {
                facts.insert(key.into(), it.clone());
            }
        }
        if let Some(it) = schema.get("format").and_then(Value::as_str) {
            facts.insert("fmt".into(), Value::from(it));
        }
        if let Some(it) = schema.get("relationshipRef") {
            let kind = it["typeName"].as_str().unwrap_or_default();
            let path = it["propertyPath"].as_str().unwrap_or_default();
            let last = path.rsplit('/').next().unwrap_or_default();
            facts.insert("rel".into(), Value::from(format!("{kind}.{last}")));
        }
        facts
    }

    /// Sets of constraints of which any, one or all must hold.
    fn alternatives(
        &mut self,
        schema: &'a Schema,
        branches: &[(&'a Schema, &'a Schema)],
        hint: &str,
        facts: &mut Fact,
    ) -> Result<(), String> {
        let mut sets = Vec::new();
        for (_, branch) in branches {
            let mut set = self.schema_node(branch, hint)?;
            set.remove("t");
            sets.push(Value::Object(set));
        }
        if sets
            .iter()
            .all(|it| it.as_object().is_some_and(Map::is_empty))
        {
            return Ok(());
        }
        let key = ["oneOf", "allOf"]
            .iter()
            .find(|it| schema.contains_key(**it));
        let key = match key.copied() {
            Some("oneOf") => "one",
            Some(_) => "all",
            None => "any",
        };
        if COMBINERS
            .iter()
            .filter(|it| schema.contains_key(**it))
            .count()
            > 1
        {
            self.lost("several combiners at once".into());
            return Ok(());
        }
        facts.insert(key.into(), Value::Array(sets));
        Ok(())
    }

    fn array(
        &mut self,
        schema: &'a Schema,
        branches: &[(&'a Schema, &'a Schema)],
        hint: &str,
        facts: &mut Fact,
    ) -> Result<(), String> {
        let items = schema
            .get("items")
            .or_else(|| branches.iter().find_map(|it| it.1.get("items")));
        let mut item = match items {
            Some(items) => {
                let hint = format!("{hint}Item");
                self.at("items", |reader| reader.node(items, &hint))?
            }
            None => fact("j"),
        };
        let word = item.remove("t");
        let word = word.as_ref().and_then(Value::as_str).unwrap_or("j");
        facts.insert("t".into(), Value::from(format!("[{word}]")));
        if !item.is_empty() {
            facts.insert("it".into(), Value::Object(item));
        }
        if schema.get("uniqueItems") == Some(&Value::Bool(true)) {
            facts.insert("uniq".into(), Value::from(1));
        }
        if schema.get("insertionOrder") == Some(&Value::Bool(false)) {
            facts.insert("unord".into(), Value::from(1));
        }
        if let Some(keys) = schema.get("uniqueKeys") {
            facts.insert("uniqK".into(), keys.clone());
        }
        if let Some(items) = schema.get("prefixItems") {
            facts.insert("prefix".into(), without_prose(items));
        }
        Ok(())
    }

    fn object(&mut self, schema: &'a Schema, hint: &str, facts: &mut Fact) -> Result<(), String> {
        if self.is_object(schema) {
            self.define(hint, schema, None)?;
            facts.remove("minP");
            facts.remove("maxP");
            facts.insert("t".into(), Value::from(format!(":{hint}")));
            return Ok(());
        }
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        let mut values: Vec<(&str, &Value)> = patterns
            .into_iter()
            .flatten()
            .map(|(pattern, it)| (pattern.as_str(), it))
            .collect();
        let additional = schema.get("additionalProperties");
        let additional = additional.filter(|it| it.as_object().is_some_and(|it| !it.is_empty()));
        if values.is_empty() {
            values.extend(additional.map(|it| ("", it)));
        }
        let mut items = Vec::new();
        for (_, it) in &values {
            let hint = format!("{hint}Value");
            items.push(self.at("values", |reader| reader.node(it, &hint))?);
        }
        let mut items = items.into_iter();
        let Some(mut item) = items.next() else {
            facts.insert("t".into(), Value::from("j"));
            return Ok(());
        };
        // Of several patterns nobody can tell which is meant: what all say of the values holds.
        for other in items {
            if item.get("t") != other.get("t") {
                item = fact("j");
            }
            item.retain(|key, it| other.get(key) == Some(it));
        }
        let word = item.remove("t");
        let word = word.as_ref().and_then(Value::as_str).unwrap_or("j");
        facts.insert("t".into(), Value::from(format!("{{{word}}}")));
        if !item.is_empty() {
            facts.insert("it".into(), Value::Object(item));
        }
        let any_key = |it: &&str| EVERYTHING.contains(it);
        let patterns: Vec<&str> = values.iter().map(|it| it.0).collect();
        match patterns.as_slice() {
            several if several.iter().any(any_key) => (),
            [one] => {
                facts.insert("kpat".into(), Value::from(*one));
            }
            several => {
                let either = format!("(?:{})", several.join(")|(?:"));
                facts.insert("kpat".into(), Value::from(either));
            }
        }
        Ok(())
    }
}

/// Patterns that any key matches.
pub(super) const EVERYTHING: &[&str] = &["", ".*", "^.*$", ".+", "^.+$", "[\\S\\s]*"];

fn of_what(key: &str) -> &'static str {
    match key {
        _ if LIST.contains(&key) => "list",
        _ if MAP.contains(&key) => "object",
        _ => "alternative",
    }
}

/// A value of which nothing is said.
pub(super) fn anything() -> Fact {
    fact("j")
}

fn fact(word: &str) -> Fact {
    Fact::from_iter([("t".to_owned(), Value::from(word))])
}
