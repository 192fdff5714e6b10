//! What the gate refuses.

use crate::AssetId;

crate::error_codes! {
    /// What the gate refuses.
    pub enum Error in "gate" {
        1 unauthorized Unauthorized { message: String, authority: String } =>
            "{message} is for {authority} alone: it cannot be sent by an account"
            => "leave it to who may send it: docs/messages.md says who may send each",
        2 paused Paused { what: String, until_unix_ms: u64 } =>
            "{what} is paused until {until_unix_ms} ms of block time (0: until governance ends it)"
            => "wait until the pause ends; until then other messages go through",
        3 out_of_gas OutOfGas { gas: u64, gas_left: u64 } =>
            "the dispatched messages cost {gas} gas; {gas_left} is left for them"
            => "dispatch fewer messages, or raise the gas limit",
        4 too_deep TooDeep { max: u8 } => "messages are nested deeper than {max}: send the inner ones by themselves",
        5 not_entitled NotEntitled { module: String, acting: String } =>
            "module {module} may not act for {acting}"
            => "let the account itself send the message",
        6 no_router NoRouter {} => "no other module can be reached from here"
            => "send the inner message in a transaction of its own",
        7 not_pausable NotPausable { what: String } =>
            "{what} cannot be paused: the chain could not be governed or paid"
            => "pause another module, kind of message or asset",
        8 too_many_pauses TooManyPauses { max: usize } => "{max} pauses are in force already: end one first",
        9 no_params NoParams { path: String } => "no parameters under '{path}'"
            => "name the module and its parameters, such as app/params",
        10 params_refused ParamsRefused { path: String, reason: String } => "{path} stays as it is: {reason}"
            => "change the value as the reason says; the old one is in force",
        11 not_of_community NotOfCommunity { message: String, asset: AssetId } =>
            "the holders of asset {asset} cannot send {message} by a proposal"
            => "propose what concerns that asset alone: docs/messages.md says what its holders may send",
    }
}
