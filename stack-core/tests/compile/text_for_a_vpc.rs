use stack_core::aws::ec2;

fn main() {
    let _ = ec2::Subnet::new().vpc_id("vpc-0123456789abcdef0");
}
