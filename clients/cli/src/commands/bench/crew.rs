//! Identities for a run: attested, registered, with an IMVU each and, if they are to publish, a zone.

use super::options::{Deed, Load};
use super::shown::progress;
use super::tally::{Fate, Tally};
use super::target::Wire;
use super::watch::Watch;
use crate::context::{Context, Node};
use crate::error::CliError;
use crate::keyring::Role;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nexus_sdk::api::codes::InterfaceCode;
use nexus_sdk::keys::{SecretKey, Signer};
use nexus_sdk::sign::{TxBuilder, attest};
use nexus_types::action::NameText;
use nexus_types::approval::AttestationBody;
use nexus_types::encoding::encode;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::quota::Quota;
use nexus_types::{Action, Hash, ImvuId, Network, Time};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Milliseconds that transactions of a run are good for beyond its own length: making identities takes minutes at most.
const SLACK_MS: u64 = 2 * 60 * 60 * 1_000;

/// Milliseconds of a second.
const SECOND_MS: u64 = 1_000;

/// Before what was refused for the moment is handed in again.
const AGAIN_AFTER: Duration = Duration::from_millis(250);

/// How long nothing at all may be taken or committed before the run is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// The envelope of an IMVU that nothing will ever run in.
const QUOTA: Quota = Quota {
    cpu_millis: 1,
    memory_bytes: 1 << 20,
    storage_bytes: 1 << 20,
    bandwidth_bits: 1_000,
    pids: 1,
    io_bytes: 1 << 10,
    dns_answers: 1,
    mail_messages: 1,
    mail_bytes: 1 << 10,
};

/// Who acts in a run.
pub(super) struct Crew {
    pub(super) network: Network,
    pub(super) expires: Time,
    pub(super) members: Vec<Member>,
    /// The next nonce, the same for all.
    pub(super) first_nonce: u64,
}

/// One of them.
pub(super) struct Member {
    pub(super) signer: Signer,
    pub(super) imvu: ImvuId,
    pub(super) zone: String,
}

/// What the chain grants.
struct Place {
    jurisdiction: Option<Jurisdiction>,
    apex: Option<String>,
}

/// Makes them, through these wires.
pub(super) async fn make(
    ctx: &Context,
    options: &Load,
    wires: &mut Vec<Wire>,
    watch: impl AsyncFn(Tally) -> Result<Watch, CliError>,
) -> Result<Crew, CliError> {
    let node = ctx.node().await?;
    let place = place(&node, options).await?;
    let run_ms = u64::from(options.seconds()).saturating_mul(SECOND_MS);
    let mut crew = Crew {
        network: node.network.clone(),
        expires: Time(node.block_time).plus_ms(run_ms.saturating_add(SLACK_MS)),
        members: members(options.signers, &place)?,
        first_nonce: 1,
    };
    let registrations = registrations(ctx, options, &node, &crew).await?;
    let mut waves = vec![("registering identities", registrations)];
    waves.push((
        "creating IMVUs",
        each(&crew, |member| Action::CreateImvu {
            imvu: member.imvu.clone(),
            jurisdiction: place.jurisdiction.clone(),
            quota: QUOTA,
        }),
    ));
    if options.action != Deed::Describe {
        let mut claims = Vec::new();
        for member in &crew.members {
            let name = NameText::new(member.zone.clone()).map_err(|error| {
                CliError::usage(
                    format!("{} is no name: {error}", member.zone),
                    "Choose --action describe.",
                )
            })?;
            claims.push(Action::ClaimDomain {
                name,
                imvu: member.imvu.clone(),
            });
        }
        waves.push(("claiming names", claims));
    }
    for (what, actions) in waves {
        let txs = sign_all(&crew, actions)?;
        wave(what, &txs, wires, options.batch(), &watch).await?;
        crew.first_nonce = crew.first_nonce.saturating_add(1);
    }
    Ok(crew)
}

async fn place(node: &Node, options: &Load) -> Result<Place, CliError> {
    let info = node.client.chain_info().await?.value;
    let tag = info.jurisdictions.first().map(ToString::to_string);
    let apex = info.apexes.first().map(ToString::to_string);
    if apex.is_none() && options.action != Deed::Describe {
        return Err(CliError::usage(
            "this chain grants no apex to claim names under",
            "Choose --action describe.",
        ));
    }
    Ok(Place {
        jurisdiction: tag.and_then(|tag| Jurisdiction::new(&tag).ok()),
        apex,
    })
}

/// New keys, with ids that no other run has.
fn members(count: u32, place: &Place) -> Result<Vec<Member>, CliError> {
    let member = |number: u32| {
        let signer = Signer::new(format!("load-{number}"), SecretKey::generate());
        let own = hex_of(&signer.identity.0);
        let id = format!("LOAD-{}", own.to_ascii_uppercase());
        let imvu = ImvuId::new(&id).map_err(|error| {
            CliError::usage(format!("{id} is no IMVU: {error}"), "Report this.")
        })?;
        let apex = place.apex.as_deref().unwrap_or_default();
        Ok(Member {
            signer,
            imvu,
            zone: format!("load-{own}.{apex}"),
        })
    };
    (0..count).map(member).collect()
}

/// Sixteen hexadecimal digits of a hash: enough that two runs never meet.
fn hex_of(hash: &Hash) -> String {
    hash.to_string().chars().take(16).collect()
}

