//! [`Previews`]: how the environment of any branch is made, for branches that are named later.

use std::fmt;
use std::sync::Arc;

use crate::build::{App, Environment};
use crate::value::Mebibytes;

/// What is asked for one branch, in the program or when it runs.
///
/// ```
/// use stack_core::build::{Life, Preview};
///
/// let asked = Preview::of("feature/search").image("3f2504e0").owner("ana").hours(48);
/// assert_eq!(asked.life, Life::Hours(48));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// The branch, without `refs/heads/`: hostile text.
    pub branch: String,
    /// The tag or digest of its image; none: what the environment takes by default.
    pub image: Option<String>,
    /// Whose it is.
    pub owner: Option<String>,
    /// How long it lives.
    pub life: Life,
    /// How much memory a task may use, where that is asked for.
    pub memory: Option<Mebibytes>,
}

/// How long an environment lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Life {
    /// As long as the environment's pattern says.
    #[default]
    Usual,
    /// So many hours after its last deployment.
    Hours(u32),
    /// As long as its branch.
    Pinned,
}

impl Preview {
    /// The environment of a branch, with all else left open.
    pub fn of(branch: impl Into<String>) -> Preview {
        Preview {
            branch: branch.into(),
            ..Preview::default()
        }
    }

    /// With the image of this tag or digest.
    pub fn image(mut self, version: impl Into<String>) -> Preview {
        self.image = Some(version.into());
        self
    }

    /// Of this owner.
    pub fn owner(mut self, name: impl Into<String>) -> Preview {
        self.owner = Some(name.into());
        self
    }

    /// Living so many hours after its last deployment.
    pub fn hours(mut self, hours: u32) -> Preview {
        self.life = Life::Hours(hours);
        self
    }

    /// Living as long as its branch.
    pub fn pinned(mut self) -> Preview {
        self.life = Life::Pinned;
        self
    }

    /// The memory that is asked for, or this much.
    pub fn memory_or(&self, usual: Mebibytes) -> Mebibytes {
        self.memory.unwrap_or(usual)
    }
}

/// A system of branch environments: what names them, what there is room for, and those that the
/// program itself keeps. Given to [`App::previews`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Previews {
    /// What names begin with.
    pub prefix: String,
    /// The repository of the branches, as its host writes it.
    pub repository: String,
    /// The stack that the environments share.
    pub base: String,
    /// The domain that hosts are below.
    pub domain: String,
    /// The environments that the program keeps: made by `synth`, never swept.
    pub standing: Vec<Preview>,
    /// How many environments there may be.
    pub at_most: Option<u32>,
    /// How many environments each owner may have.
    pub at_most_each: Option<u32>,
    /// The most instances their tasks run on.
    pub instances: u32,
    /// CPU units and MiB that each of them has for tasks, when that is known.
    pub instance: Option<(u32, u32)>,
}

impl Previews {
    /// The environments that the program keeps.
    pub fn standing(mut self, environments: impl IntoIterator<Item = Preview>) -> Previews {
        self.standing.extend(environments);
        self
    }
}

/// Makes the environment of a branch.
type Make = dyn Fn(&mut App, &Preview) + Send + Sync;

/// A system with the function that makes an environment.
#[derive(Clone)]
pub(crate) struct Declared {
    pub(crate) previews: Previews,
    make: Arc<Make>,
    /// What is made instead of the standing ones.
    asked: Option<Preview>,
}

impl fmt::Debug for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.previews.fmt(f)
    }
}

/// A branch that is in no repository: it ends in a dot.
const NOBODY: &str = "nobody.";

