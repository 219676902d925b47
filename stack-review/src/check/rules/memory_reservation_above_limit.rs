//! A container reserves more memory than it may have.

use stack_core::Severity;

use crate::check::containers::{called, each_container};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "memory-reservation-above-limit",
    severity: Severity::Error,
    page: include_str!("memory_reservation_above_limit.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (_, container) in each_container(stack) {
        let reservation = container.get("MemoryReservation");
        if let (Some(reserved), Some(limit)) = (reservation.int(), container.get("Memory").int())
            && reserved > limit
        {
            let message = format!(
                "{} reserves {reserved} MiB and may have {limit}",
                called(&container)
            );
            report.at(&reservation, message, format!("{limit} or less"));
        }
    }
}
