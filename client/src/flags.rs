//! Fields as flags, and what is written behind them as the JSON body of a message.

use chortle_kernel::{Address, AssetId};
use serde_json::{Map, Value};

use crate::{
    Code, Error, Result,
    amount::{self, Assets},
    schema::{Field, Shape},
};

/// A flag for one field, which may be nested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Its name without the dashes.
    pub long: String,
    /// The names that lead to the field in JSON.
    pub path: Vec<String>,
    /// What it is for.
    pub help: String,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it may be given many times.
    pub repeats: bool,
    /// What stands behind it.
    pub shape: Shape,
}

/// What names and amounts are resolved with.
pub struct Resolver<'a> {
    /// A key's name or an address.
    pub address: &'a dyn Fn(&str) -> Result<Address>,
    /// Symbols and decimals.
    pub assets: &'a dyn Assets,
    /// What amounts are of where nothing beside them says it.
    pub asset: Option<AssetId>,
}

/// The flags of a body's fields; `taken` are names that mean something else already.
pub fn flags(fields: &[Field], taken: &[String]) -> Vec<Flag> {
    let mut found = Vec::new();
    collect(fields, &[], true, &mut found);
    for flag in &mut found {
        if taken.contains(&flag.long) {
            flag.long = format!("message-{}", flag.long);
        }
    }
    found
}

fn collect(fields: &[Field], above: &[String], required: bool, found: &mut Vec<Flag>) {
    for field in fields {
        let path: Vec<String> = above.iter().chain([&field.name]).cloned().collect();
        let required = required && field.required;
        if let Shape::Object(inner) = &field.shape {
            collect(inner, &path, required, found);
            continue;
        }
        let mut long = path.join("-").replace('_', "-");
        let (shape, repeats) = match &field.shape {
            Shape::List(item) => {
                long = singular(&long);
                ((**item).clone(), true)
            }
            shape => (shape.clone(), false),
        };
        // The doc comment speaks of JSON; on the command line amounts are written in whole units.
        let help = field.help.trim_end_matches('.').replace(", in base units", "");
        let help = format!("{help}{}", note(&shape, fields));
        found.push(Flag { long, path, help, required, repeats, shape });
    }
}

/// One of many: `recipients` is given as `recipient`, `capabilities` as `capability`.
fn singular(name: &str) -> String {
    match (name.strip_suffix("ies"), name.strip_suffix('s')) {
        (Some(stem), _) => format!("{stem}y"),
        (None, Some(stem)) => stem.to_owned(),
        (None, None) => name.to_owned(),
    }
}

/// How a value is written on the command line, where that differs from JSON.
fn note(shape: &Shape, siblings: &[Field]) -> &'static str {
    let decimals = siblings.iter().any(|field| field.name == "decimals");
    match shape {
        Shape::Amount if decimals => ". In whole units, such as 1000000 or 0.5",
        Shape::Object(fields) if pair(fields).is_some() => {
            ". Written WHO=AMOUNT, such as lol1…=1.5; may be repeated"
        }
        _ => "",
    }
}

/// A placeholder for the value in help texts.
pub fn value_name(shape: &Shape) -> String {
    let name = match shape {
        Shape::Address => "ADDRESS",
        Shape::Amount => "AMOUNT",
        Shape::Asset => "ASSET",
        Shape::Coin => "COIN",
        Shape::Hex => "HEX",
        Shape::Text => "TEXT",
        Shape::Integer => "NUMBER",
        Shape::Boolean => "BOOL",
        Shape::Choice(_) => "WORD",
        Shape::Object(fields) if pair(fields).is_some() => "WHO=AMOUNT",
        Shape::Object(_) | Shape::List(_) | Shape::Json => "JSON",
    };
    name.to_owned()
}

/// An account and what it gets: the one pair that is written `WHO=AMOUNT`.
fn pair(fields: &[Field]) -> Option<(&Field, &Field)> {
    let who = fields.iter().find(|field| field.shape == Shape::Address)?;
    let what = fields.iter().find(|field| matches!(field.shape, Shape::Amount | Shape::Coin))?;
    (fields.len() == 2).then_some((who, what))
}

