//! Events that are made up: the same for the same seed, so that a second run delivers the same again.

use nexus_types::ImvuId;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

/// One event in so many is a refund.
const REFUND_EVERY: u64 = 5;

/// Micro-credits of the smallest and the largest sale.
const AMOUNTS: std::ops::RangeInclusive<u64> = 1_000_000..=50_000_000;

/// A stream of events.
pub(super) struct Made {
    random: StdRng,
    seed: u64,
    imvu: ImvuId,
    number: u64,
    /// The last sale's name and amount.
    last: (String, u64),
}

impl Made {
    pub(super) fn new(seed: u64, imvu: &ImvuId) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            seed,
            imvu: imvu.clone(),
            number: 0,
            last: (String::new(), 0),
        }
    }
}

impl Iterator for Made {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        self.number = self.number.saturating_add(1);
        let name = |kind: &str| format!("{kind}_{}_{}", self.seed, self.number);
        let id = name("evt");
        if self.number.is_multiple_of(REFUND_EVERY) {
            let (sale, amount) = &self.last;
            return Some(json!({
                "id": id, "type": "payment.refunded", "refund": name("re"), "payment": sale,
                "amount": (amount / 2).to_string(),
            }));
        }
        let payment = name("pay");
        let gross = self.random.gen_range(AMOUNTS);
        self.last = (payment.clone(), gross);
        Some(json!({
            "id": id, "type": "payment.succeeded", "payment": payment,
            "sale": {
                "imvu": self.imvu.as_str(), "gross": gross.to_string(), "tax": "0",
                "region": "EU-GDPR", "fee": (gross / 50).to_string(),
            },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_events_and_a_fifth_are_refunds() {
        let imvu = ImvuId::new("SHOP-1").unwrap();
        let events = |seed| Made::new(seed, &imvu).take(10).collect::<Vec<_>>();
        assert_eq!(events(7), events(7));
        assert_ne!(events(7), events(8));
        let refunds = events(7)
            .into_iter()
            .filter(|event| event["type"] == "payment.refunded");
        let of: Vec<Value> = refunds.map(|event| event["payment"].clone()).collect();
        assert_eq!(of, ["pay_7_4", "pay_7_9"]);
    }
}
