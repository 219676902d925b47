use stack_core::aws::ecs;

fn main() {
    let container = ecs::task_definition::ContainerDefinition::new().name("web");
    let _ = ecs::TaskDefinition::new().container_definitions([container]);
}
