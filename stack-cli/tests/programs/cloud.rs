//! A model of AWS for the commands that reach it. What is in it, the variable `CLOUD` says, in words:
//!
//! - `new`: no stack is there
//! - `deployed:PROGRAM`: the stacks of that program are, with what their parameters are given
//! - `fails`, `gets-stuck`: operations do
//! - `slow`: operations take a minute
//! - `busy`, `stuck`, `half`, `protected`: the deployed stacks are
//! - `drifted`: somebody changed them
//! - `elsewhere`: the credentials are of another account
//! - `account:ID`: they are of that one
//! - `nowhere`: no region is known
//! - `hostile`: its texts try to command the terminal
//! - `telling`: its texts repeat what they were given

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use stack_cli::aws::{Access, Aws, Client, Place};
use stack_core::App;
use stack_deploy::api::{Answer, PropertyDrift, ResourceDrift};
use stack_deploy::ecr::{Manifest, Put, Repository, RepositoryRules, StoredImage, Version};
use stack_deploy::ecs::{Service, ServiceUpdate, Task, TaskDefinition, Tasks};
use stack_deploy::load_balancing::TargetHealth;
use stack_deploy::{
    ApiError, CloudFormation, Ecr, Ecs, ErrorKind, LoadBalancing, Request, StackStatus, Time,
};

use model::{Cloud, Fate};

#[allow(dead_code, unreachable_pub)]
#[path = "../../../stack-deploy/tests/simulation/cloud.rs"]
mod model;

/// A value that nobody may see.
pub(crate) const CANARY: &str = "canary-7f3a";

/// The model, going with the clock.
pub(crate) struct Fake {
    cloud: Arc<Timed>,
    knows_region: bool,
}

struct Timed {
    cloud: Mutex<Cloud>,
    began: Time,
    since: Instant,
}

impl Fake {
    pub(crate) fn of(words: &str) -> Fake {
        let words: Vec<&str> = words.split(',').collect();
        let has = |word: &str| words.contains(&word);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let began = Time(u64::try_from(now.as_millis()).unwrap());
        let mut cloud = Cloud::new();
        cloud.now = began;
        cloud.takes = if has("slow") { 60_000 } else { 150 };
        cloud.prepares = 0;
        if has("elsewhere") {
            cloud.account = "999988887777".to_owned();
        }
        if let Some(account) = words.iter().find_map(|it| it.strip_prefix("account:")) {
            account.clone_into(&mut cloud.account);
        }
        if has("fails") {
            cloud.fate = Fate::Bad;
        }
        if has("gets-stuck") {
            cloud.fate = Fate::Worse;
        }
        if has("hostile") {
            cloud.fate = Fate::Bad;
            cloud.reason =
                "\x1b[2J\x1b]52;c;AAAA\x07 \u{202e}evil\n::set-env name=A::b\r\n##[error]x";
        }
        if has("telling") {
            cloud.fate = Fate::Bad;
            cloud.reason = "the password canary-7f3a is too short";
        }
        let status = match () {
            () if has("busy") => StackStatus::UpdateInProgress,
            () if has("stuck") => StackStatus::UpdateRollbackFailed,
            () if has("half") => StackStatus::UpdateFailed,
            () => StackStatus::UpdateComplete,
        };
        for program in words.iter().filter_map(|it| it.strip_prefix("deployed:")) {
            let mut app = App::new();
            super::program(program)(&mut app);
            for stack in app.synth().unwrap().stacks() {
                let index = cloud.given(stack.name, stack.body(), status.clone());
                let given = &mut cloud.stacks[index];
                given.tags.clone_from(&stack.tags);
                given.protected = has("protected");
                given.parameters = parameters(stack.body());
                if has("drifted") {
                    given.drifts = drifts();
                }
                if has("stuck") {
                    for it in given.resources.values_mut() {
                        it.status = "UPDATE_FAILED".to_owned();
                    }
                }
            }
        }
        Fake {
            cloud: Arc::new(Timed {
                cloud: Mutex::new(cloud),
                began,
                since: Instant::now(),
            }),
            knows_region: !has("nowhere"),
        }
    }
}

