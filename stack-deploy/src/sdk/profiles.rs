//! Who could be meant: profiles of AWS's configuration file that lead into an account.

use std::path::PathBuf;

use super::Connection;

/// What to do when the credentials are for another account than a stack's.
pub(super) fn advice(connection: &Connection, account: &str) -> String {
    let text = file().and_then(|it| std::fs::read_to_string(it).ok());
    say(
        connection,
        account,
        &leading(&text.unwrap_or_default(), account),
    )
}

fn say(connection: &Connection, account: &str, profiles: &[String]) -> String {
    match (&connection.assume_role, profiles) {
        (Some(role), _) if role.starts_with("arn:") => {
            let name = role.split_once(":role/").map_or("ROLE", |it| it.1);
            format!(
                "say the role by its name, `--assume-role {name}`, and it is taken in the account of each stack"
            )
        }
        (_, []) => {
            format!("use a profile for {account} (`--profile`), or a role in it (`--assume-role`)")
        }
        (_, [profile]) => format!("`--profile {profile}` leads there"),
        (_, several) => format!("these profiles lead there: `{}`", several.join("`, `")),
    }
}

/// Where the file is.
fn file() -> Option<PathBuf> {
    match std::env::var_os("AWS_CONFIG_FILE").filter(|it| !it.is_empty()) {
        Some(path) => Some(PathBuf::from(path)),
        None => Some(std::env::home_dir()?.join(".aws/config")),
    }
}

/// The profiles in which a role or a sign-in of the account stands, in their order.
fn leading(text: &str, account: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut profile: Option<&str> = None;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            let section = section.trim();
            profile = match section.split_once(char::is_whitespace) {
                None if section == "default" => Some(section),
                Some(("profile", name)) => Some(name.trim().trim_matches(['"', '\''])),
                _ => None,
            };
            continue;
        }
        let (Some(name), Some((key, value))) = (profile, line.split_once('=')) else {
            continue;
        };
        let leads = match key.trim() {
            "sso_account_id" | "aws_account_id" => value.trim() == account,
            "role_arn" => value.trim().split(':').nth(4) == Some(account),
            _ => false,
        };
        if leads && !found.iter().any(|it| it == name) {
            found.push(name.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "[default]\nregion=eu-west-1\n[profile dev]\nsso_account_id = 111122223333\n[sso-session x]\nsso_account_id=444455556666\n[profile \"prod\"]\nrole_arn = arn:aws:iam::444455556666:role/Admin\nsource_profile=dev\n";

    #[test]
    fn the_profiles_that_lead_into_an_account_are_named() {
        assert_eq!(leading(FILE, "444455556666"), ["prod"]);
        assert_eq!(leading(FILE, "111122223333"), ["dev"]);
        assert!(leading(FILE, "1").is_empty());
        let own = Connection::default();
        let said = say(&own, "444455556666", &leading(FILE, "444455556666"));
        assert_eq!(said, "`--profile prod` leads there");
        let role = Connection {
            assume_role: Some("arn:aws:iam::111122223333:role/ci/Deployer".to_owned()),
            ..Connection::default()
        };
        let said = say(&role, "444455556666", &[]);
        assert!(said.starts_with("say the role by its name, `--assume-role ci/Deployer`"));
    }
}
