//! One file and one page for each rule. A new one is a line in each of the two lists.

use super::Rule;

mod absent_resource;
mod access_logs_bucket;
mod action_resource;
mod address_type;
mod admin_policy;
mod alarm;
mod alias_name_record;
mod alias_record;
mod awslogs_options;
mod balancer_as_target;
mod balancer_attribute;
mod balancer_name;
mod balancer_quota;
mod balancer_subnets;
mod balancer_without_groups;
mod balancer_zones;
mod blocked_path;
mod blue_green_deployment;
mod capacity_provider;
mod capacity_provider_not_in_cluster;
mod certificate_region;
mod certificate_validation;
mod circuit_breaker_without_rollback;
mod circular_dependency;
mod classic_balancer;
mod closed_target_port;
mod cluster_failover;
mod codedeploy_group;
mod condition_limits;
mod constant_condition;
mod container_dependency;
mod container_health_check;
mod container_value;
mod container_without_memory;
mod daemon_service;
mod data_lost_with_stack;
mod database_setting;
mod database_zones;
mod deletion_policy;
mod dependent_property;
mod desired_count_outside_scaling;
mod discovery_service;
mod duplicate_container_name;
mod duplicate_export;
mod duplicate_group_rule;
mod duplicate_identity;
mod duplicate_item;
mod duplicate_port_name;
mod duplicate_record;
mod duplicate_secret;
mod duplicate_variable;
mod dynamic_port_health_check;
mod dynamic_reference;
mod ecr_expires_by_age;
mod ecr_expires_former;
mod ecr_lifecycle_policy;
mod ecr_repository;
mod efs_mount_target;
mod efs_volume;
mod ephemeral_storage_range;
mod exclusive_properties;
mod exec_read_only;
mod exec_without_permission;
mod exec_without_task_role;
mod execution_role_permission;
mod exposed_to_internet;
mod fargate_network_mode;
mod fargate_placement;
mod fargate_size;
mod fargate_unsupported;
mod firelens_router;
mod fixed_service_name;
mod function_not_allowed;
mod function_shape;
mod group_quota;
mod group_rule;
mod group_size;
mod health_check_command;
mod health_check_reach;
mod host_port_mismatch;
mod idle_grace_period;
mod image_reference;
mod import_of_resource;
mod incompatible_launch_type;
mod instance_cannot_register;
mod instance_image;
mod instance_in_another_cluster;
mod interface_metadata;
mod item_count;
mod key_pattern;
mod lambda_runtime;
mod launch_configuration;
mod launch_template;
mod launch_type_with_strategy;
mod length;
mod list_for_text;
mod listener_actions;
mod listener_certificate;
mod listener_port;
mod listener_protocol;
mod listener_race;
mod log_group_without_retention;
mod managed_policy_path;
mod managed_termination_protection;
mod mapping_shape;
mod memory_reservation_above_limit;
mod missing_alternative;
mod missing_capacity_dependency;
mod missing_circuit_breaker;
mod missing_execution_role;
mod missing_listener_dependency;
mod missing_signal;
mod missing_transform;
mod nat_gateway;
mod network_configuration;
mod network_mode_unsupported;
mod no_capacity;
mod no_essential_container;
mod not_allowed_value;
mod one_of;
mod open_policy;
mod open_to_the_world;
mod other_network;
mod other_platform;
mod out_of_range;
mod output_shape;
mod parameter_default;
mod parameter_shape;
mod pass_any_role;
mod pattern;
mod placeholder_without_sub;
mod placement;
mod plain_secret;
mod platform_version;
mod policy_document;
mod port_taken_twice;
mod private_zone;
mod privileged_container;
mod property_count;
mod public_bucket;
mod public_ip_on_instances;
mod range;
mod read_only_property;
mod record_name;
mod record_outside_zone;
mod record_routing;
mod record_value;
mod reference_of_wrong_kind;
mod required_property;
mod resource_shape;
mod restart_loop;
mod role_trust;
mod rollout_deadlock;
mod rule_condition;
mod rule_priority;
mod same_name;
mod scalable_target_resource;
mod scaled_desired_count;
mod scaling_policy;
mod scaling_range;
mod schedule_expression;
mod service_connect_namespace;
mod service_connect_port;
mod service_registry;
mod service_role;
mod service_without_listener;
mod shadowed_rule;
mod shared_role;
mod slow_rollout;
mod spot_deregistration;
mod spot_without_draining;
mod ssl_policy;
mod subnet_association;
mod subnet_range;
mod subscription_endpoint;
mod table_keys;
mod tag_key;
mod target_group_protocol;
mod target_health_check;
mod target_type;
mod task_smaller_than_containers;
mod template_limits;
mod template_shape;
mod too_many_containers;
mod ulimit_range;
mod unattached_gateway;
mod unattached_target_group;
mod undeclared_volume;
mod unexposed_target_port;
mod unknown_attribute;
mod unknown_condition;
mod unknown_dependency;
mod unknown_map_key;
mod unknown_property;
mod unknown_reference;
mod unknown_resource_type;
mod unpinned_image;
mod unused_condition;
mod unused_mapping;
mod unused_parameter;
mod unused_volume;
mod update_policy;
mod user_data_size;
mod vpc_endpoint;
mod windows_unsupported;
mod wrong_type;
mod zone_crossing;
mod zone_rebalancing;

