//! How a service hangs behind a load balancer: its target group, its listener or rule, and the
//! openings in the security groups.

use stack_core::aws::kinds::CertificateArn;
use stack_core::aws::{ec2, elbv2};
use stack_core::prelude::*;

use crate::allow::{Listens, Peer, allow};
use crate::forwarding::{conditions, forward_connections, forward_rule, header, target_group};
use crate::health_check::HealthCheck;
use crate::https_load_balancer::PublicEntry;
use crate::rule_priority;
use crate::traffic_shift::TrafficShift;

/// A way from a load balancer to a service, made by an entry: [`PublicEntry::path`],
/// [`PublicEntry::host`], [`InternalEntry::connections`].
///
/// [`PublicEntry::path`]: crate::PublicEntry::path
/// [`PublicEntry::host`]: crate::PublicEntry::host
/// [`InternalEntry::connections`]: crate::InternalEntry::connections
#[derive(Clone, Debug)]
pub struct Route {
    way: Way,
    entry: Ref<ec2::SecurityGroup>,
    vpc: Ref<ec2::Vpc>,
    health_check: HealthCheck,
    drain: Seconds,
}

#[derive(Clone, Debug)]
enum Way {
    /// A rule of an HTTPS listener.
    Rule {
        load_balancer: Ref<elbv2::LoadBalancer>,
        listener: Ref<elbv2::Listener>,
        hosts: Vec<String>,
        paths: Vec<String>,
        priority: Option<RulePriority>,
    },
    /// A listener of its own, for TCP or, with a certificate, TLS.
    Port {
        load_balancer: Ref<elbv2::LoadBalancer>,
        port: Port,
        certificate: Option<Value<CertificateArn>>,
    },
}

/// A route that was attached to a service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attached {
    pub(crate) target_group: Ref<elbv2::TargetGroup>,
    /// Where the next deployment's tasks are registered, when traffic is shifted.
    pub(crate) alternate: Option<Ref<elbv2::TargetGroup>>,
    /// What sends the shift's test traffic.
    pub(crate) test: Option<Ref<elbv2::ListenerRule>>,
    pub(crate) load_balancer: Ref<elbv2::LoadBalancer>,
    /// Whether it has requests that can be counted.
    pub(crate) counts: bool,
    /// What makes the target group part of the load balancer: ECS refuses a target group without
    /// one.
    pub(crate) after: After,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum After {
    Rule(Ref<elbv2::ListenerRule>),
    Listener(Ref<elbv2::Listener>),
}

impl After {
    /// Its ARN.
    pub(crate) fn arn(self) -> Expr {
        match self {
            After::Rule(rule) => rule.into_value().into_expr(),
            After::Listener(listener) => listener.into_value().into_expr(),
        }
    }
}

impl Route {
    pub(crate) fn rule(entry: PublicEntry) -> Route {
        let way = Way::Rule {
            load_balancer: entry.load_balancer,
            listener: entry.listener,
            hosts: Vec::new(),
            paths: Vec::new(),
            priority: None,
        };
        Route {
            way,
            entry: entry.security_group,
            vpc: entry.vpc,
            health_check: HealthCheck::path("/"),
            drain: seconds(30),
        }
    }

    pub(crate) fn port(
        load_balancer: Ref<elbv2::LoadBalancer>,
        port: Port,
        entry: Ref<ec2::SecurityGroup>,
        vpc: Ref<ec2::Vpc>,
    ) -> Route {
        let way = Way::Port {
            load_balancer,
            port,
            certificate: None,
        };
        Route {
            way,
            entry,
            vpc,
            health_check: HealthCheck::tcp(),
            drain: seconds(30),
        }
    }

    /// Takes TLS with this certificate, when the route is a port.
    pub(crate) fn tls(mut self, shown: Value<CertificateArn>) -> Route {
        if let Way::Port { certificate, .. } = &mut self.way {
            *certificate = Some(shown);
        }
        self
    }

