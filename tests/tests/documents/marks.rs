//! The parts of a document that are made of code, between `<!-- generated: NAME -->` and `<!-- end -->`.

use nexus_tests::programs::checkout;
use std::collections::BTreeMap;
use std::fs;

const END: &str = "<!-- end -->";

fn begin(name: &str) -> String {
    format!("<!-- generated: {name} -->")
}

/// Compares each part with what it should be; writes them instead where `UPDATE_DOCS` is set.
///
/// # Panics
/// Where a part differs, is missing, or stands there and is made of nothing.
pub(crate) fn hold(document: &str, parts: &BTreeMap<String, String>) {
    let path = checkout().join(document);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{document}: {error}"));
    let made = filled(&text, parts).unwrap_or_else(|what| panic!("{document}: {what}"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &made).unwrap_or_else(|error| panic!("{document}: {error}"));
        return;
    }
    let differs = text
        .lines()
        .zip(made.lines())
        .find(|(is, shall)| is != shall);
    assert_eq!(
        text, made,
        "{document} is not what the code says, first in {differs:?}: UPDATE_DOCS=1 writes it again"
    );
}

/// The document with its parts as they should be.
fn filled(text: &str, parts: &BTreeMap<String, String>) -> Result<String, String> {
    let marks = text.matches("<!-- generated: ").count();
    if marks != parts.len() {
        return Err(format!(
            "{marks} parts are marked, {} are made",
            parts.len()
        ));
    }
    let mut made = text.to_owned();
    for (name, part) in parts {
        let mark = begin(name);
        let (before, rest) = made
            .split_once(&mark)
            .ok_or_else(|| format!("no part is marked {mark}"))?;
        let (_, after) = rest
            .split_once(END)
            .ok_or_else(|| format!("{mark} has no end"))?;
        made = format!("{before}{mark}\n{}\n{END}{after}", part.trim_end());
    }
    Ok(made)
}

#[test]
fn a_part_is_replaced_and_nothing_else() {
    let parts = BTreeMap::from([(String::from("a"), String::from("new\n"))]);
    let text = "before\n<!-- generated: a -->\nold\n<!-- end -->\nafter\n";
    assert_eq!(
        filled(text, &parts).as_deref(),
        Ok("before\n<!-- generated: a -->\nnew\n<!-- end -->\nafter\n")
    );
    for broken in [
        "before\nafter\n",
        "<!-- generated: b -->\n<!-- end -->\n",
        "<!-- generated: a -->\n",
        "<!-- generated: a -->\n<!-- end -->\n<!-- generated: c -->\n<!-- end -->\n",
    ] {
        assert!(filled(broken, &parts).is_err(), "{broken}");
    }
}
