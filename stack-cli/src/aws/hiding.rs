//! Changes without the values that nobody may see.

use stack_deploy::engine::hides;
use stack_review::diff::{Changes, PropertyChange};

/// Leaves the values out of properties that hold secrets, by their names: what a program's file or a
/// deployed template says in plain text is not repeated in a log. References to secrets stay.
pub(crate) fn hide(changes: &mut Changes) {
    for stack in &mut changes.stacks {
        for resource in &mut stack.resources {
            let kind = &resource.kind;
            let all = resource.properties.iter_mut();
            for it in all.chain(resource.attributes.iter_mut()) {
                hide_property(kind, it);
            }
        }
    }
}

fn hide_property(kind: &str, change: &mut PropertyChange) {
    for value in [&mut change.before, &mut change.after] {
        let Some(text) = value else { continue };
        // A list or an object holds names beside values.
        let inside = text.starts_with(['[', '{']) && !text.starts_with("{{resolve:");
        let named = hides(kind, &change.path) || (inside && hides("", text));
        if named && !is_reference(text) {
            *value = Some("(hidden)".to_owned());
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
            ["      ~ ContainerDefinitions[web].Environment[MODE].Value: canary-1 → 2 (replaces)"],
            "{text}"
        );
        assert!(text.contains("secret:key-a"), "{text}");

        let bare = template("[]", "x", "arn:x");
        let mut changes = compare(&bare, &old, &Options::default());
        hide(&mut changes);
        let text = render::text(&changes);
        assert!(!text.contains("canary"), "{text}");
    }
}
