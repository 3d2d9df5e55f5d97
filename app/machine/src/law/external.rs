//! External names (law §8): claimed by proof of control, observed by organisations, and lost when the proof fails.
//!
//! A claim reserves nothing. Once two thirds of the registered observers have seen its challenge, the name is bound; where
//! others hold it, or names below it, they have to prove theirs again first. No validator asks the DNS.

use super::echo::{Done, Echo};
use super::effects::Effect;
use super::exit;
use super::imvu::{own_keys, save};
use super::names::{self, Holder, Moment, holder_of};
use crate::case::Case;
use crate::view::{Layer, View, Writes, after, chain, exists, read, write};
use alloc::vec::Vec;
use nexus_types::block::Event;
use nexus_types::domain::{
    ExternalClaim, ExternalEntry, ExternalName, ExternalStep, NameVote, NameVotes, ObserveName,
};
use nexus_types::encoding::{List, encode};
use nexus_types::governance::Observers;
use nexus_types::limits::{EXTERNAL_CLAIM_MS, REPROOFS_PER_CLAIM};
use nexus_types::state::{Imvu, TimedItem};
use nexus_types::{ActionKind, Hash, IdentityId, ImvuId, Name, Reason, Time, decode, state_key};

/// Whether the name is an external one that is bound.
pub(crate) fn is_one(view: &dyn View, name: &Name) -> bool {
    exists(view, &state_key::external_name(name))
}

/// What keeps an external name bound.
pub(crate) fn of(view: &dyn View, name: &Name) -> Option<ExternalName> {
    read(view, &state_key::external_name(name))
}

/// An IMVU's claim of a name.
pub(crate) fn claim_of(view: &dyn View, name: &Name, imvu: &ImvuId) -> Option<ExternalClaim> {
    read(view, &state_key::external_claim(name, imvu))
}

/// When a claim ends.
pub(crate) fn end_of(claim: &ExternalClaim) -> (Time, TimedItem) {
    let due = claim.settles.unwrap_or(claim.expires.plus_ms(1));
    let item = TimedItem::EndClaim(claim.name.clone(), claim.imvu.clone());
    (due, item)
}

/// When a round ends.
pub(crate) fn round_of(it: &ExternalName) -> (Time, TimedItem) {
    (it.due, TimedItem::EndRound(it.name.clone()))
}

/// Gate 3: whether an IMVU may claim a name by proof. Who holds it now may have to prove it again, which is no refusal.
pub(crate) fn check_claim(
    view: &dyn View,
    name: &Name,
    imvu: &ImvuId,
    law_time: Time,
) -> Result<(), Reason> {
    name.check_apex().map_err(Reason::Name)?;
    let apexes = names::apexes(view);
    let mut all = apexes.names.as_slice().iter();
    // Nor is a name above an apex anybody's: it would take all that is granted below.
    if all.any(|apex| apex.is_at_or_below(name)) {
        return Err(Reason::NameReserved);
    }
    if names::is_granted(view, name) {
        return Err(Reason::NotExternal);
    }
    if names::is_denied(view, name) {
        return Err(Reason::NameDenied);
    }
    names::check_scope(view, name, imvu, law_time)?;
    contested_below(view, name, imvu).map(|_| ())
}

/// Whether a name lies below an external one, whose proof covers it as long as it is not called in question.
pub(crate) fn check_covered(view: &dyn View, name: &Name) -> Result<(), Reason> {
    let above = names::nearest(view, name).and_then(|(above, _)| of(view, &above));
    match above {
        None => {
            name.check_platform_name().map_err(Reason::Name)?;
            Err(Reason::NotUnderApex)
        }
        Some(above) if above.reproof => Err(Reason::ReproofOpen),
        Some(_) => Ok(()),
    }
}

