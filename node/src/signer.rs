//! What a home signs blocks with: the consensus key, the record of what it signed, and what the chain knows of the key.
//! `start` refuses what `doctor` finds here, in the same words.

use std::fs;
use std::io::ErrorKind;

use chortle_consensus::comet::home::{Home as CometHome, HomeError};
use chortle_kernel::{Address, ReadState};
use chortle_staking::{ConsensusKey, state};
use serde_json::json;

use crate::failure::Failure;
use crate::home::{Home, cannot, write};

/// The one cure of a record that is lost.
const RECORD_CURE: &str = "never start without it: the key may sign twice and be slashed. Make sure that no other node \
    has the key, ask another node for the chain's height, and write a record that keeps the key silent up to a height \
    some blocks above it: `chortled validator recover-record --height HEIGHT`";
/// The cure of a key that is lost or damaged.
const KEY_CURE: &str = "put it back from its backup; a new one in its place would sign for nobody. Without a backup \
    rotate to a next key from the operator's account: `chortled validator next-key`";

/// Why there are no keys to work with, whichever of a home's is gone, damaged or somebody else's.
pub fn no_keys(error: &HomeError) -> Failure {
    Failure::config(
        error.to_string(),
        "put the file back from its backup, readable for this user; without one, `chortled doctor` says what to do",
    )
}

/// What a home signs with.
pub enum Signer {
    /// A machine of its own, which holds the key and remembers what it signed.
    Remote(String),
    /// The key file.
    File {
        /// The key.
        key: ConsensusKey,
        /// The last height that it signed.
        signed_height: u64,
    },
}

/// What a home signs with, or why it must not start.
pub fn of(home: &Home) -> Result<Signer, Failure> {
    if let Some(address) = home.remote_signer()? {
        return Ok(Signer::Remote(address));
    }
    let comet = home.comet();
    let key = comet.present_validator_key().map_err(|error| Failure::config(error.to_string(), KEY_CURE))?;
    Ok(Signer::File { key: ConsensusKey(key), signed_height: signed_height(&comet)? })
}

/// The last height that the record of a home names.
fn signed_height(comet: &CometHome) -> Result<u64, Failure> {
    let path = comet.validator_state();
    let lost = |why: &str| {
        Failure::config(format!("the record of what was signed, {}, {why}", path.display()), RECORD_CURE)
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(lost("is gone")),
        Err(error) => return Err(cannot(&path, &error)),
    };
    if text.trim().is_empty() {
        return Err(lost("is empty"));
    }
    let record: serde_json::Value = serde_json::from_str(&text).map_err(|_| lost("is damaged"))?;
    let height = record.get("height").and_then(|height| height.as_str()?.parse().ok());
    height.ok_or_else(|| lost("names no height"))
}

/// Writes a record that keeps the key silent up to a height. One that says less than what is there is refused.
pub fn recover_record(home: &Home, height: u64, committed: u64) -> Result<(), Failure> {
    let comet = home.comet();
    if let Ok(signed) = signed_height(&comet)
        && signed >= height
    {
        return Err(Failure::config(
            format!(
                "the record is whole, and its last signed height is {signed}: {height} would say no more"
            ),
            "keep it, or name a greater height",
        ));
    }
    if height <= committed {
        return Err(Failure::config(
            format!("this home alone has block {committed}: at {height} the key may have signed already"),
            "ask another node for the chain's height, and name one some blocks above it",
        ));
    }
    // The last step of a block is 3: nothing at this height in this round, and nothing below it.
    let record = json!({ "height": height.to_string(), "round": 0, "step": 3 });
    write(&comet.validator_state(), &format!("{record:#}\n"))
}

/// Whose consensus key this is, as a state knows it.
pub enum Known {
    /// A validator's, in use.
    InUse(Address),
    /// A validator's that uses another now.
    Former(Address),
    /// Nobody's.
    Unknown,
}

/// Whose consensus key this is.
pub fn known(view: &dyn ReadState, key: &ConsensusKey) -> Result<Known, Failure> {
    let operator = state::BY_KEY.get(view, &key.address()).map_err(Failure::unexpected)?;
    let Some(operator) = operator else { return Ok(Known::Unknown) };
    let validator = state::VALIDATOR.get(view, &operator).map_err(Failure::unexpected)?;
    let in_use = validator.is_some_and(|validator| validator.key == *key);
    Ok(if in_use { Known::InUse(operator) } else { Known::Former(operator) })
}

/// Compares the key of a home with the chain: one that a validator gave up, or that nobody has while a key that was put
/// aside here is in use, signs for nobody.
pub fn compare(home: &Home, view: &dyn ReadState, key: &ConsensusKey) -> Result<String, Failure> {
    let back = "`chortled validator switch-key --back` puts the key back that was here before";
    let standing = known(view, key)?;
    if let Known::InUse(operator) = standing {
        return Ok(format!("validator {operator}"));
    }
    for old in home.comet().old_validator_keys().map_err(Failure::unexpected)? {
        let old = ConsensusKey(old);
        if let Known::InUse(operator) = known(view, &old)? {
            let cause = format!(
                "validator {operator} signs with {old}; this home holds {key}, which signs for nobody"
            );
            return Err(Failure::config(cause, back));
        }
    }
    match standing {
        Known::Former(operator) => Err(Failure::config(
            format!("validator {operator} has rotated away from the key of this home, {key}"),
            "switch to the key that it rotated to: `chortled validator switch-key`; \
             a node that shall not validate needs a key of its own",
        )),
        _ => Ok("no validator: it follows the chain".to_owned()),
    }
}
