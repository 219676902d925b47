//! Reads cfn-lint's provider schemas.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::reader::{Reader, Seen};
use super::vocabulary;
use crate::schema::facts::{self, Fact, Service};

fn load(path: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))?;
    serde_json::from_str(&text).map_err(|why| format!("{}: {why}", path.display()))
}

/// Which file describes each type. Regions that have a type agree on its file, or nobody could tell
/// which of the two holds.
fn index(providers: &Path) -> Result<BTreeMap<String, String>, String> {
    let entries =
        fs::read_dir(providers).map_err(|why| format!("{}: {why}", providers.display()))?;
    let mut paths: Vec<_> = entries.flatten().map(|it| it.path()).collect();
    paths.retain(|it| it.extension().is_some_and(|it| it == "json"));
    paths.sort();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for path in paths {
        let region = load(&path)?;
        let wrong = || format!("{}: names no file for each type", path.display());
        for (name, file) in region.as_object().ok_or_else(wrong)? {
            let file = file.as_str().ok_or_else(wrong)?;
            if let Some(other) = files.insert(name.clone(), file.to_owned())
                && other != file
            {
                return Err(format!(
                    "{}: `{name}` is `{file}` here and `{other}` in another region",
                    path.display()
                ));
            }
        }
    }
    match files.is_empty() {
        true => Err(format!("{}: there are no types", providers.display())),
        false => Ok(files),
    }
}

/// Reads `cfnlint/data/schemas`. Every schema is looked at before any error is returned.
pub(super) fn read(directory: &Path) -> Result<(Vec<Service>, Seen), String> {
    let mut services: BTreeMap<String, BTreeMap<String, Fact>> = BTreeMap::new();
    let mut seen = Seen::new();
    let mut problems = Vec::new();
    for (full, file) in &index(&directory.join("providers"))? {
        let path = directory.join("resources").join(format!("{file}.json"));
        let schema = load(&path)?;
        let mut found = vocabulary::problems(&schema);
        if schema["typeName"] != full.as_str() {
            found.push(format!("/typeName: is not `{full}`"));
        }
        if found.is_empty() {
            match (resource(full, &schema, &mut seen), full.rsplit_once("::")) {
                (Ok(facts), Some((service, name))) => {
                    let types = services.entry(service.to_owned()).or_default();
                    types.insert(name.to_owned(), facts);
                }
                (Err(why), _) => found.push(why),
                (_, None) => found.push("/typeName: has no service".to_owned()),
            }
        }
        let places = found
            .iter()
            .map(|it| format!("resources/{file}.json, `{full}` at {it}"));
        problems.extend(places);
    }
    if !problems.is_empty() {
        return Err(format!(
            "{}: not all of it is understood:\n  {}",
            directory.display(),
            problems.join("\n  ")
        ));
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
fn resource(full: &str, schema: &Value, seen: &mut Seen) -> Result<Fact, String> {
    let root = schema.as_object().ok_or("/: is no object")?;
    let mut reader = Reader::new(full, schema, seen);
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::resource;
    use crate::schema::import::reader::Seen;

    #[test]
    fn what_is_said_of_a_whole_type_becomes_facts() {
        for (said, expected) in [
            (
                json!({"primaryIdentifier": ["/properties/B", "/properties/A"], "additionalIdentifiers": [["/properties/C"]]}),
                json!({"id": ["B", "A"], "ids": [["C"]]}),
            ),
            (
                json!({"readOnlyProperties": ["/properties/B/Arn", "/properties/A"], "writeOnlyProperties": ["/properties/C"]}),
                json!({"ro": ["A", "B/Arn"], "wo": ["C"]}),
            ),
            (
                json!({"createOnlyProperties": ["/properties/A/properties/B"], "conditionalCreateOnlyProperties": ["/properties/C"], "deprecatedProperties": ["/definitions/D/properties/E"]}),
                json!({"co": ["A/B"], "cco": ["C"], "dep": ["#D/E"]}),
            ),
            (
                json!({"tagging": {"taggable": true, "tagUpdatable": false, "cloudFormationSystemTags": true, "tagProperty": "/properties/Labels"}}),
                json!({"tag": {"p": "Labels", "upd": 0}}),
            ),
            (json!({"tagging": {"taggable": false}}), json!({})),
            (json!({"taggable": true}), json!({"tag": {"p": "Tags"}})),
            (
                json!({"replacementStrategy": "delete_then_create", "lifecycle": {"status": "SHUTDOWN"}}),
                json!({"repl": "delete_then_create", "life": {"status": "SHUTDOWN"}}),
            ),
            (
                json!({"propertyTransform": {"/properties/A": "$lowercase(A)"}}),
                json!({"xf": {"A": "$lowercase(A)"}}),
            ),
            (json!({"handlers": {"create": {}, "update": {}}}), json!({})),
            (json!({"handlers": {"create": {}}}), json!({"noupd": 1})),
            (json!({"handlers": {}}), json!({})),
        ] {
            let mut schema = said.clone();
            schema["properties"] = json!({"Tags": {"type": "object"}});
            let mut expected = expected;
            expected["props"] = json!({"Tags": {"t": "j"}});
            let facts = resource("AWS::Shop::Till", &schema, &mut Seen::new()).unwrap();
            assert_eq!(Value::Object(facts), expected, "{said}");
        }
    }
}
