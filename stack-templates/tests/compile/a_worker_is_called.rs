use stack_core::prelude::*;
use stack_templates::*;

fn wire(stack: &mut Scope<'_>, nginx: RunningService, queue: RunningWorker) {
    stack.add("NginxToQueue", allow(nginx, queue));
}

fn main() {}
