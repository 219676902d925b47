//! What is sent: every field of every request, in the words of AWS.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use stack_deploy::api::{
    ChangeSetKind, CreateChangeSet, Parameter, ParameterValue, Response, TemplateSource,
};
use stack_deploy::engine::{End, Success};
use stack_deploy::sdk::Clients;
use stack_deploy::{CloudFormation, Request, Secret};

use crate::canned;
use crate::deployment::deploy;
use crate::proxy::Proxy;

const HOUR: Duration = Duration::from_secs(3600);

/// The fields of the only request of an action, sorted, without what all have.
fn sent(proxy: &Proxy, action: &str) -> Vec<String> {
    let asked = proxy.asked(action);
    assert_eq!(asked.len(), 1);
    let mut fields: Vec<String> = asked[0].body.split('&').map(str::to_owned).collect();
    fields.retain(|it| !it.starts_with("Action=") && !it.starts_with("Version="));
    fields.sort();
    fields
}

fn text(it: &str) -> String {
    it.to_owned()
}

fn set(it: &[&str]) -> BTreeSet<String> {
    it.iter().map(|it| text(it)).collect()
}

#[test]
fn a_change_set_is_asked_for_with_all_that_was_planned() {
    let proxy = canned::aws(HOUR);
    let aws = Clients::new(proxy.connection()).client(None, "eu-west-1");
    let parameter = |name: &str, value| Parameter {
        name: text(name),
        value,
    };
    let request = Request::CreateChangeSet(Box::new(CreateChangeSet {
        stack: text("Shop"),
        name: text("stack-1"),
        token: text("t-1"),
        kind: ChangeSetKind::Update,
        template: TemplateSource::Url(text("https://s3/x")),
        parameters: vec![
            parameter("A", ParameterValue::Plain(text("1"))),
            parameter("B", ParameterValue::Secret(Secret::new("canary"))),
            parameter("C", ParameterValue::Previous),
        ],
        capabilities: set(&["CAPABILITY_IAM", "CAPABILITY_NEW"]),
        tags: BTreeMap::from([(text("k"), text("v"))]),
        notification_arns: vec![text("arn1")],
        role: Some(text("role")),
        rollback_alarms: vec![text("alarm")],
        monitoring_minutes: 5,
        description: text("why"),
        nested: true,
        revert_drift: true,
    }));
    let answer = aws.call(&request).unwrap();
    assert!(matches!(answer, Response::ChangeSetCreated { .. }));
    let expected = [
        "Capabilities.member.1=CAPABILITY_IAM",
        "Capabilities.member.2=CAPABILITY_NEW",
        "ChangeSetName=stack-1",
        "ChangeSetType=UPDATE",
        "ClientToken=t-1",
        "DeploymentMode=REVERT_DRIFT",
        "Description=why",
        "IncludeNestedStacks=true",
        "NotificationARNs.member.1=arn1",
        "Parameters.member.1.ParameterKey=A",
        "Parameters.member.1.ParameterValue=1",
        "Parameters.member.2.ParameterKey=B",
        "Parameters.member.2.ParameterValue=canary",
        "Parameters.member.3.ParameterKey=C",
        "Parameters.member.3.UsePreviousValue=true",
        "RoleARN=role",
        "RollbackConfiguration.MonitoringTimeInMinutes=5",
        "RollbackConfiguration.RollbackTriggers.member.1.Arn=alarm",
        "RollbackConfiguration.RollbackTriggers.member.1.Type=AWS%3A%3ACloudWatch%3A%3AAlarm",
        "StackName=Shop",
        "TemplateURL=https%3A%2F%2Fs3%2Fx",
        "Tags.member.1.Key=k",
        "Tags.member.1.Value=v",
    ];
    let mut expected = expected.map(text).to_vec();
    expected.sort();
    assert_eq!(sent(&proxy, "CreateChangeSet"), expected);
}

