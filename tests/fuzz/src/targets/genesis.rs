//! A genesis: the file that operators exchange, and what CometBFT hands over of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nexus_genesis::{Genesis, InitChain, Validator, dev};
use nexus_types::Time;
use serde_json::Value;
use zeroize::Zeroizing;

use super::Target;
use crate::mutate::{self, Bytes, Random};

pub(super) const TARGET: Target = Target {
    name: "genesis",
    run,
    seeds,
    mutation: Some(mutation),
    max_len: 16 * 1024,
};

fn run(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(genesis) = Genesis::from_json(text) {
        let again = Genesis::from_json(&genesis.to_json()).expect("what is written is read");
        assert_eq!(again, genesis);
        assert_eq!(again.hash(), genesis.hash());
        begins(&genesis);
    }
    handed_over(text);
}

/// What CometBFT hands over of a file is judged like the file.
fn handed_over(text: &str) {
    let Ok(file) = serde_json::from_str::<Value>(text) else {
        return;
    };
    let by_file = Genesis::from_json(text);
    let Ok(consensus_params) = serde_json::from_value(file["consensus_params"].clone()) else {
        assert!(by_file.is_err(), "a genesis without consensus parameters");
        return;
    };
    let app_state = serde_json::to_vec(&file["app_state"]).expect("JSON");
    let time = by_file
        .as_ref()
        .map_or(1_767_225_600_000, |genesis| genesis.document().time.0);
    let init = InitChain {
        chain_id: file["chain_id"].as_str().unwrap_or_default(),
        time_seconds: (time / 1000) as i64,
        time_nanos: (time % 1000) as i32 * 1_000_000,
        initial_height: file["initial_height"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0),
        consensus_params,
        validators: validators(&file),
        app_state: &app_state,
    };
    match (Genesis::from_init_chain(init), by_file) {
        (Ok(handed), Ok(read)) => assert_eq!(handed, read, "one genesis, two documents"),
        (Err(refusal), Ok(_)) => panic!("the file is taken, InitChain is not: {refusal}"),
        (Ok(handed), Err(_)) => begins(&handed),
        (Err(_), Err(_)) => {}
    }
}

fn validators(file: &Value) -> Vec<Validator> {
    let listed = file["validators"].as_array();
    let one = |it: &Value| {
        let key = STANDARD.decode(it["pub_key"]["value"].as_str()?).ok()?;
        Some(Validator {
            key_type: String::from("ed25519"),
            key,
            power: it["power"].as_str()?.parse().ok()?,
        })
    };
    listed.into_iter().flatten().filter_map(one).collect()
}

/// A genesis that keeps every rule makes a state, and always the same.
fn begins(genesis: &Genesis) {
    let executed = nexus_machine::genesis(genesis.document());
    assert_eq!(executed, nexus_machine::genesis(genesis.document()));
    assert!(!executed.changes.is_empty());
}

fn seeds() -> Vec<Vec<u8>> {
    let network = |validators: usize| {
        let options = dev::Options {
            chain_id: String::from("nexus-fuzz-1"),
            time: Time(1_767_225_600_000),
            validators,
            seed: Zeroizing::new([1; 32]),
        };
        let (genesis, _) = dev::network(&options).expect("a development network");
        genesis.to_json()
    };
    let mut seeds = Vec::new();
    for text in [1, 2, 3, 4, 5, 7].map(network) {
        let file: Value = serde_json::from_str(&text).expect("JSON");
        seeds.push(serde_json::to_vec(&file).expect("JSON"));
    }
    seeds
}

fn mutation(
    data: &mut [u8],
    size: usize,
    max: usize,
    random: &mut Random,
    bytes: Bytes<'_>,
) -> usize {
    let parsed = serde_json::from_slice::<Value>(&data[..size]).ok();
    let Some(mut file) = parsed.filter(|_| !random.once_in(8)) else {
        return bytes(data, size, max);
    };
    mutate::json(&mut file, random, bytes);
    let text = serde_json::to_vec(&file).expect("JSON");
    mutate::put(data, size, max, &text)
}
