//! What is written behind flags, as the JSON body of a message.

use std::fs;

use chortle_app::shows::{Show, Shows};
use chortle_kernel::{Address, AssetId};
use serde_json::{Map, Value};

use crate::{
    Code, Error, Result,
    amount::{self, Assets},
    build,
    flags::{Flag, flags, is_message, pair, schedule, shown_path},
    schema::{self, Field, Shape},
    time,
};

/// What names and amounts are resolved with.
pub struct Resolver<'a> {
    /// A key's name or an address.
    pub address: &'a dyn Fn(&str) -> Result<Address>,
    /// Symbols and decimals.
    pub assets: &'a dyn Assets,
    /// How the fields are shown: of what each amount is.
    pub shows: &'a Shows,
    /// Of what an amount is whose asset the message does not name.
    pub base: &'a dyn Fn(&Value) -> Result<AssetId>,
    /// The time that spans are counted from, in milliseconds since 1970.
    pub now_unix_ms: &'a dyn Fn() -> u64,
}
/// Makes the JSON body out of what stands behind each flag.
pub fn body(flags: &[Flag], given: &dyn Fn(&Flag) -> Vec<String>, resolver: &Resolver<'_>) -> Result<Value> {
    let (body, mistakes) = body_and_mistakes(flags, given, resolver);
    match mistakes.into_iter().next() {
        None => Ok(body),
        Some((flag, mut error)) => {
            error.sentence = format!("--{}: {}", flag.long, error.sentence);
            Err(error)
        }
    }
}

