//! Every combination of conditions that some arguments bring about.

use std::collections::{BTreeMap, BTreeSet};

use super::Combination;
use super::domain::{Domains, domains};
use super::formula::{Arguments, Formula, World, refuse};
use crate::problem::Problem;
use crate::template::Template;
use crate::value::{Expr, Object};

/// The most combinations there may be.
const MOST_COMBINATIONS: usize = 1 << 12;
/// The most arguments that are tried for conditions that depend on each other.
const MOST_ARGUMENTS: usize = 1 << 16;

/// Every combination of the template's conditions that some arguments bring about, those with the
/// first conditions false before those with them true. Rules are looked at: what they refuse, is
/// not there. A template without conditions has one combination, the empty one; one whose rules
/// nothing fulfils has none.
///
/// Where a parameter has a pattern, it is taken to let a value through that nothing is compared with.
///
/// # Errors
/// Conditions and rules that compare what is only known at deployment, that refer to each other in
/// a circle or to nothing; more than 4,096 combinations, or more than 65,536 arguments to
/// try for conditions that depend on each other.
pub fn combinations(template: &Template) -> Result<Vec<Combination>, Problem> {
    let conditions = conditions(template)?;
    let rules = rules(template)?;
    let world = World {
        conditions: &conditions,
        mappings: template.section("Mappings"),
    };
    check_names(world, &rules)?;
    let formulas: Vec<&Formula> = conditions.values().chain(&rules).collect();
    let domains = domains(&formulas, world, template.section("Parameters"));
    let parts = parts(world, &rules);
    let mut found = vec![Combination {
        conditions: BTreeMap::new(),
        arguments: BTreeMap::new(),
    }];
    for part in &parts {
        let of_part = part.combinations(world, &domains)?;
        if found.len() * of_part.len() > MOST_COMBINATIONS {
            let message = format!(
                "more than {MOST_COMBINATIONS} combinations of {} conditions",
                conditions.len()
            );
            return Err(Problem::error("conditions", message)
                .at("Conditions")
                .help("let conditions depend on each other, as on one parameter `Stage`, or split the stack"));
        }
        if part.conditions.is_empty() {
            // Rules of other parameters: all that counts is that something fulfils them.
            found.truncate(found.len() * of_part.len().min(1));
            continue;
        }
        found = found
            .iter()
            .flat_map(|one| of_part.iter().map(|other| one.with(other)))
            .collect();
    }
    found.sort_by(|one, other| one.conditions.values().cmp(other.conditions.values()));
    Ok(found)
}

impl Combination {
    fn with(&self, other: &Combination) -> Combination {
        let mut both = self.clone();
        both.conditions.extend(other.conditions.clone());
        both.arguments.extend(other.arguments.clone());
        both
    }
}

fn conditions(template: &Template) -> Result<BTreeMap<String, Formula>, Problem> {
    let section = template.section("Conditions");
    let section = section.into_iter().flat_map(Object::iter);
    section
        .map(|(name, body)| {
            let formula = Formula::read(body, &format!("Conditions.{name}"))?;
            Ok((name.to_owned(), formula))
        })
        .collect()
}

/// A rule asks for its assertions, where its condition holds.
fn rules(template: &Template) -> Result<Vec<Formula>, Problem> {
    let mut rules = Vec::new();
    let section = template.section("Rules");
    for (name, rule) in section.into_iter().flat_map(Object::iter) {
        let place = format!("Rules.{name}");
        let rule = rule.as_object();
        let asserted = rule.and_then(|it| it.get("Assertions")?.as_list());
        let asserted = asserted.unwrap_or_default().iter();
        let asserted: Result<Vec<Formula>, Problem> = asserted
            .map(|it| {
                let it = it.as_object().and_then(|it| it.get("Assert"));
                Formula::read(it.unwrap_or(&Expr::Null), &place)
            })
            .collect();
        let asserted = Formula::All(asserted?);
        rules.push(match rule.and_then(|it| it.get("RuleCondition")) {
            None => asserted,
            Some(when) => {
                let not = Formula::Not(Box::new(Formula::read(when, &place)?));
                Formula::Any(vec![not, asserted])
            }
        });
    }
    Ok(rules)
}

