//! Numbers of a run, and their one line.

use std::collections::BTreeMap;

use serde::Serialize;

/// What a load run found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What was loaded: `chortle` or `kvstore`.
    pub target: String,
    /// Validators of its network.
    pub validators: usize,
    /// Bytes of a transaction.
    pub tx_bytes: usize,
    /// Transactions per second that were due.
    pub offered_per_s: f64,
    /// Transactions that were due.
    pub offered: usize,
    /// Transactions that the mempool took.
    pub accepted: usize,
    /// Transactions in blocks, with code 0.
    pub committed: usize,
    /// Transactions in blocks with another code.
    pub failed: usize,
    /// Committed transactions by the time from the first due to the last visible.
    pub committed_per_s: f64,
    /// Blocks that held them.
    pub blocks: usize,
    /// From the intended send time to visible, in milliseconds: median …
    pub p50_ms: f64,
    /// … 95 of 100 …
    pub p95_ms: f64,
    /// … 99 of 100.
    pub p99_ms: f64,
    /// What was not accepted, by reason.
    pub errors: BTreeMap<String, usize>,
    /// Processor time of each process for each committed transaction, in microseconds.
    pub cpu_us_per_tx: BTreeMap<String, f64>,
}

impl Report {
    /// The run as one line of JSON.
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The value that this share of the sorted values does not exceed; 0 of nothing.
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted.get(rank - 1).copied().unwrap_or(0.0)
}

/// The middle of some values; 0 of nothing.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    percentile(&values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_seen() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!([0.5, 0.95, 0.99, 1.0].map(|share| percentile(&values, share)), [50.0, 95.0, 99.0, 100.0]);
        assert_eq!(percentile(&[7.0], 0.99), 7.0);
        assert_eq!(percentile(&[], 0.5), 0.0);
    }
}