#[test]
fn every_operation_on_a_stack_carries_its_token() {
    let proxy = canned::aws(HOUR);
    let aws = Clients::new(proxy.connection()).client(None, "eu-west-1");
    let (stack, token) = (text("arn"), text("t-1"));
    let requests = [
        (
            Request::ExecuteChangeSet {
                change_set: text("cs"),
                stack: stack.clone(),
                token: token.clone(),
                disable_rollback: true,
            },
            "ChangeSetName=cs ClientRequestToken=t-1 DisableRollback=true StackName=arn",
        ),
        (
            Request::DeleteStack {
                stack: stack.clone(),
                token: token.clone(),
                role: Some(text("role")),
                retain: set(&["A"]),
                force: true,
            },
            "ClientRequestToken=t-1 DeletionMode=FORCE_DELETE_STACK RetainResources.member.1=A RoleARN=role StackName=arn",
        ),
        (
            Request::CancelUpdateStack {
                stack: stack.clone(),
                token: token.clone(),
            },
            "ClientRequestToken=t-1 StackName=arn",
        ),
        (
            Request::ContinueUpdateRollback {
                stack: stack.clone(),
                token: token.clone(),
                role: None,
                skip: set(&["A", "N.B"]),
            },
            "ClientRequestToken=t-1 ResourcesToSkip.member.1=A ResourcesToSkip.member.2=N.B StackName=arn",
        ),
        (
            Request::RollbackStack {
                stack: stack.clone(),
                token,
                role: None,
            },
            "ClientRequestToken=t-1 RetainExceptOnCreate=true StackName=arn",
        ),
        (
            Request::UpdateTerminationProtection {
                stack: stack.clone(),
                enabled: true,
            },
            "EnableTerminationProtection=true StackName=arn",
        ),
        (
            Request::SetStackPolicy {
                stack: stack.clone(),
                policy: text("p"),
            },
            "StackName=arn StackPolicyBody=p",
        ),
        (
            Request::DeleteChangeSet {
                change_set: text("cs"),
                stack,
            },
            "ChangeSetName=cs StackName=arn",
        ),
    ];
    for (request, expected) in requests {
        assert_eq!(aws.call(&request), Ok(Response::Accepted));
        let sent = sent(&proxy, &request.call().to_string());
        assert_eq!(sent.join(" "), expected);
    }
}

#[test]
fn a_long_template_goes_to_the_bucket_of_the_account_alone() {
    let proxy = canned::aws(HOUR);
    let aws = Clients::new(proxy.connection()).client(None, "eu-west-1");
    assert_eq!(deploy(&aws, 60_000).end, End::Done(Success::Created));
    let put = proxy.asked("PutObject");
    assert_eq!(put.len(), 1);
    let path = put[0].path.split('?').next().unwrap();
    assert!(path.starts_with("/my.bucket/templates/"), "{path}");
    let header = |name: &str| put[0].headers.get(name).map(String::as_str);
    let owner = "x-amz-expected-bucket-owner";
    assert_eq!(header(owner), Some("111122223333"));
    assert_eq!(header("x-amz-server-side-encryption"), Some("aws:kms"));
    let key = "x-amz-server-side-encryption-aws-kms-key-id";
    assert_eq!(header(key), Some("key"));
    assert!(put[0].body.len() > 60_000);
    let created = &proxy.asked("CreateChangeSet")[0];
    let expected = format!("https://s3.eu-west-1.amazonaws.com{path}");
    assert_eq!(created.field("TemplateURL"), Some(expected));
    assert_eq!(created.field("TemplateBody"), None);
}

#[test]
fn a_deployment_without_faults_makes_each_call_that_changes_something_once() {
    let proxy = canned::aws(HOUR);
    let aws = Clients::new(proxy.connection()).client(None, "eu-west-1");
    let outcome = deploy(&aws, 0);
    assert_eq!(outcome.end, End::Done(Success::Created));
    assert_eq!(
        outcome.outputs,
        BTreeMap::from([(text("Topic"), text("t"))])
    );
    for action in ["CreateChangeSet", "ExecuteChangeSet"] {
        assert_eq!(proxy.asked(action).len(), 1);
    }
    let agent = &proxy.asked("ExecuteChangeSet")[0].headers["user-agent"];
    assert!(agent.contains("app/stack"), "{agent}");
}
