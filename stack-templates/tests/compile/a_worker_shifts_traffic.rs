use stack_core::prelude::*;
use stack_templates::*;

fn queue(stack: &mut Scope<'_>, network: NetworkPlan, cluster: ClusterHandle, image: Image) {
    let queue = Worker::on_fargate(network, cluster, image, task_size!(256, 512))
        .shift(TrafficShift::canary(5, minutes(5)));
    stack.add("Queue", queue);
}

fn main() {}
