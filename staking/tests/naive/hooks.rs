//! What the chain does on its own, naively.

use std::{collections::BTreeMap, sync::Arc};

use chortle_kernel::{
    Address,
    block::{Misbehavior, Vote},
};
use chortle_staking::types::FaultKind;

use super::{Begin, Model, Offence, Q, Row, amount};

const PPB: u128 = 1_000_000_000;

impl Model {
    fn operator_of(&self, address: &[u8; 20]) -> Option<Address> {
        let mut all = self.vals.iter();
        all.find(|(_, val)| val.keys.iter().any(|(_, known)| known == address)).map(|(operator, _)| *operator)
    }

    pub fn begin(&mut self, block: &Begin<'_>) {
        self.allocate(block);
        for vote in block.votes {
            let operator = self.operator_of(&vote.validator).unwrap();
            self.watch(operator, vote.signed);
        }
        for evidence in block.misbehavior {
            self.punish(evidence);
        }
        self.close_windows();
    }

    /// Holds what a block issued to its rate, which steers towards the target: nearer, slower.
    pub fn issue(&mut self, issued: u128, supply: u128, votes: &[Vote]) {
        if votes.is_empty() {
            return;
        }
        let bps = |bps: u64| bps as f64 / 10_000.0;
        let hours = (self.now - self.issued_at) as f64 / 3_600_000.0;
        let years = hours.min(1.0) / (365.25 * 24.0);
        let supply = supply as f64;
        let bonded = self.vals.values().filter(|val| val.bonded).map(|val| val.tokens).sum::<u128>() as f64;
        let off = 1.0 - bonded / supply / bps(self.params.bonded_target_bps);
        let (least, most) = (bps(self.params.issuance_min_bps), bps(self.params.issuance_max_bps));
        let rate = self.rate.unwrap_or(least) + bps(self.params.issuance_change_bps) * off * years;
        let rate = rate.clamp(least, most);
        let exact = supply * rate * years;
        assert!((issued as f64 - exact).abs() <= 1.0 + exact * 1e-6, "issued {issued}, due {exact}");
        (self.rate, self.issued_at) = (Some(rate), self.now);
        self.supply += issued;
    }

    fn allocate(&mut self, block: &Begin<'_>) {
        let total: u128 = block.votes.iter().map(|vote| u128::from(vote.power)).sum();
        if total == 0 {
            assert_eq!((block.fees, block.issued), (0, 0));
            return;
        }
        let burn = block.fees * u128::from(self.params.fee_burn_bps) / 10_000;
        self.burnt += burn;
        let pool = block.fees - burn + block.issued;
        let net = pool - pool * u128::from(self.params.tax_bps) / 10_000;
        let mut paid = 0;
        for vote in block.votes.iter().filter(|vote| vote.signed) {
            let operator = self.operator_of(&vote.validator).unwrap();
            // The others as if they were so many equals: beside them, nobody has more than two of their shares.
            let power = f64::from(u32::try_from(vote.power).unwrap());
            let others: Vec<f64> = block
                .votes
                .iter()
                .filter(|other| other.validator != vote.validator)
                .map(|other| f64::from(u32::try_from(other.power).unwrap()))
                .collect();
            let (sum, squares) =
                (others.iter().sum::<f64>(), others.iter().map(|power| power * power).sum::<f64>());
            let fair = if squares > 0.0 { 2.0 / (sum * sum / squares + 1.0) } else { 1.0 };
            let cap = (self.params.reward_cap_bps as f64 / 10_000.0).max(fair) * (sum + power);
            let part = net * u128::from(vote.power).min(cap as u128) / total;
            let epoch = self.epoch;
            let val = self.val_mut(&operator);
            if val.jailed || val.shares == 0 {
                continue;
            }
            let commission = part * u128::from(val.rate_in(epoch)) / 10_000;
            val.commission += commission;
            let shares = val.shares;
            let grown = ((part - commission) << 64) + val.index.1;
            val.index = (val.index.0 + grown / shares, grown % shares);
            for (_, pair) in self.pairs.iter_mut().filter(|((_, at), _)| *at == operator) {
                pair.earned += (part - commission) * Q * pair.shares / shares;
            }
            paid += part;
        }
        self.rewards += paid;
        self.treasury += pool - paid;
    }

    fn watch(&mut self, operator: Address, signed: bool) {
        let (height, now, window) = (self.height, self.now, self.params.window_blocks);
        let (jail, part) = (self.params.downtime_jail_ms, self.params.downtime_ppb);
        let least = (window * self.params.signed_min_bps).div_ceil(10_000);
        let val = self.val_mut(&operator);
        if val.jailed || !val.bonded {
            return;
        }
        let start = *val.start.get_or_insert(height);
        if height < start {
            return;
        }
        val.signed.push(signed);
        let missed = val.signed.iter().rev().take(window as usize).filter(|signed| !**signed).count() as u64;
        if val.signed.len() as u64 <= window || missed <= window - least {
            return;
        }
        val.jailed = true;
        val.jailed_until = now + jail;
        val.signed.clear();
        val.start = None;
        // The votes are those of the block before, and the stake behind that is older by two.
        let stake = self.stake_behind(&operator, height - 1);
        self.slash(&operator, stake, (u128::from(part), PPB), (height - 2, height));
    }

