//! From the facts to the one table that the program carries.
//!
//! The table is a row of sections: texts, patterns, enumerations, definitions, names of types,
//! types, and a hash of the names. Everything refers to everything else by number. Definitions that
//! are equal in two types are kept once. The same facts give the same bytes.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde_json::Value;

use super::bytes::{Bytes, Interned, section};
use super::facts::{self, Fields};
use super::rule;

/// The table, and what it is made of.
pub(crate) struct Built {
    pub(crate) bytes: Vec<u8>,
    counts: Vec<(&'static str, usize, usize)>,
}

impl fmt::Display for Built {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, items, bytes) in &self.counts {
            writeln!(f, "{bytes:>9} bytes  {items:>6} {what}")?;
        }
        write!(f, "{:>9} bytes", self.bytes.len())
    }
}

/// Reads the facts of a directory and the rules of another, and writes the table.
pub(crate) fn build(facts: &Path, rules: &Path) -> Result<Built, String> {
    let types = facts::types(facts)?;
    let mut rules = facts::rules(rules)?;
    let mut table = Table::default();
    let mut all = Vec::new();
    for (name, facts) in &types {
        let definitions = facts["defs"].as_object().into_iter().flatten();
        for (definition, facts) in definitions {
            let key = (name.clone(), definition.clone());
            table.definitions.insert(key, all.len());
            table.same_as.push(all.len());
            all.push((name, definition, facts));
        }
    }
    let rules: BTreeMap<&String, Vec<Value>> = types
        .keys()
        .map(|name| (name, rules.remove(name).unwrap_or_default()))
        .collect();
    if let Some(name) = rules_left(&rules, &types) {
        return Err(format!(
            "there are rules for `{name}`, which is no resource type"
        ));
    }

    // First to see how often each text is used, then with the numbers that follow from it.
    table.encode_definitions(&all)?;
    table.encode_types(&types, &rules)?;
    table.settle();
    let mut definitions = table.encode_definitions(&all)?;
    while table.merge(&definitions) {
        definitions = table.encode_definitions(&all)?;
    }
    let definitions = table.number_definitions(&all)?;
    let resources = table.encode_types(&types, &rules)?;
    Ok(table.finish(&types, definitions, resources))
}

fn rules_left<'a>(
    rules: &BTreeMap<&'a String, Vec<Value>>,
    types: &BTreeMap<String, Value>,
) -> Option<&'a String> {
    rules
        .keys()
        .find(|name| !types.contains_key(**name))
        .copied()
}

/// A definition: its type, its name, its facts.
type Definition<'a> = (&'a String, &'a String, &'a Value);

/// What has been written so far.
#[derive(Default)]
pub(crate) struct Table {
    texts: Interned<String>,
    patterns: Interned<String>,
    enumerations: Interned<Vec<String>>,
    /// The number of each definition, by type and name.
    definitions: BTreeMap<(String, String), usize>,
    /// Which definition is the same as which earlier one; in the end, which number each has.
    same_as: Vec<usize>,
    resource: String,
}

impl Table {
    fn settle(&mut self) {
        self.enumerations.settle();
        let lists: Vec<Vec<String>> = self.enumerations.things().into_iter().cloned().collect();
        for text in lists.iter().flatten() {
            self.texts.number(text);
        }
        self.texts.settle();
        self.patterns.settle();
    }

    fn encode_definitions(&mut self, all: &[Definition<'_>]) -> Result<Vec<Vec<u8>>, String> {
        let encode = |(resource, name, facts): &Definition<'_>| {
            self.resource.clone_from(resource);
            Ok(self.definition(facts, &format!("{resource}:{name}"))?.0)
        };
        all.iter().map(encode).collect()
    }

    /// Finds definitions with the same bytes; whether there were new ones.
    fn merge(&mut self, definitions: &[Vec<u8>]) -> bool {
        let mut first: BTreeMap<&[u8], usize> = BTreeMap::new();
        let mut merged = self.same_as.clone();
        for (number, bytes) in definitions.iter().enumerate() {
            merged[number] = *first.entry(bytes).or_insert(number);
        }
        let new = merged != self.same_as;
        self.same_as = merged;
        new
    }

