//! Rules beyond types and limits (`if`, `then`, `not`, …), decoded.

use super::table::Cursor;

/// A rule about a value: everything in it must hold.
#[derive(Debug)]
pub(super) struct Rule(pub(super) Box<[Part]>);

/// One thing that must hold.
#[derive(Debug)]
pub(super) enum Part {
    /// Nothing is right.
    Never,
    /// One of these types: a bit for text, number, whole number, truth value, list, object.
    Type(u8),
    /// These properties are set.
    Required(Box<[&'static str]>),
    /// What holds for properties, when they are set.
    Properties(Box<[(&'static str, Rule)]>),
    /// What holds for each item.
    Items(Rule),
    /// What holds for the first items.
    First(Box<[Rule]>),
    /// What holds for one of the items at least.
    Contains(Rule),
    /// Condition, then, else.
    If(Box<(Rule, Rule, Rule)>),
    Not(Rule),
    Any(Box<[Rule]>),
    One(Box<[Rule]>),
    All(Box<[Rule]>),
    /// One of these, sorted.
    Allowed(Box<[&'static str]>),
    Pattern(u32),
    Least(f64),
    Most(f64),
    MoreThan(f64),
    LessThan(f64),
    MultipleOf(f64),
    LeastLength(usize),
    MostLength(usize),
    LeastItems(usize),
    MostItems(usize),
    LeastProperties(usize),
    MostProperties(usize),
    /// Only the properties that this rule names.
    Closed,
    /// What holds for the names of properties.
    Names(Rule),
    Excludes(&'static str, Box<[&'static str]>),
    Needs(&'static str, Box<[&'static str]>),
    Format(&'static str),
}

impl Rule {
    pub(super) fn decode(from: &mut Cursor<'_>) -> Rule {
        Rule(from.many(Part::decode))
    }
}

impl Part {
    fn decode(from: &mut Cursor<'_>) -> Part {
        match from.byte() {
            2 => Part::Type(from.byte()),
            3 => Part::Required(from.texts()),
            4 => Part::Properties(from.many(|it| (it.text(), Rule::decode(it)))),
            5 => Part::Items(Rule::decode(from)),
            6 => Part::First(from.many(Rule::decode)),
            7 => Part::Contains(Rule::decode(from)),
            8 => {
                let mut rule = || Rule::decode(from);
                Part::If(Box::new((rule(), rule(), rule())))
            }
            9 => Part::Not(Rule::decode(from)),
            10 => Part::Any(from.many(Rule::decode)),
            11 => Part::One(from.many(Rule::decode)),
            12 => Part::All(from.many(Rule::decode)),
            13 => Part::Allowed(from.enumeration()),
            14 => Part::Pattern(from.index()),
            15 => Part::Least(from.decimal()),
            16 => Part::Most(from.decimal()),
            17 => Part::MoreThan(from.decimal()),
            18 => Part::LessThan(from.decimal()),
            19 => Part::MultipleOf(from.decimal()),
            20 => Part::LeastLength(from.number() as usize),
            21 => Part::MostLength(from.number() as usize),
            22 => Part::LeastItems(from.number() as usize),
            23 => Part::MostItems(from.number() as usize),
            24 => Part::LeastProperties(from.number() as usize),
            25 => Part::MostProperties(from.number() as usize),
            26 => Part::Closed,
            27 => Part::Names(Rule::decode(from)),
            28 => Part::Excludes(from.text(), from.texts()),
            29 => Part::Needs(from.text(), from.texts()),
            30 => Part::Format(from.text()),
            _ => Part::Never,
        }
    }
}
