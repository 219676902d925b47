fn main() {
    let _ = stack_core::port!(0);
}
