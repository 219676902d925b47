//! [`Clouds`] and [`Clock`]: what makes the calls where, and the time.

use std::sync::Arc;
use std::time::Duration;

use crate::api::{ApiError, Identity, Request, Response};
use crate::cloudformation::CloudFormation;
use crate::ecr::Ecr;
use crate::ecs::Ecs;
use crate::services::{Place, Stopped};
use crate::time::Time;

/// What makes the calls in each account and region. Several threads use it at once.
pub trait Clouds: Sync {
    /// The calls to CloudFormation there, and the question who we are.
    ///
    /// # Errors
    ///
    /// No credentials for that account.
    fn cloudformation(&self, place: &Place) -> Result<Arc<dyn CloudFormation + '_>, ApiError>;

    /// The calls to ECS there.
    ///
    /// # Errors
    ///
    /// As [`cloudformation`](Clouds::cloudformation).
    fn ecs(&self, place: &Place) -> Result<Arc<dyn Ecs + '_>, ApiError>;

    /// The calls to ECR there.
    ///
    /// # Errors
    ///
    /// As [`cloudformation`](Clouds::cloudformation).
    fn ecr(&self, place: &Place) -> Result<Arc<dyn Ecr + '_>, ApiError>;
}

/// The time. Several threads use it at once.
pub trait Clock: Sync {
    /// The moment.
    fn now(&self) -> Time;

    /// Sleeps; false when somebody interrupts, before or meanwhile.
    fn sleep(&self, duration: Duration) -> bool;
}

/// How often a call that only reads is made while AWS says that it cannot answer now.
const READS: u32 = 4;

/// Makes a call that only reads, again while there is a hope.
pub(crate) fn read<T>(
    clock: &dyn Clock,
    what: &str,
    call: impl Fn() -> Result<T, ApiError>,
) -> Result<T, Stopped> {
    let mut wait = Duration::from_secs(1);
    let mut left = READS;
    loop {
        left -= 1;
        match call() {
            Ok(it) => return Ok(it),
            Err(error) if left > 0 && error.passes() => {
                if !clock.sleep(wait) {
                    return Err(Stopped::unread(what, &error));
                }
                wait *= 2;
            }
            Err(error) => return Err(Stopped::unread(what, &error)),
        }
    }
}

/// Refuses when these are credentials for another account than the place's. Before anything is
/// changed there.
pub(crate) fn right_account(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    place: &Place,
) -> Result<Identity, Stopped> {
    let what = format!("whose credentials these are in account {}", place.account);
    let identity = read(clock, &what, || {
        match clouds
            .cloudformation(place)?
            .call(&Request::GetCallerIdentity)?
        {
            Response::Identity(it) => Ok(it),
            _ => Err(ApiError::malformed("that is no identity")),
        }
    });
    // Nobody knows: that is a refusal, too.
    let identity = identity.map_err(|it| Stopped {
        exit: crate::engine::Exit::Refused,
        ..it
    })?;
    match identity.account == place.account {
        true => Ok(identity),
        false => Err(Stopped::refused(
            "wrong-account",
            format!(
                "this belongs into account {}, and these are credentials for {}",
                place.account, identity.account
            ),
        )
        .help("choose other credentials with `--profile`, or a role with `--assume-role`")),
    }
}
