//! CPU and memory that Fargate does not offer.

use stack_core::{Severity, TaskSize};

use crate::check::containers::{fargate_tasks, is_windows};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "fargate-size",
    severity: Severity::Error,
    page: include_str!("fargate_size.md"),
    run,
};

/// The largest size: CPU units, and each memory that goes with them.
const LARGEST: (u32, [u32; 3]) = (32_768, [61_440, 122_880, 249_856]);

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in fargate_tasks(stack) {
        let (cpu, memory) = (task.get("Cpu"), task.get("Memory"));
        for (view, name) in [(&cpu, "Cpu"), (&memory, "Memory")] {
            if view.is_absent() && !stack.has_transform() {
                let message = format!("`{}` runs on Fargate and says no `{name}`", task.id());
                report.at(
                    view,
                    message,
                    "Fargate charges by size: 256 CPU units and 512 MiB are the least",
                );
            }
        }
        let units = cpu.text().and_then(|it| quantity(it, "vcpu"));
        let mebibytes = memory.text().and_then(|it| quantity(it, "gb"));
        let (Some(units), Some(mebibytes)) = (units, mebibytes) else {
            continue;
        };
        if units == LARGEST.0 && LARGEST.1.contains(&mebibytes) && !is_windows(task) {
            continue;
        }
        match TaskSize::new(units, mebibytes) {
            Err(problem) => {
                let message =
                    format!("{units} CPU units with {mebibytes} MiB is no size of Fargate");
                let repair = match units == LARGEST.0 {
                    true => "with 32768 CPU units Fargate offers 61440, 122880 or 249856 \
                        MiB"
                    .to_owned(),
                    false => problem.to_string(),
                };
                report.at(&memory, message, repair);
            }
            Ok(_) if is_windows(task) && !(1024..=4096).contains(&units) => {
                let message = format!("Fargate runs no Windows containers with {units} CPU units");
                report.at(&cpu, message, "1024, 2048 or 4096");
            }
            Ok(_) => (),
        }
    }
}

/// A number, or one with a unit that is worth 1,024 of it: `256`, `.25 vCPU`.
fn quantity(text: &str, unit: &str) -> Option<u32> {
    let text = text.trim().to_ascii_lowercase();
    let Some(number) = text.strip_suffix(unit) else {
        return text.parse().ok();
    };
    // In thousandths, so that nothing passes through a float.
    let number = number.trim();
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let whole: u32 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let part: u32 = format!("{part:0<3}").get(..3)?.parse().ok()?;
    whole.checked_mul(1024)?.checked_add(part * 1024 / 1000)
}
