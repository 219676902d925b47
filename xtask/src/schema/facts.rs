//! The committed facts: `stack-core/facts/<service>.json`, as they are read and written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

/// An object of facts.
pub(crate) type Fact = Map<String, Value>;

/// One service: its types by their last name part.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    /// `AWS::ECS`.
    pub(crate) name: String,
    /// `Service`, `TaskDefinition`, … with their facts.
    pub(crate) types: BTreeMap<String, Fact>,
}

/// Every service in the directory, sorted by name.
pub(crate) fn read(directory: &Path) -> Result<Vec<Service>, String> {
    let mut services = Vec::new();
    let entries = fs::read_dir(directory)
        .map_err(|why| format!("cannot read `{}`: {why}", directory.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        let is_facts = path.extension().is_some_and(|it| it == "json");
        if !is_facts || path.file_stem().is_some_and(|it| it == "regions") {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
        let json: Value =
            serde_json::from_str(&text).map_err(|why| format!("{}: {why}", path.display()))?;
        let name = json["service"].as_str().unwrap_or_default().to_owned();
        let types = object(&json["types"])
            .map(|(name, it)| (name.clone(), it.as_object().cloned().unwrap_or_default()))
            .collect();
        services.push(Service { name, types });
    }
    services.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(services)
}

/// The fields of an object; none when it is something else.
pub(crate) fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The texts of a list of texts.
pub(crate) fn texts<'a>(fact: &'a Fact, key: &str) -> impl Iterator<Item = &'a str> {
    let items = fact.get(key).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str)
}

/// The fields of the object under a key.
pub(crate) fn fields<'a>(
    fact: &'a Fact,
    key: &str,
) -> impl Iterator<Item = (&'a String, &'a Fact)> {
    let inner = fact.get(key).and_then(Value::as_object);
    inner
        .into_iter()
        .flatten()
        .filter_map(|(name, it)| Some((name, it.as_object()?)))
}

/// The text under a key.
pub(crate) fn text<'a>(fact: &'a Fact, key: &str) -> Option<&'a str> {
    fact.get(key).and_then(Value::as_str)
}

/// A field of the object under a key.
pub(crate) fn field<'a>(fact: &'a Fact, key: &str, name: &str) -> Option<&'a Fact> {
    fact.get(key)?.get(name)?.as_object()
}
