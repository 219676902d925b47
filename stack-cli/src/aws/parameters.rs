//! What parameters are given: by the command line, by the program, by earlier deployments.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::str::FromStr;

use stack_core::{Assembly, Expr, Problem, SynthesizedStack, Template, closest};
use stack_deploy::api::{Parameter, ParameterValue, StackDescription};
use stack_deploy::engine::Exit;
use stack_deploy::{ApiError, Secret};

use super::Places;
use crate::selection::enumerate;
use crate::stop::Stop;

/// What can be said of parameters.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ParameterArguments {
    /// A parameter's value; it is hidden when the parameter is a secret of the program's (`NoEcho`)
    #[arg(
        long,
        value_name = "STACK:NAME=VALUE",
        help_heading = "What is deployed"
    )]
    parameter: Vec<Written>,
    /// A parameter's value from an environment variable: it stands in no list of processes, and is
    /// hidden whatever the parameter is
    #[arg(
        long,
        value_name = "STACK:NAME=VARIABLE",
        help_heading = "What is deployed"
    )]
    secret: Vec<Written>,
}

/// As it was written; it can hold a secret, so no message repeats it.
#[derive(Clone, Debug)]
struct Written(Secret);

impl FromStr for Written {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Written, Infallible> {
        Ok(Written(Secret::new(text)))
    }
}

/// Values by stack and name.
pub(crate) type Given = BTreeMap<(String, String), ParameterValue>;

/// The values of the command line.
///
/// # Errors
/// What is written in another form, for a stack or parameter that is not there, or that another
/// stack gives; every one is told.
pub(crate) fn given(
    arguments: &ParameterArguments,
    assembly: &Assembly,
    selected: &BTreeSet<&'static str>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Given, Stop> {
    let mut given = Given::new();
    let mut problems = Vec::new();
    let plain = arguments
        .parameter
        .iter()
        .map(|it| (it, "--parameter", "VALUE"));
    let secret = arguments
        .secret
        .iter()
        .map(|it| (it, "--secret", "VARIABLE"));
    for (written, flag, what) in plain.chain(secret) {
        let parts = written
            .0
            .expose()
            .split_once('=')
            .and_then(|(target, value)| {
                let (stack, name) = target.split_once(':')?;
                Some((stack, name, value))
            });
        let Some((stack, name, value)) = parts else {
            let message =
                format!("`{flag}` takes `STACK:NAME={what}`; what was written is not shown");
            problems.push(Problem::error("usage", message));
            continue;
        };
        let declared = match declared(assembly, selected, stack, name) {
            Ok(it) => it,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let value = match flag {
            "--secret" => match variable(value) {
                Some(it) => ParameterValue::Secret(Secret::new(it)),
                None => {
                    let message = format!(
                        "`{stack}:{name}` is to come from an environment variable that is not set"
                    );
                    let help =
                        "`--secret STACK:NAME=VARIABLE` takes the name of a variable, not a value";
                    problems.push(Problem::error("usage", message).help(help));
                    continue;
                }
            },
            _ if is_hidden(declared) => ParameterValue::Secret(Secret::new(value)),
            _ => ParameterValue::Plain(value.to_owned()),
        };
        let key = (stack.to_owned(), name.to_owned());
        if given.insert(key, value).is_some() {
            let message = format!("`{stack}:{name}` is given twice");
            problems.push(Problem::error("usage", message));
        }
    }
    match problems.is_empty() {
        true => Ok(given),
        false => Err(Stop::Usage(problems)),
    }
}

fn declared<'a>(
    assembly: &'a Assembly,
    selected: &BTreeSet<&'static str>,
    stack: &str,
    name: &str,
) -> Result<&'a Expr, Problem> {
    let known = assembly.stack(stack);
    let Some(known) = known.filter(|it| selected.contains(it.name)) else {
        let message = match known {
            Some(_) => format!("a parameter is given to `{stack}`, which is not deployed now"),
            None => format!("a parameter is given to `{stack}`, and the app has no such stack"),
        };
        let help = format!(
            "deployed now: {}",
            enumerate(names_of(selected).into_iter())
        );
        return Err(Problem::error("usage", message).help(help));
    };
    let wire = assembly.wiring().iter();
    let mut wire = wire.filter(|it| it.stack == known.name && it.parameter == name);
    if let Some(it) = wire.next() {
        let message = format!(
            "`{stack}:{name}` takes the output `{}` of `{}`, and nothing else",
            it.output, it.from_stack
        );
        return Err(Problem::error("usage", message));
    }
    let parameters = parameters(&known.template);
    match parameters.iter().find(|it| it.0 == name) {
        Some(it) => Ok(it.1),
        None => {
            let message = format!("`{stack}` has no parameter `{name}`");
            let names = || parameters.iter().map(|it| it.0);
            let help = match closest(name, names()) {
                Some(close) => format!("did you mean `{close}`?"),
                None if parameters.is_empty() => "it has none".to_owned(),
                None => {
                    let names: Vec<&str> = names().collect();
                    format!("it has {}", enumerate(names.into_iter()))
                }
            };
            Err(Problem::error("usage", message).help(help))
        }
    }
}

