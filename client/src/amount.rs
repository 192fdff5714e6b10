//! Amounts as people write them: `1.5LOL`, `10DOGE#17`. Exact, or refused; never guessed.

use chortle_kernel::{
    Amount, AssetId, Coin,
    asset::{NATIVE_DECIMALS, NATIVE_SYMBOL},
};

use crate::{Error, Result};

/// The base unit of LOL, as a unit that people may write.
pub const NATIVE_BASE_UNIT: &str = "nlol";

/// What an amount needs to know of its asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetInfo {
    /// Short name.
    pub symbol: String,
    /// Digits after the point.
    pub decimals: u8,
}

impl AssetInfo {
    /// LOL, which needs no looking up.
    pub fn native() -> Self {
        Self { symbol: NATIVE_SYMBOL.to_owned(), decimals: NATIVE_DECIMALS }
    }

    /// An amount for people: `1.5 LOL`, `10 DOGE#17`.
    pub fn display(&self, coin: Coin) -> String {
        let number = coin.amount.to_decimal(self.decimals);
        match coin.asset {
            AssetId::NATIVE => format!("{number} {}", self.symbol),
            id => format!("{number} {}#{id}", self.symbol),
        }
    }
}

/// Where assets are looked up.
pub trait Assets {
    /// Symbol and decimals of an asset.
    fn describe(&self, asset: AssetId) -> Result<AssetInfo>;
}

/// No node at hand: only LOL is known.
pub struct Offline;

impl Assets for Offline {
    fn describe(&self, asset: AssetId) -> Result<AssetInfo> {
        if asset == AssetId::NATIVE {
            return Ok(AssetInfo::native());
        }
        Err(Error::usage(format!("the decimals of asset #{asset} are unknown without a node"))
            .hint("leave out --offline, or give the message in base units with --json"))
    }
}

