//! Where secrets stand in a plan or a state, and how they look.
//!
//! Sources of the attributes: the schemas of aws 5.100.0, databricks 1.128.0, random 3.9.0 and tls
//! 4.2.1; for other providers their documentation as commonly known (`checked` is false). Sources
//! of the detectors stand beside them; gitleaks means its `config/gitleaks.toml` @b58d3f1, of which
//! the formats were taken and the expressions written anew, SAT the trufflehog configuration of the
//! Databricks Security Analysis Tool.
//!
//! Paths are attribute names without indices (`config.slack.url`): the walker enters each element of
//! a list. A path ends at a map, whose keys are then tested.

/// Whether a block is a resource or a data source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// `resource`.
    Managed,
    /// `data`.
    Data,
}

/// How a secret gets into an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The author gives it.
    UserValue,
    /// A map that may hold one: test its keys, see [`credential_keys`].
    CredentialMap,
    /// The provider makes it.
    Generated,
    /// The author's where the configuration has an expression for it, else the provider's.
    UserValueOrGenerated,
    /// Read, and kept in state.
    DataSource,
}

/// What an attribute by itself proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// It always holds a secret.
    Strong,
    /// It may hold anything: look at the value.
    Container,
    /// A secret only if a detector finds one in it.
    Weak,
}

/// The write-only twin of an attribute, which leaves nothing in state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twin {
    /// The write-only argument.
    pub argument: &'static str,
    /// The argument whose change sends it again.
    pub version: &'static str,
}

/// An attribute that puts a secret into the plan and the state in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The type of the resource or data source.
    pub resource_type: &'static str,
    /// Which of the two it is.
    pub mode: Mode,
    /// Where it stands, names joined by dots.
    pub path: &'static str,
    /// How the secret gets there.
    pub kind: Kind,
    /// What the attribute by itself proves.
    pub confidence: Confidence,
    /// What to use instead.
    pub twin: Option<Twin>,
    /// It was found in the provider's schema.
    pub checked: bool,
    /// What a user should know, or nothing.
    pub note: &'static str,
}

/// The secret attributes of a type, sorted by path.
pub fn attributes(mode: Mode, resource_type: &str) -> &'static [Attribute] {
    range(ATTRIBUTES, |entry| (entry.resource_type, entry.mode).cmp(&(resource_type, mode)))
}

/// The secret attribute at a path.
pub fn attribute(mode: Mode, resource_type: &str, path: &str) -> Option<&'static Attribute> {
    attributes(mode, resource_type).iter().find(|entry| entry.path == path)
}

/// How the text of a container is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Plain,
    /// Base64.
    Base64,
    /// A JSON document.
    Json,
}

/// What a container is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Settings of Spark and what takes their form; the keys are Spark's.
    Settings,
    /// Environment variables.
    Environment,
    /// The definition of a cluster policy.
    Policy,
    /// A script, or a file that may be one.
    Script,
    /// Something else.
    Other,
}

/// An attribute that is meant for something else and sometimes holds a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Container {
    /// The type of the resource.
    pub resource_type: &'static str,
    /// Where it stands, names joined by dots.
    pub path: &'static str,
    /// How to read it.
    pub encoding: Encoding,
    /// What it is made for.
    pub purpose: Purpose,
    /// Its parts have names (keys of a map, of an object) that can be tested. Of
    /// `databricks_job.parameter.default` the name stands beside it, in `name`.
    pub keyed: bool,
}

/// The containers of a resource type, sorted by path.
pub fn containers(resource_type: &str) -> &'static [Container] {
    range(CONTAINERS, |entry| entry.resource_type.cmp(resource_type))
}

/// Whether a provider masks an attribute that is no secret: an identifier, a certificate, a name.
pub fn is_masked_without_need(mode: Mode, resource_type: &str, path: &str) -> bool {
    NOT_SECRET.binary_search(&(resource_type, mode, path)).is_ok()
}

/// The argument that names what a store made for secrets holds; `None` for what is no such store.
/// Such a name may promise a secret, or say that a value is none.
///
/// Source: the documentation of the three types in aws 5.100.0 and databricks 1.128.0.
pub fn store_name(resource_type: &str) -> Option<&'static str> {
    match resource_type {
        "aws_secretsmanager_secret_version" => Some("secret_id"),
        "aws_ssm_parameter" => Some("name"),
        "databricks_secret" => Some("key"),
        _ => None,
    }
}

/// Whether a parameter is one that AWS publishes, which everybody may read.
///
/// Source: [Systems Manager: public parameters](https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html);
/// `PutParameter` refuses names of one's own that begin with `aws`.
pub fn is_public_parameter(name: &str) -> bool {
    name.starts_with("/aws/service/")
}

/// Whether a type that is made for a secret has nothing else that anybody takes of it: of any other, as
/// `aws_iam_access_key` with its `id` or `tls_private_key` with its `public_key_pem`, other attributes are
/// kept in stores as well.
///
/// Source: the documentation of `random_password` in random 3.9.0, whose `id` is "a static value used
/// internally by Terraform".
pub fn is_nothing_else(resource_type: &str) -> bool {
    resource_type == "random_password"
}

/// The argument beside an attribute, and those values of it, that make the attribute a secret; `None`
/// where nothing beside it decides. Of two lists the elements belong together.
///
/// Source: the documentation of `aws_ssm_parameter` and `aws_ssm_parameters_by_path` (a `String` is no
/// secret), of `aws_codebuild_source_credential` and of `aws_cloudwatch_event_connection`
/// (`is_value_secret`) in aws 5.100.0. Of a source credential `ImportSourceCredentials` of the CodeBuild API
/// says that the token is an ARN for the other types, `CODECONNECTIONS` and `SECRETS_MANAGER`.
pub fn condition(
    resource_type: &str,
    path: &str,
) -> Option<(&'static str, &'static [&'static str])> {
    match (resource_type, path.rsplit('.').nth(1)) {
        ("aws_codebuild_source_credential", None) => {
            Some(("auth_type", &["BASIC_AUTH", "OAUTH", "PERSONAL_ACCESS_TOKEN"]))
        }
        ("aws_ssm_parameter", None) => Some(("type", &["SecureString"])),
        ("aws_ssm_parameters_by_path", None) => Some(("types", &["SecureString"])),
        ("aws_cloudwatch_event_connection", Some("body" | "header" | "query_string")) => {
            Some(("is_value_secret", &["true"]))
        }
        _ => None,
    }
}

/// Data sources that read a document of somebody else's, in which a secret may stand anywhere, or nowhere.
///
/// Source: the pages of external 2.3 and http 3.5, and of `terraform_remote_state` in Terraform's
/// documentation.
pub static DOCUMENTS: &[&str] = &["external", "http", "terraform_remote_state"];

/// The argument by which a data source reads a secret in clear, and whether it does where that is left
/// out; none where nothing of the kind decides.
///
/// Source: the pages of both, aws 5.100.0: `with_decryption` "Defaults to `true`".
pub fn shown_where(data_source: &str) -> Option<(&'static str, bool)> {
    match data_source {
        "aws_ssm_parameter" | "aws_ssm_parameters_by_path" => Some(("with_decryption", true)),
        _ => None,
    }
}

/// An argument that decides whether the provider makes a credential, and leaves it in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Maker {
    /// The type.
    pub resource_type: &'static str,
    /// The argument.
    pub argument: &'static str,
    /// The value that decides; none where any does.
    pub value: Option<&'static str>,
    /// With it none is made; else without it.
    pub keeps_out: bool,
}

/// What decides whether instances of a type have a credential in clear; nothing of most.
pub fn makers(resource_type: &str) -> impl Iterator<Item = &'static Maker> {
    let is_it = |maker: &Maker| maker.resource_type.cmp(resource_type);
    range(MAKERS, is_it).iter()
}

const fn maker(
    resource_type: &'static str,
    argument: &'static str,
    value: Option<&'static str>,
    keeps_out: bool,
) -> Maker {
    Maker { resource_type, argument, value, keeps_out }
}

/// Sorted by type. The last column: with it none is in clear.
///
/// Source: the pages of these resources in the documentation of aws 5.100.0 and databricks 1.128.0.
static MAKERS: &[Maker] = &[
    maker("aws_cognito_user_pool_client", "generate_secret", Some("true"), false),
    maker("aws_iam_access_key", "pgp_key", None, true),
    maker("aws_iam_user_login_profile", "pgp_key", None, true),
    maker("aws_iot_certificate", "csr", None, true),
    maker("aws_lightsail_key_pair", "pgp_key", None, true),
    maker("aws_lightsail_key_pair", "public_key", None, true),
    maker("aws_vpn_connection", "preshared_key_storage", Some("SecretsManager"), true),
    maker("databricks_custom_app_integration", "confidential", Some("true"), false),
    maker("databricks_recipient", "authentication_type", Some("TOKEN"), false),
];

/// Whether the provider itself makes what stands in an attribute, wherever the author does not give it.
/// Some are computed only because the provider repeats an argument, or reads back what it was given.
///
/// Source: as of [`makers`].
pub fn is_made(entry: &Attribute) -> bool {
    let is_repeated = matches!(
        entry.resource_type,
        "aws_ssm_parameter"
            | "databricks_ai_gateway_model_provider_service"
            | "databricks_secret_uc"
    );
    matches!(entry.kind, Generated | UserValueOrGenerated) && !is_repeated
}

/// Whether an attribute also takes a reference to a Databricks secret, `{{secrets/scope/key}}`, so
/// that a value which is not known may be one.
///
/// Source: `docker_image` in docs/resources/cluster.md of
/// databricks/terraform-provider-databricks@684f442.
pub fn takes_reference(path: &str) -> bool {
    path.ends_with("docker_image.basic_auth.password")
}

/// Keys of a credential map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialKeys {
    /// Keys whose value is a secret, sorted.
    pub secret: &'static [&'static str],
    /// Keys whose value is none, sorted.
    pub plain: &'static [&'static str],
}

/// The keys of a map of kind [`Kind::CredentialMap`]; `None` where each key may be one. A key in
/// neither list is none: `credential` of a GLUE connection is the name of a service credential.
///
/// Source: docs/resources/connection.md of databricks/terraform-provider-databricks@684f442;
/// `ConnectionProperties` of the type `Connection` in the AWS Glue API reference.
pub fn credential_keys(resource_type: &str) -> Option<CredentialKeys> {
    match resource_type {
        "aws_glue_connection" => Some(CredentialKeys {
            secret: &[
                "ENCRYPTED_KAFKA_CLIENT_KEYSTORE_PASSWORD",
                "ENCRYPTED_KAFKA_CLIENT_KEY_PASSWORD",
                "ENCRYPTED_KAFKA_SASL_PLAIN_PASSWORD",
                "ENCRYPTED_KAFKA_SASL_SCRAM_PASSWORD",
                "ENCRYPTED_PASSWORD",
                "KAFKA_CLIENT_KEYSTORE_PASSWORD",
                "KAFKA_CLIENT_KEY_PASSWORD",
                "KAFKA_SASL_PLAIN_PASSWORD",
                "KAFKA_SASL_SCRAM_PASSWORD",
                "PASSWORD",
            ],
            plain: &["SECRET_ID"],
        }),
        "databricks_connection" => Some(CredentialKeys {
            secret: &[
                "GoogleServiceAccountKeyJson",
                "authorization_code",
                "bearer_token",
                "client_secret",
                "oauth_pkce_verifier",
                "password",
                "pem_private_key",
                "personalAccessToken",
                "sslTrustStorePassword",
            ],
            plain: &[
                "base_path",
                "credential",
                "host",
                "httpPath",
                "port",
                "sfWarehouse",
                "user",
                "warehouse",
            ],
        }),
        _ => None,
    }
}

/// Arguments of a provider block that are secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderCredentials {
    /// Secrets, sorted.
    pub secret: &'static [&'static str],
    /// Identifiers that come with them, sorted.
    pub key_id: &'static [&'static str],
    /// Values that stand in examples and stubs, sorted.
    pub placeholders: &'static [&'static str],
}

/// The secret arguments of a provider, by its name.
///
/// Source: docs/index.md of databricks/terraform-provider-databricks@684f442; the provider schema of
/// aws 5.100.0.
pub fn provider_credentials(provider: &str) -> Option<ProviderCredentials> {
    match provider {
        "aws" => Some(ProviderCredentials {
            secret: &["secret_key", "token"],
            key_id: &["access_key"],
            placeholders: &["localstack", "mock_access_key", "mock_secret_key", "test"],
        }),
        "databricks" => Some(ProviderCredentials {
            secret: &[
                "azure_client_secret",
                "client_secret",
                "google_credentials",
                "password",
                "token",
            ],
            key_id: &[],
            placeholders: &["dapitokenhere"],
        }),
        _ => None,
    }
}

// Names. Written for this table.

/// Arguments of a provider with which nobody signs in any more: the provider, and what has to be given
/// together.
///
/// Source: <https://docs.databricks.com/en/security/auth-authz/password-deprecation.html>: passwords that
/// Databricks manages reached end of life on July 10, 2024, for its APIs too.
pub static ENDED_LOGINS: &[(&str, [&str; 2])] = &[("databricks", ["username", "password"])];

