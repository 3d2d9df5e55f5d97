//! One line of a benchmark's result, told so that `grep '^RATIO'` gives a table.

use std::fmt;

/// What was measured beside what, and what was wanted of it. Nothing is asserted: figures depend on the machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Ratio {
    /// What.
    pub name: String,
    /// Ours, with its unit.
    pub ours: String,
    /// The peer's, with its unit; empty where the line is a plain figure.
    pub peer: String,
    /// The quotient, or the figure itself, with its unit.
    pub ratio: String,
    /// What it must reach or stay below.
    pub must: &'static str,
    /// What it shall reach or stay below.
    pub goal: &'static str,
}

/// The heading of such lines.
pub const HEADING: &str = "RATIO  what | ours | peer | ratio | must | goal";

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "RATIO  {:<62} | {:>14} | {:>14} | {:>9} | {:>9} | {:>9}",
            self.name, self.ours, self.peer, self.ratio, self.must, self.goal
        )
    }
}

/// The median of a sample; 0 of none.
#[must_use]
pub fn median(mut sample: Vec<f64>) -> f64 {
    sample.sort_by(f64::total_cmp);
    sample.get(sample.len() / 2).copied().unwrap_or_default()
}

/// A quotient as it is printed.
#[must_use]
pub fn times(ours: f64, peer: f64) -> String {
    if peer == 0.0 {
        String::from("none")
    } else {
        format!("{:.2} ×", ours / peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_so_that_it_is_found_and_holds_all_columns() {
        let line = Ratio {
            name: String::from("a against b"),
            ours: String::from("2 µs"),
            peer: String::from("10 µs"),
            ratio: times(10.0, 2.0),
            must: "≥ 2 ×",
            goal: "≥ 4 ×",
        };
        let text = line.to_string();
        assert!(text.starts_with("RATIO  a against b "), "{text}");
        assert_eq!(text.split('|').count(), HEADING.split('|').count());
        assert!(text.contains("5.00 ×"), "{text}");
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![]), 0.0);
        assert_eq!(times(1.0, 0.0), "none");
    }
}
