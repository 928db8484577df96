"""What can go wrong on a machine or in a home folder, looked for; each finding with its remedy."""
