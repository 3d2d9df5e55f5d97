//! A refusal, with everything a person or a program needs: what, to whom, why, the lawful way, and how to prove it.

use crate::lawful;
use crate::text::{CYAN, RED, plain, short, subject};
use nexus_sdk::api::{CodeView, GateOutcomeView, ReasonView, SubmitResult, VerdictView};
use nexus_types::{Code, Gate};
use serde_json::{Value, json};

/// Something that was refused.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: CodeView,
    action: String,
    /// The change that was asked for, in words; empty (null in JSON) where the action says it all.
    asked: String,
    subject: String,
    actor: String,
    gates: Vec<GateOutcomeView>,
    reason: Option<ReasonView>,
    /// Where the refusal stands; none for a simulation, and for what was never admitted.
    ledger: Option<Ledger>,
    /// Whether it was only asked what would happen.
    simulated: bool,
}

#[derive(Clone, Debug)]
struct Ledger {
    hash: String,
    height: Option<u64>,
}

impl Refusal {
    /// The refusal in a verdict.
    pub(crate) fn of_verdict(verdict: &VerdictView) -> Self {
        Self {
            code: verdict.code.clone(),
            action: verdict.action.clone(),
            asked: String::new(),
            subject: subject(&verdict.subject),
            actor: verdict.actor.to_string(),
            gates: verdict.gates.clone(),
            reason: verdict.reason.clone(),
            ledger: None,
            simulated: false,
        }
    }

    /// A refusal without a verdict: the transaction was not admitted.
    pub(crate) fn inadmissible(code: CodeView, action: &str, actor: String) -> Self {
        Self {
            code,
            action: action.to_owned(),
            asked: String::new(),
            subject: String::from("no ledger entry"),
            actor,
            gates: Vec::new(),
            reason: None,
            ledger: None,
            simulated: false,
        }
    }

    /// Whether it stands in no block, and never did.
    pub(crate) fn never_in_a_block(&self) -> bool {
        self.ledger.is_none() && !self.simulated
    }

    /// With the change that was asked for.
    pub(crate) fn asking(mut self, asked: String) -> Self {
        self.asked = asked;
        self
    }

    /// As it stands on the ledger.
    pub(crate) fn recorded(mut self, result: &SubmitResult) -> Self {
        self.ledger = Some(Ledger {
            hash: result.hash.to_string(),
            height: result.height.map(|height| height.0),
        });
        self
    }

    /// As an answer to what would happen.
    pub(crate) fn simulated(mut self) -> Self {
        self.simulated = true;
        self
    }

    fn law_code(&self) -> Option<Code> {
        Code::from_number(self.code.code)
    }

    fn gate(&self) -> Option<Gate> {
        self.law_code().and_then(Code::gate)
    }

    /// One line: who refused what on whom.
    pub(crate) fn headline(&self) -> String {
        let refused = if self.simulated {
            "would refuse"
        } else {
            "refused"
        };
        match self.gate() {
            Some(gate) => format!("{gate} {refused} {} on {}", self.action, self.subject),
            None if self.law_code().is_some_and(Code::is_inadmissible) => {
                format!("{} was not admitted: {}", self.action, self.code.title)
            }
            None => format!(
                "the law {refused} {} on {}: {}",
                self.action, self.subject, self.code.title
            ),
        }
    }

    /// The lawful way.
    pub(crate) fn lawful(&self) -> String {
        let name = self.decisive().map(|reason| reason.name.as_str());
        let better = name.and_then(|reason| lawful::way(&self.action, reason));
        let general = || self.law_code().map_or("", Code::remedy);
        better.unwrap_or_else(general).to_owned()
    }

    /// The reason behind the code.
    fn decisive(&self) -> Option<&ReasonView> {
        let gate = self.gate().map(Gate::number);
        let of_gate = self.gates.iter().find(|one| Some(one.gate) == gate);
        of_gate
            .and_then(|one| one.reason.as_ref())
            .or(self.reason.as_ref())
    }

    fn why(&self) -> Vec<String> {
        let refusing = self.gates.iter().filter(|gate| !gate.passed);
        let mut lines: Vec<String> = refusing
            .map(|gate| {
                let reason = gate
                    .reason
                    .as_ref()
                    .map_or("", |reason| reason.text.as_str());
                format!("gate {} ({}): {reason}", gate.gate, gate.name)
            })
            .collect();
        let by_gate = self.gate().is_some();
        if !by_gate && let Some(reason) = &self.reason {
            lines.insert(0, reason.text.clone());
        }
        if lines.is_empty() {
            lines.extend(self.law_code().map(Code::cause));
        }
        lines
    }

