//! The key table.

use chortle_kernel::{Address, Amount, AssetId, Item, KeyRow, Map};

use crate::types::{
    Ballot, Bodies, Constitution, Content, Guarded, Guardians, Params, Proposal, Reached, Settlement, Stream,
    Tally, Used,
};

/// What governance can set of itself.
pub const PARAMS: Item<Params> = Item::new("governance/params");
/// The floors under that.
pub const CONSTITUTION: Item<Constitution> = Item::new("governance/constitution");
/// Who may pause at once, and for how long.
pub const GUARDIANS: Item<Guardians> = Item::new("governance/guardians");
/// Who can propose by the optimistic track.
pub const BODIES: Item<Bodies> = Item::new("governance/bodies");
/// What guardians, or a third of all power, paused; in the order in which it began.
pub const GUARDED: Item<Vec<Guarded>> = Item::new("governance/guarded");
/// What the proposals of a body count for.
pub const USED: Map<Address, Vec<Used>> = Map::new("governance/used");
/// Every stream that has something to pay, by number.
pub const STREAM: Map<u64, Stream> = Map::new("governance/stream");
/// Number of the next stream. Only grows.
pub const NEXT_STREAM: Item<u64> = Item::new("governance/next_stream");
/// Number of the next proposal. Only grows.
pub const NEXT_ID: Item<u64> = Item::new("governance/next_id");
/// Proposals of the chain that wait for their deposit or are voted on.
pub const OPEN: Item<u64> = Item::new("governance/open");
/// The same of each asset whose holders have such; absent if none.
pub const OPEN_OF: Map<AssetId, u64> = Map::new("governance/open_of");
/// Every proposal, by number; never removed.
pub const PROPOSAL: Map<u64, Proposal> = Map::new("governance/proposal");
/// What a proposal says; never changed or removed.
pub const CONTENT: Map<u64, Content> = Map::new("governance/content");
/// Votes by option, up to date while voting lasts; then what they came to.
pub const TALLY: Map<u64, Tally> = Map::new("governance/tally");
/// What the protocol looks at next, by time.
pub const DUE: Map<(u64, u64), ()> = Map::new("governance/due");
/// Deposits, by proposal and by whom; none once they are settled.
pub const DEPOSIT: Map<(u64, Address), Amount> = Map::new("governance/deposit");
/// Ballots by proposal and voter; forgotten a few at a time once voting ended.
pub const BALLOT: Map<(u64, Address), Ballot> = Map::new("governance/ballot");
/// What delegators of a validator vote themselves, by proposal and operator: the validator does not vote with it.
pub const OVERRIDDEN: Map<(u64, Address), Amount> = Map::new("governance/overridden");
/// Proposals that are being cleared away: first (0) their deposits, then (1) their ballots. All deposits go first.
pub const SETTLING: Map<(u32, u64), Settlement> = Map::new("governance/settling");
/// Representatives by account and class number; 255 stands for every class that has none of its own.
pub const REPRESENTATIVE: Map<(Address, u32), Address> = Map::new("governance/representative");
/// Whom a representative speaks for: for queries.
pub const REPRESENTED: Map<(Address, Address, u32), ()> = Map::new("~governance/represented");
/// Streams by who gets them: for queries.
pub const BY_RECIPIENT: Map<(Address, u64), ()> = Map::new("~governance/by_recipient");
/// Proposals of an account: for queries.
pub const BY_PROPOSER: Map<(Address, u64), ()> = Map::new("~governance/by_proposer");
/// Proposals of an asset's holders: for queries.
pub const BY_COMMUNITY: Map<(AssetId, u64), ()> = Map::new("~governance/by_community");
/// Proposals by where they stand: for queries.
pub const BY_STAGE: Map<(u32, u64), ()> = Map::new("~governance/by_stage");
/// Ballots by proposal, the heaviest first: for queries.
pub const BY_WEIGHT: Map<(u64, u64, Address), ()> = Map::new("~governance/by_weight");
/// When a proposal came to each of its stages: for queries. Nothing that is hashed says it, so an export carries it, as
/// it does the history of supplies; the other indexes follow from what they list.
pub const REACHED: Map<(u64, u32), Reached> = Map::new("~governance/reached");

/// Every row.
pub const KEYS: &[KeyRow] = &[
    PARAMS.row(),
    CONSTITUTION.row(),
    GUARDIANS.row(),
    BODIES.row(),
    GUARDED.row(),
    USED.row(),
    STREAM.row(),
    NEXT_STREAM.row(),
    NEXT_ID.row(),
    OPEN.row(),
    OPEN_OF.row(),
    PROPOSAL.row(),
    CONTENT.row(),
    TALLY.row(),
    DUE.row(),
    DEPOSIT.row(),
    BALLOT.row(),
    OVERRIDDEN.row(),
    SETTLING.row(),
    REPRESENTATIVE.row(),
    REPRESENTED.row(),
    BY_RECIPIENT.row(),
    BY_PROPOSER.row(),
    BY_COMMUNITY.row(),
    BY_STAGE.row(),
    BY_WEIGHT.row(),
    REACHED.row(),
];
