//! A zone in the master file format (RFC 1035 §5), as BIND and its tools read it.

use nexus_sdk::api::{RRsetView, ZoneView};
use nexus_types::rrset::RecordType;

/// Seconds in the SOA of an export: refresh, retry, expire, negative caching. RIPE-203's advice, shortened where a file
/// that is served once needs no more.
const SOA_TIMERS: &str = "3600 900 1209600 300";

/// RFC 2606: names that exist nowhere. The platform's own servers are not part of what the creator wrote.
const PLACEHOLDER: &str = "ns.invalid.";

/// The zone as a file that `named-checkzone` takes; none if a record's text is more than one line of printable ASCII: a
/// node that says so means to put directives into the file.
pub(crate) fn export(zone: &ZoneView) -> Option<String> {
    let printable = |text: &String| text.bytes().all(|byte| matches!(byte, 0x20..=0x7e));
    let texts = |set: &RRsetView| {
        set.rtype.parse::<RecordType>().is_ok() && set.records.iter().all(printable)
    };
    if !zone.records.iter().all(texts) {
        return None;
    }
    let apex = &zone.apex;
    let mut lines = vec![
        format!(
            "; zone {apex} of {}, {} record sets, root {}",
            zone.imvu, zone.sets, zone.root
        ),
        format!(
            "; SOA and NS are placeholders ({PLACEHOLDER} is RFC 2606): put your own servers' names there."
        ),
        format!("$ORIGIN {apex}."),
        format!(
            "@ 300 IN SOA {PLACEHOLDER} hostmaster.invalid. {} {SOA_TIMERS}",
            serial(zone.serial.0)
        ),
        format!("@ 300 IN NS {PLACEHOLDER}"),
    ];
    lines.extend(zone.records.iter().flat_map(set));
    lines.push(String::new());
    Some(lines.join("\n"))
}

fn set(set: &RRsetView) -> Vec<String> {
    set.records
        .iter()
        .map(|data| format!("{}. {} IN {} {data}", set.owner, set.ttl, set.rtype))
        .collect()
}

