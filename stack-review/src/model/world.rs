//! [`World`]: one way in which parameters can be given, and what conditions then say.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use stack_core::{Expr, Object};

use super::condition::{self, Assignment, Given};
use super::estate::{Estate, StackInput};
use super::index::{ByName, Index, index};
use super::session::{Session, Touched};
use super::view::Stack;
use crate::network::{Answered, Grounds};

/// So many worlds of a stack are looked at; what is found in one can happen, whatever the others
/// would show.
const WORLDS: usize = 32;

/// So many ways to give the parameters are tried to find worlds.
const TRIES: usize = 512;

/// What is known of a stack: the same in all of its worlds, and in each of them.
#[derive(Debug)]
pub(super) struct Worlds<'a> {
    /// The conditions, in the order of their names.
    conditions: Index<'a>,
    /// Parameters that are given something in some world, pseudo parameters among them.
    parameters: ByName<'a, Parameter<'a>>,
    /// The first is that of the defaults.
    each: Vec<Local<'a>>,
}

/// What a parameter is given.
#[derive(Debug, Default)]
pub(super) struct Parameter<'a> {
    /// Its value when nothing else is given, when that is known.
    default: Option<Cow<'a, str>>,
    /// Its number among those that may be given something else.
    choice: Option<usize>,
    /// Whether it is a list, written with commas.
    pub(super) is_list: bool,
}

/// One world of a stack.
#[derive(Debug)]
pub(super) struct Local<'a> {
    /// The number of the stack.
    stack: usize,
    /// Its own number among those of the stack.
    number: usize,
    /// What each of the conditions says.
    truth: Vec<bool>,
    /// The choices by number, and what they are given.
    changed: Vec<(usize, Cow<'a, str>)>,
    /// What tells it from the world of the defaults.
    differs: Vec<String>,
}

/// All stacks, each in one of its worlds.
#[derive(Clone, Copy, Debug)]
pub struct World<'e, 'a> {
    pub(super) estate: &'e Estate<'a>,
    chosen: Option<&'e Local<'a>>,
    /// Who notes what is looked at of the world that is chosen.
    session: Option<&'e Session>,
}

impl<'a> Worlds<'a> {
    /// One of them.
    pub(super) fn get(&self, number: usize) -> Option<&Local<'a>> {
        self.each.get(number)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.each.len()
    }

    /// The number of a condition.
    pub(super) fn condition(&self, name: &str) -> Option<usize> {
        self.conditions.get(name).copied()
    }

    /// What may be otherwise in one than in the other.
    pub(super) fn unlike(&self, one: usize, other: usize) -> Touched {
        let (Some(one), Some(other)) = (self.each.get(one), self.each.get(other)) else {
            return Touched::default();
        };
        let mut unlike = Touched::default();
        let both = one.truth.iter().zip(&other.truth);
        for (number, _) in both.enumerate().filter(|(_, it)| it.0 != it.1) {
            unlike = unlike.and(Touched::condition(number));
        }
        for (mine, theirs) in [(one, other), (other, one)] {
            let changed = mine.changed.iter();
            for (number, _) in changed.filter(|it| !theirs.changed.contains(it)) {
                unlike = unlike.and(Touched::parameter(*number));
            }
        }
        unlike
    }
}

impl<'e, 'a> World<'e, 'a> {
    pub(super) fn new(estate: &'e Estate<'a>, chosen: Option<&'e Local<'a>>) -> World<'e, 'a> {
        World {
            estate,
            chosen,
            session: None,
        }
    }

    /// The same world; what is looked at of it is noted there.
    pub(crate) fn noted_in(self, session: &'e Session) -> World<'e, 'a> {
        World {
            session: Some(session),
            ..self
        }
    }

