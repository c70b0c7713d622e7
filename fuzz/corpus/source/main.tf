terraform {
  required_version = ">= 1.9"

  required_providers {
    databricks = {
      source  = "databricks/databricks"
      version = "~> 1.128"
    }
  }
}

variable "databricks_account_id" {
  type    = string
  default = "7f3c1d52-0a4e-4b7a-9c55-2f6d1e8b9a10"
}

variable "client_id" {
  type    = string
  default = "3d1f7c0e-52aa-4d0e-8f57-6a1b2c3d4e5f"
}

variable "client_secret" {
  type      = string
  sensitive = true
  default   = "not-a-real-secret"
}

provider "databricks" {
  host          = "https://accounts.cloud.databricks.com"
  account_id    = var.databricks_account_id
  client_id     = var.client_id
  client_secret = var.client_secret
}

resource "databricks_mws_credentials" "analytics" {
  credentials_name = "analytics-cross-account"
  role_arn         = "arn:aws:iam::111122223333:role/databricks-analytics-cross-account"
}

resource "databricks_mws_storage_configurations" "analytics" {
  account_id                 = var.databricks_account_id
  storage_configuration_name = "analytics-root"
  bucket_name                = "acme-analytics-dub-root"
}

resource "databricks_mws_workspaces" "analytics" {
  account_id               = var.databricks_account_id
  workspace_name           = "analytics-dub"
  aws_region               = "eu-west-1"
  credentials_id           = databricks_mws_credentials.analytics.credentials_id
  storage_configuration_id = databricks_mws_storage_configurations.analytics.storage_configuration_id
}

resource "databricks_mws_workspac