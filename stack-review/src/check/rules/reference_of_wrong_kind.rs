//! A reference that gives another thing than the property takes.

use stack_core::Severity;

use crate::check::related;
use crate::check::{Report, Rule};
use crate::model::Call;
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "reference-of-wrong-kind",
    severity: Severity::Error,
    page: include_str!("reference_of_wrong_kind.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let calls = stack.calls();
    let entries = stack.entries();
    for mention in &calls.mentions {
        let (Some(number), Some(call)) = (mention.target, calls.all.get(mention.call)) else {
            continue;
        };
        // What is a part of a text is another thing than it was.
        let mut outer = calls.outer(call);
        while let Some(it) = outer.filter(|it| it.name == "Fn::If") {
            outer = calls.outer(it);
        }
        if outer.is_some()
            || !matches!(call.name, "Ref" | "Fn::GetAtt")
            || call.owner.part != "Properties"
            || call.owner.section != "Resources"
        {
            continue;
        }
        let Some(target) = entries.get(number) else {
            continue;
        };
        let kind = target.kind;
        let plain = related::is_as_called(call.field, kind, mention.attribute);
        // Of what is as it is called, few fields mind what is given.
        let told = match mention.attribute {
            None => call.field == "Role",
            given => {
                related::may_take_names(call.field)
                    || (call.outer.is_none() && suspect(call.field, kind, given).is_some())
            }
        };
        if plain && !told {
            continue;
        }
        // The fields that are judged by their name end so.
        let by_name = [
            "Arn", "ARN", "Role", "Id", "Ids", "Name", "group", "Bucket", "Token",
        ]
        .iter()
        .any(|it| call.field.ends_with(it));
        if plain && !by_name && (call.field != "Roles" || mention.attribute.is_none()) {
            continue;
        }
        let Some((id, attribute)) = call.expr.refers_to() else {
            continue;
        };
        let Some(owner) = stack.written(call.owner.id) else {
            continue;
        };
        if by_name
            && call.outer.is_none()
            && let Some((field, wrong)) = suspect(call.field, kind, attribute)
        {
            tell(stack, report, call, owner.kind(), field, id, wrong);
        } else if let Some((wrong, repair)) =
            related::wrong(stack, call, owner.kind(), target.view, attribute)
        {
            report.here(stack.place_of_call(call), wrong, repair);
        }
    }
}

/// What is wrong with a reference in a field of this name.
fn suspect<'a>(
    field: &'a str,
    kind: &str,
    attribute: Option<&str>,
) -> Option<(&'a str, &'static str)> {
    let wrong = match (kind, attribute) {
        ("AWS::IAM::Role", None)
            if field.ends_with("RoleArn") || field.ends_with("RoleARN") || field == "Role" =>
        {
            "`Ref` of a role, gives its name, and an ARN is wanted"
        }
        ("AWS::EC2::SecurityGroup", Some("GroupName"))
            if field.ends_with("SecurityGroupId") || field == "SecurityGroupIds" =>
        {
            "the name of a security group, and its id is wanted"
        }
        ("AWS::Logs::LogGroup", Some("Arn"))
            if field == "LogGroupName" || field == "awslogs-group" =>
        {
            "the ARN of a log group, and its name is wanted"
        }
        ("AWS::S3::Bucket", Some("Arn")) if field == "Bucket" || field == "BucketName" => {
            "the ARN of a bucket, and its name is wanted"
        }
        ("AWS::SQS::Queue", None)
            if field == "TargetArn" || field == "deadLetterTargetArn" || field == "QueueArn" =>
        {
            "`Ref` of a queue, gives its URL, and an ARN is wanted"
        }
        ("AWS::EC2::VPC", _) if field == "SubnetId" => "a network, and a subnet is wanted",
        ("AWS::EC2::Subnet", None) if field == "VpcId" => "a subnet, and a network is wanted",
        ("AWS::EC2::SecurityGroup", None) if field == "VpcId" || field == "SubnetId" => {
            "a security group, and a network is wanted"
        }
        ("AWS::IAM::Role" | "AWS::S3::Bucket" | "AWS::EC2::InternetGateway", None)
            if field == "VpcId" =>
        {
            "no network, and one is wanted"
        }
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", Some("DNSName"))
            if field == "LoadBalancerArn" =>
        {
            "the name of a load balancer, and its ARN is wanted"
        }
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", None) if field == "TargetGroupArn" => {
            "a load balancer, and a target group is wanted"
        }
        ("AWS::ElasticLoadBalancingV2::TargetGroup", _)
            if field == "LoadBalancerArn" || field == "ListenerArn" =>
        {
            "a target group, and something else is wanted"
        }
        ("AWS::Lambda::Function", None)
            if field == "TargetFunctionArn" || field == "ServiceToken" =>
        {
            "`Ref` of a function, gives its name, and an ARN is wanted"
        }
        _ => return None,
    };
    Some((field, wrong))
}

fn tell(
    stack: Stack<'_, '_>,
    report: &mut Report<'_>,
    call: &Call<'_>,
    owner: &str,
    field: &str,
    id: &str,
    wrong: &str,
) {
    let repair = match wrong.ends_with("an ARN is wanted") {
        true => format!("write `!GetAtt {id}.Arn`"),
        false if field == "SubnetId" || field == "VpcId" => String::new(),
        false if wrong.contains("its name is wanted") => format!("write `!Ref {id}`"),
        false if wrong.contains("its id is wanted") => format!("write `!GetAtt {id}.GroupId`"),
        false => String::new(),
    };
    let place = stack.place_of_call(call);
    // ECS finds a role by its name, too, as long as it has no path. Types of the account's own
    // take what they take.
    let severity = match owner {
        "AWS::ECS::TaskDefinition" | "AWS::ECS::Service" => Severity::Warning,
        _ if !owner.starts_with("AWS::") || owner.starts_with("AWS::CloudFormation::") => return,
        // A name that the property takes as well.
        "AWS::CodeBuild::Project"
        | "AWS::Serverless::Function"
        | "AWS::SSM::MaintenanceWindowTask" => Severity::Warning,
        _ if field == "Role" && owner != "AWS::Lambda::Function" => return,
        _ => Severity::Error,
    };
    let message = match wrong.strip_prefix("`Ref` of ") {
        Some(rest) => format!("`Ref` of `{id}`, {rest}"),
        None => format!("`{id}` is {wrong}"),
    };
    report.judged(severity, place, message, repair);
}
