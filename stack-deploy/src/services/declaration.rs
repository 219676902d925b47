//! [`Declaration`]: which services a program has in which environments, and who takes images from
//! whom.

use std::collections::{BTreeMap, BTreeSet};

use stack_core::synth::{Assembly, SynthesizedStack};
use stack_core::{Expr, Object, Template};

use crate::ecr::Digest;
use crate::services::{ImageName, Place, Stopped};

/// What a program declares of services and environments.
///
/// A stack belongs to the environment that its tag `environment` names; stacks without one are left
/// out. Every `AWS::ECS::Service` in it is a service, called like its logical id without `Service`
/// at its end: `ApiService` is `Api`. The images are those of its task definition, as far as the
/// template says them.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_deploy::services::Declaration;
///
/// let mut app = App::new();
/// app.promotes("dev", "staging");
/// let mut stack = app.stack_in("Shop-dev", Environment::new("111122223333", "eu-west-1"));
/// stack.tag("environment", "dev");
/// stack.add("ApiService", Raw::new("AWS::ECS::Service").property("TaskDefinition", "api:1"));
/// let declaration = Declaration::of(&app.synth().unwrap());
/// assert_eq!(declaration.services[0].name, "Api");
/// assert!(declaration.allows("dev", "staging"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Declaration {
    /// By name, then as images flow.
    pub services: Vec<DeclaredService>,
    /// For each environment, those whose images it takes.
    pub promotion: BTreeMap<String, BTreeSet<String>>,
}

/// A service in an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredService {
    /// Its name, the same in every environment.
    pub name: String,
    /// Its environment.
    pub environment: String,
    /// The stack that makes it.
    pub stack: String,
    /// Its logical id there.
    pub logical_id: String,
    /// Where the stack goes; none when it can go anywhere.
    pub place: Option<Place>,
    /// The digest of the stack's template.
    pub template: Digest,
    /// The images of its containers that are in private ECR repositories, by container.
    pub images: BTreeMap<String, ImageName>,
}

impl Declaration {
    /// What an assembly declares.
    pub fn of(assembly: &Assembly) -> Declaration {
        let mut declaration = Declaration {
            services: assembly.stacks().flat_map(services).collect(),
            promotion: assembly.promotion().clone(),
        };
        let rank = declaration.ranks();
        declaration.services.sort_by_cached_key(|it| {
            let rank = rank.get(&it.environment).copied().unwrap_or(0);
            (
                it.name.clone(),
                rank,
                it.environment.clone(),
                it.stack.clone(),
            )
        });
        declaration
    }

    /// Whether images of `from` may go to `to`, in one step.
    pub fn allows(&self, from: &str, to: &str) -> bool {
        self.promotion.get(to).is_some_and(|it| it.contains(from))
    }

    /// The environments, each after those whose images it takes.
    pub fn environments(&self) -> Vec<&str> {
        let names: BTreeSet<&str> = self
            .services
            .iter()
            .map(|it| it.environment.as_str())
            .collect();
        let rank = self.ranks();
        let mut names: Vec<&str> = names.into_iter().collect();
        names.sort_by_key(|it| (rank.get(*it).copied().unwrap_or(0), *it));
        names
    }

    /// The names of the services.
    pub fn names(&self) -> BTreeSet<&str> {
        self.services.iter().map(|it| it.name.as_str()).collect()
    }

    /// A service in an environment.
    ///
    /// # Errors
    ///
    /// There is none, or there are several.
    pub fn service(&self, name: &str, environment: &str) -> Result<&DeclaredService, Stopped> {
        self.environment(environment)?;
        let of_name = self.of_name(name)?;
        let found: Vec<&DeclaredService> = of_name
            .into_iter()
            .filter(|it| it.environment == environment)
            .collect();
        match found.as_slice() {
            [one] => Ok(one),
            [] => Err(Stopped::refused(
                "no-such-service",
                format!("there is no service `{name}` in `{environment}`"),
            )
            .help("`status` lists the services of each environment")),
            several => {
                let stacks: Vec<String> =
                    several.iter().map(|it| format!("`{}`", it.stack)).collect();
                Err(Stopped::refused(
                    "several-services",
                    format!(
                        "there are several services `{name}` in `{environment}`: in {}",
                        stacks.join(", ")
                    ),
                )
                .help("give them different ids, or their stacks different tags `environment`"))
            }
        }
    }

    /// A service in all its environments, as images flow.
    ///
    /// # Errors
    ///
    /// No service is called that.
    pub fn of_name(&self, name: &str) -> Result<Vec<&DeclaredService>, Stopped> {
        let is = |it: &&DeclaredService| {
            it.name.eq_ignore_ascii_case(name) || it.logical_id.eq_ignore_ascii_case(name)
        };
        let found: Vec<&DeclaredService> = self.services.iter().filter(is).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let stopped = Stopped::refused("no-such-service", format!("no service is called `{name}`"));
        let close = stack_core::closest(name, self.names());
        Err(match (close, self.services.is_empty()) {
            (Some(close), _) => stopped.help(format!("did you mean `{close}`?")),
            (None, true) => stopped.help(
                "no stack has a tag `environment`: `stack.tag(\"environment\", \"dev\")` says where its services belong",
            ),
            (None, false) => stopped.help(format!(
                "there are {}",
                self.names().iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
            )),
        })
    }

