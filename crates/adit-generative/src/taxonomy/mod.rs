//! A description and a few documents become a taxonomy that can be looked at, changed and imported.

mod question;
mod suggest;
#[cfg(test)]
mod tests;

pub(crate) use suggest::OPERATION;
