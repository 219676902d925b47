//! The typed face of one resource type, worked out from its facts: rows of setters, attributes,
//! nested types and enumerations.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::facts::{Fact, field, fields, text, texts};
use super::kinds::{self, Kinds, is_container};
use super::names::{attribute, constant, pascal, setter, words};

/// What a property holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// A type every face knows: `String`, `i64`, `Json`, `Cidr`, `Tag`, ….
    Plain(&'static str),
    /// A kind of identifier.
    Kind(String),
    /// An enumeration of this type's module.
    Choice(String),
    /// A nested type by its name in the facts.
    Nested(String),
    /// A list.
    List(Box<Holds>),
    /// Free keys.
    Map(Box<Holds>),
}

impl Holds {
    /// Whether a nested type is at the bottom of it.
    fn is_nested(&self) -> bool {
        match self {
            Holds::Nested(_) => true,
            Holds::List(inner) | Holds::Map(inner) => inner.is_nested(),
            _ => false,
        }
    }
}

/// One setter.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// CloudFormation's name.
    pub(crate) property: String,
    pub(crate) setter: String,
    pub(crate) holds: Holds,
    pub(crate) required: bool,
    /// What the documentation says after the name.
    pub(crate) doc: String,
}

/// One attribute.
#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) holds: Holds,
}

/// An enumeration: constants and their texts.
pub(crate) type Choice = Vec<(String, String)>;

/// A resource type with everything in its module.
pub(crate) struct Face {
    /// `AWS::ECS::Service`.
    pub(crate) full: String,
    /// `Service`.
    pub(crate) name: String,
    /// What `Ref` returns.
    pub(crate) id: Holds,
    pub(crate) rows: Vec<Row>,
    pub(crate) attributes: Vec<Attribute>,
    /// Nested types: name in the facts, Rust name, rows.
    pub(crate) nested: BTreeMap<String, (String, Vec<Row>)>,
    pub(crate) choices: BTreeMap<String, Choice>,
}

struct Maker<'a> {
    full: &'a str,
    facts: &'a Fact,
    kinds: &'a Kinds,
    container: bool,
    /// (definition, property) that a change of replaces the resource.
    replacing: BTreeSet<(String, String)>,
    /// (definition, property) that cannot be set.
    read_only: BTreeSet<(String, String)>,
    /// Values that go by one property name; several sets of values need longer names.
    spellings: BTreeMap<String, BTreeSet<Vec<String>>>,
    choices: BTreeMap<String, Choice>,
}

/// The face of a type. Fails on names that collide.
pub(crate) fn face(service: &str, name: &str, facts: &Fact, kinds: &Kinds) -> Result<Face, String> {
    let full = format!("{service}::{name}");
    let mut maker = Maker {
        full: &full,
        facts,
        kinds,
        container: is_container(service),
        replacing: BTreeSet::new(),
        read_only: BTreeSet::new(),
        spellings: BTreeMap::new(),
        choices: BTreeMap::new(),
    };
    for path in texts(facts, "co").filter(|it| it.contains('/')) {
        maker.replacing.extend(maker.owner(path));
    }
    for path in texts(facts, "ro").filter(|it| it.contains('/')) {
        maker.read_only.extend(maker.owner(path));
    }
    maker.collect_spellings();
    let rows = maker.rows("", facts)?;
    let mut nested = BTreeMap::new();
    let mut names = BTreeMap::new();
    let mut open: Vec<String> = Vec::new();
    reach(&rows, &mut open);
    while let Some(definition) = open.pop() {
        if nested.contains_key(&definition) {
            continue;
        }
        let rust = pascal(&definition);
        if let Some(other) = names.insert(rust.clone(), definition.clone()) {
            return Err(format!(
                "{full}: `{other}` and `{definition}` are both `{rust}`"
            ));
        }
        let shape = field(facts, "defs", &definition)
            .ok_or_else(|| format!("{full}: no definition `{definition}`"))?;
        let rows = maker.rows(&definition, shape)?;
        reach(&rows, &mut open);
        nested.insert(definition, (rust, rows));
    }
    for choice in maker.choices.keys() {
        if names.contains_key(choice) {
            return Err(format!(
                "{full}: `{choice}` is a nested type and an enumeration"
            ));
        }
    }
    let id = maker.reference();
    let attributes = maker.attributes()?;
    let choices = maker.choices;
    Ok(Face {
        name: pascal(name),
        full,
        id,
        rows,
        attributes,
        nested,
        choices,
    })
}

