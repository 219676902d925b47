//! `outputs`: what stacks give, as AWS has it now.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use stack_core::{App, Expr, Problem, Template};
use stack_deploy::engine::Exit;

use super::{Format, assemble};
use crate::aws::parameters::{is_hidden, parameters};
use crate::aws::{AccessArguments, Aws, Places, Voice};
use crate::selection::select;
use crate::stop::Stop;
use crate::table::columns;
use crate::terminal::Terminal;

/// Show the outputs of deployed stacks
///
/// An output that is made of a secret parameter (`NoEcho`) is not shown.
#[derive(clap::Args, Debug)]
pub(crate) struct Outputs {
    /// Names of stacks; `*` stands for any characters [default: all]
    #[arg(value_name = "STACK")]
    stacks: Vec<String>,
    /// How they are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    access: AccessArguments,
}

/// What `outputs --format json` prints. New fields can appear; none changes or goes within a version.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Report {
    /// `stack/outputs.v1`.
    schema: &'static str,
    /// By stack, those that are deployed: name of the output → value; none for what is hidden.
    stacks: BTreeMap<String, BTreeMap<String, Option<String>>>,
}

impl Outputs {
    pub(crate) fn run(&self, app: App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        let assembly = assemble(app, "; nothing was read")?;
        let selected = select(&assembly, &self.stacks)?;
        let voice = Voice::new(terminal, Vec::new());
        let stacks = || selected.iter().filter_map(|it| assembly.stack(it));
        let mut places = Places::of(aws, &self.access.access(), stacks())?;
        places.guard(&voice)?;
        let mut all = BTreeMap::new();
        for stack in stacks() {
            let unread = |it| super::unread(stack.name, &it);
            let found = places
                .read(stack.name, |it| it.stack(stack.name))
                .map_err(unread)?;
            let Some(found) = found else {
                voice.talk(&format!("{}: there is no such stack", stack.name));
                continue;
            };
            let text = places
                .read(stack.name, |it| it.template(&found.arn))
                .map_err(unread)?;
            let deployed = Template::parse(&text).ok();
            let mut hidden = secret_outputs(&stack.template);
            hidden.extend(deployed.as_ref().map(secret_outputs).unwrap_or_default());
            let outputs = found.outputs.into_iter().map(|(name, value)| {
                let value = (!hidden.contains(&name)).then_some(value);
                (name, value)
            });
            all.insert(stack.name.to_owned(), outputs.collect::<BTreeMap<_, _>>());
        }
        let is_missing = !self.stacks.is_empty() && all.is_empty();
        match self.format {
            Format::Json => voice.json(&Report {
                schema: "stack/outputs.v1",
                stacks: all,
            })?,
            Format::Text => {
                let rows = all.iter().flat_map(|(stack, outputs)| {
                    let row = move |(name, value): (&String, &Option<String>)| {
                        let value = value.clone().unwrap_or_else(|| "****".to_owned());
                        [stack.clone(), name.clone(), value]
                    };
                    outputs.iter().map(row)
                });
                voice.result(&columns(&rows.collect::<Vec<_>>()))?;
            }
        }
        match is_missing {
            true => Err(Stop::Ended {
                problems: vec![Problem::error(
                    "no-stack",
                    "none of these stacks is deployed",
                )],
                exit: Exit::Refused.code(),
            }),
            false => Ok(()),
        }
    }
}

/// The outputs that are made of secret parameters.
fn secret_outputs(template: &Template) -> BTreeSet<String> {
    let secrets: BTreeSet<&str> = parameters(template)
        .into_iter()
        .filter(|it| is_hidden(it.1))
        .map(|it| it.0)
        .collect();
    let Some(outputs) = template.section("Outputs") else {
        return BTreeSet::new();
    };
    let made_of_secrets = outputs.iter().filter(|(_, output)| {
        let mut found = false;
        output.each(&mut |it: &Expr| {
            found |= match it.intrinsic() {
                Some(("Ref", name)) => name.as_str().is_some_and(|it| secrets.contains(it)),
                _ => it.as_str().is_some_and(|text| {
                    secrets
                        .iter()
                        .any(|it| text.contains(&format!("${{{it}}}")))
                }),
            };
        });
        found
    });
    made_of_secrets.map(|it| it.0.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_that_is_made_of_a_secret_is_one() {
        let template = r#"{
            "Parameters": {"Password": {"Type": "String", "NoEcho": true}, "Name": {"Type": "String"}},
            "Outputs": {
                "Plain": {"Value": {"Ref": "Name"}},
                "Direct": {"Value": {"Ref": "Password"}},
                "Inside": {"Value": {"Fn::Sub": "https://${Name}:${Password}@db"}},
                "Joined": {"Value": {"Fn::Join": [":", [{"Ref": "Name"}, {"Ref": "Password"}]]}}
            }
        }"#;
        let template = Template::parse(template).unwrap();
        let hidden: Vec<String> = secret_outputs(&template).into_iter().collect();
        assert_eq!(hidden, ["Direct", "Inside", "Joined"]);
    }
}
