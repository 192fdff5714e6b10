//! Accounts with keys that a seed gives, and transactions that they signed.

use anyhow::anyhow;
use chortle_app::MODULES;
use chortle_kernel::signature::Authenticator;
use chortle_kernel::tx::{ChainRef, Fee, FeeSource, RawMessage, Replay, Sender, Tx, TxBody, VERSION};
use chortle_kernel::{Address, Amount, AssetId, Bytes, Coin, List, Message, Text, codec, hash};
use chortle_token::msg::Transfer;
use ed25519_zebra::SigningKey;

/// More than any transaction of this crate costs.
const GAS_LIMIT: u64 = 100_000_000;
/// The price that a fresh genesis asks for.
const GAS_PRICE: u64 = 1;

/// An ed25519 account.
#[derive(Clone)]
pub struct Account {
    key: SigningKey,
    public: [u8; 32],
    /// Its address.
    pub address: Address,
}

impl Account {
    /// The account of this number under a seed.
    pub fn of_seed(seed: &str, number: usize) -> Self {
        let key = SigningKey::from(hash::tagged("chortle/testkit", format!("{seed}/{number}").as_bytes()));
        let public: [u8; 32] = key.verification_key().into();
        Self { key, public, address: Address::of_ed25519(&public) }
    }

    /// Many accounts of one seed.
    pub fn many(seed: &str, count: usize) -> Vec<Self> {
        (0..count).map(|number| Self::of_seed(seed, number)).collect()
    }

    /// A signed transfer of LOL, in bytes.
    pub fn transfer(
        &self,
        chain: &ChainRef,
        replay: Replay,
        expiry_unix_ms: u64,
        to: Address,
        amount_nlol: u64,
    ) -> anyhow::Result<Vec<u8>> {
        let amount = Amount::new(amount_nlol).ok_or_else(|| anyhow!("{amount_nlol} nlol is no amount"))?;
        self.sign(
            chain,
            replay,
            expiry_unix_ms,
            &Transfer { to, coin: Coin { asset: AssetId::NATIVE, amount } },
        )
    }

    /// A signed transaction with one message of the module `token`, in bytes.
    pub fn sign<M: Message>(
        &self,
        chain: &ChainRef,
        replay: Replay,
        expiry_unix_ms: u64,
        message: &M,
    ) -> anyhow::Result<Vec<u8>> {
        self.sign_of("token", chain, replay, expiry_unix_ms, message)
    }

    /// A signed transaction with one message of a module, in bytes.
    pub fn sign_of<M: Message>(
        &self,
        module: &str,
        chain: &ChainRef,
        replay: Replay,
        expiry_unix_ms: u64,
        message: &M,
    ) -> anyhow::Result<Vec<u8>> {
        let (module, _) =
            MODULES.tags(module, M::NAME).ok_or_else(|| anyhow!("{module} has no {}", M::NAME))?;
        let body = Bytes::parse(codec::encode(message)).map_err(|error| anyhow!(error))?;
        self.sign_raw(chain, replay, expiry_unix_ms, RawMessage { module, tag: M::TAG, body })
    }

    /// A signed transaction with one encoded message, in bytes.
    pub fn sign_raw(
        &self,
        chain: &ChainRef,
        replay: Replay,
        expiry_unix_ms: u64,
        message: RawMessage,
    ) -> anyhow::Result<Vec<u8>> {
        let text = |error: String| anyhow!(error);
        let body = TxBody {
            version: VERSION,
            chain: chain.clone(),
            sender: Sender::Account(self.address),
            replay,
            expiry_unix_ms,
            fee: Fee { gas_limit: GAS_LIMIT, gas_price_max: GAS_PRICE, tip: 0, asset: AssetId::NATIVE },
            fee_source: FeeSource::Sender,
            messages: List::parse(vec![message]).map_err(text)?,
            memo: Text::default(),
        };
        let signature = self.key.sign(&body.sign_digest()).to_bytes();
        let signature = Authenticator::Ed25519 { key: self.public, signature };
        Ok(Tx { body, signatures: List::parse(vec![signature]).map_err(text)?, proofs: List::default() }
            .encode())
    }
}

/// Pre-signs transfers in a ring: transaction *i* is from account *i mod n* to the next one, with the account's next
/// sequence number. All cores sign.
pub fn transfers(accounts: &[Account], chain: &ChainRef, count: usize) -> anyhow::Result<Vec<Vec<u8>>> {
    let sign = |index: usize| -> anyhow::Result<Vec<u8>> {
        let from = index.checked_rem(accounts.len()).ok_or_else(|| anyhow!("no accounts"))?;
        let sequence = (index / accounts.len()) as u64;
        let pick =
            |place: usize| accounts.get(place % accounts.len()).ok_or_else(|| anyhow!("no account {place}"));
        pick(from)?.transfer(chain, Replay::Sequence(sequence), 0, pick(from + 1)?.address, 1)
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let share = count.div_ceil(workers).max(1);
    std::thread::scope(|scope| {
        let ranges = (0..count).step_by(share).map(|start| start..count.min(start + share));
        let running: Vec<_> =
            ranges.map(|range| scope.spawn(move || range.map(sign).collect::<Result<Vec<_>, _>>())).collect();
        let mut all = Vec::with_capacity(count);
        for worker in running {
            all.extend(worker.join().map_err(|_| anyhow!("a signing thread panicked"))??);
        }
        Ok(all)
    })
}
