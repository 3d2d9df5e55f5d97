//! Who may take an action: what gate 1 asks of its signers (law §3, §9).

use core::fmt;

/// The role that an action needs. Whose the thing is that an action is about may be another gate's to say: then the
/// role is [`Role::Verified`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// A new key with a registered attester's word.
    Attested,
    /// Any verified, unrevoked identity.
    Verified,
    /// The owner of the IMVU it is about.
    Owner,
    /// The owner of the IMVU that would hold the name.
    Claimant,
    /// An officer of the platform.
    Officer,
    /// The owner, or an officer.
    OwnerOrOfficer,
    /// An officer, with a creator who has received a part of what is given back.
    OfficerAndOwner,
    /// The operator of any seat.
    Operator,
    /// The operator of the host it names.
    HostOperator,
    /// The agent that a host has for its work.
    Agent,
    /// Two thirds of the seats' operators.
    Seats,
    /// The processor it is about.
    Processor,
    /// The processor it is about, or the owner, who can only give in.
    ProcessorOrLoser,
    /// Who would pay, with the owner.
    Payer,
    /// Who pays, or the owner.
    PayerOrOwner,
    /// The guardians of the identity it is about, as many as act together, one of them outside the platform.
    Guardians,
    /// The identity it is about, unless frozen, or its guardians.
    HolderOrGuardians,
    /// The owner, or the member it is about, who can only leave.
    OwnerOrMember,
    /// Who may have copies of what an IMVU keeps: the compute or mail agent of a host that it is or was on, or a seat's operator.
    CopyHolder,
    /// The compute agent of the host that a snapshot was asked of.
    SnapshotAgent,
    /// Who would be admitted or leaves, or the operator of any seat, as the proposed change says.
    Submitter,
    /// Who submitted the proposal.
    Proposer,
    /// The operator of any seat, or an officer.
    OperatorOrOfficer,
    /// The compute agent of a host that the IMVU is or was on.
    Packer,
    /// A registered observer of external names.
    Observer,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Attested => "a new key, attested by a registered attester",
            Self::Verified => "any verified identity",
            Self::Owner => "the owner of the IMVU",
            Self::Claimant => "the owner of the IMVU that would hold the name",
            Self::Officer => "an officer of the platform",
            Self::OwnerOrOfficer => "the owner of the IMVU, or an officer of the platform",
            Self::OfficerAndOwner => {
                "an officer of the platform, with the creator who gives something back"
            }
            Self::Operator => "the operator of a seat",
            Self::HostOperator => "the operator of the host",
            Self::Agent => "the agent of a host",
            Self::Seats => "two thirds of the seats' operators",
            Self::Processor => "the payment processor",
            Self::ProcessorOrLoser => "the payment processor, or the owner against itself",
            Self::Payer => "the payer, with the owner of the IMVU",
            Self::PayerOrOwner => "the payer, or the owner of the IMVU",
            Self::Guardians => "the guardians of the identity, as many as act together",
            Self::HolderOrGuardians => "the identity itself, or its guardians",
            Self::OwnerOrMember => "the owner of the IMVU, or a member that leaves",
            Self::CopyHolder => {
                "the compute or mail agent of a host the IMVU is or was on, or the operator of a seat"
            }
            Self::SnapshotAgent => "the compute agent of the host the snapshot was asked of",
            Self::Submitter => "whom the change admits or removes, or the operator of a seat",
            Self::Proposer => "who submitted the proposal",
            Self::OperatorOrOfficer => "the operator of a seat, or an officer of the platform",
            Self::Packer => "the compute agent of a host the IMVU is or was on",
            Self::Observer => "a registered observer of external names",
        })
    }
}
