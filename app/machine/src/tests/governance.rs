//! Governance (law §9): votes, time-locks, registers; seats and restrictions have files of their own.

mod recovery;
mod registers;
mod restrictions;
mod seats;
mod votes;
