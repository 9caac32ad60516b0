//! Does the product do what it promises? Tests with real models, real routines, real files and the real program.
//!
//! One crate, because linking is what costs. [`models`] holds the engine against llama.cpp; [`answers`] asks real
//! questions, [`safety`] those that need care; [`http`], [`desk`], [`cli`], [`index`] and [`sources`] look at what users and
//! operators meet, [`crash`] and
//! [`upkeep`] at what is left when things break or grow old, [`versions`] at routines that newer ones supersede;
//! [`links`] at those that documents hold; [`corpus`] at the sample routines themselves;
//! [`readers`], [`pdf`], [`office`], [`ocr`] and [`metadata`] at what is read, [`bad_input`] at what cannot be; [`tuned`]
//! holds our own models against their training; [`bench`] runs the evaluation itself.

mod answers;
mod bad_input;
mod bench;
mod cli;
mod corpus;
mod crash;
mod desk;
mod http;
mod index;
mod links;
mod metadata;
mod models;
mod ocr;
mod office;
mod pdf;
mod readers;
mod safety;
mod sources;
mod support;
mod tuned;
mod upkeep;
mod versions;
