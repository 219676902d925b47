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
    function_not_allowed,
    function_shape,
    item_count,
    key_pattern,
    length,
    mapping_shape,
    missing_transform,
    not_allowed_value,
    one_of,
    output_shape,
    parameter_default,
    parameter_shape,
    pattern,
    property_count,
    range,
    read_only_property,
    required_property,
    resource_shape,
    same_name,
    template_limits,
    template_shape,
    unexposed_target_port,
    unknown_attribute,
    unknown_condition,
    unknown_dependency,
    unknown_map_key,
    unknown_property,
    unknown_reference,
    unknown_resource_type,
    unused_condition,
    unused_mapping,
    unused_parameter,
    wrong_type,
}
