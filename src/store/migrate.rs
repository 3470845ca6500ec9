//! Migrations as sqlx runs them.

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

use super::sql;

/// A migrator of these migrations.
pub(super) fn migrator(all: &[sql::Migration]) -> Migrator {
    let migration = |&(version, what, statements): &sql::Migration| {
        Migration::new(version, what.into(), MigrationType::Simple, statements.into_sql_str(), false)
    };
    Migrator::with_migrations(all.iter().map(migration).collect())
}
