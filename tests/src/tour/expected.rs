//! Comparing what a command printed with what a document says.

use std::fmt;

/// Stands for any text within a line; alone on a line, for any lines.
const WILDCARDS: [&str; 2] = ["…", "[..]"];

/// The first expected line that was not there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mismatch {
    expected: Option<String>,
    actual: Option<String>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.expected, &self.actual) {
            (Some(expected), Some(actual)) => {
                write!(f, "expected: {expected}\nprinted:  {actual}")
            }
            (Some(expected), None) => write!(f, "expected: {expected}\nprinted:  nothing more"),
            (None, actual) => write!(
                f,
                "the document says nothing of: {}",
                actual.as_deref().unwrap_or_default()
            ),
        }
    }
}

/// Compares line by line. White space at line ends and empty lines at both ends of the output do not count.
pub(super) fn compare(expected: &[String], printed: &str) -> Result<(), Mismatch> {
    let expected = without_margins(expected.iter().map(|line| line.trim_end()).collect());
    let printed = without_margins(printed.lines().map(str::trim_end).collect());
    lines(&expected, &printed)
}

fn without_margins(mut lines: Vec<&str>) -> Vec<&str> {
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    let first = lines.iter().position(|line| !line.is_empty());
    lines.drain(..first.unwrap_or(0));
    lines
}

fn lines(mut expected: &[&str], mut printed: &[&str]) -> Result<(), Mismatch> {
    while let Some((wanted, rest)) = expected.split_first() {
        if WILDCARDS.contains(&wanted.trim()) {
            // The shortest run of lines behind which the rest fits.
            let fits = (0..=printed.len()).find(|skip| lines(rest, &printed[*skip..]).is_ok());
            return match fits {
                Some(_) => Ok(()),
                None => Err(Mismatch {
                    expected: rest.first().map(|line| (*line).to_owned()),
                    actual: printed.last().map(|line| (*line).to_owned()),
                }),
            };
        }
        match printed.split_first() {
            Some((line, more)) if fits(wanted, line) => {
                (expected, printed) = (rest, more);
            }
            other => {
                return Err(Mismatch {
                    expected: Some((*wanted).to_owned()),
                    actual: other.map(|(line, _)| (*line).to_owned()),
                });
            }
        }
    }
    match printed.first() {
        None => Ok(()),
        Some(line) => Err(Mismatch {
            expected: None,
            actual: Some((*line).to_owned()),
        }),
    }
}

/// Whether a line is what was wanted, wildcards standing for anything.
fn fits(wanted: &str, line: &str) -> bool {
    let split = WILDCARDS
        .iter()
        .filter_map(|wildcard| wanted.split_once(wildcard))
        .min_by_key(|(before, _)| before.len());
    let Some((before, after)) = split else {
        return wanted == line;
    };
    let Some(rest) = line.strip_prefix(before) else {
        return false;
    };
    let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    ends.into_iter().any(|at| fits(after, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(expected: &str, printed: &str) -> Result<(), String> {
        let expected: Vec<String> = expected.lines().map(str::to_owned).collect();
        compare(&expected, printed).map_err(|mismatch| mismatch.to_string())
    }

    #[test]
    fn text_must_be_the_same_but_for_margins() {
        assert_eq!(compared("one\ntwo\n", "\none  \ntwo\n\n"), Ok(()));
        assert!(
            compared("one", "two")
                .unwrap_err()
                .contains("printed:  two")
        );
        assert!(
            compared("one\ntwo", "one")
                .unwrap_err()
                .contains("nothing more")
        );
        assert!(
            compared("one", "one\ntwo")
                .unwrap_err()
                .contains("says nothing of: two")
        );
        assert_eq!(compared("", ""), Ok(()));
        assert!(compared("", "surprise").is_err());
    }

    #[test]
    fn wildcards_stand_for_text_in_a_line() {
        assert_eq!(
            compared("tx … at height [..]", "tx 0a1b at height 12"),
            Ok(())
        );
        assert_eq!(compared("…done", "half done, now done"), Ok(()));
        assert!(compared("tx … at height 1", "tx 0a1b at height 12").is_err());
        assert!(compared("tx … here", "nothing here").is_err());
        assert_eq!(compared("é…", "éü"), Ok(()));
    }

    #[test]
    fn a_wildcard_line_stands_for_any_lines() {
        assert_eq!(compared("first\n…\nlast", "first\nlast"), Ok(()));
        assert_eq!(
            compared("first\n  [..]\nlast", "first\na\nlast\nb\nlast"),
            Ok(())
        );
        assert_eq!(compared("first\n…", "first\na\nb"), Ok(()));
        let wrong = compared("first\n…\nlast", "first\na\nb").unwrap_err();
        assert!(wrong.contains("expected: last"), "{wrong}");
    }
}
