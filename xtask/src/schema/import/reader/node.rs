//! Properties, items and values.

use serde_json::{Map, Value};

use super::word::{Inferred, type_name};
use super::{COMBINERS, PROSE, Reader, Schema, without_prose};
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

/// Keywords that are read by name.
const HANDLED: &[&str] = &[
    "type",
    "$ref",
    "properties",
    "items",
    "enum",
    "enumCaseInsensitive",
    "format",
    "anyOf",
    "oneOf",
    "allOf",
    "required",
    "additionalProperties",
    "patternProperties",
    "uniqueItems",
    "insertionOrder",
    "maxUniqueItems",
    "relationshipRef",
    "uniqueKeys",
    "prefixItems",
    "arrayType",
    "requiredXor",
    "requiredOr",
    "dependentRequired",
    "dependentExcluded",
    "dependencies",
];

impl<'a> Reader<'a> {
    /// A property, an item or a value.
    pub(super) fn node(&mut self, value: &'a Value, hint: &str) -> Result<Fact, String> {
        match value.as_object() {
            Some(schema) if !schema.is_empty() => self.schema_node(schema, hint),
            _ => Ok(fact("j")),
        }
    }

    pub(super) fn schema_node(&mut self, schema: &'a Schema, hint: &str) -> Result<Fact, String> {
        let mut facts = self.constraints(schema);
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let (name, target) = self.resolve(reference)?;
            self.define(&name, target)?;
            facts.insert("t".into(), Value::from(format!(":{name}")));
            return Ok(facts);
        }
        let branches = self.branches(schema);
        let word = match type_name(schema) {
            Some(word) => word,
            None => match self.inferred(schema, &branches) {
                Inferred::Type(word) => word,
                Inferred::Same(branch) => {
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

    /// What is said of a value whatever its type, and what no fact stands for.
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
        for key in schema.keys() {
            let known = CONSTRAINTS.iter().any(|it| it.0 == key)
                || HANDLED.contains(&key.as_str())
                || PROSE.contains(&key.as_str());
            if !known {
                *self.seen.entry(format!("keyword `{key}`")).or_default() += 1;
            }
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
            *self
                .seen
                .entry("several combiners at once".into())
                .or_default() += 1;
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
        let items = match items {
            Some(Value::Array(items)) => items.first(),
            other => other,
        };
        let mut item = match items {
            Some(items) => self.node(items, &format!("{hint}Item"))?,
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
            self.define(hint, schema)?;
            facts.remove("minP");
            facts.remove("maxP");
            facts.insert("t".into(), Value::from(format!(":{hint}")));
            return Ok(());
        }
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        let pattern = patterns.and_then(|it| it.iter().next());
        let additional = schema.get("additionalProperties");
        let additional = additional.filter(|it| it.as_object().is_some_and(|it| !it.is_empty()));
        let values = pattern.map(|it| it.1).or(additional);
        let Some(values) = values else {
            facts.insert("t".into(), Value::from("j"));
            return Ok(());
        };
        let mut item = self.node(values, &format!("{hint}Value"))?;
        let word = item.remove("t");
        let word = word.as_ref().and_then(Value::as_str).unwrap_or("j");
        facts.insert("t".into(), Value::from(format!("{{{word}}}")));
        if !item.is_empty() {
            facts.insert("it".into(), Value::Object(item));
        }
        if let Some((pattern, _)) = pattern
            && !["", ".*", "^.*$", ".+", "^.+$"].contains(&pattern.as_str())
        {
            facts.insert("kpat".into(), Value::from(pattern.as_str()));
        }
        if patterns.is_some_and(|it| it.len() > 1) {
            *self
                .seen
                .entry("several patterns of keys".into())
                .or_default() += 1;
        }
        Ok(())
    }
}

fn fact(word: &str) -> Fact {
    Fact::from_iter([("t".to_owned(), Value::from(word))])
}
