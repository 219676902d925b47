//! One decision encrypts what a stack keeps.

#![allow(clippy::unwrap_used, clippy::panic)]

use stack_core::prelude::*;
use stack_templates::*;

const KEEPS: &[(&str, &str)] = &[
    ("AWS::ECR::Repository", "/EncryptionConfiguration/KmsKey"),
    ("AWS::Logs::LogGroup", "/KmsKeyId"),
    ("AWS::SNS::Topic", "/KmsMasterKeyId"),
];

fn define(stack: &mut Scope<'_>) {
    let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
    let cluster = stack.add("Cluster", Cluster::new());
    stack.add("Images", ImageRepository::new("shop/api"));
    stack.add("Channel", Notifications::new());
    let image = Image::ecr("shop/api", "2.0.1");
    stack.add(
        "Api",
        FargateService::new(network, cluster, image, port!(8080)),
    );
}

fn told(define: impl FnOnce(&mut App)) -> Vec<String> {
    let mut app = App::new();
    define(&mut app);
    let problems = app.synth().err().unwrap_or_default();
    problems.into_iter().map(|it| it.message).collect()
}

#[test]
fn what_a_stack_keeps_has_the_key_that_it_decided_for() {
    let mut app = App::new();
    let mut stack = app.stack("Shop");
    let key = stack.add("Key", EncryptionKey::new());
    stack.decide(key);
    define(&mut stack);
    let body = &app
        .synth()
        .unwrap()
        .stack("Shop")
        .unwrap()
        .body()
        .to_owned();
    let template: serde_json::Value = serde_json::from_str(body).unwrap();
    let resources = template["Resources"].as_object().unwrap();
    for (kind, place) in KEEPS {
        let mut of_kind = resources.iter().filter(|(_, it)| it["Type"] == *kind);
        let (id, resource) = of_kind.next().unwrap_or_else(|| panic!("no {kind}"));
        assert_eq!(
            resource["Properties"].pointer(place),
            Some(&serde_json::json!({ "Fn::GetAtt": ["Key", "Arn"] })),
            "{id}"
        );
    }
}

#[test]
fn a_decision_that_comes_too_late_is_refused() {
    let problems = told(|app| {
        let mut stack = app.stack("Shop");
        define(&mut stack);
        let key = stack.add("Key", EncryptionKey::new());
        stack.decide(key);
    });
    assert_eq!(problems.len(), 1);
    let expected = "the key that encrypts is decided for `Shop` after it was needed at ";
    assert!(problems[0].starts_with(expected), "{problems:?}");
}

#[test]
fn what_cannot_be_is_refused() {
    let days = |days| {
        told(|app| {
            let key = EncryptionKey::new().pending_days(days);
            app.stack("Shop").add("Key", key);
        })
    };
    assert!(days(7).is_empty() && days(30).is_empty());
    assert_eq!(
        days(6),
        ["`PendingWindowInDays` is `6`, expected at least 7"]
    );
    assert_eq!(
        days(31),
        ["`PendingWindowInDays` is `31`, expected at most 30"]
    );
    let logs = told(|app| {
        let mut stack = app.stack("Shop");
        let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
        let bucket = BucketName::existing("acme-access-logs");
        let inner = InternalLoadBalancer::new(network, port!(9000)).access_logs_in(bucket);
        stack.add("Inner", inner);
    });
    assert_eq!(
        logs,
        ["a Network Load Balancer logs connections of TLS alone"]
    );
}