/// All rules, sorted by code.
pub const RULES: &[Rule] = &[
    absent_resource::RULE,
    access_logs_bucket::RULE,
    action_resource::RULE,
    address_type::RULE,
    admin_policy::RULE,
    alarm::RULE,
    alias_name_record::RULE,
    alias_record::RULE,
    awslogs_options::RULE,
    balancer_as_target::RULE,
    balancer_attribute::RULE,
    balancer_name::RULE,
    balancer_quota::RULE,
    balancer_subnets::RULE,
    balancer_without_groups::RULE,
    balancer_zones::RULE,
    blocked_path::RULE,
    blue_green_deployment::RULE,
    capacity_provider::RULE,
    capacity_provider_not_in_cluster::RULE,
    certificate_region::RULE,
    certificate_validation::RULE,
    circuit_breaker_without_rollback::RULE,
    circular_dependency::RULE,
    classic_balancer::RULE,
    closed_target_port::RULE,
    cluster_failover::RULE,
    codedeploy_group::RULE,
    condition_limits::RULE,
    constant_condition::RULE,
    container_dependency::RULE,
    container_health_check::RULE,
    container_value::RULE,
    container_without_memory::RULE,
    daemon_service::RULE,
    data_lost_with_stack::RULE,
    database_setting::RULE,
    database_zones::RULE,
    deletion_policy::RULE,
    dependent_property::RULE,
    desired_count_outside_scaling::RULE,
    discovery_service::RULE,
    duplicate_container_name::RULE,
    duplicate_export::RULE,
    duplicate_group_rule::RULE,
    duplicate_identity::RULE,
    duplicate_item::RULE,
    duplicate_port_name::RULE,
    duplicate_record::RULE,
    duplicate_secret::RULE,
    duplicate_variable::RULE,
    dynamic_port_health_check::RULE,
    dynamic_reference::RULE,
    ecr_expires_by_age::RULE,
    ecr_expires_former::RULE,
    ecr_lifecycle_policy::RULE,
    ecr_repository::RULE,
    efs_mount_target::RULE,
    efs_volume::RULE,
    ephemeral_storage_range::RULE,
    exclusive_properties::RULE,
    exec_read_only::RULE,
    exec_without_permission::RULE,
    exec_without_task_role::RULE,
    execution_role_permission::RULE,
    exposed_to_internet::RULE,
    fargate_network_mode::RULE,
    fargate_placement::RULE,
    fargate_size::RULE,
    fargate_unsupported::RULE,
    firelens_router::RULE,
    fixed_service_name::RULE,
    function_not_allowed::RULE,
    function_shape::RULE,
    group_quota::RULE,
    group_rule::RULE,
    group_size::RULE,
    health_check_command::RULE,
    health_check_reach::RULE,
    host_port_mismatch::RULE,
    idle_grace_period::RULE,
    image_reference::RULE,
    import_of_resource::RULE,
    incompatible_launch_type::RULE,
    instance_cannot_register::RULE,
    instance_image::RULE,
    instance_in_another_cluster::RULE,
    interface_metadata::RULE,
    item_count::RULE,
    key_pattern::RULE,
    lambda_runtime::RULE,
    launch_configuration::RULE,
    launch_template::RULE,
    launch_type_with_strategy::RULE,
    length::RULE,
    list_for_text::RULE,
    listener_actions::RULE,
    listener_certificate::RULE,
    listener_port::RULE,
    listener_protocol::RULE,
    listener_race::RULE,
    log_group_without_retention::RULE,
    managed_policy_path::RULE,
    managed_termination_protection::RULE,
    mapping_shape::RULE,
    memory_reservation_above_limit::RULE,
    missing_alternative::RULE,
    missing_capacity_dependency::RULE,
    missing_circuit_breaker::RULE,
    missing_execution_role::RULE,
    missing_listener_dependency::RULE,
    missing_signal::RULE,
    missing_transform::RULE,
    nat_gateway::RULE,
    network_configuration::RULE,
    network_mode_unsupported::RULE,
    no_capacity::RULE,
    no_essential_container::RULE,
    not_allowed_value::RULE,
    one_of::RULE,
    open_policy::RULE,
    open_to_the_world::RULE,
    other_network::RULE,
    other_platform::RULE,
    out_of_range::RULE,
    output_shape::RULE,
    parameter_default::RULE,
    parameter_shape::RULE,
    pass_any_role::RULE,
    pattern::RULE,
    placeholder_without_sub::RULE,
    placement::RULE,
    plain_secret::RULE,
    platform_version::RULE,
    policy_document::RULE,
    port_taken_twice::RULE,
    private_zone::RULE,
    privileged_container::RULE,
    property_count::RULE,
    public_bucket::RULE,
    public_ip_on_instances::RULE,
    range::RULE,
    read_only_property::RULE,
    record_name::RULE,
    record_outside_zone::RULE,
    record_routing::RULE,
    record_value::RULE,
    reference_of_wrong_kind::RULE,
    required_property::RULE,
    resource_shape::RULE,
    restart_loop::RULE,
    role_trust::RULE,
    rollout_deadlock::RULE,
    rule_condition::RULE,
    rule_priority::RULE,
    same_name::RULE,
    scalable_target_resource::RULE,
    scaled_desired_count::RULE,
    scaling_policy::RULE,
    scaling_range::RULE,
    schedule_expression::RULE,
    service_connect_namespace::RULE,
    service_connect_port::RULE,
    service_registry::RULE,
    service_role::RULE,
    service_without_listener::RULE,
    shadowed_rule::RULE,
    shared_role::RULE,
    slow_rollout::RULE,
    spot_deregistration::RULE,
    spot_without_draining::RULE,
    ssl_policy::RULE,
    subnet_association::RULE,
    subnet_range::RULE,
    subscription_endpoint::RULE,
    table_keys::RULE,
    tag_key::RULE,
    target_group_protocol::RULE,
    target_health_check::RULE,
    target_type::RULE,
    task_smaller_than_containers::RULE,
    template_limits::RULE,
    template_shape::RULE,
    too_many_containers::RULE,
    ulimit_range::RULE,
    unattached_gateway::RULE,
    unattached_target_group::RULE,
    undeclared_volume::RULE,
    unexposed_target_port::RULE,
    unknown_attribute::RULE,
    unknown_condition::RULE,
    unknown_dependency::RULE,
    unknown_map_key::RULE,
    unknown_property::RULE,
    unknown_reference::RULE,
    unknown_resource_type::RULE,
    unpinned_image::RULE,
    unused_condition::RULE,
    unused_mapping::RULE,
    unused_parameter::RULE,
    unused_volume::RULE,
    update_policy::RULE,
    user_data_size::RULE,
    vpc_endpoint::RULE,
    windows_unsupported::RULE,
    wrong_type::RULE,
    zone_crossing::RULE,
    zone_rebalancing::RULE,
];
