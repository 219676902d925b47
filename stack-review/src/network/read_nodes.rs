//! From templates to a [`Network`](super::Network): what begins and takes connections.

use stack_core::Expr;

use crate::model::{Resource, View};

use super::parts::*;
use super::read::{Reader, key};
use super::read_stores::STORES;
use super::space::{Space, cidr};

/// Ports of Linux when a program does not choose one.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-ephemeral-ports.html>
pub(super) const LINUX: (u16, u16) = (32768, 60999);
/// Those that load balancers, NAT gateways, functions and clients anywhere may use.
pub(super) const ANY: (u16, u16) = (1024, 65535);
const WINDOWS: (u16, u16) = (49152, 65535);

impl<'e, 'a> Reader<'e, 'a> {
    pub(super) fn read_nodes(&mut self) {
        for resource in self.all("AWS::EC2::Instance") {
            self.instance(resource);
        }
        for resource in self.all("AWS::AutoScaling::AutoScalingGroup") {
            self.auto_scaling(resource);
        }
        for resource in self.all("AWS::ECS::Service") {
            self.service(resource);
        }
        for resource in self.all("AWS::Lambda::Function") {
            let subnets = resource.get("VpcConfig.SubnetIds");
            if subnets.is_set() {
                let groups = resource.get("VpcConfig.SecurityGroupIds");
                let seats = self.seats(&subnets, &groups, Some(false));
                self.node(resource, Kind::Function, seats, ANY, None);
            }
        }
        for store in STORES {
            for resource in self.all(store.kind) {
                self.store(resource, store);
            }
        }
    }

    pub(super) fn node(
        &mut self,
        resource: Resource<'e, 'a>,
        kind: Kind,
        seats: Vec<Seat>,
        sources: (u16, u16),
        port: Option<u16>,
    ) -> usize {
        let region = self
            .net
            .region(format!("the public address of `{}`", resource.id()), true);
        self.net.nodes.push(Node {
            stack: resource.stack().number(),
            id: resource.id().to_owned(),
            kind,
            seats,
            sources,
            port,
            hosts: None,
            region,
            doubt: None,
        });
        self.net.nodes.len() - 1
    }

    /// One seat in each subnet. What has no group of its own has the default one of its VPC.
    pub(super) fn seats(
        &mut self,
        subnets: &View<'e, 'a>,
        groups: &View<'e, 'a>,
        public: Option<bool>,
    ) -> Vec<Seat> {
        let subnets = self.subnets_of(subnets);
        let groups = match groups.is_set() {
            true => self.groups_of(groups),
            false => vec![self.default_group(&subnets, groups)],
        };
        let seat = |subnet| Seat {
            subnet,
            groups: Some(groups.clone()),
            address: None,
            public,
            six: None,
        };
        subnets.into_iter().map(seat).collect()
    }

    fn instance(&mut self, resource: Resource<'e, 'a>) {
        let first = resource.get("NetworkInterfaces").items().into_iter().next();
        let own = |name: &'static str, inner: &'static str| match &first {
            Some(it) if it.get(inner).is_set() => it.get(inner),
            _ => resource.get(name),
        };
        let template = self.launch_template(resource);
        let mut groups = own("SecurityGroupIds", "GroupSet");
        if groups.is_absent()
            && let Some(template) = &template
        {
            groups = launch_groups(template);
        }
        let mut subnet = own("SubnetId", "SubnetId");
        if subnet.is_absent()
            && let Some(template) = &template
        {
            let inner = template.get("NetworkInterfaces").items().into_iter().next();
            subnet = inner.map_or(subnet, |it| it.get("SubnetId"));
        }
        let public = match &first {
            Some(it) => flag(&it.get("AssociatePublicIpAddress")),
            None => template.as_ref().and_then(launch_public),
        };
        let mut seats = match subnet.is_set() {
            true => self.seats(&subnet, &groups, None),
            // In a default subnet, which is made elsewhere.
            false => {
                let number = self.subnet(&subnet);
                let groups = match groups.is_set() {
                    true => self.groups_of(&groups),
                    false => vec![self.default_group(&[number], &groups)],
                };
                vec![Seat {
                    subnet: number,
                    groups: Some(groups),
                    address: None,
                    public: None,
                    six: None,
                }]
            }
        };
        let elastic = self.has_elastic_address(resource);
        let address = own("PrivateIpAddress", "PrivateIpAddress");
        for seat in &mut seats {
            let at = &self.net.subnets[seat.subnet];
            seat.public = if elastic {
                Some(true)
            } else {
                public.or(at.public)
            };
            seat.six = own_six(resource, first.as_ref()).or(at.six);
            if let Some((_, _, from, to)) = address.text().and_then(cidr) {
                seat.address = Some([Space::numbers(from, to), at.usable[1].clone()]);
            }
        }
        self.node(resource, Kind::Instance, seats, LINUX, None);
    }

