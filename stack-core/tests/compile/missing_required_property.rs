use stack_core::aws::ec2;
use stack_core::prelude::*;

fn main() {
    let mut app = App::new();
    let subnet = ec2::Subnet::new().cidr_block(cidr!("10.0.0.0/24"));
    app.stack("Shop").add("SubnetA", subnet);
}
