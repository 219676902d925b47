//! The values of a parameter that make a difference.

use std::collections::{BTreeMap, BTreeSet};

use super::formula::{Formula, Side, World, text_of};
use crate::schema;
use crate::value::{Expr, Object};

/// The values to try, for each parameter.
pub(super) type Domains<'a> = BTreeMap<&'a str, Vec<String>>;

/// Parameters that are compared with each other, with all they are compared with.
#[derive(Default)]
struct Group<'a> {
    members: BTreeSet<&'a str>,
    texts: BTreeSet<String>,
    /// Whether more than texts are compared: then no two values are alike.
    all_differ: bool,
}

/// The values to try, for the parameters of these formulas.
pub(super) fn domains<'a>(
    formulas: &'a [&'a Formula],
    world: World<'a>,
    declared: Option<&'a Object>,
) -> Domains<'a> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for formula in formulas {
        formula.comparisons(world, &mut BTreeSet::new(), &mut |texts, sides| {
            let mut group = Group::default();
            group.texts.extend(texts.iter().cloned());
            for side in sides {
                add(side, world, &mut group, &mut groups);
            }
            group.all_differ |= group.members.len() > 1;
            join(&mut groups, group);
        });
    }
    let mut domains = Domains::new();
    for group in &groups {
        // A parameter that takes every value could be given what another one has.
        let mut pool = group.texts.clone();
        for member in &group.members {
            pool.extend(allowed(declaration(declared, member)).into_iter().flatten());
        }
        // As many others as there are parameters, so that all can differ and any two be alike.
        let others: BTreeMap<&str, Vec<String>> = group
            .members
            .iter()
            .map(|it| (*it, declaration(declared, it)))
            .filter(|(_, it)| allowed(*it).is_none())
            .map(|(name, it)| {
                let others = others(it).filter(|it| !pool.contains(it));
                (name, others.take(group.members.len()).collect())
            })
            .collect();
        pool.extend(others.values().flatten().cloned());
        for member in &group.members {
            let mut values = values(declaration(declared, member), group, &pool);
            // Those of its own it takes, even where that cannot be told.
            values.extend(others.get(member).into_iter().flatten().cloned());
            let mut seen = BTreeSet::new();
            values.retain(|it| seen.insert(it.clone()));
            domains.insert(member, values);
        }
    }
    domains
}

fn declaration<'a>(declared: Option<&'a Object>, name: &str) -> Option<&'a Object> {
    declared?.get(name)?.as_object()
}

/// What a side adds to the comparison it stands in; keys of mappings are comparisons of their own.
fn add<'a>(side: &'a Side, world: World<'a>, group: &mut Group<'a>, groups: &mut Vec<Group<'a>>) {
    match side {
        Side::Text(text) => {
            group.texts.insert(text.clone());
        }
        Side::Parameter(name) => {
            group.members.insert(name);
        }
        Side::Mapped { map, first, second } => {
            let rows = world.mappings.and_then(|it| it.get(map)?.as_object());
            let rows = rows.into_iter().flat_map(Object::iter);
            let mut keys = Group::default();
            let mut inner = Group::default();
            for (key, row) in rows {
                keys.texts.insert(key.to_owned());
                for (key, value) in row.as_object().into_iter().flat_map(Object::iter) {
                    inner.texts.insert(key.to_owned());
                    group.texts.extend(text_of(value));
                }
            }
            for (mut keys, key) in [(keys, first), (inner, second)] {
                add(key, world, &mut keys, groups);
                join(groups, keys);
            }
        }
    }
}

/// Puts a group to those that share a parameter with it.
fn join<'a>(groups: &mut Vec<Group<'a>>, mut group: Group<'a>) {
    if group.members.is_empty() {
        return;
    }
    let (related, others): (Vec<_>, Vec<_>) = std::mem::take(groups)
        .into_iter()
        .partition(|it| !it.members.is_disjoint(&group.members));
    *groups = others;
    for it in related {
        group.members.extend(it.members);
        group.texts.extend(it.texts);
        group.all_differ |= it.all_differ;
    }
    groups.push(group);
}

