//! Signatures of deliveries: `Nexus-Signature: t=UNIXSECONDS,v1=HEX`, where HEX is HMAC-SHA256 (RFC 2104) under the shared
//! secret over `t`, a full stop and the body, byte for byte.
//!
//! The time is signed, so that a delivery that was overheard is good for minutes only. There may be several `v1`, as while a
//! provider changes its secret, and several secrets here for the same reason. Other schemes are passed over.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

/// The header's name.
pub(crate) const HEADER: &str = "Nexus-Signature";

/// Seconds that a delivery's time may differ from this machine's.
pub(crate) const TOLERANCE_S: u64 = 300;

/// Bytes of the shortest secret: 128 bits, were they random bytes.
const MIN_SECRET_BYTES: usize = 16;

/// Secrets that hold at a time: the old, the new, and then some.
const MAX_SECRETS: usize = 4;

/// Signatures that are tried of one header.
const MAX_SIGNATURES: usize = 8;

/// Why a delivery is not believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub(crate) enum Fault {
    /// No header, or more than one.
    #[error("there is no single Nexus-Signature header")]
    Missing,
    /// The header is none.
    #[error("the Nexus-Signature header is not t=UNIXSECONDS,v1=HEX: {0}")]
    Malformed(&'static str),
    /// Signed too long ago.
    #[error("the delivery was signed {0} s ago, more than {TOLERANCE_S}")]
    Stale(u64),
    /// Signed ahead of this clock.
    #[error("the delivery is dated {0} s ahead, more than {TOLERANCE_S}")]
    Ahead(u64),
    /// No signature is of a secret that is known here.
    #[error("no v1 signature is that of this body at this time under the shared secret")]
    Mismatch,
}

impl Fault {
    /// What to do next.
    pub(crate) fn help(self) -> &'static str {
        match self {
            Self::Missing | Self::Malformed(_) => {
                "Send Nexus-Signature: t=UNIXSECONDS,v1=HEX with HEX = HMAC-SHA256(secret, \"t.body\")."
            }
            Self::Stale(_) | Self::Ahead(_) => {
                "Sign each delivery anew, redeliveries too, and compare the clocks of both machines."
            }
            Self::Mismatch => {
                "Sign the body's bytes exactly as they are sent, with the secret of this endpoint."
            }
        }
    }
}

/// What provider and processor share.
pub(crate) struct Secrets(Vec<Zeroizing<Vec<u8>>>);

impl Secrets {
    /// Reads a file's text: one secret a line, the new one beside the old one while they change.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let all: Vec<_> = lines
            .map(|line| Zeroizing::new(line.as_bytes().to_vec()))
            .collect();
        if all.is_empty() {
            return Err(String::from("it holds no secret"));
        }
        if all.len() > MAX_SECRETS {
            return Err(format!(
                "it holds {} secrets, more than {MAX_SECRETS}",
                all.len()
            ));
        }
        if all.iter().any(|secret| secret.len() < MIN_SECRET_BYTES) {
            return Err(format!(
                "it holds a secret of fewer than {MIN_SECRET_BYTES} characters"
            ));
        }
        Ok(Self(all))
    }

    /// The header of a body that is sent now.
    pub(crate) fn sign(&self, body: &[u8], now_s: u64) -> String {
        let time = now_s.to_string();
        let signatures = self.0.iter().filter_map(|secret| {
            let mac = mac(secret, &time, body)?.finalize().into_bytes();
            Some(format!(",v1={}", hex::encode(mac)))
        });
        format!("t={time}{}", signatures.collect::<String>())
    }

    /// Whether whoever sent the body knows a secret, and sent it about now. Takes equally long for each wrong signature.
    pub(crate) fn verify(&self, header: &str, body: &[u8], now_s: u64) -> Result<(), Fault> {
        let Header { time, signatures } = Header::parse(header)?;
        let of: u64 = time.parse().map_err(|_| Fault::Malformed("t is no time"))?;
        if now_s.saturating_sub(of) > TOLERANCE_S {
            return Err(Fault::Stale(now_s.saturating_sub(of)));
        }
        if of.saturating_sub(now_s) > TOLERANCE_S {
            return Err(Fault::Ahead(of.saturating_sub(now_s)));
        }
        let good = self.0.iter().any(|secret| {
            let mac = mac(secret, time, body);
            mac.is_some_and(|mac| {
                let mut each = signatures.iter();
                each.any(|signature| mac.clone().verify_slice(signature).is_ok())
            })
        });
        good.then_some(()).ok_or(Fault::Mismatch)
    }
}

fn mac(secret: &[u8], time: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    // HMAC takes keys of every length.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

/// The header's parts.
struct Header<'h> {
    /// As it was signed.
    time: &'h str,
    signatures: Vec<Vec<u8>>,
}

impl<'h> Header<'h> {
    fn parse(text: &'h str) -> Result<Self, Fault> {
        let mut time = None;
        let mut signatures = Vec::new();
        for part in text.split(',') {
            let (name, value) = part
                .trim()
                .split_once('=')
                .ok_or(Fault::Malformed("a part has no ="))?;
            match name {
                "t" if time.is_some() => return Err(Fault::Malformed("t is given twice")),
                "t" => {
                    let plain = value.bytes().all(|digit| digit.is_ascii_digit());
                    if value.is_empty() || !plain {
                        return Err(Fault::Malformed("t is no number of seconds"));
                    }
                    time = Some(value);
                }
                "v1" if signatures.len() == MAX_SIGNATURES => {
                    return Err(Fault::Malformed("too many v1"));
                }
                "v1" => {
                    let bytes = hex::decode(value);
                    signatures.push(bytes.map_err(|_| Fault::Malformed("v1 is no hexadecimal"))?);
                }
                // A scheme to come.
                _ => {}
            }
        }
        let time = time.ok_or(Fault::Malformed("t is missing"))?;
        if signatures.is_empty() {
            return Err(Fault::Malformed("v1 is missing"));
        }
        Ok(Self { time, signatures })
    }
}

#[cfg(test)]
mod tests;
