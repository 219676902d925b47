//! [`Estate`]: the stacks that are judged together.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::OnceLock;

use stack_core::schema::{self, ResourceType};
use stack_core::{Assembly, Expr, Object, Template};

use crate::network::{Answered, Grounds};
use crate::parallel;

use super::calls::Calls;
use super::entry::Entry;
use super::index::{ByName, Index, index};
use super::session::Touched;
use super::view::{Transforms, has_transform};
use super::world::{World, Worlds, worlds};

/// One stack: a template, and what is known of its deployment.
#[derive(Clone, Debug)]
pub struct StackInput<'a> {
    /// What the stack is called.
    pub name: &'a str,
    /// Its template.
    pub template: &'a Template,
    /// What its parameters are given.
    pub arguments: BTreeMap<&'a str, &'a str>,
    /// Parameters that are given an output of another stack: that stack and its output.
    pub wires: BTreeMap<&'a str, (&'a str, &'a str)>,
    /// The account, when it is known.
    pub account: Option<&'a str>,
    /// The region, when it is known.
    pub region: Option<&'a str>,
    /// What [`schema::validate`] says of its resources as they are written, with the logical id,
    /// when somebody has asked it already.
    pub schema: Option<&'a [(&'a str, schema::Finding)]>,
}

impl<'a> StackInput<'a> {
    /// A template of which nothing else is known.
    pub fn new(name: &'a str, template: &'a Template) -> StackInput<'a> {
        StackInput {
            name,
            template,
            arguments: BTreeMap::new(),
            wires: BTreeMap::new(),
            account: None,
            region: None,
            schema: None,
        }
    }

    /// The stacks of an app, wired as they are deployed; sorted by name.
    pub fn of_assembly(assembly: &'a Assembly) -> Vec<StackInput<'a>> {
        let mut wires: BTreeMap<&str, BTreeMap<&str, (&str, &str)>> = BTreeMap::new();
        for it in assembly.wiring() {
            let from = (it.from_stack, it.output.as_str());
            let mine = wires.entry(it.stack).or_default();
            mine.insert(it.parameter.as_str(), from);
        }
        let stacks = assembly.stacks().map(|it| {
            let environment = it.environment.as_ref();
            StackInput {
                arguments: it.arguments.iter().map(|(k, v)| (*k, v.as_str())).collect(),
                wires: wires.remove(it.name).unwrap_or_default(),
                account: environment.map(|it| it.account.as_str()),
                region: environment.map(|it| it.region.as_str()),
                schema: Some(&it.schema),
                ..StackInput::new(it.name, &it.template)
            }
        });
        stacks.collect()
    }
}

/// Stacks, in the order of their names, and the worlds they can be in.
#[derive(Debug)]
pub struct Estate<'a> {
    pub(super) stacks: Vec<StackModel<'a>>,
    /// What is asked of the networks around them.
    pub(super) answered: Answered,
    /// What of these networks many stacks share.
    pub(super) grounds: Grounds<'a>,
}

#[derive(Debug)]
pub(super) struct StackModel<'a> {
    pub(super) input: StackInput<'a>,
    /// Parameters that are given what another stack has: its number and its output's value, when
    /// there is such an output.
    pub(super) wires: ByName<'a, Option<(usize, &'a Expr)>>,
    /// The stacks that it takes values from.
    pub(super) feeders: BTreeSet<usize>,
    /// The resources, sorted by logical id.
    pub(super) resources: Vec<Entry<'a>>,
    by_id: Index<'a>,
    /// The resources, sorted by type.
    sorted: Vec<Entry<'a>>,
    /// The types, in the order of their first resources.
    kinds: Vec<Kind<'a>>,
    by_kind: Index<'a>,
    /// Which types there can be: most that are asked for are not.
    types: u64,
    /// What changes the template.
    pub(super) transforms: Transforms,
    /// Whether something generates further resources.
    pub(super) has_transform: bool,
    /// Export names that are known, and their values.
    pub(super) exports: Vec<(&'a Expr, &'a Expr)>,
    /// What conditions and parameters may be.
    pub(super) worlds: Worlds<'a>,
    /// Where functions are used.
    pub(super) calls: Calls<'a>,
    /// What the schema facts say against each resource, by logical id; found when first asked for.
    pub(super) schema: OnceLock<Vec<(String, schema::Finding)>>,
}

