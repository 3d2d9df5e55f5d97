//! The data of DNS records as people write it.

use nexus_sdk::api::{parse_rdata, present_rdata};
use nexus_types::decode;
use nexus_types::encoding::encode;
use nexus_types::rrset::{RData, RRset, RecordType};

use super::Target;
use crate::vectors;

pub(super) const TARGET: Target = Target {
    name: "rdata",
    run,
    seeds,
    mutation: None,
    max_len: 1024,
};

fn run(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    // As an encoded set: what decodes can be shown, and what is shown is read as the same.
    if let Ok(set) = decode::<RRset>(bytes) {
        for data in set.records.as_slice() {
            same_again(set.rtype, data);
        }
    }
    // As text.
    let Ok(text) = core::str::from_utf8(bytes) else {
        return;
    };
    let rtype = RecordType::ALL[usize::from(*kind) % RecordType::ALL.len()];
    if let Ok(data) = parse_rdata(rtype, text) {
        assert_eq!(
            decode::<RData>(&encode(&data)).as_ref(),
            Ok(&data),
            "its encoding"
        );
        same_again(rtype, &data);
    }
}

fn same_again(rtype: RecordType, data: &RData) {
    if data.rtype() != rtype {
        return;
    }
    let text = present_rdata(data);
    let again = parse_rdata(rtype, &text);
    assert_eq!(
        again.as_ref().ok(),
        Some(data),
        "{text:?} is read as {again:?}"
    );
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let texts = [
        "192.0.2.1",
        "2001:db8::1",
        "mail.alice.demo.example.",
        "10 mail.example.",
        "\"v=spf1 -all\" \"a\\\"b\\\\c\\007\"",
        "1 2 443 host.example.",
        "0 issue \"ca.example\"",
        "3 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "1 . alpn=h2,h3 port=443 ipv4hint=192.0.2.1",
        "4 2 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    ];
    for kind in 0..12_u8 {
        seeds.extend(texts.map(|text| [&[kind], text.as_bytes()].concat()));
    }
    let objects = vectors::bytes_named(&vectors::json("objects.json"), "bytes");
    let sets = objects
        .into_iter()
        .filter(|bytes| decode::<RRset>(bytes).is_ok());
    seeds.extend(sets.map(|bytes| [&[0], bytes.as_slice()].concat()));
    seeds
}
