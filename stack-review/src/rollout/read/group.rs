//! The instances of an Auto Scaling group, or a single one, at their worst and at their best.

use crate::model::{Resource, View};
use crate::rollout::deployment::Instance;
use crate::rollout::instance_types::{instance_type, registerable_memory};

use super::{Notes, capacity, constraint};

/// Instances that are alike, and how many of them there can be.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// The least that an instance has.
    pub(super) worst: Instance,
    /// The most that it has.
    pub(super) best: Instance,
    /// So many there are, at least and at most.
    pub(super) count: (u32, u32),
    /// The maximum size.
    pub(super) maximum: u32,
    /// The zones they are spread over.
    pub(super) zones: u32,
}

/// What a group has; `None` when that is only known at deployment.
pub(super) fn group(
    group: Resource<'_, '_>,
    service: Resource<'_, '_>,
    notes: &mut Notes,
) -> Option<Group> {
    let types = types(group, notes)?;
    let (worst, best) = instance(&types, service, notes)?;
    if group.kind() == "AWS::EC2::Instance" {
        return Some(Group {
            worst,
            best,
            count: (1, 1),
            maximum: 1,
            zones: 1,
        });
    }
    let minimum = notes.number(&group.get("MinSize"), 0)?;
    let maximum = notes.number(&group.get("MaxSize"), minimum)?;
    let desired = notes.number(&group.get("DesiredCapacity"), minimum)?;
    let policies = [
        "AWS::AutoScaling::ScalingPolicy",
        "AWS::AutoScaling::ScheduledAction",
    ];
    let scales = policies.iter().any(|kind| {
        let mut all = group.stack().of(kind);
        all.any(|it| super::service::mentions(it, group))
    });
    // A capacity provider scales it for others, whoever starts tasks without one.
    let mut providers = group
        .stack()
        .world()
        .stacks()
        .flat_map(|it| it.of("AWS::ECS::CapacityProvider"));
    let scales = scales
        || providers.any(|it| {
            let provider = it.get("AutoScalingGroupProvider");
            let scaling = provider.get("ManagedScaling");
            let off = scaling.is_absent() || scaling.get("Status").text() == Some("DISABLED");
            capacity::is(&provider.get("AutoScalingGroupArn"), group) && !off
        });
    let most = if scales {
        maximum.max(desired)
    } else {
        desired
    };
    if most != desired {
        notes.doubt(format!(
            "`{}` has between {desired} and {most} instances, as its scaling sees fit",
            group.id()
        ));
    }
    let subnets = group.get("VPCZoneIdentifier");
    let zones = u32::try_from(subnets.items().len().max(1)).unwrap_or(1);
    Some(Group {
        worst,
        best,
        count: (desired, most),
        maximum,
        zones,
    })
}

/// Where a group says what its instances are like: itself, its launch template or configuration.
pub(super) fn launch<'e, 'a>(group: Resource<'e, 'a>) -> Option<Resource<'e, 'a>> {
    let paths = [
        "LaunchTemplate.LaunchTemplateId",
        "LaunchTemplate.LaunchTemplateName",
        "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId",
        "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateName",
        "LaunchConfigurationName",
    ];
    let mut found = paths.iter().filter_map(|path| group.get(path).target());
    found.next()
}

/// The instance types that it may run.
fn types(group: Resource<'_, '_>, notes: &mut Notes) -> Option<Vec<String>> {
    let overrides = group.get("MixedInstancesPolicy.LaunchTemplate.Overrides");
    if !overrides.has_known_items() {
        notes.unknown(&overrides);
        return None;
    }
    let mut types = Vec::new();
    let mut add = |view: &View<'_, '_>, notes: &mut Notes| match view.text() {
        Some(it) => types.push(it.to_owned()),
        None => notes.unknown(view),
    };
    let overrides = overrides.items();
    for it in &overrides {
        let name = it.get("InstanceType");
        if name.is_absent() {
            notes.because(format!(
                "which instance types `{}` runs is left to EC2",
                group.id()
            ));
            return None;
        }
        add(&name, notes);
    }
    let mut own = group.get("InstanceType");
    if overrides.is_empty() && own.is_absent() {
        let Some(launch) = launch(group) else {
            notes.because(format!(
                "the launch template of `{}` is not in these stacks",
                group.id()
            ));
            return None;
        };
        own = match launch.kind() {
            "AWS::EC2::LaunchTemplate" => launch.get("LaunchTemplateData.InstanceType"),
            _ => launch.get("InstanceType"),
        };
        if own.is_absent()
            && launch
                .get("LaunchTemplateData.InstanceRequirements")
                .is_set()
        {
            notes.because(format!(
                "which instance types `{}` runs is left to EC2",
                group.id()
            ));
            return None;
        }
        if own.is_absent() {
            notes.because(format!("`{}` names no instance type", launch.id()));
            return None;
        }
    }
    if overrides.is_empty() {
        add(&own, notes);
    }
    (!types.is_empty() && types.len() >= overrides.len()).then_some(types)
}

/// The least and the most that one of these types has.
fn instance(
    types: &[String],
    service: Resource<'_, '_>,
    notes: &mut Notes,
) -> Option<(Instance, Instance)> {
    let mut bounds: Option<(Instance, Instance)> = None;
    for name in types {
        let Some(it) = instance_type(name) else {
            notes.because(format!("`{name}` is not in the table of instance types"));
            return None;
        };
        let eligible = constraint::allows(service, name, &it, notes);
        let own = it.interfaces - 1;
        let cpu = it.vcpus * 1024;
        let worst = Instance {
            gpus: it.gpus,
            eligible: eligible == Some(true),
            ..Instance::new(name, cpu, registerable_memory(it.memory), own)
        };
        // The account's setting for trunking is not in a template.
        let trunk = if it.trunking { 120 } else { own };
        let best = Instance {
            gpus: it.gpus,
            eligible: eligible != Some(false),
            ..Instance::new(name, cpu, it.memory, trunk)
        };
        notes.assume(format!(
            "`{name}` registers {} of its {} MiB (5 % and 64 MiB are kept)",
            worst.memory, it.memory
        ));
        notes.amount(format!(
            "whether there is room turns on what `{name}` registers: between {} and {} MiB{}",
            worst.memory,
            best.memory,
            match it.trunking {
                true => ", and on the account's setting `awsvpcTrunking`",
                false => "",
            }
        ));
        bounds = Some(match bounds {
            None => (worst, best),
            Some((low, high)) => (least(low, &worst), most(high, &best)),
        });
    }
    if types.len() > 1 {
        notes.doubt(format!("it turns on which of `{}` run", types.join("`, `")));
    }
    bounds
}

fn least(one: Instance, other: &Instance) -> Instance {
    Instance {
        cpu: one.cpu.min(other.cpu),
        memory: one.memory.min(other.memory),
        interfaces: one.interfaces.min(other.interfaces),
        gpus: one.gpus.min(other.gpus),
        eligible: one.eligible && other.eligible,
        ..one
    }
}

fn most(one: Instance, other: &Instance) -> Instance {
    Instance {
        cpu: one.cpu.max(other.cpu),
        memory: one.memory.max(other.memory),
        interfaces: one.interfaces.max(other.interfaces),
        gpus: one.gpus.max(other.gpus),
        eligible: one.eligible || other.eligible,
        ..one
    }
}
