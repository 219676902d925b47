//! Random networks, as templates, and questions about them.

use stack_review::network::{Endpoint, Family, Protocol, Question};

/// Numbers that follow from a seed: xorshift64*.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.next() % 100 < chance
    }

    pub(crate) fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }
}

const PORTS: [u16; 6] = [22, 80, 443, 5432, 8080, 53];
const RANGES: [&str; 16] = [
    "0.0.0.0/0",
    "0.0.0.0/0",
    "10.0.0.0/8",
    "10.0.0.0/16",
    "10.1.0.0/16",
    "10.0.1.0/24",
    "10.0.2.0/24",
    "10.1.1.0/24",
    "10.0.1.0/25",
    "10.0.1.8/29",
    "52.0.0.0/8",
    "128.0.0.0/1",
    "10.0.0.0/22",
    "10.0.2.32/27",
    "10.0.1.0/30",
    "10.0.2.0/30",
];
const RANGES6: [&str; 6] = [
    "::/0",
    "::/0",
    "2600:1f00::/56",
    "2600:1f00:0:1::/64",
    "2600:1f00:0:2::/64",
    "2a00::/12",
];

/// A network and what can be asked about it.
pub(crate) struct Made {
    pub(crate) template: String,
    pub(crate) questions: Vec<Question>,
}

struct Maker {
    random: Random,
    out: String,
    subnets: Vec<(String, usize)>,
    /// Their zones.
    zones: Vec<&'static str>,
    groups: Vec<(String, usize)>,
    hosts: Vec<String>,
    /// Instances, and which VPC each is in.
    homes: Vec<(String, usize)>,
    /// The port of the load balancer's listener, and whether it takes UDP.
    listener: Option<(u16, bool)>,
}

impl Maker {
    fn add(&mut self, id: &str, kind: &str, properties: &str) {
        self.add_with(id, kind, properties, "");
    }