/// Nested types that rows mention.
fn reach(rows: &[Row], open: &mut Vec<String>) {
    fn visit(holds: &Holds, open: &mut Vec<String>) {
        match holds {
            Holds::Nested(name) => open.push(name.clone()),
            Holds::List(inner) | Holds::Map(inner) => visit(inner, open),
            _ => (),
        }
    }
    rows.iter().for_each(|it| visit(&it.holds, open));
}

impl Maker<'_> {
    /// The definition and property that a path such as `A/B` ends at.
    fn owner(&self, path: &str) -> Option<(String, String)> {
        let mut here = self.facts;
        let mut definition = String::new();
        let mut property: Option<(String, String)> = None;
        for part in path.split('/').filter(|it| *it != "*") {
            if let Some((_, name)) = &property {
                let mut word = text(field(here, "props", name)?, "t")?;
                loop {
                    word = word.trim_matches(['[', ']', '{', '}']);
                    let name = word.strip_prefix(':')?;
                    let next = field(self.facts, "defs", name)?;
                    match text(next, "t") {
                        Some(alias) => word = alias,
                        None => {
                            (here, definition) = (next, name.to_owned());
                            break;
                        }
                    }
                }
            }
            property = Some((definition.clone(), part.to_owned()));
        }
        property
    }

    /// Where a property's values are said: itself, its items, or the definition behind it.
    fn leaf<'b>(
        &'b self,
        fact: &'b Fact,
        word: &'b str,
        depth: usize,
    ) -> Option<(&'b Fact, Option<&'b str>)> {
        if depth > 6 {
            return None;
        }
        if let Some(name) = word.strip_prefix(':') {
            let next = field(self.facts, "defs", name)?;
            let (leaf, inner) = self.leaf(next, text(next, "t")?, depth + 1)?;
            // What is said at the use counts more than what is said at the definition.
            if ["fmt", "rel", "rels", "enum"]
                .iter()
                .any(|key| fact.contains_key(*key))
            {
                return Some((fact, None));
            }
            return Some((leaf, inner.or(Some(name))));
        }
        if word.starts_with(['[', '{']) {
            let inner = &word[1..word.len() - 1];
            let empty: &Fact = fact;
            let item = fact.get("it").and_then(Value::as_object).unwrap_or(empty);
            return self.leaf(item, inner, depth + 1);
        }
        (word == "s").then_some((fact, None))
    }

    fn values(&self, leaf: &Fact) -> Option<Vec<String>> {
        let any = leaf.get("any").and_then(Value::as_array);
        let alternatives = any.into_iter().flatten().filter_map(Value::as_object);
        for fact in std::iter::once(leaf).chain(alternatives) {
            for key in ["enum", "enumCI"] {
                let Some(items) = fact.get(key).and_then(Value::as_array) else {
                    continue;
                };
                let values: Vec<String> = items
                    .iter()
                    .filter_map(|it| it.as_str().map(str::to_owned))
                    .collect();
                if values.len() == items.len() && !values.is_empty() {
                    return Some(values);
                }
            }
        }
        None
    }

    fn collect_spellings(&mut self) {
        let mut found: Vec<(String, Vec<String>)> = Vec::new();
        let shapes = std::iter::once(self.facts).chain(fields(self.facts, "defs").map(|it| it.1));
        for shape in shapes {
            for (name, fact) in fields(shape, "props") {
                let Some(word) = text(fact, "t") else {
                    continue;
                };
                let Some((leaf, named)) = self.leaf(fact, word, 0) else {
                    continue;
                };
                if let Some(values) = self.values(leaf) {
                    found.push((pascal(named.unwrap_or(name)), values));
                }
            }
        }
        for (name, values) in found {
            self.spellings.entry(name).or_default().insert(values);
        }
        for (name, shape) in fields(self.facts, "defs") {
            if shape.contains_key("props") {
                // Taken by a nested type.
                self.spellings
                    .entry(pascal(name))
                    .or_default()
                    .insert(Vec::new());
            }
        }
    }

    fn choice(
        &mut self,
        definition: &str,
        property: &str,
        named: Option<&str>,
        values: &[String],
    ) -> Result<String, String> {
        let short = pascal(named.unwrap_or(property));
        let owner = if definition.is_empty() {
            pascal(self.full.rsplit("::").next().unwrap_or_default())
        } else {
            pascal(definition)
        };
        let plain = ["Type", "Status", "State", "Mode", "Name", "Value"].contains(&short.as_str());
        let several = self.spellings.get(&short).is_some_and(|it| it.len() > 1);
        let name = if named.is_none() && (plain || several) && !owner.ends_with(&short) {
            format!("{owner}{short}")
        } else if several || (plain && named.is_none()) {
            format!("{owner}{short}Value")
        } else {
            short
        };
        let mut constants = Vec::new();
        let mut taken = BTreeSet::new();
        for value in values {
            let mut it = constant(value);
            if it.is_empty() {
                continue;
            }
            // Values that differ in their capitals or signs only: the first keeps the plain name.
            while !taken.insert(it.clone()) {
                it.push('_');
            }
            constants.push((it, value.clone()));
        }
        match self.choices.get(&name) {
            Some(other) if *other != constants => {
                Err(format!("{}: two enumerations are `{name}`", self.full))
            }
            _ => {
                self.choices.insert(name.clone(), constants);
                Ok(name)
            }
        }
    }

    /// The kind of identifier that the facts, or failing that the name, say a text is.
    fn kind(&self, leaf: &Fact, property: &str) -> Option<String> {
        let mut relations: Vec<&str> = Vec::new();
        let any = leaf.get("any").and_then(Value::as_array);
        let alternatives = any.into_iter().flatten().filter_map(Value::as_object);
        for fact in std::iter::once(leaf).chain(alternatives) {
            relations.extend(text(fact, "fmt").filter(|it| it.starts_with("AWS::")));
        }
        if relations.is_empty() && self.container {
            relations.extend(text(leaf, "rel"));
            relations.extend(texts(leaf, "rels"));
        }
        let found: BTreeSet<Option<&str>> =
            relations.iter().map(|it| self.kinds.target(it)).collect();
        let found: Vec<Option<&str>> = found.into_iter().collect();
        match found.as_slice() {
            [Some(one)] => return Some((*one).to_owned()),
            [] => (),
            several if several.iter().flatten().any(|it| it.starts_with("Kms")) => {
                return Some("KmsKeyId".into());
            }
            [Some("SecurityGroupId"), Some("SecurityGroupName")] => {
                return Some("SecurityGroupId".into());
            }
            _ => return None,
        }
        if !self.container {
            return None;
        }
        BY_NAME
            .iter()
            .find(|it| it.0 == property)
            .map(|it| it.1.to_owned())
    }

    fn holds(&mut self, definition: &str, property: &str, fact: &Fact) -> Result<Holds, String> {
        let word = text(fact, "t").unwrap_or("j").to_owned();
        // A correction says it.
        if let Some(given) = text(fact, "face") {
            let inner = match UNITS.iter().find(|it| **it == given) {
                Some(unit) => Holds::Plain(unit),
                None if self.kinds.contains(given) => Holds::Kind(given.to_owned()),
                None => {
                    return Err(format!(
                        "{}.{property}: no kind or unit is called `{given}`",
                        self.full
                    ));
                }
            };
            return Ok(wrap(&self.resolved(&word), inner));
        }
        if let Some((leaf, named)) = self.leaf(fact, &word, 0) {
            let named = named.map(str::to_owned);
            let kind = self.kind(leaf, property);
            let cidr = text(leaf, "fmt") == Some("ipv4-network")
                || self.container && CIDRS.contains(&property);
            let values = self.values(leaf);
            let inner = match (kind, values) {
                (Some(kind), _) => Some(Holds::Kind(kind)),
                (None, Some(values)) => Some(Holds::Choice(self.choice(
                    definition,
                    property,
                    named.as_deref(),
                    &values,
                )?)),
                (None, None) if cidr => Some(Holds::Plain("Cidr")),
                _ => None,
            };
            if let Some(inner) = inner {
                return Ok(wrap(&self.resolved(&word), inner));
            }
        }
        if word == "i" && self.container && PORTS.contains(&property) {
            return Ok(Holds::Plain("Port"));
        }
        Ok(self.word(&word, 0))
    }

    /// A type word with the names of scalars and lists resolved.
    fn resolved(&self, word: &str) -> String {
        let mut word = word.to_owned();
        for _ in 0..6 {
            let core = word.trim_matches(['[', ']', '{', '}']).to_owned();
            let Some(name) = core.strip_prefix(':') else {
                break;
            };
            let alias = field(self.facts, "defs", name).and_then(|it| text(it, "t"));
            let Some(alias) = alias else { break };
            word = word.replace(&core, alias);
        }
        word
    }

    fn word(&self, word: &str, depth: usize) -> Holds {
        if depth > 6 {
            return Holds::Plain("Json");
        }
        if let Some(name) = word.strip_prefix(':') {
            let Some(shape) = field(self.facts, "defs", name) else {
                return Holds::Plain("Json");
            };
            return match text(shape, "t") {
                Some(alias) => self.word(alias, depth + 1),
                None if is_tag(name, shape) => Holds::Plain("Tag"),
                None => Holds::Nested(name.to_owned()),
            };
        }
        if word.starts_with('[') {
            return Holds::List(Box::new(self.word(&word[1..word.len() - 1], depth)));
        }
        if word.starts_with('{') {
            return Holds::Map(Box::new(self.word(&word[1..word.len() - 1], depth)));
        }
        Holds::Plain(match word {
            "s" => "String",
            "i" => "i64",
            "n" => "f64",
            "b" => "bool",
            "ts" => "Timestamp",
            _ => "Json",
        })
    }

    fn rows(&mut self, definition: &str, shape: &Fact) -> Result<Vec<Row>, String> {
        let required: BTreeSet<&str> = texts(shape, "req").chain(texts(shape, "faceReq")).collect();
        let top = definition.is_empty();
        let list = |key: &str| -> BTreeSet<&str> {
            if top {
                texts(shape, key).collect()
            } else {
                BTreeSet::new()
            }
        };
        let (read_only, create_only) = (list("ro"), list("co"));
        let deprecated = list("dep");
        let conditional: BTreeSet<&str> =
            ["cco", "lco", "lcco"].into_iter().flat_map(list).collect();
        let mut rows: Vec<Row> = Vec::new();
        let mut taken: BTreeMap<String, String> = BTreeMap::new();
        for (property, fact) in fields(shape, "props") {
            let here = (definition.to_owned(), property.clone());
            let settable =
                required.contains(property.as_str()) || create_only.contains(property.as_str());
            if (read_only.contains(property.as_str()) || self.read_only.contains(&here))
                && !settable
            {
                continue;
            }
            let name = setter(property);
            if let Some(other) = taken.insert(name.clone(), property.clone()) {
                return Err(format!(
                    "{} {definition}: `{other}` and `{property}` are both `{name}`",
                    self.full
                ));
            }
            let required = required.contains(property.as_str());
            let mut doc: Vec<String> = Vec::new();
            if required {
                doc.push("required".into());
            }
            if create_only.contains(property.as_str()) || self.replacing.contains(&here) {
                doc.push("replacement".into());
            } else if conditional.contains(property.as_str()) {
                doc.push("may need replacement".into());
            } else if top {
                doc.push("in place".into());
            }
            if deprecated.contains(property.as_str()) {
                doc.push("deprecated".into());
            }
            doc.extend(limits(fact));
            rows.push(Row {
                holds: self.holds(definition, property, fact)?,
                property: property.clone(),
                setter: name,
                required,
                doc: doc.join("; "),
            });
        }
        Ok(rows)
    }

    fn reference(&self) -> Holds {
        match self.kinds.source(self.full, "Ref") {
            Some(kind) => Holds::Kind(kind.to_owned()),
            None => Holds::Plain("String"),
        }
    }

    fn attributes(&self) -> Result<Vec<Attribute>, String> {
        let mut found: Vec<Attribute> = Vec::new();
        let mut taken: BTreeMap<String, String> = BTreeMap::new();
        for (name, word) in kinds::attributes(self.facts) {
            let holds = match self.kinds.source(self.full, &name) {
                Some(kind) => Holds::Kind(kind.to_owned()),
                None => match self.word(&word, 0) {
                    it if it.is_nested() => continue,
                    // Attributes of scalars arrive as text; numbers where they are one.
                    Holds::Plain("Json" | "Tag") => continue,
                    it => it,
                },
            };
            let method = attribute(&name);
            if let Some(other) = taken.get(&method) {
                // One attribute, spelled with its dot and without.
                if other.replace('.', "") == name {
                    continue;
                }
                return Err(format!(
                    "{}: attributes `{other}` and `{name}` are both `{method}`",
                    self.full
                ));
            }
            taken.insert(method.clone(), name.clone());
            found.push(Attribute {
                name,
                method,
                holds,
            });
        }
        Ok(found)
    }
}

