//! The calls of [`LoadBalancing`] as the SDK makes them.

use std::sync::Arc;

use super::client::{Client, Services};
use super::error::error;
use crate::LoadBalancing;
use crate::api::ApiError;
use crate::load_balancing::TargetHealth;

impl LoadBalancing for Client {
    fn target_health(&self, target_group: &str) -> Result<Vec<TargetHealth>, ApiError> {
        self.wait(|| {
            let target_group = target_group.to_owned();
            move |services| health(services, target_group)
        })
    }
}

async fn health(
    services: Arc<Services>,
    target_group: String,
) -> Result<Vec<TargetHealth>, ApiError> {
    let call = services.balancing.describe_target_health();
    let answer = call.target_group_arn(target_group).send().await;
    let targets = answer.map_err(error)?.target_health_descriptions;
    let targets = targets.unwrap_or_default().into_iter().map(|it| {
        let (id, port) = it
            .target
            .map_or_else(Default::default, |it| (it.id, it.port));
        let (state, reason, description) = it
            .target_health
            .map_or_else(Default::default, |it| (it.state, it.reason, it.description));
        TargetHealth {
            id: id.unwrap_or_default(),
            port: port.unwrap_or_default(),
            state: state.map(|it| it.as_str().to_owned()).unwrap_or_default(),
            reason: reason.map(|it| it.as_str().to_owned()).unwrap_or_default(),
            description: description.unwrap_or_default(),
        }
    });
    Ok(targets.collect())
}