    fn add_with(&mut self, id: &str, kind: &str, properties: &str, more: &str) {
        if self.out.len() > 1 {
            self.out.push(',');
        }
        self.out +=
            &format!(r#""{id}":{{"Type":"AWS::{kind}","Properties":{{{properties}}}{more}}}"#);
    }

    fn range(&mut self, cidr: &str, cidr6: &str) -> String {
        match self.random.percent(25) {
            true => format!(r#""{cidr6}":"{}""#, self.random.pick(&RANGES6)),
            false => format!(r#""{cidr}":"{}""#, self.random.pick(&RANGES)),
        }
    }

    fn ports(&mut self) -> (u16, u16) {
        match self.random.below(6) {
            0 => (0, 65535),
            1 => (1024, 65535),
            2 => (32768, 65535),
            3 => (443, 8080),
            4 => *self.random.pick(&[
                (32768, 60999),
                (1024, 40000),
                (80, 443),
                (40000, 65535),
                (49153, 65535),
            ]),
            _ => {
                let it = *self.random.pick(&PORTS);
                (it, it)
            }
        }
    }

    fn rule(&mut self, end: &str) -> String {
        let ports = self.ports();
        let traffic = match self.random.below(8) {
            0 | 1 => r#""IpProtocol":"-1""#.to_owned(),
            2 => format!(
                r#""IpProtocol":"udp","FromPort":{},"ToPort":{}"#,
                ports.0, ports.1
            ),
            3 => format!(
                r#""IpProtocol":"6","FromPort":"{}","ToPort":"{}""#,
                ports.0, ports.1
            ),
            4 => r#""IpProtocol":"icmp","FromPort":-1,"ToPort":-1"#.to_owned(),
            _ => format!(
                r#""IpProtocol":"tcp","FromPort":{},"ToPort":{}"#,
                ports.0, ports.1
            ),
        };
        let peer = match self.random.percent(45) {
            true => {
                let group = self.random.pick(&self.groups).0.clone();
                format!(r#""{end}SecurityGroupId":{{"Fn::GetAtt":["{group}","GroupId"]}}"#)
            }
            false => self.range("CidrIp", "CidrIpv6"),
        };
        format!("{{{traffic},{peer}}}")
    }

    fn networks(&mut self) -> usize {
        let vpcs = if self.random.percent(45) { 2 } else { 1 };
        for vpc in 0..vpcs {
            self.add(
                &format!("Vpc{vpc}"),
                "EC2::VPC",
                &format!(r#""CidrBlock":"10.{vpc}.0.0/16""#),
            );
            if vpc == 0 && self.random.percent(70) {
                self.add(
                    "Six",
                    "EC2::VPCCidrBlock",
                    r#""VpcId":{"Ref":"Vpc0"},"Ipv6CidrBlock":"2600:1f00::/56","Ipv6Pool":"pool""#,
                );
            }
            self.add(&format!("Igw{vpc}"), "EC2::InternetGateway", "");
            if self.random.percent(88) {
                let it = format!(
                    r#""VpcId":{{"Ref":"Vpc{vpc}"}},"InternetGatewayId":{{"Ref":"Igw{vpc}"}}"#
                );
                self.add(&format!("Attach{vpc}"), "EC2::VPCGatewayAttachment", &it);
            }
            self.add(
                &format!("Out{vpc}"),
                "EC2::EgressOnlyInternetGateway",
                &format!(r#""VpcId":{{"Ref":"Vpc{vpc}"}}"#),
            );
            if vpc == 1 && self.random.percent(40) {
                self.add(
                    "SixOther",
                    "EC2::VPCCidrBlock",
                    r#""VpcId":{"Ref":"Vpc1"},"Ipv6CidrBlock":"2600:1f01::/56","Ipv6Pool":"pool""#,
                );
            }
            let six = match vpc {
                0 => self.out.contains(r#""Six""#),
                _ => self.out.contains(r#""SixOther""#),
            };
            for number in 1..=(if vpc == 0 { 3 } else { 2 }) {
                let size = *self.random.pick(&["24", "24", "25", "26", "28"]);
                let zone = *self.random.pick(&["a", "a", "b"]);
                let public = self.random.percent(50);
                let mut it = format!(
                    r#""VpcId":{{"Ref":"Vpc{vpc}"}},"CidrBlock":"10.{vpc}.{number}.0/{size}","AvailabilityZone":"eu-west-1{zone}","MapPublicIpOnLaunch":{public}"#
                );
                if six && self.random.percent(80) {
                    let given = self.random.percent(85);
                    it += &format!(
                        r#","Ipv6CidrBlock":"2600:1f0{vpc}:0:{number}::/64","AssignIpv6AddressOnCreation":{given}"#
                    );
                }
                let id = format!("Subnet{vpc}{number}");
                self.add(&id, "EC2::Subnet", &it);
                self.subnets.push((id, vpc));
                self.zones.push(zone);
            }
        }
        let transit = vpcs == 2 && self.random.percent(55);
        if transit {
            self.transit();
        }
        if vpcs == 2 && self.random.percent(if transit { 12 } else { 85 }) {
            self.add(
                "Peering",
                "EC2::VPCPeeringConnection",
                r#""VpcId":{"Ref":"Vpc0"},"PeerVpcId":{"Ref":"Vpc1"}"#,
            );
        }
        vpcs
    }

    /// A transit gateway between the two VPCs, sometimes with a table of its own for each.
    fn transit(&mut self) {
        let switch = |maker: &mut Maker, chance: u64| match maker.random.percent(chance) {
            true => "enable",
            false => "disable",
        };
        let (easy, spreads) = (switch(self, 50), switch(self, 88));
        let references = switch(self, 60);
        self.add(
            "Transit",
            "EC2::TransitGateway",
            &format!(r#""DefaultRouteTableAssociation":"{easy}","DefaultRouteTablePropagation":"{spreads}","SecurityGroupReferencingSupport":"{references}""#),
        );
        let mut attached = Vec::new();
        for vpc in 0..2 {
            if self.random.percent(5) {
                continue;
            }
            let mut zones = Vec::new();
            let mut subnets = Vec::new();
            let from = self.random.below(self.subnets.len());
            for number in (0..self.subnets.len()).map(|it| (it + from) % self.subnets.len()) {
                let zone = self.zones[number];
                let wanted = zones.is_empty() || self.random.percent(60);
                if self.subnets[number].1 == vpc && !zones.contains(&zone) && wanted {
                    zones.push(zone);
                    subnets.push(format!(r#"{{"Ref":"{}"}}"#, self.subnets[number].0));
                }
            }
            let (refers, six) = (switch(self, 85), switch(self, 70));
            let subnets = subnets.join(",");
            let it = format!(
                r#""TransitGatewayId":{{"Ref":"Transit"}},"VpcId":{{"Ref":"Vpc{vpc}"}},"SubnetIds":[{subnets}],"Options":{{"SecurityGroupReferencingSupport":"{refers}","Ipv6Support":"{six}"}}"#
            );
            let id = format!("Joins{vpc}");
            self.add(&id, "EC2::TransitGatewayAttachment", &it);
            attached.push(id);
        }
        for table in 0..2 {
            self.transit_table(table, &attached);
        }
        if easy == "enable" {
            return;
        }
        for id in &attached {
            if self.random.percent(97) {
                let table = self.random.below(2);
                let it = format!(
                    r#""TransitGatewayRouteTableId":{{"Ref":"Hub{table}"}},"TransitGatewayAttachmentId":{{"Ref":"{id}"}}"#
                );
                let name = format!("{id}Uses");
                self.add(&name, "EC2::TransitGatewayRouteTableAssociation", &it);
            }
        }
    }

    fn transit_table(&mut self, table: usize, attached: &[String]) {
        let own = format!(r#""TransitGatewayRouteTableId":{{"Ref":"Hub{table}"}}"#);
        let id = format!("Hub{table}");
        let of = r#""TransitGatewayId":{"Ref":"Transit"}"#;
        self.add(&id, "EC2::TransitGatewayRouteTable", of);
        for (number, from) in attached.iter().enumerate() {
            if self.random.percent(85) {
                let it = format!(r#"{own},"TransitGatewayAttachmentId":{{"Ref":"{from}"}}"#);
                let id = format!("Spreads{table}{number}");
                self.add(&id, "EC2::TransitGatewayRouteTablePropagation", &it);
            }
        }
        let ranges = [
            ("0.0.0.0/0", 50),
            ("10.0.0.0/8", 15),
            ("10.0.0.0/16", 15),
            ("10.1.0.0/16", 15),
            ("10.1.1.0/24", 12),
            ("10.0.1.0/25", 12),
            ("2600:1f01::/56", 15),
            ("::/0", 15),
        ];
        for (number, (range, chance)) in ranges.into_iter().enumerate() {
            if !self.random.percent(chance) {
                continue;
            }
            let to = match attached {
                all if !all.is_empty() && self.random.percent(70) => {
                    let to = self.random.pick(all);
                    format!(r#""TransitGatewayAttachmentId":{{"Ref":"{to}"}}"#)
                }
                _ => r#""Blackhole":true"#.to_owned(),
            };
            let it = format!(r#"{own},"DestinationCidrBlock":"{range}",{to}"#);
            let id = format!("Hop{table}{number}");
            self.add(&id, "EC2::TransitGatewayRoute", &it);
        }
    }

    fn routes(&mut self, vpcs: usize) {
        for vpc in 0..vpcs {
            let mine: Vec<String> = self
                .subnets
                .iter()
                .filter(|it| it.1 == vpc)
                .map(|it| it.0.clone())
                .collect();
            let nat = self.random.percent(70);
            if nat {
                let subnet = self.random.pick(&mine).clone();
                let private = if self.random.percent(10) {
                    r#","ConnectivityType":"private""#
                } else {
                    ""
                };
                self.add(
                    &format!("Nat{vpc}"),
                    "EC2::NatGateway",
                    &format!(r#""SubnetId":{{"Ref":"{subnet}"}}{private}"#),
                );
            }
            for table in 0..2 {
                let id = format!("Table{vpc}{table}");
                self.add(
                    &id,
                    "EC2::RouteTable",
                    &format!(r#""VpcId":{{"Ref":"Vpc{vpc}"}}"#),
                );
                let igw = format!(r#""GatewayId":{{"Ref":"Igw{vpc}"}}"#);
                let nat = if nat {
                    format!(r#""NatGatewayId":{{"Ref":"Nat{vpc}"}}"#)
                } else {
                    igw.clone()
                };
                let mut routes: Vec<(String, String)> = Vec::new();
                let first = if table == 0 || self.random.percent(30) {
                    &igw
                } else {
                    &nat
                };
                let transit = self.out.contains(r#""Transit":"#);
                let hub = r#""TransitGatewayId":{"Ref":"Transit"}"#.to_owned();
                if self.random.percent(88) {
                    let first = match transit && self.random.percent(20) {
                        true => hub.clone(),
                        false => first.clone(),
                    };
                    routes.push((r#""DestinationCidrBlock":"0.0.0.0/0""#.into(), first));
                }
                if self.random.percent(20) {
                    let other = if self.random.percent(50) { &igw } else { &nat };
                    routes.push((
                        r#""DestinationCidrBlock":"128.0.0.0/1""#.into(),
                        other.clone(),
                    ));
                }
                if self.random.percent(80) {
                    let other = match self.random.percent(50) {
                        true => igw.clone(),
                        false => format!(r#""EgressOnlyInternetGatewayId":{{"Ref":"Out{vpc}"}}"#),
                    };
                    routes.push((r#""DestinationIpv6CidrBlock":"::/0""#.into(), other));
                }
                if self.out.contains(r#""Peering""#) {
                    let other = 1 - vpc;
                    for (range, chance) in [
                        (format!("10.{other}.0.0/16"), 70),
                        (format!("10.{other}.1.0/24"), 30),
                        (format!("10.{other}.0.0/22"), 15),
                    ] {
                        if self.random.percent(chance) {
                            let by = r#""VpcPeeringConnectionId":{"Ref":"Peering"}"#.to_owned();
                            routes.push((format!(r#""DestinationCidrBlock":"{range}""#), by));
                        }
                    }
                }
                if transit {
                    let other = 1 - vpc;
                    for (range, chance) in [
                        (format!(r#""DestinationCidrBlock":"10.{other}.0.0/16""#), 80),
                        (format!(r#""DestinationCidrBlock":"10.{other}.1.0/24""#), 15),
                        ("\"DestinationCidrBlock\":\"10.0.0.0/8\"".to_owned(), 25),
                        (
                            format!(r#""DestinationIpv6CidrBlock":"2600:1f0{other}::/56""#),
                            70,
                        ),
                    ] {
                        // Not where a peering connection has it.
                        let taken = routes.iter().any(|it| it.0 == range);
                        if !taken && self.random.percent(chance) {
                            routes.push((range, hub.clone()));
                        }
                    }
                }
                if self.random.percent(12) {
                    // A middlebox's detour, or a detour back to local.
                    let target = if self.random.percent(50) {
                        nat.clone()
                    } else {
                        r#""GatewayId":"local""#.to_owned()
                    };
                    routes.push((
                        format!(r#""DestinationCidrBlock":"10.{vpc}.2.0/24""#),
                        target,
                    ));
                }
                for number in (1..routes.len()).rev() {
                    let other = self.random.below(number + 1);
                    routes.swap(number, other);
                }
                for (number, (range, target)) in routes.iter().enumerate() {
                    let it = format!(r#""RouteTableId":{{"Ref":"{id}"}},{range},{target}"#);
                    self.add(&format!("Route{vpc}{table}{number}"), "EC2::Route", &it);
                }
            }
            for (number, subnet) in mine.iter().enumerate() {
                if self.random.percent(90) {
                    let table = self.random.below(2);
                    let it = format!(
                        r#""SubnetId":{{"Ref":"{subnet}"}},"RouteTableId":{{"Ref":"Table{vpc}{table}"}}"#
                    );
                    self.add(
                        &format!("Uses{vpc}{number}"),
                        "EC2::SubnetRouteTableAssociation",
                        &it,
                    );
                }
            }
        }
    }

    fn acls(&mut self) {
        let count = self.random.below(3);
        for acl in 0..count {
            self.add(
                &format!("Acl{acl}"),
                "EC2::NetworkAcl",
                r#""VpcId":{"Ref":"Vpc0"}"#,
            );
            let mut number = 0;
            for egress in [false, true] {
                let mut numbers: Vec<u32> = vec![90, 100, 110, 120, 130];
                for _ in 0..1 + self.random.below(4) {
                    let at = self.random.below(numbers.len());
                    let place = numbers.remove(at);
                    let ports = self.ports();
                    let allow = if self.random.percent(72) {
                        "allow"
                    } else {
                        "deny"
                    };
                    let protocol = *self.random.pick(&["-1", "6", "6", "6", "17"]);
                    let range = self.range("CidrBlock", "Ipv6CidrBlock");
                    let it = format!(
                        r#""NetworkAclId":{{"Ref":"Acl{acl}"}},"Egress":{egress},"RuleNumber":{place},"RuleAction":"{allow}","Protocol":"{protocol}",{range},"PortRange":{{"From":{},"To":{}}}"#,
                        ports.0, ports.1
                    );
                    self.add(&format!("Entry{acl}{number}"), "EC2::NetworkAclEntry", &it);
                    number += 1;
                }
                if self.random.percent(65) {
                    for (place, range) in [
                        (200, r#""CidrBlock":"0.0.0.0/0""#),
                        (210, r#""Ipv6CidrBlock":"::/0""#),
                    ] {
                        let it = format!(
                            r#""NetworkAclId":{{"Ref":"Acl{acl}"}},"Egress":{egress},"RuleNumber":{place},"RuleAction":"allow","Protocol":-1,{range}"#
                        );
                        self.add(&format!("Entry{acl}{number}"), "EC2::NetworkAclEntry", &it);
                        number += 1;
                    }
                }
            }
            let subnet = self.subnets[acl].0.clone();
            self.add(
                &format!("Filters{acl}"),
                "EC2::SubnetNetworkAclAssociation",
                &format!(r#""SubnetId":{{"Ref":"{subnet}"}},"NetworkAclId":{{"Ref":"Acl{acl}"}}"#),
            );
        }
    }

    fn security_groups(&mut self, vpcs: usize) {
        for number in 0..4 {
            self.groups.push((format!("Group{number}"), number % vpcs));
        }
        for number in 0..4 {
            let mut it = format!(
                r#""GroupDescription":"g","VpcId":{{"Ref":"Vpc{}"}}"#,
                number % vpcs
            );
            let rules: Vec<String> = (0..1 + self.random.below(4))
                .map(|_| self.rule("Source"))
                .collect();
            it += &format!(r#","SecurityGroupIngress":[{}]"#, rules.join(","));
            if self.random.percent(35) {
                let rules: Vec<String> = (0..1 + self.random.below(3))
                    .map(|_| self.rule("Destination"))
                    .collect();
                it += &format!(r#","SecurityGroupEgress":[{}]"#, rules.join(","));
            }
            self.add(&format!("Group{number}"), "EC2::SecurityGroup", &it);
            let more = if self.out.contains(r#""Transit":"#) {
                75
            } else {
                40
            };
            if self.random.percent(more) {
                let rule = match self.out.contains(r#""Transit":"#) && self.random.percent(60) {
                    true => match self.random.percent(50) {
                        true => r#"{"IpProtocol":"-1","CidrIp":"10.0.0.0/8"}"#.to_owned(),
                        false => {
                            let other = (number + 1) % 4;
                            format!(
                                r#"{{"IpProtocol":"-1","SourceSecurityGroupId":{{"Ref":"Group{other}"}}}}"#
                            )
                        }
                    },
                    false => self.rule("Source"),
                };
                let inner = &rule[1..rule.len() - 1];
                let it = format!(r#""GroupId":{{"Ref":"Group{number}"}},{inner}"#);
                self.add(
                    &format!("Ingress{number}"),
                    "EC2::SecurityGroupIngress",
                    &it,
                );
            }
        }
    }

    fn some_groups(&mut self, vpc: usize) -> String {
        let mine: Vec<String> = self
            .groups
            .iter()
            .filter(|it| it.1 == vpc)
            .map(|it| it.0.clone())
            .collect();
        let first = self.random.pick(&mine).clone();
        let mut names = vec![first];
        if self.random.percent(30) {
            let other = self.random.pick(&mine).clone();
            if !names.contains(&other) {
                names.push(other);
            }
        }
        names
            .iter()
            .map(|it| format!(r#"{{"Ref":"{it}"}}"#))
            .collect::<Vec<_>>()
            .join(",")
    }

    fn hosts(&mut self) {
        for number in 0..4 {
            let (subnet, vpc) = self.random.pick(&self.subnets).clone();
            let groups = self.some_groups(vpc);
            let fixed = match self.random.percent(25) {
                true => {
                    let third = &subnet[7..];
                    format!(
                        r#","PrivateIpAddress":"10.{vpc}.{third}.{}""#,
                        5 + self.random.below(9)
                    )
                }
                false => String::new(),
            };
            let id = format!("Host{number}");
            let it = match self.random.percent(30) {
                true => format!(
                    r#""NetworkInterfaces":[{{"DeviceIndex":"0","SubnetId":{{"Ref":"{subnet}"}},"GroupSet":[{groups}],"AssociatePublicIpAddress":{}{fixed}}}]"#,
                    self.random.percent(60)
                ),
                false => format!(
                    r#""SubnetId":{{"Ref":"{subnet}"}},"SecurityGroupIds":[{groups}]{fixed}"#
                ),
            };
            self.add(&id, "EC2::Instance", &it);
            if self.random.percent(15) {
                self.add(
                    &format!("Address{number}"),
                    "EC2::EIP",
                    &format!(r#""InstanceId":{{"Ref":"{id}"}}"#),
                );
            }
            self.homes.push((id.clone(), vpc));
            self.hosts.push(id);
        }
    }

    fn two_subnets(&mut self) -> String {
        let first = self.random.below(3);
        let second = (first + 1 + self.random.below(2)) % 3;
        let count = if self.random.percent(70) { 2 } else { 1 };
        [first, second][..count]
            .iter()
            .map(|it| format!(r#"{{"Ref":"{}"}}"#, self.subnets[*it].0))
            .collect::<Vec<_>>()
            .join(",")
    }

    fn balanced(&mut self) {
        let network = self.random.percent(50);
        let kind = if network { "network" } else { "application" };
        let scheme = if self.random.percent(40) {
            "internet-facing"
        } else {
            "internal"
        };
        let mut it = format!(
            r#""Type":"{kind}","Scheme":"{scheme}","Subnets":[{}]"#,
            self.two_subnets()
        );
        if !network || self.random.percent(50) {
            let groups = self.some_groups(0);
            it += &format!(r#","SecurityGroups":[{groups}]"#);
        }
        if network && self.random.percent(40) {
            it += r#","LoadBalancerAttributes":[{"Key":"load_balancing.cross_zone.enabled","Value":"true"}]"#;
        }
        self.add("Balancer", "ElasticLoadBalancingV2::LoadBalancer", &it);
        let port = *self.random.pick(&PORTS);
        let udp = network && self.random.percent(25);
        let protocol = if udp {
            "UDP"
        } else if network {
            "TCP"
        } else {
            "HTTP"
        };
        let bridged = self.random.percent(50);
        let mut it = format!(
            r#""Port":{port},"Protocol":"{protocol}","VpcId":{{"Ref":"Vpc0"}},"TargetType":"{}""#,
            if bridged { "instance" } else { "ip" }
        );
        if self.random.percent(25) {
            it += &format!(r#","HealthCheckPort":"{}""#, self.random.pick(&PORTS));
        }
        if network && !udp && self.random.percent(40) {
            let value = self.random.percent(50);
            it += &format!(
                r#","TargetGroupAttributes":[{{"Key":"preserve_client_ip.enabled","Value":"{value}"}}]"#
            );
        }
        self.add("Targets", "ElasticLoadBalancingV2::TargetGroup", &it);
        let listen = *self.random.pick(&PORTS);
        self.add(
            "Listener",
            "ElasticLoadBalancingV2::Listener",
            &format!(
                r#""LoadBalancerArn":{{"Ref":"Balancer"}},"Port":{listen},"Protocol":"{protocol}","DefaultActions":[{{"Type":"forward","TargetGroupArn":{{"Ref":"Targets"}}}}]"#
            ),
        );
        let spoken = if udp { "udp" } else { "tcp" };
        let host = *self.random.pick(&[0u16, 0, 9090]);
        let mapping = if bridged {
            format!(r#","HostPort":{host}"#)
        } else {
            String::new()
        };
        let mode = if bridged { "bridge" } else { "awsvpc" };
        self.add(
            "Task",
            "ECS::TaskDefinition",
            &format!(r#""NetworkMode":"{mode}","ContainerDefinitions":[{{"Name":"web","Image":"web","PortMappings":[{{"ContainerPort":{port},"Protocol":"{spoken}"{mapping}}}]}}]"#),
        );
        let hang = format!(
            r#""LoadBalancers":[{{"ContainerName":"web","ContainerPort":{port},"TargetGroupArn":{{"Ref":"Targets"}}}}]"#
        );
        let groups = self.some_groups(0);
        let subnets = self.two_subnets();
        if bridged {
            self.add(
                "Launch",
                "EC2::LaunchTemplate",
                &format!(r#""LaunchTemplateData":{{"SecurityGroupIds":[{groups}]}}"#),
            );
            self.add(
                "Fleet",
                "AutoScaling::AutoScalingGroup",
                &format!(r#""MinSize":"1","MaxSize":"1","VPCZoneIdentifier":[{subnets}],"LaunchTemplate":{{"LaunchTemplateId":{{"Ref":"Launch"}},"Version":"1"}}"#),
            );
            self.add(
                "Capacity",
                "ECS::CapacityProvider",
                r#""AutoScalingGroupProvider":{"AutoScalingGroupArn":{"Ref":"Fleet"}}"#,
            );
            self.add(
                "Service",
                "ECS::Service",
                &format!(r#""TaskDefinition":{{"Ref":"Task"}},"CapacityProviderStrategy":[{{"CapacityProvider":{{"Ref":"Capacity"}},"Weight":1}}],{hang}"#),
            );
            self.hosts.push("Fleet".into());
        } else {
            let public = if self.random.percent(40) {
                "ENABLED"
            } else {
                "DISABLED"
            };
            self.add(
                "Service",
                "ECS::Service",
                &format!(r#""TaskDefinition":{{"Ref":"Task"}},"NetworkConfiguration":{{"AwsvpcConfiguration":{{"Subnets":[{subnets}],"SecurityGroups":[{groups}],"AssignPublicIp":"{public}"}}}},{hang}"#),
            );
        }
        self.hosts.push("Service".into());
        self.listener = Some((listen, udp));
    }

    fn questions(&mut self, count: usize) -> Vec<Question> {
        let mut all = Vec::new();
        while all.len() < count {
            let port = *self.random.pick(&PORTS);
            let host =
                |maker: &mut Maker| Endpoint::resource(maker.random.pick(&maker.hosts).clone());
            let six = self.random.percent(25);
            let udp = self.random.percent(12);
            let range = |maker: &mut Maker| match six {
                true => Endpoint::Cidr((*maker.random.pick(&RANGES6)).to_owned()),
                false => Endpoint::Cidr((*maker.random.pick(&RANGES[1..])).to_owned()),
            };
            let internet = if six {
                Endpoint::Internet6
            } else {
                Endpoint::Internet
            };
            let across = self.out.contains(r#""Transit":"#) && self.random.percent(35);
            let mut question = match self.random.below(12) {
                _ if across => {
                    let from = self.random.pick(&self.homes).clone();
                    let to = self.random.pick(&self.homes).clone();
                    // Within a VPC there are enough.
                    if from.1 == to.1 && self.random.percent(80) {
                        continue;
                    }
                    Question::new(Endpoint::resource(from.0), Endpoint::resource(to.0), port)
                }
                0..4 => Question::new(host(self), host(self), port),
                4 | 5 => Question::new(host(self), internet, port),
                6 => Question::new(internet, host(self), port),
                7 => Question::new(host(self), range(self), port),
                8 => Question::new(range(self), host(self), port),
                9..12 => {
                    let Some((listens, takes_udp)) = self.listener else {
                        continue;
                    };
                    let balancer = Endpoint::resource("Balancer");
                    let spoken = if takes_udp {
                        Protocol::Udp
                    } else {
                        Protocol::Tcp
                    };
                    if self.random.percent(66) {
                        let it = Question::new(balancer, Endpoint::resource("Service"), None);
                        all.push(match self.random.percent(35) {
                            true => it.health_check(),
                            false => it.protocol(spoken),
                        });
                        continue;
                    }
                    let from = match self.random.percent(50) {
                        true => Endpoint::Internet,
                        false => host(self),
                    };
                    let port = if self.random.percent(85) {
                        listens
                    } else {
                        port
                    };
                    all.push(Question::new(from, balancer, port).protocol(spoken));
                    continue;
                }
                _ => continue,
            };
            if question.from == question.to {
                continue;
            }
            if six {
                question = question.family(Family::V6);
            }
            if udp {
                question = question.protocol(Protocol::Udp);
            }
            all.push(question);
        }
        all
    }
}

/// The network of a seed.
pub(crate) fn network(seed: u64, questions: usize) -> Made {
    let mut maker = Maker {
        random: Random::new(seed),
        out: String::from("{"),
        subnets: Vec::new(),
        zones: Vec::new(),
        groups: Vec::new(),
        hosts: Vec::new(),
        homes: Vec::new(),
        listener: None,
    };
    let vpcs = maker.networks();
    maker.security_groups(vpcs);
    maker.routes(vpcs);
    maker.acls();
    maker.hosts();
    if maker.random.percent(70) {
        maker.balanced();
    }
    let questions = maker.questions(questions);
    Made {
        template: format!(r#"{{"Resources":{}}}}}"#, maker.out),
        questions,
    }
}
