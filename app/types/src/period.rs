//! Periods of account: UTC months by block time, or equal spans on a development network (law §4).

use crate::limits::{DAY_MS, HOUR_MS};
use crate::time::Time;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// A period: months since January 1970, or spans since 1970-01-01T00:00Z on a network whose genesis says how long one is.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug, BorshSerialize, BorshDeserialize,
)]
pub struct Period(pub u64);

impl Period {
    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How a network counts its periods.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum Calendar {
    /// UTC months.
    #[default]
    Months,
    /// Spans of so many hours, for development.
    Hours(u32),
}

impl Calendar {
    /// The period a time lies in.
    pub fn period_of(self, time: Time) -> Period {
        match self {
            Self::Months => {
                let (year, month) = month_of(time.0.checked_div(DAY_MS).unwrap_or_default());
                Period(
                    year.saturating_sub(1970)
                        .saturating_mul(12)
                        .saturating_add(month)
                        .saturating_sub(1),
                )
            }
            Self::Hours(_) => Period(time.0.checked_div(self.span_ms()).unwrap_or_default()),
        }
    }

    /// When a period begins; the one before ends then.
    pub fn start(self, period: Period) -> Time {
        match self {
            Self::Months => {
                let year = period.0.checked_div(12).unwrap_or_default();
                let month = period.0.checked_rem(12).unwrap_or_default();
                let days = days_before(year.saturating_add(1970), month.saturating_add(1));
                Time(days.saturating_mul(DAY_MS))
            }
            Self::Hours(_) => Time(period.0.saturating_mul(self.span_ms())),
        }
    }

    /// When a period ends: where the next begins.
    pub fn end(self, period: Period) -> Time {
        self.start(period.next())
    }

    fn span_ms(self) -> u64 {
        match self {
            Self::Months => 0,
            Self::Hours(hours) => u64::from(hours).saturating_mul(HOUR_MS),
        }
    }
}

/// Year and month (1–12) of a day since 1970-01-01, by the proleptic Gregorian calendar: the well-known arithmetic over eras
/// of 400 years that begin in March, so that the leap day is the last of its year.
fn month_of(day: u64) -> (u64, u64) {
    let day = day.saturating_add(719_468);
    let era = day.checked_div(146_097).unwrap_or_default();
    let of_era = day.saturating_sub(era.saturating_mul(146_097));
    let div = |a: u64, b: u64| a.checked_div(b).unwrap_or_default();
    let year_of_era = div(
        of_era
            .saturating_sub(div(of_era, 1_460))
            .saturating_add(div(of_era, 36_524))
            .saturating_sub(div(of_era, 146_096)),
        365,
    );
    let of_year = of_era.saturating_sub(
        year_of_era
            .saturating_mul(365)
            .saturating_add(div(year_of_era, 4))
            .saturating_sub(div(year_of_era, 100)),
    );
    let from_march = div(of_year.saturating_mul(5).saturating_add(2), 153);
    let month = if from_march < 10 {
        from_march.saturating_add(3)
    } else {
        from_march.saturating_sub(9)
    };
    let year = year_of_era.saturating_add(era.saturating_mul(400));
    (
        if month <= 2 {
            year.saturating_add(1)
        } else {
            year
        },
        month,
    )
}

/// Days from 1970-01-01 to the first of a month (1–12).
fn days_before(year: u64, month: u64) -> u64 {
    let year = if month <= 2 {
        year.saturating_sub(1)
    } else {
        year
    };
    let from_march = if month > 2 {
        month.saturating_sub(3)
    } else {
        month.saturating_add(9)
    };
    let div = |a: u64, b: u64| a.checked_div(b).unwrap_or_default();
    let era = div(year, 400);
    let of_era = year.saturating_sub(era.saturating_mul(400));
    let of_year = div(from_march.saturating_mul(153).saturating_add(2), 5);
    era.saturating_mul(146_097)
        .saturating_add(of_era.saturating_mul(365))
        .saturating_add(div(of_era, 4))
        .saturating_sub(div(of_era, 100))
        .saturating_add(of_year)
        .saturating_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_on_their_first_day() {
        for (year, month, day) in [
            (1970, 1, 0),
            (1970, 3, 59),
            (2000, 2, 10_988),
            (2000, 3, 11_017),
            (2026, 1, 20_454),
            (2100, 3, 47_541),
        ] {
            let period = Period((year - 1970) * 12 + month - 1);
            assert_eq!(
                Calendar::Months.start(period).0,
                day * DAY_MS,
                "{year}-{month}"
            );
        }
    }

    #[test]
    fn every_instant_lies_in_the_period_between_its_ends() {
        for calendar in [Calendar::Months, Calendar::Hours(1), Calendar::Hours(720)] {
            for step in 0..30_000_u64 {
                // Every few days for 250 years, and the instants around each beginning.
                let period = calendar.period_of(Time(step * 263_000_000));
                for time in [calendar.start(period), Time(calendar.end(period).0 - 1)] {
                    assert_eq!(calendar.period_of(time), period);
                }
                assert!(calendar.start(period) < calendar.end(period));
            }
        }
    }

    #[test]
    fn periods_are_counted_from_1970_on() {
        assert_eq!(Calendar::Months.period_of(Time(0)), Period(0));
        assert_eq!(Calendar::Months.period_of(Time(31 * DAY_MS)), Period(1));
        assert_eq!(Calendar::Hours(2).start(Period(3)), Time(6 * HOUR_MS));
        assert_eq!(alloc::format!("{}", Period(672)), "672");
    }
}
