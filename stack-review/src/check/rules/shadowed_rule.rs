//! A rule that an earlier one leaves nothing for.

use stack_core::Severity;

use crate::check::balancing;
use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::model::{Resource, View};

pub(super) const RULE: Rule = Rule {
    code: "shadowed-rule",
    severity: Severity::Warning,
    page: include_str!("shadowed_rule.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut listeners: Vec<(View<'_, '_>, Vec<Known<'_, '_>>)> = Vec::new();
    for resource in stack.of(balancing::LISTENER_RULE) {
        let listener = resource.get("ListenerArn");
        let Some(rule) = known(resource) else {
            continue;
        };
        match listeners
            .iter_mut()
            .find(|it| it.0.same(&listener) == Some(true))
        {
            Some((_, rules)) => rules.push(rule),
            None => listeners.push((listener, vec![rule])),
        }
    }
    for (_, mut rules) in listeners {
        // More than a load balancer takes.
        if rules.len() > 100 {
            continue;
        }
        rules.sort_by_key(|it| it.priority);
        for (n, late) in rules.iter().enumerate() {
            let early = rules[..n].iter().find(|early| {
                early.priority < late.priority && early.tests.iter().all(|it| implied(it, late))
            });
            if let Some(early) = early {
                let message = format!(
                    "`{}` has priority {} and takes every request that this rule could match",
                    early.id, early.priority
                );
                let repair = format!(
                    "give it a priority below {}, or make `{}` match less",
                    early.priority, early.id
                );
                let request: Vec<String> = late
                    .tests
                    .iter()
                    .map(|it| format!("{} {}", it.field, it.values[0]))
                    .collect();
                let witness = vec![format!("a request with {}", request.join(", "))];
                let place = late.resource.get("Conditions");
                report.with_witness(&place, witness, message, repair);
            }
        }
    }
}

struct Known<'e, 'a> {
    resource: Resource<'e, 'a>,
    id: &'a str,
    priority: i64,
    tests: Vec<Test>,
}

/// A condition: what is looked at, and the values of which one must match.
struct Test {
    field: String,
    values: Vec<String>,
}

/// A rule of which everything is known.
fn known<'e, 'a>(resource: Resource<'e, 'a>) -> Option<Known<'e, 'a>> {
    let conditions = resource.get("Conditions");
    if !conditions.has_known_items() {
        return None;
    }
    let mut tests = Vec::new();
    for condition in conditions.items() {
        let mut field = condition.get("Field").text()?.to_owned();
        let config = match field.as_str() {
            "host-header" => "HostHeaderConfig",
            "path-pattern" => "PathPatternConfig",
            "http-request-method" => "HttpRequestMethodConfig",
            "source-ip" => "SourceIpConfig",
            "http-header" => "HttpHeaderConfig",
            _ => return None,
        };
        let config = condition.get(config);
        let list = if config.is_set() {
            config.get("Values")
        } else {
            condition.get("Values")
        };
        if field == "http-header" {
            field.push(':');
            field.push_str(&config.get("HttpHeaderName").text()?.to_ascii_lowercase());
        }
        if !list.has_known_items() || list.items().is_empty() {
            return None;
        }
        let mut values = Vec::new();
        for value in list.items() {
            let text = value.text()?;
            values.push(if field == "host-header" {
                text.to_ascii_lowercase()
            } else {
                text.to_owned()
            });
        }
        tests.push(Test { field, values });
    }
    Some(Known {
        resource,
        id: resource.id(),
        priority: resource.get("Priority").int()?,
        tests,
    })
}

/// Whether what passes the late rule passes this test, too.
fn implied(test: &Test, late: &Known<'_, '_>) -> bool {
    late.tests.iter().any(|it| {
        it.field == test.field
            && it.values.iter().all(|narrow| {
                test.values
                    .iter()
                    .any(|wide| covers(wide.as_bytes(), narrow.as_bytes()))
            })
    })
}

/// Whether a pattern with `*` and `?` matches all that another one matches, in bounded time.
fn covers(wide: &[u8], narrow: &[u8]) -> bool {
    let (mut at, mut of) = (0, 0);
    // Where the last star stood, and how much it has taken.
    let mut star: Option<(usize, usize)> = None;
    while of < narrow.len() {
        match wide.get(at) {
            Some(b'*') => {
                star = Some((at, of));
                at += 1;
            }
            Some(b'?') if narrow[of] != b'*' => (at, of) = (at + 1, of + 1),
            Some(it) if *it == narrow[of] => (at, of) = (at + 1, of + 1),
            _ => match star {
                Some((before, taken)) => {
                    star = Some((before, taken + 1));
                    (at, of) = (before + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    wide[at.min(wide.len())..].iter().all(|it| *it == b'*')
}
