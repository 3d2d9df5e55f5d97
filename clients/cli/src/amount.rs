//! Amounts of money as people write and read them. Exact or refused, never rounded.

use crate::units::{Unit, UnitFault, counted, exact};
use nexus_types::Micros;
use nexus_types::constants::SPLIT_WHOLE;

/// Micro-credits of a credit.
const CREDIT: u64 = 1_000_000;

/// Grains of a micro-credit.
const GRAINS: u64 = SPLIT_WHOLE as u64;

const UNITS: [Unit; 5] = [
    ("credits", CREDIT),
    ("credit", CREDIT),
    ("cr", CREDIT),
    ("micro", 1),
    ("ucr", 1),
];

/// An amount: `12.5cr`, `12.5credits`, `500micro`. A bare number is refused: credits and micro-credits are confused too
/// easily.
pub(crate) fn micros(text: &str) -> Result<Micros, UnitFault> {
    let value = exact(
        text,
        &UNITS,
        "cr or credits, micro or ucr (millionths)",
        "micro-credits",
    )?;
    Ok(Micros(value.into()))
}

/// A share in percent: `19`, `19%`, `7.5%`, in millionths.
pub(crate) fn percent(text: &str) -> Result<u32, UnitFault> {
    let millionths = exact(
        text,
        &[("%", 10_000), ("", 10_000)],
        "%",
        "ten-thousandths of a percent",
    )?;
    u32::try_from(millionths).map_err(|_| UnitFault::TooLarge(text.to_owned()))
}

/// Micro-credits in credits: `12.5 credits`.
pub(crate) fn show(micros: u128) -> String {
    counted(quotient(micros, CREDIT), "credit")
}

/// Micro-credits as such: `500 micro-credits`.
pub(crate) fn show_micros(micros: impl ToString) -> String {
    counted(micros, "micro-credit")
}

/// As [`show`], with the whole number of micro-credits beside it.
pub(crate) fn show_both(micros: u128) -> String {
    format!("{} ({})", show(micros), show_micros(micros))
}

/// Grains in credits, to the last of them: `0.00000055 credits`.
pub(crate) fn show_grains(grains: i128) -> String {
    counted(signed(grains, CREDIT * GRAINS), "credit")
}

/// Grains in micro-credits, to the last of them: `0.55`.
pub(crate) fn grains_in_micros(grains: i128) -> String {
    signed(grains, GRAINS)
}

/// Millionths in percent: `7.5 %`.
pub(crate) fn show_percent(millionths: u32) -> String {
    format!("{} %", quotient(millionths.into(), 10_000))
}

fn signed(value: i128, by: u64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}", quotient(value.unsigned_abs(), by))
}

/// The exact decimal of a division whose divisor has no other factors than 2 and 5.
fn quotient(value: u128, by: u64) -> String {
    let by = u128::from(by);
    let (whole, mut rest) = (value / by, value % by);
    let mut fraction = String::new();
    while rest != 0 {
        rest *= 10;
        fraction.push_str(&(rest / by).to_string());
        rest %= by;
    }
    if fraction.is_empty() {
        whole.to_string()
    } else {
        format!("{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_and_only_with_their_unit() {
        assert_eq!(micros("12.5cr"), Ok(Micros(12_500_000)));
        assert_eq!(micros("12.5 credits"), Ok(Micros(12_500_000)));
        assert_eq!(micros("1credit"), Ok(Micros(1_000_000)));
        assert_eq!(micros("0.000001cr"), Ok(Micros(1)));
        assert_eq!(micros("500micro"), Ok(Micros(500)));
        assert_eq!(micros("500ucr"), Ok(Micros(500)));
        for wrong in [
            "",
            "5",
            "cr",
            "-1cr",
            "1,5cr",
            "1EUR",
            "0.0000001cr",
            "0.5ucr",
        ] {
            assert!(micros(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn amounts_are_shown_to_the_last_grain() {
        assert_eq!(show(12_500_000), "12.5 credits");
        assert_eq!(show(0), "0 credits");
        assert_eq!(show(1_000_000), "1 credit");
        assert_eq!(show_grains(20_000_000), "1 credit");
        assert_eq!(show_both(1), "0.000001 credits (1 micro-credit)");
        assert_eq!(show(1), "0.000001 credits");
        assert_eq!(show_both(3_000_000), "3 credits (3000000 micro-credits)");
        assert_eq!(show_grains(11), "0.00000055 credits");
        assert_eq!(show_grains(-20_000_000), "-1 credits");
        assert_eq!(grains_in_micros(11), "0.55");
        assert_eq!(grains_in_micros(-20), "-1");
        assert_eq!(
            show_grains(i128::MIN),
            "-8507059173023461586584365185794.2052864 credits"
        );
    }

    #[test]
    fn shares_are_read_and_shown_in_percent() {
        assert_eq!(percent("19%"), Ok(190_000));
        assert_eq!(percent("7.5"), Ok(75_000));
        assert_eq!(percent("0.0001%"), Ok(1));
        assert!(percent("0.00001%").is_err() && percent("5000000%").is_err());
        assert_eq!(show_percent(75_000), "7.5 %");
        assert_eq!(show_percent(190_000), "19 %");
    }
}
