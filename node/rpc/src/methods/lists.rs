//! Lists, from the index: pinned to a height, paged by cursor.

use crate::methods::state::{find_imvu, law_time, own_domain};
use crate::node::Node;
use crate::reading::Reading;
use crate::refusal::Refusal;
use nexus_index::rows::{
    self, AuditFilter, GateDecisionFilter, ImvuFilter, Order, ProposalFilter, ProposalState,
    TransactionFilter, ViolationFilter,
};
use nexus_sdk::api::{
    ActionGates, ApprovalTarget, At, AtParams, AuditView, BlockSummary, DomainStatus, DomainView,
    GateDecisionView, GateOutcomeFilter, GateStatus, GatesView, ImvuStatus, ImvuView,
    ListApprovalsParams, ListAuditParams, ListBlocksParams, ListDomainsParams,
    ListGateDecisionsParams, ListImvusParams, ListTransactionsParams, ListViolationsParams,
    MAX_LIMIT, Method, Page, ProposalStatus, ProposalView, Read, Spelled, SqlParams, SqlResult,
    TransactionSummary, ViolationView,
};
use nexus_types::approval::{Change, basis};
use nexus_types::constants::constants_hash;
use nexus_types::mail::MailRouteRecord;
use nexus_types::route::PathPolicy;
use nexus_types::state::{self, Proposal, RouteRecord};
use nexus_types::verdict::GateOutcome;
use nexus_types::{ActionKind, Code, Gate, Hash, state_key};
use std::sync::Arc;

fn action_kind(name: Option<&str>) -> Result<Option<ActionKind>, Refusal> {
    let Some(name) = name else {
        return Ok(None);
    };
    let kind = ActionKind::ALL.into_iter().find(|kind| kind.name() == name);
    kind.map(Some).ok_or_else(|| {
        let all = ActionKind::ALL.map(ActionKind::name).join(", ");
        Refusal::params(format_args!("`action` is none of {all}"))
    })
}

fn gate(number: Option<u8>) -> Result<Option<Gate>, Refusal> {
    let Some(number) = number else {
        return Ok(None);
    };
    Gate::from_number(number)
        .map(Some)
        .ok_or_else(|| Refusal::params(format_args!("`gate` is {number}; there are gates 1 to 17")))
}

pub(crate) async fn transactions(
    node: Arc<Node>,
    params: ListTransactionsParams,
) -> Result<Page<TransactionSummary>, Refusal> {
    let filter = TransactionFilter {
        imvu: params.imvu.clone().map(|id| id.0),
        signer: params.signer.map(|id| id.0),
        action: action_kind(params.action.as_deref())?,
    };
    let paging = (params.limit, params.cursor, params.at);
    let by = (&params.imvu, &params.signer, &params.action);
    let wanted = node
        .wanted(Method::ListTransactions, Order::NewestFirst, paging, &by)
        .await?;
    let found = node
        .context
        .index
        .transactions(&filter, &wanted.page)
        .await?;
    Ok(wanted.page(found, |row| summary(&row)))
}

/// A transaction of the index, as lists show it.
pub(crate) fn summary(row: &rows::TransactionRow) -> TransactionSummary {
    let verdict = row.verdict.as_ref();
    TransactionSummary {
        hash: row.hash.into(),
        height: row.at.height.into(),
        index: row.at.position,
        block_time: row.time.0.into(),
        code: row.code.into(),
        id: verdict.map(|verdict| verdict.tx.into()),
        signer: verdict.map(|verdict| verdict.actor.into()),
        action: verdict.map(|verdict| verdict.action.name().to_owned()),
        imvu: verdict
            .and_then(|verdict| verdict.imvu.clone())
            .map(Into::into),
    }
}

pub(crate) async fn blocks(
    node: Arc<Node>,
    params: ListBlocksParams,
) -> Result<Page<BlockSummary>, Refusal> {
    let paging = (params.limit, params.cursor, params.at);
    let wanted = node
        .wanted(Method::ListBlocks, Order::NewestFirst, paging, &())
        .await?;
    let found = node.context.index.blocks(&wanted.page).await?;
    Ok(wanted.page(found, |row| BlockSummary {
        height: row.height.into(),
        time: row.time.0.into(),
        hash: row.hash.into(),
        app_hash: row.app_hash.into(),
        proposer: <[u8; 20] as Spelled>::parse(&row.proposer)
            .unwrap_or_default()
            .into(),
        transactions: u32::try_from(row.transactions).unwrap_or(u32::MAX),
    }))
}

