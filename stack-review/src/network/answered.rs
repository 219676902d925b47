//! What is asked about networks that differ only in the name of their stack is answered once.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::model::Stack;

use super::answer::{Answer, Endpoint};
use super::intents::{Intent, check_intents};
use super::parts::Network;

/// The networks of so many kinds of stacks are remembered; few apps have more.
const KINDS: usize = 16;

/// In the place of the stack that a network was read for: its number. It has no name.
const OWN: usize = usize::MAX - 1;

/// What has been asked in an estate.
#[derive(Debug, Default)]
pub(crate) struct Answered(Mutex<Vec<Arc<Asked>>>);

/// The network around a stack, for answers in one word, and what the stack wants of it. Where there
/// are several stacks, its own is [`OWN`].
#[derive(Clone, Debug)]
struct Asked {
    network: Network,
    intents: Vec<Intent>,
    /// The answers that were asked for.
    words: Vec<OnceLock<&'static str>>,
}

/// What a stack wants of the network around it.
#[derive(Debug)]
pub(crate) struct Wanted {
    asked: Arc<Asked>,
    /// The stack, where there are several.
    own: Option<(usize, String)>,
}

impl Wanted {
    pub(super) fn new(stack: Stack<'_, '_>, network: Network, intents: Vec<Intent>) -> Wanted {
        let words = vec![OnceLock::new(); intents.len()];
        let mut asked = Asked {
            network,
            intents,
            words,
        };
        if stack.world().stacks().nth(1).is_none() {
            let asked = Arc::new(asked);
            return Wanted { asked, own: None };
        }
        let own = (stack.number(), stack.name().to_owned());
        asked.rename((own.0, &own.1), (OWN, ""));
        Wanted {
            asked: stack.world().answered().same(asked),
            own: Some(own),
        }
    }

    /// What must be reachable, or must not be, and is not so for certain. Most is, and costs no
    /// text.
    pub(crate) fn unmet(&self, must: bool) -> Vec<(Intent, Answer)> {
        let mut loud = None;
        let mut found = Vec::new();
        let Asked {
            network,
            intents,
            words,
        } = &*self.asked;
        for (number, intent) in intents.iter().enumerate() {
            if intent.must != must {
                continue;
            }
            let word = words[number].get_or_init(|| match must {
                true => network.word(&intent.question),
                false => network.direct(&intent.question).word(),
            });
            let wrong = match must {
                true => matches!(*word, "blocked" | "sometimes"),
                false => matches!(*word, "reachable" | "sometimes"),
            };
            if wrong {
                let loud = loud.get_or_insert_with(|| self.loud());
                let intent = &loud.intents[number];
                let answers = check_intents(&loud.network, std::slice::from_ref(intent));
                found.extend(answers.into_iter().map(|it| (intent.clone(), it)));
            }
        }
        found
    }

    /// For answers with their texts.
    fn loud(&self) -> Asked {
        let mut loud = Asked::clone(&self.asked);
        loud.network.quiet = false;
        if let Some((number, name)) = &self.own {
            loud.rename((OWN, ""), (*number, name));
        }
        loud
    }
}

impl Answered {
    /// The same, asked before if it was.
    fn same(&self, asked: Asked) -> Arc<Asked> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let like = |it: &&Arc<Asked>| it.intents == asked.intents && it.network == asked.network;
        if let Some(known) = kinds.iter().find(like) {
            return Arc::clone(known);
        }
        let asked = Arc::new(asked);
        if kinds.len() < KINDS {
            kinds.push(Arc::clone(&asked));
        }
        asked
    }
}

impl Asked {
    /// Gives a stack another number and name.
    fn rename(&mut self, from: (usize, &str), to: (usize, &str)) {
        let network = &mut self.network;
        if network.stacks.remove(&from.0).is_some() {
            network.stacks.insert(to.0, to.1.to_owned());
        }
        let nodes = network.nodes.iter_mut().map(|it| &mut it.stack);
        let groups = network.groups.iter_mut().map(|it| &mut it.stack);
        let balancers = network.balancers.iter_mut();
        let listeners = balancers.flat_map(|it| &mut it.listeners);
        let listeners = listeners.map(|it| &mut it.stack);
        let targets = network.targets.iter_mut().map(|it| &mut it.stack);
        let intents = self.intents.iter_mut().map(|it| &mut it.stack);
        let numbers = nodes.chain(groups).chain(listeners).chain(targets);
        for number in numbers.chain(intents).filter(|it| **it == from.0) {
            *number = to.0;
        }
        let questions = self.intents.iter_mut().map(|it| &mut it.question);
        let ends = questions.flat_map(|it| {
            let by = it.target_group.iter_mut();
            [&mut it.from, &mut it.to].into_iter().chain(by)
        });
        for end in ends {
            if let Endpoint::Resource {
                stack: Some(name), ..
            } = end
                && name == from.1
            {
                to.1.clone_into(name);
            }
        }
    }
}
