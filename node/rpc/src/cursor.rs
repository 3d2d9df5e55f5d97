//! Cursors: opaque to callers, bound to the list they came from.

use crate::refusal::Refusal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use borsh::{BorshDeserialize, BorshSerialize};
use nexus_index::rows::Position;
use nexus_sdk::api::Method;
use nexus_sdk::api::codes::InterfaceCode;
use nexus_types::Hash;
use serde::Serialize;

/// Where a page of one list ended. It carries the height the list is pinned to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub(crate) struct Cursor {
    /// The method and its filters, by hash: a cursor is of no use elsewhere.
    list: Hash,
    at: u64,
    height: u64,
    position: u32,
}

/// What identifies a list: the method and everything that decides what is in it.
pub(crate) fn list_id(method: Method, filter: &impl Serialize) -> Result<Hash, Refusal> {
    let filter = serde_json::to_vec(filter)
        .map_err(|error| Refusal::internal("identifying a list", &error))?;
    Ok(Hash::tagged(
        "nexus/list",
        &[method.name().as_bytes(), &[0], &filter],
    ))
}

impl Cursor {
    pub(crate) fn new(list: Hash, at: u64, after: Position) -> Self {
        Self {
            list,
            at,
            height: after.height,
            position: after.position,
        }
    }

    pub(crate) fn text(&self) -> String {
        spell(self)
    }

    /// Reads a cursor of that list.
    pub(crate) fn parse(text: &str, list: Hash) -> Result<Self, Refusal> {
        read(text, |cursor: &Self| cursor.list == list)
    }

    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    pub(crate) fn after(&self) -> Position {
        Position {
            height: self.height,
            position: self.position,
        }
    }
}

/// Where a page read from the state ended. It carries the height the pages are pinned to.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub(crate) struct StateCursor {
    /// As [`Cursor::list`].
    list: Hash,
    at: u64,
    /// The last item of the page, as its method names it.
    after: Vec<u8>,
}

impl StateCursor {
    pub(crate) fn new(list: Hash, at: u64, after: Vec<u8>) -> Self {
        Self { list, at, after }
    }

    pub(crate) fn text(&self) -> String {
        spell(self)
    }

    /// Reads a cursor of that list.
    pub(crate) fn parse(text: &str, list: Hash) -> Result<Self, Refusal> {
        read(text, |cursor: &Self| cursor.list == list)
    }

    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    pub(crate) fn into_after(self) -> Vec<u8> {
        self.after
    }
}

fn spell(cursor: &impl BorshSerialize) -> String {
    URL_SAFE_NO_PAD.encode(nexus_types::encoding::encode(cursor))
}

fn read<T: BorshSerialize + BorshDeserialize>(
    text: &str,
    is_own: impl Fn(&T) -> bool,
) -> Result<T, Refusal> {
    let cursor = URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| nexus_types::decode::<T>(&bytes).ok());
    match cursor {
        Some(cursor) if is_own(&cursor) => Ok(cursor),
        Some(_) => Err(bad("it belongs to another method or to other filters")),
        None => Err(bad("no node made it")),
    }
}

pub(crate) fn bad(why: &str) -> Refusal {
    Refusal::interface(
        InterfaceCode::BadCursor,
        format_args!("the cursor cannot be used: {why}"),
    )
}

/// The cursor of an event: `HEIGHT-POSITION`, the same on every node.
pub(crate) fn event_text(at: Position) -> String {
    format!("{}-{}", at.height, at.position)
}

/// Reads an event's cursor, or `HEIGHT` for everything from that block on. `None` is before everything.
pub(crate) fn parse_event(text: &str) -> Result<Option<Position>, Refusal> {
    let number = |text: &str| <u64 as nexus_sdk::api::Spelled>::parse(text);
    let parsed = match text.split_once('-') {
        Some((height, position)) => number(height)
            .zip(number(position).and_then(|position| u32::try_from(position).ok()))
            .map(|(height, position)| Some(Position { height, position })),
        // After the last event of the block before.
        None => number(text).map(|height| {
            height.checked_sub(1).map(|height| Position {
                height,
                position: u32::MAX,
            })
        }),
    };
    parsed.ok_or_else(|| {
        bad("an event's cursor reads HEIGHT-POSITION, or HEIGHT for the first event of a block")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_sdk::api::{ListAuditParams, ListViolationsParams};
    use nexus_types::ImvuId;

    #[test]
    fn a_cursor_returns_to_its_place_and_serves_no_other_list() {
        let audit = list_id(Method::ListAudit, &ListAuditParams::default()).unwrap();
        let after = Position {
            height: 7,
            position: 3,
        };
        let text = Cursor::new(audit, 9, after).text();
        let cursor = Cursor::parse(&text, audit).unwrap();
        assert_eq!((cursor.at(), cursor.after()), (9, after));

        let violations = list_id(Method::ListViolations, &ListViolationsParams::default()).unwrap();
        let narrowed = ListAuditParams {
            imvu: Some(ImvuId::new("IMVU-042").unwrap().into()),
            ..Default::default()
        };
        let narrowed = list_id(Method::ListAudit, &narrowed).unwrap();
        for other in [violations, narrowed] {
            let refusal = Cursor::parse(&text, other).unwrap_err();
            assert_eq!(refusal.code, 3004);
        }
        for wrong in ["", "x", &text[1..], &format!("{text}A")] {
            assert_eq!(
                Cursor::parse(wrong, audit).unwrap_err().code,
                3004,
                "{wrong}"
            );
        }
    }

    #[test]
    fn event_cursors_are_heights_or_places() {
        let at = Position {
            height: 7,
            position: 3,
        };
        assert_eq!(parse_event(&event_text(at)).unwrap(), Some(at));
        assert_eq!(parse_event("0").unwrap(), None);
        let before = Position {
            height: 6,
            position: u32::MAX,
        };
        assert_eq!(parse_event("7").unwrap(), Some(before));
        for wrong in ["", "-", "7-", "-3", "7-3-1", "07", "7-4294967296", "a"] {
            assert_eq!(parse_event(wrong).unwrap_err().code, 3004, "{wrong}");
        }
    }
}
