//! From templates to a [`Network`](super::Network): security groups, network ACLs, routes.

use crate::model::{Resource, Value, View};

use super::answer::Family;
use super::fault::Fault;
use super::parts::*;
use super::read::{Reader, called, key, quoted};
use super::read_classic::CLASSIC;
use super::space::Space;

/// The properties that say who the other end of a rule is, beside ranges.
struct End {
    group: &'static str,
    name: &'static str,
    list: &'static str,
}

const SOURCE: End = End {
    group: "SourceSecurityGroupId",
    name: "SourceSecurityGroupName",
    list: "SourcePrefixListId",
};

const DESTINATION: End = End {
    group: "DestinationSecurityGroupId",
    name: "DestinationSecurityGroupName",
    list: "DestinationPrefixListId",
};

impl<'e, 'a> Reader<'e, 'a> {
    pub(super) fn read_groups(&mut self) {
        let all = self.all("AWS::EC2::SecurityGroup");
        for resource in &all {
            let vpc = resource.get("VpcId");
            let vpc = vpc.is_set().then(|| self.vpc(&vpc));
            self.groups.insert(key(*resource), self.net.groups.len());
            self.net.groups.push(Group {
                name: quoted(resource.id()),
                id: resource.id().to_owned(),
                stack: resource.stack().number(),
                complete: true,
                literal: false,
                free: false,
                vpc,
                ingress: Vec::new(),
                egress: Vec::new(),
            });
        }
        for resource in &all {
            let Some(&number) = self.groups.get(&key(*resource)) else {
                continue;
            };
            let (rules, complete) = self.rules(&resource.get("SecurityGroupIngress"), &SOURCE);
            self.net.groups[number].ingress = rules;
            let egress = resource.get("SecurityGroupEgress");
            let (mut rules, known) = self.rules(&egress, &DESTINATION);
            // A group that says nothing of what goes out lets everything out.
            // https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
            if rules.is_empty() && known && !self.net.is(Fault::NoRuleOutIsNoWayOut) {
                let all = |family| Rule {
                    traffic: Traffic::ALL,
                    peer: Peer::Range(Range::everything(family)),
                };
                rules = vec![all(Family::V4), all(Family::V6)];
            }
            self.net.groups[number].egress = rules;
            self.net.groups[number].complete = complete && known;
        }
        for resource in self.all("AWS::EC2::SecurityGroupIngress") {
            let group = resource.get("GroupId");
            let group = if group.is_set() {
                group
            } else {
                resource.get("GroupName")
            };
            let number = self.group(&group);
            let rules = self.rule(&|name| resource.get(name), &SOURCE);
            self.net.groups[number].ingress.extend(rules);
        }
        for resource in self.all("AWS::EC2::SecurityGroupEgress") {
            let number = self.group(&resource.get("GroupId"));
            let rules = self.rule(&|name| resource.get(name), &DESTINATION);
            self.net.groups[number].egress.extend(rules);
        }
    }

    /// The group that a value names.
    pub(super) fn group(&mut self, view: &View<'e, 'a>) -> usize {
        if let Some(resource) = self.target(view) {
            match resource.kind() {
                "AWS::EC2::SecurityGroup" => {
                    if let Some(number) = self.groups.get(&key(resource)) {
                        return *number;
                    }
                }
                "AWS::EC2::VPC" => {
                    let number = self.vpc_of(resource);
                    return self.net.vpcs[number].default_group;
                }
                // `SourceSecurityGroup.GroupName` of a Classic Load Balancer.
                CLASSIC => {
                    if let [only] = resource.get("SecurityGroups").items().as_slice() {
                        return self.group(only);
                    }
                }
                _ => (),
            }
        }
        // The first of a load balancer's groups, as templates write it.
        if let Value::Unknown(symbol) = view.value()
            && let Some(("Fn::Select", list)) = symbol.expr.intrinsic()
            && let Some([_, list]) = list.as_list()
            && let Some((id, Some("SecurityGroups"))) = list.refers_to()
            && let Some(balancer) = self.world.stack(symbol.stack).resource(id)
            && let [only] = balancer.get("SecurityGroups").items().as_slice()
        {
            return self.group(only);
        }
        self.elsewhere_group(view)
    }