/// Types a correction may name beside kinds.
const UNITS: &[&str] = &["Cidr", "Port", "RulePriority", "String", "Json", "i64"];

/// In the container services, what a property of this name holds when the facts do not say.
const BY_NAME: &[(&str, &str)] = &[
    ("AllocationId", "AllocationId"),
    ("CertificateArn", "CertificateArn"),
    ("HostedZoneId", "HostedZoneId"),
    ("ImageId", "ImageId"),
    ("KmsKeyId", "KmsKeyId"),
    ("LaunchTemplateId", "LaunchTemplateId"),
    ("ListenerArn", "ListenerArn"),
    ("LoadBalancerArn", "LoadBalancerArn"),
    ("NatGatewayId", "NatGatewayId"),
    ("RoleArn", "RoleArn"),
    ("RoleARN", "RoleArn"),
    ("RouteTableId", "RouteTableId"),
    ("SecurityGroupIds", "SecurityGroupId"),
    ("SubnetId", "SubnetId"),
    ("SubnetIds", "SubnetId"),
    ("TargetGroupArn", "TargetGroupArn"),
    ("TargetGroupARNs", "TargetGroupArn"),
    ("VpcId", "VpcId"),
];

/// In the container services, IPv4 ranges that the facts have as any text.
const CIDRS: &[&str] = &["CidrIp", "DestinationCidrBlock", "CIDRIP"];

