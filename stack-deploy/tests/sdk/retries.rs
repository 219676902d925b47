//! The table of `RETRIES.md`, row by row.

use std::collections::BTreeSet;
use std::time::Duration;

use stack_deploy::ecs::ServiceUpdate;
use stack_deploy::engine::{End, Success};
use stack_deploy::sdk::{Clients, Connection};
use stack_deploy::{ApiError, CloudFormation, Ecs, Request};

use crate::canned;
use crate::deployment::deploy;
use crate::proxy::{Fault, Proxy};

const FAULTS: [(&str, Fault); 11] = [
    ("throttled", Fault::Throttled),
    ("503", Fault::Unavailable),
    ("a page of HTML with 500", Fault::HtmlError),
    ("a page of HTML with 200", Fault::HtmlSuccess),
    ("connection lost before", Fault::LostBefore),
    ("connection lost after", Fault::LostAfter),
    ("no answer", Fault::Hang),
    ("half an answer", Fault::Cut),
    ("session over", Fault::Expired),
    ("denied", Fault::Denied),
    ("our clock is off", Fault::ClockOff),
];

struct Row<'a> {
    fault: Fault,
    name: &'a str,
    error: &'a str,
    deployment: &'a str,
    question: &'a str,
    change: &'a str,
    role: &'a str,
}

fn rows() -> Vec<Row<'static>> {
    let text = include_str!("../../RETRIES.md");
    let lines = text.lines().skip_while(|it| !it.starts_with("|---"));
    let lines = lines.skip(1).take_while(|it| it.starts_with('|'));
    let rows = lines.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, error, deployment, question, change, role] = cells[..] else {
            panic!("{line}");
        };
        let fault = FAULTS.iter().find(|it| name.starts_with(it.0));
        Row {
            fault: fault.expect(name).1,
            name,
            error,
            deployment,
            question,
            change,
            role,
        }
    });
    rows.collect()
}

fn clients(connection: Connection) -> Clients {
    Clients::new(connection)
}

/// What came of a call, how often it was sent, compared with who makes it again.
fn compare(row: &Row<'_>, who: &str, result: Result<(), ApiError>, sent: usize) {
    let name = row.name;
    match who {
        "SDK" | "client" => {
            assert_eq!(result, Ok(()), "{name}");
            assert_eq!(sent, 2, "{name}");
        }
        "engine" | "nobody" => {
            let error = result.expect_err(name);
            assert_eq!(format!("{:?}", error.kind), row.error, "{name}: {error}");
            assert_eq!(sent, 1, "{name}");
        }
        other => panic!("{name}: nobody is called `{other}`"),
    }
}

fn server(row: &Row<'_>) -> Proxy {
    let proxy = canned::aws(Duration::from_secs(3600));
    match row.fault {
        Fault::Hang => proxy.waits(Duration::from_millis(1500)),
        _ => proxy,
    }
}

