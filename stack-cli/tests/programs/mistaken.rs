//! Stacks that synthesize and can never run: a service for a port that its task does not have.

use stack_core::aws::ecs;
use stack_core::aws::kinds::TargetGroupArn;
use stack_core::prelude::*;

const GROUP: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:012345678901:targetgroup/web/0123456789abcdef";

pub(crate) fn define(app: &mut App) {
    let mut base = app.stack("Base");
    let port = ecs::task_definition::PortMapping::new().container_port(port!(8080));
    let container = ecs::task_definition::ContainerDefinition::new()
        .name("web")
        .image("nginx")
        .memory(mib(512))
        .port_mappings([port]);
    let task = base.add(
        "Task",
        ecs::TaskDefinition::new().container_definitions([container]),
    );
    let mut shop = app.stack("Shop");
    let target = ecs::service::LoadBalancer::new()
        .container_name("web")
        .container_port(port!(80))
        .target_group_arn(TargetGroupArn::existing(GROUP));
    shop.add(
        "Web",
        ecs::Service::new()
            .task_definition(task)
            .load_balancers([target]),
    );
}

/// The same, and it is meant.
pub(crate) fn define_accepted(app: &mut App) {
    define(app);
    let until = Day::new(2099, 12, 31).unwrap();
    let reason = "the task gets its port on Monday";
    app.accept(Accepted::new("unexposed-target-port", "Shop/Web", reason).until(until));
}
