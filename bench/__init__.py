"""What runs, where, and how it resumes; the command line."""
