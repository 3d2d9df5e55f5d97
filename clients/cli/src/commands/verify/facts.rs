//! What was proved, for people and for programs.

use crate::{table, text};
use nexus_sdk::api::{
    CollectionView, EnvelopeView, IdentityView, ImvuView, PathPolicyView, RRsetView, VerdictView,
};
use nexus_sdk::verify::{ExitFacts, Facts, IdentityFacts, ImvuFacts, TxFacts, ZoneFacts};
use serde_json::{Value, json};

/// The proved facts in both forms.
pub(super) fn shown(facts: &Facts) -> (String, Value) {
    match facts {
        Facts::Tx(facts) => tx(facts),
        Facts::Imvu(facts) => imvu(facts),
        Facts::Zone(facts) => zone(facts),
        Facts::Identity(facts) => identity(facts),
        Facts::Exit(facts) => exit(facts),
    }
}

fn tx(facts: &TxFacts) -> (String, Value) {
    let verdict = facts.verdict.as_ref().map(VerdictView::from);
    let mut fields = vec![
        ("transaction", facts.hash.to_string()),
        ("result", format!("{} {}", facts.code, facts.code.title())),
    ];
    if let Some(verdict) = &verdict {
        let subject = text::subject(&verdict.subject);
        fields.push(("action", format!("{} on {subject}", verdict.action)));
        fields.push(("by", verdict.actor.to_string()));
        for gate in verdict.gates.iter().filter(|gate| !gate.passed) {
            let reason = gate
                .reason
                .as_ref()
                .map_or("", |reason| reason.text.as_str());
            fields.push((
                "refused by",
                format!("gate {} ({}): {reason}", gate.gate, gate.name),
            ));
        }
    }
    let value = json!({
        "kind": "tx",
        "hash": facts.hash.to_string(),
        "code": facts.code.number(),
        "codeName": facts.code.to_string(),
        "verdict": verdict,
        "envelope": facts.tx.as_ref().map(EnvelopeView::from),
    });
    (table::fields(&fields), value)
}

fn imvu(facts: &ImvuFacts) -> (String, Value) {
    let collections = facts.collections.iter().filter_map(|(kind, collection)| {
        let collection = collection.as_ref()?;
        Some(CollectionView {
            kind: format!("{kind:?}").to_lowercase(),
            size: collection.size.into(),
            root: collection.root.into(),
        })
    });
    let view = facts.imvu.as_ref().map(|imvu| ImvuView {
        path_policy: facts.policy.as_ref().map(PathPolicyView::from),
        collections: Some(collections.collect()),
        ..ImvuView::from(imvu)
    });
    let text = match &view {
        Some(view) => super::super::imvu::described(view),
        None => format!("there is no {}", facts.id),
    };
    (
        text,
        json!({"kind": "imvu", "exists": view.is_some(), "imvu": view}),
    )
}

fn zone(facts: &ZoneFacts) -> (String, Value) {
    let records: Vec<RRsetView> = facts
        .records
        .iter()
        .map(|(owner, set)| RRsetView::new(owner, set))
        .collect();
    let holder = facts
        .domain
        .as_ref()
        .and_then(|domain| domain.imvu.as_ref());
    let held = holder.map_or_else(|| String::from("nobody"), ToString::to_string);
    let text = match &facts.zone {
        Some(zone) => format!(
            "zone {} of {held}, serial {}, all {} record sets:\n{}",
            facts.apex,
            zone.serial,
            zone.sets,
            super::super::zone::record_table(&records)
        ),
        None => format!("{} has no zone; the name is held by {held}", facts.apex),
    };
    let value = json!({
        "kind": "zone",
        "apex": facts.apex.as_str(),
        "exists": facts.zone.is_some(),
        "holder": holder.map(ToString::to_string),
        "serial": facts.zone.as_ref().map(|zone| zone.serial.to_string()),
        "root": facts.zone.as_ref().map(|zone| zone.root.to_string()),
        "records": records,
    });
    (text, value)
}

fn identity(facts: &IdentityFacts) -> (String, Value) {
    let identity = facts.identity.as_ref();
    let view = identity.map(|identity| IdentityView::new(facts.id, identity));
    let text = match &view {
        Some(view) => super::super::identity::described(view),
        None => format!("identity {} is not registered", facts.id),
    };
    (
        text,
        json!({"kind": "identity", "exists": view.is_some(), "identity": view}),
    )
}

fn exit(facts: &ExitFacts) -> (String, Value) {
    let (Some(exit), Some(baseline)) = (&facts.exit, &facts.baseline) else {
        let text = format!(
            "{} had announced no exit by this block; what was decided in the last block is proved by the next one",
            facts.id
        );
        return (text, json!({"kind": "exit", "exists": false}));
    };
    let ends = facts.protected_until;
    let protected = ends.is_some_and(|until| facts.law_time < until);
    let until = match ends {
        Some(until) if protected => format!("until {}", text::time(until.0)),
        Some(until) => format!("no longer: it ended at {}", text::time(until.0)),
        None => String::from("no longer: the exit was cancelled"),
    };
    let fields = [
        (
            "exit",
            format!("{} of {}: {}", exit.number, exit.imvu, exit.stage),
        ),
        ("announced", format!("block {}", exit.announced.height)),
        ("protected", until),
        ("own changes", exit.changes.to_string()),
        ("others' changes", String::from("none")),
        (
            "covers",
            format!(
                "quota, path policy, {} routes, {} names with their zones or delegations and mail routes",
                baseline.routes.len(),
                baseline.names.len()
            ),
        ),
        ("baseline", exit.baseline.to_string()),
    ];
    let names = baseline.names.iter().map(|name| {
        json!({
            "name": name.apex.as_str(),
            "serial": name.zone.map(|zone| zone.serial.to_string()),
            "root": name.zone.map(|zone| zone.root.to_string()),
            "delegated": name.delegation.is_some(),
        })
    });
    let value = json!({
        "kind": "exit",
        "exists": true,
        "imvu": exit.imvu.to_string(),
        "number": exit.number.to_string(),
        "stage": exit.stage.name(),
        "announced": exit.announced.height.to_string(),
        "setAt": exit.set_at.to_string(),
        "changes": exit.changes.to_string(),
        "baseline": exit.baseline.to_string(),
        "stands": baseline.hash().to_string(),
        "protected": protected,
        "protectedUntil": ends.map(|until| until.0.to_string()),
        "names": names.collect::<Vec<_>>(),
        "routes": baseline.routes.len(),
    });
    (table::fields(&fields), value)
}
