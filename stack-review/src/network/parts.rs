//! [`Network`]: what a template says of its network, with references followed.

use std::collections::BTreeMap;

use super::answer::{Family, Protocol};
use super::fault::Fault;
use super::space::Space;
use super::transit::{Attachment, Transit};

/// Subnets, groups, routes and what is attached to them, as one world makes them. What is made
/// elsewhere is there too, with what is known of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    pub(super) vpcs: Vec<Vpc>,
    pub(super) subnets: Vec<Subnet>,
    pub(super) groups: Vec<Group>,
    pub(super) acls: Vec<Acl>,
    pub(super) tables: Vec<Table>,
    pub(super) nats: Vec<Nat>,
    pub(super) peerings: Vec<Peering>,
    pub(super) transits: Vec<Transit>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) gateways: Vec<GatewayEndpoint>,
    pub(super) services: Vec<InterfaceEndpoint>,
    pub(super) nodes: Vec<Node>,
    pub(super) balancers: Vec<Balancer>,
    pub(super) targets: Vec<TargetGroup>,
    /// Names of the regions of addresses.
    pub(super) regions: BTreeMap<u32, String>,
    /// The names of the stacks that were read, for endpoints that name theirs.
    pub(super) stacks: BTreeMap<usize, String>,
    /// Whether something in it makes resources at deployment that are not seen here.
    pub(super) generated: bool,
    pub(super) fault: Option<Fault>,
    /// Answers in one word are wanted, and no text.
    pub(super) quiet: bool,
}

/// One for each family.
pub(super) type Both = [Space; 2];

pub(super) fn of(both: &Both, family: Family) -> &Space {
    &both[family as usize]
}

/// A range as a rule or a route names it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) text: String,
    /// For certain in it.
    pub(super) definite: Both,
    /// Perhaps in it; holds the definite ones.
    pub(super) possible: Both,
    /// The prefix length, to tell the more specific one of two.
    pub(super) length: u8,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Vpc {
    pub(super) name: String,
    pub(super) ranges: Both,
    /// An internet gateway is attached; `None` when that is not known.
    pub(super) gateway: Option<bool>,
    pub(super) egress_only: bool,
    /// A way out to elsewhere: a transit gateway, a virtual private gateway.
    pub(super) elsewhere: bool,
    /// Names are resolved as interface endpoints need it: both DNS attributes are on.
    pub(super) dns: Option<bool>,
    /// Its table for subnets that have none of their own.
    pub(super) main_table: usize,
    /// Its group for what has none of its own.
    pub(super) default_group: usize,
    /// Its addresses are not numbers, or some are not known.
    pub(super) symbolic: bool,
    /// Whether it is made here, with all that is in it.
    pub(super) seen: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Subnet {
    pub(super) name: String,
    /// `None` when it is made elsewhere.
    pub(super) vpc: Option<usize>,
    /// What its interfaces can have: without the addresses that AWS keeps.
    pub(super) usable: Both,
    pub(super) zone: Zone,
    /// `None`: lets everything through.
    pub(super) acl: Option<usize>,
    /// `None` when it is made elsewhere.
    pub(super) table: Option<usize>,
    /// Whether interfaces get a public IPv4 address.
    pub(super) public: Option<bool>,
    /// Whether interfaces get an IPv6 address.
    pub(super) six: Option<bool>,
}

/// An Availability Zone, as far as two can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    Name(String),
    /// The nth of the region's.
    Nth(String),
    Unknown,
}

