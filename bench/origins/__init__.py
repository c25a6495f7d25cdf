"""Where the fused pictures of a row come from: its own methods, anybody's code, a command, or imported files."""
