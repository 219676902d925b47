//! Adds what `@aws-cdk/aws-service-spec` (Apache-2.0) knows beyond the schemas: what `Ref` returns,
//! more attributes, immutables, state, the form of tags, and what properties refer to.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};

use crate::schema::facts::{Fact, Service, field, object, text, texts};

struct Spec<'a> {
    types: BTreeMap<&'a str, &'a Value>,
}

/// Reads `db.json.gz` of the package and merges it in.
pub(crate) fn merge(directory: &Path, services: &mut [Service]) -> Result<(), String> {
    let path = directory.join("db.json.gz");
    let file = std::fs::File::open(&path).map_err(|why| format!("{}: {why}", path.display()))?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .map_err(|why| format!("{}: {why}", path.display()))?;
    let database: Value =
        serde_json::from_str(&text).map_err(|why| format!("{}: {why}", path.display()))?;
    let entities = |kind: &str| {
        database["schema"][kind]["entities"]
            .as_array()
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
    };
    let types = entities("typeDefinition");
    let spec = Spec {
        types: types
            .into_iter()
            .filter_map(|it| Some((it["$id"].as_str()?, it)))
            .collect(),
    };
    let resources: BTreeMap<&str, &Value> = entities("resource")
        .into_iter()
        .filter_map(|it| Some((it["cloudFormationType"].as_str()?, it)))
        .collect();
    for service in services {
        for (name, facts) in &mut service.types {
            // What the macro makes of SAM's own types is not theirs to say.
            if service.name == "AWS::Serverless" {
                continue;
            }
            if let Some(resource) = resources.get(format!("{}::{name}", service.name).as_str()) {
                resource_facts(&spec, resource, facts);
            }
        }
    }
    Ok(())
}

fn resource_facts(spec: &Spec<'_>, resource: &Value, facts: &mut Fact) {
    if let Some(reference) = resource.get("cfnRefIdentifier") {
        facts.insert("ref".into(), reference.clone());
    }
    if resource["isStateful"] == true {
        facts.insert("state".into(), Value::from(1));
    }
    let known: BTreeSet<String> = texts(facts, "ro").map(|it| it.replace('/', ".")).collect();
    let attributes: Fact = object(&resource["attributes"])
        .filter(|(name, _)| !known.contains(*name))
        .map(|(name, it)| (name.clone(), Value::from(word(&it["type"]))))
        .collect();
    if !attributes.is_empty() {
        facts.insert("attrs".into(), Value::Object(attributes));
    }
    let update = |answer: &str, facts: &Fact| -> Vec<Value> {
        let known: BTreeSet<&str> = ["co", "cco", "ro"]
            .iter()
            .flat_map(|key| texts(facts, key))
            .collect();
        let properties = object(&resource["properties"]);
        let named = properties.filter(|(name, it)| {
            it["causesReplacement"] == answer
                && !known.contains(name.as_str())
                && field(facts, "props", name).is_some()
        });
        let mut named: Vec<&String> = named.map(|it| it.0).collect();
        named.sort();
        named
            .into_iter()
            .map(|it| Value::from(it.as_str()))
            .collect()
    };
    for (key, answer) in [("lco", "yes"), ("lcco", "maybe")] {
        let named = update(answer, facts);
        if !named.is_empty() {
            facts.insert(key.into(), Value::Array(named));
        }
    }
    tag_property(resource, facts);
    let mut relations = BTreeMap::new();
    let mut seen = BTreeSet::new();
    relate(spec, facts, "", facts, resource, &mut relations, &mut seen);
    for ((definition, property), targets) in relations {
        add_relation(facts, &definition, &property, &targets);
    }
}

/// service-spec's type as the facts' word.
fn word(kind: &Value) -> String {
    match kind["type"].as_str().unwrap_or_default() {
        "string" => "s".into(),
        "integer" => "i".into(),
        "number" => "n".into(),
        "boolean" => "b".into(),
        "date-time" => "ts".into(),
        "array" => format!("[{}]", word(&kind["element"])),
        _ => "j".into(),
    }
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
) {
    for (property, fact) in crate::schema::facts::fields(shape, "props") {
        let Some(other) = said["properties"].get(property) else {
            continue;
        };
        let targets: BTreeSet<String> = other["relationshipRefs"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|it| {
                let name = it["propertyName"].as_str()?;
                let last = name.rsplit('/').next().unwrap_or(name);
                Some(format!("{}.{last}", it["cloudFormationType"].as_str()?))
            })
            .collect();
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
        let (Some(inner), Some(there)) = (inner, spec.types.get(id)) else {
            continue;
        };
        let name = name.trim_start_matches(':').to_owned();
        if seen.insert((name.clone(), id)) {
            relate(spec, root, &name, inner, there, relations, seen);
        }
    }
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
            "cfnRefIdentifier": "Name", "isStateful": true,
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
        resource_facts(&spec, &resource, facts.as_object_mut().unwrap());
        let expected: Value = json!({
            "ro": ["Arn"], "co": ["Name"], "lcco": ["Kind"], "ref": "Name", "state": 1,
            "attrs": {"Url": "s"}, "tag": {"p": "Tags"},
            "props": {"Name": {"t": "s"}, "Kind": {"t": "s"}, "Tags": {"t": "[j]"}, "Inner": {"t": ":Inner"}},
            "defs": {"Inner": {"props": {"Group": {"t": "[s]", "it": {"rel": "AWS::EC2::SecurityGroup.GroupId"}}}}},
        });
        assert_eq!(facts, expected);
    }
}
