"""A schedule in; a Prefect server, the deployments on it, and their runs, each once, out."""
