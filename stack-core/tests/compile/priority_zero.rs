fn main() {
    let _ = stack_core::priority!(0);
}