/// Words of a name that promises a secret, unless it is about one. `_` stands for what may join two words:
/// `api_key` for `api-key` and `apikey` as well. Sorted.
#[rustfmt::skip]
pub static SECRET_WORDS: &[&str] = &[
    "access_key", "access_keys", "account_key", "account_keys", "api_key", "api_keys", "auth_key", "auth_keys",
    "cipher_key", "cipher_keys", "client_secret", "connection_string", "connection_strings", "cookie_key",
    "cookie_keys", "credential", "credentials", "deploy_key", "deploy_keys", "encryption_key", "encryption_keys",
    "fernet_key", "fernet_keys", "hmac_key", "hmac_keys", "jwt_key", "jwt_keys", "license_key", "license_keys",
    "master_key", "master_keys", "pass", "passcode", "passphrase", "passphrases", "passwd", "passwds", "password",
    "passwords", "pat", "private_key", "private_keys", "pw", "pwd", "sas", "secret", "secret_key", "secret_keys",
    "secrets", "session_key", "session_keys", "shared_key", "shared_keys", "signing_key", "signing_keys", "ssh_key",
    "ssh_keys", "symmetric_key", "symmetric_keys", "token", "tokens", "webhook_key", "webhook_keys",
];

/// What begins the name of a rule that passwords have to keep, and what goes on behind a joint:
/// `password_min_length`, `password-require-symbols`.
///
/// Source: the names of 968 public plans, and the arguments of `aws_iam_account_password_policy` and
/// `aws_cognito_user_pool.password_policy` in aws 5.100.0.
#[rustfmt::skip]
pub static PASSWORD_RULES: (&[&str], &[&str]) = (
    &["password", "passwd", "pass"],
    &["policy", "min", "max", "age", "reuse", "expir", "dictionary", "exclude", "show", "auto", "lock", "length",
        "require", "history"],
);

/// Words which, at the end of a name with a secret in it, say that the value is about the secret and
/// is none, each with the reason. In lower case, sorted.
///
/// Source: the names under which public Terraform code and the documentation of images, charts and
/// providers keep such things (`SECRET_KEY_REF` of Kubernetes, `api_key_source` of API Gateway,
/// `TOKEN_ISSUER` of OIDC, `password_encryption` of PostgreSQL, `version_stage` of Secrets Manager).
#[rustfmt::skip]
pub static ABOUT_SECRETS: &[(&str, &str)] = &[
    ("acl", RULE), ("acls", RULE), ("admin", WHO), ("admins", WHO), ("age", TIME), ("alg", HOW), ("algo", HOW),
    ("algorithm", HOW), ("alias", WHERE), ("aliases", WHERE), ("allowed", SWITCH), ("arn", WHERE), ("arns", WHERE),
    ("attribute", WHERE), ("aud", WHO), ("audience", WHO), ("audiences", WHO), ("authority", WHO), ("backend", HOW),
    ("bits", AMOUNT), ("bucket", WHERE), ("bytes", AMOUNT), ("characters", RULE), ("charset", RULE), ("checksum", TELLS),
    ("class", HOW), ("column", WHERE), ("comment", TELLS), ("complexity", RULE), ("consumer", WHO), ("consumers", WHO),
    ("count", AMOUNT), ("curve", HOW), ("date", TIME), ("days", TIME), ("description", TELLS), ("dir", WHERE),
    ("directory", WHERE), ("disabled", SWITCH), ("domain", WHERE), ("driver", HOW), ("duration", TIME), ("email", WHO),
    ("enabled", SWITCH), ("encoding", HOW), ("encryption", HOW), ("endpoint", WHERE), ("endpoints", WHERE),
    ("engine", HOW), ("env", WHERE), ("field", WHERE), ("file", WHERE), ("filename", WHERE), ("filepath", WHERE),
    ("fingerprint", TELLS), ("flag", SWITCH), ("flow", HOW), ("folder", WHERE), ("format", HOW), ("grants", RULE),
    ("group", WHO), ("groups", WHO), ("header", WHERE), ("headers", WHERE), ("helper", HOW), ("history", RULE),
    ("host", WHERE), ("hostname", WHERE), ("hours", TIME), ("id", WHERE), ("ids", WHERE), ("interval", TIME),
    ("issuer", WHO), ("kind", HOW), ("label", TELLS), ("labels", TELLS), ("length", AMOUNT), ("limit", AMOUNT),
    ("limits", AMOUNT), ("location", WHERE), ("manager", HOW), ("method", HOW), ("minutes", TIME), ("mode", HOW),
    ("name", WHERE), ("names", WHERE), ("namespace", WHERE), ("note", TELLS), ("notes", TELLS), ("owner", WHO), ("owners", WHO), ("param", WHERE),
    ("parameter", WHERE), ("path", WHERE), ("paths", WHERE), ("pattern", RULE), ("period", TIME), ("permission", RULE),
    ("permissions", RULE), ("plan", HOW), ("plugin", HOW), ("policies", RULE), ("policy", RULE), ("port", WHERE), ("prefix", WHERE),
    ("principal", WHO), ("profile", WHERE), ("profiles", WHERE), ("property", WHERE), ("protocol", HOW),
    ("provider", HOW), ("providers", HOW), ("quota", AMOUNT), ("reader", WHO), ("readers", WHO), ("realm", WHO), ("recipient", WHO),
    ("recipients", WHO), ("ref", WHERE), ("reference", WHERE), ("references", WHERE), ("refs", WHERE), ("regex", RULE),
    ("region", WHERE), ("regions", WHERE), ("required", SWITCH), ("retention", TIME), ("role", WHO), ("roles", WHO), ("schedule", TIME),
    ("scheme", HOW), ("scope", WHERE), ("scopes", WHERE), ("seconds", TIME), ("secs", TIME), ("selector", WHERE),
    ("size", AMOUNT), ("source", HOW), ("spec", HOW), ("specification", HOW), ("status", TELLS), ("store", HOW), ("strategy", HOW), ("strength", RULE),
    ("subject", WHO), ("suffix", WHERE), ("supported", SWITCH), ("table", WHERE), ("tag", TELLS), ("tags", TELLS), ("tenant", WHO), ("threshold", AMOUNT),
    ("thumbprint", TELLS), ("timeout", TIME), ("ttl", TIME), ("type", HOW), ("types", HOW), ("uri", WHERE), ("uris", WHERE),
    ("url", WHERE), ("urls", WHERE), ("usage", HOW), ("user", WHO), ("username", WHO), ("users", WHO), ("validation", RULE), ("validator", RULE),
    ("validity", TIME), ("variable", WHERE), ("vault", WHERE), ("version", TIME), ("versions", TIME), ("window", TIME),
    ("zone", WHERE),
];

const AMOUNT: &str = "how long it is, how many there are";
const HOW: &str = "how it is made, kept or handed over";
const RULE: &str = "what it has to be like, who may do what with it";
const SWITCH: &str = "whether there is one";
const TELLS: &str = "what somebody says of it";
const TIME: &str = "how long it holds, which one of several it is";
const WHERE: &str = "where it stands, what it is called";
const WHO: &str = "whose it is";

/// The same for words of which only the beginning tells: `rotation_days`, `lifetime_seconds`, `expires`.
pub static ABOUT_STEMS: &[&str] = &["expir", "lifetime", "rotation", "secretsmanager"];

/// Words which, at the beginning of a name with a secret in it, say that the value is a switch or a
/// number: `use_token`, `MAX_TOKENS`, `manage_master_user_password`. Sorted.
#[rustfmt::skip]
pub static SWITCHES: &[&str] = &[
    "allow", "allowed", "can", "check", "create", "disable", "disabled", "enable", "enabled", "exclude", "expire",
    "force", "forgot", "generate", "has", "have", "hide", "ignore", "include", "is", "manage", "max", "min", "must", "no", "num",
    "require", "required", "requires", "reset", "rotate", "send", "should", "show", "skip", "support", "supports", "total", "use",
    "uses", "using", "validate", "verify", "with", "without",
];

/// Words behind that of a secret which leave it one: how it is written, which of several it is, where
/// it holds. Sorted.
#[rustfmt::skip]
pub static FORMS_OF_SECRETS: &[&str] = &[
    "b64", "backup", "base", "base64", "body", "content", "contents", "current", "data", "default", "dev", "encoded",
    "json", "main", "new", "next", "old", "override", "payload", "pem", "plain", "plaintext", "previous", "primary",
    "prod", "production", "qa", "raw", "secondary", "staging", "string", "test", "text", "uat", "value", "values",
];

/// Ends of words that nothing joins, which promise a secret whatever stands before them, unless that is one
/// of [`SWITCHES`]: `PGPASSWORD`, `ddapikey`. Written as [`SECRET_WORDS`] without what joins them.
#[rustfmt::skip]
pub static LONG_ENDS: &[&str] = &[
    "accesskey", "accesstoken", "apikey", "apitoken", "authtoken", "clientsecret", "passphrase", "passwd",
    "password", "privatekey", "secretkey",
];

/// The same where only one of [`OWNERS`] may stand before them: `DBPASS`, but not `compass`.
pub static SHORT_ENDS: &[&str] = &["pass", "pw", "pwd", "secret", "token"];

/// What has a password or a token, as names that nothing joins begin. Sorted.
///
/// Source: the names under which images document their environment (`POSTGRES_PASSWORD`, `MYSQL_PWD`,
/// `RABBITMQ_DEFAULT_PASS`, `REDISCLI_AUTH`), written without what joins them. Not `user`: `userpass` is a
/// way to log in to Vault.
#[rustfmt::skip]
pub static OWNERS: &[&str] = &[
    "admin", "api", "app", "auth", "bearer", "bot", "client", "database", "databricks", "db", "deploy", "ftp", "git",
    "github", "gitlab", "hive", "jdbc", "jwt", "kafka", "key", "keystore", "ldap", "mail", "mongo", "mongodb", "mssql",
    "mysql", "npm", "oauth", "oracle", "pg", "postgres", "postgresql", "rabbitmq", "redis", "redshift", "refresh", "root",
    "sa", "sas", "service", "session", "sftp", "shared", "slack", "smtp", "snowflake", "splunk", "sql", "ssh", "store",
    "svc", "truststore", "vault", "webhook",
];

/// What is called like a secret and is often an object with a name: Unity Catalog keeps storage and
/// service credentials, which others name. Sorted.
///
/// Source: <https://docs.databricks.com/aws/en/connect/unity-catalog/cloud-storage/storage-credentials>.
pub static NAMED_SECRETS: &[&str] = &["credential", "credentials"];

/// Words of names of attributes that identify or locate something and are no secrets. Sorted.
#[rustfmt::skip]
pub static IDENTIFIER_WORDS: &[&str] = &[
    "address", "arn", "arns", "email", "endpoint", "host", "hostname", "id", "ids", "name", "port", "pub", "public",
    "region", "uri", "url", "user", "username", "zone",
];

/// What parts of addresses and logins are called that stand beside a password; sorted. `name`, `id` and `region`
/// are not among them: they are keys and conditions as often.
#[rustfmt::skip]
pub static BESIDE_SECRETS: &[&str] = &[
    "address", "database", "dbname", "endpoint", "host", "hostname", "login", "port", "server", "url", "user",
    "username",
];

/// Names of addresses by which whoever has them gets in: a word, written as [`SECRET_WORDS`] are, and what ends
/// the name. They hold the key. Sorted.
///
/// Source: the pages of Slack and Microsoft Teams on incoming webhooks, of Delta Sharing on activation
/// links, of S3 on presigned URLs, of Azure on shared access signatures.
#[rustfmt::skip]
pub static KEYED_ADDRESSES: (&[&str], &[&str]) = (
    &["activation", "connection", "invitation", "invite", "magic", "pre_signed", "sas", "signed", "web_hook"],
    &["link", "links", "uri", "uris", "url", "urls"],
);

/// Keys of Hadoop's file system on S3 that promise a secret: what they begin with, of `s3`, `s3a` and
/// `s3n`, and what stands behind that or behind the name of a bucket.
pub static S3_SECRET_KEYS: (&[&str], &[&str]) =
    (&["fs.s3.", "fs.s3a.", "fs.s3n."], &["access.key", "secret.key"]);

/// Parts of a key of a Spark configuration that promise a secret, in lower case.
#[rustfmt::skip]
pub static SPARK_SECRET_PARTS: &[&str] = &[
    "account.key", "awssecretaccesskey", "client.secret", "connectionpassword", "jaas.config", "keystore.password",
    "sas.fixed.token", "session.token", "truststore.password",
];

/// Last words of a key of a Spark configuration that promise one, in lower case.
#[rustfmt::skip]
pub static SPARK_SECRET_ENDS: &[&str] = &[
    "api-key", "api.key", "api_key", "apikey", "passwd", "password", "pwd", "secret", "secret.key", "secretkey",
    "token",
];

/// Options of a login module of Kafka's clients that hold a secret, in lower case.
/// Sources: <https://kafka.apache.org/documentation/#security_sasl>,
/// <https://github.com/aws/aws-msk-iam-auth>.
pub static JAAS_SECRETS: &[&str] =
    &["password", "clientsecret", "secret", "awsrolesecretaccesskey", "awsrolesessiontoken"];

