use super::{TxResult, inclusion_path, result_leaf_hash, tx_leaf_hash};
use crate::api::Base64;
use nexus_tree::log::{leaf_hash, root_of, verify_inclusion};
use prost::Message;
use tendermint_proto::v0_38::abci::ExecTxResult;

#[test]
fn a_result_s_leaf_is_the_protobuf_of_its_deterministic_fields() {
    let cases = [
        (0, vec![], 0, 0),
        (2015, vec![1, 2, 3], 0, 0),
        (u32::MAX, vec![7; 300], 1, -1),
        (1, vec![0], i64::MAX, i64::MIN),
    ];
    for (code, data, gas_wanted, gas_used) in cases {
        let proto = ExecTxResult {
            code,
            data: data.clone().into(),
            gas_wanted,
            gas_used,
            ..ExecTxResult::default()
        };
        let ours = TxResult {
            code,
            data: Base64::new(data),
            gas_wanted,
            gas_used,
        };
        assert_eq!(result_leaf_hash(&ours), leaf_hash(&proto.encode_to_vec()));
    }
}

#[test]
fn paths_lead_to_the_root_that_cometbft_computes() {
    let txs: Vec<Vec<u8>> = (0..7_u8).map(|one| vec![one; 3]).collect();
    let hashes: Vec<[u8; 32]> = txs.iter().map(|tx| nexus_types::Hash::of(tx).0).collect();
    let leaves: Vec<[u8; 32]> = txs.iter().map(|tx| tx_leaf_hash(tx)).collect();
    let theirs = tendermint::merkle::simple_hash_from_byte_vectors::<
        tendermint::crypto::default::Sha256,
    >(&hashes);
    assert_eq!(root_of(&leaves), theirs);
    for index in 0..7 {
        let path = inclusion_path(&leaves, index).unwrap();
        let path: Vec<[u8; 32]> = path.iter().map(|hash| hash.0.0).collect();
        verify_inclusion(&leaves[index as usize], index, 7, &path, &theirs).unwrap();
    }
    assert!(inclusion_path(&leaves, 7).is_err());
}
