"""`Document` in; `Utterance`, `Question`, `Instruction` or `Reject` out. Pure functions, no I/O."""
