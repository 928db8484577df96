"""What each command of `huaben` does: one function a command, heavy imports inside."""
