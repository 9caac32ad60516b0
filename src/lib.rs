//! Rutinlots: an on-premise assistant for the internal routines of a Swedish municipality's social services.
//!
//! The rooms are the stations that data passes, in this order; a room imports only from those before it, and from the
//! ground floor, [`language`] and [`inference`]:
//!
//! documents → [`ingest`] → [`index`] → [`retrieve`] → [`answer`] → [`server`] and [`cli`];
//! [`eval`] measures from outside.

pub mod answer;
pub mod cli;
pub mod eval;
pub mod index;
pub mod inference;
pub mod ingest;
pub mod language;
pub mod retrieve;
pub mod server;