    /// The whole report.
    pub(crate) fn text(&self) -> String {
        let (name, headline) = (plain(&self.code.name), plain(&self.headline()));
        let mut lines = vec![format!("{RED}error[{name}]{RED:#}: {headline}")];
        let mut field =
            |name: &str, value: &str| lines.push(format!("  {name:<9} {}", plain(value)));
        let asked = if self.asked.is_empty() {
            String::new()
        } else {
            format!(": {}", self.asked)
        };
        field("what", &format!("{}{asked}", self.action));
        field("to whom", &self.subject);
        field("by", &format!("identity {}", short(&self.actor)));
        for (position, why) in self.why().iter().enumerate() {
            field(if position == 0 { "why" } else { "" }, why);
        }
        if let Some(gate) = self.gate() {
            field("rule", gate.rule());
        }
        field("lawfully", &self.lawful());
        match &self.ledger {
            Some(ledger) => {
                let height = ledger.height.map(|height| format!(", block {height}"));
                field(
                    "ledger",
                    &format!("transaction {}{}", ledger.hash, height.unwrap_or_default()),
                );
                lines.push(format!(
                    "{CYAN}prove it{CYAN:#}: nexus verify tx {}",
                    ledger.hash
                ));
            }
            None if self.simulated => field("ledger", "nothing was submitted"),
            None => field("ledger", "nothing was written: it never was in a block"),
        }
        lines.join("\n")
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> Value {
        let refused_by: Vec<&GateOutcomeView> =
            self.gates.iter().filter(|gate| !gate.passed).collect();
        json!({
            "title": self.code.title,
            "action": self.action,
            "asked": (!self.asked.is_empty()).then_some(&self.asked),
            "subject": self.subject,
            "actor": self.actor,
            "why": self.why(),
            "rule": self.gate().map(Gate::rule),
            "gates": self.gates,
            "refusedBy": refused_by,
            "txHash": self.ledger.as_ref().map(|ledger| ledger.hash.clone()),
            "height": self.ledger.as_ref().and_then(|ledger| ledger.height).map(|height| height.to_string()),
            "simulated": self.simulated,
            "proveIt": self.ledger.as_ref().map(|ledger| format!("nexus verify tx {}", ledger.hash)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_types::verdict::{GateOutcome, Outcome, Reason};
    use nexus_types::{ActionKind, Hash, IdentityId, ImvuId, Subject, Verdict};

    fn refusal(code: Code, gates: &[(Gate, Outcome)], rule: Option<Reason>) -> Refusal {
        let imvu = ImvuId::new("IMVU-042").unwrap();
        let verdict = Verdict {
            code,
            tx: Hash([1; 32]),
            actor: IdentityId(Hash([2; 32])),
            action: ActionKind::ChangeQuota,
            subject: Subject::Imvu(imvu.clone()),
            imvu: Some(imvu),
            before: Hash::default(),
            gates: gates
                .iter()
                .map(|(gate, outcome)| GateOutcome {
                    gate: *gate,
                    outcome: *outcome,
                })
                .collect(),
            rule,
        };
        Refusal::of_verdict(&VerdictView::from(&verdict))
    }

    #[test]
    fn a_refusal_names_the_gate_every_reason_and_the_lawful_way() {
        let shown = refusal(
            Code::RefusedBy(Gate::NoSilentThrottling),
            &[
                (Gate::IdentityBinding, Outcome::Passed),
                (
                    Gate::NoSilentThrottling,
                    Outcome::Refused(Reason::ApprovalMissing),
                ),
                (
                    Gate::PlatformNonRepudiation,
                    Outcome::Refused(Reason::BelowThreshold),
                ),
            ],
            None,
        );
        let text = anstream::adapter::strip_str(&shown.text()).to_string();
        assert!(
            text.starts_with(
                "error[NX2015]: gate 15 (No Silent Throttling) refused changeQuota on IMVU-042\n"
            ),
            "{text}"
        );
        for part in [
            "why       gate 15 (No Silent Throttling): the creator has not approved this change",
            "gate 17 (Platform Non-Repudiation): fewer officers signed",
            "rule      No field of a quota falls",
            "lawfully  Ask the creator: nexus platform propose-quota",
        ] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
        assert_eq!(shown.json()["refusedBy"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_rule_that_is_no_gate_gives_its_own_reason() {
        let shown = refusal(Code::AltersSplit, &[], Some(Reason::SplitIsConstant));
        assert!(
            shown
                .headline()
                .starts_with("the law refused changeQuota on IMVU-042")
        );
        assert_eq!(
            shown.why(),
            ["the 55/45 split is a constant of the network"]
        );
    }

    #[test]
    fn a_simulation_says_that_nothing_was_submitted() {
        let shown = refusal(Code::RefusedBy(Gate::NetworkPath), &[], None).simulated();
        assert!(
            shown.text().contains("would refuse") && shown.text().contains("nothing was submitted")
        );
    }
}
