//! More than a template can hold.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use stack_core::Object;

pub(super) const RULE: Rule = Rule {
    code: "template-limits",
    severity: Severity::Error,
    page: include_str!("template_limits.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    for (section, most) in [
        ("Resources", 500),
        ("Parameters", 200),
        ("Outputs", 200),
        ("Mappings", 200),
    ] {
        let count = stack.template().section(section).map_or(0, Object::len);
        let what = section.to_ascii_lowercase();
        if count > most {
            let message = format!("the template has {count} {what}; CloudFormation takes {most}");
            report.here(section, message, "split the stack");
        } else if count * 10 >= most * 9 {
            let message =
                format!("the template has {count} of the {most} {what} that CloudFormation takes");
            report.judged(
                Severity::Note,
                section.to_owned(),
                message,
                "plan to split the stack".to_owned(),
            );
        }
    }
    let maps = stack
        .template()
        .section("Mappings")
        .into_iter()
        .flat_map(Object::iter);
    for (name, map) in maps {
        let map = map.as_object();
        let inner = map.into_iter().flat_map(Object::iter);
        let all = inner.map(|(first, it)| (format!(".{first}"), it.as_object()));
        for (first, it) in all.chain([(String::new(), map)]) {
            let count = it.map_or(0, Object::len);
            if count > 200 {
                let message = format!("it has {count} entries; CloudFormation takes 200");
                report.here(
                    format!("Mappings.{name}{first}"),
                    message,
                    "split the mapping",
                );
            }
        }
    }
}
