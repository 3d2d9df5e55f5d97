//! What documents say of the code, held against the code. `UPDATE_DOCS=1 cargo test -p nexus-tests --test documents` writes
//! the parts between marks again; then read what changed.

mod gates;
mod marks;
