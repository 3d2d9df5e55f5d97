//! Usage that nobody made: a plausible day below a quota, the same for the same seed.

use nexus_types::meter::Resource;
use nexus_types::quota::Quota;
use nexus_types::{Hash, Time};

/// Milliseconds of a minute: within one, use is even.
const MINUTE_MS: u64 = 60 * 1_000;
/// Milliseconds of an hour.
const HOUR_MS: u64 = 60 * MINUTE_MS;
/// Longest stretch that is worked out, milliseconds: a week. Of a longer one only its last week counts; the law has sealed
/// hours of that age without it.
const LONGEST_MS: u64 = 7 * 24 * HOUR_MS;

/// How busy each hour of a day is (UTC), in thousandths of the busiest.
const DAY: [u64; 24] = [
    350, 300, 270, 250, 250, 280, 350, 450, 580, 700, 800, 860, 900, 920, 940, 960, 980, 1_000,
    970, 900, 780, 640, 520, 420,
];

/// How busy everything is.
#[derive(Clone, Debug)]
pub(super) struct Load {
    /// Thousandths of the quota that the busiest hour uses.
    thousandths: u64,
    seed: Hash,
}

/// One IMVU's use of one resource.
#[derive(Clone, Copy)]
pub(super) struct Consumer<'a> {
    /// The IMVU and its placement, in any spelling that is always the same.
    pub(super) name: &'a str,
    pub(super) resource: Resource,
    pub(super) quota: &'a Quota,
}

impl Load {
    pub(super) fn new(thousandths: u64, seed: u64) -> Self {
        let seed = Hash::tagged("nexus/dev-load/v1", &[&seed.to_be_bytes()]);
        Self { thousandths, seed }
    }

    /// What is used from one time to another. What two stretches of one hour use is what their union uses, so that it does
    /// not matter where windows are cut, nor that a slow trickle is less than one in each of them.
    pub(super) fn used(&self, consumer: Consumer<'_>, from: Time, to: Time) -> u64 {
        let from = Time(from.0.max(to.0.saturating_sub(LONGEST_MS)));
        let origin = from.0 - from.0 % HOUR_MS;
        let before = self.span(consumer, origin, from.0);
        let after = before + self.span(consumer, from.0, to.0);
        // An hour's most × thousandths of three kinds × 60 minutes × milliseconds of a minute.
        let unit = 1_000_u128.pow(3) * 60 * u128::from(MINUTE_MS);
        u64::try_from(after / unit - before / unit).unwrap_or(u64::MAX)
    }

    /// Use in the smallest unit, minute by minute.
    fn span(&self, consumer: Consumer<'_>, from: u64, to: u64) -> u128 {
        let most_in_an_hour = consumer.resource.most(consumer.quota, HOUR_MS);
        let mut sum = 0;
        let mut at = from;
        while at < to {
            let minute = at / MINUTE_MS;
            let end = to.min((minute + 1) * MINUTE_MS);
            let busy = u128::from(busy(minute)) * u128::from(self.jitter(consumer, minute));
            let rate = most_in_an_hour * u128::from(self.thousandths) * busy;
            sum += rate * u128::from(end - at);
            at = end;
        }
        sum
    }

    /// Between nine tenths and all of it, minute by minute at random, in thousandths.
    fn jitter(&self, consumer: Consumer<'_>, minute: u64) -> u64 {
        let resource = consumer.resource.name().as_bytes();
        let parts: [&[u8]; 4] = [
            self.seed.as_bytes(),
            consumer.name.as_bytes(),
            resource,
            &minute.to_be_bytes(),
        ];
        let drawn = Hash::tagged("nexus/dev-load-minute/v1", &parts);
        900 + u64::from(drawn.0[0]) * 100 / 255
    }
}