/// The external names below that others hold.
///
/// # Errors
/// [`Reason::DescendantTaken`] if they are too many, or others hold names there that nobody had to prove.
fn contested_below(view: &dyn View, name: &Name, imvu: &ImvuId) -> Result<Vec<Name>, Reason> {
    let others = names::others_below(view, name, imvu);
    if others == 0 {
        return Ok(Vec::new());
    }
    if usize::try_from(others).is_ok_and(|others| others > REPROOFS_PER_CLAIM) {
        return Err(Reason::DescendantTaken);
    }
    let mut found = Vec::new();
    let (mut from, to) = state_key::external_names_below(name);
    // As many of its own as an IMVU may have lie among them, at most.
    while let Some((key, bytes)) = view.first_in(&from, &to) {
        if let Ok(it) = decode::<ExternalName>(&bytes)
            && it.imvu != *imvu
        {
            found.push(it.name);
        }
        from = after(&key);
    }
    if u32::try_from(found.len()).is_ok_and(|count| count == others) {
        Ok(found)
    } else {
        Err(Reason::DescendantTaken)
    }
}

/// All names that others hold and that a proof of this one calls in question.
fn contested(view: &dyn View, claim: &ExternalClaim) -> Result<Vec<Name>, Reason> {
    let mut all = contested_below(view, &claim.name, &claim.imvu)?;
    match holder_of(view, &claim.name) {
        Holder::Imvu(holder) if holder != claim.imvu => all.push(claim.name.clone()),
        _ => {}
    }
    Ok(all)
}

pub(crate) fn claim(case: &Case<'_>, writes: &mut Writes) -> Effect {
    let Some(Ok(name)) = &case.name else {
        return Err(Reason::NotFound);
    };
    let mut imvu = case.claimant().ok_or(Reason::NotFound)?;
    if case.holder == Holder::Imvu(imvu.id.clone()) {
        return Err(Reason::AlreadyExists);
    }
    match claim_of(case.view, name, &imvu.id) {
        Some(known) if known.settles.is_some() => return Err(Reason::AlreadyExists),
        // A fresh challenge in the place of the one before.
        Some(_) => forget_claim(case.view, name, &mut imvu, writes),
        None => {}
    }
    own_keys(&mut imvu, 1)?;
    save(&imvu, writes);
    let claim = ExternalClaim {
        name: name.clone(),
        imvu: imvu.id,
        nonce: case.id,
        expires: case.law_time.plus_ms(EXTERNAL_CLAIM_MS),
        since: case.now.height,
        votes: NameVotes::default(),
        settles: None,
    };
    keep_claim(&claim, writes);
    Ok(Done::default())
}

fn keep_claim(claim: &ExternalClaim, writes: &mut Writes) {
    let (due, item) = end_of(claim);
    write(writes, state_key::timed(due.0, &item), &item);
    let key = state_key::external_claim(&claim.name, &claim.imvu);
    write(writes, key, claim);
}

/// A claim of a name that its IMVU has by now, or claims afresh.
pub(crate) fn forget_claim(base: &dyn View, name: &Name, imvu: &mut Imvu, writes: &mut Writes) {
    let Some(claim) = claim_of(&Layer { base, writes }, name, &imvu.id) else {
        return;
    };
    let (due, item) = end_of(&claim);
    writes.insert(state_key::timed(due.0, &item), None);
    writes.insert(state_key::external_claim(name, &imvu.id), None);
    imvu.state_keys = imvu.state_keys.saturating_sub(1);
}

/// A name begins to be observed.
pub(crate) fn begin(
    base: &dyn View,
    at: Moment,
    (name, imvu): (&Name, &ImvuId),
    nonce: Hash,
    writes: &mut Writes,
) {
    let due = at.law_time.plus_ms(chain(base).delays.observation_ms);
    let it = ExternalName {
        name: name.clone(),
        imvu: imvu.clone(),
        nonce,
        expires: due,
        since: at.now.height,
        votes: NameVotes::default(),
        due,
        reproof: false,
    };
    keep(&it, writes);
}

fn keep(it: &ExternalName, writes: &mut Writes) {
    let (due, item) = round_of(it);
    write(writes, state_key::timed(due.0, &item), &item);
    write(writes, state_key::external_name(&it.name), it);
}

