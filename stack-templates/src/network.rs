//! A VPC with a public and a private subnet in every availability zone.

use stack_core::aws::policy::{PolicyDocument, Principal, Statement};
use stack_core::aws::{Tag, ec2, iam};
use stack_core::prelude::*;
use stack_core::sub;

use crate::allow::no_egress;
use crate::encryption;
use crate::way_out;

/// How private subnets reach the internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nat {
    /// A NAT gateway in every zone: the loss of a zone takes only its own.
    PerZone,
    /// One NAT gateway for all: cheaper, and gone with its zone.
    Single,
    /// Not at all; what tasks need must have an endpoint.
    None,
}

/// An AWS service that private subnets reach without the internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Endpoint {
    EcrApi,
    EcrDkr,
    Logs,
    SecretsManager,
    Ssm,
    SsmMessages,
    Ecs,
    EcsAgent,
    EcsTelemetry,
}

impl Endpoint {
    /// What tasks need at the least to start from an ECR image, log and read secrets.
    pub const FOR_TASKS: &'static [Endpoint] = &[
        Endpoint::EcrApi,
        Endpoint::EcrDkr,
        Endpoint::Logs,
        Endpoint::SecretsManager,
        Endpoint::Ssm,
    ];

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Endpoint::EcrApi => ("EcrApi", "ecr.api"),
            Endpoint::EcrDkr => ("EcrDkr", "ecr.dkr"),
            Endpoint::Logs => ("Logs", "logs"),
            Endpoint::SecretsManager => ("SecretsManager", "secretsmanager"),
            Endpoint::Ssm => ("Ssm", "ssm"),
            Endpoint::SsmMessages => ("SsmMessages", "ssmmessages"),
            Endpoint::Ecs => ("Ecs", "ecs"),
            Endpoint::EcsAgent => ("EcsAgent", "ecs-agent"),
            Endpoint::EcsTelemetry => ("EcsTelemetry", "ecs-telemetry"),
        }
    }
}

/// Availability zones of a region: so many of them, or these by name (`eu-west-1a`) or id
/// (`euw1-az1`).
///
/// A name stands for another building in every account, an id for the same. A number takes the
/// first ones that `Fn::GetAZs` lists, which fits every region.
/// <https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html>
#[derive(Clone, Debug)]
pub struct Zones(Vec<ZoneName>);

#[derive(Clone, Debug)]
enum ZoneName {
    Nth(u32),
    Name(String),
    Id(String),
}

impl From<u32> for Zones {
    fn from(count: u32) -> Zones {
        Zones((0..count.min(26)).map(ZoneName::Nth).collect())
    }
}

impl From<&[&str]> for Zones {
    fn from(names: &[&str]) -> Zones {
        let is_id = |it: &str| {
            it.rsplit_once("-az")
                .is_some_and(|(_, n)| n.parse::<u8>().is_ok())
        };
        let zone = |it: &&str| match is_id(it) {
            true => ZoneName::Id((*it).to_owned()),
            false => ZoneName::Name((*it).to_owned()),
        };
        Zones(names.iter().map(zone).collect())
    }
}

impl<const N: usize> From<[&str; N]> for Zones {
    fn from(names: [&str; N]) -> Zones {
        Zones::from(names.as_slice())
    }
}

impl ZoneName {
    /// The letter that tells the zone's subnets from others.
    fn letter(&self) -> char {
        let nth = |n: u8| char::from(b'A' + n.min(25));
        match self {
            ZoneName::Nth(n) => nth(u8::try_from(*n).unwrap_or(25)),
            ZoneName::Name(name) => name
                .chars()
                .last()
                .map_or('X', |it| it.to_ascii_uppercase()),
            ZoneName::Id(id) => {
                let number = id
                    .rsplit_once("-az")
                    .and_then(|(_, n)| n.parse::<u8>().ok());
                nth(number.unwrap_or(1).saturating_sub(1))
            }
        }
    }
}

