//! Does the product do what it promises? Tests with real models, real routines, real files and the real program.
//!
//! One crate, because linking is what costs. [`models`] holds the engine against llama.cpp; [`answers`] asks real
//! questions; [`http`], [`cli`] and [`index`] look at what users and operators meet; [`readers`] and [`office`] at what is
//! read, [`bad_input`] at what cannot be; [`tuned`] holds our own models against their training.

mod answers;
mod bad_input;
mod cli;
mod http;
mod index;
mod models;
mod office;
mod readers;
mod support;
mod tuned;
