//! `chortle tx build|sign|combine|broadcast|decode`: one file format, from one machine to another.

use std::path::{Path, PathBuf};

use chortle_app::{Decoded, MODULES, json::of_body};
use chortle_kernel::tx::{self, RawMessage, Replay, Tx};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    input::read_text,
    options::{Building, Envelope, Sending},
    output,
    output::Format,
    send,
    session::Session,
};
use crate::{
    Code, Error, Result,
    build::{self, Plan, Unsigned},
    disk,
    file::{TxFile, unhex},
    signing,
};

/// Where a file is, and where the result goes.
#[derive(Args, Clone, Debug)]
pub struct Sign {
    /// Transaction file, or - for standard input
    pub file: PathBuf,
    /// Which key signs; by default every key here that must
    #[arg(long, value_name = "NAME")]
    pub from: Option<String>,
    /// Write the file here instead of on standard output; may be the same file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Do not ask before signing
    #[arg(long, short)]
    pub yes: bool,
}

/// Files to join.
#[derive(Args, Clone, Debug)]
pub struct Combine {
    /// Copies of one transaction file, each with other signatures
    #[arg(required = true, num_args = 2..)]
    pub files: Vec<PathBuf>,
    /// Write the file here instead of on standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// One message in a file for `tx build --messages`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    module: String,
    message: String,
    body: Value,
}

/// The messages of a JSON list.
pub fn listed_messages(path: &Path) -> Result<Vec<RawMessage>> {
    let wrong = |error: serde_json::Error| {
        Error::usage(format!("{} is no list of messages: {error}", path.display()))
            .hint("write such as [{\"module\": \"token\", \"message\": \"burn\", \"body\": {…}}, …]")
    };
    let listed: Vec<Listed> = serde_json::from_str(&read_text(path)?).map_err(wrong)?;
    listed.into_iter().map(|one| build::message(&one.module, &one.message, one.body)).collect()
}

/// Builds an unsigned file.
pub fn build_file(
    session: &Session,
    envelope: &Envelope,
    building: &Building,
    messages: Vec<RawMessage>,
) -> Result<()> {
    let mut plan = if building.offline {
        plan_offline(session, envelope, building, messages)?
    } else {
        send::plan(session, envelope, messages)?
    };
    if let (Some(chain_id), Some(genesis)) = (&building.chain_id, &building.genesis_hash) {
        plan.chain = crate::rest::chain_of(chain_id, genesis)?;
    }
    write(session, &TxFile::unsigned(plan.body(&MODULES)?), building.out.as_deref())
}

fn plan_offline(
    session: &Session,
    envelope: &Envelope,
    building: &Building,
    messages: Vec<RawMessage>,
) -> Result<Plan> {
    let needed = |flag: &str| Error::usage(format!("--offline needs {flag}"));
    let replay = match (envelope.unordered, envelope.sequence) {
        (true, _) => Replay::Unordered,
        (false, Some(sequence)) => Replay::Sequence(sequence),
        (false, None) => return Err(needed("--sequence or --unordered")),
    };
    let plan = Plan {
        chain: crate::rest::chain_of(
            building.chain_id.as_ref().ok_or_else(|| needed("--chain-id"))?,
            building.genesis_hash.as_ref().ok_or_else(|| needed("--genesis-hash"))?,
        )?,
        sender: session.sender(envelope.from.as_deref())?,
        replay,
        expiry_unix_ms: send::expiry(envelope, None),
        gas_limit: None,
        gas_price_max: envelope.gas_price_max.ok_or_else(|| needed("--gas-price-max"))?,
        tip: envelope.tip,
        fee_payer: send::payer(session, envelope)?,
        fee_grant: envelope.fee_grant,
        messages: build::messages(messages)?,
        memo: build::memo(&envelope.memo)?,
        signed_by: Vec::new(),
    };
    Ok(send::with_kinds(session, plan))
}

