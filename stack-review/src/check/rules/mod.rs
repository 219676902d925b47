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
    absent_resource,
    circular_dependency,
    dependent_property,
    duplicate_item,
    exclusive_properties,
    item_count,
    key_pattern,
    length,
    not_allowed_value,
    one_of,
    pattern,
    property_count,
    range,
    read_only_property,
    required_property,
    same_name,
    unexposed_target_port,
    unknown_attribute,
    unknown_condition,
    unknown_dependency,
    unknown_map_key,
    unknown_property,
    unknown_reference,
    unused_condition,
    unused_mapping,
    unused_parameter,
    wrong_type,
}