/// The same as far as it goes, with every value that is none and the flag that it stands behind.
pub fn body_and_mistakes<'f>(
    flags: &'f [Flag],
    given: &dyn Fn(&Flag) -> Vec<String>,
    resolver: &Resolver<'_>,
) -> (Value, Vec<(&'f Flag, Error)>) {
    let (mut body, mut mistakes) = (Map::new(), Vec::new());
    // Amounts come last: they are read with the asset or the decimals that stand beside them.
    let amounts_last = |flag: &&Flag| !needs_asset(&flag.shape);
    let (first, last): (Vec<&Flag>, Vec<&Flag>) = flags.iter().partition(amounts_last);
    for flag in first.into_iter().chain(last) {
        let texts = given(flag);
        if texts.is_empty() {
            continue;
        }
        let at = At { body: &body, path: &flag.path, shown: shown_path(&flag.path, flag.repeats), resolver };
        let values = texts.iter().map(|text| at.value(text, &flag.path.concat(), &flag.shape));
        match values.collect::<Result<Vec<_>>>() {
            Ok(values) if flag.repeats => insert(&mut body, &flag.path, Value::Array(values)),
            Ok(values) => insert(&mut body, &flag.path, values.into_iter().next().unwrap_or(Value::Null)),
            Err(error) => mistakes.push((flag, error)),
        }
    }
    (Value::Object(body), mistakes)
}

fn needs_asset(shape: &Shape) -> bool {
    match shape {
        Shape::Amount | Shape::Schedule(_) => true,
        Shape::Object(fields) => fields.iter().any(|field| needs_asset(&field.shape)),
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

/// Where a value stands.
struct At<'a> {
    body: &'a Map<String, Value>,
    path: &'a [String],
    /// The path as [`Shows`] writes it.
    shown: String,
    resolver: &'a Resolver<'a>,
}

impl At<'_> {
    /// What a name says beside the value, or above it, the nearest first.
    fn nearest<T>(&self, name: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let above = self.path.len().saturating_sub(1);
        (0..=above).rev().find_map(|depth| {
            let mut level = self.body;
            for step in self.path.iter().take(depth) {
                level = level.get(step)?.as_object()?;
            }
            level.get(name).and_then(&read)
        })
    }

    fn asset_above(&self) -> Option<AssetId> {
        self.nearest("asset", |value| value.as_str()?.parse().ok())
    }

    /// Of the asset that the message creates: its record stands around the value, or beside it.
    fn decimals(&self) -> Option<u8> {
        let read = |value: &Value| value.as_u64()?.try_into().ok();
        let beside = || self.body.values().find_map(|part| part.get("decimals").and_then(read));
        self.nearest("decimals", read).or_else(beside)
    }

    fn value(&self, text: &str, name: &str, shape: &Shape) -> Result<Value> {
        let resolver = self.resolver;
        match shape {
            Shape::Address => Ok(Value::from((resolver.address)(text)?.to_string())),
            Shape::Amount => self.amount(text, ""),
            Shape::Asset => Ok(Value::from(amount::parse_asset(text, resolver.assets)?.to_string())),
            Shape::Coin => self.coin(text),
            Shape::Hex if !text.starts_with("0x") => Ok(Value::from(format!("0x{text}"))),
            Shape::Hex | Shape::Text | Shape::Choice(_) => Ok(Value::from(text)),
            Shape::Integer => self.integer(text, name),
            Shape::Boolean => text
                .parse()
                .map(Value::Bool)
                .map_err(|_| Error::usage(format!("'{text}' is neither true nor false"))),
            Shape::Schedule(_) if !text.trim_start().starts_with('{') => self.schedule(text, ""),
            Shape::Object(fields) if pair(fields).is_some() && !text.trim_start().starts_with('{') => {
                self.pair(text, fields)
            }
            Shape::Object(fields) if is_message(fields) => carried(text, resolver),
            Shape::Object(_) | Shape::List(_) | Shape::Schedule(_) | Shape::Json => {
                serde_json::from_str(text)
                    .map_err(|error| Error::usage(format!("'{text}' is not JSON: {error}")))
            }
        }
    }

    /// An amount, in the unit that is shown to whoever signs it; `below` is the rest of its path.
    fn amount(&self, text: &str, below: &str) -> Result<Value> {
        let resolver = self.resolver;
        let of = |asset| amount::parse_amount_of(text, asset, resolver.assets);
        let path = format!("{}{below}", self.shown);
        let amount = match resolver.shows.of(&path) {
            Some(Show::Native) => of(AssetId::NATIVE)?,
            Some(Show::Created) => {
                let decimals = self.decimals();
                let decimals = decimals.ok_or_else(|| Error::usage("say how many decimals the asset has"))?;
                amount::parse_plain(text, decimals)?
            }
            Some(Show::Base) => of((resolver.base)(&Value::Object(self.body.clone()))?)?,
            Some(Show::Asset(asset)) => {
                let pointer = format!("/{}", asset.replace('.', "/"));
                let whole = Value::Object(self.body.clone());
                let asset = whole.pointer(&pointer).and_then(Value::as_str).and_then(|id| id.parse().ok());
                of(asset.ok_or_else(|| Error::usage("say of which asset"))?)?
            }
            _ => of(self.asset_above().ok_or_else(|| Error::usage("say of which asset"))?)?,
        };
        Ok(Value::from(amount.to_string()))
    }

    /// An asset and an amount of it; a bare number is of the asset that stands beside or above.
    fn coin(&self, text: &str) -> Result<Value> {
        let bare = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let coin = match self.asset_above().filter(|_| bare) {
            Some(asset) => {
                let amount = amount::parse_amount_of(text, asset, self.resolver.assets)?;
                chortle_kernel::Coin { asset, amount }
            }
            None => amount::parse_coin(text, self.resolver.assets)?,
        };
        serde_json::to_value(coin).map_err(|error| Error::unexpected(Code::EncodingFailed, error.to_string()))
    }

    fn integer(&self, text: &str, name: &str) -> Result<Value> {
        if name.ends_with("_unix_ms") {
            return time::parse_moment(text, self.resolver.now_unix_ms)
                .map(Value::from)
                .map_err(Error::usage);
        }
        if let Some(percent) = text.strip_suffix('%').filter(|_| name.ends_with("_bps")) {
            let bps = chortle_kernel::Amount::parse_decimal(percent.trim_end(), 2)
                .map_err(|why| Error::usage(format!("'{text}' is not a percentage: {why}")))?;
            return Ok(Value::from(bps.base_units()));
        }
        if let (true, Ok(span)) = (name.ends_with("_ms"), time::parse_span(text)) {
            return Ok(Value::from(time::millis(span)));
        }
        let number = text.parse::<i128>().ok().and_then(serde_json::Number::from_i128);
        number.map(Value::Number).ok_or_else(|| Error::usage(format!("'{text}' is not a whole number")))
    }

    fn pair(&self, text: &str, fields: &[Field]) -> Result<Value> {
        let wrong = || Error::usage(format!("'{text}' is not WHO=AMOUNT")).hint("write such as lol1…=1.5");
        let (who, rest) = text.split_once('=').ok_or_else(wrong)?;
        let (who_field, what_field) = pair(fields).ok_or_else(wrong)?;
        // Behind the amount, after a space that no unit follows, stands when it vests.
        let (what, when) = match (schedule(fields), rest.split_once(' ')) {
            (Some(field), Some((what, when))) => (what, Some((field, when))),
            _ => (rest, None),
        };
        let mut object = Map::new();
        object.insert(who_field.name.clone(), self.value(who.trim(), &who_field.name, &who_field.shape)?);
        let value = match what_field.shape {
            Shape::Coin => self.coin(what)?,
            _ => self.amount(what, &format!(".{}", what_field.name))?,
        };
        object.insert(what_field.name.clone(), value);
        if let Some((field, when)) = when {
            let (when, marks) = words_at_the_end(when, fields);
            object.insert(field.name.clone(), self.schedule(when, &format!(".{}", field.name))?);
            object.extend(marks.into_iter().map(|mark| (mark, Value::Bool(true))));
        }
        Ok(Value::Object(object))
    }

    /// `over 90d`, `from 2027-01-31 over 365d cliff 90d`, or `30d=1000 60d=500`.
    fn schedule(&self, text: &str, below: &str) -> Result<Value> {
        let wrong = || {
            Error::usage(format!("'{text}' does not say when it vests"))
                .hint("write \"over 90d\", \"from 2027-01-31 over 365d cliff 90d\", or \"30d=1000 60d=500\"")
        };
        let now = self.resolver.now_unix_ms;
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.iter().all(|word| word.contains('=')) && !words.is_empty() {
            let step = |word: &&str| {
                let (when, amount) = word.split_once('=').ok_or_else(wrong)?;
                let at = time::parse_moment(when, now).map_err(Error::usage)?;
                let amount = self.amount(amount, &format!("{below}.steps[].amount"))?;
                Ok(serde_json::json!({ "at_unix_ms": at, "amount": amount }))
            };
            let steps = words.iter().map(step).collect::<Result<Vec<Value>>>()?;
            return Ok(serde_json::json!({ "steps": steps }));
        }
        let (mut from, mut over, mut cliff) = (None, None, None);
        for pair in words.chunks(2) {
            let [word, when] = pair else { return Err(wrong()) };
            let slot = match *word {
                "from" => &mut from,
                "over" => &mut over,
                "cliff" => &mut cliff,
                _ => return Err(wrong()),
            };
            if slot.replace(*when).is_some() {
                return Err(wrong());
            }
        }
        let start = match from {
            Some(from) => time::parse_moment(from, now).map_err(Error::usage)?,
            None => now(),
        };
        let after = |span: &str| {
            let span = time::parse_span(span).map_err(Error::usage)?;
            Ok::<u64, Error>(start.saturating_add(time::millis(span)))
        };
        let end = after(over.ok_or_else(wrong)?)?;
        let cliff = cliff.map_or(Ok(start), after)?;
        Ok(serde_json::json!({
            "linear": { "start_unix_ms": start, "cliff_unix_ms": cliff, "end_unix_ms": end }
        }))
    }
}

/// A schedule without the names of flags behind it, such as `revocable`, and those names.
fn words_at_the_end<'a>(text: &'a str, fields: &[Field]) -> (&'a str, Vec<String>) {
    let (mut text, mut marks) = (text.trim_end(), Vec::new());
    while let Some((before, word)) = text.rsplit_once(' ') {
        let mark = fields.iter().find(|field| field.shape == Shape::Boolean && field.name == word);
        let Some(mark) = mark else { break };
        marks.push(mark.name.clone());
        text = before.trim_end();
    }
    (text, marks)
}

