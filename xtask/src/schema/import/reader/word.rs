//! Which type a schema stands for.

use serde_json::Value;

use super::{PROSE, Reader, Schema, has_properties};

/// What a schema without `type` is.
pub(super) enum Inferred<'a> {
    Type(&'static str),
    /// The same as this one alternative.
    Same(&'a Schema),
}

impl<'a> Reader<'a> {
    pub(super) fn inferred(
        &mut self,
        schema: &'a Schema,
        branches: &[(&'a Schema, &'a Schema)],
    ) -> Inferred<'a> {
        let any_object = branches.iter().any(|it| has_properties(it.1));
        if has_properties(schema) || schema.contains_key("required") && any_object {
            return Inferred::Type("object");
        }
        if schema.contains_key("items") {
            return Inferred::Type("array");
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return Inferred::Type(if values.iter().all(Value::is_string) {
                "string"
            } else {
                "json"
            });
        }
        if !branches.is_empty() {
            let plain = |it: &&(&Schema, &Schema)| {
                !it.0
                    .keys()
                    .all(|key| PROSE.contains(&key.as_str()) || key == "default")
            };
            let references: Vec<_> = branches
                .iter()
                .filter(|it| it.0.contains_key("$ref"))
                .collect();
            if references.len() == 1
                && branches
                    .iter()
                    .filter(plain)
                    .all(|it| it.0.contains_key("$ref"))
            {
                return Inferred::Same(references[0].0);
            }
            let mut words: Vec<&str> = branches.iter().filter_map(|it| branch_type(it.1)).collect();
            words.sort_unstable();
            words.dedup();
            return Inferred::Type(match words.as_slice() {
                [one] => one,
                _ => {
                    self.lost(format!("union of {}", words.join(", ")));
                    "json"
                }
            });
        }
        if ["pattern", "minLength", "maxLength", "format"]
            .iter()
            .any(|it| schema.contains_key(*it))
        {
            return Inferred::Type("string");
        }
        if ["minimum", "maximum"]
            .iter()
            .any(|it| schema.contains_key(*it))
        {
            return Inferred::Type("number");
        }
        Inferred::Type("json")
    }
}

/// The one word for what `type` says; several types are one word where templates mix them.
pub(super) fn type_name(schema: &Schema) -> Option<&'static str> {
    let plain = |it: &str| match it {
        "string" => "string",
        "integer" => "integer",
        "number" => "number",
        "boolean" => "boolean",
        "array" => "array",
        "object" => "object",
        _ => "json",
    };
    match schema.get("type")? {
        Value::String(it) => Some(plain(it)),
        Value::Array(types) => {
            let mut types: Vec<&str> = types.iter().filter_map(Value::as_str).collect();
            types.retain(|it| *it != "null");
            types.sort_unstable();
            Some(match types.as_slice() {
                [one] => plain(one),
                ["integer", "string"] => "intstr",
                ["number", "string"] => "numstr",
                ["boolean", "string"] => "boolstr",
                _ => "json",
            })
        }
        _ => None,
    }
}

fn branch_type(schema: &Schema) -> Option<&'static str> {
    if let Some(word) = type_name(schema) {
        return Some(word);
    }
    let has = |keys: &[&str]| keys.iter().any(|it| schema.contains_key(*it));
    if has(&["properties", "required"]) {
        Some("object")
    } else if has(&["items"]) {
        Some("array")
    } else if has(&[
        "pattern",
        "format",
        "enum",
        "minLength",
        "maxLength",
        "relationshipRef",
    ]) {
        Some("string")
    } else {
        None
    }
}