fn each(test: impl Fn(&Row<'_>, &Proxy) + Sync) {
    let rows = rows();
    assert_eq!(rows.len(), FAULTS.len());
    std::thread::scope(|scope| {
        for row in &rows {
            let test = &test;
            scope.spawn(move || test(row, &server(row)));
        }
    });
}

#[test]
fn a_call_of_a_deployment_is_sent_once_and_its_error_is_told() {
    each(|row, proxy| {
        let aws = clients(proxy.connection()).client(None, "eu-west-1");
        let execute = Request::ExecuteChangeSet {
            change_set: canned::CHANGE_SET.to_owned(),
            stack: canned::STACK.to_owned(),
            token: "token-1".to_owned(),
            disable_rollback: false,
        };
        proxy.fault("ExecuteChangeSet", row.fault, 1);
        let result = aws.call(&execute).map(|_| ());
        let sent = proxy.asked("ExecuteChangeSet").len();
        compare(row, row.deployment, result, sent);
        proxy.forget();
        proxy.fault("GetCallerIdentity", row.fault, 1);
        let result = aws.call(&Request::GetCallerIdentity).map(|_| ());
        let sent = proxy.asked("GetCallerIdentity").len();
        compare(row, row.deployment, result, sent);
        proxy.forget();
        proxy.fault("PutObject", row.fault, 1);
        let put = Request::PutObject {
            bucket: "b".to_owned(),
            key: "k".to_owned(),
            body: "{}".to_owned(),
            owner: "111122223333".to_owned(),
            kms_key: None,
        };
        // Its answer is empty: there is nothing in it to be cut or not understood.
        if !matches!(row.fault, Fault::Cut | Fault::HtmlSuccess) {
            let result = aws.call(&put).map(|_| ());
            compare(row, row.deployment, result, proxy.asked("PutObject").len());
        }
    });
}

#[test]
fn the_engine_makes_the_calls_of_a_deployment_again_and_with_the_same_token() {
    let tokens = [
        ("DescribeStacks", None),
        ("CreateChangeSet", Some("ClientToken")),
        ("DescribeChangeSet", None),
        ("ExecuteChangeSet", Some("ClientRequestToken")),
    ];
    each(|row, _| {
        for (action, token) in tokens {
            // A server in which nothing was made yet.
            let fresh = server(row);
            let aws = clients(fresh.connection()).client(None, "eu-west-1");
            let times = if row.deployment == "client" { 1 } else { 2 };
            fresh.fault(action, row.fault, times);
            let outcome = deploy(&aws, 0);
            let asked = fresh.asked(action);
            let name = row.name;
            if row.deployment == "nobody" {
                assert!(!outcome.end.is_success(), "{name}, {action}: {outcome:?}");
                continue;
            }
            let done = End::Done(Success::Created);
            assert_eq!(outcome.end, done, "{name}, {action}");
            assert!(asked.len() > times, "{name}, {action}");
            if let Some(token) = token {
                assert_eq!(asked.len(), times + 1, "{name}, {action}");
                let tokens: BTreeSet<_> = asked.iter().map(|it| it.field(token)).collect();
                assert_eq!(tokens.len(), 1, "{name}, {action}");
                assert!(tokens.iter().all(Option::is_some), "{name}, {action}");
            }
        }
    });
}

#[test]
fn the_sdk_makes_questions_to_ecs_again_four_times_in_all() {
    each(|row, proxy| {
        let aws = clients(proxy.connection()).client(None, "eu-west-1");
        let ask = || aws.services("shop", &["web".to_owned()]).map(|_| ());
        proxy.fault("DescribeServices", row.fault, 1);
        let result = ask();
        let sent = proxy.asked("DescribeServices").len();
        compare(row, row.question, result, sent);
        proxy.forget();
        proxy.fault("DescribeServices", row.fault, 100);
        let error = ask().expect_err(row.name);
        assert_eq!(format!("{:?}", error.kind), row.error, "{}", row.name);
        let most = match row.question {
            "SDK" => 4,
            "client" => 2,
            _ => 1,
        };
        let sent = proxy.asked("DescribeServices").len();
        assert_eq!(sent, most, "{}", row.name);
    });
}

#[test]
fn a_change_of_ecs_is_made_again_only_when_ecs_did_nothing() {
    each(|row, proxy| {
        let aws = clients(proxy.connection()).client(None, "eu-west-1");
        let update = ServiceUpdate {
            cluster: "shop".to_owned(),
            service: "web".to_owned(),
            task_definition: None,
            force_new_deployment: true,
            desired: None,
        };
        proxy.fault("UpdateService", row.fault, 1);
        let result = aws.update_service(&update).map(|_| ());
        compare(row, row.change, result, proxy.asked("UpdateService").len());
        proxy.forget();
        proxy.fault("RegisterTaskDefinition", row.fault, 1);
        let result = aws.register_like("shop:3", &Default::default()).map(|_| ());
        let sent = proxy.asked("RegisterTaskDefinition").len();
        compare(row, row.change, result, sent);
    });
}

#[test]
fn credentials_are_fetched_again_by_the_sdk() {
    each(|row, proxy| {
        let connection = Connection {
            assume_role: Some("Deployer".to_owned()),
            ..proxy.connection()
        };
        let aws = clients(connection).client(None, "eu-west-1");
        proxy.fault("AssumeRole", row.fault, 1);
        let request = Request::DescribeStackEvents {
            stack: canned::STACK.to_owned(),
            next: None,
        };
        // The stack is not there: AWS says so to whoever has credentials.
        let result = match aws.call(&request) {
            Err(error) if error.kind == stack_deploy::ErrorKind::StackMissing => Ok(()),
            other => other.map(|_| ()),
        };
        compare(row, row.role, result, proxy.asked("AssumeRole").len());
    });
}
