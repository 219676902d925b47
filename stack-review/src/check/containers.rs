//! Tasks, services and where they run, as the rules about containers ask for them.

use crate::model::{Resource, Stack, Value, View};

pub(super) const TASK: &str = "AWS::ECS::TaskDefinition";
pub(super) const SERVICE: &str = "AWS::ECS::Service";
pub(super) const CLUSTER: &str = "AWS::ECS::Cluster";
pub(super) const TARGET_GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";
pub(super) const PROVIDER: &str = "AWS::ECS::CapacityProvider";
pub(super) const ASSOCIATION: &str = "AWS::ECS::ClusterCapacityProviderAssociations";

/// Every container with its task definition.
pub(super) fn each_container<'e, 'a>(
    stack: Stack<'e, 'a>,
) -> impl Iterator<Item = (Resource<'e, 'a>, View<'e, 'a>)> {
    stack.of(TASK).flat_map(|task| {
        let containers = task.get("ContainerDefinitions").items();
        containers.into_iter().map(move |it| (task, it))
    })
}

/// All containers of a task; `None` when it is not known which there are.
pub(super) fn all_containers<'e, 'a>(task: Resource<'e, 'a>) -> Option<Vec<View<'e, 'a>>> {
    let containers = task.get("ContainerDefinitions");
    let list = containers.has_known_items().then(|| containers.items())?;
    // A container that a function makes is no object that can be looked into.
    let is_object = |it: &View<'_, '_>| matches!(it.value(), Value::Object(_));
    list.iter().all(is_object).then_some(list)
}

/// How messages name a container.
pub(super) fn called(container: &View<'_, '_>) -> String {
    match container.get("Name").text() {
        Some(name) => format!("container `{name}`"),
        None => "the container".to_owned(),
    }
}

/// The task definition of a service, when it is among the stacks.
pub(super) fn task_of<'e, 'a>(service: Resource<'e, 'a>) -> Option<Resource<'e, 'a>> {
    service.get("TaskDefinition").target_of(TASK)
}

/// How the containers of a task reach the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// The task has a network interface of its own.
    Awsvpc,
    Bridge,
    Host,
    None,
    /// Windows' own.
    Nat,
}

/// The network mode; `None` when it is only known at deployment.
pub(super) fn mode_of(task: Resource<'_, '_>) -> Option<Mode> {
    let mode = task.get("NetworkMode");
    match mode.text() {
        Some("awsvpc") => Some(Mode::Awsvpc),
        Some("bridge") => Some(Mode::Bridge),
        Some("host") => Some(Mode::Host),
        Some("none") => Some(Mode::None),
        Some("default") => Some(Mode::Nat),
        Some(_) => None,
        None if mode.is_absent() && is_windows(task) => Some(Mode::Nat),
        None if mode.is_absent() => Some(Mode::Bridge),
        None => None,
    }
}

/// Whether the containers are those of Windows.
pub(super) fn is_windows(task: Resource<'_, '_>) -> bool {
    let family = task.get("RuntimePlatform.OperatingSystemFamily");
    family.text().is_some_and(|it| it.starts_with("WINDOWS"))
}

/// Whether the task definition asks to be checked for this kind of capacity.
pub(super) fn requires(task: Resource<'_, '_>, compatibility: &str) -> bool {
    let list = task.get("RequiresCompatibilities").items();
    list.iter().any(|it| it.text() == Some(compatibility))
}

/// Where the tasks of a service run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Launch {
    Fargate,
    Instances,
    /// Amazon ECS Managed Instances.
    Managed,
    External,
    Unknown,
}