/// Signs a file.
pub fn sign(session: &Session, args: &Sign) -> Result<()> {
    let mut file = read(&args.file)?;
    let keys = match &args.from {
        Some(name) => vec![session.key_of(&session.store.resolve(name)?)?],
        None => file.missing().iter().filter_map(|signer| session.key_of(signer).ok()).collect(),
    };
    if keys.is_empty() {
        let missing: Vec<_> = file.missing().iter().map(ToString::to_string).collect();
        return Err(match missing.as_slice() {
            [] => Error::usage("everybody has signed already").hint("send it: chortle tx broadcast FILE"),
            _ => Error::config(Code::NoKey, format!("no key here can sign; missing: {}", missing.join(", ")))
                .hint("see the keys with: chortle keys list; import one with: chortle keys import NAME"),
        });
    }
    send::confirm(session, &file.body, args.yes)?;
    for key in keys {
        let opened = session.unlock(&key)?;
        file.add(signing::sign(&file.body, &opened.secret))?;
    }
    write(session, &file, args.out.as_deref())
}

/// Joins the signatures of several copies.
pub fn combine(session: &Session, args: &Combine) -> Result<()> {
    let mut files = args.files.iter().map(|path| read(path));
    let mut joined = files.next().ok_or_else(|| Error::usage("name at least two files"))??;
    files.try_for_each(|file| joined.merge(file?))?;
    write(session, &joined, args.out.as_deref())
}

/// Sends a file that everybody has signed.
pub fn broadcast(session: &Session, path: &Path, sending: &Sending) -> Result<()> {
    send::submit(session, sending, &read(path)?.assemble()?)
}

/// Shows what a file or bytes in hexadecimal say, and who has signed.
pub fn decode(session: &Session, what: &str) -> Result<()> {
    let file = match unhex(what) {
        Ok(bytes) if !Path::new(what).exists() => of_bytes(&bytes)?,
        Err(why) if what.starts_with("0x") && !Path::new(what).exists() => {
            return Err(Error::usage(format!("'{what}' is {why}"))
                .hint("copy the bytes whole, as they were shown: 0x and pairs of 0-9 and a-f"));
        }
        _ => read(Path::new(what))?,
    };
    let mut shown = of_body(&MODULES, &file.body);
    let missing = file.missing();
    if let Some(fields) = shown.as_object_mut() {
        fields.insert("gas".to_owned(), Value::from(gas(&file)?.to_string()));
        fields.insert("signatures_missing".to_owned(), json!(missing));
        if missing.is_empty() {
            let id = tx::id(&file.assemble()?.encode());
            fields.insert("hash".to_owned(), Value::from(format!("0x{}", hex::encode(id))));
        }
    }
    if session.format == Format::Json {
        return output::result(session.format, &shown);
    }
    let text = send::words(session, &file.body)?;
    let unsigned: Vec<_> = missing.iter().map(ToString::to_string).collect();
    let signed = if unsigned.is_empty() {
        "by everybody".to_owned()
    } else {
        format!("missing: {}", unsigned.join(", "))
    };
    output::result(session.format, &Value::from(format!("{text}\nsigned: {signed}")))
}

/// What it is charged for; while signatures are missing, as if the larger kind came.
fn gas(file: &TxFile) -> Result<u64> {
    if file.missing().is_empty() {
        return Ok(Decoded::parse(&MODULES, &file.assemble()?.encode())?.gas);
    }
    Ok(Unsigned::of(&MODULES, file.body.clone(), &[])?.gas)
}

fn of_bytes(bytes: &[u8]) -> Result<TxFile> {
    let tx = Tx::decode(bytes)?;
    let mut file = TxFile::unsigned(tx.body);
    // A wrong signature is shown as missing; what else is there can still be read.
    let signers: Vec<_> = file.body.signers().collect();
    for (signer, signature) in signers.into_iter().zip(tx.signatures.iter()) {
        if let Err(error) = file.add_of(Some(signer), signature.clone()) {
            output::note(&format!("{error}"));
        }
    }
    Ok(file)
}

fn read(path: &Path) -> Result<TxFile> {
    TxFile::parse(&read_text(path)?)
}

/// The file is JSON whatever the format is: it is for the next command.
fn write(session: &Session, file: &TxFile, out: Option<&Path>) -> Result<()> {
    let value = file.to_json()?;
    let Some(path) = out else {
        return output::result(Format::Json, &value);
    };
    let failed = |error: &dyn std::fmt::Display| {
        Error::unexpected(Code::File, format!("cannot write {}: {error}", path.display()))
    };
    let text = serde_json::to_string_pretty(&value).map_err(|error| failed(&error))?;
    disk::replace(path, (text + "\n").as_bytes()).map_err(|error| failed(&error))?;
    output::result(session.format, &json!({ "file": path, "signatures_missing": file.missing() }))
}
