//! Batches, the cache and single verification must never disagree.

use curve25519_dalek_ng::constants::{ED25519_BASEPOINT_POINT as B, EIGHT_TORSION};
use curve25519_dalek_ng::edwards::EdwardsPoint;
use curve25519_dalek_ng::scalar::Scalar;
use ed25519_consensus::{SigningKey, VerificationKeyBytes};
use nexus_abci::sigs::{
    CachedSigs, MAX_BATCH, SigCache, SigCheck, SigItem, verify_many, verify_many_on, verify_single,
};
use proptest::prelude::*;
use sha2::{Digest, Sha512};

/// The group's order ℓ, little-endian: the smallest `s` that is not canonical.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

fn signer(seed: u8) -> SigningKey {
    SigningKey::from([seed; 32])
}

fn signed(seed: u8, message: [u8; 32]) -> SigItem {
    let key = signer(seed);
    SigItem {
        key: VerificationKeyBytes::from(&key).to_bytes(),
        message,
        signature: key.sign(&message).to_bytes(),
    }
}

fn singly(items: &[SigItem]) -> Vec<bool> {
    items
        .iter()
        .map(|item| verify_single(&item.key, &item.message, &item.signature))
        .collect()
}

fn joined(r: [u8; 32], s: [u8; 32]) -> [u8; 64] {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r);
    signature[32..].copy_from_slice(&s);
    signature
}

/// All 14 encodings of the 8 points of small order: 8 canonical and 6 that are not.
fn small_order_encodings() -> Vec<[u8; 32]> {
    let field = |low: u8, high: u8| {
        let mut bytes = [0xff; 32];
        bytes[0] = low;
        bytes[31] = high;
        bytes
    };
    let mut negative_one = [0; 32];
    negative_one[0] = 1;
    negative_one[31] = 0x80;
    let mut all: Vec<[u8; 32]> = EIGHT_TORSION
        .iter()
        .map(|point| point.compress().to_bytes())
        .collect();
    all.extend([
        negative_one,      // y = 1 with the sign of a zero x
        field(0xee, 0x7f), // y = p + 1
        field(0xee, 0xff),
        field(0xec, 0xff), // y = −1 with the sign of a zero x
        field(0xed, 0x7f), // y = p
        field(0xed, 0xff),
    ]);
    all
}

/// A signature whose key and nonce point carry components of small order: good under ZIP-215's
/// cofactored equation only.
fn mixed_order(secret: u64, key_torsion: EdwardsPoint, r_torsion: EdwardsPoint) -> SigItem {
    let message = [secret.to_le_bytes()[0]; 32];
    let (a, r) = (Scalar::from(secret), Scalar::from(secret + 1_000));
    let key = (B * a + key_torsion).compress().to_bytes();
    let nonce = (B * r + r_torsion).compress().to_bytes();
    let hash = Sha512::new()
        .chain_update(nonce)
        .chain_update(key)
        .chain_update(message)
        .finalize();
    let k = Scalar::from_bytes_mod_order_wide(&hash.into());
    SigItem {
        key,
        message,
        signature: joined(nonce, (r + k * a).to_bytes()),
    }
}

#[test]
fn zip215_accepts_every_small_order_pair_singly_and_batched() {
    let encodings = small_order_encodings();
    let mut items = Vec::new();
    for key in &encodings {
        for nonce in &encodings {
            items.push(SigItem {
                key: *key,
                message: [0x5a; 32],
                signature: joined(*nonce, [0; 32]),
            });
        }
    }
    assert_eq!(items.len(), 14 * 14);
    assert_eq!(singly(&items), vec![true; items.len()]);
    assert_eq!(verify_many(&items), vec![true; items.len()]);
}

#[test]
fn zip215_accepts_mixed_order_keys_and_nonces_singly_and_batched() {
    let mut items = Vec::new();
    for (secret, (key_torsion, r_torsion)) in EIGHT_TORSION
        .iter()
        .flat_map(|key| EIGHT_TORSION.iter().map(move |nonce| (*key, *nonce)))
        .enumerate()
    {
        items.push(mixed_order(secret as u64 + 1, key_torsion, r_torsion));
    }
    assert_eq!(singly(&items), vec![true; 64]);
    assert_eq!(verify_many(&items), vec![true; 64]);
}

