//! [`Call`]: every use of an intrinsic function in a template, found in one walk.

use stack_core::{Expr, Object, Template};

use super::entry::Entry;
use super::index::Index;

/// The part of a template that something stands in: `Resources`, `Api`, `Properties`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
        // Most resources refer to one or two others.
        let mut walk = Walk {
            calls: Calls {
                all: Vec::with_capacity(2 * resources.len()),
                mentions: Vec::with_capacity(2 * resources.len()),
                braced: Vec::with_capacity(resources.len()),
                ..Calls::default()
            },
            owner: Owner::default(),
            outer: None,
            guard: None,
        };
        for section in SECTIONS {
            let entries = template.section(section).into_iter().flat_map(Object::iter);
            for (id, entry) in entries {
                walk.owner = Owner {
                    section,
                    id,
                    part: "",
                };
                match entry {
                    Expr::Object(parts)
                        if section == "Resources" && entry.intrinsic().is_none() =>
                    {
                        for (part, expr) in parts.iter() {
                            walk.owner.part = part;
                            walk.expr(expr, part);
                        }
                    }
                    _ => walk.expr(entry, id),
                }
            }
        }
        let mut calls = walk.calls;
        calls.resolve(resources, by_id);
        calls
    }

    /// Finds the resources that are meant.
    fn resolve(&mut self, resources: &[Entry<'a>], by_id: &Index<'a>) {
        let mut edges = Vec::with_capacity(self.mentions.len());
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
                    edges.push((*owner, target));
                }
            }
        }
        for (number, resource) in resources.iter().enumerate() {
            let before = resource.depends_on();
            edges.extend(before.filter_map(|it| Some((number, *by_id.get(it)?))));
        }
        self.may_go_round = goes_round(resources.len(), &edges);
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
}

/// The way through a template.
struct Walk<'a> {
    /// What was found so far.
    calls: Calls<'a>,
    /// What it is in.
    owner: Owner<'a>,
    /// The call it is in.
    outer: Option<usize>,
    /// The arm of an `Fn::If` it is in.
    guard: Option<usize>,
}

impl<'a> Walk<'a> {
    /// An expression, and the last field on the way to it.
    fn expr(&mut self, expr: &'a Expr, field: &'a str) {
        match expr {
            Expr::List(items) => {
                for it in items {
                    self.expr(it, field);
                }
            }
            Expr::Object(object) => match object.only() {
                Some((name, argument)) if is_function(name, self.owner.section, argument) => {
                    self.call(name, argument, expr, field);
                }
                _ => {
                    for (name, it) in object.iter() {
                        self.expr(it, name);
                    }
                }
            },
            Expr::String(text) | Expr::Dynamic(text) if has_brace(text.as_bytes()) => {
                self.calls.braced.push(Braced {
                    text,
                    expr,
                    owner: self.owner,
                    outer: self.outer,
                    field,
                });
            }
            _ => (),
        }
    }

    /// What is in a call.
    fn within(&mut self, call: usize, expr: &'a Expr, field: &'a str) {
        let outer = self.outer.replace(call);
        self.expr(expr, field);
        self.outer = outer;
    }

    fn call(&mut self, name: &'a str, argument: &'a Expr, expr: &'a Expr, field: &'a str) {
        let number = self.calls.all.len();
        self.calls.all.push(Call {
            name,
            argument,
            expr,
            owner: self.owner,
            outer: self.outer,
            field,
            guard: self.guard,
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
                        self.within(number, it, field);
                    }
                }
            }
            ("Fn::If", Expr::List(parts)) => {
                let condition = parts.first().and_then(Expr::as_str);
                let outer = self.guard;
                for (n, arm) in parts.iter().enumerate().skip(1) {
                    if let Some(condition) = condition {
                        self.guard = Some(self.calls.guards.len());
                        self.calls.guards.push(Guard {
                            condition,
                            holds: n == 1,
                            outer,
                        });
                    }
                    self.expr(arm, field);
                }
                self.guard = outer;
                if let Some(first @ Expr::Object(_)) = parts.first() {
                    self.within(number, first, field);
                }
            }
            ("Fn::Sub", Expr::String(text)) => {
                self.placeholders(number, text, None);
                self.within(number, argument, field);
            }
            ("Fn::Sub", Expr::List(parts)) => {
                let variables = parts.get(1).and_then(Expr::as_object);
                if let Some(text) = parts.first().and_then(Expr::as_str) {
                    self.placeholders(number, text, variables);
                }
                self.within(number, argument, field);
            }
            _ => self.within(number, argument, field),
        }
    }

    fn mention(&mut self, call: usize, id: &'a str, attribute: Option<&'a str>) {
        self.calls.mentions.push(Mention {
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

/// Whether there is a `{`, which most texts have not: many letters are looked at at once, some
/// twice.
fn has_brace(text: &[u8]) -> bool {
    fn among<const N: usize>(some: &[u8; N]) -> bool {
        some.iter().fold(false, |found, it| found | (*it == b'{'))
    }
    if let Some(last) = text.last_chunk::<16>() {
        return among(last) || text.as_chunks::<16>().0.iter().any(among);
    }
    match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(first), Some(last)) => among(first) || among(last),
        _ => text.contains(&b'{'),
    }
}

/// Whether there is a circle among so many: what is left when all that leads nowhere is taken away.
/// An edge leads from the first of its numbers to the second.
fn goes_round(count: usize, edges: &[(usize, usize)]) -> bool {
    // How many lead to each, and where the targets of those that lead from it begin.
    let mut before = vec![0; count];
    let mut begin = vec![0; count + 1];
    for (from, to) in edges {
        before[*to] += 1;
        begin[from + 1] += 1;
    }
    for number in 0..count {
        begin[number + 1] += begin[number];
    }
    let mut next = begin.clone();
    let mut targets = vec![0; edges.len()];
    for (from, to) in edges {
        targets[next[*from]] = *to;
        next[*from] += 1;
    }
    let mut free: Vec<usize> = (0..count).filter(|it| before[*it] == 0).collect();
    let mut left = count;
    while let Some(number) = free.pop() {
        left -= 1;
        for target in &targets[begin[number]..begin[number + 1]] {
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
