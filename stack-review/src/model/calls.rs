//! [`Call`]: every use of an intrinsic function in a template, found in one walk.

use stack_core::{Expr, Object, Template};

/// The part of a template that something stands in: `Resources`, `Api`, `Properties`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner<'a> {
    /// The section.
    pub section: &'a str,
    /// The name in the section.
    pub id: &'a str,
    /// For a resource, which of its attributes: `Properties`, `Metadata`, …
    pub part: &'a str,
}

/// A use of a function.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// `Ref`, `Fn::Sub`, …; `Condition` where a condition is made of others.
    pub name: &'a str,
    /// What it is given.
    pub argument: &'a Expr,
    /// All of it.
    pub expr: &'a Expr,
    /// What it stands in.
    pub owner: Owner<'a>,
    /// The number of the call around it.
    pub outer: Option<usize>,
    /// The last field on the way to it: `Subnets` at `Api.Subnets[0]`.
    pub field: &'a str,
    guard: Option<usize>,
}

/// A name in a call that refers to something of the template.
#[derive(Clone, Copy, Debug)]
pub struct Mention<'a> {
    /// The number of the call.
    pub call: usize,
    /// The logical id, parameter or pseudo parameter.
    pub id: &'a str,
    /// The attribute, when one is read and its name is known.
    pub attribute: Option<&'a str>,
}

/// A text with a brace, which may hold a placeholder or a dynamic reference.
#[derive(Clone, Copy, Debug)]
pub struct Braced<'a> {
    /// The text.
    pub text: &'a str,
    /// The expression that it is.
    pub expr: &'a Expr,
    /// What it stands in.
    pub owner: Owner<'a>,
    /// The number of the call around it.
    pub outer: Option<usize>,
    /// The last field on the way to it.
    pub field: &'a str,
}

/// The arm of an `Fn::If`.
#[derive(Clone, Copy, Debug)]
struct Guard<'a> {
    condition: &'a str,
    holds: bool,
    outer: Option<usize>,
}

/// All calls of a template, in the order of its tree.
#[derive(Debug, Default)]
pub struct Calls<'a> {
    /// The calls.
    pub all: Vec<Call<'a>>,
    /// What they mention.
    pub mentions: Vec<Mention<'a>>,
    /// Texts with braces.
    pub braced: Vec<Braced<'a>>,
    guards: Vec<Guard<'a>>,
}

const SECTIONS: [&str; 6] = [
    "Conditions",
    "Mappings",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
];