fn drop_timer(it: &ExternalName, writes: &mut Writes) {
    let (due, item) = round_of(it);
    writes.insert(state_key::timed(due.0, &item), None);
}

/// A name is observed no longer; whether it was.
pub(crate) fn end(base: &dyn View, name: &Name, imvu: &mut Imvu, writes: &mut Writes) -> bool {
    let Some(it) = of(&Layer { base, writes }, name) else {
        return false;
    };
    drop_timer(&it, writes);
    writes.insert(state_key::external_name(name), None);
    imvu.state_keys = imvu.state_keys.saturating_sub(1);
    true
}

/// The name goes to another IMVU, which has a challenge of its own to publish before the next round.
pub(crate) fn hand_over(
    case: &Case<'_>,
    name: &Name,
    (from, to): (&mut Imvu, &mut Imvu),
    writes: &mut Writes,
) -> Result<(), Reason> {
    let Some(it) = of(case.view, name) else {
        return Ok(());
    };
    if it.reproof {
        return Err(Reason::ReproofOpen);
    }
    end(case.view, name, from, writes);
    own_keys(to, 1)?;
    begin(case.view, Moment::of(case), (name, &to.id), case.id, writes);
    Ok(())
}

/// What an observer speaks of.
enum Open {
    Claim(ExternalClaim),
    Name(ExternalName),
}

fn open(view: &dyn View, asked: &ObserveName, law_time: Time) -> Result<Open, Reason> {
    let chain_id = chain(view).network.chain_id;
    if let Some(claim) = claim_of(view, &asked.name, &asked.imvu)
        && claim.settles.is_none()
        && law_time <= claim.expires
        && claim.challenge(&chain_id) == asked.challenge
    {
        return Ok(Open::Claim(claim));
    }
    match of(view, &asked.name) {
        Some(it) if it.imvu == asked.imvu && it.challenge(&chain_id) == asked.challenge => {
            Ok(Open::Name(it))
        }
        _ => Err(Reason::ChallengeOther),
    }
}

/// Gate 3: whether exactly this challenge is open.
pub(crate) fn check_open(case: &Case<'_>, asked: &ObserveName) -> Result<(), Reason> {
    open(case.view, asked, case.law_time).map(|_| ())
}

/// Gate 1: whether the signer is a registered observer.
pub(crate) fn is_observer(view: &dyn View, signer: &IdentityId) -> bool {
    let register = observers(view);
    let mut all = register.members.as_slice().iter();
    all.any(|one| one.identity == *signer)
}

fn observers(view: &dyn View) -> Observers {
    read(view, &state_key::observers()).unwrap_or_default()
}

/// How registered organisations voted, and two thirds of them all, rounded up.
struct Count {
    seen: usize,
    unseen: usize,
    needed: usize,
}

fn count(register: &Observers, votes: &NameVotes) -> Count {
    let members = register.members.as_slice();
    let said = |seen: bool| {
        let voted = votes.as_slice().iter().filter(|vote| vote.seen == seen);
        voted
            .filter(|vote| members.iter().any(|one| one.identity == vote.observer))
            .count()
    };
    Count {
        seen: said(true),
        unseen: said(false),
        // With nobody to look, nothing is ever seen.
        needed: members.len().saturating_mul(2).div_ceil(3).max(1),
    }
}

/// The votes of a round with one more. Who did not see the challenge may see it later in the same round, since names take
/// time to spread; nothing else is changed.
fn with_vote(
    case: &Case<'_>,
    register: &Observers,
    votes: &NameVotes,
    asked: &ObserveName,
) -> Result<NameVotes, Reason> {
    let signer = case.tx.body.signer;
    let mut all: Vec<NameVote> = votes.as_slice().to_vec();
    // Who has left the register leaves room.
    all.retain(|vote| {
        let mut members = register.members.as_slice().iter();
        members.any(|one| one.identity == vote.observer)
    });
    match all.iter().find(|vote| vote.observer == signer) {
        Some(known) if known.seen || !asked.seen => return Err(Reason::AlreadyVoted),
        _ => all.retain(|vote| vote.observer != signer),
    }
    all.push(NameVote {
        observer: signer,
        seen: asked.seen,
        evidence: asked.evidence,
        at: case.now.height,
    });
    List::new(all).map_err(|_| Reason::LimitReached)
}

