use stack_core::prelude::*;
use stack_templates::*;

fn api(stack: &mut Scope<'_>, network: NetworkPlan, cluster: ClusterHandle, home: TaskHomeHandle) {
    let task = home.registered("/shop/api/task-definition");
    let api = DeployedService::on_fargate(network, cluster, task, port!(8080)).env("STAGE", "it");
    stack.add("Api", api);
}

fn main() {}