impl App {
    /// Says how the environment of a branch is made. `synth` makes the standing ones with it, and
    /// the command `preview up` one for a branch that is named then.
    ///
    /// `make` adds one stack. The base's stack gives the values that environments take, also while
    /// there are none.
    ///
    /// ```
    /// use stack_core::prelude::*;
    ///
    /// let mut app = App::new();
    /// let base = app.stack("Base").add("Topic", Raw::new("AWS::SNS::Topic"));
    /// app.previews(Previews::default(), move |app, asked| {
    ///     let topic = Raw::new("AWS::SNS::Topic").property("DisplayName", base);
    ///     app.stack(format!("preview-{}", asked.branch)).add("Topic", topic);
    /// });
    /// app.ask_for_preview("", Preview::of("search"));
    /// assert!(app.synth().unwrap().stack("preview-search").is_some());
    /// ```
    pub fn previews(
        &mut self,
        previews: Previews,
        make: impl Fn(&mut App, &Preview) + Send + Sync + 'static,
    ) {
        self.previews.push(Declared {
            previews,
            make: Arc::new(make),
            asked: None,
        });
    }

    /// The systems of branch environments, each with where its base is deployed.
    pub fn preview_systems(&self) -> Vec<(&Previews, Option<Environment>)> {
        let place = |it: &Previews| {
            let number = self.names.get(it.base.as_str())?;
            self.stacks.get(*number)?.environment.clone()
        };
        let each = self.previews.iter();
        each.map(|it| (&it.previews, place(&it.previews))).collect()
    }

    /// Has `synth` make the environment of this branch, instead of the standing ones of the system
    /// with this prefix.
    pub fn ask_for_preview(&mut self, prefix: &str, asked: Preview) {
        let of = |it: &&mut Declared| it.previews.prefix == prefix;
        if let Some(it) = self.previews.iter_mut().find(of) {
            it.asked = Some(asked);
        }
    }

    /// Makes the environments. Numbers of stacks that are only there so that the base gives what
    /// environments take.
    pub(crate) fn make_previews(&mut self) -> Vec<usize> {
        let mut samples = Vec::new();
        for it in std::mem::take(&mut self.previews) {
            let standing = &it.previews.standing;
            match &it.asked {
                Some(asked) => (it.make)(self, asked),
                None if standing.is_empty() => {
                    let before = self.stacks.len();
                    (it.make)(self, &Preview::of(NOBODY));
                    samples.extend(before..self.stacks.len());
                }
                None => standing.iter().for_each(|asked| (it.make)(self, asked)),
            }
        }
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::Raw;

    fn app(standing: &[&str]) -> App {
        let mut app = App::new();
        let topic = app.stack("Base").add("Topic", Raw::new("AWS::SNS::Topic"));
        let previews = Previews {
            prefix: "p".to_owned(),
            base: "Base".to_owned(),
            standing: standing.iter().map(|it| Preview::of(*it)).collect(),
            ..Previews::default()
        };
        app.previews(previews, move |app, asked| {
            let label = asked.branch.trim_end_matches('.');
            let queue = Raw::new("AWS::SQS::Queue").property("QueueName", topic);
            app.stack(format!("p-{label}")).add("Queue", queue);
        });
        app
    }

    #[test]
    fn a_base_gives_what_environments_take_whichever_there_are() {
        let mut alone = app(&[]);
        assert_eq!(alone.preview_systems().len(), 1);
        let mut asked = app(&["main"]);
        asked.ask_for_preview("p", Preview::of("x"));
        asked.ask_for_preview("other", Preview::of("y"));
        for (app, names) in [
            (std::mem::take(&mut alone), vec!["Base"]),
            (app(&["main", "next"]), vec!["Base", "p-main", "p-next"]),
            (asked, vec!["Base", "p-x"]),
        ] {
            let assembly = app.synth().expect("no problems");
            let found: Vec<&str> = assembly.stacks().map(|it| it.name).collect();
            assert_eq!(found, names);
            assert_eq!(assembly.order().len(), names.len());
            assert_eq!(assembly.wiring().len(), names.len() - 1);
            let base = assembly.stack("Base").expect("it");
            assert_eq!(base.template.section("Outputs").map_or(0, |it| it.len()), 1);
        }
    }
}
