//! Who may open connections to whom.

use stack_core::aws::ec2;
use stack_core::prelude::*;

/// Something that connections can come from.
pub trait Peer: Copy {
    /// The security group of its network interfaces.
    fn security_group(self) -> Ref<ec2::SecurityGroup>;
}

/// Something that accepts connections on a port.
#[diagnostic::on_unimplemented(
    message = "`{Self}` listens on no port, so nothing can be let in",
    label = "expected something that listens, such as a service or an internal load balancer"
)]
pub trait Listens: Peer {
    /// The port it accepts connections on.
    fn port(self) -> Port;
}

/// Lets `from` open TCP connections to the port that `to` listens on, and to no other.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
/// # fn add(stack: &mut Scope<'_>, api: RunningService, catalog: InternalEntry) {
/// stack.add("ApiToCatalog", allow(api, catalog));
/// # }
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}Egress` | `AWS::EC2::SecurityGroupEgress` on the group of `from` |
/// | `{id}Ingress` | `AWS::EC2::SecurityGroupIngress` on the group of `to` |
pub fn allow(from: impl Peer, to: impl Listens) -> Allow {
    Allow {
        from: from.security_group(),
        to: to.security_group(),
        port: to.port(),
    }
}

/// A pair of rules, made with [`allow`].
#[derive(Clone, Copy, Debug)]
pub struct Allow {
    from: Ref<ec2::SecurityGroup>,
    to: Ref<ec2::SecurityGroup>,
    port: Port,
}

impl Build for Allow {
    type Handle = ();

    fn build(self, scope: &mut Scope<'_>) {
        let Allow { from, to, port } = self;
        let opening = Opening {
            from,
            to,
            protocol: "tcp",
            port: Some(port),
            at_from: format!("port {port} of {}", to.key().id),
            at_to: format!("port {port} from {}", from.key().id),
        };
        opening.build(scope);
    }
}

/// A rule on each side.
pub(crate) struct Opening {
    pub(crate) from: Ref<ec2::SecurityGroup>,
    pub(crate) to: Ref<ec2::SecurityGroup>,
    /// A name or a number.
    pub(crate) protocol: &'static str,
    /// None where the protocol has no ports.
    pub(crate) port: Option<Port>,
    /// What the rule on each side says of itself.
    pub(crate) at_from: String,
    pub(crate) at_to: String,
}

impl Build for Opening {
    type Handle = ();

    fn build(self, scope: &mut Scope<'_>) {
        scope.add(
            "Egress",
            ec2::SecurityGroupEgress::new()
                .group_id(self.from)
                .description(self.at_from)
                .ip_protocol(self.protocol)
                .from_port(self.port)
                .to_port(self.port)
                .destination_security_group_id(self.to),
        );
        scope.add(
            "Ingress",
            ec2::SecurityGroupIngress::new()
                .group_id(self.to)
                .description(self.at_to)
                .ip_protocol(self.protocol)
                .from_port(self.port)
                .to_port(self.port)
                .source_security_group_id(self.from),
        );
    }
}

/// The only egress rule of a group that may open no connections: without any, AWS allows all.
pub(crate) fn no_egress() -> ec2::security_group::Egress {
    ec2::security_group::Egress::new()
        .description("no connections: AWS allows all without a rule")
        .ip_protocol("tcp")
        .from_port(port!(1))
        .to_port(port!(1))
        .cidr_ip(cidr!("127.0.0.1/32"))
}

/// HTTPS to anywhere: image registries, logs, secrets and other AWS endpoints.
pub(crate) fn https_egress() -> ec2::security_group::Egress {
    ec2::security_group::Egress::new()
        .description("HTTPS to AWS endpoints and registries")
        .ip_protocol("tcp")
        .from_port(port!(443))
        .to_port(port!(443))
        .cidr_ip(Cidr::ANYWHERE)
}
