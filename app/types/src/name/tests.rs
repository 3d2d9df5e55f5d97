use super::*;
use crate::encoding::{DecodeError, decode, encode};
use proptest::prelude::*;

#[test]
fn one_name_has_one_spelling() {
    for text in [
        "IMVU042.Example",
        "imvu042.example",
        "imvu042.example.",
        "imvu042.EXAMPLE.",
    ] {
        assert_eq!(Name::parse(text).unwrap().as_str(), "imvu042.example");
    }
}

#[test]
fn spellings_that_could_be_a_second_key_are_refused() {
    for (text, fault) in [
        ("imvu-a\u{3002}world", NameFault::Character),
        ("imvu-a\\.world", NameFault::Character),
        ("imvu-a\\046world.example", NameFault::Character),
        ("imvu a.world", NameFault::Character),
        ("imvu-a.world..", NameFault::EmptyLabel),
        (".world.example", NameFault::EmptyLabel),
        ("a..world", NameFault::EmptyLabel),
        ("-a.world", NameFault::Hyphen),
        ("a-.world", NameFault::Hyphen),
        ("ab--c.world", NameFault::Punycode),
        ("xn--.world", NameFault::Hyphen),
        ("xn--99999999999.world", NameFault::Punycode),
        ("a.123", NameFault::NumericTop),
        ("world", NameFault::TooFewLabels),
        ("a.*.world", NameFault::Wildcard),
        ("a*.world", NameFault::Wildcard),
        ("", NameFault::EmptyLabel),
    ] {
        assert_eq!(Name::parse(text), Err(fault), "{text}");
    }
    assert_eq!(
        Name::parse(&format!("{}.world", "a".repeat(64))),
        Err(NameFault::LabelTooLong)
    );
    assert_eq!(
        Name::parse(&vec!["a".repeat(63); 4].join(".")),
        Err(NameFault::TooLong)
    );
}

#[test]
fn a_labels_are_those_that_decode_and_re_encode_identically() {
    // RFC 3492 §7.1 samples (lower-cased) and common names.
    for rest in [
        "bcher-kva",
        "mnchen-3ya",
        "egbpdaj6bu4bxfgehfvwxn",
        "ihqwcrb4cv8a8dqg056pqjye",
        "80ak6aa92e",
        "ls8h",
    ] {
        assert!(punycode::is_a_label(rest), "{rest}");
    }
    for rest in ["", "-", "abc-", "bcher-kv", "99999999999"] {
        assert!(!punycode::is_a_label(rest), "{rest}");
    }
}

#[test]
fn ancestry_respects_label_borders() {
    let apex = Name::parse("a.world").unwrap();
    assert!(Name::parse("x.a.world").unwrap().is_below(&apex));
    assert!(!Name::parse("xa.world").unwrap().is_at_or_below(&apex));
    assert!(!apex.is_below(&apex));
    assert_eq!(
        Name::parse("x.a.world").unwrap().parent(),
        Some(apex.clone())
    );
    assert_eq!(apex.parent(), None);
}

proptest! {
    #[test]
    fn what_parses_decodes_from_its_own_bytes_only(text in "[A-Za-z0-9_*.-]{0,80}") {
        if let Ok(name) = Name::parse(&text) {
            prop_assert_eq!(&Name::parse(name.as_str()).unwrap(), &name);
            prop_assert_eq!(&decode::<Name>(&encode(&name)).unwrap(), &name);
            if name.as_str() != text {
                prop_assert_eq!(decode::<Name>(&encode(&text)), Err(DecodeError::NotCanonical));
            }
        }
    }

    #[test]
    fn no_text_panics_the_canonicaliser(text in ".{0,300}") {
        let _ = Name::parse(&text);
    }
}
