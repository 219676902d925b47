//! CloudFormation's intrinsic functions and pseudo parameters, typed.
//!
//! `Ref` and `Fn::GetAtt` are handles and their methods; `Fn::Sub` is [`sub!`](crate::sub);
//! `Fn::If` needs a [`Condition`](crate::Condition) with a name, `Fn::FindInMap` a [`Mapping`](crate::Mapping).
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>

use super::{Expr, IntoValue, Json, List, Object, Value};
use crate::build::{Mapping, NamedCondition};

/// `Fn::If`: one of two values of the same type.
///
/// ```
/// use stack_core::prelude::*;
/// let mut app = App::new();
/// let mut stack = app.stack("Web");
/// let is_production = stack.condition("IsProduction", Condition::equals(pseudo::account_id(), "111122223333"));
/// let count: Value<i64> = if_else(is_production, 4, 1);
/// ```
pub fn if_else<T>(
    condition: NamedCondition,
    then: impl IntoValue<T>,
    otherwise: impl IntoValue<T>,
) -> Value<T> {
    let arms = [
        condition.name(),
        then.into_value().into_expr(),
        otherwise.into_value().into_expr(),
    ];
    Value::from_expr(Expr::function("Fn::If", arms))
}

/// `AWS::NoValue`: as one arm of [`if_else`], leaves the property out.
pub fn no_value<T>() -> Value<T> {
    Value::from_expr(Expr::function("Ref", Expr::from("AWS::NoValue")))
}

/// `Fn::Join`: the items with a delimiter between them.
pub fn join(delimiter: &'static str, items: impl IntoValue<List<String>>) -> Value<String> {
    let items = items.into_value().into_expr();
    Value::from_expr(Expr::function("Fn::Join", [Expr::from(delimiter), items]))
}

/// `Fn::Split`: text cut at every delimiter.
pub fn split(delimiter: &'static str, text: impl IntoValue<String>) -> Value<List<String>> {
    let text = text.into_value().into_expr();
    Value::from_expr(Expr::function("Fn::Split", [Expr::from(delimiter), text]))
}

/// `Fn::Select`: the item at `index`, counted from 0. An index past the end fails at deployment.
pub fn select<T>(index: u32, items: impl IntoValue<List<T>>) -> Value<T> {
    let index = Expr::Int(index.into());
    Value::from_expr(Expr::function(
        "Fn::Select",
        [index, items.into_value().into_expr()],
    ))
}

/// `Fn::Base64`: text encoded for user data.
pub fn base64(text: impl IntoValue<String>) -> Value<String> {
    Value::from_expr(Expr::function("Fn::Base64", text.into_value().into_expr()))
}

/// `Fn::GetAZs` of the stack's own region: the names of the zones that have a default subnet.
pub fn availability_zones() -> Value<List<String>> {
    Value::from_expr(Expr::function("Fn::GetAZs", Expr::from("")))
}

/// `Fn::Cidr`: `count` (1–256) blocks with `host_bits` host bits each, cut from a block.
pub fn cidr_blocks(
    block: impl IntoValue<String>,
    count: u32,
    host_bits: u32,
) -> Value<List<super::Cidr>> {
    let block = block.into_value().into_expr();
    let arguments = [block, Expr::Int(count.into()), Expr::Int(host_bits.into())];
    Value::from_expr(Expr::function("Fn::Cidr", arguments))
}

/// `Fn::FindInMap`: a value of a mapping, by its two keys.
pub fn find_in_map<T>(
    mapping: Mapping,
    top: impl IntoValue<String>,
    second: impl IntoValue<String>,
) -> Value<T> {
    let arguments = [
        mapping.name(),
        top.into_value().into_expr(),
        second.into_value().into_expr(),
    ];
    Value::from_expr(Expr::function("Fn::FindInMap", arguments))
}

