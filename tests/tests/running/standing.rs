//! What a refusal that stands on the ledger leaves behind: code, gates, audit entry, violation, and the creator's notice.

use nexus_sdk::api::{GatesView, Method, NoParams, Read, TransactionView, VerdictView};
use nexus_sdk::keys::Signer;
use nexus_tests::Network;
use nexus_tests::actions::*;
use nexus_types::ImvuId;
use nexus_types::state::Imvu;
use nexus_types::state_key;

/// What a refusal is to be.
pub(crate) struct Refusal<'a> {
    /// Its code.
    code: u32,
    /// The gates that refuse, ascending.
    gates: &'a [u8],
    /// The reason behind the code.
    reason: &'a str,
    /// The IMVU whose creator must be told.
    told: Option<&'a str>,
}

pub(crate) fn refusal<'a>(
    code: u32,
    gates: &'a [u8],
    reason: &'a str,
    told: Option<&'a str>,
) -> Refusal<'a> {
    Refusal {
        code,
        gates,
        reason,
        told,
    }
}

fn refused_gates(verdict: &VerdictView) -> Vec<u8> {
    let refused = verdict.gates.iter().filter(|gate| !gate.passed);
    refused.map(|gate| gate.gate).collect()
}

/// Asserts a refusal with everything it leaves behind.
pub(crate) fn assert_refusal(network: &Network, view: &TransactionView, expected: &Refusal<'_>) {
    let verdict = view.verdict.as_ref().expect("a decision");
    let envelope = view.envelope.as_ref().expect("a transaction");
    let what = format!("{} by {}", verdict.action, verdict.actor);
    assert_eq!(
        view.summary.code.code, expected.code,
        "{what}: {verdict:#?}"
    );
    let reason = verdict.reason.as_ref().map(|reason| reason.name.as_str());
    assert_eq!(reason, Some(expected.reason), "{what}");
    assert_eq!(
        refused_gates(verdict),
        expected.gates,
        "{what}: {verdict:#?}"
    );
    let table = gates_of(network, &verdict.action);
    let judged: Vec<u8> = verdict.gates.iter().map(|gate| gate.gate).collect();
    assert_eq!(
        judged, table,
        "{what}: every gate of the table is in the verdict"
    );

    let id = envelope.id;
    let audited = network.audit_of(verdict.actor.0);
    let entry = audited.items.iter().find(|entry| entry.tx == id);
    let entry = entry.unwrap_or_else(|| panic!("{what}: no audit entry"));
    assert_eq!(entry.code.code, expected.code, "{what}");
    assert_eq!(entry.before, entry.after, "{what}: nothing changed");
    assert_eq!(entry.subject, verdict.subject, "{what}");

    let violations = network.violations_of(verdict.actor.0);
    let violation = violations.iter().find(|violation| violation.tx == id);
    let violation = violation.unwrap_or_else(|| panic!("{what}: no violation"));
    assert_eq!(violation.audit, entry.sequence, "{what}");
    assert_eq!(violation.code.code, expected.code, "{what}");
    let refused: Vec<u8> = violation.refused.iter().map(|gate| gate.gate).collect();
    assert_eq!(refused, expected.gates, "{what}");

    if let Some(told) = expected.told {
        let notices = network.notices_of(&imvu(told));
        let notice = notices.iter().find(|notice| notice.audit == entry.sequence);
        let notice = notice.unwrap_or_else(|| panic!("{what}: the creator of {told} was not told"));
        assert_eq!(
            (notice.actor, notice.code.code),
            (verdict.actor, expected.code),
            "{what}"
        );
    }
}

fn gates_of(network: &Network, action: &str) -> Vec<u8> {
    let view: Read<GatesView> = network.node().read(Method::GetGates, &NoParams {});
    let row = view
        .value
        .actions
        .into_iter()
        .find(|row| row.action == action);
    row.unwrap_or_else(|| panic!("no row for {action}")).gates
}

pub(crate) fn assert_refusals(
    network: &Network,
    views: &[TransactionView],
    expected: &[Refusal<'_>],
) {
    assert_eq!(views.len(), expected.len());
    for (view, expected) in views.iter().zip(expected) {
        assert_refusal(network, view, expected);
    }
}

/// Two creators with an IMVU each, and the first one's name.
pub(crate) fn neighbours(network: &Network, prefix: &str) -> (Signer, Signer, String) {
    let [alice, bob] = network.people(["alice", "bob"]);
    let name = below_apex(&prefix.to_lowercase());
    let (hers, his) = (format!("{prefix}-A"), format!("{prefix}-B"));
    network.apply(&alice, vec![create(&hers), claim(&name, &hers)]);
    network.apply(&bob, vec![create(&his)]);
    (alice, bob, name)
}

pub(crate) fn imvu_state(network: &Network, id: &ImvuId) -> Imvu {
    network.state(&state_key::imvu(id)).expect("an IMVU")
}
