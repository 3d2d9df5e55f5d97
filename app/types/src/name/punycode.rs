//! RFC 3492, only to decide whether the rest of an `xn--` label decodes and re-encodes to itself.
//! No Unicode table: validators hold none (law §8).

use alloc::string::String;
use alloc::vec::Vec;

const BASE: u32 = 36;
const TMIN: u32 = 1;
const TMAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 128;

/// Whether `rest` (after `xn--`, lower case) decodes to text with a non-ASCII code point and back.
pub(super) fn is_a_label(rest: &str) -> bool {
    decode(rest).is_some_and(|points| {
        points.iter().any(|point| !point.is_ascii()) && encode(&points).as_deref() == Some(rest)
    })
}

fn decode(input: &str) -> Option<Vec<char>> {
    let (basic, extended) = input.rsplit_once('-').unwrap_or(("", input));
    let mut output: Vec<char> = basic.chars().collect();
    let (mut n, mut i, mut bias) = (INITIAL_N, 0u32, INITIAL_BIAS);
    let mut digits = extended.bytes();
    if extended.is_empty() {
        return None;
    }
    while digits.len() > 0 {
        let start = i;
        let (mut weight, mut k) = (1u32, BASE);
        loop {
            let digit = digit_value(digits.next()?)?;
            i = i.checked_add(digit.checked_mul(weight)?)?;
            let threshold = threshold(k, bias);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(BASE.checked_sub(threshold)?)?;
            k = k.checked_add(BASE)?;
        }
        let count = u32::try_from(output.len()).ok()?.checked_add(1)?;
        bias = adapt(i.checked_sub(start)?, count, start == 0)?;
        n = n.checked_add(i.checked_div(count)?)?;
        i = i.checked_rem(count)?;
        output.insert(usize::try_from(i).ok()?, char::from_u32(n)?);
        i = i.checked_add(1)?;
    }
    Some(output)
}

fn encode(points: &[char]) -> Option<String> {
    let mut output: String = points.iter().filter(|point| point.is_ascii()).collect();
    let basic = u32::try_from(output.len()).ok()?;
    if basic > 0 {
        output.push('-');
    }
    let total = u32::try_from(points.len()).ok()?;
    let (mut n, mut delta, mut bias, mut handled) = (INITIAL_N, 0u32, INITIAL_BIAS, basic);
    while handled < total {
        let next = points
            .iter()
            .map(|point| u32::from(*point))
            .filter(|point| *point >= n)
            .min()?;
        let step = next.checked_sub(n)?.checked_mul(handled.checked_add(1)?)?;
        delta = delta.checked_add(step)?;
        n = next;
        for point in points.iter().map(|point| u32::from(*point)) {
            if point < n {
                delta = delta.checked_add(1)?;
            }
            if point == n {
                push_delta(&mut output, delta, bias)?;
                bias = adapt(delta, handled.checked_add(1)?, handled == basic)?;
                delta = 0;
                handled = handled.checked_add(1)?;
            }
        }
        delta = delta.checked_add(1)?;
        n = n.checked_add(1)?;
    }
    Some(output)
}

fn push_delta(output: &mut String, delta: u32, bias: u32) -> Option<()> {
    let (mut q, mut k) = (delta, BASE);
    loop {
        let threshold = threshold(k, bias);
        if q < threshold {
            output.push(digit_char(q)?);
            return Some(());
        }
        let span = BASE.checked_sub(threshold)?;
        let over = q.checked_sub(threshold)?;
        output.push(digit_char(threshold.checked_add(over.checked_rem(span)?)?)?);
        q = over.checked_div(span)?;
        k = k.checked_add(BASE)?;
    }
}

fn threshold(k: u32, bias: u32) -> u32 {
    k.saturating_sub(bias).clamp(TMIN, TMAX)
}

fn adapt(delta: u32, count: u32, first: bool) -> Option<u32> {
    let mut delta = delta.checked_div(if first { DAMP } else { 2 })?;
    delta = delta.checked_add(delta.checked_div(count)?)?;
    let span = BASE.checked_sub(TMIN)?;
    let mut k = 0u32;
    while delta > span.checked_mul(TMAX)?.checked_div(2)? {
        delta = delta.checked_div(span)?;
        k = k.checked_add(BASE)?;
    }
    let scaled = span.checked_add(1)?.checked_mul(delta)?;
    k.checked_add(scaled.checked_div(delta.checked_add(SKEW)?)?)
}

fn digit_value(byte: u8) -> Option<u32> {
    match byte {
        b'a'..=b'z' => Some(u32::from(byte.wrapping_sub(b'a'))),
        b'0'..=b'9' => Some(u32::from(byte.wrapping_sub(b'0')).wrapping_add(26)),
        _ => None,
    }
}

fn digit_char(value: u32) -> Option<char> {
    let value = u8::try_from(value).ok()?;
    match value {
        0..=25 => Some(char::from(b'a'.wrapping_add(value))),
        26..=35 => Some(char::from(b'0'.wrapping_add(value.wrapping_sub(26)))),
        _ => None,
    }
}
