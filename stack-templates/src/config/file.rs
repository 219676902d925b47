//! How text becomes a file that a container finds when it starts.

use std::collections::BTreeSet;

use stack_core::aws::ecs::task_definition as it;
use stack_core::prelude::*;

/// The name of the container that writes the files.
const CONTAINER: &str = "config";

/// What a configuration file says: text, or why there is none.
#[derive(Clone, Debug)]
pub struct ConfigText {
    text: Result<String, Vec<Problem>>,
    limits: Limits,
    command: Vec<String>,
}

/// What a configuration asks of its task.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    /// The memory that the program may come to use.
    pub(crate) memory: Option<Mebibytes>,
    /// How long the program finishes what it began.
    pub(crate) stop: Option<Seconds>,
}

impl ConfigText {
    /// Text as it is.
    pub fn plain(text: impl Into<String>) -> ConfigText {
        ConfigText {
            text: Ok(text.into()),
            limits: Limits::default(),
            command: Vec::new(),
        }
    }

    /// A template with the settings of an environment in it. `name` is what problems call the
    /// template, usually its file. A setting without a placeholder and a placeholder without a
    /// setting are refused, and so is a value that does not stay one word of the configuration
    /// ([`Escape::Config`](stack_text::Escape::Config)).
    ///
    /// ```
    /// use serde::Serialize;
    /// use stack_templates::ConfigText;
    ///
    /// #[derive(Serialize)]
    /// struct Staging {
    ///     workers: u32,
    /// }
    ///
    /// let text = ConfigText::template("workers = {{workers}}\n", "app.conf", &Staging { workers: 4 });
    /// ```
    #[cfg(feature = "text")]
    pub fn template(template: &str, name: &str, settings: &impl serde::Serialize) -> ConfigText {
        use stack_text::{Escape, TextTemplate, Values};
        let values = Values::from_settings(settings, name);
        let text = TextTemplate::parse(template, name, Escape::Config)
            .and_then(|template| template.render(&values?));
        ConfigText {
            text,
            ..ConfigText::plain("")
        }
    }

    /// Adds what is wrong with the settings themselves.
    #[cfg(feature = "text")]
    pub(super) fn and(mut self, problems: Vec<Problem>) -> ConfigText {
        if !problems.is_empty() {
            self.text = match self.text {
                Ok(_) => Err(problems),
                Err(mut more) => {
                    more.extend(problems);
                    Err(more)
                }
            };
        }
        self
    }

    #[cfg(feature = "text")]
    pub(super) fn limits(self, limits: Limits) -> ConfigText {
        ConfigText { limits, ..self }
    }

    /// The command that starts the program with this file, whose path stands for `{}`.
    #[cfg(feature = "text")]
    pub(super) fn command(self, words: &[&str]) -> ConfigText {
        ConfigText {
            command: words.iter().map(|it| (*it).to_owned()).collect(),
            ..self
        }
    }

    /// The text.
    ///
    /// # Errors
    /// What is wrong with the template or with the settings.
    pub fn text(&self) -> Result<&str, &[Problem]> {
        match &self.text {
            Ok(text) => Ok(text),
            Err(problems) => Err(problems),
        }
    }
}

impl From<&str> for ConfigText {
    fn from(text: &str) -> ConfigText {
        ConfigText::plain(text)
    }
}

/// The files of a task, by path.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConfigFiles(Vec<(String, ConfigText)>);