    /// Stake behind a height: what was there at the end of the second before it.
    fn stake_behind(&self, operator: &Address, height: u64) -> u128 {
        self.history[operator][usize::try_from(height.saturating_sub(2)).unwrap()]
    }

    /// Takes a part of a stake: what left from a height on pays its own, the rest is taken of what stayed. What left
    /// after a first slash owes the same part of what that slash left of it.
    fn slash(&mut self, operator: &Address, stake: u128, (ppb, of): (u128, u128), (from, late): (u64, u64)) {
        let part = |initial: u128, created: u64| initial * ppb / if created < late { PPB } else { of };
        // Of each way that stake went, before the evidence and after it.
        let mut left: BTreeMap<(Address, bool), u128> = BTreeMap::new();
        let (mut each, mut entries) = (0, 0);
        for entry in
            self.entries.iter_mut().filter(|entry| entry.pair.1 == *operator && entry.created >= from)
        {
            *left.entry((*operator, entry.created < late)).or_default() += entry.initial;
            (each, entries) = (each + part(entry.initial, entry.created), entries + 1);
            let part = part(entry.initial, entry.created).min(entry.balance);
            entry.balance -= part;
            self.burnt += part;
        }
        for entry in self.moves.iter_mut().filter(|entry| entry.source == *operator && entry.created >= from)
        {
            *left.entry((entry.pair.1, entry.created < late)).or_default() += entry.initial;
            let (index, owed) = (self.vals[&entry.pair.1].index.0, part(entry.initial, entry.created));
            (each, entries) = (each + owed, entries + 1);
            entry.debts.push((owed, index));
        }
        let gone: u128 =
            left.iter().map(|((_, early), sum)| part(*sum, if *early { late - 1 } else { late })).sum();
        let val = self.val_mut(operator);
        // Nobody who stayed pays more than his own part.
        let staying =
            |gone: u128| (stake * ppb / PPB).saturating_sub(gone).min((val.tokens * ppb).div_ceil(of));
        let taken = staying(gone);
        // A slash is defined entry by entry: what all that left pays, those who stayed do not. The sums by which the
        // chain rounds may spare these less than one unit for each entry, and never cost them anything.
        let exact = staying(each);
        assert!(
            taken <= exact && exact <= taken + entries,
            "{operator} loses {taken}, entry by entry {exact}"
        );
        val.tokens -= taken;
        self.burnt += taken;
    }

    fn punish(&mut self, evidence: &Misbehavior) {
        let Some(operator) = self.operator_of(&evidence.validator) else { return };
        let val = self.val(&operator);
        let max_blocks = self.params.unbonding_ms / self.params.block_slowest_ms;
        let old = self.now - evidence.time_unix_ms > self.params.unbonding_ms
            && self.height - evidence.height > max_blocks;
        if val.tombstoned || old || (!val.bonded && val.until <= self.now) {
            return;
        }
        let val = self.val_mut(&operator);
        (val.jailed, val.tombstoned, val.jailed_until) = (true, true, chortle_kernel::bounds::UNIX_MS_MAX);
        let stake = self.stake_behind(&operator, evidence.height);
        let from = evidence.height - 1;
        self.slash(&operator, stake, (u128::from(self.params.evidence_ppb), PPB), (from, self.height));
        self.offences.push(Offence {
            operator,
            power: u128::from(evidence.power),
            total: u128::from(evidence.total_power),
            epoch: self.epoch,
            closed: false,
            stake,
            from,
            decided: self.height,
        });
        self.offences.sort_by_key(|offence| offence.operator);
        assert_ne!(evidence.kind as u8, FaultKind::Downtime.number() as u8);
    }

    fn close_windows(&mut self) {
        let least = u128::from(self.params.evidence_ppb);
        let all = self.offences.clone();
        for (index, offence) in all.iter().enumerate() {
            if offence.closed || self.epoch < offence.epoch + 2 {
                continue;
            }
            let near = all.iter().filter(|other| other.epoch.abs_diff(offence.epoch) <= 1);
            let share = (near.map(|other| other.power).sum::<u128>() * PPB / offence.total).min(PPB);
            let fraction = (9 * share * share / PPB).min(PPB).max(least);
            self.offences[index].closed = true;
            if fraction > least {
                let heights = (offence.from, offence.decided);
                self.slash(&offence.operator, offence.stake, (fraction - least, PPB - least), heights);
            }
        }
        let epoch = self.epoch;
        self.offences.retain(|offence| epoch < offence.epoch + 4);
    }

    /// The end of a block; `restaked` is what the chain restaked, in its order.
    pub fn end(&mut self, restaked: &[((Address, Address), u128)]) {
        self.mature();
        self.restake(restaked);
        self.elect();
        let history = Arc::make_mut(&mut self.history);
        for (operator, val) in &self.vals {
            history.get_mut(operator).unwrap().push(val.tokens);
        }
    }

