//! Holds a settings file against its schema, and tells everything that does not fit.
//!
//! Reading into a struct stops at the first mistake; this does not.

use serde_json::{Map, Value as Json};
use stack_core::closest;
use stack_core::value::{Mebibytes, Seconds};
use stack_core::{Cidr, Problem, TaskSize};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{AccountId, place};

/// Everything in the table that the schema refuses.
pub(super) fn problems(
    table: &Spanned<DeTable<'_>>,
    schema: &Json,
    text: &str,
    file: &str,
) -> Vec<Problem> {
    let walk = Walk { schema, text, file };
    let mut problems = Vec::new();
    if let Some(root) = schema.as_object() {
        walk.table(
            table.get_ref(),
            None,
            root,
            &mut Path::root(),
            &mut problems,
        );
    }
    problems
}

struct Walk<'a> {
    schema: &'a Json,
    text: &'a str,
    file: &'a str,
}

/// The keys from the root: `environments.staging.cidr`.
struct Path(Vec<String>);

impl Path {
    fn root() -> Path {
        Path(Vec::new())
    }

    fn within<R>(&mut self, key: String, run: impl FnOnce(&mut Path) -> R) -> R {
        self.0.push(key);
        let result = run(self);
        self.0.pop();
        result
    }

    fn text(&self) -> String {
        self.0.join(".").replace(".[", "[")
    }
}