#[test]
fn non_canonical_s_and_points_off_the_curve_are_refused_singly_and_batched() {
    let good = signed(1, [1; 32]);
    let s = Scalar::from_bits(good.signature[32..].try_into().unwrap());
    let mut s_plus_order = [0_u8; 32];
    let mut carry = 0_u16;
    for (index, byte) in s_plus_order.iter_mut().enumerate() {
        let sum = u16::from(s.as_bytes()[index]) + u16::from(ORDER[index]) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    let nonce: [u8; 32] = good.signature[..32].try_into().unwrap();
    let mut off_curve = [0; 32];
    off_curve[0] = 2; // y = 2 has no x
    let bad = [
        SigItem {
            signature: joined(nonce, s_plus_order),
            ..good.clone()
        },
        SigItem {
            signature: joined(small_order_encodings()[0], ORDER),
            ..good.clone()
        },
        SigItem {
            signature: joined(off_curve, [0; 32]),
            ..good.clone()
        },
        SigItem {
            key: off_curve,
            ..good.clone()
        },
        SigItem {
            message: [2; 32],
            ..good.clone()
        },
        SigItem {
            key: signed(2, [1; 32]).key,
            ..good.clone()
        },
    ];
    assert_eq!(singly(&bad), [false; 6]);
    assert_eq!(verify_many(&bad), [false; 6]);
    for one in bad {
        let pair = [good.clone(), one];
        assert_eq!(verify_many(&pair), [true, false]);
    }
}

#[test]
fn one_bad_signature_costs_only_its_own_item() {
    let mut items: Vec<SigItem> = (0..=255).map(|seed| signed(seed, [seed; 32])).collect();
    items.extend((0..=255).map(|seed| signed(seed, [7; 32])));
    items.extend((0..44).map(|seed| signed(seed, [8; 32])));
    assert!(items.len() > 2 * MAX_BATCH, "more than two batches");
    for bad in [0, MAX_BATCH - 1, MAX_BATCH, items.len() - 1] {
        let mut spoilt = items.clone();
        spoilt[bad].signature[0] ^= 1;
        let mut expected = vec![true; items.len()];
        expected[bad] = false;
        assert_eq!(verify_many(&spoilt), expected, "bad item {bad}");
    }
    assert_eq!(verify_many(&[]), Vec::<bool>::new());
}

#[test]
fn any_number_of_threads_gives_the_same_answers_in_the_same_order() {
    let mut items: Vec<SigItem> = (0..=255).map(|seed| signed(seed, [seed; 32])).collect();
    for message in [0xec, 0xed] {
        // Below 200, so that none is signed twice.
        items.extend((0..200).map(|seed| signed(seed, [message; 32])));
    }
    items.extend((0..200).map(|seed| signed(seed, [0xee; 32])));
    assert!(items.len() > 3 * MAX_BATCH, "more chunks than two threads");
    for bad in [0, 130, 131, 300, items.len() - 1] {
        items[bad].signature[40] ^= 1;
    }
    let expected = singly(&items);
    assert_eq!(expected.iter().filter(|good| !**good).count(), 5);
    for threads in [0, 1, 2, 3, 64] {
        assert_eq!(verify_many_on(&items, threads), expected, "{threads}");
        let sigs = CachedSigs::with_threads(SigCache::new(10_000), threads);
        assert_eq!(sigs.prewarm(&items), expected, "{threads}");
        assert_eq!(sigs.prewarm(&items), expected, "{threads}, remembered");
        assert_eq!(sigs.cache().len(), items.len() - 5, "{threads}");
    }
    assert_eq!(verify_many_on(&[], 4), Vec::<bool>::new());
}

#[test]
fn a_rotated_key_never_meets_a_stale_entry() {
    let sigs = CachedSigs::default();
    let before = signed(1, [9; 32]);
    assert_eq!(sigs.prewarm(std::slice::from_ref(&before)), [true]);
    assert!(sigs.check(&before.key, &before.message, &before.signature));

    // The identity rotates: state now resolves it to another key, the transaction is the same.
    let after = signed(2, [9; 32]);
    assert!(!sigs.check(&after.key, &before.message, &before.signature));
    assert!(!sigs.check(&before.key, &after.message, &after.signature));
    assert!(!sigs.check(&before.key, &[8; 32], &before.signature));
    assert_eq!(
        sigs.cache().len(),
        1,
        "only the good signature is remembered"
    );
}

#[test]
fn the_cache_stays_within_its_capacity_and_keeps_the_newest_half() {
    let sigs = CachedSigs::new(SigCache::new(10));
    let items: Vec<SigItem> = (0..40).map(|seed| signed(seed, [seed; 32])).collect();
    for (index, item) in items.iter().enumerate() {
        assert!(sigs.check(&item.key, &item.message, &item.signature));
        assert!(sigs.cache().len() <= 10);
        assert!(sigs.cache().len() >= (index + 1).min(5));
    }
    let off = CachedSigs::new(SigCache::new(0));
    assert_eq!(off.prewarm(&items), vec![true; 40]);
    assert!(off.cache().is_empty());
}

#[test]
fn prewarmed_signatures_are_shared_between_clones_and_threads() {
    let sigs = CachedSigs::default();
    let items: Vec<SigItem> = (0..200).map(|seed| signed(seed, [seed; 32])).collect();
    std::thread::scope(|scope| {
        for chunk in items.chunks(50) {
            let sigs = sigs.clone();
            scope.spawn(move || sigs.prewarm(chunk));
        }
    });
    assert_eq!(sigs.cache().len(), 200);
}

/// A pool of items, good and bad in every way that a transaction can show.
fn any_item() -> impl Strategy<Value = SigItem> {
    let torsion = || (0..8_usize).prop_map(|index| EIGHT_TORSION[index]);
    let encoding = || (0..14_usize).prop_map(|index| small_order_encodings()[index]);
    prop_oneof![
        4 => (0..6_u8, 0..4_u8).prop_map(|(seed, text)| signed(seed, [text; 32])),
        1 => (0..6_u8, 0..64_usize, 0..8).prop_map(|(seed, byte, bit)| {
            let mut item = signed(seed, [1; 32]);
            item.signature[byte] ^= 1_u8 << bit;
            item
        }),
        1 => (0..6_u8, 0..32_usize, 0..8).prop_map(|(seed, byte, bit)| {
            let mut item = signed(seed, [1; 32]);
            item.key[byte] ^= 1_u8 << bit;
            item
        }),
        1 => (1..50_u64, torsion(), torsion()).prop_map(|(s, a, r)| mixed_order(s, a, r)),
        1 => (encoding(), encoding(), any::<[u8; 32]>()).prop_map(|(key, nonce, message)| SigItem {
            key,
            message,
            signature: joined(nonce, [0; 32]),
        }),
        1 => (any::<[u8; 32]>(), any::<[u8; 32]>(), any::<[u8; 32]>(), any::<[u8; 32]>()).prop_map(
            |(key, message, r, s)| SigItem { key, message, signature: joined(r, s) }
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn batches_equal_singles(items in prop::collection::vec(any_item(), 0..40)) {
        prop_assert_eq!(verify_many(&items), singly(&items));
    }

    #[test]
    fn the_cache_on_off_or_evicting_gives_the_same_answers(
        rounds in prop::collection::vec((any::<bool>(), prop::collection::vec(any_item(), 0..12)), 1..6),
    ) {
        let caches = [0, 2, 7, 1_000].map(|capacity| CachedSigs::new(SigCache::new(capacity)));
        for (prewarm, items) in &rounds {
            let expected = singly(items);
            for sigs in &caches {
                if *prewarm {
                    prop_assert_eq!(&sigs.prewarm(items), &expected);
                }
                let answers: Vec<bool> = items
                    .iter()
                    .map(|item| sigs.check(&item.key, &item.message, &item.signature))
                    .collect();
                prop_assert_eq!(&answers, &expected);
            }
        }
    }
}
