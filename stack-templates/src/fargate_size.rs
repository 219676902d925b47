//! Sizes of Fargate tasks that are parameters: what CloudFormation lets through is what Fargate offers.

use stack_core::prelude::*;

/// One value, or those that a parameter allows.
struct Choice {
    value: Value<String>,
    texts: Vec<String>,
    is_parameter: bool,
}

impl Choice {
    fn of(scope: &Scope<'_>, value: &Value<String>) -> Option<Choice> {
        let written = value.expr().as_str().map(|it| vec![it.to_owned()]);
        let is_parameter = written.is_none();
        let texts = written.or_else(|| scope.allowed_values(value))?;
        Some(Choice {
            value: value.clone(),
            texts,
            is_parameter,
        })
    }
}

/// Adds a rule for each number of CPU units that some allowed memory does not go with: each
/// parameter allows its values alone, and ECS would refuse the pair in the middle of an update.
/// Says nothing where a parameter allows everything.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html>
pub(crate) fn check(scope: &mut Scope<'_>, cpu: &Value<String>, memory: &Value<String>) {
    let choices = Choice::of(scope, cpu).zip(Choice::of(scope, memory));
    let Some((cpu, memory)) = choices else { return };
    for units in &cpu.texts {
        let fits = |mib: &&String| {
            let numbers = units.parse().ok().zip(mib.parse().ok());
            numbers.is_some_and(|(cpu, memory)| TaskSize::new(cpu, memory).is_ok())
        };
        let fitting: Vec<String> = memory.texts.iter().filter(fits).cloned().collect();
        if fitting.is_empty() {
            let all = memory.texts.join("`, `");
            let message = format!("with `{units}` CPU units Fargate offers no memory of `{all}`");
            let number = |text: Option<&String>| text.and_then(|it| it.parse().ok());
            let why = TaskSize::new(
                number(Some(units)).unwrap_or(0),
                number(memory.texts.first()).unwrap_or(0),
            );
            scope.problem(
                Problem::error("fargate-size", message)
                    .help(why.map_or_else(|it| it.to_string(), |_| "give numbers".to_owned())),
            );
            continue;
        }
        if fitting.len() == memory.texts.len() {
            continue;
        }
        let words = format!(
            "with {units} CPU units Fargate takes {} MiB here",
            fitting.join(", ")
        );
        let rule = match cpu.is_parameter {
            true => Rule::when(Condition::equals(&cpu.value, units)),
            false => Rule::new(),
        };
        let rule = rule.assert_contains(fitting, &memory.value, words);
        scope.rule(&format!("Size{units}"), rule);
    }
}