fn each(crew: &Crew, action: impl Fn(&Member) -> Action) -> Vec<Action> {
    crew.members.iter().map(action).collect()
}

async fn registrations(
    ctx: &Context,
    options: &Load,
    node: &Node,
    crew: &Crew,
) -> Result<Vec<Action>, CliError> {
    let keyring = ctx.keyring();
    let attester = match &options.attester {
        Some(name) => keyring.open(name)?,
        None => keyring.signer(Role::Attester)?,
    };
    let generation = node
        .client
        .identity(attester.identity)
        .await?
        .value
        .generation;
    let attested = |member: &Member| {
        let body = AttestationBody {
            network: crew.network.clone(),
            identity: member.signer.identity,
            attester: attester.identity,
            generation,
            evidence: Hash::of(b"an identity of a load generator: nobody was verified"),
            expires: crew.expires,
        };
        Action::RegisterIdentity {
            key: member.signer.key.public(),
            attestation: Some(attest(body, &attester.key)),
        }
    };
    Ok(each(crew, attested))
}

fn sign_all(crew: &Crew, actions: Vec<Action>) -> Result<Vec<Vec<u8>>, CliError> {
    let pairs = crew.members.iter().zip(actions);
    let signed = pairs.map(|(member, action)| {
        let builder = TxBuilder::new(crew.network.clone(), crew.first_nonce, crew.expires);
        Ok(encode(&builder.sign(action, &member.signer, &[])?))
    });
    signed.collect()
}

/// Hands in one transaction of each member, again where the network asks for patience, and waits for the blocks.
async fn wave(
    what: &'static str,
    txs: &[Vec<u8>],
    wires: &mut Vec<Wire>,
    batch: usize,
    watch: &impl AsyncFn(Tally) -> Result<Watch, CliError>,
) -> Result<(), CliError> {
    let bar = progress(txs.len() as u64, what);
    let tally = Tally::new(txs.iter().map(|tx| Hash::of(tx).0));
    let mut watch = watch(tally.clone()).await?;
    let mut waiting: Vec<String> = txs.iter().map(|tx| STANDARD.encode(tx)).collect();
    let (mut moved, mut before) = (Instant::now(), 0);
    while tally.counts().committed_count < txs.len() as u64 {
        let taken = hand_in_all(&mut waiting, wires, batch).await;
        let seen = watch.look().await;
        let committed = tally.counts().committed_count;
        bar.set_position(committed);
        if committed > before || matches!(taken, Ok(1..)) {
            (moved, before) = (Instant::now(), committed);
        }
        if moved.elapsed() > PATIENCE {
            let why = taken
                .err()
                .or_else(|| seen.err().map(|error| error.to_string()));
            return Err(CliError::Stuck {
                what,
                done: committed,
                of: txs.len() as u64,
                why: why.unwrap_or_else(|| String::from("no block takes the rest")),
            });
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    }
    bar.finish_and_clear();
    Ok(())
}

/// One pass over what was not taken yet, on all wires at once; how many were taken, or why none.
async fn hand_in_all(
    waiting: &mut Vec<String>,
    wires: &mut Vec<Wire>,
    batch: usize,
) -> Result<usize, String> {
    let mut running = JoinSet::new();
    let share = waiting.len().div_ceil(wires.len().max(1)).max(1);
    let mut parts = std::mem::take(waiting);
    let mut idle = Vec::new();
    for wire in wires.drain(..) {
        let part: Vec<String> = parts.split_off(parts.len().saturating_sub(share));
        if part.is_empty() {
            idle.push(wire);
        } else {
            running.spawn(hand_in_part(wire, part, batch));
        }
    }
    *wires = idle;
    let (mut taken, mut why) = (0_usize, None);
    while let Some(done) = running.join_next().await {
        let Ok(done) = done else { continue };
        wires.push(done.wire);
        waiting.extend(done.left);
        taken = taken.saturating_add(done.taken);
        why = done.why.or(why);
    }
    match why {
        Some(why) if taken == 0 => Err(why),
        _ => Ok(taken),
    }
}

/// What one wire was told.
struct PartDone {
    wire: Wire,
    left: Vec<String>,
    taken: usize,
    why: Option<String>,
}

async fn hand_in_part(mut wire: Wire, part: Vec<String>, batch: usize) -> PartDone {
    let (mut left, mut taken, mut why) = (Vec::new(), 0_usize, None);
    for txs in part.chunks(batch.max(1)) {
        let refs: Vec<&str> = txs.iter().map(String::as_str).collect();
        let fates = wire.hand_in(&refs).await;
        for (tx, fate) in txs.iter().zip(fates) {
            match fate {
                Fate::Accepted => taken = taken.saturating_add(1),
                // It was in the mempool before its answer got lost.
                Fate::Refused(reason) if reason == "already known" => {}
                Fate::Refused(reason) | Fate::Lost(reason) => {
                    why = Some(in_words(&reason));
                    left.push(tx.clone());
                }
            }
        }
    }
    PartDone {
        wire,
        left,
        taken,
        why,
    }
}

fn in_words(reason: &str) -> String {
    let limited = format!("NX{:04}", InterfaceCode::RateLimited.number());
    if reason == limited {
        format!("{reason}: the node's RPC grants this address no more calls")
    } else {
        reason.to_owned()
    }
}