impl<'a> Estate<'a> {
    /// These stacks together.
    pub fn new(inputs: impl IntoIterator<Item = StackInput<'a>>) -> Estate<'a> {
        let mut inputs: Vec<StackInput<'a>> = inputs.into_iter().collect();
        inputs.sort_by_key(|it| it.name);
        let stacks = parallel::each(inputs.len(), |it| StackModel::new(it, &inputs));
        let mut estate = Estate {
            stacks,
            answered: Answered::default(),
            grounds: Grounds::default(),
        };
        estate.grounds = Grounds::of(&estate);
        estate
    }

    /// One template alone.
    pub fn of(template: &'a Template) -> Estate<'a> {
        Estate::new([StackInput::new("", template)])
    }

    /// The stacks of an app, wired as they are deployed.
    pub fn of_assembly(assembly: &'a Assembly) -> Estate<'a> {
        Estate::new(StackInput::of_assembly(assembly))
    }

    /// The names of the stacks, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.stacks.iter().map(|it| it.input.name)
    }

    /// How many worlds a stack has.
    pub fn worlds_of(&self, stack: usize) -> usize {
        self.stacks.get(stack).map_or(0, |it| it.worlds.count())
    }

    /// What may be otherwise in one world of a stack than in another.
    pub(crate) fn unlike(&self, stack: usize, one: usize, other: usize) -> Touched {
        let worlds = self.stacks.get(stack).map(|it| &it.worlds);
        worlds.map_or_else(Touched::default, |it| it.unlike(one, other))
    }

    /// All stacks as their defaults make them.
    pub fn world(&self) -> World<'_, 'a> {
        World::new(self, None)
    }

    /// A stack in one of its worlds, the others as their defaults make them.
    pub fn world_of(&self, stack: usize, world: usize) -> World<'_, 'a> {
        World::new(
            self,
            self.stacks.get(stack).and_then(|it| it.worlds.get(world)),
        )
    }
}

impl<'a> StackModel<'a> {
    fn new(number: usize, inputs: &[StackInput<'a>]) -> StackModel<'a> {
        let input = inputs[number].clone();
        let wires = wires(&input, inputs);
        let feeders = feeders(&input, inputs);
        let worlds = worlds(number, &input);
        let all = input.template.resources();
        let section = input.template.section("Resources");
        let mut resources: Vec<Entry<'_>> = Vec::with_capacity(section.map_or(0, Object::len));
        resources.extend(all.map(|it| Entry::of(it.1, &worlds)));
        let by_id = index(resources.iter().map(|it| it.view.id()));
        let (kinds, by_kind, sorted) = kinds(&mut resources);
        let types = kinds.iter().fold(0, |all, it| all | kind_bit(it.name));
        let outputs = input.template.section("Outputs").into_iter();
        let exports = outputs
            .flat_map(|it| it.iter())
            .filter_map(|(_, it)| {
                let it = it.as_object()?;
                Some((
                    it.get("Export")?.as_object()?.get("Name")?,
                    it.get("Value")?,
                ))
            })
            .collect();
        let calls = Calls::of(input.template, &resources, &by_id);
        let transforms = Transforms::of(input.template);
        let has_transform = has_transform(input.template);
        let schema = input.schema.map(|known| {
            let owned = |it: &(&str, schema::Finding)| (it.0.to_owned(), it.1.clone());
            known.iter().map(owned).collect::<Vec<_>>()
        });
        StackModel {
            input,
            wires,
            feeders,
            resources,
            by_id,
            sorted,
            kinds,
            by_kind,
            types,
            transforms,
            has_transform,
            exports,
            worlds,
            calls,
            schema: schema.map_or_else(OnceLock::new, OnceLock::from),
        }
    }

    /// The resources of a type, in any world.
    #[inline]
    pub(super) fn resources_of(&self, kind: &str) -> &[Entry<'a>] {
        match self.types & kind_bit(kind) {
            0 => &[],
            _ => match self.by_kind.get(kind) {
                Some(number) => &self.sorted[self.kinds[*number].at.clone()],
                None => &[],
            },
        }
    }

    /// The types, and the resources of each.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (&'a str, &[Entry<'a>])> {
        let kinds = self.kinds.iter();
        kinds.map(|it| (it.name, &self.sorted[it.at.clone()]))
    }

    /// A resource by its logical id, in any world.
    pub(super) fn resource(&self, id: &str) -> Option<&Entry<'a>> {
        let number = self.by_id.get(id)?;
        self.resources.get(*number)
    }
}

/// Where the values of a stack's parameters come from, among stacks that are sorted by name.
fn wires<'a>(
    of: &StackInput<'a>,
    inputs: &[StackInput<'a>],
) -> ByName<'a, Option<(usize, &'a Expr)>> {
    let value = |stack: &str, output: &str| {
        let number = number_of(stack, inputs)?;
        let output = inputs[number].template.section("Outputs")?.get(output)?;
        Some((number, output.as_object()?.get("Value")?))
    };
    let mut found = ByName::default();
    for (parameter, (stack, output)) in &of.wires {
        found.insert(parameter, value(stack, output));
    }
    found
}

/// The stacks that a stack takes values from. Nearly always it is one.
fn feeders(of: &StackInput<'_>, inputs: &[StackInput<'_>]) -> BTreeSet<usize> {
    let mut names: Vec<&str> = of.wires.values().map(|it| it.0).collect();
    names.dedup();
    let numbers = names.into_iter().filter_map(|it| number_of(it, inputs));
    numbers.collect()
}

