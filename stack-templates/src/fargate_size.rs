//! CPU and memory of a task on Fargate: only pairs that Fargate offers.

use std::fmt;

/// CPU and memory of one task. Only pairs that Fargate offers can be made: written with
/// [`task_size!`](crate::task_size), or checked by [`TaskSize::new`].
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskSize {
    cpu: u32,
    memory: u32,
}

/// CPU units and MiB, checked while the program compiles: `task_size!(256, 512)`.
#[macro_export]
macro_rules! task_size {
    ($cpu:expr, $memory:expr) => {
        const { $crate::TaskSize::checked($cpu, $memory) }
    };
}

/// Why a pair is not offered: what would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOffered(&'static str);

impl fmt::Display for NotOffered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
impl std::error::Error for NotOffered {}

const fn offered(cpu: u32, memory: u32) -> Result<TaskSize, NotOffered> {
    let (least, most, step, what) = match cpu {
        256 => {
            if memory == 512 || memory == 1024 || memory == 2048 {
                return Ok(TaskSize { cpu, memory });
            }
            return Err(NotOffered(
                "with 256 CPU units Fargate offers 512, 1024 or 2048 MiB",
            ));
        }
        512 => (
            1024,
            4096,
            1024,
            "with 512 CPU units Fargate offers 1024 to 4096 MiB in steps of 1024",
        ),
        1024 => (
            2048,
            8192,
            1024,
            "with 1024 CPU units Fargate offers 2048 to 8192 MiB in steps of 1024",
        ),
        2048 => (
            4096,
            16384,
            1024,
            "with 2048 CPU units Fargate offers 4096 to 16384 MiB in steps of 1024",
        ),
        4096 => (
            8192,
            30720,
            1024,
            "with 4096 CPU units Fargate offers 8192 to 30720 MiB in steps of 1024",
        ),
        8192 => (
            16384,
            61440,
            4096,
            "with 8192 CPU units Fargate offers 16384 to 61440 MiB in steps of 4096",
        ),
        16384 => (
            32768,
            122880,
            8192,
            "with 16384 CPU units Fargate offers 32768 to 122880 MiB in steps of 8192",
        ),
        _ => {
            return Err(NotOffered(
                "Fargate offers 256, 512, 1024, 2048, 4096, 8192 or 16384 CPU units",
            ));
        }
    };
    if least <= memory && memory <= most && memory.is_multiple_of(step) {
        Ok(TaskSize { cpu, memory })
    } else {
        Err(NotOffered(what))
    }
}

impl TaskSize {
    /// Used by [`task_size!`](crate::task_size), which runs it while compiling.
    #[doc(hidden)]
    #[allow(clippy::panic)]
    pub const fn checked(cpu: u32, memory: u32) -> TaskSize {
        match offered(cpu, memory) {
            Ok(size) => size,
            Err(why) => panic!("{}", why.0),
        }
    }

    /// CPU units (1,024 is one vCPU) and MiB from outside the program.
    ///
    /// # Errors
    /// Says what Fargate offers when it is not this pair.
    pub const fn new(cpu: u32, memory: u32) -> Result<TaskSize, NotOffered> {
        offered(cpu, memory)
    }

    /// CPU units.
    pub const fn cpu(self) -> u32 {
        self.cpu
    }

    /// MiB.
    pub const fn memory(self) -> u32 {
        self.memory
    }
}

#[cfg(test)]
mod tests {
    use super::TaskSize;

    #[test]
    fn only_pairs_that_fargate_offers_can_be_made() {
        for (cpu, memory, good) in [
            (256, 512, true),
            (256, 1536, false),
            (512, 512, false),
            (1024, 3072, true),
            (4096, 30720, true),
            (4096, 31744, false),
            (8192, 20480, true),
            (8192, 17408, false),
            (16384, 122_880, true),
            (300, 512, false),
        ] {
            assert_eq!(TaskSize::new(cpu, memory).is_ok(), good, "{cpu} {memory}");
        }
    }
}
