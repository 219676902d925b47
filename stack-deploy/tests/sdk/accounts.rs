//! Whose credentials are used, and what is said when they are the wrong ones.

use std::time::Duration;

use stack_core::build::Environment;
use stack_deploy::api::Response;
use stack_deploy::engine::{DeployPlan, End, Engine, Memory, Pace, Seed};
use stack_deploy::sdk::{Clients, Connection};
use stack_deploy::{ApiError, CloudFormation, ErrorKind, Request};

use crate::canned;
use crate::deployment::{deploy, run};

const HOUR: Duration = Duration::from_secs(3600);

fn account(aws: &impl CloudFormation) -> Result<String, ApiError> {
    match aws.call(&Request::GetCallerIdentity)? {
        Response::Identity(identity) => Ok(identity.account),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_role_is_assumed_in_the_account_of_each_stack_and_once_for_all_its_regions() {
    let proxy = canned::aws(HOUR);
    let clients = Clients::new(Connection {
        assume_role: Some("ci/Deployer".to_owned()),
        external_id: Some("shop".to_owned()),
        ..proxy.connection()
    });
    let places = [
        ("444455556666", "eu-west-1"),
        ("444455556666", "us-east-1"),
        ("777788889999", "eu-west-1"),
    ];
    std::thread::scope(|scope| {
        for (id, region) in places.iter().cycle().take(12) {
            let clients = &clients;
            scope.spawn(move || {
                let client = clients.client(Some(&Environment::new(*id, *region)), "ap-south-1");
                assert_eq!(client.region(), *region);
                assert_eq!(account(&client).as_deref(), Ok(*id));
            });
        }
    });
    let mut roles: Vec<String> = Vec::new();
    for it in proxy.asked("AssumeRole") {
        assert_eq!(it.field("ExternalId").as_deref(), Some("shop"));
        assert_eq!(it.field("RoleSessionName").as_deref(), Some("stack"));
        roles.push(it.field("RoleArn").unwrap());
    }
    roles.sort();
    let expected = [
        "arn:aws:iam::444455556666:role/ci/Deployer",
        "arn:aws:iam::777788889999:role/ci/Deployer",
    ];
    assert_eq!(roles, expected);
    // A stack without an environment: the role is in the account of the own credentials.
    let own = clients.client(None, "eu-west-1");
    assert_eq!(account(&own).as_deref(), Ok("111122223333"));
}

#[test]
fn a_session_is_renewed_before_it_ends() {
    // It ends within the time in which the SDK renews it.
    let proxy = canned::aws(Duration::from_secs(5));
    let connection = Connection {
        assume_role: Some("arn:aws:iam::444455556666:role/Deployer".to_owned()),
        ..proxy.connection()
    };
    let client = Clients::new(connection).client(None, "eu-west-1");
    for _ in 0..3 {
        assert_eq!(account(&client).as_deref(), Ok("444455556666"));
    }
    assert!(proxy.asked("AssumeRole").len() >= 3);
}

#[test]
fn credentials_of_another_account_are_refused_with_what_would_be_right() {
    let proxy = canned::aws(HOUR);
    let refused = |connection: Connection| {
        let there = Environment::new("444455556666", "eu-west-1");
        let client = Clients::new(connection).client(Some(&there), "eu-west-1");
        let mut plan = DeployPlan::new("Shop", "eu-west-1", r#"{"Resources":{}}"#);
        plan.environment = Some(there);
        let engine = Engine::deploy(plan, Seed([1; 16]), Memory::Nothing, Pace::default());
        match run(engine, &client).end {
            End::Refused(why) => why,
            other => panic!("{other:?}"),
        }
    };
    let why = refused(proxy.connection());
    let belongs = "`Shop` belongs into account 444455556666, and these are credentials for";
    assert!(
        why.starts_with(&format!("{belongs} 111122223333; ")),
        "{why}"
    );
    assert!(why.contains("--profile"), "{why}");
    let why = refused(Connection {
        assume_role: Some("arn:aws:iam::777788889999:role/Deployer".to_owned()),
        ..proxy.connection()
    });
    assert_eq!(
        why,
        format!(
            "{belongs} 777788889999; say the role by its name, `--assume-role Deployer`, and it is taken in the account of each stack"
        )
    );
    assert!(proxy.asked("CreateChangeSet").is_empty());
}

#[test]
fn a_clock_that_is_off_is_seen_in_the_answer_to_who_we_are() {
    for seconds in [-1200, 1200] {
        let proxy = canned::aws(HOUR);
        proxy.clock_off(seconds);
        let client = Clients::new(proxy.connection()).client(None, "eu-west-1");
        match deploy(&client, 0).end {
            End::Refused(why) => assert!(why.contains("min off that of AWS"), "{why}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_is_missing_is_said_before_anything_is_sent() {
    let proxy = canned::aws(HOUR);
    let no_role = Connection {
        assume_role: Some("De:ployer".to_owned()),
        ..proxy.connection()
    };
    let client = Clients::new(no_role).client(None, "eu-west-1");
    assert_eq!(
        account(&client).map_err(|it| it.kind),
        Err(ErrorKind::Credentials)
    );
    let mut denied = proxy.connection();
    denied.assume_role = Some("Deployer".to_owned());
    proxy.fault("AssumeRole", crate::proxy::Fault::Denied, 9);
    let client = Clients::new(denied).client(None, "eu-west-1");
    let error = account(&client).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied);
    assert!(error.message.contains("may the role be assumed"), "{error}");
    assert!(!error.message.contains("test"), "{error}");
}
