//! What an import changes: what can break a program each on its line, the rest as counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::schema::facts::{self, Fact, Service, fields, text, texts};

/// The changes between two versions of the facts.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Changes {
    /// Lines, in the order of the types.
    breaking: Vec<String>,
    /// What is new, by what it is.
    new: BTreeMap<&'static str, usize>,
}

impl Changes {
    pub(super) fn between(before: &[Service], after: &[Service]) -> Changes {
        let (before, after) = (types(before), types(after));
        let mut changes = Changes::default();
        for (name, old) in &before {
            match after.get(name) {
                Some(new) => changes.resource(name, old, new),
                None => changes.breaking.push(format!("{name} is gone")),
            }
        }
        for name in after.keys().filter(|it| !before.contains_key(*it)) {
            let _ = name;
            changes.add("types");
        }
        changes
    }

    /// How many changes can break a program.
    pub(super) fn breaking(&self) -> usize {
        self.breaking.len()
    }

    fn add(&mut self, what: &'static str) {
        *self.new.entry(what).or_default() += 1;
    }

    fn resource(&mut self, name: &str, old: &Fact, new: &Fact) {
        self.object(name, old, new);
        for (definition, inner) in fields(old, "defs") {
            let place = format!("{name}.{definition}");
            match facts::field(new, "defs", definition) {
                Some(other) => self.object(&place, inner, other),
                None => self.breaking.push(format!("{place} is gone")),
            }
        }
        for (keys, says) in [
            (&["co"][..], "replaces the resource now"),
            (&["cco", "lco", "lcco"], "may replace the resource now"),
            (&["ro"], "can only be read now"),
        ] {
            let paths = |of| {
                keys.iter()
                    .flat_map(|key| texts(of, key))
                    .collect::<BTreeSet<_>>()
            };
            for path in paths(new).difference(&paths(old)) {
                // What is new itself breaks nothing.
                let property = path.split('/').next().unwrap_or(path);
                if facts::field(old, "props", property).is_some() {
                    self.breaking.push(format!("{name}.{path} {says}"));
                }
            }
        }
        let (before, after) = (attributes(old), attributes(new));
        for gone in before.difference(&after) {
            self.breaking
                .push(format!("{name} has no attribute {gone} any more"));
        }
        for _ in after.difference(&before) {
            self.add("attributes");
        }
    }

    fn object(&mut self, place: &str, old: &Fact, new: &Fact) {
        let required: BTreeSet<&str> = texts(old, "req").collect();
        for property in texts(new, "req").filter(|it| !required.contains(it)) {
            self.breaking
                .push(format!("{place}.{property} is required now"));
        }
        for (property, was) in fields(old, "props") {
            let place = format!("{place}.{property}");
            match facts::field(new, "props", property) {
                Some(is) => self.value(&place, was, is),
                None => self.breaking.push(format!("{place} is gone")),
            }
        }
        for (property, _) in fields(new, "props") {
            if facts::field(old, "props", property).is_none() {
                self.add("properties");
            }
        }
        // A nested type that is a value, not an object.
        self.value(place, old, new);
    }

    fn value(&mut self, place: &str, was: &Fact, is: &Fact) {
        let (before, after) = (text(was, "t"), text(is, "t"));
        if before != after {
            let (before, after) = (before.unwrap_or("an object"), after.unwrap_or("an object"));
            self.breaking
                .push(format!("{place} was `{before}` and is `{after}`"));
        }
        let (before, after) = (values(was), values(is));
        for gone in before.difference(&after).filter(|_| !after.is_empty()) {
            self.breaking
                .push(format!("{place} is not `{gone}` any more"));
        }
        for _ in after.difference(&before).filter(|_| !before.is_empty()) {
            self.add("values of enumerations");
        }
        if let (Some(was), Some(is)) = (was.get("it"), is.get("it"))
            && let (Some(was), Some(is)) = (was.as_object(), is.as_object())
        {
            self.value(&format!("{place}[]"), was, is);
        }
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.breaking {
            writeln!(f, "breaks: {line}")?;
        }
        let new: Vec<String> = self
            .new
            .iter()
            .map(|(what, it)| format!("{it} {what}"))
            .collect();
        match (self.breaking.len(), new.is_empty()) {
            (0, true) => write!(f, "nothing breaks, nothing is new"),
            (0, false) => write!(f, "nothing breaks; new: {}", new.join(", ")),
            (breaks, true) => write!(f, "{breaks} changes break programs, nothing is new"),
            (breaks, false) => {
                write!(
                    f,
                    "{breaks} changes break programs; new: {}",
                    new.join(", ")
                )
            }
        }
    }
}

