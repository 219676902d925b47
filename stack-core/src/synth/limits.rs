//! CloudFormation's limits on a template, with what contributes most.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>

use std::collections::BTreeMap;

use super::assembly::SynthesizedStack;
use crate::problem::Problem;

const RESOURCES: usize = 500;
const PARAMETERS: usize = 200;
const OUTPUTS: usize = 200;
const MAPPINGS: usize = 200;
const DESCRIPTION_BYTES: usize = 1024;
/// What a template may measure when it is read from S3.
const BODY_BYTES: usize = 1_000_000;
/// What it may measure when it is passed in the call.
const INLINE_BYTES: usize = 51_200;

/// Reports what is over a limit.
pub(super) fn check(stack: &SynthesizedStack, problems: &mut Vec<Problem>) {
    let name = stack.name;
    let count = stack.template.resources().count();
    if count > RESOURCES {
        let message =
            format!("stack `{name}` has {count} resources; CloudFormation takes {RESOURCES}");
        let most = by_origin(stack, |_| 1, "resources");
        problems.push(
            Problem::error("too-many-resources", message)
                .at(name)
                .help(format!("split the stack; most come from {most}")),
        );
    }
    for (section, limit) in [
        ("Parameters", PARAMETERS),
        ("Outputs", OUTPUTS),
        ("Mappings", MAPPINGS),
    ] {
        let count = stack.template.section(section).map_or(0, |it| it.len());
        if count > limit {
            let what = section.to_ascii_lowercase();
            let message =
                format!("stack `{name}` has {count} {what}; CloudFormation takes {limit}");
            problems.push(
                Problem::error("too-many-entries", message)
                    .at(format!("{name}/{section}"))
                    .help("split the stack, or put values that belong together into one"),
            );
        }
    }
    let description = stack
        .template
        .root()
        .get("Description")
        .and_then(|it| it.as_str());
    if let Some(description) = description
        && description.len() > DESCRIPTION_BYTES
    {
        let message = format!(
            "the description of stack `{name}` has {} bytes; CloudFormation takes {DESCRIPTION_BYTES}",
            description.len()
        );
        problems.push(Problem::error("long-description", message).at(name));
    }
    body(stack, problems);
}

fn body(stack: &SynthesizedStack, problems: &mut Vec<Problem>) {
    if stack.template.measures_at_most(INLINE_BYTES) {
        return;
    }
    let (name, bytes) = (stack.name, stack.body().len());
    if bytes <= INLINE_BYTES {
        return;
    }
    let sizes: BTreeMap<&str, usize> = stack
        .template
        .resources()
        .map(|(id, it)| (id, it.properties().map_or(0, |it| it.to_json().len())))
        .collect();
    let most = by_origin(stack, |id| sizes.get(id).copied().unwrap_or(0), "bytes");
    problems.push(if bytes > BODY_BYTES {
        let message = format!("the template of stack `{name}` has {bytes} bytes; CloudFormation takes {BODY_BYTES}");
        Problem::error("template-too-large", message)
            .at(name)
            .help(format!("split the stack; most comes from {most}"))
    } else {
        let message = format!("the template of stack `{name}` has {bytes} bytes; over {INLINE_BYTES} it must be deployed from S3");
        Problem::note("template-from-s3", message).at(name).help(format!("most comes from {most}"))
    });
}

/// The three lines of the user's program that weigh most: `src/main.rs:12 (120 resources), …`.
fn by_origin(stack: &SynthesizedStack, weight: impl Fn(&str) -> usize, unit: &str) -> String {
    let mut totals = BTreeMap::new();
    for (id, origin) in &stack.origins {
        *totals.entry(origin).or_insert(0) += weight(id);
    }
    let mut totals: Vec<_> = totals.into_iter().collect();
    totals.sort_by_key(|(_, total)| std::cmp::Reverse(*total));
    let shown: Vec<String> = totals
        .iter()
        .take(3)
        .map(|(origin, total)| format!("{origin} ({total} {unit})"))
        .collect();
    shown.join(", ")
}
