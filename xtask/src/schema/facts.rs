//! The committed facts: `stack-core/facts/<service>.json`, as they are read and written.
//!
//! A type has, where there is something to say:
//!
//! | key | meaning |
//! |---|---|
//! | `id`, `ids` | primary identifier, other identifiers: lists of properties |
//! | `ref` | what `Ref` returns, where that is not the identifier |
//! | `ro`, `wo`, `co`, `cco`, `dep` | read-only (= attributes), write-only, create-only, conditionally create-only, deprecated properties, as paths |
//! | `lco`, `lcco` | create-only, conditionally create-only by the documentation only |
//! | `attrs` | attributes beyond `ro`, with their type words |
//! | `tag` | property of tags `p`, 0 for what does not work: `upd`, `create`, `sys` |
//! | `repl`, `life`, `xf`, `noupd`, `state` | replacement strategy, lifecycle, transforms that hide drift, 1: no update handler, 1: holds data |
//! | `defs` | nested types and named scalars |
//!
//! A type or nested type has `props` and `req`, `xor`, `or`, `depReq`, `depEx`, `deps`, `minP`,
//! `maxP`, `open`; `oneReq`/`anyReq`: exactly one/at least one of these groups of properties must be
//! there; `raw`: JSON schema that no fact stands for.
//!
//! A property has `t`, its type: `s` text, `i` integer, `n` number, `b` boolean, `ts` timestamp,
//! `j` any JSON, `:Name` nested, `[t]` list, `{t}` map; and `pat`, `minL`, `maxL`, `min`, `max`,
//! `xmin`, `xmax`, `mul`, `minI`, `maxI`, `minP`, `maxP`, `enum`, `enumCI`
//! (capitals do not matter), `const`, `def`, `fmt`, `uniq`, `uniqK`, `unord`, `prefix`, `kpat`,
//! `rel` or `rels` (`AWS::EC2::VPC.VpcId`: what
//! it names), `it` (the same for items or values), `any`, `one`, `all` (alternatives), `raw`.

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
        if !is_facts {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
        services.push(parse(&path, &text)?);
    }
    services.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(services)
}

/// One file's service; `path` is for messages.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Service, String> {
    let json: Value =
        serde_json::from_str(text).map_err(|why| format!("{}: {why}", path.display()))?;
    let wrong = || format!("{}: no facts of a service", path.display());
    let name = json["service"].as_str().ok_or_else(wrong)?.to_owned();
    let types = json["types"].as_object().ok_or_else(wrong)?.iter();
    let types = types.map(|(name, it)| Some((name.clone(), it.as_object()?.clone())));
    let types = types.collect::<Option<_>>().ok_or_else(wrong)?;
    Ok(Service { name, types })
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

/// Keys in reading order; others follow by name.
const ORDER: &[&str] = &[
    "id", "ids", "ref", "ro", "wo", "co", "cco", "lco", "lcco", "dep", "attrs", "tag", "repl",
    "life", "xf", "noupd", "state", "req", "xor", "or", "depReq", "depEx", "deps", "minP", "maxP",
    "open", "oneReq", "anyReq", "raw", "t",
];

fn in_order(fact: &Fact) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = fact.iter().collect();
    let rank = |key: &str| {
        ORDER
            .iter()
            .position(|it| *it == key)
            .unwrap_or(ORDER.len())
    };
    entries.sort_by(|a, b| (rank(a.0), a.0).cmp(&(rank(b.0), b.0)));
    entries
}

/// One property a line.
fn line(value: &Value) -> String {
    let Value::Object(fact) = value else {
        return value.to_string();
    };
    let fields: Vec<String> = in_order(fact)
        .iter()
        .map(|(key, it)| format!("{}:{}", quoted(key), line(it)))
        .collect();
    format!("{{{}}}", fields.join(","))
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn shape(fact: &Fact, out: &mut String) {
    let mut comma = "";
    for (key, value) in in_order(fact) {
        if key == "props" || key == "defs" {
            continue;
        }
        out.push_str(&format!("{comma}{}:{}\n", quoted(key), line(value)));
        comma = ",";
    }
    for key in ["props", "defs"] {
        if !fact.contains_key(key) {
            continue;
        }
        out.push_str(&format!("{comma}{}:{{\n", quoted(key)));
        comma = "";
        for (name, inner) in fields(fact, key) {
            if inner.contains_key("props") {
                out.push_str(&format!("{comma}{}:{{\n", quoted(name)));
                shape(inner, out);
                out.push_str("}\n");
            } else {
                let inner = line(&Value::Object(inner.clone()));
                out.push_str(&format!(" {comma}{}:{inner}\n", quoted(name)));
            }
            comma = ",";
        }
        out.push_str("}\n");
        comma = ",";
    }
}

/// The text of a service's file.
pub(crate) fn write(service: &Service) -> String {
    let mut out = format!("{{\"service\":{},\"types\":{{\n", quoted(&service.name));
    let mut comma = "";
    for (name, fact) in &service.types {
        out.push_str(&format!("{comma}{}:{{\n", quoted(name)));
        shape(fact, &mut out);
        out.push_str("}\n");
        comma = ",";
    }
    out.push_str("}}\n");
    out
}
