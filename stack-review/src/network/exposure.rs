//! What the internet reaches, and what changes between two versions of a network.

use std::collections::{BTreeMap, BTreeSet};

use super::alike::Alike;
use super::answer::{Endpoint, Family, Protocol, Question};
use super::parts::*;

/// Something that the internet reaches, or part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exposure {
    /// What is reached.
    pub to: Endpoint,
    /// The load balancer it is reached by, if it is.
    pub by: Option<Endpoint>,
    /// Over which addresses.
    pub family: Family,
    /// What is spoken.
    pub protocol: Protocol,
    /// The ports, the first and the last.
    pub ports: (u16, u16),
    /// A packet that arrives.
    pub packet: String,
}

/// A connection that has become possible or impossible.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shift {
    /// Which connection.
    pub question: Question,
    /// The answer before: `reachable`, `sometimes`, `blocked`, `unknown`, or `absent` where an end
    /// was not there.
    pub before: &'static str,
    /// The answer after.
    pub after: &'static str,
}

/// What the internet reaches for certain, or some of the internet does.
pub fn exposure(network: &Network) -> Vec<Exposure> {
    let mut found = Vec::new();
    for node in &network.nodes {
        if matches!(node.kind, Kind::Endpoint | Kind::Function) {
            continue;
        }
        let to = network.endpoint_of(node);
        for (family, protocol) in ways() {
            let from = internet(family);
            let mut open: Vec<(u16, u16, String)> = Vec::new();
            for (first, last) in network.segments(node, protocol) {
                let question = Question::new(from.clone(), to.clone(), first)
                    .protocol(protocol)
                    .family(family);
                let Some(works) = network.direct(&question).works else {
                    continue;
                };
                match open.last_mut() {
                    Some(before) if before.1.checked_add(1) == Some(first) => before.1 = last,
                    _ => open.push((first, last, works.packet)),
                }
            }
            for (first, last, packet) in open {
                found.push(Exposure {
                    to: to.clone(),
                    by: None,
                    family,
                    protocol,
                    ports: (first, last),
                    packet,
                });
            }
        }
    }
    let direct = found.clone();
    for balancer in &network.balancers {
        let by = network.endpoint_of(&network.nodes[balancer.node]);
        for listener in &balancer.listeners {
            let Some(port) = listener.port else { continue };
            for front in direct
                .iter()
                .filter(|it| it.to == by && it.ports.0 <= port && port <= it.ports.1)
            {
                for member in listener
                    .targets
                    .iter()
                    .flat_map(|it| &network.targets[*it].members)
                {
                    let to = network.endpoint_of(&network.nodes[member.node]);
                    let question =
                        Question::new(by.clone(), to.clone(), None).protocol(front.protocol);
                    if let Some(works) = network.judge(&question).works {
                        found.push(Exposure {
                            to,
                            by: Some(by.clone()),
                            ports: (port, port),
                            packet: works.packet,
                            ..front.clone()
                        });
                    }
                }
            }
        }
    }
    found.sort();
    found.dedup_by(|a, b| {
        (&a.to, &a.by, a.family, a.protocol, a.ports)
            == (&b.to, &b.by, b.family, b.protocol, b.ports)
    });
    found
}

/// What has become reachable, or is no longer: everything that either network gives a name to, on
/// every port that one of its rules or listeners names. Empty when nothing has changed.
pub fn compare(old: &Network, new: &Network) -> Vec<Shift> {
    let alike = Alike::of(old, new);
    compare_where(old, new, |from, to| !alike.same(from, to))
}

/// As [`compare`], without leaving out what cannot have changed: for tests.
#[doc(hidden)]
pub fn compare_everything(old: &Network, new: &Network) -> Vec<Shift> {
    compare_where(old, new, |_, _| true)
}

