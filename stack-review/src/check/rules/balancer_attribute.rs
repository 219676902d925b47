//! An attribute that a load balancer or target group does not have, or not with this value.

use stack_core::Severity;

use crate::check::balancing::{BALANCER, Kind, TARGETS, attribute, kind_of};
use crate::check::words::{either, quoted, slip};
use crate::check::{Report, Rule};
use crate::model::{Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "balancer-attribute",
    severity: Severity::Error,
    page: include_str!("balancer_attribute.md"),
    run,
};

/// What a value may be.
enum May {
    Text,
    Flag,
    /// From, to, and another number that is taken.
    Number(i64, i64, i64),
    One(&'static [&'static str]),
}
use May::{Flag, Number, One, Text};

/// The letters of the load balancers that have it: application, network, gateway.
type Attribute = (&'static str, &'static str, May);

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html>
const OF_BALANCERS: [Attribute; 25] = [
    ("access_logs.s3.bucket", "an", Text),
    ("access_logs.s3.enabled", "an", Flag),
    ("access_logs.s3.prefix", "an", Text),
    ("client_keep_alive.seconds", "a", Number(60, 604_800, 60)),
    ("connection_logs.s3.bucket", "a", Text),
    ("connection_logs.s3.enabled", "a", Flag),
    ("connection_logs.s3.prefix", "a", Text),
    ("deletion_protection.enabled", "ang", Flag),
    (
        "dns_record.client_routing_policy",
        "n",
        One(&[
            "any_availability_zone",
            "availability_zone_affinity",
            "partial_availability_zone_affinity",
        ]),
    ),
    ("health_check_logs.s3.bucket", "a", Text),
    ("health_check_logs.s3.enabled", "a", Flag),
    ("health_check_logs.s3.prefix", "a", Text),
    ("idle_timeout.timeout_seconds", "a", Number(1, 4000, 1)),
    ("ipv6.deny_all_igw_traffic", "an", Flag),
    ("load_balancing.cross_zone.enabled", "ang", Flag),
    (
        "routing.http.desync_mitigation_mode",
        "a",
        One(&["defensive", "monitor", "strictest"]),
    ),
    ("routing.http.drop_invalid_header_fields.enabled", "a", Flag),
    ("routing.http.preserve_host_header.enabled", "a", Flag),
    (
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
        "a",
        Flag,
    ),
    ("routing.http.xff_client_port.enabled", "a", Flag),
    (
        "routing.http.xff_header_processing.mode",
        "a",
        One(&["append", "preserve", "remove"]),
    ),
    ("routing.http2.enabled", "a", Flag),
    (
        "secondary_ips.auto_assigned.per_subnet",
        "n",
        Number(0, 7, 0),
    ),
    ("waf.fail_open.enabled", "a", Flag),
    ("zonal_shift.config.enabled", "an", Flag),
];

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html>
/// and, of Gateway Load Balancers,
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/gateway/edit-target-group-attributes.html>
const OF_TARGETS: [Attribute; 24] = [
    (
        "deregistration_delay.connection_termination.enabled",
        "n",
        Flag,
    ),
    (
        "deregistration_delay.timeout_seconds",
        "ang",
        Number(0, 3600, 0),
    ),
    ("lambda.multi_value_headers.enabled", "a", Flag),
    (
        "load_balancing.algorithm.anomaly_mitigation",
        "a",
        One(&["off", "on"]),
    ),
    (
        "load_balancing.algorithm.type",
        "a",
        One(&[
            "least_outstanding_requests",
            "round_robin",
            "weighted_random",
        ]),
    ),
    (
        "load_balancing.cross_zone.enabled",
        "ang",
        One(&["false", "true", "use_load_balancer_configuration"]),
    ),
    ("preserve_client_ip.enabled", "n", Flag),
    ("proxy_protocol_v2.enabled", "n", Flag),
    ("send_tcp_reset.on_deregistration.enabled", "g", Flag),
    ("send_tcp_reset.on_unhealthy.enabled", "g", Flag),
    ("slow_start.duration_seconds", "a", Number(30, 900, 0)),
    ("stickiness.app_cookie.cookie_name", "a", Text),
    (
        "stickiness.app_cookie.duration_seconds",
        "a",
        Number(1, 604_800, 1),
    ),
    ("stickiness.enabled", "ang", Flag),
    (
        "stickiness.lb_cookie.duration_seconds",
        "a",
        Number(1, 604_800, 1),
    ),
    (
        "stickiness.type",
        "ang",
        One(&[
            "app_cookie",
            "lb_cookie",
            "source_ip",
            "source_ip_dest_ip",
            "source_ip_dest_ip_proto",
        ]),
    ),
    (
        "target_failover.on_deregistration",
        "g",
        One(&["no_rebalance", "rebalance"]),
    ),
    (
        "target_failover.on_unhealthy",
        "g",
        One(&["no_rebalance", "rebalance"]),
    ),
    (
        "target_group_health.dns_failover.minimum_healthy_targets.count",
        "an",
        Text,
    ),
    (
        "target_group_health.dns_failover.minimum_healthy_targets.percentage",
        "an",
        Text,
    ),
    (
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
        "an",
        Text,
    ),
    (
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
        "an",
        Text,
    ),
    (
        "target_health_state.unhealthy.connection_termination.enabled",
        "n",
        Flag,
    ),
    (
        "target_health_state.unhealthy.draining_interval_seconds",
        "n",
        Number(0, 360_000, 0),
    ),
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for balancer in stack.of(BALANCER) {
        let letter = kind_of(balancer).map(|it| match it {
            Kind::Application => 'a',
            Kind::Network => 'n',
            Kind::Gateway => 'g',
        });
        let list = balancer.get("LoadBalancerAttributes");
        judge(&list, &OF_BALANCERS, letter, report);
        logs(&list, report);
    }
    for targets in stack.of(TARGETS) {
        let protocol = targets.get("Protocol");
        let letter = match protocol.text() {
            Some("HTTP" | "HTTPS") => Some('a'),
            Some("GENEVE") => Some('g'),
            Some("QUIC" | "TCP" | "TCP_QUIC" | "TCP_UDP" | "TLS" | "UDP") => Some('n'),
            _ => None,
        };
        let list = targets.get("TargetGroupAttributes");
        judge(&list, &OF_TARGETS, letter, report);
        slow_start(&list, report);
        let Some(kind) = attribute(&list, "stickiness.type") else {
            continue;
        };
        let right: &[&str] = match letter {
            Some('a') => &["app_cookie", "lb_cookie"],
            Some('n') => &["source_ip"],
            _ => continue,
        };
        let known = ["app_cookie", "lb_cookie", "source_ip"];
        if let Some(it) = kind.text()
            && known.contains(&it)
            && !right.contains(&it)
        {
            let message = format!(
                "a target group for {} has no stickiness `{it}`",
                protocol.text().unwrap_or_default()
            );
            report.at(&kind, message, either(right.iter().copied()));
        }
    }
}

