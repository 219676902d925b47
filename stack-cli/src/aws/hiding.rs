//! Changes without the values that nobody may see.

use stack_deploy::engine::hides;
use stack_review::diff::{Changes, PropertyChange};

/// What stands where a value would.
const HIDDEN: &str = "(hidden)";

/// Leaves the values out of properties that hold secrets, by their names: what a program's file or a
/// deployed template says in plain text is not repeated in a log. References to secrets stay.
pub(crate) fn hide(changes: &mut Changes) {
    for stack in &mut changes.stacks {
        let mut values = Vec::new();
        for resource in &mut stack.resources {
            let kind = &resource.kind;
            let all = resource.properties.iter_mut();
            for it in all.chain(resource.attributes.iter_mut()) {
                hide_property(kind, it, &mut values);
            }
        }
        // What an effect depends on can name the values once more.
        for resource in &mut stack.resources {
            let all = resource.properties.iter_mut();
            for it in all.chain(resource.attributes.iter_mut()) {
                let texts = [&mut it.before, &mut it.after, &mut it.when, &mut it.because];
                texts
                    .into_iter()
                    .flatten()
                    .for_each(|it| blank(it, &values));
            }
            let hazards = resource.hazards.iter_mut().map(|it| &mut it.message);
            let security = resource.security.iter_mut().map(|it| &mut it.what);
            let texts = resource
                .conditions
                .iter_mut()
                .chain(hazards)
                .chain(security);
            texts.for_each(|it| blank(it, &values));
        }
        for it in &mut stack.sections {
            let texts = [&mut it.before, &mut it.after, &mut it.when];
            texts
                .into_iter()
                .flatten()
                .for_each(|it| blank(it, &values));
        }
    }
}

/// Leaves the values of a property out, and remembers them.
fn hide_property(kind: &str, change: &mut PropertyChange, values: &mut Vec<String>) {
    for value in [&mut change.before, &mut change.after] {
        let Some(text) = value else { continue };
        // A list or an object holds names beside values.
        let inside = text.starts_with(['[', '{']) && !text.starts_with("{{resolve:");
        let named = hides(kind, &change.path) || (inside && hides("", text));
        if named && !is_reference(text) {
            values.push(std::mem::replace(text, HIDDEN.to_owned()));
        }
    }
}

/// Takes values out of a text; what is short is in every other word.
fn blank(text: &mut String, values: &[String]) {
    for it in values.iter().filter(|it| it.len() >= 4) {
        if text.contains(it.as_str()) {
            *text = text.replace(it.as_str(), HIDDEN);
        }
    }
}

/// Where a secret is, not what it is.
fn is_reference(text: &str) -> bool {
    ["arn:", "${", "{{resolve:", "\"arn:", "\"{{resolve:"]
        .iter()
        .any(|it| text.starts_with(it))
}

#[cfg(test)]
mod tests {
    use stack_core::Template;
    use stack_review::diff::{Options, compare, render};

    use super::hide;

    #[test]
    fn values_of_properties_that_hold_secrets_are_not_repeated() {
        let template = |environment: &str, password: &str, from: &str| {
            let text = format!(
                r#"{{"Resources": {{
                    "Task": {{"Type": "AWS::ECS::TaskDefinition", "Properties": {{"ContainerDefinitions": [
                        {{"Name": "web", "Image": "a", "Environment": {environment},
                          "Secrets": [{{"Name": "KEY", "ValueFrom": "{from}"}}]}}]}}}},
                    "Database": {{"Type": "AWS::RDS::DBInstance",
                        "Properties": {{"MasterUserPassword": "{password}"}}}}}}}}"#
            );
            Template::parse(&text).unwrap()
        };
        let named = |value: &str| {
            format!(
                r#"[{{"Name": "MODE", "Value": "{value}"}}, {{"Name": "DB_PASSWORD", "Value": "{value}"}}]"#
            )
        };
        let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:key-";
        let old = template(&named("canary-1"), "canary-1", &format!("{arn}a"));
        let new = template(&named("2"), "canary-2", &format!("{arn}b"));
        let mut changes = compare(&old, &new, &Options::default());
        hide(&mut changes);
        let text = render::text(&changes);
        assert_eq!(
            text.lines()
                .filter(|it| it.contains("canary"))
                .collect::<Vec<_>>(),
            ["    ~ ContainerDefinitions[web].Environment[MODE].Value: canary-1 → 2 (replaces)"],
            "{text}"
        );
        assert!(text.contains("secret:key-a"), "{text}");

        let bare = template("[]", "x", "arn:x");
        let mut changes = compare(&bare, &old, &Options::default());
        hide(&mut changes);
        let text = render::text(&changes);
        let shown = text.lines().filter(|it| it.contains("canary"));
        assert!(shown.into_iter().all(|it| it.contains("[MODE]")), "{text}");
    }
}
