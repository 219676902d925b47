//! Several stacks: order, values that go from one into another, failures that stay where they are.

use std::collections::BTreeMap;

use stack_deploy::Time;
use stack_deploy::api::{ParameterValue, Request};
use stack_deploy::engine::*;

use crate::cloud::{Cloud, Fate, REGION};
use crate::scenarios::{plan, seed};

const TEMPLATE: &str =
    r#"{"Resources":{"A":{"Type":"AWS::SNS::Topic"}},"Outputs":{"Id":{"Value":"id-1"}}}"#;

/// Drives a run under virtual time: every stack has one action in the air.
fn drive(run: &mut Run, cloud: &mut Cloud, fails: &str) -> Vec<(Time, String, Request)> {
    let mut calls = Vec::new();
    let mut air: BTreeMap<(Time, u64), Next> = BTreeMap::new();
    let mut count = 0;
    let start = run.start(cloud.now);
    let mut fresh = start;
    loop {
        for next in std::mem::take(&mut fresh) {
            let wait = match &next.action {
                Action::Sleep(duration) => *duration,
                Action::Call(_) => std::time::Duration::from_millis(50),
                _ => std::time::Duration::ZERO,
            };
            count += 1;
            if !matches!(next.action, Action::Done(_)) {
                air.insert((cloud.now + wait, count), next);
            }
        }
        let Some(((time, _), next)) = air.pop_first() else {
            break;
        };
        cloud.advance(time);
        let event = match next.action {
            Action::Call(request) => {
                calls.push((cloud.now, next.stack.clone(), request.clone()));
                let executes = matches!(request, Request::ExecuteChangeSet { .. });
                cloud.fate = if executes && next.stack == fails {
                    Fate::Bad
                } else {
                    Fate::Good
                };
                Event::Answered(cloud.call(&request))
            }
            Action::Sleep(_) => Event::Woke,
            Action::Ask(_) => Event::Decided(Decision::Yes),
            Action::Record(_) => Event::Recorded(Ok(())),
            Action::Tell(_) => Event::Told,
            Action::Done(_) => continue,
        };
        fresh = run.next(cloud.now, &next.stack, event);
    }
    assert!(run.is_over());
    calls
}

fn wire(stack: &str, from: &str) -> Wire {
    Wire {
        stack: stack.to_owned(),
        parameter: format!("{from}Id"),
        from_stack: from.to_owned(),
        output: "Id".to_owned(),
    }
}

fn plans(names: &[&str]) -> Vec<DeployPlan> {
    let named = |name: &&str| DeployPlan {
        stack: (*name).to_owned(),
        ..plan(TEMPLATE)
    };
    names.iter().map(named).collect()
}

/// `Network` feeds `Shop` and `Blog`; `Shop` feeds `Edge`.
fn shop() -> Run {
    let wires = vec![
        wire("Shop", "Network"),
        wire("Blog", "Network"),
        wire("Edge", "Shop"),
    ];
    let plans = plans(&["Edge", "Shop", "Blog", "Network"]);
    Run::deploy(plans, wires, &BTreeMap::new(), seed(1)).expect("a run")
}

fn executions(calls: &[(Time, String, Request)]) -> Vec<&str> {
    calls
        .iter()
        .filter(|it| matches!(it.2, Request::ExecuteChangeSet { .. }))
        .map(|it| it.1.as_str())
        .collect()
}

#[test]
fn stacks_come_after_those_they_take_values_from_and_get_the_values() {
    let mut cloud = Cloud::new();
    let mut run = shop();
    let calls = drive(&mut run, &mut cloud, "");
    assert_eq!(run.exit(), Exit::Ok);
    let order = executions(&calls);
    assert_eq!(order[0], "Network");
    assert_eq!(order[3], "Edge");
    let given = calls.iter().find_map(|(_, stack, it)| match it {
        Request::CreateChangeSet(it) if stack == "Edge" => Some(it.parameters.clone()),
        _ => None,
    });
    let given = given.expect("a change set");
    let value = given
        .iter()
        .find(|it| it.name == "ShopId")
        .map(|it| &it.value);
    assert_eq!(value, Some(&ParameterValue::Plain("id-1".to_owned())));
}

