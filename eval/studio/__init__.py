"""A warehouse in, the web app where people talk to models, correct the data and look through it, out."""
