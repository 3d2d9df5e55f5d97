//! A validator's consensus key, as CometBFT keeps it in `priv_validator_key.json`.

use super::SecretKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use zeroize::Zeroizing;

/// Why a text is no consensus key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("it is no priv_validator_key.json with an Ed25519 key: {0}")]
pub struct NoConsensusKey(String);

#[derive(Deserialize)]
struct KeyOfComet {
    priv_key: Typed,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(rename = "type")]
    kind: String,
    value: Zeroizing<String>,
}

/// CometBFT's name for the kind of key that this network's validators have.
const ED25519: &str = "tendermint/PrivKeyEd25519";

impl SecretKey {
    /// The consensus key in a `priv_validator_key.json`.
    ///
    /// # Errors
    /// [`NoConsensusKey`].
    pub fn from_comet(json: &str) -> Result<Self, NoConsensusKey> {
        let read: KeyOfComet =
            serde_json::from_str(json).map_err(|error| NoConsensusKey(error.to_string()))?;
        if read.priv_key.kind != ED25519 {
            let what = format!("its type is {}, not {ED25519}", read.priv_key.kind);
            return Err(NoConsensusKey(what));
        }
        let bytes = STANDARD
            .decode(read.priv_key.value.as_bytes())
            .map(Zeroizing::new)
            .map_err(|error| NoConsensusKey(error.to_string()))?;
        // Seed, then the public key.
        let halves = bytes
            .split_first_chunk::<32>()
            .filter(|(_, public)| public.len() == 32);
        let Some((seed, public)) = halves else {
            return Err(NoConsensusKey(format!(
                "it has {} bytes, not 64",
                bytes.len()
            )));
        };
        let key = Self::from_seed(Zeroizing::new(*seed));
        if key.public().0 == public {
            Ok(key)
        } else {
            Err(NoConsensusKey(String::from(
                "its two halves do not belong together",
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kind: &str, bytes: &[u8]) -> String {
        let value = STANDARD.encode(bytes);
        format!(r#"{{"address":"AB","priv_key":{{"type":"{kind}","value":"{value}"}}}}"#)
    }

    #[test]
    fn the_key_that_cometbft_keeps_is_read_and_nothing_else() {
        let key = SecretKey::from_seed(Zeroizing::new([7; 32]));
        let whole = [&[7; 32][..], &key.public().0].concat();
        let read = SecretKey::from_comet(&file(ED25519, &whole)).unwrap();
        assert_eq!(read.public(), key.public());
        for wrong in [
            file("tendermint/PrivKeySecp256k1", &whole),
            file(ED25519, &whole[..63]),
            file(ED25519, &[7; 64]),
            String::from("{}"),
        ] {
            assert!(SecretKey::from_comet(&wrong).is_err(), "{wrong}");
        }
    }
}
