//! Reads cfn-lint's provider schemas.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::reader::{Reader, Seen};
use crate::schema::facts::{self, Fact, Service};

fn load(path: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))?;
    serde_json::from_str(&text).map_err(|why| format!("{}: {why}", path.display()))
}

/// Reads `cfnlint/data/schemas`.
pub(super) fn read(directory: &Path) -> Result<(Vec<Service>, Seen), String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let providers = directory.join("providers");
    let entries =
        fs::read_dir(&providers).map_err(|why| format!("{}: {why}", providers.display()))?;
    let mut paths: Vec<_> = entries.flatten().map(|it| it.path()).collect();
    paths.retain(|it| it.extension().is_some_and(|it| it == "json"));
    paths.sort();
    for path in paths {
        for (name, file) in facts::object(&load(&path)?) {
            // Later regions differ in little; like cfn-lint's own default, the last one counts.
            files.insert(name.clone(), file.as_str().unwrap_or_default().to_owned());
        }
    }
    let mut services: BTreeMap<String, BTreeMap<String, Fact>> = BTreeMap::new();
    let mut seen = Seen::new();
    for (full, file) in &files {
        let schema = load(&directory.join("resources").join(format!("{file}.json")))?;
        let facts = resource(&schema, &mut seen).map_err(|why| format!("{full}: {why}"))?;
        let (service, name) = full
            .rsplit_once("::")
            .ok_or(format!("`{full}` is no type name"))?;
        services
            .entry(service.to_owned())
            .or_default()
            .insert(name.to_owned(), facts);
    }
    let services = services
        .into_iter()
        .map(|(name, types)| Service { name, types })
        .collect();
    Ok((services, seen))
}

/// `/properties/A/B` as `A/B`.
fn path(pointer: &Value) -> String {
    let pointer = pointer.as_str().unwrap_or_default();
    let plain = pointer
        .replace("/properties/", "/")
        .replace("/definitions/", "/#");
    plain.trim_start_matches('/').to_owned()
}

fn paths(list: &Value) -> Vec<Value> {
    let list = list.as_array().into_iter().flatten();
    list.map(|it| Value::from(path(it))).collect()
}

/// What is said of a whole resource type.
fn resource(schema: &Value, seen: &mut Seen) -> Result<Fact, String> {
    let root = schema.as_object().ok_or("the schema is no object")?;
    let mut reader = Reader::new(schema, seen);
    let mut facts = reader.shape(root, "")?;
    let definitions = reader.into_definitions();
    if !definitions.is_empty() {
        facts.insert("defs".into(), Value::Object(definitions));
    }
    let mut list = |key: &str, from: &str, sorted: bool| {
        let mut items = paths(&schema[from]);
        if sorted {
            items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        }
        if !items.is_empty() {
            facts.insert(key.into(), Value::Array(items));
        }
    };
    list("id", "primaryIdentifier", false);
    list("ro", "readOnlyProperties", true);
    list("wo", "writeOnlyProperties", true);
    list("co", "createOnlyProperties", true);
    list("cco", "conditionalCreateOnlyProperties", true);
    list("dep", "deprecatedProperties", true);
    if let Some(sets) = schema["additionalIdentifiers"]
        .as_array()
        .filter(|it| !it.is_empty())
    {
        let sets: Vec<Value> = sets.iter().map(|it| Value::Array(paths(it))).collect();
        facts.insert("ids".into(), Value::Array(sets));
    }
    if let Some(tag) = tagging(schema) {
        facts.insert("tag".into(), Value::Object(tag));
    }
    for (key, from) in [("repl", "replacementStrategy"), ("life", "lifecycle")] {
        if !schema[from].is_null() {
            facts.insert(key.into(), schema[from].clone());
        }
    }
    let transform: Fact = facts::object(&schema["propertyTransform"])
        .map(|(name, it)| (path(&Value::from(name.as_str())), it.clone()))
        .collect();
    if !transform.is_empty() {
        facts.insert("xf".into(), Value::Object(transform));
    }
    let handlers = schema["handlers"].as_object();
    if handlers.is_some_and(|it| !it.is_empty() && !it.contains_key("update")) {
        facts.insert("noupd".into(), Value::from(1));
    }
    Ok(facts)
}

/// Which property takes tags: `p`, and 0 under `upd`, `create` or `sys` for what does not work.
fn tagging(schema: &Value) -> Option<Fact> {
    let tags = schema["properties"].get("Tags").is_some();
    let mut facts = Fact::new();
    let Some(tagging) = schema["tagging"].as_object() else {
        let taggable = schema["taggable"].as_bool() == Some(true) && tags;
        facts.insert("p".into(), Value::from("Tags"));
        return taggable.then_some(facts);
    };
    let off = |key: &str| tagging.get(key) == Some(&Value::Bool(false));
    let property = tagging
        .get("tagProperty")
        .map(path)
        .filter(|it| !it.is_empty());
    if off("taggable") || property.is_none() && !tags {
        return None;
    }
    facts.insert("p".into(), Value::from(property.unwrap_or("Tags".into())));
    for (key, from) in [
        ("upd", "tagUpdatable"),
        ("create", "tagOnCreate"),
        ("sys", "cloudFormationSystemTags"),
    ] {
        if off(from) {
            facts.insert(key.into(), Value::from(0));
        }
    }
    Some(facts)
}