    /// Also asks for this host, which may hold `*` and `?`. Of several hosts one must fit. Not for a
    /// TCP route, where it changes nothing.
    pub fn host(mut self, host: impl Into<String>) -> Route {
        if let Way::Rule { hosts, .. } = &mut self.way {
            hosts.push(host.into());
        }
        self
    }

    /// Also asks for this path, which may hold `*` and `?`. Of several paths one must fit. Not for a
    /// TCP route, where it changes nothing.
    pub fn path(mut self, path: impl Into<String>) -> Route {
        if let Way::Rule { paths, .. } = &mut self.way {
            paths.push(path.into());
        }
        self
    }

    /// When a target counts as healthy: a path, or a [`HealthCheck`]. Updates in place.
    pub fn health_check(self, health_check: impl Into<HealthCheck>) -> Route {
        Route {
            health_check: health_check.into(),
            ..self
        }
    }

    /// How long a target that is going away may finish its requests (0–3600 seconds, default 30).
    /// A deployment takes at least so long. Updates in place.
    pub fn drain(self, drain: Seconds) -> Route {
        Route { drain, ..self }
    }

    /// The place of the rule among those of its listener, lowest first. Without it, the conditions
    /// decide: a longer path and an exact host come first, and other routes do not move it.
    /// Updates in place.
    pub fn priority(mut self, number: RulePriority) -> Route {
        if let Way::Rule { priority, .. } = &mut self.way {
            *priority = Some(number);
        }
        self
    }

    /// How long a target that goes is drained.
    pub(crate) fn drains_for(&self) -> Seconds {
        self.drain
    }

    /// The time after which a target that answers well takes traffic.
    pub(crate) fn first_traffic(&self) -> (Seconds, u32) {
        (self.health_check.every, self.health_check.healthy_after)
    }

    /// Makes the target group, the listener or rule and the openings, for targets that are IP
    /// addresses; for a shift of traffic a second target group too.
    pub(crate) fn attach(
        self,
        scope: &mut Scope<'_>,
        target: impl Listens,
        shift: Option<&TrafficShift>,
    ) -> Attached {
        self.attach_as(scope, target, elbv2::target_group::TargetType::IP, shift)
    }

    /// The same, for targets that are instances.
    #[cfg(feature = "text")]
    pub(crate) fn attach_instances(self, scope: &mut Scope<'_>, target: impl Listens) -> Attached {
        let kind = elbv2::target_group::TargetType::INSTANCE;
        self.attach_as(scope, target, kind, None)
    }