/// `Fn::Length`: how many items a list has. Adds the transform `AWS::LanguageExtensions`.
pub fn length<T>(items: impl IntoValue<List<T>>) -> Value<i64> {
    Value::from_expr(Expr::function("Fn::Length", items.into_value().into_expr()))
}

/// `Fn::ToJsonString`: an object as JSON text. Adds the transform `AWS::LanguageExtensions`.
pub fn to_json_string(value: impl IntoValue<Json>) -> Value<String> {
    Value::from_expr(Expr::function(
        "Fn::ToJsonString",
        value.into_value().into_expr(),
    ))
}

/// `Fn::ImportValue`: an export of a stack outside the app. For one of the app's own stacks, use its
/// handle and [`Value::by_export`].
pub fn import_value<T>(name: impl IntoValue<String>) -> Value<T> {
    Value::from_expr(Expr::function(
        "Fn::ImportValue",
        name.into_value().into_expr(),
    ))
}

/// `Fn::GetStackOutput`: an output of a stack outside the app, read when the stack is deployed. For
/// one of the app's own stacks, use its handle and [`Value::by_stack_output`].
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html>
///
/// ```
/// use stack_core::prelude::*;
/// let vpc: Value<VpcId> = StackOutput::new("network", "VpcId").region("eu-west-1").get();
/// ```
#[derive(Clone, Debug)]
pub struct StackOutput {
    arguments: Object,
}

impl StackOutput {
    /// The output of this name of the stack of this name, in the same account and region.
    pub fn new(stack: impl IntoValue<String>, output: impl IntoValue<String>) -> StackOutput {
        StackOutput {
            arguments: Object::from_iter([
                ("StackName", stack.into_value().into_expr()),
                ("OutputName", output.into_value().into_expr()),
            ]),
        }
    }

    /// The region the other stack is in, when it is not this stack's.
    pub fn region(mut self, region: impl IntoValue<String>) -> StackOutput {
        self.arguments
            .set("Region", region.into_value().into_expr());
        self
    }

    /// The role that may describe the other stack; needed when it is in another account.
    pub fn role_arn(mut self, role: impl IntoValue<String>) -> StackOutput {
        self.arguments.set("RoleArn", role.into_value().into_expr());
        self
    }

    /// The value.
    pub fn get<T>(self) -> Value<T> {
        Value::from_expr(Expr::function("Fn::GetStackOutput", self.arguments))
    }
}

/// `Fn::Transform`: the result of a macro.
pub fn transform<T>(name: &'static str, parameters: Object) -> Value<T> {
    let call = Object::from_iter([
        ("Name", Expr::from(name)),
        ("Parameters", Expr::Object(parameters)),
    ]);
    Value::from_expr(Expr::function("Fn::Transform", call))
}

/// What CloudFormation knows about the stack being deployed.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>
pub mod pseudo {
    use super::{Expr, List, Value};

    fn reference<T>(name: &'static str) -> Value<T> {
        Value::from_expr(Expr::function("Ref", Expr::from(name)))
    }

    /// The account, twelve digits.
    pub fn account_id() -> Value<String> {
        reference("AWS::AccountId")
    }
    /// The region, such as `eu-west-1`.
    pub fn region() -> Value<String> {
        reference("AWS::Region")
    }
    /// The partition, `aws`, `aws-cn` or `aws-us-gov`: the second part of every ARN.
    pub fn partition() -> Value<String> {
        reference("AWS::Partition")
    }
    /// The domain of AWS's endpoints, `amazonaws.com` in most regions.
    pub fn url_suffix() -> Value<String> {
        reference("AWS::URLSuffix")
    }
    /// The stack's name.
    pub fn stack_name() -> Value<String> {
        reference("AWS::StackName")
    }
    /// The stack's ARN.
    pub fn stack_id() -> Value<String> {
        reference("AWS::StackId")
    }
    /// The topics that hear of the stack's events.
    pub fn notification_arns() -> Value<List<String>> {
        reference("AWS::NotificationARNs")
    }
}
