//! Whether two values are the same at deployment: yes, no, or it depends.

use stack_core::schema::Holds;

use super::node::{Node, Symbol};

/// Whether two values are the same at deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Same,
    Differs,
    /// That depends; in words that can follow a comma: `if …`, `unless …`, `where …`, `depending on …`.
    Perhaps(String),
}

const DIFFERS: Verdict = Verdict::Differs;

/// Compares two values; `holds` is what their property holds.
pub(super) fn verdict(old: &Node<'_>, new: &Node<'_>, holds: Option<Holds>) -> Verdict {
    if old == new {
        return Verdict::Same;
    }
    match (old, new) {
        (Node::Text(a), Node::Text(b)) => {
            let same = match holds {
                Some(Holds::Integer | Holds::Number) => {
                    matches!((a.parse::<f64>(), b.parse::<f64>()), (Ok(a), Ok(b)) if a == b)
                }
                Some(Holds::Boolean) => a.eq_ignore_ascii_case(b),
                _ => false,
            };
            if same {
                Verdict::Same
            } else {
                Verdict::Differs
            }
        }
        // Both arms, against the other side.
        (Node::Choice(a), Node::Choice(b)) if a.condition == b.condition => either(
            [
                verdict(&a.then, &b.then, holds),
                verdict(&a.otherwise, &b.otherwise, holds),
            ],
            &a.condition,
        ),
        (Node::Choice(a), Node::Choice(b)) => {
            let arms = [&a.then, &a.otherwise];
            let differ = |it: &&Node<'_>| {
                [&b.then, &b.otherwise].map(|other| verdict(it, other, holds)) == [DIFFERS; 2]
            };
            match arms.iter().all(differ) {
                true => Verdict::Differs,
                false => Verdict::Perhaps(format!(
                    "as the condition changes from {} to {}",
                    a.condition.shown(),
                    b.condition.shown()
                )),
            }
        }
        (Node::Choice(a), other) => either(
            [
                verdict(&a.then, other, holds),
                verdict(&a.otherwise, other, holds),
            ],
            &a.condition,
        ),
        (other, Node::Choice(b)) => either(
            [
                verdict(other, &b.then, holds),
                verdict(other, &b.otherwise, holds),
            ],
            &b.condition,
        ),
        (Node::Absent, _) | (_, Node::Absent) => Verdict::Differs,
        (Node::Lookup(a), Node::Lookup(b)) if a.key == b.key && a.second == b.second => {
            let changed = a.entries.iter().filter(|(key, value)| {
                b.entries.iter().find(|it| it.0 == *key).map(|it| &it.1) != Some(value)
            });
            let changed: Vec<&str> = changed.map(|it| it.0.as_ref()).collect();
            if changed.len() == a.entries.len() && a.second.text().is_some() {
                return Verdict::Differs;
            }
            let key = a.key.shown();
            match changed.as_slice() {
                [] => Verdict::Same,
                [one] => Verdict::Perhaps(format!("if {key} is {one}")),
                [some @ .., last] if some.len() < 4 => {
                    Verdict::Perhaps(format!("if {key} is {} or {last}", some.join(", ")))
                }
                some => Verdict::Perhaps(format!(
                    "if {key} is {} or one of {} more",
                    some[..3].join(", "),
                    some.len() - 3
                )),
            }
        }
        (Node::Symbol(a), Node::Symbol(b)) => symbols(a, b),
        (Node::Call(f, a), Node::Call(g, b)) if f == g && is_injective(f) => verdict(a, b, None),
        (Node::Joined(_) | Node::Text(_), Node::Joined(_) | Node::Text(_)) => joined(old, new),
        (Node::List(_) | Node::Map(_), Node::List(_) | Node::Map(_) | Node::Text(_))
        | (Node::Text(_), Node::List(_) | Node::Map(_)) => Verdict::Differs,
        (a, b) => depends(a, b),
    }
}

fn is_injective(function: &str) -> bool {
    matches!(
        function,
        "Fn::Base64" | "Fn::ToJsonString" | "Fn::ImportValue" | "ssm"
    )
}