/// Logs are written to a bucket.
fn logs(list: &View<'_, '_>, report: &mut Report<'_>) {
    if !list.has_known_items() {
        return;
    }
    for (enabled, bucket) in [
        ("access_logs.s3.enabled", "access_logs.s3.bucket"),
        ("connection_logs.s3.enabled", "connection_logs.s3.bucket"),
        (
            "health_check_logs.s3.enabled",
            "health_check_logs.s3.bucket",
        ),
    ] {
        if let Some(on) = attribute(list, enabled)
            && on.bool() == Some(true)
            && attribute(list, bucket).is_none()
        {
            report.at(
                &on,
                "the logs are written, and no bucket is named",
                format!("set `{bucket}`"),
            );
        }
    }
}

/// Only requests that go round slowly come to a new target.
fn slow_start(list: &View<'_, '_>, report: &mut Report<'_>) {
    let algorithm = attribute(list, "load_balancing.algorithm.type");
    let Some(kind) = algorithm.as_ref().and_then(View::text) else {
        return;
    };
    let slow = attribute(list, "slow_start.duration_seconds");
    if let Some(slow) = slow.filter(|it| it.int().is_some_and(|it| it > 0))
        && matches!(kind, "least_outstanding_requests" | "weighted_random")
    {
        let message = format!("targets do not start slowly with `{kind}`");
        report.at(&slow, message, "`round_robin`, or no slow start");
    }
}

fn judge(list: &View<'_, '_>, known: &[Attribute], letter: Option<char>, report: &mut Report<'_>) {
    for item in list.items() {
        let (key, value) = (item.get("Key"), item.get("Value"));
        let Some(name) = key.text() else { continue };
        let Some((_, who, may)) = known.iter().find(|it| it.0 == name) else {
            let near = slip(name, known.iter().map(|it| it.0))
                .or_else(|| known.iter().map(|it| it.0).find(|it| it.starts_with(name)));
            // AWS may know more by now.
            if let Some(near) = near {
                report.at(
                    &key,
                    format!("there is no attribute {}", quoted(name)),
                    format!("did you mean `{near}`?"),
                );
            }
            continue;
        };
        if let Some(letter) = letter.filter(|it| !who.contains(*it)) {
            let what = match letter {
                'a' => "an Application Load Balancer",
                'n' => "a Network Load Balancer",
                _ => "a Gateway Load Balancer",
            };
            report.at(
                &key,
                format!("{what} has no attribute `{name}`"),
                "leave it out",
            );
            continue;
        }
        let Some(text) = value.text() else { continue };
        let wanted = match may {
            Text => continue,
            Flag if matches!(text, "true" | "false") => continue,
            Flag => "`true` or `false`".to_owned(),
            Number(from, to, also) => match value.int() {
                Some(it) if (*from..=*to).contains(&it) || it == *also => continue,
                _ if also < from => format!("{also}, or {from} to {to}"),
                _ => format!("{from} to {to}"),
            },
            One(all) if all.contains(&text) => continue,
            // There may be more by now, but none that is a flag where there are words.
            One(all)
                if matches!(text, "true" | "false")
                    || name.ends_with(".enabled")
                    || all.iter().any(|it| it.starts_with(text))
                    || slip(text, all.iter().copied()).is_some() =>
            {
                either(all.iter().copied())
            }
            One(_) => continue,
        };
        report.at(
            &value,
            format!("`{name}` cannot be {}", quoted(text)),
            wanted,
        );
    }
}
