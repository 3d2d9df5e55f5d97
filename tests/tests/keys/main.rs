//! A validator's key: outside its node, and in two places at once. Each test has a network of its own.

mod copied;
mod outside;

use base64::Engine as _;
use nexus_tests::Node;
use serde_json::Value;
use std::fs;

/// A validator's key file.
struct KeyFile {
    /// 40 hexadecimal digits, upper case, as CometBFT writes it.
    address: String,
    /// The seed as the file spells it: base64 of the seed and the public key.
    spelled: String,
    seed: Vec<u8>,
}

impl KeyFile {
    fn of(node: &Node) -> Self {
        let path = node.home.join("cometbft/config/priv_validator_key.json");
        let file: Value =
            serde_json::from_slice(&fs::read(path).expect("a key file")).expect("JSON");
        let spelled = file["priv_key"]["value"]
            .as_str()
            .expect("a key")
            .to_owned();
        let bytes = base64::engine::general_purpose::STANDARD.decode(&spelled);
        Self {
            address: file["address"].as_str().expect("an address").to_owned(),
            spelled,
            seed: bytes.expect("base64")[..32].to_vec(),
        }
    }
}

/// Whether the validator's signature stands in the commit of a height; none if that commit is not known yet.
fn signed(node: &Node, height: u64, address: &str) -> Option<bool> {
    let commit = node.comet(&format!("/commit?height={height}"))?;
    // Until the next block exists, what is shown is only what this node has seen.
    if commit["canonical"] != true {
        return None;
    }
    let signatures = commit["signed_header"]["commit"]["signatures"].as_array()?;
    // 2: for the block. One that is absent has no address.
    Some(
        signatures
            .iter()
            .any(|one| one["validator_address"] == address && one["block_id_flag"] == 2),
    )
}