/// SOA serials have 32 bits (RFC 1982); a height is far from that, and wraps as serials do.
fn serial(height: u64) -> u32 {
    u32::try_from(height & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_sdk::api::{Wire, parse_rdata, present_rdata};
    use nexus_types::encoding::Set;
    use nexus_types::rrset::RRset;
    use nexus_types::{Hash, ImvuId, Name};

    fn zone(records: Vec<RRsetView>) -> ZoneView {
        ZoneView {
            apex: Wire(Name::parse("imvu042.example").unwrap()),
            imvu: Wire(ImvuId::new("IMVU-042").unwrap()),
            serial: Wire(u64::from(u32::MAX) + 8),
            sets: records.len() as u32,
            root: Wire(Hash::default()),
            records,
        }
    }

    fn rrset(owner: &str, rtype: RecordType, data: &[&str]) -> RRsetView {
        let records = data.iter().map(|one| parse_rdata(rtype, one).unwrap());
        let rrset = RRset {
            rtype,
            ttl: 300,
            records: Set::new(records.collect()).unwrap(),
        };
        RRsetView::new(&Name::parse(owner).unwrap(), &rrset)
    }

    #[test]
    fn every_type_is_one_line_a_record_under_the_apex() {
        let records = vec![
            rrset(
                "imvu042.example",
                RecordType::Mx,
                &["10 mail.imvu042.example"],
            ),
            rrset("imvu042.example", RecordType::Txt, &["\"v=spf1 -all\""]),
            rrset(
                "www.imvu042.example",
                RecordType::A,
                &["192.0.2.8", "192.0.2.7"],
            ),
        ];
        let file = export(&zone(records)).unwrap();
        let lines: Vec<&str> = file.lines().collect();
        assert_eq!(lines[2], "$ORIGIN imvu042.example.");
        assert!(
            lines[3].contains(" SOA ns.invalid. hostmaster.invalid. 7 "),
            "{}",
            lines[3]
        );
        assert_eq!(
            lines[5],
            "imvu042.example. 300 IN MX 10 mail.imvu042.example."
        );
        assert_eq!(lines[6], "imvu042.example. 300 IN TXT \"v=spf1 -all\"");
        assert_eq!(lines[7], "www.imvu042.example. 300 IN A 192.0.2.7");
        assert_eq!(lines[8], "www.imvu042.example. 300 IN A 192.0.2.8");
        assert_eq!(lines.len(), 9);
    }

    #[test]
    fn a_lying_node_puts_no_directive_into_the_file() {
        let honest = rrset("www.imvu042.example", RecordType::A, &["192.0.2.7"]);
        for (rtype, data) in [
            ("A", "192.0.2.7\n$INCLUDE /etc/shadow"),
            ("A\n$GENERATE 1-9 x A 192.0.2.7", "192.0.2.7"),
        ] {
            let mut forged = honest.clone();
            forged.rtype = String::from(rtype);
            forged.records = vec![String::from(data)];
            assert_eq!(export(&zone(vec![forged])), None);
        }
        assert!(export(&zone(vec![honest])).is_some());
    }

    #[test]
    fn record_data_is_read_as_it_is_shown_for_every_type() {
        let cases = [
            (RecordType::A, "192.0.2.7"),
            (RecordType::Aaaa, "2001:db8::7"),
            (RecordType::Cname, "www.example.com."),
            (RecordType::Mx, "10 mail.example.com."),
            (RecordType::Txt, "\"one two\" \"three \\\"quoted\\\"\""),
            (RecordType::Srv, "1 2 443 host.example.com."),
            (RecordType::Caa, "0 issue \"ca.example.net\""),
            (
                RecordType::Tlsa,
                "3 1 1 0011223344556677889900112233445566778899001122334455667788990011",
            ),
            (
                RecordType::Sshfp,
                "4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789",
            ),
            (RecordType::Https, "1 . alpn=\"h2\""),
            (RecordType::Svcb, "0 other.example.com."),
            (RecordType::Ptr, "host.example.com."),
        ];
        for (rtype, text) in cases {
            let data =
                parse_rdata(rtype, text).unwrap_or_else(|fault| panic!("{rtype} {text}: {fault}"));
            let shown = present_rdata(&data);
            assert_eq!(parse_rdata(rtype, &shown), Ok(data), "{rtype} {shown}");
        }
    }

    /// BIND's own checker, where it is installed (Debian: bind9-utils).
    #[test]
    fn bind_loads_an_export_with_every_type() {
        use std::io::Write;
        let sha256 = "0123456789abcdef".repeat(4);
        let owner = |label: &str| format!("{label}.imvu042.example");
        let records = vec![
            rrset(
                "imvu042.example",
                RecordType::Mx,
                &["10 mail.imvu042.example."],
            ),
            rrset(
                "imvu042.example",
                RecordType::Txt,
                &["\"v=spf1 -all\" \"a; \\\"b\\\"\""],
            ),
            rrset(
                "imvu042.example",
                RecordType::Caa,
                &["128 issue \"ca.example.net\""],
            ),
            rrset(&owner("mail"), RecordType::A, &["192.0.2.8"]),
            rrset(&owner("mail"), RecordType::Aaaa, &["2001:db8::7"]),
            rrset(&owner("www"), RecordType::Cname, &["mail.imvu042.example."]),
            rrset(
                &owner("_sip._tcp"),
                RecordType::Srv,
                &["1 2 5060 mail.imvu042.example."],
            ),
            rrset(
                &owner("_25._tcp.mail"),
                RecordType::Tlsa,
                &[&format!("3 1 1 {sha256}")],
            ),
            rrset(
                &owner("mail"),
                RecordType::Sshfp,
                &[&format!("4 2 {sha256}")],
            ),
            rrset(&owner("web"), RecordType::Https, &["1 . alpn=\"h2\""]),
            rrset(
                &owner("_dns"),
                RecordType::Svcb,
                &["1 mail.imvu042.example. alpn=\"dot\""],
            ),
            rrset(
                &owner("pointer"),
                RecordType::Ptr,
                &["mail.imvu042.example."],
            ),
            rrset(&owner("*"), RecordType::A, &["192.0.2.9"]),
        ];
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(export(&zone(records)).unwrap().as_bytes())
            .unwrap();
        let mut command = std::process::Command::new("named-checkzone");
        match command.arg("imvu042.example").arg(file.path()).output() {
            Ok(checked) => assert!(checked.status.success(), "{checked:?}"),
            Err(_) => {
                let mut stderr = std::io::stderr();
                writeln!(stderr, "SKIPPED: bind_loads_an_export_with_every_type: named-checkzone is not installed").unwrap();
            }
        }
    }
}