pub(crate) async fn imvus(
    node: Arc<Node>,
    params: ListImvusParams,
) -> Result<Page<ImvuView>, Refusal> {
    let filter = ImvuFilter {
        owner: params.owner.map(|id| id.0),
        jurisdiction: params.jurisdiction.clone().map(|tag| tag.0),
        status: params.status.map(|status| match status {
            ImvuStatus::Draft => state::ImvuStatus::Draft,
            ImvuStatus::Active => state::ImvuStatus::Active,
            ImvuStatus::Starting => state::ImvuStatus::Starting,
            ImvuStatus::Stopping => state::ImvuStatus::Stopping,
        }),
    };
    let paging = (params.limit, params.cursor, params.at);
    let by = (&params.owner, &params.jurisdiction, &params.status);
    let wanted = node
        .wanted(Method::ListImvus, Order::OldestFirst, paging, &by)
        .await?;
    let found = node.context.index.imvus(&filter, &wanted.page).await?;
    Ok(wanted.page(found, |row| ImvuView::from(&row.value)))
}

pub(crate) async fn domains(
    node: Arc<Node>,
    params: ListDomainsParams,
) -> Result<Page<DomainView>, Refusal> {
    let imvu = params.imvu.clone().map(|id| id.0);
    let paging = (params.limit, params.cursor, params.at);
    let wanted = node
        .wanted(
            Method::ListDomains,
            Order::OldestFirst,
            paging,
            &params.imvu,
        )
        .await?;
    let found = node
        .context
        .index
        .domains(imvu.as_ref(), &wanted.page)
        .await?;
    // Whether a lock has ended is told as of now: a name on an older page may be free by now, and that is what counts.
    let view = node.view()?;
    let now = node.blocking(move || law_time(&Reading::new(view, At::Latest)?));
    let now = now.await?;
    Ok(wanted.page(found, |row| {
        let status = if row.value.imvu.is_some() {
            DomainStatus::Bound
        } else if row.value.is_locked(now) {
            DomainStatus::Locked
        } else {
            DomainStatus::Free
        };
        own_domain(row.value, status)
    }))
}

pub(crate) async fn gate_decisions(
    node: Arc<Node>,
    params: ListGateDecisionsParams,
) -> Result<Page<GateDecisionView>, Refusal> {
    let filter = GateDecisionFilter {
        gate: gate(params.gate)?,
        imvu: params.imvu.clone().map(|id| id.0),
        refused: params
            .outcome
            .map(|outcome| outcome == GateOutcomeFilter::Refused),
    };
    let paging = (params.limit, params.cursor, params.at);
    let by = (&params.gate, &params.imvu, &params.outcome);
    let wanted = node
        .wanted(Method::ListGateDecisions, Order::NewestFirst, paging, &by)
        .await?;
    let found = node
        .context
        .index
        .gate_decisions(&filter, &wanted.page)
        .await?;
    Ok(wanted.page(found, |row| GateDecisionView {
        height: row.at.height.into(),
        time: row.time.0.into(),
        tx: row.tx.into(),
        actor: row.actor.into(),
        action: row.action.name().to_owned(),
        imvu: row.imvu.map(Into::into),
        outcome: (&GateOutcome {
            gate: row.gate,
            outcome: row.outcome,
        })
            .into(),
    }))
}

pub(crate) async fn violations(
    node: Arc<Node>,
    params: ListViolationsParams,
) -> Result<Page<ViolationView>, Refusal> {
    let filter = ViolationFilter {
        imvu: params.imvu.clone().map(|id| id.0),
        gate: gate(params.gate)?,
        actor: params.actor.map(|id| id.0),
    };
    let paging = (params.limit, params.cursor, params.at);
    let by = (&params.imvu, &params.gate, &params.actor);
    let wanted = node
        .wanted(Method::ListViolations, Order::NewestFirst, paging, &by)
        .await?;
    let found = node.context.index.violations(&filter, &wanted.page).await?;
    Ok(wanted.page(found, |row| ViolationView::from(&row.violation)))
}

pub(crate) async fn audit(
    node: Arc<Node>,
    params: ListAuditParams,
) -> Result<Page<AuditView>, Refusal> {
    let filter = AuditFilter {
        imvu: params.imvu.clone().map(|id| id.0),
        actor: params.actor.map(|id| id.0),
    };
    let paging = (params.limit, params.cursor, params.at);
    let by = (&params.imvu, &params.actor);
    let wanted = node
        .wanted(Method::ListAudit, Order::NewestFirst, paging, &by)
        .await?;
    let found = node.context.index.audit(&filter, &wanted.page).await?;
    Ok(wanted.page(found, |row| AuditView::from(&row.entry)))
}

