//! A small table of DynamoDB.

use stack_core::aws::dynamodb;
use stack_core::aws::dynamodb::table as it;
use stack_core::aws::kinds::KmsKeyArn;
use stack_core::prelude::*;

/// A table of items that are found by one text, `id`. It is paid by request, can be restored to any
/// second of the last 35 days, and is encrypted with the stack's key, when it has one.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html>
pub(crate) fn item_table(id: &'static str, key: Option<Value<KmsKeyArn>>) -> dynamodb::Table {
    let hash = Object::from_iter([
        ("AttributeName", Expr::from(id)),
        ("KeyType", Expr::from("HASH")),
    ]);
    let recovery = it::PointInTimeRecoverySpecification::new().point_in_time_recovery_enabled(true);
    let encryption = it::SseSpecification::new()
        .sse_enabled(true)
        .sse_type(key.as_ref().map(|_| it::SseType::KMS))
        .kms_master_key_id(key);
    dynamodb::Table::new()
        .key_schema(Expr::List(vec![Expr::Object(hash)]))
        .attribute_definitions([it::AttributeDefinition::new()
            .attribute_name(id)
            .attribute_type(it::AttributeType::S)])
        .billing_mode(it::BillingMode::PAY_PER_REQUEST)
        .point_in_time_recovery_specification(recovery)
        .sse_specification(encryption)
}
