//! Programs of stacks, as users would write them, for the cases to run.

mod broken;
mod clash;
mod configured;
mod crowd;
mod hostile;
mod mistaken;
mod shop;

use std::process::ExitCode;

/// Runs the program of this name with the arguments of this process.
pub(crate) fn run(name: &str) -> ExitCode {
    match name {
        "shop" => stack_cli::run(shop::define),
        // What `shop` is after a stack was taken out.
        "smaller-shop" => stack_cli::run(shop::define_base),
        "broken" => stack_cli::run(broken::define),
        "hostile" => stack_cli::run(hostile::define),
        "mistaken" => stack_cli::run(mistaken::define),
        "accepted" => stack_cli::run(mistaken::define_accepted),
        "clash" => stack_cli::run(clash::define),
        "fleet" => stack_cli::run(crowd::fleet),
        "crowd" => stack_cli::run(crowd::define),
        "configured" => stack_cli::run_with(configured::define),
        "empty" => stack_cli::run(|_| ()),
        other => panic!("no program {other}"),
    }
}