/// A VPC with a public and a private subnet in every zone, NAT gateways for the private ones, a
/// gateway endpoint for S3 (image layers come from there) and flow logs for a year.
///
/// The range is cut into sixteenths: the first six are for public subnets, the six from the ninth on
/// for private ones, so that up to six zones can be added without moving a subnet. Subnets for data
/// are quarters of the seventh and the eighth.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Base");
/// let network = stack.add(
///     "Network",
///     Network::new(cidr!("10.0.0.0/16"), 2).nat(Nat::Single),
/// );
/// ```
///
/// | logical id (`A` is the zone's letter) | type |
/// |---|---|
/// | `{id}Vpc` | `AWS::EC2::VPC` |
/// | `{id}InternetGateway`, `{id}InternetGatewayAttachment` | the way out |
/// | `{id}PublicRouteTable`, `{id}PublicDefaultRoute` | shared by the public subnets |
/// | `{id}PublicSubnetA`, `{id}PublicSubnetARoutes` | `AWS::EC2::Subnet` and its association |
/// | `{id}PrivateSubnetA`, `{id}PrivateSubnetARoutes`, `{id}PrivateRouteTableA` | the same, with a table each |
/// | `{id}NatGatewayA`, `{id}NatAddressA`, `{id}PrivateDefaultRouteA` | with NAT |
/// | `{id}DataSubnetA`, `{id}DataSubnetARoutes`, `{id}DataRouteTable` | with data subnets: no route out of the VPC |
/// | `{id}S3Endpoint` | `AWS::EC2::VPCEndpoint`, a gateway |
/// | `{id}EndpointSecurityGroup`, `{id}EcrApiEndpoint`, … | with endpoints |
/// | `{id}FlowLog`, `{id}FlowLogGroup`, `{id}FlowLogRole` | unless off |
pub struct Network {
    cidr: Cidr,
    zones: Vec<ZoneName>,
    nat: Nat,
    endpoints: Vec<Endpoint>,
    data: bool,
    flow_logs: bool,
}

/// A network to put things in.
#[derive(Clone, Copy, Debug)]
pub struct NetworkPlan {
    /// The VPC.
    pub vpc: Ref<ec2::Vpc>,
    /// Its range.
    pub cidr: Cidr,
    /// The subnets that the internet reaches, one a zone.
    pub public: &'static [Ref<ec2::Subnet>],
    /// The subnets that it does not, one a zone.
    pub private: &'static [Ref<ec2::Subnet>],
    /// The subnets that have no route out of the VPC, one a zone; none without
    /// [`Network::data_subnets`].
    pub data: &'static [Ref<ec2::Subnet>],
}

impl Network {
    /// A range of /16 to /24 and two to six zones of one region: `2`, or by name or id. Another range
    /// or another zone for a subnet replaces it and all in it.
    pub fn new(cidr: Cidr, zones: impl Into<Zones>) -> Network {
        Network {
            cidr,
            zones: zones.into().0,
            nat: Nat::PerZone,
            endpoints: Vec::new(),
            data: false,
            flow_logs: true,
        }
    }

    /// How private subnets reach the internet (default: a NAT gateway in every zone). Updates in
    /// place; connections through a gateway that goes are cut.
    pub fn nat(self, nat: Nat) -> Network {
        Network { nat, ..self }
    }

    /// AWS services that private subnets reach without the internet (default: S3 alone).
    pub fn endpoints(self, endpoints: &[Endpoint]) -> Network {
        Network {
            endpoints: endpoints.to_vec(),
            ..self
        }
    }

    /// Adds a subnet for databases in every zone, without a route to the internet in either
    /// direction (default: none). The range must be /22 or larger.
    pub fn data_subnets(self) -> Network {
        Network { data: true, ..self }
    }

    /// Whether all traffic is logged, accepted or rejected, and kept for a year (default on).
    pub fn flow_logs(self, on: bool) -> Network {
        Network {
            flow_logs: on,
            ..self
        }
    }
}

struct Zone {
    letter: char,
    public: Ref<ec2::Subnet>,
    private: Ref<ec2::Subnet>,
    data: Option<Ref<ec2::Subnet>>,
    private_routes: Ref<ec2::RouteTable>,
}

impl Build for Network {
    type Handle = NetworkPlan;

