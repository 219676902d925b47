//! What is the same in two networks: questions about it have the same answer in both.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::Endpoint;
use super::parts::*;
use super::space::Space;

/// What two networks agree on. It never says that something is the same which is not; what it does
/// not understand differs.
pub(super) struct Alike {
    /// Whether all that is nobody's own is the same: VPCs, subnets, routes, ACLs.
    shared: bool,
    nodes: BTreeMap<Endpoint, Agreement>,
}

/// How a node that is in both networks is the same.
struct Agreement {
    /// Whether it is the same itself: its places, its rules about ranges, its listeners.
    own: bool,
    /// The groups it has, in either network.
    groups: BTreeSet<String>,
    /// Whether one of them may be any other.
    has_foreign_group: bool,
    /// Groups of the templates that its rules let it connect to, or from, in one of the networks alone.
    differs_out: BTreeSet<String>,
    differs_in: BTreeSet<String>,
    /// Load balancers that it hangs behind, in either network, and whether it does so in the same way.
    behind: BTreeSet<Endpoint>,
    behind_alike: bool,
}

/// All that decides about connections of a node, without numbers that depend on the order of reading.
#[derive(Default)]
struct Nature {
    own: String,
    groups: BTreeSet<String>,
    /// Whether one of them is made elsewhere: it may be any that a rule names.
    has_foreign_group: bool,
    rules_out: BTreeMap<String, Vec<String>>,
    rules_in: BTreeMap<String, Vec<String>>,
    behind: BTreeMap<Endpoint, Vec<String>>,
}

impl Alike {
    pub(super) fn of(old: &Network, new: &Network) -> Alike {
        let (before, mut after) = (natures(old), natures(new));
        let nodes = before.into_iter().filter_map(|(endpoint, before)| {
            let after = after.remove(&endpoint)?;
            Some((endpoint, Agreement::of(before, after)))
        });
        Alike {
            shared: shared(old) == shared(new),
            nodes: nodes.collect(),
        }
    }

    /// Whether every question from the one to the other is answered alike.
    pub(super) fn same(&self, from: &Endpoint, to: &Endpoint) -> bool {
        if !self.shared || !self.directly(from, to) {
            return false;
        }
        let Some(it) = self.nodes.get(to) else {
            return true;
        };
        it.behind_alike
            && it
                .behind
                .iter()
                .all(|by| self.directly(from, by) && self.directly(by, to))
    }

    fn directly(&self, from: &Endpoint, to: &Endpoint) -> bool {
        let outside = |it: &Endpoint| matches!(it, Endpoint::Internet | Endpoint::Internet6);
        match (self.nodes.get(from), self.nodes.get(to)) {
            (Some(a), Some(b)) => {
                a.own && b.own && b.has_none_of(&a.differs_out) && a.has_none_of(&b.differs_in)
            }
            (None, Some(b)) => outside(from) && b.own,
            (Some(a), None) => outside(to) && a.own,
            (None, None) => false,
        }
    }
}

impl Agreement {
    fn has_none_of(&self, groups: &BTreeSet<String>) -> bool {
        groups.is_empty() || !self.has_foreign_group && self.groups.is_disjoint(groups)
    }

    fn of(before: Nature, after: Nature) -> Agreement {
        Agreement {
            own: before.own == after.own,
            differs_out: differing(&before.rules_out, &after.rules_out),
            differs_in: differing(&before.rules_in, &after.rules_in),
            has_foreign_group: before.has_foreign_group || after.has_foreign_group,
            behind_alike: before.behind == after.behind,
            behind: before
                .behind
                .into_keys()
                .chain(after.behind.into_keys())
                .collect(),
            groups: before.groups.into_iter().chain(after.groups).collect(),
        }
    }
}

fn differing(
    before: &BTreeMap<String, Vec<String>>,
    after: &BTreeMap<String, Vec<String>>,
) -> BTreeSet<String> {
    let keys = before.keys().chain(after.keys());
    keys.filter(|it| before.get(*it) != after.get(*it))
        .cloned()
        .collect()
}

fn shared(network: &Network) -> String {
    let vpcs = network.vpcs.iter().map(|it| Vpc {
        // Whoever is in it has it as a group of its own.
        default_group: 0,
        ..it.clone()
    });
    let services = network.services.iter().map(|it| {
        let node = network.endpoint_of(&network.nodes[it.node]);
        (&it.service, it.vpc, node, it.private_dns)
    });
    let places: Vec<_> = network.regions.range(..PUBLIC).collect();
    format!(
        "{:?}",
        (
            vpcs.collect::<Vec<_>>(),
            &network.subnets,
            &network.acls,
            &network.tables,
            &network.nats,
            (&network.peerings, &network.transits, &network.attachments),
            &network.gateways,
            services.collect::<Vec<_>>(),
            places,
            network.generated,
        )
    )
}

