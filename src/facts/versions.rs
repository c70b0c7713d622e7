//! Which versions of Terraform, OpenTofu and the providers are known.

/// The newest minor version of Terraform whose JSON output was compared with what is read here.
///
/// Source: internal/command/jsonplan, jsonconfig and jsonstate of hashicorp/terraform, tags v0.12.0
/// to v1.15.9.
pub const TERRAFORM: (u64, u64) = (1, 15);

/// The same for OpenTofu.
///
/// Source: internal/command/jsonplan, jsonconfig and jsonstate of opentofu/opentofu, tags v1.6.0 to
/// v1.12.0.
pub const OPENTOFU: (u64, u64) = (1, 12);

/// The newest format of plans that these write.
pub const FORMAT: (u64, u64) = (1, 2);

/// Formats before this one list of a reference only the object, not the attribute.
///
/// Source: internal/command/jsonconfig/expression.go of hashicorp/terraform: v1.0.1 is the first to
/// list both, and the first to write format 0.2.
pub const WHOLE_REFERENCES: (u64, u64) = (0, 2);

/// The first two numbers of a version such as `1.11.4`, `1.15.0-beta1` or `1.2`.
pub fn minor(text: &str) -> Option<(u64, u64)> {
    let mut parts = text.split('.').map(|part| {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part[..digits].parse::<u64>().ok()
    });
    Some((parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions_are_read() {
        for (text, want) in [
            ("1.11.4", Some((1, 11))),
            ("1.16.0-dev", Some((1, 16))),
            ("1.2", Some((1, 2))),
            ("0.12.31", Some((0, 12))),
            ("", None),
            ("x.1", None),
            ("1", None),
        ] {
            assert_eq!(super::minor(text), want, "{text}");
        }
    }
}