/// How busy a minute of a day is, in thousandths: between the hours in a straight line.
fn busy(minute: u64) -> u64 {
    let minute = minute % (24 * 60);
    let within = minute % 60;
    let mut hours = DAY.iter().copied().cycle();
    let first = usize::try_from(minute / 60).unwrap_or(0);
    let now = hours.nth(first).unwrap_or(0);
    let next = hours.next().unwrap_or(0);
    (now * (60 - within) + next * within) / 60
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_types::limits::BURST_MS;

    const QUOTA: Quota = Quota {
        cpu_millis: 4_000,
        memory_bytes: 8 << 30,
        storage_bytes: 100 << 30,
        bandwidth_bits: 50_000_000,
        pids: 512,
        io_bytes: 20 << 20,
        dns_answers: 100,
        mail_messages: 60,
        mail_bytes: 1 << 30,
    };
    /// 2026-11-26T00:00:00Z.
    const MIDNIGHT: u64 = 1_795_651_200_000;

    fn consumer(resource: Resource) -> Consumer<'static> {
        Consumer {
            name: "IMVU-042/1",
            resource,
            quota: &QUOTA,
        }
    }

    #[test]
    fn the_day_is_a_day() {
        let load = Load::new(300, 1);
        let cpu = |hour: u64| {
            let from = MIDNIGHT + hour * HOUR_MS;
            load.used(consumer(Resource::Cpu), Time(from), Time(from + HOUR_MS))
        };
        assert!(
            cpu(17) > 3 * cpu(3),
            "{} at night, {} by day",
            cpu(3),
            cpu(17)
        );
        // The busiest hour uses about the load's share of four CPUs.
        let share = 4 * HOUR_MS * 300 / 1_000;
        assert!(cpu(16) <= share && cpu(16) > share * 8 / 10, "{}", cpu(16));
    }

    #[test]
    fn a_full_load_stays_plausible_and_twice_as_much_does_not() {
        for resource in Resource::ALL {
            for span in [1_000, 10_000, 60_000, HOUR_MS] {
                let (from, to) = (
                    Time(MIDNIGHT + 17 * HOUR_MS),
                    Time(MIDNIGHT + 17 * HOUR_MS + span),
                );
                let used = Load::new(1_000, 7).used(consumer(resource), from, to);
                assert!(
                    u128::from(used) <= resource.most(&QUOTA, span),
                    "{resource} in {span} ms"
                );
            }
            let (from, to) = (Time(MIDNIGHT + 17 * HOUR_MS), Time(MIDNIGHT + 18 * HOUR_MS));
            let used = Load::new(2_000, 7).used(consumer(resource), from, to);
            assert!(
                u128::from(used) > resource.most(&QUOTA, HOUR_MS + BURST_MS),
                "{resource}"
            );
        }
    }

    #[test]
    fn it_does_not_matter_where_windows_are_cut() {
        let load = Load::new(300, 3);
        for resource in Resource::ALL {
            let from = MIDNIGHT + 9 * HOUR_MS + 12_345;
            let cuts = [
                from,
                from + 1,
                from + 59_000,
                from + 60_001,
                from + 1_234_567,
            ];
            let parts: u64 = cuts
                .windows(2)
                .map(|pair| load.used(consumer(resource), Time(pair[0]), Time(pair[1])))
                .sum();
            let whole = load.used(consumer(resource), Time(from), Time(from + 1_234_567));
            assert_eq!(parts, whole, "{resource}");
        }
        // Sixty messages an hour at 30 % are less than one a minute, and yet some.
        let mail: u64 = (0..60)
            .map(|minute| {
                let from = MIDNIGHT + 12 * HOUR_MS + minute * MINUTE_MS;
                load.used(consumer(Resource::Mail), Time(from), Time(from + MINUTE_MS))
            })
            .sum();
        assert!((13..=18).contains(&mail), "{mail}");
    }

    #[test]
    fn seeds_differ_and_repeat() {
        let used = |seed| {
            let from = Time(MIDNIGHT + HOUR_MS);
            Load::new(300, seed).used(consumer(Resource::Cpu), from, from.plus_ms(MINUTE_MS))
        };
        assert_eq!(used(1), used(1));
        assert!((2..20).any(|seed| used(seed) != used(1)));
    }
}
