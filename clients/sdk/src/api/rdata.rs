//! Record data in presentation form (RFC 1035 §5.1, RFC 9460 §2.1), both ways.

use nexus_types::encoding::{Bytes, DecodeError, List, Text};
use nexus_types::rrset::{RData, RecordType, Service, SvcParam};
use nexus_types::{Name, NameFault};
use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use thiserror::Error;

/// Why a text is no data of a record type.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RDataFault {
    /// The text has not the fields of the type.
    #[error("{rtype} data must read: {expected}")]
    Form {
        /// The type.
        rtype: RecordType,
        /// The form wanted.
        expected: &'static str,
    },
    /// A name in it is no name.
    #[error("{rtype} data names a host that has {fault}")]
    Name {
        /// The type.
        rtype: RecordType,
        /// What is wrong with the name.
        fault: NameFault,
    },
    /// A part is longer than its bound.
    #[error("{rtype} data has a part that is longer than this network stores")]
    TooLong {
        /// The type.
        rtype: RecordType,
    },
}

/// The presentation form of a record's data. Names are absolute, with a closing dot.
pub fn present_rdata(data: &RData) -> String {
    match data {
        RData::A(octets) => Ipv4Addr::from(*octets).to_string(),
        RData::Aaaa(octets) => Ipv6Addr::from(*octets).to_string(),
        RData::Cname(name) | RData::Ptr(name) => format!("{name}."),
        RData::Mx {
            preference,
            exchange,
        } => format!("{preference} {exchange}."),
        RData::Txt(strings) => {
            let quoted = strings.as_slice().iter().map(|one| quote(one.as_slice()));
            quoted.collect::<Vec<_>>().join(" ")
        }
        RData::Srv {
            priority,
            weight,
            port,
            target,
        } => format!("{priority} {weight} {port} {target}."),
        RData::Caa {
            critical,
            tag,
            value,
        } => {
            let flags = if *critical { CAA_CRITICAL } else { 0 };
            format!("{flags} {tag} {}", quote(value.as_slice()))
        }
        RData::Tlsa {
            usage,
            selector,
            matching,
            data,
        } => format!(
            "{usage} {selector} {matching} {}",
            hex::encode(data.as_slice())
        ),
        RData::Sshfp {
            algorithm,
            kind,
            fingerprint,
        } => format!("{algorithm} {kind} {}", hex::encode(fingerprint.as_slice())),
        RData::Https(service) | RData::Svcb(service) => present_service(service),
    }
}

/// The critical bit of a CAA record's flags (RFC 8659 §4.1).
const CAA_CRITICAL: u8 = 128;
/// Octets of one character string (RFC 1035 §3.3).
const STRING_BYTES: usize = 255;
/// Keys of service parameters with a form of their own (RFC 9460 §14.3.2).
const ALPN: u16 = 1;
const NO_DEFAULT_ALPN: u16 = 2;
const PORT: u16 = 3;
const IPV4_HINT: u16 = 4;
const IPV6_HINT: u16 = 6;

fn quote(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for byte in bytes {
        match byte {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(*byte));
            }
            0x20..=0x7e => text.push(char::from(*byte)),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(text, "\\{byte:03}");
            }
        }
    }
    text.push('"');
    text
}

fn present_service(service: &Service) -> String {
    let target = service
        .target
        .as_ref()
        .map_or_else(|| String::from("."), |name| format!("{name}."));
    let mut text = format!("{} {target}", service.priority);
    for param in service.params.as_slice() {
        text.push(' ');
        text.push_str(&present_param(param.key, param.value.as_slice()));
    }
    text
}

/// The known form where the value has one, else the generic `keyN="…"`, which says any bytes.
fn present_param(key: u16, value: &[u8]) -> String {
    let known = match key {
        ALPN => alpn_text(value).map(|ids| format!("alpn={ids}")),
        NO_DEFAULT_ALPN if value.is_empty() => Some(String::from("no-default-alpn")),
        PORT => <[u8; 2]>::try_from(value)
            .ok()
            .map(|port| format!("port={}", u16::from_be_bytes(port))),
        IPV4_HINT => hints::<4>(value, |octets| Ipv4Addr::from(octets).to_string())
            .map(|list| format!("ipv4hint={list}")),
        IPV6_HINT => hints::<16>(value, |octets| Ipv6Addr::from(octets).to_string())
            .map(|list| format!("ipv6hint={list}")),
        _ => None,
    };
    known.unwrap_or_else(|| format!("key{key}={}", quote(value)))
}