#[test]
fn what_does_not_depend_on_each_other_runs_side_by_side() {
    let mut cloud = Cloud::new();
    let began = cloud.now;
    let mut run = shop();
    drive(&mut run, &mut cloud, "");
    let together = cloud.now.since(began);
    let mut cloud = Cloud::new();
    let began = cloud.now;
    let mut run = shop().at_once(1);
    drive(&mut run, &mut cloud, "");
    let alone = cloud.now.since(began);
    // Four operations of a minute each: three after each other, or four.
    assert!(together.as_secs() < 330, "{together:?}");
    assert!(
        alone.as_secs() > together.as_secs() + 60,
        "{alone:?} {together:?}"
    );
}

#[test]
fn a_failure_stays_where_it_is_and_with_those_that_depend_on_it() {
    let mut cloud = Cloud::new();
    let mut run = shop();
    drive(&mut run, &mut cloud, "Shop");
    assert_eq!(run.exit(), Exit::Failed);
    let end = |stack: &str| run.outcomes()[stack].end.clone();
    assert_eq!(end("Network"), End::Done(Success::Created));
    assert_eq!(end("Blog"), End::Done(Success::Created));
    assert!(matches!(end("Shop"), End::RolledBack { .. }));
    let because_of = "Shop".to_owned();
    assert_eq!(end("Edge"), End::Skipped { because_of });
}

#[test]
fn a_deletion_goes_against_the_order() {
    let mut cloud = Cloud::new();
    for name in ["Network", "Shop"] {
        cloud.given(name, TEMPLATE, stack_deploy::StackStatus::CreateComplete);
    }
    let plans = ["Network", "Shop"].map(|name| {
        OperatePlan::new(
            name,
            REGION,
            Operation::Destroy {
                retain: Default::default(),
                force: false,
            },
        )
    });
    let mut run = Run::operate(plans.into(), &[wire("Shop", "Network")], seed(1)).expect("a run");
    let calls = drive(&mut run, &mut cloud, "");
    assert_eq!(run.exit(), Exit::Ok);
    let deletions: Vec<&str> = calls
        .iter()
        .filter(|it| matches!(it.2, Request::DeleteStack { .. }))
        .map(|it| it.1.as_str())
        .collect();
    assert_eq!(deletions, ["Shop", "Network"]);
}

#[test]
fn what_cannot_be_put_in_order_is_refused() {
    let none = BTreeMap::new();
    let circle = vec![wire("A", "B"), wire("B", "A")];
    let error = Run::deploy(plans(&["A", "B"]), circle, &none, seed(1)).err();
    assert_eq!(
        error,
        Some(RunError::Circle(vec!["A".to_owned(), "B".to_owned()]))
    );
    let error = Run::deploy(plans(&["A", "A"]), Vec::new(), &none, seed(1)).err();
    assert_eq!(error, Some(RunError::Twice("A".to_owned())));
    let missing = vec![wire("A", "Z")];
    let error = Run::deploy(plans(&["A"]), missing.clone(), &none, seed(1)).err();
    assert_eq!(error, Some(RunError::Missing(missing[0].clone())));
    // A value from elsewhere is as good.
    let outputs = BTreeMap::from([("Id".to_owned(), "z".to_owned())]);
    let elsewhere = BTreeMap::from([("Z".to_owned(), outputs)]);
    assert!(Run::deploy(plans(&["A"]), missing, &elsewhere, seed(1)).is_ok());
}

#[test]
fn an_interrupt_stops_what_has_not_begun() {
    let mut cloud = Cloud::new();
    let mut run = shop();
    run.interrupt();
    drive(&mut run, &mut cloud, "");
    assert_eq!(run.exit(), Exit::Interrupted);
    assert!(cloud.stacks.is_empty());
}
