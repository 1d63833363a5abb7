//! Learning without input or output: text encoders, the label classifier, fields, and validation.
//!
//! Everything here is a pure function of its arguments: no clock, no files, no globals, no network.
//! The same data, options and seed give the same model whatever the number of threads.

pub mod classifier;
pub mod clustering;
pub mod encoder;
pub mod explanation;
pub mod fields;
pub mod language;
pub mod selection;
pub mod sentiment;
pub mod validation;

mod kernels;
mod matrix;
mod pauses;
mod stable_hash;

pub use classifier::{
    Corpus, Example, FormatError, LabelSpec, Model, Options, TrainError, Trained, Unreviewed, Unseen, held_out, train,
};
pub use encoder::{Encoder, HashEncoder, MiniLm, StaticEncoder, UseMultilingual, WeightsError};
pub use pauses::{Pause, with_pauses};
pub use validation::Report;
