//! When a target counts as healthy.

use stack_core::prelude::*;

/// How a load balancer finds out whether a target can take traffic.
///
/// A new target takes traffic after `healthy_after` good answers, so a deployment waits at least
/// `every × healthy_after` for each batch of tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    pub(crate) path: Option<String>,
    pub(crate) every: Seconds,
    pub(crate) timeout: Seconds,
    pub(crate) healthy_after: u32,
    pub(crate) unhealthy_after: u32,
    pub(crate) codes: String,
}

impl HealthCheck {
    /// An HTTP request for this path, answered with 200.
    pub fn path(path: impl Into<String>) -> HealthCheck {
        HealthCheck {
            path: Some(path.into()),
            ..HealthCheck::tcp()
        }
    }

    /// A TCP connection.
    pub fn tcp() -> HealthCheck {
        HealthCheck {
            path: None,
            every: seconds(10),
            timeout: seconds(5),
            healthy_after: 2,
            unhealthy_after: 3,
            codes: "200".to_owned(),
        }
    }

    /// The time between two checks (5–300 seconds, default 10). Updates in place.
    pub fn every(self, every: Seconds) -> HealthCheck {
        HealthCheck { every, ..self }
    }

    /// How long an answer may take (2–120 seconds, default 5; less than `every`). Updates in place.
    pub fn timeout(self, timeout: Seconds) -> HealthCheck {
        HealthCheck { timeout, ..self }
    }

    /// Good answers in a row after which a target takes traffic (2–10, default 2).
    pub fn healthy_after(self, checks: u32) -> HealthCheck {
        HealthCheck {
            healthy_after: checks,
            ..self
        }
    }

    /// Bad answers in a row after which it does not (2–10, default 3).
    pub fn unhealthy_after(self, checks: u32) -> HealthCheck {
        HealthCheck {
            unhealthy_after: checks,
            ..self
        }
    }

    /// The HTTP status codes that are good, such as `200-299` or `200,301` (default `200`).
    pub fn codes(self, codes: impl Into<String>) -> HealthCheck {
        HealthCheck {
            codes: codes.into(),
            ..self
        }
    }
}

/// The short form: the path.
impl From<&str> for HealthCheck {
    fn from(path: &str) -> HealthCheck {
        HealthCheck::path(path)
    }
}
