//! What gives target groups their load balancer.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::containers::{SERVICE, TARGET_GROUP, target_groups};
use crate::model::{Resource, Stack};

const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
const RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";

/// The listeners and listener rules of a stack that send to each target group.
#[derive(Debug)]
pub(super) struct Attachments<'a> {
    by_group: BTreeMap<&'a str, Vec<&'a str>>,
    handed_on: BTreeSet<&'a str>,
}

impl<'a> Attachments<'a> {
    pub(super) fn of(stack: Stack<'_, 'a>) -> Attachments<'a> {
        let mut by_group: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut handed_on = BTreeSet::new();
        for resource in stack.resources() {
            let kind = resource.kind();
            let attaches = kind == LISTENER || kind == RULE;
            // Whoever else knows a target group may hang it behind a listener.
            let may_attach = kind == "AWS::CloudFormation::Stack"
                || kind == "AWS::CloudFormation::CustomResource"
                || kind.starts_with("Custom::");
            if !attaches && !may_attach {
                continue;
            }
            let groups = resource.refers_to().into_iter().filter(|it| {
                let named = stack.resource(it);
                named.is_some_and(|it| it.kind() == TARGET_GROUP)
            });
            for group in groups {
                if attaches {
                    by_group.entry(group).or_default().push(resource.id());
                } else {
                    handed_on.insert(group);
                }
            }
        }
        Attachments {
            by_group,
            handed_on,
        }
    }

    /// What sends to this target group, sorted by logical id.
    pub(super) fn to(&self, group: &str) -> &[&'a str] {
        self.by_group.get(group).map_or(&[], Vec::as_slice)
    }

    /// Whether something outside the template may attach it.
    pub(super) fn handed_on(&self, group: &str) -> bool {
        self.handed_on.contains(group)
    }
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
    let mut attachments = None;
    for service in stack.of(SERVICE) {
        let (mut direct, mut after) = (None, None);
        for (_, group) in target_groups(service) {
            if group.stack().number() != stack.number() {
                continue;
            }
            let attachments = attachments.get_or_insert_with(|| Attachments::of(stack));
            let Some(listener) = attachments.to(group.id()).first().copied() else {
                continue;
            };
            // Mostly it says so itself.
            let direct = direct.get_or_insert_with(|| service.refers_to());
            if attachments
                .to(group.id())
                .iter()
                .any(|it| direct.contains(it))
            {
                continue;
            }
            let after = after.get_or_insert_with(|| service.created_after());
            if attachments
                .to(group.id())
                .iter()
                .any(|it| after.contains(it))
            {
                continue;
            }
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
