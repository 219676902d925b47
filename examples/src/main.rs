//! `cargo run -- synth`: the templates of all example systems.

fn main() -> std::process::ExitCode {
    stack_cli::run(systems::define)
}
