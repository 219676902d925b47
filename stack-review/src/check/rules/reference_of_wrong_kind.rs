//! A reference that gives another thing than the property takes.

use stack_core::{Object, Severity};

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
    parameters(stack, report);
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

/// What fields of these names take, as the types of parameters are called.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html>
const FIELDS: [(&str, &str); 15] = [
    ("DestinationSecurityGroupId", "AWS::EC2::SecurityGroup::Id"),
    ("HostedZoneId", "AWS::Route53::HostedZone::Id"),
    ("ImageId", "AWS::EC2::Image::Id"),
    ("KeyName", "AWS::EC2::KeyPair::KeyName"),
    ("SecurityGroupIds", "AWS::EC2::SecurityGroup::Id"),
    ("SecurityGroups", "AWS::EC2::SecurityGroup::Id"),
    ("SourceSecurityGroupId", "AWS::EC2::SecurityGroup::Id"),
    ("SubnetId", "AWS::EC2::Subnet::Id"),
    ("SubnetIds", "AWS::EC2::Subnet::Id"),
    ("Subnets", "AWS::EC2::Subnet::Id"),
    ("VPCSecurityGroups", "AWS::EC2::SecurityGroup::Id"),
    ("VPCZoneIdentifier", "AWS::EC2::Subnet::Id"),
    ("VpcId", "AWS::EC2::VPC::Id"),
    ("VpcSecurityGroupIds", "AWS::EC2::SecurityGroup::Id"),
    ("VpcZoneIdentifier", "AWS::EC2::Subnet::Id"),
];

/// The types of parameters that are of one kind of thing.
const KINDS: [(&str, &str); 8] = [
    ("AWS::EC2::Image::Id", "an image"),
    ("AWS::EC2::Instance::Id", "an instance"),
    ("AWS::EC2::KeyPair::KeyName", "a key pair"),
    ("AWS::EC2::SecurityGroup::Id", "a security group"),
    ("AWS::EC2::Subnet::Id", "a subnet"),
    ("AWS::EC2::VPC::Id", "a network"),
    ("AWS::EC2::Volume::Id", "a volume"),
    ("AWS::Route53::HostedZone::Id", "a hosted zone"),
];

/// A parameter that says what it is, given where another thing is wanted.
fn parameters(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let section = stack.template().section("Parameters");
    let declared = section.into_iter().flat_map(Object::iter);
    let typed: Vec<(&str, &str)> = declared
        .filter_map(|(name, it)| {
            let kind = it.as_object()?.get("Type")?.as_str()?;
            let inner = |begin: &str, it| str::strip_suffix(str::strip_prefix(it, begin)?, ">");
            let kind = inner("AWS::SSM::Parameter::Value<", kind).unwrap_or(kind);
            let kind = inner("List<", kind).unwrap_or(kind);
            KINDS.iter().any(|it| it.0 == kind).then_some((name, kind))
        })
        .collect();
    if typed.is_empty() {
        return;
    }
    let calls = stack.calls();
    for mention in &calls.mentions {
        let Some(&(name, kind)) = typed.iter().find(|it| it.0 == mention.id) else {
            continue;
        };
        let Some(call) = calls.all.get(mention.call).filter(|it| it.name == "Ref") else {
            continue;
        };
        let Some((_, wanted)) = FIELDS.iter().find(|it| it.0 == call.field) else {
            continue;
        };
        if kind == *wanted || call.owner.part != "Properties" || call.owner.section != "Resources" {
            continue;
        }
        let mut outer = calls.outer(call);
        while let Some(it) = outer.filter(|it| matches!(it.name, "Fn::If" | "Fn::Select")) {
            outer = calls.outer(it);
        }
        // What a nested stack, a custom resource or a macro takes is its own affair.
        let owner = stack.written(call.owner.id).map_or("", |it| it.kind());
        let own = owner.starts_with("AWS::CloudFormation::") || owner.ends_with("::MODULE");
        if outer.is_some() || own || !owner.starts_with("AWS::") {
            continue;
        }
        let says = |kind: &str| KINDS.iter().find(|it| it.0 == kind).map_or("", |it| it.1);
        let message = format!("`{name}` is {}, and {} is wanted", says(kind), says(wanted));
        report.here(stack.place_of_call(call), message, "");
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
