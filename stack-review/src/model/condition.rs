//! What conditions say when parameters are given.

use std::borrow::Cow;

use stack_core::{Expr, Object};

use super::calls::placeholders;
use super::estate::StackInput;
use super::index::ByName;
use super::world::{OTHER, text};

/// Parameters, pseudo parameters among them, that are known.
pub(super) type Assignment<'a> = ByName<'a, Cow<'a, str>>;

/// The same, with some of them given something else.
#[derive(Clone, Copy)]
pub(super) struct Given<'d, 'a> {
    pub(super) defaults: &'d Assignment<'a>,
    /// Number, name and value.
    pub(super) changes: &'d [(usize, &'a str, &'d Cow<'a, str>)],
}

impl<'d, 'a> Given<'d, 'a> {
    fn get(self, name: &str) -> Option<&'d Cow<'a, str>> {
        let changed = self.changes.iter().find(|it| it.1 == name);
        changed.map_or_else(|| self.defaults.get(name), |it| Some(it.2))
    }
}

/// Every condition, in the order of their names. What cannot be known counts as false: the world may
/// be missed, and no other one is made up, for a comparison with what is not known can always be
/// false. Where `before` says what they were and nothing that they depend on has changed since, they
/// are still that.
pub(super) fn decide<'a>(
    input: &StackInput<'a>,
    conditions: &'a Object,
    parameters: Given<'_, 'a>,
    before: Option<(&[bool], impl Fn(usize) -> bool)>,
) -> Vec<bool> {
    let decision = Decision {
        input,
        conditions,
        parameters,
    };
    let all = conditions.iter().enumerate();
    all.map(|(number, (_, it))| match &before {
        Some((before, has_changed)) if !has_changed(number) => before[number],
        _ => decision.truth(it, 0).unwrap_or(false),
    })
    .collect()
}

/// For each condition, the parameters that it may depend on, itself or through others: all whose
/// names stand in it. The bits are those that `parameter` gives.
pub(super) fn dependencies(
    conditions: &Object,
    parameter: &impl Fn(&str) -> Option<u32>,
) -> Vec<u64> {
    let names: Vec<&str> = conditions.keys().collect();
    let mut masks = vec![0; names.len()];
    let mut others: Vec<Vec<usize>> = vec![Vec::new(); names.len()];
    for (number, (_, it)) in conditions.iter().enumerate() {
        it.each(&mut |it| {
            let Some(text) = it.as_str() else { return };
            for name in std::iter::once(text).chain(placeholders(text)) {
                masks[number] |= parameter(name).map_or(0, |it| 1 << (it % 64));
                others[number].extend(names.binary_search(&name).ok());
            }
        });
    }
    // Conditions are made of others, those of others in turn.
    let mut grows = true;
    while grows {
        grows = false;
        for number in 0..names.len() {
            let all = others[number].iter().map(|it| masks[*it]);
            let mask = all.fold(masks[number], |all, it| all | it);
            grows |= mask != masks[number];
            masks[number] = mask;
        }
    }
    masks
}

/// Whether the assertions of the template's `Rules` take these parameters, as far as that is known.
pub(super) fn rules_hold<'a>(
    input: &StackInput<'a>,
    conditions: &'a Object,
    parameters: Given<'_, 'a>,
) -> bool {
    let Some(rules) = input.template.section("Rules") else {
        return true;
    };
    let decision = Decision {
        input,
        conditions,
        parameters,
    };
    rules.iter().filter_map(|it| it.1.as_object()).all(|rule| {
        let applies = rule.get("RuleCondition");
        if applies.is_some_and(|it| decision.truth(it, 0) != Some(true)) {
            return true;
        }
        let assertions = rule.get("Assertions").and_then(Expr::as_list);
        assertions.into_iter().flatten().all(|it| {
            let assert = it.as_object().and_then(|it| it.get("Assert"));
            assert.and_then(|it| decision.truth(it, 0)) != Some(false)
        })
    })
}

struct Decision<'d, 'a> {
    input: &'d StackInput<'a>,
    conditions: &'a Object,
    parameters: Given<'d, 'a>,
}

/// Deeper than templates go: conditions that mention each other in a circle.
const DEPTH: u32 = 64;