    /// Where it is noted what is looked at.
    pub(crate) fn session(self) -> Option<&'e Session> {
        self.session
    }

    /// What of the networks around them stacks share.
    pub(crate) fn grounds(self) -> &'e Grounds<'a> {
        &self.estate.grounds
    }

    /// What is asked of the networks around the stacks.
    pub(crate) fn answered(self) -> &'e Answered {
        &self.estate.answered
    }

    /// What a condition of a stack says.
    pub(super) fn condition(self, stack: usize, name: &str) -> Option<bool> {
        let number = self.local(stack).0.condition(name)?;
        self.numbered_condition(stack, number)
    }

    /// The same by the number of the condition. Most resources have none.
    #[inline(never)]
    pub(super) fn numbered_condition(self, stack: usize, number: usize) -> Option<bool> {
        let local = self.local(stack).1;
        self.note(stack, || Touched::condition(number));
        local.truth.get(number).copied()
    }

    /// What a parameter of a stack is given, and what is known of it.
    pub(super) fn parameter(
        self,
        stack: usize,
        name: &str,
    ) -> Option<(&'e Cow<'a, str>, &'e Parameter<'a>)> {
        let (worlds, local) = self.local(stack);
        let parameter = worlds.parameters.get(name)?;
        let mut given = parameter.default.as_ref();
        if let Some(number) = parameter.choice {
            self.note(stack, || Touched::parameter(number));
            if let Some((_, changed)) = local.changed.iter().find(|it| it.0 == number) {
                // A value that stands for all others is not known.
                given = (changed != OTHER).then_some(changed);
            }
        }
        given.map(|it| (it, parameter))
    }

    /// The other stacks are the same in all worlds of the one that is chosen.
    fn note(self, stack: usize, what: impl FnOnce() -> Touched) {
        if let (Some(session), Some(chosen)) = (self.session, self.chosen)
            && chosen.stack == stack
        {
            session.touch(what());
        }
    }

    fn local(self, stack: usize) -> (&'e Worlds<'a>, &'e Local<'a>) {
        let worlds = &self.estate.stacks[stack].worlds;
        let local = match self.chosen {
            Some(chosen) if chosen.stack == stack => chosen,
            _ => &worlds.each[0],
        };
        (worlds, local)
    }

    /// The stacks, in the order of their names.
    pub fn stacks(self) -> impl Iterator<Item = Stack<'e, 'a>> {
        (0..self.estate.stacks.len()).map(move |number| Stack::new(self, number))
    }

    /// One of the stacks by its place in that order.
    pub fn stack(self, number: usize) -> Stack<'e, 'a> {
        Stack::new(self, number)
    }

    /// Whether it is that of the defaults: what is the same in all worlds need only be looked at
    /// here.
    pub fn is_default(self) -> bool {
        self.chosen.is_none_or(|it| it.number == 0)
    }

    /// Its number among the worlds of the stack that is looked at.
    pub fn number(self) -> usize {
        self.chosen.map_or(0, |it| it.number)
    }

    /// Whether the stack that is looked at has other worlds.
    pub(crate) fn is_one_of_several(self) -> bool {
        self.chosen
            .is_some_and(|it| self.estate.worlds_of(it.stack) > 1)
    }

    /// What may be otherwise in another world of the stack that is looked at.
    pub(super) fn unlike(self, other: usize) -> Touched {
        let unlike = |it: &Local<'_>| self.estate.unlike(it.stack, it.number, other);
        self.chosen.map_or_else(Touched::default, unlike)
    }

    /// What tells this world from that of the defaults, such as `Stage=prod`; empty for that one.
    pub fn witness(self) -> &'e [String] {
        self.chosen.map_or(&[], |it| &it.differs)
    }
}

