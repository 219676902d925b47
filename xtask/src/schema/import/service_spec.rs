//! Adds what `@aws-cdk/aws-service-spec` (Apache-2.0) knows beyond the schemas: what `Ref` returns,
//! more attributes, immutables, state, the form of tags, and what properties refer to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};

use super::reader::Seen;
use crate::schema::facts::{Fact, Service, field, object, text, texts};

struct Spec<'a> {
    types: BTreeMap<&'a str, &'a Value>,
}

/// Reads `db.json.gz` of the package and merges it in. Returns what there is no fact for.
pub(crate) fn merge(path: &Path, services: &mut [Service]) -> Result<Seen, String> {
    let at = |why: &dyn Display| format!("{}: {why}", path.display());
    let file = std::fs::File::open(path).map_err(|why| at(&why))?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .map_err(|why| at(&why))?;
    let database: Value = serde_json::from_str(&text).map_err(|why| at(&why))?;
    let spec = Spec {
        types: entities(&database, "typeDefinition", "$id").map_err(|why| at(&why))?,
    };
    let mut resources =
        entities(&database, "resource", "cloudFormationType").map_err(|why| at(&why))?;
    for service in services {
        for (name, facts) in &mut service.types {
            let full = format!("{}::{name}", service.name);
            let Some(resource) = resources.remove(full.as_str()) else {
                continue;
            };
            // What the macro makes of SAM's own types is not theirs to say.
            if service.name != "AWS::Serverless" {
                resource_facts(&spec, resource, facts)
                    .map_err(|why| at(&format!("`{full}` at {why}")))?;
            }
        }
    }
    // Types that AWS has taken away and service-spec remembers.
    let gone = resources.into_keys().map(|it| format!("`{it}`")).collect();
    let seen = Seen::from([("type that only service-spec knows".to_owned(), gone)]);
    Ok(seen.into_iter().filter(|it| !it.1.is_empty()).collect())
}

/// The entities of a kind, by the text under a key. There are always some.
fn entities<'a>(
    database: &'a Value,
    kind: &str,
    key: &str,
) -> Result<BTreeMap<&'a str, &'a Value>, String> {
    let missing = || format!("/schema/{kind}/entities: is no list of entities with `{key}`");
    let list = database["schema"][kind]["entities"].as_array();
    let list = list.filter(|it| !it.is_empty()).ok_or_else(missing)?;
    let named = list.iter().map(|it| Some((it[key].as_str()?, it)));
    named.collect::<Option<_>>().ok_or_else(missing)
}

/// Keys of a resource that are read, or that the schemas say better, or that are about other things
/// than templates (permissions for logs, the form of the ARN).
const RESOURCE: &[&str] = &[
    "$id",
    "additionalReplacementProperties",
    "arnTemplate",
    "attributes",
    "cfnRefIdentifier",
    "cloudFormationTransform",
    "cloudFormationType",
    "documentation",
    "isStateful",
    "name",
    "primaryIdentifier",
    "properties",
    "scrutinizable",
    "tagInformation",
    "vendedLogs",
];

/// Keys of a property, in the same way.
const PROPERTY: &[&str] = &[
    "causesReplacement",
    "defaultValue",
    "deprecated",
    "documentation",
    "previousTypes",
    "relationshipRefs",
    "required",
    "scrutinizable",
    "type",
];

fn only(place: &str, value: &Value, known: &[&str]) -> Result<(), String> {
    let fields = value.as_object();
    let fields = fields.ok_or_else(|| format!("{place}: is no object"))?;
    match fields.keys().find(|it| !known.contains(&it.as_str())) {
        Some(key) => Err(format!("{place}: `{key}` is not known here")),
        None => Ok(()),
    }
}

