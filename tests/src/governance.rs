//! Deciding together: proposals, the votes of a network's operators, and waiting for the effect.

use crate::network::Network;
use crate::wait::wait_for;
use nexus_sdk::keys::Signer;
use nexus_types::governance::{
    CastBallot, GovernanceChange, GovernanceProposal, GovernanceStatus, SubmitGovernance,
};
use nexus_types::{Action, Hash, state_key};

impl Network {
    /// Proposes a change; the proposal's id.
    ///
    /// # Panics
    /// If it is refused.
    #[must_use]
    pub fn propose(&self, signer: &Signer, change: GovernanceChange) -> Hash {
        let action = Action::SubmitGovernance(SubmitGovernance { change });
        let tx = self.signed(signer, &[], self.next_nonce(signer.identity), action);
        let _ = self.applied(self.hand_in(&tx));
        tx.body.id()
    }

    /// A proposal as it stands.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn proposal(&self, id: Hash) -> GovernanceProposal {
        let proposal = self.state(&state_key::governance(&id));
        proposal.unwrap_or_else(|| panic!("no proposal {id}"))
    }

    /// Lets these operators vote for a proposal, all in about one block.
    ///
    /// # Panics
    /// If a vote is refused.
    pub fn vote(&self, operators: &[Signer], id: Hash) {
        let digest = self.proposal(id).digest();
        let cast = operators.iter().map(|operator| {
            let ballot = Action::CastBallot(CastBallot {
                proposal: id,
                digest,
                approve: true,
            });
            let nonce = self.next_nonce(operator.identity);
            self.hand_in(&self.signed(operator, &[], nonce, ballot))
        });
        let cast: Vec<Hash> = cast.collect();
        for hash in cast {
            self.applied(hash);
        }
    }

    /// Waits until a proposal stands as wanted.
    ///
    /// # Panics
    /// If it never does, or if nothing can come of it any longer.
    pub fn becomes(&self, id: Hash, wanted: impl Fn(GovernanceStatus) -> bool) {
        wait_for(&format!("proposal {id}"), || {
            let status = self.proposal(id).status;
            let over = !status.is_pending() && !wanted(status);
            assert!(!over, "{status:?}");
            wanted(status).then_some(())
        });
    }

    /// Waits until a proposal has taken effect; the height of that.
    ///
    /// # Panics
    /// If it never does.
    pub fn enacted(&self, id: Hash) -> u64 {
        self.becomes(id, |status| matches!(status, GovernanceStatus::Executed(_)));
        match self.proposal(id).status {
            GovernanceStatus::Executed(height) => height,
            other => panic!("{other:?}"),
        }
    }
}
