//! External names: what to publish, and what observers said.

use super::name_text;
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::text::{short, time};
use crate::units::counted;
use crate::{submit, table};
use nexus_sdk::api::{ChallengeView, DelegatedView, NameView, NameVoteView};
use nexus_types::domain::ClaimExternal;
use nexus_types::{Action, ImvuId, Name};

/// Claims an external name, and says what to publish.
pub(super) async fn claim(ctx: &Context, text: String, imvu: ImvuId) -> Result<Answer, CliError> {
    let parsed = Name::parse(&text);
    let action = Action::ClaimExternal(ClaimExternal {
        imvu: imvu.clone(),
        name: name_text(text)?,
    });
    let done = submit::act_with(ctx, Role::Creator, action, Vec::new()).await?;
    let mut answer = done.answer;
    if let (true, Ok(name)) = (done.applied, parsed) {
        let read = ctx.client()?.name(&name).await?;
        let own = read.value.claims.iter().find(|one| one.imvu.0 == imvu);
        if let Some(claim) = own {
            answer.text = format!(
                "{}\npublish, and keep published:\n{}\nby {}",
                answer.text,
                record(&claim.challenge),
                time(claim.challenge.expires.0)
            );
            if let Some(members) = answer.json.as_object_mut() {
                members.insert(
                    String::from("challenge"),
                    serde_json::to_value(&claim.challenge)?,
                );
            }
        }
    }
    Ok(answer)
}

/// The record as a zone file has it.
pub(crate) fn record(challenge: &ChallengeView) -> String {
    format!("{}. 3600 IN TXT \"{}\"", challenge.owner, challenge.text)
}

/// The servers of a name that is served elsewhere.
pub(super) fn servers(delegated: &DelegatedView) -> String {
    let servers = delegated.delegation.servers.iter();
    let servers: Vec<String> = servers.map(ToString::to_string).collect();
    servers.join(", ")
}

/// Shows what stands of a name beside its zone.
pub(super) async fn show(ctx: &Context, name: Name) -> Result<Answer, CliError> {
    let read = ctx.client()?.name(&name).await?;
    let text = spelled(&read.value);
    Ok(Answer::new(&read, text)?)
}

fn spelled(view: &NameView) -> String {
    let mut parts = Vec::new();
    let holder = view.imvu.as_ref();
    let mut fields = vec![
        ("name", view.name.to_string()),
        (
            "imvu",
            holder.map_or_else(|| String::from("nobody"), ToString::to_string),
        ),
        ("observers", view.observers.to_string()),
    ];
    if let Some(grant) = &view.grant {
        let until = match grant.expires {
            Some(until) => format!("may be claimed by {} until {}", grant.imvu, time(until.0)),
            None => format!("claimed by {}", grant.imvu),
        };
        fields.push(("granted", format!("below {}: {until}", grant.parent)));
    }
    if let Some(delegated) = &view.delegated {
        fields.push(("served by", servers(delegated)));
    }
    if let Some(code) = &view.transfer {
        fields.push(("transfer code", format!("until {}", time(code.expires.0))));
    }
    parts.push(table::fields(&fields));
    if let Some(it) = &view.external {
        let what = if it.reproof {
            "has to be proven again, or is lost, by"
        } else {
            "next round"
        };
        parts.push(format!(
            "{}\n{}\n{what} {}\n{}",
            it.imvu,
            record(&it.challenge),
            time(it.due.0),
            said(&it.votes)
        ));
    }
    for claim in &view.claims {
        let until = match claim.settles {
            Some(settles) => format!("proven; settled at {}", time(settles.0)),
            None => format!("claimed until {}", time(claim.challenge.expires.0)),
        };
        parts.push(format!(
            "{}\n{}\n{until}\n{}",
            claim.imvu,
            record(&claim.challenge),
            said(&claim.votes)
        ));
    }
    parts.join("\n\n")
}

fn said(votes: &[NameVoteView]) -> String {
    if votes.is_empty() {
        return String::from("no observer has spoken");
    }
    let each = votes.iter().map(|vote| {
        let seen = if vote.seen { "seen" } else { "not seen" };
        format!("{seen} by {} at block {}", short(&vote.observer), vote.at)
    });
    let count = counted(votes.len(), "vote");
    format!("{count}: {}", each.collect::<Vec<_>>().join("; "))
}