    fn attach_as(
        self,
        scope: &mut Scope<'_>,
        target: impl Listens,
        kind: elbv2::target_group::TargetType,
        shift: Option<&TrafficShift>,
    ) -> Attached {
        let Route {
            way,
            entry,
            vpc,
            health_check,
            drain,
        } = self;
        let is_http = matches!(way, Way::Rule { .. });
        let group = || {
            target_group(vpc, target.port(), is_http, &health_check, drain)
                .target_type(kind.clone())
        };
        let alternate = shift.map(|_| group());
        let target_group = scope.add("TargetGroup", group());
        let alternate = alternate.map(|it| scope.add("AlternateTargetGroup", it));
        scope.add("FromEntry", allow(Entry(entry), target));
        match way {
            Way::Rule {
                load_balancer,
                listener,
                hosts,
                paths,
                priority,
            } => {
                let number = priority.or_else(|| rule_priority::allocate(&hosts, &paths));
                claim_priority(scope, listener, number);
                let rule = scope.add(
                    "Rule",
                    elbv2::ListenerRule::new()
                        .listener_arn(listener)
                        .priority(number)
                        .conditions(conditions(&hosts, &paths))
                        .actions([forward_rule(target_group, alternate)]),
                );
                let test = shift.and_then(|it| it.test.as_ref()).map(|test| {
                    let mut conditions = conditions(&hosts, &paths);
                    conditions.push(header(test));
                    let number = priority_before(scope, listener, number);
                    scope.add(
                        "TestRule",
                        elbv2::ListenerRule::new()
                            .listener_arn(listener)
                            .priority(number)
                            .conditions(conditions)
                            .actions([forward_rule(target_group, alternate)]),
                    )
                });
                Attached {
                    target_group,
                    alternate,
                    test,
                    load_balancer,
                    counts: true,
                    after: After::Rule(rule),
                }
            }
            Way::Port {
                load_balancer,
                port,
                certificate,
            } => {
                let name = format!("port {port} of {load_balancer:?}");
                if let Err(first) = scope.claim(&name) {
                    scope.problem(
                        Problem::error(
                            "port-taken",
                            format!("{name} already leads to the service at {first}"),
                        )
                        .help(
                            "a port leads to one service: give each its own load balancer or port",
                        ),
                    );
                }
                if shift.is_some_and(|it| it.test.is_some()) {
                    let message = "a TCP route has no headers to know test traffic by";
                    scope.problem(
                        Problem::error("test-traffic", message).help(
                            "leave `test_header` out, or stand behind an HTTPS load balancer",
                        ),
                    );
                }
                let listener = elbv2::Listener::new()
                    .load_balancer_arn(load_balancer)
                    .port(port)
                    .default_actions([forward_connections(target_group, alternate)]);
                let listener = match certificate {
                    None => listener.protocol(elbv2::listener::Protocol::TCP),
                    Some(it) => listener
                        .protocol(elbv2::listener::Protocol::TLS)
                        .ssl_policy("ELBSecurityPolicy-TLS13-1-2-2021-06")
                        .certificates([elbv2::listener::Certificate::new().certificate_arn(it)]),
                };
                let listener = scope.add("Listener", listener);
                Attached {
                    target_group,
                    alternate,
                    test: None,
                    load_balancer,
                    counts: false,
                    after: After::Listener(listener),
                }
            }
        }
    }
}

/// The place before a rule, so that what asks for more is looked at first.
fn priority_before(
    scope: &mut Scope<'_>,
    listener: Ref<elbv2::Listener>,
    number: Option<RulePriority>,
) -> Option<RulePriority> {
    let before = number.and_then(|it| RulePriority::new(u32::from(it.number()) - 1));
    match before {
        Some(before) => claim_priority(scope, listener, Some(before)),
        None => scope.problem(
            Problem::error("test-traffic", "no rule can stand before one of priority 1")
                .help("give the route another place: `.priority(priority!(2))`"),
        ),
    }
    before.or(number)
}

#[derive(Clone, Copy)]
struct Entry(Ref<ec2::SecurityGroup>);

impl Peer for Entry {
    fn security_group(self) -> Ref<ec2::SecurityGroup> {
        self.0
    }
}

/// Takes the first free priority from a number on, and around.
pub(crate) fn take_priority(
    scope: &mut Scope<'_>,
    listener: Ref<elbv2::Listener>,
    from: u32,
) -> Option<RulePriority> {
    (from..=50_000)
        .chain(1..from)
        .filter_map(RulePriority::new)
        .find(|it| scope.claim(priority_of(listener, *it)).is_ok())
}

fn priority_of(listener: Ref<elbv2::Listener>, number: RulePriority) -> String {
    format!("priority {} of {listener:?}", number.number())
}

pub(crate) fn claim_priority(
    scope: &mut Scope<'_>,
    listener: Ref<elbv2::Listener>,
    number: Option<RulePriority>,
) {
    let Some(number) = number else { return };
    let claim = |number: RulePriority| priority_of(listener, number);
    let Err(first) = scope.claim(claim(number)) else {
        return;
    };
    let free = (u32::from(number.number()) + 1..=50000)
        .filter_map(RulePriority::new)
        .find(|it| scope.claim(claim(*it)).is_ok());
    let message = format!("{} is already held by the route at {first}", claim(number));
    let problem = Problem::error("priority-taken", message);
    scope.problem(match free {
        Some(free) => problem.help(format!(
            "give this route a free one, which then stays: `.priority(priority!({}))`",
            free.number()
        )),
        None => problem.help("give this route a free one with `.priority(priority!(…))`"),
    });
}
