//! Pages: of lists from the index, and of what is read from the state.

use crate::cursor::{Cursor, StateCursor, list_id};
use crate::node::Node;
use crate::reading::Reading;
use crate::refusal::Refusal;
use nexus_index::rows::{self, Order, PageRequest};
use nexus_sdk::api::{At, DEFAULT_LIMIT, MAX_LIMIT, MAX_PROOF_ITEMS, Method, Page, WireU64};
use nexus_types::Hash;
use serde::Serialize;

/// The part of a list that was asked for.
pub(super) struct Wanted {
    list: Hash,
    pub(super) page: PageRequest,
}

impl Node {
    /// Reads limit, cursor and height; `filter` is what else decides what is in the list.
    pub(super) async fn wanted(
        &self,
        method: Method,
        order: Order,
        paging: (Option<u32>, Option<String>, Option<At>),
        filter: &impl Serialize,
    ) -> Result<Wanted, Refusal> {
        let (limit, cursor, at) = paging;
        let limit = page_limit(limit, MAX_LIMIT)?;
        let list = list_id(method, filter)?;
        if let Some(text) = cursor {
            no_height_beside(at)?;
            let cursor = Cursor::parse(&text, list)?;
            let page = PageRequest {
                at: Some(cursor.at()),
                after: Some(cursor.after()),
                limit,
                order,
            };
            return Ok(Wanted { list, page });
        }
        self.await_index().await;
        let at = match at.unwrap_or_default() {
            At::Latest => None,
            At::Provable => Some(self.view()?.height().saturating_sub(1)),
            At::Height(height) => Some(height),
        };
        let page = PageRequest {
            at,
            after: None,
            limit,
            order,
        };
        Ok(Wanted { list, page })
    }
}

impl Wanted {
    pub(super) fn page<R, T>(&self, found: rows::Page<R>, view: impl Fn(R) -> T) -> Page<T> {
        Page {
            next_cursor: found
                .next
                .map(|next| Cursor::new(self.list, found.at, next).text()),
            items: found.rows.into_iter().map(view).collect(),
            total: found.total.into(),
            total_is_least: !found.total_is_exact,
            at: found.at.into(),
            complete_from: complete_from(found.complete_from),
        }
    }
}

/// Items of a page: as many as asked for, if that is not too many.
pub(super) fn page_limit(wanted: Option<u32>, most: u32) -> Result<u32, Refusal> {
    let limit = wanted.unwrap_or(DEFAULT_LIMIT);
    if limit == 0 || limit > most {
        return Err(Refusal::params(format_args!(
            "`limit` is {limit}; a page has 1 to {most} items"
        )));
    }
    Ok(limit)
}

/// A cursor came: no height may be named beside it.
fn no_height_beside(at: Option<At>) -> Result<(), Refusal> {
    match at {
        None => Ok(()),
        Some(_) => Err(Refusal::params(
            "`cursor` holds the height already; leave out `at`",
        )),
    }
}

/// The first height held, where that is not the first there is.
pub(crate) fn complete_from(first: u64) -> Option<WireU64> {
    (first > 0).then(|| first.into())
}

/// The part of a paged read of the state that was asked for.
pub(super) struct Paging {
    list: Hash,
    /// The height it is pinned to, or to be pinned to.
    pub(super) at: At,
    /// The last item of the page before, as the method names it.
    pub(super) after: Option<Vec<u8>>,
    /// Items of the page.
    pub(super) limit: usize,
}

impl Paging {
    /// Reads limit, cursor and height; `filter` is what else decides what is read. What is proved costs a walk for each item.
    pub(super) fn read(
        method: Method,
        filter: &impl Serialize,
        (limit, cursor, at): (Option<u32>, Option<String>, Option<At>),
        proof: bool,
    ) -> Result<Self, Refusal> {
        let most = if proof {
            u32::try_from(MAX_PROOF_ITEMS).unwrap_or(MAX_LIMIT)
        } else {
            MAX_LIMIT
        };
        let limit = usize::try_from(page_limit(limit, most)?).unwrap_or(usize::MAX);
        let list = list_id(method, filter)?;
        let (at, after) = match cursor {
            None => (at.unwrap_or_default(), None),
            Some(text) => {
                no_height_beside(at)?;
                let cursor = StateCursor::parse(&text, list)?;
                (At::Height(cursor.at()), Some(cursor.into_after()))
            }
        };
        Ok(Self {
            list,
            at,
            after,
            limit,
        })
    }

    /// The cursor of a page that ends with that item, at the height that was read.
    pub(super) fn next(&self, reading: &Reading, after: Vec<u8>) -> String {
        StateCursor::new(self.list, reading.height(), after).text()
    }
}