/// Parts of such a key, and its ends, with which it promises none all the same, in lower case.
pub static SPARK_NOT_SECRET: (&[&str], &[&str]) = (
    &["credentials.provider", "token.provider", "tokenprovider"],
    &[".enabled", ".provider", ".provider.class", ".provider.type", "password.file"],
);

/// The longest name of a scope or a key in a reference to a Databricks secret.
///
/// Source: <https://docs.databricks.com/aws/en/security/secrets/>: names "must consist of alphanumeric characters,
/// dashes, underscores, `@`, and periods, and may not exceed 128 characters".
pub const LONGEST_SECRET_NAME: usize = 128;

/// Such a name, as a part of a regular expression.
pub const SECRET_PART: &str = "[A-Za-z0-9_.@-]{1,128}";

/// Names of which a high entropy says nothing, as a regular expression.
pub const NO_ENTROPY_NAME: &str = r"(?i)(?:hash|etag|sha\d*|md5|thumbprint|fingerprint|checksum|_arn$|_id$|^id$|version|public_key|certificate|kms_key|external_id|nonce|digest|zone)";

// Values that are no secrets. Written for this table, unless a source stands beside it.

/// The form of an e-mail address, as a regular expression.
pub const MAIL: &str = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$";

/// Forms of whole values that identify, locate or count something, or name a choice, and are no
/// secrets: regular expressions, each with its source.
#[rustfmt::skip]
pub static IDENTIFIER_FORMS: &[(&str, &str)] = &[
    (r"^-?[0-9]+(?:\.[0-9]+)*$", "numbers and versions"),
    (MAIL, "e-mail addresses"),
    (r"^arn:aws[a-z-]*:", "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"),
    (r"^-----BEGIN (?:CERTIFICATE|(?:RSA )?PUBLIC KEY)-----", "RFC 7468"),
    (r"^(?:ssh-(?:rsa|ed25519)|ecdsa-[a-z0-9-]+) AAAA", "RFC 4253"),
    (r"^[a-z0-9-]+(?:\.[a-z0-9-]+)+\.[a-z]{2,}(?::[0-9]+)?(?:,[a-z0-9-]+(?:\.[a-z0-9-]+)+\.[a-z]{2,}(?::[0-9]+)?)*$", "host names, and lists of them, such as those of Kafka's brokers"),
    (r"^/[a-z0-9_./-]*$", "paths"),
    (r"^(?:[a-z]{1,12}-)+[0-9a-f]{8,17}(?:-[0-9a-f]{4})?$", "ids of EC2 and of workspaces: `vpc-0a1b2c3d4e5f60718`"),
    (r"^[0-9]{4}-[0-9]{6}-[a-z0-9]{6,12}(?:-pool-[A-Za-z0-9]{8})?$", "clusters and pools of Databricks, `0923-164208-meows279`: https://docs.databricks.com/aws/en/workspace/workspace-details"),
    (r"^[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2}|:[0-9]+)?$", "IPv4 addresses and ranges"),
    (r"^(?:[a-z]{2}|us-gov|us-isob?)-(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-[0-9][a-z]?$", "regions and availability zones: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html"),
    (r"^[a-z]{3,4}[0-9]-az[0-9]$", "ids of availability zones: https://docs.aws.amazon.com/global-infrastructure/latest/regions/az-ids.html"),
    (r"^Z[0-9A-Z]{8,31}$", "hosted zones: https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html, at most 32 characters"),
    (r"^(?:db\.|cache\.|ml\.|dms\.)?[a-z][a-z0-9-]{0,11}\.(?:nano|micro|small|medium|large|[0-9]{0,3}xlarge|metal(?:-[0-9a-z]{1,6})?)$", "instance types: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html"),
    (r"^[0-9]{1,2}\.[0-9x]{1,2}\.x-(?:[a-z]+-){0,4}scala2\.1[0-9]$", "versions of the Databricks Runtime: https://docs.databricks.com/aws/en/release-notes/runtime/"),
    (r"^v[0-9]+(?:\.[0-9]+){0,3}(?:[-+][a-z]{1,8}[.-]?[0-9]{0,4})?$|^[0-9]+(?:\.[0-9]+){1,3}[-+][a-z]{1,8}[.-]?[0-9]{0,4}$", "versions: https://semver.org"),
    (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?$", "RFC 3339"),
    (r"^P(?:[0-9]+[YMWD])*(?:T(?:[0-9]+[HMS])+)?$|^(?:[0-9]+(?:ms|s|m|h|d|w))+$", "durations: ISO 8601, Go's time.ParseDuration"),
    (r"^alias/[A-Za-z0-9/_-]+$|^mrk-[0-9a-f]{32}$", "aliases and multi-Region keys: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html"),
    (r"(?i)^[a-z0-9._/-]+\.(?:pem|p8|p12|pfx|jks|key|crt|cer|json|ya?ml|zip|whl|jar|py|sh)$", "names of files"),
    (r"^(?:rate|cron|at)\([0-9A-Za-z*?,/# :.-]+\)$", "schedules: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"),
    (r"^sha(?:256|512):[0-9a-f]{64,128}$", "digests: https://github.com/opencontainers/image-spec/blob/main/descriptor.md"),
    (r"^AWS(?:CURRENT|PENDING|PREVIOUS)$", "staging labels: https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html"),
    (r"^(?:appflow|databrew|datasync|directconnect|ecs-sc|events|marketplace-deployment|opsworks-cm|pcs|rds|redshift|sqlworkbench)![A-Za-z0-9/_+=.@-]+$", "secrets that a service manages: https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html, `rds!db-…`"),
    (r"(?i)^(?:[HREP]S(?:256|384|512)|ES256K|EdDSA|dir|A(?:128|192|256)(?:GCM|KW|GCMKW|CBC-HS(?:256|384|512))|RSA(?:1_5|-OAEP(?:-256)?)|ECDH-ES)$", "RFC 7518"),
    (r"(?i)^(?:aes[-_]?(?:128|192|256)?(?:[-_](?:gcm|cbc|ctr))?|aws:kms(?::dsse)?|sha-?(?:1|224|256|384|512)|hmac[-_]?sha-?(?:1|256|512)|md5|bcrypt|argon2(?:id|i|d)?|pbkdf2(?:[-_]sha(?:1|256|512))?|scrypt|scram-sha-(?:256|512)|rsa[-_]?(?:2048|3072|4096)?|ed25519|ecdsa|ecc_nist_p(?:256|384|521)|symmetric_default|chacha20-poly1305|fernet)$", "names of algorithms: of AWS KMS, PostgreSQL, OpenSSL"),
];

/// Whole values that are no secrets; compare in lower case. Sorted. A value of one character
/// repeated is none either; a regular expression cannot say so.
#[rustfmt::skip]
pub static ALLOWED_VALUES: &[&str] = &[
    "", "[]", "anaccesskey", "asecretkey", "bar", "change-me", "change_me", "changeme", "dapitokenhere", "dummy", "empty", "example", "fake", "false", "foo", "ignored", "initial", "initial-value", "initial_value", "localstack", "managed-outside-terraform", "managed_outside_terraform", "mock", "mock_access_key", "mock_secret_key", "n/a", "na", "nil", "no", "no-key", "no_key", "none", "not-applicable", "not-needed", "not-required", "not-set", "not-used", "not_applicable", "not_needed", "not_required", "not_set", "not_used", "notused", "null", "off", "on", "placeholder", "redacted", "replace_me", "replaceme", "serverless-placeholder", "set-me", "set_me", "setme", "sk-no-key-required", "tbd", "test", "to-be-replaced", "to_be_replaced", "todo", "true", "undefined", "unset", "unused", "update-me", "update_me", "updateme", "value", "xxx", "yes", "your-token-here", "{}",
];

/// Whole passwords that stand in addresses of examples and templates; compare in lower case. Sorted.
pub static EXAMPLE_PASSWORDS: &[&str] = &[
    "pass",
    "passwd",
    "password",
    "pwd",
    "redacted",
    "secret",
    "token",
    "your-password",
    "your_password",
];

/// Regular expressions of values that are no secrets.
pub static ALLOWED_PATTERNS: &[&str] = &[
    r"^\$\{[^}]*\}$",
    r"^<[^>]+>$",
    r"(?i)^(?:your|my|insert|enter|replace)[-_ ]",
    r"(?i)^set[-_ ](?:in|by|via|from|at|on)[-_ ]",
    r"(?i)^(?:please[-_ ])?(?:change|replace|update|fill|set|fix|rotate|edit)[-_ ]?(?:me|this|it|in)(?:[-_ ][a-z_ -]{0,40}|[0-9!]{0,4})$",
    r"(?i)^to[-_ ]?be[-_ ](?:[a-z]+[-_ ]?){1,5}$",
    r"(?i)^(?:dummy|placeholder|unused|empty|no)[-_ ](?:api[-_ ])?(?:key|password|secret|token|value)s?(?:[-_ ](?:needed|required|used|set))?$",
    r"(?i)^not[-_ ]an?[-_ ](?:real[-_ ])?(?:key|password|secret|token)$",
    r"^arn:aws[a-z-]*:",
    r"^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$",
    r"^__[A-Za-z0-9_]+__$",
    r"^@@?[A-Za-z0-9_.]+@@?$",
    r"^#\{[^{}]*\}#?$",
    r"^\{\{\s*(?:job|tasks|input|resolve|\.Values)[.:][^{}]*\}\}$",
    r"^(?:ENC|lookup|@Microsoft\.KeyVault)\(.*\)$",
    r"^AQICAH",
];

/// Parts of a value that show that it is an example: the documented ones of AWS and Slack, and
/// alphabets.
pub static STOPWORDS: &[&str] = &[
    "0123456789abcdef0123",
    "AKIAIOSFODNN7EXAMPLE",
    "T00000000/B00000000",
    "abcdefghijklmnopqrstuvwxyz",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
];

// Entropy: Shannon's, in bits for each character of the matched token.

/// The shortest hexadecimal token to be judged by its entropy.
pub const HEX_MIN_LEN: usize = 32;
/// The entropy from which a hexadecimal token is a secret.
pub const HEX_MIN_ENTROPY: f64 = 3.0;
/// The shortest base64 token to be judged by its entropy.
pub const BASE64_MIN_LEN: usize = 20;
/// The entropy from which a base64 token is a secret.
pub const BASE64_MIN_ENTROPY: f64 = 4.2;
/// The longest token to be judged by its entropy.
pub const ENTROPY_MAX_LEN: usize = 256;

/// The form of a token that is a secret wherever it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detector {
    /// What it finds.
    pub name: &'static str,
    /// One of these stands in every match: as it is, or where [`Detector::is_in_any_case`] with small or
    /// large letters.
    pub keywords: &'static [&'static str],
    /// The regular expression, with ASCII classes and word boundaries, since Unicode ones make it a
    /// hundred times larger. Its first group is the secret if it has one, else the whole match. For
    /// its word boundaries `_` and an escaped line break are none of the word.
    pub regex: &'static str,
    /// The entropy that the secret must have, in bits for each character.
    pub min_entropy: Option<f64>,
}

/// Detectors of what stands in an address: user information of a URL, parameters of a connection
/// string. Sorted.
static IN_ADDRESS: &[&str] = &[
    "azure-sas",
    "azure-shared-access-key",
    "azure-storage-account-key",
    "jdbc-password",
    "url-userinfo",
];

impl Detector {
    /// Whether it finds what an address carries, and not a token by itself.
    pub fn is_in_address(&self) -> bool {
        IN_ADDRESS.binary_search(&self.name).is_ok()
    }

    /// What stands in every match as well: the keyword of `url-userinfo` stands in every address.
    pub fn besides(&self) -> &'static str {
        if self.name == "url-userinfo" { "@" } else { "" }
    }

    /// Whether its expression takes small for large letters.
    pub fn is_in_any_case(&self) -> bool {
        self.regex.starts_with("(?i)")
    }
}

/// The detector of a name.
pub fn detector_named(name: &str) -> Option<&'static Detector> {
    DETECTORS.get(DETECTORS.binary_search_by(|entry| entry.name.cmp(name)).ok()?)
}

/// The entries for which a comparison with what is sought says equal, in a table sorted by it.
fn range<T>(table: &'static [T], compare: impl Fn(&T) -> std::cmp::Ordering) -> &'static [T] {
    let start = table.partition_point(|entry| compare(entry).is_lt());
    let rest = table.get(start..).unwrap_or_default();
    let len = rest.iter().take_while(|entry| compare(entry).is_eq()).count();
    &rest[..len]
}

#[expect(clippy::too_many_arguments, reason = "one row of the table, one line")]
const fn attribute_row(
    resource_type: &'static str,
    mode: Mode,
    path: &'static str,
    kind: Kind,
    confidence: Confidence,
    twin: Option<Twin>,
    checked: bool,
    note: &'static str,
) -> Attribute {
    Attribute { resource_type, mode, path, kind, confidence, twin, checked, note }
}

const fn twin(argument: &'static str, version: &'static str) -> Option<Twin> {
    Some(Twin { argument, version })
}

const NONE: Option<Twin> = None;

const fn container(
    resource_type: &'static str,
    path: &'static str,
    encoding: Encoding,
    purpose: Purpose,
    keyed: bool,
) -> Container {
    Container { resource_type, path, encoding, purpose, keyed }
}

const fn detector(
    name: &'static str,
    keywords: &'static [&'static str],
    regex: &'static str,
    min_entropy: Option<f64>,
) -> Detector {
    Detector { name, keywords, regex, min_entropy }
}

