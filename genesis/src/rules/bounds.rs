//! Rules of numbers: delays, allowances, the largest quota, the calendar, prices.

use nexus_types::limits::{
    APPROVAL_LIFETIME_MS, CONSENT_NOTICE_MS, DEBT_DORMANT_MS, DEBT_FROZEN_MS, DEBT_NOTICE_MS,
    DISPUTE_MS, EXIT_AFTER_MS, EXIT_INTERVAL_MS, EXIT_OVERDUE_MS, EXIT_PROTECTION_MS, FREEZE_MS,
    GOVERNANCE_MS, GUARDIAN_MS, LATE_WINDOW_MS, MATURITY_MS, NAME_LOCK_MS, OBSERVATION_MS,
    PERIOD_HOURS_MAX, PRICE_NOTICE_MS, REGISTER_MS, REGISTRATION_MS, REPROOF_MS,
    SNAPSHOT_RETENTION_MS, TRUSTING_MS, UPGRADE_FAST_MS, VOTING_MS,
};
use nexus_types::money::{Price, Prices};
use nexus_types::period::Calendar;
use nexus_types::quota::{Quota, QuotaField};
use nexus_types::state::{Allowances, DelayProfile};

use crate::file::{FileAllowances, FileCalendar, FileDelays, FilePrice, FilePrices, FileQuota};
use crate::{GenesisError, LONGEST_REGISTRATION_MS, LONGEST_SILENCE_MS, SHORTEST_DELAY_MS};

pub(super) fn delays(given: &FileDelays, development: bool) -> Result<DelayProfile, GenesisError> {
    let check = |field: &str, value: u64, production: u64| {
        if value == production || development && (SHORTEST_DELAY_MS..production).contains(&value) {
            return Ok(value);
        }
        let rule = if development {
            format!("must be {SHORTEST_DELAY_MS} to {production} ms, is {value}")
        } else {
            format!("must be {production} ms unless app_state.development is true, is {value}")
        };
        Err(GenesisError::rule(
            format!("app_state.delays.{field}"),
            rule,
        ))
    };
    let delays = DelayProfile {
        approval_ms: check("approval_ms", given.approval_ms, APPROVAL_LIFETIME_MS)?,
        name_lock_ms: check("name_lock_ms", given.name_lock_ms, NAME_LOCK_MS)?,
        registration_ms: registration_ms(given.registration_ms, development)?,
        silence_ms: silence_ms(given.silence_ms)?,
        late_window_ms: check("late_window_ms", given.late_window_ms, LATE_WINDOW_MS)?,
        price_notice_ms: check("price_notice_ms", given.price_notice_ms, PRICE_NOTICE_MS)?,
        maturity_ms: check("maturity_ms", given.maturity_ms, MATURITY_MS)?,
        dispute_ms: check("dispute_ms", given.dispute_ms, DISPUTE_MS)?,
        consent_notice_ms: check(
            "consent_notice_ms",
            given.consent_notice_ms,
            CONSENT_NOTICE_MS,
        )?,
        debt_notice_ms: check("debt_notice_ms", given.debt_notice_ms, DEBT_NOTICE_MS)?,
        debt_frozen_ms: check("debt_frozen_ms", given.debt_frozen_ms, DEBT_FROZEN_MS)?,
        debt_dormant_ms: check("debt_dormant_ms", given.debt_dormant_ms, DEBT_DORMANT_MS)?,
        guardian_ms: check("guardian_ms", given.guardian_ms, GUARDIAN_MS)?,
        freeze_ms: check("freeze_ms", given.freeze_ms, FREEZE_MS)?,
        snapshot_retention_ms: check(
            "snapshot_retention_ms",
            given.snapshot_retention_ms,
            SNAPSHOT_RETENTION_MS,
        )?,
        voting_ms: check("voting_ms", given.voting_ms, VOTING_MS)?,
        register_ms: check("register_ms", given.register_ms, REGISTER_MS)?,
        governance_ms: check("governance_ms", given.governance_ms, GOVERNANCE_MS)?,
        upgrade_fast_ms: check("upgrade_fast_ms", given.upgrade_fast_ms, UPGRADE_FAST_MS)?,
        trusting_ms: check("trusting_ms", given.trusting_ms, TRUSTING_MS)?,
        exit_overdue_ms: check("exit_overdue_ms", given.exit_overdue_ms, EXIT_OVERDUE_MS)?,
        exit_protection_ms: check(
            "exit_protection_ms",
            given.exit_protection_ms,
            EXIT_PROTECTION_MS,
        )?,
        exit_after_ms: check("exit_after_ms", given.exit_after_ms, EXIT_AFTER_MS)?,
        exit_interval_ms: check("exit_interval_ms", given.exit_interval_ms, EXIT_INTERVAL_MS)?,
        observation_ms: check("observation_ms", given.observation_ms, OBSERVATION_MS)?,
        reproof_ms: check("reproof_ms", given.reproof_ms, REPROOF_MS)?,
    };
    debt_ladder(&delays)?;
    Ok(delays)
}

