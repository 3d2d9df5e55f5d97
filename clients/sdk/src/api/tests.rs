//! The JSON forms: one spelling out, strict parameters in.

use super::*;
use nexus_types::rrset::RecordType;
use nexus_types::{Code, Hash, IdentityId};
use serde_json::{from_value, json, to_value};

mod governance;
mod hosting;
mod mail;
mod money;
mod names;

#[test]
fn a_misspelt_parameter_is_refused() {
    let error = from_value::<HeightParams>(json!({"heigth": "7"})).unwrap_err();
    assert!(
        error.to_string().contains("unknown field `heigth`"),
        "{error}"
    );
    let error = from_value::<SubscribeEventsParams>(json!({"filter": {"imvus": []}})).unwrap_err();
    assert!(
        error.to_string().contains("unknown field `imvus`"),
        "{error}"
    );
    assert!(from_value::<NoParams>(json!({"at": "1"})).is_err());
}

#[test]
fn numbers_leave_as_decimal_strings_and_come_in_as_either() {
    let height: HeightParams = from_value(json!({"height": 7})).unwrap();
    assert_eq!(height, from_value(json!({"height": "7"})).unwrap());
    assert_eq!(to_value(&height).unwrap(), json!({"height": "7"}));
    let largest = WireU64::from(u64::MAX);
    assert_eq!(to_value(largest).unwrap(), json!("18446744073709551615"));
    assert_eq!(
        from_value::<WireU64>(json!("18446744073709551615")).unwrap(),
        largest
    );
    for wrong in [
        json!("-1"),
        json!("+1"),
        json!("07"),
        json!(""),
        json!("18446744073709551616"),
        json!(1.5),
        json!(" 1"),
    ] {
        assert!(from_value::<WireU64>(wrong.clone()).is_err(), "{wrong}");
    }
    assert!(
        from_value::<WireHash>(json!(7)).is_err(),
        "a number is no hash"
    );
}

#[test]
fn heights_have_two_names() {
    assert_eq!(from_value::<At>(json!("latest")).unwrap(), At::Latest);
    assert_eq!(from_value::<At>(json!("provable")).unwrap(), At::Provable);
    assert_eq!(from_value::<At>(json!("12")).unwrap(), At::Height(12));
    assert_eq!(to_value(At::Height(12)).unwrap(), json!("12"));
    assert!(from_value::<At>(json!("newest")).is_err());
}