    fn has_elastic_address(&self, instance: Resource<'e, 'a>) -> bool {
        let mine =
            |it: &Resource<'e, 'a>| it.get("InstanceId").target().map(key) == Some(key(instance));
        self.all("AWS::EC2::EIP").iter().any(mine)
            || self.all("AWS::EC2::EIPAssociation").iter().any(mine)
    }

    fn launch_template(&self, resource: Resource<'e, 'a>) -> Option<View<'e, 'a>> {
        let paths = [
            "LaunchTemplate.LaunchTemplateId",
            "LaunchTemplate.LaunchTemplateName",
            "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId",
        ];
        let template = paths
            .iter()
            .find_map(|it| resource.get(it).target_of("AWS::EC2::LaunchTemplate"))?;
        Some(template.get("LaunchTemplateData"))
    }

    fn auto_scaling(&mut self, resource: Resource<'e, 'a>) {
        let subnets = resource.get("VPCZoneIdentifier");
        let template = self.launch_template(resource);
        let configuration = resource
            .get("LaunchConfigurationName")
            .target_of("AWS::AutoScaling::LaunchConfiguration");
        let (groups, public) = match (&template, configuration) {
            (Some(it), _) => (launch_groups(it), launch_public(it)),
            (None, Some(it)) => (
                it.get("SecurityGroups"),
                flag(&it.get("AssociatePublicIpAddress")),
            ),
            (None, None) => (resource.get("LaunchTemplate"), None),
        };
        let mut seats = self.seats(&subnets, &groups, None);
        for seat in &mut seats {
            let at = &self.net.subnets[seat.subnet];
            seat.public = public.or(at.public);
            seat.six = at.six;
        }
        let number = self.node(resource, Kind::AutoScaling, seats, LINUX, None);
        if template.is_none() && configuration.is_none() {
            self.net.nodes[number].doubt =
                Some(format!("how `{}` launches instances", resource.id()));
        }
    }

    fn service(&mut self, resource: Resource<'e, 'a>) {
        let task = resource
            .get("TaskDefinition")
            .target_of("AWS::ECS::TaskDefinition");
        let network = resource.get("NetworkConfiguration.AwsvpcConfiguration");
        let windows = task.is_some_and(|it| {
            let family = it.get("RuntimePlatform.OperatingSystemFamily");
            family.text().is_some_and(|it| it.starts_with("WINDOWS"))
        });
        let sources = if windows { WINDOWS } else { LINUX };
        let port = task.and_then(|it| {
            let containers = it.get("ContainerDefinitions").items();
            let ports = containers
                .iter()
                .flat_map(|it| it.get("PortMappings").items());
            let mut ports =
                ports.filter_map(|it| u16::try_from(it.get("ContainerPort").int()?).ok());
            ports.next()
        });
        if network.is_set() {
            let public = match network.get("AssignPublicIp") {
                it if it.is_absent() => Some(false),
                it => it.text().map(|it| it == "ENABLED"),
            };
            let seats = self.seats(
                &network.get("Subnets"),
                &network.get("SecurityGroups"),
                public,
            );
            self.node(resource, Kind::Service, seats, sources, port);
            return;
        }
        let mode = task.map(|it| it.get("NetworkMode"));
        let bridged = mode.as_ref().is_none_or(|it| it.text() != Some("host"));
        let instances = self.container_instances(resource);
        let seats = instances
            .iter()
            .flat_map(|it| self.net.nodes[*it].seats.clone())
            .collect();
        let doubt = match (task, instances.is_empty()) {
            (None, _) => Some(format!("the task definition of `{}`", resource.id())),
            (_, true) => Some(format!(
                "the container instances that `{}` runs on",
                resource.id()
            )),
            _ => instances
                .iter()
                .find_map(|it| self.net.nodes[*it].doubt.clone()),
        };
        let number = self.node(resource, Kind::Service, seats, sources, port);
        self.net.nodes[number].doubt = doubt;
        if let (Some(task), true) = (task, bridged) {
            let containers = task.get("ContainerDefinitions").items();
            let mappings = containers
                .iter()
                .flat_map(|it| it.get("PortMappings").items());
            let hosts = mappings.filter_map(|it| {
                let container = u16::try_from(it.get("ContainerPort").int()?).ok()?;
                let host = it
                    .get("HostPort")
                    .int()
                    .and_then(|it| u16::try_from(it).ok());
                Some((container, host.filter(|it| *it != 0)))
            });
            self.net.nodes[number].hosts = Some(hosts.collect());
        }
    }

