//! Which passwords are good enough: length counts, not odd characters (NIST SP 800-63B).

use adit_kernel::{Error, Result};

const LEAST: usize = 12;
const MOST: usize = 256;

/// Fails unless the password may be used by this user.
pub(super) fn check(password: &str, username: &str, email: &str) -> Result<()> {
    let length = password.chars().count();
    if !(LEAST..=MOST).contains(&length) {
        return Err(Error::invalid(format!("`password` must have {LEAST} to {MOST} characters.")));
    }
    let lower = password.to_lowercase();
    if lower == username.to_lowercase() || lower == email.to_lowercase() {
        return Err(Error::invalid("`password` must not be the user's own name or address."));
    }
    let distinct: std::collections::BTreeSet<char> = lower.chars().collect();
    if distinct.len() < 5 {
        return Err(Error::invalid("`password` must have at least five different characters."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn short_long_monotonous_and_own_names_are_refused() {
        let is_good = |password: &str| check(password, "ann.the.analyst", "ann@example.com").is_ok();
        assert!(is_good("correct horse battery"));
        assert!(is_good("пароль из слов"));
        assert!(!is_good("short"));
        assert!(!is_good(&"long word ".repeat(30)));
        assert!(!is_good("aaaaaaaaaaaaaaaa"));
        assert!(!is_good("Ann.The.Analyst"));
    }
}
