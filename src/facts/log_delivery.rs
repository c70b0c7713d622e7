//! What the account API asks of log delivery.
//!
//! Source: the provider's page of `databricks_mws_log_delivery`; the account API's reference of log
//! delivery, as in databricks/databricks-sdk-go, `service/billing` (`CreateLogDeliveryConfigurationParams`).

/// The one format in which each type of log is delivered.
pub static FORMATS: &[(&str, &str)] = &[("AUDIT_LOGS", "JSON"), ("BILLABLE_USAGE", "CSV")];

/// How many deliveries of one log type may be enabled for the whole account, and how many besides for one
/// workspace.
pub const MOST_ENABLED: usize = 2;

/// The log type of who did what.
pub const AUDIT: &str = "AUDIT_LOGS";

/// The status of one that is switched off; one without a status is on.
pub const OFF: &str = "DISABLED";

/// The format in which a type of log is delivered.
pub fn format_of(log_type: &str) -> Option<&'static str> {
    FORMATS.iter().find(|(kind, _)| *kind == log_type).map(|(_, format)| *format)
}

/// Whether a text is a month, `YYYY-MM`.
pub fn is_month(text: &str) -> bool {
    let Some((year, month)) = text.split_once('-') else { return false };
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let month_is_one = month.parse().is_ok_and(|month: u8| (1..=12).contains(&month));
    year.len() == 4 && is_number(year) && month.len() == 2 && is_number(month) && month_is_one
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_and_months() {
        assert_eq!(format_of("AUDIT_LOGS"), Some("JSON"));
        assert_eq!(format_of("OTHER"), None);
        assert!(is_month("2026-01") && is_month("2019-12"));
        for wrong in ["2026-13", "2026-00", "2026-1", "2026-01-01", "26-01", "+026-01", ""] {
            assert!(!is_month(wrong), "{wrong}");
        }
    }
}
