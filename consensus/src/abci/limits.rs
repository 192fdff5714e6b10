//! What the server gives to its peers.

/// What one peer may ask of the server's memory.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest frame. CometBFT's blocks end at 100 MiB; a FinalizeBlock adds the votes and evidence.
    pub frame_bytes_max: usize,
    /// Most requests that one batch takes from the buffer.
    pub batch_calls_max: usize,
    /// Most open connections. CometBFT opens four; a restart may overlap with the old four.
    pub connections_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { frame_bytes_max: 128 * 1024 * 1024, batch_calls_max: 4_096, connections_max: 64 }
    }
}
