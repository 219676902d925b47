//! Programs of stacks, as users would write them, for the cases to run.

mod broken;
mod clash;
#[cfg(feature = "aws")]
pub(crate) mod cloud;
mod configured;
mod crowd;
mod hostile;
mod mistaken;
#[cfg(feature = "aws")]
mod services;
mod shop;
#[cfg(feature = "aws")]
mod store;

use std::process::ExitCode;

use stack_core::App;

/// Runs the program of this name with the arguments of this process.
pub(crate) fn run(name: &str) -> ExitCode {
    #[cfg(feature = "aws")]
    if let Ok(words) = std::env::var("SERVICES") {
        return stack_cli::run_against(program(name), &services::Fake::of(&words));
    }
    #[cfg(feature = "aws")]
    if let Ok(words) = std::env::var("CLOUD") {
        return stack_cli::run_against(program(name), &cloud::Fake::of(&words));
    }
    match name {
        "configured" => stack_cli::run_with(configured::define),
        name => stack_cli::run(program(name)),
    }
}

/// What a program defines.
fn program(name: &str) -> fn(&mut App) {
    match name {
        "shop" => shop::define,
        // What `shop` is after a stack was taken out.
        "smaller-shop" => shop::define_base,
        #[cfg(feature = "aws")]
        "store" => store::define,
        #[cfg(feature = "aws")]
        "larger-store" => store::larger,
        #[cfg(feature = "aws")]
        "replaced-store" => store::replaced,
        #[cfg(feature = "aws")]
        "leaky-store" => store::leaky,
        #[cfg(feature = "aws")]
        "other-store" => store::other,
        #[cfg(feature = "aws")]
        "services" => services::shop::program,
        "broken" => broken::define,
        "hostile" => hostile::define,
        "mistaken" => mistaken::define,
        "accepted" => mistaken::define_accepted,
        "clash" => clash::define,
        "fleet" => crowd::fleet,
        "crowd" => crowd::define,
        "empty" => |_| (),
        other => panic!("no program {other}"),
    }
}
