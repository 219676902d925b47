fn main() {
    let _ = stack_core::cidr!("10.0.0.1/16");
}