    /// The Auto Scaling groups and instances that a service's tasks can be placed on: those of its
    /// capacity providers, or those whose start-up text names its cluster.
    fn container_instances(&mut self, service: Resource<'e, 'a>) -> Vec<usize> {
        let cluster = service.get("Cluster");
        let home = self.target(&cluster);
        let mut providers: Vec<View<'e, 'a>> = Vec::new();
        for item in service.get("CapacityProviderStrategy").items() {
            providers.push(item.get("CapacityProvider"));
        }
        if let (true, Some(home)) = (providers.is_empty(), home) {
            providers.extend(home.get("CapacityProviders").items());
            for it in self.all("AWS::ECS::ClusterCapacityProviderAssociations") {
                if it.get("Cluster").target().map(key) == Some(key(home)) {
                    providers.extend(it.get("CapacityProviders").items());
                }
            }
        }
        let mut found: Vec<usize> = Vec::new();
        for provider in providers {
            let Some(provider) = self.target_of(&provider, "AWS::ECS::CapacityProvider") else {
                continue;
            };
            let group = provider.get("AutoScalingGroupProvider.AutoScalingGroupArn");
            if let Some(group) = self.target(&group) {
                found.extend(self.net.node_of(Some(group.stack().number()), group.id()));
            }
        }
        if found.is_empty() {
            for (number, node) in self.net.nodes.iter().enumerate() {
                let stack = self.world.stack(node.stack);
                if let (Kind::Instance | Kind::AutoScaling, Some(it)) =
                    (node.kind, stack.resource(&node.id))
                    && let Some(home) = home
                    && (mentions(it.raw().attribute("Properties"), home.id())
                        || self.launch_names(it, home.id()))
                {
                    found.push(number);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn launch_names(&self, resource: Resource<'e, 'a>, cluster: &str) -> bool {
        let launch = self.launch_template(resource).map(|it| it.resource());
        let configuration = resource.get("LaunchConfigurationName").target();
        [launch, configuration]
            .into_iter()
            .flatten()
            .any(|it| mentions(it.raw().attribute("Properties"), cluster))
    }

    /// The interfaces of an interface endpoint.
    pub(super) fn interface(&mut self, resource: Resource<'e, 'a>, vpc: usize) -> usize {
        let subnets = self.subnets_of(&resource.get("SubnetIds"));
        let groups = resource.get("SecurityGroupIds");
        let groups = match groups.is_set() {
            true => self.groups_of(&groups),
            false => vec![self.net.vpcs[vpc].default_group],
        };
        let seat = |subnet| Seat {
            subnet,
            groups: Some(groups.clone()),
            address: None,
            public: Some(false),
            six: Some(false),
        };
        let seats = subnets.into_iter().map(seat).collect();
        self.node(resource, Kind::Endpoint, seats, ANY, Some(443))
    }
}

fn flag(view: &View<'_, '_>) -> Option<bool> {
    view.bool()
}

fn own_six(resource: Resource<'_, '_>, interface: Option<&View<'_, '_>>) -> Option<bool> {
    let count = match interface {
        Some(it) if it.get("Ipv6AddressCount").is_set() => it.get("Ipv6AddressCount"),
        Some(it) if it.get("Ipv6Addresses").is_set() => return Some(true),
        _ => resource.get("Ipv6AddressCount"),
    };
    if resource.get("Ipv6Addresses").is_set() {
        return Some(true);
    }
    count.int().map(|it| it > 0)
}

fn launch_groups<'e, 'a>(template: &View<'e, 'a>) -> View<'e, 'a> {
    let first = template.get("NetworkInterfaces").items().into_iter().next();
    match first.map(|it| it.get("Groups")) {
        Some(it) if it.is_set() => it,
        _ => template.get("SecurityGroupIds"),
    }
}

fn launch_public(template: &View<'_, '_>) -> Option<bool> {
    let first = template.get("NetworkInterfaces").items().into_iter().next();
    first.and_then(|it| flag(&it.get("AssociatePublicIpAddress")))
}

/// Whether an expression names a resource anywhere.
pub(super) fn mentions(expr: Option<&Expr>, id: &str) -> bool {
    match expr {
        Some(Expr::List(items)) => items.iter().any(|it| mentions(Some(it), id)),
        Some(Expr::Object(fields)) => fields.iter().any(|(name, it)| match (name, it) {
            ("Ref", Expr::String(text)) => &**text == id,
            ("Fn::GetAtt", Expr::String(text)) => text.split('.').next() == Some(id),
            ("Fn::GetAtt", Expr::List(parts)) => parts.first().and_then(Expr::as_str) == Some(id),
            ("Fn::Sub", Expr::String(text)) => names(text, id),
            ("Fn::Sub", Expr::List(parts)) => {
                parts
                    .first()
                    .and_then(Expr::as_str)
                    .is_some_and(|it| names(it, id))
                    || mentions(parts.get(1), id)
            }
            (_, it) => mentions(Some(it), id),
        }),
        _ => false,
    }
}

fn names(text: &str, id: &str) -> bool {
    text.contains(&format!("${{{id}}}")) || text.contains(&format!("${{{id}."))
}