impl<'a> Decision<'_, 'a> {
    fn truth(&self, expr: &'a Expr, depth: u32) -> Option<bool> {
        if depth > DEPTH {
            return None;
        }
        if let Expr::Object(object) = expr
            && let Some(("Condition", name)) = object.only()
        {
            let named = self.conditions.get(name.as_str()?)?;
            return self.truth(named, depth + 1);
        }
        let (name, argument) = expr.intrinsic()?;
        let arguments = argument.as_list()?;
        let mut each = arguments.iter().map(|it| self.truth(it, depth + 1));
        match name {
            "Fn::And" => each.try_fold(true, |all, it| Some(all && it?)),
            "Fn::Or" => each.try_fold(false, |any, it| Some(any || it?)),
            "Fn::Not" => each.next()?.map(|it| !it),
            "Fn::Contains" => match arguments {
                [Expr::List(all), one] => {
                    let one = self.scalar(one, depth + 1)?;
                    Some(all.iter().any(|it| text(it).is_some_and(|it| it == one)))
                }
                _ => None,
            },
            "Fn::Equals" => match arguments {
                [a, b] => self.equals(a, b, depth),
                _ => None,
            },
            _ => None,
        }
    }

    fn equals(&self, a: &'a Expr, b: &'a Expr, depth: u32) -> Option<bool> {
        match (self.scalar(a, depth + 1), self.scalar(b, depth + 1)) {
            // Two that both stand for others need not be the same.
            (Some(a), Some(b)) if a == OTHER || b == OTHER => Some(false),
            (Some(a), Some(b)) => Some(a == b),
            _ if a == b => Some(true),
            // Not known: it can be something else.
            _ => Some(false),
        }
    }

    /// What a side of a comparison is, when it is known.
    fn scalar(&self, expr: &'a Expr, depth: u32) -> Option<Cow<'a, str>> {
        if depth > DEPTH {
            return None;
        }
        if let Some(text) = text(expr) {
            return (!text.contains("{{resolve:")).then_some(text);
        }
        match expr.intrinsic()? {
            ("Ref", name) => self.parameters.get(name.as_str()?).cloned(),
            ("Fn::FindInMap", Expr::List(keys)) => {
                let [map, first, second] = keys.as_slice() else {
                    return None;
                };
                let key = |it| self.scalar(it, depth + 1);
                let maps = self.input.template.section("Mappings")?;
                let map = maps.get(&key(map)?)?.as_object()?;
                text(map.get(&key(first)?)?.as_object()?.get(&key(second)?)?)
            }
            ("Fn::Join", Expr::List(parts)) => {
                let [delimiter, items] = parts.as_slice() else {
                    return None;
                };
                let items = self.items(items, depth + 1)?;
                match items.as_slice() {
                    [only] if only == OTHER => Some(only.clone()),
                    items if items.iter().any(|it| it == OTHER) => None,
                    items => Some(Cow::Owned(items.join(delimiter.as_str()?))),
                }
            }
            ("Fn::Select", Expr::List(parts)) => {
                let [index, items] = parts.as_slice() else {
                    return None;
                };
                let index: usize = self.scalar(index, depth + 1)?.parse().ok()?;
                let items = self.items(items, depth + 1)?;
                match items.as_slice() {
                    [only] if only == OTHER => Some(only.clone()),
                    items => items.get(index).cloned(),
                }
            }
            ("Fn::Sub", Expr::String(text)) if !text.contains("${") => Some(text.clone()),
            ("Fn::Sub", Expr::String(text)) => {
                let name = text.strip_prefix("${")?.strip_suffix('}')?;
                self.parameters.get(name).cloned()
            }
            _ => None,
        }
    }

    /// The items of a list, when they are known.
    fn items(&self, expr: &'a Expr, depth: u32) -> Option<Vec<Cow<'a, str>>> {
        if depth > DEPTH {
            return None;
        }
        if let Expr::List(items) = expr {
            return items.iter().map(|it| self.scalar(it, depth + 1)).collect();
        }
        let (delimiter, text) = match expr.intrinsic()? {
            ("Fn::Split", Expr::List(parts)) => match parts.as_slice() {
                [delimiter, text] => (delimiter.as_str()?, self.scalar(text, depth + 1)?),
                _ => return None,
            },
            // A parameter that is a list: its text has commas.
            ("Ref", _) => (",", self.scalar(expr, depth + 1)?),
            _ => return None,
        };
        if text == OTHER || delimiter.is_empty() {
            return Some(vec![text]);
        }
        let items = text.split(delimiter);
        Some(items.map(|it| Cow::Owned(it.trim().to_owned())).collect())
    }
}
