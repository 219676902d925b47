//! A TCP load balancer that only the VPC can reach.

use stack_core::aws::{ec2, elbv2};
use stack_core::prelude::*;
use stack_core::sub;

use crate::allow::{Listens, Peer, no_egress};
use crate::dns::AliasTarget;
use crate::network::NetworkPlan;
use crate::route::Route;

/// An internal Network Load Balancer in the private subnets, across zones, that sends TCP
/// connections on to a service.
///
/// It has a security group from the start: one that is created without can never get one, and then
/// cannot be referred to by the groups of its targets. Who may connect is said with
/// [`allow`](crate::allow()).
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html>
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Shop");
/// let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
/// let php = stack.add("Php", InternalLoadBalancer::new(network, port!(9000)));
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}SecurityGroup` | `AWS::EC2::SecurityGroup` |
/// | `{id}LoadBalancer` | `AWS::ElasticLoadBalancingV2::LoadBalancer` |
pub struct InternalLoadBalancer {
    network: NetworkPlan,
    port: Port,
    deletion_protection: bool,
}

/// An internal load balancer that a service can stand behind.
#[derive(Clone, Copy, Debug)]
pub struct InternalEntry {
    /// The VPC it is in.
    pub vpc: Ref<ec2::Vpc>,
    /// The load balancer.
    pub load_balancer: Ref<elbv2::LoadBalancer>,
    /// The group its connections to targets come from.
    pub security_group: Ref<ec2::SecurityGroup>,
    /// The port it listens on.
    pub port: Port,
}

impl InternalLoadBalancer {
    /// Listens on `port` once a service takes its [`connections`](InternalEntry::connections).
    pub fn new(network: NetworkPlan, port: Port) -> Self {
        InternalLoadBalancer {
            network,
            port,
            deletion_protection: true,
        }
    }

    /// Whether the load balancer can be deleted only after this was turned off (default on).
    /// Updates in place.
    pub fn deletion_protection(self, on: bool) -> Self {
        InternalLoadBalancer {
            deletion_protection: on,
            ..self
        }
    }
}

impl InternalEntry {
    /// Every connection to the entry's port.
    pub fn connections(self) -> Route {
        Route::port(self.load_balancer, self.port, self.security_group, self.vpc)
    }

    /// Where callers connect: `host:port`, by the load balancer's own name.
    pub fn address(self) -> Value<String> {
        sub!(
            "${host}:${port}",
            host = self.load_balancer.dns_name(),
            port = self.port
        )
    }
}

impl Peer for InternalEntry {
    fn security_group(self) -> Ref<ec2::SecurityGroup> {
        self.security_group
    }
}

impl Listens for InternalEntry {
    fn port(self) -> Port {
        self.port
    }
}

impl AliasTarget for InternalEntry {
    fn load_balancer(self) -> Ref<elbv2::LoadBalancer> {
        self.load_balancer
    }
}

impl Build for InternalLoadBalancer {
    type Handle = InternalEntry;

    fn build(self, scope: &mut Scope<'_>) -> InternalEntry {
        let InternalLoadBalancer {
            network,
            port,
            deletion_protection,
        } = self;
        let security_group = scope.add(
            "SecurityGroup",
            ec2::SecurityGroup::new()
                .group_description("Internal load balancer")
                .vpc_id(network.vpc)
                .security_group_egress([no_egress()]),
        );
        let attribute = |key: &str, value: String| {
            elbv2::load_balancer::LoadBalancerAttribute::new()
                .key(key)
                .value(value)
        };
        let load_balancer = scope.add(
            "LoadBalancer",
            elbv2::LoadBalancer::new()
                .kind(elbv2::load_balancer::LoadBalancerType::NETWORK)
                .scheme(elbv2::load_balancer::Scheme::INTERNAL)
                .subnets(network.private)
                .security_groups([security_group])
                .load_balancer_attributes([
                    attribute("load_balancing.cross_zone.enabled", "true".to_owned()),
                    attribute(
                        "deletion_protection.enabled",
                        deletion_protection.to_string(),
                    ),
                ]),
        );
        InternalEntry {
            vpc: network.vpc,
            load_balancer,
            security_group,
            port,
        }
    }
}