    /// Gives the definitions that remain their final numbers and writes them with these.
    fn number_definitions(&mut self, all: &[Definition<'_>]) -> Result<Vec<Vec<u8>>, String> {
        let mut numbers = vec![0; all.len()];
        let mut kept = Vec::new();
        for (number, first) in self.same_as.iter().enumerate() {
            if *first == number {
                numbers[number] = kept.len();
                kept.push(number);
            }
        }
        self.same_as = self.same_as.iter().map(|first| numbers[*first]).collect();
        let mut definitions = self.encode_definitions(all)?;
        Ok(kept
            .into_iter()
            .map(|it| std::mem::take(&mut definitions[it]))
            .collect())
    }

    fn encode_types(
        &mut self,
        types: &BTreeMap<String, Value>,
        rules: &BTreeMap<&String, Vec<Value>>,
    ) -> Result<Vec<Vec<u8>>, String> {
        let mut out = Vec::new();
        for (name, facts) in types {
            self.resource.clone_from(name);
            let rules = rules.get(name).map(Vec::as_slice).unwrap_or_default();
            out.push(self.resource(name, facts, rules)?.0);
        }
        Ok(out)
    }

    fn finish(
        self,
        types: &BTreeMap<String, Value>,
        definitions: Vec<Vec<u8>>,
        resources: Vec<Vec<u8>>,
    ) -> Built {
        let texts = |all: &Interned<String>| -> Vec<Vec<u8>> {
            all.things()
                .iter()
                .map(|it| it.as_bytes().to_vec())
                .collect()
        };
        let names: Vec<Vec<u8>> = types.keys().map(|it| it.as_bytes().to_vec()).collect();
        let mut lists = Vec::new();
        let mut numbers = self.texts;
        for list in self.enumerations.things() {
            let mut bytes = Bytes::default();
            bytes.size(list.len());
            for text in list {
                bytes.size(numbers.number(text));
            }
            lists.push(bytes.0);
        }
        let sections = [
            ("texts", texts(&numbers)),
            ("patterns", texts(&self.patterns)),
            ("enumerations", lists),
            ("definitions", definitions),
            ("names", names.clone()),
            ("types", resources),
        ];
        let mut parts: Vec<Vec<u8>> = Vec::new();
        let mut counts = Vec::new();
        for (what, items) in &sections {
            let bytes = section(items);
            counts.push((*what, items.len(), bytes.len()));
            parts.push(bytes);
        }
        let slots = slots(&names);
        counts.push(("slots", slots.len() / 2, slots.len()));
        parts.push(slots);
        let mut bytes = b"STF1".to_vec();
        for part in &parts {
            bytes.extend((part.len() as u32).to_le_bytes());
        }
        bytes.extend(parts.concat());
        Built { bytes, counts }
    }

    // Resource types.

    fn resource(&mut self, name: &str, facts: &Value, rules: &[Value]) -> Result<Bytes, String> {
        let fields = Fields::of(facts, name)?;
        let mut out = Bytes::default();
        for fact in ["noupd", "state"] {
            out.byte(u8::from(fields.flag(fact)));
        }
        let replacement = fields.text("repl")?.unwrap_or_default();
        out.byte(match replacement {
            "" | "create_then_delete" => 0,
            "delete_then_create" => 1,
            other => return Err(format!("{name}: replacement `{other}` is not known here")),
        });
        for fact in ["id", "ro", "co", "cco", "wo", "dep"] {
            let mut paths = fields.texts(fact)?;
            if fact == "cco" {
                // Where documentation says "replacement" and the schema does not, nobody can tell.
                paths.extend(fields.texts("lco")?);
                paths.extend(fields.texts("lcco")?);
                paths.sort_unstable();
            }
            self.list(&mut out, &paths);
        }
        let others = fields.list("ids")?;
        out.size(others.len());
        for other in others {
            let paths = facts::texts(other).ok_or_else(|| format!("{name}: `ids`"))?;
            self.list(&mut out, &paths);
        }
        let reference = texts_or_one(&fields, "ref")?;
        self.list(&mut out, &reference);
        let attributes = fields.take("attrs").and_then(Value::as_object);
        out.size(attributes.map_or(0, |it| it.len()));
        for (attribute, kind) in attributes.into_iter().flatten() {
            self.text(&mut out, attribute);
            self.text(&mut out, kind.as_str().unwrap_or_default());
        }
        self.tagging(&mut out, &fields, facts)?;
        self.lifecycle(&mut out, &fields)?;
        let transforms = fields.take("xf").and_then(Value::as_object);
        out.size(transforms.map_or(0, |it| it.len()));
        for (path, transform) in transforms.into_iter().flatten() {
            self.text(&mut out, path);
            self.text(&mut out, transform.as_str().unwrap_or_default());
        }
        fields.take("defs");
        self.object(&mut out, &fields, rules)?;
        // For the typed face only.
        fields.take("faceReq");
        fields.finish()?;
        Ok(out)
    }

    fn tagging<'a>(
        &mut self,
        out: &mut Bytes,
        fields: &Fields<'a>,
        facts: &'a Value,
    ) -> Result<(), String> {
        let Some(tag) = fields.take("tag") else {
            out.byte(0);
            return Ok(());
        };
        let tag = Fields::of(tag, format!("{}: `tag`", fields.place()))?;
        let property = tag.text("p")?.unwrap_or("Tags");
        let form = match tag.text("form")? {
            Some("list") => 1,
            Some("map") => 2,
            Some("asg" | "autoscaling" | "AutoScaling") => 3,
            Some(other) => {
                return Err(format!("{}: form `{other}` is not known here", tag.place()));
            }
            None => form_of(facts, property),
        };
        let mut flags = 0;
        for (bit, fact) in ["upd", "create", "sys"].into_iter().enumerate() {
            if tag.take(fact).is_some() && !tag.flag(fact) {
                flags |= 1 << bit;
            }
        }
        tag.finish()?;
        out.byte(form);
        out.byte(flags);
        self.text(out, property);
        Ok(())
    }

