//! Genesis time: RFC 3339 in the file, milliseconds in the document.

use nexus_types::Time;
use time::OffsetDateTime;
use time::UtcOffset;
use time::format_description::well_known::Rfc3339;

use crate::GenesisError;

/// The field's name in messages.
const FIELD: &str = "genesis_time";

const MS_PER_SECOND: u64 = 1_000;
const NANOS_PER_MS: i32 = 1_000_000;

/// Seconds of 9999-12-31T23:59:59Z, the last that RFC 3339 can write.
const LAST_SECOND: i64 = 253_402_300_799;

/// Reads RFC 3339 in UTC.
pub(crate) fn parse(text: &str) -> Result<Time, GenesisError> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|error| {
        GenesisError::rule(
            FIELD,
            format!(
                "must be RFC 3339 in UTC, such as 2026-01-31T12:00:00.000Z, is {text:?} ({error})"
            ),
        )
    })?;
    if moment.offset() != UtcOffset::UTC {
        return Err(GenesisError::rule(
            FIELD,
            format!("must be in UTC (ending in Z), is {text:?}"),
        ));
    }
    from_parts(
        moment.unix_timestamp(),
        i32::try_from(moment.nanosecond()).unwrap_or(i32::MAX),
    )
}

/// Takes seconds and nanoseconds since 1970, as protobuf carries them.
pub(crate) fn from_parts(seconds: i64, nanos: i32) -> Result<Time, GenesisError> {
    let refuse = |rule: String| Err(GenesisError::rule(FIELD, rule));
    if !(1..=LAST_SECOND).contains(&seconds) {
        return refuse(format!(
            "must be after 1970 and before the year 10000, is second {seconds}"
        ));
    }
    if nanos % NANOS_PER_MS != 0 || !(0..1_000_000_000).contains(&nanos) {
        return refuse(format!(
            "must be whole milliseconds, has {nanos} nanoseconds"
        ));
    }
    // Both are non-negative here, and LAST_SECOND × 1000 fits many times.
    let ms =
        seconds.unsigned_abs() * MS_PER_SECOND + u64::from((nanos / NANOS_PER_MS).unsigned_abs());
    Ok(Time(ms))
}

/// Writes RFC 3339 in UTC with three decimals.
pub(crate) fn format(time: Time) -> String {
    let nanos = i128::from(time.0) * i128::from(NANOS_PER_MS);
    let moment =
        OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (date, clock) = (moment.date(), moment.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        clock.hour(),
        clock.minute(),
        clock.second(),
        clock.millisecond(),
    )
}
