//! What is deployed in the simulation: one plan for each way through the engine.

use std::collections::BTreeMap;

use stack_core::build::Environment;
use stack_deploy::api::{Parameter, ParameterValue};
use stack_deploy::engine::*;
use stack_deploy::{Secret, StackStatus};

use crate::cloud::{ACCOUNT, Cloud, Fate, REGION};
use crate::world::{CANARY, World};

pub const OLD: &str = r#"{"Resources":{"A":{"Type":"AWS::SNS::Topic"},"Gone":{"Type":"AWS::SNS::Topic"}},"Outputs":{"Url":{"Value":"u"}}}"#;
pub const NEW: &str = r#"{"Resources":{"A":{"Type":"AWS::SNS::Topic","Properties":{"DisplayName":"x"}},"B":{"Type":"AWS::SNS::Topic"},"C":{"Type":"AWS::SNS::Topic"},"D":{"Type":"AWS::SNS::Topic"}},"Outputs":{"Url":{"Value":"v"}}}"#;

/// A template that does not fit into a call.
pub fn large() -> String {
    let filler = "x".repeat(51_200);
    NEW.replace(r#""x""#, &format!("\"{filler}\""))
}

/// A way through the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    Create,
    Update,
    /// Through a bucket, with protection and a policy.
    UpdateLarge,
    NoChanges,
    UpdateFails,
    UpdateStuck,
    CreateFails,
    /// The creation was rolled back before.
    AfterRollback,
    /// A run was killed that had made a change set.
    AfterChangeSet,
    Continue,
    Destroy,
    DestroyFails,
}

pub const ALL: [Scenario; 12] = [
    Scenario::Create,
    Scenario::Update,
    Scenario::UpdateLarge,
    Scenario::NoChanges,
    Scenario::UpdateFails,
    Scenario::UpdateStuck,
    Scenario::CreateFails,
    Scenario::AfterRollback,
    Scenario::AfterChangeSet,
    Scenario::Continue,
    Scenario::Destroy,
    Scenario::DestroyFails,
];

pub fn seed(number: u64) -> Seed {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes[8..].copy_from_slice(&(!number).to_be_bytes());
    Seed(bytes)
}

pub fn plan(template: &str) -> DeployPlan {
    let mut plan = DeployPlan::new("Shop", REGION, template);
    plan.environment = Some(Environment::new(ACCOUNT, REGION));
    plan.tags = BTreeMap::from([("app".to_owned(), "shop".to_owned())]);
    plan.parameters = vec![Parameter {
        name: "Password".to_owned(),
        value: ParameterValue::Secret(Secret::new(CANARY)),
    }];
    plan
}

impl Scenario {
    pub fn template(self) -> String {
        match self {
            Scenario::UpdateLarge => large(),
            Scenario::NoChanges => OLD.to_owned(),
            _ => NEW.to_owned(),
        }
    }

    /// The world before it.
    pub fn world(self) -> World {
        let mut cloud = Cloud::new();
        let status = match self {
            Scenario::Create | Scenario::CreateFails => None,
            Scenario::AfterRollback => Some(StackStatus::RollbackComplete),
            Scenario::Continue => Some(StackStatus::UpdateRollbackFailed),
            _ => Some(StackStatus::CreateComplete),
        };
        if let Some(status) = status {
            let index = cloud.given("Shop", OLD, status);
            if self == Scenario::AfterRollback {
                cloud.stacks[index].resources.clear();
            }
        }
        cloud.fate = match self {
            Scenario::UpdateFails | Scenario::CreateFails => Fate::Bad,
            Scenario::UpdateStuck | Scenario::DestroyFails => Fate::Worse,
            _ => Fate::Good,
        };
        let mut world = World::new(cloud);
        world.template = Some(self.template());
        if self == Scenario::AfterChangeSet {
            let mut engine = self.engine(99, Memory::Nothing);
            world.drive(&mut engine, &mut |seen| {
                matches!(seen.action, Action::Ask(_)).then_some(crate::world::Harm::KillBefore).or_else(|| {
                    let reads = matches!(seen.action, Action::Call(it) if it.call() == stack_deploy::api::Call::GetTemplate);
                    reads.then_some(crate::world::Harm::KillBefore)
                })
            });
            world.number = 0;
        }
        world
    }

    /// What is run in it.
    pub fn engine(self, number: u64, memory: Memory) -> Engine {
        let template = self.template();
        match self {
            Scenario::Continue | Scenario::Destroy | Scenario::DestroyFails => {
                let operation = match self {
                    Scenario::Continue => Operation::Continue {
                        skip: Default::default(),
                    },
                    _ => Operation::Destroy {
                        retain: Default::default(),
                        force: false,
                    },
                };
                let mut plan = OperatePlan::new("Shop", REGION, operation);
                plan.environment = Some(Environment::new(ACCOUNT, REGION));
                Engine::operate(plan, seed(number), memory, Pace::default())
            }
            _ => {
                let mut plan = plan(&template);
                if self == Scenario::UpdateLarge {
                    plan.assets = Some(Assets {
                        bucket: "assets".to_owned(),
                        prefix: String::new(),
                        kms_key: None,
                    });
                    plan.termination_protection = true;
                    plan.stack_policy = Some("{}".to_owned());
                }
                Engine::deploy(plan, seed(number), memory, Pace::default())
            }
        }
    }

    /// What it comes to when nothing goes wrong.
    pub fn exit(self) -> Exit {
        match self {
            Scenario::UpdateFails | Scenario::CreateFails => Exit::Failed,
            Scenario::UpdateStuck | Scenario::DestroyFails => Exit::NeedsOperator,
            _ => Exit::Ok,
        }
    }
}
