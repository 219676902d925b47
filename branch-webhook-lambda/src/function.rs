//! What the function does with an event.

use branch_naming::{Naming, tags};
use branch_webhook::{Decision, Provider, Received, Stack, decide, is_expired, receive};
use serde_json::{Value, json};

use crate::http::request;
use crate::{Answer, Cloud, Failure};

/// How many seconds a delivery is remembered: a year.
pub const REMEMBERED: u64 = 365 * 24 * 3_600;
/// How many seconds a delivery is remembered while it is worked on: if the function dies meanwhile,
/// it can be sent again. Longer than the function may run.
pub const AT_WORK: u64 = 120;

/// The function's settings.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Whose stacks it deletes.
    pub naming: Naming<'static>,
    /// Who calls it.
    pub provider: Provider,
}

impl Function {
    /// Settings from `PREFIX`, `REPOSITORY` and `PROVIDER`.
    ///
    /// # Errors
    /// When one of them is missing or cannot be.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Function, Failure> {
        let read = |name: &str| {
            get(name)
                .ok_or_else(|| Failure::new("read the settings", format!("`{name}` is not set")))
        };
        // Settings live as long as the program.
        let prefix: &'static str = read("PREFIX")?.leak();
        let repository: &'static str = read("REPOSITORY")?.leak();
        let provider = read("PROVIDER")?;
        Ok(Function {
            naming: Naming::new(prefix, repository)
                .map_err(|why| Failure::new("read the settings", why))?,
            provider: Provider::named(&provider).ok_or_else(|| {
                Failure::new(
                    "read the settings",
                    format!("there is no provider `{provider}`"),
                )
            })?,
        })
    }

    /// Answers a request of API Gateway, or sweeps when the event is `{"sweep": true}`, which only
    /// the schedule can send.
    ///
    /// # Errors
    /// When a sweep could not do all it should; Lambda then tries again.
    pub async fn handle(&self, cloud: &impl Cloud, event: &Value) -> Result<Value, Failure> {
        if event.get("requestContext").is_some() {
            return Ok(self.answer(cloud, event).await.to_json());
        }
        if *event == json!({ "sweep": true }) {
            return self
                .sweep(cloud)
                .await
                .map(|count| json!({ "deleted": count }));
        }
        Err(Failure::new(
            "read the event",
            "it is neither a request nor a sweep",
        ))
    }

    async fn answer(&self, cloud: &impl Cloud, event: &Value) -> Answer {
        let Some((method, path, request)) = request(event) else {
            return Answer::new(400, "unreadable");
        };
        if method != "POST" || path.trim_start_matches('/') != self.provider.name() {
            return Answer::new(404, "not found");
        }
        let secrets = match cloud.secrets().await {
            Ok(secrets) if !secrets.is_empty() => secrets,
            Ok(_) => return failed(&Failure::new("read the secret", "there is none")),
            Err(why) => return failed(&why),
        };
        let now = cloud.now();
        let (keys, branches) = match receive(self.naming, self.provider, &secrets, &request, now) {
            Ok(Received::Deleted { keys, branches }) => (keys, branches),
            Ok(Received::Nothing) => return Answer::new(202, "nothing to do"),
            Err(why) => {
                log("refused", &why.to_string());
                return Answer::new(why.status(), "refused");
            }
        };
        for key in &keys {
            match cloud.remember(key, now + AT_WORK).await {
                Ok(true) => (),
                Ok(false) => {
                    log("refused", "the delivery was here before");
                    return Answer::new(409, "seen before");
                }
                Err(why) => return failed(&why),
            }
        }
        let mut answer = Answer::new(200, "done");
        for branch in &branches {
            match self.remove(cloud, branch).await {
                Ok(true) => (),
                Ok(false) => answer = Answer::new(503, "busy, send it again"),
                Err(why) => answer = failed(&why),
            }
        }
        for key in &keys {
            let noted = match answer.status {
                200 => cloud.keep(key, now + REMEMBERED).await,
                // What was deleted already is no harm when it comes again.
                _ => cloud.forget(key).await,
            };
            if let Err(why) = noted {
                log("failed", &why.to_string());
            }
        }
        answer
    }

    /// Deletes the environment of a branch; `false` when it is busy.
    async fn remove(&self, cloud: &impl Cloud, branch: &str) -> Result<bool, Failure> {
        let names = self.naming.names(branch);
        let stack = cloud.stack(&names.stack()).await?;
        let decision = decide(&names, stack.as_ref());
        let shown = tags::readable(branch);
        log(
            &format!("{decision:?}"),
            &format!("{} of {shown}", names.stack()),
        );
        match (decision, &stack) {
            (Decision::Delete, Some(stack)) => {
                cloud.delete(stack).await?;
                let text = format!("`{shown}` is gone, and so is `{}`.", stack.name);
                tell(cloud, "Environment deleted", &text).await;
            }
            (Decision::NotOurs, Some(stack)) => {
                let text = format!(
                    "`{shown}` is gone. `{}` has its name and not its tags, and stays.",
                    stack.name
                );
                tell(cloud, "Environment not deleted", &text).await;
            }
            (Decision::Protected, Some(stack)) => {
                let text = format!(
                    "`{shown}` is gone. `{}` is protected, and stays.",
                    stack.name
                );
                tell(cloud, "Environment not deleted", &text).await;
            }
            _ => (),
        }
        Ok(decision != Decision::Busy)
    }

    /// Deletes the environments whose time is up, and counts them.
    async fn sweep(&self, cloud: &impl Cloud) -> Result<usize, Failure> {
        let now = cloud.now();
        let stacks = cloud.stacks().await?;
        let (mut count, mut first) = (0, None);
        for stack in stacks.iter().filter(|it| is_expired(self.naming, it, now)) {
            match cloud.delete(stack).await {
                Ok(()) => {
                    count += 1;
                    let text = format!(
                        "`{}`{} was not deployed for its time.",
                        stack.name,
                        of(stack)
                    );
                    tell(cloud, "Environment expired", &text).await;
                }
                Err(why) => {
                    log("failed", &why.to_string());
                    first = first.or(Some(why));
                }
            }
        }
        first.map_or(Ok(count), Err)
    }
}

/// The branch and the owner by a stack's tags.
fn of(stack: &Stack) -> String {
    let tag = |key: &str| {
        stack
            .tags
            .iter()
            .find(|it| it.0 == key)
            .map(|it| tags::readable(&it.1))
    };
    let branch = tag(tags::BRANCH).map_or(String::new(), |it| format!(" of `{it}`"));
    let owner = tag(tags::OWNER).map_or(String::new(), |it| format!(" (`{it}`)"));
    format!("{branch}{owner}")
}

/// People not hearing of it is no reason to keep an environment.
async fn tell(cloud: &impl Cloud, title: &str, text: &str) {
    if let Err(why) = cloud.tell(title, text).await {
        log("failed", &why.to_string());
    }
}

fn failed(why: &Failure) -> Answer {
    log("failed", &why.to_string());
    Answer::new(500, "failed, send it again")
}

/// One line of JSON, whatever the text holds.
fn log(what: &str, text: &str) {
    println!("{}", json!({ "what": what, "text": text }));
}
