//! What people ask for their names.

use nexus_genesis::dev::{APEX, PREAPPROVED};
use nexus_tests::actions::{record, typed};
use nexus_types::action::{Action, ActionKind, NameText};
use nexus_types::rrset::RecordType;
use nexus_types::{ImvuId, state_key};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::stream::{Now, Stream};

fn some_name(rng: &mut StdRng) -> String {
    match rng.gen_range(0..12) {
        0 => PREAPPROVED.choose(rng).expect("a name").to_string(),
        1 => "not a name..".to_owned(),
        2 => APEX.to_owned(),
        3 => "elsewhere.example".to_owned(),
        4 => format!("x.{}.{APEX}", ["a", "b"].choose(rng).expect("a label")),
        _ => format!(
            "{}.{APEX}",
            ["a", "b", "c", "d"].choose(rng).expect("a label")
        ),
    }
}

pub(super) fn naming(stream: &mut Stream, now: &Now<'_>, kind: ActionKind, id: &ImvuId) -> Action {
    use ActionKind as K;
    let rng = &mut stream.rng;
    let zone = bound_name(rng, now, id).unwrap_or_else(|| some_name(rng));
    let owner = match rng.gen_range(0..8) {
        0 => some_name(rng),
        1 | 2 => zone.clone(),
        _ => format!("{}.{zone}", ["www", "mail"].choose(rng).expect("a label")),
    };
    let address = format!("192.0.2.{}", rng.gen_range(0..255));
    let (rtype, data) = match rng.gen_range(0..4) {
        0 => (RecordType::Txt, "\"v=1\"".to_owned()),
        1 => (RecordType::Cname, format!("www.{APEX}.")),
        _ => (RecordType::A, address),
    };
    let text = |name: &str| -> NameText { typed(name) };
    match kind {
        K::ClaimDomain => Action::ClaimDomain {
            name: text(&some_name(rng)),
            imvu: id.clone(),
        },
        // Freed names are locked for a year: rarely, or nothing is left to claim.
        K::ReleaseDomain if rng.gen_bool(0.4) => Action::ReleaseDomain { name: text(&zone) },
        K::RemoveRecords => Action::RemoveRecords {
            zone: text(&zone),
            owner: text(&owner),
            rtype,
        },
        _ => Action::SetRecords {
            zone: text(&zone),
            owner: text(&owner),
            rrset: record(rtype, &data),
        },
    }
}

/// A name that is bound to the IMVU.
pub(super) fn bound_name(rng: &mut StdRng, now: &Now<'_>, id: &ImvuId) -> Option<String> {
    let names = ["a", "b", "c", "d", "x.a", "x.b"].map(|label| format!("{label}.{APEX}"));
    let bound = names.into_iter().filter(|name| {
        let name = nexus_types::Name::parse(name).expect("a name");
        let domain = now.read::<nexus_types::state::Domain>(&state_key::domain(&name));
        domain.is_some_and(|domain| domain.imvu.as_ref() == Some(id))
    });
    let bound: Vec<String> = bound.collect();
    bound.choose(rng).cloned()
}
