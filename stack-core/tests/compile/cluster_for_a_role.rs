use stack_core::aws::ecs;
use stack_core::prelude::*;

fn main() {
    let mut app = App::new();
    let mut stack = app.stack("Shop");
    let cluster = stack.add("Cluster", ecs::Cluster::new());
    let _ = ecs::TaskDefinition::new().execution_role_arn(cluster);
}