fn alpn_text(mut value: &[u8]) -> Option<String> {
    let mut ids = Vec::new();
    while let Some((len, rest)) = value.split_first() {
        let (id, after) = rest.split_at_checked(usize::from(*len))?;
        let plain = !id.is_empty()
            && id
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'/'));
        if !plain {
            return None;
        }
        ids.push(String::from_utf8_lossy(id).into_owned());
        value = after;
    }
    (!ids.is_empty()).then(|| ids.join(","))
}

fn hints<const LEN: usize>(value: &[u8], show: fn([u8; LEN]) -> String) -> Option<String> {
    if value.is_empty() || !value.len().is_multiple_of(LEN) {
        return None;
    }
    let all = value
        .chunks_exact(LEN)
        .filter_map(|chunk| chunk.try_into().ok())
        .map(show);
    Some(all.collect::<Vec<_>>().join(","))
}

/// Reads the presentation form of one record's data. Names are taken as absolute, with or without a closing dot.
///
/// # Errors
/// [`RDataFault`], which says the form wanted.
pub fn parse_rdata(rtype: RecordType, text: &str) -> Result<RData, RDataFault> {
    let reader = Reader { rtype };
    let text = text.trim();
    let fields: Vec<&str> = text.split_ascii_whitespace().collect();
    match (rtype, fields.as_slice()) {
        (RecordType::A, [address]) => Ok(RData::A(
            reader
                .number::<Ipv4Addr>(address, "an IPv4 address")?
                .octets(),
        )),
        (RecordType::Aaaa, [address]) => Ok(RData::Aaaa(
            reader
                .number::<Ipv6Addr>(address, "an IPv6 address")?
                .octets(),
        )),
        (RecordType::Cname, [target]) => reader.name(target).map(RData::Cname),
        (RecordType::Ptr, [target]) => reader.name(target).map(RData::Ptr),
        (RecordType::Mx, [preference, exchange]) => Ok(RData::Mx {
            preference: reader.number(preference, MX_FORM)?,
            exchange: reader.name(exchange)?,
        }),
        (RecordType::Srv, [priority, weight, port, target]) => Ok(RData::Srv {
            priority: reader.number(priority, SRV_FORM)?,
            weight: reader.number(weight, SRV_FORM)?,
            port: reader.number(port, SRV_FORM)?,
            target: reader.name(target)?,
        }),
        (RecordType::Txt, _) => reader.txt(text),
        (RecordType::Caa, [flags, tag, ..]) => reader.caa(text, flags, tag),
        (RecordType::Tlsa, [usage, selector, matching, data @ ..]) => Ok(RData::Tlsa {
            usage: reader.number(usage, TLSA_FORM)?,
            selector: reader.number(selector, TLSA_FORM)?,
            matching: reader.number(matching, TLSA_FORM)?,
            data: reader.hex(data, TLSA_FORM)?,
        }),
        (RecordType::Sshfp, [algorithm, kind, fingerprint @ ..]) => Ok(RData::Sshfp {
            algorithm: reader.number(algorithm, SSHFP_FORM)?,
            kind: reader.number(kind, SSHFP_FORM)?,
            fingerprint: reader.hex(fingerprint, SSHFP_FORM)?,
        }),
        (RecordType::Https, _) => reader.service(text).map(RData::Https),
        (RecordType::Svcb, _) => reader.service(text).map(RData::Svcb),
        _ => Err(reader.form(form_of(rtype))),
    }
}

const MX_FORM: &str = "PREFERENCE HOST, such as 10 mail.example.com";
const SRV_FORM: &str = "PRIORITY WEIGHT PORT HOST, such as 0 5 5060 sip.example.com";
const TLSA_FORM: &str = "USAGE SELECTOR MATCHING HEX, such as 3 1 1 0123…";
const SSHFP_FORM: &str = "ALGORITHM TYPE HEX, such as 4 2 0123…";
const CAA_FORM: &str =
    "FLAGS TAG \"VALUE\" with flags 0 or 128, such as 0 issue \"ca.example.net\"";