fn compare_where(
    old: &Network,
    new: &Network,
    asked: impl Fn(&Endpoint, &Endpoint) -> bool,
) -> Vec<Shift> {
    let mut questions = BTreeSet::new();
    let mut everybody: BTreeMap<Endpoint, BTreeSet<u16>> = BTreeMap::new();
    for network in [old, new] {
        for node in &network.nodes {
            let ports = everybody.entry(network.endpoint_of(node)).or_default();
            ports.extend(network.ports_of(node));
        }
    }
    for (to, ports) in &everybody {
        let others = everybody.keys().filter(|it| *it != to);
        let from: Vec<&Endpoint> = others
            .chain(&[Endpoint::Internet, Endpoint::Internet6])
            .filter(|from| asked(from, to))
            .collect();
        for port in ports {
            questions.extend(
                from.iter()
                    .map(|it| Question::new((*it).clone(), to.clone(), *port)),
            );
        }
    }
    let word = |network: &Network, question: &Question| match network.has(&question.from)
        && network.has(&question.to)
    {
        true => network.word(question),
        false => "absent",
    };
    let open = |it: &str| matches!(it, "reachable" | "sometimes" | "unknown");
    questions
        .into_iter()
        .filter_map(|question| {
            let (before, after) = (word(old, &question), word(new, &question));
            let changed = before != after && (open(before) || open(after));
            changed.then_some(Shift {
                question,
                before,
                after,
            })
        })
        .collect()
}

fn ways() -> [(Family, Protocol); 4] {
    [
        (Family::V4, Protocol::Tcp),
        (Family::V4, Protocol::Udp),
        (Family::V6, Protocol::Tcp),
        (Family::V6, Protocol::Udp),
    ]
}

fn internet(family: Family) -> Endpoint {
    match family {
        Family::V4 => Endpoint::Internet,
        Family::V6 => Endpoint::Internet6,
    }
}

impl Network {
    pub(super) fn endpoint_of(&self, node: &Node) -> Endpoint {
        Endpoint::Resource {
            stack: self.stacks.get(&node.stack).cloned(),
            id: node.id.clone(),
        }
    }

    fn has(&self, endpoint: &Endpoint) -> bool {
        match endpoint {
            Endpoint::Resource { .. } => self
                .nodes
                .iter()
                .any(|it| self.endpoint_of(it) == *endpoint),
            _ => true,
        }
    }

    fn rules_in<'n>(&'n self, node: &'n Node) -> impl Iterator<Item = &'n Rule> {
        let groups = node.seats.iter().flat_map(|it| it.groups.iter().flatten());
        let groups: BTreeSet<usize> = groups.copied().collect();
        groups.into_iter().flat_map(|it| &self.groups[it].ingress)
    }

    /// The ports that a node's rules name, their first ones, its own, and those of its listeners.
    pub(super) fn ports_of(&self, node: &Node) -> Vec<u16> {
        let mut ports: BTreeSet<u16> = node.port.into_iter().collect();
        let number = self.nodes.iter().position(|it| std::ptr::eq(it, node));
        if let Some(balancer) = number.and_then(|it| self.balancer_of(it)) {
            ports.extend(
                self.balancers[balancer]
                    .listeners
                    .iter()
                    .filter_map(|it| it.port),
            );
            return ports.into_iter().collect();
        }
        for rule in self.rules_in(node) {
            if matches!(rule.traffic.protocol, Some(Spoken::All)) {
                ports.insert(node.port.unwrap_or(22));
            } else if let (Some(Spoken::Number(6 | 17)), Some((first, _))) =
                (rule.traffic.protocol, rule.traffic.ports)
            {
                ports.extend(u16::try_from(first));
            }
        }
        ports.into_iter().collect()
    }

    /// Ports between which nothing changes.
    fn segments(&self, node: &Node, protocol: Protocol) -> Vec<(u16, u16)> {
        let number = self.nodes.iter().position(|it| std::ptr::eq(it, node));
        if let Some(balancer) = number.and_then(|it| self.balancer_of(it)) {
            let listeners = self.balancers[balancer].listeners.iter();
            let speaks = listeners.filter(|it| it.speaks(protocol));
            return speaks.filter_map(|it| Some((it.port?, it.port?))).collect();
        }
        let mut traffics: Vec<&Traffic> = self.rules_in(node).map(|it| &it.traffic).collect();
        if traffics.is_empty() {
            return Vec::new();
        }
        let acls: BTreeSet<usize> = node
            .seats
            .iter()
            .filter_map(|it| self.subnets[it.subnet].acl)
            .collect();
        for acl in acls {
            let entries = self.acls[acl].entries.iter().filter(|it| !it.egress);
            traffics.extend(entries.map(|it| &it.traffic));
        }
        let mut starts = BTreeSet::new();
        for (first, last) in traffics.iter().filter_map(|it| it.ports) {
            starts.extend(u16::try_from(first));
            starts.extend(u16::try_from(last + 1));
        }
        starts.insert(0);
        let starts: Vec<u16> = starts.into_iter().collect();
        let ends = starts.iter().skip(1).map(|it| it - 1).chain([u16::MAX]);
        starts.iter().copied().zip(ends).collect()
    }
}
