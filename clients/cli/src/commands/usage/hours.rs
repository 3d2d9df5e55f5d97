//! Hours of usage: which are asked for, and what each line of them comes to.

use nexus_sdk::anchor::time_from_ms;
use nexus_sdk::api::{OpenHourView, Spelled, UsageHourView, UsageLineView};
use nexus_types::limits::HOUR_MS;
use nexus_types::meter::Resource;
use nexus_types::quota::Quota;
use serde_json::{Value, json};

/// The end of a range of hours, as people write it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum When {
    /// So many hours before now.
    Ago(u64),
    /// The hour that this millisecond lies in.
    At(u64),
}

/// Reads `24h`, `7d`, `2026-01-31` or `2026-01-31T13:00Z`.
pub(crate) fn when(text: &str) -> Result<When, String> {
    let ago = [("h", 1), ("d", 24)].into_iter().find_map(|(unit, hours)| {
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(hours).map(When::Ago)
    });
    let spelled = match (text.len(), text.strip_suffix('Z')) {
        (10, _) => format!("{text}T00:00:00Z"),
        (17, Some(minute)) => format!("{minute}:00Z"),
        _ => text.to_owned(),
    };
    let at = || {
        let time = tendermint::Time::parse_from_rfc3339(&spelled).ok()?;
        let seconds = u64::try_from(time.unix_timestamp()).ok()?;
        seconds.checked_mul(1_000).map(When::At)
    };
    ago.or_else(at).ok_or_else(|| {
        String::from(
            "give 24h or 7d ago, a day such as 2026-01-31, or a time such as 2026-01-31T13:00Z",
        )
    })
}

impl When {
    /// The hour, counted from 1970.
    pub(crate) fn hour(self, now_ms: u64) -> u64 {
        match self {
            Self::Ago(hours) => (now_ms / HOUR_MS).saturating_sub(hours),
            Self::At(ms) => ms / HOUR_MS,
        }
    }
}

/// The beginning of an hour for people: `2026-01-31 13:00Z`.
pub(crate) fn label(hour: u64) -> String {
    let begin = time_from_ms(hour.saturating_mul(HOUR_MS));
    begin.map_or_else(
        |_| format!("hour {hour}"),
        |time| {
            let text = time.to_rfc3339().replacen('T', " ", 1);
            let minute = text.get(..16).unwrap_or(&text);
            format!("{minute}Z")
        },
    )
}

/// One line of usage with its hour.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    pub(crate) hour: u64,
    pub(crate) host: String,
    pub(crate) placement: u64,
    /// The hour's place in the collection; none while it is open.
    pub(crate) sequence: Option<u64>,
    pub(crate) line: UsageLineView,
}

impl Row {
    /// The lines of a sealed hour.
    pub(crate) fn sealed(hour: &UsageHourView) -> impl Iterator<Item = Self> + '_ {
        hour.lines.iter().map(|line| Self {
            hour: hour.hour.0,
            host: hour.host.to_string(),
            placement: hour.placement.0,
            sequence: Some(hour.sequence.0),
            line: line.clone(),
        })
    }

    /// The lines of an hour that is still open.
    pub(crate) fn open(hour: &OpenHourView) -> impl Iterator<Item = Self> + '_ {
        hour.lines.iter().map(|line| Self {
            hour: hour.hour.0,
            host: hour.host.to_string(),
            placement: hour.placement.0,
            sequence: None,
            line: line.clone(),
        })
    }

    /// The resource, if this program knows it.
    pub(crate) fn resource(&self) -> Option<Resource> {
        Resource::parse(&self.line.resource)
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let line = &self.line;
        json!({
            "hour": self.hour.to_string(),
            "start": self.hour.saturating_mul(HOUR_MS).to_string(),
            "resource": line.resource,
            "unit": line.unit,
            "meter": line.meter,
            "host": self.host,
            "placement": self.placement.to_string(),
            "read": line.read,
            "billed": line.billed,
            "dropped": line.dropped,
            "windows": line.windows,
            "flags": line.flags,
            "sealed": self.sequence.is_some(),
            "sequence": self.sequence.map(|sequence| sequence.to_string()),
        })
    }

    /// The columns of [`Self::csv`].
    pub(crate) const CSV: &'static str = "hour,start,resource,unit,meter,host,placement,read,billed,dropped,windows,flags,sealed,sequence";

    /// A line of comma-separated values (RFC 4180). None of them can hold a comma or a quote.
    pub(crate) fn csv(&self) -> String {
        let line = &self.line;
        let cells = [
            self.hour.to_string(),
            crate::text::time(self.hour.saturating_mul(HOUR_MS)),
            line.resource.clone(),
            line.unit.clone(),
            line.meter.to_string(),
            self.host.clone(),
            self.placement.to_string(),
            line.read.to_string(),
            line.billed.to_string(),
            line.dropped.to_string(),
            line.windows.to_string(),
            line.flags.join(" "),
            self.sequence.is_some().to_string(),
            self.sequence
                .map(|sequence| sequence.to_string())
                .unwrap_or_default(),
        ];
        cells.map(|cell| cell.replace([',', '"'], " ")).join(",")
    }
}

/// The most of a resource that a quota lets be used in an hour.
pub(crate) fn most(resource: Resource, quota: &Quota) -> u128 {
    resource.most(quota, HOUR_MS)
}

/// Thousandths of `most` that were used, rounded down; none where nothing may be used.
pub(crate) fn permille(used: u128, most: u128) -> Option<u128> {
    used.saturating_mul(1_000).checked_div(most)
}

/// Thousandths for people: `63.2 %`.
pub(crate) fn percent(permille: u128) -> String {
    format!("{}.{} %", permille / 10, permille % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 490_000 * HOUR_MS + 5;

    #[test]
    fn ends_of_ranges_are_hours_ago_days_or_times() {
        let hour = |text: &str| when(text).map(|when| when.hour(NOW));
        assert_eq!(hour("24h"), Ok(489_976));
        assert_eq!(hour("7d"), Ok(489_832));
        assert_eq!(hour("0h"), Ok(490_000));
        assert_eq!(hour("1970-01-02"), Ok(24));
        assert_eq!(hour("1970-01-02T03:59Z"), Ok(27));
        assert_eq!(hour("1970-01-02T03:59:59+01:00"), Ok(26));
        for wrong in [
            "",
            "h",
            "24",
            "-1h",
            "yesterday",
            "2026-13-01",
            "1969-12-31",
            "é",
            "99999999999999999999d",
        ] {
            assert!(hour(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_hour_is_told_by_its_beginning() {
        assert_eq!(label(490_897), "2026-01-01 01:00Z");
        assert_eq!(label(u64::MAX), format!("hour {}", u64::MAX));
    }

    #[test]
    fn shares_of_a_quota_are_rounded_down_and_none_of_nothing() {
        assert_eq!(permille(999, 1_000), Some(999));
        assert_eq!(permille(1, 3), Some(333));
        assert_eq!(permille(7, 0), None);
        assert_eq!(
            (percent(632), percent(1_000)),
            ("63.2 %".to_owned(), "100.0 %".to_owned())
        );
    }
}