/// As AWS shows them.
fn parameters(template: &str) -> BTreeMap<String, String> {
    let template: serde_json::Value = serde_json::from_str(template).unwrap();
    let Some(all) = template["Parameters"].as_object() else {
        return BTreeMap::new();
    };
    let value = |it: &serde_json::Value| match it["NoEcho"].as_bool() {
        Some(true) => "****".to_owned(),
        _ => it["Default"].as_str().unwrap_or("given-earlier").to_owned(),
    };
    all.iter()
        .map(|(name, it)| (name.clone(), value(it)))
        .collect()
}

fn drifts() -> Vec<ResourceDrift> {
    let property = |path: &str, expected: &str, actual: &str| PropertyDrift {
        path: path.to_owned(),
        difference: "NOT_EQUAL".to_owned(),
        expected: Some(expected.to_owned()),
        actual: Some(actual.to_owned()),
    };
    vec![ResourceDrift {
        logical_id: "Database".to_owned(),
        physical_id: Some("store-database".to_owned()),
        kind: "AWS::RDS::DBInstance".to_owned(),
        status: "MODIFIED".to_owned(),
        properties: vec![
            property("/AllocatedStorage", "20", "40"),
            property("/MasterUserPassword", CANARY, "another"),
        ],
    }]
}

impl Aws for Fake {
    fn region(&self, access: &Access) -> Result<String, ApiError> {
        match (&access.region, self.knows_region) {
            (Some(region), _) => Ok(region.clone()),
            (None, true) => Ok(model::REGION.to_owned()),
            (None, false) => Err(ApiError::local(ErrorKind::Other, "no region is known")),
        }
    }

    fn client(&self, _: &Access, _: &Place) -> Arc<dyn Client> {
        Arc::clone(&self.cloud) as Arc<dyn Client>
    }
}

impl CloudFormation for Timed {
    fn call(&self, request: &Request) -> Answer {
        let mut cloud = self.cloud.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed: Duration = self.since.elapsed();
        cloud.advance(self.began + elapsed);
        cloud.call(request)
    }
}

fn nothing<T>() -> Result<T, ApiError> {
    Err(ApiError::local(ErrorKind::Other, "the model has none"))
}

impl Ecs for Timed {
    fn services(&self, _: &str, _: &[String]) -> Result<Vec<Service>, ApiError> {
        nothing()
    }
    fn list_services(&self, _: &str) -> Result<Vec<String>, ApiError> {
        nothing()
    }
    fn tasks(&self, _: &str, _: &str, _: Tasks) -> Result<Vec<Task>, ApiError> {
        nothing()
    }
    fn task_definition(&self, _: &str) -> Result<TaskDefinition, ApiError> {
        nothing()
    }
    fn register_like(
        &self,
        _: &str,
        _: &BTreeMap<String, String>,
    ) -> Result<TaskDefinition, ApiError> {
        nothing()
    }
    fn update_service(&self, _: &ServiceUpdate) -> Result<Service, ApiError> {
        nothing()
    }
}

impl Ecr for Timed {
    fn image(&self, _: &Repository, _: &Version) -> Result<Option<Manifest>, ApiError> {
        nothing()
    }
    fn put_image(&self, _: &Repository, _: &Manifest, _: &str) -> Result<Put, ApiError> {
        nothing()
    }
    fn images(&self, _: &Repository) -> Result<Vec<StoredImage>, ApiError> {
        nothing()
    }
    fn rules(&self, _: &Repository) -> Result<RepositoryRules, ApiError> {
        nothing()
    }
}

impl LoadBalancing for Timed {
    fn target_health(&self, _: &str) -> Result<Vec<TargetHealth>, ApiError> {
        nothing()
    }
}