    fn build(self, scope: &mut Scope<'_>) -> NetworkPlan {
        self.check(scope);
        let vpc = scope.add(
            "Vpc",
            ec2::Vpc::new()
                .cidr_block(self.cidr)
                .enable_dns_hostnames(true)
                .enable_dns_support(true)
                .tags([name_tag(&scope.logical_id("Vpc"))]),
        );
        let gateway = scope.add("InternetGateway", ec2::InternetGateway::new());
        let attachment = scope.add(
            "InternetGatewayAttachment",
            ec2::VpcGatewayAttachment::new()
                .vpc_id(vpc)
                .internet_gateway_id(gateway),
        );
        let public_routes = scope.add("PublicRouteTable", ec2::RouteTable::new().vpc_id(vpc));
        let default_route = scope.add(
            "PublicDefaultRoute",
            ec2::Route::new()
                .route_table_id(public_routes)
                .destination_cidr_block(Cidr::ANYWHERE)
                .gateway_id(gateway),
        );
        scope.edit(default_route).after(attachment);
        let data_routes = self
            .data
            .then(|| scope.add("DataRouteTable", ec2::RouteTable::new().vpc_id(vpc)));
        let zones: Vec<Zone> = (0..)
            .zip(&self.zones)
            .map(|(n, zone)| self.zone(scope, vpc, (public_routes, data_routes), n, zone))
            .collect();
        self.nat_gateways(scope, &zones, attachment);
        let private: Vec<Ref<ec2::Subnet>> = zones.iter().map(|it| it.private).collect();
        let tables: Vec<Ref<ec2::RouteTable>> = zones
            .iter()
            .map(|it| it.private_routes)
            .chain([public_routes])
            .collect();
        scope.add(
            "S3Endpoint",
            ec2::VpcEndpoint::new()
                .vpc_id(vpc)
                .service_name(sub!("com.amazonaws.${AWS::Region}.s3"))
                .vpc_endpoint_type(ec2::vpc_endpoint::VpcEndpointType::GATEWAY)
                .route_table_ids(tables),
        );
        self.interface_endpoints(scope, vpc, &private);
        if self.flow_logs {
            flow_logs(scope, vpc);
        }
        way_out::note(scope, vpc, self.nat, &self.endpoints);
        NetworkPlan {
            vpc,
            cidr: self.cidr,
            public: zones.iter().map(|it| it.public).collect::<Vec<_>>().leak(),
            private: private.leak(),
            data: zones
                .iter()
                .filter_map(|it| it.data)
                .collect::<Vec<_>>()
                .leak(),
        }
    }
}

impl Network {
    fn check(&self, scope: &mut Scope<'_>) {
        if !(16..=24).contains(&self.cidr.prefix()) {
            let message = format!("`{}` cannot be cut into subnets here", self.cidr);
            scope.problem(
                Problem::error("network-range", message)
                    .help("give the network a range of /16 to /24, for example `10.0.0.0/16`"),
            );
        }
        // A subnet has 16 addresses at the least.
        if self.data && self.cidr.prefix() + 6 > 28 {
            let message = format!("`{}` has no room for subnets for data", self.cidr);
            scope.problem(
                Problem::error("network-range", message)
                    .help("give the network a range of /16 to /22, for example `10.0.0.0/20`"),
            );
        }
        if !(2..=6).contains(&self.zones.len()) {
            let message = format!("a network in {} zones", self.zones.len());
            scope.problem(Problem::error("network-zones", message).help(
                "name 2 to 6 zones: a load balancer needs two, and so does a service that is to outlive one",
            ));
        }
        let mut letters: Vec<char> = self.zones.iter().map(ZoneName::letter).collect();
        letters.sort_unstable();
        letters.dedup();
        let partial = |it: &ZoneName| matches!(it, ZoneName::Name(name) if name.len() < 5);
        if letters.len() != self.zones.len() || self.zones.iter().any(partial) {
            scope.problem(
                Problem::error(
                    "network-zones",
                    "the zones of a network are not different zones",
                )
                .help("name each zone once and in full, as in `eu-west-1a` or `euw1-az1`"),
            );
        }
    }

    fn zone(
        &self,
        scope: &mut Scope<'_>,
        vpc: Ref<ec2::Vpc>,
        (public_routes, data_routes): (Ref<ec2::RouteTable>, Option<Ref<ec2::RouteTable>>),
        n: u32,
        zone: &ZoneName,
    ) -> Zone {
        let letter = zone.letter();
        let sixteenth = |n: u32| self.cidr.subnet(self.cidr.prefix() + 4, n);
        let subnet = |id: &str, range: Option<Cidr>, kind: &str| {
            let subnet = ec2::Subnet::new().vpc_id(vpc);
            let subnet = match zone {
                ZoneName::Nth(n) => {
                    subnet.availability_zone(select::<String>(*n, availability_zones()))
                }
                ZoneName::Name(name) => subnet.availability_zone(name),
                ZoneName::Id(id) => subnet.availability_zone_id(id),
            };
            subnet
                .cidr_block(range)
                .map_public_ip_on_launch(false)
                .tags([name_tag(id), tag("Tier", kind)])
        };
        let id = format!("PublicSubnet{letter}");
        let public = scope.add(&id, subnet(&scope.logical_id(&id), sixteenth(n), "public"));
        scope.add(
            format!("{id}Routes"),
            ec2::SubnetRouteTableAssociation::new()
                .subnet_id(public)
                .route_table_id(public_routes),
        );
        let id = format!("PrivateSubnet{letter}");
        let private = scope.add(
            &id,
            subnet(&scope.logical_id(&id), sixteenth(8 + n), "private"),
        );
        let private_routes = scope.add(
            format!("PrivateRouteTable{letter}"),
            ec2::RouteTable::new().vpc_id(vpc),
        );
        scope.add(
            format!("{id}Routes"),
            ec2::SubnetRouteTableAssociation::new()
                .subnet_id(private)
                .route_table_id(private_routes),
        );
        let data = data_routes.map(|routes| {
            let id = format!("DataSubnet{letter}");
            let range = self.cidr.subnet(self.cidr.prefix() + 6, 6 * 4 + n);
            let data = scope.add(&id, subnet(&scope.logical_id(&id), range, "data"));
            scope.add(
                format!("{id}Routes"),
                ec2::SubnetRouteTableAssociation::new()
                    .subnet_id(data)
                    .route_table_id(routes),
            );
            data
        });
        Zone {
            letter,
            public,
            private,
            data,
            private_routes,
        }
    }

