//! `nexus enforcement`, `nexus contain`, `nexus correct`: what is held against an IMVU, and what is given back.

use super::change::imvu_id;
use super::identity;
use super::money::{Document, Named, period};
use crate::amount::{micros, show, show_both};
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::text::{RED, short};
use crate::{submit, table, text};
use clap::{Args, Subcommand};
use nexus_sdk::api::{EnforcementView, MandateView, RestrictionScope, StandingConsent};
use nexus_types::limits::{CONTAINMENT_SIGNERS, HOUR_MS};
use nexus_types::{Action, ImvuId, Micros};

/// Enforcement.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show an IMVU's debts, containments, restrictions, mandates and standing consents
    Show {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
    },
}

/// A containment.
#[derive(Args)]
pub(crate) struct Contain {
    /// Which
    #[arg(value_parser = imvu_id)]
    imvu: ImvuId,
    /// For how many hours; 72 in 30 days at most
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=72))]
    hours: u64,
    #[command(flatten)]
    evidence: Document,
}

/// A correction.
#[derive(Args)]
pub(crate) struct Correct {
    /// Whose use
    #[arg(value_parser = imvu_id)]
    imvu: ImvuId,
    /// Of which period: a number, a month such as 2026-11, or a time in it
    #[arg(long, value_parser = period)]
    period: Named,
    /// Who paid: a key's name or an identity's id
    #[arg(long, value_name = "IDENTITY")]
    payer: String,
    /// How much, such as 12.5cr
    #[arg(long, value_parser = micros)]
    amount: Micros,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    let Command::Show { imvu } = command;
    let read = ctx.client()?.enforcement(&imvu).await?;
    let text = format!(
        "{}\nas of block {} ({})",
        described(&read.value, read.block_time.0),
        read.height,
        text::time(read.block_time.0)
    );
    Ok(Answer::new(&read, text)?)
}

/// Runs it.
pub(crate) async fn contain(ctx: &Context, command: Contain) -> Result<Answer, CliError> {
    let action = Action::Contain {
        imvu: command.imvu,
        evidence: command.evidence.hash()?,
        span_ms: command.hours.saturating_mul(HOUR_MS),
    };
    submit::act(ctx, Role::Operators(CONTAINMENT_SIGNERS), action).await
}

/// Runs it.
pub(crate) async fn correct(ctx: &Context, command: Correct) -> Result<Answer, CliError> {
    let period = command.period.resolve(ctx).await?;
    let node = ctx.node().await?;
    let keyring = ctx.keyring();
    let role = Role::Officers(node.officers_threshold);
    let payer = identity::named(ctx, &command.payer)?;
    // A creator gives its 55 % back to somebody else only with its own signature.
    let signers = submit::signers_with_owner(&node, &keyring, role, &command.imvu, |owner| {
        keyring.names_nobody() && owner != payer
    });
    let signers = signers.await?;
    let action = Action::CorrectCharge {
        imvu: command.imvu,
        period,
        payer,
        amount: command.amount,
    };
    let done = submit::submit(ctx, &node, &signers, action, Vec::new()).await?;
    Ok(done.answer)
}

fn described(view: &EnforcementView, now_ms: u64) -> String {
    let stage = view.stage.map_or("none", |stage| match stage.name() {
        "due" => "due: owed, within the term",
        "noticed" => "noticed: the creator was told",
        "frozen" => "frozen: no new resources",
        _ => "dormant: compute rests; names, mail, data and exit go on",
    });
    let mut parts = vec![table::fields(&[
        ("imvu", view.imvu.to_string()),
        ("debt", stage.to_owned()),
        ("contained", text::yes_no(view.contained)),
        ("standing consents", consents(view)),
    ])];
    if view.contained {
        parts.push(format!(
            "{RED}no new outbound flows and no mail submission; replies pass{RED:#}"
        ));
    }
    if !view.debts.is_empty() {
        let rows: Vec<Vec<String>> = view
            .debts
            .iter()
            .map(|debt| {
                vec![
                    short(&debt.payer),
                    show_both(debt.owed.0),
                    text::time(debt.since.0),
                    debt.stage.name().to_owned(),
                ]
            })
            .collect();
        parts.push(table::columns(&["DEBTOR", "OWES", "SINCE", "STAGE"], &rows));
    }
    if !view.containments.is_empty() {
        let rows: Vec<Vec<String>> = view
            .containments
            .iter()
            .map(|one| {
                vec![
                    text::time(one.from.0),
                    text::time(one.until.0),
                    short(&one.evidence),
                    one.audit.to_string(),
                ]
            })
            .collect();
        let header = ["CONTAINED FROM", "UNTIL", "EVIDENCE", "AUDIT ENTRY"];
        parts.push(table::columns(&header, &rows));
    }
    if !view.restrictions.is_empty() {
        let rows: Vec<Vec<String>> = view
            .restrictions
            .iter()
            .map(|one| {
                vec![
                    restricted(one.scope).to_owned(),
                    text::time(one.from.0),
                    text::time(one.until.0),
                    short(&one.order),
                    one.audit.to_string(),
                    text::yes_no(one.appeal.is_some()),
                ]
            })
            .collect();
        let header = [
            "RESTRICTED BY LAW",
            "FROM",
            "UNTIL",
            "ORDER",
            "AUDIT ENTRY",
            "APPEALED",
        ];
        parts.push(table::columns(&header, &rows));
    }
    if !view.mandates.is_empty() {
        parts.push(mandates(&view.mandates, now_ms));
    }
    parts.join("\n")
}

