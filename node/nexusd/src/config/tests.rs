//! What is written reads back, and what is wrong is named.

use super::*;

fn example() -> Config {
    let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let mut config = Config::new("auditor \"1\"", at(1), at(2), at(3), at(4));
    config.cometbft.persistent_peers = vec![format!("{}@127.0.0.1:26656", "ab".repeat(20))];
    config.cometbft.allow_duplicate_ip = true;
    config
}

#[test]
fn what_is_written_reads_back_as_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::new(folder.path());
    let mut config = example();
    config.write(&home).expect("written");
    assert_eq!(Config::read(&home).expect("read"), config);

    config.cometbft.binary = Some("/opt/comet bft".into());
    config.cometbft.external_address = Some("a.example:26656".to_owned());
    config.cometbft.proxy_app = Some("unix://run/recorder.sock".to_owned());
    config.cometbft.remote_signer = Some("10.0.0.7:26659".to_owned());
    config.log.format = LogFormat::Json;
    config.rpc.limits.calls_per_second = 7;
    config.rpc.limits.connections_per_caller = 512;
    config.snapshots.interval = 0;
    let servers = ["http://a.example:26700", "https://b.example"].map(str::to_owned);
    config.state_sync = StateSync::from_servers(&servers, 7, &"0a".repeat(32));
    config.watchdog.peers = vec!["http://a.example:26700".to_owned()];
    config.watchdog.frozen_after_s = 90;
    config.write(&home).expect("written");
    assert_eq!(Config::read(&home).expect("read"), config);
}

#[test]
fn a_bad_value_is_refused_with_its_field() {
    type Change = fn(&mut Config);
    let cases: &[(Change, &str)] = &[
        (|config| config.snapshots.keep = 0, "snapshots.keep"),
        (
            |config| config.state_sync.enabled = true,
            "state_sync.rpc_servers",
        ),
        (|config| config.name.clear(), "name"),
        (
            |config| config.watchdog.peers.push("a.example:26700".to_owned()),
            "watchdog.peers[0]",
        ),
        (
            |config| config.watchdog.frozen_after_s = 1,
            "watchdog.frozen_after_s",
        ),
        (
            |config| config.metrics.listen = "0.0.0.0:1".parse().expect("address"),
            "metrics.listen",
        ),
        (
            |config| config.cometbft.rpc = "192.0.2.1:1".parse().expect("address"),
            "cometbft.rpc",
        ),
        (
            |config| config.cometbft.persistent_peers.push("x@y:1".to_owned()),
            "cometbft.persistent_peers[1]",
        ),
        (
            |config| config.cometbft.external_address = Some("a\"b:1".to_owned()),
            "cometbft.external_address",
        ),
        (
            |config| config.cometbft.proxy_app = Some("tcp://127.0.0.1:26658".to_owned()),
            "cometbft.proxy_app",
        ),
        (
            |config| config.cometbft.proxy_app = Some("unix://a\"b".to_owned()),
            "cometbft.proxy_app",
        ),
        (
            |config| config.cometbft.remote_signer = Some("0.0.0.0:26659".to_owned()),
            "cometbft.remote_signer",
        ),
        (
            |config| config.cometbft.remote_signer = Some("192.0.2.1:26659".to_owned()),
            "cometbft.remote_signer",
        ),
        (
            |config| config.cometbft.remote_signer = Some("unix:///tmp/x\"".to_owned()),
            "cometbft.remote_signer",
        ),
        (
            |config| config.cometbft.log_level = "info\"\n[rpc]".to_owned(),
            "cometbft.log_level",
        ),
        (
            |config| config.rpc.limits.calls_per_second = 0,
            "rpc.limits.calls_per_second",
        ),
        (
            |config| config.rpc.limits.transactions_burst = MAX_BURST + 1,
            "rpc.limits.transactions_burst",
        ),
        (
            |config| config.rpc.limits.connections = MAX_CONNECTIONS + 1,
            "rpc.limits.connections",
        ),
        (
            |config| config.rpc.limits.connections_per_caller = 513,
            "rpc.limits.connections_per_caller",
        ),
    ];
    for (change, field) in cases {
        let mut config = example();
        change(&mut config);
        let reason = config.check().expect_err(field);
        assert!(reason.starts_with(&format!("{field}: ")), "{reason}");
    }
}

#[test]
fn limits_that_are_not_named_are_the_defaults() {
    let text = example().to_toml();
    let (before, after) = text.split_once("[rpc.limits]").expect("limits");
    let (_, after) = after.split_once("[metrics]").expect("metrics");
    let none = format!("{before}[metrics]{after}");
    let read: Config = toml::from_str(&none).expect("read");
    assert_eq!(read.rpc.limits, RpcLimits::default());
    let one = format!("{before}[rpc.limits]\nconnections = 9\n[metrics]{after}");
    let read: Config = toml::from_str(&one).expect("read");
    assert_eq!(read.rpc.limits.connections, 9);
    assert_eq!(read.rpc.limits.calls_burst, 400);
}

#[test]
fn a_file_from_before_the_watchdog_still_reads() {
    let text = example().to_toml();
    let (before, _) = text.split_once("[watchdog]").expect("the last section");
    let config: Config = toml::from_str(before).expect("it reads");
    assert_eq!(config.watchdog, Watchdog::default());
}

#[test]
fn a_file_without_the_sections_on_snapshots_reads_as_before() {
    let text = example().to_toml();
    let (before, _) = text.split_once("[snapshots]").expect("the sections");
    assert_eq!(toml::from_str::<Config>(before).expect("read"), example());
}

#[test]
fn an_unknown_key_is_refused() {
    let text = example().to_toml().replace("[log]", "[log]\ncolour = true");
    let error = toml::from_str::<Config>(&text).expect_err("refused");
    assert!(error.to_string().contains("colour"), "{error}");
}
