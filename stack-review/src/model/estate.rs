//! [`Estate`]: the stacks that are judged together.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use stack_core::{Assembly, Expr, Template, schema};

use crate::parallel;

use super::calls::Calls;
use super::entry::Entry;
use super::index::{Index, index};
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
}

#[derive(Debug)]
pub(super) struct StackModel<'a> {
    pub(super) input: StackInput<'a>,
    /// The resources, sorted by logical id.
    pub(super) resources: Vec<Entry<'a>>,
    by_id: Index<'a>,
    /// The same, sorted by type.
    by_type: Vec<Entry<'a>>,
    /// The types, sorted, and where their resources are among those.
    kinds: Vec<(&'a str, Range<usize>)>,
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
        let stacks = parallel::each(inputs.len(), |it| StackModel::new(it, inputs[it].clone()));
        Estate { stacks }
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
    fn new(number: usize, input: StackInput<'a>) -> StackModel<'a> {
        let worlds = worlds(number, &input);
        let all = input.template.resources();
        let resources: Vec<Entry<'_>> = all.map(|it| Entry::of(it.1, &worlds)).collect();
        let by_id = index(resources.iter().map(|it| it.view.id()));
        let mut by_type = resources.clone();
        by_type.sort_by_key(|it| it.kind);
        let mut kinds = Vec::new();
        let mut begin = 0;
        let mut types = 0;
        for all in by_type.chunk_by(|a, b| a.kind == b.kind) {
            kinds.push((all[0].kind, begin..begin + all.len()));
            begin += all.len();
            types |= kind_bit(all[0].kind);
        }
        let by_kind = index(kinds.iter().map(|it| it.0));
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
        StackModel {
            input,
            resources,
            by_id,
            by_type,
            kinds,
            by_kind,
            types,
            transforms,
            has_transform,
            exports,
            worlds,
            calls,
            schema: OnceLock::new(),
        }
    }

    /// The resources of a type, in any world.
    #[inline]
    pub(super) fn resources_of(&self, kind: &str) -> &[Entry<'a>] {
        match self.types & kind_bit(kind) {
            0 => &[],
            _ => self.named(kind),
        }
    }

    fn named(&self, kind: &str) -> &[Entry<'a>] {
        match self.by_kind.get(kind) {
            Some(number) => &self.by_type[self.kinds[*number].1.clone()],
            None => &[],
        }
    }

    /// The types, sorted, and their resources.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (&'a str, &[Entry<'a>])> {
        let kinds = self.kinds.iter();
        kinds.map(|(kind, all)| (*kind, &self.by_type[all.clone()]))
    }

    /// A resource by its logical id, in any world.
    pub(super) fn resource(&self, id: &str) -> Option<&Entry<'a>> {
        let number = self.by_id.get(id)?;
        self.resources.get(*number)
    }
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
