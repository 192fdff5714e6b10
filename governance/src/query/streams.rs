//! Streams, as people read them.

use chortle_kernel::{Address, Amount, AssetId, Order, Page, PageArgs, Query, QueryError, ReadState, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    state::{BY_RECIPIENT, STREAM},
    types::Stream,
};

/// A stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StreamAnswer {
    /// Its number.
    pub stream: u64,
    /// Who gets it.
    pub to: Address,
    /// Of which asset.
    pub asset: AssetId,
    /// All that it pays, in base units.
    pub total: Amount,
    /// What it has paid.
    pub paid: Amount,
    /// What can be claimed at the time of the answer's block.
    pub claimable: Amount,
    /// From when on it grows.
    pub from_unix_ms: u64,
    /// When it is whole.
    pub until_unix_ms: u64,
}

fn shown(view: View<'_>, id: u64, stream: &Stream) -> StreamAnswer {
    let claimable = stream.earned(view.time_unix_ms).checked_sub(stream.paid).unwrap_or_default();
    let Stream { to, asset, total, paid, from_unix_ms, until_unix_ms } = *stream;
    StreamAnswer { stream: id, to, asset, total, paid, claimable, from_unix_ms, until_unix_ms }
}

fn found(state: &dyn ReadState, id: u64) -> Result<Stream, QueryError> {
    let missing = || QueryError::NotFound(format!("there is no stream {id}, or all of it is paid"));
    STREAM.get(state, &id)?.ok_or_else(missing)
}

/// Lists the streams that have something to pay, by number.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Streams {
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Streams {
    const NAME: &'static str = "streams";
    const PATH: &'static str = "governance/streams";
    type Answer = Page<StreamAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?;
        let rows = STREAM.iter_after(view.state, after.as_ref(), Order::Ascending);
        Page::collect(view, rows, self.page.limit()?, |id, stream| Ok(shown(view, *id, &stream)))
    }
}

/// Shows a stream: what it pays, to whom, and what can be claimed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamOf {
    /// Its number.
    pub stream: u64,
}

impl Query for StreamOf {
    const NAME: &'static str = "stream";
    const PATH: &'static str = "governance/streams/{stream}";
    type Answer = StreamAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        Ok(shown(view, self.stream, &found(view.state, self.stream)?))
    }
}

/// Lists the streams that an account gets, by number.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct StreamsOf {
    /// Whose, as lol1… or 0x….
    pub address: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for StreamsOf {
    const NAME: &'static str = "streams_of";
    const PATH: &'static str = "accounts/{address}/streams";
    type Answer = Page<StreamAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|id: u64| (self.address, id));
        let rows = BY_RECIPIENT.iter_under(view.state, &self.address, after.as_ref(), Order::Ascending);
        let rows = rows.map(|row| row.map(|((_, id), ())| (id, ())));
        Page::collect(view, rows, self.page.limit()?, |id, ()| Ok(shown(view, *id, &found(view.state, *id)?)))
    }
}
