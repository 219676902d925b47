//! The answers of an AWS in which one stack is made: enough for a deployment from its first call to
//! its last, for a service of ECS, and for roles.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::proxy::{Asked, Proxy, Told, told};

pub(crate) const STACK: &str = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Shop/1";
pub(crate) const CHANGE_SET: &str =
    "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/stack-x/2";

/// How far it is.
#[derive(Clone, Copy, Default, PartialEq)]
enum Shop {
    #[default]
    Absent,
    Reviewed,
    There,
}

/// Sessions of roles end so soon.
pub(crate) fn aws(sessions: Duration) -> Proxy {
    let shop = Mutex::new((Shop::Absent, String::new()));
    let assumed = Mutex::new(0);
    Proxy::start(move |asked| {
        if asked.headers.contains_key("x-amz-target") {
            return ecs(asked);
        }
        let mut shop = shop.lock().unwrap();
        match asked.action.as_str() {
            "GetCallerIdentity" => {
                let account = account(asked);
                result(
                    asked,
                    &format!(
                        "<Account>{account}</Account><Arn>arn:aws:iam::{account}:user/x</Arn><UserId>U</UserId>"
                    ),
                )
            }
            "AssumeRole" => {
                let mut assumed = assumed.lock().unwrap();
                *assumed += 1;
                assume(asked, sessions, *assumed)
            }
            "PutObject" => told(200, ""),
            "CreateChangeSet" => {
                shop.0 = Shop::Reviewed;
                result(
                    asked,
                    &format!("<Id>{CHANGE_SET}</Id><StackId>{STACK}</StackId>"),
                )
            }
            "DescribeChangeSet" => result(
                asked,
                &format!(
                    "<ChangeSetId>{CHANGE_SET}</ChangeSetId><ChangeSetName>stack-x</ChangeSetName><StackId>{STACK}</StackId><StackName>Shop</StackName><CreationTime>2026-11-21T08:00:00Z</CreationTime><Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus><Changes><member><Type>Resource</Type><ResourceChange><Action>Add</Action><LogicalResourceId>Topic</LogicalResourceId><ResourceType>AWS::SNS::Topic</ResourceType></ResourceChange></member></Changes>"
                ),
            ),
            "ExecuteChangeSet" => {
                *shop = (Shop::There, asked.field("ClientRequestToken").unwrap());
                result(asked, "")
            }
            "DescribeStacks" => stacks(asked, shop.0),
            "DescribeStackEvents" if shop.0 == Shop::Absent => missing(),
            "DescribeStackEvents" => events(asked, &shop.1),
            "ListStackResources" => result(
                asked,
                "<StackResourceSummaries><member><LogicalResourceId>Topic</LogicalResourceId><PhysicalResourceId>t</PhysicalResourceId><ResourceType>AWS::SNS::Topic</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus><LastUpdatedTimestamp>2026-11-21T08:00:00Z</LastUpdatedTimestamp></member></StackResourceSummaries>",
            ),
            "GetTemplate" => result(asked, "<TemplateBody>{}</TemplateBody>"),
            "DescribeTargetHealth" => result(
                asked,
                "<TargetHealthDescriptions><member><Target><Id>10.0.0.1</Id><Port>80</Port></Target><TargetHealth><State>brand-new</State></TargetHealth></member></TargetHealthDescriptions>",
            ),
            _ => result(asked, ""),
        }
    })
}

/// The account of whoever signed.
fn account(asked: &Asked) -> String {
    let header = asked.headers.get("authorization").unwrap();
    let (_, rest) = header.split_once("Credential=").unwrap();
    rest.split('/').next().unwrap()[..12].to_owned()
}

fn result(asked: &Asked, inside: &str) -> Told {
    let action = &asked.action;
    told(
        200,
        format!(
            "<{action}Response><{action}Result>{inside}</{action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>"
        ),
    )
}

fn missing() -> Told {
    told(
        400,
        "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id Shop does not exist</Message></Error><RequestId>r</RequestId></ErrorResponse>",
    )
}

fn stacks(asked: &Asked, shop: Shop) -> Told {
    let status = match shop {
        Shop::Absent => return missing(),
        Shop::Reviewed => "REVIEW_IN_PROGRESS",
        Shop::There => "CREATE_COMPLETE",
    };
    result(
        asked,
        &format!(
            "<Stacks><member><StackId>{STACK}</StackId><StackName>Shop</StackName><CreationTime>2026-11-21T08:00:00.123Z</CreationTime><StackStatus>{status}</StackStatus><Outputs><member><OutputKey>Topic</OutputKey><OutputValue>t</OutputValue></member></Outputs></member></Stacks>"
        ),
    )
}

fn events(asked: &Asked, token: &str) -> Told {
    let event = |id: &str, logical: &str, physical: &str, kind: &str, status: &str| {
        format!(
            "<member><StackId>{STACK}</StackId><EventId>{id}</EventId><StackName>Shop</StackName><LogicalResourceId>{logical}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId><ResourceType>{kind}</ResourceType><Timestamp>2026-11-21T08:00:01Z</Timestamp><ResourceStatus>{status}</ResourceStatus><ClientRequestToken>{token}</ClientRequestToken></member>"
        )
    };
    let stack = "AWS::CloudFormation::Stack";
    let members = match token {
        "" => String::new(),
        _ => [
            event("3", "Shop", STACK, stack, "CREATE_COMPLETE"),
            event("2", "Topic", "t", "AWS::SNS::Topic", "CREATE_COMPLETE"),
            event("1", "Shop", STACK, stack, "CREATE_IN_PROGRESS"),
        ]
        .concat(),
    };
    result(asked, &format!("<StackEvents>{members}</StackEvents>"))
}

fn assume(asked: &Asked, sessions: Duration, count: usize) -> Told {
    let role = asked.field("RoleArn").unwrap();
    let account = role.split(':').nth(4).unwrap();
    let end = SystemTime::now() + sessions;
    let end = DateTime::from(end).fmt(Format::DateTime).unwrap();
    result(
        asked,
        &format!(
            "<Credentials><AccessKeyId>{account}{count}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{end}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>R:stack</AssumedRoleId><Arn>arn:aws:sts::{account}:assumed-role/D/stack</Arn></AssumedRoleUser>"
        ),
    )
}

fn ecs(asked: &Asked) -> Told {
    let body = match asked.action.as_str() {
        "DescribeServices" | "UpdateService" => {
            let service = r#"{"serviceArn":"arn:service/web","serviceName":"web","status":"ACTIVE","desiredCount":2,"deployments":[{"id":"d1","status":"ACTIVE","createdAt":1.0},{"id":"d2","status":"PRIMARY","rolloutState":"HALF_DONE","createdAt":2.5}]}"#;
            match asked.action.as_str() {
                "UpdateService" => format!(r#"{{"service":{service}}}"#),
                _ => format!(
                    r#"{{"services":[{service}],"failures":[{{"arn":"x","reason":"MISSING"}}]}}"#
                ),
            }
        }
        "DescribeTaskDefinition" => include_str!("task_definition.json").to_owned(),
        "RegisterTaskDefinition" => {
            r#"{"taskDefinition":{"taskDefinitionArn":"arn:shop:4","family":"shop","revision":4}}"#
                .to_owned()
        }
        _ => "{}".to_owned(),
    };
    told(200, body)
}
