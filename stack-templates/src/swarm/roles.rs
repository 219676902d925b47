//! What the instances of a swarm may do, and who starts it.

use stack_core::aws::kinds::KmsKeyArn;
use stack_core::aws::policy::{PolicyDocument, Principal, Statement};
use stack_core::aws::{dynamodb, iam, secrets_manager};
use stack_core::prelude::*;
use stack_core::sub;

use crate::encryption::use_through;
use crate::item_table::item_table;

/// One item, written on the condition that there is none. It must outlive no swarm and no swarm it:
/// who loses all managers for good deletes the item, and the next manager starts anew.
pub(super) fn lock(encryption: Option<Value<KmsKeyArn>>) -> dynamodb::Table {
    item_table("Id", encryption)
}

/// A manager starts the swarm or joins it, publishes both tokens, says that it is alive, and lets
/// instances of the swarm go.
pub(super) fn manager(
    name: &Value<String>,
    lock: Ref<dynamodb::Table>,
    manager_token: Ref<secrets_manager::Secret>,
    worker_token: Ref<secrets_manager::Secret>,
    key: Option<Value<KmsKeyArn>>,
) -> iam::Role {
    let read_groups = Statement::allow()
        .actions(["autoscaling:DescribeAutoScalingGroups"])
        .resources(["*"]);
    // Their names are AWS's making; the tag says which are the swarm's.
    let groups = Statement::allow()
        .actions([
            "autoscaling:CompleteLifecycleAction",
            "autoscaling:RecordLifecycleActionHeartbeat",
            "autoscaling:SetInstanceHealth",
        ])
        .resources([sub!(
            "arn:${AWS::Partition}:autoscaling:${AWS::Region}:${AWS::AccountId}:autoScalingGroup:*:autoScalingGroupName/*"
        )])
        .condition("StringEquals", "autoscaling:ResourceTag/swarm", name.clone());
    let tokens = Statement::allow()
        .actions([
            "secretsmanager:GetSecretValue",
            "secretsmanager:PutSecretValue",
        ])
        .resources([manager_token.reference(), worker_token.reference()]);
    let metrics = Statement::allow()
        .actions(["cloudwatch:PutMetricData"])
        .resources(["*"])
        .condition("StringEquals", "cloudwatch:namespace", "Swarm");
    let lock = Statement::allow()
        .actions(["dynamodb:PutItem", "dynamodb:UpdateItem"])
        .resources([lock.arn()]);
    let key = key.map(|it| use_through(it, &["dynamodb", "secretsmanager"]));
    let statements = [lock, tokens, read_groups, groups, metrics];
    node("Manage", statements.into_iter().chain(key))
}

/// A worker reads its token and nothing else.
pub(super) fn worker(
    token: Ref<secrets_manager::Secret>,
    permissions: &[Statement],
    key: Option<Value<KmsKeyArn>>,
) -> iam::Role {
    let token = Statement::allow()
        .actions(["secretsmanager:GetSecretValue"])
        .resources([token.reference()]);
    let key = key.map(|it| use_through(it, &["secretsmanager"]));
    let statements = [token].into_iter().chain(key);
    node("Work", statements.chain(permissions.iter().cloned()))
}

/// Session Manager in the place of SSH, and the signal to CloudFormation.
fn node(policy: &str, statements: impl IntoIterator<Item = Statement>) -> iam::Role {
    let signal = Statement::allow()
        .actions(["cloudformation:SignalResource"])
        .resources([pseudo::stack_id()]);
    let statements = statements.into_iter().chain([signal]);
    iam::Role::new()
        .assume_role_policy_document(PolicyDocument::new([Statement::allow()
            .principal(Principal::service("ec2.amazonaws.com"))
            .actions(["sts:AssumeRole"])]))
        .managed_policy_arns([kinds::ManagedPolicyArn::existing(sub!(
            "arn:${AWS::Partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"
        ))])
        .policies([iam::role::Policy::new()
            .policy_name(policy)
            .policy_document(PolicyDocument::new(statements))])
}
