//! Grants against a model that knows nothing of how they are kept: what left, when, and by which grant.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    chain::{Chain, GOLD, Random, coin, pay, raw, use_grant},
    common::address,
};

const SEEDS: u64 = 3;
const STEPS: u64 = 100;

struct Model {
    given: u64,
    cap: Option<u64>,
    period_cap: Option<u64>,
    period_ms: u64,
    uses: Option<u64>,
    expires: Option<u64>,
    /// When what left: every payment that was taken.
    payments: Vec<(u64, u64)>,
    messages: u64,
}

impl Model {
    /// What refuses payments of these amounts at a time, if anything does.
    fn judge(&self, now: u64, amounts: &[u64]) -> Option<&'static str> {
        let (sum, count): (u64, _) = (amounts.iter().sum(), amounts.len() as u64);
        let period = |time: u64| (time - self.given).checked_div(self.period_ms).unwrap_or(0);
        let left = |filter: &dyn Fn(u64) -> bool| -> u64 {
            self.payments.iter().filter(|(time, _)| filter(*time)).map(|(_, units)| units).sum()
        };
        if self.expires.is_some_and(|expires| now >= expires) {
            return Some("grant.12");
        }
        if self.uses.is_some_and(|uses| self.messages + count > uses) {
            return Some("grant.8");
        }
        let total = self.cap.is_some_and(|cap| left(&|_| true) + sum > cap);
        let running =
            self.period_cap.is_some_and(|cap| left(&|time| period(time) == period(now)) + sum > cap);
        if self.cap.is_none() && self.period_cap.is_none() && sum > 0 {
            return Some("grant.10");
        }
        (total || running).then_some("grant.11")
    }
}

#[test]
fn grants_and_a_naive_model_agree_on_every_use() {
    let (mut taken, mut refused) = (0, BTreeMap::<String, u64>::new());
    for seed in 0..SEEDS {
        let (mut random, mut chain, mut models) = (Random(seed), Chain::new(), BTreeMap::<u64, Model>::new());
        let mut next = 1;
        for step in 0..STEPS {
            match random.below(10) {
                0 | 1 => {
                    let some =
                        |random: &mut Random, most| (random.below(3) > 0).then(|| 1 + random.below(most));
                    let (cap, period_cap) = (some(&mut random, 300), some(&mut random, 60));
                    let period_ms = if period_cap.is_some() { 1_000 + random.below(20_000) } else { 0 };
                    let uses = some(&mut random, 12);
                    let expires = some(&mut random, 60_000).map(|ms| chain.time_unix_ms + 1_000 + ms);
                    let mut body = json!({ "grantee": address("bob"), "kinds": ["token.transfer"], "period_ms": period_ms });
                    body["caps"] = cap.iter().map(|units| coin(GOLD, *units)).collect();
                    body["period_caps"] = period_cap.iter().map(|units| coin(GOLD, *units)).collect();
                    body["uses"] = json!(uses);
                    body["expires_unix_ms"] = json!(expires);
                    chain.ok("alice", vec![raw("grant", "give", body)]);
                    let given = chain.time_unix_ms;
                    let (payments, messages) = (Vec::new(), 0);
                    models.insert(
                        next,
                        Model { given, cap, period_cap, period_ms, uses, expires, payments, messages },
                    );
                    next += 1;
                }
                2 if random.below(3) == 0 => {
                    let grant = 1 + random.below(next);
                    let by = random.pick(&["alice", "bob"]);
                    let found = chain.send(by, vec![raw("grant", "revoke", json!({ "grant": grant }))]);
                    assert_eq!(found.is_ok(), models.remove(&grant).is_some(), "seed {seed}, step {step}");
                }
                3 => chain.pass(random.below(30_000)),
                4 if random.below(4) == 0 => chain = chain.again(),
                _ => {
                    let grant = 1 + random.below(next);
                    let amounts: Vec<u64> = (0..=random.below(3)).map(|_| 1 + random.below(25)).collect();
                    let messages = amounts.iter().map(|units| pay("carol", GOLD, *units)).collect();
                    let before = chain.units(&address("alice"), GOLD);
                    let found = chain.send("bob", vec![use_grant(grant, messages)]);
                    let now = chain.time_unix_ms;
                    let expected = match models.get(&grant) {
                        None => Some("grant.7"),
                        Some(model) => model.judge(now, &amounts),
                    };
                    let code = found.as_ref().err().map(String::as_str);
                    assert_eq!(code, expected, "seed {seed}, step {step}: grant {grant}, {amounts:?}");
                    let lost = before - chain.units(&address("alice"), GOLD);
                    match code {
                        Some(code) => *refused.entry(code.to_owned()).or_default() += 1,
                        None => taken += 1,
                    }
                    assert_eq!(lost, if code.is_none() { amounts.iter().sum() } else { 0 });
                    if let (None, Some(model)) = (code, models.get_mut(&grant)) {
                        model.payments.extend(amounts.iter().map(|units| (now, *units)));
                        model.messages += amounts.len() as u64;
                        if model.uses == Some(model.messages) {
                            models.remove(&grant);
                        }
                    }
                }
            }
        }
    }
    println!("{taken} taken, refused: {refused:?}");
    assert!(taken > 30 && refused.len() >= 5, "{taken} taken, {refused:?}");
}
