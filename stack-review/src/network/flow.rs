//! One stretch of a way: the filters on it, and which packets pass all of them.
//!
//! A packet has a source address, a destination address, a destination port, and a source port at
//! each of two places (a NAT gateway changes it). Every filter looks at one address and one port, so
//! that for fixed ports the packets that pass are a product of two sets. Ports matter only at the
//! ends of rules; between them one port stands for all.

use super::answer::{Family, Missing, Protocol};
use super::fault::Fault;
use super::missing::{self, Change};
use super::parts::*;
use super::space::{Point, Space};

/// One end of the stretch.
#[derive(Clone, Debug)]
pub(super) struct Side {
    /// The addresses it may have; all of them must work.
    pub(super) addresses: Space,
    /// What filters it; `None` for nothing.
    pub(super) groups: Option<Vec<usize>>,
    /// The groups by which others know it: private addresses of members.
    pub(super) known_as: Vec<usize>,
    /// As a rule would name it.
    pub(super) text: String,
}

/// Which address a filter looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Source,
    Destination,
}

/// Which port a filter of a network ACL looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PortOf {
    Destination,
    /// The first source port, or the one after a NAT gateway.
    Source(usize),
}

/// A filter.
#[derive(Clone, Debug)]
pub(super) enum Gate {
    /// The source's groups, outbound.
    GroupOut,
    /// The destination's groups, inbound.
    GroupIn,
    /// A subnet's network ACL.
    Acl {
        subnet: usize,
        egress: bool,
        axis: Axis,
        port: PortOf,
    },
    /// A subnet's route table sends these addresses there.
    Route {
        subnet: usize,
        axis: Axis,
        want: Target,
    },
    /// Something holds or does not, whatever the packet.
    Flag { holds: Option<bool>, what: Box<Fix> },
}

/// What would make a flag hold.
#[derive(Clone, Debug)]
pub(super) struct Fix {
    /// A hop, when it holds.
    pub(super) hop: String,
    /// Why not, when it does not.
    pub(super) why: String,
    pub(super) missing: Option<Missing>,
}

/// A stretch and the packets on it.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub(super) source: Side,
    pub(super) destination: Side,
    pub(super) gates: Vec<Gate>,
    /// Source ports before and after a NAT gateway.
    pub(super) sources: [(u16, u16); 2],
    pub(super) ports: (u16, u16),
    pub(super) protocol: Protocol,
    pub(super) family: Family,
}

/// What is known of all packets together.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdict {
    /// All pass, for certain.
    pub(super) always: bool,
    /// All pass, perhaps.
    pub(super) perhaps_always: bool,
    /// This one passes, for certain.
    pub(super) works: Option<Works>,
    /// One passes, perhaps.
    pub(super) perhaps: bool,
    /// This one does not, for certain.
    pub(super) fails: Option<Fails>,
    /// What is not known.
    pub(super) doubt: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Works {
    pub(super) hops: Vec<String>,
    pub(super) packet: String,
}

#[derive(Clone, Debug)]
pub(super) struct Fails {
    pub(super) missing: Option<Missing>,
    pub(super) why: String,
    pub(super) packet: String,
}

impl Verdict {
    pub(super) fn unknown(doubt: impl Into<String>) -> Verdict {
        Verdict {
            perhaps_always: true,
            perhaps: true,
            doubt: Some(doubt.into()),
            ..Verdict::default()
        }
    }

    pub(super) fn blocked(why: impl Into<String>, missing: Option<Missing>) -> Verdict {
        let why = why.into();
        Verdict {
            fails: Some(Fails {
                missing,
                packet: String::new(),
                why,
            }),
            ..Verdict::default()
        }
    }

    /// Both of two ways must be open.
    pub(super) fn beside(self, other: Verdict) -> Verdict {
        Verdict {
            always: self.always && other.always,
            perhaps_always: self.perhaps_always && other.perhaps_always,
            works: self.works.or(other.works),
            perhaps: self.perhaps || other.perhaps,
            fails: self.fails.or(other.fails),
            doubt: self.doubt.or(other.doubt),
        }
    }

    /// One way goes on in the other.
    pub(super) fn then(self, other: Verdict) -> Verdict {
        let works = match (self.works, other.works) {
            (Some(mut first), Some(second)) => {
                first.hops.extend(second.hops);
                first.packet = format!("{}, then {}", first.packet, second.packet);
                Some(first)
            }
            _ => None,
        };
        Verdict {
            always: self.always && other.always,
            perhaps_always: self.perhaps_always && other.perhaps_always,
            works,
            perhaps: self.perhaps && other.perhaps,
            fails: self.fails.or(other.fails),
            doubt: self.doubt.or(other.doubt),
        }
    }