impl<'a> Calls<'a> {
    pub(super) fn of(template: &'a Template) -> Calls<'a> {
        let mut calls = Calls::default();
        for section in SECTIONS {
            let entries = template.section(section).into_iter().flat_map(Object::iter);
            for (id, entry) in entries {
                let mut owner = Owner {
                    section,
                    id,
                    part: "",
                };
                match entry {
                    Expr::Object(parts) if section == "Resources" && entry.intrinsic().is_none() => {
                        for (part, expr) in parts.iter() {
                            owner.part = part;
                            calls.walk(expr, owner, None, None, part);
                        }
                    }
                    _ => calls.walk(entry, owner, None, None, id),
                }
            }
        }
        calls
    }

    /// Whether, as far as the arms of `Fn::If` around a call go, it counts when conditions are so.
    pub fn counts(&self, call: &Call<'a>, condition: impl Fn(&str) -> Option<bool>) -> bool {
        let mut next = call.guard;
        while let Some(guard) = next.and_then(|it| self.guards.get(it)) {
            if condition(guard.condition).is_some_and(|it| it != guard.holds) {
                return false;
            }
            next = guard.outer;
        }
        true
    }

    /// The call around a call.
    pub fn outer(&self, call: &Call<'a>) -> Option<&Call<'a>> {
        self.all.get(call.outer?)
    }

    fn walk(
        &mut self,
        expr: &'a Expr,
        owner: Owner<'a>,
        outer: Option<usize>,
        guard: Option<usize>,
        field: &'a str,
    ) {
        match expr {
            Expr::List(items) => {
                for it in items {
                    self.walk(it, owner, outer, guard, field);
                }
            }
            Expr::Object(object) => match object.only() {
                Some((name, argument)) if is_function(name, owner, argument) => {
                    self.call(name, argument, expr, owner, outer, guard, field);
                }
                _ => {
                    for (name, it) in object.iter() {
                        self.walk(it, owner, outer, guard, name);
                    }
                }
            },
            Expr::String(text) | Expr::Dynamic(text) => {
                if text.as_bytes().contains(&b'{') {
                    self.braced.push(Braced {
                        text,
                        expr,
                        owner,
                        outer,
                        field,
                    });
                }
            }
            _ => (),
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn call(
        &mut self,
        name: &'a str,
        argument: &'a Expr,
        expr: &'a Expr,
        owner: Owner<'a>,
        outer: Option<usize>,
        guard: Option<usize>,
        field: &'a str,
    ) {
        let number = self.all.len();
        self.all.push(Call {
            name,
            argument,
            expr,
            owner,
            outer,
            field,
            guard,
        });
        match (name, argument) {
            ("Ref", Expr::String(id)) => self.mention(number, id, None),
            ("Fn::GetAtt", Expr::String(path)) => {
                if let Some((id, attribute)) = path.split_once('.') {
                    self.mention(number, id, Some(attribute));
                }
            }
            ("Fn::GetAtt", Expr::List(parts)) => {
                if let [Expr::String(id), rest @ ..] = parts.as_slice() {
                    let attribute = rest.first().and_then(Expr::as_str);
                    // An attribute that is worked out still is one.
                    self.mention(number, id, Some(attribute.unwrap_or_default()));
                    for it in rest.iter().filter(|it| it.as_object().is_some()) {
                        self.walk(it, owner, Some(number), guard, field);
                    }
                }
            }
            ("Fn::If", Expr::List(parts)) => {
                let condition = parts.first().and_then(Expr::as_str);
                for (n, arm) in parts.iter().enumerate().skip(1) {
                    let mut inner = guard;
                    if let Some(condition) = condition {
                        inner = Some(self.guards.len());
                        self.guards.push(Guard {
                            condition,
                            holds: n == 1,
                            outer: guard,
                        });
                    }
                    self.walk(arm, owner, outer, inner, field);
                }
                if let Some(first @ Expr::Object(_)) = parts.first() {
                    self.walk(first, owner, Some(number), guard, field);
                }
            }
            ("Fn::Sub", Expr::String(text)) => {
                self.placeholders(number, text, None);
                self.walk(argument, owner, Some(number), guard, field);
            }
            ("Fn::Sub", Expr::List(parts)) => {
                let variables = parts.get(1).and_then(Expr::as_object);
                if let Some(text) = parts.first().and_then(Expr::as_str) {
                    self.placeholders(number, text, variables);
                }
                self.walk(argument, owner, Some(number), guard, field);
            }
            _ => self.walk(argument, owner, Some(number), guard, field),
        }
    }

    fn mention(&mut self, call: usize, id: &'a str, attribute: Option<&'a str>) {
        self.mentions.push(Mention {
            call,
            id,
            attribute,
        });
    }

    fn placeholders(&mut self, call: usize, text: &'a str, variables: Option<&'a Object>) {
        for name in placeholders(text) {
            if variables.is_some_and(|it| it.contains(name)) {
                continue;
            }
            match name.split_once('.') {
                Some((id, attribute)) => self.mention(call, id, Some(attribute)),
                None => self.mention(call, name, None),
            }
        }
    }
}

/// The names in `${…}`, those left out that stand for themselves (`${!Name}`).
pub fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let at = rest.find("${")?;
            let end = rest[at..].find('}')?;
            let name = &rest[at + 2..at + end];
            rest = &rest[at + end + 1..];
            if !name.trim_start().starts_with('!') {
                return Some(name.trim());
            }
        }
    })
}

fn is_function(name: &str, owner: Owner<'_>, argument: &Expr) -> bool {
    match name {
        "Ref" => true,
        "Condition" => {
            matches!(owner.section, "Conditions" | "Rules") && argument.as_list().is_none()
        }
        _ => name.starts_with("Fn::") && !name.starts_with("Fn::ForEach"),
    }
}
