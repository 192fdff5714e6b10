//! What a configuration must be, and which address an account has that begins with it.

use std::collections::BTreeSet;

use chortle_kernel::{Address, AssetId, List, Reject, codec, ensure, hash, merkle::Node, tx::RawMessage};
use chortle_token::protocol;

use crate::{
    error::Error,
    types::{Config, DELAY_MS_MAX, Limit, Member, NAME, PERIOD_MS_MAX, PERIOD_MS_MIN},
};

/// The hash of what an account begins with. The order of members and limits makes no difference.
pub fn seed_of(config: &Config, salt: u64) -> Node {
    let founding = (config.sorted(), salt);
    Node(hash::tagged("chortle/multisig/account", &codec::encode(&founding)))
}

/// The address of the account under a seed: no key signs for it.
pub fn address_of(seed: &Node) -> Address {
    Address::derived(NAME, &seed.0)
}

/// The hash of what a proposal does: what approvals and execution name.
pub fn payload_of(messages: &[RawMessage]) -> Node {
    Node(hash::tagged("chortle/multisig/payload", &codec::encode(&messages)))
}

impl Config {
    /// The same, members by address and limits by member and asset.
    pub fn sorted(&self) -> Self {
        let (mut members, mut limits) = (self.members.to_vec(), self.limits.to_vec());
        members.sort_by_key(|member| member.account);
        limits.sort_by_key(|limit| (limit.member, limit.coin.asset));
        Self {
            // As many as before.
            members: List::parse(members).unwrap_or_default(),
            limits: List::parse(limits).unwrap_or_default(),
            ..*self
        }
    }

    /// What all members weigh: 32 numbers of 32 bits.
    pub fn total(&self) -> u64 {
        self.members.iter().fold(0, |sum: u64, member| sum.saturating_add(member.weight.into()))
    }

    /// What an account weighs, if it is a member.
    pub fn weight_of(&self, account: &Address) -> Option<u64> {
        let member = self.members.iter().find(|member| member.account == *account);
        member.map(|member| member.weight.into())
    }

    /// What a member may send of an asset by itself.
    pub fn limit_of(&self, member: &Address, asset: AssetId) -> Option<&Limit> {
        self.limits.iter().find(|limit| limit.member == *member && limit.coin.asset == asset)
    }

    /// Refuses what no account can be, whatever its address.
    pub fn ensure_sound(&self) -> Result<(), Reject> {
        let mut members = BTreeSet::new();
        for Member { account, weight } in self.members.iter() {
            protocol::ensure_user_account(account)?;
            ensure(members.insert(*account), Error::DuplicateMember { member: *account })?;
            ensure(*weight > 0, Error::NoWeight { member: *account })?;
        }
        let (threshold, total, delay_ms) = (self.threshold, self.total(), self.delay_ms);
        ensure((1..=total).contains(&threshold), Error::ThresholdOutOfRange { threshold, total })?;
        ensure(delay_ms <= DELAY_MS_MAX, Error::DelayTooLong { delay_ms, max_ms: DELAY_MS_MAX })?;
        self.ensure_limits(&members)
    }