    fn nat_gateways(
        &self,
        scope: &mut Scope<'_>,
        zones: &[Zone],
        attachment: Ref<ec2::VpcGatewayAttachment>,
    ) {
        let gateways = match self.nat {
            Nat::PerZone => zones.len(),
            Nat::Single => 1,
            Nat::None => return,
        };
        let mut made = Vec::new();
        for zone in zones.iter().take(gateways) {
            let letter = zone.letter;
            let address = scope.add(
                format!("NatAddress{letter}"),
                ec2::Eip::new().domain(ec2::eip::Domain::VPC),
            );
            // An address of a VPC needs the gateway to be attached.
            scope.edit(address).after(attachment);
            made.push(
                scope.add(
                    format!("NatGateway{letter}"),
                    ec2::NatGateway::new()
                        .allocation_id(address.allocation_id())
                        .subnet_id(zone.public),
                ),
            );
        }
        for (n, zone) in zones.iter().enumerate() {
            let Some(gateway) = made.get(n).or(made.first()) else {
                continue;
            };
            scope.add(
                format!("PrivateDefaultRoute{}", zone.letter),
                ec2::Route::new()
                    .route_table_id(zone.private_routes)
                    .destination_cidr_block(Cidr::ANYWHERE)
                    .nat_gateway_id(*gateway),
            );
        }
    }

    fn interface_endpoints(
        &self,
        scope: &mut Scope<'_>,
        vpc: Ref<ec2::Vpc>,
        subnets: &[Ref<ec2::Subnet>],
    ) {
        if self.endpoints.is_empty() {
            return;
        }
        let https = ec2::security_group::Ingress::new()
            .description("HTTPS from the VPC")
            .ip_protocol("tcp")
            .from_port(port!(443))
            .to_port(port!(443))
            .cidr_ip(self.cidr);
        let group = scope.add(
            "EndpointSecurityGroup",
            ec2::SecurityGroup::new()
                .group_description("Endpoints of AWS services")
                .vpc_id(vpc)
                .security_group_ingress([https])
                .security_group_egress([no_egress()]),
        );
        for endpoint in &self.endpoints {
            let (id, service) = endpoint.names();
            scope.add(
                format!("{id}Endpoint"),
                ec2::VpcEndpoint::new()
                    .vpc_id(vpc)
                    .service_name(sub!(
                        "com.amazonaws.${AWS::Region}.${service}",
                        service = service
                    ))
                    .vpc_endpoint_type(ec2::vpc_endpoint::VpcEndpointType::INTERFACE)
                    .private_dns_enabled(true)
                    .subnet_ids(subnets)
                    .security_group_ids([group]),
            );
        }
    }
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::new(key, value)
}

fn name_tag(id: &str) -> Tag {
    Tag::new("Name", sub!("${AWS::StackName}/${id}", id = id))
}

/// <https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html>
fn flow_logs(scope: &mut Scope<'_>, vpc: Ref<ec2::Vpc>) {
    let group = encryption::log_group(scope, "FlowLogGroup", 365);
    let write = Statement::allow()
        .actions([
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
        ])
        .resources([group.arn()]);
    let role = scope.add(
        "FlowLogRole",
        iam::Role::new()
            .assume_role_policy_document(PolicyDocument::new([Statement::allow()
                .principal(Principal::service("vpc-flow-logs.amazonaws.com"))
                .actions(["sts:AssumeRole"])
                .condition("StringEquals", "aws:SourceAccount", pseudo::account_id())]))
            .policies([iam::role::Policy::new()
                .policy_name("WriteFlowLogs")
                .policy_document(PolicyDocument::new([write]))]),
    );
    scope.add(
        "FlowLog",
        ec2::FlowLog::new()
            .resource_id(vpc.reference())
            .resource_type(ec2::flow_log::FlowLogResourceType::VPC)
            .traffic_type(ec2::flow_log::TrafficType::ALL)
            .log_destination_type(ec2::flow_log::LogDestinationType::CLOUD_WATCH_LOGS)
            .log_group_name(group)
            .deliver_logs_permission_arn(role.arn()),
    );
}
