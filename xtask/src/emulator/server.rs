//! A server that plays AWS on this machine, for as long as the value lives.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::tools;

/// How long it may take to start, in steps of a tenth of a second: several start at once.
const PATIENCE: u32 = 900;

/// MiniStack with our layer, `xtask/emulator/plus.py`.
pub(super) struct Server {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Server {
    /// Starts one that keeps its log and its table of faults in `folder`. With `strict`, it checks
    /// signatures and what the policies of whoever calls allow.
    pub(super) fn start(folder: &Path, strict: bool) -> Result<Server, String> {
        fs::create_dir_all(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
        let log = folder.join("server.log");
        let file = fs::File::create(&log).map_err(|why| format!("{}: {why}", log.display()))?;
        let copy = file
            .try_clone()
            .map_err(|why| format!("{}: {why}", log.display()))?;
        let port = free_port()?;
        let home = tools::root().join("xtask/emulator");
        let mut command = Command::new(tools::emulator("python3")?);
        command
            .arg(home.join("plus.py"))
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("EMULATOR_ACCOUNTS", home.join("accounts.json"))
            .env("EMULATOR_FAULTS", folder.join("faults.json"))
            .env("AUTH", strict.to_string())
            .env("LOG_LEVEL", "WARNING")
            .env("TMPDIR", folder)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            // It ends when this end of the pipe does, however this program ends.
            .stdin(Stdio::piped())
            .stdout(file)
            .stderr(copy);
        let child = command
            .spawn()
            .map_err(|why| format!("cannot start the emulator: {why}"))?;
        let mut server = Server { child, port, log };
        server.wait()?;
        Ok(server)
    }

    /// Where it answers.
    pub(super) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What a program needs to find it, and to find nothing else.
    pub(super) fn environment(&self) -> [(&'static str, String); 8] {
        [
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
            ("AWS_PAGER", String::new()),
            ("AWS_MAX_ATTEMPTS", "2".to_owned()),
            ("NO_PROXY", "127.0.0.1".to_owned()),
            ("no_proxy", "127.0.0.1".to_owned()),
        ]
    }

    fn wait(&mut self) -> Result<(), String> {
        for _ in 0..PATIENCE {
            if self.healthy() {
                return Ok(());
            }
            if self.child.try_wait().is_ok_and(|it| it.is_some()) {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        Err(format!("the emulator did not start: {said}"))
    }

    fn healthy(&self) -> bool {
        let ask = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_read_timeout(Some(Duration::from_secs(10)))?;
            let host = self.port;
            let request = format!(
                "GET /_ministack/health HTTP/1.1\r\nHost: 127.0.0.1:{host}\r\nConnection: close\r\n\r\n"
            );
            stream.write_all(request.as_bytes())?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        ask().is_ok_and(|it| it.starts_with("HTTP/1.1 200"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> Result<u16, String> {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
    free.map(|it| it.port())
        .map_err(|why| format!("no port is free: {why}"))
}
