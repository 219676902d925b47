//! Where tasks of a service can run: Fargate's addresses, or the instances of its cluster.

use stack_core::Cidr;

use crate::model::{Handle, Resource, View};
use crate::rollout::deployment::{Deployment, Fleet, Instance, Scaling, Strategy, Times};

use super::group::{Group, group, launch};
use super::{Notes, task};

/// Room for whatever comes.
pub(super) fn boundless() -> Instance {
    Instance::pool(u32::MAX)
}

/// What a service runs on.
#[derive(Clone, Debug)]
pub(super) enum Kind<'e, 'a> {
    Fargate,
    /// Auto Scaling groups and instances, each with the capacity provider that uses it.
    Instances(Vec<(Resource<'e, 'a>, Option<Resource<'e, 'a>>)>),
}

/// The fleet at its worst and at its best; `None` when it is only known at deployment.
pub(super) fn of(
    service: Resource<'_, '_>,
    deployment: &Deployment,
    notes: &mut Notes,
) -> Option<(Fleet, Fleet)> {
    match kind(service, notes)? {
        Kind::Fargate => {
            let fleet = Fleet {
                instances: vec![Instance::pool(addresses(service, notes))],
                scaling: None,
            };
            Some((fleet.clone(), fleet))
        }
        Kind::Instances(groups) => fleet(service, &groups, deployment, notes),
    }
}

/// What it runs on; `None` when that is only known at deployment.
pub(super) fn kind<'e, 'a>(service: Resource<'e, 'a>, notes: &mut Notes) -> Option<Kind<'e, 'a>> {
    let launch_type = service.get("LaunchType");
    let strategy = service.get("CapacityProviderStrategy");
    if !launch_type.is_known() || !strategy.has_known_items() {
        notes.unknown(if launch_type.is_known() {
            &strategy
        } else {
            &launch_type
        });
        return None;
    }
    match launch_type.text() {
        Some("FARGATE") => return Some(Kind::Fargate),
        Some("EXTERNAL") => {
            notes.because(format!("`{}` runs on machines outside AWS", service.id()));
            return None;
        }
        _ => (),
    }
    let mut items = strategy.items();
    let cluster = service.get("Cluster").target_of("AWS::ECS::Cluster");
    if items.is_empty() && launch_type.is_absent() {
        if let Some(cluster) = cluster {
            items = default_strategy(cluster, notes)?;
        } else if only_fargate(service) {
            return Some(Kind::Fargate);
        }
    }
    if !items.is_empty() {
        return providers(service, &items, notes);
    }
    let Some(cluster) = cluster else {
        notes.because(format!(
            "the cluster of `{}` is not in these stacks",
            service.id()
        ));
        return None;
    };
    let groups = members(cluster);
    if groups.is_empty() {
        if launch_type.is_absent() && only_fargate(service) {
            return Some(Kind::Fargate);
        }
        notes.because(format!(
            "no instances of `{}` are in these stacks",
            cluster.id()
        ));
        return None;
    }
    Some(Kind::Instances(groups))
}

/// Whether its task definition is made for Fargate alone.
fn only_fargate(service: Resource<'_, '_>) -> bool {
    let Some(task) = task::definition(service) else {
        return false;
    };
    let compatible = task.get("RequiresCompatibilities").items();
    !compatible.is_empty() && compatible.iter().all(|it| it.text() == Some("FARGATE"))
}

/// Whether a value is a resource: its name or one of its attributes.
pub(super) fn is(view: &View<'_, '_>, resource: Resource<'_, '_>) -> bool {
    let target = view.target();
    target.is_some_and(|it| it.handle() == resource.handle())
}

/// The cluster's own strategy, or that of its association.
fn default_strategy<'e, 'a>(
    cluster: Resource<'e, 'a>,
    notes: &mut Notes,
) -> Option<Vec<View<'e, 'a>>> {
    let mut views = vec![cluster.get("DefaultCapacityProviderStrategy")];
    for stack in cluster.stack().world().stacks() {
        for it in stack.of("AWS::ECS::ClusterCapacityProviderAssociations") {
            if is(&it.get("Cluster"), cluster) {
                views.push(it.get("DefaultCapacityProviderStrategy"));
            }
        }
    }
    for view in &views {
        if !view.has_known_items() {
            notes.unknown(view);
            return None;
        }
    }
    Some(views.iter().flat_map(View::items).collect())
}