    fn lifecycle(&mut self, out: &mut Bytes, fields: &Fields<'_>) -> Result<(), String> {
        let Some(life) = fields.take("life") else {
            out.byte(0);
            return Ok(());
        };
        let life = Fields::of(life, format!("{}: `life`", fields.place()))?;
        out.byte(1);
        self.text(out, life.text("status")?.unwrap_or_default());
        self.text(out, life.text("date")?.unwrap_or_default());
        life.finish()
    }

    // Objects and values.

    fn definition(&mut self, facts: &Value, place: &str) -> Result<Bytes, String> {
        let fields = Fields::of(facts, place)?;
        let mut out = Bytes::default();
        if facts.get("props").is_some() {
            out.byte(0);
            self.object(&mut out, &fields, &[])?;
        } else {
            out.byte(1);
            self.node(&mut out, fields.text("t")?, &fields)?;
        }
        fields.finish()?;
        Ok(out)
    }

    fn object(
        &mut self,
        out: &mut Bytes,
        fields: &Fields<'_>,
        rules: &[Value],
    ) -> Result<(), String> {
        let required = fields.texts("req")?;
        let properties = fields.take("props").and_then(Value::as_object);
        // In the order of bytes, in which objects are sorted, too.
        let properties: BTreeMap<&String, &Value> = properties.into_iter().flatten().collect();
        out.size(properties.len());
        for (name, facts) in &properties {
            let place = format!("{}.{name}", fields.place());
            self.text(out, name);
            out.byte(u8::from(required.contains(&name.as_str())));
            let facts = Fields::of(facts, place)?;
            self.node(out, facts.text("t")?, &facts)?;
            facts.take("faceReq");
            facts.finish()?;
        }
        // Required by name without being a property that is known.
        let beyond: Vec<&str> = required
            .into_iter()
            .filter(|it| !properties.keys().any(|name| name == it))
            .collect();
        self.list(out, &beyond);
        out.byte(u8::from(fields.flag("open")));
        let mut groups = Vec::new();
        for (kind, fact) in [(0, "xor"), (1, "or")] {
            if let Some(names) = fields.take(fact) {
                let names = facts::texts(names).map(|it| vec![it]);
                groups.push((
                    kind,
                    names.ok_or_else(|| format!("{}: {fact}", fields.place()))?,
                ));
            }
        }
        for (kind, fact) in [(2, "depReq"), (3, "depEx")] {
            for (name, others) in fields.named_texts(fact)? {
                groups.push((kind, vec![vec![name], others]));
            }
        }
        // What must be when a property is set: other properties, or a rule.
        let mut dependent = Vec::new();
        let dependencies = fields.take("deps").and_then(Value::as_object);
        for (name, needs) in dependencies.into_iter().flatten() {
            match facts::texts(needs) {
                Some(others) => groups.push((2, vec![vec![name.as_str()], others])),
                None => {
                    dependent.push(serde_json::json!({"if": {"required": [name]}, "then": needs}))
                }
            }
        }
        for (kind, fact) in [(4, "oneReq"), (5, "anyReq")] {
            let sets = fields.list(fact)?;
            if !sets.is_empty() {
                let sets = sets.iter().map(facts::texts).collect::<Option<_>>();
                groups.push((
                    kind,
                    sets.ok_or_else(|| format!("{}: {fact}", fields.place()))?,
                ));
            }
        }
        out.size(groups.len());
        for (kind, sets) in &groups {
            out.byte(*kind);
            out.size(sets.len());
            for names in sets {
                self.list(out, names);
            }
        }
        let (least, most) = (fields.size("minP")?, fields.size("maxP")?);
        out.number(least.unwrap_or(0));
        out.number(most.map_or(0, |it| it + 1));
        let raw = fields.take("raw");
        out.size(raw.iter().len() + dependent.len() + rules.len());
        for rule in raw.into_iter().chain(&dependent).chain(rules) {
            rule::encode(self, out, rule, fields.place())?;
        }
        Ok(())
    }