pub(crate) fn observe(case: &Case<'_>, asked: &ObserveName, writes: &mut Writes) -> Effect {
    let register = observers(case.view);
    let echoes = match open(case.view, asked, case.law_time)? {
        Open::Claim(mut claim) => {
            claim.votes = with_vote(case, &register, &claim.votes, asked)?;
            let votes = count(&register, &claim.votes);
            if votes.seen < votes.needed {
                keep_claim(&claim, writes);
                return Ok(Done::default());
            }
            proven(case, claim, writes)
        }
        Open::Name(mut it) => {
            it.votes = with_vote(case, &register, &it.votes, asked)?;
            let votes = count(&register, &it.votes);
            if it.reproof && votes.seen >= votes.needed {
                reproved(case, it, writes)
            } else if !it.reproof && votes.unseen >= votes.needed {
                let mut echoes = open_reproof(case, it, writes);
                echoes.extend(told(case, &asked.imvu));
                echoes
            } else {
                keep(&it, writes);
                Vec::new()
            }
        }
    };
    Ok(Done::echoing(echoes))
}

fn entry(name: &Name, imvu: &ImvuId, step: ExternalStep) -> Echo {
    Event::ExternalName(ExternalEntry {
        name: name.clone(),
        imvu: imvu.clone(),
        step,
    })
    .into()
}

/// A creator is told of the vote that decided.
fn told(case: &Case<'_>, imvu: &ImvuId) -> Option<Echo> {
    Some(Echo::Told {
        imvu: imvu.clone(),
        audit: case.sequence,
        actor: case.tx.body.signer,
        action: ActionKind::ObserveName,
    })
}

/// Two thirds have seen the challenge of a claim.
fn proven(case: &Case<'_>, mut claim: ExternalClaim, writes: &mut Writes) -> Vec<Echo> {
    let mut echoes: Vec<Echo> = told(case, &claim.imvu).into_iter().collect();
    let allowed = check_claim(case.view, &claim.name, &claim.imvu, case.law_time);
    let held = allowed.and_then(|()| contested(case.view, &claim));
    match held {
        Ok(held) if !held.is_empty() => {
            for name in held {
                if let Some(it) = of(case.view, &name) {
                    echoes.extend(told(case, &it.imvu));
                    if !it.reproof {
                        echoes.extend(open_reproof(case, it, writes));
                    }
                }
            }
            let (due, item) = end_of(&claim);
            writes.insert(state_key::timed(due.0, &item), None);
            // After the last of those rounds has ended.
            let settles = case
                .law_time
                .plus_ms(chain(case.view).delays.reproof_ms)
                .plus_ms(2);
            claim.settles = Some(settles);
            keep_claim(&claim, writes);
            echoes.push(entry(
                &claim.name,
                &claim.imvu,
                ExternalStep::Proven(settles),
            ));
        }
        Ok(_) => echoes.push(win(case.view, Moment::of(case), &claim, writes)),
        Err(_) => echoes.push(give_up(case.view, &claim, writes)),
    }
    echoes
}

/// Binds what was proven, where there is room for it.
fn win(base: &dyn View, at: Moment, claim: &ExternalClaim, writes: &mut Writes) -> Echo {
    let imvu = read::<Imvu>(&Layer { base, writes }, &state_key::imvu(&claim.imvu));
    // Nothing new begins in what its creator has let go of.
    let imvu = imvu.filter(|imvu| !exit::is_released(&Layer { base, writes }, &imvu.id));
    let bound = imvu
        .ok_or(Reason::NotFound)
        .and_then(|imvu| names::bind(base, at, imvu, &claim.name, claim.nonce, writes));
    if bound.is_err() {
        return give_up(base, claim, writes);
    }
    // The challenge that was seen is the one to keep.
    if let Some(mut it) = of(&Layer { base, writes }, &claim.name) {
        it.expires = claim.expires;
        write(writes, state_key::external_name(&claim.name), &it);
    }
    entry(&claim.name, &claim.imvu, ExternalStep::Bound)
}

