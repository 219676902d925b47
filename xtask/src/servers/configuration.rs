//! The configuration files in the task definitions of the snapshots.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// Whose configuration it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Nginx,
    PhpFpm,
}

/// A file that a task finds when it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Configuration {
    pub(super) kind: Kind,
    pub(super) path: String,
    pub(super) text: String,
    /// The template it stands in.
    pub(super) from: String,
}

/// All of them, in the order of their templates.
pub(super) fn all(snapshots: &Path) -> Result<Vec<Configuration>, String> {
    let mut found = Vec::new();
    for path in crate::judge::templates(snapshots)? {
        let text = fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
        let template: Value =
            serde_json::from_str(&text).map_err(|why| format!("{}: {why}", path.display()))?;
        let from = path.file_name().unwrap_or_default().to_string_lossy();
        let resources = template["Resources"].as_object().into_iter().flatten();
        for (_, resource) in resources {
            let containers = &resource["Properties"]["ContainerDefinitions"];
            for container in containers.as_array().into_iter().flatten() {
                if container["Name"] == "config" {
                    found.extend(files(container, &from)?);
                }
            }
        }
    }
    Ok(found)
}

/// Of the first template that has both: nginx's and PHP-FPM's.
pub(super) fn pairs(files: &[Configuration]) -> Vec<(&Configuration, &Configuration)> {
    let of = |kind, from: &str| {
        files
            .iter()
            .find(move |it| it.kind == kind && it.from == from)
    };
    let mut pairs: Vec<_> = files
        .iter()
        .filter(|it| it.kind == Kind::Nginx)
        .filter_map(|nginx| Some((nginx, of(Kind::PhpFpm, &nginx.from)?)))
        .collect();
    pairs.dedup_by(|a, b| a.0.from == b.0.from);
    pairs
}

/// The container writes variable after variable: `printf '%s' "$FILE_1" > /etc/shop/nginx.conf`.
fn files(container: &Value, from: &str) -> Result<Vec<Configuration>, String> {
    let script = container["Command"][0].as_str().unwrap_or_default();
    let mut found = Vec::new();
    for (n, part) in (1..).zip(script.split(" && ")) {
        let path = part.rsplit(" > ").next().unwrap_or_default().to_owned();
        let kind = match path.rsplit('/').next() {
            Some("nginx.conf") => Kind::Nginx,
            Some("php-fpm.conf") => Kind::PhpFpm,
            _ => continue,
        };
        let name = format!("FILE_{n}");
        let variables = container["Environment"].as_array().into_iter().flatten();
        let value = variables.clone().find(|it| it["Name"] == name.as_str());
        let lines = value.and_then(|it| it["Value"]["Fn::Join"][1].as_array());
        let lines = lines.ok_or_else(|| format!("{from}: `{name}` has no lines of text"))?;
        let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
        found.push(Configuration {
            kind,
            path,
            text: lines.join("\n"),
            from: from.to_owned(),
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_variable_says_under_the_path_of_the_script() {
        let container = serde_json::json!({
            "Name": "config",
            "Command": ["printf '%s' \"$FILE_1\" > /etc/shop/app.ini && printf '%s' \"$FILE_2\" > /etc/shop/nginx.conf"],
            "Environment": [
                { "Name": "FILE_1", "Value": { "Fn::Join": ["\n", ["a"]] } },
                { "Name": "FILE_2", "Value": { "Fn::Join": ["\n", ["events {", "}", ""]] } },
            ],
        });
        let expected = Configuration {
            kind: Kind::Nginx,
            path: "/etc/shop/nginx.conf".to_owned(),
            text: "events {\n}\n".to_owned(),
            from: "Shop.json".to_owned(),
        };
        assert_eq!(files(&container, "Shop.json"), Ok(vec![expected]));
    }
}
