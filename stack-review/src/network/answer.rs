//! What is asked, and what is answered.

use std::fmt;

/// IPv4 or IPv6; a rule for one says nothing about the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    pub(super) fn bits(self) -> u8 {
        match self {
            Family::V4 => 32,
            Family::V6 => 128,
        }
    }
}

/// What is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    pub(super) fn number(self) -> u8 {
        match self {
            Protocol::Tcp => 6,
            Protocol::Udp => 17,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        })
    }
}

/// One end of a connection.
///
/// ```
/// use stack_review::network::Endpoint;
///
/// assert_eq!(Endpoint::parse("internet"), Endpoint::Internet);
/// assert_eq!(Endpoint::parse("10.0.0.0/8"), Endpoint::Cidr("10.0.0.0/8".into()));
/// assert_eq!(Endpoint::parse("ecr.api"), Endpoint::Aws("ecr.api".into()));
/// assert_eq!(Endpoint::parse("Shop.Api").to_string(), "`Shop.Api`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// A resource: an ECS service, a load balancer, a listener, a target group (its targets), an
    /// instance, an Auto Scaling group, a function, a database, a security group (any member).
    Resource {
        /// The stack, when it matters which.
        stack: Option<String>,
        /// The logical id.
        id: String,
    },
    /// Every public IPv4 address.
    Internet,
    /// Every public IPv6 address.
    Internet6,
    /// A range of addresses.
    Cidr(String),
    /// A service of AWS as its endpoints name it: `ecr.api`, `s3`, `logs`.
    Aws(String),
}

/// Services that [`Endpoint::parse`] takes for AWS's; any other with `aws:` before it.
const SERVICES: [&str; 16] = [
    "dynamodb",
    "ec2messages",
    "ecr.api",
    "ecr.dkr",
    "ecs",
    "ecs-agent",
    "ecs-telemetry",
    "kms",
    "logs",
    "monitoring",
    "s3",
    "secretsmanager",
    "sqs",
    "ssm",
    "ssmmessages",
    "sts",
];

impl Endpoint {
    /// Reads `internet`, `internet-ipv6`, a range, a service of AWS, or else a logical id, with its
    /// stack before a dot or without.
    pub fn parse(text: &str) -> Endpoint {
        match text {
            "internet" => Endpoint::Internet,
            "internet-ipv6" => Endpoint::Internet6,
            it if super::space::cidr(it).is_some() => Endpoint::Cidr(it.to_owned()),
            it if SERVICES.contains(&it) => Endpoint::Aws(it.to_owned()),
            it => match (it.strip_prefix("aws:"), it.rsplit_once('.')) {
                (Some(service), _) => Endpoint::Aws(service.to_owned()),
                (None, Some((stack, id))) => Endpoint::Resource {
                    stack: Some(stack.to_owned()),
                    id: id.to_owned(),
                },
                (None, None) => Endpoint::resource(it),
            },
        }
    }

    /// A resource by its logical id.
    pub fn resource(id: impl Into<String>) -> Endpoint {
        Endpoint::Resource {
            stack: None,
            id: id.into(),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Resource { stack, id } => match stack.as_deref() {
                Some(stack) if !stack.is_empty() => write!(out, "`{stack}.{id}`"),
                _ => write!(out, "`{id}`"),
            },
            Endpoint::Internet => out.write_str("the internet"),
            Endpoint::Internet6 => out.write_str("the internet (IPv6)"),
            Endpoint::Cidr(it) => write!(out, "{it}"),
            Endpoint::Aws(it) => write!(out, "{it} of AWS"),
        }
    }
}

/// A question: can a connection from here be opened to there?
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// Who begins.
    pub from: Endpoint,
    /// Whom it wants.
    pub to: Endpoint,
    /// The port it wants; `None` for the one it is known to listen on: the target's port when a
    /// load balancer asks, the port of the engine for a database, 443 for AWS.
    pub port: Option<u16>,
    /// What it speaks.
    pub protocol: Protocol,
    /// Which addresses it uses.
    pub family: Family,
    /// Whether it is the load balancer's health check, on the target group's health-check port.
    pub health_check: bool,
    /// The target group by which a load balancer comes to a target; `None` for every one that has it
    /// and speaks the protocol. Each has a port and a protocol of its own.
    pub target_group: Option<Endpoint>,
}

