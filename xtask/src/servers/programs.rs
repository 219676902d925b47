//! nginx and PHP-FPM: those of the machine, or the packages of its distribution, unpacked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools;

/// The programs, and the table of file types that nginx includes.
pub(super) struct Programs {
    pub(super) nginx: PathBuf,
    pub(super) php_fpm: PathBuf,
    pub(super) mime_types: String,
}

impl Programs {
    /// `None` where neither the programs nor a way to fetch them exist.
    pub(super) fn find() -> Result<Option<Programs>, String> {
        if let Some(programs) = Programs::under(Path::new("/")) {
            return Ok(Some(programs));
        }
        let home = tools::folder().join("servers");
        if let Some(programs) = Programs::under(&home) {
            return Ok(Some(programs));
        }
        if Command::new("apt-get").arg("--version").output().is_err() {
            return Ok(None);
        }
        unpack(&home)?;
        let missing = || format!("the packages under `{}` lack a program", home.display());
        Programs::under(&home).map(Some).ok_or_else(missing)
    }

    fn under(root: &Path) -> Option<Programs> {
        let nginx = root.join("usr/sbin/nginx");
        let types = root.join("etc/nginx/mime.types");
        let mut servers: Vec<PathBuf> = fs::read_dir(root.join("usr/sbin"))
            .ok()?
            .flatten()
            .map(|it| it.path())
            .filter(|it| {
                let name = it.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with("php-fpm")
            })
            .collect();
        servers.sort();
        let both = nginx.is_file() && types.is_file();
        both.then_some(Programs {
            nginx,
            php_fpm: servers.pop()?,
            mime_types: types.display().to_string(),
        })
    }
}

/// The versions are those of the machine's distribution, which keeps no others.
fn unpack(home: &Path) -> Result<(), String> {
    eprintln!("unpacking nginx and PHP-FPM under target/tools …");
    let packages = home.join("packages");
    fs::create_dir_all(&packages).map_err(|why| format!("{}: {why}", packages.display()))?;
    let depends = Command::new("apt-cache")
        .args(["depends", "php-fpm"])
        .output()
        .map_err(|why| format!("apt-cache: {why}"))?;
    let text = String::from_utf8_lossy(&depends.stdout).into_owned();
    let server = text
        .lines()
        .find_map(|it| it.trim().strip_prefix("Depends: "))
        .filter(|it| it.ends_with("-fpm"))
        .ok_or("apt-cache knows no package of PHP-FPM: `apt-get update` may be needed")?;
    tools::run(
        Command::new("apt-get")
            .args(["download", "-qq", "nginx", "nginx-common", server])
            .current_dir(&packages),
        "apt-get could not download nginx and PHP-FPM",
    )?;
    for package in fs::read_dir(&packages).into_iter().flatten().flatten() {
        let mut unpack = Command::new("dpkg");
        unpack.arg("-x").arg(package.path()).arg(home);
        tools::run(&mut unpack, "dpkg could not unpack a package")?;
    }
    Ok(())
}
