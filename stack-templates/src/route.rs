//! How a service hangs behind a load balancer: its target group, its listener or rule, and the
//! openings in the security groups.

use stack_core::aws::{ec2, elbv2};
use stack_core::prelude::*;

use crate::allow::{Listens, Peer, allow};
use crate::health_check::HealthCheck;
use crate::https_load_balancer::PublicEntry;
use crate::rule_priority;

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
    /// A TCP listener of its own.
    Port {
        load_balancer: Ref<elbv2::LoadBalancer>,
        port: Port,
    },
}

/// A route that was attached to a service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attached {
    pub(crate) target_group: Ref<elbv2::TargetGroup>,
    /// The load balancer whose requests can be counted.
    pub(crate) counts: Option<Ref<elbv2::LoadBalancer>>,
    /// What makes the target group part of the load balancer: ECS refuses a target group without
    /// one.
    pub(crate) after: After,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum After {
    Rule(Ref<elbv2::ListenerRule>),
    Listener(Ref<elbv2::Listener>),
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
        };
        Route {
            way,
            entry,
            vpc,
            health_check: HealthCheck::tcp(),
            drain: seconds(30),
        }
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

    /// Makes the target group, the listener or rule and the openings, for targets that are IP
    /// addresses.
    pub(crate) fn attach(self, scope: &mut Scope<'_>, target: impl Listens) -> Attached {
        self.attach_as(scope, target, elbv2::target_group::TargetType::IP)
    }

    /// The same, for targets that are instances.
    #[cfg(feature = "text")]
    pub(crate) fn attach_instances(self, scope: &mut Scope<'_>, target: impl Listens) -> Attached {
        self.attach_as(scope, target, elbv2::target_group::TargetType::INSTANCE)
    }

    fn attach_as(
        self,
        scope: &mut Scope<'_>,
        target: impl Listens,
        kind: elbv2::target_group::TargetType,
    ) -> Attached {
        let Route {
            way,
            entry,
            vpc,
            health_check,
            drain,
        } = self;
        let is_http = matches!(way, Way::Rule { .. });
        let target_group = scope.add(
            "TargetGroup",
            target_group(vpc, target.port(), is_http, &health_check, drain).target_type(kind),
        );
        scope.add("FromEntry", allow(Entry(entry), target));
        let forward = |target_group: Ref<elbv2::TargetGroup>| {
            elbv2::listener::Action::new()
                .kind(elbv2::listener::ActionType::FORWARD)
                .target_group_arn(target_group)
        };
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
                        .actions([elbv2::listener_rule::Action::new()
                            .kind(elbv2::listener::ActionType::FORWARD)
                            .target_group_arn(target_group)]),
                );
                Attached {
                    target_group,
                    counts: Some(load_balancer),
                    after: After::Rule(rule),
                }
            }
            Way::Port {
                load_balancer,
                port,
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
                let listener = scope.add(
                    "Listener",
                    elbv2::Listener::new()
                        .load_balancer_arn(load_balancer)
                        .port(port)
                        .protocol(elbv2::listener::Protocol::TCP)
                        .default_actions([forward(target_group)]),
                );
                Attached {
                    target_group,
                    counts: None,
                    after: After::Listener(listener),
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Entry(Ref<ec2::SecurityGroup>);

impl Peer for Entry {
    fn security_group(self) -> Ref<ec2::SecurityGroup> {
        self.0
    }
}

fn target_group(
    vpc: Ref<ec2::Vpc>,
    port: Port,
    is_http: bool,
    check: &HealthCheck,
    drain: Seconds,
) -> elbv2::TargetGroup {
    let attribute = |key: &str, value: String| {
        elbv2::target_group::TargetGroupAttribute::new()
            .key(key)
            .value(value)
    };
    let mut attributes = vec![attribute(
        "deregistration_delay.timeout_seconds",
        drain.0.to_string(),
    )];
    if !is_http {
        // A client that is also a target would get its own packets back: with client addresses
        // preserved, a connection through the load balancer to the same instance times out.
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
        attributes.push(attribute("preserve_client_ip.enabled", "false".to_owned()));
    }
    let group = elbv2::TargetGroup::new()
        .vpc_id(vpc)
        .port(port)
        .protocol(if is_http {
            elbv2::target_group::Protocol::HTTP
        } else {
            elbv2::target_group::Protocol::TCP
        })
        .health_check_interval_seconds(check.every)
        .health_check_timeout_seconds(check.timeout)
        .healthy_threshold_count(check.healthy_after)
        .unhealthy_threshold_count(check.unhealthy_after)
        .target_group_attributes(attributes);
    match &check.path {
        Some(path) => group
            .health_check_protocol(elbv2::target_group::HealthCheckProtocol::HTTP)
            .health_check_path(path)
            .matcher(elbv2::target_group::Matcher::new().http_code(&check.codes)),
        None => group.health_check_protocol(elbv2::target_group::HealthCheckProtocol::TCP),
    }
}

pub(crate) fn conditions(
    hosts: &[String],
    paths: &[String],
) -> Vec<elbv2::listener_rule::RuleCondition> {
    let mut conditions = Vec::new();
    if !hosts.is_empty() {
        conditions.push(
            elbv2::listener_rule::RuleCondition::new()
                .field("host-header")
                .host_header_config(
                    elbv2::listener_rule::HostHeaderConfig::new().values(hosts.to_vec()),
                ),
        );
    }
    if !paths.is_empty() {
        conditions.push(
            elbv2::listener_rule::RuleCondition::new()
                .field("path-pattern")
                .path_pattern_config(
                    elbv2::listener_rule::PathPatternConfig::new().values(paths.to_vec()),
                ),
        );
    }
    conditions
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
