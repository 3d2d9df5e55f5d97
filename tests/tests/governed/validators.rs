//! Validators that come, change their key, lose their power and leave by vote, while the network makes blocks.

use super::DELAYS;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_consensus::SigningKey;
use nexus_sdk::keys::{SecretKey, Signer};
use nexus_sdk::sign::prove_validator_key;
use nexus_tests::wait::wait_for;
use nexus_tests::{Joiner, Network, Node, Options, rpc};
use nexus_types::encoding::Text;
use nexus_types::governance::{GovernanceChange as Change, GovernanceStatus as Status};
use nexus_types::state::Seat;
use nexus_types::{Hash, state_key};
use prost::Message;
use serde_json::{Value, json};
use std::fs;
use tendermint_proto::google::protobuf::Timestamp;
use tendermint_proto::v0_38::types::{
    CanonicalBlockId, CanonicalPartSetHeader, CanonicalVote, SignedMsgType,
};

/// A consensus key, as CometBFT's file has it.
struct ConsensusKey {
    file: String,
    key: SecretKey,
    /// 40 hexadecimal digits, upper case.
    address: String,
}

impl ConsensusKey {
    /// The one in a home that `nexusd init` made.
    fn of(node: &Node) -> Self {
        let path = node.home.join("cometbft/config/priv_validator_key.json");
        let file = fs::read_to_string(path).expect("a key file");
        let key = SecretKey::from_comet(&file).expect("a key");
        let shown: Value = serde_json::from_str(&file).expect("JSON");
        let address = shown["address"].as_str().expect("an address").to_owned();
        Self { file, key, address }
    }

    /// Another, which no node has.
    fn another(network: &Network, name: &str) -> Self {
        Self::of(&Joiner::init(network, name, &[network.node()], &[]).node)
    }

    /// A stopped node signs with it from its next start on.
    fn put(&self, node: &Node) {
        let path = node.home.join("cometbft/config/priv_validator_key.json");
        fs::write(path, &self.file).expect("written");
    }
}

#[test]
fn a_fifth_validator_joins_signs_rotates_answers_for_its_former_key_and_leaves() {
    let network = Network::start(&Options {
        delays: DELAYS,
        ..Options::default()
    });
    // Three are two thirds of four: those that are there, and the others' of five.
    let operators: Vec<Signer> = (1..=3).map(|seat| network.operator(seat)).collect();
    let fifth = network.person("fifth");
    let peers: Vec<&Node> = network.nodes.iter().collect();
    let mut joiner = Joiner::init(&network, "fifth", &peers, &[]);
    joiner.start();
    let first = ConsensusKey::of(&joiner.node);

    let add = Change::AddValidator {
        name: Text::new("fifth").expect("a name"),
        key: first.key.public(),
        platform: false,
        operator: fifth.identity,
        proof: prove_validator_key(network.id.clone(), fifth.identity, &first.key),
    };
    let id = network.propose(&fifth, add);
    network.vote(&operators, id);
    let added = network.enacted(id);
    let signs_at = signs(&network, &first.address, added);
    println!("added in block {added}, signs block {signs_at}");
    assert_eq!(powers(&network).len(), 5);

    // A third of the power may not change at once: the rotation waits until the addition counts no longer.
    let second = ConsensusKey::another(&network, "second-key");
    let id = rotated(&network, &fifth, &operators, &first, &second);
    network.becomes(id, |status| status == Status::Queued);
    let at = network.enacted(id);
    println!("rotated in block {at}, after waiting for room");
    wait_for("a set with the new key", || {
        let powers = powers(&network);
        let there = |address: &str| powers.iter().any(|(one, _)| one == address);
        (there(&second.address) && !there(&first.address)).then_some(())
    });
    joiner.stop();
    second.put(&joiner.node);
    joiner.start();
    signs(&network, &second.address, at);

    // What the former key signed twice comes to light now.
    let evidence = signed_twice(&network, &first, signs_at);
    let params = json!({ "evidence": evidence });
    let taken = rpc::call(&network.node().comet_rpc, "broadcast_evidence", &params);
    assert!(taken.is_ok(), "{taken:?}");
    wait_for("power 0", || {
        (seat(&network, &second).power == 0).then_some(())
    });
    wait_for("a set of four", || {
        (powers(&network).len() == 4).then_some(())
    });
    let at = network.common_height();
    network.wait_for_height(at + 3);

    // Its seat gets its power back with a third key, by vote; and leaves.
    let third = ConsensusKey::another(&network, "third-key");
    let id = rotated(&network, &fifth, &operators, &second, &third);
    let at = network.enacted(id);
    assert!(seat(&network, &third).power > 0);
    joiner.stop();
    third.put(&joiner.node);
    joiner.start();
    signs(&network, &third.address, at);
    let seat = third.key.public();
    let id = network.propose(&operators[0], Change::RemoveValidator { seat });
    network.vote(&operators, id);
    let at = network.enacted(id);
    wait_for("a set of four", || {
        (powers(&network).len() == 4).then_some(())
    });
    network.wait_for_height(at + 4);
    joiner.node.wait_for_height(at + 4);
    assert!(network.state::<Seat>(&state_key::seat(&seat)).is_none());
    network.assert_one_app_hash(1..=at + 3);
    assert_eq!(
        joiner.node.app_hash(at + 3),
        network.node().app_hash(at + 3)
    );
}

