//! The service itself: how many tasks, which percentages, which strategy.

use crate::model::Resource;
use crate::rollout::deployment::{Deployment, Fleet, Preference, Strategy};

use super::{Bounds, Notes, capacity, health, neighbours, task};

/// Everything there is to know of its deployment; `None` when ECS does not deploy it by itself.
pub(super) fn read(service: Resource<'_, '_>, notes: &mut Notes) -> Option<Bounds> {
    let strategy = strategy(service, notes)?;
    let desired = desired(service, strategy, notes);
    let needs = task::needs(service, notes);
    let configuration = service.get("DeploymentConfiguration");
    // A daemon stops first: by default all of them.
    let (minimum, maximum) = match strategy {
        Strategy::Daemon => (0, 100),
        _ => (100, 200),
    };
    let minimum = notes.number(&configuration.get("MinimumHealthyPercent"), minimum);
    let maximum = notes.number(&configuration.get("MaximumPercent"), maximum);
    // Between 100 and 100 no number of tasks moves; else none at all is the best that could be.
    let unknown_count = u32::from(minimum == Some(100) && maximum == Some(100));
    let preferences = preferences(service, notes);
    let distinct = is_distinct(service, notes);
    let times = health::times(service, notes);
    let mut worst = Deployment {
        minimum_healthy_percent: minimum.unwrap_or(0),
        maximum_percent: maximum.unwrap_or(200),
        strategy,
        placement: preferences,
        distinct_instance: distinct,
        host_network: task::definition(service)
            .is_some_and(|it| it.get("NetworkMode").text() == Some("host")),
        times,
        ..Deployment::new(
            desired.unwrap_or(unknown_count),
            needs.unwrap_or_default(),
            Vec::new(),
        )
    };
    let capacity = capacity::of(service, &worst, notes);
    let mut best = worst.clone();
    match capacity {
        Some((at_worst, at_best)) => {
            worst.fleet = at_worst;
            best.fleet = at_best;
            neighbours::settle(service, &mut worst.fleet, &mut best.fleet, notes);
        }
        // All the room there could be.
        None => {
            best.before.ports.clear();
            best.after.ports.clear();
            best.distinct_instance = false;
            best.fleet = Fleet {
                instances: vec![capacity::boundless()],
                scaling: None,
            };
            if strategy == Strategy::Daemon {
                best.desired = 0;
                best.strategy = Strategy::Replica;
            }
            worst.fleet = best.fleet.clone();
        }
    }
    Some(Bounds { worst, best })
}

/// How old tasks give way to new ones.
fn strategy(service: Resource<'_, '_>, notes: &mut Notes) -> Option<Strategy> {
    let controller = service.get("DeploymentController.Type");
    match controller.text() {
        Some("CODE_DEPLOY") => {
            notes.time("CodeDeploy waits for nothing between its steps".to_owned());
            return Some(Strategy::BlueGreen { bake: 0 });
        }
        Some("EXTERNAL") => {
            notes.because(format!(
                "`{}` leaves deployments to another controller",
                service.id()
            ));
            return None;
        }
        Some("ECS") => (),
        _ if controller.is_absent() => (),
        _ => {
            notes.unknown(&controller);
            return None;
        }
    }
    let scheduling = service.get("SchedulingStrategy");
    if !scheduling.is_known() {
        notes.unknown(&scheduling);
        return None;
    }
    if scheduling.text() == Some("DAEMON") {
        return Some(Strategy::Daemon);
    }
    let configuration = service.get("DeploymentConfiguration");
    let chosen = configuration.get("Strategy");
    if !chosen.is_known() {
        notes.unknown(&chosen);
        return None;
    }
    // Times that are not known count as none: they decide nothing but the seconds.
    let mut minutes = |path: &str| {
        let view = path
            .split('.')
            .fold(configuration.clone(), |it, name| it.get(name));
        if !view.is_known() {
            notes.time(format!("`{}` is 0", view.place()));
        }
        view.int()
            .and_then(|it| u64::try_from(it).ok())
            .unwrap_or(0)
            * 60
    };
    let bake = minutes("BakeTimeInMinutes");
    Some(match chosen.text() {
        Some("BLUE_GREEN") => Strategy::BlueGreen { bake },
        Some("LINEAR") => Strategy::Linear {
            step_bake: minutes("LinearConfiguration.StepBakeTimeInMinutes"),
            step_percent: configuration
                .get("LinearConfiguration")
                .get("StepPercent")
                .int()
                .and_then(|it| u32::try_from(it).ok())
                .unwrap_or(10),
            bake,
        },
        Some("CANARY") => Strategy::Canary {
            canary_bake: minutes("CanaryConfiguration.CanaryBakeTimeInMinutes"),
            bake,
        },
        _ => Strategy::Replica,
    })
}

/// How many tasks: what the service says, or else the least that its scaling keeps, or else one.
pub(super) fn desired(
    service: Resource<'_, '_>,
    strategy: Strategy,
    notes: &mut Notes,
) -> Option<u32> {
    let desired = service.get("DesiredCount");
    if strategy == Strategy::Daemon {
        return Some(0);
    }
    if desired.is_absent() {
        let targets = service
            .stack()
            .of("AWS::ApplicationAutoScaling::ScalableTarget");
        let mut targets = targets.filter(|it| mentions(*it, service));
        if let Some(target) = targets.next() {
            return notes.number(&target.get("MinCapacity"), 1);
        }
    }
    notes.number(&desired, 1)
}

/// Whether a resource of the same stack refers to another one anywhere.
pub(super) fn mentions(one: Resource<'_, '_>, other: Resource<'_, '_>) -> bool {
    let same_stack = one.stack().number() == other.stack().number();
    let in_text = format!("${{{}", other.id());
    let mut found = false;
    for (_, expr) in one.raw().body().iter() {
        expr.each(&mut |it| {
            found |= match it.refers_to() {
                Some((id, _)) if same_stack => id == other.id(),
                // A parameter or an import may lead to it.
                Some(_) => false,
                None => same_stack && it.as_str().is_some_and(|it| it.contains(&in_text)),
            };
        });
    }
    found
}

/// How instances are chosen.
fn preferences(service: Resource<'_, '_>, notes: &mut Notes) -> Vec<Preference> {
    let strategies = service.get("PlacementStrategies");
    let mut preferences = Vec::new();
    for it in strategies.items() {
        let field = it
            .get("Field")
            .text()
            .unwrap_or_default()
            .to_ascii_lowercase();
        preferences.push(match it.get("Type").text() {
            Some("spread") if field.contains("instanceid") || field == "host" => {
                Preference::SpreadInstances
            }
            Some("spread") => Preference::SpreadZones,
            Some("binpack") if field == "cpu" => Preference::BinpackCpu,
            Some("binpack") => Preference::BinpackMemory,
            _ => Preference::Random,
        });
    }
    if preferences.is_empty() {
        if !strategies.is_known() {
            notes.assume("tasks are spread over zones and instances".to_owned());
        }
        preferences = vec![Preference::SpreadZones, Preference::SpreadInstances];
    }
    preferences
}

fn is_distinct(service: Resource<'_, '_>, notes: &mut Notes) -> bool {
    let constraints = service.get("PlacementConstraints");
    if !constraints.has_known_items() {
        notes.unknown(&constraints);
        return false;
    }
    let distinct =
        |it: &crate::model::View<'_, '_>| it.get("Type").text() == Some("distinctInstance");
    constraints.items().iter().any(distinct)
}
