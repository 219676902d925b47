//! Parts of a route that depend on nothing around it: the target group, what leads to it, and when.

use stack_core::aws::{ec2, elbv2};
use stack_core::prelude::*;

use crate::health_check::HealthCheck;
use crate::traffic_shift::TestTraffic;

/// The type of its targets is the caller's.
pub(crate) fn target_group(
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

pub(crate) fn forward_rule(
    target_group: Ref<elbv2::TargetGroup>,
    alternate: Option<Ref<elbv2::TargetGroup>>,
) -> elbv2::listener_rule::Action {
    let action = elbv2::listener_rule::Action::new().kind(elbv2::listener::ActionType::FORWARD);
    match alternate {
        None => action.target_group_arn(target_group),
        Some(alternate) => action.forward_config(both(target_group, alternate)),
    }
}

pub(crate) fn forward_connections(
    target_group: Ref<elbv2::TargetGroup>,
    alternate: Option<Ref<elbv2::TargetGroup>>,
) -> elbv2::listener::Action {
    let action = elbv2::listener::Action::new().kind(elbv2::listener::ActionType::FORWARD);
    match alternate {
        None => action.target_group_arn(target_group),
        Some(alternate) => action.forward_config(both(target_group, alternate)),
    }
}

/// Both target groups have to be there from the start; ECS moves the weights.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html>
fn both(
    target_group: Ref<elbv2::TargetGroup>,
    alternate: Ref<elbv2::TargetGroup>,
) -> elbv2::listener::ForwardConfig {
    let weighed = |group: Ref<elbv2::TargetGroup>, weight: i64| {
        elbv2::listener::TargetGroupTuple::new()
            .target_group_arn(group)
            .weight(weight)
    };
    elbv2::listener::ForwardConfig::new()
        .target_groups([weighed(target_group, 1), weighed(alternate, 0)])
}

pub(crate) fn header(test: &TestTraffic) -> elbv2::listener_rule::RuleCondition {
    elbv2::listener_rule::RuleCondition::new()
        .field("http-header")
        .http_header_config(
            elbv2::listener_rule::HttpHeaderConfig::new()
                .http_header_name(&test.header)
                .values([test.value.clone()]),
        )
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
