//! What are the comments about that nobody has reviewed? Groups of alike ones, each with a name made of its own words.
//!
//! Spherical k-means (Dhillon and Modha, 2001) seeded by k-means++ (Arthur and Vassilvitskii, 2007), names by
//! class-based TF-IDF (Grootendorst, 2022). The groups shown are the large and close ones that the taxonomy covers
//! least. The same items, seeds and options give the same themes on any number of threads.

mod dots;
mod kmeans;
mod stop_words;
mod themes;
mod topics;
mod words;

pub use kmeans::Centroids;
pub use themes::{Clustering, Item, Member, Theme, ThemeOptions, themes};
pub use topics::{Topic, topics};
pub use words::{WordSpan, marked};

pub(crate) use dots::dots;
pub(crate) use kmeans::{FitOptions, fit, share_of};
