//! IMVUs and what they own.

use super::{Fault, Ledger, fault, id, stands_under};
use alloc::collections::BTreeMap;
use nexus_tree::log::Frontier;
use nexus_types::consent::{Consents, Erasure};
use nexus_types::domain::{ChildGrant, ExternalClaim, ExternalName, TransferKey};
use nexus_types::governance::Registers;
use nexus_types::limits::{DOMAINS_PER_IMVU, PROPOSALS_PER_IMVU, ROUTES_PER_IMVU};
use nexus_types::log::CollectionKind;
use nexus_types::mail::MailBook;
use nexus_types::quota::QuotaField;
use nexus_types::route::{PathPolicy, Prefix};
use nexus_types::rrset::{RRset, RecordType};
use nexus_types::snapshot::Snapshot;
use nexus_types::state::{
    ApprovalFate, ApprovalRecord, ChainRecord, Collection, Domain, Imvu, Jurisdictions, Proposal,
    ProposalStatus, RouteRecord, Zone,
};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{ImvuId, Name};

pub(super) fn owners(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let envelope = ledger.one::<ChainRecord>(&state_key::chain())?.max_quota;
    let listed: Jurisdictions = ledger.one(&state_key::jurisdictions())?;
    // What stands in a jurisdiction stays there when governance takes it off the list.
    let registers = ledger.get::<Registers>(&state_key::registers())?;
    let list_changed = registers.is_some_and(|registers| registers.jurisdictions > 0);
    ledger.each::<Imvu>(KeyKind::Imvu, |key, imvu| {
        stands_under(key, &state_key::imvu(&imvu.id))?;
        if !ledger.exists(&state_key::identity(&imvu.owner)) {
            return fault(key, format_args!("its owner {} is no identity", imvu.owner));
        }
        if let Some(tag) = &imvu.jurisdiction
            && !list_changed
            && !listed.tags.contains(tag)
        {
            return fault(key, format_args!("its jurisdiction {tag:?} is not listed"));
        }
        for field in QuotaField::ALL {
            let (quota, most) = (imvu.quota.get(field), envelope.get(field));
            if quota == 0 || quota > most || imvu.quota_version(field) == 0 {
                return fault(
                    key,
                    format_args!(
                        "its {} is {quota} in version {}; 1 to {most} is permitted, from version 1 on",
                        field.name(),
                        imvu.quota_version(field)
                    ),
                );
            }
        }
        let policy = ledger.exists(&state_key::path_policy(&imvu.id));
        if policy != (imvu.policy_version > 0) {
            return fault(
                key,
                format_args!(
                    "its path policy has version {}, and {} there",
                    imvu.policy_version,
                    if policy { "is" } else { "is not" }
                ),
            );
        }
        Ok(())
    })
}

/// What the objects of one IMVU come to.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Tally {
    domains: u32,
    routes: u32,
    proposals: u32,
    state_keys: u32,
    routes_version: u64,
}

impl Tally {
    fn own(&mut self, keys: u32) {
        self.state_keys = self.state_keys.saturating_add(keys);
    }
}

pub(super) fn counts(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let mut tallies = tally(ledger)?;
    ledger.each::<Imvu>(KeyKind::Imvu, |key, imvu| {
        let mut counted = tallies.remove(&imvu.id).unwrap_or_default();
        // Its own record.
        counted.own(1);
        let said = Tally {
            domains: imvu.domains,
            routes: imvu.routes,
            proposals: imvu.proposals,
            state_keys: imvu.state_keys,
            routes_version: imvu.routes_version,
        };
        if said != counted {
            return fault(key, format_args!("it says {said:?}, there are {counted:?}"));
        }
        // Revocations, erasures and snapshots are rights, and never refused for lack of room: they alone may exceed the keys.
        let over = imvu.domains > DOMAINS_PER_IMVU
            || usize::try_from(imvu.routes).is_ok_and(|routes| routes > ROUTES_PER_IMVU)
            || imvu.proposals > PROPOSALS_PER_IMVU;
        if over {
            return fault(key, format_args!("{said:?} is over a limit of the law"));
        }
        Ok(())
    })
}

