//! Prints how fast a running local network is: `cargo run -p nexus-tests --bin cadence -- .localnet/network.json`.
//!
//! Block intervals over 60 idle seconds, then 20 transactions that wait for their block.

use nexus_tests::Network;
use nexus_tests::actions::create;
use nexus_tests::cadence::{committed_latencies, idle_intervals};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

const IDLE: Duration = Duration::from_secs(60);
const TRANSACTIONS: u64 = 20;

fn main() -> ExitCode {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!(
            "usage: cadence NETWORK.JSON (that of a running network, such as .localnet/network.json)"
        );
        return ExitCode::from(2);
    };
    let network = match Network::attach(Path::new(&file)) {
        Ok(network) => network,
        Err(why) => {
            eprintln!("cadence: {why}");
            return ExitCode::from(5);
        }
    };
    let intervals = idle_intervals(&network, IDLE);
    println!("block interval, {} s idle   {intervals}", IDLE.as_secs());
    let person = network.person("cadence");
    // An id of its own for each run.
    let imvu = format!("CADENCE-{}", &hex::encode_upper(person.identity.0.0)[..12]);
    network.apply(&person, vec![create(&imvu)]);
    let latencies = committed_latencies(&network, &person, &imvu, TRANSACTIONS);
    println!("submitted until committed   {latencies}");
    ExitCode::SUCCESS
}
