//! A transaction in plain words. Consensus: a wallet signs this text, so every node must write the same one from
//! the same body and units, byte for byte. The command line shows it before it asks.
//!
//! Whatever a user wrote stands between quotes in printable ASCII, so that no symbol, name or memo can pass for a
//! line. How a text is shown, and of what an amount is, follows from the schema of its message ([`Shows`]). Names
//! mean the same in every message: an `amount` beside an `asset` is of it, `symbol` and `decimals` are those of the
//! asset that the message creates, a number whose name ends with `_unix_ms` is a moment, with `_ms` a span, with `_bps`
//! a part. A message that another carries is shown as a message of its own, and new values of parameters one by one.

use std::{collections::BTreeSet, fmt::Write as _};

use chortle_kernel::{
    Amount, AssetId, Call, Coin,
    amount::DECIMALS_MAX,
    asset::{NATIVE_DECIMALS, NATIVE_SYMBOL},
    hash::{Hash, keccak256},
    signature::Unit,
    tx::{FeeSource, Replay, TxBody},
};
use serde_json::{Map, Value, json};

use crate::{
    carried,
    modules::Registry,
    shows::{Show, Shows},
    words::{self, moment},
};

/// What wallets show as the name of the application.
pub const DOMAIN_NAME: &str = "Chortle";
/// The version of the text and of the typed data.
pub const DOMAIN_VERSION: &str = "1";

const DOMAIN_TYPE: &str = "EIP712Domain(string name,string version)";

/// The fields of the typed data, in order: flat, because wallets show nested types and arrays badly or not at all.
const FIELDS: [(&str, &str); 9] = [
    ("chain", "string"),
    ("genesis", "bytes32"),
    ("from", "string"),
    ("summary", "string"),
    ("fee", "string"),
    ("replay", "string"),
    ("expires", "string"),
    ("memo", "string"),
    ("bodyHash", "bytes32"),
];

/// A transaction in words, by part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The chain that may run it.
    pub chain: String,
    /// The hash of that chain's genesis.
    pub genesis: Hash,
    /// The account that every message acts for.
    pub from: String,
    /// The messages, a line for each field.
    pub summary: String,
    /// The most that it costs, and who pays.
    pub fee: String,
    /// What keeps it from running twice.
    pub replay: String,
    /// Until when it may run.
    pub expires: String,
    /// The note to people, between quotes.
    pub memo: String,
    /// What signatures of the chain's own kinds sign: it covers every byte of the body.
    pub body_hash: Hash,
    /// The assets whose units the words need: the units that a wallet says it showed are those, and no other.
    pub used: BTreeSet<AssetId>,
    /// The assets that the words name, whether their units were given or not; without LOL.
    pub named: BTreeSet<AssetId>,
}

impl Rendered {
    /// The words for a body. The calls are its messages, decoded; the units are how amounts are shown.
    pub fn of(registry: &Registry, body: &TxBody, body_hash: Hash, calls: &[Call], units: &[Unit]) -> Self {
        let mut pen = Pen::over(registry, calls, units);
        let from = body.account().map_or_else(|| "nobody".to_owned(), |account| account.to_string());
        let limit = body.fee.gas_limit;
        let most = limit.checked_mul(body.fee.gas_price_max).and_then(Amount::new);
        let most = match most {
            Some(amount) => pen.coin(Coin { asset: body.fee.asset, amount }),
            None => format!("{} nlol for each", body.fee.gas_price_max),
        };
        let paid_by = match body.fee_source {
            FeeSource::Account(payer) if Some(payer) != body.account() => format!(", paid by {payer}"),
            FeeSource::Sponsor(offer) => format!(", paid by fee grant {offer}"),
            FeeSource::Sender | FeeSource::Account(_) => String::new(),
        };
        Self {
            chain: body.chain.id.escape_default().to_string(),
            genesis: body.chain.genesis,
            from,
            fee: format!("at most {most} for {limit} gas{paid_by}"),
            replay: match &body.replay {
                Replay::Sequence(sequence) => format!("sequence {sequence}"),
                Replay::Unordered => "in any order".to_owned(),
                Replay::Nullifiers(list) => format!("{} nullifiers", list.len()),
            },
            expires: match body.expiry_unix_ms {
                0 => "never".to_owned(),
                at => moment(at),
            },
            memo: quoted(&body.memo),
            body_hash,
            summary: pen.lines,
            used: pen.used,
            named: pen.named,
        }
    }

