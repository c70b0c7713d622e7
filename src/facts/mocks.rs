//! What values look like that stand in for others: Terragrunt's `mock_outputs`, and what people
//! write in their place.

/// Words of which a value is made that stands in for another.
///
/// Source: the documentation of Terragrunt's `dependency` block (`"temporary-dummy-id"`), its test
/// fixtures (`"mock-vpc-id"`), and public repositories that set `mock_outputs` (`"fake-vpc-id"`,
/// `"vpc-placeholder"`). `test`, `example` and `default` are words of real names too.
const WORDS: [&str; 5] = ["dummy", "fake", "mock", "mocked", "placeholder"];

/// So many zeros in a row, and nothing else behind an id's prefix, are no id.
const ZEROS: usize = 8;

/// Whether a text looks as if it stood in for a name or an id that was not there: a word of it says
/// so, or all digits of an id are zero (`vpc-00000000`, a UUID of zeros). Neither has spaces.
pub fn stands_in(text: &str) -> bool {
    if text.contains(char::is_whitespace) {
        return false;
    }
    let mut words = text.split(|c: char| !c.is_ascii_alphabetic());
    words.any(|word| WORDS.iter().any(|mock| word.eq_ignore_ascii_case(mock))) || is_zero_id(text)
}

fn is_zero_id(text: &str) -> bool {
    let prefix = text.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(text.len());
    let id = &text[prefix..];
    let zeros = id.chars().filter(|c| *c == '0').count();
    zeros >= ZEROS && id.chars().all(|c| c == '0' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::stands_in;

    #[test]
    fn what_people_write_for_what_is_not_there_yet() {
        for text in [
            "temporary-dummy-id",
            "mock-vpc-id",
            "vpc_mock_outputs",
            "subnet-mock1",
            "MOCK",
            "arn:aws:iam::123456789012:role/fake-role",
            "vpc-00000000",
            "subnet-00000000000000000",
            "00000000-0000-0000-0000-000000000000",
            "000000000000",
        ] {
            assert!(stands_in(text), "{text}");
        }
        for text in [
            "",
            "0",
            "prod",
            "hammock-store",
            "smocking",
            "test-id",
            "the mock of a service",
            "10.0.0.0/16",
            "0.0.0.0/0",
            "vpc-0a0000000000000b1",
            "1.0.0",
        ] {
            assert!(!stands_in(text), "{text}");
        }
    }
}
