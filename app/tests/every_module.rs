//! What CONTRIBUTING promises of every module in the list, whichever modules these are.

mod common;

use std::{collections::BTreeMap, sync::Arc};

use chortle_app::{MODULES, Parent, block, genesis, invariant};
use chortle_kernel::{
    Attested, Authority, BlockInfo, Bytes, Ctx, Effects, Module, Origin, State, View, tx::RawMessage,
};
use common::*;

/// A chain on which each example of each message was sent by Alice: who is taken, and what refuses the others.
fn lived_in() -> (Chain, Vec<(String, Option<String>)>) {
    let (mut chain, mut outcomes) = (Chain::new(), Vec::new());
    for row in MODULES.rows() {
        for kind in row.module.messages {
            for example in (kind.examples)() {
                let message =
                    RawMessage { module: row.tag, tag: kind.tag, body: Bytes::parse(example).unwrap() };
                let sent = sign(body("alice", chain.nonce("alice"), vec![message]), &["alice"]);
                let refused = match chain.send(sent) {
                    Ok(receipt) if receipt.succeeded() => None,
                    Ok(receipt) => Some(format!("{}.{}", receipt.codespace, receipt.number)),
                    Err(reject) => Some(reject.code()),
                };
                assert!(
                    kind.authority == Authority::Signer || refused.is_some(),
                    "{}.{} is not a user's to send",
                    row.module.name,
                    kind.name
                );
                outcomes.push((format!("{}.{}", row.module.name, kind.name), refused));
            }
        }
    }
    (chain, outcomes)
}

#[test]
fn every_message_has_an_example_that_is_taken_or_refused_by_a_code_of_the_book() {
    let (_, outcomes) = lived_in();
    let book: Vec<String> = MODULES.error_catalogue().map(chortle_kernel::ErrorRow::code).collect();
    for module in MODULES.modules() {
        for kind in module.messages {
            let name = format!("{}.{}", module.name, kind.name);
            let of: Vec<_> = outcomes.iter().filter(|(found, _)| *found == name).collect();
            assert!(!of.is_empty(), "{name} has no example");
            for (_, code) in of {
                assert!(code.iter().all(|code| book.contains(code)), "{name}: {code:?} is in no book");
            }
        }
    }
}

#[test]
fn hooks_go_on_and_every_invariant_and_escrow_holds() {
    let (mut chain, _) = lived_in();
    for _ in 0..120 {
        // The chain checks every invariant after each block.
        chain.block(&[]);
    }
    for module in MODULES.modules() {
        for escrow in module.escrows {
            assert!(escrow.address.is_protocol(), "{}: a key could sign for {}", module.name, escrow.name);
            assert_eq!(escrow.address.is_pooled(), escrow.pooled, "{}.{}", module.name, escrow.name);
        }
    }
}

/// What a module attests is what it takes, and taking it keeps what holds.
fn attests_and_takes(module: &Module, chain: &Chain) {
    let Some(attestation) = &module.attestation else { return };
    let view = View { state: &chain.state, height: chain.height, time_unix_ms: chain.time_unix_ms, epoch: 0 };
    let Some(bytes) = (attestation.attest)(view).unwrap() else { return };
    assert!((attestation.check)(&bytes), "{} refuses what it attests itself", module.name);
    assert!(
        !(attestation.check)(&[bytes.as_slice(), &[0; 2_000]].concat()),
        "{} takes anything",
        module.name
    );
    let attested: Vec<Attested> =
        [1, 2].map(|who| Attested { validator: [who; 20], power: 10, bytes: bytes.clone() }).into();

    let mut state = State::over(Arc::new(chain.state.clone()));
    let (block, mut effects) = (BlockInfo::default(), Effects::default());
    let mut ctx = Ctx::alone(&mut state, &block, Origin::Protocol, &mut effects);
    (attestation.injected)(&mut ctx, &attested).unwrap();
    invariant::check(&MODULES, &state).unwrap();
}

#[test]
fn what_is_attested_has_its_form_and_is_taken() {
    let (chain, _) = lived_in();
    let parent = Parent { registry: &MODULES, state: Arc::new(chain.state.clone()) };
    let (extension, faults) = block::extend_vote(&parent);
    assert!(faults.is_empty(), "{faults:?}");
    block::verify_extension(&MODULES, &extension).unwrap();
    MODULES.modules().for_each(|module| attests_and_takes(module, &chain));
}

#[test]
fn an_export_is_the_genesis_of_the_same_chain() {
    let (chain, _) = lived_in();
    let exported = genesis::export(&MODULES, &chain.state).unwrap();
    let mut state = State::over(Arc::new(BTreeMap::new()));
    let engine = engine();
    let start = genesis::Start { initial_height: chain.height + 1, ..start(&exported, &engine) };
    genesis::init(&MODULES, &start, &mut state).unwrap();
    assert_eq!(genesis::export(&MODULES, &state).unwrap(), exported);
    invariant::check(&MODULES, &state).unwrap();
}
