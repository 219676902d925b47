//! The guard: right account, region and partition, before anything is changed.

use std::time::Duration;

use stack_core::build::Environment;

use crate::api::{ErrorKind, Identity, Request, Response};
use crate::engine::work::{Work, misfit};
use crate::engine::{End, Step};

/// A clock that is further off makes AWS refuse signatures.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// Who we are, when we are right here.
pub(crate) async fn guard(
    work: &mut Work,
    expected: Option<&Environment>,
    region: &str,
) -> Result<Identity, End> {
    work.step(Step::Guard).await;
    if let Some(expected) = expected
        && expected.region != region
    {
        return Err(End::Refused(format!(
            "`{}` belongs into region `{}`, and calls go to `{region}`",
            work.stack(),
            expected.region
        )));
    }
    let answer = work.read(&Request::GetCallerIdentity).await;
    let identity = match answer {
        Ok(Response::Identity(identity)) => identity,
        Ok(other) => return Err(End::Refused(unknown_account(&misfit(other).to_string()))),
        Err(error) if error.kind == ErrorKind::Abandoned => return Err(End::Interrupted),
        Err(error) if error.kind == ErrorKind::Clock => {
            return Err(End::Refused(format!(
                "the clock of this machine is wrong: {error}"
            )));
        }
        Err(error) => return Err(End::Refused(unknown_account(&error.to_string()))),
    };
    if let Some(server) = identity.server_time {
        let apart = server.apart(work.now());
        if apart > SKEW {
            return Err(End::Refused(format!(
                "the clock of this machine is {} min off that of AWS",
                apart.as_secs() / 60
            )));
        }
    }
    let is_account =
        identity.account.len() == 12 && identity.account.bytes().all(|it| it.is_ascii_digit());
    if !is_account {
        return Err(End::Refused(unknown_account(
            "what AWS answered is no account id",
        )));
    }
    if let Some(expected) = expected
        && expected.account != identity.account
    {
        let advice = match &identity.advice {
            Some(advice) => format!("; {advice}"),
            None => String::new(),
        };
        return Err(End::Refused(format!(
            "`{}` belongs into account {}, and these are credentials for {}{advice}",
            work.stack(),
            expected.account,
            identity.account
        )));
    }
    let partition = identity.arn.split(':').nth(1).unwrap_or_default();
    if partition != partition_of(region) {
        return Err(End::Refused(format!(
            "region `{region}` is in partition `{}`, and these are credentials for `{partition}`",
            partition_of(region)
        )));
    }
    Ok(identity)
}

fn unknown_account(why: &str) -> String {
    format!("nobody knows whose credentials these are: {why}")
}

/// The partition of a region. See
/// [partitions](https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html).
pub(crate) fn partition_of(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("us-iso-", "aws-iso"),
        ("eu-isoe-", "aws-iso-e"),
        ("eusc-", "aws-eusc"),
    ];
    PREFIXES
        .iter()
        .find(|it| region.starts_with(it.0))
        .map_or("aws", |it| it.1)
}