    fn node(
        &mut self,
        out: &mut Bytes,
        kind: Option<&str>,
        fields: &Fields<'_>,
    ) -> Result<(), String> {
        let kind = kind.unwrap_or("");
        let place = fields.place();
        let code = match (kind, kind.as_bytes().first()) {
            ("", _) => 0,
            ("s", _) => 1,
            ("i", _) => 2,
            ("n", _) => 3,
            ("b", _) => 4,
            ("j", _) => 5,
            ("ts", _) => 6,
            (_, Some(b'[')) => 7,
            (_, Some(b'{')) => 8,
            (_, Some(b':')) => 9,
            _ => return Err(format!("{place}: the type `{kind}` is not known here")),
        };
        out.byte(code);
        let (constraints, mask) = self.constraints(fields)?;
        out.number(mask);
        out.0.extend(constraints.0);
        match code {
            7 | 8 => {
                let inner = &kind[1..kind.len() - 1];
                let empty = Value::Object(serde_json::Map::new());
                let facts = fields.take("it").unwrap_or(&empty);
                let facts = Fields::of(facts, format!("{place}[]"))?;
                self.node(out, Some(inner), &facts)?;
                facts.finish()?;
            }
            9 => {
                let key = (self.resource.clone(), kind[1..].to_owned());
                let number = self
                    .definitions
                    .get(&key)
                    .ok_or_else(|| format!("{place}: there is no definition `{}`", &kind[1..]))?;
                out.size(self.same_as[*number]);
            }
            _ => (),
        }
        Ok(())
    }

    /// What holds for a value, and a bit for each that is there.
    fn constraints(&mut self, fields: &Fields<'_>) -> Result<(Bytes, u64), String> {
        let mut out = Bytes::default();
        let mut mask = 0;
        let mut bit = 0;
        let mut there = |is: bool| {
            mask |= u64::from(is) << bit;
            bit += 1;
            is
        };
        for (fact, most) in [
            ("minL", false),
            ("maxL", true),
            ("minI", false),
            ("maxI", true),
        ] {
            let size = fields.size(fact)?;
            // The least of 0 says nothing.
            if there(size.is_some_and(|it| most || it > 0)) {
                out.number(size.unwrap_or(0));
            }
        }
        for fact in ["pat", "kpat"] {
            let pattern = fields.text(fact)?;
            if there(pattern.is_some()) {
                out.size(
                    self.patterns
                        .number(&pattern.unwrap_or_default().to_owned()),
                );
            }
        }
        let allowed = match fields.take("const") {
            Some(only) => {
                fields.take("enum");
                Some(vec![only.clone()])
            }
            None => fields.take("enum").and_then(Value::as_array).cloned(),
        };
        if there(allowed.is_some()) {
            let number = self.enumeration(&allowed.unwrap_or_default(), fields.place())?;
            out.size(number);
        }
        let allowed = fields.list("enumCI")?;
        if there(!allowed.is_empty()) {
            let number = self.enumeration(allowed, fields.place())?;
            out.size(number);
        }
        for fact in ["min", "max", "xmin", "xmax", "mul"] {
            let number = fields.decimal(fact)?;
            if there(number.is_some()) {
                out.decimal(number.unwrap_or_default());
            }
        }
        let format = fields.text("fmt")?;
        if there(format.is_some()) {
            self.text(&mut out, format.unwrap_or_default());
        }
        let mut relations = texts_or_one(fields, "rel")?;
        relations.extend(fields.texts("rels")?);
        if there(!relations.is_empty()) {
            self.list(&mut out, &relations);
        }
        there(fields.flag("uniq"));
        there(fields.flag("unord"));
        let keys = fields.texts("uniqK")?;
        if there(!keys.is_empty()) {
            self.list(&mut out, &keys);
        }
        for (fact, most) in [("minP", false), ("maxP", true)] {
            let size = fields.size(fact)?;
            if there(size.is_some_and(|it| most || it > 0)) {
                out.number(size.unwrap_or(0));
            }
        }
        for fact in ["any", "one", "all"] {
            let alternatives = fields.list(fact)?;
            if there(!alternatives.is_empty()) {
                out.size(alternatives.len());
                for alternative in alternatives {
                    let facts = Fields::of(alternative, format!("{}|", fields.place()))?;
                    self.node(&mut out, facts.text("t")?, &facts)?;
                    facts.finish()?;
                }
            }
        }
        let default = fields.take("def");
        if there(default.is_some()) {
            let text = default.map(Value::to_string).unwrap_or_default();
            self.text(&mut out, &text);
        }
        let first = fields.list("prefix")?;
        if there(!first.is_empty()) {
            out.size(first.len());
            for rule in first {
                rule::encode(self, &mut out, rule, fields.place())?;
            }
        }
        Ok((out, mask))
    }

