//! The ways between two ends: within a VPC, over a peering connection, out to the internet and in
//! from it.

use std::borrow::Cow;

use super::answer::{Family, Missing, Protocol};
use super::fault::Fault;
use super::flow::{Axis, Gate, PortOf, Side, Stretch, Verdict, bare_flag, flag};
use super::missing::Change;
use super::parts::*;
use super::read_nodes::ANY;
use super::space::Space;

/// Few ways have more gates.
const MOST: usize = 10;

/// One place where an end may be.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) node: Option<usize>,
    pub(super) name: String,
    pub(super) seat: Seat,
    pub(super) sources: (u16, u16),
    /// Where its public address is.
    pub(super) region: u32,
}

/// What is spoken on a way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Talk {
    pub(super) ports: (u16, u16),
    pub(super) protocol: Protocol,
    pub(super) family: Family,
}

/// Who sends on a private way.
#[derive(Clone, Debug)]
pub(super) struct Source<'n> {
    pub(super) side: Side<'n>,
    pub(super) ports: (u16, u16),
    /// Whether answers need a route: those to the clients of a load balancer go back through it.
    pub(super) returns: bool,
}

pub(super) fn acl(subnet: usize, egress: bool, axis: Axis, port: PortOf) -> Gate {
    Gate::Acl {
        subnet,
        egress,
        axis,
        port,
    }
}

impl Network {
    pub(super) fn ends(&self, number: usize) -> Vec<End> {
        let node = &self.nodes[number];
        let end = |seat: &Seat| End {
            node: Some(number),
            name: match self.quiet {
                true => String::new(),
                false => format!("`{}`", node.id),
            },
            seat: seat.clone(),
            sources: node.sources,
            region: node.region,
        };
        let all = node.seats.iter().map(end);
        match self.is(Fault::FirstSeatIsEnough) {
            true => all.take(1).collect(),
            false => all.collect(),
        }
    }

    pub(super) fn side<'n>(&'n self, end: &'n End, family: Family) -> Side<'n> {
        let subnet = &self.subnets[end.seat.subnet];
        let addresses = match &end.seat.address {
            Some(own) => of(own, family),
            None => of(&subnet.usable, family),
        };
        let groups = end.seat.groups.as_deref();
        Side {
            addresses: Cow::Borrowed(addresses),
            groups,
            known_as: Cow::Borrowed(groups.unwrap_or_default()),
            text: match self.quiet {
                true => Cow::Borrowed(""),
                false => Cow::Owned(format!("the addresses of {}", subnet.name)),
            },
        }
    }

    /// Whom filters know addresses outside of VPCs by.
    fn outside<'n>(&self, addresses: &'n Space, text: &'n str) -> Side<'n> {
        Side {
            addresses: Cow::Borrowed(addresses),
            groups: None,
            known_as: match self.is(Fault::GroupsMatchPublicAddresses) {
                true => (0..self.groups.len()).collect(),
                false => Cow::Borrowed(&[]),
            },
            text: Cow::Borrowed(text),
        }
    }

    /// The end itself as the sender.
    pub(super) fn sender<'n>(&'n self, end: &'n End, family: Family) -> Source<'n> {
        Source {
            side: self.side(end, family),
            ports: end.sources,
            returns: true,
        }
    }

    fn vpc_at(&self, end: &End) -> Option<usize> {
        self.subnets[end.seat.subnet].vpc
    }

    /// Both must have an IPv6 address to speak it.
    pub(super) fn speaks(&self, end: &End, family: Family) -> Option<Gate> {
        if family == Family::V4 {
            return None;
        }
        let subnet = &self.subnets[end.seat.subnet];
        let given = end.seat.six.or(subnet.six);
        let holds = if of(&subnet.usable, family).is_empty() {
            Some(false)
        } else {
            given
        };
        if self.quiet || holds == Some(true) {
            return Some(bare_flag(holds));
        }
        let why = format!("{} in {} has no IPv6 address", end.name, subnet.name);
        let missing = end
            .node
            .filter(|_| !of(&subnet.usable, family).is_empty())
            .map(|node| {
                let what = format!("{} needs an IPv6 address", end.name);
                (
                    "ENI_ADDRESS_RESTRICTION",
                    what,
                    self.nodes[node].id.clone(),
                    Change::Six { node },
                )
            });
        Some(flag(holds, why, missing))
    }

