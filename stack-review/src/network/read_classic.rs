//! From templates to a [`Network`](super::Network): Classic Load Balancers, as load balancers with a
//! target group for each port of their instances.

use crate::model::{Resource, View};

use super::parts::*;
use super::read::{Reader, key};
use super::read_nodes::ANY;

pub(super) const CLASSIC: &str = "AWS::ElasticLoadBalancing::LoadBalancer";

fn port(view: &View<'_, '_>) -> Option<u16> {
    u16::try_from(view.int()?).ok()
}

/// The port in `HTTP:80/index.html`.
fn checked(target: &str) -> Option<u16> {
    let rest = target.split_once(':')?.1;
    let end = rest.find('/').unwrap_or(rest.len());
    rest[..end].parse().ok()
}

impl<'e, 'a> Reader<'e, 'a> {
    pub(super) fn read_classic(&mut self) {
        for resource in self.all(CLASSIC) {
            let members = self.registered(resource);
            let number = self.classic(resource);
            let check = resource.get("HealthCheck.Target");
            let complete = resource.get("Instances").has_known_items();
            let mut groups: Vec<(Option<u16>, usize)> = Vec::new();
            let listeners = resource.get("Listeners");
            for listener in listeners.items() {
                let instance = port(&listener.get("InstancePort"));
                let known = groups
                    .iter()
                    .find(|it| it.0 == instance && instance.is_some());
                let group = match known {
                    Some(it) => it.1,
                    None => {
                        let health = match check.text().map(checked) {
                            None if check.is_absent() => HealthPort::Traffic,
                            Some(Some(it)) if Some(it) == instance => HealthPort::Traffic,
                            Some(Some(it)) => HealthPort::Port(it),
                            _ => HealthPort::Unknown,
                        };
                        self.instances(resource, instance, health, complete, &members)
                    }
                };
                groups.push((instance, group));
                self.net.balancers[number].listeners.push(Listener {
                    id: resource.id().to_owned(),
                    stack: resource.stack().number(),
                    port: port(&listener.get("LoadBalancerPort")),
                    tcp: true,
                    udp: false,
                    targets: vec![group],
                    complete: listeners.has_known_items(),
                });
            }
        }
    }

    /// Its nodes.
    fn classic(&mut self, resource: Resource<'e, 'a>) -> usize {
        let places = self.subnets_of(&resource.get("Subnets"));
        let groups = resource.get("SecurityGroups");
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-vpc-security-groups.html
        let groups = match groups.is_set() {
            true => self.groups_of(&groups),
            false => vec![self.default_group(&places, &groups)],
        };
        let internet_facing = match resource.get("Scheme") {
            it if it.is_absent() => Some(true),
            it => it.text().map(|it| it == "internet-facing"),
        };
        let seat = |subnet: usize| Seat {
            subnet,
            groups: Some(groups.clone()),
            address: None,
            public: internet_facing,
            six: Some(false),
        };
        let seats = places.into_iter().map(seat).collect();
        let node = self.node(resource, Kind::Balancer, seats, ANY, None);
        let cross = resource.get("CrossZone");
        self.net.balancers.push(Balancer {
            node,
            network: false,
            classic: true,
            internet_facing,
            listeners: Vec::new(),
            cross_zone: match cross.is_absent() {
                true => Some(false),
                false => cross.bool(),
            },
        });
        self.net.balancers.len() - 1
    }

    /// What it sends to, on one of their ports.
    fn instances(
        &mut self,
        resource: Resource<'e, 'a>,
        port: Option<u16>,
        health_port: HealthPort,
        complete: bool,
        members: &[usize],
    ) -> usize {
        let ports = port.map_or(Ports::Unknown, |it| Ports::Range(it, it));
        let members = members.iter().map(|node| Member { node: *node, ports });
        self.net.targets.push(TargetGroup {
            id: resource.id().to_owned(),
            stack: resource.stack().number(),
            port,
            udp: false,
            tcp: true,
            health_port,
            preserves: Some(false),
            cross_zone: None,
            members: members.collect(),
            packets: true,
            complete,
        });
        self.net.targets.len() - 1
    }

    /// Instances that it names, and services and Auto Scaling groups that name it.
    fn registered(&mut self, balancer: Resource<'e, 'a>) -> Vec<usize> {
        let mut found = Vec::new();
        for instance in balancer.get("Instances").items() {
            let it = self.target(&instance).map(key);
            found.extend(it.and_then(|it| self.net.node_of(Some(it.0), it.1)));
        }
        let mine = Some(key(balancer));
        for group in self.all("AWS::AutoScaling::AutoScalingGroup") {
            let names = group.get("LoadBalancerNames").items();
            if names.iter().any(|it| self.target(it).map(key) == mine) {
                found.extend(self.net.node_of(Some(group.stack().number()), group.id()));
            }
        }
        for service in self.all("AWS::ECS::Service") {
            let items = service.get("LoadBalancers").items();
            let names = |it: &View<'e, 'a>| it.get("LoadBalancerName");
            if items
                .iter()
                .any(|it| self.target(&names(it)).map(key) == mine)
            {
                found.extend(
                    self.net
                        .node_of(Some(service.stack().number()), service.id()),
                );
            }
        }
        found
    }
}
