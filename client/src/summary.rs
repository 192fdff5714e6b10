//! A transaction in plain words: the same text for confirming, signing and decoding.

use std::collections::BTreeSet;

use chortle_app::{
    MODULES,
    render::{self, Rendered},
};
use chortle_kernel::{
    AssetId, Router as _, Text,
    signature::Unit,
    tx::{RawMessage, TxBody},
};

use crate::{Error, Result, amount::Assets, build::Unsigned};

/// The words of a body, as a wallet would sign them: amounts in the units of their assets, as far as they are known.
pub fn text(body: &TxBody, assets: &dyn Assets) -> Result<String> {
    let calls = Unsigned::of(&MODULES, body.clone(), &[])?.calls;
    let words = |units: &[Unit]| Rendered::of(&MODULES, body, body.sign_digest(), &calls, units);
    Ok(words(&units(&words(&[]).named, assets)).text())
}

/// The same of messages that another carries: what a proposal would send.
pub fn messages(messages: &[RawMessage], assets: &dyn Assets) -> Result<String> {
    let calls = messages.iter().map(|raw| MODULES.decode(raw, 1)).collect::<std::result::Result<Vec<_>, _>>();
    let calls = calls.map_err(|reject| {
        Error::from(reject).hint("is the node of this program's version? see: chortle version")
    })?;
    let words = |units: &[Unit]| render::messages(&MODULES, &calls, units);
    Ok(words(&units(&words(&[]).1, assets)).0)
}

/// The units of assets, as far as they are known.
fn units(named: &BTreeSet<AssetId>, assets: &dyn Assets) -> Vec<Unit> {
    let unit = |asset: &AssetId| {
        let info = assets.describe(*asset).ok()?;
        Some(Unit { asset: *asset, symbol: Text::parse(info.symbol).ok()?, decimals: info.decimals })
    };
    named.iter().filter_map(unit).collect()
}

/// How long until a transaction expires, or since it did, in the two largest units; nothing if it never does.
pub fn time_left(expiry_unix_ms: u64, now_unix_ms: u64) -> Option<String> {
    if expiry_unix_ms == 0 {
        return None;
    }
    let seconds = expiry_unix_ms.abs_diff(now_unix_ms) / 1_000;
    let [days, hours, minutes] = [86_400, 3_600, 60].map(|unit| seconds / unit);
    let span = match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    };
    Some(if expiry_unix_ms > now_unix_ms {
        format!("expires in {span}")
    } else {
        format!("expired {span} ago")
    })
}

#[cfg(test)]
mod tests {
    use chortle_kernel::{Address, Amount, Coin, tx::Replay};
    use serde_json::json;

    use super::*;
    use crate::{
        amount::AssetInfo,
        build::{self, Plan},
    };

    /// A node that says of an asset what it likes.
    struct Told(u8);

    impl Assets for Told {
        fn describe(&self, _: AssetId) -> Result<AssetInfo> {
            Ok(AssetInfo { symbol: "DOGE".to_owned(), decimals: self.0 })
        }
    }

    #[test]
    fn a_node_that_lies_about_decimals_moves_the_point_and_not_the_base_units() {
        let coin = Coin { asset: AssetId(17), amount: Amount::new(10_000_000).unwrap() };
        let body = json!({ "to": Address([2; 20]), "coin": coin });
        let plan = Plan {
            chain: chortle_kernel::tx::ChainRef::of("chortle-words-1", [7; 32]).unwrap(),
            sender: Address([1; 20]),
            replay: Replay::Sequence(7),
            expiry_unix_ms: 0,
            gas_limit: None,
            gas_price_max: 2,
            tip: 0,
            fee_payer: None,
            fee_grant: None,
            messages: build::messages(vec![build::message("token", "transfer", body).unwrap()]).unwrap(),
            memo: build::memo("").unwrap(),
            signed_by: Vec::new(),
        };
        let body = plan.body(&MODULES).unwrap();
        for (told, shown) in
            [(6, "10 DOGE#17"), (4, "1000 DOGE#17"), (8, "0.1 DOGE#17"), (0, "10000000 DOGE#17")]
        {
            let text = text(&body, &Told(told)).unwrap();
            let line = format!("  coin: {shown} (10000000 base units)\n");
            assert!(text.contains(&line), "{text}");
        }
    }

    #[test]
    fn how_long_is_left_is_said_in_two_units() {
        let at = |seconds: i64| {
            time_left(1_800_000_000_000, 1_800_000_000_000_u64.saturating_add_signed(-1_000 * seconds))
                .unwrap()
        };
        for (seconds, said) in [
            (0, "expired 0 s ago"),
            (59, "expires in 59 s"),
            (125, "expires in 2 min 5 s"),
            (3_600, "expires in 1 h 0 min"),
            (90_000, "expires in 1 d 1 h"),
            (-600, "expired 10 min 0 s ago"),
        ] {
            assert_eq!(at(seconds), said);
        }
        assert_eq!(time_left(0, 1), None);
        assert_eq!(time_left(u64::MAX, 0).unwrap(), "expires in 213503982334 d 14 h");
    }
}
