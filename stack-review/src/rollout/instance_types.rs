//! What instance types have: virtual CPUs, memory, network interfaces.
//!
//! - <https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html>
//! - <https://docs.aws.amazon.com/ec2/latest/instancetypes/co.html>
//! - <https://docs.aws.amazon.com/ec2/latest/instancetypes/mo.html>
//! - <https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html>
//! - <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AvailableIpPerENI.html>
//! - <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/eni-trunking-supported-instance-types.html>

/// An instance type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceType {
    /// Virtual CPUs; ECS counts 1024 units for each.
    pub vcpus: u32,
    /// MiB, as sold.
    pub memory: u32,
    /// Network interfaces, the primary one among them.
    pub interfaces: u32,
    /// GPUs.
    pub gpus: u32,
    /// Whether ECS can give it more interfaces, when the account's setting `awsvpcTrunking` is on.
    pub trunking: bool,
    /// Whether its processors are Graviton, `arm64`.
    pub arm: bool,
}

/// MiB that an instance surely registers of those that are sold: 5 % and 64 MiB less.
///
/// The kernel, the platform and the agent keep some. AWS documents 7,985 of 8,192 MiB for an
/// `m4.large`, and advises to leave 5 % to the agent and the system.
///
/// - <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/memory-management.html>
/// - <https://docs.aws.amazon.com/batch/latest/userguide/ecs-reserved-memory.html>
pub fn registerable_memory(sold: u32) -> u32 {
    sold.saturating_sub(sold.div_ceil(20)).saturating_sub(64)
}

/// What a type has: `t3.medium`; `None` for one that is not in the table.
///
/// ```
/// use stack_review::rollout::instance_type;
/// let it = instance_type("t3.medium").unwrap();
/// assert_eq!((it.vcpus, it.memory, it.interfaces), (2, 4096, 3));
/// ```
pub fn instance_type(name: &str) -> Option<InstanceType> {
    let (family, size) = name.split_once('.')?;
    if let Some(it) = singular(name) {
        return Some(it);
    }
    if family.starts_with('t') {
        return burstable(family, size);
    }
    let group = GROUPS
        .iter()
        .find(|it| it.families.split(' ').any(|it| it == family))?;
    let vcpus = match size {
        "medium" => 1,
        "large" => 2,
        "xlarge" => 4,
        _ => size.strip_suffix("xlarge")?.parse::<u32>().ok()? * 4,
    };
    let interfaces = group.sizes.split(' ').find_map(|it| {
        let (known, interfaces) = it.split_once(':')?;
        (known == size).then(|| interfaces.parse().ok())?
    })?;
    // Compute, general purpose, memory: 2, 4 and 8 GiB for each virtual CPU.
    let each = match family.as_bytes().first()? {
        b'c' => 2048,
        b'm' => 4096,
        b'r' => 8192,
        _ => return None,
    };
    let memory = match family {
        // These have a little less or more.
        "c4" => vcpus * 1920,
        "r4" => vcpus * 7808,
        "c5n" => vcpus * 2688,
        _ => vcpus * each,
    };
    let generation = family.get(1..2)?;
    let arm = family.get(2..3) == Some("g");
    Some(InstanceType {
        vcpus,
        memory,
        interfaces,
        gpus: 0,
        trunking: generation > "4",
        arm,
    })
}

/// Families whose sizes have the same network interfaces.
struct Group {
    families: &'static str,
    /// Sizes and network interfaces.
    sizes: &'static str,
}

