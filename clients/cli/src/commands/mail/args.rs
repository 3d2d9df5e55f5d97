//! What the commands about mail are told: addresses, routes, keys, secrets.

use crate::commands::change::{imvu_id, name};
use crate::context::read_text;
use crate::error::CliError;
use crate::units;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use nexus_types::mail::{
    AddressLimits, DkimPublicKey, MailRoute, MailRouteChange, RsaKey, Selector, commitment,
};
use nexus_types::{Hash, ImvuId, KeyBytes, Name};
use rand::RngCore;
use std::path::PathBuf;

/// Reads a selector.
pub(super) fn selector(text: &str) -> Result<Selector, String> {
    Selector::new(text).map_err(|_| {
        String::from("a selector is one label of 1–63 of a–z, 0–9 and inner hyphens, such as nx1")
    })
}

/// An address in one canonical spelling: the local part as it is, the domain folded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Mailbox {
    local: String,
    pub(super) domain: Name,
}

impl Mailbox {
    fn text(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }
}

/// Reads `ann@shop.example`.
pub(super) fn mailbox(text: &str) -> Result<Mailbox, String> {
    let wrong = || String::from("an address is a local part, @, and a domain: ann@shop.example");
    let (local, domain) = text.rsplit_once('@').ok_or_else(wrong)?;
    let spelled = local
        .chars()
        .all(|one| !one.is_control() && !one.is_whitespace());
    if local.is_empty() || local.len() > 64 || !spelled {
        return Err(String::from(
            "the part before the @ has 1–64 bytes and no space",
        ));
    }
    Ok(Mailbox {
        local: local.to_owned(),
        domain: name(domain)?,
    })
}

/// An address, in words with its salt, or as the ledger has it.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = true)]
pub(crate) struct AddressArgs {
    /// The address, such as ann@shop.example; it needs its --salt, and stays on this machine
    #[arg(long, value_name = "ADDRESS", value_parser = mailbox, requires = "salt", conflicts_with = "local")]
    address: Option<Mailbox>,
    /// The salt that nexus mail grant told, 64 hexadecimal digits
    #[arg(long, value_name = "HEX", requires = "address")]
    salt: Option<Hash>,
    /// The address as it stands on the ledger (nexus mail show)
    #[arg(long, value_name = "HASH")]
    local: Option<Hash>,
}

impl AddressArgs {
    /// Its commitment.
    pub(super) fn commitment(&self) -> Result<Hash, CliError> {
        match (&self.address, self.salt, self.local) {
            (Some(address), Some(salt), _) => Ok(commitment(&salt.0, &address.text())),
            (_, _, Some(local)) => Ok(local),
            _ => Err(CliError::usage(
                "no address is named",
                "Give --local HASH, or --address with its --salt.",
            )),
        }
    }
}

/// What an address may do at most.
#[derive(Args, Clone, Debug)]
pub(crate) struct LimitArgs {
    /// Messages a day
    #[arg(long, default_value_t = 200)]
    messages: u64,
    /// Recipients of them a day
    #[arg(long, default_value_t = 500)]
    recipients: u64,
    /// What its mailbox holds, such as 100MiB
    #[arg(long, value_parser = units::bytes, default_value = "100MiB")]
    storage: u64,
}

impl LimitArgs {
    pub(super) fn limits(&self) -> AddressLimits {
        AddressLimits {
            messages_day: self.messages,
            recipients_day: self.recipients,
            storage_bytes: self.storage,
        }
    }
}

/// Where a domain's mail goes.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
struct To {
    /// To the mail agent of the host the IMVU is on
    #[arg(long)]
    kept: bool,
    /// To another exchange, by its host name
    #[arg(long, value_name = "HOST", value_parser = name)]
    exchange: Option<Name>,
    /// Nowhere: the domain takes no mail
    #[arg(long)]
    none: bool,
}

/// A route of mail.
#[derive(Args, Clone, Debug)]
pub(crate) struct MailRouteArgs {
    /// The domain, bound to the IMVU
    #[arg(value_parser = name)]
    domain: Name,
    #[command(flatten)]
    to: To,
}

