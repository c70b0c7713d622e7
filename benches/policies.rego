# Five of bricklint's rules as people write them in Rego, for regorus and Conftest (benches/compare.py). They look
# at the world after the apply only, and at values that the plan knows.
package main

import rego.v1

changes(type) := [it | some it in input.resource_changes; it.type == type; it.change.after]

# net-sg-open-ingress: a group of a registered network that everybody may reach.
groups contains id if {
	some network in changes("databricks_mws_networks")
	some id in network.change.after.security_group_ids
}

deny contains sprintf("net-sg-open-ingress: %s is open to %s", [it.address, range]) if {
	some it in changes("aws_security_group_rule")
	it.change.after.type == "ingress"
	it.change.after.security_group_id in groups
	some range in it.change.after.cidr_blocks
	range in {"0.0.0.0/0", "::/0"}
}

# cmp-autotermination-off: an all-purpose cluster that never stops.
deny contains sprintf("cmp-autotermination-off: %s never stops", [it.address]) if {
	some it in changes("databricks_cluster")
	it.change.after.autotermination_minutes == 0
}

# uc-grant-broad: a powerful privilege for everybody.
broad := {
	"ACCESS", "ALL_PRIVILEGES", "CREATE_CATALOG", "CREATE_CONNECTION", "CREATE_EXTERNAL_LOCATION",
	"CREATE_MANAGED_STORAGE", "CREATE_RECIPIENT", "CREATE_SERVICE_CREDENTIAL", "CREATE_SHARE",
	"CREATE_STORAGE_CREDENTIAL", "EXTERNAL_USE_LOCATION", "EXTERNAL_USE_SCHEMA", "MANAGE", "MODIFY",
	"SET_SHARE_PERMISSION", "USE_CONNECTION", "WRITE_FILES", "WRITE_VOLUME",
}

given contains [it.address, it.change.after.privileges] if {
	some it in changes("databricks_grant")
	it.change.after.principal == "account users"
}

given contains [it.address, grant.privileges] if {
	some it in changes("databricks_grants")
	some grant in it.change.after.grant
	grant.principal == "account users"
}

deny contains sprintf("uc-grant-broad: %s gives everybody %v", [address, powerful]) if {
	some [address, privileges] in given
	powerful := {it | some it in privileges; it in broad}
	count(powerful) > 0
}

# sec-secret-in-state: a value that the apply writes to the state.
deny contains sprintf("sec-secret-in-state: %s is written to the state", [it.address]) if {
	some it in changes("databricks_secret")
	it.change.after.string_value
}

# uc-metastore-region-mismatch: a workspace whose metastore is of another region.
workspaces := {it.change.after.workspace_id: it.change.after.aws_region |
	some it in changes("databricks_mws_workspaces")
}

metastores := {it.change.after.id: it.change.after.region | some it in changes("databricks_metastore")}

deny contains sprintf("uc-metastore-region-mismatch: %s joins %s and %s", [it.address, here, there]) if {
	some it in changes("databricks_metastore_assignment")
	here := workspaces[it.change.after.workspace_id]
	there := metastores[it.change.after.metastore_id]
	here != there
}
