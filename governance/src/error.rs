//! What the module refuses, in order of precedence.

use chortle_kernel::{Address, Amount};

chortle_kernel::error_codes! {
    /// What governance refuses.
    pub enum Error in "governance" {
        1 no_title NoTitle {} => "the proposal has no title: say in a line what it is about",
        2 nothing_expedited NothingExpedited {} =>
            "a change of the rules of governance is never voted on in a hurry: submit it without 'expedited'",
        3 too_much_gas TooMuchGas { gas: u64, max: u64 } =>
            "the proposal's messages take {gas} gas; at most {max}: split it",
        4 would_fail WouldFail { code: String, why: String } =>
            "executed today the proposal would be refused with {code}: {why}"
            => "change the messages as the sentence says, or wait until the state allows them",
        5 deposit_too_small DepositTooSmall { least: Amount, found: Amount } =>
            "the deposit is {found} nlol; at least {least}"
            => "deposit that much; it comes back unless the proposal is vetoed, is spam or never reaches a vote",
        6 deposit_too_large DepositTooLarge { missing: Amount, found: Amount } =>
            "the deposit is {found} nlol and {missing} is missing"
            => "deposit what is missing at most",
        7 unknown_proposal UnknownProposal { proposal: u64 } => "there is no proposal {proposal}"
            => "look at GET /v1/governance/proposals",
        8 wrong_stage WrongStage { proposal: u64, stage: String, needed: String } =>
            "proposal {proposal} is {stage}; this is for one that is {needed}"
            => "look at the proposal's times, GET /v1/governance/proposals/{proposal}",
        9 voting_over VotingOver { proposal: u64, ended_unix_ms: u64 } =>
            "voting on proposal {proposal} ended at {ended_unix_ms}: nothing changes it any more",
        10 weights_not_whole WeightsNotWhole {} =>
            "yes, no, abstain and veto must sum to 10000 basis points: give one of them 10000, or several their parts",
        11 no_power NoPower { voter: Address } =>
            "{voter} had no stake with a validator of the set, or none of the asset whose holders vote, when voting began"
            => "vote with the account that had delegated, or held it, by then",
        12 too_many_delegations TooManyDelegations { voter: Address, max: u64 } =>
            "{voter} has more than {max} delegations to count"
            => "vote again with a larger 'delegations', which costs more gas",
        13 not_proposer NotProposer { proposal: u64, proposer: Address } =>
            "proposal {proposal} is of {proposer}: only its proposer takes it back",
        14 too_late_to_cancel TooLateToCancel { proposal: u64 } =>
            "proposal {proposal} is in the second half of its vote: it can no longer be taken back",
        15 not_council NotCouncil {} => "only the council cancels what waits"
            => "let the account send it that the parameter governance/params 'council' names",
        16 not_stoppable NotStoppable { proposal: u64 } =>
            "the council cannot cancel proposal {proposal}: it changes the rules of governance alone, or is of an asset's holders",
        17 own_representative OwnRepresentative {} =>
            "an account speaks for itself already: name another, or nobody",
        18 pause_too_long PauseTooLong { max_ms: u64 } =>
            "a pause lasts at least a millisecond and at most {max_ms}: begin another when it ends",
        19 nothing_paused NothingPaused {} => "nothing of that scope is paused: there is nothing to end",
        20 no_governance NoGovernance {} => "this chain was started without governance"
            => "start it with a section 'governance' in its genesis",
        21 nothing_paid NothingPaid {} => "a payment of nothing: give an amount",
        24 not_guardian NotGuardian {} => "only a guardian pauses and lifts by its own word"
            => "let an account send it that the parameter governance/guardians 'guardians' names",
        25 pauses_spent PausesSpent { pauses: u64, period_ms: u64 } =>
            "the number of pauses is used up: {pauses} in {period_ms} ms"
            => "let another guardian pause it, or governance",
        26 stopped_too_long StoppedTooLong { max_ms: u64, window_ms: u64 } =>
            "a part of it would be stopped for more than {max_ms} ms in {window_ms} ms, by pauses of any scope"
            => "pause it for a shorter time, let another guardian go on, or governance",
        27 paused_already PausedAlready { until_unix_ms: u64 } =>
            "it is paused until {until_unix_ms} (0: until governance ends it), and a guardian shortens nothing"
            => "wait until the pause ends, or begin one that ends later if a guardian began it",
        28 not_guarded NotGuarded {} => "no pause of that scope is a guardian's, or a third's of all power: there is nothing to lift"
            => "look at GET /v1/governance/guardians; what governance paused, governance ends",
        29 lifted_already LiftedAlready {} => "this guardian wants the pause ended already"
            => "wait for the others: more than half must want it",
        30 not_body NotBody {} => "only a body proposes by the optimistic track"
            => "submit it without 'optimistic', or let an account send it that governance/bodies 'bodies' names",
        31 body_cannot BodyCannot { message: String } =>
            "a body cannot propose {message} by the optimistic track: it spends LOL, and sends what its line names"
            => "submit it without 'optimistic'",
        32 over_cap OverCap { cap: Amount, period_ms: u64 } =>
            "the body's proposals would spend more than {cap} nlol in {period_ms} ms, or are too many"
            => "propose less, wait, or submit it without 'optimistic'",
        33 two_tracks TwoTracks {} => "a proposal is expedited or optimistic, not both: choose one",
        34 unknown_stream UnknownStream { stream: u64 } => "there is no stream {stream}, or all of it is paid"
            => "look at GET /v1/governance/streams",
        35 stream_times StreamTimes {} => "a stream ends after it begins: give two times in that order",
        36 not_recipient NotRecipient { stream: u64, to: Address } =>
            "stream {stream} is of {to}: only its recipient claims it",
        37 nothing_earned NothingEarned { stream: u64 } => "stream {stream} has nothing to pay now"
            => "wait: it grows from its first time to its last",
        38 nothing_to_close NothingToClose { stream: u64 } =>
            "all of stream {stream} is earned: nothing of it goes back",
        39 chain_alone ChainAlone {} =>
            "holders of an asset vote for the whole time: the short and the optimistic vote are for the chain"
            => "submit it without 'expedited' and 'optimistic'",
        40 stake_alone StakeAlone {} => "representatives speak for stake: nobody's units are brought to a vote"
            => "vote without 'holders'; each of them votes himself",
    }
}