/// Nobody loses anything before it was told, and loses less before it loses more.
fn debt_ladder(delays: &DelayProfile) -> Result<(), GenesisError> {
    let steps = [
        (
            "debt_notice_ms",
            delays.debt_notice_ms,
            "debt_frozen_ms",
            delays.debt_frozen_ms,
        ),
        (
            "debt_frozen_ms",
            delays.debt_frozen_ms,
            "debt_dormant_ms",
            delays.debt_dormant_ms,
        ),
    ];
    for (earlier, before, later, after) in steps {
        if after <= before {
            return Err(GenesisError::rule(
                format!("app_state.delays.{later}"),
                format!("must be more than {earlier} ({before} ms), is {after}"),
            ));
        }
    }
    Ok(())
}

fn registration_ms(value: u64, development: bool) -> Result<u64, GenesisError> {
    let least = if development { 0 } else { REGISTRATION_MS };
    if (least..=LONGEST_REGISTRATION_MS).contains(&value) {
        return Ok(value);
    }
    let unless = if development {
        ""
    } else {
        " unless app_state.development is true"
    };
    Err(GenesisError::rule(
        "app_state.delays.registration_ms",
        format!("must be {least} to {LONGEST_REGISTRATION_MS} ms{unless}, is {value}"),
    ))
}

/// How soon silence is noticed protects nobody's rights, so each network chooses.
fn silence_ms(value: u64) -> Result<u64, GenesisError> {
    if (SHORTEST_DELAY_MS..=LONGEST_SILENCE_MS).contains(&value) {
        return Ok(value);
    }
    Err(GenesisError::rule(
        "app_state.delays.silence_ms",
        format!("must be {SHORTEST_DELAY_MS} to {LONGEST_SILENCE_MS} ms, is {value}"),
    ))
}

pub(super) fn allowances(given: &FileAllowances) -> Result<Allowances, GenesisError> {
    let pairs = [
        ("", given.per_block, given.per_day),
        ("rights_", given.rights_per_block, given.rights_per_day),
        (
            "unattested_",
            given.unattested_per_block,
            given.unattested_per_day,
        ),
    ];
    for (kind, per_block, per_day) in pairs {
        let path = format!("app_state.allowances.{kind}");
        if per_block == 0 {
            return Err(GenesisError::rule(
                format!("{path}per_block"),
                "must be above 0, is 0",
            ));
        }
        if per_day < per_block {
            return Err(GenesisError::rule(
                format!("{path}per_day"),
                format!("must be at least {kind}per_block ({per_block}), is {per_day}"),
            ));
        }
    }
    Ok(Allowances {
        per_block: given.per_block,
        per_day: given.per_day,
        rights_per_block: given.rights_per_block,
        rights_per_day: given.rights_per_day,
        unattested_per_block: given.unattested_per_block,
        unattested_per_day: given.unattested_per_day,
    })
}

pub(super) fn max_quota(given: &FileQuota) -> Result<Quota, GenesisError> {
    let quota = given.to_quota();
    match QuotaField::ALL
        .into_iter()
        .find(|field| quota.get(*field) == 0)
    {
        Some(field) => Err(GenesisError::rule(
            format!("app_state.max_quota.{}", field.name()),
            "must be above 0, is 0",
        )),
        None => Ok(quota),
    }
}

pub(super) fn calendar(given: &FileCalendar, development: bool) -> Result<Calendar, GenesisError> {
    const PATH: &str = "app_state.calendar";
    match *given {
        FileCalendar::Months => Ok(Calendar::Months),
        FileCalendar::Hours(hours) if !development => Err(GenesisError::rule(
            PATH,
            format!(
                "must be \"months\" unless app_state.development is true, is spans of {hours} hours"
            ),
        )),
        FileCalendar::Hours(hours) if !(1..=PERIOD_HOURS_MAX).contains(&hours) => {
            Err(GenesisError::rule(
                format!("{PATH}.hours"),
                format!("must be 1 to {PERIOD_HOURS_MAX} hours, is {hours}"),
            ))
        }
        FileCalendar::Hours(hours) => Ok(Calendar::Hours(hours)),
    }
}

/// A price may be nothing, but not for nothing.
pub(super) fn prices(given: &FilePrices) -> Result<Prices, GenesisError> {
    let named = given.named();
    if let Some((name, _)) = named.iter().find(|(_, price)| price.per == 0) {
        return Err(GenesisError::rule(
            format!("app_state.prices.{name}.per"),
            "must be above 0, is 0",
        ));
    }
    Ok(named.map(|(_, &FilePrice { micros, per })| Price { micros, per }))
}