    /// The text: what the command line shows, and what a wallet signs as a personal message.
    pub fn text(&self) -> String {
        format!(
            "Chortle transaction\nchain: {}\ngenesis: {}\nfrom: {}\n{}fee: {}\nreplay: {}\nexpires: {}\nmemo: {}\n\
             body hash: {}",
            self.chain,
            hexed(&self.genesis),
            self.from,
            self.summary,
            self.fee,
            self.replay,
            self.expires,
            self.memo,
            hexed(&self.body_hash)
        )
    }

    /// What a wallet signs of [`Rendered::text`] by `personal_sign`.
    pub fn eip191_digest(&self) -> Hash {
        let text = self.text();
        let framed = format!("\u{19}Ethereum Signed Message:\n{}{text}", text.len());
        keccak256(framed.as_bytes())
    }

    /// What a wallet signs of [`Rendered::typed_data`] by `eth_signTypedData_v4`.
    pub fn eip712_digest(&self) -> Hash {
        let name = keccak256(DOMAIN_NAME.as_bytes());
        let version = keccak256(DOMAIN_VERSION.as_bytes());
        let domain = keccak256(&[keccak256(DOMAIN_TYPE.as_bytes()), name, version].concat());
        let fields = FIELDS.map(|(name, kind)| format!("{kind} {name}"));
        let kind = format!("Transaction({})", fields.join(","));
        let texts = [&self.from, &self.summary, &self.fee, &self.replay, &self.expires, &self.memo]
            .map(|text| keccak256(text.as_bytes()));
        let mut parts = vec![keccak256(kind.as_bytes()), keccak256(self.chain.as_bytes()), self.genesis];
        parts.extend(texts);
        parts.push(self.body_hash);
        let transaction = keccak256(&parts.concat());
        keccak256(&[b"\x19\x01".as_slice(), &domain, &transaction].concat())
    }

    /// The typed data as wallets take it. The domain has no chain number, which wallets compare with the network that
    /// they are on; chain and genesis are in what is signed.
    pub fn typed_data(&self) -> Value {
        let typed = |fields: &[(&str, &str)]| -> Vec<Value> {
            fields.iter().map(|(name, kind)| json!({ "name": name, "type": kind })).collect()
        };
        json!({
            "types": {
                "EIP712Domain": typed(&[("name", "string"), ("version", "string")]),
                "Transaction": typed(&FIELDS),
            },
            "primaryType": "Transaction",
            "domain": { "name": DOMAIN_NAME, "version": DOMAIN_VERSION },
            "message": {
                "chain": self.chain,
                "genesis": hexed(&self.genesis),
                "from": self.from,
                "summary": self.summary,
                "fee": self.fee,
                "replay": self.replay,
                "expires": self.expires,
                "memo": self.memo,
                "bodyHash": hexed(&self.body_hash),
            },
        })
    }
}

/// Messages in words, a line for each field, and the assets that they name, without LOL: what [`Rendered::summary`] is
/// made of, for messages that no transaction carries.
pub fn messages(registry: &Registry, calls: &[Call], units: &[Unit]) -> (String, BTreeSet<AssetId>) {
    let pen = Pen::over(registry, calls, units);
    (pen.lines, pen.named)
}

pub(crate) fn hexed(bytes: &[u8]) -> String {
    let mut text = "0x".to_owned();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A text of a user: printable ASCII between quotes, everything else escaped.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_default())
}

/// Writes the lines of messages and notes whose units it needed.
struct Pen<'a> {
    units: &'a [Unit],
    used: BTreeSet<AssetId>,
    named: BTreeSet<AssetId>,
    lines: String,
    /// How many messages that the one in hand carries were named.
    below: usize,
}

