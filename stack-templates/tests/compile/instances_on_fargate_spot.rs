use stack_core::prelude::*;
use stack_templates::*;

fn api(stack: &mut Scope<'_>, network: NetworkPlan, capacity: CapacityHandle, image: Image) {
    let api = Ec2Service::new(network, capacity, image, port!(8080)).spot(FargateSpot::new());
    stack.add("Api", api);
}

fn main() {}