impl Walk<'_> {
    fn value(
        &self,
        value: &Spanned<DeValue<'_>>,
        schema: &Json,
        path: &mut Path,
        problems: &mut Vec<Problem>,
    ) {
        let Some(schema) = self.resolved(schema) else {
            return;
        };
        let branches: Vec<&Json> = ["anyOf", "oneOf"]
            .iter()
            .filter_map(|it| schema.get(*it)?.as_array())
            .flatten()
            .filter(|it| it.get("type").is_none_or(|it| it != "null"))
            .collect();
        if !branches.is_empty() {
            self.choice(value, &branches, path, problems);
        }
        if let Some(allowed) = constants(schema) {
            self.one_of(value, &allowed, path, problems);
            return;
        }
        if let Some(message) = wrong_kind(value.get_ref(), schema) {
            let problem = self.wrong(value, path, message);
            let unquoted =
                value.get_ref().is_integer() && schema.get("type") == Some(&"string".into());
            problems.push(
                match (unquoted, schema.get("format").and_then(Json::as_str)) {
                    (true, Some("account-id")) => {
                        problem.help("put it in quotes: an account id may begin with zeros")
                    }
                    (true, Some("time-span")) => problem.help("write its unit: `\"30s\"`"),
                    (true, Some("memory-size")) => problem.help("write its unit: `\"512 MiB\"`"),
                    (true, _) => problem.help("put it in quotes"),
                    _ => problem,
                },
            );
            return;
        }
        match value.get_ref() {
            DeValue::Table(table) => {
                self.table(table, Some(value.span().start), schema, path, problems);
            }
            DeValue::Array(items) => {
                if let Some(inner) = schema.get("items") {
                    for (index, item) in items.iter().enumerate() {
                        path.within(format!("[{index}]"), |path| {
                            self.value(item, inner, path, problems);
                        });
                    }
                }
            }
            DeValue::String(text) => {
                let format = schema.get("format").and_then(Json::as_str);
                if let Some(why) = format.and_then(|it| malformed(it, text)) {
                    problems.push(self.wrong(value, path, why));
                }
            }
            DeValue::Integer(number) => {
                let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
                if let Some(why) = number.and_then(|it| out_of_range(it, schema)) {
                    problems.push(self.wrong(value, path, why));
                }
            }
            _ => {}
        }
    }

    fn table(
        &self,
        table: &DeTable<'_>,
        start: Option<usize>,
        schema: &Map<String, Json>,
        path: &mut Path,
        problems: &mut Vec<Problem>,
    ) {
        let empty = Map::new();
        let known = schema.get("properties").and_then(Json::as_object);
        let known = known.unwrap_or(&empty);
        let others = schema.get("additionalProperties");
        let before = problems.len();
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            let name: &str = key.get_ref();
            match (known.get(name), others) {
                (Some(inner), _) => {
                    path.within(name.to_owned(), |path| {
                        self.value(value, inner, path, problems);
                    });
                }
                (None, Some(Json::Bool(false))) => {
                    let place = place(self.text, self.file, key.span().start);
                    problems.push(unknown(name, table, known, path).at(place));
                }
                (None, Some(inner)) => {
                    path.within(name.to_owned(), |path| {
                        self.value(value, inner, path, problems);
                    });
                }
                (None, None) => {}
            }
        }
        for name in schema
            .get("required")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
        {
            let Some(name) = name.as_str().filter(|it| !table.contains_key(*it)) else {
                continue;
            };
            let owner = match path.text() {
                it if it.is_empty() => "the file".to_owned(),
                it => format!("`{it}`"),
            };
            let problem = Problem::error("missing-setting", format!("{owner} has no `{name}`"));
            problems.push(problem.at(match start {
                Some(start) => place(self.text, self.file, start),
                None => self.file.to_owned(),
            }));
        }
        let is_size = schema.get("format").is_some_and(|it| it == "task-size");
        if is_size && problems.len() == before {
            self.task_size(table, problems);
        }
    }

    fn task_size(&self, table: &DeTable<'_>, problems: &mut Vec<Problem>) {
        let number = |key: &str| {
            let value = table.get(key)?;
            let number = value.get_ref().as_integer()?;
            let parsed = u32::from_str_radix(number.as_str(), number.radix()).ok()?;
            Some((parsed, value.span().start))
        };
        if let (Some((cpu, _)), Some((memory, at))) = (number("cpu"), number("memory"))
            && let Err(why) = TaskSize::new(cpu, memory)
        {
            let message = format!("Fargate has no task of {cpu} CPU units and {memory} MiB");
            let place = place(self.text, self.file, at);
            let problem = Problem::error("wrong-setting", message).at(place);
            problems.push(problem.help(why.to_string()));
        }
    }

    /// The form that fits; or else what is wrong with the form that fits best.
    fn choice(
        &self,
        value: &Spanned<DeValue<'_>>,
        branches: &[&Json],
        path: &mut Path,
        problems: &mut Vec<Problem>,
    ) {
        let resolved: Option<Vec<_>> = branches
            .iter()
            .map(|it| self.resolved(it).and_then(constants))
            .collect();
        if let Some(allowed) = resolved {
            self.one_of(value, &allowed.concat(), path, problems);
            return;
        }
        let tried = branches.iter().map(|branch| {
            let mut problems = Vec::new();
            self.value(value, branch, path, &mut problems);
            problems
        });
        if let Some(fewest) = tried.min_by_key(Vec::len) {
            problems.extend(fewest);
        }
    }

    fn one_of(
        &self,
        value: &Spanned<DeValue<'_>>,
        allowed: &[&Json],
        path: &Path,
        problems: &mut Vec<Problem>,
    ) {
        let fits = |it: &&Json| match (value.get_ref(), it) {
            (DeValue::String(text), Json::String(allowed)) => text.as_ref() == allowed,
            (DeValue::Integer(number), Json::Number(allowed)) => {
                i64::from_str_radix(number.as_str(), number.radix()).ok() == allowed.as_i64()
            }
            (DeValue::Boolean(it), Json::Bool(allowed)) => it == allowed,
            _ => false,
        };
        if allowed.iter().any(fits) {
            return;
        }
        let words: Vec<String> = allowed
            .iter()
            .map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned))
            .collect();
        let problem = self.wrong(value, path, "this is none of the possible values");
        let near = value
            .get_ref()
            .as_str()
            .and_then(|text| closest(text, words.iter().map(String::as_str)));
        problems.push(match near {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help(format!("possible are `{}`", words.join("`, `"))),
        });
    }

    fn wrong(
        &self,
        value: &Spanned<DeValue<'_>>,
        path: &Path,
        why: impl std::fmt::Display,
    ) -> Problem {
        let place = place(self.text, self.file, value.span().start);
        Problem::error("wrong-setting", format!("`{}`: {why}", path.text())).at(place)
    }

    /// The schema itself, behind any number of `$ref`.
    fn resolved<'s>(&'s self, mut schema: &'s Json) -> Option<&'s Map<String, Json>> {
        for _ in 0..32 {
            let Some(reference) = schema.get("$ref").and_then(Json::as_str) else {
                return schema.as_object();
            };
            schema = self.schema.pointer(reference.strip_prefix('#')?)?;
        }
        None
    }
}

