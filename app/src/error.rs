//! What the pipeline around messages refuses.

use chortle_kernel::{Address, AssetId};

chortle_kernel::error_codes! {
    /// Why a transaction of good form is not admitted.
    pub enum Error in "app" {
        1 wrong_chain WrongChain { expected: String, found: String } =>
            "signed for chain '{found}'; this is '{expected}'"
            => "sign again for this chain; GET /v1/status says its name",
        2 expired Expired { expiry_unix_ms: u64, time_unix_ms: u64 } =>
            "expired at {expiry_unix_ms} ms; the block's time is {time_unix_ms} ms: sign again",
        3 expiry_too_far ExpiryTooFar { ahead_ms: u64, max_ms: u64 } =>
            "an unordered transaction expires at most {max_ms} ms ahead; this one {ahead_ms} ms"
            => "choose an earlier expiry, or use a sequence number",
        4 nonce_used NonceUsed { sender: Address, expiry_unix_ms: u64 } =>
            "{sender} already used the unordered nonce {expiry_unix_ms}: choose another expiry",
        5 sequence_too_low SequenceTooLow { found: u64, next: u64 } =>
            "sequence {found} was used already; the next one is {next}"
            => "sign again with the next one",
        6 sequence_too_high SequenceTooHigh { found: u64, next: u64 } =>
            "sequence {found} is ahead; the next one is {next}: send the ones between first",
        7 gas_limit_too_low GasLimitTooLow { gas: u64, gas_limit: u64 } =>
            "the transaction costs {gas} gas; its limit is {gas_limit}: raise the limit",
        8 gas_price_too_low GasPriceTooLow { found: u64, price: u64 } =>
            "the chain's price is {price} nlol per gas; the transaction allows {found}: raise the price",
        9 fee_too_large FeeTooLarge {} =>
            "the fee is above every possible balance: lower the limit or the price",
        10 fee_unpaid FeeUnpaid { payer: Address, fee: u64, balance: u64 } =>
            "the fee is {fee} nlol; {payer} holds {balance}"
            => "fund the payer, lower the tip, or name another payer",
        11 unknown_message UnknownMessage { module: u8, tag: u8 } =>
            "no message {tag} in module {module}: upgrade the client or the node",
        12 malformed_message MalformedMessage { name: String, reason: String } =>
            "message {name} does not decode: {reason}"
            => "build it with POST /v1/txs/build, which encodes every message",
        13 block_full BlockFull { gas: u64, gas_left: u64 } =>
            "the transaction costs {gas} gas; the block has {gas_left} left"
            => "send it again: the next block has room",
        14 wrong_genesis WrongGenesis { expected: String, found: String } =>
            "signed for the chain that began with genesis {found}; this one began with {expected}: sign again",
        20 injected_misplaced InjectedMisplaced {} =>
            "bytes that begin with 0 are what a proposer puts first into its block: they stand nowhere else, \
            and nobody can send them"
            => "send a signed transaction instead",
        21 injected_missing InjectedMissing {} =>
            "the block does not begin with what validators attested for the block before"
            => "nothing to do for a sender; a proposer that runs this program puts them there",
        22 injected_unexpected InjectedUnexpected {} =>
            "the block begins with attestations where there are none to carry"
            => "nothing to do for a sender; a proposer that runs this program leaves them out",
        23 injected_malformed InjectedMalformed { reason: String } =>
            "the block's attestations do not decode: {reason}"
            => "nothing to do for a sender; whoever runs the proposer upgrades it",
        24 injected_height InjectedHeight { found: u64, expected: u64 } =>
            "the attestations are of height {found}; the block before is {expected}"
            => "nothing to do for a sender; whoever runs the proposer upgrades it",
        25 injected_voter InjectedVoter { validator: String } =>
            "{validator} did not sign the last commit, or stands twice or out of order in the attestations"
            => "nothing to do for a sender; whoever runs the proposer upgrades it",
        26 injected_extension InjectedExtension { validator: String, reason: String } =>
            "what {validator} attested is malformed: {reason}"
            => "whoever runs that validator upgrades it",
        27 injected_signature InjectedSignature { validator: String } =>
            "{validator} did not sign what it is said to attest"
            => "nothing to do for a sender; whoever runs the proposer upgrades it",
        28 injected_power InjectedPower { part: u128, total: u128 } =>
            "the attestations are of {part} of {total} power: more than two thirds are needed"
            => "nothing to do for a sender; the next proposer has the missing ones",
        29 wrong_units WrongUnits { asset: AssetId, shown: String } =>
            "the wallet showed asset {asset} as {shown}, which it is not: ask the chain and sign again",
        30 units_not_canonical UnitsNotCanonical {} =>
            "the units beside a wallet's signature are those of the assets in its words, each once, by rising \
            number, without LOL"
            => "take the units as POST /v1/txs/build answers them",
        31 too_many_words TooManyWords { size: usize, max: usize } =>
            "a wallet signs the words of bodies up to {max} bytes; this one has {size}: sign its digest, or split it",
    }
}
