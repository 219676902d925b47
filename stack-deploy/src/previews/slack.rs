//! The message that a channel of Slack gets, and who sends it.

use std::fmt::Write as _;

use serde_json::json;

use crate::calendar::Utc;
use crate::secret::Secret;
use crate::time::Time;

use super::down::{Down, DownEnd};
use super::up::{Up, UpEnd, Way};

/// Sends a body to an address by HTTPS.
pub trait Post {
    /// Sends JSON, and gives the status of the answer. It does not follow to other addresses, and
    /// comes back within a bound of its own.
    ///
    /// # Errors
    ///
    /// Why there is no answer. The address is a secret: it must not be in the words.
    fn post(&self, address: &Secret, body: &str) -> Result<u16, String>;
}

/// Sends a message to an incoming webhook of Slack.
///
/// <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/>
///
/// # Errors
///
/// Why it was not sent. What was done stays done: this is a warning, never an outcome.
pub fn notify(post: &dyn Post, address: &Secret, message: &str) -> Result<(), String> {
    if !is_address(address.expose()) {
        return Err("the address of the webhook is not `https://…`".to_owned());
    }
    match post.post(address, message) {
        Ok(200..=299) => Ok(()),
        Ok(status) => Err(format!("the webhook answered with status {status}")),
        // Whoever sends should not say the address; nobody sees it if they do.
        Err(why) => Err(why.replace(address.expose(), "the webhook")),
    }
}

/// By HTTPS, or to this machine.
fn is_address(address: &str) -> bool {
    let plain = !address
        .chars()
        .any(|it| it.is_whitespace() || it.is_control());
    let local = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
    plain
        && address.is_ascii()
        && (address.len() > "https://".len() && address.starts_with("https://")
            || local.iter().any(|it| address.starts_with(it)))
}

/// Text as Slack takes it: `&`, `<` and `>` are written so that nothing in it is a link or a
/// mention, and control characters are spaces.
///
/// <https://docs.slack.dev/messaging/formatting-message-text/#escaping>
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' => out.push('\n'),
            it if it.is_control() || is_invisible(it) => out.push(' '),
            it => out.push(it),
        }
    }
    out
}

/// What turns text round or cannot be seen.
fn is_invisible(it: char) -> bool {
    matches!(it, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// As code, which no formatting gets out of.
fn code(text: &str) -> String {
    format!("`{}`", escape(text).replace('`', "'").replace('\n', " "))
}

/// At most so many characters.
fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The message about an environment that was brought up, or was not; none when there is nothing to
/// tell: nobody need hear of a run that a later one took over.
pub fn up_message(up: &Up) -> Option<String> {
    let branch = code(&short(&up.branch, 120));
    let failed = |what: &str, why: &str| {
        let mut text = format!("{branch} {what}: {}", escape(&short(why, 600)));
        for line in up.diagnosis.iter().take(8) {
            let _ = write!(text, "\n• {}", escape(&short(line, 300)));
        }
        text
    };
    let (sign, mut text) = match &up.end {
        UpEnd::Live if up.way == Way::Nothing => return None,
        UpEnd::Live => {
            let done = match up.way {
                Way::Create => "is up",
                Way::Update | Way::ImageOnly | Way::Nothing => "is updated",
            };
            (":white_check_mark:", format!("{branch} {done}"))
        }
        UpEnd::Started => (":hourglass:", format!("{branch} is on its way")),
        UpEnd::Planned | UpEnd::Superseded | UpEnd::Interrupted => return None,
        UpEnd::Refused(why) => (":no_entry:", failed("was refused", why)),
        UpEnd::Full(short) => {
            let why: Vec<&str> = short.iter().map(|it| it.message.as_str()).collect();
            (":no_entry:", failed("finds no room", &why.join("; ")))
        }
        UpEnd::Failed(why) => (":x:", failed("failed", why)),
        UpEnd::NeedsOperator(why) => (":x:", failed("needs somebody", why)),
        UpEnd::Busy(why) => (":hourglass:", failed("has to wait", why)),
        UpEnd::Unknown(why) => (":grey_question:", failed("went out of sight", why)),
    };
    if matches!(up.end, UpEnd::Live | UpEnd::Started)
        && let Some(url) = &up.url
    {
        let _ = write!(text, "\n<{}>", escape(url).replace('|', "%7C"));
    }
    let mut facts = Vec::new();
    if let Some(image) = &up.image {
        facts.push(format!("image {}", code(&short(image, 80))));
    }
    if let Some(owner) = &up.owner {
        facts.push(format!("for {}", code(&short(owner, 80))));
    }
    if let Some(seconds) = up.seconds {
        facts.push(format!("{seconds} s"));
    }
    match (up.expires, &up.end) {
        (Some(time), UpEnd::Live) => facts.push(format!("until {}", date(time))),
        (None, UpEnd::Live) => facts.push("until its branch goes".to_owned()),
        _ => (),
    }
    if !up.evicted.is_empty() {
        facts.push(format!("made room: {}", code(&up.evicted.join(", "))));
    }
    Some(message(sign, &text, &facts))
}

/// The message about an environment that was taken down, or was not.
pub fn down_message(down: &Down) -> Option<String> {
    let branch = code(&short(&down.branch, 120));
    let failed = |what: &str, why: &str| {
        let mut text = format!("{branch} {what}: {}", escape(&short(why, 600)));
        for line in down.blockers.iter().take(8) {
            let _ = write!(text, "\n• {}", escape(&short(line, 300)));
        }
        text
    };
    let (sign, text) = match &down.end {
        DownEnd::Gone => (":wastebasket:", format!("{branch} is down")),
        DownEnd::Absent | DownEnd::Planned | DownEnd::Interrupted => return None,
        DownEnd::Started => (":hourglass:", format!("{branch} is going")),
        DownEnd::Refused(why) => (":no_entry:", failed("stays", why)),
        DownEnd::Stuck(why) => (":x:", failed("could not be deleted", why)),
        DownEnd::Busy(why) => (":hourglass:", failed("stays for now", why)),
        DownEnd::Unknown(why) => (":grey_question:", failed("went out of sight", why)),
    };
    Some(message(sign, &text, &[format!("{} s", down.seconds)]))
}

/// Slack shows 3,000 characters in a section; links are not unfolded.
fn message(sign: &str, text: &str, facts: &[String]) -> String {
    let text = short(text, 2_900);
    let section = json!({
        "type": "section",
        "text": { "type": "mrkdwn", "text": format!("{sign} {text}"), "verbatim": true },
    });
    let mut blocks = vec![section];
    if !facts.is_empty() {
        let facts =
            json!({ "type": "mrkdwn", "text": short(&facts.join(" · "), 1_900), "verbatim": true });
        blocks.push(json!({ "type": "context", "elements": [facts] }));
    }
    let first = text.lines().next().unwrap_or_default();
    json!({ "text": first, "blocks": blocks, "unfurl_links": false, "unfurl_media": false })
        .to_string()
}

/// `2026-11-21 08:15 UTC`.
pub fn date(time: Time) -> String {
    let utc = Utc(time).to_string();
    let minutes = utc.rsplit_once(':').map_or(utc.as_str(), |it| it.0);
    format!("{} UTC", minutes.replace('T', " "))
}