/// What a restriction stops.
fn restricted(scope: RestrictionScope) -> &'static str {
    match scope {
        RestrictionScope::OutboundFlows => "new outbound flows",
        RestrictionScope::Mail => "mail submission",
        RestrictionScope::Serving => "serving",
    }
}

fn consents(view: &EnforcementView) -> String {
    let word = |consent: StandingConsent| match consent {
        StandingConsent::DebtLadder => "debt-ladder",
        StandingConsent::KeyRollover => "key-rollover",
    };
    let consents = &view.standing_consents;
    let all = consents.given.iter().map(|given| {
        let mut ending = consents.ending.iter();
        match ending.find(|ending| ending.consent == *given) {
            Some(ending) => format!("{} (ends {})", word(*given), text::time(ending.ends.0)),
            None => word(*given).to_owned(),
        }
    });
    let all: Vec<String> = all.collect();
    if all.is_empty() {
        String::from("none")
    } else {
        all.join(", ")
    }
}

/// Mandates, oldest first.
pub(super) fn mandates(all: &[MandateView], now_ms: u64) -> String {
    if all.is_empty() {
        return String::from("nobody else has agreed to pay: its creator does");
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|mandate| {
            let spent = mandate
                .spent
                .iter()
                .map(|spent| format!("{} in {}", show(spent.amount.0), spent.period));
            let holds = mandate.from.0 <= now_ms && now_ms < mandate.until.0;
            vec![
                short(&mandate.payer),
                show(mandate.cap.0),
                text::time(mandate.from.0),
                text::time(mandate.until.0),
                text::yes_no(holds),
                spent.collect::<Vec<_>>().join(", "),
            ]
        })
        .collect();
    let header = ["PAYER", "CAP A PERIOD", "FROM", "UNTIL", "HOLDS", "PAID"];
    table::columns(&header, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_types::encoding::{List, Set};
    use nexus_types::governance::{self, Restriction};
    use nexus_types::payment::{
        Containment, Debt, DebtStage, Enforcement, Mandate, Mandates, StandingConsents,
    };
    use nexus_types::period::Period;
    use nexus_types::{Hash, IdentityId, Time, payment};

    #[test]
    fn all_that_is_held_against_an_imvu_is_shown() {
        let payer = IdentityId(Hash([7; 32]));
        let enforcement = Enforcement {
            debts: List::new(vec![Debt {
                payer,
                owed: Micros(1_500_000),
                since: Time(1_000),
                stage: DebtStage::Frozen,
            }])
            .unwrap(),
            containments: List::new(vec![Containment {
                from: Time(1_000),
                until: Time(9_000),
                evidence: Hash([8; 32]),
                audit: 41,
            }])
            .unwrap(),
            restrictions: List::new(vec![Restriction {
                scope: governance::RestrictionScope::Mail,
                order: Hash([9; 32]),
                from: Time(1_000),
                until: Time(9_000),
                audit: 42,
                appeal: None,
            }])
            .unwrap(),
        };
        let mandates = Mandates {
            list: List::new(vec![Mandate {
                payer,
                generation: 0,
                cap: Micros(2_000_000),
                from: Time(0),
                until: Time(2_000),
                spent: List::new(vec![(Period(5), Micros(250_000))]).unwrap(),
            }])
            .unwrap(),
        };
        let consents = StandingConsents {
            given: Set::new(vec![payment::StandingConsent::DebtLadder]).unwrap(),
            ending: vec![(payment::StandingConsent::DebtLadder, Time(60_000))],
        };
        let imvu = ImvuId::new("IMVU-042").unwrap();
        let view = EnforcementView::new(imvu, &enforcement, &mandates, &consents, Time(3_000));
        let shown = described(&view, 3_000);
        for part in [
            "frozen: no new resources",
            "no new outbound flows",
            "1.5 credits (1500000 micro-credits)",
            "debt-ladder (ends 1970-01-01T00:01:00Z)",
            "0.25 credits in 5",
            "2 credits",
            "41",
            "mail submission",
        ] {
            assert!(shown.contains(part), "{part} is missing in\n{shown}");
        }
        let after = described(
            &EnforcementView::new(
                ImvuId::new("IMVU-042").unwrap(),
                &Enforcement::default(),
                &Mandates::default(),
                &StandingConsents::default(),
                Time(3_000),
            ),
            3_000,
        );
        assert!(after.contains("debt               none"), "{after}");
    }
}
