//! The canonicaliser of names: whoever could spell one name twice could own it twice.

use nexus_types::encoding::encode;
use nexus_types::name::NameFault;
use nexus_types::{Name, decode};

use super::Target;
use crate::vectors;

pub(super) const TARGET: Target = Target {
    name: "name",
    run,
    seeds,
    mutation: None,
    max_len: 300,
};

fn run(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else {
        return;
    };
    let parsed = Name::parse(text);
    // Case is no difference, and neither is the one dot that ends an absolute name.
    assert_eq!(Name::parse(&text.to_ascii_uppercase()), parsed);
    assert_eq!(Name::parse(&text.to_ascii_lowercase()), parsed);
    if !text.ends_with('.') && text.len() < 253 {
        assert_eq!(Name::parse(&format!("{text}.")), parsed);
    }
    match parsed {
        Ok(name) => named(text, &name),
        Err(NameFault::International) => panic!("{text:?}: a fault of platform names only"),
        Err(_) => {}
    }
}

fn named(text: &str, name: &Name) {
    let canonical = name.as_str();
    assert_eq!(Name::parse(canonical).as_ref(), Ok(name), "not idempotent");
    assert_eq!(
        canonical,
        text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase()
    );
    assert!(canonical.len() <= 253 && name.label_count() >= 2);
    let spelled = encode(name);
    assert_eq!(decode::<Name>(&spelled).as_ref(), Ok(name), "its encoding");
    // Any other spelling of it is no encoding.
    if text != canonical {
        let other = encode(&String::from(text));
        assert!(
            decode::<Name>(&other).is_err(),
            "{text:?} decodes as {canonical:?}"
        );
    }
    for label in name.labels() {
        assert!((1..=63).contains(&label.len()));
        if let Some(rest) = label.strip_prefix("xn--") {
            let points = punycode(rest).unwrap_or_else(|| panic!("{label}: no punycode"));
            assert!(
                points.iter().any(|point| !point.is_ascii()),
                "{label}: nothing international"
            );
        }
    }
    if let Some(parent) = name.parent() {
        assert!(name.is_below(&parent) && !parent.is_at_or_below(name));
        assert_eq!(
            Name::parse(parent.as_str()),
            Ok(parent),
            "a parent is a name"
        );
    }
    if name.check_platform_name().is_ok() {
        assert!(name.check_apex().is_ok() && name.check_host().is_ok());
    }
}

/// RFC 3492 §6.2 once more, straight from the paper and with wide numbers, to compare with.
fn punycode(input: &str) -> Option<Vec<char>> {
    let (basic, extended) = input.rsplit_once('-').unwrap_or(("", input));
    let mut points: Vec<u64> = basic.bytes().map(u64::from).collect();
    let (mut n, mut i, mut bias) = (128_u64, 0_u64, 72_u64);
    let mut digits = extended.bytes().peekable();
    while digits.peek().is_some() {
        let (old, mut weight) = (i, 1_u64);
        for step in 1.. {
            let digit = match digits.next()? {
                letter @ b'a'..=b'z' => u64::from(letter - b'a'),
                number @ b'0'..=b'9' => u64::from(number - b'0') + 26,
                _ => return None,
            };
            i = i.checked_add(digit.checked_mul(weight)?)?;
            let threshold = (36_u64 * step).saturating_sub(bias).clamp(1, 26);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(36 - threshold)?;
        }
        let length = points.len() as u64 + 1;
        let mut delta = if old == 0 {
            (i - old) / 700
        } else {
            (i - old) / 2
        };
        delta += delta / length;
        let mut rounds = 0;
        while delta > 455 {
            delta /= 35;
            rounds += 36;
        }
        bias = rounds + 36 * delta / (delta + 38);
        n += i / length;
        i %= length;
        points.insert(usize::try_from(i).ok()?, n);
        i += 1;
    }
    points
        .into_iter()
        .map(|point| char::from_u32(u32::try_from(point).ok()?))
        .collect()
}

fn seeds() -> Vec<Vec<u8>> {
    let file = vectors::json("names.json");
    let cases = file["cases"].as_array().expect("cases");
    let texts = cases.iter().filter_map(|case| case["text"].as_str());
    let mut seeds: Vec<Vec<u8>> = texts.map(|text| text.as_bytes().to_vec()).collect();
    let more = [
        "xn--bcher-kva.example",
        "xn--wgv71a119e.xn--wgv71a",
        "a.xn--mgberp4a5d4ar",
        "_dmarc.alice.demo.example",
        "*.alice.demo.example",
        "xn--a-ecp.ru",
        "xn--.example",
        "xn---.example",
        "ab--c.example",
    ];
    seeds.extend(more.map(|text| text.as_bytes().to_vec()));
    seeds.retain(|seed| seed.len() <= TARGET.max_len);
    seeds
}
