//! Reads of an IMVU's mail.

use crate::methods::collection::leaves;
use crate::methods::paging::Paging;
use crate::methods::state::exists_imvu;
use crate::node::Node;
use crate::reading::Reading;
use crate::refusal::Refusal;
use nexus_sdk::api::{
    GetMailParams, ListMailEpochsParams, MailEpochLeafView, MailEpochsView, MailView, Method, Read,
};
use nexus_types::log::CollectionKind;
use nexus_types::mail::{MailBook, MailEpoch, MailIndex, MailItem, MailObject};
use nexus_types::{ImvuId, state_key};
use std::sync::Arc;

pub(crate) async fn mail(
    node: Arc<Node>,
    params: GetMailParams,
) -> Result<Read<MailView>, Refusal> {
    let id = params.imvu.0;
    node.read(params.at, params.proof, move |reading| {
        exists_imvu(reading, &id)?;
        let book: Option<MailBook> = reading.get(&state_key::mail_book(&id))?;
        let book = book.ok_or_else(|| {
            Refusal::not_found(format_args!(
                "{id} has no mail yet: its first address, route, key or credential founds its book"
            ))
        })?;
        Ok(MailView::new(&book, &objects(reading, &id)?))
    })
    .await
}

/// All objects of a book, sorted. The book's root commits to them.
fn objects(reading: &Reading, id: &ImvuId) -> Result<Vec<MailObject>, Refusal> {
    let index: Option<MailIndex> = reading.peek(&state_key::mail_index(id))?;
    let mut objects = Vec::new();
    for entry in index.unwrap_or_default().entries {
        let key = state_key::mail_item(id, &entry.item);
        let object = match entry.item {
            MailItem::Address(_) => reading.peek(&key)?.map(MailObject::Address),
            MailItem::Credential(_) => reading.peek(&key)?.map(MailObject::Credential),
            MailItem::Route(_) => reading.peek(&key)?.map(MailObject::Route),
            MailItem::DkimKey(..) => reading.peek(&key)?.map(MailObject::DkimKey),
        };
        objects.push(object.ok_or_else(|| {
            let cause = format!("the book of {id} lists {key:?} but the object is missing");
            Refusal::internal("reading a book of mail", &cause)
        })?);
    }
    Ok(objects)
}

pub(crate) async fn epochs(
    node: Arc<Node>,
    params: ListMailEpochsParams,
) -> Result<Read<MailEpochsView>, Refusal> {
    let paging = Paging::read(
        Method::ListMailEpochs,
        &params.imvu,
        (params.limit, params.cursor, params.at),
        params.proof,
    )?;
    let (id, proof) = (params.imvu.0, params.proof);
    node.read(paging.at, proof, move |reading| {
        exists_imvu(reading, &id)?;
        let of = (CollectionKind::MailEpochs, &id);
        let found = leaves(reading, &paging, of, proof, |_: &MailEpoch| true)?;
        let items = found.items.into_iter();
        Ok(MailEpochsView {
            collection: found.collection,
            items: items
                .map(|(epoch, leaf)| MailEpochLeafView {
                    epoch: (&epoch).into(),
                    leaf,
                })
                .collect(),
            next_cursor: found.next_cursor,
            complete_from: found.complete_from,
            imvu: id.into(),
        })
    })
    .await
}
