//! The layers of sloc, lowest first: a module imports only what stands above it here (`tests/tidy.rs` says so).
#![doc = include_str!("ARCHITECTURE.md")]

pub mod maps;

pub mod source;

pub mod units;

pub mod diag;

pub mod catalog;

pub mod promql;

pub mod rules;

pub mod syntax;

pub mod kept;

pub mod fmt;

pub mod model;

pub mod cost;

pub mod resolve;

pub mod check;

pub mod lower;

pub mod emit;

pub mod diff;

pub mod trace;

pub mod driver;

pub mod import;

pub mod io;

pub mod lsp;

pub mod cli;