impl MailRouteArgs {
    /// The change.
    pub(crate) fn change(self) -> MailRouteChange {
        let route = match self.to {
            To { none: true, .. } => None,
            To {
                exchange: Some(host),
                ..
            } => Some(MailRoute::Exchange(host)),
            To { .. } => Some(MailRoute::Kept),
        };
        MailRouteChange {
            domain: self.domain,
            route,
        }
    }
}

/// A DKIM key's place.
#[derive(Args, Clone, Debug)]
pub(crate) struct KeyPlace {
    /// Which IMVU
    #[arg(value_parser = imvu_id)]
    pub(super) imvu: ImvuId,
    /// The domain, bound to it
    #[arg(value_parser = name)]
    pub(super) domain: Name,
    /// The selector; never one that another key had
    #[arg(value_parser = selector)]
    pub(super) selector: Selector,
}

/// A public key to publish.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct PublicKeyArgs {
    /// An RSA public key of 2048–4096 bits in PEM (openssl rsa -pubout)
    #[arg(long, value_name = "FILE")]
    rsa: Option<PathBuf>,
    /// An Ed25519 public key, 64 hexadecimal digits
    #[arg(long, value_name = "HEX")]
    ed25519: Option<Hash>,
}

impl PublicKeyArgs {
    /// The key.
    pub(super) fn key(&self) -> Result<DkimPublicKey, CliError> {
        match (&self.rsa, self.ed25519) {
            (_, Some(key)) => Ok(DkimPublicKey::Ed25519(KeyBytes(key.0))),
            (Some(path), None) => rsa(&read_text(path)?).ok_or_else(|| {
                CliError::usage(
                    format!(
                        "{} holds no RSA public key of 2048–4096 bits in PEM",
                        path.display()
                    ),
                    "Write it with: openssl rsa -in KEY -pubout",
                )
            }),
            (None, None) => Err(CliError::usage(
                "no key is named",
                "Give --rsa FILE or --ed25519 HEX.",
            )),
        }
    }
}

fn rsa(pem: &str) -> Option<DkimPublicKey> {
    let (_, rest) = pem.split_once("-----BEGIN PUBLIC KEY-----")?;
    let (body, _) = rest.split_once("-----END PUBLIC KEY-----")?;
    let body: String = body.split_ascii_whitespace().collect();
    let der = STANDARD.decode(body).ok()?;
    RsaKey::new(&der).ok().map(DkimPublicKey::Rsa)
}

/// 32 random bytes.
pub(super) fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    rand::rngs::OsRng.fill_bytes(&mut bytes);
    bytes
}

/// A secret of 130 random bits in 26 letters and digits that no eye mistakes (RFC 4648 §6).
pub(super) fn secret() -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let drawn = random();
    let letters = drawn.iter().take(26);
    letters
        .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
        .collect()
}

/// The commitment to an address under a fresh salt, and the salt.
pub(super) fn salted(mailbox: &Mailbox) -> (Hash, Hash) {
    let salt = random();
    (commitment(&salt, &mailbox.text()), Hash(salt))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_local_part_and_a_domain_in_one_spelling() {
        let one = mailbox("Ann@Shop.Example.").unwrap();
        assert_eq!(one.text(), "Ann@shop.example");
        assert_eq!(mailbox("a@b@shop.example").unwrap().local, "a@b");
        for wrong in [
            "",
            "ann",
            "@shop.example",
            "ann@",
            "an n@shop.example",
            "ann@-x.y",
        ] {
            assert!(mailbox(wrong).is_err(), "{wrong}");
        }
        assert!(mailbox(&format!("{}@shop.example", "a".repeat(65))).is_err());
    }

    #[test]
    fn secrets_have_26_letters_and_differ() {
        let (one, other) = (secret(), secret());
        assert_eq!(one.len(), 26);
        assert!(
            one.bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
        );
        assert_ne!(one, other);
    }

    #[test]
    fn only_a_pem_public_key_is_one() {
        assert_eq!(rsa("nothing"), None);
        let empty = "-----BEGIN PUBLIC KEY-----\n\n-----END PUBLIC KEY-----\n";
        assert_eq!(rsa(empty), None);
    }
}