impl Question {
    /// A TCP connection over IPv4; over IPv6 when an end is `internet-ipv6` or such a range.
    pub fn new(from: Endpoint, to: Endpoint, port: impl Into<Option<u16>>) -> Question {
        let six = [&from, &to].into_iter().any(|it| match it {
            Endpoint::Internet6 => true,
            Endpoint::Cidr(range) => range.contains(':'),
            _ => false,
        });
        Question {
            from,
            to,
            port: port.into(),
            protocol: Protocol::Tcp,
            family: if six { Family::V6 } else { Family::V4 },
            health_check: false,
            target_group: None,
        }
    }

    /// With another protocol.
    pub fn protocol(self, protocol: Protocol) -> Question {
        Question { protocol, ..self }
    }

    /// Over the other kind of addresses.
    pub fn family(self, family: Family) -> Question {
        Question { family, ..self }
    }

    /// As the health check of a load balancer.
    pub fn health_check(self) -> Question {
        Question {
            health_check: true,
            ..self
        }
    }

    /// By this target group of a load balancer alone.
    pub fn by(self, target_group: Endpoint) -> Question {
        Question {
            target_group: Some(target_group),
            ..self
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} -> {}", self.from, self.to)?;
        if let Some(port) = self.port {
            write!(out, " {}/{port}", self.protocol)?;
        }
        if let Some(group) = &self.target_group {
            write!(out, " by {group}")?;
        }
        if self.health_check {
            out.write_str(" (health check)")?;
        }
        if self.family == Family::V6 {
            out.write_str(" over IPv6")?;
        }
        Ok(())
    }
}

/// A way that works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// What the packet passes, from end to end, and what the answer passes on its way back.
    pub hops: Vec<String>,
    /// A packet that gets there: `10.0.1.4:32768 -> 10.0.2.4:5432`.
    pub packet: String,
}

/// The answer to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// From wherever it may run to wherever the other may run, whatever port it uses.
    Reachable(Path),
    /// From some subnets, addresses or source ports, and not from others: a defect.
    Sometimes {
        /// What works.
        works: Path,
        /// Which packet does not.
        fails: String,
        /// What stops that one: the subnet that is closed, where it is one, and why.
        why: String,
        /// What is missing to make it work always: with all of these it does, without one of them
        /// it does not.
        missing: Vec<Missing>,
    },
    /// Never.
    Blocked {
        /// The smallest set of things whose addition makes it reachable; empty when no rule or route
        /// does, and `why` tells.
        missing: Vec<Missing>,
        /// What stops it first.
        why: String,
    },
    /// It depends on what is only known at deployment.
    Unknown {
        /// What would have to be so.
        assumption: String,
    },
}

impl Answer {
    /// `reachable`, `sometimes`, `blocked` or `unknown`.
    pub fn word(&self) -> &'static str {
        match self {
            Answer::Reachable(_) => "reachable",
            Answer::Sometimes { .. } => "sometimes",
            Answer::Blocked { .. } => "blocked",
            Answer::Unknown { .. } => "unknown",
        }
    }

    /// What is missing; empty when nothing is known to be.
    pub fn missing(&self) -> &[Missing] {
        match self {
            Answer::Sometimes { missing, .. } | Answer::Blocked { missing, .. } => missing,
            _ => &[],
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Reachable(path) => {
                writeln!(out, "reachable: {}", path.packet)?;
                path.hops.iter().try_for_each(|it| writeln!(out, "  {it}"))
            }
            Answer::Sometimes {
                works,
                fails,
                missing,
                ..
            } => {
                writeln!(
                    out,
                    "works sometimes: {} does, {fails} does not",
                    works.packet
                )?;
                missing
                    .iter()
                    .try_for_each(|it| writeln!(out, "  missing: {it}"))
            }
            Answer::Blocked { missing, why } => {
                writeln!(out, "blocked: {why}")?;
                missing
                    .iter()
                    .try_for_each(|it| writeln!(out, "  missing: {it}"))
            }
            Answer::Unknown { assumption } => writeln!(out, "unknown: {assumption}"),
        }
    }
}

/// A piece whose addition opens the way: exactly one rule, route or setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The word for it, as close as there is one to the explanation codes of AWS's Reachability
    /// Analyzer: `ENI_SG_RULES_MISMATCH`, `SUBNET_ACL_RESTRICTION`, `NO_ROUTE_TO_DESTINATION`, …
    pub code: &'static str,
    /// What to add, in words.
    pub what: String,
    /// The logical id of the resource that lacks it; empty when it is made elsewhere.
    pub resource: String,
    pub(super) change: super::missing::Change,
}

impl fmt::Display for Missing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.what)
    }
}
