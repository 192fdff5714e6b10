//! Streams against a model that keeps what was promised and pays by hand: after every step every account has what the
//! model says, and the escrow what is promised and unpaid.

mod common;

use chortle_governance::{msg, state, types::STREAMS};
use chortle_kernel::{Address, AssetId, Coin, Failure, Message, Order, Origin};
use chortle_token::protocol::TREASURY;
use common::*;
use proptest::prelude::*;

/// What the treasury begins with.
const FUND: u64 = 500 * LOL;

fn coin(nlol: u64) -> Coin {
    Coin { asset: AssetId::NATIVE, amount: amount(nlol) }
}

fn funded() -> Chain {
    let mut chain = Chain::new();
    chain
        .act(Origin::Protocol, |ctx| chortle_token::deposit(ctx, &who("u4"), &TREASURY, coin(FUND), None))
        .unwrap();
    chain
}

/// Sends as governance would: what is refused leaves no trace.
fn govern<M: Message>(chain: &mut Chain, message: &M) -> Result<(), &'static str> {
    message.check().map_err(|reject| reject.name)?;
    let savepoint = chain.state.savepoint();
    let done = chain.act(Origin::Governance, |ctx| message.execute(ctx));
    done.map_err(|failure| {
        chain.state.rollback(savepoint);
        match failure {
            Failure::Reject(reject) => reject.name,
            Failure::Halt(halt) => panic!("{halt}"),
        }
    })
}

fn open(to: &str, nlol: u64, from_unix_ms: u64, until_unix_ms: u64) -> msg::OpenStream {
    msg::OpenStream { to: who(to), coin: coin(nlol), from_unix_ms, until_unix_ms }
}

fn has(chain: &Chain, account: &Address) -> u64 {
    chortle_token::native_balance(&chain.state, account).unwrap().base_units()
}

#[test]
fn a_stream_pays_what_has_come_together_once() {
    let mut chain = funded();
    let (before, now) = (chain.nlol("u0"), chain.block.time_unix_ms);
    govern(&mut chain, &open("u0", 1_000, now + 1_000, now + 11_000)).unwrap();
    assert_eq!((has(&chain, &TREASURY), has(&chain, &STREAMS)), (FUND - 1_000, 1_000));
    let claim = msg::ClaimStream { stream: 1 };
    assert_eq!(chain.send("u0", &claim), Err("nothing_earned"));
    chain.run(1);
    assert_eq!(chain.send("u0", &claim), Err("nothing_earned"));
    chain.run(3);
    assert_eq!(chain.send("u1", &claim), Err("not_recipient"));
    chain.send("u0", &claim).unwrap();
    assert_eq!(chain.send("u0", &claim), Err("nothing_earned"));
    assert_eq!(chain.nlol("u0"), before + 300);
    chain.run(99);
    chain.send("u0", &claim).unwrap();
    assert_eq!((chain.nlol("u0"), has(&chain, &STREAMS)), (before + 1_000, 0));
    assert_eq!(chain.send("u0", &claim), Err("unknown_stream"));
}

#[test]
fn what_is_closed_returns_what_is_not_earned_and_keeps_what_is() {
    let mut chain = funded();
    let (before, now) = (chain.nlol("u0"), chain.block.time_unix_ms);
    govern(&mut chain, &open("u0", 1_000, now, now + 10_000)).unwrap();
    govern(&mut chain, &open("u0", 500, now + 60_000, now + 70_000)).unwrap();
    chain.run(4);
    for stream in [1, 2] {
        govern(&mut chain, &msg::CloseStream { stream }).unwrap();
    }
    assert_eq!((has(&chain, &TREASURY), has(&chain, &STREAMS)), (FUND - 400, 400));
    assert_eq!(govern(&mut chain, &msg::CloseStream { stream: 1 }), Err("nothing_to_close"));
    assert_eq!(govern(&mut chain, &msg::CloseStream { stream: 2 }), Err("unknown_stream"));
    chain.run(50);
    chain.send("u0", &msg::ClaimStream { stream: 1 }).unwrap();
    assert_eq!((chain.nlol("u0"), has(&chain, &STREAMS)), (before + 400, 0));
}

#[test]
fn a_stream_is_of_what_the_treasury_has_and_of_a_time_that_goes_forward() {
    let mut chain = funded();
    assert_eq!(govern(&mut chain, &open("u0", FUND + 1, 1, 2)), Err("insufficient_balance"));
    assert_eq!(govern(&mut chain, &open("u0", 0, 1, 2)), Err("nothing_paid"));
    assert_eq!(govern(&mut chain, &open("u0", 5, 2, 2)), Err("stream_times"));
    let to_protocol = msg::OpenStream { to: STREAMS, ..open("u0", 5, 1, 2) };
    assert_eq!(govern(&mut chain, &to_protocol), Err("protocol_account"));
    govern(&mut chain, &open("u0", FUND, 1, 2)).unwrap();
    assert_eq!(govern(&mut chain, &open("u0", 1, 1, 2)), Err("insufficient_balance"));
}