    /// Rules in a list, and whether they are all there are.
    fn rules(&mut self, list: &View<'e, 'a>, end: &End) -> (Vec<Rule>, bool) {
        if list.value().is_unknown() {
            return (Vec::new(), false);
        }
        let mut rules = Vec::new();
        let mut complete = true;
        for item in list.items() {
            if item.value().is_unknown() {
                complete = false;
                continue;
            }
            rules.extend(self.rule(&|name| item.get(name), end));
        }
        (rules, complete)
    }

    fn rule(&mut self, get: &dyn Fn(&'static str) -> View<'e, 'a>, end: &End) -> Option<Rule> {
        let traffic = traffic(&get("IpProtocol"), &get("FromPort"), &get("ToPort"));
        let group = get(end.group);
        if group.is_set() {
            let peer = Peer::Group(self.group(&group));
            return Some(Rule { traffic, peer });
        }
        let name = get(end.name);
        if name.is_set() {
            let peer = Peer::Group(self.group(&name));
            return Some(Rule { traffic, peer });
        }
        let list = get(end.list);
        if list.is_set() {
            let peer = Peer::Range(self.prefix_list(&list));
            return Some(Rule { traffic, peer });
        }
        let mut ranges = ["CidrIp", "CidrIpv6"].iter().map(|it| get(it));
        let range = ranges.find(View::is_set)?;
        let peer = Peer::Range(self.range(&range));
        Some(Rule { traffic, peer })
    }

    pub(super) fn read_acls(&mut self) {
        for resource in self.all("AWS::EC2::NetworkAcl") {
            self.acls.insert(key(resource), self.net.acls.len());
            self.net.acls.push(Acl {
                name: quoted(resource.id()),
                id: resource.id().to_owned(),
                entries: Vec::new(),
            });
        }
        for resource in self.all("AWS::EC2::NetworkAclEntry") {
            let Some(number) = self.acl(&resource.get("NetworkAclId")) else {
                continue;
            };
            let range = [resource.get("CidrBlock"), resource.get("Ipv6CidrBlock")];
            let Some(range) = range.iter().find(|it| it.is_set()) else {
                continue;
            };
            let action = resource.get("RuleAction");
            let entry = Entry {
                number: resource.get("RuleNumber").int().unwrap_or(i64::MAX),
                egress: resource.get("Egress").bool().unwrap_or(false),
                allow: match action.text() {
                    Some("allow") => Some(true),
                    Some("deny") => Some(false),
                    _ => None,
                },
                traffic: traffic(
                    &resource.get("Protocol"),
                    &resource.get("PortRange.From"),
                    &resource.get("PortRange.To"),
                ),
                range: self.range(range),
            };
            self.net.acls[number].entries.push(entry);
        }
        if !self.net.is(Fault::EntriesInTheOrderWritten) {
            for acl in &mut self.net.acls {
                acl.entries.sort_by_key(|it| it.number);
            }
        }
        for resource in self.all("AWS::EC2::SubnetNetworkAclAssociation") {
            let subnet = self.subnet(&resource.get("SubnetId"));
            self.net.subnets[subnet].acl = self.acl(&resource.get("NetworkAclId"));
        }
    }

    fn acl(&mut self, view: &View<'e, 'a>) -> Option<usize> {
        let resource = self.target_of(view, "AWS::EC2::NetworkAcl")?;
        self.acls.get(&key(resource)).copied()
    }

    pub(super) fn read_routes(&mut self) {
        for resource in self.all("AWS::EC2::NatGateway") {
            let subnet = self.subnet(&resource.get("SubnetId"));
            self.nats.insert(key(resource), self.net.nats.len());
            self.net.nats.push(Nat {
                name: quoted(resource.id()),
                subnet,
                public: resource.get("ConnectivityType").text() != Some("private"),
            });
        }
        for resource in self.all("AWS::EC2::VPCPeeringConnection") {
            let mine = Some(self.vpc(&resource.get("VpcId")));
            let peer = resource.get("PeerVpcId");
            let other = peer.target_of("AWS::EC2::VPC").map(|it| self.vpc_of(it));
            self.peerings.insert(key(resource), self.net.peerings.len());
            self.net.peerings.push(Peering {
                name: quoted(resource.id()),
                sides: [mine, other],
            });
        }
        for resource in self.all("AWS::EC2::RouteTable") {
            let vpc = Some(self.vpc(&resource.get("VpcId")));
            self.tables.insert(key(resource), self.net.tables.len());
            self.net.tables.push(Table {
                name: quoted(resource.id()),
                id: resource.id().to_owned(),
                vpc,
                routes: Vec::new(),
            });
        }
        for resource in self.all("AWS::EC2::SubnetRouteTableAssociation") {
            let subnet = self.subnet(&resource.get("SubnetId"));
            let table = self.target_of(&resource.get("RouteTableId"), "AWS::EC2::RouteTable");
            let table = table.and_then(|it| self.tables.get(&key(it)).copied());
            self.net.subnets[subnet].table = table;
        }
        for resource in self.all("AWS::EC2::Route") {
            let table = self.target_of(&resource.get("RouteTableId"), "AWS::EC2::RouteTable");
            let Some(&table) = table.and_then(|it| self.tables.get(&key(it))) else {
                continue;
            };
            let ranges = ["DestinationCidrBlock", "DestinationIpv6CidrBlock"];
            let mut ranges = ranges.iter().map(|it| resource.get(it));
            let range = match ranges.find(View::is_set) {
                Some(range) => self.range(&range),
                None => match resource.get("DestinationPrefixListId") {
                    list if list.is_set() => self.prefix_list(&list),
                    _ => continue,
                },
            };
            let route = Route {
                range,
                target: self.route_target(resource, table),
                id: resource.id().to_owned(),
            };
            self.net.tables[table].routes.push(route);
        }
    }

    /// Where a route leads.
    fn route_target(&mut self, route: Resource<'e, 'a>, table: usize) -> Target {
        let vpc = self.net.tables[table].vpc;
        let gateway = route.get("GatewayId");
        if gateway.is_set() {
            return match gateway.target().map(|it| it.kind()) {
                Some("AWS::EC2::InternetGateway") => self.internet(&gateway, vpc),
                Some("AWS::EC2::VPNGateway") => Target::Elsewhere(called(gateway.value())),
                _ if gateway.text() == Some("local") => Target::Local,
                _ => match gateway.text() {
                    Some(text) if text.starts_with("igw-") => match vpc {
                        Some(vpc) => Target::Internet(vpc),
                        None => Target::Elsewhere(called(gateway.value())),
                    },
                    _ => Target::Elsewhere(called(gateway.value())),
                },
            };
        }
        let nat = route.get("NatGatewayId");
        if nat.is_set() {
            return match self.target(&nat).and_then(|it| self.nats.get(&key(it))) {
                Some(number) => Target::Nat(*number),
                None => Target::Elsewhere(called(nat.value())),
            };
        }
        let egress_only = route.get("EgressOnlyInternetGatewayId");
        if let (true, Some(vpc)) = (egress_only.is_set(), vpc) {
            return match egress_only.target() {
                Some(_) => Target::EgressOnly(vpc),
                None => Target::Elsewhere(called(egress_only.value())),
            };
        }
        let peering = route.get("VpcPeeringConnectionId");
        if peering.is_set() {
            return match self
                .target(&peering)
                .and_then(|it| self.peerings.get(&key(it)))
            {
                Some(number) => Target::Peering(*number),
                None => Target::Elsewhere(called(peering.value())),
            };
        }
        let transit = route.get("TransitGatewayId");
        if transit.is_set() {
            return Target::Transit(self.transit(&transit));
        }
        let other = [
            "VpcEndpointId",
            "NetworkInterfaceId",
            "InstanceId",
            "CarrierGatewayId",
            "LocalGatewayId",
            "CoreNetworkArn",
        ];
        let other = other.iter().map(|it| route.get(it)).find(View::is_set);
        match other {
            Some(other) => Target::Elsewhere(called(other.value())),
            None => Target::Nowhere(format!("`{}` names no target", route.id())),
        }
    }

    /// An internet gateway works for the VPC that it is attached to.
    fn internet(&mut self, gateway: &View<'e, 'a>, vpc: Option<usize>) -> Target {
        let Some(vpc) = vpc else {
            return Target::Elsewhere(called(gateway.value()));
        };
        let attached = self
            .all("AWS::EC2::VPCGatewayAttachment")
            .into_iter()
            .any(|it| {
                it.get("InternetGatewayId").target().map(key) == gateway.target().map(key)
                    && self.vpc(&it.get("VpcId")) == vpc
            });
        // A VPC has one internet gateway at most; whether it has one is asked when it is used.
        if attached || self.net.vpcs[vpc].gateway != Some(true) {
            Target::Internet(vpc)
        } else {
            Target::Nowhere(format!(
                "{} is not attached to {}",
                called(gateway.value()),
                self.net.vpcs[vpc].name
            ))
        }
    }

    /// Interface and gateway endpoints.
    pub(super) fn read_endpoints(&mut self) {
        for resource in self.all("AWS::EC2::VPCEndpoint") {
            let vpc = self.vpc(&resource.get("VpcId"));
            let name = resource.get("ServiceName");
            let last = match name.pieces().last() {
                Some(crate::model::Piece::Text(text)) => text.to_string(),
                _ => continue,
            };
            // com.amazonaws.<region>.<service>
            let service = match last.strip_prefix("com.amazonaws.") {
                Some(rest) => rest.split_once('.').map_or(rest, |it| it.1).to_owned(),
                None => last.trim_start_matches('.').to_owned(),
            };
            let kind = resource.get("VpcEndpointType");
            if kind.text() == Some("Interface") {
                let node = self.interface(resource, vpc);
                self.net.services.push(InterfaceEndpoint {
                    service,
                    vpc: Some(vpc),
                    node,
                    private_dns: match resource.get("PrivateDnsEnabled") {
                        it if it.is_absent() => Some(false),
                        it => it.bool(),
                    },
                });
            } else if kind.is_absent() || kind.text() == Some("Gateway") {
                let number = self.net.gateways.len();
                self.gateways.insert(key(resource), number);
                let region = self.aws(&service);
                self.net.gateways.push(GatewayEndpoint {
                    name: quoted(resource.id()),
                    service,
                });
                let space = Space::region(region);
                for table in resource.get("RouteTableIds").items() {
                    let table = table.target().and_then(|it| self.tables.get(&key(it)));
                    let Some(&table) = table else { continue };
                    let route = Route {
                        range: Range::of(
                            "the service's prefix list".to_owned(),
                            [space.clone(), space.clone()],
                            33,
                        ),
                        target: Target::Gateway(number),
                        id: resource.id().to_owned(),
                    };
                    self.net.tables[table].routes.push(route);
                }
            }
        }
    }
}

/// Protocol and ports of a rule.
fn traffic(protocol: &View<'_, '_>, from: &View<'_, '_>, to: &View<'_, '_>) -> Traffic {
    let spoken = match protocol.text().map(str::to_ascii_lowercase).as_deref() {
        Some("-1" | "all") => Some(Spoken::All),
        Some("tcp") => Some(Spoken::Number(6)),
        Some("udp") => Some(Spoken::Number(17)),
        Some("icmp") => Some(Spoken::Number(1)),
        Some("icmpv6") => Some(Spoken::Number(58)),
        Some(other) => other.parse().ok().map(Spoken::Number),
        None => None,
    };
    let ports = match (from.int(), to.int()) {
        // All ports, as rules for ICMP say all types.
        (Some(-1), _) | (_, Some(-1)) => Some((0, 65535)),
        (Some(from), Some(to)) => Some((from, to)),
        _ if from.is_absent() && to.is_absent() => Some((0, 65535)),
        _ => None,
    };
    Traffic {
        protocol: spoken,
        ports,
    }
}