/// The worlds of a stack, that of the defaults first. Every one of them can be had by giving
/// parameters; where there are many, those that are found by changing one parameter or two.
pub(super) fn worlds<'a>(stack: usize, input: &StackInput<'a>) -> Worlds<'a> {
    let defaults = defaults(input);
    let mut found = Worlds {
        conditions: Index::default(),
        parameters: ByName::default(),
        each: Vec::new(),
    };
    let Some(conditions) = input.template.section("Conditions") else {
        found.parameters = named(input, &defaults, &Index::default());
        found.each.push(Local {
            stack,
            number: 0,
            truth: Vec::new(),
            changed: Vec::new(),
            differs: Vec::new(),
        });
        return found;
    };
    let choices = choices(input);
    found.conditions = index(conditions.keys());
    let numbers = index(choices.keys().copied());
    found.parameters = named(input, &defaults, &numbers);
    // Which choices conditions depend on.
    let number = |name: &str| numbers.get(name).map(|it| *it as u32);
    let depends = match choices.is_empty() {
        true => Vec::new(),
        false => condition::dependencies(conditions, &number),
    };
    let mut seen: Vec<Vec<bool>> = Vec::new();
    let mut tries = 0;
    let mut look = |changes: &[(usize, &'a str, &Cow<'a, str>)]| {
        if found.each.len() >= WORLDS || tries >= TRIES {
            return;
        }
        tries += 1;
        let parameters = Given {
            defaults: &defaults,
            changes,
        };
        let changed = changes.iter().fold(0_u64, |all, it| all | 1 << (it.0 % 64));
        let before = found.each.first().map(|it| {
            let has_changed = |number: usize| depends[number] & changed != 0;
            (it.truth.as_slice(), has_changed)
        });
        let truth = condition::decide(input, conditions, parameters, before);
        if seen.contains(&truth) {
            return;
        }
        // Parameters that the template's own rules refuse make no world.
        if !changes.is_empty() && !condition::rules_hold(input, conditions, parameters) {
            return;
        }
        seen.push(truth.clone());
        let differs = changes.iter().map(|(_, name, value)| match value.as_ref() {
            OTHER => format!("{name} is given another value"),
            "" => format!("{name} is empty"),
            value => format!("{name}={value}"),
        });
        found.each.push(Local {
            stack,
            number: found.each.len(),
            truth,
            differs: differs.collect(),
            changed: changes.iter().map(|it| (it.0, it.2.clone())).collect(),
        });
    };
    look(&[]);
    let all: Vec<(usize, &'a str, &Cow<'a, str>)> = choices
        .iter()
        .enumerate()
        .flat_map(|(number, (name, values))| values.iter().map(move |it| (number, *name, it)))
        .collect();
    all.iter().for_each(|one| look(&[*one]));
    for (n, one) in all.iter().enumerate() {
        for two in all.iter().skip(n + 1).filter(|it| it.0 != one.0) {
            look(&[*one, *two]);
        }
    }
    found
}

/// Stands for any value that the conditions do not name.
pub(super) const OTHER: &str = "\u{0}another";

fn parameters<'a>(input: &StackInput<'a>) -> impl Iterator<Item = (&'a str, &'a Object)> {
    let section = input.template.section("Parameters").into_iter();
    section
        .flat_map(|it| it.iter())
        .filter_map(|(name, it)| Some((name, it.as_object()?)))
}

/// What parameters have when nobody says otherwise: what they are given, or else their default, or
/// else the first value that they allow.
fn defaults<'a>(input: &StackInput<'a>) -> Assignment<'a> {
    let mut known = Assignment::default();
    for (name, parameter) in parameters(input) {
        // What is given is the name of a parameter of SSM; its value is only known at deployment.
        let kind = parameter.get("Type").and_then(Expr::as_str);
        if kind.is_some_and(|it| it.starts_with("AWS::SSM::Parameter::Value")) {
            continue;
        }
        if let Some(given) = input.arguments.get(name) {
            known.insert(name, Cow::Borrowed(given));
        } else if !input.wires.contains_key(name)
            && let Some(default) = parameter.get("Default").and_then(text)
        {
            known.insert(name, default);
        } else if !input.wires.contains_key(name)
            && let Some(Expr::List(allowed)) = parameter.get("AllowedValues")
            && let Some(first) = allowed.first().and_then(text)
        {
            known.insert(name, first);
        }
    }
    if let Some(account) = input.account {
        known.insert("AWS::AccountId", Cow::Borrowed(account));
    }
    if let Some(region) = input.region {
        known.insert("AWS::Region", Cow::Borrowed(region));
    }
    known
}

