//! What validators add to their votes: for each module that attests, bytes under its tag.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Attestation, Halt, View, codec};

use super::parent::Parent;
use crate::{modules::Registry, state};

/// Largest extension: those of 200 validators fit into the smallest block.
pub const EXTENSION_BYTES_MAX: usize = 1_024;

/// What one validator attested, by the tags of modules.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Extension(Vec<(u8, Vec<u8>)>);

impl Extension {
    /// Decodes what a validator added. The verdict depends on the bytes and the list of modules alone.
    pub(super) fn parse(registry: &Registry, bytes: &[u8]) -> Result<Self, String> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        if bytes.len() > EXTENSION_BYTES_MAX {
            return Err(format!("it has {} bytes; at most {EXTENSION_BYTES_MAX}", bytes.len()));
        }
        let extension: Self = codec::decode(bytes)?;
        if extension.0.is_empty() {
            return Err("nothing attested is no bytes at all".to_owned());
        }
        if !extension.0.is_sorted_by(|(a, _), (b, _)| a < b) {
            return Err("the modules do not ascend by tag".to_owned());
        }
        for (tag, attested) in &extension.0 {
            let attestation =
                attestation(registry, *tag).ok_or_else(|| format!("module {tag} attests nothing"))?;
            if !(attestation.check)(attested) {
                return Err(format!("module {tag} attests nothing of this form"));
            }
        }
        Ok(extension)
    }

    /// What was attested under a tag.
    pub(super) fn under(&self, tag: u8) -> Option<&[u8]> {
        self.0.iter().find(|(other, _)| *other == tag).map(|(_, bytes)| bytes.as_slice())
    }
}

fn attestation(registry: &Registry, tag: u8) -> Option<&'static Attestation> {
    registry.rows().iter().find(|row| row.tag == tag)?.module.attestation.as_ref()
}

/// What this validator adds to its vote for the block after the parent: what each module attests by the parent's state
/// alone. A module that cannot is left out, and its sentence is handed back.
pub fn extend_vote(parent: &Parent) -> (Vec<u8>, Vec<Halt>) {
    let (mut extension, mut faults) = (Extension::default(), Vec::new());
    for row in parent.registry.rows() {
        let Some(attestation) = &row.module.attestation else { continue };
        let with = attest(parent, attestation).and_then(|attested| {
            let Some(attested) = attested else { return Ok(None) };
            let mut longer = extension.clone();
            longer.0.push((row.tag, attested));
            longer.0.sort();
            Extension::parse(parent.registry, &codec::encode(&longer)).map(Some).map_err(Halt::new)
        });
        match with {
            Ok(Some(longer)) => extension = longer,
            Ok(None) => {}
            Err(halt) => faults.push(Halt::new(format!("{} attests nothing: {}", row.module.name, halt.0))),
        }
    }
    let bytes = if extension.0.is_empty() { Vec::new() } else { codec::encode(&extension) };
    (bytes, faults)
}

fn attest(parent: &Parent, attestation: &Attestation) -> Result<Option<Vec<u8>>, Halt> {
    let state = parent.state.as_ref();
    let last = state::LAST_BLOCK.get(state)?.unwrap_or_default();
    let (height, time_unix_ms, epoch) = (last.height, last.time_unix_ms, last.epoch);
    (attestation.attest)(View { state, height, time_unix_ms, epoch })
}

/// Judges the form of what another validator added to its vote; the sentence is for the log.
pub fn verify_extension(registry: &Registry, bytes: &[u8]) -> Result<(), String> {
    Extension::parse(registry, bytes).map(drop)
}