fn number_of(stack: &str, inputs: &[StackInput<'_>]) -> Option<usize> {
    inputs.binary_search_by_key(&stack, |it| it.name).ok()
}

/// A type that resources have.
#[derive(Debug)]
struct Kind<'a> {
    name: &'a str,
    facts: Option<ResourceType>,
    /// Where its resources are among those that are sorted by type.
    at: Range<usize>,
}

/// The types of resources, and what is known of each, which is noted with the resources.
fn kinds<'a>(resources: &mut [Entry<'a>]) -> (Vec<Kind<'a>>, Index<'a>, Vec<Entry<'a>>) {
    let mut kinds: Vec<Kind<'a>> = Vec::new();
    let mut by_kind = Index::with_capacity(resources.len());
    let mut numbers = Vec::with_capacity(resources.len());
    for it in resources.iter_mut() {
        let number = by_kind.number(it.kind);
        if number == kinds.len() {
            kinds.push(Kind {
                name: it.kind,
                facts: ResourceType::of_resource(it.kind),
                at: 0..0,
            });
        }
        let kind = &mut kinds[number];
        kind.at.end += 1;
        it.facts = kind.facts;
        numbers.push(number);
    }
    let mut from = 0;
    for kind in &mut kinds {
        let count = kind.at.end;
        kind.at = from..from;
        from += count;
    }
    let mut sorted = resources.to_vec();
    for (number, it) in numbers.iter().zip(resources) {
        let kind = &mut kinds[*number];
        sorted[kind.at.end] = *it;
        kind.at.end += 1;
    }
    (kinds, by_kind, sorted)
}

/// One of 64 kinds of types, by how their names are written. Of most names it is known when this
/// is compiled.
#[inline(always)]
fn kind_bit(kind: &str) -> u64 {
    let [.., a, b, c] = kind.as_bytes() else {
        return 1;
    };
    let letters = [*c, *b, *a].map(u64::from);
    let hash = letters.iter().fold(kind.len() as u64, |hash, it| {
        hash.wrapping_mul(31).wrapping_add(*it)
    });
    1 << (hash % 64)
}
