//! A TCP load balancer that only the VPC can reach.

use stack_core::aws::kinds::{BucketName, CertificateArn};
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
    certificate: Option<Value<CertificateArn>>,
    logs: Option<Value<BucketName>>,
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
    /// What it shows its callers, with TLS. Handles live as long as the program.
    certificate: Option<&'static Value<CertificateArn>>,
}

impl InternalLoadBalancer {
    /// Listens on `port` once a service takes its [`connections`](InternalEntry::connections).
    pub fn new(network: NetworkPlan, port: Port) -> Self {
        InternalLoadBalancer {
            network,
            port,
            deletion_protection: true,
            certificate: None,
            logs: None,
        }
    }

    /// Takes TLS (1.2 and 1.3) instead of plain TCP, with a certificate of the same region, and sends
    /// on what it decrypts. Callers that speak plain TCP are cut off.
    ///
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/create-tls-listener.html>
    pub fn tls(self, certificate: impl IntoValue<CertificateArn>) -> Self {
        InternalLoadBalancer {
            certificate: Some(certificate.into_value()),
            ..self
        }
    }

    /// Logs connections to a bucket that exists and that delivery.logs.amazonaws.com may write to.
    /// Needs [`tls`](Self::tls): a Network Load Balancer logs connections of TLS alone. Updates in
    /// place.
    ///
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html>
    pub fn access_logs_in(self, bucket: impl IntoValue<BucketName>) -> Self {
        InternalLoadBalancer {
            logs: Some(bucket.into_value()),
            ..self
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
        let route = Route::port(self.load_balancer, self.port, self.security_group, self.vpc);
        match self.certificate {
            Some(certificate) => route.tls(certificate.clone()),
            None => route,
        }
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
            certificate,
            logs,
        } = self;
        if logs.is_some() && certificate.is_none() {
            let message = "a Network Load Balancer logs connections of TLS alone";
            scope.problem(
                Problem::error("access-logs", message)
                    .help("add `.tls(certificate)`; flow logs of the network show plain TCP"),
            );
        }
        let security_group = scope.add(
            "SecurityGroup",
            ec2::SecurityGroup::new()
                .group_description("Internal load balancer")
                .vpc_id(network.vpc)
                .security_group_egress([no_egress()]),
        );
        let attribute = |key: &str, value: Value<String>| {
            elbv2::load_balancer::LoadBalancerAttribute::new()
                .key(key)
                .value(value)
        };
        let text = |it: &str| -> Value<String> { it.into_value() };
        let mut attributes = vec![
            attribute("load_balancing.cross_zone.enabled", text("true")),
            attribute(
                "deletion_protection.enabled",
                text(&deletion_protection.to_string()),
            ),
        ];
        if let Some(bucket) = logs {
            attributes.push(attribute("access_logs.s3.enabled", text("true")));
            let bucket = Value::from_expr(bucket.into_expr());
            attributes.push(attribute("access_logs.s3.bucket", bucket));
        }
        let load_balancer = scope.add(
            "LoadBalancer",
            elbv2::LoadBalancer::new()
                .kind(elbv2::load_balancer::LoadBalancerType::NETWORK)
                .scheme(elbv2::load_balancer::Scheme::INTERNAL)
                .subnets(network.private)
                .security_groups([security_group])
                .load_balancer_attributes(attributes),
        );
        InternalEntry {
            vpc: network.vpc,
            load_balancer,
            security_group,
            port,
            certificate: certificate.map(|it| &*Box::leak(Box::new(it))),
        }
    }
}
