//! How things stood at a height: IMVUs, domains, proposals, approvals.

use super::Raw;
use super::list::{Conditions, List};
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
// Its first version alone is in the index that gives this order.
pub(super) const CURSOR: (&str, &str) = ("f.first_height", "f.first_position");
pub(super) const ORDER: &[&str] = &["f.first_height", "f.first_position"];
pub(super) const COLUMNS: &str = "t.height AS changed, t.value AS value, \
     f.first_height AS cursor_height, f.first_position AS cursor_position";

const IMVUS: List = List {
    table: "imvu_versions",
    columns: COLUMNS,
    from: "imvu_versions AS f INDEXED BY imvu_versions_in_order \
           CROSS JOIN imvu_versions AS t ON t.id = f.id",
    cursor: CURSOR,
    pinned: (
        "f.height = f.first_height AND t.height = (SELECT max(l.height) FROM imvu_versions AS l \
         WHERE l.id = f.id AND l.height <= ",
        ") AND t.removed = 0",
    ),
    order: ORDER,
};

/// Those of one owner, which may not have been its first.
const IMVUS_BY_OWNER: List = List {
    from: "imvu_versions AS t INDEXED BY imvu_versions_by_owner \
           CROSS JOIN imvu_versions AS f ON f.id = t.id AND f.height = t.first_height",
    cursor: ("t.first_height", "t.first_position"),
    pinned: (
        "t.height = (SELECT max(l.height) FROM imvu_versions AS l WHERE l.id = t.id AND l.height <= ",
        ") AND t.removed = 0",
    ),
    order: &["t.first_height", "t.first_position"],
    ..IMVUS
};

const DOMAINS: List = List {
    table: "domain_versions",
    columns: COLUMNS,
    from: "domain_versions AS f INDEXED BY domain_versions_in_order \
           CROSS JOIN domain_versions AS t ON t.name = f.name",
    cursor: CURSOR,
    pinned: (
        "f.height = f.first_height AND t.height = (SELECT max(l.height) FROM domain_versions AS l \
         WHERE l.name = f.name AND l.height <= ",
        ") AND t.removed = 0",
    ),
    order: ORDER,
};

/// Those of one IMVU, which may not have been its first.
const DOMAINS_BY_IMVU: List = List {
    from: "domain_versions AS t INDEXED BY domain_versions_by_imvu \
           CROSS JOIN domain_versions AS f ON f.name = t.name AND f.height = t.first_height",
    cursor: ("t.first_height", "t.first_position"),
    pinned: (
        "t.height = (SELECT max(l.height) FROM domain_versions AS l WHERE l.name = t.name AND l.height <= ",
        ") AND t.removed = 0",
    ),
    order: &["t.first_height", "t.first_position"],
    ..DOMAINS
};

const PROPOSALS: List = List {
    table: "proposal_versions",
    columns: COLUMNS,
    from: "proposal_versions AS f INDEXED BY proposal_versions_in_order \
           CROSS JOIN proposal_versions AS t ON t.id = f.id",
    cursor: CURSOR,
    pinned: (
        "f.height = f.first_height AND t.height = (SELECT max(l.height) FROM proposal_versions AS l \
         WHERE l.id = f.id AND l.height <= ",
        ") AND t.removed = 0",
    ),
    order: ORDER,
};

/// Those of one IMVU, which may not have been its first.
const PROPOSALS_BY_IMVU: List = List {
    from: "proposal_versions AS t INDEXED BY proposal_versions_by_imvu \
           CROSS JOIN proposal_versions AS f ON f.id = t.id AND f.height = t.first_height",
    cursor: ("t.first_height", "t.first_position"),
    pinned: (
        "t.height = (SELECT max(l.height) FROM proposal_versions AS l WHERE l.id = t.id AND l.height <= ",
        ") AND t.removed = 0",
    ),
    order: &["t.first_height", "t.first_position"],
    ..PROPOSALS
};

const APPROVALS: List = List {
    table: "approval_versions",
    columns: "t.id AS id, t.height AS changed, t.value AS value, \
              f.first_height AS cursor_height, f.first_position AS cursor_position",
    from: "approval_versions AS f INDEXED BY approval_versions_in_order \
           CROSS JOIN approval_versions AS t ON t.id = f.id",
    cursor: CURSOR,
    pinned: (
        "f.height = f.first_height AND t.height = (SELECT max(l.height) FROM approval_versions AS l \
         WHERE l.id = f.id AND l.height <= ",
        ") AND t.removed = 0",
    ),
    order: ORDER,
};

/// Those of one IMVU, which may not have been its first.
const APPROVALS_BY_IMVU: List = List {
    from: "approval_versions AS t INDEXED BY approval_versions_by_imvu \
           CROSS JOIN approval_versions AS f ON f.id = t.id AND f.height = t.first_height",
    cursor: ("t.first_height", "t.first_position"),
    pinned: (
        "t.height = (SELECT max(l.height) FROM approval_versions AS l WHERE l.id = t.id AND l.height <= ",
        ") AND t.removed = 0",
    ),
    order: &["t.first_height", "t.first_position"],
    ..APPROVALS
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
        let list = if filter.owner.is_some() {
            &IMVUS_BY_OWNER
        } else {
            &IMVUS
        };
        self.page(list, page, conditions, versioned).await
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
        let list = if imvu.is_some() {
            &DOMAINS_BY_IMVU
        } else {
            &DOMAINS
        };
        self.page(list, page, conditions, versioned).await
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
        let list = if filter.imvu.is_some() {
            &PROPOSALS_BY_IMVU
        } else {
            &PROPOSALS
        };
        self.page(list, page, conditions, versioned).await
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
        let list = if imvu.is_some() {
            &APPROVALS_BY_IMVU
        } else {
            &APPROVALS
        };
        self.page(list, page, conditions, |raw, at| {
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

pub(super) fn versioned<T>(raw: &Raw<'_>, at: Position) -> Result<Versioned<T>, Error>
where
    T: borsh::BorshDeserialize + borsh::BorshSerialize,
{
    Ok(Versioned {
        at,
        changed: raw.unsigned("changed")?,
        value: raw.decoded("value")?,
    })
}