impl ConfigFiles {
    pub(crate) fn push(&mut self, path: String, text: ConfigText) {
        self.0.push((path, text));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What starts the container when its task says nothing: the first file's command.
    pub(crate) fn command(&self) -> Vec<String> {
        let with = self.0.iter().find(|(_, text)| !text.command.is_empty());
        with.map_or_else(Vec::new, |(path, text)| {
            let word = |it: &String| it.replace("{}", path);
            text.command.iter().map(word).collect()
        })
    }

    /// What is wrong with them, for a task with so much memory and so much time to stop.
    pub(crate) fn problems(&self, memory: Option<Mebibytes>, stop: Seconds) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut paths = BTreeSet::new();
        for (path, text) in &self.0 {
            if !is_path(path) {
                let message = format!("`{path}` is no path of a file in a folder of its own");
                problems.push(Problem::error("config-path", message).help(
                    "begin with `/`, name a folder and a file, and use letters, digits, `.`, `_` and `-`, as in `/etc/shop/nginx.conf`",
                ));
            }
            if !paths.insert(path) {
                let message = format!("the file `{path}` is given twice");
                problems.push(Problem::error("config-path", message).help("a path has one text"));
            }
            if let Err(wrong) = text.text() {
                problems.extend(wrong.iter().cloned());
            }
            if let (Some(needs), Some(has)) = (text.limits.memory, memory)
                && needs.0 > has.0
            {
                let message = format!(
                    "`{path}` lets its program use {} MiB, and the task has {} MiB",
                    needs.0, has.0
                );
                problems.push(
                    Problem::error("config-memory", message)
                        .help("fewer workers, less memory for each, or a larger task"),
                );
            }
            if let Some(needs) = text.limits.stop.filter(|it| it.0 >= stop.0) {
                let message = format!(
                    "`{path}` lets requests finish for {} seconds after the signal to stop, and the container is killed after {}",
                    needs.0, stop.0
                );
                problems.push(
                    Problem::error("config-stop", message)
                        .help("give the task more with `stop_timeout`, or the program less"),
                );
            }
        }
        problems
    }

    /// The folders they lie in: each becomes a volume.
    fn folders(&self) -> BTreeSet<&str> {
        self.0.iter().map(|(path, _)| split(path).0).collect()
    }

    pub(crate) fn volumes(&self) -> Vec<it::Volume> {
        let volume = |n| it::Volume::new().name(volume_name(n));
        (0..self.folders().len()).map(volume).collect()
    }

    /// Where the program's container, or the one that writes, finds them.
    pub(crate) fn mounts(&self, writes: bool) -> Vec<it::MountPoint> {
        let mount = |(n, folder): (usize, &str)| {
            it::MountPoint::new()
                .source_volume(volume_name(n))
                .container_path(folder)
                .read_only((!writes).then_some(true))
        };
        self.folders().into_iter().enumerate().map(mount).collect()
    }

    /// What the program's container waits for.
    pub(crate) fn dependency(&self) -> Option<[it::ContainerDependency; 1]> {
        (!self.is_empty()).then(|| {
            [it::ContainerDependency::new()
                .container_name(CONTAINER)
                .condition(it::Condition::SUCCESS)]
        })
    }

    /// The container that writes them and ends: the task's own image, whose `sh` and `printf` it
    /// uses. A volume without a folder on the host belongs to root, so it runs as root, and may
    /// write nothing but these folders.
    ///
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html>
    pub(crate) fn container(
        &self,
        image: Value<String>,
        log: it::LogConfiguration,
    ) -> it::ContainerDefinition {
        let mut variables = Vec::new();
        let mut script = String::new();
        for (n, (path, text)) in (1..).zip(&self.0) {
            let Ok(text) = text.text() else { continue };
            variables.push(
                it::KeyValuePair::new()
                    .name(format!("FILE_{n}"))
                    .value(lines(text)),
            );
            if !script.is_empty() {
                script.push_str(" && ");
            }
            script.push_str(&format!("printf '%s' \"$FILE_{n}\" > {path}"));
        }
        it::ContainerDefinition::new()
            .name(CONTAINER)
            .image(image)
            .essential(false)
            .user("0:0")
            .entry_point(["sh", "-c"])
            .command([script])
            .environment(variables)
            .mount_points(self.mounts(true))
            .readonly_root_filesystem(true)
            .log_configuration(log)
    }
}

/// Line by line, so that a template shows which one changed.
fn lines(text: &str) -> Value<String> {
    let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    join("\n", lines)
}

fn volume_name(n: usize) -> String {
    format!("config-{n}")
}

/// The folder and the file.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Nothing in it means anything to a shell.
fn is_path(path: &str) -> bool {
    let (folder, file) = split(path);
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"/._-".contains(&it);
    let names = || path.split('/').skip(1);
    path.starts_with('/')
        && folder.len() > 1
        && !file.is_empty()
        && path.bytes().all(plain)
        && names().all(|it| !it.is_empty() && it != "." && it != ".." && !it.starts_with('-'))
}
