use super::*;
use crate::encoding::decode;
use crate::ids::ChainId;
use alloc::vec;
use alloc::vec::Vec;

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn delegation(servers: &[&str]) -> Delegation {
    Delegation {
        servers: Set::new(servers.iter().map(|one| name(one)).collect()).unwrap(),
        ds: Set::default(),
        ttl: 3_600,
    }
}

#[test]
fn a_challenge_is_of_one_chain_imvu_name_nonce_and_expiry() {
    let chain = |text: &str| ChainId::new(text).unwrap();
    let imvu = |text: &str| ImvuId::new(text).unwrap();
    let one = |id: &str, whose: &str, of: &str, nonce: u8, expires: u64| {
        challenge(
            &chain(id),
            &imvu(whose),
            &name(of),
            &Hash([nonce; 32]),
            Time(expires),
        )
    };
    let own = one("nexus-test", "IMVU-042", "imvu042.world", 1, 7);
    // Frozen: creators have it in their zones.
    assert_eq!(
        own.to_string(),
        "4919edc0ab4784670857004adf2b939197950b8586183d6046818248b2fcdb43"
    );
    for other in [
        one("nexus-main", "IMVU-042", "imvu042.world", 1, 7),
        one("nexus-test", "IMVU-043", "imvu042.world", 1, 7),
        one("nexus-test", "IMVU-042", "imvu043.world", 1, 7),
        one("nexus-test", "IMVU-042", "imvu042.world", 2, 7),
        one("nexus-test", "IMVU-042", "imvu042.world", 1, 8),
    ] {
        assert_ne!(own, other);
    }
    assert_eq!(
        challenge_owner(&name("imvu042.world")),
        "_nexus-challenge.imvu042.world"
    );
}

#[test]
fn the_place_of_a_challenge_is_a_name_for_every_apex() {
    let longest = format!("{0}.{0}.{0}.{1}.world", "a".repeat(62), "b".repeat(5));
    let apex = name(&longest);
    assert!(apex.check_apex().is_ok() && longest.len() <= 200);
    assert!(Name::parse(&challenge_owner(&apex)).is_ok());
}

#[test]
fn a_delegation_names_servers_outside_of_its_name_and_digests_of_their_length() {
    let apex = name("alice.demo.example");
    assert!(delegation(&["ns1.elsewhere.test"]).is_sound(&apex));
    assert!(!delegation(&[]).is_sound(&apex));
    for inside in [
        "alice.demo.example",
        "ns1.alice.demo.example",
        "*.elsewhere.test",
    ] {
        assert!(!delegation(&["ns1.elsewhere.test", inside]).is_sound(&apex));
    }
    let mut low = delegation(&["ns1.elsewhere.test"]);
    low.ttl = 59;
    assert!(!low.is_sound(&apex));
    for (digest_type, length, sound) in [
        (2, 32, true),
        (4, 48, true),
        (1, 20, false),
        (2, 31, false),
        (4, 32, false),
    ] {
        let mut signed = delegation(&["ns1.elsewhere.test"]);
        let ds = Ds {
            key_tag: 1,
            algorithm: 15,
            digest_type,
            digest: Bytes::new(vec![7_u8; length]).unwrap(),
        };
        signed.ds = Set::new(vec![ds]).unwrap();
        assert_eq!(signed.is_sound(&apex), sound, "{digest_type} {length}");
    }
}

#[test]
fn a_delegation_has_one_spelling() {
    let both = encode(&delegation(&["a.elsewhere.test", "b.elsewhere.test"]));
    let other = {
        let names: Vec<Name> = vec![name("b.elsewhere.test"), name("a.elsewhere.test")];
        encode(&(names, Vec::<Ds>::new(), 3_600_u32))
    };
    assert!(decode::<Delegation>(&both).is_ok());
    assert!(decode::<Delegation>(&other).is_err());
}