    /// All of several ways must be open; not known when there is none.
    pub(super) fn all(each: impl IntoIterator<Item = Verdict>) -> Option<Verdict> {
        each.into_iter().reduce(Verdict::beside)
    }
}

/// What passes a filter for certain, and perhaps.
type Passed = (Space, Space);

impl Network {
    pub(super) fn flow(&self, stretch: &Stretch) -> Verdict {
        let mut verdict = Verdict {
            always: true,
            perhaps_always: true,
            ..Verdict::default()
        };
        let ends = self.port_ends(stretch);
        let easy = self.is(Fault::OneSourcePortIsEnough);
        for &port in &ends[2] {
            let mut any_source = (false, None);
            for &first in &ends[0] {
                for &second in &ends[1] {
                    let before = (
                        verdict.always,
                        verdict.perhaps_always,
                        verdict.fails.is_some(),
                    );
                    let passed = self.at(stretch, port, [first, second], &mut verdict);
                    if easy {
                        if passed {
                            any_source.0 = true;
                        }
                        any_source.1.get_or_insert(before);
                    }
                }
            }
            if let (true, true, Some(before)) = (easy, any_source.0, any_source.1) {
                (verdict.always, verdict.perhaps_always) = (before.0, before.1);
                if !before.2 {
                    verdict.fails = None;
                }
            }
        }
        verdict
    }

    /// For these ports; whether all pass for certain.
    fn at(&self, stretch: &Stretch, port: u16, sources: [u16; 2], verdict: &mut Verdict) -> bool {
        let whole = [&stretch.source.addresses, &stretch.destination.addresses];
        let mut certain = [whole[0].clone(), whole[1].clone()];
        let mut perhaps = certain.clone();
        let mut all = true;
        for gate in &stretch.gates {
            if let Gate::Flag { holds, .. } = gate {
                // It concerns every packet, also where there are none.
                match holds {
                    Some(true) => (),
                    Some(false) => {
                        all = false;
                        certain = Default::default();
                        perhaps = Default::default();
                        verdict.perhaps_always = false;
                        if verdict.fails.is_none() {
                            let packet =
                                self.packet([whole[0].first(), whole[1].first()], port, sources[0]);
                            verdict.fails = Some(self.failure(gate, stretch, whole[0], packet));
                        }
                    }
                    None => {
                        all = false;
                        certain = Default::default();
                        verdict
                            .doubt
                            .get_or_insert_with(|| self.doubt(gate, stretch));
                    }
                }
                continue;
            }
            let (at, (definite, possible)) = self.pass(gate, stretch, port, sources);
            if !definite.covers(whole[at]) {
                all = false;
                certain[at] = certain[at].intersect(&definite);
                let left = whole[at].minus(&possible);
                if let Some(point) = left.first() {
                    perhaps[at] = perhaps[at].intersect(&possible);
                    verdict.perhaps_always = false;
                    if verdict.fails.is_none() {
                        let mut points = [whole[0].first(), whole[1].first()];
                        points[at] = Some(point);
                        let packet = self.packet(points, port, sources[0]);
                        verdict.fails = Some(self.failure(gate, stretch, &left, packet));
                    }
                } else if verdict.doubt.is_none() {
                    verdict.doubt = Some(self.doubt(gate, stretch));
                }
            }
        }
        verdict.always &= all;
        verdict.perhaps |= perhaps.iter().all(|it| !it.is_empty());
        if let (Some(from), Some(to), None) =
            (certain[0].first(), certain[1].first(), &verdict.works)
        {
            verdict.works = Some(Works {
                hops: stretch
                    .gates
                    .iter()
                    .filter_map(|it| self.hop(it, stretch))
                    .collect(),
                packet: self.packet([Some(from), Some(to)], port, sources[0]),
            });
        }
        all
    }