    /// From one interface to another by private addresses.
    pub(super) fn private(&self, from: &End, to: &End, talk: Talk, source: Source<'_>) -> Verdict {
        let (a, b) = (from.seat.subnet, to.seat.subnet);
        let mut gates = Vec::with_capacity(MOST);
        gates.extend(self.speaks(from, talk.family));
        gates.extend(self.speaks(to, talk.family));
        let want = match (self.vpc_at(from), self.vpc_at(to)) {
            (Some(x), Some(y)) if x != y => {
                let known = self.connection(from, to, [x, y], talk.family);
                match known {
                    Some(Target::Transit(it)) => {
                        return self.by_transit(from, to, talk, source, [it, x, y]);
                    }
                    Some(way) => way,
                    None => {
                        gates.push(self.unconnected(x, y));
                        Target::Peering(usize::MAX)
                    }
                }
            }
            _ => Target::Local,
        };
        let crosses = a != b || self.subnets[a].vpc.is_none();
        let filtered = crosses || self.is(Fault::EntriesWithinASubnet);
        gates.push(Gate::GroupOut);
        let mut there = !matches!(want, Target::Peering(usize::MAX));
        let unseen = [a, b]
            .into_iter()
            .find(|it| self.subnets[*it].vpc.is_none());
        if let (Some(subnet), true) = (unseen, there) {
            // Its addresses are not known, so neither is which route they take.
            let why = format!("where the routes of {} lead", self.subnets[subnet].name);
            gates.push(flag(None, why, None));
            there = false;
        }
        if crosses && there {
            gates.push(Gate::Route {
                subnet: a,
                axis: Axis::Destination,
                want: want.clone(),
            });
        }
        if filtered {
            gates.push(acl(a, true, Axis::Destination, PortOf::Destination));
            gates.push(acl(b, false, Axis::Source, PortOf::Destination));
        }
        // ELB_ACL_RESTRICTION: what a Classic Load Balancer sends is asked also within its subnet.
        // https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html
        if !filtered && self.subnets[a].acl.is_some() && self.is_classic(from.node) {
            gates.push(acl(a, true, Axis::Destination, PortOf::Destination));
        }
        gates.push(Gate::GroupIn);
        if filtered && !self.is(Fault::AnswersAreFree) {
            gates.push(acl(b, true, Axis::Source, PortOf::Source(0)));
            gates.push(acl(a, false, Axis::Destination, PortOf::Source(0)));
        }
        if crosses && there && source.returns && !self.is(Fault::AnswersNeedNoRoute) {
            gates.push(Gate::Route {
                subnet: b,
                axis: Axis::Source,
                want,
            });
        }
        self.flow(&Stretch {
            source: source.side,
            destination: self.side(to, talk.family),
            gates,
            sources: [source.ports; 2],
            ports: talk.ports,
            protocol: talk.protocol,
            family: talk.family,
        })
    }

    fn is_classic(&self, node: Option<usize>) -> bool {
        let balancer = node.and_then(|it| self.balancer_of(it));
        balancer.is_some_and(|it| self.balancers[it].classic)
    }

    pub(super) fn peered(&self, x: usize, y: usize) -> Option<usize> {
        self.peerings
            .iter()
            .position(|it| it.sides == [Some(x), Some(y)] || it.sides == [Some(y), Some(x)])
    }

    /// From an interface to addresses that are not in its VPC.
    pub(super) fn out(
        &self,
        from: &End,
        addresses: &Space,
        text: &str,
        talk: Talk,
        fallback: Option<&str>,
    ) -> Verdict {
        let table = self.subnets[from.seat.subnet].table;
        let Some(table) = table else {
            let gates = vec![Gate::GroupOut];
            let verdict = self.flow(&self.outward(from, addresses, text, talk, gates));
            let name = &self.subnets[from.seat.subnet].name;
            let unseen = Verdict::unknown(format!("where the routes of {name} lead"));
            // What the groups forbid is forbidden whatever the routes are.
            return verdict.then(unseen);
        };
        let parts = self.lookup(table, addresses, talk.family);
        let each = parts.into_iter().map(|part| {
            let want = match part.target {
                Some(Target::Elsewhere(_)) if part.certain => None,
                Some(Target::Transit(it)) if part.certain => {
                    return self.out_by_transit(from, &part.addresses, text, talk, *it);
                }
                Some(Target::Transit(it)) => {
                    let name = &self.transits[*it].name;
                    let unseen =
                        Verdict::unknown(format!("what is sent to transit gateway {name}"));
                    let gates = vec![Gate::GroupOut];
                    return self
                        .flow(&self.outward(from, &part.addresses, text, talk, gates))
                        .then(unseen);
                }
                Some(Target::Nowhere(_)) | None => {
                    if let Some(service) = fallback
                        && let Some(verdict) = self.without_exit(from, service)
                    {
                        return verdict;
                    }
                    Some(self.exit(from, talk.family))
                }
                Some(it) => Some(it.clone()),
            };
            let gates = match &want {
                Some(want) => self.outward_gates(from, want, talk.family),
                None => vec![Gate::GroupOut],
            };
            let verdict = self.flow(&self.outward(from, &part.addresses, text, talk, gates));
            match (part.target, want) {
                (Some(Target::Elsewhere(name)), None) => {
                    verdict.then(Verdict::unknown(format!("where {name} leads")))
                }
                _ => verdict,
            }
        });
        Verdict::all(each)
            .unwrap_or_else(|| Verdict::blocked("there is no such address", None))
            .in_subnet(from.seat.subnet)
    }

