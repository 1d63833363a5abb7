//! The encoders that the program carries, and which of them reads datasets.

use std::sync::Arc;

use adit_ml::{Encoder, HashEncoder, MiniLm, StaticEncoder};
use adit_models::Engine;

use crate::cli::DefaultEncoder;

type Opened = Result<Arc<dyn Encoder>, String>;

/// Both encoders, as far as they can be used.
pub(crate) struct InProgram {
    chosen: DefaultEncoder,
    /// all-MiniLM-L6-v2. `Err("")` while it is not needed.
    pub(crate) minilm: Opened,
    /// The static encoder.
    pub(crate) table: Opened,
}

impl InProgram {
    /// Opens what the choice needs; the network works on up to `threads` threads.
    pub(crate) fn open(chosen: DefaultEncoder, threads: usize) -> InProgram {
        let table = StaticEncoder::embedded().map(|encoder| Arc::new(encoder) as Arc<dyn Encoder>);
        let table = table.map_err(|error| error.to_string());
        let is_needed = chosen == DefaultEncoder::Minilm || table.is_err();
        let minilm = if is_needed { minilm(threads) } else { Err(String::new()) };
        InProgram { chosen, minilm, table }
    }

    /// Why the chosen encoder cannot be used, and what stands in for it.
    pub(crate) fn trouble(&self) -> Option<String> {
        let (own, name) = match self.chosen {
            DefaultEncoder::Minilm => (&self.minilm, "minilm"),
            DefaultEncoder::Static => (&self.table, "static"),
        };
        let why = own.as_ref().err()?;
        Some(format!("the encoder `{name}` is not usable: {why}; `{}` stands in for it", self.default().digest()))
    }

    /// The encoder that reads datasets which ask for no other.
    pub(crate) fn default(&self) -> Arc<dyn Encoder> {
        let (first, second) = match self.chosen {
            DefaultEncoder::Minilm => (&self.minilm, &self.table),
            DefaultEncoder::Static => (&self.table, &self.minilm),
        };
        first.as_ref().or(second.as_ref()).map_or_else(|_| Arc::new(HashEncoder::new()) as Arc<dyn Encoder>, Arc::clone)
    }

    /// A learning engine around the chosen encoder, which also has the other one for versions that were trained with it.
    pub(crate) fn engine(&self, threads: usize) -> Engine {
        let engine = Engine::new(self.default(), threads);
        match (self.chosen, &self.table) {
            (DefaultEncoder::Minilm, Ok(table)) => engine.with_quick(table.clone()),
            (DefaultEncoder::Minilm, Err(_)) => engine,
            (DefaultEncoder::Static, _) => engine.with_idle(MiniLm::embedded_digest(), move || {
                let opened = minilm(threads);
                opened.inspect_err(|error| tracing::error!(%error, "the encoder `minilm` cannot be used")).ok()
            }),
        }
    }
}

fn minilm(threads: usize) -> Opened {
    MiniLm::embedded(threads).map(|encoder| Arc::new(encoder) as Arc<dyn Encoder>).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_static_encoder_stands_in_for_a_broken_network_and_that_is_said() {
        let whole = InProgram::open(DefaultEncoder::Minilm, 1);
        assert!(whole.trouble().is_none());
        assert_eq!(whole.default().digest(), MiniLm::embedded_digest());
        let broken = InProgram { minilm: Err("damaged".into()), ..whole };
        let own = StaticEncoder::embedded().unwrap();
        assert_eq!(broken.default().digest(), own.digest());
        let trouble = broken.trouble().unwrap();
        assert!(trouble.contains("`minilm` is not usable: damaged") && trouble.contains(own.digest()), "{trouble}");
    }

    #[test]
    fn the_static_encoder_alone_needs_no_network() {
        let chosen = InProgram::open(DefaultEncoder::Static, 1);
        assert!(chosen.trouble().is_none() && chosen.minilm.is_err());
        assert_eq!(chosen.default().digest(), StaticEncoder::embedded().unwrap().digest());
    }
}
