//! CloudFormation waits for signals that nobody sends.

use stack_core::{Expr, Object, Severity};

use crate::check::instances::{GROUP, mentions, start_of, user_data};
use crate::check::paths::written;
use crate::check::{Report, Rule};
use crate::model::{Piece, Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "missing-signal",
    severity: Severity::Error,
    page: include_str!("missing_signal.md"),
    run,
};

/// What a script sends signals with.
const WORDS: [&str; 6] = [
    "cfn-signal",
    "signal-resource",
    "SignalResource",
    "cfn_signal",
    "cfnsignal",
    "Send-CFNSignal",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for group in stack.of(GROUP) {
        let signal = group.attribute("CreationPolicy").get("ResourceSignal");
        let count = signal.get("Count");
        let rolling = group
            .attribute("UpdatePolicy")
            .get("AutoScalingRollingUpdate");
        let waits = rolling.get("WaitOnResourceSignals");
        let size = group.get("DesiredCapacity");
        let size = match size.is_absent() {
            true => group.get("MinSize"),
            false => size,
        };
        let wanted = if count.is_absent() {
            Some(1)
        } else {
            count.int()
        };
        if signal.is_set()
            && let (Some(wanted), Some(there)) = (wanted, size.int())
            && wanted > there
        {
            let at = if count.is_set() { &count } else { &signal };
            let message = format!(
                "it waits for {wanted} signals, and `{}` begins with {there} instances",
                group.id()
            );
            report.at(at, message, "as many as instances start");
            continue;
        }
        let waiting = if waits.bool() == Some(true) {
            &waits
        } else if signal.is_set() && wanted.is_some_and(|it| it > 0) {
            &signal
        } else {
            continue;
        };
        let Some(start) = start_of(group) else {
            continue;
        };
        if is_silent(start, group) {
            let message = format!(
                "it waits for signals, and instances of `{}` send none",
                group.id()
            );
            report.at(
                waiting,
                message,
                "end the user data with `cfn-signal`, or do not wait",
            );
        } else if let Some(other) = names_another(start, group.id()) {
            let message = format!(
                "instances of `{}` signal `{other}`, which is no resource here",
                group.id()
            );
            report.at(
                &user_data(start),
                message,
                format!("`--resource {}`", group.id()),
            );
        }
    }
}

/// Whether everything that the instances run is known, and sends no signal.
fn is_silent(start: Resource<'_, '_>, group: Resource<'_, '_>) -> bool {
    let script = user_data(start);
    let known = script.is_absent()
        || script
            .pieces()
            .iter()
            .all(|it| matches!(it, Piece::Text(_)) || is_reference(it));
    if !known || group.stack().has_transform() {
        return false;
    }
    // Another image may do it by itself, and so may what a script fetches.
    let fetches = || {
        let ways = [
            "curl",
            "wget",
            "s3 cp",
            "s3 sync",
            "cfn-init",
            "s3://",
            "git clone",
            "ansible",
        ];
        mentions(start, &ways)
    };
    let anywhere = || {
        let mut found = false;
        for entry in group
            .stack()
            .template()
            .section("Resources")
            .into_iter()
            .flat_map(Object::iter)
        {
            entry.1.each(&mut |it| {
                if let Expr::String(text) = it {
                    found = found || WORDS.iter().any(|word| text.contains(word));
                }
            });
        }
        found
    };
    image_is_public(start) && !fetches() && !anywhere()
}

fn is_reference(piece: &Piece<'_>) -> bool {
    matches!(piece, Piece::Value(it) if it.handle().is_some())
}

/// An image of AWS, which signals nothing by itself.
fn image_is_public(start: Resource<'_, '_>) -> bool {
    let image = match start.kind() {
        "AWS::EC2::LaunchTemplate" => start.get("LaunchTemplateData.ImageId"),
        _ => start.get("ImageId"),
    };
    written(&image).is_some_and(|it| it.contains("/aws/service/"))
}

/// The resource that the script signals, when there is none of that name.
fn names_another(start: Resource<'_, '_>, group: &str) -> Option<String> {
    let script: View<'_, '_> = user_data(start);
    let mut text = String::new();
    for piece in script.pieces() {
        match piece {
            Piece::Text(it) => text.push_str(&it),
            Piece::Value(_) => text.push('\u{1}'),
        }
    }
    let at = text.find("cfn-signal")?;
    let line = text[at..].lines().next()?;
    let word = line
        .split("--resource")
        .nth(1)?
        .trim_start_matches([' ', '=', '"', '\'']);
    let name: String = word
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    // Nothing but the name stands there.
    let end = word[name.len()..].chars().next();
    let whole = end.is_none_or(|it| it.is_whitespace() || matches!(it, '"' | '\'' | ';'));
    let known = name == group || start.stack().template().resource(&name).is_some();
    (whole && !known && !name.is_empty()).then_some(name)
}
