//! Names that change hands (law §7): a code that the owner puts on a name, and that signs once for who takes it over.

use super::echo::{Done, Echo};
use super::effects::Effect;
use super::imvu::{existing, own_keys, save};
use super::names::{check_scope, list, own_below, recount_above, take_code, take_mail, unlist};
use super::{children, delegations, external, guardians, zone_actions};
use crate::case::Case;
use crate::view::{View, Writes, read, write};
use nexus_types::action::ActionKind;
use nexus_types::crypto::{SigningKind, admit_key, signing_digest, verify};
use nexus_types::domain::{RedeemTransfer, SetTransferKey, TransferBody, TransferKey};
use nexus_types::limits::{DOMAINS_PER_IMVU, TRANSFER_CODE_MS};
use nexus_types::state::{Domain, Zone};
use nexus_types::{Name, Reason, state_key};

/// The code on a name.
pub(crate) fn of(view: &dyn View, name: &Name) -> Option<TransferKey> {
    read(view, &state_key::transfer_key(name))
}

pub(crate) fn set(case: &Case<'_>, asked: &SetTransferKey, writes: &mut Writes) -> Effect {
    let mut imvu = existing(case)?;
    let known = of(case.view, &asked.name);
    take_code(case.view, &asked.name, &mut imvu, writes);
    if let Some(code) = asked.code {
        admit_key(&code.key).map_err(|_| Reason::TransferCodeKey)?;
        let last = case.law_time.plus_ms(TRANSFER_CODE_MS);
        if code.expires <= case.law_time || code.expires > last {
            return Err(Reason::TransferCodeTerm);
        }
        own_keys(&mut imvu, 1)?;
        let record = TransferKey {
            name: asked.name.clone(),
            imvu: imvu.id.clone(),
            code,
            since: case.now.height,
        };
        write(writes, state_key::transfer_key(&asked.name), &record);
    } else {
        known.ok_or(Reason::NoChange)?;
    }
    save(&imvu, writes);
    Ok(Done::default())
}

/// Gate 3: whether the code on the name has signed for this IMVU, and the name can go there.
pub(crate) fn check(case: &Case<'_>, asked: &RedeemTransfer) -> Result<(), Reason> {
    let Some(from) = &case.imvu else {
        return Err(Reason::NoTransferCode);
    };
    let record = of(case.view, &asked.name)
        .filter(|record| record.imvu == from.id && case.law_time <= record.code.expires)
        .ok_or(Reason::NoTransferCode)?;
    let body = TransferBody {
        network: case.tx.body.network.clone(),
        name: asked.name.clone(),
        imvu: asked.imvu.clone(),
    };
    let digest = signing_digest(SigningKind::Transfer, &body);
    if !verify(&record.code.key, &digest, &asked.signature) {
        return Err(Reason::TransferNotSigned);
    }
    // A code that a thief has put on a name is of no use while guardians hold the owner's identity.
    if guardians::of(case.view, &from.owner).is_frozen(case.law_time) {
        return Err(Reason::IdentityFrozen);
    }
    // What has left the scope of the name above goes where its holder wants.
    if !children::has_left(case.view, &asked.name) {
        check_scope(case.view, &asked.name, &asked.imvu, case.law_time)?;
    }
    // What lies in its scope and has not left it goes first.
    if asked.imvu != from.id && own_below(case.view, &asked.name, &from.id) > 0 {
        return Err(Reason::DescendantTaken);
    }
    Ok(())
}

/// The name goes to another IMVU with its zone, or its delegation; all mail under it ends, and what its keys for mail
/// publish goes with it.
pub(crate) fn redeem(case: &Case<'_>, asked: &RedeemTransfer, writes: &mut Writes) -> Effect {
    let name = &asked.name;
    let mut from = existing(case)?;
    let mut to = case.claimant().ok_or(Reason::NotFound)?;
    if from.id == to.id {
        return Err(Reason::NoChange);
    }
    to.domains = to.domains.saturating_add(1);
    if to.domains > DOMAINS_PER_IMVU {
        return Err(Reason::LimitReached);
    }
    take_code(case.view, name, &mut from, writes);
    from = take_mail(case.view, name, from, writes)?;
    zone_actions::take_mail_keys(case, name, &mut from, writes);
    children::hand_over(case, name, (&mut from, &mut to), writes)?;
    external::forget_claim(case.view, name, &mut to, writes);
    external::hand_over(case, name, (&mut from, &mut to), writes)?;
    let keys = move_objects(case, name, &to.id, writes)?;
    from.domains = from.domains.saturating_sub(1);
    from.state_keys = from.state_keys.saturating_sub(keys);
    own_keys(&mut to, keys)?;
    save(&from, writes);
    save(&to, writes);
    recount_above(case.view, name, (&from.id, &to.id), writes);
    unlist(case.view, &from.id, name, writes);
    list(case.view, &to.id, name, writes);
    Ok(Done::echoing(alloc::vec![Echo::Told {
        imvu: to.id,
        audit: case.sequence,
        actor: case.tx.body.signer,
        action: ActionKind::RedeemTransfer,
    }]))
}

/// How many keys the name itself has, now another IMVU's.
fn move_objects(
    case: &Case<'_>,
    name: &Name,
    to: &nexus_types::ImvuId,
    writes: &mut Writes,
) -> Result<u32, Reason> {
    let layer = crate::view::Layer {
        base: case.view,
        writes,
    };
    let mut domain = read::<Domain>(&layer, &state_key::domain(name)).ok_or(Reason::NotFound)?;
    let zone = read::<Zone>(&layer, &state_key::zone(name));
    let delegation = delegations::of(&layer, name);
    domain.imvu = Some(to.clone());
    domain.since = case.now.height;
    write(writes, state_key::domain(name), &domain);
    let mut keys = 1_u32;
    if let Some(mut zone) = zone {
        keys = keys
            .saturating_add(super::names::KEYS_PER_ZONE)
            .saturating_add(zone.sets);
        zone.imvu = to.clone();
        zone.serial = case.now.height;
        write(writes, state_key::zone(name), &zone);
    }
    if let Some(mut record) = delegation {
        keys = keys.saturating_add(1);
        record.imvu = Some(to.clone());
        write(writes, state_key::delegation(name), &record);
    }
    Ok(keys)
}