fn unknown(name: &str, table: &DeTable<'_>, known: &Map<String, Json>, path: &Path) -> Problem {
    let full = match path.text() {
        it if it.is_empty() => name.to_owned(),
        it => format!("{it}.{name}"),
    };
    let problem = Problem::error("unknown-setting", format!("there is no setting `{full}`"));
    // What is already there was not meant.
    let missing = known
        .keys()
        .map(String::as_str)
        .filter(|it| !table.contains_key(*it));
    match closest(name, missing) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => {
            let known: Vec<&str> = known.keys().map(String::as_str).collect();
            problem.help(format!("there are `{}`", known.join("`, `")))
        }
    }
}

/// The values that are possible, when the schema lists them.
fn constants(schema: &Map<String, Json>) -> Option<Vec<&Json>> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(it), _) => Some(vec![it]),
        (None, Some(Json::Array(all))) => Some(all.iter().filter(|it| !it.is_null()).collect()),
        _ => None,
    }
}

fn wrong_kind(value: &DeValue<'_>, schema: &Map<String, Json>) -> Option<String> {
    let kinds: Vec<&str> = match schema.get("type")? {
        Json::String(one) => vec![one],
        Json::Array(all) => all.iter().filter_map(Json::as_str).collect(),
        _ => return None,
    };
    let (found, fits) = match value {
        DeValue::String(_) => ("text", kinds.contains(&"string")),
        // Only toml's own type takes a date; it describes itself as text.
        DeValue::Datetime(_) => ("a date", kinds.contains(&"string")),
        DeValue::Integer(_) => (
            "a number",
            kinds.contains(&"integer") || kinds.contains(&"number"),
        ),
        DeValue::Float(_) => ("a decimal number", kinds.contains(&"number")),
        DeValue::Boolean(_) => ("a boolean", kinds.contains(&"boolean")),
        DeValue::Array(_) => ("a list", kinds.contains(&"array")),
        DeValue::Table(_) => ("a table", kinds.contains(&"object")),
    };
    if fits {
        return None;
    }
    let wanted: Vec<&str> = kinds
        .iter()
        .filter_map(|it| {
            Some(match *it {
                "string" => "text",
                "integer" => "a whole number",
                "number" => "a number",
                "boolean" => "`true` or `false`",
                "array" => "a list",
                "object" => "a table",
                _ => return None,
            })
        })
        .collect();
    Some(format!("expected {}, found {found}", wanted.join(" or ")))
}

/// Why text is none of its format, for the formats that are ours.
fn malformed(format: &str, text: &str) -> Option<String> {
    match format {
        "ipv4-range" => text.parse::<Cidr>().err().map(|it| it.to_string()),
        "time-span" => text.parse::<Seconds>().err().map(|it| it.to_string()),
        "memory-size" => text.parse::<Mebibytes>().err().map(|it| it.to_string()),
        "account-id" => AccountId::try_from(text.to_owned()).err(),
        _ => None,
    }
}

fn out_of_range(number: i64, schema: &Map<String, Json>) -> Option<String> {
    let limit = |key: &str| schema.get(key).and_then(Json::as_i64);
    let (least, most) = (limit("minimum"), limit("maximum"));
    let below = least.is_some_and(|least| number < least);
    let above = most.is_some_and(|most| number > most);
    match (least, most) {
        _ if !below && !above => None,
        (Some(least), Some(most)) => Some(format!("{number} is not between {least} and {most}")),
        (Some(least), None) => Some(format!("{number} is less than {least}")),
        (None, most) => Some(format!(
            "{number} is more than {}",
            most.unwrap_or(i64::MAX)
        )),
    }
}
