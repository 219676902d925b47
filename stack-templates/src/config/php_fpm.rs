//! PHP-FPM behind a load balancer.

use serde::Serialize;
use stack_core::prelude::*;

use super::file::{ConfigText, Limits};

/// What PHP-FPM's master process and the opcode cache of PHP (128 MiB by default, shared by all
/// workers) take beside the workers.
///
/// <https://www.php.net/manual/en/opcache.configuration.php>
const BESIDE: u32 = 160;

/// The configuration of PHP-FPM in a container: a fixed number of workers whose memory fits into
/// the task, logs to standard error, the task's environment for the program.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let config = PhpFpmConfig::new(port!(9000), 8, mib(96));
/// assert!(config.text().text().is_ok());
/// ```
#[derive(Clone, Debug)]
pub struct PhpFpmConfig {
    settings: Settings,
}

/// What the template has a place for.
#[derive(Clone, Debug, Serialize)]
struct Settings {
    port: u16,
    user: String,
    workers: u32,
    memory_mebibytes: u32,
    requests_each: u32,
    request_seconds: u32,
    body_mebibytes: u32,
    shutdown_seconds: u32,
}

impl PhpFpmConfig {
    /// Listens on `port` with so many workers, each of which may use so much memory. A task that is
    /// too small for all of them and 160 MiB beside is refused.
    pub fn new(port: Port, workers: u32, memory_each: Mebibytes) -> PhpFpmConfig {
        PhpFpmConfig {
            settings: Settings {
                port: port.number(),
                user: "www-data".to_owned(),
                workers,
                memory_mebibytes: memory_each.0,
                requests_each: 1_000,
                request_seconds: 60,
                body_mebibytes: 16,
                shutdown_seconds: 25,
            },
        }
    }

    /// Whom workers run as when the container runs as root (default `www-data`, as in the official
    /// images).
    pub fn user(mut self, name: impl Into<String>) -> PhpFpmConfig {
        self.settings.user = name.into();
        self
    }

    /// After how many requests a worker is replaced, which gives back what leaked (default 1,000).
    pub fn requests_each(mut self, requests: u32) -> PhpFpmConfig {
        self.settings.requests_each = requests;
        self
    }

    /// How long a request may take (default 60 seconds); nginx must wait as long.
    pub fn request_timeout(mut self, time: Seconds) -> PhpFpmConfig {
        self.settings.request_seconds = time.0;
        self
    }

    /// The largest request, in MiB (default 16), as nginx says.
    pub fn largest_body(mut self, size: Mebibytes) -> PhpFpmConfig {
        self.settings.body_mebibytes = size.0;
        self
    }

    /// How long requests may finish after the signal to stop (default 25 seconds); less than the
    /// container's `stop_timeout`.
    pub fn finish_within(mut self, time: Seconds) -> PhpFpmConfig {
        self.settings.shutdown_seconds = time.0;
        self
    }

    /// The file.
    pub fn text(&self) -> ConfigText {
        let it = &self.settings;
        let mut problems = Vec::new();
        if it.workers == 0 {
            let message = "PHP-FPM without a worker answers nothing";
            problems.push(Problem::error("php-fpm-workers", message).help("give it 1 at least"));
        }
        let memory = it.workers.saturating_mul(it.memory_mebibytes);
        ConfigText::template(include_str!("php-fpm.conf"), "php-fpm.conf", it)
            .and(problems)
            .limits(Limits {
                memory: Some(mib(memory.saturating_add(BESIDE))),
                stop: Some(seconds(it.shutdown_seconds)),
            })
            .command(&["php-fpm", "--nodaemonize", "--fpm-config", "{}"])
    }
}

impl From<PhpFpmConfig> for ConfigText {
    fn from(config: PhpFpmConfig) -> ConfigText {
        config.text()
    }
}