/// Every name is one of a condition, and no condition is its own.
fn check_names(world: World<'_>, rules: &[Formula]) -> Result<(), Problem> {
    fn below<'f>(
        world: World<'f>,
        name: &'f str,
        path: &mut Vec<&'f str>,
        done: &mut BTreeSet<&'f str>,
    ) -> Result<(), Problem> {
        if done.contains(name) {
            return Ok(());
        }
        if path.contains(&name) {
            return Err(refuse(&format!("Conditions.{name}"), "refers to itself"));
        }
        let Some(formula) = world.conditions.get(name) else {
            return Err(refuse(
                &format!("Conditions.{name}"),
                "is referred to and is not there",
            ));
        };
        path.push(name);
        let mut named = BTreeSet::new();
        formula.named(&mut named);
        for it in named {
            below(world, it, path, done)?;
        }
        path.pop();
        done.insert(name);
        Ok(())
    }
    let mut done = BTreeSet::new();
    let mut named: BTreeSet<&str> = world.conditions.keys().map(String::as_str).collect();
    rules.iter().for_each(|it| it.named(&mut named));
    named
        .into_iter()
        .try_for_each(|it| below(world, it, &mut Vec::new(), &mut done))
}

/// Conditions and rules that depend on the same parameters, or on none.
#[derive(Default)]
struct Part<'a> {
    parameters: BTreeSet<&'a str>,
    conditions: Vec<(&'a str, &'a Formula)>,
    rules: Vec<&'a Formula>,
}

fn parts<'a>(world: World<'a>, rules: &'a [Formula]) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    let named = world.conditions.iter().map(|(name, it)| (Some(name), it));
    for (name, formula) in named.chain(rules.iter().map(|it| (None, it))) {
        let mut part = Part::default();
        formula.comparisons(world, &mut BTreeSet::new(), &mut |_, sides| {
            for side in sides {
                side.parameters(&mut part.parameters);
            }
        });
        match name {
            Some(name) => part.conditions.push((name, formula)),
            None => part.rules.push(formula),
        }
        let (related, others): (Vec<_>, Vec<_>) = parts
            .into_iter()
            .partition(|it| !it.parameters.is_disjoint(&part.parameters));
        parts = others;
        for it in related {
            part.parameters.extend(it.parameters);
            part.conditions.extend(it.conditions);
            part.rules.extend(it.rules);
        }
        parts.push(part);
    }
    parts
}

impl Part<'_> {
    fn combinations(
        &self,
        world: World<'_>,
        domains: &Domains<'_>,
    ) -> Result<Vec<Combination>, Problem> {
        let values: Vec<(&str, &[String])> = self
            .parameters
            .iter()
            .map(|it| (*it, domains.get(it).map(Vec::as_slice).unwrap_or_default()))
            .collect();
        let size = |count: usize, (_, it): &(&str, &[String])| count.checked_mul(it.len());
        let size = values.iter().try_fold(1, size);
        if size.is_none_or(|it| it > MOST_ARGUMENTS) {
            let names: Vec<&str> = self.parameters.iter().copied().collect();
            let message = format!(
                "more than {MOST_ARGUMENTS} arguments of `{}` to try",
                names.join("`, `")
            );
            return Err(Problem::error("conditions", message)
                .at("Conditions")
                .help("compare fewer parameters with each other, or allow fewer values"));
        }
        let mut found: BTreeMap<Vec<bool>, Arguments> = BTreeMap::new();
        let mut at = vec![0_usize; values.len()];
        for _ in 0..size.unwrap_or(0) {
            let chosen = values.iter().zip(&at);
            let arguments: Arguments = chosen
                .filter_map(|((name, values), at)| {
                    Some(((*name).to_owned(), values.get(*at)?.clone()))
                })
                .collect();
            if let Some(truths) = self.truths(world, &arguments) {
                found.entry(truths).or_insert(arguments);
            }
            for (at, (_, values)) in at.iter_mut().zip(&values).rev() {
                *at += 1;
                if *at < values.len() {
                    break;
                }
                *at = 0;
            }
        }
        let named = |truths: Vec<bool>| {
            let names = self.conditions.iter().map(|(name, _)| (*name).to_owned());
            names.zip(truths).collect()
        };
        Ok(found
            .into_iter()
            .map(|(truths, arguments)| Combination {
                conditions: named(truths),
                arguments,
            })
            .collect())
    }

    /// Which conditions are true; `None` where nothing can be deployed.
    fn truths(&self, world: World<'_>, arguments: &Arguments) -> Option<Vec<bool>> {
        for rule in &self.rules {
            rule.holds(world, arguments).filter(|it| *it)?;
        }
        let conditions = self.conditions.iter();
        conditions
            .map(|(_, it)| it.holds(world, arguments))
            .collect()
    }
}