impl<'a> Pen<'a> {
    fn over(registry: &Registry, calls: &[Call], units: &'a [Unit]) -> Self {
        let mut pen =
            Self { units, used: BTreeSet::new(), named: BTreeSet::new(), lines: String::new(), below: 0 };
        for (index, call) in calls.iter().enumerate() {
            pen.call(registry, call, &index.saturating_add(1).to_string());
        }
        pen
    }

    fn line(&mut self, path: &str, words: &str) {
        self.lines.push_str("  ");
        self.lines.push_str(path);
        self.lines.push_str(": ");
        self.lines.push_str(words);
        self.lines.push('\n');
    }

    /// A message, then those that it carries.
    fn call(&mut self, registry: &Registry, call: &Call, number: &str) {
        let verb = call.verb.replace('_', " ");
        self.lines.push_str(&format!("Message {number}: {} {verb}\n", call.module));
        let body = call.message.to_json();
        let empty = Shows::default();
        let shows = registry.shows(call.module, call.verb).unwrap_or(&empty);
        let carried = carried::are_all_of(registry, &body, &call.carried).then_some(number);
        self.below = 0;
        self.value(&Page { registry, shows, root: &body, carried }, &At::default(), &body);
        for (index, inner) in call.carried.iter().enumerate() {
            self.call(registry, inner, &format!("{number}.{}", index.saturating_add(1)));
        }
    }

    fn value(&mut self, page: &Page<'_>, at: &At, value: &Value) {
        match value {
            Value::Object(fields) => self.object(page, at, fields),
            Value::Array(items) if items.is_empty() => self.line(&at.path, "none"),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(page, &at.item(index), item);
                }
            }
            Value::Null => self.line(&at.path, "none"),
            Value::String(text) => {
                if page.shows.of(&at.generic) == Some(&Show::Changes)
                    && let Some((path, changes)) = changes_of(page.root, text)
                {
                    return self.changes(page, at, (path, &changes));
                }
                let words = self.words(page, at, text);
                self.line(&at.path, &words);
            }
            Value::Number(number) => {
                let told = number.as_u64().and_then(|number| words::number(&at.generic, number));
                let told = told.map_or_else(String::new, |told| format!(" ({told})"));
                self.line(&at.path, &format!("{number}{told}"));
            }
            Value::Bool(_) => self.line(&at.path, &value.to_string()),
        }
    }

    /// New values of parameters, a line for each, in the units of its set. What is no single value stays as it was
    /// written: no text grows with its depth.
    fn changes(&mut self, page: &Page<'_>, at: &At, (path, changes): (&str, &Map<String, Value>)) {
        let empty = Shows::default();
        let shows = page.registry.shows_of_params(path).unwrap_or(&empty);
        let root = Value::Object(changes.clone());
        let of_set = Page { registry: page.registry, shows, root: &root, carried: None };
        let sorted: std::collections::BTreeMap<_, _> = changes.iter().collect();
        for (name, value) in sorted {
            let at = At { generic: name.clone(), ..at.field(name) };
            match value {
                Value::Array(_) | Value::Object(_) => self.line(&at.path, &quoted(&value.to_string())),
                _ => self.value(&of_set, &at, value),
            }
        }
    }

    /// The fields by name, whatever order they come in; a coin is one line, and so is a message that is shown below.
    fn object(&mut self, page: &Page<'_>, at: &At, fields: &Map<String, Value>) {
        let at = &At { asset: asset_in(fields).or(at.asset), ..at.clone() };
        if page.shows.is_coin(&at.generic)
            && let (Some(asset), Some(amount)) = (asset_in(fields), fields.get("amount").and_then(amount_of))
        {
            let words = self.coin(Coin { asset, amount });
            return self.line(&at.path, &words);
        }
        if let (Some(number), Some(_)) = (page.carried, carried::raw_of(fields)) {
            self.below = self.below.saturating_add(1);
            let words = format!("message {number}.{}", self.below);
            return self.line(&at.path, &words);
        }
        let sorted: std::collections::BTreeMap<_, _> = fields.iter().collect();
        for (name, field) in sorted {
            self.value(page, &at.field(name), field);
        }
    }

    fn words(&mut self, page: &Page<'_>, at: &At, text: &str) -> String {
        let amount = text.parse::<Amount>().ok();
        match (page.shows.of(&at.generic), amount) {
            (Some(Show::Word | Show::AssetName), _) => text.escape_default().to_string(),
            (Some(Show::Native), Some(amount)) => self.coin(Coin { asset: AssetId::NATIVE, amount }),
            (Some(Show::Created), Some(amount)) => created(page.root, amount),
            (Some(Show::Beside), Some(amount)) => match at.asset {
                Some(asset) => self.coin(Coin { asset, amount }),
                None => format!("{amount} base units"),
            },
            (Some(Show::Asset(path)), Some(amount)) => match asset_at(page.root, path) {
                Some(asset) => self.coin(Coin { asset, amount }),
                None => format!("{amount} base units"),
            },
            (Some(Show::Base), Some(amount)) => format!("{amount} base units"),
            _ => quoted(text),
        }
    }

    /// An amount with its unit: of LOL always, of others if the unit is known. The base units stand beside it, which
    /// the message itself has: whoever told a client wrong decimals moves the point, not them.
    fn coin(&mut self, coin: Coin) -> String {
        let Coin { asset, amount } = coin;
        if asset == AssetId::NATIVE {
            return format!("{} {NATIVE_SYMBOL}", amount.to_decimal(NATIVE_DECIMALS));
        }
        self.named.insert(asset);
        let Some(unit) = self.units.iter().find(|unit| unit.asset == asset) else {
            return format!("{amount} base units of #{asset}");
        };
        self.used.insert(asset);
        let shown = amount.to_decimal(unit.decimals);
        format!("{shown} {}#{asset} ({amount} base units)", unit.symbol.escape_default())
    }
}