/// A text split into its number and its unit.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Written<'a> {
    number: &'a str,
    unit: Unit<'a>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Unit<'a> {
    None,
    NativeBase,
    Asset { symbol: &'a str, id: AssetId },
}

fn split(text: &str) -> Result<Written<'_>> {
    let wrong = || {
        Error::usage(format!("'{}' is not an amount", text.escape_debug()))
            .hint("write such as 1.5LOL, 1500nlol, 10DOGE#17 or \"5 1INCH#3\"")
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    if number.is_empty() {
        return Err(wrong());
    }
    let unit = match rest {
        "" => Unit::None,
        NATIVE_BASE_UNIT => Unit::NativeBase,
        NATIVE_SYMBOL => Unit::Asset { symbol: NATIVE_SYMBOL, id: AssetId::NATIVE },
        _ => {
            let Some((symbol, id)) = rest.rsplit_once('#') else {
                return Err(without_number(text, number, rest));
            };
            let plain = symbol.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            if !plain {
                return Err(wrong());
            }
            Unit::Asset { symbol, id: id.parse().map_err(|_| wrong())? }
        }
    };
    Ok(Written { number, unit })
}

/// The refusal of a unit that no number follows.
fn without_number(text: &str, number: &str, unit: &str) -> Error {
    for plain in [NATIVE_SYMBOL, NATIVE_BASE_UNIT] {
        if unit.eq_ignore_ascii_case(plain) {
            return Error::usage(format!("'{text}' is not an amount: the unit is written {plain}"))
                .hint(format!("write {number}{plain}"));
        }
    }
    let capitals = unit.to_ascii_uppercase();
    if !capitals.is_empty() && capitals.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    {
        return Error::usage(format!("'{text}' does not say which {capitals}"))
            .hint(format!("symbols are not unique: write the number too, such as {number}{capitals}#17"));
    }
    Error::usage(format!("'{}' is not an amount", text.escape_debug()))
        .hint("write such as 1.5LOL, 1500nlol, 10DOGE#17 or \"5 1INCH#3\"")
}

fn exact(number: &str, decimals: u8) -> Result<Amount> {
    Amount::parse_decimal(number, decimals).map_err(|why| {
        Error::usage(why).hint(match decimals {
            0 => "write a whole number, without a point".to_owned(),
            _ => format!(
                "write digits, at most {decimals} of them behind one point; no amount is above 2^63-1 base units"
            ),
        })
    })
}

/// Refuses a symbol that is not the asset's own: a typo in the number must not pick another asset.
fn described(symbol: &str, id: AssetId, assets: &dyn Assets) -> Result<AssetInfo> {
    let info = assets.describe(id)?;
    if symbol.is_empty() || symbol == info.symbol {
        return Ok(info);
    }
    Err(Error::usage(format!("asset #{id} is {}, not {symbol}", info.symbol)).hint(
        "check the number; if the symbol begins with a digit, put a space after the amount: \"5 1INCH#3\"",
    ))
}

/// Reads an amount with its asset: `1.5LOL`, `1500nlol`, `10DOGE#17`.
pub fn parse_coin(text: &str, assets: &dyn Assets) -> Result<Coin> {
    let written = split(text)?;
    match written.unit {
        Unit::None => Err(Error::usage(format!("'{text}' does not say of which asset"))
            .hint(format!("write {text}LOL, or {text} and the asset's full name, such as {text}DOGE#17"))),
        Unit::NativeBase => Ok(Coin { asset: AssetId::NATIVE, amount: exact(written.number, 0)? }),
        Unit::Asset { symbol, id } => {
            let info = described(symbol, id, assets)?;
            Ok(Coin { asset: id, amount: exact(written.number, info.decimals)? })
        }
    }
}

/// Reads an amount of a known asset: `1.5`, or with a unit that must be that asset's.
pub fn parse_amount_of(text: &str, asset: AssetId, assets: &dyn Assets) -> Result<Amount> {
    let written = split(text)?;
    if written.unit == Unit::None {
        return exact(written.number, assets.describe(asset)?.decimals);
    }
    let coin = parse_coin(text, assets)?;
    if coin.asset == asset {
        return Ok(coin.amount);
    }
    Err(Error::usage(format!("'{text}' is of asset #{}; this needs asset #{asset}", coin.asset)))
}

/// Reads an amount of an asset that has only its decimals yet.
pub fn parse_plain(text: &str, decimals: u8) -> Result<Amount> {
    match split(text)? {
        Written { number, unit: Unit::None } => exact(number, decimals),
        _ => Err(Error::usage(format!("'{text}' names an asset; this one has no number yet"))
            .hint("write the number alone, such as 1000000")),
    }
}

/// Reads an asset: `LOL`, `17` or `DOGE#17`, whose symbol must be right.
pub fn parse_asset(text: &str, assets: &dyn Assets) -> Result<AssetId> {
    let id: AssetId = text
        .parse()
        .map_err(|why: String| Error::usage(why).hint("find the number: chortle query token list"))?;
    if let Some((symbol, _)) = text.rsplit_once('#') {
        described(symbol, id, assets)?;
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Fixed;

    impl Assets for Fixed {
        fn describe(&self, asset: AssetId) -> Result<AssetInfo> {
            match asset.0 {
                3 => Ok(AssetInfo { symbol: "1INCH".to_owned(), decimals: 2 }),
                17 => Ok(AssetInfo { symbol: "DOGE".to_owned(), decimals: 6 }),
                18 => Ok(AssetInfo { symbol: "WHOLE".to_owned(), decimals: 0 }),
                _ => Offline.describe(asset),
            }
        }
    }

    #[test]
    fn coins_are_exact_or_refused() {
        let table: &[(&str, Option<(u64, u64)>)] = &[
            ("1.5LOL", Some((0, 1_500_000_000))),
            ("1.5 LOL", Some((0, 1_500_000_000))),
            ("1LOL#0", Some((0, 1_000_000_000))),
            ("0.000000001LOL", Some((0, 1))),
            ("7nlol", Some((0, 7))),
            ("10DOGE#17", Some((17, 10_000_000))),
            ("10#17", Some((17, 10_000_000))),
            ("0.000001DOGE#17", Some((17, 1))),
            ("5 1INCH#3", Some((3, 500))),
            ("3WHOLE#18", Some((18, 3))),
            ("9223372036.854775807LOL", Some((0, 9_223_372_036_854_775_807))),
            ("9223372036.854775808LOL", None),
            ("0.0000000001LOL", None),
            ("1.5nlol", None),
            ("1.5WHOLE#18", None),
            ("0.0000001DOGE#17", None),
            ("10DOGE", None),
            ("10DOGE#18", None),
            ("10CAT#17", None),
            ("51INCH#3", None),
            ("1.5", None),
            ("1.5lol", None),
            ("1,5LOL", None),
            ("1e3LOL", None),
            ("-1LOL", None),
            ("+1LOL", None),
            (".5LOL", None),
            ("1.LOL", None),
            ("1..5LOL", None),
            ("1.5  LOL", None),
            (" 1LOL", None),
            ("1LOL ", None),
            ("1DOGE#017", None),
            ("1DOGE#", None),
            ("1#", None),
            ("LOL", None),
            ("", None),
            ("１LOL", None),
            ("1ＬＯＬ", None),
        ];
        for (text, expected) in table {
            let expected = expected.map(|(id, amount)| (AssetId(id), Amount::new(amount).unwrap()));
            let found = parse_coin(text, &Fixed).ok().map(|coin| (coin.asset, coin.amount));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_hint_names_the_unit_that_was_meant() {
        for (text, hint) in [
            ("5lol", "write 5LOL"),
            ("5Lol", "write 5LOL"),
            ("5NLOL", "write 5nlol"),
            ("10doge", "symbols are not unique: write the number too, such as 10DOGE#17"),
        ] {
            assert_eq!(parse_coin(text, &Fixed).unwrap_err().hint.as_deref(), Some(hint), "{text}");
        }
    }

    #[test]
    fn a_bare_number_takes_the_asset_that_is_known() {
        let doge = AssetId(17);
        assert_eq!(parse_amount_of("1.5", doge, &Fixed).unwrap().base_units(), 1_500_000);
        assert_eq!(parse_amount_of("1.5DOGE#17", doge, &Fixed).unwrap().base_units(), 1_500_000);
        assert!(parse_amount_of("1.5LOL", doge, &Fixed).is_err());
        assert_eq!(parse_plain("1000000", 6).unwrap().base_units(), 1_000_000_000_000);
        assert!(parse_plain("1LOL", 6).is_err());
    }

    #[test]
    fn an_asset_with_a_wrong_symbol_is_refused() {
        for (text, expected) in [("LOL", Some(0)), ("17", Some(17)), ("DOGE#17", Some(17)), ("CAT#17", None)]
        {
            assert_eq!(parse_asset(text, &Fixed).ok(), expected.map(AssetId), "{text}");
        }
    }

    #[test]
    fn without_a_node_other_decimals_are_not_guessed() {
        assert!(parse_coin("1.5LOL", &Offline).is_ok());
        assert!(parse_coin("1DOGE#17", &Offline).is_err());
    }

    proptest! {
        #[test]
        fn what_is_displayed_reads_back(
            base_units in 0..=i64::MAX as u64,
            id in prop::sample::select(vec![0u64, 3, 17, 18]),
        ) {
            let coin = Coin { asset: AssetId(id), amount: Amount::new(base_units).unwrap() };
            let text = Fixed.describe(coin.asset).unwrap().display(coin);
            prop_assert_eq!(parse_coin(&text, &Fixed), Ok(coin));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = parse_coin(&text, &Fixed);
            let _ = parse_asset(&text, &Fixed);
        }
    }
}