/// Where the tasks of a service run.
pub(super) fn launch_of(service: Resource<'_, '_>) -> Launch {
    let launch = service.get("LaunchType");
    match launch.text() {
        Some("FARGATE") => return Launch::Fargate,
        Some("EC2") => return Launch::Instances,
        Some("EXTERNAL") => return Launch::External,
        Some(_) => return Launch::Unknown,
        None if launch.is_set() => return Launch::Unknown,
        None => (),
    }
    // Task sets say it then.
    if service.get("DeploymentController.Type").text() == Some("EXTERNAL") {
        return Launch::Unknown;
    }
    let own = service.get("CapacityProviderStrategy");
    if own.is_set() {
        return launch_by(&own);
    }
    let Some(cluster) = service.get("Cluster").target_of(CLUSTER) else {
        return Launch::Unknown;
    };
    let mut defaults = vec![cluster.get("DefaultCapacityProviderStrategy")];
    defaults.extend(
        associations(service.stack(), cluster).map(|it| it.get("DefaultCapacityProviderStrategy")),
    );
    let default = defaults.into_iter().find(View::is_set);
    default.map_or(Launch::Instances, |it| launch_by(&it))
}

fn launch_by(strategy: &View<'_, '_>) -> Launch {
    if !strategy.has_known_items() {
        return Launch::Unknown;
    }
    let mut kinds = strategy.items().into_iter().map(|it| {
        let provider = it.get("CapacityProvider");
        match (provider.text(), provider.target_of(PROVIDER)) {
            (Some("FARGATE" | "FARGATE_SPOT"), _) => Launch::Fargate,
            (_, Some(it)) if it.get("AutoScalingGroupProvider").is_set() => Launch::Instances,
            (_, Some(it)) if it.get("ManagedInstancesProvider").is_set() => Launch::Managed,
            _ => Launch::Unknown,
        }
    });
    match kinds.next() {
        Some(first) if kinds.all(|it| it == first) => first,
        Some(_) => Launch::Unknown,
        None => Launch::Instances,
    }
}

/// What attaches capacity providers to a cluster: in its own stack, and in that which asks.
pub(super) fn associations<'e, 'a>(
    stack: Stack<'e, 'a>,
    cluster: Resource<'e, 'a>,
) -> impl Iterator<Item = Resource<'e, 'a>> {
    let home = cluster.stack();
    let asking = (home.number() != stack.number()).then_some(stack);
    let near = [Some(home), asking].into_iter().flatten();
    near.flat_map(|it| it.of(ASSOCIATION)).filter(move |it| {
        let named = it.get("Cluster").target_of(CLUSTER);
        named.is_some_and(|it| it.handle() == cluster.handle())
    })
}

/// The task definitions of a stack that run on Fargate: those that ask for it, and those that a
/// service of the stack launches there.
pub(super) fn fargate_tasks<'e, 'a>(
    stack: Stack<'e, 'a>,
) -> impl Iterator<Item = Resource<'e, 'a>> {
    stack.of(TASK).filter(|it| is_on_fargate(*it))
}

/// Whether a task definition is one of those.
pub(super) fn is_on_fargate(task: Resource<'_, '_>) -> bool {
    let launches = |it: Resource<'_, '_>| {
        let its = it.get("TaskDefinition").value().handle();
        its == Some(task.handle()) && launch_of(it) == Launch::Fargate
    };
    requires(task, "FARGATE") || task.stack().of(SERVICE).any(launches)
}

/// The target groups that a service registers its tasks with, each with the place that says so.
pub(super) fn target_groups<'e, 'a>(
    service: Resource<'e, 'a>,
) -> Vec<(View<'e, 'a>, Resource<'e, 'a>)> {
    let balancers = service.get("LoadBalancers").items();
    let arns = balancers.iter().map(|it| it.get("TargetGroupArn"));
    arns.filter_map(|it| {
        let group = it.target_of(TARGET_GROUP)?;
        Some((it, group))
    })
    .collect()
}

/// The load balancers a service registers with: those that are set, known or not.
pub(super) fn has_load_balancer(service: Resource<'_, '_>) -> bool {
    let list = service.get("LoadBalancers");
    !list.is_known() || !list.items().is_empty()
}
