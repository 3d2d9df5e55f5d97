use super::*;
use crate::encoding::{DecodeError, decode, encode};
use crate::rrset::RData;

/// A 2048-bit key that `openssl rsa -pubout -outform DER` wrote.
const OPENSSL: &str = "30820122300d06092a864886f70d01010105000382010f003082010a0282010100a982bf2a6b63b82d23bc16db93c6863aeb84b6becc9660f6cbe4ea00d9f6775c2db8b136f3194fbcf05adc6bcb732b25625cd85fdb4806fea069d0c694efd267ee0b80618aba2e7f75c27663f0cd22058ad0f53e1904314dfa11c8e14ff3713e035f255b310e15c735a6d9984b583f75d1acc68f3ab7115fdd57e6399ce6809206a9b73fbfbc27156923ce6a49dbe6afd5b95cc691be214e44685f563e6c659d9d8e1390850467d447b1d2e50d29ccc15e8eb1ac2657aaf860d0d36fbb555fbff69a3c622524e7e67e5f28b50b4f3250d69b650830f7a813353d58ad84528221cdf311ce682bbb014690a4a0816e99e366b2cb3dc14515ca9aa36efbe3ba8d3f0203010001";

fn bytes_of(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn published(key: &DkimPublicKey, revoked: bool) -> Vec<Vec<u8>> {
    let rrset = key.rrset(revoked).unwrap();
    match rrset.records.as_slice() {
        [RData::Txt(strings)] => {
            let strings = strings.as_slice().iter();
            strings.map(|string| string.as_slice().to_vec()).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_rsa_key_as_openssl_writes_it_is_read_and_no_other_bytes_are() {
    let der = bytes_of(OPENSSL);
    let key = RsaKey::new(&der).unwrap();
    assert_eq!((key.bits(), key.as_slice()), (2_048, &der[..]));
    assert_eq!(decode::<RsaKey>(&encode(&key)), Ok(key));
    for at in 0..der.len() - 1 {
        assert!(RsaKey::new(&der[..at]).is_err(), "cut at {at}");
    }
    // The DER around the modulus: each of its bits counts. Behind it, an even modulus or exponent is none.
    for at in (0..32).chain([289, 290]) {
        let mut other = der.clone();
        other[at] ^= 4;
        assert_eq!(
            RsaKey::new(&other).err(),
            Some(DecodeError::NotCanonical),
            "byte {at}"
        );
    }
    let mut even = der.clone();
    even[288] &= !1;
    assert!(RsaKey::new(&even).is_err(), "an even modulus");
    let mut longer = der;
    longer.push(0);
    assert!(RsaKey::new(&longer).is_err(), "a byte behind it");
}

#[test]
fn an_rsa_key_of_fewer_bits_is_none() {
    let mut der = bytes_of(OPENSSL);
    // The modulus's highest bit.
    let at = der.len() - 256 - 5;
    assert!(der[at] > 0x7f);
    der[at] &= 0x7f;
    assert_eq!(RsaKey::new(&der).err(), Some(DecodeError::NotCanonical));
}

#[test]
fn a_key_is_published_in_strings_that_a_record_can_hold_and_revoked_with_an_empty_p() {
    let rsa = DkimPublicKey::Rsa(RsaKey::new(&bytes_of(OPENSSL)).unwrap());
    let strings = published(&rsa, false);
    let lengths: Vec<usize> = strings.iter().map(Vec::len).collect();
    assert_eq!(lengths, [255, 155]);
    let text = String::from_utf8(strings.concat()).unwrap();
    assert!(text.starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"));
    assert!(text.ends_with("IDAQAB"));
    assert_eq!(published(&rsa, true), [b"v=DKIM1; k=rsa; p=".to_vec()]);
}

#[test]
fn the_key_of_rfc_8463_is_published_as_it_says() {
    // RFC 8463, appendix A.2.
    let public = bytes_of("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    let key = DkimPublicKey::Ed25519(crate::KeyBytes(public.try_into().unwrap()));
    let text = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    assert_eq!(published(&key, false), [text.as_bytes().to_vec()]);
}

#[test]
fn a_selector_is_one_lower_case_label() {
    for good in ["a", "nx1-202601r", "0"] {
        assert_eq!(Selector::new(good).unwrap().as_str(), good);
    }
    for bad in ["", "A", "a.b", "-a", "a-", "a_b", "ä"] {
        assert!(Selector::new(bad).is_err(), "{bad}");
    }
    assert!(Selector::new(&"a".repeat(63)).is_ok());
    assert_eq!(
        Selector::new(&"a".repeat(64)).err(),
        Some(DecodeError::TooLong)
    );
    let domain = Name::parse("shop.example").unwrap();
    let owner = Selector::new("nx1").unwrap().owner(&domain).unwrap();
    assert_eq!(owner.as_str(), "nx1._domainkey.shop.example");
}

#[test]
fn a_commitment_depends_on_salt_and_address_and_is_not_a_secrets_hash() {
    let one = commitment(&[1; 32], "ann@shop.example");
    assert_ne!(one, commitment(&[2; 32], "ann@shop.example"));
    assert_ne!(one, commitment(&[1; 32], "bob@shop.example"));
    assert_ne!(commitment(&[1; 32], ""), secret_hash(&[1; 32]));
}
