//! Services, task definitions and target groups, as plain data.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use stack_deploy::sdk::{Client, Clients};
use stack_deploy::{Ecs, ErrorKind, LoadBalancing, Time};

use crate::canned;
use crate::proxy::{Proxy, told};

fn client(proxy: &Proxy) -> Client {
    Clients::new(proxy.connection()).client(None, "eu-west-1")
}

#[test]
fn services_come_with_their_newest_deployment_first_and_words_nobody_knows() {
    let proxy = canned::aws(Duration::from_secs(3600));
    let aws = client(&proxy);
    let names: Vec<String> = (0..23).map(|it| format!("s{it}")).collect();
    let services = aws.services("shop", &names).unwrap();
    // Ten at a time; what is missing is left out.
    assert_eq!(proxy.asked("DescribeServices").len(), 3);
    assert_eq!(services.len(), 3);
    let primary = services[0].primary().unwrap();
    assert_eq!(services[0].deployments[0].id, "d2");
    assert_eq!(primary.rollout.as_deref(), Some("HALF_DONE"));
    assert_eq!(primary.created, Some(Time(2500)));
    let targets = aws.target_health("arn").unwrap();
    assert_eq!(targets[0].state, "brand-new");
}

#[test]
fn a_task_definition_is_registered_again_with_all_it_has_but_the_image() {
    let proxy = canned::aws(Duration::from_secs(3600));
    let images = BTreeMap::from([("web".to_owned(), "shop@sha256:1".to_owned())]);
    let registered = client(&proxy).register_like("shop:3", &images).unwrap();
    assert_eq!(registered.revision, 4);
    let sent: Value = serde_json::from_str(&proxy.asked("RegisterTaskDefinition")[0].body).unwrap();
    let described: Value = serde_json::from_str(include_str!("task_definition.json")).unwrap();
    let mut expected = described["taskDefinition"].as_object().unwrap().clone();
    for of_the_revision in [
        "taskDefinitionArn",
        "revision",
        "status",
        "registeredAt",
        "registeredBy",
        "compatibilities",
        "requiresAttributes",
    ] {
        expected.remove(of_the_revision);
    }
    let mut expected = Value::Object(expected);
    expected["containerDefinitions"][0]["image"] = "shop@sha256:1".into();
    // AWS's own tags cannot be given.
    expected["tags"] = serde_json::json!([{"key": "team", "value": "blue"}]);
    assert_eq!(sent, expected);
}

#[test]
fn a_task_definition_with_something_this_version_would_lose_is_not_registered() {
    let described = include_str!("task_definition.json");
    let newer = described.replacen(
        r#""pidMode""#,
        r#""shield":{"secret":"canary"},"pidMode""#,
        1,
    );
    let proxy = Proxy::start(move |_| told(200, newer.clone()));
    let aws = client(&proxy);
    let error = aws.register_like("shop:3", &BTreeMap::new()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("would lose `shield`"), "{error}");
    assert!(!error.message.contains("canary"), "{error}");
    assert!(proxy.asked("RegisterTaskDefinition").is_empty());
    let images = BTreeMap::from([("wbe".to_owned(), "i".to_owned())]);
    let error = aws.register_like("shop:3", &images).unwrap_err();
    let expected = "`shop:3` has no container `wbe`; it has `web`, `log`";
    assert_eq!(error.message, expected);
}
