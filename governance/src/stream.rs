//! Payments that grow with time. All that a stream will pay leaves the treasury when it is opened and waits in an
//! escrow, so no stream owes what is not there, and what many streams owe cannot be more than the treasury had.

use chortle_kernel::{Address, Amount, AssetId, Coin, Ctx, Failure, Halt, Order, ReadState, State, ensure};
use chortle_token::{self as token, protocol::TREASURY};

use crate::{
    error::Error,
    event::{StreamClosed, StreamOpened, StreamPaid},
    proposal::corrupt,
    state::{BY_RECIPIENT, NEXT_STREAM, STREAM},
    types::{STREAMS, Stream},
};

impl Stream {
    /// What it has come to by a time, rounded down; all of it from its end on.
    pub fn earned(&self, now_unix_ms: u64) -> Amount {
        let gone = now_unix_ms.saturating_sub(self.from_unix_ms);
        let whole = self.until_unix_ms.saturating_sub(self.from_unix_ms);
        if now_unix_ms >= self.until_unix_ms {
            return self.total;
        }
        self.total.mul_div_floor(gone, whole).unwrap_or_default()
    }

    /// What is in the escrow for it.
    pub fn held(&self) -> Amount {
        self.total.checked_sub(self.paid).unwrap_or_default()
    }

    fn coin(&self, amount: Amount) -> Coin {
        Coin { asset: self.asset, amount }
    }
}

/// What all streams hold, asset by asset.
pub fn held(state: &dyn ReadState) -> Result<Vec<(AssetId, u128)>, Halt> {
    let mut sums = std::collections::BTreeMap::<AssetId, u128>::new();
    for row in STREAM.iter(state, Order::Ascending) {
        let (_, stream) = row?;
        let sum = sums.entry(stream.asset).or_default();
        *sum = sum.saturating_add(stream.held().base_units().into());
    }
    Ok(sums.into_iter().collect())
}

/// Writes a stream, or forgets one that has nothing more to pay.
fn save(state: &mut State, id: u64, stream: &Stream) {
    if stream.held().is_zero() {
        STREAM.remove(state, &id);
        BY_RECIPIENT.remove(state, &(stream.to, id));
    } else {
        STREAM.set(state, &id, stream);
        BY_RECIPIENT.set(state, &(stream.to, id), &());
    }
}

fn find(state: &dyn ReadState, stream: u64) -> Result<Stream, Failure> {
    Ok(STREAM.get(state, &stream)?.ok_or(Error::UnknownStream { stream })?)
}

/// Pays a stream in out of the treasury.
pub fn open(ctx: &mut Ctx<'_>, stream: Stream) -> Result<(), Failure> {
    let id = NEXT_STREAM.get(ctx.state)?.unwrap_or(1);
    token::deposit(ctx, &TREASURY, &STREAMS, stream.coin(stream.total), Some(&TREASURY))?;
    NEXT_STREAM.set(ctx.state, &id.saturating_add(1));
    save(ctx.state, id, &stream);
    let Stream { to, asset, total: amount, from_unix_ms, until_unix_ms, .. } = stream;
    ctx.emit(&StreamOpened { stream: id, to, asset, amount, from_unix_ms, until_unix_ms });
    Ok(())
}

/// Pays what has come together.
pub fn claim(ctx: &mut Ctx<'_>, signer: &Address, id: u64) -> Result<(), Failure> {
    let mut stream = find(ctx.state, id)?;
    ensure(stream.to == *signer, Error::NotRecipient { stream: id, to: stream.to })?;
    let earned = stream.earned(ctx.block.time_unix_ms);
    let amount = earned.checked_sub(stream.paid).ok_or_else(|| corrupt("a stream paid too much"))?;
    ensure(!amount.is_zero(), Error::NothingEarned { stream: id })?;
    stream.paid = earned;
    save(ctx.state, id, &stream);
    let arrived = token::pay_out(ctx, &STREAMS, &TREASURY, &stream.to, stream.coin(amount))?;
    ctx.emit(&StreamPaid { stream: id, to: stream.to, asset: stream.asset, amount, arrived });
    Ok(())
}

/// Ends a stream now. What it has not come to goes back to the treasury; what it has stays to be claimed, so nobody
/// whom an asset's rules stop from receiving stops the closing.
pub fn close(ctx: &mut Ctx<'_>, id: u64) -> Result<(), Failure> {
    let (mut stream, now) = (find(ctx.state, id)?, ctx.block.time_unix_ms);
    let earned = stream.earned(now);
    let returned = stream.total.checked_sub(earned).unwrap_or_default();
    ensure(!returned.is_zero(), Error::NothingToClose { stream: id })?;
    stream.total = earned;
    stream.until_unix_ms = now.max(stream.from_unix_ms);
    save(ctx.state, id, &stream);
    token::pay_out(ctx, &STREAMS, &TREASURY, &TREASURY, stream.coin(returned))?;
    ctx.emit(&StreamClosed { stream: id, asset: stream.asset, returned, left: stream.held() });
    Ok(())
}
