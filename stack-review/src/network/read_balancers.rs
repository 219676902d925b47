//! From templates to a [`Network`](super::Network): load balancers, listeners and target groups.

use crate::model::{Resource, View};

use super::fault::Fault;
use super::parts::*;
use super::read::{Reader, key};
use super::read_nodes::ANY;
use super::space::{Space, cidr};

impl<'e, 'a> Reader<'e, 'a> {
    pub(super) fn read_balancers(&mut self) {
        for resource in self.all("AWS::ElasticLoadBalancingV2::TargetGroup") {
            self.target_group(resource);
        }
        self.members();
        for resource in self.all("AWS::ElasticLoadBalancingV2::LoadBalancer") {
            self.balancer(resource);
        }
        for rule in self.all("AWS::ElasticLoadBalancingV2::ListenerRule") {
            // Its listener may be in another stack.
            self.target(&rule.get("ListenerArn"));
        }
        for resource in self.all("AWS::ElasticLoadBalancingV2::Listener") {
            let Some(number) = self.balancer_named(&resource.get("LoadBalancerArn")) else {
                continue;
            };
            let mut listener = Listener {
                id: resource.id().to_owned(),
                stack: resource.stack().number(),
                port: port(&resource.get("Port")),
                tcp: !matches!(resource.get("Protocol").text(), Some("UDP" | "QUIC")),
                udp: matches!(
                    resource.get("Protocol").text(),
                    Some("UDP" | "TCP_UDP" | "QUIC" | "TCP_QUIC")
                ),
                targets: Vec::new(),
                complete: true,
            };
            self.forwards(&resource.get("DefaultActions"), &mut listener);
            for rule in self.all("AWS::ElasticLoadBalancingV2::ListenerRule") {
                let arn = rule.get("ListenerArn");
                let mine = self.target(&arn).map(key) == Some(key(resource));
                if mine {
                    self.forwards(&rule.get("Actions"), &mut listener);
                }
            }
            listener.targets.sort_unstable();
            listener.targets.dedup();
            self.net.balancers[number].listeners.push(listener);
        }
        self.client_addresses();
    }

    fn balancer_named(&mut self, view: &View<'e, 'a>) -> Option<usize> {
        let resource = self.target(view)?;
        let node = self
            .net
            .node_of(Some(resource.stack().number()), resource.id())?;
        self.net.balancer_of(node)
    }

    fn balancer(&mut self, resource: Resource<'e, 'a>) {
        let network = match resource.get("Type") {
            it if it.is_absent() => false,
            it => match it.text() {
                Some("application") => false,
                Some("network") => true,
                // A gateway load balancer takes no connections.
                _ => return,
            },
        };
        let internet_facing = match resource.get("Scheme") {
            it if it.is_absent() => Some(true),
            it => it.text().map(|it| it == "internet-facing"),
        };
        let mut subnets = resource.get("Subnets");
        let mappings = resource.get("SubnetMappings");
        let mut places = Vec::new();
        if subnets.is_absent() && mappings.is_set() {
            for mapping in mappings.items() {
                places.push(self.subnet(&mapping.get("SubnetId")));
            }
            subnets = mappings;
        }
        if places.is_empty() {
            places = self.subnets_of(&subnets);
        }
        let groups = resource.get("SecurityGroups");
        // A Network Load Balancer without groups lets everything to its listeners.
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
        let groups = match (groups.is_set(), network) {
            (true, _) => Some(self.groups_of(&groups)),
            (false, true) => None,
            (false, false) => Some(vec![self.default_group(&places, &groups)]),
        };
        let dual = match resource.get("IpAddressType") {
            it if it.is_absent() => Some(false),
            it => it.text().map(|it| it.starts_with("dualstack")),
        };
        let seats = places.iter().map(|subnet| Seat {
            subnet: *subnet,
            groups: groups.clone(),
            address: None,
            public: internet_facing,
            six: match (dual, self.net.subnets[*subnet].usable[1].is_empty()) {
                (_, true) => Some(false),
                (dual, false) => dual,
            },
        });
        let seats = seats.collect();
        let node = self.node(resource, Kind::Balancer, seats, ANY, None);
        let attribute = attribute(
            &resource.get("LoadBalancerAttributes"),
            "load_balancing.cross_zone.enabled",
        );
        self.net.balancers.push(Balancer {
            node,
            network,
            classic: false,
            internet_facing,
            listeners: Vec::new(),
            cross_zone: match (network, attribute) {
                // Always on for Application Load Balancers, off by default for Network Load Balancers.
                (false, _) => Some(true),
                (true, Said::Nothing) => Some(false),
                (true, Said::Text(it)) => Some(it == "true"),
                (true, Said::Unknown) => None,
            },
        });
    }

