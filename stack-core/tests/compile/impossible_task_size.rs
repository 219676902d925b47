fn main() {
    let _ = stack_core::task_size!(256, 8192);
}
