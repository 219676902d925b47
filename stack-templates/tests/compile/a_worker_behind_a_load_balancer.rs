use stack_templates::*;

fn expose(worker: Worker, edge: PublicEntry) -> Worker {
    worker.behind(edge.path("/*"))
}

fn main() {}
