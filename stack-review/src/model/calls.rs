//! [`Call`]: every use of an intrinsic function in a template, found in one walk.

use stack_core::{Expr, Object, Template};

use super::entry::Entry;
use super::index::Index;

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
    /// The number of the resource it refers to, among those of the stack.
    pub target: Option<usize>,
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
    /// The mentions of resources that have a condition, by number.
    pub conditional: Vec<usize>,
    /// Whether resources may refer to each other in a circle, in some world.
    pub may_go_round: bool,
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
    pub(super) fn of(
        template: &'a Template,
        resources: &[Entry<'a>],
        by_id: &Index<'a>,
    ) -> Calls<'a> {
        // So many there are in most templates.
        let mut calls = Calls {
            all: Vec::with_capacity(4 * resources.len()),
            mentions: Vec::with_capacity(6 * resources.len()),
            ..Calls::default()
        };
        for section in SECTIONS {
            let entries = template.section(section).into_iter().flat_map(Object::iter);
            for (id, entry) in entries {
                let mut owner = Owner {
                    section,
                    id,
                    part: "",
                };
                match entry {
                    Expr::Object(parts)
                        if section == "Resources" && entry.intrinsic().is_none() =>
                    {
                        for (part, expr) in parts.iter() {
                            owner.part = part;
                            calls.walk(expr, &owner, None, None, part);
                        }
                    }
                    _ => calls.walk(entry, &owner, None, None, id),
                }
            }
        }
        calls.resolve(resources, by_id);
        calls
    }

    /// Finds the resources that are meant.
    fn resolve(&mut self, resources: &[Entry<'a>], by_id: &Index<'a>) {
        let mut edges: Vec<Vec<usize>> = vec![Vec::new(); resources.len()];
        let mut owner = ("", None);
        for (number, mention) in self.mentions.iter_mut().enumerate() {
            mention.target = by_id.get(mention.id).copied();
            let (Some(target), Some(call)) = (mention.target, self.all.get(mention.call)) else {
                continue;
            };
            if resources[target].condition.is_some() {
                self.conditional.push(number);
            }
            if call.owner.section == "Resources" {
                if owner.0 != call.owner.id {
                    owner = (call.owner.id, by_id.get(call.owner.id));
                }
                if let Some(owner) = owner.1 {
                    edges[*owner].push(target);
                }
            }
        }
        for (resource, edges) in resources.iter().zip(&mut edges) {
            edges.extend(resource.depends_on().filter_map(|it| by_id.get(it)));
        }
        self.may_go_round = goes_round(&edges);
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
        owner: &Owner<'a>,
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
                Some((name, argument)) if is_function(name, owner.section, argument) => {
                    self.call(name, argument, expr, owner, outer, guard, field);
                }
                _ => {
                    for (name, it) in object.iter() {
                        self.walk(it, owner, outer, guard, name);
                    }
                }
            },
            Expr::String(text) | Expr::Dynamic(text) if text.as_bytes().contains(&b'{') => {
                self.braced.push(Braced {
                    text,
                    expr,
                    owner: *owner,
                    outer,
                    field,
                });
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
        owner: &Owner<'a>,
        outer: Option<usize>,
        guard: Option<usize>,
        field: &'a str,
    ) {
        let number = self.all.len();
        self.all.push(Call {
            name,
            argument,
            expr,
            owner: *owner,
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
            target: None,
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

/// Whether there is a circle: what is left when all that leads nowhere is taken away.
fn goes_round(edges: &[Vec<usize>]) -> bool {
    let mut before: Vec<usize> = vec![0; edges.len()];
    for target in edges.iter().flatten() {
        before[*target] += 1;
    }
    let mut free: Vec<usize> = (0..edges.len()).filter(|it| before[*it] == 0).collect();
    let mut left = edges.len();
    while let Some(number) = free.pop() {
        left -= 1;
        for target in &edges[number] {
            before[*target] -= 1;
            if before[*target] == 0 {
                free.push(*target);
            }
        }
    }
    left > 0
}

/// The names in `${…}`, those left out that stand for themselves (`${!Name}`).
pub fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (_, name, after) = split_placeholder(rest)?;
            rest = after;
            if !name.trim_start().starts_with('!') {
                return Some(name.trim());
            }
        }
    })
}

/// What stands before the first `${…}`, in it and after it.
pub(super) fn split_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        at += bytes[at..].iter().position(|it| *it == b'$')?;
        if bytes.get(at + 1) == Some(&b'{') {
            break;
        }
        at += 1;
    }
    let rest = &text[at + 2..];
    let end = rest.bytes().position(|it| it == b'}')?;
    Some((&text[..at], &rest[..end], &rest[end + 1..]))
}

fn is_function(name: &str, section: &str, argument: &Expr) -> bool {
    match name {
        "Ref" => true,
        "Condition" => matches!(section, "Conditions" | "Rules") && argument.as_list().is_none(),
        _ => name.starts_with("Fn::") && !name.starts_with("Fn::ForEach"),
    }
}