fn natures(network: &Network) -> BTreeMap<Endpoint, Nature> {
    let mut found: BTreeMap<Endpoint, Nature> = BTreeMap::new();
    for (number, node) in network.nodes.iter().enumerate() {
        let nature = network.nature(number, node);
        found.insert(network.endpoint_of(node), nature);
    }
    for balancer in &network.balancers {
        let by = network.endpoint_of(&network.nodes[balancer.node]);
        for listener in &balancer.listeners {
            for target in listener.targets.iter().map(|it| &network.targets[*it]) {
                for member in &target.members {
                    let to = network.endpoint_of(&network.nodes[member.node]);
                    let way = format!(
                        "{:?}",
                        (
                            (&listener.id, listener.port),
                            (&target.id, target.port, target.udp, target.tcp),
                            target.health_port,
                            (target.preserves, target.cross_zone, target.packets),
                            (target.complete, member.ports),
                        )
                    );
                    let nature = found.entry(to).or_default();
                    nature.behind.entry(by.clone()).or_default().push(way);
                }
            }
        }
    }
    found
}

impl Network {
    fn nature(&self, number: usize, node: &Node) -> Nature {
        let mut nature = Nature::default();
        let mut words = format!(
            "{:?}",
            (node.kind, node.sources, node.port, &node.hosts, &node.doubt)
        );
        let mut groups = BTreeSet::new();
        for seat in &node.seats {
            let names = seat
                .groups
                .as_ref()
                .map(|it| it.iter().map(|it| self.group_name(*it)));
            let names = names.map(Vec::from_iter);
            words.push_str(&format!(
                "{:?}",
                (seat.subnet, names, &seat.address, seat.public, seat.six)
            ));
            groups.extend(seat.groups.iter().flatten().copied());
        }
        for group in groups {
            let it = &self.groups[group];
            words.push_str(&format!("{:?}", (it.complete, it.literal, it.free, it.vpc)));
            nature.groups.insert(self.group_name(group));
            nature.has_foreign_group |= !self.is_made_here(group);
            for (rules, by_group) in [
                (&it.egress, &mut nature.rules_out),
                (&it.ingress, &mut nature.rules_in),
            ] {
                for rule in rules {
                    let traffic = format!("{:?}", rule.traffic);
                    match &rule.peer {
                        Peer::Group(peer) if self.is_made_here(*peer) => {
                            let rules = by_group.entry(self.group_name(*peer)).or_default();
                            rules.push(traffic);
                        }
                        Peer::Group(peer) => {
                            words.push_str(&format!("{}{traffic}", self.group_name(*peer)));
                        }
                        Peer::Range(range) => {
                            words.push_str(&format!("{}{traffic}", range_words(range)));
                        }
                    }
                }
                words.push(';');
            }
        }
        if let Some(balancer) = self.balancer_of(number) {
            let it = &self.balancers[balancer];
            let listeners = it.listeners.iter();
            let listeners = listeners.map(|it| (&it.id, it.port, it.udp, it.tcp, it.complete));
            words.push_str(&format!(
                "{:?}",
                (
                    (it.network, it.classic),
                    it.internet_facing,
                    it.cross_zone,
                    Vec::from_iter(listeners)
                )
            ));
        }
        nature.own = words;
        nature
    }

    fn is_made_here(&self, group: usize) -> bool {
        let it = &self.groups[group];
        !it.free && !it.id.is_empty()
    }

    fn group_name(&self, group: usize) -> String {
        let it = &self.groups[group];
        let stack = self.stacks.get(&it.stack).map_or("", String::as_str);
        match it.id.as_str() {
            "" => it.name.clone(),
            id => format!("{stack}/{id}"),
        }
    }
}

/// Public regions are numbered as they are read: a range there is known by its text.
fn range_words(range: &Range) -> String {
    let public = Space::regions(PUBLIC, u32::MAX);
    let names_public = range
        .possible
        .iter()
        .any(|it| !it.intersect(&public).is_empty());
    match names_public {
        true => {
            let certain = range.definite.each_ref().map(|it| it.is_empty());
            format!("{:?}", (&range.text, range.length, certain))
        }
        false => format!("{range:?}"),
    }
}