fn resource_facts(spec: &Spec<'_>, resource: &Value, facts: &mut Fact) -> Result<(), String> {
    only("/", resource, RESOURCE)?;
    if let Some(reference) = resource.get("cfnRefIdentifier") {
        let names = reference.as_array();
        if !names.is_some_and(|it| it.iter().all(Value::is_string)) {
            return Err("/cfnRefIdentifier: is no list of names".to_owned());
        }
        facts.insert("ref".into(), reference.clone());
    }
    if resource["isStateful"] == true {
        facts.insert("state".into(), Value::from(1));
    }
    let known: BTreeSet<String> = texts(facts, "ro").map(|it| it.replace('/', ".")).collect();
    let mut attributes = Fact::new();
    for (name, it) in object(&resource["attributes"]) {
        let place = format!("/attributes/{name}");
        only(&place, it, PROPERTY)?;
        let word = word(&place, &it["type"])?;
        if !known.contains(name) {
            attributes.insert(name.clone(), Value::from(word));
        }
    }
    if !attributes.is_empty() {
        facts.insert("attrs".into(), Value::Object(attributes));
    }
    let known: BTreeSet<String> = ["co", "cco", "ro"]
        .iter()
        .flat_map(|key| texts(facts, key).map(str::to_owned))
        .collect();
    let mut replacing: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (name, it) in object(&resource["properties"]) {
        let place = format!("/properties/{name}");
        only(&place, it, PROPERTY)?;
        let key = match &it["causesReplacement"] {
            Value::Null => continue,
            Value::String(no) if no == "no" => continue,
            Value::String(yes) if yes == "yes" => "lco",
            Value::String(maybe) if maybe == "maybe" => "lcco",
            other => {
                return Err(format!(
                    "{place}/causesReplacement: `{other}` is not known here"
                ));
            }
        };
        if !known.contains(name) && field(facts, "props", name).is_some() {
            replacing
                .entry(key)
                .or_default()
                .push(Value::from(name.as_str()));
        }
    }
    // Sorted, as the entries of an object are.
    for (key, named) in replacing {
        facts.insert(key.into(), Value::Array(named));
    }
    tag_property(resource, facts);
    let mut relations = BTreeMap::new();
    let mut seen = BTreeSet::new();
    relate(spec, facts, "", facts, resource, &mut relations, &mut seen)?;
    for ((definition, property), targets) in relations {
        add_relation(facts, &definition, &property, &targets);
    }
    Ok(())
}

/// service-spec's type as the facts' word.
fn word(place: &str, kind: &Value) -> Result<String, String> {
    Ok(match kind["type"].as_str().unwrap_or_default() {
        "string" => "s".into(),
        "integer" => "i".into(),
        "number" => "n".into(),
        "boolean" => "b".into(),
        "date-time" => "ts".into(),
        "array" => format!("[{}]", word(place, &kind["element"])?),
        // An attribute of these is read part by part.
        "json" | "map" | "ref" | "tag" | "union" => "j".into(),
        _ => return Err(format!("{place}/type: `{kind}` is not known here")),
    })
}

/// The property of tags, where the schema does not name it.
fn tag_property(resource: &Value, facts: &mut Fact) {
    let said = resource["tagInformation"]["tagPropertyName"].as_str();
    let said = said.filter(|it| field(facts, "props", it).is_some());
    if let Some(property) = said {
        facts
            .entry("tag")
            .or_insert_with(|| json!({ "p": property }));
    }
}

type Relations = BTreeMap<(String, String), BTreeSet<String>>;

/// Walks the two descriptions side by side and collects what properties refer to.
fn relate<'a>(
    spec: &Spec<'a>,
    root: &Fact,
    definition: &str,
    shape: &Fact,
    said: &'a Value,
    relations: &mut Relations,
    seen: &mut BTreeSet<(String, &'a str)>,
) -> Result<(), String> {
    for (property, fact) in crate::schema::facts::fields(shape, "props") {
        let Some(other) = said["properties"].get(property) else {
            continue;
        };
        let place = || format!("{definition}/properties/{property}");
        only(&place(), other, PROPERTY)?;
        let targets: Option<BTreeSet<String>> = other["relationshipRefs"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|it| {
                let name = it["propertyName"].as_str()?;
                let last = name.rsplit('/').next().unwrap_or(name);
                Some(format!("{}.{last}", it["cloudFormationType"].as_str()?))
            })
            .collect();
        let targets = targets
            .ok_or_else(|| format!("{}/relationshipRefs: names no type and property", place()))?;
        if !targets.is_empty() {
            let place = (definition.to_owned(), property.clone());
            relations.entry(place).or_default().extend(targets);
        }
        let mut element = &other["type"];
        while element["type"] == "array" || element["type"] == "map" {
            element = &element["element"];
        }
        let Some(id) = element["reference"]["$ref"].as_str() else {
            continue;
        };
        let mut name = text(fact, "t")
            .unwrap_or_default()
            .trim_matches(['[', ']', '{', '}']);
        let mut inner = None;
        while let Some(next) = name
            .strip_prefix(':')
            .and_then(|it| field(root, "defs", it))
        {
            match text(next, "t") {
                Some(alias) => name = alias.trim_matches(['[', ']', '{', '}']),
                None => {
                    inner = Some(next);
                    break;
                }
            }
        }
        let there = spec.types.get(id);
        let there = there.ok_or_else(|| format!("{}/type: there is no type `{id}`", place()))?;
        let Some(inner) = inner else {
            continue;
        };
        let name = name.trim_start_matches(':').to_owned();
        if seen.insert((name.clone(), id)) {
            relate(spec, root, &name, inner, there, relations, seen)?;
        }
    }
    Ok(())
}