fn either(arms: [Verdict; 2], condition: &Node<'_>) -> Verdict {
    let shown = || condition.shown();
    match arms {
        [Verdict::Same, Verdict::Same] => Verdict::Same,
        [Verdict::Differs, Verdict::Differs] => Verdict::Differs,
        [Verdict::Differs, Verdict::Same] => Verdict::Perhaps(format!("if {}", shown())),
        [Verdict::Same, Verdict::Differs] => Verdict::Perhaps(format!("unless {}", shown())),
        [Verdict::Perhaps(why), _] | [_, Verdict::Perhaps(why)] => Verdict::Perhaps(why),
    }
}

fn symbols(old: &Symbol<'_>, new: &Symbol<'_>) -> Verdict {
    match (old, new) {
        // Two resources have two ids.
        (Symbol::Resource(a, x), Symbol::Resource(b, y)) if x == y && a != b => Verdict::Differs,
        (Symbol::Secret(a, _), Symbol::Secret(b, _)) if a == b => Verdict::Differs,
        (Symbol::Default(a, _), Symbol::Default(b, _)) if a == b => {
            Verdict::Perhaps(format!("where `{a}` takes its default"))
        }
        (old, new) => depends(&Node::Symbol(old.clone()), &Node::Symbol(new.clone())),
    }
}

/// Two values of which at least one is only known at deployment.
fn depends(old: &Node<'_>, new: &Node<'_>) -> Verdict {
    let (unknown, known) = match old.text() {
        Some(_) => (new, old),
        None => (old, new),
    };
    let mut first = None;
    unknown.symbols(&mut |it| {
        first.get_or_insert_with(|| Node::Symbol(it.clone()));
    });
    let name = |it: &Node<'_>| match it {
        Node::Symbol(Symbol::Default(name, _)) => format!("`{name}`"),
        other => other.shown(),
    };
    Verdict::Perhaps(match (unknown, known.text()) {
        (Node::Symbol(Symbol::Default(_, value)), Some(known)) if value == known => {
            format!("unless {} is {known}, its default", name(unknown))
        }
        (Node::Symbol(_), Some(known)) if known.len() < 40 => {
            format!("unless {} is {known}", name(unknown))
        }
        (Node::Symbol(_), _) => format!("unless {} comes to the same", name(unknown)),
        // Of what is made of several, the first that is not known.
        (other, _) => format!("depending on {}", name(first.as_ref().unwrap_or(other))),
    })
}

/// Texts that are put together: what they begin and end with tells many apart.
fn joined(old: &Node<'_>, new: &Node<'_>) -> Verdict {
    fn pieces<'n, 'a>(node: &'n Node<'a>) -> &'n [Node<'a>] {
        match node {
            Node::Joined(pieces) => pieces,
            other => std::slice::from_ref(other),
        }
    }
    let (mut a, mut b) = (pieces(old), pieces(new));
    while let ([x, more @ ..], [y, rest @ ..]) = (a, b)
        && x == y
    {
        (a, b) = (more, rest);
    }
    while let ([more @ .., x], [rest @ .., y]) = (a, b)
        && x == y
    {
        (a, b) = (more, rest);
    }
    let ends = |first: &dyn Fn(&str, &str) -> bool, x: Option<&Node<'_>>, y: Option<&Node<'_>>| {
        let (x, y) = (x.and_then(Node::text), y.and_then(Node::text));
        matches!((x, y), (Some(x), Some(y)) if !first(x, y) && !first(y, x))
    };
    let before = ends(&|x, y| x.starts_with(y), a.first(), b.first());
    let after = ends(&|x, y| x.ends_with(y), a.last(), b.last());
    if before || after {
        return Verdict::Differs;
    }
    match (a, b) {
        ([x], [y]) => verdict(x, y, None),
        // One has more text than the other, all else being the same.
        ([], rest) | (rest, []) => match rest.iter().any(|it| it.text().is_some()) {
            true => Verdict::Differs,
            false => depends(&rest[0], &Node::Absent),
        },
        // The same pieces, one of them other texts.
        (a, b) if a.len() == b.len() => {
            let perhaps = a
                .iter()
                .zip(b)
                .find_map(|(x, y)| match verdict(x, y, None) {
                    Verdict::Perhaps(why) => Some(why),
                    _ => None,
                });
            perhaps.map_or(Verdict::Differs, Verdict::Perhaps)
        }
        (a, b) => {
            let unknown = b.iter().chain(a).find(|it| it.text().is_none());
            unknown.map_or(Verdict::Differs, |it| depends(it, &Node::Absent))
        }
    }
}
