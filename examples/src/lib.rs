//! The example systems, as their users would write them.

pub mod branches;
pub mod fargate;
pub mod laravel;
pub mod matrix;
pub mod swarm;

use stack_core::App;

/// A system: its name, which is its folder of snapshots, and its program.
pub type System = (&'static str, fn(&mut App));

/// Every system.
pub const SYSTEMS: &[System] = &[
    ("branches", branches::define),
    ("fargate", fargate::define),
    ("laravel", laravel::define),
    ("matrix", matrix::define),
    ("swarm", swarm::define),
];

/// All systems in one app.
pub fn define(app: &mut App) {
    for (_, define) in SYSTEMS {
        define(app);
    }
}

/// The program of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
