//! Where the chain stands: the last block, and the epochs that are counted by its time.

use borsh::{BorshDeserialize, BorshSerialize};

/// Height and time of a block with the epoch it is in, kept in state so that every read of a height knows its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LastBlock {
    /// Height.
    pub height: u64,
    /// Time of the header, in milliseconds since 1970.
    pub time_unix_ms: u64,
    /// Number of the epoch.
    pub epoch: u64,
    /// When the epoch began: where the one before ended.
    pub epoch_began_unix_ms: u64,
}

impl LastBlock {
    /// The block after this one. Epochs that passed between two blocks count as one, since no block was in them.
    pub fn next(&self, height: u64, time_unix_ms: u64, epoch_ms: u64) -> Self {
        let passed = time_unix_ms.saturating_sub(self.epoch_began_unix_ms).checked_div(epoch_ms).unwrap_or(0);
        Self {
            height,
            time_unix_ms,
            epoch: self.epoch.saturating_add(passed.min(1)),
            epoch_began_unix_ms: self.epoch_began_unix_ms.saturating_add(passed.saturating_mul(epoch_ms)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_begins_where_the_one_before_ended() {
        let genesis =
            LastBlock { time_unix_ms: 1_000, epoch: 7, epoch_began_unix_ms: 1_000, ..LastBlock::default() };
        for (time_unix_ms, epoch, began) in [
            (1_000, 7, 1_000),
            (10_999, 7, 1_000),
            (11_000, 8, 11_000),
            (10_999 + 30_000, 8, 31_000),
            (0, 7, 1_000),
        ] {
            let next = genesis.next(1, time_unix_ms, 10_000);
            assert_eq!((next.epoch, next.epoch_began_unix_ms), (epoch, began), "at {time_unix_ms}");
        }
    }
}
