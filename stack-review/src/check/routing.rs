//! Subnets and where their routes lead, as rules look at them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Resource, Stack, View};

/// Where the default route of a subnet leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// To an internet gateway: a public subnet.
    Internet,
    /// To something that only lets out, or to another network.
    Out,
    /// Nowhere.
    None,
    /// The route table is not here, or not known.
    Unknown,
}

/// The route tables of the subnets of a stack, and where they lead.
#[derive(Debug)]
pub(crate) struct Routing<'a> {
    tables: BTreeMap<&'a str, Vec<&'a str>>,
    ways: BTreeMap<&'a str, Way>,
    /// The NAT gateways that routes lead to.
    pub(crate) nats: BTreeSet<&'a str>,
}

impl<'a> Routing<'a> {
    pub(crate) fn of(stack: Stack<'_, 'a>) -> Routing<'a> {
        let mut ways: BTreeMap<&'a str, Way> = BTreeMap::new();
        for table in stack.of("AWS::EC2::RouteTable") {
            ways.insert(table.id(), Way::None);
        }
        let mut nats = BTreeSet::new();
        for route in stack.of("AWS::EC2::Route") {
            let nat = route.get("NatGatewayId");
            nats.extend(nat.target().map(Resource::id));
            let table = route.get("RouteTableId").target_of("AWS::EC2::RouteTable");
            let Some(way) = table.and_then(|it| ways.get_mut(it.id())) else {
                continue;
            };
            let range = match route.get("DestinationCidrBlock") {
                four if four.is_set() => four,
                _ => route.get("DestinationIpv6CidrBlock"),
            };
            let is_default = matches!(range.text(), Some("0.0.0.0/0" | "::/0"));
            let unknown = !range.is_known();
            if is_default || unknown {
                let leads = match nat.is_set() {
                    true => Way::Out,
                    false => leads(route),
                };
                *way = match (*way, leads) {
                    (Way::Internet, _) => Way::Internet,
                    _ if unknown => Way::Unknown,
                    (_, it) => it,
                };
            }
        }
        let mut tables: BTreeMap<&'a str, Vec<&'a str>> = BTreeMap::new();
        for link in stack.of("AWS::EC2::SubnetRouteTableAssociation") {
            let subnet = link.get("SubnetId").target_of("AWS::EC2::Subnet");
            let Some(subnet) = subnet else { continue };
            let table = link.get("RouteTableId").target_of("AWS::EC2::RouteTable");
            tables
                .entry(subnet.id())
                .or_default()
                .push(table.map_or("", Resource::id));
        }
        Routing { tables, ways, nats }
    }

    /// Where a subnet's default route leads.
    pub(crate) fn way(&self, subnet: &View<'_, '_>) -> Way {
        let subnet = subnet.target_of("AWS::EC2::Subnet");
        subnet.map_or(Way::Unknown, |it| self.way_of(it.id()))
    }

    pub(crate) fn way_of(&self, subnet: &str) -> Way {
        match self.tables.get(subnet).map(Vec::as_slice) {
            Some([table]) => self.ways.get(table).copied().unwrap_or(Way::Unknown),
            // Without a table of its own it has the main one of the network, which templates
            // cannot give routes by name.
            _ => Way::Unknown,
        }
    }
}

fn leads(route: Resource<'_, '_>) -> Way {
    let gateway = route.get("GatewayId");
    if gateway.is_set() {
        let text = gateway.text().unwrap_or_default();
        return match gateway.target().map(Resource::kind) {
            Some("AWS::EC2::InternetGateway") => Way::Internet,
            Some("AWS::EC2::VPCGatewayAttachment") => Way::Internet,
            Some(_) => Way::Out,
            None if text.starts_with("igw-") => Way::Internet,
            None if text.starts_with("vgw-") => Way::Out,
            None => Way::Unknown,
        };
    }
    // What stands between, such as a firewall, may lead on to the internet.
    let between = [
        "VpcEndpointId",
        "TransitGatewayId",
        "NetworkInterfaceId",
        "InstanceId",
    ];
    if between.iter().any(|it| route.get(it).is_set()) {
        return Way::Unknown;
    }
    Way::Out
}
