//! Does the product do what it promises? Tests with real models, real routines, real files and the real program.
//!
//! One crate, because linking is what costs. [`models`] holds the engine against llama.cpp; [`answers`] asks real
//! questions; [`http`], [`cli`] and [`index`] look at what users and operators meet; [`readers`] at what is read;
//! [`tuned`] holds our own models against their training.

mod answers;
mod cli;
mod http;
mod index;
mod metadata;
mod models;
mod ocr;
mod readers;
mod support;
mod tuned;
