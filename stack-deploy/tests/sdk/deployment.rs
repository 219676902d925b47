//! A deployment driven through the SDK, with time that only passes when it sleeps.

use stack_deploy::engine::{
    Action, Assets, Decision, DeployPlan, Engine, Event, Memory, Outcome, Pace, Seed,
};
use stack_deploy::sdk::Client;
use stack_deploy::{CloudFormation, Time};

/// Deploys the stack, approved by itself.
pub(crate) fn deploy(aws: &Client, bytes: usize) -> Outcome {
    let description = "x".repeat(bytes);
    let template = format!(
        r#"{{"Description":"{description}","Resources":{{"Topic":{{"Type":"AWS::SNS::Topic"}}}}}}"#
    );
    let mut plan = DeployPlan::new("Shop", aws.region(), template);
    plan.options.yes = true;
    plan.assets = Some(Assets {
        bucket: "my.bucket".to_owned(),
        prefix: "templates/".to_owned(),
        kms_key: Some("key".to_owned()),
    });
    let engine = Engine::deploy(plan, Seed([7; 16]), Memory::Nothing, Pace::default());
    run(engine, aws)
}

pub(crate) fn run(mut engine: Engine, aws: &Client) -> Outcome {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let mut now = Time(since.unwrap().as_millis() as u64);
    let mut event = Event::Start;
    loop {
        event = match engine.next(now, event) {
            Action::Call(request) => Event::Answered(aws.call(&request)),
            Action::Sleep(duration) => {
                now = now + duration;
                Event::Woke
            }
            Action::Ask(_) => Event::Decided(Decision::Yes),
            Action::Record(_) => Event::Recorded(Ok(())),
            Action::Tell(_) => Event::Told,
            Action::Done(outcome) => return *outcome,
        };
    }
}
