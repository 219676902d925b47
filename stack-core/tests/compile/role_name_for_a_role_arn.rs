use stack_core::aws::{ecs, iam};
use stack_core::prelude::*;

fn main() {
    let mut app = App::new();
    let mut stack = app.stack("Shop");
    let role = iam::Role::new().assume_role_policy_document(serde_json::json!({}));
    let role = stack.add("Role", role);
    let _ = ecs::TaskDefinition::new().execution_role_arn(role);
}