use Confidence::{Container as Holder, Strong, Weak};
use Encoding::{Base64, Json, Plain};
use Kind::{CredentialMap, DataSource, Generated, UserValue, UserValueOrGenerated};
use Mode::{Data, Managed};
use Purpose::{Environment, Other, Policy, Script, Settings};

/// Every attribute that holds a secret, sorted by type, mode and path. The last two columns: found in
/// the provider's schema, note.
#[rustfmt::skip]
pub static ATTRIBUTES: &[Attribute] = &[
    attribute_row("aws_acm_certificate", Managed, "private_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_alb_listener", Managed, "default_action.authenticate_oidc.client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_alb_listener_rule", Managed, "action.authenticate_oidc.client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_amplify_app", Managed, "access_token", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_amplify_app", Managed, "auto_branch_creation_config.basic_auth_credentials", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_amplify_app", Managed, "basic_auth_credentials", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_amplify_app", Managed, "oauth_token", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_amplify_branch", Managed, "basic_auth_credentials", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_api_gateway_api_key", Managed, "value", UserValueOrGenerated, Strong, NONE, true, ""),
    attribute_row("aws_api_gateway_api_key", Data, "value", DataSource, Strong, NONE, true, ""),
    attribute_row("aws_api_gateway_domain_name", Managed, "certificate_private_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appconfig_hosted_configuration_version", Managed, "content", UserValue, Holder, NONE, true, ""),
    attribute_row("aws_appfabric_app_authorization", Managed, "credential.api_key_credential.api_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appfabric_app_authorization", Managed, "credential.oauth2_credential.client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.amplitude.secret_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.custom_connector.basic.password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.custom_connector.custom.credentials_map", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.custom_connector.oauth2.access_token", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.custom_connector.oauth2.client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.google_analytics.access_token", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.google_analytics.client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.honeycode.access_token", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.infor_nexus.secret_access_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.marketo.access_token", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.marketo.client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.redshift.password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.salesforce.access_token", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.sapo_data.basic_auth_credentials.password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.sapo_data.oauth_credentials.access_token", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.service_now.password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.slack.access_token", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.slack.client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.snowflake.password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.trendmicro.api_secret_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.veeva.password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.zendesk.access_token", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appflow_connector_profile", Managed, "connector_profile_config.connector_profile_credentials.zendesk.client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appstream_directory_config", Managed, "service_account_credentials.account_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_appsync_api_key", Managed, "key", Generated, Strong, NONE, true, ""),
    attribute_row("aws_chime_voice_connector_termination_credentials", Managed, "credentials.password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_cloudwatch_event_connection", Managed, "auth_parameters.api_key.value", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_cloudwatch_event_connection", Managed, "auth_parameters.basic.password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_cloudwatch_event_connection", Managed, "auth_parameters.invocation_http_parameters.body.value", UserValue, Holder, NONE, true, ""),
    attribute_row("aws_cloudwatch_event_connection", Managed, "auth_parameters.invocation_http_parameters.header.value", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_cloudwatch_event_connection", Managed, "auth_parameters.invocation_http_parameters.query_string.value", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_cloudwatch_event_connection", Managed, "auth_parameters.oauth.client_parameters.client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_cloudwatch_event_connection", Managed, "auth_parameters.oauth.oauth_http_parameters.body.value", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_cloudwatch_event_connection", Managed, "auth_parameters.oauth.oauth_http_parameters.header.value", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_cloudwatch_event_connection", Managed, "auth_parameters.oauth.oauth_http_parameters.query_string.value", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_codebuild_source_credential", Managed, "token", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_codebuild_webhook", Managed, "secret", Generated, Strong, NONE, true, ""),
    attribute_row("aws_codepipeline_webhook", Managed, "authentication_configuration.secret_token", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_cognito_managed_user_pool_client", Managed, "client_secret", Generated, Strong, NONE, true, ""),
    attribute_row("aws_cognito_user", Managed, "password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_cognito_user", Managed, "temporary_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_cognito_user_pool_client", Managed, "client_secret", Generated, Strong, NONE, true, ""),
    attribute_row("aws_cognito_user_pool_client", Data, "client_secret", DataSource, Strong, NONE, true, ""),
    attribute_row("aws_connect_user", Managed, "password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_datasync_location_azure_blob", Managed, "sas_configuration.token", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_datasync_location_fsx_ontap_file_system", Managed, "protocol.smb.password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_datasync_location_fsx_windows_file_system", Managed, "password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_datasync_location_object_storage", Managed, "secret_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_datasync_location_smb", Managed, "password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_db_instance", Managed, "password", UserValue, Strong, twin("password_wo", "password_wo_version"), true, "manage_master_user_password = true keeps it out of state"),
    attribute_row("aws_directory_service_directory", Managed, "password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_directory_service_radius_settings", Managed, "shared_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_directory_service_trust", Managed, "trust_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_dms_certificate", Managed, "certificate_wallet", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_dms_certificate", Data, "certificate_wallet", DataSource, Strong, NONE, true, ""),
    attribute_row("aws_dms_endpoint", Managed, "kafka_settings.sasl_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_dms_endpoint", Managed, "kafka_settings.ssl_client_key_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_dms_endpoint", Managed, "password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_dms_endpoint", Managed, "redis_settings.auth_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_docdb_cluster", Managed, "master_password", UserValue, Strong, twin("master_password_wo", "master_password_wo_version"), true, ""),
    attribute_row("aws_docdbelastic_cluster", Managed, "admin_user_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_ecr_authorization_token", Data, "authorization_token", DataSource, Strong, NONE, true, ""),
    attribute_row("aws_ecr_authorization_token", Data, "password", DataSource, Strong, NONE, true, ""),
    attribute_row("aws_ecrpublic_authorization_token", Data, "authorization_token", DataSource, Strong, NONE, true, ""),
    attribute_row("aws_ecrpublic_authorization_token", Data, "password", DataSource, Strong, NONE, true, ""),
    attribute_row("aws_eks_cluster_auth", Data, "token", DataSource, Strong, NONE, true, ""),
    attribute_row("aws_elasticache_replication_group", Managed, "auth_token", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_elasticache_user", Managed, "authentication_mode.passwords", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_elasticache_user", Managed, "passwords", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_elasticache_user", Data, "passwords", DataSource, Strong, NONE, true, ""),
    attribute_row("aws_elasticsearch_domain", Managed, "advanced_security_options.master_user_options.master_user_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_emr_cluster", Managed, "kerberos_attributes.ad_domain_join_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_emr_cluster", Managed, "kerberos_attributes.cross_realm_trust_principal_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_emr_cluster", Managed, "kerberos_attributes.kdc_admin_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_fsx_ontap_file_system", Managed, "fsx_admin_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_fsx_ontap_storage_virtual_machine", Managed, "active_directory_configuration.self_managed_active_directory_configuration.password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_fsx_ontap_storage_virtual_machine", Managed, "svm_admin_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_fsx_windows_file_system", Managed, "self_managed_active_directory.password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_glue_connection", Managed, "athena_properties", CredentialMap, Holder, NONE, true, ""),
    attribute_row("aws_glue_connection", Managed, "connection_properties", CredentialMap, Holder, NONE, true, ""),
    attribute_row("aws_glue_connection", Data, "athena_properties", DataSource, Holder, NONE, true, ""),
    attribute_row("aws_glue_connection", Data, "connection_properties", DataSource, Holder, NONE, true, ""),
    attribute_row("aws_glue_job", Managed, "source_control_details.auth_token", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_grafana_workspace_api_key", Managed, "key", Generated, Strong, NONE, true, ""),
    attribute_row("aws_grafana_workspace_service_account_token", Managed, "key", Generated, Strong, NONE, true, ""),
    attribute_row("aws_iam_access_key", Managed, "secret", Generated, Strong, NONE, true, "pgp_key keeps the clear text out of state"),
    attribute_row("aws_iam_access_key", Managed, "ses_smtp_password_v4", Generated, Strong, NONE, true, ""),
    attribute_row("aws_iam_server_certificate", Managed, "private_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_iam_service_specific_credential", Managed, "service_password", Generated, Strong, NONE, true, ""),
    attribute_row("aws_iam_user_login_profile", Managed, "password", Generated, Strong, NONE, true, "pgp_key keeps the clear text out of state"),
    attribute_row("aws_iot_certificate", Managed, "private_key", Generated, Strong, NONE, true, ""),
    attribute_row("aws_kinesis_firehose_delivery_stream", Managed, "http_endpoint_configuration.access_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_kinesis_firehose_delivery_stream", Managed, "redshift_configuration.password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_kinesis_firehose_delivery_stream", Managed, "snowflake_configuration.key_passphrase", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_kinesis_firehose_delivery_stream", Managed, "snowflake_configuration.private_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_kinesis_firehose_delivery_stream", Managed, "splunk_configuration.hec_token", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_kms_ciphertext", Managed, "plaintext", UserValue, Strong, NONE, true, "the clear text of what it encrypts is in state"),
    attribute_row("aws_kms_ciphertext", Data, "plaintext", DataSource, Strong, NONE, true, "the clear text of what it encrypts is in state"),
    attribute_row("aws_kms_custom_key_store", Managed, "key_store_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_kms_custom_key_store", Managed, "xks_proxy_authentication_credential.raw_secret_access_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_kms_external_key", Managed, "key_material_base64", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_kms_replica_external_key", Managed, "key_material_base64", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_kms_secrets", Data, "plaintext", DataSource, Strong, NONE, true, ""),
    attribute_row("aws_lb_listener", Managed, "default_action.authenticate_oidc.client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_lb_listener_rule", Managed, "action.authenticate_oidc.client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_lightsail_bucket_access_key", Managed, "secret_access_key", Generated, Strong, NONE, true, ""),
    attribute_row("aws_lightsail_database", Managed, "master_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_lightsail_key_pair", Managed, "private_key", Generated, Strong, NONE, true, "pgp_key keeps the clear text out of state"),
    attribute_row("aws_memorydb_user", Managed, "authentication_mode.passwords", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_mq_broker", Managed, "ldap_server_metadata.service_account_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_mq_broker", Managed, "user.password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_mwaa_environment", Managed, "airflow_configuration_options", UserValue, Holder, NONE, true, ""),
    attribute_row("aws_opensearch_domain", Managed, "advanced_security_options.master_user_options.master_user_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_opsworks_application", Managed, "app_source.password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_opsworks_application", Managed, "app_source.ssh_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_opsworks_application", Managed, "ssl_configuration.private_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_opsworks_ganglia_layer", Managed, "password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_opsworks_haproxy_layer", Managed, "stats_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_opsworks_mysql_layer", Managed, "root_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_opsworks_rds_db_instance", Managed, "db_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_opsworks_stack", Managed, "custom_cookbooks_source.password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_opsworks_stack", Managed, "custom_cookbooks_source.ssh_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_pinpoint_adm_channel", Managed, "client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_pinpoint_apns_channel", Managed, "private_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_pinpoint_apns_channel", Managed, "token_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_pinpoint_apns_sandbox_channel", Managed, "private_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_pinpoint_apns_sandbox_channel", Managed, "token_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_pinpoint_apns_voip_channel", Managed, "private_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_pinpoint_apns_voip_channel", Managed, "token_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_pinpoint_apns_voip_sandbox_channel", Managed, "private_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_pinpoint_apns_voip_sandbox_channel", Managed, "token_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_pinpoint_baidu_channel", Managed, "api_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_pinpoint_baidu_channel", Managed, "secret_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_pinpoint_gcm_channel", Managed, "api_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_pinpoint_gcm_channel", Managed, "service_json", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_quicksight_data_source", Managed, "credentials.credential_pair.password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_rds_cluster", Managed, "master_password", UserValue, Strong, twin("master_password_wo", "master_password_wo_version"), true, "manage_master_user_password = true keeps it out of state"),
    attribute_row("aws_redshift_cluster", Managed, "master_password", UserValue, Strong, twin("master_password_wo", "master_password_wo_version"), true, "manage_master_password = true keeps it out of state"),
    attribute_row("aws_redshift_cluster_credentials", Data, "db_password", DataSource, Strong, NONE, true, ""),
    attribute_row("aws_redshift_hsm_configuration", Managed, "hsm_partition_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_redshiftserverless_credentials", Data, "db_password", DataSource, Strong, NONE, true, ""),
    attribute_row("aws_redshiftserverless_namespace", Managed, "admin_user_password", UserValue, Strong, twin("admin_user_password_wo", "admin_user_password_wo_version"), true, "manage_admin_password = true keeps it out of state"),
    attribute_row("aws_s3_object_copy", Managed, "customer_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_s3_object_copy", Managed, "source_customer_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_sagemaker_workforce", Managed, "oidc_config.client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_secretsmanager_secret_version", Managed, "secret_binary", UserValue, Holder, NONE, true, ""),
    attribute_row("aws_secretsmanager_secret_version", Managed, "secret_string", UserValue, Holder, twin("secret_string_wo", "secret_string_wo_version"), true, ""),
    attribute_row("aws_secretsmanager_secret_version", Data, "secret_binary", DataSource, Holder, NONE, true, ""),
    attribute_row("aws_secretsmanager_secret_version", Data, "secret_string", DataSource, Holder, NONE, true, ""),
    attribute_row("aws_securitylake_subscriber_notification", Managed, "configuration.https_notification_configuration.authorization_api_key_value", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_sesv2_email_identity", Managed, "dkim_signing_attributes.domain_signing_private_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_sns_platform_application", Managed, "platform_credential", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_ssm_maintenance_window_task", Managed, "task_invocation_parameters.lambda_parameters.payload", UserValue, Holder, NONE, true, ""),
    attribute_row("aws_ssm_maintenance_window_task", Managed, "task_invocation_parameters.step_functions_parameters.input", UserValue, Holder, NONE, true, ""),
    attribute_row("aws_ssm_parameter", Managed, "value", UserValueOrGenerated, Holder, twin("value_wo", "value_wo_version"), true, "a secret only if type is SecureString"),
    attribute_row("aws_ssm_parameter", Data, "value", DataSource, Holder, NONE, true, "a secret only if type is SecureString"),
    attribute_row("aws_ssm_parameters_by_path", Data, "values", DataSource, Strong, NONE, true, ""),
    attribute_row("aws_storagegateway_file_system_association", Managed, "password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_storagegateway_gateway", Managed, "smb_active_directory_settings.password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_storagegateway_gateway", Managed, "smb_guest_password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_timestreaminfluxdb_db_instance", Managed, "password", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_transfer_certificate", Managed, "private_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_transfer_server", Managed, "host_key", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_verifiedaccess_trust_provider", Managed, "native_application_oidc_options.client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_verifiedaccess_trust_provider", Managed, "oidc_options.client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("aws_vpn_connection", Managed, "customer_gateway_configuration", Generated, Holder, NONE, true, ""),
    attribute_row("aws_vpn_connection", Managed, "tunnel1_preshared_key", UserValueOrGenerated, Strong, NONE, true, "preshared_key_storage = \"SecretsManager\" keeps it out of state"),
    attribute_row("aws_vpn_connection", Managed, "tunnel2_preshared_key", UserValueOrGenerated, Strong, NONE, true, "preshared_key_storage = \"SecretsManager\" keeps it out of state"),
    attribute_row("aws_wafv2_api_key", Managed, "api_key", Generated, Strong, NONE, true, ""),
    attribute_row("azuread_application_password", Managed, "value", Generated, Strong, NONE, false, ""),
    attribute_row("azuread_service_principal_password", Managed, "value", Generated, Strong, NONE, false, ""),
    attribute_row("databricks_ai_gateway_model_provider_service", Managed, "config.amazon_bedrock.direct.aws_access_key.secret_access_key.plaintext", UserValueOrGenerated, Strong, NONE, true, "the provider does not mask it"),
    attribute_row("databricks_ai_gateway_model_provider_service", Managed, "config.anthropic.direct.api_key.plaintext", UserValueOrGenerated, Strong, NONE, true, "the provider does not mask it"),
    attribute_row("databricks_ai_gateway_model_provider_service", Managed, "config.azure_openai.direct.api_key.plaintext", UserValueOrGenerated, Strong, NONE, true, "the provider does not mask it"),
    attribute_row("databricks_ai_gateway_model_provider_service", Managed, "config.azure_openai.direct.entra_service_principal.client_secret.plaintext", UserValueOrGenerated, Strong, NONE, true, "the provider does not mask it"),
    attribute_row("databricks_ai_gateway_model_provider_service", Managed, "config.custom.direct.api_key.plaintext", UserValueOrGenerated, Strong, NONE, true, "the provider does not mask it"),
    attribute_row("databricks_ai_gateway_model_provider_service", Managed, "config.gemini_enterprise.direct.api_key.plaintext", UserValueOrGenerated, Strong, NONE, true, "the provider does not mask it"),
    attribute_row("databricks_ai_gateway_model_provider_service", Managed, "config.microsoft_foundry.direct.api_key.plaintext", UserValueOrGenerated, Strong, NONE, true, "the provider does not mask it"),
    attribute_row("databricks_ai_gateway_model_provider_service", Managed, "config.microsoft_foundry.direct.entra_service_principal.client_secret.plaintext", UserValueOrGenerated, Strong, NONE, true, "the provider does not mask it"),
    attribute_row("databricks_ai_gateway_model_provider_service", Managed, "config.openai.direct.api_key.plaintext", UserValueOrGenerated, Strong, NONE, true, "the provider does not mask it"),
    attribute_row("databricks_cluster", Managed, "docker_image.basic_auth.password", UserValue, Strong, NONE, true, "a reference {{secrets/SCOPE/KEY}} leaves nothing in state"),
    attribute_row("databricks_connection", Managed, "options", CredentialMap, Strong, NONE, true, ""),
    attribute_row("databricks_credential", Managed, "azure_service_principal.client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("databricks_custom_app_integration", Managed, "client_secret", Generated, Strong, NONE, true, ""),
    attribute_row("databricks_git_credential", Managed, "personal_access_token", UserValue, Strong, NONE, true, ""),
    attribute_row("databricks_instance_pool", Managed, "preloaded_docker_image.basic_auth.password", UserValue, Strong, NONE, true, "a reference {{secrets/SCOPE/KEY}} leaves nothing in state"),
    attribute_row("databricks_job", Managed, "job_cluster.new_cluster.docker_image.basic_auth.password", UserValue, Strong, NONE, true, "a reference {{secrets/SCOPE/KEY}} leaves nothing in state"),
    attribute_row("databricks_job", Managed, "new_cluster.docker_image.basic_auth.password", UserValue, Strong, NONE, true, "a reference {{secrets/SCOPE/KEY}} leaves nothing in state"),
    attribute_row("databricks_job", Managed, "task.for_each_task.task.new_cluster.docker_image.basic_auth.password", UserValue, Strong, NONE, true, "a reference {{secrets/SCOPE/KEY}} leaves nothing in state"),
    attribute_row("databricks_job", Managed, "task.new_cluster.docker_image.basic_auth.password", UserValue, Strong, NONE, true, "a reference {{secrets/SCOPE/KEY}} leaves nothing in state"),
    attribute_row("databricks_metastore_data_access", Managed, "azure_service_principal.client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("databricks_metastore_data_access", Managed, "cloudflare_api_token.secret_access_key", UserValue, Strong, NONE, true, ""),
    attribute_row("databricks_metastore_data_access", Managed, "gcp_service_account_key.private_key", UserValue, Strong, NONE, true, ""),
    attribute_row("databricks_mlflow_webhook", Managed, "http_url_spec.authorization", UserValue, Strong, NONE, true, "the provider does not mask it: a plan prints it"),
    attribute_row("databricks_mlflow_webhook", Managed, "http_url_spec.secret", UserValue, Strong, NONE, true, ""),
    attribute_row("databricks_mlflow_webhook", Managed, "job_spec.access_token", UserValue, Strong, NONE, true, ""),
    attribute_row("databricks_model_serving", Managed, "config.served_entities.external_model.ai21labs_config.ai21labs_api_key_plaintext", UserValue, Strong, NONE, true, "set the attribute without `_plaintext` to {{secrets/SCOPE/KEY}}; masked only since provider 1.110.0"),
    attribute_row("databricks_model_serving", Managed, "config.served_entities.external_model.amazon_bedrock_config.aws_access_key_id_plaintext", UserValue, Strong, NONE, true, "set the attribute without `_plaintext` to {{secrets/SCOPE/KEY}}; masked only since provider 1.110.0"),
    attribute_row("databricks_model_serving", Managed, "config.served_entities.external_model.amazon_bedrock_config.aws_secret_access_key_plaintext", UserValue, Strong, NONE, true, "set the attribute without `_plaintext` to {{secrets/SCOPE/KEY}}; masked only since provider 1.110.0"),
    attribute_row("databricks_model_serving", Managed, "config.served_entities.external_model.anthropic_config.anthropic_api_key_plaintext", UserValue, Strong, NONE, true, "set the attribute without `_plaintext` to {{secrets/SCOPE/KEY}}; masked only since provider 1.110.0"),
    attribute_row("databricks_model_serving", Managed, "config.served_entities.external_model.cohere_config.cohere_api_key_plaintext", UserValue, Strong, NONE, true, "set the attribute without `_plaintext` to {{secrets/SCOPE/KEY}}; masked only since provider 1.110.0"),
    attribute_row("databricks_model_serving", Managed, "config.served_entities.external_model.custom_provider_config.api_key_auth.value_plaintext", UserValue, Strong, NONE, true, "set the attribute without `_plaintext` to {{secrets/SCOPE/KEY}}; masked only since provider 1.110.0"),
    attribute_row("databricks_model_serving", Managed, "config.served_entities.external_model.custom_provider_config.bearer_token_auth.token_plaintext", UserValue, Strong, NONE, true, "set the attribute without `_plaintext` to {{secrets/SCOPE/KEY}}; masked only since provider 1.110.0"),
    attribute_row("databricks_model_serving", Managed, "config.served_entities.external_model.databricks_model_serving_config.databricks_api_token_plaintext", UserValue, Strong, NONE, true, "set the attribute without `_plaintext` to {{secrets/SCOPE/KEY}}; masked only since provider 1.110.0"),
    attribute_row("databricks_model_serving", Managed, "config.served_entities.external_model.google_cloud_vertex_ai_config.private_key_plaintext", UserValue, Strong, NONE, true, "set the attribute without `_plaintext` to {{secrets/SCOPE/KEY}}; masked only since provider 1.110.0"),
    attribute_row("databricks_model_serving", Managed, "config.served_entities.external_model.openai_config.microsoft_entra_client_secret_plaintext", UserValue, Strong, NONE, true, "set the attribute without `_plaintext` to {{secrets/SCOPE/KEY}}; masked only since provider 1.110.0"),
    attribute_row("databricks_model_serving", Managed, "config.served_entities.external_model.openai_config.openai_api_key_plaintext", UserValue, Strong, NONE, true, "set the attribute without `_plaintext` to {{secrets/SCOPE/KEY}}; masked only since provider 1.110.0"),
    attribute_row("databricks_model_serving", Managed, "config.served_entities.external_model.palm_config.palm_api_key_plaintext", UserValue, Strong, NONE, true, "set the attribute without `_plaintext` to {{secrets/SCOPE/KEY}}; masked only since provider 1.110.0"),
    attribute_row("databricks_mws_workspaces", Managed, "token.token_value", Generated, Strong, NONE, true, ""),
    attribute_row("databricks_notification_destination", Managed, "config.generic_webhook.password", UserValue, Strong, NONE, true, ""),
    attribute_row("databricks_notification_destination", Managed, "config.generic_webhook.url", UserValue, Weak, NONE, true, "a secret only if it carries user information or a token"),
    attribute_row("databricks_notification_destination", Managed, "config.microsoft_teams.auth_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("databricks_notification_destination", Managed, "config.microsoft_teams.url", UserValue, Strong, NONE, true, "who knows the URL of an incoming webhook may post to it"),
    attribute_row("databricks_notification_destination", Managed, "config.pagerduty.integration_key", UserValue, Strong, NONE, true, ""),
    attribute_row("databricks_notification_destination", Managed, "config.slack.oauth_token", UserValue, Strong, NONE, true, ""),
    attribute_row("databricks_notification_destination", Managed, "config.slack.url", UserValue, Strong, NONE, true, "who knows the URL of an incoming webhook may post to it"),
    attribute_row("databricks_obo_token", Managed, "token_value", Generated, Strong, NONE, true, ""),
    attribute_row("databricks_provider", Managed, "recipient_profile_str", UserValue, Strong, NONE, true, "a Delta Sharing profile holds a bearer token"),
    attribute_row("databricks_recipient", Managed, "activation_url", Generated, Strong, NONE, true, "the one-time download link of the bearer token"),
    attribute_row("databricks_recipient", Managed, "sharing_code", UserValue, Strong, NONE, true, ""),
    attribute_row("databricks_recipient", Managed, "tokens.activation_url", Generated, Strong, NONE, true, "the provider does not mask it: the one-time download link of the bearer token"),
    attribute_row("databricks_secret", Managed, "string_value", UserValue, Holder, NONE, true, "there is no write-only twin in provider 1.128.0"),
    attribute_row("databricks_secret_uc", Managed, "effective_value", Generated, Strong, NONE, true, ""),
    attribute_row("databricks_secret_uc", Managed, "value", UserValue, Strong, NONE, true, ""),
    attribute_row("databricks_secret_uc", Data, "effective_value", DataSource, Strong, NONE, true, ""),
    attribute_row("databricks_secret_uc", Data, "value", DataSource, Weak, NONE, true, ""),
    attribute_row("databricks_secret_ucs", Data, "secrets.effective_value", DataSource, Strong, NONE, true, ""),
    attribute_row("databricks_secret_ucs", Data, "secrets.value", DataSource, Strong, NONE, true, ""),
    attribute_row("databricks_service_principal_secret", Managed, "secret", UserValueOrGenerated, Strong, NONE, true, ""),
    attribute_row("databricks_storage_credential", Managed, "azure_service_principal.client_secret", UserValue, Strong, NONE, true, ""),
    attribute_row("databricks_storage_credential", Managed, "cloudflare_api_token.secret_access_key", UserValue, Strong, NONE, true, ""),
    attribute_row("databricks_storage_credential", Managed, "gcp_service_account_key.private_key", UserValue, Strong, NONE, true, ""),
    attribute_row("databricks_token", Managed, "token_value", Generated, Strong, NONE, true, ""),
    attribute_row("external", Data, "result", DataSource, Holder, NONE, false, ""),
    attribute_row("github_actions_environment_secret", Managed, "plaintext_value", UserValue, Strong, NONE, false, ""),
    attribute_row("github_actions_organization_secret", Managed, "plaintext_value", UserValue, Strong, NONE, false, ""),
    attribute_row("github_actions_secret", Managed, "plaintext_value", UserValue, Strong, NONE, false, ""),
    attribute_row("gitlab_project_variable", Managed, "value", UserValue, Strong, NONE, false, ""),
    attribute_row("http", Data, "response_body", DataSource, Holder, NONE, true, ""),
    attribute_row("kubernetes_secret", Managed, "data", CredentialMap, Strong, NONE, false, ""),
    attribute_row("kubernetes_secret_v1", Managed, "data", CredentialMap, Strong, NONE, false, ""),
    attribute_row("local_file", Managed, "sensitive_content", UserValue, Strong, NONE, true, ""),
    attribute_row("local_sensitive_file", Managed, "content", UserValue, Strong, NONE, true, ""),
    attribute_row("local_sensitive_file", Managed, "content_base64", UserValue, Strong, NONE, true, ""),
    attribute_row("local_sensitive_file", Data, "content", DataSource, Strong, NONE, true, ""),
    attribute_row("local_sensitive_file", Data, "content_base64", DataSource, Strong, NONE, true, ""),
    attribute_row("postgresql_role", Managed, "password", UserValue, Strong, NONE, false, ""),
    attribute_row("random_bytes", Managed, "base64", Generated, Strong, NONE, true, ""),
    attribute_row("random_bytes", Managed, "hex", Generated, Strong, NONE, true, ""),
    attribute_row("random_password", Managed, "bcrypt_hash", Generated, Strong, NONE, true, "ephemeral \"random_password\" leaves nothing in state"),
    attribute_row("random_password", Managed, "result", Generated, Strong, NONE, true, "ephemeral \"random_password\" leaves nothing in state"),
    attribute_row("snowflake_user", Managed, "password", UserValue, Strong, NONE, false, ""),
    attribute_row("terraform_remote_state", Data, "outputs", DataSource, Holder, NONE, false, ""),
    attribute_row("tls_cert_request", Managed, "private_key_pem", UserValue, Strong, NONE, true, ""),
    attribute_row("tls_locally_signed_cert", Managed, "ca_private_key_pem", UserValue, Strong, NONE, true, ""),
    attribute_row("tls_private_key", Managed, "private_key_openssh", Generated, Strong, NONE, true, "ephemeral \"tls_private_key\" leaves nothing in state"),
    attribute_row("tls_private_key", Managed, "private_key_pem", Generated, Strong, NONE, true, "ephemeral \"tls_private_key\" leaves nothing in state"),
    attribute_row("tls_private_key", Managed, "private_key_pem_pkcs8", Generated, Strong, NONE, true, "ephemeral \"tls_private_key\" leaves nothing in state"),
    attribute_row("tls_public_key", Data, "private_key_openssh", DataSource, Strong, NONE, true, ""),
    attribute_row("tls_public_key", Data, "private_key_pem", DataSource, Strong, NONE, true, ""),
    attribute_row("tls_self_signed_cert", Managed, "private_key_pem", UserValue, Strong, NONE, true, ""),
    attribute_row("vault_generic_secret", Managed, "data_json", UserValue, Strong, NONE, false, ""),
    attribute_row("vault_generic_secret", Data, "data", DataSource, Strong, NONE, false, ""),
    attribute_row("vault_kv_secret_v2", Managed, "data_json", UserValue, Strong, NONE, false, ""),
    attribute_row("vault_kv_secret_v2", Data, "data", DataSource, Strong, NONE, false, ""),
];

/// Every container, sorted by type and path. The last column: its parts have names.
///
/// Source: the schemas of aws 5.100.0 and databricks 1.128.0; which of their attributes people put
/// secrets into is this project's experience.
#[rustfmt::skip]
pub static CONTAINERS: &[Container] = &[
    container("aws_apprunner_service", "source_configuration.code_repository.code_configuration.code_configuration_values.runtime_environment_variables", Plain, Environment, true),
    container("aws_apprunner_service", "source_configuration.image_repository.image_configuration.runtime_environment_variables", Plain, Environment, true),
    container("aws_batch_job_definition", "container_properties", Json, Environment, true),
    container("aws_cloudformation_stack", "parameters", Plain, Other, true),
    container("aws_cloudformation_stack", "template_body", Plain, Other, false),
    container("aws_codebuild_project", "environment.environment_variable.value", Plain, Environment, false),
    container("aws_ecs_task_definition", "container_definitions", Json, Environment, true),
    container("aws_elastic_beanstalk_environment", "setting.value", Plain, Other, false),
    container("aws_emr_cluster", "configurations_json", Json, Other, true),
    container("aws_glue_job", "default_arguments", Plain, Other, true),
    container("aws_instance", "user_data", Plain, Script, false),
    container("aws_instance", "user_data_base64", Base64, Script, false),
    container("aws_lambda_function", "environment.variables", Plain, Environment, true),
    container("aws_launch_configuration", "user_data", Plain, Script, false),
    container("aws_launch_template", "user_data", Base64, Script, false),
    container("aws_s3_object", "content", Plain, Script, false),
    container("aws_s3_object", "content_base64", Base64, Script, false),
    container("aws_sagemaker_notebook_instance_lifecycle_configuration", "on_create", Base64, Script, false),
    container("aws_sagemaker_notebook_instance_lifecycle_configuration", "on_start", Base64, Script, false),
    container("aws_spot_instance_request", "user_data", Plain, Script, false),
    container("aws_spot_instance_request", "user_data_base64", Base64, Script, false),
    container("aws_ssm_parameter", "insecure_value", Plain, Other, false),
    container("databricks_cluster", "custom_tags", Plain, Other, true),
    container("databricks_cluster", "library.pypi.repo", Plain, Other, false),
    container("databricks_cluster", "spark_conf", Plain, Settings, true),
    container("databricks_cluster", "spark_env_vars", Plain, Environment, true),
    container("databricks_cluster_policy", "definition", Json, Policy, true),
    container("databricks_cluster_policy", "policy_family_definition_overrides", Json, Policy, true),
    container("databricks_dbfs_file", "content_base64", Base64, Script, false),
    container("databricks_global_init_script", "content_base64", Base64, Script, false),
    container("databricks_job", "git_source.url", Plain, Other, false),
    container("databricks_job", "job_cluster.new_cluster.spark_conf", Plain, Settings, true),
    container("databricks_job", "job_cluster.new_cluster.spark_env_vars", Plain, Environment, true),
    container("databricks_job", "new_cluster.spark_conf", Plain, Settings, true),
    container("databricks_job", "new_cluster.spark_env_vars", Plain, Environment, true),
    container("databricks_job", "parameter.default", Plain, Other, true),
    container("databricks_job", "task.for_each_task.task.new_cluster.spark_conf", Plain, Settings, true),
    container("databricks_job", "task.for_each_task.task.new_cluster.spark_env_vars", Plain, Environment, true),
    container("databricks_job", "task.library.pypi.repo", Plain, Other, false),
    container("databricks_job", "task.new_cluster.spark_conf", Plain, Settings, true),
    container("databricks_job", "task.new_cluster.spark_env_vars", Plain, Environment, true),
    container("databricks_job", "task.notebook_task.base_parameters", Plain, Other, true),
    container("databricks_job", "task.python_wheel_task.named_parameters", Plain, Other, true),
    container("databricks_job", "task.spark_jar_task.parameters", Plain, Other, false),
    container("databricks_job", "task.spark_python_task.parameters", Plain, Other, false),
    container("databricks_library", "pypi.repo", Plain, Other, false),
    container("databricks_model_serving", "config.served_entities.environment_vars", Plain, Environment, true),
    container("databricks_model_serving", "config.served_models.environment_vars", Plain, Environment, true),
    container("databricks_mount", "extra_configs", Plain, Settings, true),
    container("databricks_mount", "uri", Plain, Other, false),
    container("databricks_notebook", "content_base64", Base64, Script, false),
    container("databricks_pipeline", "cluster.spark_conf", Plain, Settings, true),
    container("databricks_pipeline", "cluster.spark_env_vars", Plain, Environment, true),
    container("databricks_pipeline", "configuration", Plain, Settings, true),
    container("databricks_repo", "url", Plain, Other, false),
    container("databricks_sql_global_config", "data_access_config", Plain, Settings, true),
    container("databricks_sql_global_config", "sql_config_params", Plain, Settings, true),
    container("databricks_workspace_file", "content_base64", Base64, Script, false),
    container("null_resource", "triggers", Plain, Other, true),
    container("terraform_data", "input", Plain, Other, true),
];

/// Masked by the schemas of aws 5.100.0 and databricks 1.128.0, though no secret.
#[rustfmt::skip]
static NOT_SECRET: &[(&str, Mode, &str)] = &[
    ("aws_appconfig_configuration_profile", Managed, "validator.content"),
    ("aws_cloudcontrolapi_resource", Managed, "schema"),
    ("aws_directory_service_shared_directory", Managed, "notes"),
    ("aws_dms_certificate", Managed, "certificate_pem"),
    ("aws_dms_certificate", Data, "certificate_pem"),
    ("aws_elasticsearch_domain_saml_options", Managed, "saml_options.master_user_name"),
    ("aws_iot_authorizer", Managed, "token_signing_public_keys"),
    ("aws_iot_ca_certificate", Managed, "ca_certificate_pem"),
    ("aws_iot_ca_certificate", Managed, "verification_certificate_pem"),
    ("aws_iot_certificate", Managed, "ca_pem"),
    ("aws_iot_certificate", Managed, "certificate_pem"),
    ("aws_iot_certificate", Managed, "public_key"),
    ("aws_kms_grant", Managed, "grant_token"),
    ("aws_opensearch_domain_saml_options", Managed, "saml_options.master_user_name"),
    ("aws_pinpoint_adm_channel", Managed, "client_id"),
    ("aws_pinpoint_apns_channel", Managed, "bundle_id"),
    ("aws_pinpoint_apns_channel", Managed, "certificate"),
    ("aws_pinpoint_apns_channel", Managed, "team_id"),
    ("aws_pinpoint_apns_channel", Managed, "token_key_id"),
    ("aws_pinpoint_apns_sandbox_channel", Managed, "bundle_id"),
    ("aws_pinpoint_apns_sandbox_channel", Managed, "certificate"),
    ("aws_pinpoint_apns_sandbox_channel", Managed, "team_id"),
    ("aws_pinpoint_apns_sandbox_channel", Managed, "token_key_id"),
    ("aws_pinpoint_apns_voip_channel", Managed, "bundle_id"),
    ("aws_pinpoint_apns_voip_channel", Managed, "certificate"),
    ("aws_pinpoint_apns_voip_channel", Managed, "team_id"),
    ("aws_pinpoint_apns_voip_channel", Managed, "token_key_id"),
    ("aws_pinpoint_apns_voip_sandbox_channel", Managed, "bundle_id"),
    ("aws_pinpoint_apns_voip_sandbox_channel", Managed, "certificate"),
    ("aws_pinpoint_apns_voip_sandbox_channel", Managed, "team_id"),
    ("aws_pinpoint_apns_voip_sandbox_channel", Managed, "token_key_id"),
    ("aws_quicksight_data_source", Managed, "credentials.credential_pair.username"),
    ("aws_redshiftserverless_namespace", Managed, "admin_username"),
    ("aws_s3_bucket_object_lock_configuration", Managed, "token"),
    ("aws_s3_bucket_replication_configuration", Managed, "token"),
    ("aws_s3_object_copy", Managed, "kms_encryption_context"),
    ("aws_s3_object_copy", Managed, "kms_key_id"),
    ("aws_sns_platform_application", Managed, "platform_principal"),
    ("aws_transfer_certificate", Managed, "certificate"),
    ("aws_transfer_certificate", Managed, "certificate_chain"),
    ("aws_transfer_server", Managed, "post_authentication_login_banner"),
    ("aws_transfer_server", Managed, "pre_authentication_login_banner"),
    ("databricks_azure_blob_mount", Managed, "token_secret_key"),
    ("databricks_mws_networks", Managed, "account_id"),
    ("databricks_mws_storage_configurations", Managed, "account_id"),
    ("databricks_mws_workspaces", Managed, "account_id"),
    ("databricks_notification_destination", Managed, "config.generic_webhook.username"),
    ("databricks_notification_destination", Managed, "config.microsoft_teams.app_id"),
    ("databricks_notification_destination", Managed, "config.microsoft_teams.channel_url"),
    ("databricks_notification_destination", Managed, "config.microsoft_teams.tenant_id"),
    ("databricks_notification_destination", Managed, "config.slack.channel_id"),
];

/// Every detector, sorted by name, each with the source of the format.
#[rustfmt::skip]
pub static DETECTORS: &[Detector] = &[
    detector("age-secret-key", &["AGE-SECRET-KEY-1"], r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}", None), // gitleaks config/gitleaks.toml @b58d3f1
    detector("anthropic-key", &["sk-ant-"], r"(?-u:\b)sk-ant-(?:api03|admin01)-[0-9A-Za-z_-]{93}AA(?-u:\b)", None), // gitleaks config/gitleaks.toml @b58d3f1
    detector("artifactory", &["AKCp", "cmVmd"], r"(?-u:\b)(?:AKCp[A-Za-z0-9]{69}|cmVmd[A-Za-z0-9]{59})(?-u:\b)", Some(4.5)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("atlassian-token", &["ATATT3"], r"(?-u:\b)ATATT3[A-Za-z0-9_\-=]{186}", Some(3.5)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("aws-access-key-id", &["AKIA", "ASIA", "ABIA", "ACCA", "A3T"], r"(?-u:\b)(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?-u:\b)", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("aws-bedrock-long", &["ABSK"], r"(?-u:\b)ABSK[A-Za-z0-9+/]{109,269}={0,2}", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("aws-bedrock-short", &["bedrock-api-key-"], r"bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t", None), // gitleaks config/gitleaks.toml @b58d3f1
    detector("aws-secret-access-key-keyed", &["secret_access_key", "secret_key", "secretaccesskey", "secret.key", "aws_secret"], r#"(?i)(?:secret_?access_?key|aws_?secret(?:_?key)?|fs\.s3a?\.secret\.key)["\']?\s*(?:=>|[:=])\s*["\']?([A-Za-z0-9/+]{40})(?:["\'\s;,]|$)"#, Some(4.0)), // AWS docs format; keyed form written here
    detector("azure-ad-client-secret", &["0Q~", "1Q~", "2Q~", "3Q~", "4Q~", "5Q~", "6Q~", "7Q~", "8Q~", "9Q~"], r#"(?:^|[\\\'"`\s>=:(,])[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}(?:$|[\\\'"`\s<),])"#, Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("azure-sas", &["sig="], r"[?&](?:sv|se|sp)=[^&\s]+(?:&[^&\s]+)*&sig=[A-Za-z0-9%/+]{40,}", None), // Azure SAS format (general knowledge)
    detector("azure-shared-access-key", &["SharedAccessKey="], r"SharedAccessKey=([A-Za-z0-9+/]{43}=)", Some(4.0)), // https://learn.microsoft.com/azure/event-hubs/event-hubs-get-connection-string
    detector("azure-storage-account-key", &["AccountKey="], r"AccountKey=[A-Za-z0-9+/]{86}==", Some(4.0)), // Azure connection-string format (general knowledge)
    detector("basic-auth-header", &["basic "], r#"(?i)(?-u:\b)authorization["\']?\s*[:=]\s*["\']?basic\s+([A-Za-z0-9+/]{12,}={0,2})"#, Some(2.5)), // gitleaks curl-auth-header facts
    detector("bearer-header", &["bearer "], r#"(?i)(?-u:\b)authorization["\']?\s*[:=]\s*["\']?bearer\s+([0-9A-Za-z_=~@.+/-]{20,})"#, Some(3.0)), // gitleaks curl-auth-header facts
    detector("confluent-keyed", &["confluent"], r#"(?i)confluent[0-9A-Za-z_.-]{0,30}secret["\']?\s*[:=]\s*["\']?([A-Za-z0-9+/]{64})(?-u:\b)"#, Some(4.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("databricks-dkea", &["dkea"], r"(?-u:\b)dkea[0-9a-f]{32}(?-u:\b)", Some(3.0)), // SAT trufflehog config
    detector("databricks-dsapi", &["dsapi"], r"(?-u:\b)dsapi[0-9a-f]{32}(?-u:\b)", Some(3.0)), // SAT trufflehog config
    detector("databricks-oauth-secret", &["dose"], r"(?-u:\b)dose[0-9a-f]{32}(?-u:\b)", Some(3.0)), // SAT trufflehog config
    detector("databricks-pat", &["dapi"], r"(?-u:\b)dapi[0-9a-f]{32}(?:-[0-9])?(?-u:\b)", Some(3.0)), // gitleaks databricks-api-token; SAT trufflehog config
    detector("delta-sharing-profile", &["shareCredentialsVersion"], r#""shareCredentialsVersion"[\s\S]{0,600}"bearerToken"\s*:\s*"[^"$<{]{16,}""#, None), // docs of databricks/terraform-provider-databricks@684f442, docs/resources/provider.md (recipient_profile_str JSON)
    detector("doppler", &["dp.pt."], r"(?-u:\b)dp\.pt\.[A-Za-z0-9]{43}(?-u:\b)", Some(2.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("dynatrace", &["dt0c01."], r"(?-u:\b)dt0c01\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}(?-u:\b)", Some(3.5)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("gcp-api-key", &["AIza"], r"(?-u:\b)AIza[0-9A-Za-z_-]{35}", Some(4.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("gcp-service-account-json", &["\"private_key\""], r#""type"\s*:\s*"service_account"[\s\S]{0,400}"private_key"\s*:\s*"-----BEGIN"#, None), // GCP key file format (general knowledge)
    detector("github-fine-grained-pat", &["github_pat_"], r"(?-u:\b)github_pat_[0-9A-Za-z_]{82}(?-u:\b)", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("github-oauth", &["gho_"], r"(?-u:\b)gho_[0-9A-Za-z]{36}(?-u:\b)", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("github-pat", &["ghp_"], r"(?-u:\b)ghp_[0-9A-Za-z]{36}(?-u:\b)", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("github-refresh", &["ghr_"], r"(?-u:\b)ghr_[0-9A-Za-z]{36}(?-u:\b)", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("github-server-to-server", &["ghs_"], r"(?-u:\b)ghs_[0-9A-Za-z]{36}(?-u:\b)", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("github-user-to-server", &["ghu_"], r"(?-u:\b)ghu_[0-9A-Za-z]{36}(?-u:\b)", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("gitlab-deploy-token", &["gldt-"], r"(?-u:\b)gldt-[0-9A-Za-z_-]{20,300}", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("gitlab-pat", &["glpat-"], r"(?-u:\b)glpat-[0-9A-Za-z_-]{20,300}", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("gitlab-runner-token", &["glrt-"], r"(?-u:\b)glrt-[0-9A-Za-z_-]{20,300}", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("gitlab-trigger-token", &["glptt-"], r"(?-u:\b)glptt-[0-9a-f]{40}", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("grafana-token", &["glc_", "glsa_"], r"(?-u:\b)glc_[A-Za-z0-9+/]{32,400}={0,3}|(?-u:\b)glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("hashicorp-tfc-token", &["atlasv1"], r"(?-u:\b)[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}", Some(3.5)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("huggingface-token", &["hf_"], r"(?-u:\b)hf_[A-Za-z]{34}(?-u:\b)", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("jdbc-password", &["jdbc:"], r#"(?i)(?-u:\b)jdbc:[^\s"\']*[?;&](?:password|pwd)=([^\s"\';&${<]{3,})"#, None), // written here
    detector("jwt", &["eyJ"], r"(?-u:\b)eyJ[A-Za-z0-9_-]{14,}\.eyJ[A-Za-z0-9_-]{14,}\.[A-Za-z0-9_-]{10,}", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("npm-token", &["npm_"], r"(?-u:\b)npm_[0-9A-Za-z]{36}(?-u:\b)", Some(2.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("onepassword-sa", &["ops_eyJ"], r"(?-u:\b)ops_eyJ[A-Za-z0-9+/]{250,}={0,3}", Some(4.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("openai-key", &["T3BlbkFJ"], r"(?-u:\b)sk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{58,74}|[A-Za-z0-9]{20})T3BlbkFJ[A-Za-z0-9_-]{20,74}", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("postman", &["PMAK-"], r"(?-u:\b)PMAK-[a-f0-9]{24}-[a-f0-9]{34}(?-u:\b)", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("private-key-pem", &["-----BEGIN"], r"-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,300}?[A-Za-z0-9+/]{60,}", None), // gitleaks config/gitleaks.toml @b58d3f1
    detector("pulumi-token", &["pul-"], r"(?-u:\b)pul-[a-f0-9]{40}(?-u:\b)", Some(2.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("pypi-token", &["pypi-AgEIcHlwaS5vcmc"], r"pypi-AgEIcHlwaS5vcmc[0-9A-Za-z_-]{50,1000}", Some(3.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("sendgrid", &["SG."], r"(?-u:\b)SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}(?-u:\b)", Some(2.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("slack-token", &["xoxb-", "xoxp-", "xoxe-", "xapp-"], r"(?-u:\b)xox[bpe]-[0-9]{8,14}-[A-Za-z0-9-]{18,80}|(?-u:\b)xapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-z0-9]+", Some(2.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("slack-webhook", &["hooks.slack.com"], r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{40,60}", Some(2.5)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("stripe-key", &["sk_live", "rk_live", "sk_prod", "rk_prod"], r"(?-u:\b)[sr]k_(?:live|prod)_[A-Za-z0-9]{10,99}", Some(2.0)), // gitleaks config/gitleaks.toml @b58d3f1
    detector("teams-webhook", &["webhook.office.com"], r"https://[a-z0-9]+\.webhook\.office\.com/webhookb2/[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-z]{32}/[0-9a-f-]{36}", None), // gitleaks config/gitleaks.toml @b58d3f1
    detector("url-userinfo", &["://"], r#"(?-u:\b)[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@"\'<>{}$]*:([^\s/:@"\'<>{}$]{3,})@[A-Za-z0-9_.\[\]-]+"#, None), // gitleaks curl/url practice; written here, without upper bounds, which make it fifty times larger
    detector("vault-token", &["hvs.", "hvb."], r"(?-u:\b)hv[sb]\.[0-9A-Za-z_-]{90,300}", Some(3.5)), // gitleaks config/gitleaks.toml @b58d3f1
];

#[cfg(test)]
mod tests {
    use super::super::schema;
    use super::super::tests::assert_sorted;
    use super::*;
    use regex::Regex;

    #[test]
    fn attributes_are_found() {
        let version = attributes(Managed, "aws_secretsmanager_secret_version");
        assert_eq!(version.len(), 2);
        let text =
            attribute(Managed, "aws_secretsmanager_secret_version", "secret_string").unwrap();
        assert_eq!(text.twin.map(|twin| twin.argument), Some("secret_string_wo"));
        assert_eq!(text.kind, UserValue);
        assert!(attribute(Data, "aws_secretsmanager_secret_version", "secret_string").is_some());
        assert!(attributes(Managed, "aws_vpc").is_empty());
        assert!(attribute(Managed, "aws_db_instance", "username").is_none());
    }

    #[test]
    fn containers_and_masks_are_found() {
        let cluster = containers("databricks_cluster");
        assert!(cluster.iter().any(|entry| entry.path == "spark_conf" && entry.keyed));
        assert!(containers("databricks_catalog").is_empty());
        assert!(is_masked_without_need(Managed, "databricks_mws_networks", "account_id"));
        assert!(!is_masked_without_need(Managed, "databricks_secret", "string_value"));
    }

    #[test]
    fn keys_are_found() {
        assert!(credential_keys("databricks_connection").unwrap().secret.contains(&"password"));
        assert!(credential_keys("databricks_job").is_none());
        assert!(provider_credentials("databricks").unwrap().secret.contains(&"token"));
        assert!(provider_credentials("time").is_none());
        for name in ["databricks_connection", "aws_glue_connection"] {
            let keys = credential_keys(name).unwrap();
            assert_sorted(keys.secret);
            assert_sorted(keys.plain);
        }
        for name in ["aws", "databricks"] {
            let credentials = provider_credentials(name).unwrap();
            assert_sorted(credentials.secret);
            assert_sorted(credentials.placeholders);
        }
    }

    #[test]
    fn names_and_values() {
        let is = |pattern: &str, text: &str| Regex::new(pattern).unwrap().is_match(text);
        assert!(is(NO_ENTROPY_NAME, "kms_key") && !is(NO_ENTROPY_NAME, "token"));
        for (form, _) in IDENTIFIER_FORMS {
            Regex::new(form).unwrap();
        }
        for pattern in ALLOWED_PATTERNS {
            Regex::new(pattern).unwrap();
        }
    }

    #[test]
    fn sorted() {
        assert_sorted(ATTRIBUTES.iter().map(|entry| (entry.resource_type, entry.mode, entry.path)));
        assert_sorted(CONTAINERS.iter().map(|entry| (entry.resource_type, entry.path)));
        assert_sorted(NOT_SECRET);
        assert_sorted(ABOUT_SECRETS.iter().map(|(word, _)| *word));
        assert_sorted(SECRET_WORDS);
        assert_sorted(IDENTIFIER_WORDS);
        assert_sorted(BESIDE_SECRETS);
        assert_sorted(KEYED_ADDRESSES.0);
        assert_sorted(SWITCHES);
        assert_sorted(FORMS_OF_SECRETS);
        assert_sorted(NAMED_SECRETS);
        assert_sorted(OWNERS);
        assert_sorted(ALLOWED_VALUES);
        assert_sorted(EXAMPLE_PASSWORDS);
        assert_sorted(MAKERS.iter().map(|entry| (entry.resource_type, entry.argument)));
        assert_sorted(IN_ADDRESS);
        assert_sorted(STOPWORDS);
        assert_sorted(DETECTORS.iter().map(|entry| entry.name));
    }

    /// The table and the schemas agree.
    #[test]
    fn checked_attributes_are_declared() {
        for entry in ATTRIBUTES {
            let schema = match entry.mode {
                Managed => schema::resource(entry.resource_type),
                Data => schema::data(entry.resource_type),
            };
            let declared = schema.and_then(|schema| schema.attribute(entry.path.split('.')));
            assert_eq!(declared.is_some(), entry.checked, "{} {}", entry.resource_type, entry.path);
            if let (Some(twin), Some(schema)) = (entry.twin, schema) {
                assert!(schema.attribute([twin.argument]).is_some_and(|it| it.write_only));
                assert!(schema.attribute([twin.version]).is_some());
            }
        }
    }

    #[test]
    fn containers_are_declared() {
        for entry in CONTAINERS {
            if let Some(schema) = schema::resource(entry.resource_type) {
                let declared = schema.attribute(entry.path.split('.'));
                assert!(declared.is_some(), "{} {}", entry.resource_type, entry.path);
            }
        }
        for (kind, mode, path) in NOT_SECRET {
            let schema = if *mode == Data { schema::data(kind) } else { schema::resource(kind) };
            let declared = schema.and_then(|schema| schema.attribute(path.split('.')));
            assert!(declared.is_some_and(|it| it.sensitive), "{kind} {path}");
        }
    }

    #[test]
    fn detectors_find_their_examples() {
        assert_sorted(EXAMPLES.iter().map(|(name, _)| *name));
        assert!(
            DETECTORS.iter().map(|entry| entry.name).eq(EXAMPLES.iter().map(|(name, _)| *name))
        );
        for (name, parts) in EXAMPLES {
            let detector = detector_named(name).unwrap();
            let text = parts.concat();
            assert!(Regex::new(detector.regex).unwrap().is_match(&text), "{name}");
            let lower = text.to_lowercase();
            let has = |word: &&str| match detector.is_in_any_case() {
                true => lower.contains(&word.to_lowercase()),
                false => text.contains(word),
            };
            assert!(
                detector.keywords.iter().any(has) && text.contains(detector.besides()),
                "{name}"
            );
            assert_eq!(detector.is_in_any_case(), detector.regex.contains("(?i"), "{name}");
        }
        assert!(detector_named("no-such").is_none());
    }

    /// Invented, and in parts, so that no scanner takes them for real.
    #[rustfmt::skip]
    static EXAMPLES: &[(&str, &[&str])] = &[
        ("age-secret-key", &["AGE-SECRET-KEY-1", "G4XH47DJM4MSRJJKLE43KDL84V5NG9ZEERENXQZV7RCF9DZATXTZ6XQHGN"]),
        ("anthropic-key", &["sk-ant-api03-", "BoaPzoxZCYCdEz6DQMvE5mVXRV99nCQvtsU7RTAuwm6zo88EB0OGet9d9xYyQ6b0fI7fLAz7vT0sxJmPU3UdXyymFgMZw", "AA"]),
        ("artifactory", &["AKCp", "fOnpCBDAkWTGhWiOalTlINXn1eKIA7zPtJcGEoJ3qyRZzQ9ADp0j5Wmplcm7hufPK5ACD"]),
        ("atlassian-token", &["ATATT3", "iBZLPKD6xGAnjq8MJaMhmpgppa0nLgTEToD4uyetiAY2bv6dFvpcLOGQOpCHV5v7s82QtDRojrbry6hQSp795NF4gAKQ5P1vM8Kv6UM4YVmPY62o6sq1iee1hsA2Bb9uOk4TyNZnlEk6KJCBHGn7KWJsBBCIspoCsEvCE2lwXM090i5qE43w6t8YGP"]),
        ("aws-access-key-id", &["AKIA", "ZZG6ZDMEN4KHVDGA"]),
        ("aws-bedrock-long", &["ABSK", "nzyw2MzP0ZvzOMhfWuBByReQMsm9Wcz7uW9XFOGOeMVNen5n1Ae6pWzpF1qH6YytwMe4LbyoVFz8uZdZv8FuKKIBJl5dzpJn0meq7WJjjIBAzupGhv7Ib3M0"]),
        ("aws-bedrock-short", &["bedrock-api-key-", "YmVkcm9jay5hbWF6b25hd3MuY29t", "3NBQNSgPwlUQia1ID6vW5dql05ha06"]),
        ("aws-secret-access-key-keyed", &["AWS_SECRET_ACCESS_KEY=", "TMuDJawTgsu8PO/799nKSNrh9UCauSDmLhuVtcqc"]),
        ("azure-ad-client-secret", &["A0U", "8", "Q~", "arXLnTENCyfjeEaGyZqjJoiFpKZsRaSqTa"]),
        ("azure-sas", &["https://a.blob.core.windows.net/c?sv=2022-11-02&sp=r&sig=", "ns05Koy2OnZn2M1eLkNCZ8hKYWHJPu05MC4j1wrCq1UH"]),
        ("azure-shared-access-key", &["Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=", "9DTvk4WaaB3xzXpMZuZN8Ab5KbH0FZk4XdxKIADjJpz", "="]),
        ("azure-storage-account-key", &["AccountKey=", "9DTvk4WaaB3xzXpMZuZN8Ab5KbH0FZk4XdxKIADjJpz6ZFkn7XvgKJWSKhK7EGYfwzy9zMTI18C6eUDm7oYF5t", "=="]),
        ("basic-auth-header", &["Authorization: Basic ", "dXNlcjpzM2NyM3RwYXNz"]),
        ("bearer-header", &["Authorization: Bearer ", "diFizWxEOZlh5Q41hUeglMMNMFLzsSXkkWZxh2JP"]),
        ("confluent-keyed", &[r#"confluent_api_secret = ""#, "umK931fmDUX8kucerKJ9zHX9pKozaeYxyc8RywkVSRDnptz0mV3muA1Jm1Tlb4PY", r#"""#]),
        ("databricks-dkea", &["dkea", "36b3216fdaeeb975729fae923d5a4fd1"]),
        ("databricks-dsapi", &["dsapi", "2aabfe228f219e9cb0eb53f16947ccf2"]),
        ("databricks-oauth-secret", &["dose", "5ec84d8dbc74254770f58904dba41ecc"]),
        ("databricks-pat", &["dapi", "a4c123b1612dd272d1371c17149d4395"]),
        ("delta-sharing-profile", &[r#"{"shareCredentialsVersion":1,"endpoint":"https://x","bearerToken":""#, "YrYmx5OzcSsAUQRbKl60w4yCS1Jz43kJR2zzjrx6", r#""}"#]),
        ("doppler", &["dp.pt.", "9qGMYJJyTuTbRMGo6GRN4YdCAZ2ybsOgoSdBJQmvZAv"]),
        ("dynatrace", &["dt0c01.", "P62BSKLVPA2OQUP44XPSL2OR", ".", "LPHDBUQOSG5APYZTTOKQ2BEDBN2AHRQ73L5PUXAY1F6GCQINKTY88MHWG2KDINTE"]),
        ("gcp-api-key", &["AIza", "Ymdj2oxTpaTlPbYqXcgcLBAnfdPcwnx0d1L"]),
        ("gcp-service-account-json", &[r#"{"type": "service_account", "project_id": "x", "private_key": "-----BEGIN "#, r"PRIVATE KEY-----\nMIIE"]),
        ("github-fine-grained-pat", &["github_pat_", "5tr9spOFBCIoX9GY1cjDoB", "_", "oirPfQAdzEv7g5iFqhEvveQzE2QPuwNOvpdf2YEe6rSxCnopMEmJVQpvsTn"]),
        ("github-oauth", &["gho_", "bqfi14ZgTsNOVM14tuoIZWD1IAEov4QbKDFq"]),
        ("github-pat", &["ghp_", "DLM7ToThwNScgrLRWzBQCABugjMgeP7cGq0p"]),
        ("github-refresh", &["ghr_", "wUufJSunpJC01t5gobuszgI6hwgk10zB0rlz"]),
        ("github-server-to-server", &["ghs_", "RgpMPgxAFQ0FJZlCZBTToOFl9h2wJq5ty4mY"]),
        ("github-user-to-server", &["ghu_", "1Y3gqSmPsSCdLKRcAQX9VjUPC94TNWLAVYFe"]),
        ("gitlab-deploy-token", &["gldt-", "xH5jMTF7eBSdE0g9cRYN"]),
        ("gitlab-pat", &["glpat-", "kIAeDfRrGsNrfSthSddd"]),
        ("gitlab-runner-token", &["glrt-", "687NElFJvhQ8XIm0ogR4"]),
        ("gitlab-trigger-token", &["glptt-", "3b7ffc050fec94dbca3a0aac36098b2cc2bd8183"]),
        ("grafana-token", &["glsa_", "L9flW91gQk8KS0N8sOfKH8oxFfysjyGo", "_", "ab3cc2d0"]),
        ("hashicorp-tfc-token", &["zeZGEIWbXFzcgg", ".atlasv1.", "qCCoIF7uUxugFDwg5Yp8yIB2Enus0HMI4fS9z6yKryu7OE1WnwQKU5nR50dJQg96"]),
        ("huggingface-token", &["hf_", "KPaEpCejiUKbGEQnFNGaftcLOIadnrPvix"]),
        ("jdbc-password", &["jdbc:sqlserver://h:1433;user=a;password=", "mDrZdtN7QlwAyY"]),
        ("jwt", &["eyJ", "1cIaHZcUEqPbENqTyH5xJ8tpqXJQ4I", ".eyJ", "9dOv8GZ4fKq1OKtbgZVaMWUFuXBVjdctBYVhnSg9", ".", "IOdNKhiFXiQ2hzT_pLjHX2JiCLhKcIhP6Br1iQFeOUh"]),
        ("npm-token", &["npm_", "qwHx1SSRkRXQvQMcPLPPJS46lMUEZQPghOpz"]),
        ("onepassword-sa", &["ops_eyJ", "gBoy1XhVav8dNrLZgw7HunWoDQRYZDAEa6aosrWlQGOTvZ89hOz9ZdNKI7xEzzoMepjuO09JWqo10y0adSwjpIx1eWy2ORtYrQbrLeAzuzRWPpTUefbnoFq5XJ7T2YDF0k5Uy8Ih1WolAqAN8EpSQmGlJ2OLxcWyJN5ZyiKn5smyFq55jyo1TMfsNhFv1cq4HjHQaO0IefjDed5JsfPfKim3vAK1UdskfqS1dXba9rELoXopBBnCrv7VzGgefw5JCNta"]),
        ("openai-key", &["sk-", "VcKGAFRFWa94Hj9wNYWx", "T3BlbkFJ", "0T0zbFDteMXi6cMUXv5e"]),
        ("postman", &["PMAK-", "895d1a0d1f13dce20c4fd32f", "-", "640d0032634f087e51b429fe8110102c99"]),
        ("private-key-pem", &["-----BEGIN RSA ", "PRIVATE KEY-----\nMIIE", "4gIiJhgB3cxLmAxzJLJenuHjDUrhhjeyxG4jDPMRCxGgcjBw56EcUngmgMsRcgizeg8Psh4487Q7j58M", "\n-----END RSA ", "PRIVATE KEY-----"]),
        ("pulumi-token", &["pul-", "b698d5c7e41ba4ea5ee874ae7689447ab57a6835"]),
        ("pypi-token", &["pypi-AgEIcHlwaS5vcmc", "GpdCGAe40O1c6XC4SOHDMm0lM7EXg3LcmQxxq8AGomtnWNCXVJCNQCmup6N0"]),
        ("sendgrid", &["SG.", "NSUVbQBWQ7SDtwX6Ux9mge", ".", "2SnvByaBbhxGWetDikNt30Fk0SKbAhMSwwDAWfGfsy0"]),
        ("slack-token", &["xoxb-", "153457964671", "-", "799421783581", "-", "67jIKeaVSTQvvpQZpPTejqZH"]),
        ("slack-webhook", &["https://hooks.slack.com/services/", "T", "KPKENG5ZFJ", "/B", "OC6VWCBIJM", "/", "PFLVjFUPXQzkM4Bv3aYavhNY"]),
        ("stripe-key", &["sk_live_", "NNHCC826zwoF0wooSeGIGywp"]),
        ("teams-webhook", &["https://acme.webhook.office.com/webhookb2/", "8a1f8b46-287c-ced9-041d-ff02cee73744", "@", "3e210471-948d-3329-6c87-009e8a7f770d", "/IncomingWebhook/", "tdbm50fqo1xo5cv0xzmas6en5mtmo3oq", "/", "93f57fd1-4c16-04d1-15ce-a325a65e19cb"]),
        ("url-userinfo", &["postgresql://svc:", "fWiFijfzYMywu7OT", "@db.example.internal:5432/x"]),
        ("vault-token", &["hvs.", "eNlQngPUXCMLZKo7RrU5YKyyQHxhDo2X93cjhls45GQio2ZvzXQYXkJXVwFcOLnv9DS0hQTo93l7q5UuAvCOJSnobagX5DI"]),
    ];
}