    fn target_group(&mut self, resource: Resource<'e, 'a>) {
        let protocol = resource.get("Protocol");
        let kind = resource.get("TargetType");
        let kind = if kind.is_absent() {
            Some("instance")
        } else {
            kind.text()
        };
        let attributes = resource.get("TargetGroupAttributes");
        let udp = matches!(
            protocol.text(),
            Some("UDP" | "TCP_UDP" | "QUIC" | "TCP_QUIC")
        );
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
        let preserves = match (udp, attribute(&attributes, "preserve_client_ip.enabled")) {
            (true, _) => Some(true),
            (false, Said::Text(it)) => Some(it == "true"),
            (false, Said::Unknown) => None,
            (false, Said::Nothing) => kind.map(|it| it == "instance"),
        };
        let health = resource.get("HealthCheckPort");
        let health_port = match health.text() {
            _ if health.is_absent() => HealthPort::Traffic,
            Some("traffic-port") => HealthPort::Traffic,
            _ => port(&health).map_or(HealthPort::Unknown, HealthPort::Port),
        };
        self.targets.insert(key(resource), self.net.targets.len());
        self.net.targets.push(TargetGroup {
            id: resource.id().to_owned(),
            stack: resource.stack().number(),
            port: port(&resource.get("Port")),
            udp,
            tcp: !matches!(protocol.text(), Some("UDP" | "QUIC")),
            health_port,
            preserves: if self.net.is(Fault::ClientsAreNeverSeen) {
                Some(false)
            } else {
                preserves
            },
            cross_zone: match attribute(&attributes, "load_balancing.cross_zone.enabled") {
                Said::Text(it) if it == "true" => Some(true),
                Said::Text(it) if it == "false" => Some(false),
                _ => None,
            },
            members: Vec::new(),
            packets: matches!(kind, Some("instance" | "ip")),
            complete: resource.get("Targets").has_known_items(),
        });
        let number = self.net.targets.len() - 1;
        for target in resource.get("Targets").items() {
            let id = target.get("Id");
            let own = target.get("Port");
            let ports = match own.is_set() {
                true => one(port(&own)),
                false => one(port(&resource.get("Port"))),
            };
            let node = match id.target() {
                Some(it) => self.net.node_of(Some(it.stack().number()), it.id()),
                None => self.address(resource, id.text(), number),
            };
            match node {
                Some(node) => self.net.targets[number]
                    .members
                    .push(Member { node, ports }),
                None => self.net.targets[number].complete = false,
            }
        }
    }

    /// A target that is registered by its address: nothing filters it that is seen here, but its
    /// subnet does.
    fn address(
        &mut self,
        resource: Resource<'e, 'a>,
        text: Option<&str>,
        group: usize,
    ) -> Option<usize> {
        let (family, _, from, to) = cidr(text?)?;
        let space = Space::numbers(from, to);
        let known = self.net.nodes.iter().position(|node| {
            node.seats.iter().any(|it| {
                it.address
                    .as_ref()
                    .is_some_and(|it| it[family as usize] == space)
            })
        });
        if known.is_some() {
            return known;
        }
        let at = family as usize;
        self.net
            .subnets
            .iter()
            .position(|it| it.usable[at].covers(&space))?;
        self.net.targets[group].complete = false;
        let _ = resource;
        None
    }

