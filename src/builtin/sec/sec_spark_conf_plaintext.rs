//! A credential in a Spark configuration.

use crate::{
    builtin::shared::{
        containers::{self, Named},
        leaks::{self, Leak},
        named_secrets,
    },
    facts::secrets::{JAAS_SECRETS, Purpose},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds settings of Spark whose key is one for a credential (`fs.s3a.secret.key`,
    /// `javax.jdo.option.ConnectionPassword`, `fs.azure.account.key`, `*.secret.key`, `*.password`, `*.apiKey`,
    /// `*.token`, `sasl.jaas.config`) and whose value stands there in clear: in `spark_conf` of clusters, job
    /// clusters and pipelines, in `configuration` of a pipeline, in the configuration of SQL warehouses
    /// and in the settings of a mount. A value that the plan masks counts too.
    ///
    /// References to a secret, classes that provide credentials, paths, numbers and switches are none. A
    /// value that is short, a word or two, or of digits is possible, and so is a name of small words under
    /// that of a key.
    ///
    /// ## Why is this bad?
    /// Everybody who may look at the cluster reads its Spark configuration, in the UI, by the API and
    /// from a notebook with `spark.conf.get`. A reference is put in by the platform, and is redacted.
    /// Source: [Spark configuration with secrets](https://docs.databricks.com/aws/en/security/secrets/secrets-spark-conf-env-var).
    ///
    /// ## How to fix it
    /// Refer to the secret, and rotate what stood there:
    ///
    /// ```terraform
    /// resource "databricks_cluster" "etl" {
    ///   # ...
    ///   spark_conf = {
    ///     "spark.hadoop.javax.jdo.option.ConnectionPassword" = "{{secrets/hive/password}}"
    ///   }
    /// }
    /// ```
    ///
    /// For buckets use an instance profile or Unity Catalog, and no keys at all.
    ///
    /// ## What it cannot see
    /// Credentials under other keys. One value that is known only after the apply hides the whole map in a
    /// plan, keys included; where the `.tf` files are at hand such a value is possible, because it may
    /// turn out to be a reference.
    pub static RULE = {
        id: "sec-spark-conf-plaintext",
        summary: "a Spark setting holds a credential in clear",
        severity: Error,
        confidence: Heuristic,
        category: Security,
        profile: Default,
        world: State,
        subjects: [
            "databricks_cluster",
            "databricks_job",
            "databricks_mount",
            "databricks_pipeline",
            "databricks_sql_global_config",
        ],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let types = RULE.subjects.iter().flat_map(|type_| cx.of(type_));
    let named = types.flat_map(|it| containers::promising(it, Purpose::Settings));
    leaks::report(named.map(leak).collect(), out);
}

/// Whether a setting says how Kafka's clients log in, with a password or by other means.
fn is_login(name: &str) -> bool {
    name.ends_with("jaas.config")
}

/// Whether a way of logging in has an option that holds a secret.
fn holds_password(text: &str) -> bool {
    let options: String = text.to_lowercase().split_whitespace().collect();
    JAAS_SECRETS.iter().any(|option| options.contains(&format!("{option}=")))
}

fn leak(it: Named<'_>) -> Leak {
    let name = &it.name;
    let is_one = |text: &str| match !is_login(name) || holds_password(text) {
        true => named_secrets::is_one(Tri::Yes, name, text),
        false => Tri::No,
    };
    let tri = named_secrets::judge(&it.view, name, is_one);
    let secrets: Vec<String> = it.view.text().map(str::to_owned).into_iter().collect();
    let what = leaks::counted(&secrets);
    let message = match (tri, secrets.is_empty()) {
        (Tri::Maybe, _) => format!("{what} may stand in clear in the setting {name}"),
        (_, true) => {
            format!("a secret that is known after apply stands in clear in the setting {name}")
        }
        _ => format!("{what} stands in clear in the setting {name}"),
    };
    Leak::new(it.view.res(), &it.view, tri).with(secrets).saying(
        message,
        format!("set `{name}` to `{{{{secrets/SCOPE/KEY}}}}`, and rotate the secret"),
    )
}