#[test]
fn names_are_canonical_once_read() {
    let params: ResolveDomainParams = from_value(json!({"name": "WWW.Example.COM."})).unwrap();
    assert_eq!(params.name.to_string(), "www.example.com");
    for wrong in ["a\\.b.example", "imvu\u{3002}world.example", "one"] {
        assert!(
            from_value::<ResolveDomainParams>(json!({"name": wrong})).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn a_wrong_value_is_repeated_only_in_part() {
    let error = from_value::<WireImvu>(json!("x".repeat(5_000))).unwrap_err();
    assert!(error.to_string().len() < 400, "{error}");
}

#[test]
fn every_code_of_law_and_interface_is_explained_once() {
    let numbers: Vec<u32> = codes::all().map(|each| each.code.code).collect();
    assert_eq!(
        numbers.len(),
        Code::all().count() + codes::InterfaceCode::ALL.len()
    );
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
    let quota = codes::explain(2015).unwrap();
    assert_eq!((quota.code.name.as_str(), quota.gate), ("NX2015", Some(15)));
    assert!(quota.remedy.contains("nexus approve sign"));
    let pruned = codes::explain(3002).unwrap();
    assert_eq!((pruned.layer, pruned.gate), (codes::Layer::Interface, None));
    assert_eq!(codes::explain(9), None);
    assert_eq!(codes::parse_code("NX2015"), Some(2015));
    assert_eq!(codes::parse_code("nx2015"), codes::parse_code("2015"));
    assert_eq!(codes::parse_code("20155"), None);
    assert_eq!(codes::parse_code("+201"), None);
}

#[test]
fn methods_are_unique() {
    let mut names: Vec<&str> = METHODS.iter().map(|method| method.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), METHODS.len());
}

#[test]
fn record_data_reads_as_it_is_written() {
    let cases = [
        (RecordType::A, "192.0.2.7", "192.0.2.7"),
        (RecordType::Aaaa, "2001:DB8::7", "2001:db8::7"),
        (RecordType::Cname, "Www.Example.com", "www.example.com."),
        (
            RecordType::Mx,
            "10  mail.example.com.",
            "10 mail.example.com.",
        ),
        (RecordType::Txt, "v=spf1 -all", "\"v=spf1 -all\""),
        (
            RecordType::Txt,
            r#""a\"b\\c" "\000\255""#,
            r#""a\"b\\c" "\000\255""#,
        ),
        (
            RecordType::Srv,
            "0 5 5060 sip.example.com",
            "0 5 5060 sip.example.com.",
        ),
        (
            RecordType::Caa,
            "128 issue \"ca.example.net; x=1\"",
            "128 issue \"ca.example.net; x=1\"",
        ),
        (RecordType::Tlsa, "3 1 1 AB CD", "3 1 1 abcd"),
        (RecordType::Sshfp, "4 2 00ff", "4 2 00ff"),
        (
            RecordType::Https,
            "1 . alpn=h2,h3 port=8443",
            "1 . alpn=h2,h3 port=8443",
        ),
        (
            RecordType::Https,
            "1 . ipv6hint=2001:db8::1 ipv4hint=192.0.2.1,192.0.2.2",
            "1 . ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1",
        ),
        (
            RecordType::Svcb,
            "0 svc.example.com. key667=\"a b\\\"c\"",
            "0 svc.example.com. key667=\"a b\\\"c\"",
        ),
        (RecordType::Ptr, "host.example.com", "host.example.com."),
    ];
    for (rtype, text, shown) in cases {
        let data = parse_rdata(rtype, text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
        assert_eq!(data.rtype(), rtype);
        assert_eq!(present_rdata(&data), shown);
        assert_eq!(parse_rdata(rtype, shown).unwrap(), data, "{shown}");
    }
}

#[test]
fn wrong_record_data_says_the_form_wanted() {
    let cases = [
        (RecordType::A, "192.0.2"),
        (RecordType::A, "192.0.2.1 192.0.2.2"),
        (RecordType::Mx, "mail.example.com"),
        (RecordType::Mx, "70000 mail.example.com"),
        (RecordType::Txt, "\"open"),
        (RecordType::Txt, "\"a\" b"),
        (RecordType::Caa, "1 issue x"),
        (RecordType::Tlsa, "3 1 1 abc"),
        (RecordType::Https, "1 . port=70000"),
        (RecordType::Https, "1 . port=1 port=2"),
        (RecordType::Https, "1"),
    ];
    for (rtype, text) in cases {
        let fault = parse_rdata(rtype, text).unwrap_err();
        assert!(matches!(fault, RDataFault::Form { .. }), "{text}: {fault}");
    }
    assert!(matches!(
        parse_rdata(RecordType::Cname, "local"),
        Err(RDataFault::Name { .. })
    ));
    let long = "x".repeat(255 * 40);
    assert!(matches!(
        parse_rdata(RecordType::Txt, &long),
        Err(RDataFault::TooLong { .. })
    ));
}

#[test]
fn a_preimage_survives_json_and_refuses_another_order() {
    use nexus_tree::app_hash::AppHashPreimage;
    use nexus_tree::log::LogHead;
    let head = |size| LogHead {
        size,
        root: [size as u8; 32],
    };
    let preimage = AppHashPreimage {
        constants: [1; 32],
        delay_profile: [2; 32],
        state_root: [3; 32],
        logs: [head(4), head(5), head(6), head(7), head(8)],
    };
    let mut view: PreimageView =
        from_value(to_value(PreimageView::from(&preimage)).unwrap()).unwrap();
    assert_eq!(AppHashPreimage::try_from(&view), Ok(preimage));
    view.logs.swap(0, 1);
    assert_eq!(AppHashPreimage::try_from(&view), Err(ProofFault::Logs));
}

#[test]
fn a_refusal_carries_each_gate_and_the_reason_by_name() {
    use nexus_types::verdict::{GateOutcome, ZoneFault};
    use nexus_types::{ActionKind, Gate, Outcome, Reason, Subject, Verdict};
    let verdict = Verdict {
        code: Code::RefusedBy(Gate::DnsAuthority),
        tx: Hash([1; 32]),
        actor: IdentityId(Hash([2; 32])),
        action: ActionKind::SetRecords,
        subject: Subject::Chain,
        imvu: None,
        before: Hash([0; 32]),
        gates: vec![
            GateOutcome {
                gate: Gate::IdentityBinding,
                outcome: Outcome::Passed,
            },
            GateOutcome {
                gate: Gate::DnsAuthority,
                outcome: Outcome::Refused(Reason::Zone(ZoneFault::CnameAtApex)),
            },
        ],
        rule: None,
    };
    let json = to_value(VerdictView::from(&verdict)).unwrap();
    assert_eq!(json["code"], 2004);
    assert_eq!(json["name"], "NX2004");
    assert_eq!(json["gates"][0]["passed"], true);
    assert_eq!(json["gates"][1]["reason"]["name"], "zone.cnameAtApex");
    assert_eq!(json["reason"]["text"], "a CNAME cannot stand at the apex");
    assert_eq!(
        from_value::<VerdictView>(json).unwrap(),
        VerdictView::from(&verdict)
    );
}
