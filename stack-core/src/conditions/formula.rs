//! What a condition says: comparisons, and, or, not.

use std::collections::{BTreeMap, BTreeSet};

use crate::problem::Problem;
use crate::value::{Expr, Object};

/// A condition, or what a rule asserts.
#[derive(Clone, Debug)]
pub(super) enum Formula {
    Equals(Side, Side),
    Contains(Vec<String>, Side),
    All(Vec<Formula>),
    Any(Vec<Formula>),
    Not(Box<Formula>),
    Named(String),
}

/// One side of a comparison.
#[derive(Clone, Debug)]
pub(super) enum Side {
    Text(String),
    Parameter(String),
    Mapped {
        map: String,
        first: Box<Side>,
        second: Box<Side>,
    },
}

/// Values of parameters.
pub(super) type Arguments = BTreeMap<String, String>;

/// What formulas refer to.
#[derive(Clone, Copy)]
pub(super) struct World<'a> {
    pub(super) conditions: &'a BTreeMap<String, Formula>,
    pub(super) mappings: Option<&'a Object>,
}

/// Text as CloudFormation compares it.
pub(super) fn text_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::String(text) => Some(text.clone().into_owned()),
        Expr::Int(number) => Some(number.to_string()),
        Expr::Bool(it) => Some(it.to_string()),
        Expr::Decimal(digits) => Some(digits.clone().into_owned()),
        _ => None,
    }
}

impl Formula {
    /// Reads a condition; `place` is where it stands.
    pub(super) fn read(expr: &Expr, place: &str) -> Result<Formula, Problem> {
        let unknown = || refuse(place, "is no condition that can be taken apart");
        let (name, argument) = expr
            .as_object()
            .and_then(Object::only)
            .ok_or_else(unknown)?;
        let items = || argument.as_list().ok_or_else(unknown);
        let each = || -> Result<Vec<Formula>, Problem> {
            let items = items()?.iter();
            items.map(|it| Formula::read(it, place)).collect()
        };
        Ok(match name {
            "Condition" => Formula::Named(argument.as_str().ok_or_else(unknown)?.to_owned()),
            "Fn::And" => Formula::All(each()?),
            "Fn::Or" => Formula::Any(each()?),
            "Fn::Not" => Formula::Not(Box::new(match items()? {
                [one] => Formula::read(one, place)?,
                _ => return Err(unknown()),
            })),
            "Fn::Equals" => match items()? {
                [one, other] => Formula::Equals(Side::read(one, place)?, Side::read(other, place)?),
                _ => return Err(unknown()),
            },
            "Fn::Contains" => match items()? {
                [Expr::List(texts), side] => {
                    let texts: Option<Vec<String>> = texts.iter().map(text_of).collect();
                    Formula::Contains(texts.ok_or_else(unknown)?, Side::read(side, place)?)
                }
                _ => return Err(unknown()),
            },
            other => {
                return Err(refuse(
                    place,
                    &format!("uses `{other}`, which is only known at deployment"),
                ));
            }
        })
    }

    /// Calls `visit` on each side of each comparison, those of conditions it names included.
    pub(super) fn comparisons<'f>(
        &'f self,
        world: World<'f>,
        seen: &mut BTreeSet<&'f str>,
        visit: &mut dyn FnMut(&'f [String], &[&'f Side]),
    ) {
        match self {
            Formula::Equals(one, other) => visit(&[], &[one, other]),
            Formula::Contains(texts, side) => visit(texts, &[side]),
            Formula::All(inner) | Formula::Any(inner) => {
                for it in inner {
                    it.comparisons(world, seen, visit);
                }
            }
            Formula::Not(inner) => inner.comparisons(world, seen, visit),
            Formula::Named(name) => {
                if let Some((name, it)) = world.conditions.get_key_value(name)
                    && seen.insert(name)
                {
                    it.comparisons(world, seen, visit);
                }
            }
        }
    }

    /// Whether it is true; `None` when a mapping has no such key, so that nothing can be deployed.
    pub(super) fn holds(&self, world: World<'_>, arguments: &Arguments) -> Option<bool> {
        let all = |inner: &[Formula]| -> Option<Vec<bool>> {
            inner.iter().map(|it| it.holds(world, arguments)).collect()
        };
        Some(match self {
            Formula::Equals(one, other) => {
                one.value(world, arguments)? == other.value(world, arguments)?
            }
            Formula::Contains(texts, side) => {
                let value = side.value(world, arguments)?;
                texts.contains(&value)
            }
            Formula::All(inner) => all(inner)?.into_iter().all(|it| it),
            Formula::Any(inner) => all(inner)?.into_iter().any(|it| it),
            Formula::Not(inner) => !inner.holds(world, arguments)?,
            Formula::Named(name) => world.conditions.get(name)?.holds(world, arguments)?,
        })
    }

    /// The conditions it names.
    pub(super) fn named<'f>(&'f self, found: &mut BTreeSet<&'f str>) {
        match self {
            Formula::All(inner) | Formula::Any(inner) => {
                inner.iter().for_each(|it| it.named(found));
            }
            Formula::Not(inner) => inner.named(found),
            Formula::Named(name) => {
                found.insert(name);
            }
            Formula::Equals(..) | Formula::Contains(..) => {}
        }
    }
}

impl Side {
    fn read(expr: &Expr, place: &str) -> Result<Side, Problem> {
        if let Some(text) = text_of(expr) {
            return Ok(Side::Text(text));
        }
        let unknown = || refuse(place, "compares what is only known at deployment");
        match expr.intrinsic().ok_or_else(unknown)? {
            ("Ref", Expr::String(name)) => Ok(Side::Parameter(name.clone().into_owned())),
            ("Fn::FindInMap", Expr::List(parts)) => match parts.as_slice() {
                [Expr::String(map), first, second] => Ok(Side::Mapped {
                    map: map.clone().into_owned(),
                    first: Box::new(Side::read(first, place)?),
                    second: Box::new(Side::read(second, place)?),
                }),
                _ => Err(unknown()),
            },
            _ => Err(unknown()),
        }
    }

    fn value(&self, world: World<'_>, arguments: &Arguments) -> Option<String> {
        match self {
            Side::Text(text) => Some(text.clone()),
            Side::Parameter(name) => arguments.get(name).cloned(),
            Side::Mapped { map, first, second } => {
                let row = world.mappings?.get(map)?.as_object()?;
                let row = row.get(&first.value(world, arguments)?)?.as_object()?;
                text_of(row.get(&second.value(world, arguments)?)?)
            }
        }
    }

    /// The parameters in it, those of keys included.
    pub(super) fn parameters<'s>(&'s self, found: &mut BTreeSet<&'s str>) {
        match self {
            Side::Text(_) => {}
            Side::Parameter(name) => {
                found.insert(name);
            }
            Side::Mapped { first, second, .. } => {
                first.parameters(found);
                second.parameters(found);
            }
        }
    }
}

pub(super) fn refuse(place: &str, why: &str) -> Problem {
    Problem::error("conditions", format!("`{place}` {why}"))
        .at(place.to_owned())
        .help("conditions are enumerated where they compare parameters, pseudo parameters, mappings and text")
}