    fn mature(&mut self) {
        let budget = usize::try_from(self.params.mature_per_block).unwrap();
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_by_key(|row| {
            (row.held.is_none(), row.held, if row.held.is_some() { 0 } else { row.time }, row.number)
        });
        let (mut ready, mut rest): (Vec<Row>, Vec<Row>) = (Vec::new(), Vec::new());
        for row in rows {
            let falls = match &row.held {
                Some(source) => !self.open(source),
                None => row.time <= self.now,
            };
            if falls && ready.len() < budget { ready.push(row) } else { rest.push(row) }
        }
        self.rows = rest;
        for mut row in ready {
            row.held = self.waits_for(&row);
            if row.held.is_some() {
                self.rows.push(row);
                continue;
            }
            self.collect(&row.pair);
            let now = self.now;
            if row.moved {
                let due = |index: &usize| {
                    let entry = &self.moves[*index];
                    (entry.pair, entry.created) == (row.pair, row.created)
                        && entry.completion <= now
                        && !self.open(&entry.source)
                };
                if let Some(index) = (0..self.moves.len()).find(due) {
                    self.moves.remove(index);
                }
            } else {
                let mut all = self.entries.iter();
                let due = all.position(|entry| {
                    (entry.pair, entry.created) == (row.pair, row.created) && entry.completion <= now
                });
                if let Some(index) = due {
                    let entry = self.entries.remove(index);
                    self.credit(&row.pair.0, entry.balance);
                }
            }
        }
    }

    /// The offender whose open window a row must wait for.
    fn waits_for(&self, row: &Row) -> Option<Address> {
        let mine = self.moves.iter().filter(|entry| entry.pair == row.pair);
        if row.moved {
            let due: Vec<_> =
                mine.filter(|entry| entry.created == row.created && entry.completion <= self.now).collect();
            let free = due.iter().any(|entry| !self.open(&entry.source));
            return due.last().filter(|_| !free).map(|entry| entry.source);
        }
        if self.open(&row.pair.1) {
            return Some(row.pair.1);
        }
        let mut from = mine.filter(|entry| entry.created <= row.created && self.open(&entry.source));
        from.next_back().map(|entry| entry.source)
    }

    fn restake(&mut self, restaked: &[((Address, Address), u128)]) {
        let least = amount(self.params.restake_min);
        let flagged: Vec<_> =
            self.pairs.iter().filter(|(_, pair)| pair.restake).map(|(key, _)| *key).collect();
        let mut told = restaked.iter();
        let mut next = told.next();
        for key in flagged {
            self.collect(&key);
            if self.shares(&key) == 0 {
                self.pairs.get_mut(&key).unwrap().restake = false;
                continue;
            }
            let (earned, rounded) = (self.pairs[&key].earned / Q, self.pairs[&key].rounded);
            let jailed = self.val(&key.1).jailed;
            match next.filter(|(pair, _)| *pair == key) {
                Some((_, sum)) => {
                    assert!(*sum >= least && !jailed, "{key:?} restakes {sum}");
                    self.pay(&key, *sum);
                    self.bond(&key, *sum).unwrap();
                    next = told.next();
                }
                None => assert!(
                    jailed || earned < least + rounded + 2 || self.val(&key.1).tokens == 0,
                    "{key:?} has {earned} and does not restake"
                ),
            }
        }
        assert!(next.is_none(), "restaked out of turn: {next:?}");
    }

    /// The set: the strongest.
    fn elect(&mut self) {
        let unit = u128::from(self.params.power_unit);
        let mut strong: Vec<(u128, Address)> = self
            .vals
            .iter()
            .map(|(operator, val)| (operator, val, val.tokens.saturating_sub(self.owed(operator))))
            .filter(|(_, val, voting)| !val.jailed && *voting >= amount(self.params.seat_min))
            .map(|(operator, _, voting)| (voting / unit, *operator))
            .collect();
        strong.sort_by_key(|(power, operator)| (u128::MAX - power, *operator));
        strong.truncate(usize::try_from(self.params.validators_max).unwrap());
        if strong.is_empty() {
            return;
        }
        let member = |(power, operator): &(u128, Address)| {
            (*operator, (self.val(operator).key(), u64::try_from(*power).unwrap()))
        };
        let set = strong.iter().map(member).collect();
        let before = std::mem::replace(&mut self.set, set);
        let (now, height) = (self.now, self.height);
        for (operator, val) in &mut self.vals {
            match (before.contains_key(operator), self.set.contains_key(operator)) {
                (true, false) => {
                    val.bonded = false;
                    val.until = now + self.params.unbonding_ms;
                    val.start = None;
                    if val.tombstoned {
                        val.signed.clear();
                    }
                }
                (false, true) => {
                    val.bonded = true;
                    val.until = 0;
                    val.start = Some(height + 3);
                }
                _ => {}
            }
        }
    }
}