const TXT_FORM: &str =
    "text, or strings in double quotes; inside quotes \\\" \\\\ and \\DDD are escapes";
const SVCB_FORM: &str =
    "PRIORITY TARGET [alpn=h2,h3] [port=N] [ipv4hint=…] [ipv6hint=…] [keyN=\"…\"], each key once";

fn form_of(rtype: RecordType) -> &'static str {
    match rtype {
        RecordType::A => "an IPv4 address",
        RecordType::Aaaa => "an IPv6 address",
        RecordType::Cname | RecordType::Ptr => "one name",
        RecordType::Mx => MX_FORM,
        RecordType::Txt => TXT_FORM,
        RecordType::Srv => SRV_FORM,
        RecordType::Caa => CAA_FORM,
        RecordType::Tlsa => TLSA_FORM,
        RecordType::Sshfp => SSHFP_FORM,
        RecordType::Https | RecordType::Svcb => SVCB_FORM,
    }
}

/// Reads parts of one record's data; knows the type for its errors.
#[derive(Clone, Copy)]
struct Reader {
    rtype: RecordType,
}

impl Reader {
    fn form(self, expected: &'static str) -> RDataFault {
        RDataFault::Form {
            rtype: self.rtype,
            expected,
        }
    }

    fn bounded<T>(self, value: Result<T, DecodeError>) -> Result<T, RDataFault> {
        value.map_err(|_| RDataFault::TooLong { rtype: self.rtype })
    }

    fn number<T: FromStr>(self, text: &str, expected: &'static str) -> Result<T, RDataFault> {
        text.parse().map_err(|_| self.form(expected))
    }

    fn name(self, text: &str) -> Result<Name, RDataFault> {
        Name::parse(text).map_err(|fault| RDataFault::Name {
            rtype: self.rtype,
            fault,
        })
    }

    fn hex<const MAX: usize>(
        self,
        parts: &[&str],
        expected: &'static str,
    ) -> Result<Bytes<MAX>, RDataFault> {
        match hex::decode(parts.concat()) {
            Ok(bytes) if !bytes.is_empty() => self.bounded(Bytes::new(bytes)),
            _ => Err(self.form(expected)),
        }
    }

    /// Quoted strings as they are; anything else is one text, cut into strings of 255 octets.
    fn txt(self, text: &str) -> Result<RData, RDataFault> {
        let strings = if text.starts_with('"') {
            quoted_strings(text).ok_or_else(|| self.form(TXT_FORM))?
        } else {
            text.as_bytes()
                .chunks(STRING_BYTES)
                .map(<[u8]>::to_vec)
                .collect()
        };
        let strings = strings
            .into_iter()
            .map(|one| self.bounded(Bytes::new(one)))
            .collect::<Result<Vec<_>, _>>()?;
        self.bounded(List::new(strings)).map(RData::Txt)
    }

    fn caa(self, text: &str, flags: &str, tag: &str) -> Result<RData, RDataFault> {
        let critical = match flags {
            "0" => false,
            "128" => true,
            _ => return Err(self.form(CAA_FORM)),
        };
        let value = after_fields(text, 2);
        let value = if value.starts_with('"') {
            match quoted_strings(value).as_deref() {
                Some([one]) => one.clone(),
                _ => return Err(self.form(CAA_FORM)),
            }
        } else {
            value.as_bytes().to_vec()
        };
        Ok(RData::Caa {
            critical,
            tag: self.bounded(Text::new(tag))?,
            value: self.bounded(Bytes::new(value))?,
        })
    }

    fn service(self, text: &str) -> Result<Service, RDataFault> {
        let fault = || self.form(SVCB_FORM);
        let mut words = split_params(text).ok_or_else(fault)?.into_iter();
        let priority = self.number(&words.next().ok_or_else(fault)?, SVCB_FORM)?;
        let target = match words.next().ok_or_else(fault)?.as_str() {
            "." => None,
            name => Some(self.name(name)?),
        };
        let mut params = words
            .map(|word| self.param(&word))
            .collect::<Result<Vec<_>, _>>()?;
        params.sort_by_key(|param| param.key);
        let twice = params
            .iter()
            .zip(params.iter().skip(1))
            .any(|(a, b)| a.key == b.key);
        if twice {
            return Err(fault());
        }
        Ok(Service {
            priority,
            target,
            params: self.bounded(List::new(params))?,
        })
    }

