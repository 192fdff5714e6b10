//! What the ledger refuses, in order of precedence after `insufficient_balance`, whose number is a promise.

use chortle_kernel::{Address, Amount, AssetId};

chortle_kernel::error_codes! {
    /// What the ledger refuses.
    pub enum Error in "token" {
        1 insufficient_balance InsufficientBalance { account: Address, have: String, need: String } =>
            "{account} has {have}; this needs {need}"
            => "send less, or fund the account first",
        2 zero_amount ZeroAmount {} => "the amount is zero: name at least one base unit",
        3 self_transfer SelfTransfer { account: Address } => "{account} cannot send to itself"
            => "name another recipient",
        4 no_recipient NoRecipient {} => "the list of recipients is empty"
            => "name at least one recipient",
        5 total_too_large TotalTooLarge { max: Amount } =>
            "the recipients' amounts sum to more than {max} base units"
            => "split the list into several transactions",
        9 decimals_out_of_range DecimalsOutOfRange { decimals: u8, max: u8 } =>
            "{decimals} decimals; at most {max}"
            => "choose fewer decimals",
        10 uri_out_of_rule UriOutOfRule { uri: String } =>
            "'{uri}' is not a metadata URI: use https://, ipfs:// or ar:// and then visible ASCII without \
            quotes and brackets",
        11 hash_length HashLength { found: usize, expected: usize } =>
            "the metadata's hash has {found} bytes; SHA-256 has {expected}"
            => "give the whole SHA-256 of the metadata, or leave it out",
        12 supply_above_cap SupplyAboveCap { supply: Amount, cap: Amount } =>
            "the supply of {supply} base units is above the cap of {cap}"
            => "raise the cap or lower the supply",
        13 never_any_supply NeverAnySupply {} =>
            "nobody may mint and the supply is zero: name a supply, or let the admin mint",
        14 unknown_asset UnknownAsset { asset: AssetId } => "there is no asset {asset}"
            => "look for its number at GET /v1/tokens",
        15 protocol_account ProtocolAccount { account: Address, name: String } =>
            "{account} is the protocol's account '{name}': what is sent there is lost, so it is refused"
            => "send to an account that a person has a key of",
        16 admin_renounced AdminRenounced { asset: AssetId } =>
            "asset {asset} has no admin: the role was renounced for ever"
            => "nothing that needs an admin can be done with it any more",
        17 not_admin NotAdmin { asset: AssetId, admin: Address } => "the admin of asset {asset} is {admin}"
            => "let that account send it",
        18 not_mintable NotMintable { asset: AssetId } => "nobody may mint asset {asset}: it was created so"
            => "nothing can be done; create another asset with the capability to mint",
        19 above_cap AboveCap { asset: AssetId, cap: Amount, room: Amount } =>
            "the cap of asset {asset} is {cap} base units: at most {room} more can be minted",
        20 already_admin AlreadyAdmin { asset: AssetId } =>
            "the sender is the admin of asset {asset} already"
            => "offer the role to another account",
        21 no_offer NoOffer { asset: AssetId } => "nobody was offered the admin's role of asset {asset}"
            => "let the admin offer it first",
        22 not_offered NotOffered { asset: AssetId, offered: Address } =>
            "the admin's role of asset {asset} was offered to {offered}"
            => "let that account accept it, or ask the admin for another offer",
        23 template_reserved TemplateReserved { template: &'static str } =>
            "nobody can create a '{template}' token by a message: the template is reserved"
            => "choose another template",
        24 outside_template OutsideTemplate { template: &'static str, what: String } =>
            "a '{template}' token has no {what}"
            => "choose a template that has it, or leave it out",
        25 tax_above_ceiling TaxAboveCeiling { total_bps: u32, max_bps: u16 } =>
            "the tax sums to {total_bps} bps; at most {max_bps}"
            => "lower one of its legs",
        26 limit_out_of_bounds LimitOutOfBounds { limit: &'static str, found: u64, min: u64, max: u64 } =>
            "{limit} is {found}, not between {min} and {max}"
            => "choose a value between them",
        27 distribution_above_supply DistributionAboveSupply { total: Amount, supply: Amount } =>
            "the first distribution of {total} base units is above the supply of {supply}"
            => "lower the distribution or raise the supply",
        28 capability_missing CapabilityMissing { asset: AssetId, capability: &'static str } =>
            "asset {asset} has no capability '{capability}': it never had or it was sealed"
            => "GET /v1/tokens/{asset} says which it has",
        29 nothing_to_seal NothingToSeal { asset: AssetId } =>
            "asset {asset} has none of these capabilities"
            => "GET /v1/tokens/{asset} says which it has",
        30 cap_not_lower CapNotLower { asset: AssetId, cap: Amount } =>
            "the cap of asset {asset} is {cap}: it only falls"
            => "name a lower cap",
        31 cap_below_supply CapBelowSupply { asset: AssetId, supply: Amount } =>
            "{supply} base units of asset {asset} exist: the cap cannot be below"
            => "name a cap at or above the supply, or burn first",
        32 no_such_limit NoSuchLimit { asset: AssetId, limit: &'static str } =>
            "asset {asset} has no limit '{limit}', or it has ended"
            => "GET /v1/tokens/{asset} says which limits are in force",
        33 limit_not_earlier LimitNotEarlier { limit: &'static str, end_height: u64 } =>
            "'{limit}' ends at height {end_height}: its end can only be brought forward"
            => "name an earlier height",
        34 pause_out_of_bounds PauseOutOfBounds { epochs: u64, max: u64 } =>
            "a pause of {epochs} epochs; at most {max}"
            => "choose a shorter pause",
        35 pause_too_soon PauseTooSoon { asset: AssetId, from_epoch: u64 } =>
            "asset {asset} was paused lately: it can be paused again from epoch {from_epoch}",
        36 nothing_changes NothingChanges {} => "it is so already"
            => "nothing needs to be sent",
        37 too_many_exclusions TooManyExclusions { asset: AssetId, max: usize } =>
            "asset {asset} excludes {max} accounts already, which is the most"
            => "end an exclusion first",
        39 not_shared NotShared { asset: AssetId } =>
            "asset {asset} shares nothing among its holders: it was created so"
            => "pay holders one by one, with multi_transfer",
        40 nobody_eligible NobodyEligible { asset: AssetId } =>
            "no holder of asset {asset} can be given a part"
            => "wait for holders that are neither excluded nor protocol accounts",
        41 paused Paused { asset: AssetId, until_epoch: u64 } =>
            "asset {asset} is paused until epoch {until_epoch}"
            => "wait until that epoch",
        42 trading_closed TradingClosed { opens_height: u64 } => "trading opens at height {opens_height}"
            => "wait until that height",
        43 frozen Frozen { account: Address } => "{account} is frozen for this asset"
            => "ask the asset's admin",
        44 not_listed NotListed { account: Address } => "{account} is not on the allow list of this asset"
            => "ask the asset's admin to be listed",
        45 above_max_transfer AboveMaxTransfer { amount: Amount, max: Amount } =>
            "{amount} base units in one transfer; at most {max}"
            => "send less at a time",
        46 cooling_down CoolingDown { account: Address, until_height: u64 } =>
            "{account} sent lately: it can send again from height {until_height}",
        47 above_max_wallet AboveMaxWallet { account: Address, after: Amount, max: Amount } =>
            "{account} would have {after} base units; at most {max}"
            => "send less, or to another account",
        48 wallets_limited WalletsLimited { asset: AssetId, end_height: u64 } =>
            "asset {asset} has a largest wallet until height {end_height}: nothing is shared among holders till then"
            => "wait until that height",
        49 not_keeper NotKeeper { asset: AssetId, keeper: &'static str } =>
            "treasury and liquidity part of asset {asset} are paid out by {keeper}"
            => "leave it to them: GET /v1/tokens/{asset} says its template and its admin",
        50 no_payment NoPayment { asset: AssetId } =>
            "the admin of asset {asset} has announced no payment, or another admin did"
            => "announce it first",
        51 payment_early PaymentEarly { asset: AssetId, epoch: u64 } =>
            "the payment of asset {asset} can be made from epoch {epoch} on"
            => "wait until that epoch",
        52 no_community NoCommunity { asset: AssetId } =>
            "the holders of asset {asset} do not govern it: its template is not 'community'"
            => "ask its admin, or where it has none propose it to the chain",
        90 badge_unchanged BadgeUnchanged { asset: AssetId } => "the badge of asset {asset} is so already"
            => "nothing needs to be sent",
    }
}