/// Makes the JSON body out of what stands behind each flag.
pub fn body(flags: &[Flag], given: &dyn Fn(&Flag) -> Vec<String>, resolver: &Resolver<'_>) -> Result<Value> {
    let mut body = Map::new();
    // Amounts come last: they are read with the asset or the decimals that stand beside them.
    let amounts_last = |flag: &&Flag| !needs_asset(&flag.shape);
    let (first, last): (Vec<&Flag>, Vec<&Flag>) = flags.iter().partition(amounts_last);
    for flag in first.into_iter().chain(last) {
        let texts = given(flag);
        if texts.is_empty() {
            continue;
        }
        let beside = beside(&body, &flag.path);
        let values = texts
            .iter()
            .map(|text| {
                value(text, &flag.shape, &beside, resolver).map_err(|mut error| {
                    error.sentence = format!("--{}: {}", flag.long, error.sentence);
                    error
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let value = if flag.repeats { Some(Value::Array(values)) } else { values.into_iter().next() };
        insert(&mut body, &flag.path, value.unwrap_or(Value::Null));
    }
    Ok(Value::Object(body))
}

fn needs_asset(shape: &Shape) -> bool {
    match shape {
        Shape::Amount => true,
        Shape::Object(fields) => fields.iter().any(|field| field.shape == Shape::Amount),
        _ => false,
    }
}

fn insert(body: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => {
            body.insert(name.clone(), value);
        }
        [name, rest @ ..] => {
            let inner = body.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

/// What stands beside an amount and says how it is read.
#[derive(Default)]
struct Beside {
    asset: Option<AssetId>,
    decimals: Option<u8>,
}

fn beside(body: &Map<String, Value>, path: &[String]) -> Beside {
    let mut level = body;
    for name in path.iter().take(path.len().saturating_sub(1)) {
        match level.get(name) {
            Some(Value::Object(inner)) => level = inner,
            _ => return Beside::default(),
        }
    }
    Beside {
        asset: level.get("asset").and_then(Value::as_str).and_then(|text| text.parse().ok()),
        decimals: level.get("decimals").and_then(Value::as_u64).and_then(|number| number.try_into().ok()),
    }
}

fn value(text: &str, shape: &Shape, beside: &Beside, resolver: &Resolver<'_>) -> Result<Value> {
    match shape {
        Shape::Address => Ok(Value::from((resolver.address)(text)?.to_string())),
        Shape::Amount => read_amount(text, beside, resolver),
        Shape::Asset => Ok(Value::from(amount::parse_asset(text, resolver.assets)?.to_string())),
        Shape::Coin => {
            let coin = match beside.asset {
                Some(asset) => {
                    let amount = amount::parse_amount_of(text, asset, resolver.assets)?;
                    chortle_kernel::Coin { asset, amount }
                }
                None => amount::parse_coin(text, resolver.assets)?,
            };
            serde_json::to_value(coin)
                .map_err(|error| Error::unexpected(Code::EncodingFailed, error.to_string()))
        }
        Shape::Hex if !text.starts_with("0x") => Ok(Value::from(format!("0x{text}"))),
        Shape::Hex | Shape::Text | Shape::Choice(_) => Ok(Value::from(text)),
        Shape::Integer => text
            .parse::<i128>()
            .ok()
            .and_then(serde_json::Number::from_i128)
            .map(Value::Number)
            .ok_or_else(|| Error::usage(format!("'{text}' is not a whole number"))),
        Shape::Boolean => text
            .parse()
            .map(Value::Bool)
            .map_err(|_| Error::usage(format!("'{text}' is neither true nor false"))),
        Shape::Object(fields) if pair(fields).is_some() && !text.trim_start().starts_with('{') => {
            read_pair(text, fields, beside, resolver)
        }
        Shape::Object(_) | Shape::List(_) | Shape::Json => {
            serde_json::from_str(text).map_err(|error| Error::usage(format!("'{text}' is not JSON: {error}")))
        }
    }
}

fn read_amount(text: &str, beside: &Beside, resolver: &Resolver<'_>) -> Result<Value> {
    let amount = match (beside.asset, beside.decimals, resolver.asset) {
        (None, Some(decimals), _) => amount::parse_plain(text, decimals)?,
        (Some(asset), ..) | (None, None, Some(asset)) => {
            amount::parse_amount_of(text, asset, resolver.assets)?
        }
        (None, None, None) => amount::parse_coin(text, resolver.assets)?.amount,
    };
    Ok(Value::from(amount.to_string()))
}

fn read_pair(text: &str, fields: &[Field], beside: &Beside, resolver: &Resolver<'_>) -> Result<Value> {
    let wrong = || Error::usage(format!("'{text}' is not WHO=AMOUNT")).hint("write such as lol1…=1.5");
    let (who, what) = text.split_once('=').ok_or_else(wrong)?;
    let (who_field, what_field) = pair(fields).ok_or_else(wrong)?;
    let mut object = Map::new();
    object.insert(who_field.name.clone(), value(who, &who_field.shape, beside, resolver)?);
    object.insert(what_field.name.clone(), value(what, &what_field.shape, beside, resolver)?);
    Ok(Value::Object(object))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{amount::Offline, schema};

    const ALICE: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

    fn parse(message: &str, given: &[(&str, &str)]) -> Result<Value> {
        parse_of("token", None, message, given)
    }

    fn parse_of(
        module: &str,
        asset: Option<AssetId>,
        message: &str,
        given: &[(&str, &str)],
    ) -> Result<Value> {
        let (_, kind) = chortle_app::MODULES.tags(module, message).unwrap();
        let flags = flags(&schema::describe(kind.schema).1, &[]);
        for (name, _) in given {
            assert!(flags.iter().any(|flag| flag.long == *name), "no flag --{name}");
        }
        let lookup = |flag: &Flag| -> Vec<String> {
            let behind = given.iter().filter(|(name, _)| *name == flag.long);
            behind.map(|(_, text)| (*text).to_owned()).collect()
        };
        let address = |text: &str| text.parse().map_err(Error::usage);
        let body = body(&flags, &lookup, &Resolver { address: &address, assets: &Offline, asset })?;
        (kind.from_json)(body.clone()).map_err(Error::usage)?;
        Ok(body)
    }

    #[test]
    fn a_coin_and_a_hex_address_become_json() {
        let body = parse("transfer", &[("to", ALICE), ("coin", "1.5LOL")]).unwrap();
        assert_eq!(body["coin"], json!({ "asset": "0", "amount": "1500000000" }));
        assert!(body["to"].as_str().unwrap().starts_with("lol1"));
    }

    #[test]
    fn stake_is_counted_in_lol_and_in_nothing_else() {
        let delegate = |text| {
            let given = [("validator", ALICE), ("amount", text)];
            parse_of("staking", Some(AssetId::NATIVE), "delegate", &given).map(|body| body["amount"].clone())
        };
        for (text, nlol) in [("1.5LOL", "1500000000"), ("1.5", "1500000000"), ("7nlol", "7")] {
            assert_eq!(delegate(text).unwrap(), nlol, "{text}");
        }
        assert!(delegate("5#17").is_err(), "another asset is no stake");
    }

    #[test]
    fn payments_repeat_and_take_the_asset_beside_them() {
        let one = format!("{ALICE}=1.5");
        let body =
            parse("multi_transfer", &[("recipient", &one), ("recipient", &one), ("asset", "LOL")]).unwrap();
        assert_eq!(body["recipients"][1]["amount"], "1500000000");
        assert_eq!(body["recipients"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_new_asset_counts_in_its_own_decimals_and_nests_its_metadata() {
        let given = [
            ("symbol", "DOGE"),
            ("name", "Doge"),
            ("decimals", "6"),
            ("supply", "1000.5"),
            ("minter", "admin"),
            ("metadata-uri", "ipfs://x"),
        ];
        let body = parse("create_asset", &given).unwrap();
        assert_eq!(body["supply"], "1000500000");
        assert_eq!(body["metadata"], json!({ "uri": "ipfs://x" }));
    }

    #[test]
    fn a_wrong_value_names_its_flag() {
        let error = parse("transfer", &[("to", ALICE), ("coin", "1.5")]).unwrap_err();
        assert!(error.sentence.starts_with("--coin: "), "{error}");
    }

    #[test]
    fn a_field_named_like_a_common_option_is_prefixed() {
        let (_, kind) = chortle_app::MODULES.tags("token", "transfer").unwrap();
        let flags = flags(&schema::describe(kind.schema).1, &["to".to_owned()]);
        assert!(flags.iter().any(|flag| flag.long == "message-to"));
    }
}