/// What the capacity providers of a strategy stand for.
fn providers<'e, 'a>(
    service: Resource<'e, 'a>,
    items: &[View<'e, 'a>],
    notes: &mut Notes,
) -> Option<Kind<'e, 'a>> {
    let fargate = |it: &View<'_, '_>| matches!(it.text(), Some("FARGATE" | "FARGATE_SPOT"));
    let mut groups = Vec::new();
    for item in items {
        let name = item.get("CapacityProvider");
        if fargate(&name) {
            continue;
        }
        let Some(provider) = provider(&name, service) else {
            notes.because(format!(
                "`{}` is a capacity provider outside these stacks",
                name.place()
            ));
            return None;
        };
        let arn = provider.get("AutoScalingGroupProvider.AutoScalingGroupArn");
        let Some(group) = arn.target_of("AWS::AutoScaling::AutoScalingGroup") else {
            notes.because(format!(
                "`{}` has no Auto Scaling group of these stacks",
                provider.id()
            ));
            return None;
        };
        groups.push((group, Some(provider)));
    }
    if groups.is_empty() {
        return Some(Kind::Fargate);
    }
    if items.len() > 1 {
        notes.because(format!(
            "the tasks of `{}` are divided among {} capacity providers",
            service.id(),
            items.len()
        ));
    }
    Some(Kind::Instances(groups))
}

/// A capacity provider by reference or by its name.
fn provider<'e, 'a>(name: &View<'e, 'a>, near: Resource<'e, 'a>) -> Option<Resource<'e, 'a>> {
    let kind = "AWS::ECS::CapacityProvider";
    if let Some(it) = name.target_of(kind) {
        return Some(it);
    }
    let text = name.text()?;
    let stacks = near.stack().world().stacks();
    let mut all = stacks.flat_map(|it| it.of(kind));
    all.find(|it| it.get("Name").text() == Some(text))
}

/// The instances of a cluster: those of its capacity providers, and those that are told its name
/// when they start.
fn members<'e, 'a>(cluster: Resource<'e, 'a>) -> Vec<(Resource<'e, 'a>, Option<Resource<'e, 'a>>)> {
    let mut found: Vec<(Resource<'e, 'a>, Option<Resource<'e, 'a>>)> = Vec::new();
    let mut names = cluster.get("CapacityProviders").items();
    for stack in cluster.stack().world().stacks() {
        for it in stack.of("AWS::ECS::ClusterCapacityProviderAssociations") {
            if is(&it.get("Cluster"), cluster) {
                names.extend(it.get("CapacityProviders").items());
            }
        }
    }
    for name in names {
        if let Some(provider) = provider(&name, cluster)
            && let Some(group) = provider
                .get("AutoScalingGroupProvider.AutoScalingGroupArn")
                .target_of("AWS::AutoScaling::AutoScalingGroup")
        {
            // Tasks without a strategy do not make it scale.
            found.push((group, None));
        }
    }
    for stack in cluster.stack().world().stacks() {
        for kind in ["AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::Instance"] {
            for group in stack.of(kind) {
                let told =
                    joins(group, cluster) || launch(group).is_some_and(|it| joins(it, cluster));
                let known = found.iter().any(|it| it.0.handle() == group.handle());
                if told && !known {
                    found.push((group, None));
                }
            }
        }
    }
    found
}

/// Whether what a resource runs at its start speaks of the cluster.
fn joins(resource: Resource<'_, '_>, cluster: Resource<'_, '_>) -> bool {
    let wanted: Handle<'_> = cluster.handle();
    let same_stack = resource.stack().number() == wanted.stack;
    let in_text = format!("${{{}}}", cluster.id());
    let arn_in_text = format!("${{{}.", cluster.id());
    let name = cluster.get("ClusterName");
    let by_name = name.text().map(|it| format!("ECS_CLUSTER={it}"));
    let mut found = false;
    for (_, expr) in resource.raw().body().iter() {
        expr.each(&mut |it| {
            found |= match it.refers_to() {
                Some((id, _)) => same_stack && id == cluster.id(),
                None => it.as_str().is_some_and(|it| {
                    same_stack && (it.contains(&in_text) || it.contains(&arn_in_text))
                        || by_name
                            .as_ref()
                            .is_some_and(|name| it.contains(name.as_str()))
                }),
            };
        });
    }
    found
}

