include "root" {
  path = find_in_parent_folders("root.hcl")
}
terraform { source = "${get_repo_root()}/modules//vpc" }
dependency "vpc" {
  config_path = "../vpc"
  mock_outputs = { vpc_id = "vpc-mock" }
}
inputs = merge(local.a, { vpc_id = try(dependency.vpc.outputs.vpc_id, "") })