    /// What registers itself: services and Auto Scaling groups.
    fn members(&mut self) {
        for service in self.all("AWS::ECS::Service") {
            let Some(node) = self
                .net
                .node_of(Some(service.stack().number()), service.id())
            else {
                continue;
            };
            for item in service.get("LoadBalancers").items() {
                let container = port(&item.get("ContainerPort"));
                let ports = match (&self.net.nodes[node].hosts, container) {
                    (None, port) => one(port),
                    (Some(hosts), Some(port)) => match hosts.iter().find(|it| it.0 == port) {
                        Some((_, Some(host))) => Ports::Range(*host, *host),
                        Some((_, None)) => self.dynamic(),
                        None => Ports::Unknown,
                    },
                    _ => Ports::Unknown,
                };
                let groups = [
                    item.get("TargetGroupArn"),
                    item.get("AdvancedConfiguration")
                        .get("AlternateTargetGroupArn"),
                ];
                for group in groups
                    .iter()
                    .filter_map(|it| self.target(it))
                    .collect::<Vec<_>>()
                {
                    if let Some(&number) = self.targets.get(&key(group)) {
                        self.net.targets[number]
                            .members
                            .push(Member { node, ports });
                    }
                }
            }
        }
        for group in self.all("AWS::AutoScaling::AutoScalingGroup") {
            let Some(node) = self.net.node_of(Some(group.stack().number()), group.id()) else {
                continue;
            };
            for target in group.get("TargetGroupARNs").items() {
                let Some(target) = self.target(&target) else {
                    continue;
                };
                if let Some(&number) = self.targets.get(&key(target)) {
                    let ports = one(self.net.targets[number].port);
                    self.net.targets[number]
                        .members
                        .push(Member { node, ports });
                }
            }
        }
    }

    /// Where Docker puts a container's port when it may choose.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html>
    fn dynamic(&self) -> Ports {
        match self.net.is(Fault::FirstDynamicPortIsEnough) {
            true => Ports::Range(32768, 32768),
            false => Ports::Range(32768, 65535),
        }
    }

    fn forwards(&mut self, actions: &View<'e, 'a>, listener: &mut Listener) {
        listener.complete &= actions.has_known_items();
        for action in actions.items() {
            let mut groups = vec![action.get("TargetGroupArn")];
            let more = action.get("ForwardConfig").get("TargetGroups");
            groups.extend(more.items().iter().map(|it| it.get("TargetGroupArn")));
            for group in groups.iter().filter(|it| it.is_set()) {
                match self.target(group).and_then(|it| self.targets.get(&key(it))) {
                    Some(number) => listener.targets.push(*number),
                    None => listener.complete = false,
                }
            }
        }
    }

    /// An Application Load Balancer always sends from its own addresses.
    fn client_addresses(&mut self) {
        for balancer in self.net.balancers.iter().filter(|it| !it.network) {
            for target in balancer.listeners.iter().flat_map(|it| &it.targets) {
                self.net.targets[*target].preserves = Some(false);
            }
        }
    }
}

/// What a list of attributes says of one.
enum Said {
    Nothing,
    Text(String),
    Unknown,
}

fn attribute(list: &View<'_, '_>, name: &str) -> Said {
    if !list.has_known_items() {
        return Said::Unknown;
    }
    let items = list.items();
    let Some(item) = items.iter().find(|it| it.get("Key").text() == Some(name)) else {
        return Said::Nothing;
    };
    let value = item.get("Value");
    value
        .text()
        .map_or(Said::Unknown, |it| Said::Text(it.to_owned()))
}

fn port(view: &View<'_, '_>) -> Option<u16> {
    u16::try_from(view.int()?).ok()
}

fn one(port: Option<u16>) -> Ports {
    port.map_or(Ports::Unknown, |it| Ports::Range(it, it))
}