    pub(super) fn outward<'n>(
        &'n self,
        from: &'n End,
        addresses: &'n Space,
        text: &'n str,
        talk: Talk,
        gates: Vec<Gate>,
    ) -> Stretch<'n> {
        Stretch {
            source: self.side(from, talk.family),
            destination: self.outside(addresses, text),
            gates,
            sources: [from.sources, ANY],
            ports: talk.ports,
            protocol: talk.protocol,
            family: talk.family,
        }
    }

    /// The way out that a subnet without one should have.
    fn exit(&self, from: &End, family: Family) -> Target {
        let vpc = self.vpc_at(from).unwrap_or_default();
        let nat = self
            .nats
            .iter()
            .position(|it| self.subnets[it.subnet].vpc == Some(vpc));
        match family {
            Family::V6 if self.vpcs[vpc].egress_only => Target::EgressOnly(vpc),
            Family::V4 if from.seat.public == Some(false) => {
                nat.map_or(Target::Internet(vpc), Target::Nat)
            }
            _ => Target::Internet(vpc),
        }
    }

    /// A VPC without any way out reaches AWS by an endpoint.
    fn without_exit(&self, from: &End, service: &str) -> Option<Verdict> {
        let vpc = self.vpc_at(from)?;
        let nat = self
            .nats
            .iter()
            .any(|it| self.subnets[it.subnet].vpc == Some(vpc));
        if nat || from.seat.public != Some(false) {
            return None;
        }
        let subnet = from.seat.subnet;
        let name = &self.subnets[subnet].name;
        let missing = Missing {
            code: "NO_ROUTE_TO_DESTINATION",
            what: format!(
                "{} needs an interface endpoint for {service} with private DNS, or a NAT gateway",
                self.vpcs[vpc].name
            ),
            resource: String::new(),
            change: Change::Endpoint {
                service: service.to_owned(),
                vpc,
                subnet,
            },
        };
        Some(Verdict::blocked(
            format!("{name} has no way to {service} of AWS"),
            Some(missing),
        ))
    }

    fn attached(&self, vpc: usize) -> Gate {
        let name = &self.vpcs[vpc].name;
        let holds = match self.is(Fault::DetachedGatewayWorks) {
            true => Some(true),
            false => self.vpcs[vpc].gateway,
        };
        if self.quiet || holds == Some(true) {
            return bare_flag(holds);
        }
        let what = format!("{name} needs an internet gateway attached");
        let missing = (
            "UNASSOCIATED_COMPONENT",
            what,
            String::new(),
            Change::Gateway { vpc },
        );
        flag(
            holds,
            format!("no internet gateway is attached to {name}"),
            Some(missing),
        )
    }

    fn has_public(&self, end: &End, code: &'static str) -> Gate {
        let holds = match self.is(Fault::NobodyNeedsAPublicAddress) {
            true => Some(true),
            false => end.seat.public,
        };
        if self.quiet || holds == Some(true) {
            return bare_flag(holds);
        }
        let name = &end.name;
        let missing = end.node.map(|node| match self.balancer_of(node) {
            Some(balancer) => {
                let what = format!("{name} needs the scheme internet-facing");
                (
                    code,
                    what,
                    self.nodes[node].id.clone(),
                    Change::InternetFacing { balancer },
                )
            }
            None => {
                let what = format!("{name} needs a public IPv4 address");
                (
                    code,
                    what,
                    self.nodes[node].id.clone(),
                    Change::Public { node },
                )
            }
        });
        flag(holds, format!("{name} has no public IPv4 address"), missing)
    }

    fn outward_gates(&self, from: &End, want: &Target, family: Family) -> Vec<Gate> {
        let a = from.seat.subnet;
        let mut gates = Vec::with_capacity(MOST);
        gates.extend(self.speaks(from, family));
        gates.push(Gate::GroupOut);
        gates.push(Gate::Route {
            subnet: a,
            axis: Axis::Destination,
            want: want.clone(),
        });
        let leaves = |gates: &mut Vec<Gate>, subnet: usize, port: usize| {
            gates.push(acl(subnet, true, Axis::Destination, PortOf::Destination));
            if !self.is(Fault::AnswersAreFree) {
                gates.push(acl(subnet, false, Axis::Destination, PortOf::Source(port)));
            }
        };
        match want {
            Target::Internet(vpc) => {
                gates.push(self.attached(*vpc));
                if family == Family::V4 {
                    gates.push(self.has_public(from, "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"));
                }
                leaves(&mut gates, a, 0);
            }
            Target::EgressOnly(_) => {
                let why = "an egress-only internet gateway takes IPv6 alone";
                gates.push(flag(Some(family == Family::V6), why, None));
                leaves(&mut gates, a, 0);
            }
            Target::Nat(number) => {
                let nat = &self.nats[*number];
                if family != Family::V4 {
                    let why = "a NAT gateway takes IPv4 alone";
                    gates.push(flag(Some(false), why, None));
                }
                if a != nat.subnet {
                    leaves(&mut gates, a, 0);
                    if !self.is(Fault::NatSubnetIgnored) {
                        gates.push(acl(nat.subnet, false, Axis::Source, PortOf::Destination));
                        if !self.is(Fault::AnswersAreFree) {
                            gates.push(acl(nat.subnet, true, Axis::Source, PortOf::Source(0)));
                        }
                    }
                }
                self.beyond_nat(&mut gates, *number);
            }
            _ => leaves(&mut gates, a, 0),
        }
        gates
    }

    /// From a NAT gateway to the internet.
    pub(super) fn beyond_nat(&self, gates: &mut Vec<Gate>, number: usize) {
        let nat = &self.nats[number];
        if !nat.public {
            let what = format!("{} must be public", nat.name);
            let change = Change::NatPublic { nat: number };
            let missing = ("UNASSOCIATED_COMPONENT", what, String::new(), change);
            let why = format!("{} is a private NAT gateway", nat.name);
            gates.push(flag(Some(false), why, Some(missing)));
        }
        match self.subnets[nat.subnet].vpc {
            Some(vpc) => {
                let want = Target::Internet(vpc);
                gates.push(Gate::Route {
                    subnet: nat.subnet,
                    axis: Axis::Destination,
                    want,
                });
                gates.push(self.attached(vpc));
            }
            None => gates.push(flag(
                None,
                format!("where the routes of {} lead", self.subnets[nat.subnet].name),
                None,
            )),
        }
        if !self.is(Fault::NatSubnetIgnored) {
            gates.push(acl(
                nat.subnet,
                true,
                Axis::Destination,
                PortOf::Destination,
            ));
            if !self.is(Fault::AnswersAreFree) {
                gates.push(acl(nat.subnet, false, Axis::Destination, PortOf::Source(1)));
            }
        }
    }

    /// From addresses outside to an interface that has a public one.
    pub(super) fn inward(&self, addresses: &Space, text: &str, to: &End, talk: Talk) -> Verdict {
        let b = to.seat.subnet;
        let mut gates = Vec::with_capacity(MOST);
        gates.extend(self.speaks(to, talk.family));
        match self.subnets[b].vpc {
            Some(vpc) => gates.push(self.attached(vpc)),
            None => {
                let why = format!("where the routes of {} lead", self.subnets[b].name);
                gates.push(flag(None, why, None));
            }
        }
        if talk.family == Family::V4 {
            gates.push(self.has_public(to, "IGW_PUBLIC_IP_ASSOCIATION_FOR_INGRESS"));
        }
        gates.push(acl(b, false, Axis::Source, PortOf::Destination));
        gates.push(Gate::GroupIn);
        if !self.is(Fault::AnswersAreFree) {
            gates.push(acl(b, true, Axis::Source, PortOf::Source(0)));
        }
        if let Some(vpc) = self.subnets[b].vpc
            && !self.is(Fault::AnswersNeedNoRoute)
        {
            gates.push(Gate::Route {
                subnet: b,
                axis: Axis::Source,
                want: Target::Internet(vpc),
            });
        }
        self.flow(&Stretch {
            source: self.outside(addresses, text),
            destination: self.side(to, talk.family),
            gates,
            sources: [ANY, ANY],
            ports: talk.ports,
            protocol: talk.protocol,
            family: talk.family,
        })
        .in_subnet(b)
    }
}