/// A rotation that the others have voted for.
fn rotated(
    network: &Network,
    operator: &Signer,
    others: &[Signer],
    from: &ConsensusKey,
    to: &ConsensusKey,
) -> Hash {
    let rotate = Change::RotateValidator {
        seat: from.key.public(),
        new_key: to.key.public(),
        proof: prove_validator_key(network.id.clone(), operator.identity, &to.key),
    };
    let id = network.propose(operator, rotate);
    network.vote(others, id);
    id
}

fn seat(network: &Network, key: &ConsensusKey) -> Seat {
    let seat = network.state(&state_key::seat(&key.key.public()));
    seat.expect("a seat")
}

/// CometBFT's own set: addresses with their power.
fn powers(network: &Network) -> Vec<(String, u64)> {
    wait_for("the validators", || {
        let set = network.node().comet("/validators")?;
        let members = set["validators"].as_array()?.iter();
        let members = members.map(|one| {
            let power = one["voting_power"].as_str()?.parse().ok()?;
            Some((one["address"].as_str()?.to_owned(), power))
        });
        members.collect()
    })
}

/// Waits for a block after a height that this validator has signed, and returns it.
fn signs(network: &Network, address: &str, after: u64) -> u64 {
    let mut height = after + 1;
    wait_for(&format!("a block signed by {address}"), || {
        let commit = network.node().comet(&format!("/commit?height={height}"))?;
        if commit["canonical"] != true {
            return None;
        }
        let signatures = commit["signed_header"]["commit"]["signatures"].as_array()?;
        let signed = signatures
            .iter()
            .any(|one| one["validator_address"] == address && one["block_id_flag"] == 2);
        height += 1;
        signed.then_some(height - 1)
    })
}

/// Evidence that a validator signed two blocks at a height, as CometBFT's RPC takes it.
fn signed_twice(network: &Network, key: &ConsensusKey, height: u64) -> Value {
    let node = network.node();
    let block = node
        .comet(&format!("/block?height={height}"))
        .expect("a block");
    let set = node
        .comet(&format!("/validators?height={height}"))
        .expect("its validators");
    let members = set["validators"].as_array().expect("members");
    let index = members
        .iter()
        .position(|one| one["address"] == key.address.as_str());
    let index = index.expect("a member");
    let power = |one: &Value| -> u64 {
        let power = one["voting_power"].as_str().expect("a power");
        power.parse().expect("a number")
    };
    let total: u64 = members.iter().map(power).sum();
    let votes = [[1; 32], [2; 32]].map(|hash| vote(network, key, height, index, hash));
    json!({
        "type": "tendermint/DuplicateVoteEvidence",
        "value": {
            "vote_a": votes[0],
            "vote_b": votes[1],
            "TotalVotingPower": total.to_string(),
            "ValidatorPower": power(&members[index]).to_string(),
            "Timestamp": block["block"]["header"]["time"],
        }
    })
}

/// A precommit for a block of that hash, which never was.
fn vote(network: &Network, key: &ConsensusKey, height: u64, index: usize, hash: [u8; 32]) -> Value {
    // Any time will do: it is signed, and nobody compares it.
    let seconds = 1_700_000_000;
    let signed = CanonicalVote {
        r#type: SignedMsgType::Precommit.into(),
        height: i64::try_from(height).expect("a height"),
        round: 0,
        block_id: Some(CanonicalBlockId {
            hash: hash.to_vec(),
            part_set_header: Some(CanonicalPartSetHeader {
                total: 1,
                hash: hash.to_vec(),
            }),
        }),
        timestamp: Some(Timestamp { seconds, nanos: 0 }),
        chain_id: network.id.chain_id.to_string(),
    };
    let mut seed = [0; 32];
    seed.copy_from_slice(key.key.seed().as_slice());
    let signature = SigningKey::from(seed).sign(&signed.encode_length_delimited_to_vec());
    let hash = Hash(hash).to_string().to_uppercase();
    json!({
        "type": 2,
        "height": height.to_string(),
        "round": 0,
        "block_id": { "hash": hash, "parts": { "total": 1, "hash": hash } },
        "timestamp": "2023-11-14T22:13:20Z",
        "validator_address": key.address,
        "validator_index": index,
        "signature": STANDARD.encode(signature.to_bytes()),
        "extension": null,
        "extension_signature": null,
    })
}
