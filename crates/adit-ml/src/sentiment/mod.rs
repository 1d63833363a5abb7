//! Does a text speak well or ill of something, and how does somebody feel who gets it?

mod base;
mod bytes;
mod fit_base;
mod lbfgs;
mod model;
mod train;
mod words;

pub use base::{BaseHead, Valence};
pub use fit_base::{BaseOptions, ToldRow, fit_base};
pub use model::{Opinion, SentimentModel};
pub use train::{SignedExample, train_sentiment};
