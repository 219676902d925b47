//! One resource schema, read into facts: objects and nested types.

mod node;
#[cfg(test)]
mod tests;
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
    /// What each nested type was read from.
    read: BTreeMap<String, &'a Schema>,
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
            read: BTreeMap::new(),
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
            let fact = self.at(&below, |reader| reader.variants(&it, &hint))?;
            props.insert(property, Value::Object(fact));
        }
        facts.insert("props".into(), Value::Object(props));
        Ok(facts)
    }

    /// What all say of a property that several alternatives describe, each in its own way: whatever
    /// one of them allows is allowed.
    fn variants(&mut self, variants: &[&'a Value], hint: &str) -> Result<Fact, String> {
        let mut facts: Option<Fact> = None;
        for variant in variants {
            let other = self.node(variant, hint)?;
            facts = Some(match facts {
                None => other,
                Some(facts) if facts == other => facts,
                Some(facts) if facts.get("t") == other.get("t") => common(facts, &other),
                Some(_) => {
                    self.lost("alternatives of one property with different types".into());
                    node::anything()
                }
            });
        }
        Ok(facts.unwrap_or_else(node::anything))
    }

    /// All properties of an object, those of its alternatives included, where it does not describe
    /// them itself. An alternative may be the object itself.
    fn merge(
        &self,
        schema: &'a Schema,
        above: &mut Vec<&'a Schema>,
        into: &mut BTreeMap<String, Vec<&'a Value>>,
    ) {
        if above.iter().any(|it| std::ptr::eq(*it, schema)) {
            return;
        }
        above.push(schema);
        for (_, branch) in self.branches(schema) {
            self.merge(branch, above, into);
        }
        above.pop();
        let own = schema.get("properties").and_then(Value::as_object);
        for (name, it) in own.into_iter().flatten() {
            let variants = into.entry(name.clone()).or_default();
            // Beside alternatives, the object's own word holds for all of them.
            if above.is_empty() {
                variants.clear();
            }
            if !variants.contains(&it) {
                variants.push(it);
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

    /// Names a nested type and reads it once. `pointed` is its place, when it is not below this one.
    fn define(
        &mut self,
        name: &str,
        schema: &'a Schema,
        pointed: Option<&str>,
    ) -> Result<(), String> {
        if let Some(before) = self.read.insert(name.to_owned(), schema) {
            let bare = |it: &Schema| without_prose(&Value::Object(it.clone()));
            if !std::ptr::eq(before, schema) && bare(before) != bare(schema) {
                return Err(format!(
                    "{}: two nested types that differ would be called `{name}`",
                    self.place
                ));
            }
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

/// What holds for both: a list of values becomes longer, any other difference falls away.
fn common(facts: Fact, other: &Fact) -> Fact {
    let both = |(key, value): (String, Value)| {
        let theirs = other.get(&key)?;
        match (&value, theirs) {
            (a, b) if a == b => Some((key, value)),
            (Value::Array(a), Value::Array(b)) if key == "enum" => {
                let mut all: Vec<Value> = a.iter().chain(b).cloned().collect();
                all.sort_by_key(Value::to_string);
                all.dedup();
                Some((key, Value::Array(all)))
            }
            _ => None,
        }
    };
    facts.into_iter().filter_map(both).collect()
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
