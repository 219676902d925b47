//! What an import changes, for those who have written programs.
//!
//! - *Breaks*: a program no longer compiles, or changing a running stack does something else.
//! - *Stricter*: `synth` may find a problem where it found none.
//! - *New*: everything that programs need not notice.

mod faces;
mod limits;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use super::super::face::{Face, face};
use super::super::facts::{Fact, Service};
use super::super::kinds::Kinds;

/// The changes between two versions of the facts, each a line, sorted.
#[derive(Debug, Default)]
pub(super) struct Changes {
    breaking: BTreeSet<String>,
    stricter: BTreeSet<String>,
    /// By what it is.
    new: BTreeMap<&'static str, BTreeSet<String>>,
    /// Why code cannot be generated from the new facts.
    repairs: BTreeSet<String>,
    /// Values of enumerations whose going is told, by type.
    told: BTreeSet<(String, String)>,
}

impl Changes {
    /// Compares two versions, with the corrections in both.
    pub(super) fn between(before: &[Service], after: &[Service]) -> Changes {
        let mut changes = Changes::default();
        let mut old = faces(before, &mut BTreeSet::new());
        let mut new = faces(after, &mut changes.repairs);
        let (before, after) = (types(before), types(after));
        for name in after.keys().filter(|it| !before.contains_key(*it)) {
            changes.add("types", name);
        }
        for (name, was) in &before {
            let Some(is) = after.get(name) else {
                changes.breaks(format!("{name} is gone"));
                continue;
            };
            rules::compare(&mut changes, name, was, is);
            limits::compare(&mut changes, name, was, is);
            if let (Some(was_face), Some(is_face)) = (old.remove(name), new.remove(name)) {
                faces::compare(&mut changes, (&was_face, was), (&is_face, is));
            }
        }
        changes
    }

    /// Something that keeps code from being generated.
    pub(super) fn repair(&mut self, why: String) {
        self.repairs.insert(why);
    }

    /// Whether something breaks, or keeps code from being generated.
    pub(super) fn breaking(&self) -> bool {
        !self.breaking.is_empty() || !self.repairs.is_empty()
    }

    /// The changes for people: what breaks line by line, the rest as counts, or with `verbose` line
    /// by line too.
    pub(super) fn report(&self, verbose: bool) -> String {
        let mut out = String::new();
        let mut list = |what: &str, lines: &BTreeSet<String>| {
            for line in lines {
                out.push_str(&format!("{what}: {line}\n"));
            }
        };
        list("to repair", &self.repairs);
        list("breaks", &self.breaking);
        if verbose {
            list("stricter", &self.stricter);
            for (what, lines) in &self.new {
                list(what, lines);
            }
        }
        let mut counts = vec![match self.breaking.len() {
            0 => "nothing breaks".to_owned(),
            1 => "1 change breaks programs".to_owned(),
            count => format!("{count} changes break programs"),
        }];
        if !self.stricter.is_empty() {
            counts.push(format!("{} are stricter", self.stricter.len()));
        }
        for (what, lines) in &self.new {
            counts.push(format!("{} {what}", lines.len()));
        }
        out.push_str(&counts.join(", "));
        out.push('\n');
        out
    }

    fn breaks(&mut self, line: String) {
        self.breaking.insert(line);
    }

    fn tightens(&mut self, line: String) {
        self.stricter.insert(line);
    }

    fn add(&mut self, what: &'static str, line: &str) {
        self.new.entry(what).or_default().insert(line.to_owned());
    }
}

fn types(services: &[Service]) -> BTreeMap<String, &Fact> {
    let all = services.iter().flat_map(|service| {
        let types = service.types.iter();
        types.map(move |(name, fact)| (format!("{}::{name}", service.name), fact))
    });
    all.collect()
}

