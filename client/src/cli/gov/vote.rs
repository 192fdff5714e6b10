//! A vote: how it is spread, and how much work it may be.

use chortle_governance::{
    Code,
    msg::{DELEGATIONS_MAX, HOLDERS_MAX},
    types::ONE_BPS,
};
use chortle_kernel::Amount;
use clap::Args;
use serde_json::{Value, json};

use super::{
    super::{options::Sent, output, send, session::Session},
    node::{MODULE, give, proposal, read},
};
use crate::{Error, Result, build};

/// Whose power comes with the vote.
#[derive(Args, Clone)]
pub struct Bringing {
    /// Bring the power of accounts that named you and have not voted, 32 at a time
    #[arg(long)]
    bring: bool,
}

/// The parts of a vote, in basis points.
const OPTIONS: [&str; 4] = ["yes", "no", "abstain", "veto"];

/// Votes.
pub fn vote(session: &Session, number: u64, choice: &str, bringing: &Bringing, sent: &Sent) -> Result<()> {
    let parts = parts(choice)?;
    let voter = session.sender(sent.envelope.from.as_deref())?;
    let holders = if bringing.bring { holders(session, number, &voter.to_string())? } else { Vec::new() };
    let body = |delegations: u32| {
        let mut body = json!({ "proposal": number, "delegations": delegations, "holders": holders });
        for (name, bps) in OPTIONS.iter().zip(parts) {
            body[name] = bps.into();
        }
        body
    };
    let delegations =
        if sent.sending.no_preflight { DELEGATIONS_MAX } else { counted(session, sent, &body)? };
    give(session, "vote", body(delegations), sent)
}

/// How many delegations the vote counts: the chain says when it is more, and work that is not needed is not paid for.
fn counted(session: &Session, sent: &Sent, body: &dyn Fn(u32) -> Value) -> Result<u32> {
    let mut delegations = 1;
    loop {
        let found =
            send::foretell(session, &sent.envelope, vec![build::message(MODULE, "vote", body(delegations))?]);
        match found {
            Err(error) if error.is(Code::TooManyDelegations.row()) && delegations < DELEGATIONS_MAX => {
                delegations = delegations.saturating_mul(2).min(DELEGATIONS_MAX);
            }
            // Whatever else is wrong is told where the vote is sent.
            _ => return Ok(delegations),
        }
    }
}

/// Accounts that named the voter and have no ballot yet, as many as one vote brings.
fn holders(session: &Session, number: u64, voter: &str) -> Result<Vec<String>> {
    let class = proposal(session, number)?["record"]["class"].take();
    let (mut found, mut cursor): (Vec<String>, Option<String>) = (Vec::new(), None);
    loop {
        let pairs: Vec<_> = cursor.iter().map(|cursor| ("cursor".to_owned(), cursor.clone())).collect();
        let page = read(session, &["representatives", voter], &pairs)?;
        for line in page["items"].as_array().into_iter().flatten() {
            let holder = line["holder"].as_str().unwrap_or_default().to_owned();
            let of_class = line["class"].is_null() || line["class"] == class;
            if !of_class || found.contains(&holder) || has_ballot(session, number, &holder)? {
                continue;
            }
            if found.len() == HOLDERS_MAX {
                output::note("more accounts can be brought: run the command again after this one");
                return Ok(found);
            }
            found.push(holder);
        }
        cursor = page["next"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    if found.is_empty() {
        output::note("nobody who named you is without a ballot: there is nobody to bring");
    }
    Ok(found)
}

fn has_ballot(session: &Session, number: u64, holder: &str) -> Result<bool> {
    match read(session, &["proposals", &number.to_string(), "votes", holder], &[]) {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}

/// `yes`, or `yes=60,no=40`: percent that sum to a hundred.
fn parts(choice: &str) -> Result<[u64; 4]> {
    let wrong = |why: String| {
        Error::usage(why)
            .hint("write yes, no, abstain or veto; or parts that sum to 100, such as yes=60,no=40")
    };
    let place = |name: &str| {
        let found = OPTIONS.iter().position(|option| *option == name);
        found.ok_or_else(|| wrong(format!("'{}' is no vote", name.escape_debug())))
    };
    let mut parts = [0; 4];
    if !choice.contains('=') {
        parts[place(choice)?] = ONE_BPS;
        return Ok(parts);
    }
    for part in choice.split(',') {
        let (name, percent) = part
            .split_once('=')
            .ok_or_else(|| wrong(format!("'{}' is no part of a vote", part.escape_debug())))?;
        let slot = &mut parts[place(name.trim())?];
        if *slot > 0 {
            return Err(wrong(format!("'{name}' stands twice")));
        }
        let digits = percent.trim().trim_end_matches('%').trim_end();
        let bps = Amount::parse_decimal(digits, 2);
        *slot = bps.map_err(|why| wrong(format!("'{part}': {why}")))?.base_units();
    }
    let sum = parts.iter().fold(0_u64, |sum, part| sum.saturating_add(*part));
    if sum != ONE_BPS {
        let sum = Amount::new(sum).map_or_else(|| "far more".to_owned(), |sum| sum.to_decimal(2));
        return Err(wrong(format!("the parts of '{choice}' sum to {sum}, not to 100")));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vote_is_a_word_or_parts_that_sum_to_a_hundred() {
        for (choice, expected) in [
            ("yes", Some([10_000, 0, 0, 0])),
            ("veto", Some([0, 0, 0, 10_000])),
            ("yes=60,no=40", Some([6_000, 4_000, 0, 0])),
            ("no=33.34%, yes=66.66%", Some([6_666, 3_334, 0, 0])),
            ("abstain=100", Some([0, 0, 10_000, 0])),
            ("yes=60,no=30", None),
            ("yes=60,no=50", None),
            ("yes=60,yes=40", None),
            ("yes=60;no=40", None),
            ("yes=0.001,no=99.999", None),
            ("yes=-10,no=110", None),
            ("Yes", None),
            ("maybe", None),
            ("yes,no", None),
            ("yes=", None),
            ("=", None),
            ("", None),
        ] {
            assert_eq!(parts(choice).ok(), expected, "{choice}");
        }
    }
}
