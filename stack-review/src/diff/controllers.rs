//! Values that somebody else sets while the stack runs: an update sets them back.

use super::at::At;
use super::changes::{ChangeKind, Hazard, HazardKind, PropertyChange};
use super::node::{Node, Symbol};
use super::stacks::Comparison;

/// Whether a property that changes belongs to another controller.
pub(super) fn find(comparison: &Comparison<'_, '_>, number: usize) -> Vec<Hazard> {
    let slot = &comparison.slots[number];
    let (Some(old), Some(new), Some(change)) = (
        comparison.before(slot),
        comparison.after(slot),
        &slot.change,
    ) else {
        return Vec::new();
    };
    let changed = |name: &str| {
        let mut all = change.properties.iter();
        all.find(|it| {
            it.path.split(['.', '[']).next() == Some(name) && it.kind != ChangeKind::Follows
        })
    };
    let mut found = Vec::new();
    match change.kind.as_str() {
        "AWS::ECS::Service" => {
            if let Some(it) = changed("DesiredCount")
                && it.after.is_some()
            {
                found.extend(scaled(
                    comparison,
                    number,
                    it,
                    &["ecs:service:DesiredCount"],
                ));
            }
            found.extend(deployer(&old, &new, &changed));
        }
        "AWS::DynamoDB::Table" => {
            let dimensions = [
                "dynamodb:table:ReadCapacityUnits",
                "dynamodb:table:WriteCapacityUnits",
            ];
            if let Some(it) = changed("ProvisionedThroughput") {
                found.extend(scaled(comparison, number, it, &dimensions));
            }
        }
        "AWS::AutoScaling::AutoScalingGroup" => {
            if let Some(it) = changed("DesiredCapacity")
                && it.after.is_some()
            {
                found.extend(group(comparison, number, it));
            }
        }
        "AWS::ElasticLoadBalancingV2::Listener" => {
            if let Some(it) = changed("DefaultActions") {
                found.extend(blue_green(comparison, number, it));
            }
        }
        "AWS::ElasticLoadBalancingV2::ListenerRule" => {
            if let Some(it) = changed("Actions") {
                found.extend(blue_green(comparison, number, it));
            }
        }
        _ => (),
    }
    found
}

fn controlled(message: String, repair: &str) -> Hazard {
    Hazard {
        kind: HazardKind::Controlled,
        message,
        repair: repair.to_owned(),
    }
}

/// The resources of the stack that refer to this one in some property and are of a type.
fn users<'c, 's, 'a>(
    comparison: &'c Comparison<'s, 'a>,
    number: usize,
    kinds: &[&str],
) -> Vec<At<'c, 's, 'a>> {
    let slot = &comparison.slots[number];
    let users = comparison
        .users
        .get(&(slot.stack, slot.id))
        .into_iter()
        .flatten();
    let users = users.filter_map(|it| comparison.after(&comparison.slots[*it]));
    users.filter(|it| kinds.contains(&it.view.kind())).collect()
}

