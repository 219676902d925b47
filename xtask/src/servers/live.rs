//! A pair of nginx and PHP-FPM that runs for a moment on this machine.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command};
use std::time::Duration;

use super::Place;
use super::configuration::Configuration;
use super::programs::Programs;

/// Says what it was asked.
const PROGRAM: &str = "<?php foreach (['REQUEST_URI', 'HTTPS', 'REMOTE_ADDR', 'HTTP_PROXY'] as $it) \
{ echo $it, '=', $_SERVER[$it] ?? 'nothing', ' '; } echo 'APP_ENV=', getenv('APP_ENV'); ";

/// A server that is stopped when it is no longer needed.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // Its workers end with it when it is asked, and outlive it when it is killed.
        let asked = Command::new("kill").arg(self.0.id().to_string()).output();
        if !asked.is_ok_and(|it| it.status.success()) {
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}

/// A request: host, path, further header; and what the answer holds.
type Case<'a> = (&'a str, &'a str, &'a str, &'a [&'a str]);

/// Serves with both and asks.
pub(super) fn check(
    programs: &Programs,
    place: &Place,
    nginx: &Configuration,
    php: &Configuration,
) -> Result<(), String> {
    let host = setting(&nginx.text, "        server_name ", 1)?;
    let port = setting(&nginx.text, "        listen ", 1)?;
    let root = setting(&nginx.text, "        root ", 0)?;
    let program = setting(&nginx.text, "            fastcgi_param DOCUMENT_ROOT ", 0)?;
    let health = setting(&nginx.text, "        location = ", 0)?;
    let upstream = setting(&nginx.text, "            set $php ", 0)?;
    let (web, fpm) = free_ports()?;
    let site = format!("{}/site", place.root);
    fs::create_dir_all(format!("{site}/uploads")).map_err(|why| format!("{site}: {why}"))?;
    place.write("site/index.php", PROGRAM)?;
    place.write("site/robots.txt", "all welcome\n")?;
    place.write("site/.env", "KEY=secret\n")?;
    place.write("site/uploads/evil.php", "<?php echo 'run';")?;
    let text = place
        .moved(programs, &nginx.text)
        .replace(
            &format!("listen {port}"),
            &format!("listen 127.0.0.1:{web}"),
        )
        .replace(&upstream, &format!("127.0.0.1:{fpm}"))
        .replace(&program, &site)
        .replace(&root, &site);
    let config = place.write("nginx.conf", &format!("daemon off;\n{text}"))?;
    let mut server = Command::new(&programs.nginx);
    server.args(["-c", &config, "-p", &place.root]);
    let _nginx = start(&mut server, place, "nginx.log", web)?;

    // PHP is not there yet: nginx lives, and says so.
    let check: Case<'_> = ("10.0.0.7", &health, "", &["200 OK", "ok"]);
    ask(web, check)?;
    ask(web, (&host, "/orders", "", &["502 Bad Gateway"]))?;

    let listen = setting(&php.text, "listen = ", 0)?;
    let user = setting(&php.text, "user = ", 0)?;
    // Whoever runs the test may read its files; nobody else must.
    let me = Command::new("id").arg("-un").output();
    let me = me.map_err(|why| format!("id: {why}"))?;
    let me = String::from_utf8_lossy(&me.stdout).trim().to_owned();
    let text = php
        .text
        .replace(
            &format!("listen = {listen}"),
            &format!("listen = 127.0.0.1:{fpm}"),
        )
        .replace(&format!("user = {user}"), &format!("user = {me}"))
        .replace(&format!("group = {user}\n"), "");
    let config = place.write("php-fpm.conf", &text)?;
    let mut server = Command::new(&programs.php_fpm);
    server
        .args(["-n", "-R", "-F", "-y", &config])
        .env("APP_ENV", "test");
    let _php = start(&mut server, place, "php-fpm.log", fpm)?;
    let cases: &[Case<'_>] = &[
        ("10.0.0.7", &health, "", &["200 OK", "ok"]),
        (
            &host,
            "/orders?page=2",
            "X-Forwarded-Proto: https",
            &[
                "200 OK",
                "REQUEST_URI=/orders?page=2 HTTPS=on",
                "APP_ENV=test",
                "Strict-Transport-Security: max-age=",
            ],
        ),
        (&host, "/", "", &["200 OK", "HTTPS=nothing"]),
        (
            &host,
            "/index.php",
            "",
            &["200 OK", "REQUEST_URI=/index.php"],
        ),
        // Who is no load balancer is not believed.
        (
            &host,
            "/",
            "X-Forwarded-For: 8.8.8.8",
            &["REMOTE_ADDR=127.0.0.1"],
        ),
        (
            &host,
            "/",
            "Proxy: http://evil.example",
            &["HTTP_PROXY=nothing"],
        ),
        (&host, "/robots.txt", "", &["200 OK", "all welcome"]),
        (&host, "/uploads/evil.php", "", &["404 Not Found"]),
        (&host, "/index.php/x.php", "", &["404 Not Found"]),
        (&host, "/.env", "", &["404 Not Found"]),
        (&host, "/.git/config", "", &["404 Not Found"]),
        ("other.example", "/", "", &["404 Not Found"]),
    ];
    cases.iter().try_for_each(|case| ask(web, *case))
}

/// The rest of the `n`th line that begins so, without its semicolon.
fn setting(text: &str, begin: &str, n: usize) -> Result<String, String> {
    let lines = text.lines().filter_map(|it| it.strip_prefix(begin));
    let line = lines.into_iter().nth(n);
    let value = line.and_then(|it| it.trim_end_matches(';').split(' ').next());
    value
        .map(str::to_owned)
        .ok_or_else(|| format!("the configuration has no line `{}…`", begin.trim_start()))
}

fn free_ports() -> Result<(u16, u16), String> {
    let free = || TcpListener::bind("127.0.0.1:0").map_err(|why| format!("no port: {why}"));
    let (a, b) = (free()?, free()?);
    let port = |it: &TcpListener| it.local_addr().map_or(0, |it| it.port());
    Ok((port(&a), port(&b)))
}

fn start(command: &mut Command, place: &Place, log: &str, port: u16) -> Result<Server, String> {
    let path = place.write(log, "")?;
    let file = fs::File::create(&path).map_err(|why| format!("{path}: {why}"))?;
    let copy = file.try_clone().map_err(|why| format!("{path}: {why}"))?;
    let child = command.stdout(file).stderr(copy).spawn();
    let mut server = child
        .map(Server)
        .map_err(|why| format!("{command:?}: {why}"))?;
    for _ in 0..400 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(server);
        }
        if server.0.try_wait().is_ok_and(|it| it.is_some()) {
            break;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    let said = fs::read_to_string(&path).unwrap_or_default();
    Err(format!("{command:?} did not start: {said}"))
}

fn ask(port: u16, (host, path, header, expected): Case<'_>) -> Result<(), String> {
    let answer = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let header = match header {
            "" => String::new(),
            header => format!("{header}\r\n"),
        };
        let request = format!("GET {path} HTTP/1.0\r\nHost: {host}\r\n{header}\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = answer().map_err(|why| format!("GET {path}: {why}"))?;
    match expected.iter().find(|it| !answer.contains(**it)) {
        None => Ok(()),
        Some(lacks) => Err(format!(
            "GET {path} of {host} with `{header}`: `{lacks}` is not in the answer:\n{answer}"
        )),
    }
}