/// A message on its page: how its fields are shown, and the whole of it.
struct Page<'a> {
    registry: &'a Registry,
    shows: &'a Shows,
    root: &'a Value,
    /// Its number, if each message that stands in it as bytes is shown below it.
    carried: Option<&'a str>,
}

/// Where in a message the pen is.
#[derive(Clone, Default)]
struct At {
    /// As it is shown: `recipients[3].amount`.
    path: String,
    /// As the schema has it: `recipients[].amount`.
    generic: String,
    /// The asset that stands beside or above.
    asset: Option<AssetId>,
}

impl At {
    fn field(&self, name: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        let name = name.escape_default();
        let path = format!("{}{dot}{name}", self.path);
        Self { path, generic: format!("{}{dot}{name}", self.generic), asset: self.asset }
    }

    fn item(&self, index: usize) -> Self {
        Self {
            path: format!("{}[{index}]", self.path),
            generic: format!("{}[]", self.generic),
            asset: self.asset,
        }
    }
}

fn asset_in(fields: &Map<String, Value>) -> Option<AssetId> {
    fields.get("asset")?.as_str()?.parse().ok()
}

fn asset_at(root: &Value, path: &str) -> Option<AssetId> {
    path.split('.').try_fold(root, |value, name| value.get(name))?.as_str()?.parse().ok()
}

/// New values of parameters with the set that they are for, which stands beside them.
fn changes_of<'v>(root: &'v Value, text: &str) -> Option<(&'v str, Map<String, Value>)> {
    Some((root.get("path")?.as_str()?, serde_json::from_str(text).ok()?))
}

fn amount_of(value: &Value) -> Option<Amount> {
    value.as_str()?.parse().ok()
}

/// The asset that these fields create: its symbol and decimals.
fn creation_in(value: &Value) -> Option<(&str, u8)> {
    let decimals = value.get("decimals")?.as_u64().and_then(|digits| u8::try_from(digits).ok())?;
    Some((value.get("symbol")?.as_str()?, decimals)).filter(|_| decimals <= DECIMALS_MAX)
}

/// An amount of the asset that the message creates, by itself or in its field `asset`.
fn created(root: &Value, amount: Amount) -> String {
    match creation_in(root).or_else(|| creation_in(root.get("asset")?)) {
        Some((symbol, decimals)) => {
            format!("{} {} (new)", amount.to_decimal(decimals), symbol.escape_default())
        }
        None => format!("{amount} base units"),
    }
}
