//! What the table says about a type, decoded.

use super::rule::Rule;
use super::table::Cursor;

/// The facts of a resource type.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The type that they are about.
    pub(super) name: &'static str,
    pub(super) never_updated: bool,
    pub(super) stateful: bool,
    pub(super) deleted_first: bool,
    pub(super) primary_identifier: Box<[&'static str]>,
    pub(super) read_only: Box<[&'static str]>,
    /// Those of them that are below a property: its name, and how to go on from there.
    pub(super) read_only_below: Box<[(&'static str, &'static str)]>,
    pub(super) create_only: Box<[&'static str]>,
    pub(super) conditional_create_only: Box<[&'static str]>,
    pub(super) write_only: Box<[&'static str]>,
    pub(super) deprecated: Box<[&'static str]>,
    pub(super) additional_identifiers: Box<[Box<[&'static str]>]>,
    /// Beside those that are read-only properties: name and type.
    pub(super) attributes: Box<[(&'static str, &'static str)]>,
    pub(super) reference: Box<[&'static str]>,
    /// Form, flags, property.
    pub(super) tagging: Option<(u8, u8, &'static str)>,
    /// Status, date.
    pub(super) lifecycle: Option<(&'static str, &'static str)>,
    pub(super) transforms: Box<[(&'static str, &'static str)]>,
    pub(super) object: Shape,
}

/// An object with known properties.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// Sorted by name.
    pub(super) properties: Box<[Field]>,
    /// The first letters of their names: see [`head`].
    heads: Box<[u64]>,
    /// The numbers of the properties that must be there.
    pub(super) required: Box<[u16]>,
    /// Names that must be there and are no known properties.
    pub(super) required_beyond: Box<[&'static str]>,
    pub(super) open: bool,
    pub(super) groups: Box<[Group]>,
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) rules: Box<[Rule]>,
}

/// One property of an object.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) required: bool,
    /// Only AWS sets it.
    pub(super) read_only: bool,
    pub(super) node: Node,
}

/// Properties that depend on each other.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) kind: GroupKind,
    pub(super) sets: Box<[Box<[&'static str]>]>,
}

/// How properties depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupKind {
    /// Exactly one of the first set.
    ExactlyOne,
    /// One or more of the first set.
    AtLeastOne,
    /// The property of the first set needs those of the second.
    Needs,
    /// The property of the first set excludes those of the second.
    Excludes,
    /// Exactly one of the sets is complete.
    ExactlyOneSet,
    /// One or more of the sets are complete.
    AtLeastOneSet,
}

/// What a value may be.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) limits: Option<Box<Limits>>,
}

/// The type of a value.
#[derive(Debug)]
pub(super) enum Kind {
    /// Not said.
    Any,
    Text,
    Integer,
    Number,
    Boolean,
    Json,
    Timestamp,
    List(Box<Node>),
    Map(Box<Node>),
    Defined(u32),
}

/// What holds for a value beside its type. All of it may be missing.
#[derive(Debug, Default)]
pub(super) struct Limits {
    pub(super) length: (usize, Option<usize>),
    pub(super) items: (usize, Option<usize>),
    pub(super) pattern: Option<u32>,
    pub(super) key_pattern: Option<u32>,
    /// Sorted.
    pub(super) allowed: Option<Box<[&'static str]>>,
    pub(super) allowed_in_any_case: Option<Box<[&'static str]>>,
    pub(super) least: Option<f64>,
    pub(super) most: Option<f64>,
    pub(super) more_than: Option<f64>,
    pub(super) less_than: Option<f64>,
    pub(super) multiple_of: Option<f64>,
    pub(super) format: Option<&'static str>,
    pub(super) relations: Box<[&'static str]>,
    pub(super) unique: bool,
    pub(super) unordered: bool,
    pub(super) unique_keys: Box<[&'static str]>,
    pub(super) properties: (usize, Option<usize>),
    pub(super) any: Box<[Node]>,
    pub(super) one: Box<[Node]>,
    pub(super) all: Box<[Node]>,
    /// As JSON.
    pub(super) default: Option<&'static str>,
    /// For the first items of a list.
    pub(super) first: Box<[Rule]>,
}

/// Facts that several properties share.
#[derive(Debug)]
pub(super) enum Definition {
    Object(Shape),
    Value(Node),
}

impl Facts {
    pub(super) fn decode(name: &'static str, from: &mut Cursor<'_>) -> Facts {
        let mut facts = Facts {
            name,
            never_updated: from.byte() == 1,
            stateful: from.byte() == 1,
            deleted_first: from.byte() == 1,
            primary_identifier: from.texts(),
            read_only: from.texts(),
            read_only_below: Box::default(),
            create_only: from.texts(),
            conditional_create_only: from.texts(),
            write_only: from.texts(),
            deprecated: from.texts(),
            additional_identifiers: from.many(Cursor::texts),
            reference: from.texts(),
            attributes: from.many(|it| (it.text(), it.text())),
            tagging: match from.byte() {
                0 => None,
                form => Some((form, from.byte(), from.text())),
            },
            lifecycle: (from.byte() == 1).then(|| (from.text(), from.text())),
            transforms: from.many(|it| (it.text(), it.text())),
            object: Shape::decode(from),
        };
        for field in &mut facts.object.properties {
            field.read_only = facts.read_only.contains(&field.name);
        }
        let paths = facts.read_only.iter();
        facts.read_only_below = paths.filter_map(|it| it.split_once('/')).collect();
        facts
    }
}

impl Definition {
    pub(super) fn decode(from: &mut Cursor<'_>) -> Definition {
        match from.byte() {
            0 => Definition::Object(Shape::decode(from)),
            _ => Definition::Value(Node::decode(from)),
        }
    }
}

impl Shape {
    fn decode(from: &mut Cursor<'_>) -> Shape {
        let properties = from.many(|it| Field {
            name: it.text(),
            required: it.byte() == 1,
            read_only: false,
            node: Node::decode(it),
        });
        let required = properties.iter().enumerate();
        Shape {
            required: required
                .filter_map(|(number, it)| it.required.then_some(number as u16))
                .collect(),
            heads: properties.iter().map(|it| head(it.name)).collect(),
            properties,
            required_beyond: from.texts(),
            open: from.byte() == 1,
            groups: from.many(|it| Group {
                kind: match it.byte() {
                    0 => GroupKind::ExactlyOne,
                    1 => GroupKind::AtLeastOne,
                    2 => GroupKind::Needs,
                    3 => GroupKind::Excludes,
                    4 => GroupKind::ExactlyOneSet,
                    _ => GroupKind::AtLeastOneSet,
                },
                sets: it.many(Cursor::texts),
            }),
            least: from.number() as usize,
            // 0 says that there is no limit; else one more than the limit.
            most: (from.number() as usize).wrapping_sub(1),
            rules: from.many(Rule::decode),
        }
    }

    /// The property of a name.
    pub(super) fn property(&self, name: &str) -> Option<&Field> {
        self.properties.get(self.find(0, name).ok()?)
    }

    /// Where a property is, from a place on, or where to go on to look for one that comes later.
    pub(super) fn find(&self, from: usize, name: &str) -> Result<usize, usize> {
        let head = head(name);
        let heads = self.heads.get(from..).unwrap_or_default();
        let first = from + heads.iter().take_while(|it| **it < head).count();
        let fields = self.properties.get(first..).unwrap_or_default();
        let alike = self.heads.get(first..).unwrap_or_default().iter();
        for (number, _) in alike.take_while(|it| **it == head).enumerate() {
            if fields.get(number).is_some_and(|it| it.is_named(name)) {
                return Ok(first + number);
            }
        }
        Err(first)
    }
}

impl Field {
    /// Whether this is its name; their first letters are the same.
    fn is_named(&self, name: &str) -> bool {
        self.name.len() == name.len() && (name.len() <= 8 || self.name == name)
    }
}

/// The first eight letters of a name, as a number: names that differ there are in the order of these.
fn head(name: &str) -> u64 {
    match name.as_bytes().first_chunk() {
        Some(first) => u64::from_be_bytes(*first),
        None => {
            let letters = name.bytes().chain(std::iter::repeat(0)).take(8);
            letters.fold(0, |head, it| head << 8 | u64::from(it))
        }
    }
}

impl Node {
    fn decode(from: &mut Cursor<'_>) -> Node {
        let kind = from.byte();
        let limits = match from.number() {
            0 => None,
            mask => Some(Box::new(Limits::decode(from, mask))),
        };
        let kind = match kind {
            1 => Kind::Text,
            2 => Kind::Integer,
            3 => Kind::Number,
            4 => Kind::Boolean,
            5 => Kind::Json,
            6 => Kind::Timestamp,
            7 => Kind::List(Box::new(Node::decode(from))),
            8 => Kind::Map(Box::new(Node::decode(from))),
            9 => Kind::Defined(from.index()),
            _ => Kind::Any,
        };
        Node { kind, limits }
    }
}

impl Limits {
    /// In the order in which the table is written; the mask says which of them are there.
    fn decode(from: &mut Cursor<'_>, mask: u64) -> Limits {
        let mut bit = 0;
        let mut next = || {
            bit += 1;
            mask >> (bit - 1) & 1 == 1
        };
        let size = |from: &mut Cursor<'_>| from.number() as usize;
        let mut read = |from: &mut Cursor<'_>| next().then(|| size(from));
        let length = (read(from).unwrap_or(0), read(from));
        let items = (read(from).unwrap_or(0), read(from));
        Limits {
            length,
            items,
            pattern: next().then(|| from.index()),
            key_pattern: next().then(|| from.index()),
            allowed: next().then(|| from.enumeration()),
            allowed_in_any_case: next().then(|| from.enumeration()),
            least: next().then(|| from.decimal()),
            most: next().then(|| from.decimal()),
            more_than: next().then(|| from.decimal()),
            less_than: next().then(|| from.decimal()),
            multiple_of: next().then(|| from.decimal()),
            format: next().then(|| from.text()),
            relations: if next() {
                from.texts()
            } else {
                Default::default()
            },
            unique: next(),
            unordered: next(),
            unique_keys: if next() {
                from.texts()
            } else {
                Default::default()
            },
            properties: (
                if next() { size(from) } else { 0 },
                next().then(|| size(from)),
            ),
            any: if next() {
                from.many(Node::decode)
            } else {
                Default::default()
            },
            one: if next() {
                from.many(Node::decode)
            } else {
                Default::default()
            },
            all: if next() {
                from.many(Node::decode)
            } else {
                Default::default()
            },
            default: next().then(|| from.text()),
            first: if next() {
                from.many(Rule::decode)
            } else {
                Default::default()
            },
        }
    }
}