/// A claim ends without its name.
fn give_up(base: &dyn View, claim: &ExternalClaim, writes: &mut Writes) -> Echo {
    let imvu = read::<Imvu>(&Layer { base, writes }, &state_key::imvu(&claim.imvu));
    if let Some(mut imvu) = imvu {
        forget_claim(base, &claim.name, &mut imvu, writes);
        save(&imvu, writes);
    }
    entry(&claim.name, &claim.imvu, ExternalStep::ClaimEnded)
}

/// A holder has to prove its name again, with a challenge that it did not have before.
fn open_reproof(case: &Case<'_>, mut it: ExternalName, writes: &mut Writes) -> Vec<Echo> {
    drop_timer(&it, writes);
    let until = case.law_time.plus_ms(chain(case.view).delays.reproof_ms);
    it.nonce = Hash::tagged(
        "nexus/name-reproof/v1",
        &[case.id.as_bytes(), &encode(&it.name)],
    );
    it.expires = until;
    it.since = case.now.height;
    it.votes = NameVotes::default();
    it.due = until.plus_ms(1);
    it.reproof = true;
    keep(&it, writes);
    alloc::vec![entry(&it.name, &it.imvu, ExternalStep::Reproof(until))]
}

fn reproved(case: &Case<'_>, mut it: ExternalName, writes: &mut Writes) -> Vec<Echo> {
    drop_timer(&it, writes);
    it.reproof = false;
    it.since = case.now.height;
    it.votes = NameVotes::default();
    it.due = case
        .law_time
        .plus_ms(chain(case.view).delays.observation_ms);
    keep(&it, writes);
    let mut echoes: Vec<Echo> = told(case, &it.imvu).into_iter().collect();
    echoes.push(entry(&it.name, &it.imvu, ExternalStep::Reproved));
    echoes
}

/// A claim has run out, or is settled: who claimed gets the name if nobody else holds it, or names below it, by now.
pub(crate) fn end_claim(
    base: &dyn View,
    at: Moment,
    (name, imvu): (&Name, &ImvuId),
    writes: &mut Writes,
) -> Option<Echo> {
    let claim = claim_of(&Layer { base, writes }, name, imvu)?;
    let free = {
        let layer = Layer { base, writes };
        let allowed = check_claim(&layer, name, imvu, at.law_time);
        let held = allowed.and_then(|()| contested(&layer, &claim));
        claim.settles.is_some() && held.is_ok_and(|held| held.is_empty())
    };
    Some(if free {
        win(base, at, &claim, writes)
    } else {
        give_up(base, &claim, writes)
    })
}

/// A round has ended. In a re-proof nobody saw the challenge in time: the holder loses the name.
pub(crate) fn end_round(
    base: &dyn View,
    at: Moment,
    name: &Name,
    writes: &mut Writes,
) -> Option<Echo> {
    let mut it = of(&Layer { base, writes }, name)?;
    if it.reproof {
        let imvu = read::<Imvu>(&Layer { base, writes }, &state_key::imvu(&it.imvu))?;
        // What it takes away makes no list longer.
        let lost = names::free(base, at, imvu, name, writes);
        debug_assert!(lost.is_ok());
        return Some(entry(name, &it.imvu, ExternalStep::Lost));
    }
    it.since = at.now.height;
    it.votes = NameVotes::default();
    // Dated by when it was due; more than one round behind, by now.
    let span = chain(base).delays.observation_ms;
    let next = it.due.plus_ms(span);
    it.due = if next > at.law_time {
        next
    } else {
        at.law_time.plus_ms(span)
    };
    keep(&it, writes);
    None
}
