//! Typed values in settings files: how they are read, and their JSON Schema.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};

use crate::build::Day;

use super::{Cidr, Mebibytes, Port, Seconds, TaskSize};

/// Text that its type parses. The `format` names the type, so that a reader of settings can check
/// every text at once.
macro_rules! text {
    ($type:ty, $format:literal, $pattern:literal, $description:literal, $example:literal) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                struct Text;
                impl Visitor<'_> for Text {
                    type Value = $type;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("text such as `\"", $example, "\"`"))
                    }
                    fn visit_str<E: Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "format": $format,
                    "pattern": $pattern,
                    "description": $description,
                    "examples": [$example],
                })
            }
        }
    };
}

text!(
    Cidr,
    "ipv4-range",
    r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$",
    "An IPv4 range without host bits.",
    "10.40.0.0/16"
);
text!(
    Seconds,
    "time-span",
    r"^\d+ *[smhd]$",
    "A span of time in seconds, minutes, hours or days.",
    "30s"
);
text!(
    Mebibytes,
    "memory-size",
    r"^\d+ *[MG]iB$",
    "An amount of memory or disk.",
    "512 MiB"
);

text!(
    Day,
    "date",
    r"^\d{4}-\d{2}-\d{2}$",
    "A day of the calendar.",
    "2027-03-31"
);

/// A number.
impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Port, D::Error> {
        let number = u16::deserialize(deserializer)?;
        Port::new(number)
            .ok_or_else(|| D::Error::invalid_value(Unexpected::Unsigned(0), &"a port, 1 to 65535"))
    }
}
impl JsonSchema for Port {
    fn schema_name() -> Cow<'static, str> {
        "Port".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "integer",
            "minimum": 1,
            "maximum": 65535,
            "description": "A TCP or UDP port.",
        })
    }
}

/// A table: `{ cpu = 256, memory = 512 }`, in CPU units and MiB.
impl<'de> Deserialize<'de> for TaskSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TaskSize, D::Error> {
        const KEYS: [&str; 2] = ["cpu", "memory"];
        struct Pair;
        impl<'de> Visitor<'de> for Pair {
            type Value = TaskSize;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a task size such as `{ cpu = 256, memory = 512 }`")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TaskSize, A::Error> {
                let mut found: [Option<u32>; 2] = [None; 2];
                while let Some(key) = map.next_key::<String>()? {
                    let at = KEYS
                        .iter()
                        .position(|it| *it == key)
                        .ok_or_else(|| A::Error::unknown_field(&key, &KEYS))?;
                    found[at] = Some(map.next_value()?);
                }
                let [cpu, memory] = found;
                let cpu = cpu.ok_or_else(|| A::Error::missing_field("cpu"))?;
                let memory = memory.ok_or_else(|| A::Error::missing_field("memory"))?;
                TaskSize::new(cpu, memory).map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_struct("TaskSize", &KEYS, Pair)
    }
}
impl JsonSchema for TaskSize {
    fn schema_name() -> Cow<'static, str> {
        "TaskSize".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut cpu: Vec<u32> = TaskSize::all().map(TaskSize::cpu).collect();
        cpu.dedup();
        json_schema!({
            "type": "object",
            "format": "task-size",
            "description": "CPU units (1024 are one vCPU) and MiB of memory; pairs that Fargate offers.",
            "properties": {
                "cpu": {"type": "integer", "enum": cpu, "description": "CPU units."},
                "memory": {"type": "integer", "minimum": 512, "maximum": 122_880, "description": "MiB."},
            },
            "required": ["cpu", "memory"],
            "additionalProperties": false,
        })
    }
}
