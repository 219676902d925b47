use stack_core::aws::ec2;
use stack_core::prelude::*;

fn main() {
    let mut app = App::new();
    let mut stack = app.stack("Shop");
    let vpc = stack.add("Vpc", ec2::Vpc::new().cidr_block(cidr!("10.0.0.0/16")));
    let group = ec2::SecurityGroup::new().group_description("web").vpc_id(vpc);
    let group = stack.add("Group", group);
    stack.add("SubnetA", ec2::Subnet::new().vpc_id(group));
}
