//! Settings from a TOML file, with the position of everything that is wrong with them.

use schemars::{JsonSchema, schema_for};
use serde::de::DeserializeOwned;
use serde_json::Value;
use stack_core::{Problem, closest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads settings. `file` is the name to show.
///
/// ```
/// use schemars::JsonSchema;
/// use serde::Deserialize;
///
/// #[derive(Debug, Deserialize, JsonSchema)]
/// struct Settings {
///     tasks: u32,
/// }
///
/// let problems = stack_cli::settings::load::<Settings>("taks = 2", "stack.toml").unwrap_err();
/// assert_eq!(problems[0].place.as_deref(), Some("stack.toml:1:1"));
/// assert_eq!(problems[0].help.as_deref(), Some("did you mean `tasks`?"));
/// ```
///
/// # Errors
/// Every key that the settings do not know, and the first value that is not what it should be.
pub fn load<T: DeserializeOwned + JsonSchema>(text: &str, file: &str) -> Result<T, Vec<Problem>> {
    let at = |offset: usize| {
        let (line, column) = position(text, offset);
        format!("{file}:{line}:{column}")
    };
    let told = |error: &toml::de::Error| {
        let message = error.message().trim().replace('\n', ", ");
        let place = at(error.span().map_or(0, |it| it.start));
        Problem::error("settings", message).at(place)
    };
    let table = DeTable::parse(text).map_err(|error| vec![told(&error)])?;
    let schema = schema_for!(T).to_value();
    let mut problems = Vec::new();
    unknown_keys(table.get_ref(), &schema, &schema, &at, &mut problems);
    match toml::from_str(text) {
        Ok(settings) if problems.is_empty() => Ok(settings),
        Ok(_) => Err(problems),
        Err(error) => {
            // A key that is missing is often one that is misspelt, which says more.
            if problems.is_empty() || !error.message().contains("missing field") {
                problems.push(told(&error));
            }
            Err(problems)
        }
    }
}

/// The JSON Schema of settings, indented, with a newline at the end.
pub fn schema_json<T: JsonSchema>() -> String {
    let schema = schema_for!(T).to_value();
    format!(
        "{}\n",
        serde_json::to_string_pretty(&schema).unwrap_or_default()
    )
}

/// Line and column, both from 1, the column in characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |it| it + 1);
    (line, before[start..].chars().count() + 1)
}

/// The schema behind a reference, an `Option` or a description.
fn resolved<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    let mut schema = schema;
    // Deep enough for any sane nesting, and an end for a schema that refers to itself.
    for _ in 0..16 {
        let next = match schema["$ref"].as_str().and_then(|it| it.strip_prefix('#')) {
            Some(path) => root.pointer(path),
            None => schema["anyOf"]
                .as_array()
                .and_then(|them| them.iter().find(|it| it["type"] != "null")),
        };
        match next {
            Some(next) => schema = next,
            None => break,
        }
    }
    schema
}

fn unknown_keys(
    table: &DeTable<'_>,
    schema: &Value,
    root: &Value,
    at: &impl Fn(usize) -> String,
    problems: &mut Vec<Problem>,
) {
    let schema = resolved(schema, root);
    let Some(known) = schema["properties"].as_object() else {
        // Free keys, whose values may have known ones.
        for (_, value) in table.iter() {
            inside(value, &schema["additionalProperties"], root, at, problems);
        }
        return;
    };
    for (key, value) in table.iter() {
        let name: &str = key.get_ref();
        match known.get(name) {
            Some(inner) => inside(value, inner, root, at, problems),
            None if schema["additionalProperties"].is_object() => {
                inside(value, &schema["additionalProperties"], root, at, problems);
            }
            None => {
                let message = format!("there is no setting `{name}` here");
                let problem = Problem::error("unknown-setting", message).at(at(key.span().start));
                let names: Vec<&str> = known.keys().map(String::as_str).collect();
                problems.push(match closest(name, names.iter().copied()) {
                    Some(close) => problem.help(format!("did you mean `{close}`?")),
                    None => problem.help(format!("there are `{}`", names.join("`, `"))),
                });
            }
        }
    }
}

fn inside(
    value: &Spanned<DeValue<'_>>,
    schema: &Value,
    root: &Value,
    at: &impl Fn(usize) -> String,
    problems: &mut Vec<Problem>,
) {
    match value.get_ref() {
        DeValue::Table(table) => unknown_keys(table, schema, root, at, problems),
        DeValue::Array(items) => {
            let schema = resolved(schema, root);
            for item in items.iter() {
                inside(item, &schema["items"], root, at, problems);
            }
        }
        _ => (),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use schemars::JsonSchema;
    use serde::Deserialize;

    use super::load;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Settings {
        name: String,
        tasks: Option<u16>,
        #[serde(default)]
        environments: BTreeMap<String, Environment>,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Environment {
        account: String,
        zones: Vec<String>,
    }

    fn problems(text: &str) -> String {
        match load::<Settings>(text, "stack.toml") {
            Ok(_) => String::new(),
            Err(problems) => {
                let told = problems.iter().map(|it| {
                    let help = it
                        .help
                        .as_ref()
                        .map_or(String::new(), |it| format!(" ({it})"));
                    format!(
                        "{} {}{help}",
                        it.place.as_deref().unwrap_or_default(),
                        it.message
                    )
                });
                told.collect::<Vec<_>>().join("\n")
            }
        }
    }

    #[test]
    fn every_unknown_key_and_the_first_wrong_value_are_told_with_their_place() {
        for (text, expected) in [
            ("name = \"shop\"\ntasks = 3\n", ""),
            (
                "name = \"shop\"\ntaks = 3\n",
                "stack.toml:2:1 there is no setting `taks` here (did you mean `tasks`?)",
            ),
            (
                "nam = \"shop\"",
                "stack.toml:1:1 there is no setting `nam` here (did you mean `name`?)",
            ),
            ("tasks = 1", "stack.toml:1:1 missing field `name`"),
            (
                "name = \"a\"\ntasks = 70000",
                "stack.toml:2:9 invalid value: integer `70000`, expected u16",
            ),
            (
                "name = \"a",
                "stack.toml:1:10 invalid basic string, expected `\"`",
            ),
            (
                "name = \"a\"\n[environments.dev]\nacount = \"1\"\naccount = \"2\"\nzone = []\nzones = []\n",
                "stack.toml:3:1 there is no setting `acount` here (did you mean `account`?)\nstack.toml:5:1 there is no setting `zone` here (did you mean `zones`?)",
            ),
            (
                "name = \"a\"\n[environments.dev]\naccount = 111122223333\nzones = []\n",
                "stack.toml:3:11 invalid type: integer `111122223333`, expected a string",
            ),
        ] {
            assert_eq!(problems(text), expected, "{text}");
        }
    }
}