    fn param(self, word: &str) -> Result<SvcParam, RDataFault> {
        let fault = || self.form(SVCB_FORM);
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let value = match value.starts_with('"') {
            true => match quoted_strings(value).as_deref() {
                Some([one]) => one.clone(),
                _ => return Err(fault()),
            },
            false => value.as_bytes().to_vec(),
        };
        let (key, value) = param_bytes(key, value).ok_or_else(fault)?;
        Ok(SvcParam {
            key,
            value: self.bounded(Bytes::new(value))?,
        })
    }
}

fn param_bytes(key: &str, value: Vec<u8>) -> Option<(u16, Vec<u8>)> {
    if let Some(number) = key.strip_prefix("key") {
        return Some((number.parse().ok()?, value));
    }
    let text = String::from_utf8(value).ok()?;
    let items = text.split(',');
    Some(match key {
        "alpn" => (ALPN, alpn_bytes(items)?),
        "no-default-alpn" if text.is_empty() => (NO_DEFAULT_ALPN, Vec::new()),
        "port" => (PORT, text.parse::<u16>().ok()?.to_be_bytes().to_vec()),
        "ipv4hint" => {
            let all: Option<Vec<Ipv4Addr>> = items.map(|item| item.parse().ok()).collect();
            (IPV4_HINT, all?.iter().flat_map(Ipv4Addr::octets).collect())
        }
        "ipv6hint" => {
            let all: Option<Vec<Ipv6Addr>> = items.map(|item| item.parse().ok()).collect();
            (IPV6_HINT, all?.iter().flat_map(Ipv6Addr::octets).collect())
        }
        _ => return None,
    })
}

fn alpn_bytes<'a>(items: impl Iterator<Item = &'a str>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for id in items {
        bytes.push(u8::try_from(id.len()).ok().filter(|len| *len > 0)?);
        bytes.extend_from_slice(id.as_bytes());
    }
    Some(bytes)
}

/// What follows after `count` fields.
fn after_fields(text: &str, count: usize) -> &str {
    (0..count).fold(text.trim_start(), |rest, _| {
        rest.split_once(|each: char| each.is_ascii_whitespace())
            .map_or("", |(_, after)| after.trim_start())
    })
}

/// Words parted by white space outside of double quotes; the quotes stay.
fn split_params(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    let mut chars = text.chars();
    while let Some(each) = chars.next() {
        match each {
            '\\' => {
                word.push(each);
                word.push(chars.next()?);
            }
            '"' => {
                quoted = !quoted;
                word.push(each);
            }
            each if each.is_ascii_whitespace() && !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            each => word.push(each),
        }
    }
    if quoted {
        return None;
    }
    if !word.is_empty() {
        words.push(word);
    }
    Some(words)
}

/// Reads `"…" "…"` to the end; none if anything else stands there.
fn quoted_strings(text: &str) -> Option<Vec<Vec<u8>>> {
    let mut rest = text.trim();
    let mut strings = Vec::new();
    while !rest.is_empty() {
        let (string, after) = quoted_string(rest.strip_prefix('"')?)?;
        strings.push(string);
        rest = after.trim_start();
    }
    Some(strings)
}

/// Reads up to the closing quote; returns what follows it.
fn quoted_string(text: &str) -> Option<(Vec<u8>, &str)> {
    let mut bytes = Vec::new();
    let mut rest = text;
    loop {
        let mut chars = rest.chars();
        match chars.next()? {
            '"' => return Some((bytes, chars.as_str())),
            '\\' => {
                let (byte, after) = escape(chars.as_str())?;
                bytes.push(byte);
                rest = after;
            }
            plain => {
                bytes.extend_from_slice(plain.encode_utf8(&mut [0; 4]).as_bytes());
                rest = chars.as_str();
            }
        }
    }
}

fn escape(text: &str) -> Option<(u8, &str)> {
    let first = text.chars().next()?;
    if first.is_ascii_digit() {
        let (digits, after) = text.split_at_checked(3)?;
        let plain = digits.bytes().all(|digit| digit.is_ascii_digit());
        return plain
            .then(|| digits.parse().ok())
            .flatten()
            .map(|byte| (byte, after));
    }
    let after = text.get(first.len_utf8()..)?;
    u8::try_from(first).ok().map(|byte| (byte, after))
}
