//! Where two statements differ.

use super::canonical::canonical_text;
use serde_json::Value;
use std::fmt;

/// The first member in which two statements differ, in the order of the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Where: a JSON pointer (RFC 6901); empty for the whole.
    pub pointer: String,
    /// What the first has there; none if it has nothing.
    pub first: Option<String>,
    /// What the second has there; none if it has nothing.
    pub second: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pointer = if self.pointer.is_empty() {
            "the whole text"
        } else {
            &self.pointer
        };
        let shown = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(
            f,
            "{pointer}: the first has {}, the second has {}",
            shown(&self.first),
            shown(&self.second)
        )
    }
}

/// The first member in which two statements differ; none if they are the same to the last byte.
#[must_use]
pub fn compare(first: &str, second: &str) -> Option<Difference> {
    if first == second {
        return None;
    }
    let whole = || Difference {
        pointer: String::new(),
        first: Some(first.to_owned()),
        second: Some(second.to_owned()),
    };
    let parsed = |text| serde_json::from_str::<Value>(text).ok();
    match (parsed(first), parsed(second)) {
        // Same members in another spelling: only the whole texts show it.
        (Some(a), Some(b)) => Some(differ(String::new(), Some(&a), Some(&b)).unwrap_or_else(whole)),
        _ => Some(whole()),
    }
}

fn differ(pointer: String, first: Option<&Value>, second: Option<&Value>) -> Option<Difference> {
    match (first, second) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let mut names: Vec<&String> = a.keys().chain(b.keys()).collect();
            names.sort();
            names.dedup();
            names.into_iter().find_map(|name| {
                let escaped = name.replace('~', "~0").replace('/', "~1");
                differ(format!("{pointer}/{escaped}"), a.get(name), b.get(name))
            })
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => (0..a.len().max(b.len()))
            .find_map(|index| differ(format!("{pointer}/{index}"), a.get(index), b.get(index))),
        (a, b) if a == b => None,
        (a, b) => Some(Difference {
            pointer,
            first: a.map(canonical_text),
            second: b.map(canonical_text),
        }),
    }
}
