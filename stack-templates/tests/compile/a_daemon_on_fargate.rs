use stack_core::prelude::*;
use stack_templates::*;

fn agent(stack: &mut Scope<'_>, network: NetworkPlan, cluster: ClusterHandle, image: Image) {
    let agent = Daemon::new(network, cluster, image, 128, mib(256));
    stack.add("Agent", agent);
}

fn main() {}