/// A message that another carries: as its own command, as JSON, or out of a file that holds either.
fn carried(text: &str, resolver: &Resolver<'_>) -> Result<Value> {
    let text = text.trim();
    if let Some(file) = text.strip_prefix('@') {
        let inside = fs::read_to_string(file).map_err(|error| Error::usage(format!("{file}: {error}")))?;
        return match inside.trim_start().starts_with('@') {
            true => Err(Error::usage(format!("{file} names another file: write the message into it"))),
            false => carried(&inside, resolver),
        };
    }
    if text.starts_with('{') { message(text) } else { as_command(text, resolver) }
}

/// A message as its own command, without what goes around a transaction.
fn as_command(text: &str, resolver: &Resolver<'_>) -> Result<Value> {
    let wrong = |why: String| Error::usage(format!("'{text}' is no message: {why}"));
    let words = words(text).ok_or_else(|| wrong("a quote is not closed".to_owned()))?;
    let [module, verb, rest @ ..] = words.as_slice() else {
        return Err(wrong("it begins with a module and a verb, as behind chortle tx".to_owned()));
    };
    let verb = verb.replace('-', "_");
    let unknown = || wrong(format!("there is no message {module} {verb}"));
    let (_, kind) = chortle_app::MODULES.tags(module, &verb).ok_or_else(unknown)?;
    let shows = Shows::of_schema(kind.schema);
    let flags = flags(&schema::describe(kind.schema).1, &shows, &[]);
    let mut given: Vec<(&Flag, String)> = Vec::new();
    for pair in rest.chunks(2) {
        let [name, value] = pair else {
            return Err(wrong(format!("nothing stands behind {}", pair.concat())));
        };
        let named = |flag: &&Flag| {
            let long = name.strip_prefix("--");
            long == Some(flag.long.as_str()) || (flag.alias.is_some() && long == flag.alias.as_deref())
        };
        let flag = flags.iter().find(named).ok_or_else(|| wrong(format!("{name} is no flag of it")))?;
        if !flag.repeats && given.iter().any(|(other, _)| *other == flag) {
            return Err(wrong(format!("{name} stands there twice")));
        }
        given.push((flag, value.clone()));
    }
    let missing = flags.iter().find(|flag| flag.required && given.iter().all(|(other, _)| other != flag));
    if let Some(flag) = missing {
        return Err(wrong(format!("--{} is missing", flag.long)));
    }
    let base = |_: &Value| {
        Err(Error::usage("the message does not say of which asset this amount is: write it as JSON"))
    };
    let inner = Resolver { shows: &shows, base: &base, ..*resolver };
    let behind = |flag: &Flag| -> Vec<String> {
        let of = given.iter().filter(|(other, _)| *other == flag);
        of.map(|(_, value)| value.clone()).collect()
    };
    let raw = build::message(module, &verb, body(&flags, &behind, &inner)?)?;
    serde_json::to_value(raw).map_err(|error| wrong(error.to_string()))
}