    // Texts.

    /// The number of a text.
    pub(crate) fn text(&mut self, out: &mut Bytes, text: &str) {
        out.size(self.texts.number(&text.to_owned()));
    }

    /// How many texts, and their numbers.
    pub(crate) fn list(&mut self, out: &mut Bytes, texts: &[&str]) {
        out.size(texts.len());
        for text in texts {
            self.text(out, text);
        }
    }

    /// The number of a pattern.
    pub(crate) fn pattern(&mut self, pattern: &str) -> usize {
        self.patterns.number(&pattern.to_owned())
    }

    /// The number of a set of allowed values. CloudFormation takes `443` and `"443"` for the same,
    /// so numbers and truth values are kept as texts.
    pub(crate) fn enumeration(&mut self, values: &[Value], place: &str) -> Result<usize, String> {
        let mut texts = Vec::new();
        for value in values {
            texts.push(match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(truth) => truth.to_string(),
                _ => return Err(format!("{place}: a value that may be chosen is no scalar")),
            });
        }
        texts.sort();
        texts.dedup();
        Ok(self.enumerations.number(&texts))
    }
}

/// A list of texts that is written as its only text where there is one.
fn texts_or_one<'a>(fields: &Fields<'a>, key: &'a str) -> Result<Vec<&'a str>, String> {
    match fields.take(key) {
        Some(Value::String(one)) => Ok(vec![one.as_str()]),
        _ => fields.texts(key),
    }
}

/// How a type is tagged, read from the type of its property: a list of keys and values, a map, or
/// the list of Auto Scaling, whose tags say whether instances get them.
fn form_of(facts: &Value, property: &str) -> u8 {
    let Some(kind) = facts["props"][property]["t"].as_str() else {
        return 1;
    };
    match kind.as_bytes().first() {
        Some(b'[') => {
            let item = kind.trim_matches(['[', ']', ':']);
            let scaling = facts["defs"][item]["props"].get("PropagateAtLaunch");
            if scaling.is_some() { 3 } else { 1 }
        }
        Some(b':') => form_of_definition(facts, &kind[1..]),
        _ => 2,
    }
}

fn form_of_definition(facts: &Value, name: &str) -> u8 {
    match facts["defs"][name]["t"].as_str() {
        Some(kind) if kind.starts_with('[') => 1,
        _ => 2,
    }
}

/// A hash table over the names: slots of two bytes that hold the number of a name and 1, or 0.
fn slots(names: &[Vec<u8>]) -> Vec<u8> {
    let size = (names.len() * 2).next_power_of_two();
    let mut slots = vec![0u16; size];
    for (number, name) in names.iter().enumerate() {
        let mut at = hash(name) as usize & (size - 1);
        while slots[at] != 0 {
            at = (at + 1) & (size - 1);
        }
        slots[at] = number as u16 + 1;
    }
    slots.into_iter().flat_map(u16::to_le_bytes).collect()
}

/// FNV-1a. The reader has the same.
fn hash(name: &[u8]) -> u32 {
    name.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}