#[derive(Clone, Debug)]
enum Step {
    Open { to: usize, nlol: u64, from: u64, lasts: u64 },
    Claim { by: usize, back: usize },
    Close { back: usize },
    Export,
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let nlol = prop_oneof![1..100u64, 1..=FUND];
    let step = prop_oneof![
        3 => (0..3usize, nlol, 0..30_000u64, 1..40_000u64)
            .prop_map(|(to, nlol, from, lasts)| Step::Open { to, nlol, from, lasts }),
        6 => (0..3usize, 0..4usize).prop_map(|(by, back)| Step::Claim { by, back }),
        2 => (0..4usize).prop_map(|back| Step::Close { back }),
        1 => Just(Step::Export),
        4 => (1..9_000u64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..60)
}

/// What was promised: in all, to whom, over which time, and what of it was paid.
struct Promise {
    to: usize,
    total: u128,
    from: u64,
    lasts: u64,
    closed_at: Option<u64>,
    paid: u128,
}

impl Promise {
    fn earned(&self, now: u64) -> u128 {
        let now = self.closed_at.map_or(now, |closed| closed.min(now));
        let gone = now.saturating_sub(self.from).min(self.lasts);
        self.total * u128::from(gone) / u128::from(self.lasts)
    }

    /// What is set aside for it.
    fn held(&self) -> u128 {
        self.closed_at.map_or(self.total, |closed| self.earned(closed)) - self.paid
    }
}

struct Life {
    chain: Chain,
    promises: Vec<Promise>,
    treasury: u128,
    has: [u128; 3],
}

impl Life {
    fn step(&mut self, step: &Step) {
        let now = self.chain.block.time_unix_ms;
        match *step {
            Step::Open { to, nlol, from, lasts } => {
                // Some begin before the block that opens them.
                let from = now - 10_000 + from;
                let opened = govern(&mut self.chain, &open(USERS[to], nlol, from, from + lasts));
                assert_eq!(opened.is_ok(), u128::from(nlol) <= self.treasury, "{opened:?}");
                if opened.is_ok() {
                    self.treasury -= u128::from(nlol);
                    let total = nlol.into();
                    self.promises.push(Promise { to, total, from, lasts, closed_at: None, paid: 0 });
                }
            }
            Step::Claim { by, back } => {
                let Some(at) = self.promises.len().checked_sub(back + 1) else { return };
                let claimed =
                    self.chain.send(USERS[by], &msg::ClaimStream { stream: u64::try_from(at).unwrap() + 1 });
                let promise = &mut self.promises[at];
                let due = promise.earned(now) - promise.paid;
                assert_eq!(claimed.is_ok(), promise.to == by && due > 0, "{claimed:?}");
                if claimed.is_ok() {
                    promise.paid += due;
                    self.has[by] += due;
                }
            }
            Step::Close { back } => {
                let Some(at) = self.promises.len().checked_sub(back + 1) else { return };
                let close = msg::CloseStream { stream: u64::try_from(at).unwrap() + 1 };
                let closed = govern(&mut self.chain, &close);
                let promise = &mut self.promises[at];
                let left = promise.total - promise.earned(now);
                let closes = promise.closed_at.is_none() && left > 0;
                assert_eq!(closed.is_ok(), closes, "{closed:?}");
                if closes {
                    promise.closed_at = Some(now);
                    self.treasury += left;
                }
            }
            Step::Export => {
                let exported = self.chain.export();
                self.chain = Chain::from(&exported, &self.chain.block);
                assert_eq!(self.chain.export(), exported);
            }
            Step::Wait(ms) => self.chain.pass(1_000 + ms),
        }
    }

    fn check(&self) {
        assert_eq!(u128::from(has(&self.chain, &TREASURY)), self.treasury);
        let held: u128 = self.promises.iter().map(Promise::held).sum();
        assert_eq!(u128::from(has(&self.chain, &STREAMS)), held);
        for (at, has) in self.has.iter().enumerate() {
            assert_eq!(u128::from(self.chain.nlol(USERS[at])), *has);
        }
        let rows = state::STREAM.iter(&self.chain.state, Order::Ascending).count();
        assert_eq!(rows, self.promises.iter().filter(|promise| promise.held() > 0).count());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn streams_pay_what_was_promised_and_never_owe_more_than_is_there(steps in steps()) {
        let chain = funded();
        let has = [0, 1, 2].map(|at: usize| u128::from(chain.nlol(USERS[at])));
        let mut life = Life { chain, promises: Vec::new(), treasury: FUND.into(), has };
        for step in &steps {
            life.step(step);
            life.check();
        }
    }
}
