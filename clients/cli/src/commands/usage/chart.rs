//! Usage against the quota, hour by hour, drawn for a terminal.

use super::hours::{label, percent, permille};
use crate::text::{GREEN, RED};
use std::collections::BTreeMap;

/// Columns where a terminal does not say how many it has.
const DEFAULT_WIDTH: usize = 80;
/// The narrowest drawing that still says something.
const LEAST_WIDTH: usize = 40;
/// Hours drawn at most: what fits a screen.
const MOST_HOURS: usize = 48;

/// What a terminal can show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Canvas {
    pub(crate) width: usize,
    /// Whether it takes more than ASCII.
    pub(crate) unicode: bool,
}

impl Canvas {
    /// What the terminal behind standard output can show, as far as it and the environment say.
    pub(crate) fn of_terminal() -> Self {
        let columns = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok();
        let columns = columns.map(|size| usize::from(size.ws_col));
        let named = || std::env::var("COLUMNS").ok()?.parse().ok();
        let width = columns.filter(|width| *width > 0).or_else(named);
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        Self {
            width: width.unwrap_or(DEFAULT_WIDTH).max(LEAST_WIDTH),
            unicode: locale.is_some_and(|locale| is_utf8(&locale)),
        }
    }

    fn full(self) -> char {
        if self.unicode { '█' } else { '#' }
    }

    fn rest(self) -> char {
        if self.unicode { '░' } else { '.' }
    }

    /// Eighths of a column, from nothing to all of it.
    fn levels(self) -> [char; 9] {
        if self.unicode {
            [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
        } else {
            [' ', '.', ':', '-', '=', '+', '*', '%', '#']
        }
    }
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// What was billed of one resource, by hour, and the most that the quota lets be used in one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) most: u128,
    pub(crate) hours: BTreeMap<u64, u128>,
}

impl Series {
    /// The last hours, without a hole: one that was not used in is 0.
    fn drawn(&self, most_hours: usize) -> Vec<(u64, u128)> {
        let (Some((first, _)), Some((last, _))) =
            (self.hours.first_key_value(), self.hours.last_key_value())
        else {
            return Vec::new();
        };
        let span = u64::try_from(most_hours).unwrap_or(u64::MAX);
        let first = (*first).max(last.saturating_sub(span.saturating_sub(1)));
        let used = |hour| self.hours.get(&hour).copied().unwrap_or_default();
        (first..=*last).map(|hour| (hour, used(hour))).collect()
    }

