//! Quantities as people write them: `8GiB`, `50Mbit`, `0.5` CPUs. Exact or refused, never rounded.

use thiserror::Error;

/// Why a text is no quantity.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum UnitFault {
    /// No number in front.
    #[error("{0:?} does not start with a number such as 4 or 0.5")]
    Number(String),
    /// A unit that is not known here.
    #[error("{unit:?} is no unit here; use one of {known}")]
    Unit {
        /// As given.
        unit: String,
        /// What is known.
        known: &'static str,
    },
    /// Not a whole number of the smallest unit.
    #[error("{0:?} is not a whole number of {1}")]
    Fraction(String, &'static str),
    /// More than 64 bits.
    #[error("{0:?} is too large")]
    TooLarge(String),
}

/// A unit and how many of the smallest it is.
pub(crate) type Unit = (&'static str, u64);

const BYTES: [Unit; 12] = [
    ("", 1),
    ("B", 1),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("PiB", 1 << 50),
];

const BITS: [Unit; 5] = [
    ("bit", 1),
    ("kbit", 1_000),
    ("Kbit", 1_000),
    ("Mbit", 1_000_000),
    ("Gbit", 1_000_000_000),
];

const CPUS: [Unit; 2] = [("", 1_000), ("m", 1)];

/// Thousandths of a CPU: `4`, `0.5`, `250m`.
pub(crate) fn cpu_millis(text: &str) -> Result<u64, UnitFault> {
    exact(
        text,
        &CPUS,
        "nothing (CPUs) or m (thousandths)",
        "thousandths of a CPU",
    )
}

/// Bytes: `8GiB`, `1.5GB`, `1024`.
pub(crate) fn bytes(text: &str) -> Result<u64, UnitFault> {
    exact(text, &BYTES, "B kB MB GB TB KiB MiB GiB TiB PiB", "bytes")
}

/// Bits per second: `50Mbit`, `1Gbit/s`. A bare number is refused: bits and bytes are confused too easily.
pub(crate) fn bits_per_second(text: &str) -> Result<u64, UnitFault> {
    let text = text.strip_suffix("/s").unwrap_or(text);
    exact(text, &BITS, "bit kbit Mbit Gbit", "bits")
}

/// Bytes per second: `20MiB`, `20MiB/s`.
pub(crate) fn bytes_per_second(text: &str) -> Result<u64, UnitFault> {
    bytes(text.strip_suffix("/s").unwrap_or(text))
}

/// DNS answers per second: `100`, `100/s`.
pub(crate) fn answers_per_second(text: &str) -> Result<u64, UnitFault> {
    count(text.strip_suffix("/s").unwrap_or(text), "answers")
}

/// Mail messages per hour: `1000`, `1000/h`.
pub(crate) fn messages_per_hour(text: &str) -> Result<u64, UnitFault> {
    count(text.strip_suffix("/h").unwrap_or(text), "messages")
}

/// Whole things, without a unit.
fn count(text: &str, things: &'static str) -> Result<u64, UnitFault> {
    exact(text, &[("", 1)], "none", things)
}

pub(crate) fn exact(
    text: &str,
    units: &[Unit],
    known: &'static str,
    smallest: &'static str,
) -> Result<u64, UnitFault> {
    let end = text
        .find(|one: char| !one.is_ascii_digit() && one != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim_start();
    let (_, factor) = units
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(|| UnitFault::Unit {
            unit: unit.to_owned(),
            known,
        })?;
    scaled(number, *factor, text, smallest)
}

/// number × factor in whole numbers: the fraction's digits are multiplied like the others and must leave no remainder.
fn scaled(number: &str, factor: u64, text: &str, smallest: &'static str) -> Result<u64, UnitFault> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    let plain = !whole.is_empty()
        && !number.ends_with('.')
        && digits.bytes().all(|digit| digit.is_ascii_digit());
    if !plain {
        return Err(UnitFault::Number(text.to_owned()));
    }
    let too_large = || UnitFault::TooLarge(text.to_owned());
    let value: u128 = digits.parse().map_err(|_| too_large())?;
    let places = u32::try_from(fraction.len()).map_err(|_| too_large())?;
    let divisor = 10_u128.checked_pow(places).ok_or_else(too_large)?;
    let product = value.checked_mul(factor.into()).ok_or_else(too_large)?;
    if product % divisor != 0 {
        return Err(UnitFault::Fraction(text.to_owned(), smallest));
    }
    u64::try_from(product / divisor).map_err(|_| too_large())
}

/// A number with what it counts: `1 credit`, `1.1 credits`, `0 lists`.
pub(crate) fn counted(number: impl ToString, one: &str) -> String {
    let number = number.to_string();
    let end = if number == "1" { "" } else { "s" };
    format!("{number} {one}{end}")
}

/// Bytes for people: exact, in the largest binary unit that leaves no remainder.
pub(crate) fn show_bytes(bytes: u64) -> String {
    let binary = [
        ("PiB", 50),
        ("TiB", 40),
        ("GiB", 30),
        ("MiB", 20),
        ("KiB", 10),
    ];
    let unit = binary
        .iter()
        .find(|(_, shift)| bytes != 0 && bytes.is_multiple_of(1 << shift));
    unit.map_or_else(
        || format!("{bytes} B"),
        |(name, shift)| format!("{} {name}", bytes >> shift),
    )
}

/// Bits per second for people.
pub(crate) fn show_bits(bits: u64) -> String {
    let decimal = [
        ("Gbit/s", 1_000_000_000),
        ("Mbit/s", 1_000_000),
        ("kbit/s", 1_000),
    ];
    let unit = decimal
        .iter()
        .find(|(_, size)| bits != 0 && bits.is_multiple_of(*size));
    unit.map_or_else(
        || format!("{bits} bit/s"),
        |(name, size)| format!("{} {name}", bits / size),
    )
}

/// CPUs for people.
pub(crate) fn show_cpu(millis: u64) -> String {
    if millis.is_multiple_of(1_000) {
        (millis / 1_000).to_string()
    } else {
        let fraction = format!("{:03}", millis % 1_000);
        format!("{}.{}", millis / 1_000, fraction.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_exactly() {
        assert_eq!(cpu_millis("4"), Ok(4_000));
        assert_eq!(cpu_millis("0.5"), Ok(500));
        assert_eq!(cpu_millis("250m"), Ok(250));
        assert_eq!(bytes("8GiB"), Ok(8 << 30));
        assert_eq!(bytes("1.5GB"), Ok(1_500_000_000));
        assert_eq!(bytes("0.5KiB"), Ok(512));
        assert_eq!(bytes("1024"), Ok(1_024));
        assert_eq!(bytes("1 GB"), Ok(1_000_000_000));
        assert_eq!(bits_per_second("50Mbit"), Ok(50_000_000));
        assert_eq!(bits_per_second("1Gbit/s"), Ok(1_000_000_000));
        assert_eq!(bytes_per_second("20MiB/s"), Ok(20 << 20));
        assert_eq!(answers_per_second("100/s"), Ok(100));
        assert_eq!(answers_per_second("100"), Ok(100));
        assert_eq!(messages_per_hour("1000/h"), Ok(1_000));
        assert_eq!(bytes("18446744073709551615"), Ok(u64::MAX));
    }

    #[test]
    fn what_is_not_exact_is_refused() {
        assert!(matches!(cpu_millis("0.0005"), Err(UnitFault::Fraction(..))));
        assert!(matches!(bytes("0.3B"), Err(UnitFault::Fraction(..))));
        assert!(matches!(
            bytes("18446744073709551616"),
            Err(UnitFault::TooLarge(_))
        ));
        assert!(matches!(bytes("99999999PiB"), Err(UnitFault::TooLarge(_))));
        assert!(matches!(bits_per_second("50"), Err(UnitFault::Unit { .. })));
        assert!(matches!(
            bits_per_second("50MB"),
            Err(UnitFault::Unit { .. })
        ));
        for wrong in ["100/h", "100k", "0.5", "100 a day"] {
            assert!(answers_per_second(wrong).is_err(), "{wrong}");
        }
        assert!(messages_per_hour("1000/s").is_err());
        for wrong in [
            "", "GiB", ".5GiB", "1.GiB", "1..2", "1.2.3", "٣", "-1", "+1", "1e3",
        ] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn quantities_are_shown_as_they_were_typed() {
        assert_eq!(show_cpu(4_000), "4");
        assert_eq!(show_cpu(500), "0.5");
        assert_eq!(show_cpu(1_250), "1.25");
        assert_eq!(show_bytes(8 << 30), "8 GiB");
        assert_eq!(show_bytes(1_000), "1000 B");
        assert_eq!(show_bytes(0), "0 B");
        assert_eq!(show_bits(50_000_000), "50 Mbit/s");
        assert_eq!(show_bits(1_500), "1500 bit/s");
        assert_eq!(counted(1, "list"), "1 list");
        assert_eq!(counted(0, "list"), "0 lists");
        assert_eq!(counted("1.5", "credit"), "1.5 credits");
    }
}
