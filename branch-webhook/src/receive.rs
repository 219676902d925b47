//! From a request to the branches it says are gone.

use branch_naming::{Naming, Provider};

use crate::event::deletions;
use crate::signature::verify;
use crate::{Headers, Refusal, Secret};

/// The largest body that is looked at, in bytes. GitHub's are up to 25 MB; one about a deleted
/// branch is some kilobytes.
pub const MAX_BODY: usize = 1 << 20;

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its headers.
    pub headers: Headers,
    /// Its body, byte for byte.
    pub body: Vec<u8>,
}

/// A genuine request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// It is about something else.
    Nothing,
    /// Branches are gone.
    Deleted {
        /// What to remember the delivery by. When one of them is known already, it is a replay.
        keys: Vec<String>,
        /// The branches.
        branches: Vec<String>,
    },
}

/// Checks a request that came in at a provider's address at a time (seconds since 1970) and reads
/// what it deletes. During the exchange of a secret there are two.
///
/// # Errors
/// When it is not genuine, or not what the provider documents; nothing of the body is read before
/// the signature was found good.
pub fn receive(
    naming: Naming<'_>,
    provider: Provider,
    secrets: &[Secret],
    request: &Request,
    now: u64,
) -> Result<Received, Refusal> {
    let Request { headers, body } = request;
    if body.len() > MAX_BODY {
        return Err(Refusal::TooLarge);
    }
    let keys = verify(provider, secrets, headers, body, now)?;
    let Some(found) = deletions(provider, headers, body)? else {
        return Ok(Received::Nothing);
    };
    // Providers keep the case of a name and do not tell names apart by it.
    if !found.repository.eq_ignore_ascii_case(naming.repository()) {
        return Err(Refusal::OtherRepository);
    }
    Ok(Received::Deleted {
        keys,
        branches: found.branches,
    })
}