/// The typed faces, as far as they can be made; why the others cannot goes into `failures`.
fn faces(services: &[Service], failures: &mut BTreeSet<String>) -> BTreeMap<String, Face> {
    let kinds = Kinds::of(services).unwrap_or_else(|why| {
        failures.insert(why);
        Kinds::default()
    });
    let mut faces = BTreeMap::new();
    for (full, fact) in types(services) {
        let (service, name) = full.rsplit_once("::").unwrap_or(("", &full));
        match face(service, name, fact, &kinds) {
            Ok(face) => {
                faces.insert(full, face);
            }
            Err(why) => {
                failures.insert(why);
            }
        }
    }
    faces
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Changes;
    use crate::schema::facts::Service;

    fn services(service: &str, facts: &Value) -> Vec<Service> {
        let types = facts.as_object().unwrap().iter();
        let types = types.map(|(name, it)| (name.clone(), it.as_object().unwrap().clone()));
        vec![Service {
            name: service.to_owned(),
            types: types.collect(),
        }]
    }

    fn between(before: &Value, after: &Value) -> Changes {
        let service = "AWS::Shop";
        Changes::between(&services(service, before), &services(service, after))
    }

    /// A type with the property `Name`, and more facts.
    fn till(more: Value) -> Value {
        let mut till =
            json!({"id": ["Id"], "ro": ["Id"], "props": {"Id": {"t": "s"}, "Name": {"t": "s"}}});
        for (key, value) in more.as_object().unwrap() {
            till[key] = value.clone();
        }
        json!({"Till": till})
    }

    /// The same with another fact of `Name`.
    fn named(fact: Value) -> Value {
        till(json!({"props": {"Id": {"t": "s"}, "Name": fact}}))
    }

    #[test]
    fn what_breaks_programs_is_told() {
        let same = || till(json!({}));
        let list = json!({"t": "[s]", "it": {"enum": ["A", "B"]}});
        let drawer = |shape: Value| {
            till(json!({
                "props": {"Id": {"t": "s"}, "Name": {"t": "s"}, "Drawer": {"t": ":Drawer"}},
                "defs": {"Drawer": shape},
            }))
        };
        for (before, after, expected) in [
            (same(), json!({}), &["AWS::Shop::Till is gone"][..]),
            (
                same(),
                till(json!({"props": {"Id": {"t": "s"}}})),
                &["AWS::Shop::Till.Name is gone"],
            ),
            (
                same(),
                till(json!({"req": ["Name"]})),
                &["AWS::Shop::Till.Name is required now"],
            ),
            (
                same(),
                till(
                    json!({"req": ["Size"], "props": {"Id": {"t": "s"}, "Name": {"t": "s"}, "Size": {"t": "i"}}}),
                ),
                &["AWS::Shop::Till.Size is new and required"],
            ),
            (
                same(),
                till(json!({"co": ["Name"]})),
                &["AWS::Shop::Till.Name replaces the resource now"],
            ),
            (
                same(),
                till(json!({"lcco": ["Name"]})),
                &["AWS::Shop::Till.Name may replace the resource now"],
            ),
            (
                till(json!({"lco": ["Name"]})),
                till(json!({"co": ["Name"]})),
                &["AWS::Shop::Till.Name replaces the resource now"],
            ),
            (
                same(),
                till(json!({"noupd": 1})),
                &["AWS::Shop::Till cannot be updated in place any more"],
            ),
            (
                same(),
                till(json!({"ro": ["Id", "Name"]})),
                &["AWS::Shop::Till.Name can only be read now"],
            ),
            (
                same(),
                named(json!({"t": "[s]"})),
                &["AWS::Shop::Till.Name was String and is list of String"],
            ),
            (
                named(json!({"t": "s", "enum": ["A", "B"]})),
                named(json!({"t": "s", "enum": ["B", "C"]})),
                &["AWS::Shop::Till.Name does not take `A` any more"],
            ),
            (
                named(list.clone()),
                named(json!({"t": "[s]", "it": {"enum": ["B"]}})),
                &["AWS::Shop::Till.Name[] does not take `A` any more"],
            ),
            (
                named(json!({"t": "i", "enum": [1, 2]})),
                named(json!({"t": "i", "enum": [2]})),
                &["AWS::Shop::Till.Name does not take `1` any more"],
            ),
            (
                till(json!({"attrs": {"Arn": "s"}})),
                same(),
                &["AWS::Shop::Till has no attribute `Arn` any more"],
            ),
            (
                till(json!({"attrs": {"Port": "s"}})),
                till(json!({"attrs": {"Port": "i"}})),
                &["the attribute `Port` of AWS::Shop::Till was String and is i64"],
            ),
            (
                same(),
                till(json!({"ref": ["Name"]})),
                &["`Ref` of AWS::Shop::Till was Id (String) and is Name (String)"],
            ),
            (
                till(json!({"tag": {"p": "Tags"}})),
                same(),
                &["AWS::Shop::Till takes no tags any more"],
            ),
            (
                same(),
                till(json!({"repl": "delete_then_create"})),
                &[
                    "AWS::Shop::Till was replaced by `create_then_delete` and is by `delete_then_create`",
                ],
            ),
            (
                drawer(json!({"props": {"Size": {"t": "i"}}})),
                drawer(json!({"req": ["Key"], "props": {"Size": {"t": "n"}, "Key": {"t": "s"}}})),
                &[
                    "AWS::Shop::Till.Drawer.Key is new and required",
                    "AWS::Shop::Till.Drawer.Size was i64 and is f64",
                ],
            ),
            (
                drawer(json!({"props": {"Size": {"t": "i"}}})),
                till(json!({
                    "props": {"Id": {"t": "s"}, "Name": {"t": "s"}, "Drawer": {"t": ":Box"}},
                    "defs": {"Box": {"props": {"Size": {"t": "i"}}}},
                })),
                &["AWS::Shop::Till.Drawer was Drawer and is Box"],
            ),
        ] {
            let changes = between(&before, &after);
            let told: Vec<&str> = changes.breaking.iter().map(String::as_str).collect();
            assert_eq!(told, expected, "{before} to {after}");
            assert!(changes.breaking());
        }
    }

    #[test]
    fn what_breaks_nothing_is_counted_apart() {
        let same = || till(json!({}));
        for (before, after, expected) in [
            (same(), same(), "nothing breaks\n"),
            (
                same(),
                json!({"Shelf": {"props": {}}, "Till": same()["Till"]}),
                "types: AWS::Shop::Shelf\nnothing breaks, 1 types\n",
            ),
            (
                // Another name for the same text.
                same(),
                till(
                    json!({"props": {"Id": {"t": "s"}, "Name": {"t": ":Name"}}, "defs": {"Name": {"t": "s"}}}),
                ),
                "nothing breaks\n",
            ),
            (
                named(json!({"t": "s", "maxL": 9, "minL": 1})),
                named(json!({"t": "s", "maxL": 8, "minL": 0})),
                "stricter: AWS::Shop::Till.Name `maxL` was `9` and is `8`\n\
                 limits loosened: AWS::Shop::Till.Name `minL` was `1` and is `0`\n\
                 nothing breaks, 1 are stricter, 1 limits loosened\n",
            ),
            (
                named(json!({"t": "s", "pat": "a"})),
                named(json!({"t": "s", "pat": "b", "def": "b"})),
                "stricter: AWS::Shop::Till.Name `pat` was `\"a\"` and is `\"b\"`\n\
                 other facts: AWS::Shop::Till.Name `def`\n\
                 nothing breaks, 1 are stricter, 1 other facts\n",
            ),
            (
                till(json!({"xor": ["Id", "Name"], "co": ["Name"], "req": ["Name"]})),
                till(json!({"or": ["Id", "Name"], "wo": ["Name"]})),
                "stricter: AWS::Shop::Till has another rule `or`: [\"Id\",\"Name\"]\n\
                 other facts: AWS::Shop::Till `wo`\n\
                 properties no longer required: AWS::Shop::Till.Name\n\
                 properties that no longer replace: AWS::Shop::Till.Name\n\
                 rules lifted: AWS::Shop::Till `xor`\n\
                 nothing breaks, 1 are stricter, 1 other facts, 1 properties no longer required, 1 properties that no longer replace, 1 rules lifted\n",
            ),
            (
                named(json!({"t": "s", "enum": ["A"]})),
                till(
                    json!({"attrs": {"Arn": "s"}, "life": {"status": "SHUTDOWN"}, "tag": {"p": "Tags"},
                    "props": {"Id": {"t": "s"}, "Name": {"t": "s", "enum": ["A", "B"]}, "Tags": {"t": "j"}}}),
                ),
                "stricter: AWS::Shop::Till is shutdown\n\
                 attributes: AWS::Shop::Till.Arn\n\
                 properties: AWS::Shop::Till.Tags\n\
                 types that take tags: AWS::Shop::Till\n\
                 values: AWS::Shop::Till.TillName `B`\n\
                 nothing breaks, 1 are stricter, 1 attributes, 1 properties, 1 types that take tags, 1 values\n",
            ),
        ] {
            let changes = between(&before, &after);
            assert_eq!(changes.report(true), expected, "{before} to {after}");
            assert!(!changes.breaking());
        }
    }

    #[test]
    fn a_reference_of_another_kind_breaks_where_references_are_typed() {
        let facts = |kind: &str| {
            json!({
                "Till": {"id": ["Id"], "ro": ["Id"], "props": {"Id": {"t": "s"}, "Vpc": {"t": "s", "fmt": kind}}},
                "VPC": {"id": ["VpcId"], "ro": ["VpcId"], "props": {"VpcId": {"t": "s"}}},
                "Subnet": {"id": ["SubnetId"], "ro": ["SubnetId"], "props": {"SubnetId": {"t": "s"}}},
            })
        };
        let (before, after) = (facts("AWS::EC2::VPC.Id"), facts("AWS::EC2::Subnet.Id"));
        let service = "AWS::EC2";
        let changes = Changes::between(&services(service, &before), &services(service, &after));
        let told: Vec<&String> = changes.breaking.iter().collect();
        assert_eq!(told, ["AWS::EC2::Till.Vpc was VpcId and is SubnetId"]);
    }

    #[test]
    fn names_that_collide_are_to_be_repaired_and_the_rest_is_still_compared() {
        let before = till(json!({}));
        let after = json!({
            "Till": before["Till"],
            "Shelf": {"props": {"Top": {"t": ":Board"}, "End": {"t": ":board"}},
                "defs": {"Board": {"props": {"A": {"t": "s"}}}, "board": {"props": {"A": {"t": "s"}}}}},
        });
        let changes = between(&before, &after);
        let report = changes.report(false);
        assert!(
            report.starts_with("to repair: AWS::Shop::Shelf: "),
            "{report}"
        );
        assert!(report.ends_with("nothing breaks, 1 types\n"), "{report}");
        assert!(changes.breaking());
    }
}