pub(crate) async fn approvals(
    node: Arc<Node>,
    params: ListApprovalsParams,
) -> Result<Page<ProposalView>, Refusal> {
    if let Some(id) = params.proposal {
        let others = [
            params.cursor.is_some(),
            params.imvu.is_some(),
            params.status.is_some(),
        ];
        if others.contains(&true) {
            return Err(Refusal::params(
                "`proposal` names one; leave out `cursor`, `imvu` and `status`",
            ));
        }
        return proposal(node, id.0, params.at.unwrap_or_default()).await;
    }
    let filter = ProposalFilter {
        imvu: params.imvu.clone().map(|id| id.0),
        status: params.status.map(|status| match status {
            ProposalStatus::Open => ProposalState::Open,
            ProposalStatus::Applied => ProposalState::Applied,
            ProposalStatus::Expired => ProposalState::Expired,
        }),
    };
    let paging = (params.limit, params.cursor, params.at);
    let by = (&params.imvu, &params.status);
    let wanted = node
        .wanted(Method::ListApprovals, Order::OldestFirst, paging, &by)
        .await?;
    let found = node.context.index.proposals(&filter, &wanted.page).await?;
    let proposals: Vec<Proposal> = found.rows.iter().map(|row| row.value.clone()).collect();
    // What an approval must name is read from the state as it is now, or nobody could approve from an older page.
    let view = node.view()?;
    let views = node.blocking(move || {
        let reading = Reading::new(view, At::Latest)?;
        let views = proposals
            .iter()
            .map(|proposal| with_target(&reading, proposal));
        views.collect::<Result<Vec<_>, _>>()
    });
    let items = views.await?;
    let empty = rows::Page {
        rows: Vec::<Proposal>::new(),
        next: found.next,
        total: found.total,
        total_is_exact: found.total_is_exact,
        at: found.at,
        complete_from: found.complete_from,
    };
    let mut page = wanted.page(empty, |proposal| ProposalView::from(&proposal));
    page.items = items;
    Ok(page)
}

async fn proposal(node: Arc<Node>, id: Hash, at: At) -> Result<Page<ProposalView>, Refusal> {
    let read = node.read(at, false, move |reading| {
        let found: Option<Proposal> = reading.get(&state_key::proposal(&id))?;
        let proposal =
            found.ok_or_else(|| Refusal::not_found(format_args!("no proposal {id} exists")))?;
        with_target(reading, &proposal)
    });
    let read = read.await?;
    Ok(Page {
        items: vec![read.value],
        next_cursor: None,
        total: 1.into(),
        total_is_least: false,
        at: read.height,
        complete_from: None,
    })
}

/// A proposal, with what an approval of it must name while it is open.
fn with_target(reading: &Reading, proposal: &Proposal) -> Result<ProposalView, Refusal> {
    let mut view = ProposalView::from(proposal);
    if proposal.status == state::ProposalStatus::Open {
        let imvu = find_imvu(reading, &proposal.imvu)?;
        let route: Option<RouteRecord> = match &proposal.change {
            Change::Route(change) => {
                reading.get(&state_key::route(&proposal.imvu, &change.prefix()))?
            }
            _ => None,
        };
        let mail: Option<MailRouteRecord> = match &proposal.change {
            Change::MailRoute(change) => reading.get(&state_key::mail_route(&change.domain))?,
            _ => None,
        };
        let policy: Option<PathPolicy> = reading.get(&state_key::path_policy(&proposal.imvu))?;
        let now = basis(
            &proposal.change,
            &imvu,
            route.as_ref(),
            &policy.unwrap_or_default(),
            mail.as_ref(),
        );
        view.approval = Some(ApprovalTarget {
            version: now.version.into(),
            before: now.before.into(),
        });
    }
    Ok(view)
}

pub(crate) async fn gates(node: Arc<Node>, params: AtParams) -> Result<Read<GatesView>, Refusal> {
    node.await_index().await;
    // The store may be a block ahead of the index that counts; "latest" is the last that both have.
    let at = match (params.at, node.context.index.extent().await?.latest) {
        (At::Latest, Some(indexed)) => At::Height(indexed),
        (at, _) => at,
    };
    let read = node.read(at, params.proof, |_| Ok(())).await?;
    let counts = node.context.index.gate_matrix(Some(read.height.0)).await?;
    let gates = counts.into_iter().map(|count| GateStatus {
        gate: count.gate.number(),
        name: count.gate.name().to_owned(),
        rule: count.gate.rule().to_owned(),
        code: Code::RefusedBy(count.gate).to_string(),
        actions: judged_by(count.gate),
        passed: count.passed.into(),
        refused: count.refused.into(),
    });
    let actions = ActionKind::ALL.into_iter().map(|kind| ActionGates {
        action: kind.name().to_owned(),
        gates: kind.gates().iter().map(|gate| gate.number()).collect(),
    });
    Ok(Read {
        height: read.height,
        block_time: read.block_time,
        value: GatesView {
            gates: gates.collect(),
            actions: actions.collect(),
            constants_hash: constants_hash().into(),
        },
        proof: read.proof,
    })
}

fn judged_by(gate: Gate) -> Vec<String> {
    let judged = ActionKind::ALL
        .into_iter()
        .filter(|kind| kind.gates().contains(&gate));
    judged.map(|kind| kind.name().to_owned()).collect()
}

/// Somebody's own question to the index; it bounds rows, bytes and time itself.
pub(crate) async fn sql(node: Arc<Node>, params: SqlParams) -> Result<SqlResult, Refusal> {
    node.await_index().await;
    let limit = params.limit.unwrap_or(MAX_LIMIT);
    let found = node.context.index.select(&params.statement, limit).await?;
    Ok(SqlResult {
        columns: found.columns,
        rows: found.rows,
        truncated: found.truncated,
    })
}
