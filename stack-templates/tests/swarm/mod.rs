//! Runs the scripts of a swarm's nodes as bash would, with AWS and Docker played by small programs
//! that keep what happened in files.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

/// A place with instances in it, gone at the end.
pub(crate) struct World(PathBuf);

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl World {
    pub(crate) fn new(name: &str) -> World {
        let world = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&world);
        fs::create_dir_all(world.join("bin")).unwrap();
        let stubs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/swarm");
        let others = ["curl", "dnf", "systemctl", "cfn-signal", "sleep"];
        let programs = ["aws", "docker"].map(|it| (it, it)).into_iter();
        for (name, stub) in programs.chain(others.map(|it| (it, "other"))) {
            let path = world.join("bin").join(name);
            fs::copy(stubs.join(stub), &path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let world = World(world);
        world.write("groups", "");
        world.write("nodes", "");
        world.write("calls", "");
        world
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.0.join(file), text).unwrap();
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap_or_default()
    }

    pub(crate) fn remove(&self, file: &str) {
        fs::remove_file(self.0.join(file)).unwrap();
    }

    /// As if the file had been written so many minutes ago.
    pub(crate) fn age(&self, file: &str, minutes: u64) {
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(minutes * 60);
        let file = fs::File::options().append(true).open(self.0.join(file));
        file.unwrap().set_modified(then).unwrap();
    }

    /// An instance, whose absolute paths lie in its own folder.
    pub(crate) fn instance(&self, id: &str, docker: &str) {
        let home = self.0.join(id);
        for folder in [
            "etc/systemd/system",
            "usr/local/sbin",
            "var/lib",
            "opt/aws/bin",
        ] {
            fs::create_dir_all(home.join(folder)).unwrap();
        }
        fs::write(home.join("instance"), id).unwrap();
        fs::write(home.join("docker-version"), docker).unwrap();
        let signal = home.join("opt/aws/bin/cfn-signal");
        fs::copy(self.0.join("bin/cfn-signal"), signal).unwrap();
    }

    /// Runs a script on an instance. What it waits for, it waits for no longer than two seconds.
    pub(crate) fn start(&self, instance: &str, script: &str) -> Child {
        let home = self.0.join(instance);
        let mut script = script.replace("SECONDS > 1080", "SECONDS > 2");
        for root in ["/etc/", "/usr/local/sbin/", "/var/lib/", "/opt/aws/"] {
            script = script.replace(root, &format!("{}{root}", home.display()));
        }
        let path = home.join("script.sh");
        fs::write(&path, script).unwrap();
        let search = std::env::var("PATH").unwrap();
        Command::new("bash")
            .arg(path)
            .env("PATH", format!("{}:{search}", self.0.join("bin").display()))
            .env("WORLD", &self.0)
            .env("NODE_HOME", home)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap()
    }

    pub(crate) fn run(&self, instance: &str, script: &str) -> i32 {
        let status = self.start(instance, script).wait().unwrap();
        status.code().unwrap_or(-1)
    }

    /// What happened that changes something, in order, as `what` says.
    pub(crate) fn calls(&self, what: &[&str]) -> Vec<String> {
        let calls = self.read("calls");
        let chosen = calls.lines().filter_map(|it| {
            let (_, call) = it.split_once(' ')?;
            what.iter()
                .any(|it| call.starts_with(it))
                .then(|| call.to_owned())
        });
        chosen.collect()
    }

    /// How often each instance signalled success, and how often it did not.
    pub(crate) fn signals(&self) -> BTreeMap<String, Vec<String>> {
        let mut signals = BTreeMap::new();
        for line in self.read("calls").lines() {
            let words: Vec<&str> = line.split(' ').collect();
            if words.get(1) == Some(&"cfn-signal") {
                let signals: &mut Vec<String> = signals.entry(words[0].to_owned()).or_default();
                signals.push(words[3].to_owned());
            }
        }
        signals
    }
}
