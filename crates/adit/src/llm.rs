//! Which language model generative features may ask: none, unless the operator names one.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use adit_generative::{FIRST_WAIT, Llm, Options, Secret, checked_url};
use anyhow::Context;
use clap::Args;

use crate::wiring::described;

/// Flags of the language model. Without `--llm-url` nothing leaves the machine.
#[derive(Debug, Clone, Args)]
pub(crate) struct LlmOptions {
    /// Base address of an OpenAI-compatible API, such as `https://host/v1`, for generative features; off without it.
    #[arg(long, env = "ADIT_LLM_URL", requires = "llm_model")]
    llm_url: Option<String>,
    /// The model's name at that address.
    #[arg(long, env = "ADIT_LLM_MODEL", requires = "llm_url")]
    llm_model: Option<String>,
    /// File with the key for that address.
    #[arg(long, env = "ADIT_LLM_KEY_FILE", requires = "llm_url")]
    llm_key_file: Option<PathBuf>,
    /// Allow plain HTTP to a language model on another machine.
    #[arg(long, env = "ADIT_LLM_INSECURE_HTTP")]
    llm_insecure_http: bool,
    /// Longest time for one question to the language model, retries included.
    #[arg(long, env = "ADIT_LLM_TIMEOUT_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=230))]
    llm_timeout_seconds: u64,
    /// Tokens each tenant may use per day (UTC); 0 lifts the limit.
    #[arg(long, env = "ADIT_LLM_DAILY_TOKEN_BUDGET", default_value_t = 1_000_000)]
    llm_daily_token_budget: u32,
    /// Questions asked at the same time.
    #[arg(long, env = "ADIT_LLM_CONCURRENCY", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    llm_concurrency: u16,
}

impl LlmOptions {
    /// The model, or `None` when none is named.
    ///
    /// # Errors
    /// An address that cannot be used, or a key file that cannot be read.
    pub(crate) fn open(&self) -> anyhow::Result<Option<Arc<Llm>>> {
        let Some(options) = self.options()? else { return Ok(None) };
        tracing::info!(llm.url = %options.url, llm.model = %options.model, "generative features are on where datasets allow them");
        Ok(Some(Arc::new(Llm::new(options).map_err(described)?)))
    }

    fn options(&self) -> anyhow::Result<Option<Options>> {
        let (Some(url), Some(model)) = (&self.llm_url, &self.llm_model) else { return Ok(None) };
        let read_key = |file: &PathBuf| {
            let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the key file `{}`", file.display()))?;
            Secret::new(&text).map_err(described).with_context(|| format!("cannot use the key file `{}`", file.display()))
        };
        Ok(Some(Options {
            url: checked_url(url, self.llm_insecure_http).map_err(described)?,
            model: model.clone(),
            key: self.llm_key_file.as_ref().map(read_key).transpose()?,
            timeout: Duration::from_secs(self.llm_timeout_seconds),
            daily_token_budget: (self.llm_daily_token_budget > 0).then(|| i64::from(self.llm_daily_token_budget)),
            concurrency: usize::from(self.llm_concurrency),
            first_wait: FIRST_WAIT,
        }))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::LlmOptions;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        llm: LlmOptions,
    }

    fn read(flags: &[&str]) -> Result<Option<(String, Option<i64>)>, String> {
        let flags = Flags::try_parse_from([&["adit"], flags].concat()).map_err(|e| e.to_string())?;
        let options = flags.llm.options().map_err(|e| e.to_string())?;
        Ok(options.map(|options| (options.url.to_string(), options.daily_token_budget)))
    }

    #[test]
    fn nothing_is_asked_unless_somebody_names_a_model() {
        assert_eq!(read(&[]), Ok(None));
        let both = ["--llm-url", "http://localhost:8000/v1", "--llm-model", "m"];
        assert_eq!(read(&both), Ok(Some(("http://localhost:8000/v1".into(), Some(1_000_000)))));
        assert_eq!(read(&[&both[..], &["--llm-daily-token-budget", "0"]].concat()).unwrap().unwrap().1, None);
        assert!(read(&both[..2]).unwrap_err().contains("--llm-model"));
        assert!(read(&["--llm-url", "http://gpu-box/v1", "--llm-model", "m"]).unwrap_err().contains("--llm-insecure-http"));
        assert!(read(&[&both[..], &["--llm-key-file", "/nowhere/key"]].concat()).unwrap_err().contains("/nowhere/key"));
    }
}