    /// The ports that stand for all: source ports at both places, and destination ports.
    fn port_ends(&self, stretch: &Stretch) -> [Vec<u16>; 3] {
        let mut ends = [Vec::new(), Vec::new(), Vec::new()];
        let ranges = [stretch.sources[0], stretch.sources[1], stretch.ports];
        for (ends, range) in ends.iter_mut().zip(ranges) {
            ends.push(range.0);
        }
        let mut bound = |at: usize, traffic: &Traffic| {
            let (from, to) = ranges[at];
            let Some((low, high)) = traffic.ports else {
                return;
            };
            for it in [low, high, high + 1] {
                if let Ok(it) = u16::try_from(it)
                    && from < it
                    && it <= to
                {
                    ends[at].push(it);
                }
            }
        };
        for gate in &stretch.gates {
            match gate {
                Gate::Acl {
                    subnet,
                    egress,
                    port,
                    ..
                } => {
                    let at = match port {
                        PortOf::Source(which) => *which,
                        PortOf::Destination => 2,
                    };
                    if let Some(acl) = self.subnets[*subnet].acl {
                        let entries = self.acls[acl].entries.iter();
                        entries
                            .filter(|it| it.egress == *egress)
                            .for_each(|it| bound(at, &it.traffic));
                    }
                }
                Gate::GroupOut | Gate::GroupIn if stretch.ports.0 < stretch.ports.1 => {
                    for (rule, _) in self.rules_of(gate, stretch) {
                        bound(2, &rule.traffic);
                    }
                }
                _ => (),
            }
        }
        for ends in &mut ends {
            ends.sort_unstable();
            ends.dedup();
        }
        ends
    }

