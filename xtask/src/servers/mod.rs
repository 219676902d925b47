//! What nginx and PHP-FPM themselves say of the configuration in the snapshots: each file is read by
//! its program, and one pair of them serves requests.

mod configuration;
mod live;
mod programs;

use std::fs;
use std::path::Path;
use std::process::Command;

use self::configuration::{Configuration, Kind};
use self::programs::Programs;
use crate::tools;

/// Reads every configuration with its program, then asks the servers.
pub(crate) fn run() -> Result<(), String> {
    let files = configuration::all(&tools::root().join("snapshots"))?;
    if files.is_empty() {
        return Err("no snapshot has a configuration of nginx or PHP-FPM".to_owned());
    }
    let Some(programs) = Programs::find()? else {
        println!("servers: no nginx and PHP-FPM here, nor apt-get to fetch them: not checked");
        return Ok(());
    };
    let folder = tools::folder().join("servers-run");
    let _ = fs::remove_dir_all(&folder);
    for (n, file) in files.iter().enumerate() {
        let place = Place::new(&folder.join(n.to_string()))?;
        accepts(&programs, &place, file)?;
    }
    let pairs = configuration::pairs(&files);
    for (n, (nginx, php)) in pairs.iter().enumerate() {
        let place = Place::new(&folder.join(format!("live-{n}")))?;
        live::check(&programs, &place, nginx, php)?;
    }
    println!(
        "servers: nginx and PHP-FPM accept {} files; {} pairs answer as they should",
        files.len(),
        pairs.len()
    );
    Ok(())
}

/// Where a server runs: what is in a container under `/tmp` and `/etc/nginx` lies here.
struct Place {
    root: String,
}

impl Place {
    fn new(folder: &Path) -> Result<Place, String> {
        let temporary = folder.join("tmp");
        fs::create_dir_all(&temporary).map_err(|why| format!("{}: {why}", folder.display()))?;
        let root = folder
            .canonicalize()
            .map_err(|why| format!("{}: {why}", folder.display()))?;
        Ok(Place {
            root: root.display().to_string(),
        })
    }

    /// The text with this machine's paths instead of the container's.
    fn moved(&self, programs: &Programs, text: &str) -> String {
        // Nothing that was put in is replaced again: this repository may itself lie under `/tmp`.
        text.replace(" /tmp/", &format!(" {}/tmp/", self.root))
            .replace("/etc/nginx/mime.types", &programs.mime_types)
    }

    fn write(&self, name: &str, text: &str) -> Result<String, String> {
        let path = format!("{}/{name}", self.root);
        fs::write(&path, text).map_err(|why| format!("{path}: {why}"))?;
        Ok(path)
    }
}

fn accepts(programs: &Programs, place: &Place, file: &Configuration) -> Result<(), String> {
    let path = place.write("file.conf", &place.moved(programs, &file.text))?;
    let mut command = match file.kind {
        Kind::Nginx => Command::new(&programs.nginx),
        Kind::PhpFpm => Command::new(&programs.php_fpm),
    };
    match file.kind {
        Kind::Nginx => command.args(["-t", "-q", "-c", &path, "-p", &place.root]),
        Kind::PhpFpm => command.args(["-t", "-n", "-y", &path]),
    };
    let output = command
        .output()
        .map_err(|why| format!("{command:?}: {why}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    // nginx also warns of what it takes all the same.
    if output.status.success() && !said.contains("[warn]") {
        return Ok(());
    }
    Err(format!("{} of {}: {said}", file.path, file.from))
}
