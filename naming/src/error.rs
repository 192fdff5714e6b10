//! What the module refuses, in order of precedence.

chortle_kernel::error_codes! {
    /// What names refuse.
    pub enum Error in "naming" {
        1 symbol_out_of_rule SymbolOutOfRule { symbol: String } =>
            "'{symbol}' is not a symbol: use 1 to 13 of A-Z and 0-9",
        2 symbol_reserved SymbolReserved { symbol: String } =>
            "'{symbol}' is the native coin's symbol: choose another",
        3 name_out_of_rule NameOutOfRule { name: String } =>
            "'{name}' is not a name: use 1 to 32 bytes with a letter, a number or a picture, and single spaces between \
            words",
        4 looks_reserved LooksReserved { text: String, reserved: String } =>
            "'{text}' looks like '{reserved}', which is reserved: choose another",
        5 already_reserved AlreadyReserved { reserved: String } => "'{reserved}' is reserved and looks the same"
            => "release that one first; one reservation covers all that look the same",
        6 not_reserved NotReserved { symbol: String } => "nothing that looks like '{symbol}' is reserved"
            => "look at GET /v1/reserved_symbols",
        7 character_refused CharacterRefused { character: String, what: String } =>
            "{character} is {what}: leave it out of the name",
    }
}
