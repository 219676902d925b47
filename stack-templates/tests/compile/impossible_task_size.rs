//! Fargate offers no task with a quarter of a vCPU and 8 GiB.
use stack_templates::{TaskSize, task_size};

const API: TaskSize = task_size!(256, 8192);

fn main() {
    println!("{API}");
}
