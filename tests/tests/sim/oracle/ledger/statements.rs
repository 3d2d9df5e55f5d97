//! Statements beside the sums of what was entered.

use nexus_types::billing::{Billing, Closed, StatementEntry};
use nexus_types::period::Period;
use nexus_types::{Hash, ImvuId, state_key};
use serde_json::Value;

use super::super::hold;
use super::{Books, CREATORS, PLATFORMS, Seen, Sums};

impl Books {
    /// A statement is made once, says what was entered, and stands in the state by its hash.
    pub(super) fn state_of_account(
        &mut self,
        seen: &Seen<'_>,
        imvu: &ImvuId,
        entry: &StatementEntry,
    ) -> Result<(), String> {
        let of = |what: &str| format!("statement of {imvu} for {}: {what}", entry.period);
        let made = self.statements.entry(imvu.clone()).or_default();
        let right = entry.imvu == *imvu && usize::try_from(entry.sequence) == Ok(made.len());
        hold(right, || of("it is out of order"))?;
        hold(made.insert(entry.period), || of("it was made before"))?;
        hold(entry.hash == Hash::of(&entry.text), || {
            of("it has another hash")
        })?;
        let billing = seen.read::<Billing>(&state_key::billing(imvu, entry.period));
        let closed = Closed {
            hash: entry.hash,
            height: entry.height,
            sequence: entry.sequence,
        };
        let kept = billing.is_some_and(|billing| billing.closed == Some(closed));
        hold(kept, || of("the state has another"))?;
        let text: Value = serde_json::from_slice(&entry.text)
            .map_err(|error| of(&format!("it is no JSON: {error}")))?;
        let again = serde_json::to_vec(&text).map_err(|error| error.to_string())?;
        hold(again == entry.text, || of("it is not canonical"))?;
        let place = (imvu.clone(), entry.period);
        let sums = self.periods.get(&place).cloned().unwrap_or_default();
        says(&text, &sums).map_err(|what| of(&what))
    }

    /// Every IMVU to whose money something happened in a closed period has its statement.
    pub(super) fn closed(&self, period: Period) -> Result<(), String> {
        let mut books = self.periods.keys().filter(|(_, each)| *each == period);
        let without = books.find(|(imvu, period)| {
            let made = self.statements.get(imvu);
            !made.is_some_and(|made| made.contains(period))
        });
        without.map_or(Ok(()), |(imvu, _)| {
            Err(format!(
                "period {period} was closed without a statement of {imvu}"
            ))
        })
    }
}

fn says(text: &Value, sums: &Sums) -> Result<(), String> {
    let gained = sums.collected + sums.gross + sums.released;
    let net = gained - sums.refunded - sums.disputed - sums.corrected;
    let wanted = [
        ("/entries", sums.entries),
        ("/sales/count", sums.sales),
        ("/sales/gross", sums.gross),
        ("/sales/creatorGrains", sums.gross * CREATORS),
        ("/sales/platformGrains", sums.gross * PLATFORMS),
        ("/sales/tax", sums.tax),
        ("/fees", sums.fees),
        ("/refunded/amount", sums.refunded),
        ("/refunded/tax", sums.tax_refunded),
        ("/granted/byCreator", sums.by_creator),
        ("/granted/byPlatform", sums.by_platform),
        ("/disputed/amount", sums.disputed),
        ("/released/amount", sums.released),
        ("/corrected/amount", sums.corrected),
        ("/collected/amount", sums.collected),
        ("/collected/creatorGrains", sums.collected * CREATORS),
        ("/collected/platformGrains", sums.collected * PLATFORMS),
        ("/terms/total", sums.charged),
        ("/netGrains/creator", net * CREATORS),
        ("/netGrains/platform", net * PLATFORMS),
    ];
    for (place, wanted) in wanted {
        let said = match text.pointer(place) {
            Some(Value::String(said)) => said.clone(),
            Some(Value::Number(said)) => said.to_string(),
            other => return Err(format!("{place} is {other:?}")),
        };
        hold(said == wanted.to_string(), || {
            format!("{place} is {said}, {wanted} was entered")
        })?;
    }
    Ok(())
}