fn refers(node: &Node<'_>, id: &str) -> bool {
    let mut any = false;
    node.symbols(&mut |it| any |= matches!(it, Symbol::Resource(other, _) if *other == id));
    any
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html>
fn scaled(
    comparison: &Comparison<'_, '_>,
    number: usize,
    property: &PropertyChange,
    dimensions: &[&str],
) -> Option<Hazard> {
    let slot = &comparison.slots[number];
    let name = comparison.after(slot)?.property("ServiceName");
    let targets = comparison.slots.iter().filter(|it| it.stack == slot.stack);
    let targets = targets.filter_map(|it| comparison.after(it));
    let mut targets = targets.filter(|it| {
        it.view.kind() == "AWS::ApplicationAutoScaling::ScalableTarget"
            && it
                .property("ScalableDimension")
                .text()
                .is_some_and(|it| dimensions.contains(&it))
    });
    let target = targets.find(|it| {
        let resource = it.property("ResourceId");
        let by_name = match (&resource, &name) {
            (Node::Text(resource), Node::Text(name)) => resource.rsplit('/').next() == Some(name),
            _ => false,
        };
        refers(&resource, slot.id) || by_name
    })?;
    let message = format!(
        "`{}` changes what `{}` has scaled since: {} takes over until it scales again",
        property.path,
        target.view.id(),
        property.after.as_deref().unwrap_or("the default")
    );
    let repair = format!(
        "leave `{}` out and set the bounds of `{}`",
        property.path,
        target.view.id()
    );
    Some(controlled(message, &repair))
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scale-based-on-demand.html>
fn group(
    comparison: &Comparison<'_, '_>,
    number: usize,
    property: &PropertyChange,
) -> Option<Hazard> {
    let kinds = [
        "AWS::AutoScaling::ScalingPolicy",
        "AWS::AutoScaling::ScheduledAction",
        "AWS::ECS::CapacityProvider",
    ];
    let by = users(comparison, number, &kinds);
    let by = by.first()?;
    let message = format!(
        "`DesiredCapacity` changes what `{}` has scaled since: {} takes over until it scales again",
        by.view.id(),
        property.after.as_deref().unwrap_or("the default")
    );
    Some(controlled(
        message,
        "leave `DesiredCapacity` out and set `MinSize` and `MaxSize`",
    ))
}

/// A service whose deployments are not made by ECS itself.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html>
fn deployer<'c>(
    old: &At<'_, '_, '_>,
    new: &At<'_, '_, '_>,
    changed: &dyn Fn(&str) -> Option<&'c PropertyChange>,
) -> Vec<Hazard> {
    let kind = |at: &At<'_, '_, '_>| {
        let controller = at.property("DeploymentController");
        controller.get("Type").text().map(str::to_owned)
    };
    let (was, is) = (kind(old), kind(new));
    if was != is {
        return Vec::new();
    }
    let (who, owned): (_, &[&str]) = match is.as_deref() {
        Some("CODE_DEPLOY") => (
            "CodeDeploy",
            &[
                "TaskDefinition",
                "LoadBalancers",
                "LaunchType",
                "NetworkConfiguration",
                "PlatformVersion",
            ],
        ),
        Some("EXTERNAL") => (
            "an external deployer",
            &[
                "TaskDefinition",
                "LoadBalancers",
                "LaunchType",
                "NetworkConfiguration",
                "PlatformVersion",
            ],
        ),
        _ => return Vec::new(),
    };
    let owned = owned.iter().filter(|it| changed(it).is_some());
    owned
        .map(|it| {
            let message = format!(
                "`{it}` of this service belongs to {who}: ECS refuses to change it in an update"
            );
            controlled(message, "make the change through a deployment of its own")
        })
        .collect()
}

/// A listener or rule whose target groups a blue/green deployment shifts.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html>
fn blue_green(
    comparison: &Comparison<'_, '_>,
    number: usize,
    property: &PropertyChange,
) -> Option<Hazard> {
    let forwards = ["Forward", "TargetGroup", "Weight"];
    let text = [&property.path]
        .into_iter()
        .chain(&property.before)
        .chain(&property.after);
    if !text
        .into_iter()
        .any(|it| forwards.iter().any(|word| it.contains(word)))
    {
        return None;
    }
    let slot = &comparison.slots[number];
    let begin = property.path.split(['.', '[']).next().unwrap_or_default();
    let actions = comparison.after(slot)?.property(begin);
    let services = comparison.slots.iter().filter(|it| it.stack == slot.stack);
    let mut services = services.filter_map(|it| comparison.after(it));
    let by = services.find(|it| match it.view.kind() {
        "AWS::ECS::Service" => {
            let targets = it.property("LoadBalancers");
            let mut shifted = targets
                .items()
                .iter()
                .map(|it| it.get("AdvancedConfiguration"));
            // CodeDeploy shifts whatever listener forwards to the service's target groups.
            let groups = || {
                let mut any = false;
                targets.symbols(&mut |it| {
                    any |= matches!(it, Symbol::Resource(id, _) if refers(&actions, id))
                });
                any
            };
            let controller = it.property("DeploymentController");
            shifted.any(|it| refers(it, slot.id))
                || controller.get("Type").text() == Some("CODE_DEPLOY") && groups()
        }
        "AWS::CodeDeploy::DeploymentGroup" => refers(&it.property("LoadBalancerInfo"), slot.id),
        _ => false,
    })?;
    let message = format!(
        "`{}` is shifted by the blue/green deployments of `{}`: the update sends traffic to what \
         the template says, which may be the version that no longer runs",
        property.path,
        by.view.id()
    );
    Some(controlled(
        message,
        "change it while no deployment runs and the template's group is live",
    ))
}
