//! How things stood at a height: IMVUs, domains, proposals, approvals.

use super::Raw;
use super::list::{BY_CURSOR, Conditions, List};
use crate::cell::Cell;
use crate::error::Error;
use crate::index::Index;
use crate::rows::{
    ApprovalRow, ApprovalState, DomainRow, ImvuFilter, ImvuRow, Page, PageRequest, Position,
    ProposalFilter, ProposalRow, Versioned,
};
use crate::write::imvu_status;
use nexus_types::ImvuId;

// An object stays where it first appeared, so a page never moves when the object changes.
const CURSOR: (&str, &str) = ("t.first_height", "t.first_position");
const COLUMNS: &str = "t.height AS changed, t.value AS value, \
     t.first_height AS cursor_height, t.first_position AS cursor_position";

const IMVUS: List = List {
    table: "imvu_versions",
    columns: COLUMNS,
    from: "imvu_versions AS t",
    cursor: CURSOR,
    pinned: (
        "t.height = (SELECT max(l.height) FROM imvu_versions AS l WHERE l.id = t.id AND l.height <= ",
        ") AND t.removed = 0",
    ),
    order: BY_CURSOR,
};

const DOMAINS: List = List {
    table: "domain_versions",
    columns: COLUMNS,
    from: "domain_versions AS t",
    cursor: CURSOR,
    pinned: (
        "t.height = (SELECT max(l.height) FROM domain_versions AS l WHERE l.name = t.name AND l.height <= ",
        ") AND t.removed = 0",
    ),
    order: BY_CURSOR,
};

const PROPOSALS: List = List {
    table: "proposal_versions",
    columns: COLUMNS,
    from: "proposal_versions AS t",
    cursor: CURSOR,
    pinned: (
        "t.height = (SELECT max(l.height) FROM proposal_versions AS l WHERE l.id = t.id AND l.height <= ",
        ") AND t.removed = 0",
    ),
    order: BY_CURSOR,
};

const APPROVALS: List = List {
    table: "approval_versions",
    columns: "t.id AS id, t.height AS changed, t.value AS value, \
              t.first_height AS cursor_height, t.first_position AS cursor_position",
    from: "approval_versions AS t",
    cursor: CURSOR,
    pinned: (
        "t.height = (SELECT max(l.height) FROM approval_versions AS l WHERE l.id = t.id AND l.height <= ",
        ") AND t.removed = 0",
    ),
    order: BY_CURSOR,
};

impl Index {
    /// IMVUs, in the order of their creation.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn imvus(
        &self,
        filter: &ImvuFilter,
        page: &PageRequest,
    ) -> Result<Page<ImvuRow>, Error> {
        let conditions = Conditions::default()
            .equal("t.owner = ", filter.owner.map(Cell::text))
            .equal(
                "t.jurisdiction = ",
                filter.jurisdiction.as_ref().map(Cell::text),
            )
            .equal(
                "t.status = ",
                filter.status.map(|status| Cell::text(imvu_status(status))),
            );
        self.page(&IMVUS, page, conditions, versioned).await
    }

    /// Names that are bound, or locked after a release, in the order they were first bound.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn domains(
        &self,
        imvu: Option<&ImvuId>,
        page: &PageRequest,
    ) -> Result<Page<DomainRow>, Error> {
        let conditions = Conditions::default().equal("t.imvu = ", imvu.map(Cell::text));
        self.page(&DOMAINS, page, conditions, versioned).await
    }

    /// Proposals, in the order they were opened.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn proposals(
        &self,
        filter: &ProposalFilter,
        page: &PageRequest,
    ) -> Result<Page<ProposalRow>, Error> {
        let conditions = Conditions::default()
            .equal("t.imvu = ", filter.imvu.as_ref().map(Cell::text))
            .equal(
                "t.status = ",
                filter.status.map(|status| Cell::text(status.name())),
            );
        self.page(&PROPOSALS, page, conditions, versioned).await
    }

    /// Approvals that were used or revoked, while the chain still keeps them.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn approvals(
        &self,
        imvu: Option<&ImvuId>,
        page: &PageRequest,
    ) -> Result<Page<ApprovalRow>, Error> {
        let conditions = Conditions::default().equal("t.imvu = ", imvu.map(Cell::text));
        self.page(&APPROVALS, page, conditions, |raw, at| {
            Ok(Versioned {
                at,
                changed: raw.unsigned("changed")?,
                value: ApprovalState {
                    id: raw.parsed("id")?,
                    record: raw.decoded("value")?,
                },
            })
        })
        .await
    }
}

fn versioned<T>(raw: &Raw<'_>, at: Position) -> Result<Versioned<T>, Error>
where
    T: borsh::BorshDeserialize + borsh::BorshSerialize,
{
    Ok(Versioned {
        at,
        changed: raw.unsigned("changed")?,
        value: raw.decoded("value")?,
    })
}
