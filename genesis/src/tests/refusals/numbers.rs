//! Delays, allowances, the largest quota; and what only a development network may do.

use serde_json::json;

use super::{assert_refused, assert_refused_in_production, production_json, refusal};

#[test]
fn numbers() {
    assert_refused(vec![
        refusal(
            "/app_state/delays/approval_ms",
            json!("2592000001"),
            "app_state.delays.approval_ms",
            "1000 to 2592000000 ms",
        ),
        refusal(
            "/app_state/delays/approval_ms",
            json!("999"),
            "app_state.delays.approval_ms",
            "is 999",
        ),
        refusal(
            "/app_state/delays/name_lock_ms",
            json!("0"),
            "app_state.delays.name_lock_ms",
            "1000 to 31536000000 ms",
        ),
        refusal(
            "/app_state/delays/registration_ms",
            json!("2592000001"),
            "app_state.delays.registration_ms",
            "must be 0 to 2592000000 ms, is 2592000001",
        ),
        refusal(
            "/app_state/delays/silence_ms",
            json!("999"),
            "app_state.delays.silence_ms",
            "must be 1000 to 86400000 ms, is 999",
        ),
        refusal(
            "/app_state/delays/silence_ms",
            json!("86400001"),
            "app_state.delays.silence_ms",
            "is 86400001",
        ),
        refusal(
            "/app_state/allowances/per_block",
            json!(0),
            "app_state.allowances.per_block",
            "above 0",
        ),
        refusal(
            "/app_state/allowances/per_day",
            json!(0),
            "app_state.allowances.per_day",
            "at least per_block",
        ),
        refusal(
            "/app_state/allowances/rights_per_block",
            json!(0),
            "app_state.allowances.rights_per_block",
            "above 0",
        ),
        refusal(
            "/app_state/allowances/rights_per_day",
            json!(1),
            "app_state.allowances.rights_per_day",
            "at least rights_per_block (50), is 1",
        ),
        refusal(
            "/app_state/allowances/unattested_per_block",
            json!(0),
            "app_state.allowances.unattested_per_block",
            "above 0",
        ),
        refusal(
            "/app_state/allowances/unattested_per_day",
            json!(1),
            "app_state.allowances.unattested_per_day",
            "is 1",
        ),
        refusal(
            "/app_state/max_quota/cpu_millis",
            json!("0"),
            "app_state.max_quota.cpu_millis",
            "above 0",
        ),
        refusal(
            "/app_state/max_quota/memory_bytes",
            json!("0"),
            "app_state.max_quota.memory_bytes",
            "above 0",
        ),
        refusal(
            "/app_state/max_quota/storage_bytes",
            json!("0"),
            "app_state.max_quota.storage_bytes",
            "above 0",
        ),
        refusal(
            "/app_state/max_quota/bandwidth_bits_per_second",
            json!("0"),
            "app_state.max_quota.bandwidth_bits_per_second",
            "above 0",
        ),
        refusal(
            "/app_state/max_quota/pids",
            json!("0"),
            "app_state.max_quota.pids",
            "above 0",
        ),
        refusal(
            "/app_state/max_quota/io_bytes_per_second",
            json!("0"),
            "app_state.max_quota.io_bytes_per_second",
            "above 0",
        ),
        refusal(
            "/app_state/max_quota/dns_answers_per_second",
            json!("0"),
            "app_state.max_quota.dns_answers_per_second",
            "above 0",
        ),
        refusal(
            "/app_state/max_quota/mail_messages_per_hour",
            json!("0"),
            "app_state.max_quota.mail_messages_per_hour",
            "above 0",
        ),
        refusal(
            "/app_state/max_quota/mail_bytes",
            json!("0"),
            "app_state.max_quota.mail_bytes",
            "above 0",
        ),
    ]);
}

#[test]
fn what_only_development_may_do() {
    let good = production_json();
    let seats = good["app_state"]["seats"].as_array().expect("seats");
    assert_refused_in_production(vec![
        refusal(
            "/app_state/preapproved",
            json!(["imvu-b.world"]),
            "app_state.preapproved",
            "must be empty unless app_state.development is true",
        ),
        refusal(
            "/app_state/delays/approval_ms",
            json!("2591999999"),
            "app_state.delays.approval_ms",
            "must be 2592000000 ms unless app_state.development",
        ),
        refusal(
            "/app_state/delays/name_lock_ms",
            json!("1000"),
            "app_state.delays.name_lock_ms",
            "must be 31536000000 ms unless",
        ),
        refusal(
            "/app_state/delays/registration_ms",
            json!("604799999"),
            "app_state.delays.registration_ms",
            "must be 604800000 to 2592000000 ms unless app_state.development is true, is 604799999",
        ),
        refusal(
            "/app_state/delays/registration_ms",
            json!("2592000001"),
            "app_state.delays.registration_ms",
            "is 2592000001",
        ),
        refusal(
            "/app_state/seats",
            json!(seats.get(..4)),
            "app_state.seats",
            "at least 5 entries unless app_state.development is true, has 4",
        ),
    ]);
}
