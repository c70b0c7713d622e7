//! The names that must resolve to a Databricks endpoint.

use crate::{
    facts::privatelink::{self, Service},
    plan::Tri,
};

/// What an endpoint is for, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose {
    /// The service.
    pub service: Service,
    /// Its region.
    pub region: String,
}

impl Purpose {
    /// Of an endpoint service's name; none where the service is not a known one of Databricks.
    pub fn of(service_name: &str) -> Option<Purpose> {
        let known = privatelink::service_named(service_name)?;
        Some(Purpose { service: known.service, region: known.region.to_owned() })
    }

    /// How private names look in GovCloud is not documented.
    pub fn is_gov(&self) -> bool {
        self.region.starts_with("us-gov-")
    }

    /// The name that clients resolve; none where the region's control plane has no known name.
    pub fn name(&self) -> Option<String> {
        self.names().into_iter().next()
    }

    fn names(&self) -> Vec<String> {
        let shard = privatelink::shard(&self.region);
        let patterns = self.service.record_names().iter();
        let patterns = patterns.filter(|pattern| shard.is_some() || !pattern.contains("{shard}"));
        let fill = |pattern: &&str| {
            pattern.replace("{region}", &self.region).replace("{shard}", shard.unwrap_or_default())
        };
        patterns.map(fill).collect()
    }

    /// Whether a record of that full name serves it. A workspace has a name of its own besides,
    /// directly below `cloud.databricks.com`; another control plane's name may be an alias that the
    /// table does not know.
    pub fn is_served_by(&self, record: &str) -> Tri {
        if self.names().iter().any(|name| covers(record, name)) {
            return Tri::Yes;
        }
        let label = |zone: &str| {
            let label = record.strip_suffix(zone)?.strip_suffix('.')?;
            (!label.contains('.') && !matches!(label, "" | "accounts" | "tunnel")).then_some(label)
        };
        if self.service != Service::Workspace {
            Tri::No
        } else if label("cloud.databricks.com").is_some_and(|label| label != "privatelink") {
            Tri::Yes
        } else if label("privatelink.cloud.databricks.com").is_some() {
            if privatelink::shard(&self.region).is_some() { Tri::Maybe } else { Tri::Yes }
        } else {
            Tri::No
        }
    }
}

/// Whether a record answers for a name: the same, or a wildcard above it.
fn covers(record: &str, name: &str) -> bool {
    match record.strip_prefix('*') {
        Some(rest) => rest.starts_with('.') && name.ends_with(rest),
        None => record == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records() {
        let of = |service, region: &str| Purpose { service, region: region.to_owned() };
        let rest = of(Service::Workspace, "eu-central-1");
        let relay = of(Service::Relay, "eu-central-1");
        for (name, as_rest, as_relay) in [
            ("frankfurt.privatelink.cloud.databricks.com", Tri::Yes, Tri::No),
            ("*.privatelink.cloud.databricks.com", Tri::Yes, Tri::Yes),
            ("*.cloud.databricks.com", Tri::Yes, Tri::Yes),
            ("ireland.privatelink.cloud.databricks.com", Tri::Maybe, Tri::No),
            ("dbc-1234.cloud.databricks.com", Tri::Yes, Tri::No),
            ("accounts.cloud.databricks.com", Tri::No, Tri::No),
            ("tunnel.privatelink.eu-central-1.cloud.databricks.com", Tri::No, Tri::Yes),
            ("tunnel.privatelink.eu-west-1.cloud.databricks.com", Tri::No, Tri::No),
            ("tunnel.privatelink.cloud.databricks.com", Tri::No, Tri::Yes),
        ] {
            assert_eq!(
                (rest.is_served_by(name), relay.is_served_by(name)),
                (as_rest, as_relay),
                "{name}"
            );
        }
        let north = of(Service::Workspace, "eu-north-1");
        assert_eq!(north.name(), None);
        assert_eq!(north.is_served_by("stockholm.privatelink.cloud.databricks.com"), Tri::Yes);
    }
}