/// `rel` where there is one target, `rels` where there are several; on the items of a list.
fn add_relation(facts: &mut Fact, definition: &str, property: &str, targets: &BTreeSet<String>) {
    let shape = match definition {
        "" => Some(facts),
        name => facts
            .get_mut("defs")
            .and_then(|it| it.get_mut(name))
            .and_then(Value::as_object_mut),
    };
    let property = shape.and_then(|it| it.get_mut("props")?.get_mut(property)?.as_object_mut());
    let Some(mut property) = property else { return };
    if text(property, "t").is_some_and(|it| it.starts_with(['[', '{'])) {
        let items = property.entry("it").or_insert_with(|| json!({}));
        let Some(items) = items.as_object_mut() else {
            return;
        };
        property = items;
    }
    if property.contains_key("rel") {
        return;
    }
    let mut targets = targets.iter().map(|it| Value::from(it.as_str()));
    match (targets.next(), targets.len()) {
        (Some(one), 0) => property.insert("rel".into(), one),
        (Some(one), _) => {
            property.insert("rels".into(), std::iter::once(one).chain(targets).collect())
        }
        (None, _) => None,
    };
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Spec, resource_facts};

    #[test]
    fn service_spec_adds_what_the_schema_does_not_say() {
        let mut facts = json!({
            "ro": ["Arn"], "co": ["Name"],
            "props": {"Name": {"t": "s"}, "Kind": {"t": "s"}, "Tags": {"t": "[j]"}, "Inner": {"t": ":Inner"}},
            "defs": {"Inner": {"props": {"Group": {"t": "[s]"}}}},
        });
        let resource = json!({
            "cfnRefIdentifier": ["Name"], "isStateful": true,
            "attributes": {"Arn": {"type": {"type": "string"}}, "Url": {"type": {"type": "string"}}},
            "tagInformation": {"tagPropertyName": "Tags", "variant": "standard"},
            "properties": {
                "Name": {"type": {"type": "string"}, "causesReplacement": "yes"},
                "Kind": {"type": {"type": "string"}, "causesReplacement": "maybe"},
                "Gone": {"type": {"type": "string"}, "causesReplacement": "yes"},
                "Inner": {"type": {"type": "ref", "reference": {"$ref": "1"}}},
            },
        });
        let inner = json!({"properties": {"Group": {
            "type": {"type": "array", "element": {"type": "string"}},
            "relationshipRefs": [{"cloudFormationType": "AWS::EC2::SecurityGroup", "propertyName": "GroupId"}],
        }}});
        let spec = Spec {
            types: [("1", &inner)].into(),
        };
        resource_facts(&spec, &resource, facts.as_object_mut().unwrap()).unwrap();
        let expected: Value = json!({
            "ro": ["Arn"], "co": ["Name"], "lcco": ["Kind"], "ref": ["Name"], "state": 1,
            "attrs": {"Url": "s"}, "tag": {"p": "Tags"},
            "props": {"Name": {"t": "s"}, "Kind": {"t": "s"}, "Tags": {"t": "[j]"}, "Inner": {"t": ":Inner"}},
            "defs": {"Inner": {"props": {"Group": {"t": "[s]", "it": {"rel": "AWS::EC2::SecurityGroup.GroupId"}}}}},
        });
        assert_eq!(facts, expected);
    }

    #[test]
    fn what_service_spec_says_otherwise_is_refused_with_its_place() {
        for (resource, expected) in [
            (json!({"colour": 1}), "/: `colour` is not known here"),
            (
                json!({"cfnRefIdentifier": "Name"}),
                "/cfnRefIdentifier: is no list of names",
            ),
            (
                json!({"attributes": {"Url": {"type": {"type": "uri"}}}}),
                "/attributes/Url/type: `{\"type\":\"uri\"}` is not known here",
            ),
            (
                json!({"properties": {"Name": {"type": {"type": "string"}, "causesReplacement": "often"}}}),
                "/properties/Name/causesReplacement: `\"often\"` is not known here",
            ),
            (
                json!({"properties": {"Name": {"type": {"type": "string"}, "colour": 1}}}),
                "/properties/Name: `colour` is not known here",
            ),
            (
                json!({"properties": {"Name": {"relationshipRefs": [{"propertyName": "Arn"}]}}}),
                "/properties/Name/relationshipRefs: names no type and property",
            ),
            (
                json!({"properties": {"Name": {"type": {"type": "ref", "reference": {"$ref": "7"}}}}}),
                "/properties/Name/type: there is no type `7`",
            ),
        ] {
            let mut facts = json!({"props": {"Name": {"t": "s"}}});
            let spec = Spec { types: [].into() };
            let refused = resource_facts(&spec, &resource, facts.as_object_mut().unwrap());
            assert_eq!(refused.unwrap_err(), expected, "{resource}");
        }
    }
}
