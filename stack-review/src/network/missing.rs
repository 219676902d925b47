//! The piece that is missing, and the network with it added.

use super::answer::{Family, Missing};
use super::flow::{Axis, Gate, PortOf, Stretch};
use super::missing_transit::TransitChange;
use super::parts::*;
use super::read_nodes::ANY;
use super::space::Space;
use super::transit::{length_of, vpc_text};

/// What to add to a network.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Rule {
        group: usize,
        ingress: bool,
        rule: Rule,
    },
    Entry {
        acl: usize,
        entry: Entry,
    },
    Route {
        table: usize,
        route: Route,
    },
    Gateway {
        vpc: usize,
    },
    Public {
        node: usize,
    },
    Six {
        node: usize,
    },
    NatPublic {
        nat: usize,
    },
    Listener {
        balancer: usize,
        port: u16,
        udp: bool,
    },
    InternetFacing {
        balancer: usize,
    },
    Zone {
        balancer: usize,
        subnet: usize,
    },
    Endpoint {
        service: String,
        vpc: usize,
        subnet: usize,
    },
    Peering {
        sides: [usize; 2],
    },
    Transit(TransitChange),
}

impl PartialEq for Change {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

impl Eq for Change {}

/// The rule that a group lacks.
pub(super) fn rule(net: &Network, gate: &Gate, stretch: &Stretch<'_>) -> Option<Missing> {
    let ingress = matches!(gate, Gate::GroupIn);
    let (mine, peer) = match ingress {
        true => (&stretch.destination, &stretch.source),
        false => (&stretch.source, &stretch.destination),
    };
    let group = *mine.groups?.first()?;
    let ports = stretch.ports;
    let known = peer
        .known_as
        .iter()
        .copied()
        .find(|it| !net.groups[*it].id.is_empty());
    let (end, text) = match known.or(peer.known_as.first().copied()) {
        Some(it) => (
            Peer::Group(it),
            format!("security group {}", net.groups[it].name),
        ),
        None => (
            Peer::Range(range(
                peer.text.to_string(),
                &peer.addresses,
                stretch.family,
            )),
            peer.text.to_string(),
        ),
    };
    let (way, word) = if ingress {
        ("inbound", "from")
    } else {
        ("outbound", "to")
    };
    Some(Missing {
        code: "ENI_SG_RULES_MISMATCH",
        what: format!(
            "security group {} needs an {way} rule: {} {word} {text}",
            net.groups[group].name,
            said(stretch.protocol.to_string(), ports),
        ),
        resource: net.groups[group].id.clone(),
        change: Change::Rule {
            group,
            ingress,
            rule: Rule {
                traffic: Traffic {
                    protocol: Some(Spoken::Number(stretch.protocol.number())),
                    ports: Some((i64::from(ports.0), i64::from(ports.1))),
                },
                peer: end,
            },
        },
    })
}

/// What a group keeps out or in.
pub(super) fn why_rule(net: &Network, gate: &Gate, stretch: &Stretch<'_>) -> String {
    let ingress = matches!(gate, Gate::GroupIn);
    let (mine, peer) = match ingress {
        true => (&stretch.destination, &stretch.source),
        false => (&stretch.source, &stretch.destination),
    };
    let names = mine
        .groups
        .into_iter()
        .flatten()
        .map(|it| net.groups[*it].name.as_str());
    let names: Vec<&str> = names.collect();
    let names = match names.as_slice() {
        [] => "no security group".to_owned(),
        [one] => format!("security group {one}"),
        all => format!("none of the security groups {}", all.join(", ")),
    };
    let none = mine.groups.is_none_or(|it| it.len() != 1);
    let not = if none { "" } else { "does not " };
    let verb = match (ingress, none) {
        (true, true) => "admits",
        (true, false) => "admit",
        (false, true) => "lets out",
        (false, false) => "let out",
    };
    let word = if ingress { "from" } else { "to" };
    let who = match peer.known_as.first() {
        Some(it) => format!("security group {}", net.groups[*it].name),
        None => peer.text.to_string(),
    };
    let talk = said(stretch.protocol.to_string(), stretch.ports);
    format!("{names} {not}{verb} {talk} {word} {who}")
}

fn said(protocol: String, ports: (u16, u16)) -> String {
    match ports {
        (a, b) if a == b => format!("{protocol} {a}"),
        (a, b) => format!("{protocol} {a}-{b}"),
    }
}

fn range(text: String, addresses: &Space, family: Family) -> Range {
    if text == "0.0.0.0/0" || text == "::/0" {
        return Range::everything(family);
    }
    let mut both = Both::default();
    both[family as usize] = addresses.clone();
    Range::of(text, both, 32)
}

/// The entry that a network ACL lacks, before those that it has.
pub(super) fn entry(
    net: &Network,
    subnet: usize,
    egress: bool,
    axis: Axis,
    port: PortOf,
    stretch: &Stretch<'_>,
) -> Option<Missing> {
    let acl = net.subnets[subnet].acl?;
    let entries = net.acls[acl]
        .entries
        .iter()
        .filter(|it| it.egress == egress);
    let lowest = entries.map(|it| it.number).min().unwrap_or(101);
    let peer = if axis == Axis::Source {
        &stretch.source
    } else {
        &stretch.destination
    };
    let ports = match port {
        PortOf::Destination => stretch.ports,
        PortOf::Source(which) => stretch.sources[which],
    };
    let ports = if matches!(port, PortOf::Source(_)) && ports.0 >= ANY.0 {
        ANY
    } else {
        ports
    };
    let (way, word) = if egress {
        ("outbound", "to")
    } else {
        ("inbound", "from")
    };
    let answers = if matches!(port, PortOf::Source(_)) {
        ", for the answers"
    } else {
        ""
    };
    Some(Missing {
        code: "SUBNET_ACL_RESTRICTION",
        what: format!(
            "network ACL {} needs an {way} entry before number {lowest}: allow {} {word} {}{answers}",
            net.acls[acl].name,
            said(stretch.protocol.to_string(), ports),
            peer.text,
        ),
        resource: net.acls[acl].id.clone(),
        change: Change::Entry {
            acl,
            entry: Entry {
                number: lowest - 1,
                egress,
                allow: Some(true),
                traffic: Traffic {
                    protocol: Some(Spoken::Number(stretch.protocol.number())),
                    ports: Some((i64::from(ports.0), i64::from(ports.1))),
                },
                range: range(peer.text.to_string(), &peer.addresses, stretch.family),
            },
        },
    })
}

/// The route that a table lacks, or that leads elsewhere.
pub(super) fn route(
    net: &Network,
    subnet: usize,
    left: &Space,
    family: Family,
    want: &Target,
) -> Option<Missing> {
    let table = net.subnets[subnet].table?;
    let part = net
        .lookup(table, left, family)
        .into_iter()
        .find(|it| it.target != Some(want))?;
    let taken = part.route.and_then(|it| net.tables[table].routes.get(it));
    let needed = match want {
        Target::Peering(it) => {
            let mine = net.subnets[subnet].vpc;
            let sides = net.peerings.get(*it)?.sides;
            let other = sides.into_iter().flatten().find(|it| Some(*it) != mine)?;
            let text = format!("the addresses of {}", net.vpcs[other].name);
            let length = net.local_length(other, family);
            Range::of(text, net.vpcs[other].ranges.clone(), length)
        }
        Target::Transit(transit) => {
            let mine = net.subnets[subnet].vpc;
            let there = |it: &&Vpc| of(&it.ranges, family).covers(&part.addresses);
            let others = net.attachments.iter().filter(|it| it.transit == *transit);
            let mut others = others.filter(|it| Some(it.vpc) != mine);
            match others.find_map(|it| Some(&net.vpcs[it.vpc]).filter(there)) {
                Some(vpc) => {
                    let both = vpc.ranges.clone();
                    let length = length_of(of(&both, family), family);
                    Range::of(vpc_text(vpc), both, length)
                }
                None => Range::everything(family),
            }
        }
        _ => Range::everything(family),
    };
    let (code, range, taken) = match taken {
        // A wider one may stay.
        Some(route) if route.range.length < needed.length => {
            ("NO_ROUTE_TO_DESTINATION", needed, None)
        }
        Some(route) => {
            let code = match route.target {
                Target::Nowhere(_) => "BAD_STATE_ROUTE",
                _ if route.range.length == 0 => "NO_ROUTE_TO_DESTINATION",
                _ => "MORE_SPECIFIC_ROUTE",
            };
            (code, route.range.clone(), Some(route))
        }
        None => ("NO_ROUTE_TO_DESTINATION", needed, None),
    };
    let to = match want {
        Target::Local => "local".to_owned(),
        Target::Internet(vpc) => format!("the internet gateway of {}", net.vpcs[*vpc].name),
        Target::EgressOnly(vpc) => format!(
            "the egress-only internet gateway of {}",
            net.vpcs[*vpc].name
        ),
        Target::Nat(it) => format!("NAT gateway {}", net.nats[*it].name),
        Target::Peering(it) => format!("peering connection {}", net.peerings[*it].name),
        Target::Transit(it) => format!("transit gateway {}", net.transits[*it].name),
        Target::Attachment(it) => format!("attachment {}", net.attachments[*it].name),
        Target::Gateway(it) => format!("gateway endpoint {}", net.gateways[*it].name),
        Target::Nowhere(it) | Target::Elsewhere(it) => it.clone(),
    };
    let verb = if taken.is_some() {
        "needs its route for"
    } else {
        "needs a route for"
    };
    let mut name = net.tables[table].name.clone();
    if net.tables[table].id.is_empty() {
        name = format!("{} has {name}, which", net.subnets[subnet].name);
    }
    Some(Missing {
        code,
        what: format!("{name} {verb} {} to {to}", range.text),
        resource: net.tables[table].id.clone(),
        change: Change::Route {
            table,
            route: Route {
                range,
                target: want.clone(),
                id: taken.map_or_else(String::new, |it| it.id.clone()),
            },
        },
    })
}

impl Network {
    /// The network with these added.
    pub fn with(&self, missing: &[Missing]) -> Network {
        let mut net = self.clone();
        for it in missing {
            net.apply(&it.change);
        }
        net
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::Rule {
                group,
                ingress,
                rule,
            } => {
                let group = &mut self.groups[*group];
                let rules = if *ingress {
                    &mut group.ingress
                } else {
                    &mut group.egress
                };
                rules.push(rule.clone());
            }
            Change::Entry { acl, entry } => self.acls[*acl].entries.insert(0, entry.clone()),
            // Without the connection there is no route to it.
            Change::Route { route, .. } if matches!(route.target, Target::Peering(it) if it >= self.peerings.len()) =>
                {}
            Change::Route { table, route } => {
                let routes = &mut self.tables[*table].routes;
                routes.retain(|it| {
                    it.range.length != route.range.length
                        || it.range.definite != route.range.definite
                });
                routes.push(route.clone());
            }
            Change::Transit(change) => self.apply_transit(change),
            Change::Gateway { vpc } => self.vpcs[*vpc].gateway = Some(true),
            Change::Public { node } => {
                self.nodes[*node]
                    .seats
                    .iter_mut()
                    .for_each(|it| it.public = Some(true));
            }
            Change::Six { node } => {
                self.nodes[*node]
                    .seats
                    .iter_mut()
                    .for_each(|it| it.six = Some(true));
            }
            Change::NatPublic { nat } => self.nats[*nat].public = true,
            Change::Listener {
                balancer,
                port,
                udp,
            } => self.balancers[*balancer].listeners.push(Listener {
                id: String::new(),
                stack: 0,
                port: Some(*port),
                udp: *udp,
                tcp: !udp,
                targets: Vec::new(),
                complete: true,
            }),
            Change::InternetFacing { balancer } => {
                let balancer = &mut self.balancers[*balancer];
                balancer.internet_facing = Some(true);
                self.nodes[balancer.node]
                    .seats
                    .iter_mut()
                    .for_each(|it| it.public = Some(true));
            }
            Change::Zone { balancer, subnet } => {
                let node = self.balancers[*balancer].node;
                if let Some(first) = self.nodes[node].seats.first().cloned() {
                    self.nodes[node].seats.push(Seat {
                        subnet: *subnet,
                        ..first
                    });
                }
            }
            Change::Endpoint {
                service,
                vpc,
                subnet,
            } => {
                let node = self.nodes.len();
                self.nodes.push(Node {
                    stack: 0,
                    id: String::new(),
                    kind: Kind::Endpoint,
                    seats: vec![Seat {
                        subnet: *subnet,
                        groups: None,
                        address: None,
                        public: Some(false),
                        six: Some(false),
                    }],
                    sources: ANY,
                    port: Some(443),
                    hosts: None,
                    region: 0,
                    doubt: None,
                });
                self.vpcs[*vpc].dns = Some(true);
                self.services.push(InterfaceEndpoint {
                    service: service.clone(),
                    vpc: Some(*vpc),
                    node,
                    private_dns: Some(true),
                });
            }
            Change::Peering { sides } => self.peerings.push(Peering {
                name: format!(
                    "between {} and {}",
                    self.vpcs[sides[0]].name, self.vpcs[sides[1]].name
                ),
                sides: sides.map(Some),
            }),
        }
    }
}
