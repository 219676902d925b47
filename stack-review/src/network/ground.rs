//! The ground that stacks share: the VPCs, subnets and routes of those that they take values from,
//! read once for all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Estate, Stack, Value};

use super::parts::{Both, Network, Range};
use super::read::Reader;

/// What was read in an estate, by the stacks that it was read of.
#[derive(Debug, Default)]
pub(crate) struct Grounds<'a>(BTreeMap<BTreeSet<usize>, Ground<'a>>);

impl<'a> Grounds<'a> {
    /// That of the stacks that several others take values from.
    pub(crate) fn of(estate: &Estate<'a>) -> Grounds<'a> {
        let mut takers: BTreeMap<&BTreeSet<usize>, usize> = BTreeMap::new();
        for stack in estate.world().stacks() {
            *takers.entry(stack.feeders()).or_default() += 1;
        }
        let shared = takers.into_iter().filter(|it| it.1 > 1 && !it.0.is_empty());
        let read = |stacks: &BTreeSet<usize>| Some((stacks.clone(), read(estate, stacks)?));
        let grounds = shared.filter_map(|it| read(it.0));
        Grounds(grounds.collect())
    }
}

/// A network in the making, and what has been read, by stack and logical id.
#[derive(Clone, Debug, Default)]
pub(super) struct Ground<'a> {
    pub(super) net: Network,
    pub(super) vpcs: BTreeMap<(usize, &'a str), usize>,
    pub(super) subnets: BTreeMap<(usize, &'a str), usize>,
    pub(super) groups: BTreeMap<(usize, &'a str), usize>,
    pub(super) acls: BTreeMap<(usize, &'a str), usize>,
    pub(super) tables: BTreeMap<(usize, &'a str), usize>,
    pub(super) nats: BTreeMap<(usize, &'a str), usize>,
    pub(super) peerings: BTreeMap<(usize, &'a str), usize>,
    pub(super) elsewhere_subnets: Vec<(Value<'a>, usize)>,
    pub(super) elsewhere_groups: Vec<(Value<'a>, usize)>,
    pub(super) elsewhere_vpcs: Vec<(Value<'a>, usize)>,
    pub(super) symbols: Vec<(Value<'a>, Both)>,
    pub(super) prefix_lists: Vec<(Value<'a>, Range)>,
    pub(super) aws: BTreeMap<String, u32>,
    pub(super) referred: BTreeSet<usize>,
}

/// What a stack may have of EC2 without changing the ground that it stands on.
const ABOVE: [&str; 7] = [
    "AWS::EC2::EIP",
    "AWS::EC2::EIPAssociation",
    "AWS::EC2::Instance",
    "AWS::EC2::LaunchTemplate",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
];

/// The ground of a stack, when it is wholly that of the stacks that it takes values from, and they
/// come before it.
pub(super) fn of<'e, 'a>(stack: Stack<'e, 'a>) -> Option<&'e Ground<'a>> {
    let feeders = stack.feeders();
    let ground = stack.world().grounds().0.get(feeders)?;
    let changes = |kind: &str| kind.starts_with("AWS::EC2::") && !ABOVE.contains(&kind);
    let is_above = *feeders.last()? < stack.number() && !stack.kinds().any(|it| changes(it.0));
    is_above.then_some(ground)
}

/// `None` where they refer to others.
fn read<'a>(estate: &Estate<'a>, stacks: &BTreeSet<usize>) -> Option<Ground<'a>> {
    let world = estate.world();
    let each = stacks.iter().map(|it| world.stack(*it)).collect();
    let mut reader = Reader::on(world, Ground::default(), each);
    reader.read_ground();
    let ground = reader.into_ground();
    ground.referred.is_subset(stacks).then_some(ground)
}
