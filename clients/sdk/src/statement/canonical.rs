//! Canonical JSON (RFC 8785) of what a statement holds: texts, whole numbers, truth values, lists, objects.

use serde_json::Value;

/// The one canonical text of a value: members ascending by name, no blank.
#[must_use]
pub fn canonical_text(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            // UTF-16 code units, as RFC 8785 §3.2.3 asks.
            members.sort_by_key(|(name, _)| name.encode_utf16().collect::<Vec<u16>>());
            let members = members.into_iter().map(|(name, value)| {
                let name = Value::String(name.clone());
                format!("{name}:{}", canonical_text(value))
            });
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical_text).collect();
            format!("[{}]", items.join(","))
        }
        plain => plain.to_string(),
    }
}
