//! What an instance has for tasks.

/// CPU units and mebibytes that an instance has for tasks, at the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InstanceSize {
    pub(super) cpu: u32,
    pub(super) memory: u32,
}

/// What the operating system and the agent keep, in mebibytes: `ECS_RESERVED_MEMORY`.
pub(super) const RESERVED: u32 = 256;

impl InstanceSize {
    /// By the instance type, such as `m6i.large`; `None` for families that are not known here.
    ///
    /// The kernel keeps some of the memory, so that an instance registers less than its type says:
    /// a sixteenth is taken off for it, which is more than the kernel takes.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/memory-management.html>,
    /// <https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html>
    pub(super) fn of(instance_type: &str) -> Option<InstanceSize> {
        let (family, size) = instance_type.split_once('.')?;
        let at = family.find(|it: char| it.is_ascii_digit())?;
        let (class, rest) = family.split_at(at);
        let generation: u32 = rest.chars().next()?.to_digit(10)?;
        let (cpus, gibibytes_in_sixteenths) = match (class, generation) {
            ("t", 3 | 4) => burstable(size)?,
            // Of the fifth generation on, a vCPU comes with 2, 4 or 8 GiB.
            ("c" | "m" | "r", 5..) => {
                let cpus = match size {
                    "medium" => 1,
                    "large" => 2,
                    "xlarge" => 4,
                    size => 4 * size.strip_suffix("xlarge")?.parse::<u32>().ok()?,
                };
                let each = match class {
                    "c" => 2,
                    "m" => 4,
                    _ => 8,
                };
                (cpus, cpus * each * 16)
            }
            _ => return None,
        };
        let nominal = gibibytes_in_sixteenths * 64;
        Some(InstanceSize {
            cpu: cpus * 1024,
            memory: (nominal / 16 * 15).saturating_sub(RESERVED),
        })
    }

    /// What both have.
    pub(super) fn least(self, other: InstanceSize) -> InstanceSize {
        InstanceSize {
            cpu: self.cpu.min(other.cpu),
            memory: self.memory.min(other.memory),
        }
    }
}

/// vCPUs, and sixteenths of a GiB.
fn burstable(size: &str) -> Option<(u32, u32)> {
    Some(match size {
        "nano" => (2, 8),
        "micro" => (2, 16),
        "small" => (2, 32),
        "medium" => (2, 64),
        "large" => (2, 128),
        "xlarge" => (4, 256),
        "2xlarge" => (8, 512),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::InstanceSize;

    #[test]
    fn types_that_are_known_have_less_memory_than_they_are_sold_with() {
        for (name, expected) in [
            ("m6i.large", Some((2048, 8 * 1024 / 16 * 15 - 256))),
            ("m6a.large", Some((2048, 7424))),
            ("c7g.medium", Some((1024, 2 * 1024 / 16 * 15 - 256))),
            ("r5.2xlarge", Some((8192, 64 * 1024 / 16 * 15 - 256))),
            ("m7i-flex.xlarge", Some((4096, 16 * 1024 / 16 * 15 - 256))),
            ("t3.medium", Some((2048, 4 * 1024 / 16 * 15 - 256))),
            ("t4g.nano", Some((2048, 512 / 16 * 15 - 256))),
            ("m4.large", None),
            ("t2.micro", None),
            ("mac2.metal", None),
            ("m5.metal", None),
            ("x2idn.16xlarge", None),
            ("large", None),
            ("m6i", None),
            ("", None),
        ] {
            let size = InstanceSize::of(name).map(|it| (it.cpu, it.memory));
            assert_eq!(size, expected, "{name}");
        }
    }
}
