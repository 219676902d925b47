//! The same shop in dev, staging and prod as the tests of `stack-deploy` have, over two accounts.
//! What happens there, the variable `SERVICES` says, in words:
//!
//! - `shop`: all is well
//! - `promoted`: staging has the image of dev, and does not run it yet
//! - `failing`: rollouts fail
//! - `unreachable`: production's account is
//! - `moved`: the tag of dev names another image than what runs
//! - `going`: a deployment of staging goes on
//! - `hostile`: AWS's texts try to command the terminal

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use stack_cli::aws::{Access, Aws, Place};
use stack_deploy::load_balancing::TargetHealth;
use stack_deploy::{ApiError, LoadBalancing, Time, services};

#[allow(dead_code, unreachable_pub)]
#[path = "../../../stack-deploy/tests/services/cloud.rs"]
pub(crate) mod cloud;
#[allow(dead_code, unreachable_pub)]
#[path = "../../../stack-deploy/tests/services/shop.rs"]
pub(crate) mod shop;

use cloud::{Client, Cloud};

/// The model of AWS.
pub(crate) struct Fake(Cloud);

impl Fake {
    pub(crate) fn of(words: &str) -> Fake {
        let has = |word: &str| words.split(',').any(|it| it == word);
        let mut cloud = shop::shop();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let day = 86_400_000;
        {
            let mut data = cloud.data();
            // The command goes by the clock of this machine.
            data.looks = 0;
            for service in data.services.values_mut() {
                let since = u64::try_from(now.as_millis()).unwrap() - 3 * day;
                service.deployments[0].created = Some(Time(since));
            }
            if has("failing") {
                for environment in ["dev", "staging", "prod"] {
                    data.failing.insert(shop::arn(environment), true);
                }
            }
            if has("going") {
                let service = data.services.get_mut(&shop::arn("staging")).unwrap();
                service.deployments[0].rollout = Some("IN_PROGRESS".to_owned());
            }
            let shelf = data.repositories.get_mut(&shop::repository()).unwrap();
            if has("moved") {
                shelf
                    .tags
                    .insert("dev".to_owned(), shop::image("old").digest);
            }
            if has("promoted") {
                shelf
                    .tags
                    .insert("staging".to_owned(), shop::image("new").digest);
            }
        }
        if has("unreachable") {
            cloud = cloud.with_gate(|call| {
                let text = "The security token included in the request is expired";
                let error = || ApiError::answered("ExpiredTokenException", 403, text);
                (call.account == shop::PRODUCTION).then(error)
            });
        }
        if has("hostile") {
            cloud = cloud.with_gate(|call| {
                let text =
                    "\x1b[2J\x1b]52;c;AAAA\x07 \u{202e}evil\n::set-env name=A::b\r\n##[error]x";
                let error = || ApiError::answered("AccessDeniedException", 403, text);
                (call.name == "tasks").then(error)
            });
        }
        Fake(cloud)
    }
}

impl Aws for Fake {
    fn region(&self, _: &Access) -> Result<String, ApiError> {
        Ok(shop::REGION.to_owned())
    }

    fn client(&self, _: &Access, place: &Place) -> Arc<dyn stack_cli::aws::Client> {
        Arc::new(Client {
            cloud: self.0.clone(),
            place: services::Place {
                account: place.account.clone().unwrap_or_default(),
                region: place.region.clone(),
            },
        })
    }
}

impl LoadBalancing for Client {
    fn target_health(&self, _: &str) -> Result<Vec<TargetHealth>, ApiError> {
        Ok(Vec::new())
    }
}