/// The instances of these groups.
fn fleet(
    service: Resource<'_, '_>,
    groups: &[(Resource<'_, '_>, Option<Resource<'_, '_>>)],
    deployment: &Deployment,
    notes: &mut Notes,
) -> Option<(Fleet, Fleet)> {
    let none = || Fleet {
        instances: Vec::new(),
        scaling: None,
    };
    let (mut worst, mut best) = (none(), none());
    let mut zone = 0;
    for (resource, provider) in groups {
        let it = group(*resource, service, notes)?;
        let managed = provider.map_or(Some(false), |it| is_managed(it, notes));
        let (least, most) = match managed {
            Some(true) => {
                let minimum = notes.number(&resource.get("MinSize"), 0)?;
                (minimum, minimum)
            }
            _ => it.count,
        };
        // Far more than could matter, and too many to list.
        let enough = deployment.wanted().saturating_mul(3).max(64);
        extend(
            &mut worst,
            &it.worst,
            least.min(enough.max(5000)),
            &it,
            zone,
        );
        extend(&mut best, &it.best, most.min(enough.max(5000)), &it, zone);
        zone += it.zones;
        if let (Some(provider), Some(true) | None) = (provider, managed)
            && deployment.strategy != Strategy::Daemon
        {
            let scaling = provider.get("AutoScalingGroupProvider.ManagedScaling");
            let target = notes
                .number(&scaling.get("TargetCapacity"), 100)
                .unwrap_or(100);
            let scaling = |like: &Instance| Scaling {
                instance: like.clone(),
                maximum: it.maximum.max(least) as usize,
                boot: Times::BOOT,
                target_capacity: target.clamp(1, 100),
            };
            notes.assume(format!(
                "a new instance takes tasks after {} s",
                Times::BOOT
            ));
            best.scaling = Some(scaling(&it.best));
            if managed == Some(true) {
                worst.scaling = Some(scaling(&it.worst));
            } else {
                notes.doubt(format!(
                    "it turns on the managed scaling of `{}`",
                    provider.id()
                ));
            }
        }
    }
    Some((worst, best))
}

fn extend(fleet: &mut Fleet, like: &Instance, count: u32, group: &Group, zone: u32) {
    for number in 0..count {
        fleet.instances.push(Instance {
            zone: zone + number % group.zones,
            ..like.clone()
        });
    }
}

/// Whether a capacity provider adds instances; `None` when that is not known.
fn is_managed(provider: Resource<'_, '_>, notes: &mut Notes) -> Option<bool> {
    let scaling = provider.get("AutoScalingGroupProvider.ManagedScaling");
    if scaling.is_absent() {
        return Some(false);
    }
    match scaling.get("Status").text() {
        Some("ENABLED") => Some(true),
        Some("DISABLED") => Some(false),
        _ => {
            notes.doubt(format!(
                "it turns on the managed scaling of `{}`",
                provider.id()
            ));
            None
        }
    }
}

/// The addresses that the subnets of a service have for tasks: all but the five that AWS keeps of
/// each.
///
/// <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>
fn addresses(service: Resource<'_, '_>, notes: &mut Notes) -> u32 {
    let subnets = service.get("NetworkConfiguration.AwsvpcConfiguration.Subnets");
    let mut free = 0_u32;
    let items = subnets.items();
    for subnet in &items {
        let block = subnet
            .target_of("AWS::EC2::Subnet")
            .map(|it| it.get("CidrBlock"));
        let prefix = block.and_then(|it| {
            let cidr: Cidr = it.text()?.parse().ok()?;
            Some(cidr.prefix())
        });
        match prefix {
            Some(prefix) => {
                let size = 1_u32
                    .checked_shl(u32::from(32 - prefix.min(32)))
                    .unwrap_or(u32::MAX);
                free = free.saturating_add(size.saturating_sub(5));
            }
            None => {
                notes.assume("the subnets have addresses enough".to_owned());
                return u32::MAX;
            }
        }
    }
    if items.is_empty() {
        notes.assume("the subnets have addresses enough".to_owned());
        return u32::MAX;
    }
    notes.assume(format!(
        "the subnets have {free} addresses for tasks, and nothing else takes them"
    ));
    free
}
