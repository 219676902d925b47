//! What a Fargate task may have of CPU and memory. An impossible pair does not compile
//! ([`task_size!`](crate::task_size)); numbers from outside go through [`TaskSize::new`].

use std::fmt;

use super::units::ParseError;
use super::{Mebibytes, mib};

/// The CPU units (1,024 are one vCPU) and the memory of a Fargate task; only
/// [pairs that Fargate offers](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html).
/// Written with [`task_size!`](crate::task_size). Changing it makes a new revision of the task
/// definition, so the service replaces its tasks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TaskSize {
    cpu: u32,
    memory: u32,
}

/// CPU units and MiB, checked while the program compiles: `task_size!(256, 512)`.
///
/// ```
/// use stack_core::task_size;
///
/// const SMALL: stack_core::TaskSize = task_size!(256, 512);
/// assert_eq!(SMALL.to_string(), "256 CPU units, 512 MiB");
/// ```
#[macro_export]
macro_rules! task_size {
    ($cpu:expr, $memory:expr) => {{
        const CHECKED: $crate::TaskSize = $crate::TaskSize::checked($cpu, $memory);
        CHECKED
    }};
}

/// CPU units; the least and the most memory, and the step between, in MiB; in words.
struct Offer {
    cpu: u32,
    least: u32,
    most: u32,
    step: u32,
    words: &'static str,
}

const fn offer(cpu: u32, least: u32, most: u32, step: u32, words: &'static str) -> Offer {
    Offer {
        cpu,
        least,
        most,
        step,
        words,
    }
}

const OFFERS: [Offer; 7] = [
    // 512, 1,024 and 2,048 only: see `TaskSize::fits`.
    offer(
        256,
        512,
        2048,
        512,
        "with 256 CPU units Fargate offers 512, 1024 or 2048 MiB",
    ),
    offer(
        512,
        1024,
        4096,
        1024,
        "with 512 CPU units Fargate offers 1024, 2048, 3072 or 4096 MiB",
    ),
    offer(
        1024,
        2048,
        8192,
        1024,
        "with 1024 CPU units Fargate offers 2048 to 8192 MiB in steps of 1024",
    ),
    offer(
        2048,
        4096,
        16384,
        1024,
        "with 2048 CPU units Fargate offers 4096 to 16384 MiB in steps of 1024",
    ),
    offer(
        4096,
        8192,
        30720,
        1024,
        "with 4096 CPU units Fargate offers 8192 to 30720 MiB in steps of 1024",
    ),
    offer(
        8192,
        16384,
        61440,
        4096,
        "with 8192 CPU units Fargate offers 16384 to 61440 MiB in steps of 4096",
    ),
    offer(
        16384,
        32768,
        122_880,
        8192,
        "with 16384 CPU units Fargate offers 32768 to 122880 MiB in steps of 8192",
    ),
];

const fn size_of(cpu: u32, memory: u32) -> Result<TaskSize, &'static str> {
    let mut at = 0;
    while at < OFFERS.len() {
        let offer = &OFFERS[at];
        if offer.cpu == cpu {
            let stepped = memory >= offer.least
                && memory <= offer.most
                && (memory - offer.least).is_multiple_of(offer.step)
                && !(cpu == 256 && memory == 1536);
            return if stepped {
                Ok(TaskSize { cpu, memory })
            } else {
                Err(offer.words)
            };
        }
        at += 1;
    }
    Err("Fargate offers 256, 512, 1024, 2048, 4096, 8192 or 16384 CPU units")
}

impl TaskSize {
    /// Used by [`task_size!`](crate::task_size), which runs it while compiling.
    #[doc(hidden)]
    #[allow(clippy::panic)]
    pub const fn checked(cpu: u32, memory: u32) -> TaskSize {
        match size_of(cpu, memory) {
            Ok(it) => it,
            Err(why) => panic!("{}", why),
        }
    }

    /// CPU units and MiB that are known only when the program runs.
    ///
    /// # Errors
    /// A pair that Fargate does not offer; the error says what goes with these CPU units.
    pub fn new(cpu: u32, memory: u32) -> Result<TaskSize, ParseError> {
        size_of(cpu, memory).map_err(ParseError::new)
    }

    /// CPU units: 256 to 16,384, where 1,024 are one vCPU.
    pub const fn cpu(self) -> u32 {
        self.cpu
    }

    /// The memory.
    pub const fn memory(self) -> Mebibytes {
        mib(self.memory)
    }

    /// Every size that Fargate offers, smallest first.
    pub fn all() -> impl Iterator<Item = TaskSize> {
        OFFERS.iter().flat_map(|offer| {
            let step = usize::try_from(offer.step).unwrap_or(1);
            (offer.least..=offer.most)
                .step_by(step)
                .filter_map(|memory| size_of(offer.cpu, memory).ok())
        })
    }
}

impl fmt::Display for TaskSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} CPU units, {} MiB", self.cpu, self.memory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fargate_offers_these_sizes_and_no_others() {
        let count = |cpu| TaskSize::all().filter(|it| it.cpu() == cpu).count();
        // From the table on the page above.
        for (cpu, sizes) in [
            (256, 3),
            (512, 4),
            (1024, 7),
            (2048, 13),
            (4096, 23),
            (8192, 12),
            (16384, 12),
        ] {
            assert_eq!(count(cpu), sizes, "{cpu}");
        }
        for (cpu, memory) in [
            (256, 1536),
            (256, 4096),
            (512, 512),
            (1024, 8193),
            (8192, 17408),
            (16384, 36864),
            (300, 512),
            (0, 0),
        ] {
            assert!(TaskSize::new(cpu, memory).is_err(), "{cpu}, {memory}");
        }
    }

    #[test]
    fn the_error_says_what_goes_with_the_cpu_units() {
        assert_eq!(
            TaskSize::new(256, 8192).unwrap_err().to_string(),
            "with 256 CPU units Fargate offers 512, 1024 or 2048 MiB"
        );
    }
}
