use stack_core::aws::ec2;

fn main() {
    let _ = ec2::Vpc::new().cidr_block("10.0.0.0/16");
}
