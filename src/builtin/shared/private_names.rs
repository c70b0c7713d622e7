//! The names that must resolve to a Databricks endpoint.

use crate::{
    facts::{
        privatelink::{self, NO_WORKSPACE, PRIVATE_DOMAIN, PUBLIC_DOMAIN, Service},
        regions::{is_gov, is_region},
    },
    plan::Tri,
};

use super::zones;

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
        is_gov(&self.region)
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

    /// Whether a zone of that name is made for its private names, and for few others.
    pub fn has_zone(&self, zone: &str) -> bool {
        let shard = privatelink::shard(&self.region).unwrap_or_default();
        let fill = |it: &&str| it.replace("{region}", &self.region).replace("{shard}", shard);
        let is_one = privatelink::ZONES.iter().map(fill).any(|it| it == zone);
        is_one && self.name().is_some_and(|name| zones::is_below(&name, zone))
    }

    /// Whether a record of that full name serves it. A workspace has a name of its own besides,
    /// directly below `cloud.databricks.com`; a name that the table does not have may be an alias.
    pub fn is_served_by(&self, record: &str) -> Tri {
        if self.names().iter().any(|name| covers(record, name)) {
            return Tri::Yes;
        }
        let label = |zone: &str| {
            let label = record.strip_suffix(zone)?.strip_suffix('.')?;
            let is_one =
                !label.is_empty() && !label.contains('.') && !NO_WORKSPACE.contains(&label);
            is_one.then_some(label)
        };
        if self.service != Service::Workspace {
            Tri::No
        } else if label(PUBLIC_DOMAIN).is_some() {
            Tri::Yes
        } else if let Some(label) = label(PRIVATE_DOMAIN) {
            match privatelink::shard(&self.region) {
                // Another control plane's, not an alias of this one.
                Some(_) if privatelink::is_shard(label) => Tri::No,
                Some(_) => Tri::Maybe,
                None => Tri::Yes,
            }
        } else {
            Tri::No
        }
    }
}

/// Whether a zone hides public names of Databricks: all of them, or those of a region.
pub fn is_apex(zone: &str) -> bool {
    privatelink::APEX_ZONES.iter().any(|pattern| match pattern.strip_prefix("{region}") {
        Some(end) => zone.strip_suffix(end).is_some_and(is_region),
        None => zone == *pattern,
    })
}

/// Whether a record answers for every name of a zone, or at least for every one of a workspace.
pub fn is_wildcard_of(record: &str, zone: &str) -> bool {
    record.strip_prefix("*.").is_some_and(|rest| {
        rest == zone || (zones::is_below(PUBLIC_DOMAIN, rest) && zones::is_below(rest, zone))
    })
}

/// Whether a name is one that only PrivateLink needs: the relay's, or a control plane's.
pub fn is_private(name: &str) -> bool {
    let of_control_plane = zones::is_below(name, PRIVATE_DOMAIN);
    service_of(name) == Some(Service::Relay) || of_control_plane
}

/// Whether a name is the public one of a workspace.
pub fn is_of_workspace(name: &str) -> bool {
    service_of(name) == Some(Service::Workspace) && !is_private(name)
}

/// What a full name is for, whichever region it is of: the relay's, or a workspace's or control plane's.
/// None of a wildcard and of names of which that is not known.
pub fn service_of(name: &str) -> Option<Service> {
    let (label, rest) = name.split_once('.')?;
    match label {
        "tunnel" if zones::is_databricks(rest) => Some(Service::Relay),
        label if label == "*" || NO_WORKSPACE.contains(&label) => None,
        _ => [PUBLIC_DOMAIN, PRIVATE_DOMAIN].contains(&rest).then_some(Service::Workspace),
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
    fn zones_and_wildcards() {
        for (zone, apex) in [
            ("cloud.databricks.com", true),
            ("eu-central-1.cloud.databricks.com", true),
            ("privatelink.cloud.databricks.com", false),
            ("acme.cloud.databricks.com", false),
        ] {
            assert_eq!(is_apex(zone), apex, "{zone}");
        }
        assert!(is_wildcard_of("*.cloud.databricks.com", "cloud.databricks.com"));
        assert!(is_wildcard_of("*.cloud.databricks.com", "databricks.com"));
        assert!(!is_wildcard_of("*.privatelink.cloud.databricks.com", "cloud.databricks.com"));
        assert!(is_private("frankfurt.privatelink.cloud.databricks.com"));
        assert!(is_of_workspace("dbc-0a1b.cloud.databricks.com"));
        let relay = Purpose { service: Service::Relay, region: "eu-central-1".to_owned() };
        assert!(relay.has_zone("tunnel.privatelink.eu-central-1.cloud.databricks.com"));
        assert!(!relay.has_zone("tunnel.privatelink.eu-west-1.cloud.databricks.com"));
        assert!(!relay.has_zone("privatelink.cloud.databricks.com"));
        assert!(!relay.has_zone("cloud.databricks.com"));
    }

    #[test]
    fn services() {
        for (name, service) in [
            ("tunnel.privatelink.eu-central-1.cloud.databricks.com", Some(Service::Relay)),
            ("tunnel.eu-central-1.cloud.databricks.com", Some(Service::Relay)),
            ("tunnel.corp.example.com", None),
            ("frankfurt.privatelink.cloud.databricks.com", Some(Service::Workspace)),
            ("dbc-0a1b.cloud.databricks.com", Some(Service::Workspace)),
            ("privatelink.cloud.databricks.com", None),
            ("*.privatelink.cloud.databricks.com", None),
            ("eu-west-1.service-direct.privatelink.cloud.databricks.com", None),
        ] {
            assert_eq!(service_of(name), service, "{name}");
        }
    }

    #[test]
    fn records() {
        let of = |service, region: &str| Purpose { service, region: region.to_owned() };
        let rest = of(Service::Workspace, "eu-central-1");
        let relay = of(Service::Relay, "eu-central-1");
        for (name, as_rest, as_relay) in [
            ("frankfurt.privatelink.cloud.databricks.com", Tri::Yes, Tri::No),
            ("*.privatelink.cloud.databricks.com", Tri::Yes, Tri::Yes),
            ("*.cloud.databricks.com", Tri::Yes, Tri::Yes),
            ("ireland.privatelink.cloud.databricks.com", Tri::No, Tri::No),
            ("alias.privatelink.cloud.databricks.com", Tri::Maybe, Tri::No),
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
