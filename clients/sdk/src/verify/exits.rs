//! The absence of retaliation: what a creator who leaves has authored, recomputed from what was proved.

use super::facts::ExitFacts;
use super::report::{StepName, Trail};
use super::state::Proved;
use super::subjects::object;
use nexus_types::domain::DelegationRecord;
use nexus_types::exit::{Baseline, BaselineName, BaselineRoute, BaselineZone, Exit};
use nexus_types::mail::MailRouteRecord;
use nexus_types::route::{PathPolicy, Prefix};
use nexus_types::state::{Clock, Imvu, ImvuNames, RouteRecord, Zone};
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{ImvuId, encoding};

pub(super) fn exit(id: ImvuId, proved: &Proved, trail: &mut Trail) -> Option<ExitFacts> {
    let exit: Option<Exit> = object(&state_key::exit(&id), "exit", proved, trail)?;
    let imvu: Option<Imvu> = object(&state_key::imvu(&id), "IMVU", proved, trail)?;
    let clock: Option<Clock> = object(&state_key::clock(), "clock", proved, trail)?;
    let law_time = clock.map(|clock| clock.law_time).unwrap_or_default();
    let (Some(exit), Some(imvu)) = (exit, imvu) else {
        return Some(ExitFacts {
            id,
            exit: None,
            baseline: None,
            law_time,
            protected_until: None,
        });
    };
    let baseline = baseline(&id, &imvu, proved, trail)?;
    let until = proved
        .delays
        .and_then(|delays| exit.protected_until(&delays));
    let protected = until.is_some_and(|until| law_time < until);
    trail.check(
        StepName::Baseline,
        &id,
        unharmed(&exit, &baseline, protected),
    )?;
    Some(ExitFacts {
        id,
        exit: Some(exit),
        baseline: Some(baseline),
        law_time,
        protected_until: until,
    })
}

/// One look at the end of an interval covers all of it: a change that is not the creator's would stand in the exit.
fn unharmed(exit: &Exit, baseline: &Baseline, protected: bool) -> Result<((), String), String> {
    if let Some(deviation) = exit.last_deviation {
        return Err(format!(
            "what the creator authored was changed in block {}, and not by the creator",
            deviation.height
        ));
    }
    let stands = baseline.hash();
    let since = exit.announced.height;
    if !protected {
        return Ok((
            (),
            format!("no change but the creator's from block {since} while it was protected"),
        ));
    }
    if stands != exit.baseline {
        return Err(format!(
            "what stands hashes to {stands}, the baseline is {}",
            exit.baseline
        ));
    }
    Ok((
        (),
        format!(
            "no change but the creator's since block {since}: {} of its own, baseline {stands}",
            exit.changes
        ),
    ))
}

/// What stands, from proved values alone. That nothing is left out follows from the counts and lists that the state keeps.
fn baseline(id: &ImvuId, imvu: &Imvu, proved: &Proved, trail: &mut Trail) -> Option<Baseline> {
    let policy: Option<PathPolicy> =
        object(&state_key::path_policy(id), "path policy", proved, trail)?;
    let names: Option<ImvuNames> = object(&state_key::imvu_names(id), "names", proved, trail)?;
    let names = names.unwrap_or_default().names;
    let counted = if names.len() as u64 == u64::from(imvu.domains) {
        Ok(((), format!("{0} of {0} shown", names.len())))
    } else {
        Err(format!(
            "{} names are listed, the IMVU has {}",
            names.len(),
            imvu.domains
        ))
    };
    trail.check(StepName::Baseline, "names", counted)?;
    let mut shown = Vec::new();
    for apex in names {
        let zone: Option<Zone> = object(&state_key::zone(&apex), apex.as_str(), proved, trail)?;
        let key = state_key::delegation(&apex);
        let away: Option<DelegationRecord> = object(&key, "delegation", proved, trail)?;
        let served = match (&zone, &away) {
            (Some(_), None) => Ok(((), String::from("its zone is shown"))),
            (None, Some(_)) => Ok(((), String::from("it is served elsewhere"))),
            _ => Err("a name has a zone, or is served elsewhere"),
        };
        trail.check(StepName::Baseline, &apex, served)?;
        let key = state_key::mail_route(&apex);
        let mail: Option<MailRouteRecord> = object(&key, "mail route", proved, trail)?;
        shown.push(BaselineName {
            apex,
            zone: zone.map(|zone| BaselineZone {
                serial: zone.serial,
                root: zone.root,
            }),
            delegation: away.map(|record| record.delegation),
            mail: mail.and_then(|record| record.route),
        });
    }
    let routes = trail.check(StepName::Baseline, "routes", routes(id, imvu, proved))?;
    Some(Baseline {
        imvu: id.clone(),
        quota: imvu.quota,
        policy: policy.unwrap_or_default(),
        routes,
        names: shown,
    })
}

fn routes(
    id: &ImvuId,
    imvu: &Imvu,
    proved: &Proved,
) -> Result<(Vec<BaselineRoute>, String), String> {
    let mut start = vec![KeyKind::Route.byte()];
    start.extend(encoding::encode(id));
    let mut routes = Vec::new();
    for (key, value) in proved.under(&start) {
        let prefix: Prefix = encoding::decode(key.get(start.len()..).unwrap_or_default())
            .map_err(|error| format!("a route's key cannot be read: {error}"))?;
        let record: RouteRecord = encoding::decode(value)
            .map_err(|error| format!("the route to {prefix} cannot be read: {error}"))?;
        routes.extend(
            record
                .next_hop
                .map(|next_hop| BaselineRoute { prefix, next_hop }),
        );
    }
    if routes.len() as u64 == u64::from(imvu.routes) {
        let told = format!("{0} of {0} shown", routes.len());
        Ok((routes, told))
    } else {
        Err(format!(
            "{} routes are shown, the IMVU has {}",
            routes.len(),
            imvu.routes
        ))
    }
}
