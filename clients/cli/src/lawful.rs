//! The lawful way where an action's reason tells it better than its code: by the names that nodes use.

/// What to do instead; none where the code's own remedy says it.
pub(crate) fn way(action: &str, reason: &str) -> Option<&'static str> {
    let of_exit = action.ends_with("Exit") || action == "confirmExport";
    let way = match reason {
        "attestationMissing" => {
            "Be attested first: nexus identity request, then nexus attest by a registered attester, then nexus identity register --attestation FILE."
        }
        "notVerified" => {
            "Register the identity first: nexus identity request, nexus attest, nexus identity register."
        }
        "notOwner" => "Sign with the owner's key: nexus imvu show tells who owns it; --key NAME.",
        "platformCannotSuspend" => {
            "Nothing: only the creator stops an IMVU. The attempt is on the ledger."
        }
        "notOperator" => {
            "Sign with the key of the organisation that runs the host: the operator that genesis names for its seat."
        }
        "notYetUsable" => {
            "Wait: hosts, agents and meters count some time after they were registered: by law 7 days."
        }
        "hostUnknown" | "hostNotOpen" | "hostNotAttested" | "noAgent" => {
            "Name another host: --host NAME; or leave the choice to the law and name none."
        }
        "runsNowhere" => "Have it run first: nexus imvu activate.",
        "wrongState" if of_exit => "See how far it has come, and what comes next: nexus exit show.",
        "exitNotOverdue" => "See whether it is late: nexus exit show.",
        "exitTooSoon" => "Wait: nexus exit show tells when the last one was announced.",
        "archiveOther" => "See which archive the host recorded: nexus exit show.",
        "snapshotMissing" | "notExported" if of_exit => {
            "Wait for the host's archive, check it, and nexus exit confirm it; or accept the loss: nexus exit release --accept-loss."
        }
        "alreadyExists" if action == "grantChild" => {
            "Nothing: the grant was used, and the name is its holder's."
        }
        "delegationUnfit" => {
            "Name 1 to 8 servers outside of the name, and whole digests: 64 hexadecimal digits of type 2, 96 of type 4."
        }
        "nameDelegated" => {
            "Edit it at its name servers, or take the zone again first: nexus domain delegate NAME --undo."
        }
        "noTransferCode" | "transferNotSigned" => {
            "Ask the name's holder for the code that it put on the name last: nexus domain transfer-key."
        }
        "selectorTaken" | "selectorRevoked" => {
            "Take another selector: nexus mail show lists those that were used."
        }
        "notFound" if action.ends_with("Snapshot") => "See which there are: nexus snapshot list.",
        "notUnderApex" => {
            "Claim a name from elsewhere by proof: nexus domain claim NAME --imvu IMVU --external; or one under an apex of this network: nexus chain."
        }
        "notObserver" => {
            "Sign with the key of a registered observer: nexus governance show lists them, nexus governance propose admit-observer asks for more."
        }
        "challengeOther" => "See which are open: nexus observe list.",
        _ => return None,
    };
    Some(way)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_sdk::api::ReasonView;
    use nexus_types::{ActionKind, Reason};

    #[test]
    fn the_way_is_that_of_the_action_that_was_refused() {
        for (kind, reason, expected) in [
            (
                ActionKind::CloseExit,
                Reason::WrongState,
                Some("nexus exit show"),
            ),
            (
                ActionKind::ConfirmExport,
                Reason::WrongState,
                Some("nexus exit show"),
            ),
            (ActionKind::DropSnapshot, Reason::WrongState, None),
            (
                ActionKind::ReleaseExit,
                Reason::SnapshotMissing,
                Some("--accept-loss"),
            ),
            (ActionKind::MoveImvu, Reason::SnapshotMissing, None),
            (
                ActionKind::DropSnapshot,
                Reason::NotFound,
                Some("nexus snapshot list"),
            ),
            (
                ActionKind::GrantChild,
                Reason::AlreadyExists,
                Some("was used"),
            ),
            (ActionKind::CreateImvu, Reason::AlreadyExists, None),
            (
                ActionKind::RequestSnapshot,
                Reason::RunsNowhere,
                Some("nexus imvu activate"),
            ),
            (
                ActionKind::RedeemTransfer,
                Reason::NoTransferCode,
                Some("transfer-key"),
            ),
            (
                ActionKind::ClaimDomain,
                Reason::NotUnderApex,
                Some("--external"),
            ),
            (
                ActionKind::ObserveName,
                Reason::NotObserver,
                Some("admit-observer"),
            ),
        ] {
            let view = ReasonView::from(reason);
            let found = way(kind.name(), &view.name);
            match expected {
                Some(part) => assert!(found.is_some_and(|way| way.contains(part)), "{view:?}"),
                None => assert_eq!(found, None, "{kind}"),
            }
        }
    }
}