    fn ensure_limits(&self, members: &BTreeSet<Address>) -> Result<(), Reject> {
        let (mut seen, min_ms, max_ms) = (BTreeSet::new(), PERIOD_MS_MIN, PERIOD_MS_MAX);
        for Limit { member, coin, period_ms } in self.limits.iter() {
            let (member, asset, period_ms) = (*member, coin.asset, *period_ms);
            ensure(members.contains(&member), Error::LimitOfStranger { member })?;
            ensure(seen.insert((member, asset)), Error::DuplicateLimit { member, asset })?;
            ensure(!coin.amount.is_zero(), Error::EmptyLimit { member, asset })?;
            let fits = (min_ms..=max_ms).contains(&period_ms);
            ensure(fits, Error::PeriodOutOfRange { period_ms, min_ms, max_ms })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chortle_kernel::{Amount, Coin};
    use proptest::prelude::*;

    use super::*;

    fn who(letter: u8) -> Address {
        Address([letter; 20])
    }

    fn config(weights: &[(u8, u32)], threshold: u64) -> Config {
        let member = |(letter, weight): &(u8, u32)| Member { account: who(*letter), weight: *weight };
        let members = List::parse(weights.iter().map(member).collect::<Vec<_>>()).unwrap();
        Config { members, threshold, delay_ms: 0, limits: List::default() }
    }

    fn limit(letter: u8, asset: u64, units: u64, period_ms: u64) -> Limit {
        let coin = Coin { asset: AssetId(asset), amount: Amount::new(units).unwrap() };
        Limit { member: who(letter), coin, period_ms }
    }

    #[test]
    fn what_no_account_can_be_is_refused_by_its_code() {
        let of = |config: &Config| config.ensure_sound().err().map(|reject| reject.name);
        for (weights, threshold, expected) in [
            (&[(1, 1)][..], 1, None),
            (&[(1, u32::MAX), (2, u32::MAX)], 2 * u64::from(u32::MAX), None),
            (&[], 0, Some("threshold_out_of_range")),
            (&[], 1, Some("threshold_out_of_range")),
            (&[(1, 1), (2, 1)], 0, Some("threshold_out_of_range")),
            (&[(1, 1), (2, 1)], 3, Some("threshold_out_of_range")),
            (&[(1, 1)], u64::MAX, Some("threshold_out_of_range")),
            (&[(1, 1), (2, 1), (1, 1)], 2, Some("duplicate_member")),
            (&[(1, 1), (2, 0)], 1, Some("no_weight")),
        ] {
            assert_eq!(of(&config(weights, threshold)), expected, "{weights:?} {threshold}");
        }
        let protocol = Member { account: Address::protocol("fees"), weight: 1 };
        let protocol = Config { members: List::parse(vec![protocol]).unwrap(), ..config(&[], 1) };
        assert_eq!(of(&protocol), Some("protocol_account"));
        assert_eq!(of(&Config { delay_ms: DELAY_MS_MAX, ..config(&[(1, 1)], 1) }), None);
        let late = Config { delay_ms: DELAY_MS_MAX + 1, ..config(&[(1, 1)], 1) };
        assert_eq!(of(&late), Some("delay_too_long"));
        let min = PERIOD_MS_MIN;
        for (limits, expected) in [
            (vec![limit(1, 0, 1, min), limit(1, 1, 1, min), limit(2, 0, 1, min)], None),
            (vec![limit(3, 0, 1, min)], Some("limit_of_stranger")),
            (vec![limit(1, 0, 1, min), limit(1, 0, 2, min)], Some("duplicate_limit")),
            (vec![limit(1, 0, 0, min)], Some("empty_limit")),
            (vec![limit(1, 0, 1, min - 1)], Some("period_out_of_range")),
            (vec![limit(1, 0, 1, PERIOD_MS_MAX + 1)], Some("period_out_of_range")),
        ] {
            let limits = List::parse(limits).unwrap();
            assert_eq!(of(&Config { limits, ..config(&[(1, 1), (2, 1)], 1) }), expected);
        }
    }

    #[test]
    fn two_encodings_of_one_address_are_one_member() {
        let (bech, hexed) = (who(7).to_string(), who(7).to_eip55());
        let members = format!(
            r#"[{{"account":"{bech}","weight":1}},{{"account":"{hexed}","weight":1}},{{"account":"{}","weight":1}}]"#,
            hexed.to_lowercase()
        );
        let members = serde_json::from_str(&members).unwrap();
        let twice = Config { members, ..config(&[], 2) };
        assert_eq!(twice.ensure_sound().unwrap_err().name, "duplicate_member");
    }

    proptest! {
        #[test]
        fn an_address_has_all_that_the_account_begins_with_and_no_order(
            mut weights in prop::collection::vec((0u8..20, 1u32..9), 1..8), threshold in 1u64..99,
            delay_ms in 0u64..99, salt in 0u64..99, turn in 0usize..8,
        ) {
            weights.sort_unstable();
            weights.dedup_by_key(|one| one.0);
            let limits = vec![limit(weights[0].0, 0, 5, 60_000), limit(weights[0].0, 3, 6, 60_000)];
            let base = Config { delay_ms, limits: List::parse(limits).unwrap(), ..config(&weights, threshold) };
            let of = |config: &Config, salt| address_of(&seed_of(config, salt));
            let address = of(&base, salt);
            let turn = turn % weights.len();
            weights.rotate_left(turn);
            let mut limits = base.limits.to_vec();
            limits.reverse();
            let turned = Config { members: config(&weights, 1).members, limits: List::parse(limits).unwrap(), ..base };
            prop_assert_eq!(of(&turned, salt), address);
            let mut heavier = weights.clone();
            heavier[0].1 += 1;
            let more = Config { members: config(&heavier, 1).members, ..turned.clone() };
            prop_assert_ne!(of(&more, salt), address);
            prop_assert_ne!(of(&turned, salt + 1), address);
            prop_assert_ne!(of(&Config { threshold: threshold + 1, ..turned.clone() }, salt), address);
            prop_assert_ne!(of(&Config { delay_ms: delay_ms + 1, ..turned.clone() }, salt), address);
            prop_assert_ne!(of(&Config { limits: List::default(), ..turned }, salt), address);
            prop_assert!(!address.is_protocol());
        }
    }
}
