use super::{Anchor, AnchorError, AnchorPoint, validator_set};
use nexus_types::Hash;

const KEY: &str = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";

fn parse(rest: &str) -> Result<Anchor, AnchorError> {
    let head = format!(r#"{{"chain_id":"c","genesis_hash":"{}""#, "ab".repeat(32));
    Anchor::parse(format!("{head}{rest}}}").as_bytes())
}

fn genesis(power: &str) -> String {
    format!(
        r#","genesis_time":"2026-01-01T00:00:00Z","validators":[{{"pubkey":"{KEY}","power":{power}}}]"#
    )
}

#[test]
fn both_forms_are_read_and_written() {
    let first = parse(&genesis("10")).unwrap();
    assert_eq!(parse(&genesis("\"10\"")).unwrap(), first);
    let AnchorPoint::Genesis { validators, .. } = &first.point else {
        panic!("not the genesis form");
    };
    assert_eq!(validators.total_voting_power().value(), 10);
    let second = parse(&format!(r#","height":"7","hash":"{}""#, "cd".repeat(32))).unwrap();
    let hash = Hash([0xcd; 32]);
    assert_eq!(second.point, AnchorPoint::Block { height: 7, hash });
    for anchor in [first, second] {
        assert_eq!(
            Anchor::parse(anchor.to_json().unwrap().as_bytes()).unwrap(),
            anchor
        );
    }
}

#[test]
fn an_anchor_that_is_half_or_double_is_refused() {
    let time = r#","genesis_time":"2026-01-01T00:00:00Z""#;
    let height = r#","height":"7""#;
    let both = format!("{}{height}", genesis("10"));
    for wrong in ["", time, height, &both] {
        assert!(matches!(parse(wrong), Err(AnchorError::Form(_))), "{wrong}");
    }
    assert!(matches!(parse(r#","more":1"#), Err(AnchorError::Json(_))));
    let long = " ".repeat(super::MAX_ANCHOR_BYTES + 1);
    assert!(matches!(
        Anchor::parse(long.as_bytes()),
        Err(AnchorError::TooLarge)
    ));
}

#[test]
fn validators_without_power_or_with_too_much_are_refused() {
    let none = genesis("10").replace(&format!(r#"{{"pubkey":"{KEY}","power":10}}"#), "");
    for wrong in [genesis("0"), genesis("18446744073709551615"), none] {
        assert!(
            matches!(parse(&wrong), Err(AnchorError::Value { .. })),
            "{wrong}"
        );
    }
    assert!(validator_set(std::iter::empty()).is_err());
}
