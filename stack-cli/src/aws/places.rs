//! [`Places`]: where each stack is, whose credentials lead there, and who makes the calls.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use stack_core::{Problem, SynthesizedStack};
use stack_deploy::api::Identity;
use stack_deploy::engine::Exit;
use stack_deploy::{ApiError, CloudFormation, ErrorKind, Look};

use super::{Access, Aws, Client, Place, Voice};
use crate::stop::Stop;

/// Where each stack is.
pub(crate) struct Places {
    stacks: BTreeMap<String, Place>,
    clients: BTreeMap<Place, Arc<dyn Client>>,
}

impl Places {
    /// Of these stacks; nothing is called yet.
    ///
    /// # Errors
    /// A stack can go anywhere, and nothing says a region.
    pub(crate) fn of<'s>(
        aws: &dyn Aws,
        access: &Access,
        stacks: impl IntoIterator<Item = &'s SynthesizedStack>,
    ) -> Result<Places, Stop> {
        let mut region = None;
        let mut places = Places {
            stacks: BTreeMap::new(),
            clients: BTreeMap::new(),
        };
        for stack in stacks {
            let place = match &stack.environment {
                Some(it) => Place {
                    account: Some(it.account.clone()),
                    region: it.region.clone(),
                },
                None => {
                    let region = match &region {
                        Some(it) => it,
                        None => region.insert(aws.region(access).map_err(|it| no_region(&it))?),
                    };
                    Place {
                        account: None,
                        region: region.clone(),
                    }
                }
            };
            let client = || aws.client(access, &place);
            places.clients.entry(place.clone()).or_insert_with(client);
            places.stacks.insert(stack.name.to_owned(), place);
        }
        Ok(places)
    }

    /// The guard: every place is asked whose credentials lead there, before anything else is
    /// asked or done.
    ///
    /// # Errors
    /// Credentials that nobody knows, or of another account: nothing is done in any place.
    pub(crate) fn guard(&mut self, voice: &Voice<'_>) -> Result<(), Stop> {
        let mut problems = Vec::new();
        let mut accounts = BTreeMap::new();
        for (place, client) in &self.clients {
            let stack = self.stacks.iter().find(|it| it.1 == place);
            let stack = stack.map_or("", |it| it.0.as_str());
            let identity = match patient(client.as_ref(), |it| it.identity()) {
                Ok(it) => it,
                Err(error) => {
                    problems.push(no_credentials(&error).at(stack));
                    continue;
                }
            };
            match &place.account {
                Some(account) if *account != identity.account => {
                    problems.push(wrong_account(stack, account, &identity));
                }
                _ => {
                    let who = identity.arn.rsplit_once(":").map_or("", |it| it.1);
                    let (account, region) = (&identity.account, &place.region);
                    voice.talk(&format!("account {account}, {region}, as {who}"));
                    accounts.insert(place.clone(), identity.account);
                }
            }
        }
        match problems.is_empty() {
            true => Ok(()),
            false => Err(Stop::Ended {
                problems,
                exit: Exit::Refused.code(),
            }),
        }
    }

    /// Who makes the calls for a stack.
    ///
    /// # Errors
    /// A stack that is not one of these.
    pub(crate) fn client(&self, stack: &str) -> Result<Arc<dyn Client>, ApiError> {
        let found = self.place(stack).and_then(|it| self.clients.get(it));
        found.cloned().ok_or_else(|| {
            let message = format!("`{stack}` is in no place that is known");
            ApiError::local(ErrorKind::Other, &message)
        })
    }

    /// Reads something of a stack.
    ///
    /// # Errors
    /// What kept it from an answer.
    pub(crate) fn read<T>(
        &self,
        stack: &str,
        read: impl FnOnce(Look<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        patient(&*self.client(stack)?, read)
    }

    /// Every place, with who makes the calls there.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&Place, &Arc<dyn Client>)> {
        self.clients.iter()
    }

    pub(crate) fn place(&self, stack: &str) -> Option<&Place> {
        self.stacks.get(stack)
    }

    /// The region that calls for a stack go to.
    pub(crate) fn region(&self, stack: &str) -> &str {
        self.place(stack).map_or("", |it| it.region.as_str())
    }
}

/// Reads with patience: by the clock of this machine.
pub(crate) fn patient<T>(
    client: &(impl CloudFormation + ?Sized),
    read: impl FnOnce(Look<'_>) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let sleep = |it: Duration| thread::sleep(it);
    read(Look::new(&client, &sleep))
}

fn no_region(error: &ApiError) -> Stop {
    let problem = Problem::error("no-region", error.to_string());
    let help = "or give the stacks an `environment` in the program";
    Stop::Ended {
        problems: vec![problem.help(help)],
        exit: Exit::Refused.code(),
    }
}

fn no_credentials(error: &ApiError) -> Problem {
    let message = format!("nobody knows whose credentials these are: {error}");
    let help = match error.kind {
        ErrorKind::Expired => "the session is over: sign in again, such as with `aws sso login`",
        ErrorKind::Clock => "set the clock of this machine",
        ErrorKind::NoAnswer | ErrorKind::Server | ErrorKind::Throttled => {
            "AWS did not answer: try again, or check the way there (`HTTPS_PROXY`, `AWS_ENDPOINT_URL`)"
        }
        ErrorKind::Denied => "the credentials may not do that: check `--assume-role` and its trust",
        _ => {
            "`--profile NAME`, `AWS_PROFILE`, or `AWS_ACCESS_KEY_ID` and its sisters say which are used"
        }
    };
    Problem::error("no-credentials", message).help(help)
}

fn wrong_account(stack: &str, wanted: &str, found: &Identity) -> Problem {
    let message = format!(
        "`{stack}` belongs into account {wanted}, and these are credentials for {}",
        found.account
    );
    let help = found.advice.clone().unwrap_or_else(|| {
        format!("use credentials for {wanted}: `--profile NAME`, or `--assume-role NAME`, which is assumed in the account of each stack")
    });
    Problem::error("wrong-account", message).help(help)
}
