//! What the texts of an asset may be. Pure; symbols and names are those of `naming`.

use chortle_kernel::{Reject, amount::DECIMALS_MAX, ensure};
use chortle_naming::text::{ensure_name, ensure_symbol, shown};

use crate::{
    error::Error,
    types::{Asset, HASH_BYTES, Metadata},
};

/// Where metadata may be. Others could run script in a page that links them (`javascript:`, `data:`) or be changed
/// on their way (`http:`).
pub const URI_SCHEMES: [&str; 3] = ["https://", "ipfs://", "ar://"];

/// Refuses a URI of another scheme, an empty one, and characters that end a link in a page.
pub fn ensure_uri(uri: &str) -> Result<(), Reject> {
    let rest = URI_SCHEMES.iter().find_map(|scheme| uri.strip_prefix(scheme));
    let safe = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`');
    let holds = rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(safe));
    ensure(holds, Error::UriOutOfRule { uri: shown(uri) })
}

/// Refuses a record that no message may create; genesis stands under the same rules.
pub fn ensure_asset(asset: &Asset) -> Result<(), Reject> {
    ensure_symbol(&asset.symbol)?;
    ensure_name(&asset.name)?;
    let decimals = asset.decimals;
    ensure(decimals <= DECIMALS_MAX, Error::DecimalsOutOfRange { decimals, max: DECIMALS_MAX })?;
    asset.metadata.as_ref().map_or(Ok(()), ensure_metadata)
}

/// Refuses a URI and a hash that cannot be ones.
pub fn ensure_metadata(metadata: &Metadata) -> Result<(), Reject> {
    ensure_uri(&metadata.uri)?;
    let found = metadata.sha256.as_ref().map_or(HASH_BYTES, |hash| hash.len());
    ensure(found == HASH_BYTES, Error::HashLength { found, expected: HASH_BYTES })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_safe_to_link_or_refused() {
        for uri in ["ipfs://bafy", "https://a.example/x.json?y=1", "ar://x"] {
            assert!(ensure_uri(uri).is_ok(), "{uri}");
        }
        for uri in
            ["", "ipfs://", "javascript:alert(1)", "http://a", "https://a b", "https://\"><script>", "x"]
        {
            assert_eq!(ensure_uri(uri).unwrap_err().name, "uri_out_of_rule", "{uri}");
        }
    }
}
