//! The channel that hears of it. A message that is not sent is a warning, never the outcome.

use stack_core::Problem;
use stack_deploy::previews::notify;

use super::{Reached, address};
use crate::terminal::Terminal;

/// Who hears of it.
#[derive(clap::Args, Debug)]
pub(super) struct Channel {
    /// The environment variable that holds the address of an incoming webhook of Slack; when it is
    /// set, the channel hears of it
    #[arg(
        long,
        value_name = "VARIABLE",
        default_value = "SLACK_WEBHOOK_URL",
        help_heading = "Notification"
    )]
    slack_env: String,
    /// The secret in Secrets Manager that holds the address: its name or ARN
    #[arg(long, value_name = "SECRET", help_heading = "Notification")]
    slack_secret: Option<String>,
    /// Tells nobody
    #[arg(long, help_heading = "Notification")]
    no_notify: bool,
}

impl Channel {
    pub(super) fn tell(&self, reached: &Reached<'_>, message: Option<String>, terminal: &Terminal) {
        let Some(message) = message.filter(|_| !self.no_notify) else {
            return;
        };
        let secret = self.slack_secret.as_deref();
        let sent = match address(&*reached.client, secret, &self.slack_env) {
            Ok(None) => return,
            Ok(Some(address)) => notify(&*reached.client, &address, &message),
            Err(why) => Err(why),
        };
        if let Err(why) = sent {
            let message = format!("the channel was not told: {why}");
            terminal.problems(&[Problem::warning("not-told", message)]);
        }
    }
}