    /// That there is such an environment.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn environment(&self, name: &str) -> Result<(), Stopped> {
        let names = self.environments();
        if names.contains(&name) {
            return Ok(());
        }
        let stopped = Stopped::refused(
            "no-such-environment",
            format!("no environment is called `{name}`"),
        );
        Err(
            match stack_core::closest(name, names.iter().copied()) {
                Some(close) => stopped.help(format!("did you mean `{close}`?")),
                None => stopped.help(
                    "a stack says by its tag `environment` which one it belongs to; `status` lists them",
                ),
            },
        )
    }

    /// How many steps an image takes to each environment, at most.
    fn ranks(&self) -> BTreeMap<String, usize> {
        let mut ranks: BTreeMap<String, usize> = BTreeMap::new();
        // A graph that goes in circles ends as well: no path is longer than its nodes.
        for _ in 0..=self.promotion.len() {
            for (to, sources) in &self.promotion {
                let before = sources.iter().map(|it| ranks.get(it).copied().unwrap_or(0));
                let rank = before.max().map_or(0, |it| it + 1);
                ranks.insert(to.clone(), rank.min(self.promotion.len()));
            }
        }
        ranks
    }
}

impl DeclaredService {
    /// Where it is.
    ///
    /// # Errors
    ///
    /// Its stack can go anywhere: what is changed there must be said by the program.
    pub fn place(&self) -> Result<&Place, Stopped> {
        self.place.as_ref().ok_or_else(|| {
            Stopped::refused(
                "no-place",
                format!("`{}` says no account and region", self.stack),
            )
            .help("`app.stack_in(name, Environment::new(account, region))` says where it goes")
        })
    }
}

fn services(stack: &SynthesizedStack) -> Vec<DeclaredService> {
    let Some(environment) = stack.tags.get("environment") else {
        return Vec::new();
    };
    let place = stack.environment.as_ref().map(|it| Place {
        account: it.account.clone(),
        region: it.region.clone(),
    });
    let words = Words {
        template: &stack.template,
        arguments: &stack.arguments,
        place: place.as_ref(),
    };
    let template = Digest::of(stack.body());
    let all = stack.template.resources();
    let services = all.filter(|(_, it)| it.kind() == "AWS::ECS::Service");
    services
        .map(|(id, service)| {
            let name = id.strip_suffix("Service").filter(|it| !it.is_empty());
            let definition = service.property("TaskDefinition");
            let definition = definition.and_then(Expr::refers_to).map(|it| it.0);
            let definition = definition.and_then(|id| stack.template.resource(id));
            let containers = definition.and_then(|it| it.property("ContainerDefinitions"));
            let containers = containers.and_then(Expr::as_list).unwrap_or_default();
            let containers = containers.iter().filter_map(Expr::as_object);
            DeclaredService {
                name: name.unwrap_or(id).to_owned(),
                environment: environment.clone(),
                stack: stack.name.to_owned(),
                logical_id: id.to_owned(),
                place: place.clone(),
                template: template.clone(),
                images: containers.filter_map(|it| words.image(it)).collect(),
            }
        })
        .collect()
}

/// What makes text of a template's expressions.
struct Words<'a> {
    template: &'a Template,
    arguments: &'a BTreeMap<&'static str, String>,
    place: Option<&'a Place>,
}

impl Words<'_> {
    fn image(&self, container: &Object) -> Option<(String, ImageName)> {
        let name = container.get("Name")?.as_str()?;
        let image = ImageName::parse(&self.text(container.get("Image")?)?)?;
        Some((name.to_owned(), image))
    }

    /// What an expression comes to; none for what is only known at deployment.
    fn text(&self, expr: &Expr) -> Option<String> {
        if let Some(text) = expr.as_str() {
            return Some(text.to_owned());
        }
        match expr.intrinsic()? {
            ("Ref", name) => self.named(name.as_str()?),
            ("Fn::Sub", Expr::List(parts)) => {
                let [text, values] = parts.as_slice() else {
                    return None;
                };
                let values = values.as_object()?;
                self.filled(text.as_str()?, |name| match values.get(name) {
                    Some(value) => self.text(value),
                    None => self.named(name),
                })
            }
            ("Fn::Sub", text) => self.filled(text.as_str()?, |name| self.named(name)),
            _ => None,
        }
    }

    /// A parameter, or what AWS gives.
    fn named(&self, name: &str) -> Option<String> {
        match name {
            "AWS::AccountId" => Some(self.place?.account.clone()),
            "AWS::Region" => Some(self.place?.region.clone()),
            "AWS::URLSuffix" => Some(match self.place?.region.starts_with("cn-") {
                true => "amazonaws.com.cn".to_owned(),
                false => "amazonaws.com".to_owned(),
            }),
            _ => {
                let parameter = self.template.section("Parameters")?.get(name)?;
                let default = || parameter.as_object()?.get("Default")?.as_str();
                let given = self.arguments.get(name).map(String::as_str);
                given.or_else(default).map(ToOwned::to_owned)
            }
        }
    }

    fn filled(&self, text: &str, value: impl Fn(&str) -> Option<String>) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}')?;
            out.push_str(before);
            match name.strip_prefix('!') {
                Some(literal) => out.push_str(&format!("${{{literal}}}")),
                None => out.push_str(&value(name)?),
            }
            rest = after;
        }
        out.push_str(rest);
        Some(out)
    }
}
