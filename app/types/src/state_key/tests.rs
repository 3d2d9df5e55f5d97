use super::*;
use crate::mail::Selector;

fn hex(key: &StateKey) -> String {
    key.as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn keys_are_frozen() {
    let id = IdentityId(Hash([0xaa; 32]));
    let imvu_id = ImvuId::new("IMVU-042").unwrap();
    let name = Name::parse("a.example").unwrap();
    let aa = "aa".repeat(32);
    assert_eq!(hex(&chain()), "01");
    assert_eq!(hex(&clock()), "02");
    assert_eq!(hex(&identity(&id)), format!("10{aa}"));
    assert_eq!(hex(&nonce(&id, 3)), format!("11{aa}03"));
    assert_eq!(hex(&spent(&id)), format!("12{aa}"));
    assert_eq!(hex(&unattested_spent()), "13");
    assert_eq!(hex(&officers()), "18");
    assert_eq!(hex(&attesters()), "19");
    assert_eq!(hex(&jurisdictions()), "1a");
    assert_eq!(hex(&apexes()), "1b");
    assert_eq!(hex(&imvu(&imvu_id)), "20494d56552d303432");
    assert_eq!(hex(&path_policy(&imvu_id)), "21494d56552d303432");
    let prefix = "10.0.0.0/8".parse().unwrap();
    assert_eq!(
        hex(&route(&imvu_id, &prefix)),
        "2208000000494d56552d303432000a00000008"
    );
    assert_eq!(hex(&collection(CollectionKind::Notices, None)), "230200");
    assert_eq!(
        hex(&collection(CollectionKind::Audit, Some(&imvu_id))),
        "23000108000000494d56552d303432"
    );
    assert_eq!(hex(&domain(&name)), "30612e6578616d706c65");
    assert_eq!(hex(&name_count(&name)), "31612e6578616d706c65");
    assert_eq!(hex(&zone(&name)), "32612e6578616d706c65");
    assert_eq!(hex(&zone_index(&name)), "33612e6578616d706c65");
    assert_eq!(
        hex(&name_count_of(&name, &imvu_id)),
        "3509000000612e6578616d706c6508000000494d56552d303432"
    );
    let encoded = "09000000612e6578616d706c65";
    assert_eq!(
        hex(&rrset(&name, &name, RecordType::Txt)),
        format!("34{encoded}{encoded}04")
    );
    assert_eq!(hex(&proposal(&id.0)), format!("40{aa}"));
    assert_eq!(hex(&approval(&id.0)), format!("41{aa}"));
    assert!(hex(&timed(258, &TimedItem::ExpireProposal(id.0))).starts_with("500000000000000102"));
    assert_eq!(hex(&preapproved(&name)), "51612e6578616d706c65");
    let host_id = HostId::new("host-1").unwrap();
    assert_eq!(hex(&host(&host_id)), "60686f73742d31");
    assert_eq!(hex(&agent(&id)), format!("61{aa}"));
    let meter_id = MeterId::new("meter-1").unwrap();
    assert_eq!(hex(&meter(&meter_id)), "626d657465722d31");
    let key = crate::crypto::KeyBytes([0xaa; 32]);
    assert_eq!(hex(&meter_key(&key)), format!("63{aa}"));
    assert_eq!(hex(&slot(&host_id, 258)), "6406000000686f73742d3100000102");
    assert_eq!(hex(&placement(&imvu_id)), "65494d56552d303432");
    let item = Item::Imvu(imvu_id.clone());
    assert_eq!(
        hex(&assignment(&host_id, AgentKind::Network, &item)),
        "6606000000686f73742d31010008000000494d56552d303432"
    );
    assert_eq!(hex(&metering(&imvu_id)), "67494d56552d303432");
    let encoded = "08000000494d56552d303432";
    assert_eq!(hex(&exit(&imvu_id)), "b0494d56552d303432");
    assert_eq!(hex(&imvu_names(&imvu_id)), "b1494d56552d303432");
    assert_eq!(hex(&consents(&imvu_id, &id.0)), format!("90{encoded}{aa}"));
    assert_eq!(
        hex(&erasure(&imvu_id, &id.0, 258)),
        format!("91{encoded}{aa}0000000000000102")
    );
    assert_eq!(
        hex(&stay(&imvu_id, &host_id)),
        format!("92{encoded}06000000686f73742d31")
    );
    assert_eq!(hex(&snapshots(&imvu_id)), "93494d56552d303432");
    assert_eq!(
        hex(&snapshot(&imvu_id, 258)),
        "94494d56552d303432000000000000000102"
    );
    assert_eq!(hex(&mail_book(&imvu_id)), "80494d56552d303432");
    assert_eq!(hex(&mail_index(&imvu_id)), "81494d56552d303432");
    assert_eq!(hex(&mail_address(&id.0)), format!("82{aa}"));
    assert_eq!(hex(&mail_route(&name)), "83612e6578616d706c65");
    let selector = Selector::new("nx1").unwrap();
    assert_eq!(
        hex(&dkim_key(&name, &selector)),
        "8409000000612e6578616d706c65030000006e7831"
    );
    let encoded = "08000000494d56552d303432";
    assert_eq!(
        hex(&mail_credential(&imvu_id, &id.0)),
        format!("85{encoded}{aa}")
    );
    assert_eq!(hex(&mail_cursor(&imvu_id, &id)), format!("86{encoded}{aa}"));
    let own = "09000000612e6578616d706c65";
    assert_eq!(
        hex(&external_claim(&name, &imvu_id)),
        format!("36{own}{encoded}")
    );
    assert_eq!(hex(&external_name(&name)), "376578616d706c652e61");
    assert_eq!(hex(&child_grant(&name)), "38612e6578616d706c65");
    assert_eq!(hex(&delegation(&name)), "39612e6578616d706c65");
    assert_eq!(hex(&transfer_key(&name)), "3a612e6578616d706c65");
}

#[test]
fn external_names_below_one_stand_together_and_no_others_among_them() {
    let name = |text: &str| Name::parse(text).unwrap();
    let (from, to) = external_names_below(&name("imvu.world"));
    for below in ["a.imvu.world", "b.a.imvu.world", "9.imvu.world"] {
        let key = external_name(&name(below));
        assert!(from <= key && key < to, "{below}");
    }
    for other in [
        "imvu.world",
        "imvu-a.world",
        "imvu0.world",
        "a.imvv.world",
        "a.world",
    ] {
        let key = external_name(&name(other));
        assert!(key < from || to <= key, "{other}");
    }
    let (from, to) = external_claims_of(&name("imvu.world"));
    let whose = |text: &str| ImvuId::new(text).unwrap();
    let own = external_claim(&name("imvu.world"), &whose("IMVU-042"));
    let other = external_claim(&name("imvu.worlds"), &whose("IMVU-042"));
    assert!(from <= own && own < to && !(from <= other && other < to));
}

#[test]
fn timed_keys_sort_by_due_and_the_range_ends_after_it() {
    let item = TimedItem::ForgetApproval(Hash([1; 32]));
    let (from, to) = timed_range(1000);
    assert!(timed(5, &item) < timed(1000, &item));
    assert!(from < timed(0, &item) && timed(1000, &item) < to && timed(1001, &item) > to);
}

#[test]
fn every_kind_has_its_own_byte() {
    let mut bytes: Vec<u8> = KeyKind::ALL.iter().map(|kind| kind.byte()).collect();
    bytes.sort_unstable();
    bytes.dedup();
    assert_eq!(bytes.len(), KeyKind::ALL.len());
}

#[test]
fn ranges_hold_exactly_what_they_are_of() {
    let host_id = HostId::new("host-1").unwrap();
    let (imvu_id, next) = (
        ImvuId::new("IMVU-1").unwrap(),
        ImvuId::new("IMVU-2").unwrap(),
    );
    let item = Item::Imvu(imvu_id.clone());
    let (from, to) = assignments_of(&host_id, AgentKind::Compute);
    let inside = assignment(&host_id, AgentKind::Compute, &item);
    let outside = assignment(&host_id, AgentKind::Network, &item);
    assert!(from <= inside && inside < to && to <= outside);
    let (from, to) = consents_of(&imvu_id);
    let last = consents(&imvu_id, &Hash([0xff; 32]));
    assert!(from < consents(&imvu_id, &Hash::default()) && last < to);
    assert!(to <= consents(&next, &Hash::default()));
    let (from, to) = snapshots_of(&imvu_id);
    assert!(from < snapshot(&imvu_id, 0) && snapshot(&imvu_id, u64::MAX) < to);
    assert!(to <= snapshot(&next, 0));
    let longer = ImvuId::new("IMVU-10").unwrap();
    assert!(
        to <= snapshot(&longer, 0)
            && consents_of(&imvu_id).1 <= consents(&longer, &Hash::default())
    );
    let (from, to) = routes_of(&imvu_id);
    let any: Prefix = "::/0".parse().unwrap();
    assert!(from <= route(&imvu_id, &any) && route(&imvu_id, &any) < to);
    assert!(to <= route(&next, &any));
}

#[test]
fn keys_of_any_length_are_their_bytes_and_in_their_order() {
    let long: Vec<u8> = (0..=255).collect();
    let mut last: Option<StateKey> = None;
    for len in 0..=long.len() {
        let bytes = long.get(..len).unwrap().to_vec();
        let key = StateKey::from_bytes(bytes.clone());
        assert_eq!(key.as_bytes(), bytes);
        assert_eq!(key.clone().into_bytes(), bytes);
        assert!(last.replace(key.clone()).is_none_or(|last| last < key));
        let made = KeyKind::Payment.key(&bytes);
        assert_eq!(
            (made.kind(), made.id()),
            (Some(KeyKind::Payment), &bytes[..])
        );
        assert_eq!(StateKey::from_bytes(made.as_bytes().to_vec()), made);
    }
}
