//! Governance (law §9): votes, time-locks, registers; seats and restrictions have files of their own.

mod pending;
mod recovery;
mod registers;
mod restrictions;
mod seats;
mod shares;
mod votes;