fn names_of<'a>(selected: &'a BTreeSet<&'static str>) -> Vec<&'a str> {
    selected.iter().copied().collect()
}

/// The parameters that a template declares.
pub(crate) fn parameters(template: &Template) -> Vec<(&str, &Expr)> {
    let section = template.section("Parameters");
    section.map_or_else(Vec::new, |it| it.iter().map(|(k, v)| (k, v)).collect())
}

/// Whether nobody is shown a parameter's value.
pub(crate) fn is_hidden(declared: &Expr) -> bool {
    let flag = declared.as_object().and_then(|it| it.get("NoEcho"));
    match flag {
        None | Some(Expr::Bool(false)) => false,
        Some(Expr::String(it)) => it != "false",
        Some(_) => true,
    }
}

fn default(declared: &Expr) -> Option<String> {
    let default = declared.as_object()?.get("Default")?;
    Some(match default {
        Expr::String(it) => it.to_string(),
        other => other.to_json().to_string(),
    })
}

/// What all parameters of a stack are given, those left out that take their default.
///
/// What neither the command line nor the program nor another stack gives has the value it has in
/// the deployed stack, when somebody gave it one there; what took its default there takes its
/// default here, though it be another.
///
/// # Errors
/// Parameters that have no value at all; what kept AWS from an answer.
pub(crate) fn complete(
    stack: &SynthesizedStack,
    assembly: &Assembly,
    given: &Given,
    places: &Places,
) -> Result<Vec<Parameter>, Stop> {
    let mut all = Vec::new();
    let mut open = Vec::new();
    for (name, declared) in parameters(&stack.template) {
        let key = (stack.name.to_owned(), name.to_owned());
        let wired = assembly.wiring().iter();
        let wired = wired
            .filter(|it| it.stack == stack.name)
            .any(|it| it.parameter == name);
        let value = match (given.get(&key), stack.arguments.get(name)) {
            (Some(value), _) => value.clone(),
            (None, Some(text)) if is_hidden(declared) => {
                ParameterValue::Secret(Secret::new(text.clone()))
            }
            (None, Some(text)) => ParameterValue::Plain(text.clone()),
            (None, None) if wired => continue,
            (None, None) => {
                open.push((name, declared));
                continue;
            }
        };
        all.push(Parameter {
            name: name.to_owned(),
            value,
        });
    }
    if open.is_empty() {
        return Ok(all);
    }
    let unread = |error: ApiError| {
        let message = format!(
            "what parameters of `{}` have now is not known: {error}",
            stack.name
        );
        Stop::Ended {
            problems: vec![Problem::error("not-read", message)],
            exit: Exit::Refused.code(),
        }
    };
    let deployed = places
        .read(stack.name, |it| it.stack(stack.name))
        .map_err(unread)?;
    let deployed = deployed.filter(has_parameters);
    let template = match &deployed {
        Some(it) => {
            let text = places
                .read(stack.name, |look| look.template(&it.arn))
                .map_err(unread)?;
            Template::parse(&text).ok()
        }
        None => None,
    };
    let mut missing = Vec::new();
    for (name, declared) in open {
        let old = deployed.as_ref().and_then(|it| it.parameters.get(name));
        let old_default = template.as_ref().and_then(|it| {
            let all = parameters(it);
            all.iter()
                .find(|it| it.0 == name)
                .and_then(|it| default(it.1))
        });
        match (old, default(declared)) {
            (None, None) => missing.push(name),
            // It takes its default, as it did.
            (None, Some(_)) => (),
            (Some(old), Some(_)) if Some(old) == old_default.as_ref() => (),
            (Some(_), _) => all.push(Parameter {
                name: name.to_owned(),
                value: ParameterValue::Previous,
            }),
        }
    }
    if missing.is_empty() {
        return Ok(all);
    }
    let problems = missing.iter().map(|name| {
        let message = format!("nobody says what `{}:{name}` is", stack.name);
        let help = format!(
            "`--parameter {0}:{name}=VALUE`, or for a secret `--secret {0}:{name}=VARIABLE`",
            stack.name
        );
        Problem::error("no-value", message).help(help)
    });
    Err(Stop::Ended {
        problems: problems.collect(),
        exit: Exit::Refused.code(),
    })
}

/// Whether the stack is more than the shell of one.
fn has_parameters(stack: &StackDescription) -> bool {
    use stack_deploy::Standing;
    match stack.status.standing() {
        Standing::Absent | Standing::Shell | Standing::RolledBackCreation => false,
        Standing::Ready
        | Standing::HalfCreated
        | Standing::HalfUpdated
        | Standing::StuckRollback
        | Standing::StuckUpdateRollback
        | Standing::StuckImportRollback
        | Standing::StuckDeletion
        | Standing::Busy
        | Standing::Cleanup
        | Standing::Unknown => true,
    }
}

/// The texts that nobody may see, of these values.
pub(crate) fn secrets<'a>(values: impl Iterator<Item = &'a ParameterValue>) -> Vec<String> {
    let text = |it: &ParameterValue| match it {
        ParameterValue::Secret(it) => Some(it.expose().to_owned()),
        ParameterValue::Plain(_) | ParameterValue::Previous => None,
    };
    values.filter_map(text).collect()
}
