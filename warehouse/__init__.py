"""Records in, tables and training sets out: dedup, splits, snapshots, SQL, exports."""