impl Zone {
    pub(super) fn same(&self, other: &Zone) -> Option<bool> {
        match (self, other) {
            (Zone::Name(a), Zone::Name(b)) | (Zone::Nth(a), Zone::Nth(b)) => Some(a == b),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Group {
    pub(super) name: String,
    /// Logical id; empty for one that is made elsewhere.
    pub(super) id: String,
    /// The stack that knows it.
    pub(super) stack: usize,
    /// Whether all of its rules are known.
    pub(super) complete: bool,
    /// Whether it stands for a literal id.
    pub(super) literal: bool,
    /// Whether it may be any group: what a function makes at deployment.
    pub(super) free: bool,
    pub(super) vpc: Option<usize>,
    pub(super) ingress: Vec<Rule>,
    pub(super) egress: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    pub(super) traffic: Traffic,
    pub(super) peer: Peer,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Peer {
    Range(Range),
    Group(usize),
}

/// Protocol and ports; `None` for what is not known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Traffic {
    pub(super) protocol: Option<Spoken>,
    /// For TCP and UDP.
    pub(super) ports: Option<(i64, i64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    All,
    Number(u8),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Acl {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) number: i64,
    pub(super) egress: bool,
    pub(super) allow: Option<bool>,
    pub(super) traffic: Traffic,
    pub(super) range: Range,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) vpc: Option<usize>,
    pub(super) routes: Vec<Route>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Route {
    pub(super) range: Range,
    pub(super) target: Target,
    pub(super) id: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Local,
    /// The internet gateway of this VPC.
    Internet(usize),
    EgressOnly(usize),
    Nat(usize),
    Peering(usize),
    Transit(usize),
    /// In tables of transit gateways: the VPC that is attached by it.
    Attachment(usize),
    /// A gateway endpoint.
    Gateway(usize),
    /// Leads nowhere.
    Nowhere(String),
    /// Leads to what is not seen here.
    Elsewhere(String),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Nat {
    pub(super) name: String,
    pub(super) subnet: usize,
    pub(super) public: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Peering {
    pub(super) name: String,
    pub(super) sides: [Option<usize>; 2],
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct GatewayEndpoint {
    pub(super) name: String,
    pub(super) service: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct InterfaceEndpoint {
    pub(super) service: String,
    pub(super) vpc: Option<usize>,
    pub(super) node: usize,
    pub(super) private_dns: Option<bool>,
}

/// What begins or takes connections.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) stack: usize,
    pub(super) id: String,
    pub(super) kind: Kind,
    /// Where it may be.
    pub(super) seats: Vec<Seat>,
    /// The source ports it uses.
    pub(super) sources: (u16, u16),
    /// The port it listens on when nothing else is said.
    pub(super) port: Option<u16>,
    /// Containers' ports and where hosts have them; `None` for any of the dynamic range.
    pub(super) hosts: Option<Vec<(u16, Option<u16>)>>,
    /// Where its public addresses are.
    pub(super) region: u32,
    /// Whether everything of it is known.
    pub(super) doubt: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Service,
    Instance,
    AutoScaling,
    Balancer,
    Store,
    Function,
    Endpoint,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seat {
    pub(super) subnet: usize,
    /// `None`: no group filters it.
    pub(super) groups: Option<Vec<usize>>,
    /// Its private address, when it is fixed.
    pub(super) address: Option<Both>,
    pub(super) public: Option<bool>,
    pub(super) six: Option<bool>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Balancer {
    pub(super) node: usize,
    pub(super) network: bool,
    pub(super) classic: bool,
    pub(super) internet_facing: Option<bool>,
    pub(super) listeners: Vec<Listener>,
    pub(super) cross_zone: Option<bool>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Listener {
    pub(super) id: String,
    pub(super) stack: usize,
    pub(super) port: Option<u16>,
    pub(super) udp: bool,
    pub(super) tcp: bool,
    pub(super) targets: Vec<usize>,
    /// Whether all of its target groups are seen.
    pub(super) complete: bool,
}

impl Listener {
    pub(super) fn speaks(&self, protocol: Protocol) -> bool {
        match protocol {
            Protocol::Tcp => self.tcp,
            Protocol::Udp => self.udp,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct TargetGroup {
    pub(super) id: String,
    pub(super) stack: usize,
    pub(super) port: Option<u16>,
    pub(super) udp: bool,
    pub(super) tcp: bool,
    pub(super) health_port: HealthPort,
    /// Whether targets see the client's address; for Network Load Balancers.
    pub(super) preserves: Option<bool>,
    /// Whether it says otherwise than its load balancer.
    pub(super) cross_zone: Option<bool>,
    pub(super) members: Vec<Member>,
    /// Functions and load balancers are no targets that packets are sent to from here.
    pub(super) packets: bool,
    /// Whether its targets are registered by what is seen here.
    pub(super) complete: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HealthPort {
    Traffic,
    Port(u16),
    Unknown,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    pub(super) node: usize,
    pub(super) ports: Ports,
}

/// Destination ports: all of them must be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ports {
    Range(u16, u16),
    Unknown,
}

impl Range {
    pub(super) fn everything(family: Family) -> Range {
        let mut both = Both::default();
        both[family as usize] = Space::everything();
        Range {
            text: match family {
                Family::V4 => "0.0.0.0/0".to_owned(),
                Family::V6 => "::/0".to_owned(),
            },
            definite: both.clone(),
            possible: both,
            length: 0,
        }
    }

    pub(super) fn of(text: String, both: Both, length: u8) -> Range {
        Range {
            text,
            definite: both.clone(),
            possible: both,
            length,
        }
    }

    pub(super) fn unknown(text: String) -> Range {
        Range {
            text,
            definite: Both::default(),
            possible: [Space::everything(), Space::everything()],
            length: 0,
        }
    }
}

impl Traffic {
    pub(super) const ALL: Traffic = Traffic {
        protocol: Some(Spoken::All),
        ports: Some((0, 65535)),
    };

    /// Whether it takes in this port; `None` when that is not known.
    pub(super) fn takes(&self, protocol: u8, port: u16, fault: Option<Fault>) -> Option<bool> {
        match self.protocol {
            Some(Spoken::All) => return Some(fault != Some(Fault::AllProtocolsIsNone)),
            Some(Spoken::Number(it)) if it != protocol => return Some(false),
            _ => (),
        }
        let (from, to) = self.ports?;
        let last = if fault == Some(Fault::LastPortIsOut) && from < to {
            to - 1
        } else {
            to
        };
        let within = from <= i64::from(port) && i64::from(port) <= last;
        match self.protocol {
            Some(_) => Some(within),
            None if within => None,
            None => None,
        }
    }
}

/// Regions from here on hold public addresses.
pub(super) const PUBLIC: u32 = 1 << 24;

impl Network {
    /// A place for addresses that are not numbers: within a VPC, or public ones.
    pub(super) fn region(&mut self, name: impl Into<String>, public: bool) -> u32 {
        let first = if public { PUBLIC } else { 1 };
        let count = self
            .regions
            .range(first..)
            .take_while(|it| public || *it.0 < PUBLIC)
            .count();
        let number = first.saturating_add(u32::try_from(count).unwrap_or(0));
        self.regions.insert(number, name.into());
        number
    }

    pub(super) fn is(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    pub(super) fn node_of(&self, stack: Option<usize>, id: &str) -> Option<usize> {
        self.nodes
            .iter()
            .position(|it| it.id == id && stack.is_none_or(|stack| it.stack == stack))
    }

    pub(super) fn balancer_of(&self, node: usize) -> Option<usize> {
        self.balancers.iter().position(|it| it.node == node)
    }
}