fn allowed(declaration: Option<&Object>) -> Option<Vec<String>> {
    let declaration = declaration?;
    // What such a parameter is given is a name; the value is somewhere else.
    if kind(declaration).starts_with("AWS::SSM::Parameter::Value") {
        return None;
    }
    let values = declaration.get("AllowedValues")?.as_list()?;
    Some(values.iter().filter_map(text_of).collect())
}

fn kind(declaration: &Object) -> &str {
    let kind = declaration.get("Type").and_then(Expr::as_str);
    kind.unwrap_or_default()
}

/// Of values that nothing tells apart, one is enough.
fn values(declaration: Option<&Object>, group: &Group<'_>, pool: &BTreeSet<String>) -> Vec<String> {
    if let Some(allowed) = allowed(declaration) {
        let taken: Vec<String> = allowed
            .into_iter()
            .filter(|it| takes(declaration, it))
            .collect();
        if group.all_differ {
            return taken;
        }
        let (mut told, others): (Vec<String>, Vec<String>) =
            taken.into_iter().partition(|it| group.texts.contains(it));
        told.extend(others.into_iter().next());
        return told;
    }
    let taken = pool.iter().filter(|it| takes(declaration, it));
    taken.cloned().collect()
}

/// Values that are compared with nothing.
fn others(declaration: Option<&Object>) -> Box<dyn Iterator<Item = String>> {
    let Some(declaration) = declaration else {
        return Box::new((1_u64..).map(|n| format!("other-{n}")));
    };
    if kind(declaration) == "Number" {
        let (least, most) = (
            bound(declaration, "MinValue"),
            bound(declaration, "MaxValue"),
        );
        let least = least.unwrap_or_else(|| most.map_or(0, |it| it.saturating_sub(1000)));
        let most = most.unwrap_or(i64::MAX);
        return Box::new((least..=most).map(|it| it.to_string()));
    }
    if kind(declaration).starts_with("AWS::SSM::Parameter::Value") {
        return Box::new((1_u64..).map(|n| format!("other-{n}")));
    }
    let fits = |form: &&str| {
        let mut first = numbered(form).take(2);
        first.all(|it| takes(Some(declaration), &it))
    };
    // A pattern or length that none of these fits is taken to let others through.
    let form = FORMS.into_iter().find(fits).unwrap_or(FORMS[0]);
    Box::new(numbered(form))
}

/// Forms of values that nobody compares with; `#` is a number, `@` a letter.
const FORMS: [&str; 9] = [
    "other-#",
    "other#",
    "other@",
    "OTHER@",
    "/other/#",
    "other#.example",
    "#",
    "10000000000#",
    "0.0.0.#",
];

fn numbered(form: &str) -> impl Iterator<Item = String> + use<> {
    let form = form.to_owned();
    (1_u64..).map(move |n| {
        let letters = "a".repeat(usize::try_from(n).unwrap_or(1));
        form.replace('#', &n.to_string()).replace(
            '@',
            &if form.starts_with('O') {
                letters.to_uppercase()
            } else {
                letters
            },
        )
    })
}

fn bound(declaration: &Object, name: &str) -> Option<i64> {
    match declaration.get(name)? {
        Expr::Int(it) => Some(*it),
        Expr::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Whether a parameter takes a value, as far as its declaration says.
fn takes(declaration: Option<&Object>, value: &str) -> bool {
    let Some(declaration) = declaration else {
        return true;
    };
    let kind = kind(declaration);
    if kind.starts_with("AWS::SSM::Parameter::Value") {
        return true;
    }
    if kind == "Number" {
        let Ok(number) = value.parse::<f64>() else {
            return false;
        };
        let bound = |name: &str| bound(declaration, name).map(|it| it as f64);
        return bound("MinValue").is_none_or(|it| number >= it)
            && bound("MaxValue").is_none_or(|it| number <= it);
    }
    let length = value.chars().count() as i64;
    let pattern = declaration.get("AllowedPattern").and_then(Expr::as_str);
    bound(declaration, "MinLength").is_none_or(|it| length >= it)
        && bound(declaration, "MaxLength").is_none_or(|it| length <= it)
        && pattern.is_none_or(|it| schema::matches_wholly(it, value).unwrap_or(true))
}
