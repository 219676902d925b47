//! Mistakes that the analyser can be told to make, to see that the judges notice.

/// A mistake in the reasoning.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    FirstRouteWins,
    AnswersAreFree,
    EntriesInTheOrderWritten,
    EntriesWithinASubnet,
    OutboundGroupsIgnored,
    GroupsMatchPublicAddresses,
    OneSourcePortIsEnough,
    NatSubnetIgnored,
    DetachedGatewayWorks,
    NobodyNeedsAPublicAddress,
    Ipv4RulesCountForIpv6,
    LastPortIsOut,
    AllProtocolsIsNone,
    NoRuleOutIsNoWayOut,
    ClientsAreNeverSeen,
    FirstDynamicPortIsEnough,
    ReservedAddressesAreUsed,
    AnswersNeedNoRoute,
    ZonesIgnored,
    PrefixIsOneShorter,
    FirstSeatIsEnough,
    DenyIsSkipped,
    GroupsAreCombinedByAnd,
    UdpIsTcp,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 24] = [
        Fault::FirstRouteWins,
        Fault::AnswersAreFree,
        Fault::EntriesInTheOrderWritten,
        Fault::EntriesWithinASubnet,
        Fault::OutboundGroupsIgnored,
        Fault::GroupsMatchPublicAddresses,
        Fault::OneSourcePortIsEnough,
        Fault::NatSubnetIgnored,
        Fault::DetachedGatewayWorks,
        Fault::NobodyNeedsAPublicAddress,
        Fault::Ipv4RulesCountForIpv6,
        Fault::LastPortIsOut,
        Fault::AllProtocolsIsNone,
        Fault::NoRuleOutIsNoWayOut,
        Fault::ClientsAreNeverSeen,
        Fault::FirstDynamicPortIsEnough,
        Fault::ReservedAddressesAreUsed,
        Fault::AnswersNeedNoRoute,
        Fault::ZonesIgnored,
        Fault::PrefixIsOneShorter,
        Fault::FirstSeatIsEnough,
        Fault::DenyIsSkipped,
        Fault::GroupsAreCombinedByAnd,
        Fault::UdpIsTcp,
    ];
}
