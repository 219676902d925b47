//! What a template's network lets through: `reach_say FILE…`.

use stack_core::Template;
use stack_review::Estate;
use stack_review::network::{Network, check_intents, exposure, intents};

fn main() {
    for file in std::env::args().skip(1) {
        println!("== {file}");
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let Ok(template) = Template::parse(&text) else {
            continue;
        };
        let estate = Estate::of(&template);
        let network = Network::of(estate.world());
        let wanted = intents(estate.world(), &network);
        for (intent, answer) in wanted.iter().zip(check_intents(&network, &wanted)) {
            let must = if intent.must { "must" } else { "must not" };
            println!(
                "{must} {} because {}\n  {answer}",
                intent.question, intent.why
            );
        }
        for it in exposure(&network) {
            println!("exposed {it:?}");
        }
    }
}