const GROUPS: &[Group] = &[
    Group {
        families: "m5 m5a m5ad m5d m5dn m5n r5 r5a r5ad r5b r5d r5dn r5n c5a c5ad",
        sizes: "large:3 xlarge:4 2xlarge:4 4xlarge:8 8xlarge:8 12xlarge:8 16xlarge:15 24xlarge:15",
    },
    Group {
        families: "c6g c6gd c6gn c7g c7gd c7gn m6g m6gd m7g m7gd r6g r6gd r7g r7gd",
        sizes: "medium:2 large:3 xlarge:4 2xlarge:4 4xlarge:8 8xlarge:8 12xlarge:8 16xlarge:15",
    },
    Group {
        families: "c6i c6id m6i m6id r6i r6id",
        sizes: "large:3 xlarge:4 2xlarge:4 4xlarge:8 8xlarge:8 12xlarge:8 16xlarge:15 24xlarge:15 32xlarge:15",
    },
    Group {
        families: "c6in m6idn m6in r6idn r6in",
        sizes: "large:3 xlarge:4 2xlarge:4 4xlarge:8 8xlarge:8 12xlarge:8 16xlarge:15 24xlarge:15 32xlarge:16",
    },
    Group {
        families: "c6a m6a r6a",
        sizes: "large:3 xlarge:4 2xlarge:4 4xlarge:8 8xlarge:8 12xlarge:8 16xlarge:15 24xlarge:15 32xlarge:15 48xlarge:15",
    },
    Group {
        families: "c7a m7a r7a",
        sizes: "medium:2 large:3 xlarge:4 2xlarge:4 4xlarge:8 8xlarge:8 12xlarge:8 16xlarge:15 24xlarge:15 32xlarge:15 48xlarge:15",
    },
    Group {
        families: "c7i m7i r7i",
        sizes: "large:3 xlarge:4 2xlarge:4 4xlarge:8 8xlarge:8 12xlarge:8 16xlarge:15 24xlarge:15 48xlarge:15",
    },
    Group {
        families: "c7i-flex m7i-flex",
        sizes: "large:3 xlarge:4 2xlarge:4 4xlarge:8 8xlarge:8 12xlarge:8 16xlarge:15",
    },
    Group {
        families: "c8i-flex m8i-flex r8i-flex",
        sizes: "large:3 xlarge:4 2xlarge:4 4xlarge:8 8xlarge:10 12xlarge:12 16xlarge:16",
    },
    Group {
        families: "c8g c8gd m8g m8gd r8g r8gd",
        sizes: "medium:2 large:3 xlarge:4 2xlarge:4 4xlarge:8 8xlarge:8 12xlarge:8 16xlarge:15 24xlarge:15 48xlarge:15",
    },
    Group {
        families: "c8gb c8gn m8gb m8gn r8gb r8gn",
        sizes: "medium:2 large:3 xlarge:4 2xlarge:4 4xlarge:8 8xlarge:10 12xlarge:12 16xlarge:16 24xlarge:24 48xlarge:24",
    },
    Group {
        families: "c8i c8id m8i m8id r8i r8id",
        sizes: "large:3 xlarge:4 2xlarge:4 4xlarge:8 8xlarge:10 12xlarge:12 16xlarge:16 24xlarge:16 32xlarge:24 48xlarge:24",
    },
    Group {
        families: "c8a m8a r8a",
        sizes: "medium:2 large:3 xlarge:4 2xlarge:4 4xlarge:8 8xlarge:10 12xlarge:12 16xlarge:16 24xlarge:16 48xlarge:24",
    },
    Group {
        families: "c5 c5d",
        sizes: "large:3 xlarge:4 2xlarge:4 4xlarge:8 9xlarge:8 12xlarge:8 18xlarge:15 24xlarge:15",
    },
    Group {
        families: "c5n",
        sizes: "large:3 xlarge:4 2xlarge:4 4xlarge:8",
    },
    Group {
        families: "c4",
        sizes: "large:3 xlarge:4 2xlarge:4 4xlarge:8",
    },
    Group {
        families: "m4",
        sizes: "large:2 xlarge:4 2xlarge:4 4xlarge:8 10xlarge:8 16xlarge:8",
    },
    Group {
        families: "r4",
        sizes: "large:3 xlarge:4 2xlarge:4 4xlarge:8 8xlarge:8 16xlarge:15",
    },
];

fn burstable(family: &str, size: &str) -> Option<InstanceType> {
    let (vcpus, memory) = match size {
        "nano" => (2, 512),
        "micro" => (2, 1024),
        "small" => (2, 2048),
        "medium" => (2, 4096),
        "large" => (2, 8192),
        "xlarge" => (4, 16384),
        "2xlarge" => (8, 32768),
        _ => return None,
    };
    let interfaces = match (family, size) {
        ("t2" | "t3" | "t3a" | "t4g", "nano" | "micro") | ("t3a", "small") => 2,
        ("t2", _) | ("t3" | "t3a" | "t4g", "small" | "medium" | "large") => 3,
        ("t3" | "t3a" | "t4g", _) => 4,
        _ => return None,
    };
    let single = family == "t2" && matches!(size, "nano" | "micro" | "small");
    Some(InstanceType {
        vcpus: if single { 1 } else { vcpus },
        memory,
        interfaces,
        gpus: 0,
        trunking: false,
        arm: family == "t4g",
    })
}

/// Those that follow no rule: virtual CPUs, GiB, interfaces, GPUs.
fn singular(name: &str) -> Option<InstanceType> {
    let (vcpus, gib, interfaces, gpus) = match name {
        "t1.micro" => return plain(1, 627, 2),
        "m3.medium" => return plain(1, 3840, 2),
        "m3.large" => return plain(2, 7680, 3),
        "c3.large" => return plain(2, 3840, 3),
        "c3.xlarge" => return plain(4, 7680, 4),
        "c4.8xlarge" => return plain(36, 61440, 8),
        "c5n.9xlarge" => (36, 96, 8, 0),
        "c5n.18xlarge" => (72, 192, 15, 0),
        "g4dn.xlarge" => (4, 16, 3, 1),
        "g4dn.2xlarge" => (8, 32, 3, 1),
        "g4dn.4xlarge" => (16, 64, 3, 1),
        "g4dn.8xlarge" => (32, 128, 4, 1),
        "g4dn.12xlarge" => (48, 192, 8, 4),
        "g4dn.16xlarge" => (64, 256, 4, 1),
        "g5.xlarge" => (4, 16, 4, 1),
        "g5.2xlarge" => (8, 32, 4, 1),
        "g5.4xlarge" => (16, 64, 8, 1),
        "g5.8xlarge" => (32, 128, 8, 1),
        "g5.12xlarge" => (48, 192, 15, 4),
        "g5.16xlarge" => (64, 256, 8, 1),
        "g5.24xlarge" => (96, 384, 15, 4),
        "g5.48xlarge" => (192, 768, 7, 8),
        _ => return None,
    };
    Some(InstanceType {
        vcpus,
        memory: gib * 1024,
        interfaces,
        gpus,
        trunking: true,
        arm: false,
    })
}

/// An old type without trunking.
fn plain(vcpus: u32, memory: u32, interfaces: u32) -> Option<InstanceType> {
    Some(InstanceType {
        vcpus,
        memory,
        interfaces,
        gpus: 0,
        trunking: false,
        arm: false,
    })
}
