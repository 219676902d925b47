//! What a change set shows of values: nothing of properties that hold secrets.

use crate::api::{ResourceChange, ResourceDrift};

/// Words in the path of a property whose value nobody is shown. Values that come from Secrets
/// Manager or Parameter Store stay references and need no list; these are written in templates or
/// given as parameters all the same.
const WORDS: [&str; 12] = [
    "accesskey",
    "apikey",
    "authorization",
    "connectionstring",
    "credential",
    "licensekey",
    "passphrase",
    "password",
    "privatekey",
    "secret",
    "token",
    "userdata",
];

/// Whether nobody is shown the values of a property of a resource type: its path has a word such as
/// `Password` or `Token`.
pub fn hides(kind: &str, path: &str) -> bool {
    let path = path.to_lowercase();
    kind == "AWS::SecretsManager::Secret" || WORDS.iter().any(|it| path.contains(it))
}

/// The drift without the values of properties that hold secrets.
pub(crate) fn redact_drift(mut drift: ResourceDrift) -> ResourceDrift {
    for property in &mut drift.properties {
        if hides(&drift.kind, &property.path) {
            property.expected = None;
            property.actual = None;
        }
    }
    drift
}

/// The change without the values of properties that hold secrets.
pub(crate) fn redact(mut change: ResourceChange) -> ResourceChange {
    for property in &mut change.properties {
        if hides(&change.kind, &property.path) {
            property.before = None;
            property.after = None;
        }
    }
    change
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ChangeAction, PropertyChange, Replacement};

    #[test]
    fn values_of_secrets_are_left_out_and_others_stay() {
        let property = |path: &str| PropertyChange {
            path: path.to_owned(),
            recreation: "Never".to_owned(),
            before: Some("old".to_owned()),
            after: Some("new".to_owned()),
            cause: None,
        };
        let change = ResourceChange {
            logical_id: "Database".to_owned(),
            physical_id: None,
            kind: "AWS::RDS::DBInstance".to_owned(),
            action: ChangeAction::Modify,
            replacement: Replacement::Never,
            policy: None,
            scope: Default::default(),
            properties: vec![
                property("/Properties/MasterUserPassword"),
                property("/Properties/AllocatedStorage"),
            ],
            nested: None,
        };
        let shown = redact(change.clone());
        assert_eq!(shown.properties[0].after, None);
        assert_eq!(shown.properties[1].after.as_deref(), Some("new"));
        let secret = ResourceChange {
            kind: "AWS::SecretsManager::Secret".to_owned(),
            ..change
        };
        assert!(
            redact(secret)
                .properties
                .iter()
                .all(|it| it.before.is_none())
        );
    }
}
