//! What the ledger refuses, in order of precedence after `insufficient_balance`, whose number is a promise.

use chortle_kernel::{Address, Amount, AssetId};

chortle_kernel::error_codes! {
    /// What the ledger refuses.
    pub enum Error in "token" {
        1 insufficient_balance InsufficientBalance { account: Address, have: String, need: String } =>
            "{account} has {have}; this needs {need}",
        2 zero_amount ZeroAmount {} => "the amount is zero: name at least one base unit",
        3 self_transfer SelfTransfer { account: Address } => "{account} cannot send to itself",
        4 no_recipient NoRecipient {} => "the list of recipients is empty",
        5 total_too_large TotalTooLarge { max: Amount } =>
            "the recipients' amounts sum to more than {max} base units",
        6 symbol_out_of_rule SymbolOutOfRule { symbol: String } =>
            "'{symbol}' is not a symbol: use 1 to 13 of A-Z and 0-9",
        7 symbol_reserved SymbolReserved { symbol: String } =>
            "'{symbol}' is the native coin's symbol: choose another",
        8 name_out_of_rule NameOutOfRule { name: String } =>
            "'{name}' is not a name: use 1 to 32 bytes of visible text, single spaces between words, no \
            invisible or direction-changing characters",
        9 decimals_out_of_range DecimalsOutOfRange { decimals: u8, max: u8 } =>
            "{decimals} decimals; at most {max}",
        10 uri_out_of_rule UriOutOfRule { uri: String } =>
            "'{uri}' is not a metadata URI: use https://, ipfs:// or ar:// and then visible ASCII without \
            quotes and brackets",
        11 hash_length HashLength { found: usize, expected: usize } =>
            "the metadata's hash has {found} bytes; SHA-256 has {expected}",
        12 supply_above_cap SupplyAboveCap { supply: Amount, cap: Amount } =>
            "the supply of {supply} base units is above the cap of {cap}",
        13 never_any_supply NeverAnySupply {} =>
            "nobody may mint and the supply is zero: name a supply, or let the admin mint",
        14 unknown_asset UnknownAsset { asset: AssetId } => "there is no asset {asset}",
        15 protocol_account ProtocolAccount { account: Address, name: &'static str } =>
            "{account} is the protocol's account '{name}': what is sent there is lost, so it is refused",
        16 admin_renounced AdminRenounced { asset: AssetId } =>
            "asset {asset} has no admin: the role was renounced for ever",
        17 not_admin NotAdmin { asset: AssetId, admin: Address } => "the admin of asset {asset} is {admin}",
        18 not_mintable NotMintable { asset: AssetId } => "nobody may mint asset {asset}: it was created so",
        19 above_cap AboveCap { asset: AssetId, cap: Amount, room: Amount } =>
            "the cap of asset {asset} is {cap} base units: at most {room} more can be minted",
        20 already_admin AlreadyAdmin { asset: AssetId } =>
            "the sender is the admin of asset {asset} already",
        21 no_offer NoOffer { asset: AssetId } => "nobody was offered the admin's role of asset {asset}",
        22 not_offered NotOffered { asset: AssetId, offered: Address } =>
            "the admin's role of asset {asset} was offered to {offered}",
    }
}