    fn rules_of<'n>(&'n self, gate: &Gate, stretch: &Stretch) -> Vec<(&'n Rule, usize)> {
        let (groups, egress) = match gate {
            Gate::GroupOut => (&stretch.source.groups, true),
            _ => (&stretch.destination.groups, false),
        };
        let groups = groups.iter().flatten();
        groups
            .flat_map(|it| {
                let group = &self.groups[*it];
                let rules = if egress {
                    &group.egress
                } else {
                    &group.ingress
                };
                rules.iter().map(|rule| (rule, *it))
            })
            .collect()
    }

    fn pass(
        &self,
        gate: &Gate,
        stretch: &Stretch,
        port: u16,
        sources: [u16; 2],
    ) -> (usize, Passed) {
        let axis = match gate {
            Gate::GroupOut => Axis::Destination,
            Gate::GroupIn | Gate::Flag { .. } => Axis::Source,
            Gate::Acl { axis, .. } | Gate::Route { axis, .. } => *axis,
        };
        let at = axis as usize;
        let passed = match gate {
            Gate::GroupOut | Gate::GroupIn => self.groups_pass(gate, stretch, port),
            Gate::Acl {
                subnet,
                egress,
                port: which,
                ..
            } => {
                let port = match which {
                    PortOf::Destination => port,
                    PortOf::Source(which) => sources[*which],
                };
                self.acl_passes(*subnet, *egress, stretch, port)
            }
            Gate::Route { subnet, want, .. } => {
                let whole = if at == 0 {
                    &stretch.source
                } else {
                    &stretch.destination
                };
                self.routed(*subnet, &whole.addresses, stretch.family, want)
            }
            Gate::Flag { .. } => (Space::everything(), Space::everything()),
        };
        (at, passed)
    }

    fn number(&self, protocol: Protocol) -> u8 {
        match self.is(Fault::UdpIsTcp) {
            true => Protocol::Tcp.number(),
            false => protocol.number(),
        }
    }

    /// Any rule of any group lets through: <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
    fn groups_pass(&self, gate: &Gate, stretch: &Stretch, port: u16) -> Passed {
        let (mine, peer) = match gate {
            Gate::GroupOut => (&stretch.source.groups, &stretch.destination),
            _ => (&stretch.destination.groups, &stretch.source),
        };
        let everything = || (Space::everything(), Space::everything());
        let Some(mine) = mine else {
            return everything();
        };
        if matches!(gate, Gate::GroupOut) && self.is(Fault::OutboundGroupsIgnored) {
            return everything();
        }
        let protocol = self.number(stretch.protocol);
        let mut definite = Space::empty();
        let mut possible = Space::empty();
        let mut first_group = None;
        for (rule, group) in self.rules_of(gate, stretch) {
            // A planted mistake: only the first group counts.
            if self.is(Fault::GroupsAreCombinedByAnd) && *first_group.get_or_insert(group) != group
            {
                continue;
            }
            let takes = rule.traffic.takes(protocol, port, self.fault);
            if takes == Some(false) {
                continue;
            }
            let (mut sure, perhaps) = match &rule.peer {
                Peer::Range(range) => (
                    of(&range.definite, stretch.family).clone(),
                    of(&range.possible, stretch.family).clone(),
                ),
                Peer::Group(wanted) => match self.is_member(&peer.known_as, *wanted) {
                    Some(true) => everything(),
                    Some(false) => continue,
                    None => (Space::empty(), Space::everything()),
                },
            };
            if takes.is_none() {
                sure = Space::empty();
            }
            definite = definite.union(&sure);
            possible = possible.union(&perhaps);
        }
        if mine.iter().any(|it| !self.groups[*it].complete) {
            possible = Space::everything();
        }
        (definite, possible)
    }

    /// Whether one of these groups is the wanted one; ids that come from different places may be the
    /// same.
    fn is_member(&self, groups: &[usize], wanted: usize) -> Option<bool> {
        if groups.contains(&wanted) {
            return Some(true);
        }
        let b = &self.groups[wanted];
        let may = groups.iter().map(|it| &self.groups[*it]).any(|a| {
            let free = |it: &Group| it.id.is_empty() && !it.literal;
            if a.free || b.free {
                return true;
            }
            a.stack != b.stack
                && (free(a) || free(b))
                && a.stack != usize::MAX
                && b.stack != usize::MAX
        });
        if may { None } else { Some(false) }
    }

    /// The first entry that fits decides, and the end of the list denies.
    /// <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html>
    fn acl_passes(&self, subnet: usize, egress: bool, stretch: &Stretch, port: u16) -> Passed {
        let at = &self.subnets[subnet];
        let Some(acl) = at.acl else {
            let definite = if at.vpc.is_some() {
                Space::everything()
            } else {
                Space::empty()
            };
            return (definite, Space::everything());
        };
        let mut definite = Space::empty();
        let mut possible = Space::empty();
        let entries = self.acls[acl].entries.iter().rev();
        for entry in entries.filter(|it| it.egress == egress) {
            let takes = entry
                .traffic
                .takes(self.number(stretch.protocol), port, self.fault);
            if takes == Some(false) {
                continue;
            }
            let perhaps = of(&entry.range.possible, stretch.family);
            let nothing = Space::empty();
            let sure = if takes.is_some() {
                of(&entry.range.definite, stretch.family)
            } else {
                &nothing
            };
            match entry.allow {
                Some(true) => {
                    definite = definite.union(sure);
                    possible = possible.union(perhaps);
                }
                Some(false) if self.is(Fault::DenyIsSkipped) => (),
                Some(false) => {
                    definite = definite.minus(perhaps);
                    possible = possible.minus(sure);
                }
                None => {
                    definite = definite.minus(perhaps);
                    possible = possible.union(perhaps);
                }
            }
        }
        (definite, possible)
    }

    fn failure(&self, gate: &Gate, stretch: &Stretch, left: &Space, packet: String) -> Fails {
        let (missing, why) = match gate {
            Gate::Flag { what, .. } => (what.missing.clone(), what.why.clone()),
            Gate::GroupOut | Gate::GroupIn => (
                missing::rule(self, gate, stretch),
                missing::why_rule(self, gate, stretch),
            ),
            Gate::Acl {
                subnet,
                egress,
                axis,
                port,
            } => {
                let acl = self.subnets[*subnet].acl;
                let name = acl.map_or("", |it| self.acls[it].name.as_str());
                let way = if *egress { "out of" } else { "into" };
                let what = match port {
                    PortOf::Destination => "it",
                    PortOf::Source(_) => "all answers",
                };
                let home = &self.subnets[*subnet].name;
                let why = format!("network ACL {name} does not let {what} {way} {home}");
                (
                    missing::entry(self, *subnet, *egress, *axis, *port, stretch),
                    why,
                )
            }
            Gate::Route { subnet, want, axis } => {
                let back = if *axis == Axis::Source {
                    "answers"
                } else {
                    "it"
                };
                let part = self.subnets[*subnet].table.and_then(|table| {
                    let parts = self.lookup(table, left, stretch.family);
                    let part = parts
                        .into_iter()
                        .find(|it| it.target.as_ref() != Some(want))?;
                    let name = &self.tables[table].name;
                    Some(match part.target {
                        Some(Target::Nowhere(why)) => why,
                        Some(_) => format!("{name} sends {back} elsewhere"),
                        None => format!("{name} has no route for {back}"),
                    })
                });
                let missing = missing::route(self, *subnet, left, stretch.family, want);
                (missing, part.unwrap_or_default())
            }
        };
        Fails {
            missing,
            why,
            packet,
        }
    }

    fn doubt(&self, gate: &Gate, stretch: &Stretch) -> String {
        match gate {
            Gate::Flag { what, .. } => what.why.clone(),
            Gate::GroupOut | Gate::GroupIn => {
                let side = if matches!(gate, Gate::GroupOut) {
                    &stretch.source
                } else {
                    &stretch.destination
                };
                let unseen = side
                    .groups
                    .iter()
                    .flatten()
                    .map(|it| &self.groups[*it])
                    .find(|it| !it.complete);
                match unseen {
                    Some(it) => format!("the rules of {}, which is made elsewhere", it.name),
                    None => {
                        let rules = self.rules_of(gate, stretch);
                        let text = rules.iter().find_map(|(rule, _)| match &rule.peer {
                            Peer::Range(it) if it.definite != it.possible => Some(it.text.clone()),
                            Peer::Group(it) if !self.groups[*it].complete => {
                                Some(self.groups[*it].name.clone())
                            }
                            _ => None,
                        });
                        format!(
                            "what {} stands for",
                            text.unwrap_or_else(|| "a rule's range".to_owned())
                        )
                    }
                }
            }
            Gate::Acl { subnet, .. } => format!(
                "what the network ACL of {} lets through",
                self.subnets[*subnet].name
            ),
            Gate::Route { subnet, .. } => {
                format!("where the routes of {} lead", self.subnets[*subnet].name)
            }
        }
    }

    fn hop(&self, gate: &Gate, stretch: &Stretch) -> Option<String> {
        let names = |groups: &Option<Vec<usize>>| {
            let groups = groups.as_ref()?;
            let names: Vec<&str> = groups
                .iter()
                .map(|it| self.groups[*it].name.as_str())
                .collect();
            Some(names.join(", "))
        };
        let way = |egress: bool| if egress { "out" } else { "in" };
        match gate {
            Gate::GroupOut => Some(format!(
                "out of security group {}",
                names(&stretch.source.groups)?
            )),
            Gate::GroupIn => Some(format!(
                "into security group {}",
                names(&stretch.destination.groups)?
            )),
            Gate::Acl {
                subnet,
                egress,
                port,
                ..
            } => {
                let name = self.acls[self.subnets[*subnet].acl?].name.as_str();
                let back = if matches!(port, PortOf::Source(_)) {
                    "back "
                } else {
                    ""
                };
                Some(format!(
                    "{back}{} through network ACL {name} of {}",
                    way(*egress),
                    self.subnets[*subnet].name
                ))
            }
            Gate::Route { subnet, axis, want } => {
                let table = &self.tables[self.subnets[*subnet].table?].name;
                let back = if *axis == Axis::Source { "back " } else { "" };
                Some(match want {
                    Target::Local => return None,
                    Target::Internet(_) => format!("{back}by {table} to the internet gateway"),
                    Target::EgressOnly(_) => {
                        format!("{back}by {table} to the egress-only internet gateway")
                    }
                    Target::Nat(it) => {
                        format!("{back}by {table} to NAT gateway {}", self.nats[*it].name)
                    }
                    Target::Peering(it) => format!(
                        "{back}by {table} to peering connection {}",
                        self.peerings[*it].name
                    ),
                    Target::Gateway(it) => format!(
                        "{back}by {table} to gateway endpoint {} ({})",
                        self.gateways[*it].name, self.gateways[*it].service
                    ),
                    Target::Nowhere(_) | Target::Elsewhere(_) => return None,
                })
            }
            Gate::Flag { what, .. } => (!what.hop.is_empty()).then(|| what.hop.clone()),
        }
    }

    fn packet(&self, points: [Option<Point>; 2], port: u16, source: u16) -> String {
        let [from, to] = points.map(|it| it.map_or_else(String::new, |it| self.address(it)));
        format!("{from}:{source} -> {to}:{port}")
    }

    /// An address as it is written; a name for one that is no number yet.
    pub(super) fn address(&self, point: Point) -> String {
        if point.0 != 0 {
            let name = self
                .regions
                .get(&point.0)
                .map_or("an address of AWS", String::as_str);
            return format!("[{name}]");
        }
        match u32::try_from(point.1) {
            Ok(four) => std::net::Ipv4Addr::from(four).to_string(),
            Err(_) => format!("[{}]", std::net::Ipv6Addr::from(point.1)),
        }
    }
}

/// A flag that holds, does not, or is not known.
pub(super) fn flag(
    holds: Option<bool>,
    hop: impl Into<String>,
    why: impl Into<String>,
    missing: Option<(&'static str, String, String, Change)>,
) -> Gate {
    let missing = missing.map(|(code, what, resource, change)| Missing {
        code,
        what,
        resource,
        change,
    });
    Gate::Flag {
        holds,
        what: Box::new(Fix {
            hop: hop.into(),
            why: why.into(),
            missing,
        }),
    }
}
