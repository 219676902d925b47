//! nginx in front of PHP-FPM.

use serde::Serialize;
use stack_core::prelude::*;

use super::file::{ConfigText, Limits};

/// The resolver of every VPC, under an address that is the same in all of them.
///
/// <https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html>
const RESOLVER: &str = "169.254.169.253";

/// The configuration of nginx before a PHP program whose requests all begin in `index.php`: behind
/// a load balancer that ends TLS, with static files from its own image, a check that does not ask
/// PHP, and the name of PHP's load balancer asked anew every ten seconds.
///
/// Temporary files lie in `/tmp`, which [`scratch`](crate::Ec2Service::scratch) provides. What a
/// container has begun when it is asked to stop it may finish only if its image stops by `SIGQUIT`:
/// the official images of nginx and PHP say `STOPSIGNAL SIGQUIT`.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let config = NginxConfig::new(port!(8080), "/app/public", "php.shop.internal", port!(9000))
///     .host("www.shop.example")
///     .trusted(cidr!("10.0.0.0/16"));
/// assert!(config.text().text().is_ok());
/// ```
#[derive(Clone, Debug)]
pub struct NginxConfig {
    settings: Settings,
    hosts: Vec<String>,
}

/// What the template has a place for.
#[derive(Clone, Debug, Serialize)]
struct Settings {
    port: u16,
    hosts: Vec<String>,
    root: String,
    php_host: String,
    php_port: u16,
    php_root: String,
    php_seconds: u32,
    trusted: String,
    resolver: &'static str,
    resolver_seconds: u32,
    workers: &'static str,
    connections: u32,
    body_mebibytes: u32,
    keepalive_seconds: u32,
    shutdown_seconds: u32,
    health_path: String,
    hsts_seconds: u32,
}

impl NginxConfig {
    /// Listens on `port`, serves the files under `root`, and passes all else to PHP-FPM at this
    /// name and port, where the program lies in the same folder.
    pub fn new(
        port: Port,
        root: impl Into<String>,
        php_host: impl Into<String>,
        php_port: Port,
    ) -> NginxConfig {
        let root = root.into();
        NginxConfig {
            settings: Settings {
                port: port.number(),
                hosts: Vec::new(),
                php_root: root.clone(),
                root,
                php_host: php_host.into(),
                php_port: php_port.number(),
                php_seconds: 60,
                // Nobody: what a client says of itself is not believed.
                trusted: "127.0.0.1/32".to_owned(),
                resolver: RESOLVER,
                resolver_seconds: 10,
                workers: "auto",
                connections: 1_024,
                body_mebibytes: 16,
                keepalive_seconds: 75,
                shutdown_seconds: 25,
                health_path: "/nginx-health".to_owned(),
                hsts_seconds: 31_536_000,
            },
            hosts: Vec::new(),
        }
    }

    /// Also answers for this host; other hosts get 404. One at least.
    pub fn host(mut self, host: impl Into<String>) -> NginxConfig {
        self.hosts.push(host.into());
        self
    }

    /// Where the load balancer's addresses lie, whose word about client and protocol is taken: the
    /// network's range (default: nobody's).
    pub fn trusted(mut self, range: Cidr) -> NginxConfig {
        self.settings.trusted = range.to_string();
        self
    }

    /// The folder of the program in PHP's container, when it is another.
    pub fn php_root(mut self, root: impl Into<String>) -> NginxConfig {
        self.settings.php_root = root.into();
        self
    }

    /// How long PHP may take for a request (default 60 seconds); at least what PHP-FPM gives it.
    pub fn php_timeout(mut self, time: Seconds) -> NginxConfig {
        self.settings.php_seconds = time.0;
        self
    }

    /// The largest request, in MiB (default 16).
    pub fn largest_body(mut self, size: Mebibytes) -> NginxConfig {
        self.settings.body_mebibytes = size.0;
        self
    }

    /// The path that answers 200 while nginx lives (default `/nginx-health`).
    pub fn health_path(mut self, path: impl Into<String>) -> NginxConfig {
        self.settings.health_path = path.into();
        self
    }

    /// How long a connection stays open without a request (default 75 seconds); more than the
    /// load balancer's idle timeout, which is 60.
    pub fn keepalive(mut self, time: Seconds) -> NginxConfig {
        self.settings.keepalive_seconds = time.0;
        self
    }

    /// How long requests may finish after the signal to stop (default 25 seconds); less than the
    /// container's `stop_timeout`.
    pub fn finish_within(mut self, time: Seconds) -> NginxConfig {
        self.settings.shutdown_seconds = time.0;
        self
    }

    /// How long browsers remember that the site is HTTPS only (default a year).
    pub fn hsts(mut self, time: Seconds) -> NginxConfig {
        self.settings.hsts_seconds = time.0;
        self
    }

    /// The file.
    pub fn text(&self) -> ConfigText {
        let mut problems = Vec::new();
        if self.hosts.is_empty() {
            let message = "nginx's configuration names no host, so every request would get 404";
            problems.push(Problem::error("nginx-host", message).help(
                "name what the load balancer's route asks for: `.host(\"www.shop.example\")`",
            ));
        }
        let mut settings = self.settings.clone();
        // A template that has no value says so by itself; what is missing was said above.
        settings.hosts = match self.hosts.is_empty() {
            true => vec!["_".to_owned()],
            false => self.hosts.clone(),
        };
        for path in [&settings.root, &settings.php_root, &settings.health_path] {
            if !path.starts_with('/') {
                let message = format!("`{path}` in nginx's configuration does not begin with `/`");
                problems.push(Problem::error("nginx-path", message).help(format!("`/{path}`")));
            }
        }
        ConfigText::template(include_str!("nginx.conf"), "nginx.conf", &settings)
            .and(problems)
            .limits(Limits {
                memory: None,
                stop: Some(seconds(settings.shutdown_seconds)),
            })
            .command(&["nginx", "-c", "{}", "-g", "daemon off;"])
    }
}

impl From<NginxConfig> for ConfigText {
    fn from(config: NginxConfig) -> ConfigText {
        config.text()
    }
}
