//! The JSON Schema of a settings struct.

use schemars::JsonSchema;
use serde_json::Value as Json;

/// The JSON Schema of the settings, for editors: two spaces, sorted keys, a final newline. Keys that
/// the struct does not have are refused in it, as they are by [`load`](super::load).
pub fn schema_json<T: JsonSchema>() -> String {
    format!("{:#}\n", schema::<T>())
}

pub(super) fn schema<T: JsonSchema>() -> Json {
    let mut schema = schemars::schema_for!(T).to_value();
    close(&mut schema);
    schema
}

/// A structure takes its own keys only, unless it says otherwise or is put together from several.
fn close(schema: &mut Json) {
    if let Json::Object(map) = schema {
        let together = ["allOf", "anyOf", "oneOf", "unevaluatedProperties"];
        if map.contains_key("properties") && !together.iter().any(|it| map.contains_key(*it)) {
            map.entry("additionalProperties")
                .or_insert(Json::Bool(false));
        }
        for (key, inner) in map.iter_mut() {
            match key.as_str() {
                "properties" | "$defs" => {
                    if let Json::Object(named) = inner {
                        named.values_mut().for_each(close);
                    }
                }
                "items" | "additionalProperties" => close(inner),
                "anyOf" | "oneOf" | "prefixItems" => {
                    if let Json::Array(all) = inner {
                        all.iter_mut().for_each(close);
                    }
                }
                _ => {}
            }
        }
    }
}