fn types(services: &[Service]) -> BTreeMap<String, &Fact> {
    let all = services.iter().flat_map(|service| {
        let types = service.types.iter();
        types.map(move |(name, fact)| (format!("{}::{name}", service.name), fact))
    });
    all.collect()
}

fn attributes(fact: &Fact) -> BTreeSet<&str> {
    let named = fact.get("attrs").and_then(serde_json::Value::as_object);
    let named = named
        .into_iter()
        .flat_map(|it| it.keys().map(String::as_str));
    texts(fact, "ro").chain(named).collect()
}

fn values(fact: &Fact) -> BTreeSet<String> {
    let values = fact.get("enum").and_then(serde_json::Value::as_array);
    let text = |it: &serde_json::Value| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
    values.into_iter().flatten().map(text).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Changes;
    use crate::schema::facts::Service;

    fn services(facts: &Value) -> Vec<Service> {
        let types = facts.as_object().unwrap().iter();
        let types = types.map(|(name, it)| (name.clone(), it.as_object().unwrap().clone()));
        vec![Service {
            name: "AWS::Shop".to_owned(),
            types: types.collect(),
        }]
    }

    #[test]
    fn what_breaks_a_program_is_told_and_what_is_new_is_counted() {
        let same = json!({"Till": {"props": {"Name": {"t": "s"}}}});
        for (before, after, expected) in [
            (same.clone(), same.clone(), "nothing breaks, nothing is new"),
            (
                same.clone(),
                json!({}),
                "breaks: AWS::Shop::Till is gone\n1 changes break programs, nothing is new",
            ),
            (
                same.clone(),
                json!({"Till": {"props": {"Name": {"t": "s"}, "Size": {"t": "i"}}}, "Shelf": {}}),
                "nothing breaks; new: 1 properties, 1 types",
            ),
            (
                same.clone(),
                json!({"Till": {"props": {"Label": {"t": "s"}}}}),
                "breaks: AWS::Shop::Till.Name is gone\n1 changes break programs; new: 1 properties",
            ),
            (
                same.clone(),
                json!({"Till": {"req": ["Name"], "co": ["Name"], "props": {"Name": {"t": "i"}}}}),
                "breaks: AWS::Shop::Till.Name is required now\n\
                 breaks: AWS::Shop::Till.Name was `s` and is `i`\n\
                 breaks: AWS::Shop::Till.Name replaces the resource now\n\
                 3 changes break programs, nothing is new",
            ),
            (
                json!({"Till": {"props": {}, "defs": {"Drawer": {"props": {}}, "Key": {"t": "s"}}}}),
                json!({"Till": {"props": {}, "defs": {"Key": {"t": "i"}}}}),
                "breaks: AWS::Shop::Till.Drawer is gone\n\
                 breaks: AWS::Shop::Till.Key was `s` and is `i`\n\
                 2 changes break programs, nothing is new",
            ),
            (
                json!({"Till": {"ro": ["Id"], "attrs": {"Arn": "s"}, "props": {"Kind": {"t": "s", "enum": ["A", "B"]}}}}),
                json!({"Till": {"ro": ["Kind", "Url"], "attrs": {"Arn": "s"}, "props": {"Kind": {"t": "s", "enum": ["B", "C"]}}}}),
                "breaks: AWS::Shop::Till.Kind is not `A` any more\n\
                 breaks: AWS::Shop::Till.Kind can only be read now\n\
                 breaks: AWS::Shop::Till has no attribute Id any more\n\
                 3 changes break programs; new: 2 attributes, 1 values of enumerations",
            ),
            (
                json!({"Till": {"props": {"Tags": {"t": "[s]", "it": {"enum": ["A"]}}}}}),
                json!({"Till": {"props": {"Tags": {"t": "[s]", "it": {"enum": ["B"]}}}}}),
                "breaks: AWS::Shop::Till.Tags[] is not `A` any more\n\
                 1 changes break programs; new: 1 values of enumerations",
            ),
        ] {
            let changes = Changes::between(&services(&before), &services(&after));
            assert_eq!(changes.to_string(), expected, "{before} to {after}");
        }
    }
}