/// In the container services, TCP and UDP ports.
const PORTS: &[&str] = &[
    "ContainerPort",
    "HostPort",
    "Port",
    "FromPort",
    "ToPort",
    "InstancePort",
];

/// The list form of tags, shared by all types.
fn is_tag(name: &str, shape: &Fact) -> bool {
    let mut properties = fields(shape, "props");
    let mut next = |expected: &str| {
        properties.next().is_some_and(|(name, fact)| {
            name == expected && text(fact, "t").is_some_and(|it| it == "s" || it.starts_with(':'))
        })
    };
    name == "Tag" && next("Key") && next("Value") && properties.next().is_none()
}

fn wrap(word: &str, inner: Holds) -> Holds {
    if word.starts_with('[') {
        Holds::List(Box::new(wrap(&word[1..word.len() - 1], inner)))
    } else if word.starts_with('{') {
        Holds::Map(Box::new(wrap(&word[1..word.len() - 1], inner)))
    } else {
        inner
    }
}

/// What a property's value may be, in words.
fn limits(fact: &Fact) -> Vec<String> {
    let mut said = Vec::new();
    let number = |key: &str| fact.get(key).map(|it| it.to_string());
    let mut range = |least: Option<String>, most: Option<String>, unit: &str| match (least, most) {
        (Some(least), Some(most)) if least == most => said.push(format!("{least}{unit}")),
        (Some(least), Some(most)) => said.push(format!("{least} to {most}{unit}")),
        (Some(least), None) if least != "0" => said.push(format!("at least {least}{unit}")),
        (None, Some(most)) => said.push(format!("at most {most}{unit}")),
        _ => (),
    };
    range(number("min"), number("max"), "");
    range(number("minL"), number("maxL"), " characters");
    range(number("minI"), number("maxI"), " items");
    range(number("minP"), number("maxP"), " entries");
    match fact.get("def") {
        Some(Value::String(it)) if it.is_empty() || it.contains(['\n', '`']) => (),
        Some(Value::String(it)) => said.push(format!("default `{it}`")),
        Some(it @ (Value::Number(_) | Value::Bool(_))) => said.push(format!("default `{it}`")),
        _ => (),
    }
    said
}

/// Words for a sentence: `AWS::ECS::TaskDefinition` is `task definition`.
pub(crate) fn spoken(name: &str) -> String {
    words(name).join(" ")
}
