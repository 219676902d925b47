//! What shellcheck says of the user data in the snapshots, and of the programs it brings along.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::{judge, tools};

/// What EC2 takes before it is encoded.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html>
const MOST_BYTES: usize = 16 * 1024;

/// Checks every script once; the same script in another stack is no other.
pub(crate) fn run() -> Result<(), String> {
    let snapshots = tools::root().join("snapshots");
    let mut scripts: BTreeMap<String, String> = BTreeMap::new();
    let mut largest = 0;
    for path in judge::templates(&snapshots)? {
        let text = fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
        let template: Value =
            serde_json::from_str(&text).map_err(|why| format!("{}: {why}", path.display()))?;
        for (id, resource) in template["Resources"].as_object().into_iter().flatten() {
            let data = &resource["Properties"]["LaunchTemplateData"]["UserData"]["Fn::Base64"];
            if data.is_null() {
                continue;
            }
            let name = format!("{}-{id}", judge::name(&path));
            let script = text_of(&template["Mappings"], data);
            if script.len() > MOST_BYTES {
                return Err(format!("user data of {name} has {} bytes", script.len()));
            }
            largest = largest.max(script.len());
            for (number, program) in programs(&script).into_iter().enumerate() {
                let name = format!("{name}-{number}");
                scripts.entry(program).or_insert(name);
            }
            scripts.entry(script).or_insert(name);
        }
    }
    check(&scripts)?;
    println!(
        "judges: {} scripts of user data, shellcheck finds nothing, the largest has {largest} bytes",
        scripts.len()
    );
    Ok(())
}

fn check(scripts: &BTreeMap<String, String>) -> Result<(), String> {
    let folder = tools::folder().join("scripts");
    let wrong = |why: std::io::Error| format!("{}: {why}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(wrong)?;
    }
    fs::create_dir_all(&folder).map_err(wrong)?;
    let mut command = Command::new(tools::python("shellcheck", "shellcheck")?);
    command.args(["--shell=bash", "--severity=info", "--color=never"]);
    for (script, name) in scripts {
        let path = folder.join(format!("{name}.sh"));
        fs::write(&path, script).map_err(wrong)?;
        let read = Command::new("bash").arg("-n").arg(&path).status();
        if !read.is_ok_and(|it| it.success()) {
            return Err(format!("bash cannot read `{}`", path.display()));
        }
        command.arg(path);
    }
    tools::run(&mut command, "shellcheck found something")
}

/// The programs that a script writes from here-documents, each with its own first line.
fn programs(script: &str) -> Vec<String> {
    let mut programs = Vec::new();
    let mut lines = script.lines();
    while let Some(line) = lines.next() {
        let Some((_, end)) = line.split_once("<<'") else {
            continue;
        };
        let end = end.trim_end_matches('\'');
        let body: Vec<&str> = lines.by_ref().take_while(|it| *it != end).collect();
        if body.first().is_some_and(|it| it.starts_with("#!")) {
            programs.push(body.join("\n") + "\n");
        }
    }
    programs
}

/// The text that CloudFormation makes of it, as far as the form matters: a value becomes a word.
fn text_of(mappings: &Value, expr: &Value) -> String {
    if let Some(text) = expr.as_str() {
        return text.to_owned();
    }
    if let Some([delimiter, parts]) = expr["Fn::Join"].as_array().map(Vec::as_slice) {
        let found = &parts["Fn::FindInMap"];
        let [name, top, second] = [0, 1, 2].map(|it| found[it].as_str().unwrap_or_default());
        let parts = parts
            .as_array()
            .or_else(|| mappings[name][top][second].as_array());
        let parts = parts.into_iter().flatten();
        return parts
            .map(|it| text_of(mappings, it))
            .collect::<Vec<_>>()
            .join(delimiter.as_str().unwrap_or_default());
    }
    let template = match &expr["Fn::Sub"] {
        Value::Array(both) => both.first().and_then(Value::as_str),
        other => other.as_str(),
    };
    let Some(template) = template else {
        return "value".to_owned();
    };
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        text += before;
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        match name.strip_prefix('!') {
            Some(name) => text += &format!("${{{name}}}"),
            None => text += &name.replace(|it: char| !it.is_ascii_alphanumeric(), "-"),
        }
        rest = after;
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn user_data_is_read_as_cloudformation_makes_it() {
        let data = json!({"Fn::Join": ["\n", [
            "#!/bin/bash",
            {"Fn::Sub": "NAME='${AWS::StackName}' OWN=\"${!NAME}\""},
            {"Fn::Sub": ["TABLE='${T}'", {"T": {"Ref": "Lock"}}]},
            {"Ref": "Lock"},
            {"Fn::Join": ["\n", {"Fn::FindInMap": ["Script", "UserData", "Lines"]}]},
        ]]});
        let mappings = json!({"Script": {"UserData": {"Lines": ["one", "two"]}}});
        let expected =
            "#!/bin/bash\nNAME='AWS--StackName' OWN=\"${NAME}\"\nTABLE='T'\nvalue\none\ntwo";
        assert_eq!(text_of(&mappings, &data), expected);
    }

    #[test]
    fn programs_within_a_script_are_found_and_other_files_are_not() {
        let script = "cat > a <<'END'\n#!/bin/bash\necho 1\nEND\ncat > b << 'UNIT'\n[Unit]\nUNIT\n";
        assert_eq!(programs(script), ["#!/bin/bash\necho 1\n"]);
    }
}
