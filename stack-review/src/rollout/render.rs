//! [`timeline`]: an outcome as people read it.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::deployment::Deployment;
use super::outcome::{Action, Outcome, Step};
use super::read::Simulation;

/// The schedule, second by second, with the healthy and the running tasks, and what comes of it.
///
/// The same deployment gives the same text.
pub fn timeline(deployment: &Deployment, outcome: &Outcome) -> String {
    let mut text = String::new();
    let wanted = deployment.wanted();
    let tasks = if wanted == 1 { "task" } else { "tasks" };
    let limits = format!(
        "{wanted} {tasks}, at least {} healthy, at most {} running",
        deployment.floor(),
        deployment.ceiling()
    );
    let _ = writeln!(text, "{limits}");
    match outcome {
        Outcome::Finishes {
            schedule,
            seconds,
            lowest_healthy,
            highest_running,
        } => {
            table(&mut text, deployment, schedule);
            let _ = writeln!(
                text,
                "finishes within {}; never fewer than {lowest_healthy} healthy, never more than {highest_running} running",
                duration(*seconds)
            );
        }
        Outcome::Deadlocks {
            schedule,
            at_step,
            why,
            repairs,
            another_choice,
        } => {
            table(&mut text, deployment, schedule);
            let _ = writeln!(text, "stuck after {at_step} steps: {why}");
            if *another_choice == Some(true) {
                let _ = writeln!(text, "  other placements than the scheduler's would finish");
            }
            for (n, repair) in repairs.iter().enumerate() {
                let lead = if n == 0 { "  any of: " } else { "          " };
                let _ = writeln!(text, "{lead}{repair}");
            }
        }
        Outcome::Unknown { reason } => {
            let _ = writeln!(text, "unknown: {reason}");
        }
    }
    text
}

/// The timeline, and below it what was taken for granted, the margin of the memory among it.
impl fmt::Display for Simulation {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(deployment) = &self.deployment else {
            return match &self.outcome {
                Outcome::Unknown { reason } => writeln!(to, "unknown: {reason}"),
                _ => Ok(()),
            };
        };
        write!(to, "{}", timeline(deployment, &self.outcome))?;
        for it in self.assumptions.iter().chain(&self.timing) {
            writeln!(to, "  taken for granted: {it}")?;
        }
        Ok(())
    }
}

/// `4 min 10 s`.
pub(crate) fn duration(seconds: u64) -> String {
    let parts = [
        (seconds / 3600, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|it| it.0 > 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    match said.as_slice() {
        [] => "0 s".to_owned(),
        said => said.join(" "),
    }
}

fn table(text: &mut String, deployment: &Deployment, schedule: &[Step]) {
    if schedule.is_empty() {
        return;
    }
    let _ = writeln!(text, "   seconds  healthy  running");
    let wanted = deployment.wanted();
    row(text, "before", wanted, wanted, "the old revision");
    for moment in moments(schedule) {
        let Some(last) = moment.last() else { continue };
        let said = summary(deployment, moment);
        row(
            text,
            &last.at.to_string(),
            last.healthy,
            last.running,
            &said,
        );
    }
}

fn row(text: &mut String, at: &str, healthy: u32, running: u32, said: &str) {
    let _ = writeln!(text, "  {at:>8} {healthy:>8} {running:>8}  {said}");
}

/// The steps that follow each other in the same second, and what they are split by: a row has what
/// comes before the next kind of step.
fn moments(schedule: &[Step]) -> impl Iterator<Item = &[Step]> {
    schedule.chunk_by(|a, b| a.at == b.at)
}

fn summary(deployment: &Deployment, steps: &[Step]) -> String {
    let mut said: Vec<(&str, BTreeMap<usize, u32>)> = Vec::new();
    let mut note = |what: &'static str, instance: usize| {
        let number = match said.iter().position(|it| it.0 == what) {
            Some(number) => number,
            None => {
                said.push((what, BTreeMap::new()));
                said.len() - 1
            }
        };
        *said[number].1.entry(instance).or_insert(0) += 1;
    };
    for step in steps {
        match step.action {
            Action::Start { instance, .. } => note("start", instance),
            Action::Healthy { instance, .. } => note("healthy", instance),
            Action::Stop { instance, .. } => note("stop", instance),
            Action::Stopped { instance, .. } => note("gone", instance),
            Action::Order { instance } => note("order", instance),
            Action::Ready { instance } => note("joins", instance),
            Action::Lost { instance, .. } => note("lost", instance),
            Action::Shift => note("traffic moves", usize::MAX),
        }
    }
    let pool = deployment
        .fleet
        .instances
        .iter()
        .any(|it| it.cpu == u32::MAX);
    let parts = said.into_iter().map(|(what, instances)| {
        let count: u32 = instances.values().sum();
        let names: Vec<String> = instances
            .keys()
            .map(|it| it.saturating_add(1).to_string())
            .collect();
        let plural = if names.len() == 1 { "" } else { "s" };
        match what {
            "traffic moves" => what.to_owned(),
            "order" => format!("order instance{plural} {}", listed(&names)),
            "joins" | "lost" => format!("instance{plural} {} {what}", listed(&names)),
            _ => {
                let said = match what {
                    "start" => format!("start {count} new"),
                    "healthy" => format!("{count} new healthy"),
                    "stop" => format!("stop {count} old"),
                    _ => format!("{count} old gone"),
                };
                match pool {
                    true => said,
                    false => format!("{said} on instance{plural} {}", listed(&names)),
                }
            }
        }
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// A few by name, many by number.
fn listed(names: &[String]) -> String {
    match names {
        [few @ .., last] if names.len() > 6 => {
            format!("{} … {last} ({})", few[0], names.len())
        }
        _ => names.join(", "),
    }
}