/// Everything that is known of parameters, when that is anything.
fn named<'a>(
    input: &StackInput<'a>,
    defaults: &Assignment<'a>,
    choices: &Index<'a>,
) -> ByName<'a, Parameter<'a>> {
    let mut known = ByName::default();
    let own = parameters(input).map(|(name, it)| (name, it.get("Type").and_then(Expr::as_str)));
    for (name, kind) in own.chain(PSEUDO.map(|it| (it, None))) {
        let parameter = Parameter {
            default: defaults.get(name).cloned(),
            choice: choices.get(name).copied(),
            is_list: kind.is_some_and(|it| it.contains("List<") || it == "CommaDelimitedList"),
        };
        if parameter.default.is_some() || parameter.choice.is_some() {
            known.insert(name, parameter);
        }
    }
    known
}

/// Pseudo parameters that conditions may tell apart.
const PSEUDO: [&str; 3] = ["AWS::Region", "AWS::AccountId", "AWS::Partition"];

/// The values that conditions tell apart, for each parameter that nobody has given.
fn choices<'a>(input: &StackInput<'a>) -> BTreeMap<&'a str, Vec<Cow<'a, str>>> {
    let mut constants: BTreeMap<&str, BTreeSet<Cow<'a, str>>> = BTreeMap::new();
    if let Some(conditions) = input.template.section("Conditions") {
        for (_, it) in conditions.iter() {
            compared(it, &mut constants);
        }
    }
    let mut choices = BTreeMap::new();
    for (name, parameter) in parameters(input) {
        let Some(compared) = constants.remove(name) else {
            continue;
        };
        if input.arguments.contains_key(name) || input.wires.contains_key(name) {
            continue;
        }
        let allowed = parameter.get("AllowedValues").and_then(Expr::as_list);
        let values: Vec<Cow<'a, str>> = match allowed {
            Some(allowed) => allowed.iter().filter_map(text).collect(),
            None => {
                let other = Cow::Borrowed(OTHER);
                compared.into_iter().chain([other]).collect()
            }
        };
        choices.insert(name, values);
    }
    for name in PSEUDO {
        let known = match name {
            "AWS::Region" => input.region,
            "AWS::AccountId" => input.account,
            _ => None,
        };
        if let (Some(values), None) = (constants.remove(name), known) {
            choices.insert(name, values.into_iter().collect());
        }
    }
    choices
}

/// The constants that a condition compares with parameters.
fn compared<'a>(expr: &'a Expr, into: &mut BTreeMap<&'a str, BTreeSet<Cow<'a, str>>>) {
    match expr.intrinsic() {
        Some(("Fn::Equals", Expr::List(sides))) if sides.len() == 2 => {
            let names: Vec<&str> = sides.iter().filter_map(parameter_of).collect();
            let values: Vec<Cow<'a, str>> = sides.iter().filter_map(text).collect();
            for name in names {
                into.entry(name).or_default().extend(values.iter().cloned());
            }
        }
        Some((_, argument)) => compared(argument, into),
        None => match expr {
            Expr::List(items) => items.iter().for_each(|it| compared(it, into)),
            Expr::Object(fields) => fields.iter().for_each(|(_, it)| compared(it, into)),
            _ => (),
        },
    }
}

/// The parameter that a side of a comparison is, or is made of.
fn parameter_of(side: &Expr) -> Option<&str> {
    match side.intrinsic()? {
        ("Ref", name) => name.as_str(),
        ("Fn::Select", Expr::List(parts)) => parts.get(1).and_then(parameter_of),
        ("Fn::Join", Expr::List(parts)) => match parts.get(1)?.as_list()? {
            [only] => parameter_of(only),
            _ => None,
        },
        ("Fn::Join", _) => None,
        _ => None,
    }
}

/// A scalar as CloudFormation's text.
pub(super) fn text(expr: &Expr) -> Option<Cow<'_, str>> {
    Some(match expr {
        Expr::String(it) => Cow::Borrowed(it),
        Expr::Decimal(it) => Cow::Borrowed(it),
        Expr::Bool(true) => Cow::Borrowed("true"),
        Expr::Bool(false) => Cow::Borrowed("false"),
        Expr::Int(it) => Cow::Owned(it.to_string()),
        _ => return None,
    })
}
