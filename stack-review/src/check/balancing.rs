//! Load balancers, their listeners and target groups, as rules look at them.

use crate::model::{Resource, Stack, Value, View};

pub(crate) const BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
pub(crate) const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
pub(crate) const LISTENER_RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";
pub(crate) const TARGETS: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";

/// What kind of load balancer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Application,
    Network,
    Gateway,
}

/// The kind, when it is known.
pub(crate) fn kind_of(balancer: Resource<'_, '_>) -> Option<Kind> {
    let kind = balancer.get("Type");
    match kind.value() {
        Value::Absent => Some(Kind::Application),
        Value::Text(it) => match it.as_ref() {
            "application" => Some(Kind::Application),
            "network" => Some(Kind::Network),
            "gateway" => Some(Kind::Gateway),
            _ => None,
        },
        _ => None,
    }
}

/// The load balancer of a listener, when it is among the stacks.
pub(crate) fn balancer_of<'e, 'a>(listener: Resource<'e, 'a>) -> Option<Resource<'e, 'a>> {
    listener.get("LoadBalancerArn").target_of(BALANCER)
}

/// Whether the load balancer is reached from the internet; `None` when that is not known.
pub(crate) fn is_public(balancer: Resource<'_, '_>) -> Option<bool> {
    let scheme = balancer.get("Scheme");
    match scheme.value() {
        Value::Absent => Some(true),
        Value::Text(it) => Some(it != "internal"),
        _ => None,
    }
}

/// What an attribute in a list of `Key` and `Value` is set to.
pub(crate) fn attribute<'e, 'a>(list: &View<'e, 'a>, name: &str) -> Option<View<'e, 'a>> {
    let mut items = list.items().into_iter();
    let item = items.find(|it| it.get("Key").text() == Some(name))?;
    Some(item.get("Value"))
}

/// The actions of a listener or rule.
pub(crate) fn actions<'e, 'a>(of: Resource<'e, 'a>) -> Vec<View<'e, 'a>> {
    let name = if of.kind() == LISTENER {
        "DefaultActions"
    } else {
        "Actions"
    };
    of.get(name).items()
}

/// Where an action sends requests, each the place of a target group's ARN.
pub(crate) fn forwards<'e, 'a>(action: &View<'e, 'a>) -> Vec<View<'e, 'a>> {
    let mut found = Vec::new();
    let one = action.get("TargetGroupArn");
    if one.is_set() {
        found.push(one);
    }
    let several = action.get("ForwardConfig").get("TargetGroups");
    found.extend(several.items().iter().map(|it| it.get("TargetGroupArn")));
    found
}

/// The subnets a load balancer is in.
pub(crate) fn subnets<'e, 'a>(balancer: Resource<'e, 'a>) -> Vec<View<'e, 'a>> {
    let plain = balancer.get("Subnets").items();
    if !plain.is_empty() {
        return plain;
    }
    let mappings = balancer.get("SubnetMappings").items();
    mappings.iter().map(|it| it.get("SubnetId")).collect()
}

/// All listeners and rules.
pub(crate) fn senders<'e, 'a>(stack: Stack<'e, 'a>) -> impl Iterator<Item = Resource<'e, 'a>> {
    stack.of(LISTENER).chain(stack.of(LISTENER_RULE))
}
