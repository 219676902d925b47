//! One file and one page for each rule.

use super::Rule;

macro_rules! rules {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*
        /// All rules, sorted by code.
        pub const RULES: &[Rule] = &[$($module::RULE),*];
    };
}

rules! {
    blocked_path,
    exposed_to_internet,
    restart_loop,
    rollout_deadlock,
    slow_rollout,
    unexposed_target_port,
}