/// Words as a shell parts them: by blanks, but for what stands between quotes; nothing if a quote is not closed.
fn words(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in text.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_with(String::new);
            }
            (None, _) if letter.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_with(String::new).push(letter),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// A message by its names, with its body as JSON; or as the envelope has it.
fn message(text: &str) -> Result<Value> {
    let wrong = |why: String| Error::usage(format!("'{text}' is no message: {why}"));
    let given: Value = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let name = |field: &str| given.get(field).and_then(Value::as_str);
    let (Some(module), Some(verb)) = (name("module"), name("message")) else { return Ok(given) };
    let body = given.get("body").cloned().unwrap_or_else(|| Value::Object(Map::new()));
    let raw = build::message(module, verb, body)?;
    serde_json::to_value(raw).map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{amount::Offline, schema};

    const ALICE: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

    /// 2027-01-01.
    const NOW_UNIX_MS: u64 = 1_798_761_600_000;

    fn parse(message: &str, given: &[(&str, &str)]) -> Result<Value> {
        parse_of("token", message, given)
    }

    struct Shine;

    impl Assets for Shine {
        fn describe(&self, asset: AssetId) -> Result<amount::AssetInfo> {
            match asset.0 {
                17 => Ok(amount::AssetInfo { symbol: "SHINE".to_owned(), decimals: 2 }),
                _ => Offline.describe(asset),
            }
        }
    }

    fn parse_of(module: &str, message: &str, given: &[(&str, &str)]) -> Result<Value> {
        let (_, kind) = chortle_app::MODULES.tags(module, message).unwrap();
        let shows = Shows::of_schema(kind.schema);
        let flags = flags(&schema::describe(kind.schema).1, &shows, &[]);
        for (name, _) in given {
            assert!(flags.iter().any(|flag| flag.long == *name), "no flag --{name}");
        }
        let lookup = |flag: &Flag| -> Vec<String> {
            let behind = given.iter().filter(|(name, _)| *name == flag.long);
            behind.map(|(_, text)| (*text).to_owned()).collect()
        };
        let address = |text: &str| text.parse().map_err(Error::usage);
        let resolver = Resolver {
            address: &address,
            assets: &Shine,
            shows: &shows,
            base: &|_| Ok(AssetId::NATIVE),
            now_unix_ms: &|| NOW_UNIX_MS,
        };
        let body = body(&flags, &lookup, &resolver)?;
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
    fn a_proposal_names_its_messages_as_people_do() {
        let change = r#"{"module":"app","message":"set-params",
            "body":{"path":"app/params","changes":"{\"gas_price_min\":2}"}}"#;
        let given = [("title", "T"), ("summary", "S"), ("deposit", "50"), ("message", change)];
        let body = parse_of("governance", "submit", &given).unwrap();
        assert_eq!(body["deposit"], "50000000000");
        let (module, kind) = chortle_app::MODULES.tags("app", "set_params").unwrap();
        assert_eq!(
            (&body["messages"][0]["module"], &body["messages"][0]["tag"]),
            (&json!(module), &json!(kind.tag))
        );
        for wrong in
            ["{", r#"{"module":"app","message":"nothing"}"#, r#"{"module":"app","message":"set_params"}"#]
        {
            let given = [("title", "T"), ("summary", "S"), ("deposit", "50"), ("message", wrong)];
            let error = parse_of("governance", "submit", &given).unwrap_err();
            assert!(error.sentence.starts_with("--message: "), "{error}");
        }
    }

    #[test]
    fn a_carried_message_is_written_as_its_own_command() {
        let message = |text: &str| {
            let given = [("message", text), ("at", "30d"), ("price-max", "2")];
            parse_of("schedule", "create", &given).map(|body| body["messages"][0]["body"].clone())
        };
        let pay = format!("token transfer --to {ALICE} --coin 5LOL");
        let json = format!(
            r#"{{"module":"token","message":"transfer","body":{{"to":"{ALICE}","coin":{{"asset":"0","amount":"5000000000"}}}}}}"#
        );
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("message");
        std::fs::write(&file, format!("{json}\n")).unwrap();
        let from_file = format!("@{}", file.display());
        let expected = message(&json).unwrap();
        for text in [&pay, &format!("  token   transfer --coin '5LOL' --to \"{ALICE}\""), &from_file] {
            assert_eq!(message(text).unwrap(), expected, "{text}");
        }
        let nested = format!("schedule create --message '{pay}' --at 60d --price-max 2");
        assert!(
            message(&nested)
                .unwrap()
                .as_str()
                .unwrap()
                .contains(expected.as_str().unwrap().trim_start_matches("0x"))
        );
        for (text, why) in [
            ("token", "begins with a module and a verb"),
            ("token nothing --to x", "there is no message token nothing"),
            ("token transfer --to", "nothing stands behind --to"),
            ("token transfer --coin 5LOL", "--to is missing"),
            ("token transfer --from 5LOL", "--from is no flag of it"),
            ("token transfer 'x", "a quote is not closed"),
            ("token transfer --coin 5LOL --coin 6LOL", "--coin stands there twice"),
            ("@/nowhere/at/all", "/nowhere/at/all"),
        ] {
            let error = message(text).unwrap_err();
            assert!(error.sentence.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn stake_is_counted_in_lol_and_in_nothing_else() {
        let delegate = |text| {
            let given = [("validator", ALICE), ("amount", text)];
            parse_of("staking", "delegate", &given).map(|body| body["amount"].clone())
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

    const NEW: [(&str, &str); 6] = [
        ("symbol", "FAIR"),
        ("name", "Fair"),
        ("decimals", "2"),
        ("supply", "1000000"),
        ("template", "fair"),
        ("minter", "nobody"),
    ];

    #[test]
    fn every_amount_of_a_new_asset_counts_in_its_decimals_wherever_it_stands() {
        let blocks = [("limits-max-transfer-lasts-blocks", "9"), ("limits-max-wallet-lasts-blocks", "9")];
        let more = [("limits-max-transfer-amount", "10000"), ("tax-max-fee", "0.05"), ("burn-floor", "1.5")];
        let more = more.into_iter().chain(blocks).chain([("limits-max-wallet-amount", "20000")]);
        let given: Vec<_> = NEW.into_iter().chain(more).collect();
        let body = parse("create_asset", &given).unwrap();
        assert_eq!(body["limits"]["max_transfer"]["amount"], "1000000");
        assert_eq!(body["tax"]["max_fee"], "5");
        assert_eq!(body["burn_floor"], "150");
        for flag in ["limits-max-transfer-amount", "limits-max-wallet-amount", "tax-max-fee", "cap"] {
            for wrong in ["10000LOL", "5nlol", "5SHINE#17", "0.001"] {
                let given: Vec<_> = NEW.into_iter().chain([(flag, wrong)]).collect();
                let error = parse("create_asset", &given).unwrap_err();
                assert!(error.sentence.starts_with(&format!("--{flag}: ")), "{wrong}: {error}");
            }
        }
    }

    #[test]
    fn an_amount_of_an_asset_that_stands_above_counts_in_its_decimals() {
        let tax =
            |fee| parse("set_tax", &[("asset", "SHINE#17"), ("tax-burn-bps", "0.25%"), ("tax-max-fee", fee)]);
        let body = tax("5").unwrap();
        assert_eq!((&body["tax"]["max_fee"], &body["tax"]["burn_bps"]), (&json!("500"), &json!(25)));
        assert_eq!(tax("5SHINE#17").unwrap()["tax"]["max_fee"], "500");
        for wrong in ["5LOL", "5nlol", "0.001"] {
            assert!(tax(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_amount_of_an_asset_that_is_not_named_takes_that_assets_unit() {
        let give = |amount| parse("distribute", &[("asset", "SHINE#17"), ("amount", amount)]);
        assert_eq!(give("5").unwrap()["amount"], "5000000000", "it is paid in LOL");
        assert!(give("5SHINE#17").is_err());
    }

    #[test]
    fn schedules_are_written_in_human_times() {
        const DAY: u64 = 86_400_000;
        let lock = |schedule| {
            let given = [("owner", ALICE), ("coin", "15SHINE#17"), ("schedule", schedule)];
            parse_of("lock", "create_lock", &given).map(|body| body["schedule"].clone())
        };
        let linear = |start, cliff, end| json!({ "linear": { "start_unix_ms": start, "cliff_unix_ms": cliff, "end_unix_ms": end } });
        let (now, year) = (NOW_UNIX_MS, NOW_UNIX_MS + 365 * DAY);
        assert_eq!(lock("over 365d").unwrap(), linear(now, now, year));
        assert_eq!(lock("over 365d cliff 90d").unwrap(), linear(now, now + 90 * DAY, year));
        assert_eq!(lock("from 2027-01-02 over 364d").unwrap(), linear(now + DAY, now + DAY, year));
        let steps = json!({ "steps": [
            { "at_unix_ms": now + DAY, "amount": "1000" }, { "at_unix_ms": now + 2 * DAY, "amount": "500" },
        ] });
        assert_eq!(lock("1d=10 2027-01-03=5").unwrap(), steps);
        for wrong in ["", "90d", "over", "over 90", "over 1d over 2d", "in 90d", "1d=10 over 2d", "1d=10LOL"]
        {
            assert!(lock(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_part_of_a_launch_says_who_how_much_and_when() {
        let lock = format!("{ALICE}=200000.5 over 90d revocable");
        let asset = NEW.map(|(name, text)| (format!("asset-{name}"), text));
        let given: Vec<(&str, &str)> = asset
            .iter()
            .map(|(name, text)| (name.as_str(), *text))
            .chain([("lock", lock.as_str())])
            .collect();
        let part = parse_of("lock", "launch", &given).unwrap()["locks"][0].clone();
        assert_eq!((&part["amount"], &part["revocable"]), (&json!("20000050"), &json!(true)));
        assert!(part["schedule"]["linear"].is_object());
    }

    #[test]
    fn a_wrong_value_names_its_flag() {
        let error = parse("transfer", &[("to", ALICE), ("coin", "1.5")]).unwrap_err();
        assert!(error.sentence.starts_with("--coin: "), "{error}");
    }
}
