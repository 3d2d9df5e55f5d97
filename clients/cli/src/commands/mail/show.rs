//! What `nexus mail show` and `nexus mail epochs` print.

use crate::context::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::table;
use crate::text::{self, mail_route, short};
use crate::units::show_bytes;
use nexus_sdk::api::{
    AddressView, DkimKeyView, ListMailEpochsParams, MailCredentialView, MailEpochView,
    MailRouteChangeView, MailRouteRecordView, MailView,
};
use nexus_types::ImvuId;

pub(super) async fn book(ctx: &Context, imvu: &ImvuId) -> Result<Answer, CliError> {
    let read = ctx.client()?.mail(imvu).await?;
    let text = format!(
        "{}\nas of block {} ({})",
        described(&read.value),
        read.height,
        text::time(read.block_time.0)
    );
    Ok(Answer::new(&read, text)?)
}

fn described(view: &MailView) -> String {
    let head = table::fields(&[
        ("imvu", view.imvu.to_string()),
        ("version", view.version.to_string()),
        ("root", view.root.to_string()),
        ("token epoch", view.token_epoch.to_string()),
    ]);
    let parts = [
        Some(head),
        rows(
            &[
                "ADDRESS",
                "DOMAIN",
                "HOLDER",
                "MESSAGES/DAY",
                "RECIPIENTS/DAY",
                "STORAGE",
            ],
            &view.addresses,
            address,
        ),
        rows(
            &[
                "CREDENTIAL",
                "HOLDER",
                "ADDRESSES",
                "MESSAGES/DAY",
                "EXPIRES",
            ],
            &view.credentials,
            credential,
        ),
        rows(&["ROUTE", "VERSION"], &view.routes, route),
        rows(
            &["DOMAIN", "SELECTOR", "KEY", "SINCE BLOCK", "REVOKED"],
            &view.keys,
            key,
        ),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join("\n")
}

fn rows<T>(header: &[&str], all: &[T], row: fn(&T) -> Vec<String>) -> Option<String> {
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    (!rows.is_empty()).then(|| table::columns(header, &rows))
}

fn address(view: &AddressView) -> Vec<String> {
    vec![
        view.local.to_string(),
        view.domain.to_string(),
        short(&view.holder),
        view.limits.messages_day.to_string(),
        view.limits.recipients_day.to_string(),
        show_bytes(view.limits.storage_bytes.0),
    ]
}

fn credential(view: &MailCredentialView) -> Vec<String> {
    vec![
        view.id.to_string(),
        short(&view.holder),
        view.addresses.len().to_string(),
        view.messages_day.to_string(),
        text::time(view.expires.0),
    ]
}

fn route(view: &MailRouteRecordView) -> Vec<String> {
    let route = MailRouteChangeView {
        domain: view.domain.clone(),
        route: view.route.clone(),
    };
    vec![mail_route(&route), view.version.to_string()]
}

fn key(view: &DkimKeyView) -> Vec<String> {
    let revoked = view.revoked.as_ref();
    vec![
        view.domain.to_string(),
        view.selector.clone(),
        view.key.algorithm.clone(),
        view.registered.to_string(),
        revoked.map_or_else(String::new, |height| format!("at block {height}")),
    ]
}

pub(super) async fn epochs(ctx: &Context, imvu: ImvuId, limit: u32) -> Result<Answer, CliError> {
    let params = ListMailEpochsParams {
        imvu: imvu.into(),
        limit: Some(limit),
        cursor: None,
        at: None,
        proof: false,
    };
    let read = ctx.client()?.mail_epochs(&params).await?;
    let header = [
        "HOST",
        "EPOCH",
        "SEQUENCES",
        "MESSAGES",
        "RECIPIENTS",
        "BYTES",
        "RECORDED",
    ];
    let items: Vec<&MailEpochView> = read.value.items.iter().map(|leaf| &leaf.epoch).collect();
    let all: Vec<Vec<String>> = items.iter().map(|one| epoch(one)).collect();
    let shown = match all.is_empty() {
        true => String::from("no mail agent has committed to an epoch yet"),
        false => table::columns(&header, &all),
    };
    let text = format!("{shown}\n{} at block {}", all.len(), read.height);
    Ok(Answer::new(&read, text)?)
}

fn epoch(view: &MailEpochView) -> Vec<String> {
    vec![
        view.host.to_string(),
        view.epoch.to_string(),
        format!("{}–{}", view.first_seq, view.last_seq),
        view.messages.to_string(),
        view.recipients.to_string(),
        show_bytes(view.bytes.0),
        text::time(view.time.0),
    ]
}
