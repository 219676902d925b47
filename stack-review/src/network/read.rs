//! From templates to a [`Network`]: VPCs, subnets, and how names of things are followed.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Resource, Stack, Value, View, World};

use super::answer::Family;
use super::fault::Fault;
use super::ground::{self, Ground};
use super::parts::*;
use super::read_transit::Named;
use super::space::{Space, cidr};

/// A network in the making.
pub(super) struct Reader<'e, 'a> {
    pub(super) world: World<'e, 'a>,
    pub(super) net: Network,
    /// What has been read, by stack and logical id.
    vpcs: BTreeMap<(usize, &'a str), usize>,
    subnets: BTreeMap<(usize, &'a str), usize>,
    pub(super) groups: BTreeMap<(usize, &'a str), usize>,
    pub(super) acls: BTreeMap<(usize, &'a str), usize>,
    pub(super) tables: BTreeMap<(usize, &'a str), usize>,
    pub(super) nats: BTreeMap<(usize, &'a str), usize>,
    pub(super) peerings: BTreeMap<(usize, &'a str), usize>,
    pub(super) gateways: BTreeMap<(usize, &'a str), usize>,
    pub(super) targets: BTreeMap<(usize, &'a str), usize>,
    /// What is made elsewhere.
    elsewhere_subnets: Vec<(Value<'a>, usize)>,
    elsewhere_groups: Vec<(Value<'a>, usize)>,
    elsewhere_vpcs: Vec<(Value<'a>, usize)>,
    /// Values that are the range of something.
    symbols: Vec<(Value<'a>, Both)>,
    /// Named sets of addresses.
    prefix_lists: Vec<(Value<'a>, Range)>,
    pub(super) aws: BTreeMap<String, u32>,
    pub(super) named: Named<'a>,
    /// The stacks that are read.
    stacks: Vec<Stack<'e, 'a>>,
    /// Those that they refer to.
    referred: BTreeSet<usize>,
}

pub(super) fn key<'a>(resource: Resource<'_, 'a>) -> (usize, &'a str) {
    (resource.stack().number(), resource.id())
}

/// A logical id as texts have it.
pub(super) fn quoted(id: &str) -> String {
    ["`", id, "`"].concat()
}

/// What a value is called in text.
pub(super) fn called(value: &Value<'_>) -> String {
    match value {
        Value::Text(text) => format!("`{text}`"),
        Value::Handle(it) => match it.attribute {
            Some(attribute) => format!("`{}.{attribute}`", it.id),
            None => format!("`{}`", it.id),
        },
        Value::Unknown(symbol) => match symbol.expr.intrinsic() {
            Some(("Ref", name)) => format!("`{}`", name.as_str().unwrap_or_default()),
            Some((_, argument)) => within(argument),
            None => "a value that is only known at deployment".to_owned(),
        },
        _ => "a value that is only known at deployment".to_owned(),
    }
}

/// The first name inside of a function's argument.
fn within(argument: &stack_core::Expr) -> String {
    match argument {
        stack_core::Expr::String(it) => format!("`{it}`"),
        stack_core::Expr::List(items) => {
            let named = items.iter().find_map(|it| match it.intrinsic() {
                Some(("Ref", name)) => name.as_str().map(|it| format!("`{it}`")),
                Some((_, inner)) => Some(within(inner)),
                None => None,
            });
            named.unwrap_or_else(|| "a value that is only known at deployment".to_owned())
        }
        other => match other.intrinsic() {
            Some(("Ref", name)) => format!("`{}`", name.as_str().unwrap_or_default()),
            Some((_, inner)) => within(inner),
            None => "a value that is only known at deployment".to_owned(),
        },
    }
}

/// Private addresses: RFC 1918 and the shared range that VPCs can have.
fn is_private(from: u128, to: u128) -> bool {
    [
        (0x0a00_0000, 0x0aff_ffff),
        (0xac10_0000, 0xac1f_ffff),
        (0xc0a8_0000, 0xc0a8_ffff),
        (0x6440_0000, 0x647f_ffff),
    ]
    .iter()
    .any(|it| it.0 <= from && to <= it.1)
}

impl<'e, 'a> Reader<'e, 'a> {
    pub(super) fn read(world: World<'e, 'a>, fault: Option<Fault>) -> Network {
        Reader::read_some(world, fault, world.stacks().collect()).net
    }

    /// A stack and those that it refers to.
    pub(super) fn read_around(stack: Stack<'e, 'a>) -> Network {
        // Those that it takes values from are nearly always all.
        let ground = ground::of(stack);
        let mut stacks = stack.feeders().clone();
        stacks.insert(stack.number());
        let world = stack.world();
        let all = |stacks: &BTreeSet<usize>| stacks.iter().map(|it| world.stack(*it)).collect();
        if let Some(ground) = ground {
            let mut reader = Reader::on(world, ground.clone(), vec![stack]);
            reader.read_groups();
            reader.stacks = all(&stacks);
            reader.read_above();
            if reader.referred.is_subset(&stacks) {
                return reader.net;
            }
            stacks.extend(reader.referred);
        }
        loop {
            let reader = Reader::read_some(world, None, all(&stacks));
            if reader.referred.is_subset(&stacks) {
                return reader.net;
            }
            stacks.extend(reader.referred);
        }
    }

    fn read_some(
        world: World<'e, 'a>,
        fault: Option<Fault>,
        stacks: Vec<Stack<'e, 'a>>,
    ) -> Reader<'e, 'a> {
        let mut reader = Reader::on(world, Ground::default(), stacks);
        reader.net.fault = fault;
        reader.read_ground();
        reader.read_above();
        reader
    }

    /// What is where it can stand on.
    pub(super) fn read_ground(&mut self) {
        self.read_vpcs();
        self.read_subnets();
        self.read_prefix_lists();
        self.read_groups();
        self.read_acls();
        self.read_routes();
        self.read_transits();
    }

    /// What stands there.
    fn read_above(&mut self) {
        let stacks = self.stacks.iter();
        self.net.generated = stacks.clone().any(|it| it.has_transform());
        let names = stacks.map(|it| (it.number(), it.name().to_owned()));
        self.net.stacks = names.collect();
        self.read_nodes();
        self.read_endpoints();
        self.read_balancers();
        self.read_classic();
    }

    /// With what has been read so far; these stacks are read next.
    pub(super) fn on(
        world: World<'e, 'a>,
        ground: Ground<'a>,
        stacks: Vec<Stack<'e, 'a>>,
    ) -> Reader<'e, 'a> {
        Reader {
            world,
            net: ground.net,
            vpcs: ground.vpcs,
            subnets: ground.subnets,
            groups: ground.groups,
            acls: ground.acls,
            tables: ground.tables,
            nats: ground.nats,
            peerings: ground.peerings,
            gateways: BTreeMap::new(),
            targets: BTreeMap::new(),
            elsewhere_subnets: ground.elsewhere_subnets,
            elsewhere_groups: ground.elsewhere_groups,
            elsewhere_vpcs: ground.elsewhere_vpcs,
            symbols: ground.symbols,
            prefix_lists: ground.prefix_lists,
            aws: ground.aws,
            named: Named::default(),
            stacks,
            referred: ground.referred,
        }
    }

    /// What has been read, before anything stands there.
    pub(super) fn into_ground(self) -> Ground<'a> {
        Ground {
            net: self.net,
            vpcs: self.vpcs,
            subnets: self.subnets,
            groups: self.groups,
            acls: self.acls,
            tables: self.tables,
            nats: self.nats,
            peerings: self.peerings,
            elsewhere_subnets: self.elsewhere_subnets,
            elsewhere_groups: self.elsewhere_groups,
            elsewhere_vpcs: self.elsewhere_vpcs,
            symbols: self.symbols,
            prefix_lists: self.prefix_lists,
            aws: self.aws,
            referred: self.referred,
        }
    }

    /// The resource that a value names; its stack is remembered.
    pub(super) fn target(&mut self, view: &View<'e, 'a>) -> Option<Resource<'e, 'a>> {
        let resource = view.target()?;
        self.referred.insert(resource.stack().number());
        Some(resource)
    }

    pub(super) fn target_of(
        &mut self,
        view: &View<'e, 'a>,
        kind: &str,
    ) -> Option<Resource<'e, 'a>> {
        self.target(view).filter(|it| it.kind() == kind)
    }

    /// Every resource of a type in every stack.
    pub(super) fn all(&self, kind: &'static str) -> Vec<Resource<'e, 'a>> {
        self.stacks.iter().flat_map(|it| it.of(kind)).collect()
    }

    fn read_vpcs(&mut self) {
        for resource in self.all("AWS::EC2::VPC") {
            let number = self.add_vpc(quoted(resource.id()));
            self.vpcs.insert(key(resource), number);
            let block = resource.get("CidrBlock");
            let (ranges, numbers) = self.own_range(&block, resource.id());
            self.net.vpcs[number].symbolic = !numbers;
            self.net.vpcs[number].ranges[0] = ranges;
            let on = |name: &str, default: bool| match resource.get(name) {
                it if it.is_absent() => Some(default),
                it => it.bool(),
            };
            // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-vpc.html
            self.net.vpcs[number].dns = match (
                on("EnableDnsSupport", true),
                on("EnableDnsHostnames", false),
            ) {
                (Some(a), Some(b)) => Some(a && b),
                (Some(false), _) | (_, Some(false)) => Some(false),
                _ => None,
            };
            self.net.vpcs[number].gateway = Some(false);
        }
        for resource in self.all("AWS::EC2::VPCCidrBlock") {
            let vpc = self.vpc(&resource.get("VpcId"));
            let four = resource.get("CidrBlock");
            if four.is_set() {
                let (range, numbers) = self.own_range(&four, resource.id());
                self.net.vpcs[vpc].ranges[0] = self.net.vpcs[vpc].ranges[0].union(&range);
                self.net.vpcs[vpc].symbolic |= !numbers;
            }
            let six = resource.get("Ipv6CidrBlock");
            if six.is_set() {
                let (range, _) = self.own_range(&six, resource.id());
                self.net.vpcs[vpc].ranges[1] = self.net.vpcs[vpc].ranges[1].union(&range);
            } else if four.is_absent() {
                let region = self.net.region(resource.id(), false);
                self.net.vpcs[vpc].ranges[1] = Space::region(region);
            }
        }
        for resource in self.all("AWS::EC2::VPCGatewayAttachment") {
            let vpc = self.vpc(&resource.get("VpcId"));
            if resource.get("InternetGatewayId").is_set() {
                self.net.vpcs[vpc].gateway = Some(true);
            }
            if resource.get("VpnGatewayId").is_set() {
                self.net.vpcs[vpc].elsewhere = true;
            }
        }
        for resource in self.all("AWS::EC2::EgressOnlyInternetGateway") {
            let vpc = self.vpc(&resource.get("VpcId"));
            self.net.vpcs[vpc].egress_only = true;
        }
        for kind in [
            "AWS::EC2::TransitGatewayAttachment",
            "AWS::EC2::TransitGatewayVpcAttachment",
        ] {
            for resource in self.all(kind) {
                let vpc = self.vpc(&resource.get("VpcId"));
                self.net.vpcs[vpc].elsewhere = true;
            }
        }
    }

    fn add_vpc(&mut self, name: String) -> usize {
        let number = self.net.vpcs.len();
        self.net.tables.push(Table {
            name: format!("the main route table of {name}"),
            id: String::new(),
            vpc: Some(number),
            routes: Vec::new(),
        });
        let group = self.net.groups.len();
        // The default group: members reach each other, and everything.
        // https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
        let rule = |peer| Rule {
            traffic: Traffic::ALL,
            peer,
        };
        self.net.groups.push(Group {
            name: format!("the default security group of {name}"),
            id: String::new(),
            stack: usize::MAX,
            complete: true,
            literal: true,
            free: false,
            vpc: Some(number),
            ingress: vec![rule(Peer::Group(group))],
            egress: vec![
                rule(Peer::Range(Range::everything(Family::V4))),
                rule(Peer::Range(Range::everything(Family::V6))),
            ],
        });
        self.net.vpcs.push(Vpc {
            name,
            ranges: Both::default(),
            gateway: None,
            egress_only: false,
            elsewhere: false,
            dns: None,
            main_table: self.net.tables.len() - 1,
            default_group: group,
            symbolic: true,
            seen: true,
        });
        number
    }

    /// The VPC that a value names; one that is made elsewhere gets a place too.
    pub(super) fn vpc(&mut self, view: &View<'e, 'a>) -> usize {
        if let Some(resource) = self.target_of(view, "AWS::EC2::VPC")
            && let Some(number) = self.vpcs.get(&key(resource))
        {
            return *number;
        }
        let found = self
            .elsewhere_vpcs
            .iter()
            .find(|it| it.0.same(view.value()) == Some(true));
        if let Some((_, number)) = found {
            return *number;
        }
        let number = self.add_vpc(called(view.value()));
        let region = self.net.region(called(view.value()), false);
        self.net.vpcs[number].ranges = [Space::region(region), Space::region(region)];
        self.net.vpcs[number].seen = false;
        self.net.groups[self.net.vpcs[number].default_group].complete = false;
        self.elsewhere_vpcs.push((view.value().clone(), number));
        number
    }

    pub(super) fn vpc_of(&mut self, resource: Resource<'e, 'a>) -> usize {
        match self.vpcs.get(&key(resource)) {
            Some(number) => *number,
            None => self.add_vpc(quoted(resource.id())),
        }
    }

    /// The addresses of a range that something has as its own: numbers, or a place.
    fn own_range(&mut self, view: &View<'e, 'a>, name: &str) -> (Space, bool) {
        if let Some((family, length, from, to)) = view.text().and_then(cidr) {
            let from = self.shortened(family, length, from);
            return (Space::numbers(from, to), true);
        }
        let region = self.net.region(name, false);
        let space = Space::region(region);
        if view.value().is_unknown() {
            self.symbols
                .push((view.value().clone(), [space.clone(), space.clone()]));
        }
        (space, false)
    }

    fn shortened(&self, family: Family, length: u8, from: u128) -> u128 {
        let host = u32::from(family.bits() - length);
        if self.net.is(Fault::PrefixIsOneShorter) && length > 0 && !length.is_multiple_of(8) {
            return from & !(1u128 << host);
        }
        from
    }

    fn read_subnets(&mut self) {
        for resource in self.all("AWS::EC2::Subnet") {
            let vpc = self.vpc(&resource.get("VpcId"));
            let block = resource.get("CidrBlock");
            let (four, numbers) = self.own_range(&block, resource.id());
            // A VPC that is made elsewhere has at least the ranges of its subnets.
            if !numbers || self.net.vpcs[vpc].symbolic {
                self.net.vpcs[vpc].ranges[0] = self.net.vpcs[vpc].ranges[0].union(&four);
            }
            let block = resource.get("Ipv6CidrBlock");
            let six = match block.is_set() {
                true => {
                    let (six, _) = self.own_range(&block, resource.id());
                    self.net.vpcs[vpc].ranges[1] = self.net.vpcs[vpc].ranges[1].union(&six);
                    six
                }
                false => Space::empty(),
            };
            let flag = |name: &str| match resource.get(name) {
                it if it.is_absent() => Some(false),
                it => it.bool(),
            };
            let subnet = Subnet {
                name: quoted(resource.id()),
                vpc: Some(vpc),
                usable: [self.usable(&four), self.usable(&six)],
                zone: zone(&resource.get("AvailabilityZone")),
                acl: None,
                table: Some(self.net.vpcs[vpc].main_table),
                public: flag("MapPublicIpOnLaunch"),
                six: if six.is_empty() {
                    Some(false)
                } else {
                    flag("AssignIpv6AddressOnCreation")
                },
            };
            self.subnets.insert(key(resource), self.net.subnets.len());
            self.net.subnets.push(subnet);
        }
    }

    /// Without the first four and the last address, which AWS keeps.
    /// <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>
    fn usable(&self, space: &Space) -> Space {
        match space.bounds() {
            Some(((0, from), (0, to)))
                if to - from >= 8 && !self.net.is(Fault::ReservedAddressesAreUsed) =>
            {
                Space::numbers(from + 4, to - 1)
            }
            _ => space.clone(),
        }
    }

    /// The subnet that a value names; one that is made elsewhere gets a place too.
    pub(super) fn subnet(&mut self, view: &View<'e, 'a>) -> usize {
        if let Some(resource) = self.target_of(view, "AWS::EC2::Subnet")
            && let Some(number) = self.subnets.get(&key(resource))
        {
            return *number;
        }
        let found = self
            .elsewhere_subnets
            .iter()
            .find(|it| it.0.same(view.value()) == Some(true));
        if let Some((_, number)) = found {
            return *number;
        }
        let region = self.net.region(called(view.value()), false);
        let number = self.net.subnets.len();
        self.net.subnets.push(Subnet {
            name: called(view.value()),
            vpc: None,
            usable: [Space::region(region), Space::region(region)],
            zone: Zone::Unknown,
            acl: None,
            table: None,
            public: None,
            six: None,
        });
        self.elsewhere_subnets.push((view.value().clone(), number));
        number
    }

    /// The subnets that a list names; a list that is not known counts as one subnet.
    pub(super) fn subnets_of(&mut self, view: &View<'e, 'a>) -> Vec<usize> {
        if view.value().is_unknown() {
            return vec![self.subnet(view)];
        }
        let mut all: Vec<usize> = view.items().iter().map(|it| self.subnet(it)).collect();
        all.dedup();
        all
    }

    /// A group that is made elsewhere.
    pub(super) fn elsewhere_group(&mut self, view: &View<'e, 'a>) -> usize {
        let found = self
            .elsewhere_groups
            .iter()
            .find(|it| it.0.same(view.value()) == Some(true));
        if let Some((_, number)) = found {
            return *number;
        }
        let number = self.net.groups.len();
        self.net.groups.push(Group {
            name: called(view.value()),
            id: String::new(),
            stack: view.resource().stack().number(),
            complete: false,
            literal: view.text().is_some(),
            free: match view.value() {
                Value::Unknown(it) => {
                    !matches!(it.expr.intrinsic(), Some(("Ref" | "Fn::ImportValue", _)))
                }
                Value::Text(_) => false,
                _ => true,
            },
            vpc: None,
            ingress: Vec::new(),
            egress: Vec::new(),
        });
        self.elsewhere_groups.push((view.value().clone(), number));
        number
    }

    /// The groups that a list names.
    pub(super) fn groups_of(&mut self, view: &View<'e, 'a>) -> Vec<usize> {
        if view.value().is_unknown() {
            return vec![self.elsewhere_group(view)];
        }
        view.items().iter().map(|it| self.group(it)).collect()
    }

    /// The default group of the VPC that these subnets are in.
    pub(super) fn default_group(&mut self, subnets: &[usize], view: &View<'e, 'a>) -> usize {
        let vpc = subnets.iter().find_map(|it| self.net.subnets[*it].vpc);
        match vpc {
            Some(vpc) => self.net.vpcs[vpc].default_group,
            None => self.elsewhere_group(view),
        }
    }

    fn read_prefix_lists(&mut self) {
        for resource in self.all("AWS::EC2::PrefixList") {
            let entries = resource.get("Entries");
            let mut range = Range::of(quoted(resource.id()), Both::default(), 33);
            for entry in entries.items() {
                let one = self.range(&entry.get("Cidr"));
                for family in 0..2 {
                    range.definite[family] = range.definite[family].union(&one.definite[family]);
                    range.possible[family] = range.possible[family].union(&one.possible[family]);
                }
            }
            if !entries.is_known() {
                range.possible = [Space::everything(), Space::everything()];
            }
            self.prefix_lists
                .push((Value::Handle(resource.handle()), range));
        }
    }

    /// A prefix list: its entries when they are here, or else a set that only has a name.
    pub(super) fn prefix_list(&mut self, view: &View<'e, 'a>) -> Range {
        let wanted = match view.target() {
            Some(resource) => Value::Handle(resource.handle()),
            None => view.value().clone(),
        };
        let found = self
            .prefix_lists
            .iter()
            .find(|it| it.0.same(&wanted) == Some(true));
        if let Some((_, range)) = found {
            return range.clone();
        }
        let region = self.net.region(called(&wanted), true);
        let space = Space::region(region);
        let range = Range {
            text: format!("prefix list {}", called(&wanted)),
            definite: [space.clone(), space],
            possible: [Space::everything(), Space::everything()],
            length: 33,
        };
        self.prefix_lists.push((wanted, range.clone()));
        range
    }

    /// Where the public addresses of a service of AWS are.
    pub(super) fn aws(&mut self, service: &str) -> u32 {
        if let Some(number) = self.aws.get(service) {
            return *number;
        }
        let number = self.net.region(format!("{service} of AWS"), true);
        self.aws.insert(service.to_owned(), number);
        number
    }

    /// The range that a value names.
    pub(super) fn range(&self, view: &View<'e, 'a>) -> Range {
        let value = view.value();
        if let Some(text) = value.text() {
            return self.range_of(text);
        }
        let symbol = self
            .symbols
            .iter()
            .find(|it| it.0.same(value) == Some(true));
        let vpc = |number: usize| &self.net.vpcs[number];
        let whole = |ranges: Both| Range::of(called(value), ranges, 16);
        if let Some((_, both)) = symbol {
            let home = self
                .net
                .vpcs
                .iter()
                .find(|it| both[0].bounds().is_some() && it.ranges[0].covers(&both[0]));
            // A VPC's own range holds its subnets.
            if let Some(home) = home
                && both[0].first() == home.ranges[0].first()
            {
                return whole([home.ranges[0].clone(), Space::empty()]);
            }
            return whole(both.clone());
        }
        if let Some(handle) = value.handle()
            && let Some(resource) = view.target()
        {
            match (resource.kind(), handle.attribute) {
                ("AWS::EC2::VPC", Some("CidrBlock")) => {
                    if let Some(text) = resource.get("CidrBlock").text() {
                        return Range {
                            text: called(value),
                            ..self.range_of(text)
                        };
                    }
                    if let Some(number) = self.vpcs.get(&key(resource)) {
                        return whole([vpc(*number).ranges[0].clone(), Space::empty()]);
                    }
                }
                ("AWS::EC2::Subnet", Some("CidrBlock")) => {
                    if let Some(number) = self.subnets.get(&key(resource)) {
                        return whole([
                            self.net.subnets[*number].usable[0].clone(),
                            Space::empty(),
                        ]);
                    }
                }
                _ => (),
            }
        }
        Range::unknown(called(value))
    }

    /// The range that is written down.
    pub(super) fn range_of(&self, text: &str) -> Range {
        let Some((family, length, from, to)) = cidr(text) else {
            return Range::unknown(format!("`{text}`"));
        };
        let mut definite = Both::default();
        let mut possible = Both::default();
        let at = family as usize;
        if length == 0 {
            let range = Range::everything(family);
            if family == Family::V4 && self.net.is(Fault::Ipv4RulesCountForIpv6) {
                let all = [Space::everything(), Space::everything()];
                return Range::of(range.text, all, 0);
            }
            return range;
        }
        let from = self.shortened(family, length, from);
        definite[at] = Space::numbers(from, to);
        // Whatever else is in a VPC that lies in it.
        for vpc in self.net.vpcs.iter().filter(|it| !it.symbolic) {
            let numbers = vpc.ranges[at].intersect(&Space::region(0));
            if !numbers.is_empty() && definite[at].covers(&numbers) {
                definite[at] = definite[at].union(&vpc.ranges[at]);
            }
        }
        let last = if family == Family::V4 && is_private(from, to) {
            PUBLIC - 1
        } else {
            u32::MAX
        };
        possible[at] = definite[at].union(&Space::regions(1, last));
        Range {
            text: text.to_owned(),
            definite,
            possible,
            length,
        }
    }
}

/// The zone of a subnet.
fn zone(view: &View<'_, '_>) -> Zone {
    match view.value() {
        Value::Text(text) => Zone::Name(text.to_string()),
        Value::Unknown(symbol) => match symbol.expr.intrinsic() {
            Some(("Fn::Select", stack_core::Expr::List(parts))) => match parts.as_slice() {
                [index, list] if list.intrinsic().is_some_and(|it| it.0 == "Fn::GetAZs") => {
                    let index = match index {
                        stack_core::Expr::String(it) => it.to_string(),
                        stack_core::Expr::Int(it) => it.to_string(),
                        stack_core::Expr::Decimal(it) => it.to_string(),
                        _ => return Zone::Unknown,
                    };
                    Zone::Nth(index)
                }
                _ => Zone::Unknown,
            },
            _ => Zone::Unknown,
        },
        _ => Zone::Unknown,
    }
}
