use stack_core::prelude::*;
use stack_templates::*;

fn agent(stack: &mut Scope<'_>, network: NetworkPlan, capacity: CapacityHandle, image: Image) {
    let agent = Daemon::new(network, capacity, image, 128, mib(256)).rolling(100, 200);
    stack.add("Agent", agent);
}

fn main() {}
