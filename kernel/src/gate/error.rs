//! What the gate refuses.

crate::error_codes! {
    /// What the gate refuses.
    pub enum Error in "gate" {
        1 unauthorized Unauthorized { message: String, authority: String } =>
            "{message} is for {authority} alone: it cannot be sent by an account",
        2 paused Paused { what: String, until_unix_ms: u64 } =>
            "{what} is paused until {until_unix_ms} ms of block time (0: until governance ends it)",
        3 out_of_gas OutOfGas { gas: u64, gas_left: u64 } =>
            "the dispatched messages cost {gas} gas; {gas_left} is left for them",
        4 too_deep TooDeep { max: u8 } => "messages are nested deeper than {max}: send the inner ones by themselves",
        5 not_entitled NotEntitled { module: String, acting: String } =>
            "module {module} may not act for {acting}",
        6 no_router NoRouter {} => "no other module can be reached from here",
        7 not_pausable NotPausable { what: String } => "{what} cannot be paused: the chain could not be governed or paid",
        8 too_many_pauses TooManyPauses { max: usize } => "{max} pauses are in force already: end one first",
        9 no_params NoParams { path: String } => "no parameters under '{path}'",
        10 params_refused ParamsRefused { path: String, reason: String } => "{path} stays as it is: {reason}",
    }
}
