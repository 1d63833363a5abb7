//! The kinds of values that are found by rule, and what finds each.

mod calendar;
mod codes;
mod contact;
mod cued;
mod date;
mod money;
mod name_lists;
mod number;
mod organisations;
mod people;
mod places;
mod relative;
mod time;

use regex::Regex;
use serde::{Deserialize, Serialize};

pub(crate) use calendar::{month, weekday};
pub(crate) use name_lists::is_first_name;
pub(crate) use number::is_numeric;

use super::token::Token;
use super::{Context, Found};

/// A kind of value that rules find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A day.
    Date,
    /// The day on which money is available.
    ValueDate,
    /// The day on which something ends.
    CancellationDate,
    /// A time of day.
    Time,
    /// An amount with its currency.
    Money,
    /// A currency.
    Currency,
    /// A number.
    Number,
    /// A number of hundredths.
    Percentage,
    /// An e-mail address.
    Email,
    /// A web address.
    Url,
    /// A telephone number.
    Phone,
    /// A country.
    Country,
    /// A state of the USA.
    UsState,
    /// A postcode of the United Kingdom.
    UkPostcode,
    /// An account by ISO 13616.
    Iban,
    /// A bank by ISO 9362.
    Bic,
    /// A legal entity by ISO 17442.
    Lei,
    /// A security by ISO 6166.
    Isin,
    /// An American security.
    Cusip,
    /// A British security.
    Sedol,
    /// The number of a policy.
    PolicyNumber,
    /// The number of a trade.
    TradeId,
    /// The number of a broker.
    BrokerNumber,
    /// Who is insured.
    InsuredName,
    /// Who brokers.
    BrokerName,
    /// What a position is worth on the market.
    MarkToMarket,
    /// What somebody turns over.
    Turnover,
    /// Yes or no.
    Boolean,
    /// A person.
    Person,
    /// An organisation.
    Organisation,
}

/// All kinds with the words that name them; the first one is the usual one.
const NAMES: &[(Kind, &[&str])] = &[
    (Kind::Date, &["date"]),
    (Kind::ValueDate, &["value_date"]),
    (Kind::CancellationDate, &["cancellation_date"]),
    (Kind::Time, &["time", "time_of_day"]),
    (Kind::Money, &["money", "monetary_quantity", "amount_of_money", "extraction_money"]),
    (Kind::Currency, &["currency", "currency_code"]),
    (Kind::Number, &["numeral", "number", "extraction_number"]),
    (Kind::Percentage, &["percentage", "percent"]),
    (Kind::Email, &["email", "email_address"]),
    (Kind::Url, &["url"]),
    (Kind::Phone, &["phone", "phone_number", "telephone", "telephone_number"]),
    (Kind::Country, &["country"]),
    (Kind::UsState, &["us_state"]),
    (Kind::UkPostcode, &["uk_postcode"]),
    (Kind::Iban, &["iban"]),
    (Kind::Bic, &["bic", "swift"]),
    (Kind::Lei, &["lei"]),
    (Kind::Isin, &["isin"]),
    (Kind::Cusip, &["cusip"]),
    (Kind::Sedol, &["sedol"]),
    (Kind::PolicyNumber, &["policy_number"]),
    (Kind::TradeId, &["trade_id"]),
    (Kind::BrokerNumber, &["broker_number"]),
    (Kind::InsuredName, &["insured_name"]),
    (Kind::BrokerName, &["broker_name"]),
    (Kind::MarkToMarket, &["mtm"]),
    (Kind::Turnover, &["turnover"]),
    (Kind::Boolean, &["extraction_boolean", "boolean"]),
    (Kind::Person, &["person"]),
    (Kind::Organisation, &["org", "organisation", "organization", "company"]),
];

impl Kind {
    /// The kind of that name; hyphens and capitals do not matter.
    #[must_use]
    pub fn named(name: &str) -> Option<Kind> {
        let plain = name.trim().to_lowercase().replace(['-', ' '], "_");
        NAMES.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(kind, _)| *kind)
    }

    /// The usual name.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(kind, _)| *kind == self).map_or("", |(_, names)| names[0])
    }

    /// All kinds.
    pub fn all() -> impl Iterator<Item = Kind> {
        NAMES.iter().map(|(kind, _)| *kind)
    }
}

/// Every place of that kind in a text, in order, none inside another.
pub(crate) fn find(kind: Kind, text: &str, tokens: &[Token<'_>], context: &Context) -> Vec<Found> {
    let locale = &context.locale;
    match kind {
        Kind::Date => date::find(tokens, context),
        Kind::ValueDate => date::find_cued(tokens, context, &["value", "val", "settle", "valuta"]),
        Kind::CancellationDate => date::find_cued(tokens, context, &["cancel", "terminat", "expir", "lapse", "kündig", "résili"]),
        Kind::Time => time::find(tokens),
        Kind::Money => money::find(tokens, locale),
        Kind::Currency => money::find_currencies(tokens, locale),
        Kind::Number => number::find(tokens, locale),
        Kind::Percentage => number::find_percentages(tokens, locale),
        Kind::Email => contact::find_emails(text),
        Kind::Url => contact::find_urls(text),
        Kind::Phone => contact::find_phones(text),
        Kind::Country => places::find_countries(tokens),
        Kind::UsState => places::find_us_states(tokens),
        Kind::UkPostcode => places::find_uk_postcodes(tokens),
        Kind::Iban => codes::find_ibans(tokens),
        Kind::Bic => codes::find_bics(tokens),
        Kind::Lei => codes::find_leis(tokens),
        Kind::Isin => codes::find_isins(tokens),
        Kind::Cusip => codes::find_cusips(tokens),
        Kind::Sedol => codes::find_sedols(tokens),
        Kind::PolicyNumber => cued::find_ids(tokens, &["policy", "policies", "police"]),
        Kind::TradeId => cued::find_ids(tokens, &["trade", "trades", "deal", "transaction"]),
        Kind::BrokerNumber => cued::find_ids(tokens, &["broker", "agent", "agency"]),
        Kind::InsuredName => cued::find_headed(tokens, &["insured", "assured", "policyholder"]),
        Kind::BrokerName => cued::find_headed(tokens, &["broker"]),
        Kind::MarkToMarket => cued::find_amounts(tokens, locale, &["mtm", "market", "mark"]),
        Kind::Turnover => cued::find_amounts(tokens, locale, &["turnover", "revenue", "revenues", "sales"]),
        Kind::Boolean => cued::find_booleans(tokens),
        Kind::Person => people::find_people(tokens),
        Kind::Organisation => organisations::find_organisations(tokens),
    }
}

/// A pattern of ours; one that did not compile would find nothing, which the tests of its kind would see.
pub(crate) fn compiled(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}
