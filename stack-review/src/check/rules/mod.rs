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
    unexposed_target_port,
}
