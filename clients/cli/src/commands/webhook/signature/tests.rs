//! Headers, good and bad.

use super::*;

const NOW: u64 = 1_767_225_600;
const BODY: &[u8] = br#"{"id":"evt_1"}"#;

fn secrets(text: &str) -> Secrets {
    Secrets::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn ours() -> Secrets {
    secrets("whsec_0123456789abcdef\n")
}

fn verify(header: &str, now: u64) -> Result<(), Fault> {
    ours().verify(header, BODY, now)
}

#[test]
fn the_header_is_the_one_that_openssl_makes() {
    // printf '1767225600.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_0123456789abcdef
    let hex = "ffc78581be44d2a6839318f4bc2a763bd44c8b0acf595e90f290be114a84a5f0";
    assert_eq!(ours().sign(BODY, NOW), format!("t={NOW},v1={hex}"));
}

#[test]
fn a_delivery_counts_for_five_minutes_to_both_sides() {
    let header = ours().sign(BODY, NOW);
    for now in [NOW, NOW + TOLERANCE_S, NOW - TOLERANCE_S] {
        assert_eq!(verify(&header, now), Ok(()));
    }
    assert_eq!(verify(&header, NOW + 301), Err(Fault::Stale(301)));
    assert_eq!(verify(&header, NOW - 301), Err(Fault::Ahead(301)));
    // The time is signed: nobody dates an old delivery anew.
    let newer = header.replace(&format!("t={NOW}"), &format!("t={}", NOW + 301));
    assert_eq!(verify(&newer, NOW + 301), Err(Fault::Mismatch));
}

#[test]
fn another_body_or_another_secret_is_not_believed() {
    let header = ours().sign(BODY, NOW);
    let changed = br#"{"id":"evt_2"}"#;
    assert_eq!(ours().verify(&header, changed, NOW), Err(Fault::Mismatch));
    let other = secrets("whsec_fedcba9876543210").sign(BODY, NOW);
    assert_eq!(verify(&other, NOW), Err(Fault::Mismatch));
    // A shorter signature is none, not even the empty one.
    assert_eq!(verify(&format!("t={NOW},v1="), NOW), Err(Fault::Mismatch));
    let short = header.get(..header.len() - 2).expect("a header");
    assert_eq!(verify(short, NOW), Err(Fault::Mismatch));
}

#[test]
fn secrets_change_without_a_gap() {
    let old = ours().sign(BODY, NOW);
    let new = secrets("whsec_fedcba9876543210");
    let both = secrets("whsec_fedcba9876543210\nwhsec_0123456789abcdef\n");
    // The provider signs with both; either side may know one.
    let signed = both.sign(BODY, NOW);
    assert_eq!(signed.matches("v1=").count(), 2);
    assert_eq!(verify(&signed, NOW), Ok(()));
    assert_eq!(new.verify(&signed, BODY, NOW), Ok(()));
    // This side knows both; the provider signs with one.
    assert_eq!(both.verify(&old, BODY, NOW), Ok(()));
    assert_eq!(new.verify(&old, BODY, NOW), Err(Fault::Mismatch));
}

#[test]
fn a_header_is_read_as_it_is_meant_and_no_further() {
    let header = ours().sign(BODY, NOW);
    let (time, signature) = header.split_once(',').expect("two parts");
    let hex = signature.strip_prefix("v1=").expect("a signature");
    for good in [
        format!("{time},v1={}", hex.to_uppercase()),
        format!("{signature}, {time}"),
        format!("{time},v0=abc,v2=whatever,{signature}"),
        format!("{time},v1={},{signature}", "00".repeat(32)),
    ] {
        assert_eq!(verify(&good, NOW), Ok(()), "{good}");
    }
    for bad in [
        String::new(),
        String::from(hex),
        String::from(signature),
        String::from(time),
        format!("t=,{signature}"),
        format!("t=-{NOW},{signature}"),
        format!("t=+{NOW},{signature}"),
        format!("t={NOW}.5,{signature}"),
        format!("t={},{signature}", "9".repeat(30)),
        format!("{time},{time},{signature}"),
        format!("{time},v1={hex}0"),
        format!("{time},v1=0x{hex}"),
        format!("{time}{}", ",v1=00".repeat(MAX_SIGNATURES + 1)),
    ] {
        assert!(
            matches!(verify(&bad, NOW), Err(Fault::Malformed(_))),
            "{bad}"
        );
    }
}

#[test]
fn a_secret_has_a_length() {
    for bad in ["", "\n \n", "short", "whsec_0123456789abcdef\nshort"] {
        assert!(Secrets::parse(bad).is_err(), "{bad}");
    }
    assert!(Secrets::parse(&"whsec_0123456789abcdef\n".repeat(MAX_SECRETS + 1)).is_err());
}
