use super::*;

#[test]
fn ranks_are_those_of_the_definition() {
    let micros: Vec<u64> = (1..=1_000).map(|value| value * 1_000).collect();
    assert_eq!(per_mille(&micros, 500), 500.0);
    assert_eq!(per_mille(&micros, 999), 999.0);
    assert_eq!(per_mille(&micros, 1_000), 1_000.0);
    assert_eq!(per_mille(&[7_000], 1), 7.0);
    assert_eq!(per_mille(&[], 500), 0.0);
}

#[test]
fn the_first_block_only_starts_the_clock() {
    let block = |second: u64, transactions| SeenBlock {
        height: second,
        time_us: second * 1_000_000,
        transactions,
        seen: Some(Duration::from_secs(second)),
    };
    let blocks = [block(1, 900), block(2, 100), block(4, 200)];
    assert_eq!(rate_of(&blocks), 100.0);
    assert_eq!(rate_of(&blocks[..1]), 0.0);
    assert_eq!(rate_of(&[]), 0.0);
}

#[test]
fn a_limit_of_the_rpc_is_told_with_what_raises_it() {
    let text = told("NX4002", 3);
    assert!(
        text.contains("transactions_per_second") && text.contains("config.toml"),
        "{text}"
    );
    assert!(told("NX1041", 1).starts_with("1: NX1041 "));
    assert_eq!(told("batch too large", 2), "2: batch too large");
}
