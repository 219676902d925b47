//! What gives target groups their load balancer.

use std::collections::BTreeMap;

use crate::check::containers::{SERVICE, TARGET_GROUP, target_groups};
use crate::model::{Resource, Stack};

const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
const RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";

/// The listeners and listener rules of a stack that send to each target group, sorted.
pub(super) type Attachments<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// What gives each target group of a stack its load balancer.
pub(super) fn attachments<'a>(stack: Stack<'_, 'a>) -> Attachments<'a> {
    let mut by_group = Attachments::new();
    for resource in stack.of(LISTENER).chain(stack.of(RULE)) {
        for id in resource.refers_to() {
            if stack
                .resource(id)
                .is_some_and(|it| it.kind() == TARGET_GROUP)
            {
                by_group.entry(id).or_default().push(resource.id());
            }
        }
    }
    by_group
}

/// Whether something that is not seen here may hang a target group behind a listener.
pub(super) fn is_handed_on(stack: Stack<'_, '_>, group: &str) -> bool {
    let may = |kind: &str| {
        kind.starts_with("Custom::")
            || kind == "AWS::CloudFormation::Stack"
            || kind == "AWS::CloudFormation::CustomResource"
    };
    let mut others = stack.resources().filter(|it| may(it.kind()));
    others.any(|it| it.refers_to().contains(group))
}

/// A service that nothing keeps from being created before its target group has a load balancer.
#[derive(Debug)]
pub(super) struct Late<'e, 'a> {
    pub(super) service: Resource<'e, 'a>,
    /// The target group.
    pub(super) group: &'a str,
    /// What gives it a load balancer, or the first of several.
    pub(super) listener: &'a str,
    /// Whether the listener waits minutes for a load balancer, and the service for nothing that
    /// takes as long.
    pub(super) certain: bool,
}

/// What takes minutes to create; whoever comes after it comes after a load balancer too.
const SLOW: [&str; 15] = [
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::CertificateManager::Certificate",
    "AWS::CloudFormation::",
    "AWS::CloudFront::",
    "AWS::EC2::Instance",
    "AWS::EC2::NatGateway",
    "AWS::EC2::VPCEndpoint",
    "AWS::ECS::Service",
    "AWS::EFS::",
    "AWS::ElastiCache::",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::MSK::",
    "AWS::OpenSearchService::",
    "AWS::RDS::",
    "Custom::",
];

/// The services of a stack that can be created too early, each with the target group.
pub(super) fn unattached_yet<'e, 'a>(stack: Stack<'e, 'a>) -> Vec<Late<'e, 'a>> {
    let mut late = Vec::new();
    let mut attached = None;
    for service in stack.of(SERVICE) {
        let mut after = None;
        for (_, group) in target_groups(service) {
            if group.stack().number() != stack.number() {
                continue;
            }
            let attached = attached.get_or_insert_with(|| attachments(stack));
            let Some(listeners) = attached.get(group.id()) else {
                continue;
            };
            // Mostly it says so itself.
            let said = service.depends_on();
            if listeners.iter().any(|it| said.contains(it)) {
                continue;
            }
            let after = after.get_or_insert_with(|| service.created_after());
            if listeners.iter().any(|it| after.contains(it)) {
                continue;
            }
            let listener = listeners[0];
            let kind = |id: &str| stack.resource(id).map_or("", Resource::kind);
            let waits = after
                .iter()
                .any(|it| SLOW.iter().any(|slow| kind(it).starts_with(slow)));
            let listened = stack.resource(listener).map(Resource::created_after);
            let balancer = "AWS::ElasticLoadBalancingV2::LoadBalancer";
            let certain =
                !waits && listened.is_some_and(|it| it.iter().any(|it| kind(it) == balancer));
            late.push(Late {
                service,
                group: group.id(),
                listener,
                certain,
            });
        }
    }
    late
}
