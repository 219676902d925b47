//! What can reach what, before anything is deployed.
//!
//! [`Network::of`] reads the network of a world: VPCs, subnets, route tables, network ACLs, security
//! groups, gateways, endpoints, load balancers (Classic ones too) and what runs behind them. [`Network::can`] answers a
//! [`Question`] for all packets at once: from every subnet that the one end may be in to every one of
//! the other, for every source port, the way there and the way back.
//!
//! - [`Answer::Reachable`]: the way, hop by hop, and a packet.
//! - [`Answer::Blocked`]: the smallest set of rules, routes or settings whose addition opens it.
//! - [`Answer::Sometimes`]: it works from some places or ports and not from others.
//! - [`Answer::Unknown`]: it depends on what is made elsewhere, and on what.
//!
//! Transit gateways are followed there and back, by zone, attachment and route table; what VPN
//! connections, peered transit gateways and other accounts add to their tables makes an answer
//! unknown.
//!
//! Not seen: ICMP, firewalls in operating systems, whether anything listens, names, WAF, endpoint
//! policies, Network Firewall, routes that virtual private gateways propagate, connections that are
//! open.
//!
//! ```
//! use stack_core::Template;
//! use stack_review::Estate;
//! use stack_review::network::{Answer, Endpoint, Network, Question};
//!
//! let template = Template::parse("
//! Resources:
//!   Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
//!   Inner: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24 } }
//!   Api: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: a, VpcId: !Ref Vpc } }
//!   Data: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: d, VpcId: !Ref Vpc } }
//! ").unwrap();
//! let estate = Estate::of(&template);
//! let network = Network::of(estate.world());
//! let question = Question::new(Endpoint::resource("Api"), Endpoint::resource("Data"), 5432);
//! let answer = network.can(&question);
//! assert_eq!(
//!     answer.missing()[0].what,
//!     "security group `Data` needs an inbound rule: tcp 5432 from security group `Api`",
//! );
//! assert!(matches!(network.with(answer.missing()).can(&question), Answer::Reachable(_)));
//! ```

mod alike;
mod answer;
mod answered;
mod ask;
mod behind;
mod between;
mod exposure;
mod fault;
mod flow;
mod gates;
mod ground;
mod intents;
mod missing;
mod missing_transit;
mod out_transit;
mod parts;
mod read;
mod read_balancers;
mod read_classic;
mod read_nodes;
mod read_rules;
mod read_stores;
mod read_transit;
mod routes;
mod space;
mod tell;
mod transit;
mod way;
mod way_transit;
mod who;

pub use answer::{Answer, Endpoint, Family, Missing, Path, Protocol, Question};
pub(crate) use answered::{Answered, Wanted};
#[doc(hidden)]
pub use exposure::compare_everything;
pub use exposure::{Exposure, Shift, compare, exposure};
#[doc(hidden)]
pub use fault::Fault;
pub(crate) use ground::Grounds;
pub use intents::{Intent, check_intents, intents, intents_of};
pub(crate) use intents::{may_want, wanted};
pub use parts::Network;
pub(crate) use who::has_public_addresses;

use crate::model::{Stack, World};

impl Network {
    /// The network of all stacks in one world.
    pub fn of(world: World<'_, '_>) -> Network {
        read::Reader::read(world, None)
    }

    /// The network of a stack and of those that it refers to, directly or not. Enough for what the
    /// stack itself wants; other stacks cost nothing.
    pub fn around(stack: Stack<'_, '_>) -> Network {
        read::Reader::read_around(stack)
    }

    /// That of all stacks, read and reasoned about with a mistake: for tests of the tests.
    #[doc(hidden)]
    pub fn with_fault(world: World<'_, '_>, fault: Fault) -> Network {
        read::Reader::read(world, Some(fault))
    }
}