fn tally(ledger: &Ledger<'_>) -> Result<BTreeMap<ImvuId, Tally>, Fault> {
    let mut tallies: BTreeMap<ImvuId, Tally> = BTreeMap::new();
    ledger.each::<Domain>(KeyKind::Domain, |_, domain| {
        if let Some(imvu) = domain.imvu {
            let tally = tallies.entry(imvu).or_default();
            tally.domains = tally.domains.saturating_add(1);
            // Itself; and its delegation, or its zone and that one's table of contents.
            let delegated = ledger.exists(&state_key::delegation(&domain.name));
            tally.own(if delegated { 2 } else { 3 });
        }
        Ok(())
    })?;
    ledger.each::<Zone>(KeyKind::Zone, |_, zone| {
        tallies.entry(zone.imvu).or_default().own(zone.sets);
        Ok(())
    })?;
    ledger.each::<ExternalClaim>(KeyKind::ExternalClaim, |_, it| {
        tallies.entry(it.imvu).or_default().own(1);
        Ok(())
    })?;
    ledger.each::<ExternalName>(KeyKind::ExternalName, |_, it| {
        tallies.entry(it.imvu).or_default().own(1);
        Ok(())
    })?;
    ledger.each::<ChildGrant>(KeyKind::ChildGrant, |_, it| {
        tallies.entry(it.payer().clone()).or_default().own(1);
        Ok(())
    })?;
    ledger.each::<TransferKey>(KeyKind::TransferKey, |_, it| {
        tallies.entry(it.imvu).or_default().own(1);
        Ok(())
    })?;
    ledger.each::<RouteRecord>(KeyKind::Route, |key, route| {
        let (imvu, _) = id::<(ImvuId, Prefix)>(key)?;
        let tally = tallies.entry(imvu).or_default();
        tally.own(1);
        tally.routes_version = tally.routes_version.saturating_add(route.version);
        if route.next_hop.is_some() {
            tally.routes = tally.routes.saturating_add(1);
        }
        Ok(())
    })?;
    ledger.each::<Proposal>(KeyKind::Proposal, |_, proposal| {
        if proposal.status == ProposalStatus::Open {
            let tally = tallies.entry(proposal.imvu).or_default();
            tally.proposals = tally.proposals.saturating_add(1);
        }
        Ok(())
    })?;
    ledger.each::<Consents>(KeyKind::Consents, |_, consents| {
        tallies.entry(consents.imvu).or_default().own(1);
        Ok(())
    })?;
    ledger.each::<Erasure>(KeyKind::Erasure, |_, erasure| {
        tallies.entry(erasure.imvu).or_default().own(1);
        Ok(())
    })?;
    ledger.each::<Snapshot>(KeyKind::Snapshot, |_, snapshot| {
        // The first one comes with the count of them all.
        let keys = if snapshot.number == 1 { 2 } else { 1 };
        tallies.entry(snapshot.imvu).or_default().own(keys);
        Ok(())
    })?;
    ledger.each::<MailBook>(KeyKind::MailBook, |_, book| {
        let kept = [book.addresses, book.credentials, book.routes, book.keys];
        let tally = tallies.entry(book.imvu).or_default();
        // The book and its table of contents.
        tally.own(2);
        kept.into_iter().for_each(|keys| tally.own(keys));
        Ok(())
    })?;
    ledger.each::<ApprovalRecord>(KeyKind::Approval, |_, approval| {
        if approval.fate == ApprovalFate::Revoked {
            tallies.entry(approval.imvu).or_default().own(1);
        }
        Ok(())
    })?;
    Ok(tallies)
}

pub(super) fn parents(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let there = |key: &StateKey, imvu: &ImvuId| {
        if ledger.exists(&state_key::imvu(imvu)) {
            return Ok(());
        }
        fault(key, format_args!("there is no {imvu}"))
    };
    ledger.each::<PathPolicy>(KeyKind::PathPolicy, |key, _| {
        let text = core::str::from_utf8(key.id()).ok();
        match text.and_then(|text| ImvuId::new(text).ok()) {
            Some(imvu) => there(key, &imvu),
            None => fault(key, "the key names no IMVU"),
        }
    })?;
    ledger.each::<RouteRecord>(KeyKind::Route, |key, route| {
        if route.version == 0 {
            return fault(key, "a route is set from version 1 on");
        }
        there(key, &id::<(ImvuId, Prefix)>(key)?.0)
    })?;
    ledger.each::<Domain>(KeyKind::Domain, |key, domain| {
        let Some(imvu) = &domain.imvu else {
            if domain.jurisdiction.is_some() {
                return fault(key, "nobody holds it, and it has a jurisdiction");
            }
            return Ok(());
        };
        there(key, imvu)?;
        let held = ledger.get::<Imvu>(&state_key::imvu(imvu))?;
        let tag = held.and_then(|imvu| imvu.jurisdiction);
        if tag.is_none() {
            return fault(key, format_args!("{imvu} holds it without a jurisdiction"));
        }
        if tag != domain.jurisdiction {
            return fault(key, format_args!("its jurisdiction is not that of {imvu}"));
        }
        Ok(())
    })?;
    ledger.each::<RRset>(KeyKind::RRset, |key, set| {
        let (_, _, rtype) = id::<(Name, Name, RecordType)>(key)?;
        if set.rtype != rtype {
            return fault(key, format_args!("the set is of type {:?}", set.rtype));
        }
        Ok(())
    })?;
    ledger.each::<Proposal>(KeyKind::Proposal, |key, proposal| {
        stands_under(key, &state_key::proposal(&proposal.id))?;
        if !ledger.exists(&state_key::identity(&proposal.proposer)) {
            return fault(
                key,
                format_args!("its proposer {} is no identity", proposal.proposer),
            );
        }
        there(key, &proposal.imvu)
    })?;
    ledger.each::<ApprovalRecord>(KeyKind::Approval, |key, approval| {
        there(key, &approval.imvu)
    })
}

pub(super) fn collections(ledger: &Ledger<'_>) -> Result<(), Fault> {
    ledger.each::<Collection>(KeyKind::Collection, |key, collection| {
        let (kind, imvu) = id::<(CollectionKind, Option<ImvuId>)>(key)?;
        match &imvu {
            Some(imvu) if !ledger.exists(&state_key::imvu(imvu)) => {
                return fault(key, format_args!("there is no {imvu}"));
            }
            None if !matches!(kind, CollectionKind::Violations | CollectionKind::Drifts) => {
                return fault(key, "only violations and drifts concern no IMVU");
            }
            _ => {}
        }
        let peaks = collection.peaks.iter().map(|peak| peak.0).collect();
        let head = Frontier::from_parts(collection.size, peaks).map(|frontier| frontier.head());
        match head {
            Ok(head) if collection.size > 0 && head.root == collection.root.0 => {}
            Ok(_) => return fault(key, "its root is not that of its peaks"),
            Err(error) => return fault(key, error),
        }
        Ok(())
    })
}