    fn share(&self, used: u128) -> u128 {
        permille(used, self.most).unwrap_or_default()
    }
}

/// One resource: a bar an hour.
pub(crate) fn bars(series: &Series, canvas: Canvas) -> String {
    let hours = series.drawn(MOST_HOURS);
    let label_width = hours
        .iter()
        .map(|(hour, _)| label(*hour).len())
        .max()
        .unwrap_or(0);
    // Two spaces, the bar, a space, " 100.0 %".
    let room = canvas.width.saturating_sub(label_width + 2 + 1 + 8).max(10);
    let lines = hours.iter().map(|(hour, used)| {
        let share = series.share(*used);
        let filled = usize::try_from(share.min(1_000)).unwrap_or(0) * room / 1_000;
        // What was used at all is seen.
        let filled = if *used > 0 { filled.max(1) } else { 0 };
        let bar: String = std::iter::repeat_n(canvas.full(), filled).collect();
        let rest: String = std::iter::repeat_n(canvas.rest(), room - filled).collect();
        let style = if share >= 1_000 { RED } else { GREEN };
        format!(
            "{:label_width$}  {style}{bar}{style:#}{rest} {:>8}",
            label(*hour),
            percent(share)
        )
    });
    let lines: Vec<String> = lines.collect();
    format!("{}\n{}", title(series), lines.join("\n"))
}

/// Several resources: a line each, a column an hour.
pub(crate) fn columns(all: &[Series], canvas: Canvas) -> String {
    let name_width = all.iter().map(|one| one.name.len()).max().unwrap_or(0);
    // Name, two spaces, the columns, two spaces, "at most 100.0 %".
    let room = canvas.width.saturating_sub(name_width + 2 + 2 + 15);
    let last = all.iter().filter_map(|one| one.hours.keys().next_back());
    let last = last.max().copied();
    let room = room.clamp(10, MOST_HOURS);
    let lines = all.iter().map(|series| {
        let mut series = series.clone();
        // All end with the same hour, so that columns stand above each other.
        if let Some(last) = last {
            series.hours.entry(last).or_default();
        }
        let hours = series.drawn(room);
        let shares: Vec<u128> = hours.iter().map(|(_, used)| series.share(*used)).collect();
        let drawn: String = hours
            .iter()
            .map(|(_, used)| column(*used, series.most, canvas))
            .collect();
        let highest = shares.into_iter().max().unwrap_or_default();
        let style = if highest >= 1_000 { RED } else { GREEN };
        format!(
            "{:name_width$}  {style}{drawn:>room$}{style:#}  at most {}",
            series.name,
            percent(highest)
        )
    });
    let lines: Vec<String> = lines.collect();
    let until = last.map(label).unwrap_or_default();
    format!("by hour up to {until}, of the quota\n{}", lines.join("\n"))
}

fn column(used: u128, most: u128, canvas: Canvas) -> char {
    let levels = canvas.levels();
    let eighths = used.saturating_mul(8).checked_div(most).unwrap_or(0).min(8);
    let level = usize::try_from(eighths).unwrap_or(8);
    let level = if used > 0 { level.max(1) } else { 0 };
    levels.get(level).copied().unwrap_or(' ')
}

fn title(series: &Series) -> String {
    format!(
        "{} by hour, of the quota's {} {}",
        series.name, series.most, series.unit
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Canvas = Canvas {
        width: 60,
        unicode: false,
    };

    fn series(name: &str, hours: &[(u64, u128)]) -> Series {
        Series {
            name: name.to_owned(),
            unit: "ms".to_owned(),
            most: 1_000,
            hours: hours.iter().copied().collect(),
        }
    }

    /// The text without its colours.
    fn uncoloured(text: &str) -> String {
        let styles = [RED, GREEN];
        let codes = styles.map(|style| [format!("{style}"), format!("{style:#}")]);
        let codes = codes.iter().flatten();
        codes.fold(text.to_owned(), |text, code| text.replace(code, ""))
    }

    #[test]
    fn a_bar_an_hour_fits_the_width_and_leaves_no_hour_out() {
        let chart = bars(&series("cpu", &[(10, 500), (12, 1), (13, 1_200)]), PLAIN);
        assert!(
            chart.contains(&format!("{RED}")),
            "what is over the quota is red"
        );
        let chart = uncoloured(&chart);
        let lines: Vec<&str> = chart.lines().skip(1).collect();
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| line.len() == 60), "{chart}");
        let filled = lines.iter().map(|line| line.matches('#').count());
        assert_eq!(filled.collect::<Vec<_>>(), [16, 0, 1, 32]);
        assert!(lines[0].starts_with("1970-01-01 10:00Z") && lines[0].ends_with(" 50.0 %"));
        assert!(lines[3].ends_with("120.0 %"));
        assert!(chart.is_ascii());
    }

    #[test]
    fn a_line_a_resource_ends_with_the_same_hour_in_all() {
        let all = [
            series("cpu", &[(10, 0), (11, 125), (12, 1_000)]),
            series("network", &[(11, 500)]),
        ];
        let unicode = Canvas {
            unicode: true,
            ..PLAIN
        };
        let chart = uncoloured(&columns(&all, unicode));
        let lines: Vec<&str> = chart.lines().skip(1).collect();
        assert!(lines[0].contains(" ▁█  at most 100.0 %"), "{chart}");
        assert!(lines[1].contains("▄   at most 50.0 %"), "{chart}");
        assert!(
            lines.iter().all(|line| line.chars().count() <= 60),
            "{chart}"
        );
        let plain = uncoloured(&columns(&all, PLAIN));
        assert!(
            plain.is_ascii() && plain.contains(" .#  at most"),
            "{plain}"
        );
    }

    #[test]
    fn no_more_hours_are_drawn_than_fit() {
        let many: Vec<(u64, u128)> = (0..500).map(|hour| (hour, 1_000)).collect();
        let series = series("cpu", &many);
        assert_eq!(bars(&series, PLAIN).lines().count(), 1 + MOST_HOURS);
        let chart = uncoloured(&columns(std::slice::from_ref(&series), PLAIN));
        assert!(chart.lines().all(|line| line.len() <= 60), "{chart}");
        assert_eq!(
            bars(
                &Series {
                    hours: BTreeMap::new(),
                    ..series
                },
                PLAIN
            )
            .lines()
            .count(),
            1
        );
    }

    #[test]
    fn where_a_quota_is_nothing_nothing_is_divided_by_it() {
        let mut series = series("dns", &[(10, 5)]);
        series.most = 0;
        assert!(uncoloured(&bars(&series, PLAIN)).ends_with("0.0 %"));
        assert!(uncoloured(&columns(&[series], PLAIN)).ends_with("at most 0.0 %"));
    }

    #[test]
    fn locales_tell_whether_more_than_ascii_is_shown() {
        assert!(is_utf8("en_GB.UTF-8") && is_utf8("C.utf8"));
        assert!(!is_utf8("C") && !is_utf8("POSIX") && !is_utf8("de_DE.ISO-8859-1"));
    }
}
