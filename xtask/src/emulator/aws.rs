//! AWS's own command line, as one long-lived process: `xtask/emulator/aws.py`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::server::Server;
use crate::tools;

/// Who calls, and in which region.
#[derive(Clone)]
pub(super) struct Caller {
    /// A 12-digit id is its account.
    pub(super) key: String,
    pub(super) secret: String,
    /// Of a session, its token.
    pub(super) token: String,
    pub(super) region: String,
}

impl Caller {
    /// The account itself.
    pub(super) fn account(id: &str, region: &str) -> Caller {
        Caller {
            key: id.to_owned(),
            secret: "test".to_owned(),
            token: String::new(),
            region: region.to_owned(),
        }
    }
}

/// What a command answered.
pub(super) struct Answer {
    pub(super) code: i64,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

pub(super) struct Aws {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// How many commands it has run.
    pub(super) calls: usize,
}

impl Aws {
    pub(super) fn start(server: &Server) -> Result<Aws, String> {
        let mut command = Command::new(tools::emulator("python3")?);
        command
            .arg(tools::root().join("xtask/emulator/aws.py"))
            .envs(server.environment())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        for name in ["AWS_PROFILE", "AWS_REGION", "AWS_DATA_PATH"] {
            command.env_remove(name);
        }
        let mut child = command
            .spawn()
            .map_err(|why| format!("cannot start AWS's command line: {why}"))?;
        let input = child.stdin.take();
        let output = child.stdout.take().ok_or("no output")?;
        Ok(Aws {
            child,
            input,
            output: BufReader::new(output),
            calls: 0,
        })
    }

    /// Runs a command, whatever it answers.
    pub(super) fn run(&mut self, caller: &Caller, arguments: &[&str]) -> Result<Answer, String> {
        self.calls += 1;
        let broken = |why: String| format!("AWS's command line: {why}");
        let asked = json!({
            "arguments": arguments,
            "environment": {
                "AWS_ACCESS_KEY_ID": caller.key,
                "AWS_SECRET_ACCESS_KEY": caller.secret,
                "AWS_SESSION_TOKEN": caller.token,
                "AWS_DEFAULT_REGION": caller.region,
            },
        });
        let input = self.input.as_mut().ok_or_else(|| broken("closed".into()))?;
        writeln!(input, "{asked}")
            .and_then(|()| input.flush())
            .map_err(|why| broken(why.to_string()))?;
        let mut line = String::new();
        self.output
            .read_line(&mut line)
            .map_err(|why| broken(why.to_string()))?;
        let answer: Value = serde_json::from_str(&line)
            .map_err(|why| broken(format!("{why}: `{}`", line.trim())))?;
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        Ok(Answer {
            code: answer["code"].as_i64().unwrap_or(1),
            stdout: text("stdout"),
            stderr: text("stderr"),
        })
    }

    /// Runs a command that must succeed.
    pub(super) fn done(&mut self, caller: &Caller, arguments: &[&str]) -> Result<String, String> {
        let answer = self.run(caller, arguments)?;
        match answer.code {
            0 => Ok(answer.stdout),
            code => Err(format!(
                "`aws {}` ended with {code}: {}",
                arguments.join(" "),
                answer.stderr.trim()
            )),
        }
    }

    /// Runs a command whose answer is JSON.
    pub(super) fn json(&mut self, caller: &Caller, arguments: &[&str]) -> Result<Value, String> {
        let text = self.done(caller, arguments)?;
        serde_json::from_str(&text).map_err(|why| format!("`aws {}`: {why}", arguments.join(" ")))
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        // It ends when its input does.
        self.input.take();
        let _ = self.child.wait();
    }
}
