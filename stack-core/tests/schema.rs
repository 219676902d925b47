//! What the facts say, and how a property that goes against them is told.

use stack_core::schema::{self, Holds, TagForm, Update};
use stack_core::{Expr, Object};

#[test]
fn a_change_of_a_property_has_the_effect_that_aws_documents() {
    for (kind, path, effect) in [
        ("AWS::ECS::Service", "DesiredCount", Update::InPlace),
        ("AWS::ECS::Service", "ServiceName", Update::Replacement),
        ("AWS::ECS::Service", "LaunchType", Update::Conditional),
        ("AWS::ECS::Service", "Nonsense", Update::Unknown),
        (
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "Port",
            Update::Replacement,
        ),
        (
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "HealthCheckPath",
            Update::InPlace,
        ),
        (
            "AWS::ECS::CapacityProvider",
            "AutoScalingGroupProvider.AutoScalingGroupArn",
            Update::Replacement,
        ),
        (
            "AWS::ECS::CapacityProvider",
            "AutoScalingGroupProvider",
            Update::Conditional,
        ),
        ("AWS::EC2::Subnet", "CidrBlock", Update::Replacement),
    ] {
        assert_eq!(
            schema::find(kind).unwrap().update_behavior(path),
            effect,
            "{kind} {path}"
        );
    }
}

#[test]
fn every_type_of_the_facts_is_there_whatever_features_are_on() {
    assert_eq!(schema::resource_types().len(), 1898);
    assert!(schema::resource_types().is_sorted());
    assert!(schema::resource_types().all(|it| schema::find(it).is_some()));
}

#[test]
fn properties_attributes_and_tags_are_known() {
    let service = schema::find("AWS::ECS::Service").unwrap();
    let count = service.property("DesiredCount").unwrap();
    assert_eq!(count.holds(), Holds::Integer);
    let port = service.property("LoadBalancers[0].ContainerPort").unwrap();
    assert_eq!(port.holds(), Holds::Integer);
    assert_eq!(
        service.property("LaunchType").unwrap().values(),
        ["EC2", "EXTERNAL", "FARGATE"]
    );
    assert!(service.has_attribute("ServiceArn") && !service.has_attribute("Arn"));
    let form = |kind| schema::find(kind).unwrap().tagging().map(|it| it.form);
    assert_eq!(form("AWS::ECS::Service"), Some(TagForm::List));
    assert_eq!(form("AWS::SSM::Parameter"), Some(TagForm::Map));
    assert_eq!(
        form("AWS::AutoScaling::AutoScalingGroup"),
        Some(TagForm::AutoScaling)
    );
    assert_eq!(form("AWS::EC2::Route"), None);
}

#[test]
fn what_goes_against_the_facts_is_told_with_its_place() {
    for (kind, properties, expected) in [
        (
            "AWS::ECS::Service",
            r#"{"DesiredCount":"two"}"#,
            "DesiredCount: `two` is not a whole number",
        ),
        ("AWS::ECS::Service", r#"{"DesiredCount":"2"}"#, ""),
        (
            "AWS::ECS::Service",
            r#"{"DesiredCont":2}"#,
            "DesiredCont: there is no property `DesiredCont` (did you mean `DesiredCount`?)",
        ),
        (
            "AWS::ECS::Service",
            r#"{"LoadBalancers":{}}"#,
            "LoadBalancers: this is an object, expected a list",
        ),
        (
            "AWS::ECS::Service",
            r#"{"LaunchType":"fargate"}"#,
            "LaunchType: `fargate` is no value known here (write `FARGATE`)",
        ),
        (
            "AWS::EC2::Subnet",
            "{}",
            ": the required property `VpcId` is missing",
        ),
        (
            "AWS::EC2::Subnet",
            r#"{"VpcId":"subnet-1"}"#,
            "VpcId: `subnet-1` is not a VPC id such as `vpc-0123456789abcdef0`",
        ),
        (
            "AWS::EC2::Subnet",
            r#"{"VpcId":{"Fn::If":["A","vpc-1","vpc-12345678"]}}"#,
            "VpcId: `vpc-1` is not a VPC id such as `vpc-0123456789abcdef0`",
        ),
        ("AWS::EC2::Subnet", r#"{"VpcId":{"Ref":"Vpc"}}"#, ""),
        (
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            r#"{"Port":70000}"#,
            "Port: 70000 is more than 65535",
        ),
        (
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            r#"{"TargetGroupArn":"x"}"#,
            "TargetGroupArn: `TargetGroupArn` is set by AWS and cannot be given (take it out; other resources can read it with `Fn::GetAtt`)",
        ),
        ("Custom::Thing", "{}", "unknown type"),
    ] {
        let json: serde_json::Value = serde_json::from_str(properties).unwrap();
        let Expr::Object(properties) = Expr::from(json) else {
            panic!("an object")
        };
        assert_eq!(findings(kind, &properties), expected, "{kind}");
    }
}

fn findings(kind: &str, properties: &Object) -> String {
    let mut found = Vec::new();
    let known = schema::validate(kind, properties, &mut |it| {
        let help = it.help.map_or(String::new(), |it| format!(" ({it})"));
        found.push(format!("{}: {}{help}", it.place, it.message));
    });
    if !known {
        return "unknown type".to_owned();
    }
    // A subnet's block may come from several places, which is not what is looked at here.
    found.retain(|it| !it.contains("one of"));
    found.join("\n")
}
