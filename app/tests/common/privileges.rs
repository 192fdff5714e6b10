//! What an account can do to things of others, for the page of privileges and for the test that looks for more of it.
#![allow(dead_code, reason = "every test file uses its own part")]

/// A right over what is another's.
pub struct Privilege {
    /// Who has it.
    pub who: &'static str,
    /// The messages that use it, as `module.verb`.
    pub messages: &'static [&'static str],
    /// What it does to others.
    pub does: &'static str,
    /// After which time.
    pub when: &'static str,
    /// Who can stop it, and what ends it.
    pub stopped_by: &'static str,
    /// Whether it can lower what another account has.
    pub takes: bool,
}

const fn over(
    who: &'static str,
    messages: &'static [&'static str],
    does: &'static str,
    when: &'static str,
    stopped_by: &'static str,
) -> Privilege {
    Privilege { who, messages, does, when, stopped_by, takes: false }
}

const fn takes(
    who: &'static str,
    messages: &'static [&'static str],
    does: &'static str,
    when: &'static str,
    stopped_by: &'static str,
) -> Privilege {
    Privilege { takes: true, ..over(who, messages, does, when, stopped_by) }
}

/// How the rights of an asset's admin end.
const ADMIN: &str =
    "who creates the asset, by leaving it out; `token.seal` and `token.renounce_admin` for good; a pause";

/// Every one.
pub const PRIVILEGES: &[Privilege] = &[
    over(
        "an asset's admin, with `mint`",
        &["token.mint"],
        "makes more of it, up to its cap",
        "at once",
        ADMIN,
    ),
    takes(
        "an asset's admin, with `force_transfer`",
        &["token.force_transfer"],
        "moves what another account has of it; what the protocol holds never",
        "at once",
        ADMIN,
    ),
    over(
        "an asset's admin, with `freeze`",
        &["token.freeze", "token.allow"],
        "stops an account from sending and receiving it; takes nothing",
        "at once",
        ADMIN,
    ),
    over(
        "an asset's admin, with `pause`",
        &["token.pause"],
        "stops all sends of it for a few epochs",
        "at once; it ends by itself, and none follows within three epochs",
        ADMIN,
    ),
    over(
        "an asset's admin, with `tax`",
        &["token.set_tax"],
        "raises what transfers of it pay, up to the ceiling of its template",
        "from the second epoch on; a cut at once",
        ADMIN,
    ),
    over(
        "an asset's admin, with `exclude`",
        &["token.exclude"],
        "has an account earn nothing by redistribution from now on; what it earned is paid",
        "at once",
        ADMIN,
    ),
    over(
        "an asset's admin",
        &[
            "token.set_metadata",
            "token.shorten_limits",
            "token.lower_cap",
            "token.seal",
            "token.renounce_admin",
        ],
        "changes picture and story; ends limits, cap and capabilities, never more of them",
        "at once",
        ADMIN,
    ),
    over(
        "an asset's admin, where its holders do not govern it",
        &["token.announce_payment", "token.pay_announced"],
        "pays out of what its tax gathered, to whom it likes",
        "from the second epoch on",
        "who creates the asset, by a template without such a tax; `token.renounce_admin`; a pause",
    ),
    over(
        "holders of a token that they govern (template `community`)",
        &["governance.submit", "governance.vote"],
        "spend what its tax gathered, set its tax, end limits, capabilities and the admin's role; what accounts hold never",
        "after the vote and the delay of the class; a rise of the tax two epochs later",
        "more of its holders, by voting no; `token.seal`, which they or the admin send; a pause",
    ),
    over(
        "an asset's admin and who accepts",
        &["token.offer_admin", "token.accept_admin"],
        "hands the role on",
        "when the other accepts",
        "the other, by not accepting",
    ),
    takes(
        "a spender",
        &["allowance.transfer_from"],
        "sends what the owner allowed, and no more",
        "at once",
        "the owner, by `allowance.approve` of nothing; its time; a pause",
    ),
    takes(
        "members of a shared account who reach its threshold",
        &["multisig.propose", "multisig.approve", "multisig.execute"],
        "send whatever the account could, and change who its members are",
        "after the account's delay, from when the threshold was met",
        "members, by withdrawing approval; a change of members, which voids what is open; its time; a pause",
    ),
    takes(
        "a member of a shared account with a limit",
        &["multisig.spend"],
        "sends one asset of the account, no more in any span of a period than the limit",
        "at once",
        "the members, by a change of the limits; a pause",
    ),
    takes(
        "a grantee",
        &["grant.use_grant"],
        "sends kinds of message for the granter; no more leaves his balance than the caps of the grant",
        "at once",
        "the granter, by `grant.revoke`; its uses and its time; a pause",
    ),
    over(
        "the funder of a revocable lock",
        &["lock.revoke_lock"],
        "takes back what has not vested",
        "at once",
        "nobody: the lock says from its first block on that it is revocable",
    ),
    over(
        "the sponsor of an airdrop",
        &["airdrop.end_airdrop"],
        "takes back what nobody claimed",
        "after the deadline, which never moves",
        "recipients, by claiming before",
    ),
    over(
        "a validator's operator",
        &["staking.announce_commission"],
        "raises what it keeps of its delegators' rewards, within the ceiling and the step of its creation",
        "two epochs ahead; a cut at once",
        "delegators, by leaving before",
    ),
    over(
        "a representative",
        &["governance.vote"],
        "votes with the power of those who named it",
        "while they have not voted",
        "each of them, by a vote of his own, also later",
    ),
    over(
        "the council (`governance/params` `council`)",
        &["governance.stop"],
        "cancels what passed and waits; alters nothing",
        "in the delay of the proposal",
        "voters: it cannot stop a change of the rules that name it, nor what holders of a token decide",
    ),
    over(
        "a guardian (`governance/guardians`)",
        &["governance.guard"],
        "pauses a module, a kind of message or an asset, LOL and what governs never",
        "at once; a day alone, three days together, then a cool-down, whatever the scopes",
        "more than half of the guardians; two thirds of all power at once; a vote; its time",
    ),
    over(
        "more than half of the guardians, two at least",
        &["governance.lift"],
        "ends what a guardian, or a third of all power, paused; what governance paused never",
        "at once",
        "another guardian, by pausing again within the limits",
    ),
    over(
        "a body (`governance/bodies`)",
        &["governance.submit"],
        "spends LOL of the treasury within its cap for a period, and proposes what its line names, in silence",
        "after the optimistic vote and the delay of the class",
        "more than a tenth of the stake, by voting no; the council; a vote on its line",
    ),
];

/// Whether a message can lower what another account has.
pub fn can_take(message: &str) -> bool {
    PRIVILEGES.iter().any(|privilege| privilege.takes && privilege.messages.contains(&message))
}
